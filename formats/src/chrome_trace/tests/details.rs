//! Names, and what is told of an event when somebody looks.

use super::*;

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
    assert_eq!(ChromeTrace.details(&Source::from_vec(wide.into_bytes()), 0).len(), 201);
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
fn what_is_beyond_the_first_details_is_counted() {
    let args: Vec<String> = (0..1000).map(|i| format!("\"k{i}\":{i}")).collect();
    let json = format!(
        r#"[{{"ph":"X","pid":1,"tid":1,"ts":1,"dur":5,"args":{{{}}},"extra":1}}]"#,
        args.join(",")
    );
    let source = Source::from_vec(json.into_bytes());
    let details = ChromeTrace.details(&source, 1);
    assert_eq!(details.len(), 201);
    assert_eq!(details[199].0, "args.k199");
    assert_eq!(details[200], ("…".to_owned(), "801 more, in the file at byte 1".to_owned()));
}

#[test]
fn a_huge_list_is_counted_and_not_built() {
    let list = |n: usize| {
        format!(r#"[{{"args":{{"list":[{}1],"text":"{}"}}}}]"#, "[7],".repeat(n), "x".repeat(n))
    };
    let source = Source::from_vec(list(1_000_000).into_bytes());
    let start = std::time::Instant::now();
    let details = ChromeTrace.details(&source, 1);
    assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(details.len(), 201);
    assert_eq!(details[200].1, "999802 more, in the file at byte 1");
    let source = Source::from_vec(list(8_000_000).into_bytes());
    let details = ChromeTrace.details(&source, 1);
    assert_eq!(details.len(), 201);
    assert!(details[200].1.starts_with("at least 41"), "{details:?}");
    let long = format!(r#"[{{"args":{{"text":"{}\u0041"}}}}]"#, "\\u0042".repeat(1_000_000));
    let details = ChromeTrace.details(&Source::from_vec(long.into_bytes()), 1);
    assert_eq!(details[0].1, "B".repeat(4096) + "…");
}

#[test]
fn stacks_where_events_were_recorded_are_details() {
    let file = r#"{"traceEvents":[
        {"ph":"X","name":"a","ts":1,"dur":1,"sf":"2","args":{"x":1}},
        {"ph":"B","name":"b","ts":3,"stack":["main","0x12"]},{"ph":"E","ts":5,"esf":1},
        {"ph":"i","name":"c","ts":7,"sf":9},
        {"ph":"C","name":"d","ts":7,"sf":1,"args":{"v":1}}],
        "stackFrames":{"1":{"category":"app","name":"main"},"2":{"name":"read","parent":"1"},
            "3":{"name":"loop","parent":4},"4":{"name":"loop","parent":3}}}"#;
    let job = Job::default();
    let source = Source::from_vec(file.as_bytes().to_vec());
    let (profile, source) = ChromeTrace.consume(source, &job).unwrap();
    let slices = profile.slices();
    let shown = |at: u64| -> Vec<String> {
        let details = ChromeTrace.details(&source, at);
        details.iter().map(|(key, value)| format!("{key}={value}")).collect()
    };
    let of = |slice: usize| -> Vec<Vec<String>> {
        slices.details(SliceId::from_index(slice)).map(shown).collect()
    };
    assert_eq!(of(0), [["args.x=1", "stack=read\nmain (app)"]]);
    assert_eq!(of(1), [["stack=0x12\nmain"], ["stack at the end=main (app)"]]);
    let marker = profile.markers().detail(rview_core::MarkerId::from_index(0)).unwrap();
    assert_eq!(shown(marker), ["sf=9"], "a frame that is not there is shown as it stands");
    let notes: Vec<_> = job.report().notes().iter().map(|note| note.kind).collect();
    assert_eq!(notes, ["event-stacks"], "a counter has no details");
    let round = file.replace(r#""sf":"2""#, r#""sf":3"#);
    let source = Source::from_vec(round.into_bytes());
    let (_, source) = ChromeTrace.consume(source, &job).unwrap();
    let at = file.find(r#"{"ph":"X"#).unwrap() as u64;
    let details = ChromeTrace.details(&source, at);
    assert!(details[1].1.ends_with("… 99800 more"), "{details:?}");
}
