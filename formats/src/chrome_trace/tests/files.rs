//! The outer forms of a file, broken ones too.

use super::*;

const A: &str = r#"{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5}"#;
const B: &str = r#"{"ph":"X","name":"b","pid":1,"tid":1,"ts":10,"dur":5}"#;
const BOTH: &str = "
    1/1:
     0 a 1+5 b 10+5
";

#[test]
fn all_outer_forms_are_read() {
    let forms = [
        format!("[{A},{B}]"),
        format!("\u{feff} [{A},\r\n{B}\r\n"),
        format!("[{A},{B},"),
        format!("[{A},{B},{{}}]"),
        format!("[{A} {B}]\n"),
        format!("[{A}]\n[{B}]"),
        format!("{A}\n{B}\n"),
        format!("{{\"traceEvents\":[{A},{B},]}}"),
        format!("{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[{A},{B}],\"otherData\":{{}}}}"),
        format!(
            "{{\"metadata\":{{\"traceEvents\":[{B}],\"x\":\"\\\"traceEvents\\\":[{B}\"}},\
             \"traceEvents\":[{A},{B}]}}"
        ),
        format!("{{\"traceEvents\":[{A}]}}{{\"traceEvents\":[{B}]}}"),
        format!("[{A},{B}]\0\0\0\0"),
        format!("[{A},{{\"name\":\"first\",{}]", B.strip_prefix('{').unwrap()),
    ];
    for form in forms {
        check(&form, BOTH);
    }
}

#[test]
fn a_broken_event_is_left_out_and_the_rest_is_read() {
    let with_note = format!("{BOTH}    loss broken-event x1");
    for junk in [
        r#"{"ph":"X","name":"c","ts":oops,"dur":1}"#,
        r#"{"ph":"X","name":"c,"ts":1,"args":{"x":[{"ph":"X","ts":1},{"ph":7}]}}"#,
        r#"{"ph":"X","args":{"x":[1}}"#,
        r#"{"ph":"X" "#,
        r#"{"ph":"X","ts":1["#,
        "oops",
        "}",
    ] {
        check(&format!("[{A},{junk},{B}]"), &with_note);
        check(&format!("{{\"traceEvents\":[{A},{junk},{B}]}}"), &with_note);
    }
    check(&format!("{{\"metadata\":{{oops}},\"traceEvents\":[{A},{B}]}}"), BOTH);
    check(&format!("[{A},7,[{A}],{B}]"), &format!("{BOTH}    loss not-an-event x2"));
    check(&format!("[{A},{B}] oops"), &format!("{BOTH}    loss trailing-bytes x1"));
}

#[test]
fn a_quote_too_many_costs_the_event_that_has_it() {
    let with_note = |n: usize| format!("{BOTH}    loss broken-event x{n}");
    // Up to the next quote all is taken wrong way round.
    for args in [r#"{"s":"5" disk"}"#, r#"{"p":"C:\"}"#, r#"{"p":"a"b","q":"c"}"#] {
        let broken = format!(r#"{{"ph":"X","name":"c","pid":1,"tid":1,"ts":4,"args":{args}}}"#);
        check(&format!("[{A},{broken},{B}]"), &with_note(1));
        check(&format!("{A}\n{broken}\n{B}\n"), &with_note(1));
        // However many there are.
        let many = format!("{A},{broken},").repeat(1000);
        let (profile, job) = import(&format!("[{many}{B}]"));
        assert_eq!(profile.slices().len(), 1001, "{args}");
        assert_eq!(job.report().notes()[0].count, 1000, "{args}");
    }
}

#[test]
fn of_a_file_that_is_mostly_broken_the_start_is_read() {
    // Each list seems to go on to the end of the file.
    let open = r#"{"ph":"X","ts":1,"args":[0,"#.repeat(30_000);
    let with_note = "
        1/1:
         0 a 1+5
        loss given-up x1
    ";
    check(&format!("[{A},{open}{B}]"), with_note);
}

#[test]
fn of_objects_that_are_mostly_broken_nobody_says_that_the_file_was_cut() {
    // Each object seems to go on to the end of the file.
    let open = r#"{"x":{"ph":"X","ts":1,"args":[0,"#.repeat(30_000);
    check(
        &format!("{A}\n{open}"),
        "
        1/1:
         0 a 1+5
        loss given-up x1
        ",
    );
}

#[test]
fn a_file_of_one_event_a_line_goes_on_behind_a_broken_one() {
    let with_note = format!("{BOTH}    loss broken-event x1");
    for junk in [r#"{"ph":"X","ts":oops}"#, r#"{"name":"c" oops}"#, r#"{"ph":"X" "#] {
        check(&format!("{A}\n{junk}\n{B}\n"), &with_note);
    }
    let (profile, _) = import(r#"{"name":"paint","cat":"gfx","ph":"X","ts":1,"dur":2}"#);
    assert_eq!(profile.facts().len(), 0, "what stands before `ph` is of the event");
}

#[test]
fn what_is_not_shown_beside_the_events_is_counted() {
    let log = "x".repeat(300);
    check(
        &format!("{{\"traceEvents\":[{A},{B}],\"systemTraceEvents\":\"{log}\"}}"),
        &format!("{BOTH}    loss other-trace x1"),
    );
    check(
        &format!("{{\"traceEvents\":[{A},{B}],\"devices\":[7],\"metadata\":{{\"b\":[]}}}}"),
        &format!("{BOTH}    unshown data-beside-events x2"),
    );
}

#[test]
fn any_truncation_keeps_the_whole_events() {
    let file = format!("{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[{A},{B}],\"x\":1}}");
    for len in 0..file.len() {
        let job = Job::default();
        let source = Source::from_vec(file.as_bytes()[..len].to_vec());
        let n_whole = [A, B].iter().filter(|event| file[..len].contains(*event)).count();
        match ChromeTrace.import(&source, &job) {
            Ok(profile) => assert_eq!(profile.slices().len(), n_whole),
            Err(err) => assert!(n_whole == 0 && matches!(err, ImportError::Empty { .. }), "{err}"),
        }
        if n_whole > 0 {
            let report = job.report();
            let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
            assert_eq!(notes, [("truncated", 1)]);
        }
    }
}

#[test]
fn facts_are_the_plain_values_beside_the_events() {
    let (profile, _) = import(&format!(
        r#"{{"displayTimeUnit":"ms","otherData":{{"version":"1.2","deep":{{}}}},
            "traceEvents":[{A}],"schemaVersion":1}}"#
    ));
    let facts: Vec<String> =
        profile.facts().iter().map(|(what, value)| format!("{what}={value}")).collect();
    assert_eq!(facts, ["displayTimeUnit=ms", "version=1.2", "schemaVersion=1"]);
}

#[test]
fn probe_knows_traces_from_other_json() {
    let verdict = |head: &str| ChromeTrace.probe(head.as_bytes());
    for head in [
        "[{\"ph\":\"X\",\"ts\":1",
        "[{\"name\":\"a\",\"ph\":\"X\",\"ts\":1,\"args\":{\"long",
        "\u{feff}[{},{\"name\":\"a\",\"ph\":\"M\"}]",
        "{\"traceEvents\":[",
        "{\"metadata\":{\"nodes\":[]},\"traceEvents\": [{}",
        "<!DOCTYPE html><html><script class=\"trace-data\">",
    ] {
        assert_eq!(verdict(head), Verdict::Yes, "{head}");
    }
    for head in [
        "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"a\":\"cut o",
        "{\"schemaVersion\":1,\"deviceProperties\":[{\"id\":0",
        "{\"beginningOfTime\":1, \"x\":[ \"traceEvents\"",
        "{\"ph\":\"X\",\"name\":\"a\",\"ts\":1}\n{\"ph\"",
        "{\"meta\":{},\"traceEvents\":[{}",
        "{\"data\":1,\"ph\":\"X\",\"name\":\"a\",\"ts\":1}",
    ] {
        assert_eq!(verdict(head), Verdict::Perhaps, "{head}");
    }
    for head in [
        "",
        "[]",
        "[1,2]",
        "{}",
        "[{\"traceId\":\"1\",\"name\":\"get\"}]",
        "[{\"Plan\":{\"ph\":1}}]",
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"shared\":{}}",
        "{\"nodes\":[],\"metadata\":{},\"x\":\"traceEvents\"}",
        "{\"nodes\":[{\"id\":1}],\"samples\":[1],\"timeDeltas\":[1]}",
        "{\"meta\":{\"product\":\"Firefox\"},\"stringTable\":[\"traceEvents\"]}",
        "{\"resourceSpans\":[]}",
        "{\"data\":[{\"traceID\":\"1\"}]}",
        "{\"dhatFileVersion\":2}",
        "<html><body>hello</body></html>",
        "main;read 1",
    ] {
        assert_eq!(verdict(head), Verdict::No, "{head}");
    }
}

#[test]
fn a_page_around_a_systrace_is_named_as_what_it_is() {
    let page = "<!DOCTYPE html>\n<html><script class=\"trace-data\"># tracer: nop</script></html>";
    let source = Source::from_vec(page.as_bytes().to_vec());
    let err = ChromeTrace.import(&source, &Job::default()).unwrap_err();
    assert!(err.to_string().contains("systrace inside an HTML page"), "{err}");
}

#[test]
fn nesting_without_end_is_no_danger() {
    for start in ["[", "{\"a\":", "[{\"args\":", "{\"traceEvents\":[{\"args\":{\"x\":"] {
        for unit in ["[", "{\"a\":", "[{\"a\":", ",{\"ph\":[", "[],", "{\"ph\":\"X\",\"ts\":"] {
            let len = if unit == "[" { 10 << 20 } else { 1 << 20 };
            let bytes = format!("{start}{}", unit.repeat(len / unit.len()));
            let source = Source::from_vec(bytes.into_bytes());
            // Whether anything comes of it does not matter; that it comes soon does.
            let profile = ChromeTrace.import(&source, &Job::default());
            if let Ok(profile) = profile {
                profile.check().unwrap();
            }
        }
    }
}

#[test]
fn a_file_of_many_objects_has_no_more_facts_than_one_of_one() {
    let json = format!("{{\"traceEvents\":[{A}]}}\n") + &"{\"a\":1}\n".repeat(1000);
    assert_eq!(import(&json).0.facts().len(), 64);
}
