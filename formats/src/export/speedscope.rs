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
//! A profile in it has one thread and one type of values, and no weight may be negative. Source:
//! `file-format-spec.ts` of speedscope.

use std::fmt::Write as _;

use rview_core::{
    CallPaths, FunctionId, Measure, PathId, PathWeights, Profile, Selection, ThreadId, Unit,
    process_name, thread_name,
};

use super::json::{push_list, push_text};

/// One profile of the file.
struct Sampled {
    name: String,
    unit: Unit,
    rows: Vec<(PathId, i64)>,
}

/// The selected part of a profile: a profile of the file for each value type, and for each thread
/// where samples have times. Weights below 0 are written as their magnitude, under the name of
/// the value type with a minus.
pub fn speedscope(
    profile: &Profile,
    paths: &CallPaths,
    selection: &Selection,
    title: &str,
) -> String {
    let mut sampled = Vec::new();
    for measure in Measure::all(profile) {
        let name = measure.name(profile);
        let unit = measure.unit(profile);
        for (thread, rows) in rows(profile, paths, measure, selection) {
            let name = match thread {
                Some(thread) => {
                    let process = process_name(profile, profile.threads().row(thread).process);
                    format!("{name} {process} {}", thread_name(profile, thread))
                }
                None => name.clone(),
            };
            let (negative, positive): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|&(_, weight)| weight < 0);
            if !negative.is_empty() {
                let rows =
                    negative.into_iter().map(|(path, weight)| (path, weight.saturating_neg()));
                let name = format!("−{name}");
                sampled.push(Sampled { name, unit: unit.clone(), rows: rows.collect() });
            }
            if !positive.is_empty() {
                sampled.push(Sampled { name, unit: unit.clone(), rows: positive });
            }
        }
    }
    let mut frames =
        Frames { of: vec![None; profile.symbols().functions().len()], all: Vec::new() };
    let mut profiles = String::new();
    push_list(&mut profiles, sampled, |out, sampled| {
        push_sampled(out, &sampled, paths, &mut frames);
    });
    let mut out = String::from(
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"rview\",\
         \"name\":",
    );
    push_text(&mut out, title);
    out.push_str(",\"activeProfileIndex\":0,\"shared\":{\"frames\":");
    push_list(&mut out, &frames.all, |out, &function| push_frame(out, function, profile));
    out.push_str("},\"profiles\":");
    out.push_str(&profiles);
    out.push_str("}\n");
    out
}

/// Paths and their weights.
type Rows = Vec<(PathId, i64)>;

/// The weights of paths: by thread in order of time where there are times, else added up.
fn rows(
    profile: &Profile,
    paths: &CallPaths,
    measure: Measure,
    selection: &Selection,
) -> Vec<(Option<ThreadId>, Rows)> {
    let (Measure::Weight(value_type), Some(_)) = (measure, profile.samples().times_ns()) else {
        let weights = PathWeights::new(profile, paths, measure, selection);
        let rows = paths.ids().map(|path| (path, weights.self_of(path)));
        return vec![(None, rows.filter(|&(_, weight)| weight != 0).collect())];
    };
    let samples = profile.samples();
    let mut by_thread = vec![Vec::new(); profile.threads().len()];
    selection.for_each_weight(profile, paths, value_type, |sample, weight| {
        let thread = samples.threads().get(sample).map_or(0, |thread| thread.index());
        if let Some(rows) = by_thread.get_mut(thread) {
            rows.push((paths.of_sample(sample), weight));
        }
    });
    let threads = profile.threads().ids().map(Some);
    threads.zip(by_thread).filter(|(_, rows)| !rows.is_empty()).collect()
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

fn push_sampled(out: &mut String, sampled: &Sampled, paths: &CallPaths, frames: &mut Frames) {
    out.push_str("{\"type\":\"sampled\",\"name\":");
    push_text(out, sampled.name.trim_end());
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
