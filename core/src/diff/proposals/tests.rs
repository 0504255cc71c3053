//! Tests of what is proposed.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::diff::{Alike, Comparison, FunctionName, Mode, Rename, Side, TreeSide, measures};
use crate::testing::{self, random};
use crate::{CallPaths, CallTree, PathWeights, Selection};

fn proposed(profiles: [&Profile; 2], alike: Alike<'_>) -> (PairedFunctions, Vec<Proposal>) {
    let measure = &measures(profiles, None).unwrap()[0];
    let paths = profiles.map(CallPaths::new);
    let trees = [0, 1].map(|side| {
        let selection = Selection::default();
        let (profile, paths) = (profiles[side], &paths[side]);
        let weights = PathWeights::new(profile, paths, measure.of[side], &selection);
        CallTree::new(profile, paths, &weights)
    });
    let functions = PairedFunctions::new(profiles, [&paths[0], &paths[1]], alike);
    let sides = trees.each_ref().map(TreeSide::without_events);
    let tree = PairTree::new(&functions, sides, measure);
    let proposals = proposals(profiles, &functions, &tree, &NameRule::ALL);
    (functions, proposals)
}

/// What is proposed of two profiles in columns, a line for each.
fn text(a: &str, b: &str) -> String {
    let profiles = [testing::profile(a), testing::profile(b)];
    let profiles = profiles.each_ref();
    let (functions, proposals) = proposed(profiles, (&NameRule::ALL).into());
    let mut text = String::new();
    for it in proposals {
        let [a, b] = it.of.map(|pair| functions.get(pair).name(profiles));
        let percent = |part: f64| format!("{:.0} %", part * 100.0);
        let callees = it.callees.map_or("–".to_owned(), percent);
        let (callers, weight, name) = (percent(it.callers), percent(it.weight), percent(it.name));
        writeln!(text, "{a} → {b} {callers} {callees} {weight} {name}").unwrap();
    }
    text.trim_end().to_owned()
}

#[test]
fn a_function_between_the_same_functions_is_proposed_whatever_it_is_called() {
    let a = "
        main  main  main  main
        parse parse parse wash
        token token read
    ";
    let b = "
        main main  main  main
        scan scan  scan  wash
        read token token
    ";
    assert_eq!(text(a, b), "parse → scan 100 % 100 % 100 % 0 %");
}

#[test]
fn what_is_around_a_proposal_is_found_in_the_next_round() {
    let a = "
        main  main main
        outer outer wash
        inner inner
        leaf  leaf
    ";
    let b = "
        main   main   main
        around around wash
        within within
        leaf   leaf
    ";
    let found = text(a, b);
    let expected = ["outer → around 100 % 50 % 100 % 22 %", "inner → within 50 % 100 % 100 % 22 %"];
    assert!(expected.iter().all(|line| found.contains(line)), "{found}");
}

#[test]
fn what_only_was_removed_or_is_elsewhere_is_not_proposed() {
    let a = "
        main  main main main
        parse parse sort wash
        token token
    ";
    let b = "
        main main main main
        wash wash wash wash
        hash
    ";
    assert_eq!(text(a, b), "");
    assert_eq!(text("main [unknown] 0x12", "main [nothing] 0x34"), "", "places are no functions");
}

#[test]
fn names_are_as_alike_as_their_letters() {
    for (a, b, expected) in
        [("parse", "parse", 1.0), ("parse", "parser", 8.0 / 9.0), ("night", "nacht", 0.25)]
    {
        let likeness = likeness(a, b);
        assert!((likeness - expected).abs() < 1e-9, "{a} {b}: {likeness}");
    }
    assert_eq!(last_part("std::vec<u8>::push(int)"), "push");
    assert_eq!(last_part("main.run"), "run");
}

proptest! {
    #[test]
    fn sums_stay_exact_whatever_is_taken_for_one(
        a in random::profile(),
        b in random::profile(),
        others in proptest::collection::vec((0..6_usize, 0..6_usize), 0..4),
    ) {
        let profiles = [&a, &b];
        let Ok(measures) = measures(profiles, None) else { return Ok(()) };
        let (functions, proposals) = proposed(profiles, Alike::default());
        let name = |side: usize, pair: PairId| {
            let function = functions.get(pair).of[side].unwrap();
            let profile = profiles[side];
            FunctionName {
                name: profile.function_name(function).to_owned(),
                module: Some(profile.function_module(function).to_owned()),
            }
        };
        let mut renames: Vec<Rename> = proposals
            .iter()
            .map(|it| Rename { of: [name(0, it.of[0]), name(1, it.of[1])] })
            .collect();
        // Also what is no sensible answer: any function for any other.
        for (a, b) in others {
            let of = [a, b].map(|n| FunctionName::from(&*format!("f{}", 5 + n)));
            renames.push(Rename { of });
        }
        let selection = Selection::default();
        let sides = profiles.map(|profile| Side { profile, selection: &selection });
        let alike = Alike { rules: &NameRule::ALL, renames: &renames };
        let comparison = Comparison::new(sides, &Mode::Absolute, alike, None).unwrap();
        let plain = Comparison::new(sides, &Mode::Absolute, &NameRule::ALL, None).unwrap();
        for number in 0..measures.len() {
            let deltas: i64 = comparison.rows.iter().map(|row| row.self_[number].delta()).sum();
            prop_assert_eq!(deltas, comparison.whole[number].delta());
        }
        // Every function of either side is in one row still.
        let of_side = |comparison: &Comparison, side: usize| {
            let mut all: Vec<_> =
                comparison.rows.iter().filter_map(|row| row.functions[side]).collect();
            all.sort();
            all
        };
        for side in [0, 1] {
            prop_assert_eq!(of_side(&comparison, side), of_side(&plain, side));
        }
    }
}
