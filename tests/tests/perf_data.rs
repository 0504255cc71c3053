//! Recordings of `perf record`, against what perf itself says of them.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "only tests get here")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rview_core::{FrameId, Profile};
use rview_formats::{Document, Input, Job, Options, Source, open};
use rview_tests::mutate;

/// Samples and the sum of their periods.
type Counts = (u64, i64);

/// What is counted: event, thread, module, function.
type Key = (String, String, String, String);

/// One sample of the text of `perf script`.
struct Scripted {
    event: String,
    /// As `pid/tid`.
    thread: String,
    period: i64,
    /// Function and module, leaf first.
    frames: Vec<(String, String)>,
}

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
    let value_types = profile.value_types().iter().zip(profile.value_type_ids());
    value_types
        .map(|(value_type, id)| {
            let weights = profile.samples().weights(id);
            (value_type.name.to_string(), weights.len() as u64, weights.total())
        })
        .filter(|&(_, samples, _)| samples > 0)
        .collect()
}

/// The text beside a recording, packed or not.
fn text_beside(recording: &Path, ending: &str) -> Option<String> {
    let name = recording.file_name()?.to_str()?;
    let stem = if ending.starts_with(".script.txt") && recording.starts_with(fixtures()) {
        name.strip_suffix(".perf.data")?
    } else {
        name
    };
    let path = recording.with_file_name(format!("{stem}{ending}"));
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let source = Source::open(&path).or_else(|_| Source::open(&packed)).ok()?;
    let source = source.unwrap(&Job::default()).ok()?;
    Some(String::from_utf8_lossy(&source).into_owned())
}

/// Reads the text of `perf script -F comm,pid,tid,time,event,period,ip,sym,dso`.
fn parse_script(text: &str) -> Vec<Scripted> {
    let mut samples: Vec<Scripted> = Vec::new();
    let mut inlined_at = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with(['\t']) {
            let sample = samples.last_mut().expect("a frame belongs to a sample");
            // perf prints what is inlined at an address before the physical function there.
            let (address, _) = line.trim().split_once(' ').expect("an address");
            if inlined_at.take().is_some_and(|at| at == address) {
                sample.frames.pop();
            }
            inlined_at = line.ends_with(" (inlined)").then_some(address);
            sample.frames.push(parse_frame(line.trim()));
            continue;
        }
        // The name may contain spaces, the thread is the first word with digits and a slash.
        let is_thread = |word: &&str| {
            word.split_once('/').is_some_and(|(pid, tid)| {
                [pid, tid].iter().all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
            })
        };
        let thread = line.split_whitespace().find(is_thread).expect("a thread");
        let (_, rest) = line.split_once(&format!(" {thread} ")).expect("what follows it");
        let mut rest = rest.trim_start().splitn(2, ": ");
        rest.next().expect("a time");
        let rest = rest.next().expect("a period").trim_start();
        let (period, rest) = rest.split_once(' ').expect("an event");
        let (event, frame) = rest.trim_start().split_once(": ").unwrap_or((rest.trim(), ""));
        let frames = Some(frame.trim()).filter(|frame| !frame.is_empty()).map(parse_frame);
        samples.push(Scripted {
            event: event.trim_end_matches(':').to_owned(),
            thread: thread.to_owned(),
            period: period.parse().expect("a number"),
            frames: frames.into_iter().collect(),
        });
    }
    samples
}

/// Reads `2cd4 work::Mix<5>::run (/tmp/hot)`.
fn parse_frame(frame: &str) -> (String, String) {
    let (_, rest) = frame.split_once(' ').expect("an address");
    let (function, path) = rest.rsplit_once(" (").expect("a module");
    let path = path.trim_end_matches(')');
    let module = path.rsplit('/').next().unwrap_or(path);
    // In its reports perf calls this module otherwise than in its scripts.
    let pid = module.strip_prefix("perf-").and_then(|name| name.strip_suffix(".map"));
    let module = pid.map_or(module.to_owned(), |pid| format!("[JIT] tid {pid}"));
    (function.to_owned(), module)
}

/// Function and module of a frame, as perf writes them.
fn described(profile: &Profile, frame: FrameId) -> (String, String) {
    let function = profile.symbols().lines(frame)[0].function;
    let module = match profile.function_module(function) {
        "" => "[unknown]",
        module => module,
    };
    (profile.function_name(function).to_owned(), module.to_owned())
}

/// Calls `visit(event, pid/tid, period, frames)` for each sample, frames leaf first.
fn for_each_sample(profile: &Profile, mut visit: impl FnMut(&str, &str, i64, &[(String, String)])) {
    let samples = profile.samples();
    for (value_type, id) in profile.value_types().iter().zip(profile.value_type_ids()) {
        samples.weights(id).for_each(|sample, weight| {
            let thread = profile.threads().row(samples.threads()[sample]);
            let process = profile.processes().row(thread.process);
            let callers = samples.callers(sample).into_iter();
            let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
            let callers = callers.map(|stack| profile.stacks().frame(stack));
            let frames: Vec<_> = std::iter::once(samples.leaf(sample))
                .chain(callers)
                .map(|frame| described(profile, frame))
                .collect();
            let thread = format!("{}/{}", process.pid, thread.tid);
            visit(&value_type.name, &thread, weight, &frames);
        });
    }
}

fn add(counts: &mut BTreeMap<Key, Counts>, key: [&str; 4], period: i64) {
    let [event, thread, module, function] = key.map(str::to_owned);
    let count = counts.entry((event, thread, module, function)).or_default();
    *count = (count.0 + 1, count.1 + period);
}

/// What two readers of a recording must agree on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The leaves in modules that are known.
    Leaves,
    /// Every function of every stack.
    Stacks,
}

/// Adds up the leaves by thread and the functions of whole stacks, once a sample. Functions
/// of modules that are not `known` have no names: theirs may differ from perf's.
fn tally(
    counts: &mut BTreeMap<Key, Counts>,
    (known, depth): (&[&str], Depth),
    (event, thread, period): (&str, &str, i64),
    frames: &[(String, String)],
) {
    let name = |frame: &(String, String)| {
        let is_known = known.contains(&frame.1.as_str());
        if is_known { frame.0.clone() } else { "-".to_owned() }
    };
    let counts_leaf =
        |leaf: &&(String, String)| depth == Depth::Stacks || known.contains(&leaf.1.as_str());
    if let Some(leaf) = frames.first().filter(counts_leaf) {
        add(counts, [event, thread, &leaf.1, &name(leaf)], period);
    }
    if depth == Depth::Leaves {
        return;
    }
    let functions: std::collections::BTreeSet<_> =
        frames.iter().map(|frame| (frame.1.clone(), name(frame))).collect();
    for (module, function) in functions {
        add(counts, [event, "whole stack", &module, &function], period);
    }
}

/// Compares a recording with the text of `perf script` beside it.
#[track_caller]
fn check_script(recording: &Path, symbol_dirs: &[PathBuf], known: &[&str]) {
    let Some(text) = text_beside(recording, ".script.txt") else { return };
    let document = open_with(recording, symbol_dirs);
    // Stacks that perf unwinds by DWARF are not read yet.
    let depth =
        if kinds(&document).contains(&"user-stacks") { Depth::Leaves } else { Depth::Stacks };
    let mut expected = BTreeMap::new();
    for Scripted { event, thread, period, frames } in parse_script(&text) {
        // perf names events in full where the header has no names.
        let event = event.strip_suffix('H').unwrap_or(&event);
        tally(&mut expected, (known, depth), (event, &thread, period), &frames);
    }
    let mut found = BTreeMap::new();
    for_each_sample(&document.profile, |event, thread, period, frames| {
        tally(&mut found, (known, depth), (event, thread, period), frames);
    });
    let differences: Vec<_> = expected
        .keys()
        .chain(found.keys())
        .filter(|key| expected.get(key) != found.get(key))
        .map(|key| format!("{key:?}: {:?} {:?}\n", expected.get(key), found.get(key)))
        .collect();
    let differences = differences.concat();
    assert!(differences.is_empty(), "{}, perf and rview:\n{differences}", recording.display());
    assert!(!expected.is_empty());
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
    assert_eq!(recordings.len(), 11);
    for recording in recordings {
        check_script(&recording, &[fixtures()], &["threads.bin", "forks.bin", "leaf.bin"]);
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

/// What perf 6.1 says of recordings of other machines: samples by event and the sum of all
/// periods.
const TOTALS: &[(&str, &[u64], i64)] = &[
    ("conv/single-event-multi-process.perf.data", &[19989], 4_997_250_000),
    ("jit/node-perfmap.perf.data", &[866], 433_216_500),
    ("lpd/sleep.compressed.data", &[8], 2_201_546),
    ("lpd/sleep.compressed2.pipe.data", &[7], 4_949_523),
    ("lpd/sleep.data", &[7], 668_601),
    ("quipper/perf.data.armv7-3.4", &[669, 644, 633, 613, 640, 694], 685_336_932),
    ("quipper/perf.data.branch-4.14", &[13], 2_668_332),
    ("quipper/perf.data.busy.0-3.4", &[67, 127, 135, 70, 123, 106], 370_909_580),
    ("quipper/perf.data.callgraph-3.8", &[1768], 291_177_942),
    ("quipper/perf.data.ctx_switch_namespaces-4.14", &[2], 2),
    ("quipper/perf.data.group_desc-4.14", &[7, 6], 189_722),
    // These samples have no period of their own: perf script shows that of the event.
    ("quipper/perf.data.hw_and_sw-3.4", &[207, 4734], 4_941_000_000),
    ("quipper/perf.data.hybrid_topology", &[7], 7_048_948),
    ("quipper/perf.data.intel_pt-4.14", &[15], 2_213_124),
    ("quipper/perf.data.lost_samples-4.4", &[97, 80, 14], 3_820_573),
    ("quipper/perf.data.piped.ctx_switch_namespaces-4.14", &[7], 2_383_444),
    ("quipper/perf.data.piped.header_features-4.16", &[2], 500_000),
    ("quipper/perf.data.piped.no_attr_ids-4.14", &[7], 3_051_275),
    ("quipper/perf.data.piped.target.throttled-3.4", &[228], 374_982_093),
    // Nor do these.
    ("quipper/perf.data.proc.map.timeout-3.18", &[8], 32_000_000),
    ("quipper/perf.data.raw-3.4", &[441], 434_865_892),
    ("quipper/perf.data.singleprocess-3.8", &[13], 1_010_740),
    ("quipper/perf.data.systemwide.1-3.4", &[518, 477, 523, 480, 476, 493], 829_669_036),
    ("synth/littleendian.perf.data", &[50], 51_225),
    ("local/per-thread.perf.data", &[980], 490_245_000),
    // perf cannot read these two: what is whole in them counts.
    ("local/killed.perf.data", &[4660], 932_000_000),
    ("local/truncated.perf.data", &[217], 108_500_000),
];

#[test]
fn recordings_of_other_machines_have_the_totals_of_perf() {
    let Some(corpus) = corpus() else { return };
    for &(name, samples, period) in TOTALS {
        let totals = totals(&open_with(&corpus.join(name), &[]).profile);
        assert_eq!(totals.iter().map(|total| total.1).collect::<Vec<_>>(), samples, "{name}");
        assert_eq!(totals.iter().map(|total| total.2).sum::<i64>(), period, "{name}");
    }
}

/// Samples and the sum of their periods as `linux-perf-data` reads them.
fn read_by_another(path: &Path) -> Option<Counts> {
    use linux_perf_data::linux_perf_event_reader::EventRecord;
    use linux_perf_data::{PerfFileReader, PerfFileRecord};
    let bytes = std::io::Cursor::new(std::fs::read(path).ok()?);
    let is_pipe = bytes.get_ref().get(8) == Some(&16);
    let mut counts = (0, 0);
    let mut count = |record: PerfFileRecord<'_>, periods: &[Option<u64>]| {
        let PerfFileRecord::EventRecord { attr_index, record } = record else { return Some(()) };
        if let EventRecord::Sample(sample) = record.parse().ok()? {
            let period = sample.period.or(*periods.get(attr_index)?)?;
            counts = (counts.0 + 1, counts.1 + i64::try_from(period).ok()?);
        }
        Some(())
    };
    // A period that a sample does not have is that of its event; only files tell it early.
    if is_pipe {
        let PerfFileReader { mut perf_file, mut record_iter } =
            PerfFileReader::parse_pipe(bytes).ok()?;
        while let Some(record) = record_iter.next_record(&mut perf_file).ok()? {
            count(record, &[])?;
        }
    } else {
        let PerfFileReader { mut perf_file, mut record_iter } =
            PerfFileReader::parse_file(bytes).ok()?;
        let periods: Vec<_> = perf_file.event_attributes().iter().map(sampling_period).collect();
        while let Some(record) = record_iter.next_record(&mut perf_file).ok()? {
            count(record, &periods)?;
        }
    }
    Some(counts)
}

fn sampling_period(event: &linux_perf_data::AttributeDescription) -> Option<u64> {
    use linux_perf_data::linux_perf_event_reader::SamplingPolicy;
    match event.attributes().sampling_policy {
        SamplingPolicy::Period(period) => Some(period.get()),
        SamplingPolicy::Frequency(_) | SamplingPolicy::NoSampling => None,
    }
}

#[test]
fn another_reader_finds_the_same_samples() {
    let mut recordings = recordings(&fixtures());
    if let Some(corpus) = corpus() {
        recordings.extend(TOTALS.iter().map(|(name, ..)| corpus.join(name)));
        recordings.extend(self::recordings(&corpus.join("local")));
    }
    let mut n_compared = 0;
    for recording in recordings {
        // It gives up at the end of what is cut off, and counts a group as one sample.
        let name = recording.to_string_lossy();
        if ["killed", "truncated", "group"].iter().any(|left_out| name.contains(left_out)) {
            continue;
        }
        let Some(expected) = read_by_another(&recording) else { continue };
        let totals = totals(&open_with(&recording, &[]).profile);
        let found = totals.iter().fold((0, 0), |sum, total| (sum.0 + total.1, sum.1 + total.2));
        assert_eq!(found, expected, "{name}");
        n_compared += 1;
    }
    assert!(n_compared >= 8, "only {n_compared} recordings could be compared");
}

#[track_caller]
fn check_fixture(name: &str, expected: &[(&str, u64, i64)], notes: &[&str]) -> Document {
    let document = open_with(&fixtures().join(name), &[fixtures()]);
    let totals = totals(&document.profile);
    let totals: Vec<_> =
        totals.iter().map(|(name, samples, total)| (name.as_str(), *samples, *total)).collect();
    assert_eq!(totals, expected, "{name}");
    let kinds = kinds(&document);
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| !kind.starts_with("symbols-")).collect();
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
    assert_eq!(units, ["nanoseconds", "nanoseconds", "count"]);
    let group = [("cpu-clock:u", 48, 98_853_109), ("task-clock:u", 48, 98_349_616)];
    check_fixture("group.perf.data", &group, &[]);
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
