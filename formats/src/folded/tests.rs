//! Tests of folded stacks.

use super::*;

#[track_caller]
fn check_probe(head: &str, expected: Verdict) {
    assert_eq!(Folded.probe(head.as_bytes()), expected, "{head:?}");
}

#[test]
fn probe_wants_weights_and_a_caller() {
    check_probe("main;read 1\n", Verdict::Perhaps);
    check_probe("# comment\n\nmain 5\nmain;read 1", Verdict::Perhaps);
    check_probe("main 1\n", Verdict::No);
    check_probe("let a = 1; let b\n", Verdict::No);
    check_probe("", Verdict::No);
}

#[test]
fn the_weight_follows_the_last_space() {
    let stack = |line| entry(line).map(|(stack, _)| stack);
    assert_eq!(stack(b"a b;c 12\r"), Some(&b"a b;c"[..]));
    assert_eq!(stack(b"a;b 2.6"), Some(&b"a;b"[..]));
    assert_eq!(entry(b"a;b nan"), None);
    assert_eq!(entry(b"a;b"), None);
}

/// The samples of a profile as folded stacks, and the kinds of the notes.
fn import(text: &[u8]) -> (String, Vec<&'static str>) {
    let job = Job::default();
    let profile = Folded.import(&Source::from_vec(text.to_vec()), &job).unwrap();
    profile.check().unwrap();
    let (samples, stacks) = (profile.samples(), profile.stacks());
    let name = |frame| profile.symbols().lines(frame).iter().map(|line| line.function);
    let mut lines = Vec::new();
    samples.weights(ValueTypeId::from_index(0)).for_each(|sample, weight| {
        let mut functions: Vec<_> = name(samples.leaf(sample)).collect();
        if let Some(callers) = samples.callers(sample) {
            let frames = stacks.walk_to_root(callers).map(|stack| stacks.frame(stack));
            functions.extend(frames.flat_map(name));
        }
        let names = functions.iter().rev().map(|&function| profile.function_name(function));
        lines.push(format!("{} {weight}", names.collect::<Vec<_>>().join(";")));
    });
    let report = job.report();
    (lines.join("\n"), report.notes().iter().map(|note| note.kind).collect())
}

#[test]
fn a_stack_may_start_like_the_one_before() {
    let text = "a;b;c 1\na;b;c 2\na;b 3\na;b;cd;e 4\na;b;c;e 5\na;bc 6\na 7\nab;c 8\na;b;c 9";
    assert_eq!(import(text.as_bytes()), (text.to_owned(), vec![]));
}

#[test]
fn frames_without_a_name_are_left_out() {
    let (lines, notes) = import(b";a;;b 1\n;a;;b 2\na;b; 3\na;b 4\n; 5\n");
    assert_eq!(lines, "a;b 1\na;b 2\na;b 3\na;b 4\n[no stack] 5");
    assert_eq!(notes, ["empty-name", "empty-stack"]);
}

#[test]
fn a_stack_without_frames_still_counts() {
    let (lines, notes) = import(b"a;b 1\n 3\n7\n");
    assert_eq!((&*lines, notes), ("a;b 1\n[no stack] 3", vec!["bad-line", "empty-stack"]));
}

#[test]
fn two_weights_a_line_are_those_of_two_recordings() {
    let weights = |text: &[u8]| {
        let source = Source::from_vec(text.to_vec());
        let profile = Folded.import(&source, &Job::default()).unwrap();
        profile.check().unwrap();
        let types = profile.value_types().iter().zip(profile.value_type_ids());
        let totals = types
            .map(|(row, id)| format!("{} {}", row.name, profile.samples().weights(id).total()));
        totals.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(weights(b"a;b 1 2\n\na 10 20\n"), "before 11, after 22");
    assert_eq!(weights(b"a;b 1 2\na;c 10\n"), "samples 12");
    assert_eq!(weights(b"a;thread 7 2\n"), "samples 2");
    assert_eq!(weights(b"a;b 1 2\n# all 3 4\n"), "samples 2");
}

#[test]
fn a_comment_is_what_is_no_stack() {
    let (lines, notes) =
        import(b"# total 12\n#<Class:Foo>#bar;x 10\n#no weight\nmain;#<Object>#run 2\n\n#a 1\n");
    assert_eq!(lines, "#<Class:Foo>#bar;x 10\nmain;#<Object>#run 2\n#a 1");
    assert_eq!(notes, ["comments"]);
}

#[test]
fn a_first_line_longer_than_the_head_is_a_stack_if_it_is_deep() {
    let line = "frame of some name;".repeat(4000);
    check_probe(line.get(..crate::PROBE_LEN).unwrap(), Verdict::Perhaps);
    check_probe(&"word ".repeat(20_000), Verdict::No);
    check_probe(&"\u{1};".repeat(crate::PROBE_LEN), Verdict::No);
}

#[test]
fn notes_name_places_of_the_file() {
    let place = |bytes: Vec<u8>| {
        let job = Job::default();
        Folded.import(&Source::from_vec(bytes), &job).unwrap();
        let text = job.report().notes().first().unwrap().text.clone();
        let at = text.split("at byte ").nth(1).unwrap();
        at.chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    let text = "ü;𝄞 1\nbad\n";
    assert_eq!(place(text.into()), "10");
    assert_eq!(place(format!("\u{feff}{text}").into()), "13");
}

/// For a hash without a seed, who knows it can write names that all have one.
#[test]
fn names_made_to_collide_cost_no_more_than_others() {
    let start = std::time::Instant::now();
    let lines = (0..100_000).flat_map(|i| {
        [b"a;", &format!("{i:08}").into_bytes()[..], b"\x44\x73\x70\x03\x2e\x8a\x19\x13 1\n"]
            .concat()
    });
    let source = Source::from_vec(lines.collect());
    let profile = Folded.import(&source, &Job::default()).unwrap();
    assert_eq!(profile.samples().len(), 100_000);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn names_that_are_no_utf8_are_shown_as_far_as_they_go() {
    let (lines, notes) = import(b"a;\xffb 1\n");
    assert_eq!((&*lines, notes), ("a;\u{fffd}b 1", vec!["invalid-utf8"]));
}

#[test]
fn weights_with_fractions_add_up_exactly() {
    let import = |text: &str| {
        let job = Job::default();
        let profile = Folded.import(&Source::from_vec(text.into()), &job).unwrap();
        profile.check().unwrap();
        let unit = &profile.value_types().iter().next().unwrap().unit;
        let total = profile.samples().weights(ValueTypeId::from_index(0)).total();
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| note.text.clone()).collect();
        (unit.format_exact(total), notes)
    };
    assert_eq!(import("a;b 0.25\na;c 0.4\na 1\n"), ("1.65".into(), vec![]));
    assert_eq!(import("a;b 2.50e-3\na;c 1e2\n"), ("100.0025".into(), vec![]));
    assert_eq!(import("a;b 9e17\na;c 0.5\n"), ("900,000,000,000,000,000.5".into(), vec![]));
    let (total, notes) = import("a;b 0.30000000000000004\na;c 1\n");
    assert_eq!(total, "1.3");
    assert_eq!(
        notes,
        ["a weight has more digits after the point than can be kept for all, and is rounded to \
          multiples of 0.000000001, first at byte 0"]
    );
}
