use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::diff::Mode;
use crate::diff::{NameRule, measures};
use crate::testing::{self, random};
use crate::{CallPaths, PathWeights, Profile, Selection};

/// Two recordings put together.
struct Pair {
    functions: PairedFunctions,
    tree: PairTree,
    trees: [CallTree; 2],
}

fn pair_in(a: &Profile, b: &Profile, measure: &PairedMeasure) -> Pair {
    let (profiles, all) = ([a, b], Selection::default());
    let paths = profiles.map(CallPaths::new);
    let functions = PairedFunctions::new(profiles, [&paths[0], &paths[1]], &NameRule::ALL);
    let trees = [0, 1].map(|at| {
        let (profile, paths) = (profiles[at], &paths[at]);
        let weights = PathWeights::new(profile, paths, measure.of[at], &all);
        CallTree::new(profile, paths, &weights)
    });
    let events = [0, 1].map(|at| PathEvents::new(profiles[at], &paths[at], measure.of[at], &all));
    let sides = [0, 1].map(|at| TreeSide { tree: &trees[at], events: events[at].as_ref() });
    let tree = PairTree::new(&functions, sides, measure);
    Pair { functions, tree, trees }
}

fn pair(a: &Profile, b: &Profile) -> Pair {
    let measures = measures([a, b], None).unwrap();
    pair_in(a, b, &measures[0])
}

/// A line for each node: its function, with total and self on both sides.
#[track_caller]
fn check(a: &str, b: &str, expected: &str) {
    let [a, b] = [a, b].map(testing::profile);
    let Pair { functions, tree, .. } = pair(&a, &b);
    let mut text = String::new();
    for node in tree.ids() {
        let indent = tree.depth(node) as usize * 2;
        let function = functions.get(tree.function(node));
        let state = match function.of {
            [Some(_), Some(_)] => "",
            [None, _] => " new",
            [_, None] => " gone",
        };
        let name = function.name([&a, &b]);
        let [total, self_] = [tree.total_of(node), tree.self_of(node)];
        writeln!(text, "{:indent$}{name} {total:?} self {self_:?}{state}", "").unwrap();
    }
    assert_eq!(text.trim_end(), testing::unindent(expected));
}

#[test]
fn paths_of_both_sides_are_one_tree_the_heaviest_first() {
    check(
        "
        main  main  main  main
        parse parse parse read
        eval  eval
        ",
        "
        main  main  main  main
        parse parse parse parse
        fold  fold  fold
        ",
        "
        main [4, 4] self [0, 0]
          parse [3, 4] self [1, 1]
            fold [0, 3] self [0, 3] new
            eval [2, 0] self [2, 0] gone
          read [1, 0] self [1, 0] gone
        ",
    );
}

#[test]
fn siblings_are_ordered_by_their_shares_of_both_sides() {
    check(
        "
        x x x y
        ",
        "
        x y y y y y y y y y y y y y y y y y y y
        ",
        "
        y [1, 19] self [1, 19]
        x [3, 1] self [3, 1]
        ",
    );
}

#[test]
fn functions_of_another_build_are_one_node() {
    check(
        "
        run::h0123456789abcdef run::h0123456789abcdef
        leaf                   leaf
        ",
        "
        run::hfedcba9876543210
        leaf
        ",
        "
        run::hfedcba9876543210 [2, 1] self [0, 0]
          leaf [2, 1] self [2, 1]
        ",
    );
}

#[test]
fn a_side_without_anything_leaves_the_other_as_it_is() {
    check("main", "other", "main [1, 0] self [1, 0] gone\nother [0, 1] self [0, 1] new");
}

#[test]
fn what_a_function_weighs_counts_recursion_once() {
    let a = testing::profile("f\nf\ng");
    let b = testing::profile("f f\nf g\ng f");
    let Pair { functions, tree, .. } = pair(&a, &b);
    let changes = tree.changes(&Basis::new(Mode::Absolute, tree.whole(), [0.0; 2]));
    let rows: Vec<String> = tree
        .functions()
        .map(|pair| {
            let name = functions.get(pair).name([&a, &b]);
            let of = |by: By| changes[pair.index()][by as usize].weights;
            format!("{name} {:?} {:?}", of(By::Own), of(By::Total))
        })
        .collect();
    assert_eq!(rows, ["f [0, 1] [1, 2]", "g [1, 1] [1, 2]"]);
}

#[test]
fn a_node_that_doubled_in_many_samples_is_significant_and_one_of_few_is_not() {
    let columns = |n: usize| testing::profile(&"work ".repeat(n));
    let significant = |n: [usize; 2], mode| {
        let [a, b] = n.map(columns);
        let Pair { tree, .. } = pair(&a, &b);
        let basis = Basis::new(mode, tree.whole(), [0.0; 2]);
        let root = tree.roots().next().unwrap();
        tree.change_of(root, &basis).is_significant()
    };
    assert_eq!(significant([100, 200], Mode::Absolute), Some(true));
    assert_eq!(significant([2, 4], Mode::Absolute), Some(false));
    assert_eq!(significant([100, 200], Mode::Share), Some(false), "all of it on both sides");
}

#[test]
fn of_the_calls_of_a_function_those_that_chance_may_change_as_much_are_in_doubt() {
    let profile = |counts: [(&str, usize); 2]| {
        let names = counts.map(|(name, n)| format!("{name:4} ").repeat(n)).concat();
        let callers = "main ".repeat(names.len() / 5);
        testing::profile(&format!("{callers}\n{names}"))
    };
    let (a, b) = (profile([("few", 3), ("many", 100)]), profile([("few", 5), ("many", 200)]));
    let Pair { functions, tree, .. } = pair(&a, &b);
    let of = |name: &str| {
        let is_it = |&pair: &PairId| functions.get(pair).name([&a, &b]) == name;
        functions.ids().find(is_it).unwrap()
    };
    let marks = |calls: &[PairCall]| {
        let mark = |call: &PairCall| {
            let name = functions.get(call.function).name([&a, &b]);
            let mark = call.change.doubt().map_or("", crate::diff::Doubt::mark);
            format!("{mark}{name} {:?}", call.change.weights)
        };
        calls.iter().map(mark).collect::<Vec<_>>()
    };
    let basis = Basis::new(Mode::Absolute, tree.whole(), [0.0; 2]);
    let calls = PairCalls::new(&tree, of("main"), &basis);
    assert_eq!(marks(&calls.callees), ["many [100, 200]", "~few [3, 5]"]);
    assert_eq!(marks(&calls.callers), [""; 0]);
    assert_eq!(marks(&PairCalls::new(&tree, of("few"), &basis).callers), ["~main [3, 5]"]);
    let shares = Basis::new(Mode::Share, tree.whole(), [0.0; 2]);
    let mut callees = marks(&PairCalls::new(&tree, of("main"), &shares).callees);
    callees.sort();
    assert_eq!(callees, ["~few [3, 5]", "~many [100, 200]"], "twice as much of all");
}

#[test]
fn a_basis_makes_shares_and_rates_of_weights() {
    let values = |mode| {
        let basis = Basis::new(mode, [10, 40], [1.0, 2.0]);
        basis.values([5, 10]).map(|value| value.to_string())
    };
    assert_eq!(values(Mode::Absolute), ["5", "10"]);
    assert_eq!(values(Mode::Share), ["0.5", "0.25"]);
    assert_eq!(values(Mode::PerSecond), ["5", "5"]);
    let nothing = Basis::new(Mode::Share, [0, 0], [0.0; 2]).values([0, 0]);
    assert_eq!(nothing.map(|value| value.to_string()), ["0", "0"], "of nothing");
}

/// The self weights of a tree by the names of the functions on the path.
fn by_names(pair: &Pair, side: usize) -> BTreeMap<Vec<PairId>, i64> {
    let tree = &pair.trees[side];
    let mut weights = BTreeMap::new();
    for node in tree.ids() {
        let callers = std::iter::successors(Some(node), |&node| tree.parent(node));
        let path = callers.map(|node| pair.functions.of(side, tree.function(node))).collect();
        *weights.entry(path).or_default() += tree.self_of(node);
    }
    weights
}

fn paths_of(tree: &PairTree, node: PairNodeId) -> Vec<PairId> {
    let callers = std::iter::successors(Some(node), |&node| tree.parent(node));
    callers.map(|node| tree.function(node)).collect()
}

proptest! {
    #[test]
    fn each_side_is_its_own_tree(a in random::profile(), b in random::profile()) {
        for measure in measures([&a, &b], None).unwrap_or_default() {
            let pair = pair_in(&a, &b, &measure);
            let tree = &pair.tree;
            for side in [0, 1] {
                let expected = by_names(&pair, side);
                let mut n_found = 0;
                for node in tree.ids() {
                    let got = tree.self_of(node)[side];
                    let known = expected.get(&paths_of(tree, node));
                    prop_assert_eq!(known.copied().unwrap_or_default(), got);
                    n_found += usize::from(known.is_some());
                    let children: i64 =
                        tree.children(node).map(|child| tree.total_of(child)[side]).sum();
                    prop_assert_eq!(tree.total_of(node)[side], got + children);
                }
                prop_assert_eq!(n_found, expected.len());
                let sum: i64 = tree.ids().map(|node| tree.self_of(node)[side]).sum();
                prop_assert_eq!(sum, tree.whole()[side]);
            }
        }
    }

    #[test]
    fn calls_weigh_what_the_sandwich_of_each_side_says(
        a in random::profile(),
        b in random::profile(),
    ) {
        if measures([&a, &b], None).is_err() {
            return Ok(());
        }
        let Pair { functions, tree, trees } = pair(&a, &b);
        let measure = &measures([&a, &b], None).unwrap()[0];
        let basis = Basis::new(Mode::Absolute, tree.whole(), [0.0; 2]);
        for function in functions.ids() {
            let calls = PairCalls::new(&tree, function, &basis);
            for side in [0, 1] {
                // Functions of one name and module are one here, and may be several there.
                let of_name = [&a, &b][side].symbols().functions().ids();
                let of_name: Vec<_> =
                    of_name.filter(|&id| functions.of(side, id) == function).collect();
                let [only] = of_name[..] else { continue };
                let sandwich = crate::Sandwich::new(&trees[side], only);
                for (found, expected) in [
                    (&calls.callers, &sandwich.direct_callers),
                    (&calls.callees, &sandwich.direct_callees),
                ] {
                    for call in expected {
                        let other = functions.of(side, call.function);
                        let is_one = |id: &crate::FunctionId| functions.of(side, *id) == other;
                        let ids = [&a, &b][side].symbols().functions().ids();
                        if ids.filter(is_one).count() > 1 {
                            continue;
                        }
                        let found = found.iter().find(|it| it.function == other).unwrap();
                        prop_assert_eq!(found.change.weights[side], measure.scaled(side, call.weight));
                    }
                }
            }
        }
    }

    #[test]
    fn functions_weigh_what_a_comparison_says(a in random::profile(), b in random::profile()) {
        let all = Selection::default();
        let sides = [&a, &b].map(|profile| crate::diff::Side { profile, selection: &all });
        let Ok(comparison) =
            crate::diff::Comparison::new(sides, &Mode::Share, &NameRule::ALL, None)
        else {
            return Ok(());
        };
        for (number, measure) in comparison.measures.iter().enumerate() {
            let Pair { functions, tree, .. } = pair_in(&a, &b, measure);
            let all = tree.changes(&Basis::new(Mode::Share, tree.whole(), [0.0; 2]));
            for row in &comparison.rows {
                let of_row = functions.ids().find(|&pair| functions.get(pair).of == row.functions);
                // What is in slices alone is known to a tree also where samples are compared.
                if of_row.is_none() && !(a.slices().is_empty() && b.slices().is_empty()) {
                    continue;
                }
                for (by, changes) in [(By::Own, &row.self_), (By::Total, &row.total)] {
                    let expected = changes[number];
                    let got = of_row.map(|pair| all[pair.index()][by as usize]);
                    let weights = got.map_or([0; 2], |change| change.weights);
                    prop_assert_eq!(weights, expected.weights, "{:?} {:?}", row.functions, of_row);
                    if let (Some(p), Some(expected)) =
                        (got.and_then(|change| change.p_value), expected.p_value)
                    {
                        prop_assert!((p - expected).abs() < 1e-3, "{p} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_recording_is_no_different_from_itself(profile in random::profile()) {
        for measure in measures([&profile, &profile], None).unwrap_or_default() {
            let Pair { tree, .. } = pair_in(&profile, &profile, &measure);
            for node in tree.ids() {
                let [[self_a, self_b], [a, b]] = [tree.self_of(node), tree.total_of(node)];
                prop_assert_eq!(self_a, self_b);
                prop_assert_eq!(a, b);
            }
        }
    }

    #[test]
    fn swapped_sides_negate_every_node(a in random::profile(), b in random::profile()) {
        let Ok(there_measures) = measures([&a, &b], None) else { return Ok(()) };
        for measure in there_measures {
            let there = pair_in(&a, &b, &measure);
            let names = |pair: &Pair, profiles: [&Profile; 2], node| {
                let path = paths_of(&pair.tree, node).into_iter();
                let name = |pair_id| {
                    let function = pair.functions.get(pair_id);
                    (function.name(profiles).to_owned(), function.module(profiles).to_owned())
                };
                path.map(name).collect::<Vec<_>>()
            };
            let found = measures([&b, &a], Some(&measure.names[0])).unwrap_or_default();
            let Some(back) = found.iter().find(|it| it.of == [measure.of[1], measure.of[0]])
            else { continue };
            let back = pair_in(&b, &a, back);
            let sorted = |pair: &Pair, profiles: [&Profile; 2], sign: i64| {
                let delta = |[a, b]: [i64; 2]| (b - a) * sign;
                let mut rows: Vec<_> = pair.tree.ids().map(|node| {
                    let deltas = (delta(pair.tree.self_of(node)), delta(pair.tree.total_of(node)));
                    (names(pair, profiles, node), deltas)
                }).collect();
                rows.sort();
                rows
            };
            prop_assert_eq!(sorted(&there, [&a, &b], 1), sorted(&back, [&b, &a], -1));
        }
    }
}
