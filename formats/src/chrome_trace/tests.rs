#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

use std::fmt::Write as _;

use rview_core::{Scope, SliceId};

use super::*;

mod ahead;
mod async_flows;
mod details;
mod differential;
mod events;
mod files;
mod slices;

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
                let duration = time(slices.duration_ns(slice));
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
