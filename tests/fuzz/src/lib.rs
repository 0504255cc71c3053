//! What the fuzz targets share: one import, and what has to hold after it.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use rview_core::{CallPaths, Selection};
use rview_formats::export::pprof_uncompressed;
use rview_formats::fuzzing::{chrome_trace_in_pieces, rewritten_json};
use rview_formats::{IMPORTERS, Input, Job, Options, Source};
use rview_tests::counting::Counting;
use rview_tests::dump;
use rview_tests::trial::{Via, try_import};
use rview_tests::{binary, comparable};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Declares the fuzz target of the importer with a name. The bytes go to it whatever they look
/// like, without wrappers.
#[macro_export]
macro_rules! fuzz_importer {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::import($name, bytes));
    };
}

/// Imports the bytes with the importer of that name.
///
/// # Panics
///
/// When there is none, or a rule of [`try_import`] is broken.
pub fn import(name: &str, bytes: &[u8]) {
    let importer = IMPORTERS.iter().find(|importer| importer.name() == name);
    let importer = importer.expect("a target is called as its importer");
    check(bytes, Via::Importer(*importer));
}

/// Imports the bytes as a Chrome trace, then again in small pieces of which two threads scan some
/// ahead.
///
/// # Panics
///
/// When a rule of [`try_import`] is broken, or pieces make anything else of the bytes.
pub fn chrome_trace(bytes: &[u8]) {
    import("chrome-trace", bytes);
    let source = Source::from_vec(bytes.to_vec());
    let read = |pieces| {
        let job = job();
        let profile = chrome_trace_in_pieces(&source, pieces, &job);
        let profile = profile.map(|profile| dump(&profile)).map_err(|err| err.to_string());
        let notes = job.report().notes().iter().map(|note| format!("{note:?}")).collect();
        (profile, notes)
    };
    let in_order: (_, Vec<String>) = read((usize::MAX, 0));
    let [first, second] = [0, 1].map(|at| bytes.get(at).copied().map_or(0, usize::from));
    let in_pieces = TWO_THREADS.install(|| read((8 + first, 1 + second % 8)));
    assert_eq!(in_pieces, in_order, "in pieces of {} bytes", 8 + first);
}

/// Made once: threads cost more than most imports.
static TWO_THREADS: LazyLock<ThreadPool> =
    LazyLock::new(|| ThreadPoolBuilder::new().num_threads(2).build().expect("two threads"));

/// Reads the bytes as one value of JSON.
///
/// # Panics
///
/// When the bytes are JSON and the scanner reads anything else.
pub fn json(bytes: &[u8]) {
    let rewritten = rewritten_json(bytes);
    let Ok(expected) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let rewritten = rewritten.expect("what is valid can be read");
    assert_eq!(rewritten.read_to, rewritten.skipped_to, "a value ends where it is skipped to");
    assert!(bytes[rewritten.read_to..].trim_ascii().is_empty(), "all of the value is read");
    let again: serde_json::Value = serde_json::from_str(&rewritten.json).expect("valid again");
    assert_eq!(again, expected);
}

/// Imports the bytes as a pprof profile, writes it, and reads it again: all of it has to be the
/// same.
///
/// # Panics
///
/// When what was written does not read as it was.
pub fn round_trip(bytes: &[u8]) {
    let importer = IMPORTERS.iter().find(|importer| importer.name() == "pprof").unwrap();
    let Ok(profile) = importer.import(&Source::from_vec(bytes.to_vec()), &job()) else { return };
    let paths = CallPaths::new(&profile);
    let written = pprof_uncompressed(&profile, &paths, &Selection::default());
    let again = importer.import(&Source::from_vec(written), &job()).unwrap();
    again.check().unwrap();
    assert_eq!(comparable(&profile), comparable(&again));
}

/// Opens the bytes as the app does: unwrapped, by the importer that claims them.
///
/// # Panics
///
/// When a rule of [`try_import`] is broken.
pub fn open(bytes: &[u8]) {
    check(bytes, Via::Open);
}

/// Reads the bytes as a binary: its symbols, packed ones too, and its debug information.
///
/// # Panics
///
/// When that allocates too much.
pub fn symbols(bytes: &[u8]) {
    if let Err(broken) = binary::read(bytes.to_vec(), 0) {
        panic!("{broken}");
    }
}

/// Unwinds the stacks of a recording by what the bytes say, taken for its binary.
///
/// # Panics
///
/// When the profile breaks an invariant, or the file of the binary cannot be written.
pub fn unwind(bytes: &[u8]) {
    let dir = std::env::temp_dir().join(format!("rview-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder for the binary");
    std::fs::write(dir.join("threads.bin"), bytes).expect("the binary");
    let recording = rview_tests::fixtures_dir().join("perf.data/dwarf.perf.data");
    let symbol_dirs = vec![dir];
    let options = Options { symbol_dirs, no_system_symbols: true, ..Options::default() };
    let document = rview_formats::open(&Input::Path(recording), &Job::new(options));
    if let Err(broken) = document.expect("the recording is fine").profile.check() {
        panic!("{broken}");
    }
}

/// Never looks at the binaries of this machine: a crash must happen again elsewhere.
fn job() -> Job {
    Job::new(Options { no_system_symbols: true, ..Options::default() })
}

fn check(bytes: &[u8], via: Via) {
    if let Err(broken) = try_import(bytes.to_vec(), via, 0) {
        panic!("{broken}");
    }
}
