#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

use std::fmt::Write as _;

use rview_core::{Scope, SliceId};

use super::*;

/// Everything in a profile, a line each, with the times of the file in microseconds where they
/// are whole, else nanoseconds.
fn dump(profile: &Profile, job: &Job) -> String {
    let mut out = String::new();
    let time = |ns: i64| {
        if ns % 1000 == 0 { (ns / 1000).to_string() } else { format!("{ns}ns") }
    };
    let file_time = |ns: i64| time(ns + profile.origin_ns());
    let name = |function| {
        let row = profile.symbols().functions().row(function);
        let category = row.category.map(|category| format!("@{}", profile.text(category)));
        format!("{}{}", profile.text(row.name), category.unwrap_or_default())
    };
    let process = |id| {
        let row = profile.processes().row(id);
        format!("{}{}", row.pid, with_space(profile.text(row.name)))
    };
    let thread = |id| {
        let row = profile.threads().row(id);
        let tid = format!("{}{}", row.tid, with_space(profile.text(row.name)));
        format!("{}/{tid}", process(row.process))
    };
    let slices = profile.slices();
    for track in profile.tracks().ids() {
        let row = profile.tracks().row(track);
        match row.thread {
            Some(id) => writeln!(out, "{}:", thread(id)).unwrap(),
            None => writeln!(out, "{} ~{}:", process(row.process), profile.text(row.name)).unwrap(),
        }
        for lane in profile.tracks().lanes(track) {
            write!(out, " {}", slices.lanes()[lane.index()].depth).unwrap();
            for slice in slices.lane_slices(lane).map(SliceId::from_index) {
                let duration = time(slices.durations_ns()[slice.index()]);
                let start = file_time(slices.start_ns(slice));
                write!(out, " {} {start}+{duration}", name(slices.name(slice))).unwrap();
            }
            out.push('\n');
        }
    }
    for marker in (0..profile.markers().len()).map(rview_core::MarkerId::from_index) {
        let markers = profile.markers();
        let at = file_time(markers.times_ns()[marker.index()]);
        let scope = match markers.scope(marker) {
            Scope::Global => "all".to_owned(),
            Scope::Process(id) => process(id),
            Scope::Thread(id) => thread(id),
        };
        writeln!(out, "marker {} {at} of {scope}", name(markers.name(marker))).unwrap();
    }
    let counters = profile.counters();
    for counter in counters.ids() {
        let row = counters.row(counter);
        write!(out, "counter {} {}:", process(row.process), profile.text(row.name)).unwrap();
        for (at, value) in counters.times_ns(counter).iter().zip(counters.values(counter)) {
            write!(out, " {}={value}", file_time(*at)).unwrap();
        }
        out.push('\n');
    }
    for flow in profile.flows().ids() {
        let (from, to) = profile.flows().ends(flow);
        let of = |slice| name(slices.name(slice));
        let text = profile.text(profile.flows().name(flow));
        writeln!(out, "flow {text}: {} -> {}", of(from), of(to)).unwrap();
    }
    for note in job.report().notes() {
        writeln!(out, "{} {} x{}", note.severity.name(), note.kind, note.count).unwrap();
    }
    out
}

fn with_space(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" {text}") }
}

fn import(json: &str) -> (Profile, Job) {
    let job = Job::default();
    let source = Source::from_vec(json.as_bytes().to_vec());
    let profile = ChromeTrace.import(&source, &job).unwrap();
    profile.check().unwrap();
    (profile, job)
}

/// Imports events and compares all that came of them.
#[track_caller]
fn check(json: &str, expected: &str) {
    let (profile, job) = import(json);
    let actual = dump(&profile, &job);
    let lines: Vec<&str> = expected.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let expected: Vec<&str> = lines.iter().map(|line| &line[indent..]).collect();
    assert_eq!(actual.trim_end(), expected.join("\n"), "{:#?}", job.report());
}

/// As [`check`], for events of process 1 and thread 1 without the braces around them, a line
/// each.
#[track_caller]
fn check_events(events: &str, expected: &str) {
    let events: Vec<String> = events
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!("{{\"pid\":1,\"tid\":1,{}}}", line.trim()))
        .collect();
    check(&format!("[{}]", events.join(",\n")), expected);
}

#[test]
fn complete_events_nest_by_time_whatever_their_order() {
    check_events(
        r#"
        "ph":"X","name":"child","cat":"c","ts":1,"dur":5
        "ph":"X","name":"parent","ts":1,"dur":10.0625
        "ph":"XXX","name":"late","ts":-3.5,"dur":"0.5"
        "#,
        "
        1/1:
         0 late -3500ns+500ns parent 1+10063ns
         1 child@c 1+5
        ",
    );
}

#[test]
fn a_complete_event_without_a_duration_is_repaired() {
    check_events(
        r#"
        "ph":"X","name":"a","ts":1
        "ph":"X","name":"b","ts":2,"tdur":3
        "ph":"X","name":"c","ts":6,"dur":-1
        "ph":"X","name":"d","ts":7,"dur":"soon"
        "ph":"X","name":"e","ts":"soon","dur":1
        "ph":"X","name":"f","dur":1
        "#,
        "
        1/1:
         0 a 1+0 b 2+3 c 6+0 d 7+0
        loss broken-time x1
        loss missing-time x1
        repair broken-duration x3
        repair missing-duration x1
        ",
    );
}

#[test]
fn begin_and_end_match_on_a_stack_in_order_of_time() {
    check(
        r#"[{"ph":"E","ts":30,"pid":1,"tid":1},
            {"ph":"B","name":"outer","ts":0,"pid":1,"tid":1},
            {"ph":"B","name":"inner","ts":10,"pid":1,"tid":1},
            {"ph":"B","name":"other","ts":11,"pid":1,"tid":2},
            {"ph":"E","name":"other","ts":12,"pid":1,"tid":2},
            {"ph":"E","ts":20,"pid":1,"tid":1}]"#,
        "
        1/1:
         0 outer 0+30
         1 inner 10+10
        1/2:
         0 other 11+1
        ",
    );
}

#[test]
fn ends_that_do_not_fit_are_repaired_and_counted() {
    check_events(
        r#"
        "ph":"E","name":"before","ts":0
        "ph":"B","name":"a","ts":1
        "ph":"B","name":"b","ts":2
        "ph":"E","name":"renamed","ts":3
        "ph":"B","name":"c","ts":4
        "ph":"E","name":"a","ts":5
        "ph":"B","name":"d","ts":6
        "ph":"B","name":"e","ts":6
        "ph":"E","name":"d","ts":8
        "ph":"E","name":"e","ts":8
        "ph":"B","name":"open","ts":9
        "ph":"X","name":"last","ts":9,"dur":11
        "#,
        "
        1/1:
         0 a 1+4 d 6+2 open 9+11
         1 b 2+1 c 4+1 e 6+2 last 9+11
        loss stray-end x1
        repair end-name x1
        repair missing-end x1
        repair unclosed-slice x1
        ",
    );
}

#[test]
fn slices_without_duration_keep_their_nesting() {
    check_events(
        r#"
        "ph":"B","name":"a","ts":5
        "ph":"B","name":"b","ts":5
        "ph":"E","name":"b","ts":5
        "ph":"B","name":"c","ts":5
        "ph":"E","name":"c","ts":5
        "ph":"E","name":"a","ts":5
        "ph":"B","name":"d","ts":5
        "ph":"E","name":"d","ts":5
        "#,
        "
        1/1:
         0 a 5+0 d 5+0
         1 b 5+0 c 5+0
        ",
    );
    check_events(
        r#"
        "ph":"B","name":"a","ts":0
        "ph":"E","name":"c","ts":2
        "ph":"B","name":"c","ts":2
        "ph":"E","name":"a","ts":10
        "#,
        "
        1/1:
         0 a 0+10
         1 c 2+0
        ",
    );
}

#[test]
fn an_end_cut_off_from_its_begin_does_not_take_the_next_one() {
    check_events(
        r#"
        "ph":"E","name":"loop","ts":5
        "ph":"B","name":"loop","ts":5
        "ph":"E","name":"loop","ts":9
        "#,
        "
        1/1:
         0 loop 5+4
        loss stray-end x1
        ",
    );
}

#[test]
fn overlapping_slices_are_kept_in_full() {
    check_events(
        r#"
        "ph":"X","name":"outer","ts":100,"dur":100
        "ph":"X","name":"inner","ts":150,"dur":100
        "#,
        "
        1/1:
         0 outer 100+100
         0 inner 150+100
        repair overlapping x1
        ",
    );
}

#[test]
fn instants_are_markers_of_their_scope() {
    check_events(
        r#"
        "ph":"i","name":"a","ts":1,"s":"g"
        "ph":"I","name":"b","ts":2,"s":"p"
        "ph":"R","name":"c","cat":"nav","ts":3
        "ph":"n","name":"d","ts":4,"id":1
        "#,
        "
        marker a 1 of all
        marker b 2 of 1
        marker c@nav 3 of 1/1
        marker d 4 of 1
        ",
    );
}

#[test]
fn counters_have_a_series_for_each_argument() {
    check_events(
        r#"
        "ph":"C","name":"mem","ts":1,"args":{"rss":1,"heap":"2.5"}
        "ph":"C","name":"mem","ts":3,"args":{"rss":3,"heap":"full"}
        "ph":"C","name":"mem","ts":2,"args":{"rss":2,"heap":NaN}
        "ph":"C","name":"fps","id":"0x7","ts":2,"args":{"value":-6e1}
        "ph":"C","name":"none","ts":2,"args":{}
        "#,
        "
        counter 1 mem.rss: 1=1 2=2 3=3
        counter 1 mem.heap: 1=2.5
        counter 1 fps[0x7]: 2=-60
        loss counter-text x2
        info empty-counter x1
        ",
    );
}

#[test]
fn metadata_names_processes_and_threads_wherever_it_stands() {
    check(
        r#"[{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"old"}},
            {"ph":"X","name":"a","pid":1,"tid":2,"ts":1,"dur":1},
            {"ph":"M","name":"process_name","pid":1,"args":{"name":"app \u00e9"}},
            {"ph":"M","name":"process_labels","pid":1,"args":{"labels":"tab"}},
            {"ph":"M","name":"process_sort_index","pid":1,"args":{"sort_index":-2}},
            {"ph":"M","name":"thread_sort_index","pid":1,"tid":2,"args":{"sort_index":"5"}},
            {"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"new"}},
            {"ph":"M","name":"num_cpus","pid":1,"tid":2,"args":{"number":8}}]"#,
        "
        1 app é (tab)/2 new:
         0 a 1+1
        info metadata x1
        ",
    );
    let (profile, _) = import(
        r#"[{"ph":"M","name":"process_sort_index","pid":7,"args":{"sort_index":-2}},
            {"ph":"M","name":"thread_sort_index","pid":7,"tid":8,"args":{"sort_index":"5"}}]"#,
    );
    assert_eq!(profile.processes().row(rview_core::ProcessId::from_index(0)).sort_index, -2);
    assert_eq!(profile.threads().row(rview_core::ThreadId::from_index(0)).sort_index, 5);
}

#[test]
fn processes_and_threads_are_named_in_any_way() {
    check(
        r#"[{"ph":"X","name":"a","pid":"7","tid":8.0,"ts":1,"dur":1},
            {"ph":"X","name":"b","pid":7,"tid":"stream 7","ts":1,"dur":1},
            {"ph":"X","name":"c","pid":"Spans","tid":139637976727552,"ts":1,"dur":1},
            {"ph":"X","name":"d","pid":"Spans","ts":2,"dur":1},
            {"ph":"X","name":"e","pid":9,"ts":2,"dur":1},
            {"ph":"X","name":"f","ts":2,"dur":1}]"#,
        "
        7/8:
         0 a 1+1
        7/-1 stream 7:
         0 b 1+1
        -2 Spans/139637976727552:
         0 c 1+1
        -2 Spans/-3 Spans:
         0 d 2+1
        9/9:
         0 e 2+1
        0/0:
         0 f 2+1
        ",
    );
}

#[test]
fn asynchronous_operations_nest_by_id() {
    check(
        r#"[{"ph":"b","cat":"net","name":"request","id":"0x1","pid":1,"tid":1,"ts":1},
            {"ph":"b","cat":"net","name":"request","id":2,"pid":1,"tid":1,"ts":2},
            {"ph":"b","cat":"net","name":"connect","id":"1","pid":1,"tid":1,"ts":3},
            {"ph":"e","cat":"net","name":"connect","id":1,"pid":1,"tid":2,"ts":4},
            {"ph":"e","cat":"net","name":"request","id":"0x1","pid":2,"tid":9,"ts":5},
            {"ph":"e","cat":"net","name":"request","id":"0x1","pid":1,"tid":1,"ts":6},
            {"ph":"e","cat":"net","name":"request","id":"2","pid":1,"tid":1,"ts":7}]"#,
        "
        1 ~net/request:
         0 request@net 1+4
         1 connect@net 3+1
         0 request@net 2+5
        loss stray-async x1
        ",
    );
}

#[test]
fn local_ids_are_those_of_their_process() {
    check(
        r#"[{"ph":"b","cat":"c","name":"a","id2":{"local":"1"},"pid":1,"tid":1,"ts":1},
            {"ph":"b","cat":"c","name":"a","id2":{"local":"1"},"pid":2,"tid":1,"ts":2},
            {"ph":"b","cat":"c","name":"g","id2":{"global":"1"},"pid":2,"tid":1,"ts":2},
            {"ph":"e","cat":"c","name":"a","id2":{"local":"1"},"pid":1,"tid":1,"ts":3},
            {"ph":"e","cat":"c","name":"g","id2":{"global":"1"},"pid":1,"tid":1,"ts":4},
            {"ph":"b","cat":"c","name":"h","pid":1,"tid":1,"ts":4},
            {"ph":"e","cat":"c","name":"h","pid":1,"tid":1,"ts":5},
            {"ph":"b","cat":"c","name":"u","id":"x","scope":"s","pid":1,"tid":1,"ts":5},
            {"ph":"e","cat":"c","name":"u","id":"x","pid":1,"tid":1,"ts":6},
            {"ph":"e","cat":"c","name":"a","id2":{"local":"1"},"pid":2,"tid":1,"ts":6}]"#,
        "
        1 ~c/a:
         0 a@c 1+2
        2 ~c/a:
         0 a@c 2+4
        2 ~c/g:
         0 g@c 2+2
        1 ~c/h:
         0 h@c 4+1
        1 ~c/u:
         0 u@c 5+1
        loss stray-async x1
        repair missing-id x2
        repair unclosed-async x1
        ",
    );
}

#[test]
fn steps_of_old_operations_are_slices_within_them() {
    check_events(
        r#"
        "ph":"S","cat":"c","name":"into","id":1,"ts":0
        "ph":"T","cat":"c","name":"into","id":1,"ts":2,"args":{"step":"x"}
        "ph":"T","cat":"c","name":"into","id":1,"ts":5,"args":{"step":"y"}
        "ph":"F","cat":"c","name":"into","id":1,"ts":9
        "ph":"S","cat":"c","name":"past","id":1,"ts":10
        "ph":"p","cat":"c","name":"past","id":1,"ts":12,"args":{"step":"x"}
        "ph":"p","cat":"c","name":"past","id":1,"ts":15,"args":{"step":"y"}
        "ph":"F","cat":"c","name":"past","id":1,"ts":19
        "ph":"T","cat":"thread_state","name":"Running","ts":19,"dur":5
        "#,
        "
        1 ~c/into:
         0 into@c 0+9
         1 x@c 2+3 y@c 5+4
        1 ~c/past:
         0 past@c 10+9
         1 x@c 10+2 y@c 12+3
        loss thread-states x1
        ",
    );
}

#[test]
fn flows_have_an_arrow_for_each_hop() {
    check(
        r#"[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":10},
            {"ph":"X","name":"b","pid":1,"tid":2,"ts":20,"dur":10},
            {"ph":"X","name":"c","pid":1,"tid":3,"ts":40,"dur":10},
            {"ph":"X","name":"d","pid":1,"tid":3,"ts":60,"dur":10},
            {"ph":"f","cat":"f","name":"go","id":1,"pid":1,"tid":3,"ts":45},
            {"ph":"s","cat":"f","name":"go","id":1,"pid":1,"tid":1,"ts":5},
            {"ph":"t","cat":"f","name":"go","id":"0x1","pid":1,"tid":2,"ts":25},
            {"ph":"s","cat":"f","name":"in","id":1,"pid":1,"tid":1,"ts":5},
            {"ph":"f","cat":"f","name":"in","id":1,"pid":1,"tid":3,"ts":45,"bp":"e"},
            {"ph":"f","cat":"f","name":"in","id":1,"pid":1,"tid":3,"ts":46,"bp":"e"},
            {"ph":"s","cat":"f","name":"un","id":1,"pid":1,"tid":1,"ts":5},
            {"ph":"s","cat":"f","name":"no","id":1,"pid":1,"tid":1,"ts":15},
            {"ph":"f","cat":"f","name":"no","id":1,"pid":1,"tid":3,"ts":45},
            {"ph":"s","cat":"f","name":"no","id":2,"pid":1,"tid":7,"ts":15},
            {"ph":"f","cat":"f","name":"no","id":2,"pid":1,"tid":3,"ts":45}]"#,
        "
        1/1:
         0 a 0+10
        1/2:
         0 b 20+10
        1/3:
         0 c 40+10 d 60+10
        flow go: a -> b
        flow go: b -> d
        flow in: a -> c
        loss flow-without-start x1
        loss flow-without-slice x2
        info flow-without-end x1
        ",
    );
}

#[test]
fn slices_are_bound_by_id_too() {
    check(
        r#"[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":10,"bind_id":"0x5","flow_out":true},
            {"ph":"B","name":"b","pid":1,"tid":2,"ts":20,"bind_id":"0x5","flow_in":true,"flow_out":true},
            {"ph":"B","name":"inner","pid":1,"tid":2,"ts":20},
            {"ph":"E","pid":1,"tid":2,"ts":21},
            {"ph":"E","pid":1,"tid":2,"ts":30},
            {"ph":"b","name":"c","cat":"x","id":1,"pid":1,"ts":40,"bind_id":"0x5","flow_in":true},
            {"ph":"e","name":"c","cat":"x","id":1,"pid":1,"ts":41}]"#,
        "
        1/1:
         0 a 0+10
        1/2:
         0 b 20+10
         1 inner 20+1
        1 ~x/c:
         0 c@x 40+1
        flow a: a -> b
        flow b: b -> c@x
        ",
    );
}

#[test]
fn what_is_not_shown_is_counted() {
    check(
        r#"{"traceEvents":[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":1,"sf":7},
            {"ph":"P","name":"Profile","pid":1,"tid":1,"ts":0},
            {"ph":"O","name":"o"},{"ph":"N"},{"ph":"D"},{"ph":"V"},{"ph":"v"},{"ph":"c"},
            {"ph":"("},{"ph":")"},{"ph":"="},{"ph":"?"},{"name":"no phase"},{}],
            "samples":[{"sf":7,"ts":1},{"sf":7,"ts":2}],"stackFrames":{"7":{"name":"f"}}}"#,
        "
        1/1:
         0 a 0+1
        loss cpu-samples x3
        loss objects x3
        loss memory-dumps x2
        loss unknown-phase x1
        loss missing-phase x1
        info event-stacks x1
        info clock-sync x1
        info contexts x3
        ",
    );
}

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
fn names_are_decoded_and_shared() {
    let (profile, _) = import(
        r#"[{"ph":"X","name":"a\u0062","ts":1,"dur":1},{"ph":"X","name":"ab","ts":2,"dur":1},
            {"ph":"X","name":"a","cat":"b","ts":3,"dur":1},{"ph":"X","name":"\ud83d","ts":4,"dur":1},
            {"ph":"X","ts":5,"dur":1}]"#,
    );
    let names = profile.slices().names();
    assert_eq!(names[0], names[1]);
    let text = |row: usize| profile.function_name(names[row]);
    assert_eq!([text(1), text(2), text(3), text(4)], ["ab", "a", "\u{fffd}", "[No name]"]);
}

#[test]
fn details_are_what_else_the_event_says() {
    let event = r#"{"ph":"X","name":"n","cat":"c","pid":1,"tid":2,"ts":1,"dur":2,"tts":3,
        "id2":{"local":"0x1"},"args":{"a":1,"b":{"c":"x\ny","d":[true,{"e":null}],"f":{}}}}"#;
    let file = format!("[{event}]");
    let source = Source::from_vec(file.into_bytes());
    let shown: Vec<String> = ChromeTrace
        .details(&source, 1)
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(
        shown,
        [
            "cat=c",
            "tts=3",
            "id2.local=0x1",
            "args.a=1",
            "args.b.c=x\ny",
            "args.b.d[0]=true",
            "args.b.d[1].e=null"
        ]
    );
    assert_eq!(ChromeTrace.details(&source, 0), []);
    assert_eq!(ChromeTrace.details(&source, u64::MAX), []);

    let deep = format!("{{\"args\":{}1{}}}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let deep = ChromeTrace.details(&Source::from_vec(deep.into_bytes()), 0);
    assert!(deep.len() == 1 && deep[0].1.len() < 5000);
    let wide = format!("{{\"args\":[{}]}}", "7,".repeat(1000));
    assert_eq!(ChromeTrace.details(&Source::from_vec(wide.into_bytes()), 0).len(), 200);
}

#[test]
fn the_end_of_a_slice_has_details_of_its_own() {
    let file = r#"[{"ph":"B","name":"a","ts":1,"args":{"x":1}},{"ph":"E","ts":2,"args":{"y":2}}]"#;
    let (profile, _) = import(file);
    let source = Source::from_vec(file.as_bytes().to_vec());
    let details: Vec<Details> = profile
        .slices()
        .details(SliceId::from_index(0))
        .map(|at| ChromeTrace.details(&source, at))
        .collect();
    let arg = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    assert_eq!(details, [arg("args.x", "1"), arg("args.y", "2")]);
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
