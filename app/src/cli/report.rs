//! `rview report`: what a file holds, for people and, as JSON, for programs.
//!
//! The JSON is a contract: fields may be added, none changes its meaning. What is serialized
//! are the types of this file, never those of the model.

mod collect;
mod functions;
mod labels;
mod slices;

use std::fmt::Write as _;

use clap::Args;
use rview_core::units::{format_duration, format_percent, group_digits};
use rview_core::{Granularity, Unit, escaped, shown_name};
use rview_formats::Input;
use serde::Serialize;

pub(super) use collect::notes;

use super::counted::Counted;
use super::shape::{PathsOf, group_by as group_by_of, plural};
use super::{Failure, Names, Subject, print};

/// `rview report`
#[derive(Args)]
pub(super) struct Report {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    paths: PathsOf,
    /// Says how long the slices of this name last, and which last longest
    #[arg(long, value_name = "NAME")]
    slice: Option<String>,
    /// Says what the samples of each value of this label, each `thread` or each `process` count for
    #[arg(long, value_name = "KEY")]
    group_by: Option<String>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Prints whole lists, not the 20 largest of each, in JSON 50
    #[arg(long)]
    all: bool,
}

/// What is said of places with nothing, which people need not read.
const NOT_THERE: &str = "not there";

/// How many rows a list has without `--all`.
pub(super) const LIST_LEN: usize = 50;

/// How much is listed.
#[derive(Clone, Copy)]
struct List {
    /// The most rows.
    len: usize,
    /// Whether functions are listed by each value type, not only by the one that is shown first.
    is_of_each_type: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Summary {
    file: String,
    format: &'static str,
    duration_ns: i64,
    value_types: Vec<ValueType>,
    counts: Counts,
    threads: Vec<Thread>,
    functions: Vec<Function>,
    slices: Vec<Slice>,
    labels: Vec<labels::Key>,
    notes: Vec<Note>,
    modules: Vec<Module>,
    load: Load,
    /// Whether not all of the file counts; `counts` are of all of it.
    is_part: bool,
    /// Of the name that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<slices::Distribution>,
}

/// A binary, and where its names are from.
#[derive(Serialize)]
struct Module {
    path: String,
    build_id: String,
    frames: usize,
    named: usize,
    with_lines: usize,
    symbols: String,
    lines: String,
    tried: Vec<Tried>,
}

/// A file that was looked for, and what was there.
#[derive(Serialize)]
struct Tried {
    path: String,
    found: String,
}

#[derive(Serialize)]
struct ValueType {
    name: String,
    unit: String,
    samples: usize,
    total: i64,
    /// What shares are of: the total, without signs where some weigh less than nothing.
    #[serde(skip)]
    whole: i64,
}

#[derive(Serialize)]
struct Counts {
    processes: usize,
    threads: usize,
    samples: usize,
    stacks: usize,
    functions: usize,
    slices: usize,
    async_slices: usize,
    markers: usize,
    counters: usize,
    counter_values: usize,
    flows: usize,
    branches: u64,
}

#[derive(Serialize)]
struct Thread {
    pid: i64,
    /// The id of the process, where it is a text; `pid` is then made up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pid_text: Option<String>,
    tid: i64,
    /// As `pid_text`, of the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    tid_text: Option<String>,
    process: String,
    name: String,
    samples: usize,
    slices: usize,
}

#[derive(Serialize)]
struct Function {
    name: String,
    module: String,
    file: String,
    line: u32,
    #[serde(rename = "self")]
    self_: Vec<i64>,
    total: Vec<i64>,
}

#[derive(Serialize)]
struct Slice {
    name: String,
    category: String,
    count: u64,
    total_ns: i64,
    self_ns: i64,
}

/// What the importer noted.
#[derive(Serialize)]
pub(super) struct Note {
    kind: &'static str,
    severity: &'static str,
    count: u64,
    text: String,
}

#[derive(Serialize)]
struct Load {
    bytes: u64,
    import_ms: f64,
    index_ms: f64,
    peak_anon_bytes: u64,
}

impl Report {
    /// Reports each file, whether or not another one can be read.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let inputs = self.subject.inputs();
        let mut reports = Vec::new();
        let mut failed = Ok(());
        for input in &inputs {
            match self.of_input(input) {
                Ok(report) if self.json => reports.push(report),
                Ok(report) => print(&report)?,
                Err(failure) => failed = failed.and(Err(failure)),
            }
        }
        match &reports[..] {
            [] => {}
            [only] if inputs.len() == 1 => print(&format!("{only}\n"))?,
            several => print(&format!("[\n{}\n]\n", several.join(",\n")))?,
        }
        failed
    }

    fn of_input(&self, input: &Input) -> Result<String, Failure> {
        let document = self.subject.open_with(input, &self.names)?;
        let list_len = if self.all { usize::MAX } else { LIST_LEN };
        let list = List { len: list_len, is_of_each_type: !self.json };
        let selection = self.counted.selection(&document.profile)?;
        let group_by = self.group_by.as_deref();
        let group_by = group_by.map(|name| group_by_of(&document.profile, name)).transpose()?;
        let granularity = self.paths.granularity();
        let mut summary =
            collect::summary(&document, granularity, &selection, list, group_by.as_ref());
        if let Some(name) = &self.slice {
            let profile = &document.profile;
            let found = slices::Distribution::new(profile, &selection, name, list_len)?;
            summary.distribution = Some(found);
        }
        if self.json {
            return serde_json::to_string_pretty(&summary)
                .map_err(|err| Failure::new(super::CANNOT_READ, err.to_string()));
        }
        let n_rows = if self.all { usize::MAX } else { 20 };
        Ok(text(&summary, granularity, self.group_by.as_deref(), n_rows))
    }
}

/// The report for people.
fn text(
    summary: &Summary,
    granularity: Granularity,
    group_by: Option<&str>,
    n_rows: usize,
) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write_text(&mut out, summary, granularity, n_rows);
    if let Some(key) = group_by {
        let types = &summary.value_types;
        let _: std::fmt::Result =
            labels::write_groups(&mut out, &summary.labels, key, types, n_rows);
    }
    out
}

fn write_text(
    out: &mut String,
    summary: &Summary,
    granularity: Granularity,
    n_rows: usize,
) -> std::fmt::Result {
    write!(out, "{}: {}", summary.file, summary.format)?;
    if summary.duration_ns > 0 {
        write!(out, ", {}", format_duration(summary.duration_ns))?;
    }
    writeln!(out)?;
    if let Some(distribution) = &summary.distribution {
        return distribution.write(out, n_rows);
    }
    write_counts(out, &summary.counts)?;
    if summary.is_part {
        writeln!(out, "  what follows counts only what was asked for")?;
    }
    for value_type in &summary.value_types {
        let total = Unit::from_name(&value_type.unit).format_exact(value_type.total);
        let noun = if value_type.samples == 1 { "sample" } else { "samples" };
        writeln!(out, "  {}: {total} in {} {noun}", value_type.name, value_type.samples)?;
    }
    for note in &summary.notes {
        writeln!(out, "  {} ({}×): {}", note.severity, note.count, note.text)?;
    }
    write_modules(out, &summary.modules)?;
    if summary.threads.len() > 1 {
        writeln!(out, "\nThreads")?;
        for thread in summary.threads.iter().take(n_rows) {
            let process = name_and_id(&thread.process, thread.pid, thread.pid_text.as_deref());
            let name = name_and_id(&thread.name, thread.tid, thread.tid_text.as_deref());
            let (samples, slices) = (thread.samples, thread.slices);
            writeln!(out, "  {samples:>9} samples {slices:>9} slices  {process}  {name}")?;
        }
    }
    for (i, value_type) in summary.value_types.iter().enumerate() {
        writeln!(out, "\n{} by {}", plural(granularity), value_type.name)?;
        write_functions(out, summary, i, value_type, n_rows)?;
    }
    if !summary.slices.is_empty() {
        writeln!(
            out,
            "\nSlices by total time\n{:>12} {:>12} {:>9}  name",
            "total", "self", "count"
        )?;
        for slice in summary.slices.iter().take(n_rows) {
            let (total, self_) = (format_duration(slice.total_ns), format_duration(slice.self_ns));
            writeln!(
                out,
                "{total:>12} {self_:>12} {:>9}  {}",
                slice.count,
                shown_name(&slice.name)
            )?;
        }
    }
    Ok(())
}

/// A name and an id, which is the only name that some threads have.
fn name_and_id(name: &str, number: i64, text: Option<&str>) -> String {
    match text {
        Some(id) if name == id => escaped(id).into_owned(),
        Some(id) => format!("{} {}", escaped(name), escaped(id)),
        None => format!("{} {number}", escaped(name)),
    }
}

/// The binaries of which frames have no names, and what was looked for.
fn write_modules(out: &mut String, modules: &[Module]) -> std::fmt::Result {
    for module in modules.iter().filter(|module| module.named < module.frames) {
        let unnamed = module.frames - module.named;
        writeln!(out, "  {}: {unnamed} of {} frames without names", module.path, module.frames)?;
        for tried in module.tried.iter().filter(|tried| tried.found != NOT_THERE) {
            writeln!(out, "    {}: {}", tried.path, tried.found)?;
        }
    }
    Ok(())
}

fn write_counts(out: &mut String, counts: &Counts) -> std::fmt::Result {
    let parts: Vec<String> = [
        (counts.processes, "process", "processes"),
        (counts.threads, "thread", "threads"),
        (counts.samples, "sample", "samples"),
        (counts.functions, "function", "functions"),
        (counts.slices, "slice", "slices"),
        (counts.async_slices, "async slice", "async slices"),
        (counts.markers, "marker", "markers"),
        (counts.counters, "counter", "counters"),
        (counts.flows, "flow", "flows"),
        (usize::try_from(counts.branches).unwrap_or(usize::MAX), "branch", "branches"),
    ]
    .into_iter()
    .filter(|&(n, ..)| n > 0)
    .map(|(n, one, many)| {
        let noun = if n == 1 { one } else { many };
        format!("{} {noun}", group_digits(i64::try_from(n).unwrap_or(i64::MAX)))
    })
    .collect();
    writeln!(out, "  {}", parts.join(", "))
}

/// The functions that are largest by self in one value type.
fn write_functions(
    out: &mut String,
    summary: &Summary,
    i: usize,
    value_type: &ValueType,
    n_rows: usize,
) -> std::fmt::Result {
    let mut functions: Vec<&Function> = summary.functions.iter().collect();
    functions.sort_by_key(|function| {
        std::cmp::Reverse((function.self_[i].abs(), function.total[i].abs()))
    });
    let unit = Unit::from_name(&value_type.unit);
    writeln!(out, "{:>12} {:>8} {:>12} {:>8}  name", "self", "", "total", "")?;
    for function in functions.into_iter().take(n_rows) {
        let (self_, total) = (function.self_[i], function.total[i]);
        writeln!(
            out,
            "{:>12} {:>8} {:>12} {:>8}  {}{}",
            unit.format(self_),
            format_percent(self_, value_type.whole),
            unit.format(total),
            format_percent(total, value_type.whole),
            shown_name(&function.name),
            if function.module.is_empty() {
                String::new()
            } else {
                format!("  [{}]", function.module)
            },
        )?;
    }
    Ok(())
}
