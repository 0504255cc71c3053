//! Odd files, made field by field.

mod patterns;

use std::fmt::Write as _;

use rview_core::{CallPaths, LabelValue, Profile, Selection, Unit, ValueTypeId};

use super::*;
use crate::merge::Merger;
use crate::{DropFrames, Options, Report, export};

/// A message under construction.
#[derive(Clone, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap());
    }

    fn int(mut self, field: u64, number: i64) -> Self {
        self.varint(field << 3);
        self.varint(number.cast_unsigned());
        self
    }

    fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, message.0)
    }

    fn packed(self, field: u64, numbers: &[i64]) -> Self {
        let mut packed = Self::default();
        for number in numbers {
            packed.varint(number.cast_unsigned());
        }
        self.message(field, packed)
    }

    /// Only the first `len` bytes.
    fn cut(&self, len: usize) -> Self {
        Self(self.0.iter().copied().take(len).collect())
    }

    fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

fn message() -> Message {
    Message::default()
}

fn strings(texts: &[&str]) -> Message {
    texts.iter().fold(message(), |message, text| message.bytes(6, text))
}

fn sample_type(name: i64, unit: i64) -> Message {
    message().message(1, message().int(1, name).int(2, unit))
}

fn sample(locations: &[i64], values: &[i64]) -> Message {
    message().message(2, message().packed(1, locations).packed(2, values))
}

/// A location with lines of functions, the innermost first; the line is ten times the function.
fn location(id: i64, functions: &[i64]) -> Message {
    let lines = functions.iter().fold(message(), |message, &function| {
        message.message(4, Message::default().int(1, function).int(2, function.wrapping_mul(10)))
    });
    message().message(4, message().int(1, id).int(3, id.wrapping_mul(16)).and(lines))
}

fn function(id: i64, name: i64) -> Message {
    message().message(5, message().int(1, id).int(2, name))
}

const STRINGS: [&str; 8] = ["", "cpu", "nanoseconds", "main", "work", "leaf", "key", "text"];

/// Functions 1 to 3 are `main`, `work` and `leaf`; each has a location of the same id.
fn tables() -> Message {
    let functions = function(1, 3).and(function(2, 4)).and(function(3, 5));
    let locations = location(1, &[1]).and(location(2, &[2])).and(location(3, &[3]));
    functions.and(locations).and(strings(&STRINGS))
}

fn import(file: &Message) -> Result<(Profile, Report), ImportError> {
    let job = Job::default();
    let profile = Pprof.import(&Source::from_vec(file.0.clone()), &job)?;
    profile.check().unwrap();
    Ok((profile, job.report()))
}

/// The stacks of a profile, root first, as folded stacks; a location that is inlined into
/// another follows `>`; the values of all types at the end.
fn folded(profile: &Profile) -> String {
    let frame_name = |frame| {
        let lines = profile.symbols().lines(frame).iter();
        let name = |line: &rview_core::Line| match line.line {
            0 => profile.function_name(line.function).to_owned(),
            number => format!("{}:{number}", profile.function_name(line.function)),
        };
        lines.map(name).collect::<Vec<_>>().join(">")
    };
    let samples = profile.samples();
    let mut text = String::new();
    for sample in 0..samples.len() {
        let mut frames = vec![frame_name(samples.leaf(sample))];
        if let Some(callers) = samples.callers(sample) {
            let stacks = profile.stacks();
            frames
                .extend(stacks.walk_to_root(callers).map(|stack| frame_name(stacks.frame(stack))));
        }
        frames.reverse();
        let values = profile.value_type_ids().map(|id| samples.weights(id).of(sample).to_string());
        let values = values.collect::<Vec<_>>().join(",");
        writeln!(text, "{} {values}", frames.join(";")).unwrap();
    }
    text
}

#[track_caller]
fn check(file: &Message, expected: &str, expected_notes: &[&str]) -> Profile {
    let (profile, report) = import(file).unwrap();
    assert_eq!(folded(&profile), expected);
    let notes: Vec<&str> = report.notes().iter().map(|note| note.kind).collect();
    assert_eq!(notes, expected_notes);
    profile
}

#[test]
fn tables_may_follow_or_precede_the_samples() {
    let expected = "main:10;work:20;leaf:30 5\nmain:10 7\n";
    let samples = sample(&[3, 2, 1], &[5]).and(sample(&[1], &[7]));
    let samples = sample_type(1, 2).and(samples);
    check(&samples.clone().and(tables()), expected, &[]);
    check(&tables().and(samples), expected, &[]);
}

#[test]
fn numbers_may_be_packed_or_not() {
    let unpacked = message().int(1, 2).int(1, 1).int(2, 5).int(2, -6);
    let types = sample_type(1, 2).and(sample_type(4, 4));
    let profile = check(
        &types.and(message().message(2, unpacked)).and(sample(&[2, 1], &[1, 2])).and(tables()),
        "main:10;work:20 5,-6\nmain:10;work:20 1,2\n",
        &[],
    );
    let units: Vec<&Unit> = profile.value_types().iter().map(|row| &row.unit).collect();
    assert_eq!(units, [&Unit::Nanoseconds, &Unit::Other("work".into())]);
}

#[test]
fn the_physical_function_comes_before_those_inlined_into_it() {
    let file = sample_type(1, 2).and(sample(&[9, 1], &[5])).and(tables()).and(location(9, &[3, 2]));
    let profile = check(&file, "main:10;work:20>leaf:30 5\n", &[]);
    assert_eq!(profile.frames().address(profile.samples().leaf(0)), 144);
}

#[test]
fn no_more_functions_are_inlined_at_one_address_than_make_sense() {
    let mut functions = vec![3; 300];
    functions.push(2);
    let samples = sample_type(1, 2).and(sample(&[9, 1], &[5]));
    let file = samples.and(tables()).and(location(9, &functions));
    let expected = format!("main:10;work:20{} 5\n", ">leaf:30".repeat(255));
    check(&file, &expected, &["inlined"]);
}

#[test]
fn ids_are_opaque() {
    let huge = i64::MAX - 5;
    let file = sample_type(1, 2)
        .and(sample(&[huge, -1], &[5]))
        .and(location(huge, &[huge]))
        .and(message().message(4, message().int(1, -1).message(4, message().int(1, 70_000))))
        .and(function(70_000, 3))
        .and(strings(&STRINGS));
    let function = message().message(5, message().int(1, huge).int(2, 4));
    let file = file.and(function);
    check(&file, "main;work 5\n", &["line-number"]);
}

#[test]
fn functions_without_ids_go_with_the_locations_of_their_position() {
    let nameless = |name| message().message(5, message().int(2, name));
    let file = sample_type(1, 2)
        .and(sample(&[7, 8], &[5]))
        .and(location(8, &[8]).and(location(7, &[7])))
        .and(nameless(3).and(nameless(4)))
        .and(strings(&STRINGS));
    check(&file, "main:80;work:70 5\n", &["missing-ids"]);
    // Or by position alone, where there is another number of them.
    let file = sample_type(1, 2)
        .and(sample(&[2, 1], &[5]))
        .and(location(1, &[1]).and(location(2, &[3])))
        .and(nameless(3).and(nameless(4)).and(nameless(5)))
        .and(strings(&STRINGS));
    check(&file, "main:10;leaf:30 5\n", &["missing-ids"]);
}

#[test]
fn of_rows_with_one_id_the_first_is_used() {
    let file = sample_type(1, 2).and(sample(&[1], &[5])).and(tables()).and(location(1, &[3]));
    check(&file, "main:10 5\n", &["duplicate-ids"]);
}

#[test]
fn what_refers_to_nothing_is_unknown() {
    let file = sample_type(1, 2).and(sample(&[3, 99, 1], &[5])).and(tables());
    check(&file, "main:10;[unknown];leaf:30 5\n", &["unknown-location"]);
    let file = sample_type(1, 2).and(sample(&[9], &[5])).and(tables()).and(location(9, &[77]));
    check(&file, "[unknown]:770 5\n", &["unknown-function"]);
    let file = sample_type(1, 2).and(sample(&[9], &[5])).and(tables()).and(location(9, &[4]));
    check(&file.and(function(4, 88)), "[unknown]:40 5\n", &["string-index"]);
    let mapped = message().message(4, message().int(1, 9).int(2, 6));
    check(
        &sample_type(1, 2).and(sample(&[9], &[5])).and(mapped).and(strings(&STRINGS)),
        "[unknown] 5\n",
        &["unknown-mapping"],
    );
}

#[test]
fn a_location_without_lines_keeps_its_address_and_mapping() {
    let mapping = message().message(
        3,
        message().int(1, 4).int(2, 0x1000).int(3, 0x2000).int(4, 0x10).int(5, 3).int(6, 6),
    );
    let file = sample_type(1, 2)
        .and(sample(&[9], &[5]))
        .and(message().message(4, message().int(1, 9).int(2, 4).int(3, 0x1234)))
        .and(mapping)
        .and(strings(&["", "cpu", "ns", "/bin/app", "", "", "AB01"]));
    let profile = check(&file, "[unknown] 5\n", &["symbols-missing"]);
    let frame = profile.samples().leaf(0);
    assert_eq!(profile.frames().address(frame), 0x1234);
    let mapping = profile.mappings().row(profile.frames().mapping(frame).unwrap());
    assert_eq!((mapping.start, mapping.end, mapping.file_offset), (0x1000, 0x2000, 0x10));
    assert_eq!(profile.text(mapping.path), "/bin/app");
    assert_eq!(mapping.build_id.map(|id| profile.text(id)), Some("ab01"));
}

#[test]
fn a_sample_without_a_stack_still_counts() {
    let file = sample_type(1, 2).and(sample(&[], &[5])).and(sample(&[1], &[1])).and(tables());
    check(&file, "[no stack] 5\nmain:10 1\n", &["empty-stack"]);
}

#[test]
fn unknown_fields_are_skipped() {
    let odd = message().int(99, 1).bytes(40, "x").packed(1, &[1]).int(2, 5).bytes(9, "y");
    let file =
        message().int(50, 3).and(sample_type(1, 2)).message(2, odd).bytes(20, "z").and(tables());
    check(&file, "main:10 5\n", &[]);
}

#[test]
fn names_that_are_no_utf8_are_shown_as_far_as_they_go() {
    let name = message().bytes(6, b"ab\xff");
    let file = sample_type(1, 2).and(sample(&[9], &[5])).and(tables()).and(location(9, &[9]));
    check(&file.and(function(9, 8)).and(name), "ab\u{fffd}:90 5\n", &["invalid-utf8"]);
}

#[test]
fn what_locations_say_and_is_not_shown_is_noted_and_exported() {
    let line = |function, number, column| {
        message().message(4, message().int(1, function).int(2, number).int(3, column))
    };
    let place = |id, flag| message().int(1, id).int(3, 64).int(5, flag);
    let inlined = message().message(4, place(8, 0).and(line(2, 20, 7)).and(line(1, 10, 0)));
    let folded = message().message(4, place(9, 1));
    let file = sample_type(1, 2)
        .and(sample(&[8], &[5]))
        .and(sample(&[9], &[6]))
        .and(inlined)
        .and(folded)
        .and(message().message(4, place(7, 0)))
        .and(sample(&[7], &[7]))
        .and(function(1, 3))
        .and(function(2, 4))
        .and(strings(&STRINGS));
    let expected = "main:10>work:20 5\n[unknown] 6\n[unknown] 7\n";
    let notes = ["folded-locations", "columns"];
    let profile = check(&file, expected, &notes);
    let paths = CallPaths::new(&profile);
    let written = export::pprof_uncompressed(&profile, &paths, &Selection::default());
    let again = check(&Message(written), expected, &notes);
    let merged = {
        let mut merger = Merger::default();
        merger.add("a", &profile, &Job::default());
        merger.add("b", &profile, &Job::default());
        merger.finish(&Job::default()).unwrap()
    };
    for profile in [profile, again, merged] {
        let said = |sample| {
            let frame = profile.samples().leaf(sample);
            (profile.symbols().columns(frame), profile.frames().is_folded(frame))
        };
        assert_eq!([0, 1, 2].map(said), [(&[0, 7][..], false), (&[], true), (&[], false)]);
        assert_eq!(profile.frames().len(), 3);
    }
}

#[test]
fn comments_that_are_too_many_are_counted() {
    let n_comments = (1 << 18) + 3;
    let whole = sample_type(1, 2).and(sample(&[1], &[5])).and(tables());
    let file = whole.packed(13, &vec![3; n_comments]).int(13, 4);
    let (_, report) = import(&file).unwrap();
    let notes: Vec<(&str, u64)> =
        report.notes().iter().map(|note| (note.kind, note.count)).collect();
    assert_eq!(notes, [("comments", 4)]);
}

#[test]
fn numbers_that_are_no_lines_are_noted() {
    let line = |number| message().message(4, message().int(1, 1).int(2, number));
    let place = |id, number| message().message(4, message().int(1, id).and(line(number)));
    let samples = sample(&[8], &[5]).and(sample(&[9], &[6]));
    let file = sample_type(1, 2).and(samples).and(place(8, -1)).and(place(9, 1 << 40));
    check(&file.and(function(1, 3)).and(strings(&STRINGS)), "main 5\nmain 6\n", &["line-number"]);
}

#[test]
fn the_system_name_is_second_best() {
    let unnamed = message().message(5, message().int(1, 9).int(3, 4));
    let file = sample_type(1, 2).and(sample(&[9], &[5])).and(tables()).and(location(9, &[9]));
    check(&file.and(unnamed), "work:90 5\n", &[]);
}

#[test]
fn mangled_names_are_made_readable() {
    let texts = ["", "cpu", "ns", "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "_Z3addi"];
    let locations = location(1, &[1]).and(location(2, &[2]));
    let functions = function(1, 3).and(function(2, 4));
    let file = sample_type(1, 2).and(sample(&[2, 1], &[5])).and(locations).and(functions);
    check(&file.and(strings(&texts)), "core::fmt::Write::write_fmt:10;add:20 5\n", &[]);
}

#[test]
fn the_last_type_is_shown_first_unless_the_file_says_another() {
    let file = sample_type(3, 3).and(sample_type(1, 2)).and(sample(&[1], &[5, 6])).and(tables());
    let default_of = |file: &Message| import(file).unwrap().0.default_value_type();
    assert_eq!(default_of(&file), Some(ValueTypeId::from_index(1)));
    assert_eq!(default_of(&file.clone().int(14, 3)), Some(ValueTypeId::from_index(0)));
    assert_eq!(default_of(&file.int(14, 7)), Some(ValueTypeId::from_index(1)));
}

#[test]
fn a_sample_with_too_few_or_too_many_values_keeps_those_that_fit() {
    let types = sample_type(1, 2).and(sample_type(3, 4));
    let file = types.and(sample(&[1], &[5])).and(sample(&[1], &[1, 2, 3])).and(tables());
    check(&file, "main:10 5,0\nmain:10 1,2\n", &["value-count"]);
}

#[test]
fn a_sum_that_would_overflow_leaves_a_value_out() {
    let file = sample_type(1, 2).and(sample(&[1], &[i64::MAX])).and(sample(&[2], &[i64::MIN]));
    check(&file.and(tables()), &format!("main:10 {}\nwork:20 0\n", i64::MAX), &["weight-overflow"]);
}

#[test]
fn labels_are_texts_or_numbers_with_units_and_keys_repeat() {
    let label = |label: Message| message().message(3, label);
    let labels = label(message().int(1, 6).int(2, 7))
        .and(label(message().int(1, 6).int(3, -512).int(4, 2)))
        .and(label(message().int(1, 4)))
        .and(label(message().int(2, 7)));
    let labelled = message().message(2, message().packed(1, &[1]).packed(2, &[5]).and(labels));
    let file = sample_type(1, 2).and(labelled).and(sample(&[1], &[1])).and(tables());
    let profile = check(&file, "main:10 5\nmain:10 1\n", &["label-without-key"]);
    let set = profile.samples().labels(0).unwrap();
    let labels = profile.labels().labels(set).iter().map(|label| match label.value {
        LabelValue::Text(text) => format!("{}={}", profile.text(label.key), profile.text(text)),
        LabelValue::Number(number, unit) => {
            format!("{}={number} {}", profile.text(label.key), profile.text(unit))
        }
    });
    assert_eq!(labels.collect::<Vec<_>>(), ["key=text", "key=-512 nanoseconds", "work=0 "]);
    assert_eq!(profile.samples().labels(1), None);
}

#[test]
fn what_the_file_says_of_the_recording_is_kept() {
    let file = sample_type(1, 2)
        .and(sample(&[1], &[5]))
        .and(tables())
        .int(9, 1_506_718_679_257_235_370)
        .int(10, 2_000_000_000)
        .message(11, message().int(1, 1).int(2, 2))
        .int(12, 10_000_000)
        .packed(13, &[3, 4, 3])
        .int(15, 5);
    let profile = check(&file, "main:10 5\n", &[]);
    assert_eq!(profile.duration_ns(), 2_000_000_000);
    let facts: Vec<String> =
        profile.facts().iter().map(|(what, value)| format!("{what}: {value}")).collect();
    assert_eq!(
        facts,
        [
            "recorded: 2017-09-29 20:57:59.257235370 UTC",
            "duration: 2 s",
            "period: 10000000 nanoseconds cpu",
            "comment: main",
            "comment: work",
            "documentation: leaf",
        ]
    );
}

#[test]
fn frames_that_the_file_asks_to_leave_out_are_left_out() {
    let texts = ["", "cpu", "ns", "main", "work", "leaf(int)", "work|leaf", "w.*", "a("];
    let tables = function(1, 3).and(function(2, 4)).and(function(3, 5));
    let tables = tables.and(location(1, &[1])).and(location(2, &[2])).and(location(3, &[3]));
    let tables = tables.and(location(4, &[3, 1])).and(strings(&texts));
    let samples = sample(&[3, 1], &[1]).and(sample(&[1, 2, 1], &[2])).and(sample(&[1, 3], &[3]));
    let samples = samples.and(sample(&[2, 4, 1], &[4]));
    let file = sample_type(1, 2).and(samples).and(tables);
    let all = "main:10;leaf(int):30 1\nmain:10;work:20;main:10 2\nleaf(int):30;main:10 3\n\
               main:10;main:10>leaf(int):30;work:20 4\n";
    check(&file, all, &[]);
    check(
        &file.clone().int(7, 6),
        "main:10 1\nmain:10 2\nleaf(int):30;main:10 3\nmain:10;main:10 4\n",
        &["drop-frames"],
    );
    check(
        &file.clone().int(7, 6).int(8, 7),
        "main:10 1\nmain:10;work:20;main:10 2\nleaf(int):30;main:10 3\nmain:10;main:10 4\n",
        &["drop-frames"],
    );
    check(&file.clone().int(7, 8), all, &["drop-frames"]);
    let options = Options { drop_frames: DropFrames::Shown, ..Options::default() };
    let job = Job::new(options);
    let file = file.int(7, 6);
    let profile = Pprof.import(&Source::from_vec(file.0), &job).unwrap();
    assert_eq!(folded(&profile), all, "as the user asks");
    assert_eq!(job.report().notes().first().unwrap().kind, "drop-frames");
}

#[test]
fn a_cut_file_opens_as_far_as_it_goes() {
    let whole = tables().and(sample_type(1, 2)).and(sample(&[2, 1], &[5])).and(sample(&[1], &[7]));
    for n_cut in 1..=5 {
        let cut = whole.cut(whole.0.len() - n_cut);
        check(&cut, "main:10;work:20 5\n", &["truncated"]);
    }
    let first_sample = tables().and(sample_type(1, 2)).0.len() + 3;
    let error = import(&whole.cut(first_sample)).unwrap_err();
    assert!(error.to_string().contains("ends before its first sample at byte"), "{error}");
}

#[test]
fn rows_that_hold_nothing_are_refused_before_they_fill_the_memory() {
    let whole = sample_type(1, 2).and(sample(&[1], &[5])).and(tables());
    for row in [&b"\x12\0"[..], b"\x1a\0", b"\x22\0", b"\x2a\x02\x08\x01", b"\x32\0"] {
        let rows = |n| whole.clone().and(Message(row.repeat(n)));
        assert!(import(&rows(1000)).is_ok(), "{row:02x?}");
        let error = import(&rows(300_000)).unwrap_err().to_string();
        assert!(error.contains("rows of its tables hold nothing"), "{error}");
    }
}

#[test]
fn several_profiles_in_a_row_are_refused() {
    let one = sample_type(1, 2).and(sample(&[1], &[5])).and(tables()).int(9, 77);
    let error = import(&one.clone().and(one)).unwrap_err();
    assert!(matches!(error, ImportError::Unsupported { .. }), "{error}");
    let untimed = sample_type(1, 2).and(sample(&[1], &[5])).and(tables());
    let error = import(&untimed.clone().and(untimed)).unwrap_err();
    assert!(matches!(error, ImportError::Unsupported { .. }), "{error}");
}

#[test]
fn a_profile_without_samples_is_empty() {
    let error = import(&sample_type(1, 2).and(tables())).unwrap_err();
    assert!(matches!(error, ImportError::Empty { .. }), "{error}");
}

#[track_caller]
fn check_probe(head: &Message, expected: Verdict) {
    assert_eq!(Pprof.probe(&head.0), expected);
}

#[test]
fn probe_wants_the_structure_of_a_profile() {
    let whole = sample_type(1, 2).and(sample(&[2, 1], &[5])).and(tables());
    check_probe(&whole, Verdict::Yes);
    check_probe(&tables().and(sample_type(1, 2)), Verdict::Yes);
    check_probe(&sample_type(1, 2).and(strings(&STRINGS)), Verdict::Yes);
    check_probe(&whole.cut(whole.0.len() - 3), Verdict::Yes);
    check_probe(&message(), Verdict::No);
    check_probe(&strings(&STRINGS), Verdict::No);
    check_probe(&sample_type(1, 2), Verdict::No);
}

#[test]
fn any_field_may_be_longer_than_the_head() {
    let long = crate::PROBE_LEN + 9;
    let numbers = vec![1; long];
    let types = sample_type(1, 2);
    let text = "x".repeat(long);
    let deep = types.clone().and(sample(&numbers, &[1])).and(tables());
    for file in [
        deep.clone(),
        strings(&["", "cpu", &text]).and(types.clone()).and(sample(&[1], &[1])),
        message().packed(13, &numbers).and(types.clone()).and(sample(&[1], &[1])).and(tables()),
        message().bytes(77, &text).and(types.clone()).and(sample(&[1], &[1])).and(tables()),
    ] {
        let importer = crate::detect(&file.0).map(Importer::name);
        assert_eq!(importer.ok(), Some(NAME), "{:02x?}", file.cut(16).0);
    }
    // One that is cut in there says so.
    let cut = deep.cut(long);
    assert_eq!(crate::detect(&cut.0).map(Importer::name).ok(), Some(NAME));
    let error = import(&cut).unwrap_err().to_string();
    assert!(error.contains("ends before its first sample"), "{error}");
}

#[test]
fn what_is_no_profile_is_none_however_long_its_fields_are() {
    let text = "x".repeat(crate::PROBE_LEN + 9);
    let packet = message().message(1, message().int(8, 123).bytes(11, &text));
    let span = message().message(1, message().bytes(1, &text));
    let unknown = message().bytes(77, &text);
    for file in [
        packet.clone().and(packet.clone()),
        span.clone().and(span),
        unknown.clone(),
        unknown.and(sample_type(1, 2)),
        sample_type(1, 2).and(packet),
        message().bytes(6, &text),
        sample_type(1, 2).bytes(20, &text),
    ] {
        assert!(crate::detect(&file.0).is_err(), "{:02x?}", file.cut(16).0);
    }
}

#[test]
fn probe_leaves_other_protobufs_alone() {
    // Packets of a trace: a message with numbers above those of a value type.
    let packet = message().int(8, 123).int(10, 1).message(11, message().int(9, 3));
    check_probe(&message().message(1, packet.clone()).message(1, packet), Verdict::No);
    // Spans of a resource: messages where a value type has numbers.
    let resource = message().message(1, message().bytes(1, "service.name"));
    check_probe(&message().message(1, resource), Verdict::No);
    check_probe(&Message(b"\n\nplain text\n".to_vec()), Verdict::No);
    check_probe(&Message(b"\n\x04\x08\x01\x10\x02not a field".to_vec()), Verdict::No);
}
