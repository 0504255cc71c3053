//! The file format of speedscope.
//!
//! ```json
//! {"$schema": "https://www.speedscope.app/file-format-schema.json",
//!  "shared": {"frames": [{"name": "main", "file": "main.c"}, {"name": "read"}]},
//!  "profiles": [{"type": "sampled", "name": "cpu", "unit": "nanoseconds",
//!                "startValue": 0, "endValue": 30,
//!                "samples": [[0, 1], [0]], "weights": [20, 10]}]}
//! ```
//!
//! A profile in it has one thread and one type of values, and no weight may be negative. What
//! that leaves open is told in a field of its own, which other readers step over:
//!
//! ```json
//! "rview": {"value": "cpu", "unit": "nanoseconds", "thread": "main", "tid": 7, "sign": -1}
//! ```
//!
//! Where an id is a text, `tid_text` and `pid_text` hold it, and the numbers are made up.
//!
//! Source: `file-format-spec.ts` of speedscope.

use std::fmt::Write as _;

use rview_core::{
    CallPaths, FunctionId, Measure, PathId, PathWeights, Profile, Selection, ThreadId, Unit,
    process_name, thread_name,
};

use super::json::{push_list, push_text};

/// One profile of the file.
struct Sampled {
    name: String,
    /// The name of the value type.
    value: String,
    unit: Unit,
    /// Where it is of one thread alone.
    thread: Option<ThreadId>,
    /// -1 where the weights are magnitudes.
    sign: i64,
    rows: Rows,
}

/// The selected part of a profile: a profile of the file for each value type, and for each thread
/// where there are several. Weights below 0 are written as their magnitude, in a profile of their
/// own under the name of the value type with a minus; rview reads them as they were.
pub fn speedscope(
    profile: &Profile,
    paths: &CallPaths,
    selection: &Selection,
    title: &str,
) -> String {
    let mut sampled = Vec::new();
    let mut active = 0;
    for measure in Measure::all(profile) {
        let (value, unit) = (measure.name(profile), measure.unit(profile));
        if Measure::default_of(profile) == Some(measure) {
            active = sampled.len();
        }
        for (thread, rows) in rows(profile, paths, measure, selection) {
            let name = match thread {
                Some(thread) => {
                    let process = process_name(profile, profile.threads().row(thread).process);
                    format!("{value} {process} {}", thread_name(profile, thread))
                }
                None => value.clone(),
            };
            let (negative, positive): (Rows, Rows) =
                rows.into_iter().partition(|&(_, weight)| weight < 0);
            let negative: Rows = negative
                .into_iter()
                .map(|(path, weight)| (path, weight.saturating_neg()))
                .collect();
            let (value, unit) = (value.clone(), unit.clone());
            let all = Sampled { name, value, unit, thread, sign: 1, rows: positive };
            let below = (!negative.is_empty()).then(|| Sampled {
                name: format!("−{}", all.name),
                value: all.value.clone(),
                unit: all.unit.clone(),
                thread,
                sign: -1,
                rows: negative,
            });
            // A value type of which nothing is selected is one all the same.
            sampled.push(all);
            sampled.extend(below);
        }
    }
    let mut frames =
        Frames { of: vec![None; profile.symbols().functions().len()], all: Vec::new() };
    let mut profiles = String::new();
    push_list(&mut profiles, sampled, |out, sampled| {
        push_sampled(out, &sampled, (profile, paths), &mut frames);
    });
    let mut out = String::from(
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"rview\",\
         \"name\":",
    );
    push_text(&mut out, title);
    // Writing to a String cannot fail.
    let _: std::fmt::Result =
        write!(out, ",\"activeProfileIndex\":{active},\"shared\":{{\"frames\":");
    push_list(&mut out, &frames.all, |out, &function| push_frame(out, function, profile));
    out.push_str("},\"profiles\":");
    out.push_str(&profiles);
    out.push_str("}\n");
    out
}

/// Paths and their weights.
type Rows = Vec<(PathId, i64)>;

/// The weights of paths: in order of time where there are times, else added up; by thread where
/// there are several. Never none.
fn rows(
    profile: &Profile,
    paths: &CallPaths,
    measure: Measure,
    selection: &Selection,
) -> Vec<(Option<ThreadId>, Rows)> {
    let is_timed = profile.samples().times_ns().is_some();
    let added_up = || {
        let weights = PathWeights::new(profile, paths, measure, selection);
        let rows = paths.ids().map(|path| (path, weights.self_of(path)));
        vec![(None, rows.filter(|&(_, weight)| weight != 0).collect())]
    };
    let Measure::Weight(value_type) = measure else { return added_up() };
    if !is_timed && profile.threads().len() < 2 {
        return added_up();
    }
    let samples = profile.samples();
    let mut by_thread: Vec<Rows> = vec![Vec::new(); profile.threads().len()];
    selection.for_each_weight(profile, paths, value_type, |sample, weight| {
        let thread = samples.threads().get(sample).map_or(0, |thread| thread.index());
        if let Some(rows) = by_thread.get_mut(thread) {
            rows.push((paths.of_sample(sample), weight));
        }
    });
    if !is_timed {
        by_thread.iter_mut().for_each(add_up);
    }
    let threads = profile.threads().ids().map(Some);
    let mut rows: Vec<_> = threads.zip(by_thread).filter(|(_, rows)| !rows.is_empty()).collect();
    if rows.is_empty() {
        rows.push((None, Vec::new()));
    }
    rows
}

/// Makes one row of those of a path.
fn add_up(rows: &mut Rows) {
    rows.sort_by_key(|&(path, _)| path);
    rows.dedup_by(|(path, weight), (kept, sum)| {
        let is_same = path == kept;
        if is_same {
            *sum = sum.saturating_add(*weight);
        }
        is_same
    });
    rows.retain(|&(_, weight)| weight != 0);
}

/// Functions in the order in which samples name them.
struct Frames {
    of: Vec<Option<u32>>,
    all: Vec<FunctionId>,
}

impl Frames {
    fn number(&mut self, function: FunctionId) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        match self.of.get_mut(function.index()) {
            Some(Some(number)) => *number,
            Some(slot) => {
                *slot = Some(next);
                self.all.push(function);
                next
            }
            None => 0,
        }
    }
}

/// What the format has no word for.
fn push_own(out: &mut String, sampled: &Sampled, profile: &Profile) {
    out.push_str(",\"rview\":{\"value\":");
    push_text(out, &sampled.value);
    // That of decimals is told by the numbers.
    if !matches!(sampled.unit, Unit::Decimal(_)) {
        out.push_str(",\"unit\":");
        push_text(out, sampled.unit.name());
    }
    if let Some(thread) = sampled.thread {
        let row = profile.threads().row(thread);
        let process = profile.processes().row(row.process);
        let names = [("process", process.name), ("thread", row.name)].into_iter();
        let ids = [("pid_text", process.id_text), ("tid_text", row.id_text)].into_iter();
        let ids = ids.filter_map(|(key, text)| Some((key, text?)));
        for (key, text) in names.chain(ids) {
            // Writing to a String cannot fail.
            let _: std::fmt::Result = write!(out, ",\"{key}\":");
            push_text(out, profile.text(text));
        }
        let _: std::fmt::Result = write!(out, ",\"pid\":{},\"tid\":{}", process.pid, row.tid);
    }
    if sampled.sign < 0 {
        out.push_str(",\"sign\":-1");
    }
    out.push('}');
}

fn push_sampled(
    out: &mut String,
    sampled: &Sampled,
    (profile, paths): (&Profile, &CallPaths),
    frames: &mut Frames,
) {
    out.push_str("{\"type\":\"sampled\",\"name\":");
    push_text(out, sampled.name.trim_end());
    push_own(out, sampled, profile);
    let unit = match sampled.unit {
        Unit::Nanoseconds => "nanoseconds",
        Unit::Bytes => "bytes",
        _ => "none",
    };
    let total: i64 = sampled.rows.iter().fold(0, |sum, row| sum.saturating_add(row.1));
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write!(
        out,
        ",\"unit\":\"{unit}\",\"startValue\":0,\"endValue\":{},\"samples\":",
        sampled.unit.number(total)
    );
    let mut stack: Vec<u32> = Vec::new();
    push_list(out, &sampled.rows, |out, &(path, _)| {
        stack.clear();
        stack.extend(paths.walk_to_root(path).map(|path| frames.number(paths.function(path))));
        push_list(out, stack.iter().rev(), |out, frame| {
            let _: std::fmt::Result = write!(out, "{frame}");
        });
    });
    out.push_str(",\"weights\":");
    push_list(out, &sampled.rows, |out, (_, weight)| {
        let _: std::fmt::Result = write!(out, "{}", sampled.unit.number(*weight));
    });
    out.push('}');
}

fn push_frame(out: &mut String, function: FunctionId, profile: &Profile) {
    let row = profile.symbols().functions().row(function);
    out.push_str("{\"name\":");
    push_text(out, profile.text(row.name));
    if let Some(file) = row.file {
        out.push_str(",\"file\":");
        push_text(out, profile.text(file));
    }
    if row.line > 0 {
        // Writing to a String cannot fail.
        let _: std::fmt::Result = write!(out, ",\"line\":{}", row.line);
    }
    out.push('}');
}
