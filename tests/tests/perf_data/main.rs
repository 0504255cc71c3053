//! Recordings of `perf record`, against what perf itself says of them.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "only tests get here")]

mod compare;
mod kernel;
mod sched;
mod script;
mod spot;
mod totals;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compare::{check_script, event_ids, for_each_sample};

use rview_core::Profile;
use rview_formats::{Document, Input, Job, Options, open};
use rview_tests::mutate;

/// Samples and the sum of their periods.
type Counts = (u64, i64);

/// What is counted: event, thread, module, function.
type Key = (String, String, String, String);

fn fixtures() -> PathBuf {
    rview_tests::fixtures_dir().join("perf.data")
}

/// The folder with other people's recordings, if this machine has it.
fn corpus() -> Option<PathBuf> {
    Some(rview_tests::corpus()?.join("perf"))
}

#[track_caller]
fn open_with(path: &Path, symbol_dirs: &[PathBuf]) -> Document {
    // What this machine has must not matter.
    let options = Options {
        symbol_dirs: symbol_dirs.to_vec(),
        no_system_symbols: true,
        ..Options::default()
    };
    let document = open(&Input::Path(path.into()), &Job::new(options));
    let document = document.unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    document.profile.check().unwrap();
    document
}

fn kinds(document: &Document) -> Vec<&'static str> {
    document.report.notes().iter().map(|note| note.kind).collect()
}

/// Event, samples and sum of periods; events without samples are left out.
fn totals(profile: &Profile) -> Vec<(String, u64, i64)> {
    event_ids(profile)
        .map(|id| {
            let weights = profile.samples().weights(id);
            (
                profile.value_types()[id.index()].name.to_string(),
                weights.len() as u64,
                weights.total(),
            )
        })
        .filter(|&(_, samples, _)| samples > 0)
        .collect()
}

fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut recordings: Vec<PathBuf> =
        entries.filter(|path| path.to_string_lossy().ends_with(".perf.data")).collect();
    recordings.sort();
    recordings
}

#[test]
fn fixtures_equal_perf_script() {
    let recordings = recordings(&fixtures());
    assert_eq!(recordings.len(), 13);
    for recording in recordings {
        let mut known = vec!["threads.bin", "forks.bin", "leaf.bin"];
        if recording.ends_with("sched.perf.data") {
            // A copy of another one, and this recording has no build ids to find that by.
            known.pop();
        }
        check_script(&recording, &[fixtures()], &known);
    }
}

#[test]
fn local_recordings_equal_perf_script() {
    let Some(corpus) = corpus() else { return };
    let local = corpus.join("local");
    for recording in recordings(&local) {
        let known = ["hot-fp", "hot-nofp", "hot-nopie", "single"];
        check_script(&recording, &[local.join("bin")], &known);
    }
}

#[test]
fn names_of_a_jit_are_those_of_perf() {
    let Some(corpus) = corpus() else { return };
    let jit = corpus.join("jit");
    let recording = jit.join("node-perfmap.perf.data");
    check_script(&recording, &[jit], &["[JIT] tid 30633"]);
}

#[track_caller]
fn check_fixture(name: &str, expected: &[(&str, u64, i64)], notes: &[&str]) -> Document {
    let document = open_with(&fixtures().join(name), &[fixtures()]);
    let totals = totals(&document.profile);
    let totals: Vec<_> =
        totals.iter().map(|(name, samples, total)| (name.as_str(), *samples, *total)).collect();
    assert_eq!(totals, expected, "{name}");
    let kinds = kinds(&document);
    // Of every recording that goes through code without frame pointers or symbols.
    let is_usual = |kind: &&str| kind.starts_with("symbols-") || *kind == "unmapped-callers";
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| !is_usual(kind)).collect();
    assert_eq!(kinds, notes, "{name}");
    document
}

#[test]
fn a_cut_recording_tells_where_it_ends() {
    let totals = [("cpu-clock:u", 176, 352_705_408)];
    let document = check_fixture("truncated.perf.data", &totals, &["truncated"]);
    let report = document.report;
    assert!(report.notes()[0].text.contains("at byte 22648"), "{}", report.notes()[0].text);
}

#[test]
fn a_recording_of_a_killed_perf_is_read_to_its_end() {
    check_fixture("killed.perf.data", &[("cpu-clock:u", 269, 539_078_152)], &["unfinished"]);
}

#[test]
fn each_event_has_samples_of_its_own() {
    let multi = [
        ("cpu-clock:u", 137, 274_549_096),
        ("task-clock:u", 138, 276_553_104),
        ("page-faults:u", 7, 864),
    ];
    let document = check_fixture("multi.perf.data", &multi, &[]);
    let units: Vec<_> =
        document.profile.value_types().iter().map(|value_type| value_type.unit.name()).collect();
    assert_eq!(units[..3], ["nanoseconds", "nanoseconds", "count"]);
    let names: Vec<_> = document.profile.value_types()[3..].iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["cpu-clock:u samples", "task-clock:u samples", "page-faults:u samples"]);
    let group = [("cpu-clock:u", 48, 98_853_109), ("task-clock:u", 48, 98_349_616)];
    check_fixture("group.perf.data", &group, &[]);
    let counts = [
        ("task-clock:u", 47, 98_106_457),
        ("cpu-clock:u", 47, 97_903_370),
        ("page-faults:u", 1, 142),
    ];
    check_fixture("counts.perf.data", &counts, &[]);
}

#[test]
fn a_thread_has_its_last_name() {
    let document = open_with(&fixtures().join("forks.perf.data"), &[]);
    let profile = &document.profile;
    let mut samples: BTreeMap<(i64, &str), usize> = BTreeMap::new();
    for &thread in profile.samples().threads() {
        let thread = profile.threads().row(thread);
        *samples.entry((thread.tid, profile.text(thread.name))).or_default() += 1;
    }
    let expected = [
        ((6655, "forks.bin"), 56),
        ((6658, "step two"), 54),
        ((6659, "leaf.bin"), 52),
        ((6661, "grandchild"), 32),
    ];
    assert_eq!(samples.into_iter().collect::<Vec<_>>(), expected);
    let host = profile.facts().iter().find(|(what, _)| &**what == "host");
    assert_eq!(host.map(|(_, value)| &**value), Some("demo"));
}

#[test]
fn symbols_of_a_demo_may_be_part_of_the_program() {
    let bytes = std::fs::read(fixtures().join("threads.perf.data")).unwrap();
    let binary = std::fs::read(fixtures().join("threads.bin")).unwrap();
    let options = Options {
        embedded_symbols: vec![("threads.bin", binary.leak())],
        no_system_symbols: true,
        ..Options::default()
    };
    let input = Input::Static("demo.perf.data", bytes.leak());
    let profile = open(&input, &Job::new(options)).unwrap().profile;
    let functions = profile.symbols().functions();
    let is_there = |name| functions.ids().any(|function| profile.function_name(function) == name);
    assert!(is_there("orchard::ApplePress::squeeze"));
    assert!(!is_there("malloc"));
}

#[test]
fn the_demo_equals_perf_report() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let demo = root.join("assets/demo");
    let text = std::fs::read_to_string(root.join("tests/fixtures/demo/demo.report.txt")).unwrap();
    // Samples, period, name of the thread, module and function, between tabs.
    let mut expected: BTreeMap<String, Counts> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [samples, period, _, "demo.bin", function] = columns[..] else { continue };
        let function = function.trim_start_matches("[.] ").to_owned();
        let counts = expected.entry(function).or_default();
        counts.0 += samples.parse::<u64>().unwrap();
        counts.1 += period.parse::<i64>().unwrap();
    }
    let document = open_with(&demo.join("demo.perf.data"), &[demo]);
    let mut found: BTreeMap<String, Counts> = BTreeMap::new();
    for_each_sample(&document.profile, |_, _, period, frames| {
        if frames[0].1 == "demo.bin" {
            let counts = found.entry(frames[0].0.clone()).or_default();
            *counts = (counts.0 + 1, counts.1 + period);
        }
    });
    assert!(expected.len() > 20);
    assert_eq!(found, expected);
}

/// Unwinding reads the tables of a file that may be anything.
#[test]
fn no_mutation_of_a_binary_breaks_the_unwinding() {
    let binary = std::fs::read(fixtures().join("threads.bin")).unwrap();
    let recording = Input::Path(fixtures().join("dwarf.perf.data"));
    let dir = tempfile::tempdir().unwrap();
    for seed in 0..200 {
        std::fs::write(dir.path().join("threads.bin"), mutate(&binary, seed)).unwrap();
        let symbol_dirs = vec![dir.path().to_owned()];
        let options = Options { symbol_dirs, no_system_symbols: true, ..Options::default() };
        let document = open(&recording, &Job::new(options)).unwrap();
        document.profile.check().unwrap();
        assert_eq!(totals(&document.profile)[0].1, 42);
    }
}

#[test]
fn no_mutation_breaks_the_importer() {
    for recording in recordings(&fixtures()) {
        let bytes = std::fs::read(&recording).unwrap();
        for seed in 0..200 {
            // What the header and the first records say matters most.
            let (head, rest) = bytes.split_at(600);
            let bytes = match seed % 2 {
                0 => mutate(&bytes, seed),
                _ => [&mutate(head, seed), rest].concat(),
            };
            let options = Options { no_system_symbols: true, ..Options::default() };
            let input = Input::Static("mutation", bytes.leak());
            if let Ok(document) = open(&input, &Job::new(options)) {
                document.profile.check().unwrap();
            }
        }
    }
}
