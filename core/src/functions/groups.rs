//! Functions that people take for one, and what each such group weighs.

use std::ops::AddAssign;

use rustc_hash::FxHashMap;

use super::slices;
use super::stacks::StackWalk;
use super::walk::Sums;
use crate::{FunctionId, FunctionSet, Measure, Profile, Selection, StringId, ValueTypeId};

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

    /// Two groups: the functions of a set, then all others.
    pub(crate) fn of_set(profile: &Profile, set: &FunctionSet) -> Self {
        let functions = profile.symbols().functions();
        let of = functions.ids().map(|function| u32::from(!set.contains(function))).collect();
        let first = |is_in| functions.ids().find(|&id| set.contains(id) == is_in);
        let none = FunctionId::from_index(0);
        Self { of, first: [true, false].map(|is_in| first(is_in).unwrap_or(none)).to_vec() }
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

    /// By group: the source file of its functions, and the line where they are defined; `None` and
    /// 0 where they are not all of one, as with all that a program calls `(anonymous)`.
    pub fn places(&self, profile: &Profile) -> Vec<(Option<StringId>, u32)> {
        let functions = profile.symbols().functions();
        let place = |function| (functions.row(function).file, functions.row(function).line);
        let mut places: Vec<_> = self.first.iter().map(|&first| place(first)).collect();
        for (function, &group) in functions.ids().zip(&self.of) {
            let (file, line) = place(function);
            let known = &mut places[group as usize];
            if known.0 != file {
                *known = (None, 0);
            } else if known.1 != line {
                known.1 = 0;
            }
        }
        places
    }

    /// The group of a function.
    pub(crate) fn of_function(&self, function: FunctionId) -> usize {
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
    /// What is asked for a table of functions needs no call paths, which are more work.
    pub fn new(
        profile: &Profile,
        groups: &FunctionGroups,
        measures: &[Measure],
        selection: &Selection,
    ) -> Self {
        let walk = StackWalk::new(profile, groups, &selection.sample_set(profile));
        let weights_of = |id| {
            let weights = profile.samples().weights(id).by_sample();
            move |sample| weights.of(sample)
        };
        let (sums, occurs) = rayon::join(
            || sums_by_measure(&walk, measures, selection, weights_of, |ns| ns),
            || occurs(&walk, measures),
        );
        let (self_, total) = sums.into_iter().map(|sums| (sums.self_, sums.total)).unzip();
        Self { self_, total, occurs }
    }
}

/// By group: whether it is in any stack, or the name of any slice if their time is measured.
pub(crate) fn occurs(walk: &StackWalk<'_>, measures: &[Measure]) -> Vec<bool> {
    let mut occurs = walk.occurs();
    if measures.contains(&Measure::SliceTime) {
        walk.groups.inspect(|groups| slices::mark(walk.profile, groups, &mut occurs));
    }
    occurs
}

/// Self and total by group in each measure, of what a sample or the self time of a slice is
/// worth.
pub(crate) fn sums_by_measure<W, F>(
    walk: &StackWalk<'_>,
    measures: &[Measure],
    selection: &Selection,
    of_sample: impl Fn(ValueTypeId) -> F,
    of_slice: fn(i64) -> W,
) -> Vec<Sums<W>>
where
    W: Copy + Default + AddAssign + Send,
    F: Fn(usize) -> W + Sync,
{
    let value_types = measures.iter().filter_map(|measure| match measure {
        Measure::Weight(id) => Some(of_sample(*id)),
        Measure::SliceTime => None,
    });
    let of_sample: Vec<F> = value_types.collect();
    // Two at a time: finding the functions of a stack costs more than adding.
    let mut of_samples = of_sample.chunks(2).flat_map(|pair| match pair {
        [first, second] => {
            let sums = walk.add_up(|sample| Two(first(sample), second(sample)));
            vec![sums.map(|two| two.0), sums.map(|two| two.1)]
        }
        pair => pair.iter().map(|only| walk.add_up(only)).collect(),
    });
    let sums_of = |measure: &Measure| match measure {
        Measure::Weight(_) => of_samples.next().unwrap_or_default(),
        Measure::SliceTime => walk.groups.map_or_else(Sums::default, |groups| {
            slices::add_up(walk.profile, groups, selection).map(of_slice)
        }),
    };
    measures.iter().map(sums_of).collect()
}

#[derive(Clone, Copy, Default)]
struct Two<W>(W, W);

impl<W: AddAssign> AddAssign for Two<W> {
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
