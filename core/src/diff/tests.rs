//! Tests of comparisons.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, random};

fn compare(a: &Profile, b: &Profile, mode: Mode) -> Comparison {
    let selection = Selection::default();
    let side = |profile| Side { profile, selection: &selection };
    Comparison::new([side(a), side(b)], mode, &NameRule::ALL, None).unwrap()
}

/// A line for each function: its names, and self and total on both sides in the first measure.
fn text(comparison: &Comparison, a: &Profile, b: &Profile) -> String {
    let mut text = String::new();
    for row in &comparison.rows {
        let name = |profile: &Profile, function: Option<FunctionId>| {
            function.map_or("–".to_owned(), |function| profile.function_name(function).to_owned())
        };
        let names = [name(a, row.functions[0]), name(b, row.functions[1])];
        let names = if names[0] == names[1] { names[0].clone() } else { names.join(" → ") };
        let [self_, total] = [row.self_[0].weights, row.total[0].weights];
        let by = row.matched.map_or(String::new(), |by| format!(" {by:?}"));
        writeln!(text, "{names} self {self_:?} total {total:?}{by}").unwrap();
    }
    text.trim_end().to_owned()
}

#[test]
fn functions_of_both_sides_are_rows() {
    let a = testing::profile(
        "
        main  main  main
        parse parse old
        ",
    );
    let b = testing::profile(
        "
        main  main  main  main
        parse parse parse new
        ",
    );
    let comparison = compare(&a, &b, Mode::Absolute);
    assert_eq!(
        text(&comparison, &a, &b),
        testing::unindent(
            "
            parse self [2, 3] total [2, 3] Exact
            old → – self [1, 0] total [1, 0]
            – → new self [0, 1] total [0, 1]
            main self [0, 0] total [3, 4] Exact
            "
        )
    );
    assert_eq!(comparison.whole[0].weights, [3, 4]);
}

#[test]
fn names_are_matched_without_what_builds_add_unless_that_is_ambiguous() {
    let a = testing::profile("run::h0123456789abcdef Vec<u8>::push Vec<u16>::push");
    let b = testing::profile("run::hfedcba9876543210 Vec<u8>::push Vec<u32>::push Vec<u64>::push");
    assert_eq!(
        text(&compare(&a, &b, Mode::Absolute), &a, &b),
        testing::unindent(
            "
            Vec<u16>::push → – self [1, 0] total [1, 0]
            – → Vec<u32>::push self [0, 1] total [0, 1]
            – → Vec<u64>::push self [0, 1] total [0, 1]
            run::h0123456789abcdef → run::hfedcba9876543210 self [1, 1] total [1, 1] Plain
            Vec<u8>::push self [1, 1] total [1, 1] Exact
            "
        )
    );
}

#[test]
fn traces_and_samples_measure_nothing_in_common() {
    let samples = testing::profile("main");
    let trace = testing::trace("A: aaa");
    let error = {
        let selection = Selection::default();
        let sides = [&samples, &trace];
        let sides = sides.map(|profile| Side { profile, selection: &selection });
        Comparison::new(sides, Mode::Absolute, &[], None).unwrap_err()
    };
    assert_eq!(
        error.to_string(),
        "the two cannot be compared: the first measures samples (count), the second Slice time \
         (nanoseconds)"
    );
}

#[test]
fn a_twofold_change_of_many_samples_is_significant_and_one_of_few_is_not() {
    let columns = |n: usize| testing::profile(&"work ".repeat(n));
    let significant = |a: usize, b: usize, mode| {
        let (a, b) = (columns(a), columns(b));
        compare(&a, &b, mode).rows[0].self_[0].is_significant()
    };
    assert_eq!(significant(100, 200, Mode::Absolute), Some(true));
    assert_eq!(significant(2, 4, Mode::Absolute), Some(false));
    assert_eq!(significant(100, 200, Mode::Share), Some(false), "all of it on both sides");
    let trace = testing::trace("A: aaa");
    assert_eq!(compare(&trace, &trace, Mode::Absolute).rows[0].self_[0].is_significant(), None);
}

#[test]
fn shares_are_ordered_by_how_much_the_share_changed() {
    let side = |counts: [(&str, usize); 3]| {
        let columns: String =
            counts.iter().map(|(name, n)| format!("{name} ").repeat(*n)).collect();
        testing::profile(&columns)
    };
    let a = side([("big", 50), ("slow", 1), ("other", 6)]);
    let b = side([("big", 50), ("slow", 100), ("other", 12)]);
    let names = |mode| {
        let comparison = compare(&a, &b, mode);
        let name = |row: &Row| b.function_name(row.functions[1].unwrap()).to_owned();
        comparison.rows.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(Mode::Absolute), ["slow", "other", "big"]);
    assert_eq!(names(Mode::Share), ["slow", "big", "other"]);
}

proptest! {
    #[test]
    fn changes_add_up_to_the_change_of_the_whole(
        a in random::profile(),
        b in random::profile(),
    ) {
        let comparison = compare(&a, &b, Mode::Absolute);
        for (number, whole) in comparison.whole.iter().enumerate() {
            for side in [0, 1] {
                let sum: i64 = comparison.rows.iter().map(|r| r.self_[number].weights[side]).sum();
                prop_assert_eq!(sum, whole.weights[side]);
            }
            let delta: i64 = comparison.rows.iter().map(|row| row.self_[number].delta()).sum();
            prop_assert_eq!(delta, whole.delta());
        }
    }

    #[test]
    fn a_recording_is_no_different_from_itself(profile in random::profile()) {
        let comparison = compare(&profile, &profile, Mode::Absolute);
        for row in &comparison.rows {
            prop_assert_eq!(row.matched, Some(Match::Exact));
            prop_assert!(row.self_.iter().chain(&row.total).all(|change| change.delta() == 0));
            prop_assert!(row.self_.iter().all(|change| change.is_significant() != Some(true)));
        }
    }

    #[test]
    fn swapped_sides_negate_every_change(a in random::profile(), b in random::profile()) {
        let there = compare(&a, &b, Mode::Absolute);
        let back = compare(&b, &a, Mode::Absolute);
        let sorted = |comparison: &Comparison, sign: i64| {
            let mut deltas: Vec<_> = comparison
                .rows
                .iter()
                .map(|row| {
                    let [mut from, mut to] = row.functions;
                    if sign < 0 {
                        std::mem::swap(&mut from, &mut to);
                    }
                    // The default of the second side is the first measure.
                    let names = comparison.measures.iter().map(|measure| measure.name().to_owned());
                    let changes = row.self_.iter().zip(&row.total);
                    let mut deltas: Vec<_> = names
                        .zip(changes)
                        .map(|(name, (self_, total))| {
                            (name, self_.delta() * sign, total.delta() * sign)
                        })
                        .collect();
                    deltas.sort_unstable();
                    (from, to, deltas)
                })
                .collect();
            deltas.sort();
            deltas
        };
        prop_assert_eq!(sorted(&there, 1), sorted(&back, -1));
    }
}
