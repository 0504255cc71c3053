//! Tests of pairs of instances.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::{FunctionId, Profile, ProfileBuilder, Selection, Slice};

/// A letter for each instance, which is its argument `id`; `.` has none. A microsecond each, ten
/// apart.
fn recording(letters: &str) -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let name = builder.function_named("load");
    for (at, _) in (0..).zip(letters.chars()) {
        builder.slice(Slice {
            track,
            start_ns: at * 10_000,
            duration_ns: 1000,
            name,
            detail: None,
        });
    }
    builder.finish().0
}

fn instances(profile: &Profile, letters: &str, noise: &str) -> Instances {
    let selection = Selection::default();
    let names: FunctionSet =
        profile.symbols().functions().ids().collect::<Vec<FunctionId>>().into_iter().collect();
    let mut found = Instances::new(Side { profile, selection: &selection }, &names);
    for (at, letter) in letters.chars().enumerate() {
        let (letter, time) = (letter.to_string(), format!("{noise}{at}"));
        let arguments = [("id", &*letter), ("time", &*time)];
        found.add_arguments(arguments.into_iter().filter(|(_, value)| *value != "."));
    }
    found
}

/// The pairs as letters and places, `a0-a1` being the first of A and the second of B.
fn text(a: &str, b: &str) -> String {
    let profiles = [recording(a), recording(b)];
    let sides = [instances(&profiles[0], a, "A"), instances(&profiles[1], b, "B")];
    let told = |side: usize, slice: Option<SliceId>| {
        let text = [a, b][side];
        slice
            .map_or(String::new(), |it| format!("{}{}", &text[it.index()..=it.index()], it.index()))
    };
    let mut all: Vec<String> = pair_instances([&sides[0], &sides[1]])
        .iter()
        .map(|pair| {
            let by = match pair.by {
                Some(MatchedBy::Arguments) => "-",
                Some(MatchedBy::Order) => "=",
                None => "!",
            };
            format!("{}{by}{}", told(0, pair.of[0]), told(1, pair.of[1]))
        })
        .collect();
    all.sort();
    all.join(" ")
}

#[test]
fn instances_are_one_by_their_arguments() {
    assert_eq!(text("abc", "abc"), "a0-a0 b1-b1 c2-c2");
    assert_eq!(text("abc", "xac"), "!x0 a0-a1 b1! c2-c2");
    assert_eq!(text("abc", "cab"), "a0-a1 b1-b2 c2-c0", "also where another thread was faster");
    assert_eq!(text("aab", "ab"), "a0-a0 a1! b2-b1");
    assert_eq!(text("abab", "abxab"), "!x2 a0-a0 a2-a3 b1-b1 b3-b4");
}

#[test]
fn where_arguments_say_nothing_instances_are_one_by_order() {
    assert_eq!(text("...", "...."), "!.3 .0=.0 .1=.1 .2=.2");
    assert_eq!(text("aaa", "aa"), "a0=a0 a1=a1 a2!");
    assert_eq!(text("abc", "xyz"), "a0=x0 b1=y1 c2=z2", "as times are");
    assert_eq!(text("", "a"), "!a0");
}

fn all_of(keys: &[u64]) -> FxHashMap<u64, usize> {
    let mut counts = FxHashMap::default();
    for &key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

proptest! {
    #[test]
    fn of_each_key_as_many_are_paired_as_both_sides_have(
        a in vec(0..6_u64, 0..40),
        b in vec(0..6_u64, 0..40),
    ) {
        let pairs = matched([&a, &b]);
        prop_assert!(pairs.iter().all(|&[at, other]| a[at] == b[other]));
        for side in [0, 1] {
            let mut places: Vec<usize> = pairs.iter().map(|pair| pair[side]).collect();
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), pairs.len(), "each is in one pair");
        }
        let (of_a, of_b) = (all_of(&a), all_of(&b));
        let expected: usize =
            of_a.iter().map(|(key, &n)| n.min(of_b.get(key).copied().unwrap_or_default())).sum();
        prop_assert_eq!(pairs.len(), expected);
    }

    #[test]
    fn a_sequence_is_paired_with_itself_in_order(a in vec(0..6_u64, 0..40)) {
        let mut pairs = matched([&a, &a]);
        pairs.sort_unstable();
        prop_assert!(pairs.iter().enumerate().all(|(at, pair)| *pair == [at, at]));
    }
}
