use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{
    CallPaths, FunctionTotals, Measure, PathWeights, Profile, ProfileBuilder, Selection, Slice,
};

fn tree_of(profile: &Profile, measure: Measure, selection: &Selection) -> CallTree {
    let paths = CallPaths::new(profile);
    let weights = PathWeights::new(profile, &paths, measure, selection);
    CallTree::new(profile, &paths, &weights)
}

fn of_name(profile: &Profile, name: &str) -> FunctionId {
    let mut functions = profile.symbols().functions().ids();
    functions.find(|&function| profile.function_name(function) == name).unwrap()
}

fn rows(profile: &Profile, tree: &MergedTree) -> String {
    let mut text = String::new();
    for row in 0..tree.len() {
        let name = profile.function_name(tree.function(row));
        let (indent, total, own) = (tree.depth(row) * 2, tree.total(row), tree.own(row));
        writeln!(text, "{:indent$}{name} {total} ({own})", "").unwrap();
    }
    text.trim_end().to_owned()
}

fn calls(profile: &Profile, calls: &[Call]) -> String {
    let text = |call: &Call| format!("{} {}", profile.function_name(call.function), call.weight);
    calls.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// The callers, the callees, and the direct ones of each, as text.
fn sandwich(columns: &str, name: &str) -> [String; 4] {
    let profile = testing::profile(columns);
    let measure = Measure::default_of(&profile).unwrap();
    let tree = tree_of(&profile, measure, &Selection::default());
    let sandwich = Sandwich::new(&tree, of_name(&profile, name));
    [
        rows(&profile, &sandwich.callers),
        rows(&profile, &sandwich.callees),
        calls(&profile, &sandwich.direct_callers),
        calls(&profile, &sandwich.direct_callees),
    ]
}

fn check(columns: &str, name: &str, expected: [&str; 4]) {
    let [callers, callees, direct_callers, direct_callees] = expected;
    let expected = [testing::unindent(callers), testing::unindent(callees)];
    let found = sandwich(columns, name);
    assert_eq!([&found[0], &found[1]], [&expected[0], &expected[1]]);
    assert_eq!([&found[2][..], &found[3]], [direct_callers, direct_callees]);
}

#[test]
fn callers_and_callees_are_merged_over_all_places() {
    check(
        "
        main main main main idle
        load save eval eval
        copy copy copy
        read      move
        ",
        "copy",
        [
            "
            copy 3 (0)
              eval 1 (0)
                main 1 (1)
              load 1 (0)
                main 1 (1)
              save 1 (0)
                main 1 (1)
            ",
            "
            copy 3 (1)
              move 1 (1)
              read 1 (1)
            ",
            "eval 1, load 1, save 1",
            "move 1, read 1",
        ],
    );
}

#[test]
fn recursion_counts_once_from_its_outermost_call() {
    check(
        "
        main main main
        eval load eval
        eval eval read
        copy
        ",
        "eval",
        [
            "
            eval 3 (0)
              main 2 (2)
              load 1 (0)
                main 1 (1)
            ",
            "
            eval 3 (1)
              eval 1 (0)
                copy 1 (1)
              read 1 (1)
            ",
            "main 2, eval 1, load 1",
            "copy 1, eval 1, read 1",
        ],
    );
}

#[test]
fn a_call_that_comes_twice_in_a_stack_weighs_once() {
    let [.., callers, callees] = sandwich("a a\nb b\na c\nb", "b");
    assert_eq!([&callers[..], &callees], ["a 2", "a 1, c 1"]);
}

#[test]
fn a_root_has_no_callers_and_a_leaf_no_callees() {
    check("main main\ncopy copy", "main", ["main 2 (2)", "main 2 (0)\n  copy 2 (2)", "", "copy 2"]);
    check("main main\ncopy copy", "copy", ["copy 2 (0)\n  main 2 (2)", "copy 2 (2)", "main 2", ""]);
}

#[test]
fn what_does_not_count_has_no_rows() {
    let profile = testing::profile("main idle\ncopy");
    let selection = Selection { range_ns: Some(1_000_000..2_000_000), ..Selection::default() };
    let tree = tree_of(&profile, Measure::default_of(&profile).unwrap(), &selection);
    let sandwich = Sandwich::new(&tree, of_name(&profile, "copy"));
    assert!(sandwich.callers.is_empty() && sandwich.callees.is_empty());
    assert!(sandwich.direct_callers.is_empty() && sandwich.callees.flame().width() == 0);
}

/// A chain of calls of `f`, each of which calls `g` too: so `g` has a caller chain of each length.
#[test]
fn callers_of_a_deep_comb_end_in_time() {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let [f, g] = ["f", "g"].map(|name| builder.function_named(name));
    let n = 20_000;
    for start_ns in 0..n {
        let slice = Slice { track, start_ns: 2 * start_ns, duration_ns: 0, name: f, detail: None };
        builder.slice(Slice { duration_ns: 4 * (n - start_ns), ..slice });
        builder.slice(Slice { start_ns: 2 * start_ns + 1, duration_ns: 1, name: g, ..slice });
    }
    let profile = builder.finish().0;
    let tree = tree_of(&profile, Measure::SliceTime, &Selection::default());
    let sandwich = Sandwich::new(&tree, g);
    assert_eq!(sandwich.callers.total(0), n);
    assert!(sandwich.callers.is_cut(), "200 million steps would be too many");
    assert!(!Sandwich::new(&tree, f).callees.is_cut());
}

/// By names from the function outward: the weight.
type ByPath = BTreeMap<Vec<FunctionId>, i64>;

fn by_path(tree: &MergedTree) -> ByPath {
    let path = |row| {
        let mut path: Vec<FunctionId> =
            tree.walk_to_root(row).map(|row| tree.function(row)).collect();
        path.reverse();
        path
    };
    let paths: ByPath = (0..tree.len()).map(|row| (path(row), tree.total(row))).collect();
    assert_eq!(paths.len(), tree.len(), "no two rows of one path");
    paths
}

fn by_function(calls: &[Call]) -> BTreeMap<FunctionId, i64> {
    calls.iter().map(|call| (call.function, call.weight)).collect()
}

proptest! {
    #[test]
    fn a_direct_recount_gives_the_same(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        function in 0..5_usize,
    ) {
        let function = FunctionId::from_index(function);
        let selection = Selection { range_ns, threads, ..Selection::default() };
        for measure in Measure::all(&profile) {
            let tree = tree_of(&profile, measure, &selection);
            let sandwich = Sandwich::new(&tree, function);
            let (mut callers, mut callees) = (ByPath::new(), ByPath::new());
            let (mut direct_callers, mut direct_callees) = (BTreeMap::new(), BTreeMap::new());
            for (calls, weight) in naive::counted(&profile, measure, &selection) {
                let stack: Vec<FunctionId> = calls.into_iter().map(|call| call.0).collect();
                let Some(at) = stack.iter().rposition(|&it| it == function) else { continue };
                let outward = stack[at..].to_vec();
                let inward: Vec<FunctionId> = stack[..=at].iter().rev().copied().collect();
                for (path, sums) in [(outward, &mut callers), (inward, &mut callees)] {
                    for len in 1..=path.len() {
                        *sums.entry(path[..len].to_vec()).or_insert(0) += weight;
                    }
                }
                let pairs = || stack.windows(2).map(|pair| (pair[0], pair[1]));
                for other in profile.symbols().functions().ids() {
                    if pairs().any(|pair| pair == (function, other)) {
                        *direct_callers.entry(other).or_insert(0) += weight;
                    }
                    if pairs().any(|pair| pair == (other, function)) {
                        *direct_callees.entry(other).or_insert(0) += weight;
                    }
                }
            }
            prop_assert_eq!(by_path(&sandwich.callers), callers);
            prop_assert_eq!(by_path(&sandwich.callees), callees);
            prop_assert_eq!(by_function(&sandwich.direct_callers), direct_callers);
            prop_assert_eq!(by_function(&sandwich.direct_callees), direct_callees);

            let paths = CallPaths::new(&profile);
            let weights = PathWeights::new(&profile, &paths, measure, &selection);
            let totals = FunctionTotals::new(&profile, &paths, &weights);
            if !sandwich.callers.is_empty() {
                prop_assert_eq!(sandwich.callers.total(0), totals.total_of(function));
                prop_assert_eq!(sandwich.callees.total(0), totals.total_of(function));
            }
            for tree in [&sandwich.callers, &sandwich.callees] {
                let own: i64 = (0..tree.len()).map(|row| tree.own(row)).sum();
                prop_assert_eq!(own, totals.total_of(function), "what is own adds up");
            }
        }
    }
}
