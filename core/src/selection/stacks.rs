//! Which stacks count, by the functions on them.

use crate::bits::Bits;
use crate::{CallPaths, FunctionId, FunctionSet, PathId, Selection};

/// Stacks with a function of some set, and with none of another, at their leaf or among the
/// callers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackFilter {
    /// One of these has to be there; `None` where any stack will do.
    pub with: Option<FunctionSet>,
    /// None of these may be there.
    pub without: FunctionSet,
}

/// What a stack has so far, from its root on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    with: bool,
    without: bool,
}

impl StackFilter {
    /// Stacks with a function of a set.
    pub fn with(functions: FunctionSet) -> Self {
        Self { with: Some(functions), without: FunctionSet::default() }
    }

    /// What a stack has that calls a function.
    #[inline]
    pub(crate) fn met(&self, callers: Met, function: FunctionId) -> Met {
        let is_in = |set: &FunctionSet| set.contains(function);
        Met {
            with: callers.with || self.with.as_ref().is_some_and(is_in),
            without: callers.without || is_in(&self.without),
        }
    }

    /// Whether a stack counts that has this.
    #[inline]
    pub(crate) fn counts(&self, met: Met) -> bool {
        (met.with || self.with.is_none()) && !met.without
    }

    /// The paths that count: linear in them.
    fn paths(&self, paths: &CallPaths) -> Bits {
        let mut met: Vec<Met> = Vec::with_capacity(paths.len());
        let counts = paths.ids().map(|path| {
            let callers = paths.parent(path).map_or_else(Met::default, |it| met[it.index()]);
            let here = self.met(callers, paths.function(path));
            met.push(here);
            self.counts(here)
        });
        counts.collect()
    }
}

impl Selection {
    /// The paths, as they are before transforms, that count after them; `None` where all do.
    pub(super) fn recorded_paths(&self, paths: &CallPaths) -> Option<Bits> {
        let counted = self.only.as_ref().map(|only| only.paths(paths));
        if !paths.is_transformed() || counted.is_none() && !paths.leaves_out() {
            return counted;
        }
        let counts = |recorded| {
            let path = paths.after_transforms(PathId::from_index(recorded)).some();
            let is_in = |path: PathId| counted.as_ref().is_none_or(|it| it.contains(path.index()));
            path.is_some_and(is_in)
        };
        Some((0..paths.n_recorded()).map(counts).collect())
    }
}
