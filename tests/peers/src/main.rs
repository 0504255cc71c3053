//! How long the import of a Chrome trace takes beside bare parsers of JSON:
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/Cargo.toml -- trace.json [rounds]
//! ```
//!
//! Each round runs all of them on the same file, one after the other, so that whatever else the
//! machine does hits all alike. Printed are the medians, in milliseconds of the clock, and how
//! often the import fits into each. With 0 rounds the import runs alone, once, and what it takes
//! of memory that is no part of the file is printed (on Linux).
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on may panic")]

use std::borrow::Cow;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use rview_formats::{Job, Source, detect};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What is timed: a name and what to run on the file, with what it gives to keep it honest.
type Peer = (&'static str, fn(&PathBuf) -> (f64, usize));

const PEERS: [Peer; 3] = [
    ("import", import),
    ("serde_json, typed events", typed),
    ("simd-json, tape", tape),
];

fn main() {
    let mut args = std::env::args_os().skip(1);
    let path = PathBuf::from(args.next().unwrap());
    let rounds = args.next().map_or(5, |rounds| rounds.to_str().unwrap().parse().unwrap());
    if rounds == 0 {
        return memory(&path);
    }
    let mut times = PEERS.map(|_| Vec::new());
    let mut counts = [0; PEERS.len()];
    for _ in 0..rounds {
        for (row, (_, run)) in PEERS.iter().enumerate() {
            let (ms, n) = run(&path);
            times[row].push(ms);
            counts[row] = n;
        }
    }
    let medians = times.each_mut().map(|times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    let megabytes = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    for (row, (name, _)) in PEERS.iter().enumerate() {
        let (ms, times) = (medians[row], &times[row]);
        println!(
            "{name:26} {ms:8.0} ms [{:.0}..{:.0}] {:6.0} MB/s {:5.2}x of the import  {}",
            times[0],
            times[times.len() - 1],
            megabytes / ms * 1e3,
            ms / medians[0],
            counts[row],
        );
    }
}

/// Prints the most memory that the import has besides the mapped file.
fn memory(path: &PathBuf) {
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let before = anonymous();
        let peak = scope.spawn(|| {
            let mut peak = 0;
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                peak = peak.max(anonymous());
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            peak
        });
        let (_, n_slices) = import(path);
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        let peak = peak.join().unwrap().saturating_sub(before);
        let len = std::fs::metadata(path).unwrap().len();
        println!(
            "{} MB at most, {:.1} bytes a slice, {:.3} of the file",
            peak / 1_000_000,
            peak as f64 / n_slices as f64,
            peak as f64 / len as f64,
        );
    });
}

/// Bytes of memory that belong to no file.
fn anonymous() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn timed<T>(run: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(run());
    (start.elapsed().as_secs_f64() * 1e3, result)
}

/// From the path to a finished profile, as the program does it.
fn import(path: &PathBuf) -> (f64, usize) {
    let (ms, profile) = timed(|| {
        let job = Job::default();
        let source = Source::open(path).unwrap().unwrap(&job).unwrap();
        detect(&source).unwrap().import(&source, &job).unwrap()
    });
    (ms, profile.slices().len())
}

/// From the path to typed events: strings are borrowed, arguments skipped, and nothing is made of
/// the events.
fn typed(path: &PathBuf) -> (f64, usize) {
    timed(|| {
        let bytes = std::fs::read(path).unwrap();
        if bytes.first() == Some(&b'[') {
            return serde_json::from_slice::<Vec<Event<'_>>>(&bytes).unwrap().len();
        }
        serde_json::from_slice::<Trace<'_>>(&bytes).unwrap().trace_events.len()
    })
}

/// From the path to a flat list of every value, the strings in place.
fn tape(path: &PathBuf) -> (f64, usize) {
    timed(|| {
        let mut bytes = std::fs::read(path).unwrap();
        simd_json::to_tape(&mut bytes).unwrap().0.len()
    })
}

#[derive(Deserialize)]
struct Trace<'a> {
    #[serde(borrow, rename = "traceEvents")]
    trace_events: Vec<Event<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is parsed is not looked at")]
struct Event<'a> {
    #[serde(borrow)]
    ph: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cat: Option<Cow<'a, str>>,
    ts: Option<f64>,
    dur: Option<f64>,
    pid: Option<i64>,
    tid: Option<IgnoredAny>,
    args: Option<IgnoredAny>,
}
