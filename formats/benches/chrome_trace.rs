//! Import of a Chrome trace: `cargo bench -p rview-formats --bench chrome_trace`.

use std::fmt::Write as _;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use rview_formats::{Job, Source, detect};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// About the size of a minute of Chrome, or of ten steps of `PyTorch`.
const LEN: usize = 20 << 20;

fn main() {
    divan::main();
}

/// A trace as tools write them: of ten events six are `X` with arguments, two `B` and `E`, one
/// a counter and one an end of a flow; 8 threads, 500 names.
fn trace() -> String {
    let mut text = String::with_capacity(LEN + 1024);
    text.push_str("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    let mut random = 1_u32;
    let mut step = 0_u32;
    while text.len() < LEN {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (tid, name) = (step % 8, (random >> 8) % 500);
        let ts = f64::from(step) * 10.5;
        let head = |text: &mut String, phase: char, at: f64| {
            write!(
                text,
                "{{\"ph\":\"{phase}\",\"cat\":\"cpu_op\",\"name\":\"aten::operation_{name}\",\
                 \"pid\":2869224,\"tid\":{tid},\"ts\":1695835542{at:09.3}"
            )
            .unwrap();
        };
        for row in 0..6 {
            head(&mut text, 'X', ts + f64::from(row));
            write!(
                text,
                ",\"dur\":{}.{:03},\"args\":{{\"External id\":{step},\
                 \"Sequence number\":{name},\"Input Dims\":[[64,{name}],[],[1]],\
                 \"Ev Idx\":{row}}}}},\n",
                7 - row,
                random % 1000,
            )
            .unwrap();
        }
        head(&mut text, 'B', ts + 8.0);
        text.push_str("},\n");
        head(&mut text, 'E', ts + 9.0);
        text.push_str("},\n");
        head(&mut text, 'C', ts);
        write!(text, ",\"args\":{{\"allocated\":{random},\"reserved\":{step}}}}},\n").unwrap();
        head(&mut text, if step.is_multiple_of(2) { 's' } else { 'f' }, ts + 0.5);
        write!(text, ",\"id\":{},\"bp\":\"e\"}},\n", step / 2).unwrap();
        step += 1;
    }
    text.push_str("]}\n");
    text
}

/// Bytes to a finished profile, on one thread: the throughput is that of the file.
///
/// What it allocates less what it frees is the profile: … bytes a slice, names and counters
/// included.
#[divan::bench(sample_count = 20)]
fn import(bencher: Bencher<'_, '_>) {
    let source = Source::from_vec(trace().into_bytes());
    let importer = detect(&source).unwrap();
    bencher
        .counter(BytesCount::new(source.len()))
        .bench_local(|| importer.import(&source, &Job::default()).unwrap());
}
