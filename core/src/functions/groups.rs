//! Functions that people take for one, and what each such group weighs.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

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
        let columns: Vec<_> = measures
            .par_iter()
            .map(|&measure| {
                let weights = PathWeights::new(profile, paths, measure, selection);
                add_up(paths, groups, &weights)
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

/// A path that the walk is in.
struct Open {
    path: PathId,
    group: u32,
    /// Of what was met of it and its callees.
    weight: i64,
}

/// Self and total by group. Walks the paths, which are in preorder; what is weighed of a path is
/// complete where the walk leaves it. A group that is on the way there already, as it is in
/// recursion, counts when the outermost is left.
fn add_up(
    paths: &CallPaths,
    groups: &FunctionGroups,
    weights: &PathWeights,
) -> (Vec<i64>, Vec<i64>) {
    let (mut self_, mut total) = (vec![0; groups.len()], vec![0; groups.len()]);
    let mut n_open = vec![0_u32; groups.len()];
    let mut open: Vec<Open> = Vec::new();
    let mut leave = |left: Open, n_open: &mut [u32]| {
        let n_open = &mut n_open[left.group as usize];
        *n_open -= 1;
        if *n_open == 0 {
            total[left.group as usize] += left.weight;
        }
        left.weight
    };
    for path in paths.ids() {
        let parent = paths.parent(path);
        while let Some(left) = open.pop_if(|open| Some(open.path) != parent) {
            let weight = leave(left, &mut n_open);
            if let Some(caller) = open.last_mut() {
                caller.weight += weight;
            }
        }
        let group = groups.of[paths.function(path).index()];
        let weight = weights.self_of(path);
        self_[group as usize] += weight;
        n_open[group as usize] += 1;
        open.push(Open { path, group, weight });
    }
    while let Some(left) = open.pop() {
        let weight = leave(left, &mut n_open);
        if let Some(caller) = open.last_mut() {
            caller.weight += weight;
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
