//! Self and total of each function, over all the places it was called from.

mod groups;
mod slices;
mod stacks;
mod walk;

use crate::bits::Bits;
use crate::{CallPaths, FunctionId, PathWeights, Profile};

pub use groups::{FunctionGroups, GroupTotals};
pub(crate) use groups::{occurs, sums_by_measure};
pub(crate) use stacks::StackWalk;
pub(crate) use walk::Sums;

/// Self and total of every function, by [`FunctionId`].
#[derive(Clone, Debug, Default)]
pub struct FunctionTotals {
    self_: Vec<i64>,
    total: Vec<i64>,
    /// Functions at the leaf or among the callers of something that counted.
    occurs: Bits,
    whole: i64,
    largest: [i64; 2],
}

impl FunctionTotals {
    /// Adds up the call paths of each function, in time linear in both.
    ///
    /// A function that calls itself is on one path several times. Its total counts only the
    /// outermost of them, or recursion would make it more than the whole profile.
    pub fn new(profile: &Profile, paths: &CallPaths, weights: &PathWeights) -> Self {
        let n_functions = profile.symbols().functions().len();
        let (mut self_, mut total) = (vec![0; n_functions], vec![0; n_functions]);
        let mut occurs = Bits::new(n_functions);
        let mut path_total: Vec<i64> = paths.ids().map(|path| weights.self_of(path)).collect();
        let mut counted = weights.counted().clone();
        // Callees come after their callers, so backward each total is complete when it is added.
        for path in paths.ids().rev() {
            if !counted.contains(path.index()) {
                continue;
            }
            let function = paths.function(path).index();
            self_[function] += weights.self_of(path);
            if paths.is_outermost(path) {
                total[function] += path_total[path.index()];
                occurs.insert(function);
            }
            if let Some(parent) = paths.parent(path) {
                path_total[parent.index()] += path_total[path.index()];
                counted.insert(parent.index());
            }
        }
        let largest = [&self_, &total].map(|weights| {
            weights.iter().copied().max_by_key(|weight| weight.unsigned_abs()).unwrap_or_default()
        });
        Self { self_, total, occurs, whole: weights.total(), largest }
    }

    /// Weight of what ends in this function.
    #[inline]
    pub fn self_of(&self, function: FunctionId) -> i64 {
        self.self_[function.index()]
    }

    /// Weight of what has this function anywhere in its stack.
    #[inline]
    pub fn total_of(&self, function: FunctionId) -> i64 {
        self.total[function.index()]
    }

    /// The self weight of the largest magnitude.
    pub fn largest_self(&self) -> i64 {
        self.largest[0]
    }

    /// The total of the largest magnitude.
    pub fn largest_total(&self) -> i64 {
        self.largest[1]
    }

    /// Whether the function is in the stack of anything that counted.
    pub fn occurs(&self, function: FunctionId) -> bool {
        self.occurs.contains(function.index())
    }

    /// The functions in the stacks of what counted: the rows of a table of functions.
    pub fn ids(&self) -> impl Iterator<Item = FunctionId> {
        self.occurs.iter().map(FunctionId::from_index)
    }

    /// Weight of everything.
    pub fn total(&self) -> i64 {
        self.whole
    }
}

#[cfg(test)]
mod tests;
