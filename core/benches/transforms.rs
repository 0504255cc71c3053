//! `cargo bench -p rview-core --bench transforms`: what a transform costs, up to the new call tree
//! and flame graph.
//!
//! Ten million samples of a million stacks, all different, 30 deep: 3.5 million call paths. `nothing`
//! adds the samples up; a transform does so the first time, the least is without.
//!
//! | with call tree and flame graph, two cores | least, median |
//! |-------------------------------------------|---------------|
//! | focus on a function                       | 14, 15 ms     |
//! | drop a function                           | 150, 168 ms   |
//! | merge a function                          | 136, 167 ms   |
//! | merge the root                            | 159, 180 ms   |
//! | collapse recursion                        | 173, 192 ms   |
//! | collapse what a function calls            | 192, 207 ms   |
//! | nothing                                   | 209, 267 ms   |
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on may panic")]

use std::sync::{Arc, OnceLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use rview_core::{
    CallTree, FlameLayout, FrameId, FunctionKey, Line, Measure, PathWeights, Profile,
    ProfileBuilder, Sample, Selection, Shape, Shaped, StackId, Transform, Unit,
};

fn main() {
    divan::main();
}

const N_SAMPLES: usize = 10_000_000;
const N_STACKS: usize = 1_000_000;
const N_FUNCTIONS: usize = 4_000;
const DEPTH: usize = 30;

fn profile() -> Profile {
    let mut random = fastrand::Rng::with_seed(1);
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
    // A stack leaves the one before it some calls above its leaf; a function calls a few others.
    let mut calls: Vec<(usize, Option<StackId>)> = Vec::new();
    let mut stacks = Vec::with_capacity(N_STACKS);
    for _ in 0..N_STACKS {
        calls.truncate(calls.len().saturating_sub(1 + random.usize(..6)));
        while calls.len() < DEPTH {
            let last = calls.last().copied();
            let callers = last.map(|(caller, callers)| builder.stack(callers, frames[caller]));
            let caller = last.map_or(0, |(caller, _)| caller);
            let callee = (caller * 7 + random.usize(..3) * random.usize(..40)) % N_FUNCTIONS;
            calls.push((callee, callers));
        }
        stacks.push(*calls.last().unwrap());
    }
    for _ in 0..N_SAMPLES {
        let (leaf, callers) = stacks[random.usize(..N_STACKS)];
        let leaf = frames[leaf];
        builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
        builder.weight(value_type, 1_000_000).unwrap();
    }
    builder.finish().0
}

fn shaped() -> &'static (Arc<Profile>, Shaped) {
    static SHAPED: OnceLock<(Arc<Profile>, Shaped)> = OnceLock::new();
    SHAPED.get_or_init(|| {
        let profile = Arc::new(profile());
        let shaped = Shaped::new(&profile, Shape::default());
        (profile, shaped)
    })
}

#[divan::bench(sample_count = 10, args = [
    "nothing", "focus", "drop", "merge", "collapse", "recursion", "merge the root",
])]
fn transform(bencher: Bencher<'_, '_>, name: &str) {
    let (profile, before) = shaped();
    let key = |number: usize| FunctionKey {
        name: format!("package.function{number}"),
        module: String::new(),
    };
    let transforms = match name {
        "focus" => vec![Transform::FocusFunction(key(49))],
        "drop" => vec![Transform::DropFunction(key(49))],
        "merge" => vec![Transform::MergeFunction(key(49))],
        "collapse" => vec![Transform::CollapseFunction(key(49))],
        "recursion" => vec![Transform::CollapseRecursion(key(49))],
        "merge the root" => vec![Transform::MergeFunction(key(0))],
        _ => Vec::new(),
    };
    let shape = Shape { transforms, ..Shape::default() };
    let measure = Measure::default_of(profile).unwrap();
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench_local(|| {
        let after = before.reshaped(profile, shape.clone());
        let (profile, paths) = (&after.profile, &after.paths);
        let weights = PathWeights::new(profile, paths, measure, &Selection::default());
        let tree = CallTree::new(profile, paths, &weights);
        FlameLayout::new(tree.depths(), tree.totals())
    });
}
