//! What a frame costs: all lanes of a full window, at several zooms.
//!
//! `cargo bench -p rview-core --bench visible_boxes`; `RVIEW_BENCH_SLICES=100000000` for other
//! sizes than a million and ten.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use fastrand::Rng;
use rview_core::{
    AxisView, BoxRun, FlameLayout, LaneId, PathId, Profile, ProfileBuilder, SampleChart, Slice,
    SliceLod, StackBox,
};

fn main() {
    divan::main();
}

const LANES: usize = 60;
const WIDTH_PX: f64 = 1920.0;

/// Of all magnitudes up to 2^14, so that slices and gaps are as uneven as real ones.
fn length_ns(random: &mut Rng) -> i64 {
    let bits = random.u32(..15);
    random.i64(..1 << bits)
}

struct Trace {
    profile: Profile,
    lod: SliceLod,
}

/// A recording in which all lanes are equally full, so that the worst zoom for one is the worst
/// for all.
fn full_lanes(n_slices: usize) -> Trace {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let name = builder.function_named("work");
    for tid in 0..LANES {
        let thread = builder.thread(process, i64::try_from(tid).unwrap_or_default(), "worker");
        let track = builder.thread_track(thread);
        let mut random = Rng::with_seed(0x9e37_79b9 + tid as u64);
        let mut start_ns = 0;
        for _ in 0..n_slices / LANES {
            let duration_ns = 1 + length_ns(&mut random);
            builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
            start_ns += duration_ns + length_ns(&mut random);
        }
    }
    Trace::new(builder)
}

/// A thread that calls and returns at random, up to 60 deep: lanes are the emptier the deeper.
fn call_stacks(n_slices: usize) -> Trace {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let name = builder.function_named("work");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let mut random = Rng::with_seed(0x9e37_79b9);
    let (mut open, mut now) = (Vec::new(), 0);
    while builder.n_slices() < n_slices {
        now += 1 + (length_ns(&mut random) >> 6);
        if open.len() < LANES && (open.is_empty() || random.bool()) {
            open.push(now);
        } else if let Some(start_ns) = open.pop() {
            let duration_ns = now - start_ns;
            builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
        }
    }
    Trace::new(builder)
}

impl Trace {
    fn new(builder: ProfileBuilder) -> Self {
        let profile = builder.finish().0;
        let lod = SliceLod::new(profile.slices());
        Self { profile, lod }
    }

    fn bench(&self, bencher: Bencher<'_, '_>, view: &AxisView) {
        let slices = self.profile.slices();
        let lanes = slices.lanes().len();
        let mut runs: Vec<BoxRun> = Vec::new();
        bencher.counter(ItemsCount::new(lanes)).bench_local(|| {
            runs.clear();
            for lane in 0..lanes {
                self.lod.visible(slices, LaneId::from_index(lane), view, &mut runs);
            }
            black_box(runs.len())
        });
    }
}

/// Made once each, by size.
type Traces = OnceLock<Vec<(usize, Trace)>>;

fn made(traces: &'static Traces, n: usize, make: fn(usize) -> Trace) -> &'static Trace {
    let traces = traces.get_or_init(|| sizes().into_iter().map(|n| (n, make(n))).collect());
    let index = traces.iter().position(|trace| trace.0 == n).unwrap_or_default();
    &traces[index].1
}

fn sizes() -> Vec<usize> {
    let asked = std::env::var("RVIEW_BENCH_SLICES").ok().and_then(|n| n.parse().ok());
    asked.map_or_else(|| vec![1_000_000, 10_000_000], |n| vec![n])
}

/// How many slices a pixel stands for, from a close look to more than the recording has.
const SLICES_A_PX: [f64; 9] = [0.1, 0.5, 2.0, 4.0, 8.0, 16.0, 32.0, 128.0, 100_000.0];

fn cases() -> Vec<(usize, f64)> {
    sizes().into_iter().flat_map(|n| SLICES_A_PX.map(|zoom| (n, zoom))).collect()
}

/// The middle of a trace, at so many slices of a lane a pixel.
fn view(trace: &Trace, slices_a_px: f64) -> AxisView {
    let end = trace.profile.duration_ns();
    let slices_a_lane = trace.profile.slices().len() as f64 / LANES as f64;
    let units_per_px = (end as f64 / slices_a_lane * slices_a_px).min(end as f64 / WIDTH_PX);
    AxisView::new(end / 3, units_per_px, WIDTH_PX).within(0..end)
}

#[divan::bench(args = cases())]
fn slices_of_60_full_lanes(bencher: Bencher<'_, '_>, (n, zoom): (usize, f64)) {
    static TRACES: Traces = OnceLock::new();
    let trace = made(&TRACES, n, full_lanes);
    trace.bench(bencher, &view(trace, zoom));
}

#[divan::bench(args = cases())]
fn slices_of_call_stacks(bencher: Bencher<'_, '_>, (n, zoom): (usize, f64)) {
    static TRACES: Traces = OnceLock::new();
    let trace = made(&TRACES, n, call_stacks);
    trace.bench(bencher, &view(trace, zoom));
}

/// A tree of a million nodes: each has up to three children, and siblings halve in weight.
fn tree(n_nodes: usize) -> (Vec<u32>, Vec<i64>) {
    let mut random = Rng::with_seed(7);
    let (mut depths, mut depth) = (Vec::new(), 0_u32);
    for _ in 0..n_nodes {
        depths.push(depth);
        let back = random.u32(..5);
        depth = (depth + 2).saturating_sub(back).clamp(1, 60);
    }
    let totals = depths.iter().map(|_| length_ns(&mut random)).collect();
    (depths, totals)
}

#[divan::bench(args = [1_000_000])]
fn flame_layout(bencher: Bencher<'_, '_>, n_nodes: usize) {
    let (depths, totals) = tree(n_nodes);
    bencher.bench_local(|| FlameLayout::new(black_box(&depths), &totals).n_rows());
}

#[divan::bench(args = [1.0, 8.0, 100.0, 10_000.0])]
fn flame_graph_of_a_million_nodes(bencher: Bencher<'_, '_>, zoom: f64) {
    let (depths, totals) = tree(1_000_000);
    let layout = FlameLayout::new(&depths, &totals);
    let bounds = 0..layout.width();
    let whole = AxisView::framing(bounds.clone(), WIDTH_PX, 0.0);
    let view = whole.zoomed(WIDTH_PX / 3.0, zoom, bounds);
    let mut runs: Vec<BoxRun> = Vec::new();
    bencher.counter(ItemsCount::new(layout.n_rows())).bench_local(|| {
        runs.clear();
        for row in 0..layout.n_rows() {
            layout.visible(row, &view, &mut runs);
        }
        black_box(runs.len())
    });
}

/// Samples of stacks about 40 deep of which the leaf end changes at random, and the caller of
/// each path.
struct Stacks {
    times_ns: Vec<i64>,
    rows: Vec<u32>,
    paths: Vec<PathId>,
    callers: Vec<Option<PathId>>,
}

fn stacks(n_samples: u32) -> Stacks {
    let mut random = Rng::with_seed(99);
    let mut children: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    let mut stacks = Stacks {
        times_ns: Vec::new(),
        rows: (0..n_samples).collect(),
        paths: Vec::new(),
        callers: Vec::new(),
    };
    let (mut stack, mut now): (Vec<usize>, i64) = (Vec::new(), 0);
    for _ in 0..n_samples {
        let back = random.usize(..12);
        stack.truncate(stack.len().saturating_sub(back));
        let depth = random.usize(35..46);
        while stack.len() < depth {
            let caller = stack.last().copied().unwrap_or(usize::MAX);
            // One function in five has several callees.
            let function = if stack.len() % 5 == 4 { random.u64(..3) } else { 0 };
            let next = children.len();
            let path = *children.entry((caller, function)).or_insert(next);
            if path == next {
                stacks.callers.push(stack.last().copied().map(PathId::from_index));
            }
            stack.push(path);
        }
        stacks.paths.push(stack.last().map_or(PathId::NONE, |&path| PathId::from_index(path)));
        stacks.times_ns.push(now);
        now += 900_000 + length_ns(&mut random) * 12;
    }
    stacks
}

impl Stacks {
    fn chart(&self) -> SampleChart {
        let end_ns = self.times_ns.last().map_or(0, |last| last + 1_000_000);
        let caller = |path: PathId| self.callers[path.index()];
        SampleChart::new(&self.times_ns, &self.rows, |row| self.paths[row], caller, end_ns)
    }
}

#[divan::bench(args = [1_000_000], sample_count = 5)]
fn sample_chart(bencher: Bencher<'_, '_>, n_samples: u32) {
    let stacks = stacks(n_samples);
    bencher.counter(ItemsCount::new(n_samples)).bench_local(|| stacks.chart().n_samples());
}

#[divan::bench(args = [0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 100.0, 10_000.0])]
fn samples_of_a_thread(bencher: Bencher<'_, '_>, samples_a_px: f64) {
    static CHART: OnceLock<SampleChart> = OnceLock::new();
    let chart = CHART.get_or_init(|| stacks(1_000_000).chart());
    let end = chart.n_samples() as f64 * 1e6;
    let units_per_px = (samples_a_px * 1e6).min(end / WIDTH_PX);
    let view = AxisView::new(300_000_000_000, units_per_px, WIDTH_PX);
    let mut boxes: Vec<StackBox> = Vec::new();
    bencher.bench_local(|| {
        boxes.clear();
        chart.visible(&view, 0..u32::MAX, &mut boxes);
        black_box(boxes.len())
    });
}
