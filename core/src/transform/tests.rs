use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{
    CallTree, GroupBy, Measure, PathWeights, Selection, Shape, Shaped, StackFilter, thread_name,
};
use std::sync::Arc;

/// A function of a stack, and whether it is inlined.
type Call = (FunctionKey, Option<String>, bool);

/// Compares the paths that weigh something with `expected`: `main;run 2`.
#[track_caller]
fn check(samples: &str, transforms: &[Transform], expected: &str) {
    let profile = Arc::new(testing::profile(samples));
    let shape = Shape { transforms: transforms.to_vec(), ..Shape::default() };
    let shaped = Shaped::new(&profile, shape);
    let measure = Measure::default_of(&profile).unwrap();
    let weights = PathWeights::new(&shaped.profile, &shaped.paths, measure, &Selection::default());
    let mut lines = Vec::new();
    for path in shaped.paths.ids().filter(|&path| weights.is_counted(path)) {
        let mut names: Vec<&str> = shaped
            .paths
            .walk_to_root(path)
            .map(|path| shaped.profile.function_name(shaped.paths.function(path)))
            .collect();
        names.reverse();
        lines.push(format!("{} {}", names.join(";"), weights.self_of(path)));
    }
    lines.sort();
    assert_eq!(lines.join("\n"), testing::unindent(expected));
}

fn key(name: &str) -> FunctionKey {
    FunctionKey { name: name.to_owned(), module: String::new() }
}

fn path(names: &[&str]) -> PathKey {
    names.iter().map(|name| (key(name), false)).collect()
}

const SAMPLES: &str = "
    main main main main idle
    run  run  log  run
    log  mix       log
    run            run
    mix            log
    ";

#[test]
fn a_focus_leaves_out_what_comes_before() {
    let run = Transform::FocusFunction(key("run"));
    check(
        SAMPLES,
        &[run],
        "
        run;log;run;log 1
        run;log;run;mix 1
        run;mix 1
        ",
    );
    check(SAMPLES, &[Transform::FocusPath(path(&["main", "log"]))], "log 1");
}

#[test]
fn what_is_merged_belongs_to_its_callers() {
    check(
        SAMPLES,
        &[Transform::MergeFunction(key("run"))],
        "
        idle 1
        main;log 1
        main;log;log 1
        main;log;mix 1
        main;mix 1
        ",
    );
    check(
        SAMPLES,
        &[Transform::MergePath(path(&["main", "run"]))],
        "
        idle 1
        main;log 1
        main;log;run;log 1
        main;log;run;mix 1
        main;mix 1
        ",
    );
    check(
        SAMPLES,
        &[Transform::MergeFunction(key("idle")), Transform::MergeFunction(key("main"))],
        "
        log 1
        run;log;run;log 1
        run;log;run;mix 1
        run;mix 1
        ",
    );
}

#[test]
fn what_is_dropped_takes_its_stacks_with_it() {
    check(
        SAMPLES,
        &[Transform::DropFunction(key("mix"))],
        "
        idle 1
        main;log 1
        main;run;log;run;log 1
        ",
    );
    check(SAMPLES, &[Transform::HideIdle, Transform::DropFunction(key("log"))], "main;run;mix 1");
}

#[test]
fn recursion_is_folded_directly_or_through_others() {
    check(
        "
        main main
        fib  fib
        fib  add
        add  fib
        fib
        ",
        &[Transform::CollapseDirectRecursion(key("fib"))],
        "
        main;fib;add;fib 2
        ",
    );
    check(
        SAMPLES,
        &[Transform::CollapseRecursion(key("run"))],
        "
        idle 1
        main;log 1
        main;run;log 1
        main;run;mix 2
        ",
    );
    check(
        SAMPLES,
        &[Transform::CollapseFunction(key("run"))],
        "
        idle 1
        main;log 1
        main;run 3
        ",
    );
}

#[test]
fn what_is_not_there_changes_nothing() {
    let profile = Arc::new(testing::profile(SAMPLES));
    let transforms = vec![
        Transform::FocusFunction(key("gone")),
        Transform::FocusFunction(key("run")),
        Transform::FocusPath(path(&["main", "run"])),
    ];
    let shaped = Shaped::new(&profile, Shape { transforms, ..Shape::default() });
    assert_eq!(shaped.applies, [false, true, false]);
    check(
        SAMPLES,
        &[Transform::CollapseFile("gone.rs".to_owned()), Transform::FocusFunction(key("idle"))],
        "idle 1",
    );
}

#[test]
fn a_path_is_where_it_was_before() {
    let profile = Arc::new(testing::profile(SAMPLES));
    let before = Shaped::new(&profile, Shape::default());
    let transforms = vec![Transform::MergeFunction(key("run"))];
    let after = before.reshaped(&profile, Shape { transforms, ..Shape::default() });
    let text = |shaped: &Shaped, path| {
        let key = Transform::path_key(&shaped.profile, &shaped.paths, path);
        key.iter().map(|(key, _)| key.name.as_str()).collect::<Vec<_>>().join(";")
    };
    let renamed = before.renamed(&after);
    let find = |shaped: &Shaped, wanted| {
        shaped.paths.ids().find(|&path| text(shaped, path) == wanted).unwrap()
    };
    let new = |wanted| renamed.paths(find(&before, wanted)).map(|path| text(&after, path));
    assert_eq!(new("main;run;mix").collect::<Vec<_>>(), ["main;mix"]);
    assert_eq!(new("main;run").collect::<Vec<_>>(), ["main"]);
    let back = after.renamed(&before);
    let old = back.paths(find(&after, "main;mix")).map(|path| text(&before, path));
    assert_eq!(old.collect::<Vec<_>>(), ["main;run;mix"]);
}

/// A transform to be made of what a profile has: which kind, of which function, of which stack how
/// much of it.
type Choice = (usize, usize, prop::sample::Index, prop::sample::Index);

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    let any = any::<prop::sample::Index>;
    proptest::collection::vec((0..11_usize, 0..5_usize, any(), any()), 1..4)
}

fn transform(choice: &Choice, stacks: &[(Vec<Call>, i64)], profile: &Profile) -> Transform {
    let function = FunctionKey::of(profile, FunctionId::from_index(choice.1));
    let path = || {
        let empty = Vec::new();
        let stack = if stacks.is_empty() { &empty } else { &choice.2.get(stacks).0 };
        let len = if stack.is_empty() { 0 } else { 1 + choice.3.index(stack.len()) };
        stack[..len].iter().map(|(key, _, inlined)| (key.clone(), *inlined)).collect()
    };
    match choice.0 {
        0 => Transform::FocusFunction(function),
        1 => Transform::FocusPath(path()),
        2 => Transform::MergeFunction(function),
        3 | 4 => Transform::MergePath(path()),
        5 => Transform::DropFunction(function),
        6 => Transform::CollapseFunction(function),
        7 => Transform::CollapseRecursion(function),
        8 => Transform::CollapseDirectRecursion(function),
        9 => Transform::CollapseModule("odd".to_owned()),
        _ => Transform::CollapseFile("some.rs".to_owned()),
    }
}

/// What a transform makes of a stack, root first, by the simplest means; `None` where it leaves it
/// out.
fn rewritten(mut stack: Vec<Call>, transform: &Transform) -> Option<Vec<Call>> {
    let is = |call: &Call, key: &FunctionKey| call.0 == *key;
    let starts_with = |stack: &[Call], path: &PathKey| {
        !path.is_empty()
            && stack.len() >= path.len()
            && stack.iter().zip(path).all(|(call, key)| (&call.0, call.2) == (&key.0, key.1))
    };
    match transform {
        Transform::FocusFunction(key) => {
            let at = stack.iter().position(|call| is(call, key))?;
            stack.drain(..at);
        }
        Transform::FocusPath(path) => {
            if !starts_with(&stack, path) {
                return None;
            }
            stack.drain(..path.len() - 1);
        }
        Transform::MergeFunction(key) => stack.retain(|call| !is(call, key)),
        Transform::MergePath(path) => {
            if starts_with(&stack, path) {
                stack.remove(path.len() - 1);
            }
        }
        Transform::DropFunction(key) => {
            if stack.iter().any(|call| is(call, key)) {
                return None;
            }
        }
        Transform::CollapseFunction(key) => {
            if let Some(at) = stack.iter().position(|call| is(call, key)) {
                stack.truncate(at + 1);
            }
        }
        Transform::CollapseRecursion(key) => {
            let first = stack.iter().position(|call| is(call, key));
            let last = stack.iter().rposition(|call| is(call, key));
            if let (Some(first), Some(last)) = (first, last) {
                stack.drain(first + 1..=last);
            }
        }
        Transform::CollapseDirectRecursion(key) => {
            stack.dedup_by(|call, caller| is(call, key) && is(caller, key));
        }
        Transform::CollapseModule(name) => {
            collapse(&mut stack, name, |call| call.0.module == *name);
        }
        Transform::CollapseFile(name) => {
            collapse(&mut stack, name, |call| call.1.as_deref() == Some(name));
        }
        Transform::HideIdle => {}
    }
    if let Some(root) = stack.first_mut() {
        root.2 = false;
    }
    (!stack.is_empty()).then_some(stack)
}

fn collapse(stack: &mut Vec<Call>, name: &str, is_in: impl Fn(&Call) -> bool) {
    let one = (key(&format!("({name})")), None, false);
    for call in stack.iter_mut() {
        if is_in(call) {
            // A mark no name has, so that neighbors are told from calls collapsed before.
            *call = (key("\0"), None, false);
        }
    }
    stack.dedup_by(|a, b| a.0.name == "\0" && b.0.name == "\0");
    stack.iter_mut().filter(|call| call.0.name == "\0").for_each(|call| *call = one.clone());
}

fn call(profile: &Profile, (function, inlined): naive::Call) -> Call {
    let file = profile.symbols().functions().row(function).file;
    let file = file.map(|file| profile.text(file).to_owned());
    (FunctionKey::of(profile, function), file, inlined)
}

/// By stack: its weight, of those in which something ends.
type Sums = BTreeMap<Vec<String>, i64>;

fn sums_of(stacks: &[(Vec<Call>, i64)]) -> Sums {
    let mut sums = Sums::new();
    for (stack, weight) in stacks {
        *sums.entry(stack.iter().map(text).collect()).or_default() += weight;
    }
    sums
}

fn text((key, _, inlined): &Call) -> String {
    format!("{}{}", key.name, if *inlined { "*" } else { "" })
}

fn sums(shaped: &Shaped, weights: &PathWeights) -> Sums {
    let (profile, paths) = (&*shaped.profile, &shaped.paths);
    let counted = paths.ids().filter(|&path| weights.is_counted(path));
    let stack = |path| {
        let calls = paths.walk_to_root(path);
        let calls = calls.map(|it| call(profile, (paths.function(it), paths.is_inlined(it))));
        let mut calls: Vec<String> = calls.map(|call| text(&call)).collect();
        calls.reverse();
        calls
    };
    counted.map(|path| (stack(path), weights.self_of(path))).collect()
}

/// Everything that paths promise.
fn assert_sound(shaped: &Shaped) -> Result<(), TestCaseError> {
    let paths = &shaped.paths;
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<PathId> = Vec::new();
    for path in paths.ids() {
        let (parent, function) = (paths.parent(path), paths.function(path));
        prop_assert!(seen.insert((parent, function, paths.is_inlined(path))), "told apart");
        while open.last().copied() != parent && open.pop().is_some() {}
        prop_assert!(parent.is_none() || open.last().copied() == parent, "in preorder");
        open.push(path);
        let is_outermost =
            paths.walk_to_root(path).skip(1).all(|caller| paths.function(caller) != function);
        prop_assert_eq!(paths.is_outermost(path), is_outermost);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn transforms_weigh_what_a_recount_of_rewritten_stacks_gives(
        profile in random::profile(),
        choices in choices(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        only in proptest::option::of(random::stack_filter()),
    ) {
        let profile = Arc::new(profile);
        for measure in Measure::all(&profile) {
            let all = Selection { range_ns: range_ns.clone(), threads: threads.clone(), ..Selection::default() };
            let counted = naive::counted(&profile, measure, &all);
            let mut stacks: Vec<(Vec<Call>, i64)> = counted
                .into_iter()
                .map(|(calls, weight)| (calls.into_iter().rev().map(|it| call(&profile, it)).collect(), weight))
                .collect();
            let mut transforms = Vec::new();
            let mut shaped = Shaped::new(&profile, Shape::default());
            for choice in &choices {
                let next = transform(choice, &stacks, &profile);
                // A focus on what the recording does not have changes nothing.
                transforms.push(next.clone());
                shaped = shaped.reshaped(&profile, Shape { transforms: transforms.clone(), ..Shape::default() });
                if shaped.applies.last() == Some(&true) {
                    stacks = stacks
                        .into_iter()
                        .filter_map(|(stack, weight)| Some((rewritten(stack, &next)?, weight)))
                        .collect();
                }
            }
            let whole = Shaped::new(&profile, Shape { transforms, ..Shape::default() });
            prop_assert_eq!(&whole.applies, &shaped.applies);
            assert_sound(&whole)?;
            if let Some(StackFilter { with, without }) = &only {
                let has = |stack: &[Call], set: &FunctionSet| {
                    let keys: Vec<FunctionKey> = set.iter().map(|it| FunctionKey::of(&profile, it)).collect();
                    stack.iter().any(|call| keys.contains(&call.0))
                };
                stacks.retain(|(stack, _)| {
                    with.as_ref().is_none_or(|with| has(stack, with)) && !has(stack, without)
                });
            }
            let selection = Selection { only: only.clone().map(Arc::new), ..all };
            let weights = PathWeights::new(&whole.profile, &whole.paths, measure, &selection);
            prop_assert_eq!(sums(&whole, &weights), sums_of(&stacks));
            let total: i64 = stacks.iter().map(|(_, weight)| weight).sum();
            prop_assert_eq!(weights.total(), total);
            prop_assert_eq!(weights.n_samples(), stacks.len() as u64);
            prop_assert_eq!(measure.total(&whole.profile, &whole.paths, &selection), total);
            let tree = CallTree::new(&whole.profile, &whole.paths, &weights);
            prop_assert_eq!(tree.roots().map(|root| tree.total_of(root)).sum::<i64>(), total);
            let again = PathWeights::new(&shaped.profile, &shaped.paths, measure, &selection);
            prop_assert_eq!(sums(&shaped, &again), sums(&whole, &weights));
            let counts = PathWeights::counting(&whole.profile, &whole.paths, measure, &selection);
            prop_assert_eq!(counts.total(), i64::try_from(stacks.len()).unwrap());
        }
    }

    #[test]
    fn groups_stay_above_what_is_transformed(profile in random::profile(), choices in choices()) {
        let profile = Arc::new(profile);
        let measure = Measure::all(&profile)[0];
        let mut stacks: Vec<(String, Vec<Call>, i64)> = Vec::new();
        for thread in profile.threads().ids() {
            let threads = Some(profile.threads().ids().map(|it| it == thread).collect());
            let selection = Selection { threads, ..Selection::default() };
            for (calls, weight) in naive::counted(&profile, measure, &selection) {
                let calls = calls.into_iter().rev().map(|it| call(&profile, it)).collect();
                stacks.push((thread_name(&profile, thread), calls, weight));
            }
        }
        // Paths of a group start with it: those of stacks without one are never found.
        let choices: Vec<&Choice> = choices.iter().filter(|it| ![1, 3, 4].contains(&it.0)).collect();
        let transforms: Vec<Transform> = choices.iter().map(|it| transform(it, &[], &profile)).collect();
        let shape = Shape { group_by: Some(GroupBy::Thread), transforms: transforms.clone(), ..Shape::default() };
        let shaped = Shaped::new(&profile, shape);
        assert_sound(&shaped)?;
        for (next, _) in transforms.iter().zip(&shaped.applies).filter(|(_, applies)| **applies) {
            stacks = stacks
                .into_iter()
                .filter_map(|(group, stack, weight)| Some((group, rewritten(stack, next)?, weight)))
                .collect();
        }
        let stacks: Vec<(Vec<Call>, i64)> = stacks
            .into_iter()
            .map(|(group, mut stack, weight)| {
                stack.insert(0, (key(&group), None, false));
                (stack, weight)
            })
            .collect();
        let weights = PathWeights::new(&shaped.profile, &shaped.paths, measure, &Selection::default());
        prop_assert_eq!(sums(&shaped, &weights), sums_of(&stacks));
    }
}
