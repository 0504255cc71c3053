//! Texts of `perf script`, against the recordings they were made of and against other readers.
#![expect(clippy::unwrap_used, reason = "only tests get here")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rview_core::Profile;
use rview_formats::{Document, Input, Job, Options, Source, open};

fn open_text(path: &Path) -> Document {
    let options = Options { no_system_symbols: true, ..Options::default() };
    let document = open(&Input::Path(path.into()), &Job::new(options));
    let document = document.unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    document.profile.check().unwrap();
    document
}

fn fixtures(folder: &str) -> PathBuf {
    rview_tests::fixtures_dir().join(folder)
}

/// Name, samples and sum of each value type.
fn totals(profile: &Profile) -> Vec<(String, usize, i64)> {
    let value_types = profile.value_types().iter().zip(profile.value_type_ids());
    let totals = value_types.map(|(value_type, id)| {
        let weights = profile.samples().weights(id);
        (value_type.name.to_string(), weights.len(), weights.total())
    });
    totals.collect()
}

/// The functions of each sample, root first, between semicolons, and how often they occur.
fn stacks(profile: &Profile) -> BTreeMap<String, usize> {
    let mut stacks = BTreeMap::new();
    for sample in 0..profile.samples().len() {
        let callers = profile.samples().callers(sample).into_iter();
        let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
        let callers = callers.map(|stack| profile.stacks().frame(stack));
        let frames = std::iter::once(profile.samples().leaf(sample)).chain(callers);
        let mut names = Vec::new();
        for frame in frames {
            for line in profile.symbols().lines(frame).iter().rev() {
                names.push(profile.function_name(line.function));
            }
        }
        names.reverse();
        *stacks.entry(names.join(";")).or_default() += 1;
    }
    stacks
}

#[test]
fn a_text_has_the_samples_of_its_recording() {
    let text = open_text(&fixtures("perf-script").join("threads.script"));
    let recording = open_text(&fixtures("perf.data").join("dwarf.perf.data"));
    assert_eq!(text.format(), "perf-script");
    assert_eq!(totals(&text.profile), totals(&recording.profile));
    assert_eq!(text.profile.duration_ns(), recording.profile.duration_ns());
    assert_eq!(text.profile.origin_ns(), recording.profile.origin_ns());
    let threads = |profile: &Profile| -> Vec<(i64, String)> {
        let rows = profile.threads().ids().map(|id| profile.threads().row(id));
        let mut threads: Vec<_> =
            rows.map(|row| (row.tid, profile.text(row.name).to_owned())).collect();
        threads.sort();
        threads
    };
    assert_eq!(threads(&text.profile), threads(&recording.profile));
    assert!(text.report.notes().is_empty(), "{:?}", text.report.notes());
}

#[test]
fn inlined_functions_and_lines_are_kept() {
    let document = open_text(&fixtures("perf-script").join("lines.script"));
    let profile = &document.profile;
    assert!(document.report.notes().is_empty(), "{:?}", document.report.notes());
    let stacks = stacks(profile);
    let usual = "_start;__libc_start_main_impl;__libc_start_call_main;main;bake;stir";
    let most = stacks.iter().max_by_key(|(_, count)| **count);
    assert_eq!(most.map(|(stack, _)| stack.as_str()), Some(usual));
    let lines = profile.frames().ids().find_map(|frame| {
        let lines = profile.symbols().lines(frame);
        (lines.len() == 2).then_some(lines)
    });
    let described: Vec<String> = lines
        .unwrap()
        .iter()
        .map(|line| {
            let function = profile.symbols().functions().row(line.function);
            let file = profile.text(function.file.unwrap());
            format!("{} {file}:{}", profile.function_name(line.function), line.line)
        })
        .collect();
    assert_eq!(described, ["bake lines.c:5", "stir lines.c:4"]);
}

/// Other people's texts: how many lines are samples, and what their periods add up to.
const CORPUS: &[(&str, usize, i64)] = &[
    ("flamegraph/perf-dd-stacks-01.txt", 11, 111_111_110),
    ("flamegraph/perf-java-stacks-01.txt", 46, 46),
    ("inferno/collapse-perf_go-stacks.txt", 5, 1_250_000),
    ("speedscope/linux-perf_simple.linux-perf.txt", 1, 1_001_001),
    ("speedscope/linux-perf_forks.linux-perf.txt", 561, 561_561_561),
    ("firefox/simple-perf.txt.gz", 163, 163_000_000),
    ("firefox/gzip.perf.gz", 420, 283_922_691),
];

#[test]
fn every_sample_of_other_peoples_texts_is_read() {
    let Some(corpus) = rview_tests::corpus() else { return };
    for &(name, samples, total) in CORPUS {
        let document = open_text(&corpus.join(name));
        assert_eq!(document.format(), "perf-script", "{name}");
        let totals = totals(&document.profile);
        assert_eq!((totals[0].1, totals[0].2), (samples, total), "{name}");
        // What says no period says how often, and nothing else is wrong.
        let mut notes = document.report.notes();
        notes.retain(|note| note.kind != "no-period");
        assert!(notes.is_empty(), "{name}: {notes:?}");
    }
}

#[test]
fn texts_beside_recordings_have_their_stacks() {
    let Some(corpus) = rview_tests::corpus() else { return };
    let local = corpus.join("perf/local");
    let name = "fp-pie.perf.data";
    let text = Source::open(&local.join(format!("{name}.script.txt.gz"))).unwrap();
    let text = text.unwrap(&Job::default()).unwrap();
    let samples = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let samples = samples.filter(|line| !line.starts_with(b"\t")).count();
    let text = open_text(&local.join(format!("{name}.script.txt.gz")));
    assert_eq!(text.profile.samples().len(), samples);
    let recording = open_text(&local.join(name));
    assert_eq!(totals(&text.profile), totals(&recording.profile));
}
