//! Import of a Chrome trace: `cargo bench -p rview-formats --bench chrome_trace`, of the file in
//! `RVIEW_TRACE` if that is set. `tests/peers` times it beside bare parsers of JSON.
#![expect(
    clippy::format_push_string,
    clippy::unwrap_used,
    reason = "the trace is written before the clock runs, and a bench may panic"
)]

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use rview_formats::{Job, Source, detect};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// About the size of a minute of Chrome, or of ten steps of `PyTorch`.
const LEN: usize = 20 << 20;

fn main() {
    divan::main();
}

/// The file of `RVIEW_TRACE`, or one that is written here.
fn source() -> Source {
    match std::env::var_os("RVIEW_TRACE") {
        Some(path) => Source::open(path.as_ref()).unwrap().unwrap(&Job::default()).unwrap(),
        None => Source::from_vec(trace().into_bytes()),
    }
}

/// A trace as tools write them: of ten events six are `X` with arguments, two `B` and `E`, one
/// a counter and one an end of a flow; 8 threads, 500 names.
fn trace() -> String {
    let mut text = String::with_capacity(LEN + 4096);
    text.push_str("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    let mut random = 1_u32;
    let mut step = 0_u32;
    while text.len() < LEN {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (tid, name) = (step % 8, (random >> 8) % 500);
        let mut event = |phase: char, after_us: u32, rest: &str| {
            let ns = u64::from(step) * 10_500 + u64::from(after_us) * 1000;
            let (us, ns) = (ns / 1000, ns % 1000);
            text.push_str(&format!(
                "{{\"ph\":\"{phase}\",\"cat\":\"cpu_op\",\"name\":\"aten::operation_{name}\",\
                 \"pid\":2869224,\"tid\":{tid},\"ts\":1695835542{us:06}.{ns:03}{rest}}},\n"
            ));
        };
        for row in 0..6 {
            let rest = format!(
                ",\"dur\":{}.{:03},\"args\":{{\"External id\":{step},\"Sequence number\":{name},\
                 \"Input Dims\":[[64,{name}],[],[1]],\"Ev Idx\":{row}}}",
                7 - row,
                random % 1000,
            );
            event('X', row, &rest);
        }
        event('B', 8, "");
        event('E', 9, "");
        event('C', 0, &format!(",\"args\":{{\"allocated\":{random},\"reserved\":{step}}}"));
        let phase = if step.is_multiple_of(2) { 's' } else { 'f' };
        event(phase, 1, &format!(",\"id\":{},\"bp\":\"e\"", step / 2));
        step += 1;
    }
    text.push_str("]}\n");
    text
}

/// Bytes to a finished profile, on one thread: the throughput is that of the file.
///
/// 220 to 270 MB a second of CPU time (2026-11, `perf stat`, on two cores shared with others).
/// What it allocates less what it frees is the profile: 20 bytes a slice, and counters, flows and
/// names.
#[divan::bench(sample_count = 20)]
fn import(bencher: Bencher<'_, '_>) {
    let source = source();
    let importer = detect(&source).unwrap();
    let n_slices = importer.import(&source, &Job::default()).unwrap().slices().len();
    bencher
        .counter(BytesCount::new(source.len()))
        .counter(ItemsCount::new(n_slices))
        .bench_local(|| importer.import(&source, &Job::default()).unwrap());
}
