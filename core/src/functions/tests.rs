use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{Measure, Selection};
use std::sync::Arc;

fn totals_of(profile: &Profile, measure: Measure, selection: &Selection) -> FunctionTotals {
    let paths = CallPaths::new(profile);
    FunctionTotals::new(profile, &paths, &PathWeights::new(profile, &paths, measure, selection))
}

/// Compares a line `function self total` for each function with `expected`.
#[track_caller]
fn check(samples: &str, selection: &Selection, expected: &str) {
    let profile = testing::profile(samples);
    let totals = totals_of(&profile, Measure::default_of(&profile).unwrap(), selection);
    let mut actual = String::new();
    for function in totals.ids() {
        let name = profile.function_name(function);
        let (self_, total) = (totals.self_of(function), totals.total_of(function));
        writeln!(actual, "{name} {self_} {total}").unwrap();
    }
    assert_eq!(actual.trim_end(), testing::unindent(expected));
}

#[test]
fn sums_over_all_callers() {
    check(
        "
        main main
        load save
        copy copy
        ",
        &Selection::default(),
        "
        main 0 2
        load 0 1
        copy 2 2
        save 0 1
        ",
    );
}

#[test]
fn recursion_counts_once() {
    check(
        "
        fib fib
        fib fib
        fib add
        ",
        &Selection::default(),
        "
        fib 1 2
        add 1 1
        ",
    );
}

#[test]
fn functions_that_do_not_count_are_no_rows() {
    let selection = Selection { range_ns: Some(1..2), ..Selection::default() };
    check("main idle", &selection, "");
}

proptest! {
    #[test]
    fn functions_weigh_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
    ) {
        let selection = Selection { range_ns, ..Selection::default() };
        for measure in Measure::all(&profile) {
            let totals = totals_of(&profile, measure, &selection);
            let counted = naive::counted(&profile, measure, &selection);
            for function in profile.symbols().functions().ids() {
                let is_leaf = |calls: &[naive::Call]| calls[0].0 == function;
                let is_in = |calls: &[naive::Call]| calls.iter().any(|call| call.0 == function);
                let sum = |is: &dyn Fn(&[naive::Call]) -> bool| -> i64 {
                    counted.iter().filter(|(calls, _)| is(calls)).map(|&(_, weight)| weight).sum()
                };
                prop_assert_eq!(totals.self_of(function), sum(&is_leaf));
                prop_assert_eq!(totals.total_of(function), sum(&is_in));
                prop_assert_eq!(totals.occurs(function), counted.iter().any(|(calls, _)| is_in(calls)));
            }
        }
    }
}

proptest! {
    #[test]
    fn groups_weigh_what_their_paths_do(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        only in proptest::option::of(random::stack_filter()),
    ) {
        let only = only.map(Arc::new);
        let selection = Selection { range_ns, threads, only, labels: None };
        let groups = FunctionGroups::by_name_and_module(&profile);
        let measures = Measure::all(&profile);
        let sums = GroupTotals::new(&profile, &groups, &measures, &selection);
        for (row, &measure) in measures.iter().enumerate() {
            let totals = totals_of(&profile, measure, &selection);
            for (group, &function) in groups.first().iter().enumerate() {
                prop_assert_eq!(sums.self_[row][group], totals.self_of(function));
                prop_assert_eq!(sums.total[row][group], totals.total_of(function));
                prop_assert!(sums.occurs[group] || !totals.occurs(function));
            }
        }
    }
}
