use std::cmp::Reverse;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{Measure, Selection};

fn tree_of(profile: &Profile, measure: Measure, selection: &Selection) -> CallTree {
    let paths = CallPaths::new(profile);
    CallTree::new(profile, &paths, &PathWeights::new(profile, &paths, measure, selection))
}

/// The tree, a line `function self total` for each node.
fn text(profile: &Profile, selection: &Selection) -> String {
    let measure = Measure::default_of(profile).unwrap();
    let tree = tree_of(profile, measure, selection);
    let unit = if measure == Measure::SliceTime { 1000 } else { 1 };
    let mut text = String::new();
    for node in tree.ids() {
        let indent = tree.depth(node) as usize * 2;
        let name = profile.function_name(tree.function(node));
        let (self_, total) = (tree.self_of(node) / unit, tree.total_of(node) / unit);
        writeln!(text, "{:indent$}{name} {self_} {total}", "").unwrap();
    }
    text.trim_end().to_owned()
}

#[track_caller]
fn check(profile: &Profile, expected: &str) {
    assert_eq!(text(profile, &Selection::default()), testing::unindent(expected));
}

#[test]
fn callees_follow_their_caller_heaviest_first() {
    check(
        &testing::profile(
            "
            idle main main  main  main
                 read parse parse parse
                            eval
            ",
        ),
        "
        main 0 4
          parse 2 3
            eval 1 1
          read 1 1
        idle 1 1
        ",
    );
}

#[test]
fn equal_siblings_are_in_order_of_name() {
    check(&testing::profile("c a b"), "a 1 1\nb 1 1\nc 1 1");
}

#[test]
fn nested_slices_make_a_tree_of_their_time() {
    check(
        &testing::trace(
            "
            A: aaaaaaaa bbb
             :  ccc dd  d
            B: aa
            ",
        ),
        "
        a 5 10
          c 3 3
          d 2 2
        b 2 3
          d 1 1
        ",
    );
}

#[test]
fn nodes_in_which_nothing_counts_are_left_out() {
    let profile = testing::profile(
        "
        main main idle
        read eval
        ",
    );
    let selection = Selection { range_ns: Some(1..2_000_000), ..Selection::default() };
    assert_eq!(text(&profile, &selection), "main 0 1\n  eval 1 1");
    let tree = tree_of(&profile, Measure::default_of(&profile).unwrap(), &selection);
    let paths = CallPaths::new(&profile);
    assert_eq!(tree.node_of_path(paths.of_sample(0)), None);
    assert_eq!(tree.node_of_path(paths.of_sample(1)), Some(NodeId::from_index(1)));
}

#[test]
fn a_stack_of_a_million_calls_is_no_danger() {
    let mut builder = crate::ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "");
    let samples = builder.value_type("samples", crate::Unit::Count);
    let leaf = builder.frame(None, 1);
    let callers = (0..1_000_000).fold(None, |callers, _| Some(builder.stack(callers, leaf)));
    builder.sample(crate::Sample { time_ns: None, thread, callers, leaf, labels: None });
    builder.weight(samples, 1).unwrap();
    let profile = builder.finish().0;
    let tree = tree_of(&profile, Measure::Weight(samples), &Selection::default());
    assert_eq!((tree.len(), tree.max_depth()), (1_000_001, 1_000_000));
}

#[test]
fn no_samples_no_nodes() {
    let profile = Profile::default();
    let tree = CallTree::new(&profile, &CallPaths::new(&profile), &PathWeights::default());
    assert!(tree.is_empty());
    assert_eq!(tree.roots().next(), None);
}

proptest! {
    #[test]
    fn the_tree_is_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
    ) {
        let selection = Selection { range_ns, threads, ..Selection::default() };
        for measure in Measure::all(&profile) {
            let tree = tree_of(&profile, measure, &selection);
            let counted = naive::counted(&profile, measure, &selection);
            let whole: i64 = counted.iter().map(|&(_, weight)| weight).sum();
            prop_assert_eq!(tree.total(), whole);
            prop_assert_eq!(tree.ids().map(|node| tree.self_of(node)).sum::<i64>(), whole);
            prop_assert_eq!(tree.roots().map(|node| tree.total_of(node)).sum::<i64>(), whole);
            for node in tree.ids() {
                let callers = std::iter::successors(Some(node), |&node| tree.parent(node));
                let calls: Vec<_> =
                    callers.map(|node| (tree.function(node), tree.is_inlined(node))).collect();
                prop_assert_eq!(tree.depth(node) as usize, calls.len() - 1);
                let through: Vec<_> =
                    counted.iter().filter(|(leaf_first, _)| leaf_first.ends_with(&calls)).collect();
                prop_assert!(!through.is_empty());
                let total: i64 = through.iter().map(|(_, weight)| weight).sum();
                prop_assert_eq!(tree.total_of(node), total);
                prop_assert_eq!(tree.node_of_path(tree.path(node)), Some(node));
            }
        }
    }

    #[test]
    fn tasks_write_what_one_writes(profile in random::profile()) {
        let paths = CallPaths::new(&profile);
        for measure in Measure::all(&profile) {
            let weights = PathWeights::new(&profile, &paths, measure, &Selection::default());
            let [one, several] =
                [|n| n, |_| 1].map(|most| CallTree::in_tasks(&paths, &weights, most));
            prop_assert_eq!(&one.path, &several.path);
            prop_assert_eq!(&one.parent, &several.parent);
            prop_assert_eq!(&one.depth, &several.depth);
            prop_assert_eq!(&one.subtree_end, &several.subtree_end);
            prop_assert_eq!(&one.total, &several.total);
        }
    }

    #[test]
    fn children_are_within_their_parent_and_sorted(profile in random::profile()) {
        for measure in Measure::all(&profile) {
            let tree = tree_of(&profile, measure, &Selection::default());
            let key = |node: NodeId| {
                let name = profile.function_name(tree.function(node)).to_owned();
                (Reverse(tree.total_of(node).unsigned_abs()), name)
            };
            prop_assert!(tree.roots().map(key).is_sorted());
            prop_assert_eq!(tree.ids().map(|n| tree.depth(n)).max(), tree.ids().next().map(|_| tree.max_depth()));
            for node in tree.ids() {
                prop_assert!(tree.children(node).map(key).is_sorted());
                let children: i64 = tree.children(node).map(|child| tree.total_of(child)).sum();
                prop_assert_eq!(tree.total_of(node), tree.self_of(node) + children);
                for child in tree.children(node) {
                    prop_assert_eq!(tree.parent(child), Some(node));
                    prop_assert!(tree.subtree(child).end <= tree.subtree(node).end);
                }
            }
        }
    }
}
