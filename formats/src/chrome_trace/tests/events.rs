//! Instants, counters, metadata, and what is not shown.

use super::*;

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
        unshown metadata x1
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
fn numbers_of_processes_and_threads_may_be_written_with_escapes() {
    check(
        r#"[{"ph":"X","name":"a","pid":"\u0037","tid":"1\u0030","ts":1,"dur":1},
            {"ph":"X","name":"b","pid":"7","tid":10,"ts":3,"dur":1},
            {"ph":"X","name":"c","pid":7,"tid":"1\u002f0","ts":3,"dur":1}]"#,
        "
        7/10:
         0 a 1+1 b 3+1
        7/-1 1/0:
         0 c 3+1
        ",
    );
}

#[test]
fn ids_that_are_texts_stay_beside_names() {
    let (profile, _) = import(
        r#"[{"ph":"X","name":"a","pid":"Renderer","tid":"Pool -1","ts":1,"dur":1},
            {"ph":"X","name":"a","pid":"Renderer","tid":"Pool \u002d2","ts":1,"dur":1},
            {"ph":"M","name":"thread_name","pid":"Renderer","tid":"Pool -1","args":{"name":"w"}},
            {"ph":"M","name":"process_name","pid":"Renderer","args":{"name":"tab"}}]"#,
    );
    let threads = profile.threads().ids();
    let threads: Vec<String> = threads.map(|id| rview_core::thread_name(&profile, id)).collect();
    assert_eq!(threads, ["w Pool -1", "Pool -2"]);
    let process = profile.processes().ids().next().unwrap();
    assert_eq!(rview_core::process_name(&profile, process), "tab Renderer");
}

#[test]
fn threads_whose_numbers_cannot_be_kept_are_named_by_them() {
    check(
        r#"[{"ph":"X","name":"a","pid":7,"tid":1.2,"ts":1,"dur":1},
            {"ph":"X","name":"b","pid":7,"tid":1.7,"ts":1,"dur":1},
            {"ph":"X","name":"c","pid":7,"tid":18446744073709551615,"ts":1,"dur":1},
            {"ph":"X","name":"d","pid":7,"tid":-1,"ts":1,"dur":1},
            {"ph":"X","name":"e","pid":7,"tid":1.2e1,"ts":1,"dur":1},
            {"ph":"X","name":"f","pid":7,"tid":139872345678912.0,"ts":1,"dur":1},
            {"ph":"X","name":"g","pid":true,"tid":null,"ts":1,"dur":1}]"#,
        "
        7/-1 1.2:
         0 a 1+1
        7/-2 1.7:
         0 b 1+1
        7/-3 18446744073709551615:
         0 c 1+1
        7/-1:
         0 d 1+1
        7/12:
         0 e 1+1
        7/139872345678912:
         0 f 1+1
        -4 true/-5 true:
         0 g 1+1
        ",
    );
}

#[test]
fn a_name_may_be_a_number() {
    check(
        r#"[{"ph":"X","name":12,"pid":1,"tid":1,"ts":1,"dur":1},
            {"ph":"X","name":null,"pid":1,"tid":1,"ts":5,"dur":1}]"#,
        "
        1/1:
         0 12 1+1 [No name] 5+1
        ",
    );
}

#[test]
fn what_is_not_shown_is_counted() {
    check(
        r#"{"traceEvents":[{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":1,"sf":7},
            {"ph":"P","name":"tick","pid":1,"tid":1,"ts":0},
            {"ph":"O","name":"o"},{"ph":"N"},{"ph":"D"},{"ph":"V"},{"ph":"v"},{"ph":"c"},
            {"ph":"("},{"ph":")"},{"ph":"="},{"ph":"?"},{"name":"no phase"},{}],
            "samples":[{"sf":7,"ts":1},{"ts":2},{"sf":8,"ts":3}],
            "stackFrames":{"7":{"name":"f"}}}"#,
        "
        1/1:
         0 a 0+1
        loss cpu-samples x1
        loss objects x3
        loss memory-dumps x2
        loss unknown-phase x1
        loss missing-phase x1
        loss sample-without-time x1
        loss sample-without-node x1
        unshown clock-sync x1
        unshown contexts x3
        ",
    );
}

/// Imports samples beside the events: name, unit and total of each value type, and the notes.
fn import_samples(samples: &str) -> (Vec<String>, Vec<(&'static str, u64)>) {
    let frames = r#""stackFrames":{"1":{"name":"main"},"a\/b":{"name":"f","parent":1}}"#;
    let event = r#"{"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":1}"#;
    let (profile, job) =
        import(&format!(r#"{{"traceEvents":[{event}],{frames},"samples":[{samples}]}}"#));
    let types = profile.value_type_ids().zip(profile.value_types());
    let types = types.map(|(id, row)| {
        let total = profile.samples().weights(id).total();
        format!("{} {} {total}", row.name, row.unit.name())
    });
    let report = job.report();
    let notes = report.notes().into_iter().map(|note| (note.kind, note.count)).collect();
    (types.collect(), notes)
}

#[test]
fn samples_beside_the_events_count_for_what_they_weigh() {
    let cycles = r#"{"sf":1,"ts":1,"name":"cycles:HG","weight":100},
        {"sf":"a/b","ts":5,"name":"cycles:HG","weight":"20"}"#;
    let (types, notes) = import_samples(cycles);
    assert_eq!(types, ["cycles:HG count 120", "samples of cycles:HG count 2"]);
    assert_eq!(notes, []);
    let (types, notes) = import_samples(&format!(
        r#"{cycles},{{"sf":1,"ts":2,"weight":2}},{{"sf":1,"ts":2,"weight":{{}}}}"#
    ));
    assert_eq!(types[2..], ["weight count 3", "samples of weight count 2"]);
    assert_eq!(notes, [("sample-without-weight", 1)]);
    let (types, _) = import_samples(r#"{"sf":1,"ts":1,"weight":1},{"sf":1,"ts":4,"weight":1.0}"#);
    assert_eq!(types, ["time nanoseconds 3000", "samples count 2"], "each until the next");
}

#[test]
fn weights_of_samples_keep_their_fractions() {
    let (types, notes) = import_samples(
        r#"{"sf":1,"ts":1,"name":"watts","weight":0.25},{"sf":1,"ts":2,"name":"watts","weight":3},
           {"sf":1,"ts":3,"name":"cycles","weight":100},{"sf":1,"ts":4,"name":"watts"}"#,
    );
    assert_eq!(types[..2], ["watts 0.01 425", "samples of watts count 3"]);
    assert_eq!(types[2..], ["cycles count 100", "samples of cycles count 1"], "others stay whole");
    assert_eq!(notes, []);
    let (types, _) =
        import_samples(r#"{"sf":1,"ts":1,"weight":1},{"sf":1,"ts":4,"weight":"15e-1"}"#);
    assert_eq!(types[0], "weight 0.1 25");
}

#[test]
fn weights_finer_than_can_be_kept_are_rounded_and_counted() {
    let (types, notes) = import_samples(
        r#"{"sf":1,"ts":1,"weight":9000000000000000000},{"sf":1,"ts":2,"weight":1.5},
           {"sf":1,"ts":3,"weight":1.25},{"sf":1,"ts":4,"weight":7}"#,
    );
    assert_eq!(types[0], "weight count 9000000000000000010");
    assert_eq!(notes, [("rounded", 2)]);
    let (types, notes) = import_samples(r#"{"sf":1,"ts":1,"weight":0.1234567891234}"#);
    assert_eq!((&*types[0], &notes[..]), ("weight 0.000000001 123456789", &[("rounded", 1)][..]));
    let (types, notes) = import_samples(
        r#"{"sf":1,"ts":1,"weight":1e400},{"sf":1,"ts":2,"weight":"heavy"},
           {"sf":1,"ts":3,"weight":0.5}"#,
    );
    assert_eq!(types[0], "weight 0.1 25", "what has no weight of its own counts one, not a least");
    assert_eq!(notes, [("sample-without-weight", 2)]);
}

#[test]
fn times_beyond_what_is_kept_are_cut_and_counted() {
    check_events(
        r#"
        "ph":"X","name":"a","ts":1,"dur":1
        "ph":"X","name":"long","ts":2,"dur":9000000000000000
        "ph":"X","name":"late","ts":9000000000000000,"dur":1
        "ph":"X","name":"last","ts":4611686018427387,"dur":0.903
        "#,
        "
        1/1:
         0 a 1+1 long 2+4611686018427385903ns late 4611686018427387903ns+0
         1 last 4611686018427387+903ns
        repair cut-time x2
        ",
    );
}

#[test]
fn notes_name_the_first_place_and_what_to_do() {
    let json = r#"[{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5},
        {"ph":"X","name":"b","pid":1,"tid":1,"ts":2,"dur":9},
        {"ph":"P","name":"c","pid":1,"tid":1,"ts":3}]"#;
    let (_, job) = import(json);
    for (kind, start) in
        [("overlapping", r#"{"ph":"X","name":"b""#), ("cpu-samples", r#"{"ph":"P""#)]
    {
        let report = job.report();
        let note = report.notes().into_iter().find(|note| note.kind == kind).unwrap().clone();
        let at = format!("first at byte {}; ", json.find(start).unwrap());
        assert!(note.text.contains(&at), "{}", note.text);
    }
}

#[test]
fn escapes_are_of_no_meaning() {
    check_events(
        r#"
        "ph":"\u004d","name":"thread\u005fname","args":{"name":"ma\u0069n"}
        "ph":"\u0058","name":"a","ts":1,"dur":2
        "ph":"\u0069","s":"\u0074","name":"b","ts":1
        "#,
        "
        1/1 main:
         0 a 1+2
        marker b 1 of 1/1 main
        ",
    );
}
