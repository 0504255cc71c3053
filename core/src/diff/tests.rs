//! Tests of comparisons.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, random};

fn compare(a: &Profile, b: &Profile, mode: &Mode) -> Comparison {
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
    let comparison = compare(&a, &b, &Mode::Absolute);
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
        text(&compare(&a, &b, &Mode::Absolute), &a, &b),
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
        Comparison::new(sides, &Mode::Absolute, &[], None).unwrap_err()
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
        compare(&a, &b, &mode).rows[0].self_[0].is_significant()
    };
    assert_eq!(significant(100, 200, Mode::Absolute), Some(true));
    assert_eq!(significant(2, 4, Mode::Absolute), Some(false));
    assert_eq!(significant(100, 200, Mode::Share), Some(false), "all of it on both sides");
    let trace = testing::trace("A: aaa");
    assert_eq!(compare(&trace, &trace, &Mode::Absolute).rows[0].self_[0].is_significant(), None);
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
        let comparison = compare(&a, &b, &mode);
        let name = |row: &Row| b.function_name(row.functions[1].unwrap()).to_owned();
        comparison.rows.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(Mode::Absolute), ["slow", "other", "big"]);
    assert_eq!(names(Mode::Share), ["slow", "big", "other"]);
}

#[test]
fn weights_are_parts_of_a_function_and_are_divided_by_samples() {
    let a = testing::profile("main main main main\nf    f    g    h\nx");
    let b = testing::profile("main main main\nf    g    g");
    let values = |mode: &str| {
        let comparison = compare(&a, &b, &Mode::from_text(mode).unwrap());
        let row = comparison
            .rows
            .iter()
            .find(|row| row.functions[1].is_some_and(|function| b.function_name(function) == "g"));
        (row.unwrap().self_[0].values, comparison.divided_by[0])
    };
    assert_eq!(values("per-function=f"), ([0.5, 2.0], [2.0, 1.0]));
    assert_eq!(values("per-sample"), ([0.25, 2.0 / 3.0], [4.0, 3.0]));
    let refused = |mode: &str| {
        let selection = Selection::default();
        let sides = [&a, &b].map(|profile| Side { profile, selection: &selection });
        let mode = Mode::from_text(mode).unwrap();
        Comparison::new(sides, &mode, &NameRule::ALL, None).unwrap_err().to_string()
    };
    assert_eq!(
        refused("per-function=x"),
        "there is nothing to divide the second by: it has no function x"
    );
    assert_eq!(
        refused("per-label=request"),
        "there is nothing to divide the first by: no sample of it has a label request"
    );
}

/// A line for each function: the means of both sides, and what is said of the change.
fn compare_several(a: &[&str], b: &[&str]) -> String {
    let profiles = [a, b].map(|side| -> Vec<Profile> {
        let columns = side.iter().map(|counts| {
            counts.split_whitespace().map(|count| {
                let (name, n) = count.split_once('=').unwrap();
                format!("{name} ").repeat(n.parse().unwrap())
            })
        });
        columns.map(|columns| testing::profile(&columns.collect::<String>())).collect()
    });
    let selection = Selection::default();
    let sides = profiles.each_ref().map(|side| -> Vec<Side<'_>> {
        side.iter().map(|profile| Side { profile, selection: &selection }).collect()
    });
    let comparison =
        Comparison::of_several([&sides[0], &sides[1]], &Mode::Absolute, &NameRule::ALL, None)
            .unwrap();
    let mut text = String::new();
    for row in &comparison.rows {
        let at = usize::from(row.functions[0].is_none());
        let profile = &profiles[at][row.recordings[at]];
        let Change { values: [a, b], adjusted, interval, .. } = row.self_[0];
        let name = profile.function_name(row.functions[at].unwrap());
        let [low, high] = interval.unwrap();
        let sure = if adjusted.unwrap() < LEVEL { "sure" } else { "chance" };
        writeln!(text, "{name} {a:.1} → {b:.1}, {low:.1} to {high:.1}: {sure}").unwrap();
    }
    text.trim_end().to_owned()
}

#[test]
fn several_recordings_are_compared_by_their_means() {
    let base =
        ["slow=100 same=50 old=40 rare=1", "slow=104 same=60 old=44", "slow=108 same=55 old=42"];
    let new =
        ["slow=200 same=58 new=60", "slow=208 same=52 new=62", "slow=216 same=61 new=64 rare=1"];
    assert_eq!(
        compare_several(&base, &new),
        testing::unindent(
            "
            slow 104.0 → 208.0, 74.4 to 133.6: sure
            new 0.0 → 62.0, 42.4 to 81.6: sure
            old 42.0 → 0.0, -58.1 to -25.9: sure
            same 55.0 → 57.0, -15.0 to 19.0: chance
            rare 0.3 → 0.3, -1.3 to 1.3: chance
            "
        )
    );
}

#[test]
fn all_recordings_of_a_side_measure_the_same() {
    let (samples, trace) = (testing::profile("main"), testing::trace("A: aaa"));
    let selection = Selection::default();
    let side = |profile| Side { profile, selection: &selection };
    let sides = [side(&samples), side(&trace)];
    let new = [side(&samples)];
    let error = Comparison::of_several([&sides, &new], &Mode::Absolute, &[], None).unwrap_err();
    assert!(error.to_string().contains("the second Slice time"), "{error}");
}

proptest! {
    #[test]
    fn copies_of_two_recordings_differ_as_the_two(a in random::profile(), b in random::profile()) {
        let selection = Selection::default();
        let side = |profile| Side { profile, selection: &selection };
        let sides = [[side(&a); 2], [side(&b); 2]];
        for mode in [Mode::Absolute, Mode::Share] {
            let one = compare(&a, &b, &mode);
            let sides = [&sides[0][..], &sides[1][..]];
            let two = Comparison::of_several(sides, &mode, &NameRule::ALL, None).unwrap();
            prop_assert_eq!(one.rows.len(), two.rows.len());
            for (one, two) in one.rows.iter().zip(&two.rows) {
                for (one, two) in one.self_.iter().zip(&two.self_) {
                    prop_assert!((one.delta_value() - two.delta_value()).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn changes_of_shares_add_up_to_nothing_and_negate(a in random::profile(), b in random::profile()) {
        let (there, back) = (compare(&a, &b, &Mode::Share), compare(&b, &a, &Mode::Share));
        for (number, whole) in there.whole.iter().enumerate() {
            if whole.weights.contains(&0) {
                continue;
            }
            let sum = |comparison: &Comparison, number: usize| -> f64 {
                comparison.rows.iter().map(|row| row.self_[number].delta_value()).sum()
            };
            prop_assert!(sum(&there, number).abs() < 1e-9);
            let name = there.measures[number].name();
            let other = back.measures.iter().position(|it| it.name() == name).unwrap();
            let deltas = |comparison: &Comparison, number: usize, sign: f64| {
                let mut deltas: Vec<f64> =
                    comparison.rows.iter().map(|it| sign * it.total[number].delta_value()).collect();
                deltas.sort_by(f64::total_cmp);
                deltas
            };
            let pairs = deltas(&there, number, 1.0).into_iter().zip(deltas(&back, other, -1.0));
            for (there, back) in pairs {
                prop_assert!((there - back).abs() < 1e-9);
            }
        }
    }
}

proptest! {
    #[test]
    fn changes_add_up_to_the_change_of_the_whole(
        a in random::profile(),
        b in random::profile(),
    ) {
        let comparison = compare(&a, &b, &Mode::Absolute);
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
        let comparison = compare(&profile, &profile, &Mode::Absolute);
        for row in &comparison.rows {
            prop_assert_eq!(row.matched, Some(Match::Exact));
            prop_assert!(row.self_.iter().chain(&row.total).all(|change| change.delta() == 0));
            prop_assert!(row.self_.iter().all(|change| change.is_significant() != Some(true)));
        }
    }

    #[test]
    fn swapped_sides_negate_every_change(a in random::profile(), b in random::profile()) {
        let there = compare(&a, &b, &Mode::Absolute);
        let back = compare(&b, &a, &Mode::Absolute);
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
