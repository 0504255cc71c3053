//! Functions that people take for one, and what each such group weighs.

use std::ops::AddAssign;

use rustc_hash::FxHashMap;

use super::slices;
use super::stacks::StackWalk;
use super::walk::Sums;
use crate::{FunctionId, Measure, Profile, Selection, ValueTypeId};

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
    pub(super) fn of_function(&self, function: FunctionId) -> usize {
        self.group_of(function) as usize
    }

    /// The same as it is stored.
    pub(super) fn group_of(&self, function: FunctionId) -> u32 {
        self.of[function.index()]
    }
}

/// Self and total of each group, in several measures.
#[derive(Clone, Debug, Default)]
pub struct GroupTotals {
    /// By measure, by group.
    pub self_: Vec<Vec<i64>>,
    /// By measure, by group.
    pub total: Vec<Vec<i64>>,
    /// By group: whether it is in any stack, or the name of any slice if their time is measured.
    pub occurs: Vec<bool>,
}

impl GroupTotals {
    /// Adds up what counts by group: a linear pass over the stacks or slices for each two
    /// measures. Recursion counts once.
    ///
    /// What is asked for a screenful of functions needs no call paths: this takes a fifth of the
    /// time of making them.
    pub fn new(
        profile: &Profile,
        groups: &FunctionGroups,
        measures: &[Measure],
        selection: &Selection,
    ) -> Self {
        let walk = StackWalk::new(profile, groups, &selection.sample_set(profile));
        Self::along(&walk, measures, selection)
    }

    /// The same along a walk that is made already, for what counts by the selection.
    pub(crate) fn along(walk: &StackWalk<'_>, measures: &[Measure], selection: &Selection) -> Self {
        let (profile, groups) = (walk.profile, walk.groups);
        let mut all = Self { occurs: walk.occurs(), ..Self::default() };
        let value_types: Vec<ValueTypeId> =
            measures.iter().copied().filter_map(value_type).collect();
        let mut of_samples = value_types.chunks(2).flat_map(|ids| {
            let weights = profile.samples().weights(ids[0]).by_sample();
            let others = ids.get(1).map(|&id| profile.samples().weights(id).by_sample());
            let sums = walk.add_up(|sample| {
                Two(weights.of(sample), others.as_ref().map_or(0, |weights| weights.of(sample)))
            });
            [Sums::map(&sums, |two| two.0), Sums::map(&sums, |two| two.1)]
                .into_iter()
                .take(ids.len())
        });
        for measure in measures {
            let sums = match measure {
                Measure::Weight(_) => of_samples.next().unwrap_or_default(),
                Measure::SliceTime => {
                    slices::mark(profile, groups, &mut all.occurs);
                    slices::add_up(profile, groups, selection)
                }
            };
            all.self_.push(sums.self_);
            all.total.push(sums.total);
        }
        all
    }
}

fn value_type(measure: Measure) -> Option<ValueTypeId> {
    match measure {
        Measure::Weight(id) => Some(id),
        Measure::SliceTime => None,
    }
}

/// Weights of two value types: finding the functions costs more than adding.
#[derive(Clone, Copy, Default)]
struct Two(i64, i64);

impl AddAssign for Two {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
        self.1 += other.1;
    }
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
        let groups = FunctionGroups::by_name_and_module(&profile);
        let totals =
            GroupTotals::new(&profile, &groups, &Measure::all(&profile), &Selection::default());
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
