//! Recordings that are written here: what no machine at hand records.

use std::io::Write as _;
use std::path::PathBuf;

use rview_core::{Profile, Scope};
use rview_formats::{Document, Input, Job, Options, open};

use rview_tests::recording::flags::{INHERIT, SAMPLE_ID_ALL, USE_CLOCKID};
use rview_tests::recording::kind::{FORK, LOST, NAMESPACES, SAMPLE, THROTTLE};
use rview_tests::recording::sample_type::{
    BASE, BRANCH_STACK, CALLCHAIN, READ, REGS_USER, STACK_USER,
};
use rview_tests::recording::{
    Event, KERNEL, Recording, build_id, feature, ids, string, trailer, words,
};

use crate::{kinds, totals};

/// Opens a recording without a look at this machine.
pub(crate) fn opened(recording: &Recording) -> Document {
    opened_with(recording, &[])
}

pub(crate) fn opened_with(recording: &Recording, dirs: &[PathBuf]) -> Document {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&recording.bytes()).unwrap();
    let symbol_dirs = dirs.to_vec();
    let options = Options { symbol_dirs, no_system_symbols: true, ..Options::default() };
    let document = open(&Input::Path(file.path().into()), &Job::new(options)).unwrap();
    document.profile.check().unwrap();
    document
}

/// The name of the leaf of a sample.
pub(crate) fn leaf(profile: &Profile, sample: usize) -> String {
    crate::compare::described(profile, profile.samples().leaf(sample)).0
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
    let document = opened(&recording);
    let samples: Vec<_> = totals(&document.profile).into_iter().map(|total| total.1).collect();
    assert_eq!(samples, [2, 1], "an id of 0 is the first event's");
    assert!(kinds(&document).contains(&"unknown-event"));
    // Old recordings do not tell which id is whose.
    for event in &mut recording.events {
        event.ids.clear();
    }
    assert_eq!(totals(&opened(&recording).profile)[0].1, 4);
}

#[test]
fn jumps_of_a_stripped_binary_have_the_names_of_where_they_go() {
    let mut recording = Recording::empty([Event::new(BASE, 7)]);
    recording.map(1, (0x40_0000, 0x1000), "/opt/jumps.bin", 1);
    for (address, time) in [(0x270, 10), (0x28f, 20), (0x292, 30)] {
        recording.sample_at(7, 0x40_0000 + address, (1, 1, time), &[]);
    }
    let symbols = rview_tests::fixtures_dir().join("symbols");
    let document = opened_with(&recording, &[symbols]);
    let leaves: Vec<String> = (0..3).map(|sample| leaf(&document.profile, sample)).collect();
    assert_eq!(leaves, ["second@plt", "first@plt", "[unknown]"]);
    assert!(kinds(&document).contains(&"symbols-missing"));
}

#[test]
fn nothing_left_of_what_was_lost_is_told_as_such() {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.record(LOST, 0, &[words(&[7, 9780]), trailer(1, 20)]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&recording.bytes()).unwrap();
    let err = open(&Input::Path(file.path().into()), &Job::default()).unwrap_err().to_string();
    assert!(err.contains("lost") && err.contains("`-m`"), "{err}");
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
        let totals = totals(&opened(&recording).profile);
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
    let document = opened(&recording);
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
    let document = opened(&recording);
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
    let profile = opened(&recording).profile;
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
    let profile = opened(&recording).profile;
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

/// A dump of functions: when they are made, where and what they are called.
fn jit_dump<'a>(functions: impl IntoIterator<Item = (u64, u64, &'a str)>) -> Vec<u8> {
    let mut dump = Vec::new();
    for word in [0x4a69_5444_u32, 1, 40, 62, 0, 1, 0, 0, 0, 0] {
        dump.extend(word.to_le_bytes());
    }
    for (index, (time, address, name)) in (1..).zip(functions) {
        let code = [0x90; 16];
        let numbers = words(&[time, ids(1, 1), address, address, 16, index]);
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
    std::fs::write(
        folder.path().join("jit-1.dump"),
        jit_dump([(5, 0x7010, "fib"), (15, 0x7010, "add")]),
    )
    .unwrap();
    std::fs::write(folder.path().join("perf-1.map"), "7000 100 by_map\n").unwrap();
    let names = |flags, dirs: &[PathBuf]| {
        let event = Event { flags: SAMPLE_ID_ALL | flags, clock: 1, ..Event::new(BASE, 7) };
        let mut recording = Recording::new([event]);
        let maps =
            [("/tmp/jit-1.dump", 0x1_0000, 1), ("//anon", 0x7000, 2), ("//anon", 0x7000, 12)];
        for (path, start, time) in maps {
            recording.map(1, (start, 0x1000), path, time);
        }
        for time in [10, 20] {
            recording.sample_at(7, 0x7010, (1, 1, time), &[]);
        }
        let document = opened_with(&recording, dirs);
        ([0, 1].map(|sample| leaf(&document.profile, sample)), kinds(&document))
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
        recording.map(1, (0x1_0000, 0x1000), "/tmp/jit-1.dump", time);
    }
    recording.sample(7, (1, 10), &[]);
    let document = opened(&recording);
    let notes = document.report.notes();
    let missing = notes.iter().find(|note| note.kind == "jit-dump-missing");
    assert_eq!(missing.map(|note| note.count), Some(1));
}

#[test]
fn code_of_a_jit_has_the_lines_that_its_dump_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut dump = jit_dump([]);
    let mut info = words(&[6, 0x7010, 2, 0x7010, 3]);
    info.extend(b"fib.js\0");
    info.extend(words(&[0x7018, 5]));
    info.extend(b"\xff\0");
    dump.extend(2_u32.to_le_bytes());
    dump.extend(u32::try_from(info.len() + 8).unwrap().to_le_bytes());
    dump.extend(info);
    dump.extend(&jit_dump([(6, 0x7010, "fib")])[40..]);
    std::fs::write(folder.path().join("jit-1.dump"), dump).unwrap();
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.map(1, (0x1_0000, 0x1000), "/tmp/jit-1.dump", 1);
    for (address, time) in [(0x7012, 10), (0x7019, 20)] {
        recording.sample_at(7, address, (1, 1, time), &[]);
    }
    let profile = opened_with(&recording, &[folder.path().to_owned()]).profile;
    let lines = [0, 1].map(|sample| {
        let line = profile.symbols().lines(profile.samples().leaf(sample))[0];
        let function = profile.symbols().functions().row(line.function);
        (profile.text(function.name), function.file.map(|file| profile.text(file)), line.line)
    });
    assert_eq!(lines, [("fib", Some("fib.js"), 3), ("fib", Some("fib.js"), 5)]);
}

#[test]
fn a_process_with_the_pid_of_a_jit_has_none_of_its_code() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("jit-1.dump"), jit_dump([(5, 0x7010, "fib")])).unwrap();
    let mut recording = Recording::new([Event {
        flags: SAMPLE_ID_ALL | USE_CLOCKID,
        clock: 1,
        ..Event::new(BASE, 7)
    }]);
    recording.map(1, (0x1_0000, 0x1000), "/tmp/jit-1.dump", 1);
    recording.sample_at(7, 0x7010, (1, 1, 10), &[]);
    // The pid is used again, by a program without a JIT whose code is where memory was.
    recording.record(FORK, 0, &[words(&[ids(1, 9), ids(1, 9), 20]), trailer(1, 20)]);
    recording.map(1, (0x7000, 0x1000), "//anon", 21);
    recording.sample_at(7, 0x7010, (1, 1, 30), &[]);
    let document = opened_with(&recording, &[folder.path().to_owned()]);
    let names = [0, 1].map(|sample| leaf(&document.profile, sample));
    assert_eq!(names, ["fib", "[unknown]"]);
}

#[test]
fn code_that_comes_between_stacks_to_unwind_is_all_kept() {
    const N_LOADS: u64 = 40_000;
    let name = |n: u64| if n.is_multiple_of(2) { "even" } else { "odd" };
    let folder = tempfile::tempdir().unwrap();
    let loads = (1..=N_LOADS).map(|n| (n * 10, 0x10_0000 + n * 16, name(n)));
    std::fs::write(folder.path().join("jit-1.dump"), jit_dump(loads)).unwrap();
    let event = Event { flags: SAMPLE_ID_ALL | USE_CLOCKID, clock: 1, ..dwarf_event() };
    let mut recording = Recording::new([event]);
    recording.features = vec![(feature::ARCH, string("x86_64"))];
    recording.map(1, (0x1_0000, 0x1000), "/tmp/jit-1.dump", 1);
    for n in 1..=N_LOADS {
        // No registers, and none of the stack: the sample waits with the others all the same.
        recording.sample_at(7, 0x10_0008 + n * 16, (1, 1, n * 10 + 1), &[0, 0]);
    }
    let document = opened_with(&recording, &[folder.path().to_owned()]);
    assert_eq!(kinds(&document), Vec::<&str>::new());
    let leaves = (0..document.profile.samples().len()).map(|row| leaf(&document.profile, row));
    assert!(leaves.eq((1..=N_LOADS).map(name)));
}

/// An event whose samples wait for their stacks to be unwound.
fn dwarf_event() -> Event {
    Event::new(BASE | REGS_USER | STACK_USER, 7)
}

#[test]
fn a_chain_that_the_kernel_has_cut_says_so() {
    let user = 512_u64.wrapping_neg();
    let stack = |n_callers: u64, is_recursive: bool| {
        let event = Event { sample_max_stack: 9, ..Event::new(BASE | CALLCHAIN, 7) };
        let mut recording = Recording::new([event]);
        let caller = |n: u64| if is_recursive { 0x2000 } else { 0x2000 + n * 16 };
        let mut chain = vec![n_callers + 2, user, 0x110a];
        chain.extend((0..n_callers).map(caller));
        recording.sample(7, (1, 10), &chain);
        let document = opened(&recording);
        let profile = &document.profile;
        let callers = profile.samples().callers(0).into_iter();
        let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
        let outermost = callers.last().unwrap();
        let frame = profile.stacks().frame(outermost);
        let notes = kinds(&document).into_iter().filter(|kind| kind.ends_with("chains"));
        (crate::compare::described(profile, frame).0, notes.collect::<Vec<_>>())
    };
    assert_eq!(stack(8, true), ("[truncated]".to_owned(), vec!["cut-chains"]));
    assert_eq!(stack(8, false).1, ["full-chains"], "it may end there");
    assert!(stack(7, true).1.is_empty());
}

#[test]
fn a_recording_tells_when_it_started_and_who_is_in_which_namespaces() {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.features = vec![(feature::CLOCK_DATA, words(&[1, 1_795_435_200_000_000_000, 5]))];
    let namespaces = |pid: u64| (1..=7).flat_map(|n| [4, n + pid]).collect::<Vec<_>>();
    for pid in [1, 2] {
        let of = words(&[ids(pid, pid), 7]);
        let parts = [of, words(&namespaces(pid.into())), trailer(pid, 8)];
        recording.record(NAMESPACES, 0, &parts);
        recording.sample_at(7, 0x1100, (pid, pid, 10), &[]);
    }
    let profile = opened(&recording).profile;
    let facts: Vec<_> = profile.facts().iter().map(|(what, value)| (&**what, &**value)).collect();
    assert_eq!(
        facts[..3],
        [
            ("namespaces", "net 2, uts 3, ipc 4, pid 5, user 6, mnt 7, cgroup 8: app 1"),
            ("namespaces", "net 3, uts 4, ipc 5, pid 6, user 7, mnt 8, cgroup 9: :2 2"),
            ("start", "2026-11-23 12:00:00.000000005 UTC"),
        ]
    );
}

/// The stack of a sample that is taken in `leaf` of `aarch64.bin`, of which so many bytes of the
/// stack are copied.
fn aarch64_stack(len: usize) -> (Vec<String>, Vec<&'static str>) {
    /// Where the binary is mapped, as it is linked.
    const MAPPED: u64 = 0x21_0000;
    const STACK: u64 = 0x7fff_0000;
    /// Every register: x0 to x30, the stack pointer, where the code runs.
    const REGISTERS: u64 = (1 << 33) - 1;
    const IN_LEAF: u64 = 0x21_02a8;
    let [signed, outer, start] = [0x21_0298, 0x21_027c, 0x21_0268];
    let event = Event {
        sample_regs_user: REGISTERS,
        sample_stack_user: 80,
        ..Event::new(BASE | REGS_USER | STACK_USER, 7)
    };
    let mut recording = Recording::empty([event]);
    let id = "c3985c6a7d5add1c8dd4229ff3f636f9586d53b1";
    recording.features =
        vec![(feature::BUILD_ID, build_id(id, "/opt/app")), (feature::ARCH, string("aarch64"))];
    recording.map(1, (MAPPED, 0x1000), "/opt/app", 1);
    // The frame of `signed`, whose return address is signed at its top, then that of `outer`.
    let mut stack = vec![0; 5];
    stack.extend([0x002a_0000_0000_0000 | outer, 0, start, 0, 0]);
    stack.truncate(len / 8);
    let mut registers = [0; 33];
    registers[29] = STACK + 48;
    registers[30] = signed;
    registers[31] = STACK;
    registers[32] = IN_LEAF;
    let len = len as u64;
    let rest = [&[2], &registers[..], &[len], &stack, &[len]].concat();
    recording.sample_at(7, IN_LEAF, (1, 1, 10), &rest);
    let document = opened_with(&recording, &[rview_tests::fixtures_dir().join("symbols")]);
    let profile = &document.profile;
    let samples = profile.samples();
    let callers = samples.callers(0).into_iter();
    let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
    let frames = callers.map(|stack| profile.stacks().frame(stack));
    let frames = std::iter::once(samples.leaf(0)).chain(frames);
    let names = frames.map(|frame| crate::compare::described(profile, frame).0).collect();
    (names, kinds(&document))
}

#[test]
fn stacks_of_aarch64_are_unwound() {
    let (names, notes) = aarch64_stack(80);
    assert_eq!(names, ["leaf", "signed", "outer", "_start"]);
    assert!(notes.is_empty(), "{notes:?}");
    let (names, notes) = aarch64_stack(48);
    assert_eq!(names, ["leaf", "signed", "outer", "[truncated]"]);
    assert_eq!(notes, ["truncated-stacks"]);
}
