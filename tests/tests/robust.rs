//! What broken and hostile files must not do: panic, hang, overflow the stack, break an
//! invariant of the profile, allocate out of proportion to their size.
//!
//! | variable         | what it sets                                             |
//! |------------------|----------------------------------------------------------|
//! | `RVIEW_MUTATIONS`| mutations of each fixture; 1000 if not set               |
//! | `RVIEW_FIXTURE`  | only fixtures with this in their path                    |
//! | `RVIEW_SEED`     | only this mutation                                       |

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rview_core::{ProfileBuilder, Slice};
use rview_formats::{IMPORTERS, ImportError, Job, Severity, Source};
use rview_tests::counting::{Counting, peak_during};
use rview_tests::trial::{Outcome, Via, try_import};
use rview_tests::{Fixture, Random, fixtures, gzip, gzip_zeros, mutate, zstd};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What has not come back after this long never will.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// Into how many prefixes a fixture is cut.
const N_CUTS: usize = 512;

fn env_number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Broken rules, each with how often and the first case; a panic is known by its place.
#[derive(Default)]
struct Failures(BTreeMap<String, (u64, String)>);

impl Failures {
    fn add(&mut self, case: impl FnOnce() -> String, message: &str) {
        let key = message.lines().next().unwrap_or_default().to_owned();
        let (count, _) = self.0.entry(key).or_insert_with(|| {
            let line: String = message.replace('\n', " ").chars().take(400).collect();
            (0, format!("{}: {line}", case()))
        });
        *count += 1;
    }

    #[track_caller]
    fn assert_none(&self) {
        let lines: Vec<String> =
            self.0.values().map(|(count, first)| format!("{count} times, first {first}")).collect();
        assert!(lines.is_empty(), "{} rules broken:\n{}", lines.len(), lines.join("\n"));
    }
}

/// A fixture as it is stored, and without wrappers.
struct Whole {
    fixture: Fixture,
    stored: Vec<u8>,
    unwrapped: Vec<u8>,
}

impl Whole {
    /// Whether a prefix of the file cannot be taken for all of it: its format has an end, or says
    /// at its start how long it is.
    fn shows_cut(&self, prefix: &[u8], via: Via) -> bool {
        // Text in UTF-16 is another text, and no wrapper that has an end.
        let is_utf_16 = self.stored.starts_with(b"\xff\xfe");
        let is_packed = self.stored != self.unwrapped && !is_utf_16;
        let whole = match via {
            Via::Open => &self.stored,
            Via::Importer(importer) if importer.name() == self.fixture.format => &self.unwrapped,
            Via::Importer(_) => return false,
        };
        if prefix.len() == whole.len() {
            return false;
        }
        if is_packed && matches!(via, Via::Open) {
            return true;
        }
        match &*self.fixture.format {
            // What ends is the object; the array may, by its document, lack its end. What comes
            // after both is blanks.
            "chrome-trace" => {
                let rest = whole.get(prefix.len()..).unwrap_or_default();
                whole.trim_ascii_start().starts_with(b"{") && !rest.trim_ascii().is_empty()
            }
            // These are one object; what comes after it is not read.
            "cpuprofile" | "heapprofile" | "speedscope" | "firefox" => {
                whole.trim_ascii_end().len() > prefix.len()
            }
            // The header says where the samples end; a pipe ends when the recorder does.
            "perf.data" => {
                let number = |at: usize| {
                    let bytes = whole.get(at..)?.first_chunk()?;
                    usize::try_from(u64::from_le_bytes(*bytes)).ok()
                };
                let samples_end = number(40).zip(number(48)).map(|(start, len)| start + len);
                number(8) != Some(16) && samples_end.is_some_and(|end| prefix.len() < end)
            }
            // Protocol buffers have no end, lines of text neither.
            _ => false,
        }
    }
}

fn wholes() -> Vec<Whole> {
    let only = std::env::var("RVIEW_FIXTURE").unwrap_or_default();
    let mut wholes = Vec::new();
    for fixture in fixtures() {
        if fixture.path.to_string_lossy().contains(&only) {
            let stored = fixture.bytes();
            let unwrapped = match Source::from_vec(stored.clone()).unwrap(&Job::default()) {
                Ok(source) => source.to_vec(),
                Err(_) => stored.clone(),
            };
            wholes.push(Whole { fixture, stored, unwrapped });
        }
    }
    wholes
}

/// Tries `n_cases` on all cores; `broken(bytes, case)` makes the input of one, and `rule` tells
/// what is wrong with what came of it.
fn try_cases(
    whole: &Whole,
    n_cases: u64,
    broken: impl Fn(&[u8], u64) -> Vec<u8> + Sync,
    rule: impl Fn(&[u8], Via, Outcome) -> Result<(), String> + Sync,
    failures: &Mutex<Failures>,
) {
    let single = env_number("RVIEW_SEED");
    let next = AtomicU64::new(single.unwrap_or(0));
    let end = single.map_or(n_cases, |seed| seed + 1);
    let worker = |busy: &Mutex<Option<(Instant, u64)>>| {
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= end {
                return;
            }
            set(busy, Some((Instant::now(), case)));
            for via in vias() {
                let bytes = if matches!(via, Via::Open) { &whole.stored } else { &whole.unwrapped };
                let bytes = broken(bytes, case);
                let outcome = try_import(bytes.clone(), via, case);
                if let Err(message) = outcome.and_then(|outcome| rule(&bytes, via, outcome)) {
                    let path = whole.fixture.path.display();
                    let name = || format!("{path} via {} case {case}", via.name());
                    failures.lock().unwrap_or_else(PoisonError::into_inner).add(name, &message);
                }
            }
            set(busy, None);
        }
    };
    watched(&whole.fixture.name, worker);
}

/// Every importer, whatever the format of the fixture is, and `open`.
fn vias() -> impl Iterator<Item = Via> {
    IMPORTERS.iter().map(|&importer| Via::Importer(importer)).chain([Via::Open])
}

fn set(busy: &Mutex<Option<(Instant, u64)>>, state: Option<(Instant, u64)>) {
    *busy.lock().unwrap_or_else(PoisonError::into_inner) = state;
}

/// Runs a worker on each core. The threads are named, because that is all that is printed
/// when a stack overflows; if a case hangs, it is printed and the process ends.
fn watched(name: &str, worker: impl Fn(&Mutex<Option<(Instant, u64)>>) + Sync) {
    let n_workers = thread::available_parallelism().map_or(2, usize::from);
    let busy: Vec<Mutex<Option<(Instant, u64)>>> =
        (0..n_workers).map(|_| Mutex::new(None)).collect();
    let (done, all_done) = sync_channel::<()>(n_workers);
    thread::scope(|scope| {
        for slot in &busy {
            let (done, worker) = (done.clone(), &worker);
            let builder = thread::Builder::new().name(name.to_owned());
            let run = move || {
                worker(slot);
                drop(done);
            };
            assert!(builder.spawn_scoped(scope, run).is_ok(), "a thread can be started");
        }
        drop(done);
        while all_done.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            for slot in &busy {
                let state = *slot.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((since, case)) =
                    state.filter(|(since, _)| since.elapsed() > HANGS_AFTER)
                {
                    hang(name, case, since);
                }
            }
        }
    });
}

#[expect(clippy::print_stderr, reason = "the last words of the process")]
fn hang(name: &str, case: u64, since: Instant) -> ! {
    eprintln!("{name} case {case} has not come back after {:?}", since.elapsed());
    std::process::exit(101)
}

/// All short prefixes, then evenly spread ones.
fn cut_points(len: usize) -> Vec<usize> {
    let n_short = len.min(N_CUTS / 2);
    let n_long = (len - n_short).min(N_CUTS - n_short).max(1);
    let long = (0..n_long).map(|i| n_short + (len - n_short) * i / n_long);
    (0..n_short).chain(long).collect()
}

/// A recording cut off anywhere, as a full disk leaves it, is an error or has a note.
#[test]
fn any_prefix_of_a_fixture_is_survived() {
    let failures = Mutex::default();
    for whole in wholes() {
        let broken = |bytes: &[u8], case: u64| {
            let cuts = cut_points(bytes.len());
            let case = usize::try_from(case).unwrap_or(0);
            bytes[..cuts.get(case).copied().unwrap_or(bytes.len())].to_vec()
        };
        let rule = |prefix: &[u8], via: Via, outcome: Outcome| {
            let is_told = match outcome {
                Outcome::Refused => true,
                Outcome::Opened(worst) => worst >= Some(Severity::Repair),
            };
            if is_told || !whole.shows_cut(prefix, via) {
                return Ok(());
            }
            Err(format!("{} is cut and nobody is told\nat {}", whole.fixture.name, prefix.len()))
        };
        try_cases(&whole, N_CUTS as u64, broken, rule, &failures);
    }
    failures.into_inner().unwrap_or_else(PoisonError::into_inner).assert_none();
}

#[test]
fn any_mutation_of_a_fixture_is_survived() {
    let failures = Mutex::default();
    let n_mutations = env_number("RVIEW_MUTATIONS").unwrap_or(1000);
    for whole in wholes() {
        try_cases(&whole, n_mutations, mutate, |_, _, _| Ok(()), &failures);
    }
    failures.into_inner().unwrap_or_else(PoisonError::into_inner).assert_none();
}

/// Tries inputs through every importer and `open`, each by name.
#[track_caller]
fn assert_survived(inputs: &[(&str, Vec<u8>)]) {
    let failures = Mutex::<Failures>::default();
    for (name, bytes) in inputs {
        let next = AtomicU64::new(0);
        watched(name, |busy| {
            let vias: Vec<Via> = vias().collect();
            loop {
                let case = next.fetch_add(1, Ordering::Relaxed);
                let Some(&via) = usize::try_from(case).ok().and_then(|case| vias.get(case)) else {
                    return;
                };
                set(busy, Some((Instant::now(), case)));
                if let Err(message) = try_import(bytes.clone(), via, case) {
                    let name = || format!("{name} via {}", via.name());
                    failures.lock().unwrap_or_else(PoisonError::into_inner).add(name, &message);
                }
                set(busy, None);
            }
        });
    }
    failures.into_inner().unwrap_or_else(PoisonError::into_inner).assert_none();
}

const MANY: usize = 5 << 20;

/// A text repeated up to 5 MiB, after a start of its own.
fn repeated(start: &str, piece: &str) -> Vec<u8> {
    let mut bytes = start.as_bytes().to_vec();
    bytes.extend(piece.bytes().cycle().take(MANY - MANY % piece.len()));
    bytes
}

#[test]
fn deep_nesting_is_survived() {
    let events = r#"{"traceEvents":["#;
    let args = r#"{"traceEvents":[{"name":"a","ph":"X","ts":1,"dur":1,"args":"#;
    let call = r#"{"id":1,"callFrame":{},"selfSize":1,"hitCount":1,"children":["#;
    let evented = r#"{"shared":{"frames":[{}]},"profiles":[{"unit":"none","events":["#;
    assert_survived(&[
        ("arrays", repeated("", "[")),
        ("objects", repeated("", r#"{"a":"#)),
        ("arrays in objects", repeated("", r#"[{"a":"#)),
        ("objects with blanks", repeated("", "{ \"a\" :\n")),
        ("arrays of events", repeated(events, "[")),
        ("objects of events", repeated(events, r#"{"a":"#)),
        ("arrays of args", repeated(args, "[")),
        ("objects of args", repeated(args, r#"{"a":"#)),
        ("metadata", repeated(r#"{"metadata":"#, r#"{"traceEvents":"#)),
        ("begins", repeated("[", r#"{"ph":"B","ts":1,"pid":1,"tid":1,"name":"a"},"#)),
        ("frames", repeated("main;read 1\n", "a;")),
        ("protobuf groups", vec![0x0b; MANY]),
        ("calls", repeated(r#"{"nodes":[],"head":"#, call)),
        ("calls of a list", repeated(r#"{"samples":[1],"timeDeltas":[1],"nodes":["#, call)),
        ("open frames", repeated(evented, r#"{"type":"O","frame":0,"at":1e3},"#)),
    ]);
}

#[test]
fn endless_pieces_are_survived() {
    let noise: Vec<u8> = {
        let mut random = Random::new(1);
        (0..MANY / 8).flat_map(|_| random.number().to_le_bytes()).collect()
    };
    let name = r#"[{"ph":"X","ts":1,"dur":1,"name":""#;
    let time = r#"[{"ph":"X","name":"a","dur":1,"ts":"#;
    assert_survived(&[
        ("zeros", vec![0; MANY]),
        ("ones", vec![0xff; MANY]),
        ("noise", noise),
        ("newlines", repeated("main;read 1\n", "\n")),
        ("blanks", repeated("main;read 1\n", " ")),
        ("digits", repeated("main;read ", "1")),
        ("quotes", repeated("", "\"")),
        ("text", repeated(name, "x")),
        ("escapes", repeated(name, r"\ud800")),
        ("backslashes", repeated(name, r"\")),
        ("digits of a time", repeated(time, "1")),
        ("zeros of a time", repeated(&(time.to_owned() + "1."), "0")),
        ("empty events", repeated("[", "{},")),
        ("commas", repeated(r#"{"traceEvents":["#, ",")),
        ("lines without weights", repeated("main;read 1\n", "x\n")),
        (
            "new functions",
            (0..MANY / 16).flat_map(|i| format!("a;f{i:06} 1\n").into_bytes()).collect(),
        ),
    ]);
}

/// Slices that overlap pairwise without nesting all need lanes of their own.
#[test]
fn overlapping_slices_take_no_quadratic_time() {
    let n_slices = 200_000;
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let name = builder.function_named("overlap");
    for start_ns in 0..n_slices {
        builder.slice(Slice { track, start_ns, duration_ns: n_slices, name, detail: None });
    }
    let start = Instant::now();
    let (profile, _) = builder.finish();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    profile.check().unwrap_or_else(|err| panic!("{err}"));
}

/// Asynchronous operations are laid out one by one: nothing is kept of all of them but their slices.
#[test]
fn operations_of_one_slice_take_little_memory_beside_it() {
    // By this thread alone, which is the one that is counted.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    let _pool = pool.unwrap_or_else(|err| panic!("{err}"));
    let n_slices = 100_000_u32;
    let (profile, peak) = peak_during(0, || {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let track = builder.async_track(process, "requests");
        let name = builder.function_named("request");
        for operation in 0..n_slices {
            let start_ns = i64::from(operation) * 10;
            let slice = Slice { track, start_ns, duration_ns: 35, name, detail: None };
            builder.async_slice(slice, operation);
        }
        builder.finish().0
    });
    profile.check().unwrap_or_else(|err| panic!("{err}"));
    assert_eq!(profile.slices().lanes().len(), 4);
    // The columns as they are found and as they are laid out.
    assert!(peak < 80 * n_slices as usize, "{} bytes a slice", peak / n_slices as usize);
}

fn unwrapped(bytes: Vec<u8>) -> (Result<Source, ImportError>, usize) {
    peak_during(0, || Source::from_vec(bytes).unwrap(&Job::default()))
}

/// 300 MiB of zeros, wrapped twice into a few kilobytes, meet the limit before the memory does.
#[test]
fn a_bomb_is_refused() {
    let bomb = gzip_zeros(300);
    for (what, bytes) in [("gzip in gzip", gzip(&bomb)), ("gzip in zstd", zstd(&bomb))] {
        assert!(bytes.len() < 100_000, "{what}: {}", bytes.len());
        let (result, peak) = unwrapped(bytes);
        assert!(matches!(result, Err(ImportError::TooLarge { .. })), "{what}: {result:?}");
        assert!(peak < 600 << 20, "{what}: {peak} bytes");
    }
}

#[test]
fn endless_wrappers_are_refused() {
    let nested = (0..20).fold(b"main;read 1\n".to_vec(), |bytes, _| gzip(&bytes));
    let (result, _) = unwrapped(nested);
    assert!(matches!(result, Err(ImportError::Unsupported { .. })), "{result:?}");
}
