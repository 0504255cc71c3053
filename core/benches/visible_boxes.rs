//! What a frame costs: all lanes of a full window, at several zooms.
//!
//! `cargo bench -p rview-core --bench visible_boxes`; `RVIEW_BENCH_SLICES=100000000` for other
//! sizes than a million and ten.

use std::sync::OnceLock;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rview_core::{AxisView, BoxRun, FlameLayout, LaneId, Profile, ProfileBuilder, Slice, SliceLod};

fn main() {
    divan::main();
}

const LANES: usize = 60;
const WIDTH_PX: f64 = 1920.0;

/// Random numbers that are the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// Of all magnitudes up to 2^14, so that slices and gaps are as uneven as real ones.
    fn length_ns(&mut self) -> i64 {
        let bits = self.next() % 15;
        i64::try_from(self.next() & ((1 << bits) - 1)).unwrap_or_default()
    }
}

struct Trace {
    profile: Profile,
    lod: SliceLod,
}

/// A recording in which all lanes are equally full: no zoom has an easy one.
fn trace(n_slices: usize) -> Trace {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let name = builder.function_named("work");
    for tid in 0..LANES {
        let thread = builder.thread(process, i64::try_from(tid).unwrap_or_default(), "worker");
        let track = builder.thread_track(thread);
        let mut random = Random(0x9e37_79b9 + tid as u64);
        let mut start_ns = 0;
        for _ in 0..n_slices / LANES {
            let duration_ns = random.length_ns();
            builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
            start_ns += duration_ns + random.length_ns();
        }
    }
    let profile = builder.finish().0;
    let lod = SliceLod::new(profile.slices());
    Trace { profile, lod }
}

fn traces() -> &'static [(usize, Trace)] {
    static TRACES: OnceLock<Vec<(usize, Trace)>> = OnceLock::new();
    TRACES.get_or_init(|| sizes().into_iter().map(|n| (n, trace(n))).collect())
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

#[divan::bench(args = cases())]
fn slices_of_60_lanes(bencher: Bencher<'_, '_>, (n, slices_a_px): (usize, f64)) {
    let Some((_, trace)) = traces().iter().find(|trace| trace.0 == n) else { return };
    let slices = trace.profile.slices();
    let end = trace.profile.duration_ns();
    let ns_a_slice = end as f64 / (n / LANES) as f64;
    let units_per_px = (ns_a_slice * slices_a_px).min(end as f64 / WIDTH_PX);
    let view = AxisView::new(end / 3, units_per_px, WIDTH_PX).within(0..end);
    let mut runs: Vec<BoxRun> = Vec::new();
    bencher.counter(ItemsCount::new(LANES)).bench_local(|| {
        runs.clear();
        for lane in 0..LANES {
            trace.lod.visible(slices, LaneId::from_index(lane), &view, &mut runs);
        }
        black_box(runs.len())
    });
}

/// A tree of a million nodes: each has up to three children, and siblings halve in weight.
fn tree(n_nodes: usize) -> (Vec<u32>, Vec<i64>) {
    let mut random = Random(7);
    let (mut depths, mut depth) = (Vec::new(), 0_u32);
    for _ in 0..n_nodes {
        depths.push(depth);
        let back = u32::try_from(random.next() % 5).unwrap_or_default();
        depth = (depth + 2).saturating_sub(back).clamp(1, 60);
    }
    let totals = depths.iter().map(|_| random.length_ns()).collect();
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
