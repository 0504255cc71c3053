//! `cargo bench -p rview-core --bench call_tree`: the passes from samples to trees.
//!
//! A million samples over 300,000 stacks, 30 deep and more where functions are inlined. Nearly
//! every sample has a call path of its own, 980,000 of them, which is the worst case: every
//! look-up misses the caches.
//!
//! | pass                                             | processor time, one core of an EPYC |
//! |--------------------------------------------------|-------------------------------------|
//! | `CallPaths::new`, once for a profile             | 270 ms                              |
//! | `PathWeights::new`, for each selection           | 35 ms                               |
//! | `CallTree::new`, for each selection              | 60 ms                               |
//! | `FunctionTotals::new`, for each selection        | 6 ms                                |
//!
//! Finding paths from the roots on, with no table of them, made `CallPaths::new` 1.8 times as fast
//! as looking each up (233 against 409 ms, the fastest of ten, one after the other on a busy
//! machine). Paths in preorder and a table that compares in the slot had made it 1.5 times and
//! `CallTree::new` 4 times as fast as paths in the order of the recording in a hash map.

use divan::Bencher;
use divan::counter::ItemsCount;
use fastrand::Rng;
use rview_core::{
    CallPaths, CallTree, FrameId, FunctionTotals, Line, Measure, PathWeights, Profile,
    ProfileBuilder, Sample, Selection, StackId, ThreadId, Unit,
};

fn main() {
    divan::main();
}

const N_SAMPLES: usize = 1_000_000;
const N_THREADS: usize = 16;
const N_FUNCTIONS: usize = 4_000;
/// Addresses a function is seen at.
const N_ADDRESSES: usize = 16;

/// Stacks as a program makes them: each sample returns from a few calls of the one before and
/// makes a few others; a function calls only a few, and most calls are the usual ones.
fn profile() -> Profile {
    let mut random = Rng::with_seed(1);
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let threads: Vec<ThreadId> =
        (0..).take(N_THREADS).map(|tid| builder.thread(process, tid, "worker")).collect();
    let frames = frames(&mut builder);
    let value_type = builder.value_type("cpu-clock", Unit::Nanoseconds);

    let mut calls: Vec<Vec<(FrameId, Option<StackId>)>> = vec![Vec::new(); N_THREADS];
    for time_ns in (0_i64..).step_by(10_000).take(N_SAMPLES) {
        let thread = random.usize(..N_THREADS);
        let calls = &mut calls[thread];
        calls.truncate(calls.len().saturating_sub(1 + random.usize(..6)));
        while calls.len() < 30 {
            let (caller, callers) = calls.last().copied().unwrap_or((frames[0], None));
            let callee = (caller.index() / N_ADDRESSES * 7 + random.usize(..3) * random.usize(..3))
                % N_FUNCTIONS;
            // The last frame is where it runs, at any address; others are one of two call sites.
            let address = if calls.len() == 29 { N_ADDRESSES } else { 2 };
            let frame = frames[callee * N_ADDRESSES + random.usize(..address)];
            let callers = (!calls.is_empty()).then(|| builder.stack(callers, caller));
            calls.push((frame, callers));
        }
        if let Some(&(leaf, callers)) = calls.last() {
            let time_ns = Some(time_ns);
            builder.sample(Sample {
                time_ns,
                thread: threads[thread],
                callers,
                leaf,
                labels: None,
            });
            let _: Result<(), _> = builder.weight(value_type, 10_000);
        }
    }
    builder.finish().0
}

/// A quarter of the addresses have an inlined function.
fn frames(builder: &mut ProfileBuilder) -> Vec<FrameId> {
    let functions: Vec<_> =
        (0..N_FUNCTIONS).map(|i| builder.function_named(&format!("app::part{i}"))).collect();
    (0_u64..)
        .take(N_FUNCTIONS * N_ADDRESSES)
        .enumerate()
        .map(|(at, address)| {
            let frame = builder.frame(None, address);
            let line = |function| Line { function, line: 0 };
            let physical = line(functions[at / N_ADDRESSES]);
            let inlined = (at % 4 == 0).then(|| line(functions[(at + 1) % N_FUNCTIONS]));
            let lines: Vec<Line> = std::iter::once(physical).chain(inlined).collect();
            builder.set_lines(frame, &lines);
            frame
        })
        .collect()
}

fn weights(profile: &Profile, paths: &CallPaths, selection: &Selection) -> PathWeights {
    Measure::default_of(profile)
        .map(|measure| PathWeights::new(profile, paths, measure, selection))
        .unwrap_or_default()
}

#[divan::bench(sample_count = 10)]
fn call_paths(bencher: Bencher<'_, '_>) {
    let profile = profile();
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench_local(|| CallPaths::new(&profile));
}

#[divan::bench(sample_count = 10)]
fn path_weights(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let paths = CallPaths::new(&profile);
    let all = Selection::default();
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench_local(|| weights(&profile, &paths, &all));
}

#[divan::bench(sample_count = 10)]
fn path_weights_of_some_threads_and_functions(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let paths = CallPaths::new(&profile);
    let threads = Some((0..N_THREADS).map(|thread| thread % 2 == 0).collect());
    let only = profile.symbols().functions().ids().step_by(100).collect();
    let some = Selection { threads, only: Some(std::sync::Arc::new(only)), ..Selection::default() };
    bencher.counter(ItemsCount::new(N_SAMPLES)).bench_local(|| weights(&profile, &paths, &some));
}

#[divan::bench(sample_count = 10)]
fn call_tree(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let paths = CallPaths::new(&profile);
    let weights = weights(&profile, &paths, &Selection::default());
    bencher
        .counter(ItemsCount::new(N_SAMPLES))
        .bench_local(|| CallTree::new(&profile, &paths, &weights));
}

#[divan::bench(sample_count = 10)]
fn function_totals(bencher: Bencher<'_, '_>) {
    let profile = profile();
    let paths = CallPaths::new(&profile);
    let weights = weights(&profile, &paths, &Selection::default());
    bencher
        .counter(ItemsCount::new(N_SAMPLES))
        .bench_local(|| FunctionTotals::new(&profile, &paths, &weights));
}
