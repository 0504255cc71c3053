//! `cargo bench -p rview-core --bench labels`: what a click on a key of labels costs.
//!
//! A million samples of 20,000 stacks, 24 deep, as services record them that label their work:
//! an endpoint of 200, a number of bytes of 1,000, and both together in 100,000 sets.
//!
//! | pass, two cores: least, median                     | labels looked up by sample, the tree in one task | now |
//! |----------------------------------------------------|-----------|-----------|
//! | click on an endpoint, all that the window computes | 51, 56 ms | 23, 32 ms |
//! | click on a number of bytes                         | 70, 79 ms | 34, 46 ms |
//!
//! Now is with `MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=268435456`: the window
//! keeps freed memory for the next answer, see `app/src/memory.rs`. A fifth to a third of the time
//! is the system's handing out of pages without. The first column is of a busier machine.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on may panic")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use fastrand::Rng;
use rview_core::{
    CallPaths, CallTree, FlameLayout, FrameId, FunctionTotals, GroupBy, Inverted, Label,
    LabelGroups, LabelQuery, LabelSelection, LabelValue, Line, Measure, PathWeights, Profile,
    ProfileBuilder, Sample, Selection, Shape, Shaped, StackId, Unit,
};

fn main() {
    divan::main();
}

const N_SAMPLES: usize = 1_000_000;
const N_STACKS: usize = 20_000;
const N_FUNCTIONS: usize = 4_000;
const DEPTH: usize = 24;

fn profile() -> Profile {
    let mut random = Rng::with_seed(1);
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let value_type = builder.value_type("cpu", Unit::Nanoseconds);
    let frames: Vec<FrameId> = (0..N_FUNCTIONS)
        .map(|number| {
            let function = builder.function_named(&format!("package.function{number}"));
            builder.named_frame(Line { function, line: 0 })
        })
        .collect();
    // A stack leaves the one before it some calls above its leaf.
    let mut calls: Vec<(FrameId, Option<StackId>)> = Vec::new();
    let mut stacks = Vec::with_capacity(N_STACKS);
    for _ in 0..N_STACKS {
        calls.truncate(calls.len().saturating_sub(1 + random.usize(..6)));
        while calls.len() < DEPTH {
            let frame = frames[random.usize(..N_FUNCTIONS)];
            let callers = calls.last().map(|&(caller, callers)| builder.stack(callers, caller));
            calls.push((frame, callers));
        }
        stacks.push(*calls.last().unwrap());
    }
    let (endpoint, bytes) = (builder.string("endpoint"), builder.string("bytes"));
    let empty = builder.string("");
    let endpoints: Vec<_> =
        (0..200).map(|number| builder.string(&format!("/api/v1/{number}"))).collect();
    for _ in 0..N_SAMPLES {
        // An endpoint has its own part of the program, but for what it shares with some.
        let stack = random.usize(..N_STACKS);
        let served = (stack * endpoints.len() / N_STACKS + random.usize(..4)) % endpoints.len();
        let size = i64::try_from(random.usize(..500) * 16).unwrap();
        let labels = builder.label_set(&[
            Label { key: endpoint, value: LabelValue::Text(endpoints[served]) },
            Label { key: bytes, value: LabelValue::Number(size, empty) },
        ]);
        let (leaf, callers) = stacks[stack];
        builder.sample(Sample { time_ns: None, thread, callers, leaf, labels });
        builder.weight(value_type, 10_000_000).unwrap();
    }
    builder.finish().0
}

fn measure(profile: &Profile) -> Measure {
    Measure::default_of(profile).unwrap()
}

#[divan::bench(args = ["endpoint", "bytes"])]
fn totals(bencher: Bencher<'_, '_>, key: &str) {
    let profile = profile();
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench(|| {
        let groups = LabelGroups::new(&profile, key);
        groups.totals(&profile, measure(&profile), &Selection::default())
    });
}

/// The first half of [`click`]: the call paths below their groups.
#[divan::bench(args = ["endpoint", "bytes"])]
fn paths(bencher: Bencher<'_, '_>, key: &str) {
    let profile = Arc::new(profile());
    let before = Shaped::new(&profile, Shape::default());
    let shape = Shape { group_by: Some(GroupBy::Label(key.to_owned())), ..Shape::default() };
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench(|| before.reshaped(&profile, shape.clone()));
}

/// Everything that the window computes between the click and what it draws: all the trees, and
/// where what was open is now. The first click also sorts what later ones keep.
#[divan::bench(args = ["endpoint", "bytes"])]
fn click(bencher: Bencher<'_, '_>, key: &str) {
    let profile = Arc::new(profile());
    let before = Shaped::new(&profile, Shape::default());
    let shape = Shape { group_by: Some(GroupBy::Label(key.to_owned())), ..Shape::default() };
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench(|| {
        let after = before.reshaped(&profile, shape.clone());
        let (grouped, paths) = (&*after.profile, &after.paths);
        let trees = || {
            let weights = PathWeights::new(grouped, paths, measure(grouped), &Selection::default());
            let tree = || {
                let tree = CallTree::new(grouped, paths, &weights);
                (FlameLayout::new(tree.depths(), tree.totals()), tree)
            };
            let others = || {
                let functions = FunctionTotals::new(grouped, paths, &weights);
                (functions, Inverted::new(grouped, paths, &weights))
            };
            rayon::join(tree, others)
        };
        rayon::join(trees, || before.renamed(&after))
    });
}

#[divan::bench]
fn filtered_tree(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let paths = CallPaths::new(&profile);
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench(|| {
        let query = LabelQuery::parse("endpoint=/api/v1/7").unwrap();
        let labels = Some(LabelSelection::new(&profile, &[query]).into());
        let selection = Selection { labels, ..Selection::default() };
        let weights = PathWeights::new(&profile, &paths, measure(&profile), &selection);
        CallTree::new(&profile, &paths, &weights)
    });
}
