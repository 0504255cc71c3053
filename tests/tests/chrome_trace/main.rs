//! Chrome traces against what other tools say of them: Perfetto's trace processor for the
//! fixtures and its own test cases, counts of an independent reader for the rest.
//!
//! Tests of the corpus do nothing where there is none.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod perfetto_cases;
mod preview;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rview_core::{MarkerId, Profile, Scope, SliceId};
use rview_formats::{Document, Input, Job, Source, open};
use rview_tests::{corpus, fixtures_dir, manifest, mutate};
use serde_json::Value;

#[track_caller]
fn open_file(path: &Path) -> Document {
    let document = open(&Input::Path(path.into()), &Job::default());
    let document = document.unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    assert_eq!(document.format(), "chrome-trace", "{}", path.display());
    document.profile.check().unwrap();
    document
}

fn n_notes(document: &Document, kind: &str) -> u64 {
    let notes = document.report.notes();
    notes.into_iter().find(|note| note.kind == kind).map_or(0, |note| note.count)
}

/// A slice with all that one looks at, times as in the file.
struct Row<'a> {
    name: &'a str,
    start_ns: i64,
    duration_ns: i64,
    depth: u32,
    track: &'a str,
    /// Pid, name of the process, and of threads tid and name.
    process: (i64, &'a str),
    thread: Option<(i64, &'a str)>,
    details: u64,
}

fn rows(profile: &Profile) -> Vec<Row<'_>> {
    let (tracks, slices) = (profile.tracks(), profile.slices());
    let mut rows = Vec::new();
    for track in tracks.ids() {
        let row = tracks.row(track);
        let process = profile.processes().row(row.process);
        let thread = row.thread.map(|thread| profile.threads().row(thread));
        for lane in tracks.lanes(track) {
            for slice in slices.lane_slices(lane).map(SliceId::from_index) {
                rows.push(Row {
                    name: profile.function_name(slices.name(slice)),
                    start_ns: slices.start_ns(slice) + profile.origin_ns(),
                    duration_ns: slices.duration_ns(slice),
                    depth: slices.lanes()[lane.index()].depth,
                    track: profile.text(row.name),
                    process: (process.pid, profile.text(process.name)),
                    thread: thread.map(|thread| (thread.tid, profile.text(thread.name))),
                    details: slices.details(slice).next().unwrap_or_default(),
                });
            }
        }
    }
    rows
}

/// What Perfetto says of a fixture.
struct Perfetto {
    oracle: Value,
    /// Names of slices that it drops and we show.
    dropped: &'static [&'static str],
}

impl Perfetto {
    fn rows(&self, table: &str) -> &[Value] {
        self.oracle[table]["rows"].as_array().unwrap()
    }

    /// Count and total of closed slices and instants by name; `None` for the total where one
    /// was never closed.
    fn by_name(&self) -> BTreeMap<&str, (u64, Option<i64>)> {
        let row = |row: &'_ Value| {
            let total = (row[3] != -1).then(|| row[2].as_i64().unwrap());
            (row[1].as_u64().unwrap(), total)
        };
        self.rows("by_name").iter().map(|cells| (cells[0].as_str().unwrap(), row(cells))).collect()
    }
}

fn check_against_perfetto(file: &str, oracle: &str, dropped: &'static [&'static str]) {
    let folder = fixtures_dir().join("chrome-trace");
    let document = open_file(&folder.join(file));
    let profile = &*document.profile;
    let text = std::fs::read_to_string(folder.join(oracle)).unwrap();
    let perfetto = Perfetto { oracle: serde_json::from_str(&text).unwrap(), dropped };
    check_names(profile, &perfetto);
    check_threads(profile, &perfetto);
    check_counters(profile, &perfetto);
    check_flows(&document, &perfetto);
}

/// Slices and markers by name: how many, how long together.
fn check_names(profile: &Profile, perfetto: &Perfetto) {
    let mut actual: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for row in rows(profile) {
        let entry = actual.entry(row.name).or_default();
        *entry = (entry.0 + 1, entry.1 + row.duration_ns);
    }
    for marker in (0..profile.markers().len()).map(MarkerId::from_index) {
        actual.entry(profile.function_name(profile.markers().name(marker))).or_default().0 += 1;
    }
    actual.retain(|name, _| !perfetto.dropped.contains(name));
    let expected = perfetto.by_name();
    // A name that is no Unicode is shown as it stands in the file there.
    let differs = |name: &&str| name.contains('\u{fffd}') || name.contains("\\ud");
    let names = |names: Vec<&str>| -> Vec<String> {
        names.into_iter().filter(|name| !differs(name)).map(str::to_owned).collect()
    };
    assert_eq!(names(actual.keys().copied().collect()), names(expected.keys().copied().collect()));
    for (name, (n, total_ns)) in actual.into_iter().filter(|(name, _)| !differs(name)) {
        let (expected_n, expected_ns) = expected[name];
        assert_eq!(n, expected_n, "{name}");
        assert_eq!(total_ns, expected_ns.unwrap_or(total_ns), "{name}");
    }
}

/// Slices and markers by thread: how many, and how long together where all are closed.
fn check_threads(profile: &Profile, perfetto: &Perfetto) {
    let unclosed: Vec<&str> = perfetto
        .by_name()
        .iter()
        .filter(|(_, row)| row.1.is_none())
        .map(|(name, _)| *name)
        .collect();
    let end_ns = profile.origin_ns() + profile.duration_ns();
    let is_unclosed =
        |row: &Row<'_>| unclosed.contains(&row.name) && row.start_ns + row.duration_ns == end_ns;
    let mut actual: BTreeMap<(i64, i64), (u64, i64)> = BTreeMap::new();
    for row in rows(profile).iter().filter(|row| !perfetto.dropped.contains(&row.name)) {
        if let Some((tid, _)) = row.thread {
            // It cannot hold large ids.
            let tid = if tid < 1 << 40 { tid } else { row.process.0 };
            let entry = actual.entry((row.process.0, tid)).or_default();
            let closed_ns = if is_unclosed(row) { 0 } else { row.duration_ns };
            *entry = (entry.0 + 1, entry.1 + closed_ns);
        }
    }
    for marker in (0..profile.markers().len()).map(MarkerId::from_index) {
        if let Scope::Thread(thread) = profile.markers().scope(marker) {
            let thread = profile.threads().row(thread);
            let pid = profile.processes().row(thread.process).pid;
            actual.entry((pid, thread.tid)).or_default().0 += 1;
        }
    }
    let mut expected = BTreeMap::new();
    for row in perfetto.rows("by_thread") {
        let number = |cell: usize| row[cell].as_i64().unwrap();
        if number(4) > 0 {
            let count = row[4].as_u64().unwrap();
            expected.insert((number(2), number(0)), (count, number(5)));
        }
    }
    // Perfetto makes up other numbers for processes whose id is a text.
    actual.retain(|(pid, _), _| *pid >= 0);
    expected.retain(|(pid, _), _| *pid != 3962);
    assert_eq!(actual, expected);
}

/// Counters: how many values, the least, the greatest and their sum.
fn check_counters(profile: &Profile, perfetto: &Perfetto) {
    let counters = profile.counters();
    let mut actual: Vec<String> = Vec::new();
    for counter in counters.ids() {
        let values = counters.values(counter);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = values.iter().sum();
        actual.push(format!("{} {least} {greatest} {sum}", values.len()));
    }
    let expected = perfetto.rows("by_counter").iter().map(|row| {
        let number = |cell: usize| row[cell].as_f64().unwrap();
        format!("{} {} {} {}", number(1), number(2), number(3), number(4))
    });
    let mut expected: Vec<String> = expected.collect();
    actual.sort();
    expected.sort();
    assert_eq!(actual, expected);
}

/// Flows: names and starts of the slices at both ends.
///
/// To Perfetto instants are slices, so that flows may end at them, and a slice stays open until
/// the next begins. Here such a flow ends at the slice around its end; without one it is only
/// counted.
fn check_flows(document: &Document, perfetto: &Perfetto) {
    let profile = &*document.profile;
    let (flows, slices) = (profile.flows(), profile.slices());
    let end = |slice| {
        let start_ns = slices.start_ns(slice) + profile.origin_ns();
        format!("{} {start_ns}", profile.function_name(slices.name(slice)))
    };
    let ends = flows.ids().map(|flow| flows.ends(flow));
    let actual: BTreeSet<String> =
        ends.map(|(from, to)| format!("{} -> {}", end(from), end(to))).collect();
    let expected = perfetto.rows("flow_list");
    let n_here = flows.len() as u64 + n_notes(document, "flow-without-slice");
    assert_eq!(n_here, expected.len() as u64);
    for row in expected {
        let text = |cell: usize| row[cell].as_str().unwrap_or_default();
        let arrow = format!("{} {} -> {} {}", text(0), row[1], text(2), row[3]);
        let is_bound_otherwise = ["HitTest", "Layerize", "Resource", "SchedulePost", "responseEnd"]
            .iter()
            .any(|name| arrow.starts_with(name));
        assert!(actual.contains(&arrow) || is_bound_otherwise, "{arrow}");
    }
}

#[test]
fn recordings_of_chromium_equal_perfetto() {
    check_against_perfetto("chromium.json.gz", "chromium.perfetto.json", &[]);
}

#[test]
fn recordings_of_node_equal_perfetto() {
    check_against_perfetto("node.json", "node.perfetto.json", &[]);
}

#[test]
fn recordings_of_viztracer_equal_perfetto() {
    check_against_perfetto("viztracer.json", "viztracer.perfetto.json", &[]);
}

#[test]
fn recordings_of_clang_equal_perfetto() {
    check_against_perfetto("clang-time-trace.json", "clang-time-trace.perfetto.json", &[]);
}

#[test]
fn written_traces_equal_perfetto() {
    check_against_perfetto("array.json", "array.perfetto.json", &[]);
    // It drops slices without `dur`, slices that overlap, and steps of old operations.
    check_against_perfetto(
        "odd.json",
        "odd.perfetto.json",
        &["no dur", "overlap B", "half", "legacy"],
    );
}

fn fixture_lines(file: &str) -> String {
    let document = open_file(&fixtures_dir().join("chrome-trace").join(file));
    let mut lines = String::new();
    for row in rows(&document.profile) {
        let Row { name, start_ns, duration_ns, depth, .. } = row;
        writeln!(lines, "{depth} {name} {start_ns}+{duration_ns}").unwrap();
    }
    lines
}

#[test]
fn large_and_negative_times_are_exact() {
    assert_eq!(
        fixture_lines("large-ts.json"),
        "0 first 1700000000000000125+3001\n\
         1 second 1700000000000000500+1\n\
         1 third 1700000000000002750+375\n"
    );
    assert_eq!(
        fixture_lines("negative-ts.json"),
        "0 before zero -75500+100000\n1 child -20000+30000\n"
    );
}

#[test]
fn a_cut_recording_keeps_its_whole_events() {
    let document = open_file(&fixtures_dir().join("chrome-trace/truncated.json"));
    let rows = rows(&document.profile);
    assert_eq!(rows.len(), 31);
    assert_eq!(rows.iter().map(|row| row.duration_ns).sum::<i64>(), 2_325_000);
    assert_eq!(n_notes(&document, "truncated"), 1);
}

/// What the manifest says of a trace.
#[derive(Debug)]
struct Counts<'a> {
    phases: BTreeMap<&'a str, u64>,
    /// Total of all `X`, in nanoseconds.
    total_ns: i64,
    /// The most frequent names of `X`.
    top: Vec<(&'a str, u64)>,
}

impl<'a> Counts<'a> {
    fn parse(oracle: &'a str) -> Option<Self> {
        let (_, phases) = oracle.split_once("phases={")?;
        let (phases, rest) = phases.split_once('}')?;
        let phases = phases.split(", ").map(|pair| {
            let (phase, n) = pair.split_once(": ").unwrap();
            (phase.trim_matches('\''), n.parse().unwrap())
        });
        let (_, total) = rest.split_once("X total dur_us=")?;
        let (total, top) = total.split_once(" top X=[")?;
        let (whole, fraction) = total.split_once('.')?;
        let total_ns = format!("{whole}{fraction}").parse().ok()?;
        let (top, _) = top.split_once("] out_of_order")?;
        let top = top.split("), (").filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, n) = pair.rsplit_once("', ").unwrap();
            let name = name.trim_start_matches(['(', '\'']);
            (name, n.trim_end_matches(')').parse().unwrap())
        });
        Some(Self { phases: phases.collect(), total_ns, top: top.collect() })
    }

    fn sum(&self, phases: &[&str]) -> u64 {
        phases.iter().filter_map(|phase| self.phases.get(phase)).sum()
    }
}

#[test]
fn every_event_of_the_corpus_is_shown_or_counted() {
    let Some(corpus) = corpus() else { return };
    let mut n_checked = 0;
    for file in manifest(&corpus) {
        let Some(counts) = Counts::parse(&file.oracle) else { continue };
        let document = open_file(&corpus.join(&file.path));
        let (profile, path) = (&*document.profile, &file.path);
        let notes = |kind: &str| n_notes(&document, kind);

        let slices = profile.slices().len() as u64;
        let steps = counts.sum(&["T", "p"]);
        let expected = counts.sum(&["X", "B", "b", "S"]) + steps;
        let ends_shown = slices + notes("stray-async").min(steps);
        assert!(slices <= expected && ends_shown >= expected, "{path}: {slices} of {expected}");
        assert_eq!(profile.markers().len() as u64, counts.sum(&["i", "I", "R", "n"]), "{path}");
        let hops = profile.flows().len() as u64;
        let hops = hops + notes("flow-without-slice") + notes("flow-without-start");
        // Slices may have flows of their own, by `bind_id`.
        assert!(hops >= counts.sum(&["t", "f"]), "{path}");
        assert_eq!(notes("objects"), counts.sum(&["O", "N", "D"]), "{path}");
        let has_samples = !profile.samples().is_empty();
        assert!(has_samples || notes("cpu-samples") >= counts.sum(&["P"]), "{path}");
        let values = profile.counters().n_values() as u64;
        assert!(values >= counts.sum(&["C"]), "{path}");
        for kind in ["broken-event", "missing-phase", "missing-time", "broken-time", "truncated"] {
            assert_eq!(notes(kind), 0, "{path}: {kind}");
        }
        check_events(&corpus.join(&file.path), profile, &counts);
        n_checked += 1;
    }
    assert!(n_checked >= 20, "{n_checked}");
}

/// Reads the event of each slice with another parser and compares.
fn check_events(path: &Path, profile: &Profile, counts: &Counts<'_>) {
    let source = Source::open(path).unwrap().unwrap(&Job::default()).unwrap();
    let mut total_ns = 0;
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows(profile) {
        let at = usize::try_from(row.details).unwrap();
        let mut events = serde_json::Deserializer::from_slice(&source[at..]).into_iter::<Value>();
        let event = events.next().unwrap().unwrap();
        let time = |key: &str| event[key].as_f64().or_else(|| event[key].as_str()?.parse().ok());
        let phase = event["ph"].as_str().unwrap();
        if !matches!(phase, "T" | "p") {
            assert_eq!(event["name"].as_str().unwrap_or("[No name]"), row.name);
        }
        // An `f64` of microseconds is only as good as this.
        let start_us = time("ts").unwrap();
        let is_near = (start_us - row.start_ns as f64 / 1000.0).abs() <= start_us.abs() * 1e-15;
        assert!(is_near || phase == "p", "{start_us} is not {}", row.start_ns);
        if phase == "X" {
            let duration_us = time("dur").or_else(|| time("tdur")).unwrap_or_default();
            assert!((duration_us * 1000.0 - row.duration_ns as f64).abs() < 0.5, "{event}");
            total_ns += row.duration_ns;
            *names.entry(row.name).or_default() += 1;
        }
    }
    assert_eq!(total_ns, counts.total_ns, "{}", path.display());
    for (name, n) in &counts.top {
        assert_eq!(names.get(name), Some(n), "{}: {name}", path.display());
    }
}

/// Opens a file of the corpus and gives the lines `depth name start+duration` of its slices, in
/// microseconds, and its notes.
fn lines_of(corpus: &Path, path: &str) -> String {
    let document = open_file(&corpus.join(path));
    let us = |ns: i64| ns as f64 / 1000.0;
    let mut rows: Vec<String> = rows(&document.profile)
        .iter()
        .map(|row| (row.depth, row.name, us(row.start_ns), us(row.duration_ns)))
        .map(|(depth, name, start, duration)| format!("{depth} {name} {start}+{duration}"))
        .collect();
    let notes = document.report.notes();
    rows.extend(notes.iter().map(|note| format!("{} x{}", note.kind, note.count)));
    rows.join("; ")
}

#[test]
fn hostile_traces_of_the_corpus_open_as_they_should() {
    let Some(corpus) = corpus() else { return };
    let check = |file: &str, expected: &str| {
        assert_eq!(lines_of(&corpus, &format!("adversarial/{file}.json")), expected, "{file}");
    };
    check("bom_utf8", "0 a 1+5");
    check("cname_and_unknown_ph", "0 a 1+5; 0 multi 20+2; unknown-phase x1; missing-phase x1");
    check("duplicate_keys", "0 last 1+5");
    check("nan_infinity", "0 a 1+5; 0 b 10+2");
    check("truncated_mid_string", "0 ok1 1+5; 0 ok2 10+5; truncated x1");
    check("unsorted_BE", "0 outer 0+30; 1 inner 10+10");

    let exact = open_file(&corpus.join("adversarial/sub_us_precision.json"));
    let times: Vec<(i64, i64)> =
        rows(&exact.profile).iter().map(|row| (row.start_ns, row.duration_ns)).collect();
    assert_eq!(times, [(1_700_000_000_000_000_125, 500), (1_700_000_000_000_000_625, 250)]);

    let counters = open_file(&corpus.join("adversarial/counter_series.json")).profile;
    let values: Vec<&[f64]> =
        counters.counters().ids().map(|id| counters.counters().values(id)).collect();
    assert_eq!(values, [&[1.0, 3.0, 5.0][..], &[2.0, 4.0, 6.0][..]]);
}

#[test]
fn small_traces_of_the_corpus_nest_as_speedscope_shows_them() {
    let Some(corpus) = corpus() else { return };
    let check = |file: &str, expected: &str| {
        let path = format!("speedscope/trace-event_{file}.json");
        assert_eq!(lines_of(&corpus, &path), expected, "{file}");
    };
    check("simple-object", "0 alpha 0+14; 1 beta 1+12; 2 [No name] 7+4; missing-duration x1");
    check(
        "must-retain-original-order",
        "0 A 0+3; 0 A 4+3; 0 X 7+3; 1 B 0+2; 1 B 5+2; 2 C 0+1; 2 C 6+1",
    );
    check("zero-duration-events", "0 A 0+10; 1 B 1+0; 1 C 2+0; 1 D 3+0");
    check("out-of-order", "0 A 0+10; 1 B 1+8; 2 C 2+6");
    check("unbalanced-args", "0 A 0+10; 1 A 1+8");
    check("only-begin-events", "0 A 0+2; 1 B 1+1; 2 C 2+0; unclosed-slice x3");
    check("invalid-x-nesting", "0 alpha 0+10; 0 beta 5+10; overlapping x1");
    check("end-non-top-of-stack", "0 A 0+10; 0 Z 10+1; 1 B 1+9; missing-end x1");
}

#[test]
fn a_page_around_a_systrace_is_refused_by_name() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("catapult/trivial_systrace.html");
    let err = open(&Input::Path(path), &Job::default()).map(|_| ()).unwrap_err();
    assert!(err.to_string().contains("systrace"), "{err}");
}

#[test]
fn broken_traces_of_the_corpus_never_break_the_profile() {
    let Some(corpus) = corpus() else { return };
    let small = |file: &&rview_tests::CorpusFile| {
        let is_trace = file.format.starts_with("Chrome Trace") && !file.path.contains(".gz");
        is_trace && std::fs::metadata(corpus.join(&file.path)).unwrap().len() < 10_000
    };
    for file in manifest(&corpus).iter().filter(small) {
        let bytes = std::fs::read(corpus.join(&file.path)).unwrap();
        for seed in 0..300 {
            let source = Source::from_vec(mutate(&bytes, seed));
            let Ok(importer) = rview_formats::detect(&source) else { continue };
            if let Ok(profile) = importer.import(&source, &Job::default()) {
                profile.check().unwrap_or_else(|err| panic!("{} {seed}: {err}", file.path));
                for row in rows(&profile) {
                    importer.details(&source, row.details);
                }
            }
        }
    }
}
