//! Functions that people take for one, and what each such group weighs.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::{CallPaths, FunctionId, Measure, PathId, PathWeights, Profile, Selection};

/// Functions by name and module. The tables of a file tell more of them apart: by source file, or
/// by the line where they are defined.
#[derive(Clone, Debug, Default)]
pub struct FunctionGroups {
    /// By function.
    of: Vec<u32>,
    /// The first function of each group.
    first: Vec<FunctionId>,
}

impl FunctionGroups {
    /// Groups the functions of a profile, in the order in which the recording first names them.
    pub fn by_name_and_module(profile: &Profile) -> Self {
        let functions = profile.symbols().functions();
        let mut by_name: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        let mut groups = Self::default();
        for function in functions.ids() {
            let key = (profile.function_name(function), profile.function_module(function));
            let next = FunctionId::from_index(groups.first.len()).raw();
            let group = *by_name.entry(key).or_insert(next);
            if group == next {
                groups.first.push(function);
            }
            groups.of.push(group);
        }
        groups
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is no function at all.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The first function of each group.
    pub fn first(&self) -> &[FunctionId] {
        &self.first
    }

    /// The group of a function.
    pub(crate) fn of_function(&self, function: FunctionId) -> usize {
        self.of[function.index()] as usize
    }

    /// The paths none of whose callers is of the group of their leaf; `None` where each function
    /// is a group of its own, so that [`CallPaths::is_outermost`] tells.
    pub(crate) fn outermost(&self, paths: &CallPaths) -> Option<Bits> {
        if self.first.len() == self.of.len() {
            return None;
        }
        let mut n_on_path = vec![0_u32; self.len()];
        let mut outermost = Bits::new(paths.len());
        // Groups of where the walk is, root first, with the paths. Paths are in preorder.
        let mut callers = Vec::new();
        for path in paths.ids() {
            let parent = paths.parent(path);
            while let Some((_, left)) = callers.pop_if(|(top, _)| Some(*top) != parent) {
                n_on_path[left as usize] -= 1;
            }
            let group = self.of[paths.function(path).index()];
            let n_here = &mut n_on_path[group as usize];
            if *n_here == 0 {
                outermost.insert(path.index());
            }
            *n_here += 1;
            callers.push((path, group));
        }
        Some(outermost)
    }
}

/// Self and total of each group, in several measures.
#[derive(Clone, Debug, Default)]
pub struct GroupTotals {
    /// By measure, by group.
    pub self_: Vec<Vec<i64>>,
    /// By measure, by group.
    pub total: Vec<Vec<i64>>,
    /// By group: whether it is on any path.
    pub occurs: Vec<bool>,
}

impl GroupTotals {
    /// Adds up the call paths of each group in each measure: a linear pass each, measures at the
    /// same time.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        groups: &FunctionGroups,
        measures: &[Measure],
        selection: &Selection,
    ) -> Self {
        let outermost = groups.outermost(paths);
        let columns: Vec<_> = measures
            .par_iter()
            .map(|&measure| {
                let weights = PathWeights::new(profile, paths, measure, selection);
                add_up(paths, groups, &weights, outermost.as_ref())
            })
            .collect();
        let (self_, total) = columns.into_iter().unzip();
        let mut occurs = vec![false; groups.len()];
        for path in paths.ids() {
            occurs[groups.of[paths.function(path).index()] as usize] = true;
        }
        Self { self_, total, occurs }
    }
}

/// Self and total by group. `outermost` are the paths none of whose callers is of their group,
/// where that is not [`CallPaths::is_outermost`]: recursion counts once.
fn add_up(
    paths: &CallPaths,
    groups: &FunctionGroups,
    weights: &PathWeights,
    outermost: Option<&Bits>,
) -> (Vec<i64>, Vec<i64>) {
    let (mut self_, mut total) = (vec![0; groups.len()], vec![0; groups.len()]);
    let group_of = |path| groups.of[paths.function(path).index()] as usize;
    for path in weights.counted().iter().map(PathId::from_index) {
        self_[group_of(path)] += weights.self_of(path);
    }
    for (path, weight) in paths.ids().zip(weights.totals(paths)) {
        let is_outermost = match outermost {
            Some(outermost) => outermost.contains(path.index()),
            None => paths.is_outermost(path),
        };
        if weight != 0 && is_outermost {
            total[group_of(path)] += weight;
        }
    }
    (self_, total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn functions_of_one_name_are_one_and_recursion_counts_once() {
        let profile = testing::profile(
            "
             main main main
             f    f    g
             g    f    f",
        );
        let paths = CallPaths::new(&profile);
        let groups = FunctionGroups::by_name_and_module(&profile);
        let totals = GroupTotals::new(
            &profile,
            &paths,
            &groups,
            &Measure::all(&profile),
            &Selection::default(),
        );
        let rows: Vec<String> = groups
            .first()
            .iter()
            .enumerate()
            .map(|(group, &function)| {
                let name = profile.function_name(function);
                format!("{name} {} {}", totals.self_[0][group], totals.total[0][group])
            })
            .collect();
        assert_eq!(rows, ["main 0 3", "f 2 3", "g 1 2"]);
    }
}
