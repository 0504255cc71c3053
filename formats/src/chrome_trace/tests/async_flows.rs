//! Asynchronous operations, and flows between slices.

use super::*;

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
fn operations_are_one_however_they_are_escaped() {
    check(
        r#"[{"ph":"b","cat":"a\/b","name":"n","id":"x\/y","pid":1,"tid":1,"ts":1},
            {"ph":"e","cat":"a/b","name":"n","id":"x/y","pid":1,"tid":1,"ts":3},
            {"ph":"b","cat":"a/b","name":"n","id":"\u0030x10","pid":1,"tid":1,"ts":5},
            {"ph":"e","cat":"a\/b","name":"n","id":16,"pid":1,"tid":1,"ts":9}]"#,
        "
        1 ~a/b/n:
         0 n@a/b 1+2 n@a/b 5+4
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
        1 ~state of 1:
         0 Running@thread_state 19+5
        ",
    );
}

#[test]
fn states_of_threads_have_a_track_of_their_own() {
    check_events(
        r#"
        "ph":"T","cat":"thread_state","name":"Running","ts":1,"dur":5
        "ph":"T","cat":"thread_state","name":"S","ts":6,"dur":4
        "ph":"T","cat":"thread_state","name":"X","ts":10
        "ph":"X","name":"work","ts":1,"dur":9
        "ph":"M","name":"thread_name","args":{"name":"main"}
        "#,
        "
        1/1 main:
         0 work 1+9
        1 ~state of main:
         0 Running@thread_state 1+5 S@thread_state 6+4
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
        unshown flow-without-end x1
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
fn flows_of_local_ids_stay_in_their_process() {
    check(
        r#"[
        {"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5},
        {"ph":"X","name":"b","pid":1,"tid":2,"ts":10,"dur":5},
        {"ph":"X","name":"c","pid":2,"tid":1,"ts":1,"dur":5},
        {"ph":"X","name":"d","pid":2,"tid":2,"ts":10,"dur":5},
        {"ph":"s","name":"f","pid":1,"tid":1,"ts":2,"id2":{"local":"0x1"}},
        {"ph":"s","name":"f","pid":2,"tid":1,"ts":3,"id2":{"local":"0x1"}},
        {"ph":"f","bp":"e","name":"f","pid":1,"tid":2,"ts":11,"id2":{"local":"0x1"}},
        {"ph":"f","bp":"e","name":"f","pid":2,"tid":2,"ts":12,"id2":{"local":"0x1"}}
        ]"#,
        "
        1/1:
         0 a 1+5
        1/2:
         0 b 10+5
        2/1:
         0 c 1+5
        2/2:
         0 d 10+5
        flow f: a -> b
        flow f: c -> d
        ",
    );
}

#[test]
fn slices_are_bound_within_their_scope() {
    check_events(
        r#"
        "ph":"X","name":"a","ts":1,"dur":5,"bind_id":"1","flow_out":true,"scope":"x"
        "ph":"X","name":"b","ts":10,"dur":5,"bind_id":"1","flow_in":true,"scope":"x"
        "ph":"X","name":"c","ts":20,"dur":5,"bind_id":"1","flow_in":true,"scope":"y"
        "#,
        "
        1/1:
         0 a 1+5 b 10+5 c 20+5
        flow a: a -> b
        loss flow-without-start x1
        ",
    );
}

#[test]
fn a_flow_that_takes_no_time_may_end_first_in_the_file() {
    check(
        r#"[
        {"ph":"X","name":"kernel","pid":0,"tid":7,"ts":5,"dur":5},
        {"ph":"f","bp":"e","cat":"ac2g","name":"ac2g","pid":0,"tid":7,"ts":5,"id":1},
        {"ph":"X","name":"launch","pid":1,"tid":1,"ts":5,"dur":2},
        {"ph":"s","cat":"ac2g","name":"ac2g","pid":1,"tid":1,"ts":5,"id":1},
        {"ph":"f","bp":"e","cat":"ac2g","name":"ac2g","pid":0,"tid":7,"ts":6,"id":2},
        {"ph":"s","cat":"ac2g","name":"ac2g","pid":1,"tid":1,"ts":7,"id":2}
        ]"#,
        "
        0/7:
         0 kernel 5+5
        1/1:
         0 launch 5+2
        flow ac2g: launch -> kernel
        loss flow-without-start x1
        unshown flow-without-end x1
        ",
    );
}

#[test]
fn a_flow_that_touches_no_slice_is_named_by_its_place() {
    let json = r#"[{"ph":"X","name":"a","pid":1,"tid":1,"ts":1,"dur":5},
        {"ph":"s","name":"f","pid":1,"tid":1,"ts":2,"id":1},
        {"ph":"f","bp":"e","name":"f","pid":1,"tid":1,"ts":9,"id":1}]"#;
    let at = json.find(r#"{"ph":"f""#).unwrap();
    let (_, job) = import(json);
    let text = job.report().notes()[0].text.clone();
    assert!(text.contains(&format!("first at byte {at};")), "{text}");
}
