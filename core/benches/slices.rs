//! `cargo bench -p rview-core --bench slices`: what the views of slices ask for, over 10 million.
//!
//! 16 threads with three slices in each other, 1000 names; half of all slices have one name. The
//! rows of the table are those that it lists at most.

use divan::Bencher;
use divan::counter::ItemsCount;
use fastrand::Rng;
use rview_core::{
    FunctionId, FunctionSet, Profile, ProfileBuilder, Selection, Slice, SliceKey, SliceList,
    SliceOrder, SliceStats, SliceTotals,
};

fn main() {
    divan::main();
}

const N_SLICES: usize = 10_000_000;
const N_THREADS: usize = 16;
const N_NAMES: usize = 1000;
const MAX_ROWS: usize = 1_500_000;

fn profile() -> Profile {
    let mut random = Rng::with_seed(1);
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let tracks: Vec<_> = (0..)
        .take(N_THREADS)
        .map(|tid| {
            let thread = builder.thread(process, tid, "worker");
            builder.thread_track(thread)
        })
        .collect();
    let names: Vec<FunctionId> =
        (0..N_NAMES).map(|i| builder.function_named(&format!("step {i}"))).collect();
    let mut end_ns = [0; N_THREADS];
    for i in 0..N_SLICES / 4 {
        let (track, end_ns) = (tracks[i % N_THREADS], &mut end_ns[i % N_THREADS]);
        // A few last long, as work does.
        let unit = 100 << random.usize(..12);
        let outer = [(0, 8 * unit), (unit, 2 * unit), (4 * unit, 3 * unit), (5 * unit, unit)];
        for (at, (start, duration_ns)) in outer.into_iter().enumerate() {
            let name = if at % 2 == 0 { names[0] } else { names[1 + random.usize(..N_NAMES - 1)] };
            let start_ns = *end_ns + start;
            builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
        }
        *end_ns += 9 * unit;
    }
    builder.finish().0
}

/// Benchmarks something of the profile, which is made once for all samples.
fn bench<T>(bencher: Bencher<'_, '_>, run: impl Fn(&Profile) -> T + Sync) {
    let profile = profile();
    bencher.counter(ItemsCount::new(N_SLICES)).bench(|| run(&profile));
}

fn stats_of(profile: &Profile, name: usize) -> Option<SliceStats> {
    let names = FunctionSet::from_iter([FunctionId::from_index(name)]);
    SliceStats::new(profile, &Selection::default(), &names, 200)
}

#[divan::bench(sample_count = 10)]
fn distribution_of_half_of_them(bencher: Bencher<'_, '_>) {
    bench(bencher, |profile| stats_of(profile, 0));
}

#[divan::bench(sample_count = 10)]
fn distribution_of_a_rare_name(bencher: Bencher<'_, '_>) {
    bench(bencher, |profile| stats_of(profile, 7));
}

#[divan::bench(sample_count = 10)]
fn totals_of_all_names(bencher: Bencher<'_, '_>) {
    bench(bencher, |profile| SliceTotals::new(profile, &Selection::default()));
}

#[divan::bench(args = [SliceKey::Start, SliceKey::Duration, SliceKey::SelfTime, SliceKey::Name], sample_count = 5)]
fn table_of_all(bencher: Bencher<'_, '_>, key: SliceKey) {
    bench(bencher, |profile| list(profile, key, |_| true));
}

#[divan::bench(sample_count = 5)]
fn table_of_what_a_search_finds(bencher: Bencher<'_, '_>) {
    bench(bencher, |profile| {
        let names = profile.slices().names();
        list(profile, SliceKey::Start, |name| names[name] == FunctionId::from_index(7))
    });
}

fn list(profile: &Profile, key: SliceKey, keep: impl Fn(usize) -> bool + Sync) -> SliceList {
    let order = SliceOrder { key, ascending: false };
    let keep = |slice: rview_core::SliceId| keep(slice.index());
    SliceList::new(profile, &Selection::default(), keep, order, MAX_ROWS)
}
