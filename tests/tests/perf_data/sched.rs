//! What threads did, against the switches that perf prints.

use std::collections::BTreeMap;

use rview_core::{Profile, SliceId};
use rview_formats::Document;

use crate::compare::text_beside;
use crate::{fixtures, kinds, open_with};

/// Nanoseconds by thread and state.
type Times = BTreeMap<(i64, String), i64>;

fn open() -> Document {
    open_with(&fixtures().join("sched.perf.data"), &[fixtures()])
}

/// One switch as perf prints it.
struct Switch {
    tid: i64,
    cpu: String,
    time_ns: i64,
    /// `sched:sched_switch:`, or `PERF_RECORD_SWITCH` and what follows.
    what: String,
}

/// Reads `app 12/13 [001] 15.924945606: PERF_RECORD_SWITCH OUT preempt`.
fn switches() -> Vec<Switch> {
    let text = text_beside(&fixtures().join("sched.perf.data"), ".switches.txt");
    let mut switches = Vec::new();
    for line in text.unwrap().lines().filter(|line| line.contains("SWITCH") || line.contains(':')) {
        let (head, rest) = line.split_once(" [").unwrap();
        let (_, tid) = head.rsplit_once('/').unwrap();
        let (cpu, rest) = rest.split_once("] ").unwrap();
        let (time, what) = rest.trim().split_once(": ").unwrap();
        switches.push(Switch {
            tid: tid.trim().parse().unwrap(),
            cpu: cpu.trim_start_matches('0').to_owned(),
            time_ns: time.replace('.', "").parse().unwrap(),
            what: what.trim().to_owned(),
        });
    }
    switches
}

/// The tid that a switch went to, by its time.
fn next_tids() -> BTreeMap<i64, i64> {
    let text = text_beside(&fixtures().join("sched.perf.data"), ".trace.txt").unwrap();
    let next = |line: &str| {
        let (head, rest) = line.split_once(": sched:sched_switch:")?;
        let (_, time) = head.trim().rsplit_once(' ')?;
        let (_, rest) = rest.split_once("next_pid=")?;
        let (tid, _) = rest.split_once(' ')?;
        Some((time.replace('.', "").parse().ok()?, tid.parse().ok()?))
    };
    text.lines().map(|line| next(line).unwrap()).collect()
}

/// When threads end, by tid.
fn exits() -> BTreeMap<i64, i64> {
    let text = text_beside(&fixtures().join("sched.perf.data"), ".tasks.txt").unwrap();
    let exit = |line: &str| {
        let (head, rest) = line.split_once(": PERF_RECORD_EXIT(")?;
        let (_, time) = head.rsplit_once(' ')?;
        let (_, tid) = rest.split_once(')')?.0.split_once(':')?;
        Some((tid.parse().ok()?, time.replace('.', "").parse().ok()?))
    };
    text.lines().filter_map(exit).collect()
}

/// Adds up how long each thread ran and waited: from the sample of a switch to the sample or
/// the record of the next switch in, and from there to the next sample, or the end of the thread.
fn expected() -> (Times, BTreeMap<String, i64>) {
    let mut times = Times::new();
    let mut on_cpus = BTreeMap::new();
    let mut since: BTreeMap<i64, (String, i64)> = BTreeMap::new();
    let (switches, next_tids) = (switches(), next_tids());
    let mut change = |tid: i64, state: &str, switch: &Switch| {
        if since.get(&tid).is_some_and(|(known, _)| known == state && state == "running") {
            return;
        }
        let before = since.insert(tid, (state.to_owned(), switch.time_ns));
        let Some((state, start)) = before else { return };
        let duration = switch.time_ns - start;
        if state == "running" {
            *on_cpus.entry(format!("CPU {}", cpu_name(&switch.cpu))).or_default() += duration;
        }
        *times.entry((tid, state)).or_default() += duration;
    };
    let shown: std::collections::BTreeSet<i64> = switches.iter().map(|it| it.tid).collect();
    for (row, switch) in switches.iter().enumerate() {
        match switch.what.as_str() {
            "PERF_RECORD_SWITCH IN" => change(switch.tid, "running", switch),
            "sched:sched_switch:" => {
                // Whether it could go on, only the record behind the sample says in this text.
                let is_out =
                    |later: &&Switch| later.tid == switch.tid && later.what.contains("OUT");
                let record = switches[row..].iter().find(is_out);
                let is_preempted = record.is_some_and(|record| record.what.ends_with("preempt"));
                let state = if is_preempted { "preempted" } else { "blocked" };
                change(switch.tid, state, switch);
                let next = next_tids[&switch.time_ns];
                if shown.contains(&next) {
                    change(next, "running", switch);
                }
            }
            _ => {}
        }
    }
    let exits = exits();
    for (tid, (state, start)) in since {
        if state == "running" {
            let cpu = switches.iter().rev().find(|switch| switch.tid == tid).unwrap();
            let duration = exits[&tid] - start;
            *on_cpus.entry(format!("CPU {}", cpu_name(&cpu.cpu))).or_default() += duration;
            *times.entry((tid, state)).or_default() += duration;
        }
    }
    (times, on_cpus)
}

fn cpu_name(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

fn slices_of(profile: &Profile, track: rview_core::TrackId) -> Vec<SliceId> {
    let lanes = profile.tracks().lanes(track);
    let rows = lanes.flat_map(|lane| profile.slices().lane_slices(lane));
    rows.map(SliceId::from_index).collect()
}

#[test]
fn threads_run_and_wait_as_long_as_perf_says() {
    let document = open();
    let profile = &document.profile;
    let (expected, on_cpus) = expected();
    let (mut found, mut found_on_cpus) = (Times::new(), BTreeMap::new());
    for track in profile.tracks().ids() {
        let row = profile.tracks().row(track);
        for slice in slices_of(profile, track) {
            let duration = profile.slices().end_ns(slice) - profile.slices().start_ns(slice);
            let name = profile.function_name(profile.slices().name(slice)).to_owned();
            if let Some(thread) = row.thread {
                let tid = profile.threads().row(thread).tid;
                *found.entry((tid, name)).or_default() += duration;
            } else {
                let cpu = profile.text(row.name).to_owned();
                *found_on_cpus.entry(cpu).or_default() += duration;
            }
        }
    }
    assert_eq!(found, expected);
    assert_eq!(found_on_cpus, on_cpus);
    assert!(expected.len() >= 9, "{expected:?}");
    assert!(!kinds(&document).contains(&"sched-subsampled"));
}

#[test]
fn time_off_the_cpu_weighs_on_the_stack_that_waited() {
    let document = open();
    let profile = &document.profile;
    let value_types = profile.value_types().iter().zip(profile.value_type_ids());
    let (expected, _) = expected();
    for (value_type, id) in value_types.filter(|(value_type, _)| value_type.name.ends_with("ed")) {
        let of_state = expected.iter().filter(|((_, state), _)| **state == *value_type.name);
        let expected: i64 = of_state.map(|(_, duration)| duration).sum();
        assert_eq!(profile.samples().weights(id).total(), expected, "{}", value_type.name);
        assert!(expected > 0);
    }
    let names: Vec<_> = profile.value_types().iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["sched:sched_switch", "blocked", "preempted"]);
}

#[test]
fn a_switch_has_the_fields_that_perf_prints() {
    let document = open();
    let profile = &document.profile;
    let text = text_beside(&fixtures().join("sched.perf.data"), ".trace.txt").unwrap();
    let mut compared = 0;
    for track in profile.tracks().ids().filter(|&id| profile.tracks().row(id).thread.is_some()) {
        for slice in slices_of(profile, track) {
            let [at] = profile.slices().details(slice).collect::<Vec<_>>()[..] else { panic!() };
            let details = document.details(at);
            let of = |name: &str| {
                let detail = details.iter().find(|(known, _)| known == name);
                detail.map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            if profile.function_name(profile.slices().name(slice)) != "running" {
                assert_ne!(of("event"), "switch out");
                continue;
            }
            if of("event") == "exit" {
                continue;
            }
            let time = profile.slices().end_ns(slice) + profile.origin_ns();
            let time = format!(" {}.{:09}: ", time / 1_000_000_000, time % 1_000_000_000);
            let line = text.lines().find(|line| line.contains(&time)).unwrap();
            for (name, value) in [
                ("prev_comm", of("prev_comm")),
                ("prev_pid", of("prev_pid")),
                ("next_comm", of("next_comm")),
                ("next_pid", of("next_pid")),
                ("next_prio", of("next_prio")),
            ] {
                assert!(line.contains(&format!("{name}={value}")), "{line}: {details:?}");
            }
            compared += 1;
        }
    }
    assert!(compared > 100);
}
