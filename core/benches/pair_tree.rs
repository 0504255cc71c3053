//! `cargo bench -p rview-core --bench pair_tree`: two recordings aligned and laid out.
//!
//! Two recordings of ten million samples in a million different stacks each, 20 deep, of which
//! nine in ten are in both.
//!
//! | pass, two cores                                    | fastest of five | median |
//! |----------------------------------------------------|-----------------|--------|
//! | `PairedFunctions::new`, 4,000 functions            | 1.5 ms          | 1.7 ms |
//! | `PairTree::new`                                    | 83 ms           | 90 ms  |
//! | `FlameLayout::new`                                 | 8 ms            | 9 ms   |
//! | `PathEvents::new`, both sides                      | 82 ms           | 96 ms  |
//! | all, from what is loaded to what is drawn          | 176 ms          | 185 ms |

use divan::Bencher;
use divan::counter::ItemsCount;
use fastrand::Rng;
use rview_core::diff::{
    Basis, Mode, NameRule, PairTree, PairedFunctions, PairedMeasure, PathEvents, TreeSide, measures,
};
use rview_core::{
    CallPaths, CallTree, FlameLayout, FrameId, Line, PathWeights, Profile, ProfileBuilder, Sample,
    Selection, StackId, Unit,
};

fn main() {
    divan::main();
}

const N_STACKS: usize = 1_000_000;
const SAMPLES_A_STACK: usize = 10;
const N_FUNCTIONS: usize = 4_000;
const DEPTH: usize = 20;

/// Stacks as a program makes them: each returns from a few calls of the one before and makes a
/// few others. The stacks of two seeds differ in one of ten.
fn profile(seed: u64) -> Profile {
    let (mut common, mut own) = (Rng::with_seed(1), Rng::with_seed(seed));
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "worker");
    let frames: Vec<FrameId> = (0..N_FUNCTIONS)
        .map(|i| {
            let function = builder.function_named(&format!("app::part{i}"));
            builder.named_frame(Line { function, line: 0 })
        })
        .collect();
    let value_type = builder.value_type("cpu-clock", Unit::Nanoseconds);
    let mut calls: Vec<(usize, Option<StackId>)> = Vec::new();
    let mut time_ns = 0;
    for _ in 0..N_STACKS {
        calls.truncate(calls.len().saturating_sub(1 + common.usize(..4)));
        while calls.len() < DEPTH {
            let (caller, callers) = calls.last().copied().unwrap_or((0, None));
            let step = if common.usize(..10) == 0 && calls.len() > DEPTH / 2 {
                own.usize(..40)
            } else {
                common.usize(..20)
            };
            let callers = (!calls.is_empty()).then(|| builder.stack(callers, frames[caller]));
            calls.push(((caller * 7 + step) % N_FUNCTIONS, callers));
        }
        let Some(&(leaf, callers)) = calls.last() else { continue };
        for _ in 0..=own.usize(..SAMPLES_A_STACK * 2 - 1) {
            time_ns += 10_000;
            let (time_ns, leaf) = (Some(time_ns), frames[leaf]);
            builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
            let _: Result<(), _> = builder.weight(value_type, 10_000);
        }
    }
    builder.finish().0
}

/// Two recordings with what the window has of them once they are open.
struct Open {
    profiles: [Profile; 2],
    paths: [CallPaths; 2],
    trees: [CallTree; 2],
    measure: PairedMeasure,
}

impl Open {
    fn new() -> Option<Self> {
        let profiles = [profile(2), profile(3)];
        let measure = measures([&profiles[0], &profiles[1]], None).ok()?.swap_remove(0);
        let paths = profiles.each_ref().map(CallPaths::new);
        let trees = [0, 1].map(|at| {
            let weights =
                PathWeights::new(&profiles[at], &paths[at], measure.of[at], &Selection::default());
            CallTree::new(&profiles[at], &paths[at], &weights)
        });
        Some(Self { profiles, paths, trees, measure })
    }

    fn functions(&self) -> PairedFunctions {
        let ([a, b], [paths_a, paths_b]) = (&self.profiles, &self.paths);
        PairedFunctions::new([a, b], [paths_a, paths_b], &NameRule::ALL)
    }

    fn events(&self) -> [Option<PathEvents>; 2] {
        let of = |at: usize| {
            let (profile, paths) = (&self.profiles[at], &self.paths[at]);
            PathEvents::new(profile, paths, self.measure.of[at], &Selection::default())
        };
        rayon::join(|| of(0), || of(1)).into()
    }

    fn tree(&self, functions: &PairedFunctions, events: &[Option<PathEvents>; 2]) -> PairTree {
        let side = |at: usize| TreeSide { tree: &self.trees[at], events: events[at].as_ref() };
        PairTree::new(functions, [side(0), side(1)], &self.measure)
    }
}

#[divan::bench(sample_count = 5)]
fn functions(bencher: Bencher<'_, '_>) {
    let Some(open) = Open::new() else { return };
    bencher.bench_local(|| open.functions());
}

#[divan::bench(sample_count = 5)]
fn events(bencher: Bencher<'_, '_>) {
    let Some(open) = Open::new() else { return };
    bencher.counter(ItemsCount::new(N_STACKS * 2)).bench_local(|| open.events());
}

#[divan::bench(sample_count = 5)]
fn tree(bencher: Bencher<'_, '_>) {
    let Some(open) = Open::new() else { return };
    let (functions, events) = (open.functions(), open.events());
    bencher.counter(ItemsCount::new(N_STACKS * 2)).bench_local(|| open.tree(&functions, &events));
}

#[divan::bench(sample_count = 5)]
fn layout(bencher: Bencher<'_, '_>) {
    let Some(open) = Open::new() else { return };
    let tree = open.tree(&open.functions(), &open.events());
    bencher.bench_local(|| FlameLayout::new(tree.depths(), tree.totals(1)));
}

#[divan::bench(sample_count = 5)]
fn all(bencher: Bencher<'_, '_>) {
    let Some(open) = Open::new() else { return };
    bencher.bench_local(|| {
        let (functions, events) = rayon::join(|| open.functions(), || open.events());
        let tree = open.tree(&functions, &events);
        let basis = Basis::new(Mode::Absolute, tree.whole(), [0.0; 2]);
        let changes = tree.changes(&basis);
        (FlameLayout::new(tree.depths(), tree.totals(1)), tree, changes)
    });
}
