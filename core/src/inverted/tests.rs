use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{FunctionTotals, Measure, ProfileBuilder, Selection, Slice};

fn inverted_of(profile: &Profile, measure: Measure, selection: &Selection) -> Inverted {
    let paths = CallPaths::new(profile);
    Inverted::new(profile, &paths, &PathWeights::new(profile, &paths, measure, selection))
}

fn samples(columns: &str) -> (Profile, Inverted) {
    let profile = testing::profile(columns);
    let measure = Measure::default_of(&profile).unwrap();
    let inverted = inverted_of(&profile, measure, &Selection::default());
    (profile, inverted)
}

/// The visible rows, a line `function weight` each, with `+` before those that can be opened.
fn text(profile: &Profile, inverted: &Inverted) -> String {
    let mut text = String::new();
    for node in inverted.visible() {
        let indent = inverted.depth(node) as usize * 2;
        let sign = match (inverted.has_callers(node), inverted.is_open(node)) {
            (true, false) => "+",
            (true, true) => "-",
            (false, _) => "",
        };
        let name = profile.function_name(inverted.function(node));
        writeln!(text, "{:indent$}{sign}{name} {}", "", inverted.weight(node)).unwrap();
    }
    text.trim_end().to_owned()
}

fn open_all(inverted: &mut Inverted) {
    let mut at = 0;
    while at < inverted.len() {
        inverted.open(InvertedNodeId::from_index(at));
        at += 1;
    }
}

const SAMPLES: &str = "
    main main main main idle
    load save eval eval
    copy copy      copy
    ";

#[test]
fn roots_are_functions_by_their_self_weight() {
    let (profile, inverted) = samples(SAMPLES);
    assert_eq!(text(&profile, &inverted), "+copy 3\n+eval 1\nidle 1");
}

#[test]
fn a_node_opens_to_its_callers() {
    let (profile, mut inverted) = samples(SAMPLES);
    let copy = inverted.roots().next().unwrap();
    inverted.open(copy);
    let load = inverted.callers(copy).nth(1).unwrap();
    inverted.open(load);
    let expected = "
        -copy 3
          +eval 1
          -load 1
            main 1
          +save 1
        +eval 1
        idle 1
        ";
    assert_eq!(text(&profile, &inverted), testing::unindent(expected));

    inverted.close(copy);
    assert_eq!(text(&profile, &inverted), "+copy 3\n+eval 1\nidle 1");
    inverted.open(copy);
    assert_eq!(text(&profile, &inverted), testing::unindent(expected));
}

#[test]
fn recursion_is_a_chain_of_callers() {
    let (profile, mut inverted) = samples(
        "
        fib fib
        fib fib
            fib
        ",
    );
    open_all(&mut inverted);
    assert_eq!(text(&profile, &inverted), "-fib 2\n  -fib 2\n    fib 1");
}

#[test]
fn the_heaviest_callers_open() {
    let (profile, mut inverted) = samples("main main idle\ncopy copy copy");
    let end = inverted.open_heaviest(inverted.roots().next().unwrap());
    assert_eq!(profile.function_name(inverted.function(end)), "main");
    assert_eq!(text(&profile, &inverted), "-copy 3\n  main 2\n  idle 1");
}

/// Slices of one name, each but the first nested in the one before.
fn nested(n: i64) -> Inverted {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let name = builder.function_named("f");
    for start_ns in 0..n {
        let duration_ns = 2 * (n - start_ns);
        builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
    }
    inverted_of(&builder.finish().0, Measure::SliceTime, &Selection::default())
}

#[test]
fn callers_take_the_memory_of_what_they_called() {
    let mut inverted = nested(1000);
    let end = inverted.open_heaviest(inverted.roots().next().unwrap());
    assert_eq!(inverted.depth(end), 999);
    assert_eq!(inverted.entries.len(), 1000);
}

#[test]
fn endless_recursion_opens_as_far_as_it_is_fast() {
    let mut inverted = nested(100_000);
    let end = inverted.open_heaviest(inverted.roots().next().unwrap());
    assert!((100..1000).contains(&inverted.depth(end)), "{}", inverted.depth(end));
    assert!(inverted.has_callers(end));
    let further = inverted.open_heaviest(end);
    assert!(inverted.depth(further) > inverted.depth(end));
}

#[test]
fn what_is_open_stays_open_in_another_selection() {
    let (profile, mut inverted) = samples(SAMPLES);
    let copy = inverted.roots().next().unwrap();
    inverted.open(copy);
    for caller in inverted.callers(copy) {
        inverted.open(caller);
    }
    let selection = Selection { range_ns: Some(1_000_000..i64::MAX), ..Selection::default() };
    let mut part = inverted_of(&profile, Measure::default_of(&profile).unwrap(), &selection);
    part.open_as(&inverted);
    let expected = "
        -copy 2
          -eval 1
            main 1
          -save 1
            main 1
        +eval 1
        idle 1
        ";
    assert_eq!(text(&profile, &part), testing::unindent(expected));
}

proptest! {
    #[test]
    fn nodes_weigh_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
    ) {
        let selection = Selection { range_ns, ..Selection::default() };
        for measure in Measure::all(&profile) {
            let mut inverted = inverted_of(&profile, measure, &selection);
            open_all(&mut inverted);
            let counted: Vec<(Vec<FunctionId>, i64)> = naive::counted(&profile, measure, &selection)
                .into_iter()
                .map(|(calls, weight)| (calls.iter().map(|call| call.0).collect(), weight))
                .collect();
            prop_assert_eq!(inverted.visible().len(), inverted.len());
            for node in inverted.visible() {
                let mut chain: Vec<FunctionId> =
                    std::iter::successors(Some(node), |&node| inverted.parent(node))
                        .map(|node| inverted.function(node))
                        .collect();
                chain.reverse();
                let through = || counted.iter().filter(|(calls, _)| calls.starts_with(&chain));
                let weight: i64 = through().map(|&(_, weight)| weight).sum();
                prop_assert_eq!(inverted.weight(node), weight);
                prop_assert_eq!(inverted.depth(node) as usize, chain.len() - 1);
                let longer: std::collections::BTreeSet<_> =
                    through().filter_map(|(calls, _)| calls.get(chain.len())).collect();
                prop_assert_eq!(inverted.callers(node).len(), longer.len());
                prop_assert_eq!(inverted.has_callers(node), !longer.is_empty());
                let key = |node| {
                    let name = profile.function_name(inverted.function(node)).to_owned();
                    (Reverse(inverted.weight(node).unsigned_abs()), name)
                };
                prop_assert!(inverted.callers(node).map(key).is_sorted());
            }
        }
    }

    #[test]
    fn roots_are_the_self_weights_of_functions(profile in random::profile()) {
        for measure in Measure::all(&profile) {
            let paths = CallPaths::new(&profile);
            let weights = PathWeights::new(&profile, &paths, measure, &Selection::default());
            let totals = FunctionTotals::new(&profile, &paths, &weights);
            let inverted = Inverted::new(&profile, &paths, &weights);
            let sum: i64 = inverted.roots().map(|root| inverted.weight(root)).sum();
            prop_assert_eq!(sum, weights.total());
            for root in inverted.roots() {
                prop_assert_eq!(inverted.weight(root), totals.self_of(inverted.function(root)));
            }
        }
    }
}
