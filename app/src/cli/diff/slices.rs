//! `rview diff --slice`: the slices of one name, instance by instance.

use std::fmt::Write as _;

use rview_core::diff::{InstancePair, MatchedBy, Rename, Side};
use rview_core::units::{format_duration, format_percent, format_time, group_digits};
use rview_core::{FunctionId, FunctionSet, Profile};
use rview_formats::Document;
use serde::Serialize;

use super::super::{CANNOT_READ, Failure, WRONG_USE};
use crate::instances::{PairedInstances, change_ns, durations_ns, state_of};
use crate::views::track_label;

/// What is printed as JSON.
#[derive(Serialize)]
struct Summary {
    a: Recording,
    b: Recording,
    slice: String,
    /// What it is called in A, where that is another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    slice_a: Option<String>,
    /// Why instances of both are one: `arguments` or `order`; `null` where none are.
    matched_by: Option<&'static str>,
    /// How many are in both, new and gone.
    both: usize,
    new: usize,
    gone: usize,
    /// The largest change first.
    instances: Vec<Instance>,
}

#[derive(Serialize)]
struct Recording {
    file: String,
    format: &'static str,
    instances: usize,
    total_ns: i64,
}

#[derive(Serialize)]
struct Instance {
    state: &'static str,
    start_a_ns: Option<i64>,
    duration_a_ns: Option<i64>,
    track_a: Option<String>,
    start_b_ns: Option<i64>,
    duration_b_ns: Option<i64>,
    track_b: Option<String>,
    change_ns: i64,
}

/// The slices of a name in one file of each side.
pub(super) struct Slices<'a> {
    documents: [&'a Document; 2],
    names: [&'a str; 2],
    paired: PairedInstances,
}

impl<'a> Slices<'a> {
    /// Pairs them; a name that only one of the files has is all new or all gone.
    pub(super) fn new(
        documents: [&'a Document; 2],
        sides: [Side<'_>; 2],
        name: &'a str,
        renames: &'a [Rename],
    ) -> Result<Self, Failure> {
        let name_a = renames.iter().find(|it| it.of[1].name == name);
        let names = [name_a.map_or(name, |it| &*it.of[0].name), name];
        let sets = [0, 1].map(|at| called(sides[at].profile, names[at]));
        let paired = PairedInstances::new(documents, sides, [&sets[0], &sets[1]]);
        if paired.rows.is_empty() {
            let line = format!("--slice: neither file has a slice called {name}");
            return Err(Failure::new(WRONG_USE, line));
        }
        Ok(Self { documents, names, paired })
    }

    fn profiles(&self) -> [&'a Profile; 2] {
        self.documents.map(|document| &*document.profile)
    }

    /// For programs.
    pub(super) fn json(&self, n_rows: usize) -> Result<String, Failure> {
        let [both, new, gone] = self.paired.counts;
        let summary = Summary {
            a: self.recording(0),
            b: self.recording(1),
            slice: self.names[1].to_owned(),
            slice_a: Some(self.names[0].to_owned()).filter(|name| name != self.names[1]),
            matched_by: self.paired.by.map(|by| match by {
                MatchedBy::Arguments => "arguments",
                MatchedBy::Order => "order",
            }),
            both,
            new,
            gone,
            instances: self.paired.rows.iter().take(n_rows).map(|row| self.instance(row)).collect(),
        };
        let json = serde_json::to_string_pretty(&summary)
            .map_err(|err| Failure::new(CANNOT_READ, err.to_string()))?;
        Ok(format!("{json}\n"))
    }

    fn recording(&self, side: usize) -> Recording {
        let document = self.documents[side];
        Recording {
            file: document.input.name(),
            format: document.format(),
            instances: self.n_instances(side),
            total_ns: self.paired.total_ns[side],
        }
    }

    fn n_instances(&self, side: usize) -> usize {
        let [both, new, gone] = self.paired.counts;
        both + [gone, new][side]
    }

    fn instance(&self, row: &InstancePair) -> Instance {
        let profiles = self.profiles();
        let start = |at: usize| row.of[at].map(|slice| profiles[at].slices().start_ns(slice));
        let track = |at: usize| row.of[at].map(|slice| track_label(profiles[at], slice));
        let [duration_a_ns, duration_b_ns] = durations_ns(profiles, row);
        Instance {
            state: state_of(row),
            start_a_ns: start(0),
            duration_a_ns,
            track_a: track(0),
            start_b_ns: start(1),
            duration_b_ns,
            track_b: track(1),
            change_ns: change_ns(profiles, row),
        }
    }

    /// For people.
    pub(super) fn text(&self, n_rows: usize) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _: std::fmt::Result = self.write(&mut out, n_rows);
        out
    }

    fn write(&self, out: &mut String, n_rows: usize) -> std::fmt::Result {
        let PairedInstances { rows, by, counts: [both, new, gone], total_ns } = &self.paired;
        let count = |n: usize| group_digits(i64::try_from(n).unwrap_or(i64::MAX));
        for (at, letter) in ["A", "B"].into_iter().enumerate() {
            let Recording { file, format, .. } = self.recording(at);
            let (n, total) = (count(self.n_instances(at)), format_duration(total_ns[at]));
            writeln!(out, "{letter}  {file}: {format}, {n} of {}, {total}", self.names[at])?;
        }
        let change = total_ns[1].saturating_sub(total_ns[0]);
        let of_a = if total_ns[0] == 0 { String::new() } else { of_a(change, total_ns[0]) };
        writeln!(out, "   all together {} {of_a}", signed(change))?;
        let how = match by {
            Some(MatchedBy::Arguments) => ", by their arguments",
            Some(MatchedBy::Order) => ", by their order: arguments tell nothing",
            None => "",
        };
        writeln!(
            out,
            "   {} in both{how}; {} new, {} gone\n",
            count(*both),
            count(*new),
            count(*gone)
        )?;
        writeln!(
            out,
            "{:>14} {:>12} {:>14} {:>12} {:>12} {:>9}      thread",
            "Start A", "A", "Start B", "B", "Change", "of A"
        )?;
        for row in rows.iter().take(n_rows) {
            self.write_row(out, row)?;
        }
        let n_left = rows.len().saturating_sub(n_rows);
        if n_left > 0 {
            writeln!(out, "… and {n_left} more; --all lists them")?;
        }
        Ok(())
    }

    fn write_row(&self, out: &mut String, row: &InstancePair) -> std::fmt::Result {
        let it = self.instance(row);
        let none = || "–".to_owned();
        let duration = |ns: Option<i64>| ns.map_or_else(none, format_duration);
        let start = |ns: Option<i64>| ns.map_or_else(none, |ns| format_time(ns, 1000));
        let share = it.duration_a_ns.filter(|&a| a != 0 && it.duration_b_ns.is_some());
        let share = share.map_or_else(none, |a| of_a(it.change_ns, a));
        let state = if it.state == "both" { "" } else { it.state };
        writeln!(
            out,
            "{:>14} {:>12} {:>14} {:>12} {:>12} {share:>9} {state:>4} {}",
            start(it.start_a_ns),
            duration(it.duration_a_ns),
            start(it.start_b_ns),
            duration(it.duration_b_ns),
            signed(it.change_ns),
            it.track_b.or(it.track_a).unwrap_or_default(),
        )
    }
}

fn called(profile: &Profile, name: &str) -> FunctionSet {
    let functions = profile.symbols().functions().ids();
    let is_called = |function: &FunctionId| profile.function_name(*function) == name;
    functions.filter(is_called).collect()
}

fn signed(ns: i64) -> String {
    let sign = if ns > 0 { "+" } else { "" };
    format!("{sign}{}", format_duration(ns))
}

fn of_a(change: i64, a: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", format_percent(change, a))
}
