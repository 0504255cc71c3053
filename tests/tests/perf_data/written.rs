//! Recordings that are written here: what no machine at hand records.

use std::io::Write as _;
use std::path::PathBuf;

use rview_core::{Profile, Scope};
use rview_formats::{Document, Input, Job, Options, open};

use crate::{kinds, totals};

const IP: u64 = 1;
const TID: u64 = 1 << 1;
const TIME: u64 = 1 << 2;
const READ: u64 = 1 << 4;
const CALLCHAIN: u64 = 1 << 5;
const PERIOD: u64 = 1 << 8;
const BRANCH_STACK: u64 = 1 << 11;
const IDENTIFIER: u64 = 1 << 16;
const BASE: u64 = IDENTIFIER | IP | TID | TIME | PERIOD;

const INHERIT: u64 = 1 << 1;
const SAMPLE_ID_ALL: u64 = 1 << 18;
const USE_CLOCKID: u64 = 1 << 25;

const MMAP: u32 = 1;
const LOST: u32 = 2;
const COMM: u32 = 3;
const THROTTLE: u32 = 5;
const SAMPLE: u32 = 9;

/// In the kernel.
const KERNEL: u16 = 1;
/// In a user program.
const USER: u16 = 2;

/// An event: what its samples have, and its ids.
#[derive(Clone, Default)]
struct Event {
    sample_type: u64,
    read_format: u64,
    flags: u64,
    branch_sample_type: u64,
    /// Which software event, and whose clock.
    config: u64,
    clock: u32,
    ids: Vec<u64>,
}

impl Event {
    fn new(sample_type: u64, id: u64) -> Self {
        let config = id - 7;
        Self { sample_type, flags: SAMPLE_ID_ALL, config, ids: vec![id], ..Self::default() }
    }

    /// `struct perf_event_attr` of a software event.
    fn attr(&self) -> Vec<u8> {
        let Self { sample_type, read_format, flags, branch_sample_type, config, clock, .. } = *self;
        let kind_and_size = 1 | 128 << 32;
        let sampling = [kind_and_size, config, 4000, sample_type, read_format, flags, 0, 0, 0];
        let mut attr = words(&sampling);
        attr.extend(words(&[branch_sample_type, 0, u64::from(clock) << 32]));
        attr.resize(128, 0);
        attr
    }
}

#[derive(Default)]
struct Recording {
    events: Vec<Event>,
    records: Vec<u8>,
    /// Numbers and bytes of feature sections.
    features: Vec<(u32, Vec<u8>)>,
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize((bytes.len() + 8) & !7, 0);
    bytes
}

fn ids(pid: u32, tid: u32) -> u64 {
    u64::from(pid) | u64::from(tid) << 32
}

impl Recording {
    fn new(events: impl IntoIterator<Item = Event>) -> Self {
        let mut recording = Self { events: events.into_iter().collect(), ..Self::default() };
        for tid in [1, 2] {
            recording.record(COMM, 0, &[words(&[ids(1, tid)]), text("app"), trailer(tid, 0)]);
        }
        let map = [words(&[ids(1, 1), 0x1000, 0x9000, 0]), text("/opt/app"), trailer(1, 0)];
        recording.record(MMAP, USER, &map);
        recording
    }

    fn record(&mut self, kind: u32, misc: u16, parts: &[Vec<u8>]) {
        let body = parts.concat();
        self.records.extend(kind.to_le_bytes());
        self.records.extend(misc.to_le_bytes());
        self.records.extend(u16::try_from(body.len() + 8).unwrap().to_le_bytes());
        self.records.extend(body);
    }

    /// A sample at an address, of an event with [`BASE`] and what `rest` has.
    fn sample(&mut self, id: u64, (tid, time): (u32, u64), rest: &[u64]) {
        let base = words(&[id, 0x1100 + time, ids(1, tid), time, 10]);
        self.record(SAMPLE, USER, &[base, words(rest)]);
    }

    fn bytes(&self) -> Vec<u8> {
        let attrs_at = 104;
        let ids_at = attrs_at + self.events.len() * 144;
        let n_ids: usize = self.events.iter().map(|event| event.ids.len()).sum();
        let data_at = ids_at + n_ids * 8;
        let mut bits = [0_u64; 4];
        for (feature, _) in &self.features {
            bits[0] |= 1 << feature;
        }
        let mut bytes = b"PERFILE2".to_vec();
        let sizes = [104, 144, attrs_at, self.events.len() * 144, data_at, self.records.len()];
        bytes.extend(words(&sizes.map(|size| size as u64)));
        bytes.extend(words(&[0, 0]));
        bytes.extend(words(&bits));
        let mut ids_at = ids_at as u64;
        for event in &self.events {
            let len = event.ids.len() as u64 * 8;
            bytes.extend(event.attr());
            bytes.extend(words(&[ids_at, len]));
            ids_at += len;
        }
        for event in &self.events {
            bytes.extend(words(&event.ids));
        }
        bytes.extend(&self.records);
        let mut at = (bytes.len() + self.features.len() * 16) as u64;
        for (_, section) in &self.features {
            bytes.extend(words(&[at, section.len() as u64]));
            at += section.len() as u64;
        }
        for (_, section) in &self.features {
            bytes.extend(section);
        }
        bytes
    }

    fn open(&self) -> Document {
        self.open_with(&[])
    }

    fn open_with(&self, dirs: &[PathBuf]) -> Document {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&self.bytes()).unwrap();
        let symbol_dirs = dirs.to_vec();
        let options = Options { symbol_dirs, no_system_symbols: true, ..Options::default() };
        let document = open(&Input::Path(file.path().into()), &Job::new(options)).unwrap();
        document.profile.check().unwrap();
        document
    }
}

/// What records other than samples of [`BASE`] end in.
fn trailer(tid: u32, time: u64) -> Vec<u8> {
    words(&[ids(1, tid), time, 0])
}

fn markers(profile: &Profile) -> Vec<(i64, String, Scope)> {
    let markers = profile.markers();
    let row = |row| {
        let marker = rview_core::MarkerId::from_index(row);
        let name = profile.function_name(markers.name(marker)).to_owned();
        (markers.times_ns()[row] + profile.origin_ns(), name, markers.scope(marker))
    };
    (0..markers.len()).map(row).collect()
}

#[test]
fn a_sample_of_no_event_is_left_out() {
    let mut recording = Recording::new([Event::new(BASE, 7), Event::new(BASE, 8)]);
    for (id, time) in [(7, 10), (99, 20), (8, 30), (0, 40)] {
        recording.sample(id, (1, time), &[]);
    }
    let document = recording.open();
    let samples: Vec<_> = totals(&document.profile).into_iter().map(|total| total.1).collect();
    assert_eq!(samples, [2, 1], "an id of 0 is the first event's");
    assert!(kinds(&document).contains(&"unknown-event"));
    // Old recordings do not tell which id is whose.
    for event in &mut recording.events {
        event.ids.clear();
    }
    assert_eq!(totals(&recording.open().profile)[0].1, 4);
}

#[test]
fn a_group_that_threads_inherit_counts_for_each_thread() {
    let group = |flags| {
        let event = |id| Event {
            read_format: 1 << 2 | 1 << 3,
            flags: SAMPLE_ID_ALL | flags,
            ..Event::new(BASE | READ, id)
        };
        let mut recording = Recording::new([event(7), event(8)]);
        for (tid, time, values) in [(1, 10, [100, 5]), (2, 20, [40, 1]), (1, 30, [130, 9])] {
            let [first, second] = values;
            recording.sample(7, (tid, time), &[2, first, 7, second, 8]);
        }
        let totals = totals(&recording.open().profile);
        totals.into_iter().map(|(_, samples, total)| (samples, total)).collect::<Vec<_>>()
    };
    assert_eq!(group(INHERIT), [(3, 100 + 40 + 30), (3, 5 + 1 + 4)]);
}

#[test]
fn losses_are_marked_when_they_were() {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.sample(7, (1, 10), &[]);
    recording.record(LOST, 0, &[words(&[7, 12]), trailer(1, 15)]);
    recording.record(THROTTLE, 0, &[words(&[20, 7, 7]), trailer(1, 20)]);
    recording.sample(7, (1, 30), &[]);
    let document = recording.open();
    let markers: Vec<_> = markers(&document.profile);
    let [lost, throttled] = &markers[..] else { panic!("{markers:?}") };
    assert_eq!((lost.0, lost.1.as_str(), lost.2), (15, "lost 12 records", Scope::Global));
    assert_eq!((throttled.0, throttled.1.as_str()), (20, "throttled"));
    assert!(matches!(throttled.2, Scope::Thread(_)));
    let marker = rview_core::MarkerId::from_index(0);
    let details = document.details(document.profile.markers().detail(marker).unwrap());
    assert_eq!(details[1], ("event".to_owned(), "cpu-clock".to_owned()));

    let mut cut = recording;
    cut.records.truncate(cut.records.len() - 8);
    let mut bytes = cut.bytes();
    let end = bytes.len();
    // The header still counts the bytes that are gone.
    bytes[48..56].copy_from_slice(&(end as u64).to_le_bytes());
    let document = open(&Input::Static("cut", bytes.leak()), &Job::default()).unwrap();
    let last = crate::written::markers(&document.profile).pop().unwrap();
    assert_eq!((last.0, last.1.as_str()), (20, "the recording is cut off here"));
}

#[test]
fn a_file_that_ends_in_what_describes_it_says_so() {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.sample(7, (1, 10), &[]);
    let host = [4_u32.to_le_bytes().to_vec(), b"demo".to_vec()].concat();
    recording.features = vec![(3, host.clone()), (4, host)];
    let bytes = recording.bytes();
    let is_noted = |len: usize| {
        let bytes = bytes[..len].to_vec().leak();
        let document = open(&Input::Static("cut", bytes), &Job::default()).unwrap();
        assert_eq!(totals(&document.profile)[0].1, 1);
        kinds(&document).contains(&"truncated")
    };
    assert!(!is_noted(bytes.len()));
    for cut in 1..=16 + 32 {
        assert!(is_noted(bytes.len() - cut), "{cut} bytes are missing");
    }
}

#[test]
fn branches_of_a_sample_are_kept_with_their_functions() {
    let event =
        Event { branch_sample_type: 1 << 17 | 1 << 19, ..Event::new(BASE | BRANCH_STACK, 7) };
    let mut recording = Recording::new([event]);
    // Number, index of the hardware, branches, a word of counters for each.
    let branches = [2, 0, 0x1100, 0x1200, 0b1 | 12 << 4, 0x3000, 0x90_0000, 0b10, 0, 0];
    recording.sample(7, (1, 10), &branches);
    recording.sample(7, (1, 20), &[0, 0]);
    let document = recording.open();
    assert_eq!(document.profile.branches().n_branches(), 2);
    let details = document.sample_details(0);
    let expected = [
        ("branch 1, mispredicted, 12 cycles", "0x1100 in app → 0x1200 in app"),
        ("branch 2, predicted", "0x3000 in app → 0x900000"),
    ];
    assert_eq!(details, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(document.sample_details(1).is_empty());
}

#[test]
fn branches_of_a_group_are_kept_once() {
    let event = |id| Event {
        read_format: 1 << 2 | 1 << 3,
        branch_sample_type: 1 << 17 | 1 << 19,
        ..Event::new(BASE | READ | BRANCH_STACK, id)
    };
    let mut recording = Recording::new([event(7), event(8)]);
    let (values, branches) = ([2, 100, 7, 5, 8], [1, 0, 0x1100, 0x1200, 0, 0]);
    recording.sample(7, (1, 10), &[&values[..], &branches].concat());
    let profile = recording.open().profile;
    assert_eq!(profile.samples().len(), 2);
    assert_eq!(profile.branches().n_branches(), 1);
}

#[test]
fn branches_that_are_calls_are_the_stack() {
    let event =
        Event { branch_sample_type: 1 << 11, ..Event::new(BASE | CALLCHAIN | BRANCH_STACK, 7) };
    let mut recording = Recording::new([event]);
    let (user, kernel) = (512_u64.wrapping_neg(), 128_u64.wrapping_neg());
    let calls = [2, 0x2000, 0x1100, 0, 0x3000, 0x2000, 0];
    let chain = |chain: &[u64]| [&[chain.len() as u64], chain, &calls].concat();
    recording.sample(7, (1, 10), &chain(&[user, 0x110a, 0x5555]));
    let in_kernel = u64::MAX << 32;
    let base = words(&[7, in_kernel, ids(1, 1), 20, 10]);
    recording.record(SAMPLE, KERNEL, &[base, words(&chain(&[kernel, in_kernel]))]);
    let profile = recording.open().profile;
    assert!(profile.branches().is_empty());
    let addresses = |sample: usize| {
        let callers = profile.samples().callers(sample).into_iter();
        let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
        let frames = callers.map(|stack| profile.frames().address(profile.stacks().frame(stack)));
        frames.collect::<Vec<_>>()
    };
    // The map starts at 0x1000.
    assert_eq!(addresses(0), [0x1000, 0x2000], "in place of the chain");
    assert!(addresses(1).is_empty(), "the kernel was not called from there");
}

/// A dump with `fib` at 0x7000 from 5 on, and `add` there from 15 on.
fn jit_dump() -> Vec<u8> {
    let mut dump = Vec::new();
    for word in [0x4a69_5444_u32, 1, 40, 62, 0, 1, 0, 0, 0, 0] {
        dump.extend(word.to_le_bytes());
    }
    for (time, index, name) in [(5, 1, "fib"), (15, 2, "add")] {
        let code = [0x90; 256];
        let numbers = words(&[time, ids(1, 1), 0x7000, 0x7000, 256, index]);
        let body = [&numbers, name.as_bytes(), &[0], &code].concat();
        dump.extend(0_u32.to_le_bytes());
        dump.extend(u32::try_from(body.len() + 8).unwrap().to_le_bytes());
        dump.extend(body);
    }
    dump
}

#[test]
fn code_of_a_jit_has_the_name_that_it_had_then() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("jit-1.dump"), jit_dump()).unwrap();
    std::fs::write(folder.path().join("perf-1.map"), "7000 100 by_map\n").unwrap();
    let names = |flags, dirs: &[PathBuf]| {
        let event = Event { flags: SAMPLE_ID_ALL | flags, clock: 1, ..Event::new(BASE, 7) };
        let mut recording = Recording::new([event]);
        let maps =
            [("/tmp/jit-1.dump", 0x1_0000, 1), ("//anon", 0x7000, 2), ("//anon", 0x7000, 12)];
        for (path, start, time) in maps {
            let map = [words(&[ids(1, 1), start, 0x1000, 0]), text(path), trailer(1, time)];
            recording.record(MMAP, USER, &map);
        }
        for time in [10, 20] {
            let base = words(&[7, 0x7010, ids(1, 1), time, 10]);
            recording.record(SAMPLE, USER, &[base]);
        }
        let document = recording.open_with(dirs);
        let profile = &document.profile;
        let leaf = |sample| crate::compare::described(profile, profile.samples().leaf(sample)).0;
        ([0, 1].map(leaf), kinds(&document))
    };
    let dirs = [folder.path().to_owned()];
    let (timed, notes) = names(USE_CLOCKID, &dirs);
    assert_eq!(timed, ["fib", "add"]);
    assert!(notes.is_empty(), "{notes:?}");
    let (untimed, notes) = names(0, &dirs);
    assert_eq!((untimed, notes), (["add", "add"].map(str::to_owned), vec!["jit-clock"]));
    let (unknown, notes) = names(USE_CLOCKID, &[]);
    assert_eq!(unknown, ["[unknown]", "[unknown]"]);
    assert!(notes.contains(&"jit-dump-missing"));
}

#[test]
fn a_dump_that_is_missing_is_looked_for_once() {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    for time in 1..=3 {
        let map =
            [words(&[ids(1, 1), 0x1_0000, 0x1000, 0]), text("/tmp/jit-1.dump"), trailer(1, time)];
        recording.record(MMAP, USER, &map);
    }
    recording.sample(7, (1, 10), &[]);
    let document = recording.open();
    let notes = document.report.notes();
    let missing = notes.iter().find(|note| note.kind == "jit-dump-missing");
    assert_eq!(missing.map(|note| note.count), Some(1));
}
