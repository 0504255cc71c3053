//! The shape in which call paths are shown: of functions, lines, files or modules, and below
//! which groups.

mod granularity;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::buckets::Buckets;
use crate::paths::{NewFunctions, Repeats};
use crate::{CallPaths, GroupBy, Groups, PathId, Profile, Renamed};

pub use granularity::Granularity;

/// How call paths are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What a path is of.
    pub granularity: Granularity,
    /// What the roots are, if not the outermost callers.
    pub group_by: Option<GroupBy>,
}

/// A recording in a [`Shape`]: its call paths, and the profile with what they are of as
/// functions. Everything else in that profile is as it was recorded.
#[derive(Clone, Debug, Default)]
pub struct Shaped {
    /// The shape.
    pub shape: Shape,
    /// The recording; what a path is of, such as a line or a group, is one of its functions.
    pub profile: Arc<Profile>,
    /// The paths.
    pub paths: CallPaths,
    /// Both as they are without groups.
    plain: (Arc<Profile>, CallPaths),
}

impl Shaped {
    /// Finds the paths of a recording: one pass over its stacks, samples and slices, and one
    /// over the samples to group them.
    pub fn new(recorded: &Arc<Profile>, shape: Shape) -> Self {
        let profile = shape.granularity.applied_to(recorded);
        let repeats = match shape.granularity {
            Granularity::Function | Granularity::Line => Repeats::Kept,
            Granularity::File | Granularity::Module => Repeats::Folded,
        };
        let paths = CallPaths::with(&profile, repeats);
        Self::of_plain((profile, paths), shape)
    }

    /// The same recording in another shape; only what is different is made anew.
    #[must_use]
    pub fn reshaped(&self, recorded: &Arc<Profile>, shape: Shape) -> Self {
        if shape.granularity == self.shape.granularity {
            Self::of_plain(self.plain.clone(), shape)
        } else {
            Self::new(recorded, shape)
        }
    }

    fn of_plain(plain: (Arc<Profile>, CallPaths), shape: Shape) -> Self {
        let (profile, paths) = match &shape.group_by {
            None => plain.clone(),
            Some(by) => {
                let (profile, paths) = &plain;
                let (grouped, paths) = paths.grouped(profile, &Groups::new(profile, by));
                (Arc::new(grouped), paths)
            }
        };
        Self { shape, profile, paths, plain }
    }

    /// Number of functions that are no groups.
    pub fn n_plain_functions(&self) -> usize {
        self.plain.0.symbols().functions().len()
    }

    /// What each path becomes in another shape of the same recording, or with other names.
    /// Where nothing of one is in the other, as with lines and modules, none becomes anything;
    /// the same goes for the paths below groups of one kind and another, but not for functions.
    pub fn renamed(&self, after: &Self) -> Renamed {
        let [before, after] = [self, after];
        let is_same = Arc::ptr_eq(&before.plain.1.tree, &after.plain.1.tree);
        let plain = if is_same {
            None
        } else if before.is_folded() || after.is_folded() {
            return Renamed::default();
        } else {
            let [(before, paths_before), (after, paths_after)] = [&before.plain, &after.plain];
            Some(Renamed::new((before, paths_before), (after, paths_after)))
        };
        if !before.paths.is_grouped()
            && !after.paths.is_grouped()
            && let Some(plain) = plain
        {
            return plain;
        }
        let functions = match &plain {
            Some(plain) => plain.functions.clone(),
            None => NewFunctions::Same(before.n_plain_functions()),
        };
        let renamed = Renamed { pairs: Vec::new(), functions };
        let is_regrouped = before.shape.group_by != after.shape.group_by
            && before.paths.is_grouped()
            && after.paths.is_grouped();
        if is_regrouped {
            return renamed;
        }
        Renamed { pairs: pairs(before, after, plain.as_ref()), ..renamed }
    }

    /// Whether directly repeated functions are one path, so that stacks are shorter.
    fn is_folded(&self) -> bool {
        matches!(self.shape.granularity, Granularity::File | Granularity::Module)
    }
}

/// Which path becomes which, of two shapes of which at most one has groups, or both the same.
fn pairs(before: &Shaped, after: &Shaped, plain: Option<&Renamed>) -> Vec<(PathId, PathId)> {
    // Where both have groups, a path stays in its own.
    let groups = if before.paths.is_grouped() && after.paths.is_grouped() {
        let mut known = FxHashMap::default();
        Some([before, after].map(|side| side.groups(&mut known)))
    } else {
        None
    };
    let is_same_group = |old: PathId, new: PathId| {
        groups.as_ref().is_none_or(|[before, after]| before[old.index()] == after[new.index()])
    };
    let by_plain = Buckets::new(after.plain.1.len(), || {
        after.paths.ids().filter_map(|path| Some((after.plain_path(path)?.index(), path)))
    });
    let mut pairs = Vec::new();
    for old in before.paths.ids() {
        let Some(path) = before.plain_path(old) else { continue };
        let add = |path: PathId| {
            let found = by_plain.of(path.index()).iter().filter(|&&new| is_same_group(old, new));
            pairs.extend(found.map(|&new| (old, new)));
        };
        match plain {
            None => std::iter::once(path).for_each(add),
            Some(renamed) => renamed.paths(path).for_each(add),
        }
    }
    if plain.is_some() {
        pairs.sort_unstable();
    }
    pairs
}

impl Shaped {
    /// The path without groups; `None` for a group.
    fn plain_path(&self, path: PathId) -> Option<PathId> {
        if self.paths.is_grouped() { self.paths.ungrouped(path) } else { Some(path) }
    }

    /// By path: its group, as a number that is the same wherever it is called the same.
    fn groups<'s>(&'s self, known: &mut FxHashMap<&'s str, usize>) -> Vec<usize> {
        let mut groups: Vec<usize> = Vec::with_capacity(self.paths.len());
        for path in self.paths.ids() {
            let group = self.paths.parent(path).map(|parent| groups[parent.index()]);
            groups.push(group.unwrap_or_else(|| {
                let next = known.len();
                let name = self.profile.function_name(self.paths.function(path));
                *known.entry(name).or_insert(next)
            }));
        }
        groups
    }
}

#[cfg(test)]
mod tests;
