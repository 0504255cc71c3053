//! Frames that a file asks to leave out.

use std::sync::Arc;

use rview_core::{GroupBy, Shape, Shaped};

use super::*;

#[test]
fn a_pattern_that_is_slow_on_long_names_takes_little_time() {
    let name = "a".repeat(10 << 20);
    let texts = ["", "cpu", "ns", &name, ".*a.{90}c"];
    let file = sample_type(1, 2).and(sample(&[1], &[5])).and(function(1, 3));
    let file = file.and(location(1, &[1])).and(strings(&texts)).int(7, 4);
    let (_, report) = import(&file).unwrap();
    let notes: Vec<&str> = report.notes().iter().map(|note| note.kind).collect();
    assert_eq!(notes, ["long-name"]);
}

#[test]
fn patterns_are_of_names_as_they_are_shown() {
    let texts = ["", "cpu", "ns", "_ZN3foo3barEv", "main", "foo::bar"];
    let locations = location(1, &[1]).and(location(2, &[2]));
    let functions = function(1, 4).and(function(2, 3));
    let file = sample_type(1, 2).and(sample(&[2, 1], &[5])).and(locations).and(functions);
    let file = file.and(strings(&texts)).int(7, 5);
    check(&file, "main:10 5\n", &["drop-frames"]);
}

#[test]
fn frames_left_out_once_stay_as_they_are_in_groups_and_merges() {
    let texts = ["", "cpu", "ns", "runtime.go", "main", "runtime.leaf", "key", "text", "runtime.*"];
    let label = message().message(3, message().int(1, 6).int(2, 7));
    let stack = message().packed(1, &[3, 2, 1]).packed(2, &[5]).and(label);
    let locations = location(1, &[1]).and(location(2, &[2])).and(location(3, &[3]));
    let functions = function(1, 3).and(function(2, 4)).and(function(3, 5));
    let file = sample_type(1, 2).message(2, stack).and(locations).and(functions);
    let file = file.and(strings(&texts)).int(7, 8);
    let profile = check(&file, "runtime.go:10;main:20 5\n", &["drop-frames"]);
    let groups = GroupBy::Label("key".to_owned());
    let shape = Shape { group_by: Some(groups), ..Default::default() };
    let profile = Arc::new(profile);
    let shaped = Shaped::new(&profile, shape);
    let bytes = export::pprof_uncompressed(&shaped.profile, &shaped.paths, &Selection::default());
    check(&Message(bytes), "key=text;runtime.go:10;main:20 5\n", &[]);
    let mut merger = Merger::default();
    merger.add("a", &profile, &Job::default());
    let merged = merger.finish(&Job::default()).unwrap();
    assert!(merged.facts().iter().all(|(what, _)| &**what != "drop_frames"));
}
