//! Slices of threads: `X`, `B` and `E`.

use super::*;

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
