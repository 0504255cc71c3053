//! The functions that a report lists.

use rview_core::{FunctionGroups, GroupTotals, Measure, Profile, Selection, ValueTypeId};

use super::{Function, List};

/// Functions by name and module, the largest first by self, then total, of the value type that is
/// shown first; then those of the others if the list is of each value type.
///
/// Also tells how many functions are in the stacks of the file.
///
/// Only what is listed is sorted and copied: a program has a hundred thousand functions.
pub(super) fn largest(
    profile: &Profile,
    selection: &Selection,
    list: List,
) -> (Vec<Function>, usize) {
    let groups = FunctionGroups::by_name_and_module(profile);
    let measures: Vec<Measure> = profile.value_type_ids().map(Measure::Weight).collect();
    let totals = GroupTotals::new(profile, &groups, &measures, selection);
    let mut rows: Vec<usize> = Vec::new();
    if !measures.is_empty() {
        // Of a part, what is left of the functions of the whole file.
        let is_all = *selection == Selection::default();
        let counts = |group: usize| is_all || totals.total.iter().any(|column| column[group] != 0);
        rows.extend((0..groups.len()).filter(|&group| totals.occurs[group] && counts(group)));
    }
    let n_functions = totals.occurs.iter().filter(|occurs| **occurs).count();
    let places = groups.places(profile);
    let row = |group: usize| {
        let function = groups.first()[group];
        let (file, line) = places[group];
        let of_group = |columns: &[Vec<i64>]| columns.iter().map(|column| column[group]).collect();
        Function {
            name: profile.function_name(function).to_owned(),
            module: profile.function_module(function).to_owned(),
            file: file.map(|file| profile.text(file).to_owned()).unwrap_or_default(),
            line,
            self_: of_group(&totals.self_),
            total: of_group(&totals.total),
        }
    };
    let shown_first = profile.default_value_type().map_or(0, ValueTypeId::index);
    let others = (0..measures.len()).filter(|&other| list.is_of_each_type && other != shown_first);
    let mut is_listed = vec![false; groups.len()];
    let mut listed = Vec::new();
    for value_type in std::iter::once(shown_first).chain(others) {
        sort_largest(profile, &groups, &totals, value_type, &mut rows, list.len);
        for &group in rows.iter().take(list.len) {
            if !std::mem::replace(&mut is_listed[group], true) {
                listed.push(row(group));
            }
        }
    }
    (listed, n_functions)
}

/// Puts the largest groups first, in order.
fn sort_largest(
    profile: &Profile,
    groups: &FunctionGroups,
    totals: &GroupTotals,
    value_type: usize,
    rows: &mut [usize],
    len: usize,
) {
    let weight = |group: usize| {
        let of = |columns: &[Vec<i64>]| columns[value_type][group].unsigned_abs();
        (of(&totals.self_), of(&totals.total))
    };
    let name = |group: usize| {
        let function = groups.first()[group];
        (profile.function_name(function), profile.function_module(function))
    };
    let is_before =
        |a: &usize, b: &usize| weight(*b).cmp(&weight(*a)).then_with(|| name(*a).cmp(&name(*b)));
    if len < rows.len() {
        rows.select_nth_unstable_by(len, is_before);
    }
    let len = rows.len().min(len);
    rows[..len].sort_unstable_by(is_before);
}
