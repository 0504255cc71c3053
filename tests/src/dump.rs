//! Profiles as text, for snapshots: everything that a user could see, in a stable order.
//!
//! ```text
//! duration 2000 ns, origin 500 ns
//! values cpu-clock (nanoseconds): 2 of 2 samples, total 2000, default
//! thread 1/2 app/wrk-1: 2 samples, 0..2000 ns
//!   main:12;run;mix (inlined) 2000
//! track 1/2 app/wrk-1
//!   lane of depth 0
//!     0 +1000 frame [gfx] {url=/}
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use rview_core::{
    CounterId, FlowId, FrameId, FunctionId, LabelSetId, LabelValue, MarkerId, ProcessId, Profile,
    Scope, SliceId, ThreadId, TrackId,
};
use rview_formats::{Document, Note};

/// A profile as text.
pub fn dump(profile: &Profile) -> String {
    written(&Dump { profile, document: None })
}

/// The lines of a dump, sorted, by which a profile is compared with what was written of it as
/// pprof and read again: a value that a sample lacks is then 0, places that are alike are one,
/// and the duration has no words.
pub fn comparable(profile: &Profile) -> Vec<String> {
    let text = dump(profile);
    let is_kept = |line: &&str| !line.starts_with("fact duration") && !line.contains(" threads, ");
    let mut lines: Vec<String> = text.lines().filter(is_kept).map(comparable_line).collect();
    lines.sort_unstable();
    lines
}

fn comparable_line(line: &str) -> String {
    if let Some((what, values)) = line.split_once("): ")
        && line.starts_with("values ")
    {
        let total = values.split_once("total ").map_or(values, |(_, total)| total);
        return format!("{what}): {total}");
    }
    let stack = line.trim_end_matches([' ', '-', '0']);
    let values = line.get(stack.len()..).unwrap_or_default();
    format!("{stack}{}", values.replace('-', "0"))
}

/// A document as text: its format, the notes of the import, and the profile with what the
/// file says of each slice and marker.
pub fn dump_document(document: &Document) -> String {
    let note = |note: &Note| {
        format!("{} {} x{}: {}\n", note.severity.name(), note.kind, note.count, note.text)
    };
    let notes: String = document.report.notes().into_iter().map(note).collect();
    let profile = written(&Dump { profile: &document.profile, document: Some(document) });
    format!("format {}\n{notes}{profile}", document.format())
}

/// The lines that stand above a dump and above a digest: how much there is of everything.
pub(crate) fn summary(profile: &Profile) -> String {
    written(&Summary(profile))
}

fn written(part: &dyn Part) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _: fmt::Result = part.write(&mut text);
    text
}

trait Part {
    fn write(&self, text: &mut String) -> fmt::Result;
}

struct Summary<'a>(&'a Profile);

impl Part for Summary<'_> {
    fn write(&self, text: &mut String) -> fmt::Result {
        let profile = self.0;
        writeln!(text, "duration {} ns, origin {} ns", profile.duration_ns(), profile.origin_ns())?;
        for (what, value) in profile.facts() {
            writeln!(text, "fact {}: {}", printable(what), printable(value))?;
        }
        let n_samples = profile.samples().len();
        for (id, value_type) in profile.value_type_ids().zip(profile.value_types()) {
            let weights = profile.samples().weights(id);
            let name = printable(&value_type.name);
            write!(text, "values {name} ({}): {} of ", value_type.unit, weights.len())?;
            write!(text, "{n_samples} samples, total {}", weights.total())?;
            let is_default = profile.default_value_type() == Some(id);
            writeln!(text, "{}", if is_default { ", default" } else { "" })?;
        }
        let (counters, slices) = (profile.counters(), profile.slices());
        let counts = [
            ("processes", profile.processes().len()),
            ("threads", profile.threads().len()),
            ("stacks", profile.stacks().len()),
            ("frames", profile.frames().len()),
            ("functions", profile.symbols().functions().len()),
            ("mappings", profile.mappings().len()),
            ("label sets", profile.labels().len()),
            ("tracks", profile.tracks().len()),
            ("lanes", slices.lanes().len()),
            ("slices", slices.len()),
            ("counters", counters.len()),
            ("counter values", counters.n_values()),
            ("markers", profile.markers().len()),
            ("flows", profile.flows().len()),
        ];
        let counts = counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}"));
        writeln!(text, "{}", counts.collect::<Vec<_>>().join(", "))
    }
}

struct Dump<'a> {
    profile: &'a Profile,
    document: Option<&'a Document>,
}

impl Part for Dump<'_> {
    fn write(&self, text: &mut String) -> fmt::Result {
        Summary(self.profile).write(text)?;
        self.write_mappings(text)?;
        self.write_functions(text);
        self.write_threads(text)?;
        for track in self.profile.tracks().ids() {
            self.write_track(track, text)?;
        }
        for counter in self.profile.counters().ids() {
            self.write_counter(counter, text)?;
        }
        for marker in (0..self.profile.markers().len()).map(MarkerId::from_index) {
            self.write_marker(marker, text)?;
        }
        for flow in self.profile.flows().ids() {
            self.write_flow(flow, text)?;
        }
        Ok(())
    }
}

impl Dump<'_> {
    fn write_mappings(&self, text: &mut String) -> fmt::Result {
        for mapping in self.profile.mappings().ids() {
            let row = self.profile.mappings().row(mapping);
            write!(text, "mapping {}", printable(self.profile.text(row.path)))?;
            if let Some(build_id) = row.build_id {
                write!(text, " build id {}", printable(self.profile.text(build_id)))?;
            }
            if (row.start, row.end, row.file_offset) != (0, 0, 0) {
                write!(text, " {:#x}..{:#x} at {:#x}", row.start, row.end, row.file_offset)?;
            }
            writeln!(text)?;
        }
        Ok(())
    }

    /// The functions of which more than the name is known; their module and place.
    fn write_functions(&self, text: &mut String) {
        let functions = self.profile.symbols().functions();
        let mut lines: Vec<String> = functions
            .ids()
            .filter_map(|function| {
                let row = functions.row(function);
                let module = self.profile.function_module(function);
                let name = self.function(function);
                let place = match (row.file, row.line) {
                    (Some(file), 0) => format!(" at {}", printable(self.profile.text(file))),
                    (Some(file), line) => {
                        format!(" at {}:{line}", printable(self.profile.text(file)))
                    }
                    (None, 0) => String::new(),
                    (None, line) => format!(" at line {line}"),
                };
                let module = printable(module);
                let module = if module.is_empty() { module } else { format!(" [{module}]") };
                let linkage_name =
                    row.linkage_name.filter(|&linkage_name| linkage_name != row.name);
                let linked = linkage_name.map_or_else(String::new, |linkage_name| {
                    format!(" linked as {}", printable(self.profile.text(linkage_name)))
                });
                let line = format!("function {name}{module}{place}{linked}\n");
                (line.len() > "function \n".len() + name.len()).then_some(line)
            })
            .collect();
        lines.sort();
        text.extend(lines);
    }

    fn write_threads(&self, text: &mut String) -> fmt::Result {
        let samples = self.profile.samples();
        let n_values = self.profile.value_types().len();
        let mut weights = vec![vec![None; n_values]; samples.len()];
        for (column, value_type) in self.profile.value_type_ids().enumerate() {
            let visit = |sample: usize, weight| weights[sample][column] = Some(weight);
            samples.weights(value_type).for_each(visit);
        }
        let mut rows = vec![Vec::new(); self.profile.threads().len()];
        for (sample, thread) in samples.threads().iter().enumerate() {
            rows[thread.index()].push(sample);
        }
        for thread in self.profile.threads().ids() {
            let rows = &rows[thread.index()];
            write!(text, "thread {}: {} samples", self.thread(thread), rows.len())?;
            if let (Some(times), [first, .., last] | [first @ last]) =
                (samples.times_ns(), &rows[..])
            {
                write!(text, ", {}..{} ns", times[*first], times[*last])?;
            }
            let sort_index = self.profile.threads().row(thread).sort_index;
            let rank = if sort_index == 0 { String::new() } else { format!(", rank {sort_index}") };
            writeln!(text, "{rank}")?;
            let mut stacks: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
            for &sample in rows {
                let sums = stacks.entry(self.stack(sample)).or_insert_with(|| vec![None; n_values]);
                for (sum, weight) in sums.iter_mut().zip(&weights[sample]) {
                    *sum = weight.map(|weight| sum.unwrap_or(0) + weight).or(*sum);
                }
            }
            for (stack, sums) in stacks {
                let sums = sums.iter().map(|sum| sum.map_or("-".to_owned(), |sum| sum.to_string()));
                writeln!(text, "  {stack} {}", sums.collect::<Vec<_>>().join(" "))?;
            }
        }
        Ok(())
    }

    /// The functions of a sample, root first, then its labels.
    fn stack(&self, sample: usize) -> String {
        let samples = self.profile.samples();
        let stacks = self.profile.stacks();
        let mut frames = vec![samples.leaf(sample)];
        if let Some(callers) = samples.callers(sample) {
            frames.extend(stacks.walk_to_root(callers).map(|stack| stacks.frame(stack)));
        }
        let names: Vec<String> = frames.iter().rev().map(|&frame| self.frame(frame)).collect();
        let labels = samples.labels(sample).map_or(String::new(), |set| self.labels(set));
        names.join(";") + &labels
    }

    fn frame(&self, frame: FrameId) -> String {
        let lines = self.profile.symbols().lines(frame).iter();
        let names = lines.enumerate().map(|(depth, line)| {
            let name = self.function(line.function);
            let number = if line.line == 0 { String::new() } else { format!(":{}", line.line) };
            let inlined = if depth == 0 { "" } else { " (inlined)" };
            name + &number + inlined
        });
        names.collect::<Vec<_>>().join(";")
    }

    fn labels(&self, set: LabelSetId) -> String {
        let label = |label: &rview_core::Label| {
            let key = printable(self.profile.text(label.key));
            match label.value {
                LabelValue::Text(value) => {
                    format!("{key}={}", printable(self.profile.text(value)))
                }
                LabelValue::Number(value, unit) => {
                    format!("{key}={value} {}", printable(self.profile.text(unit)))
                }
            }
        };
        let labels: Vec<String> = self.profile.labels().labels(set).iter().map(label).collect();
        format!(" {{{}}}", labels.join(", "))
    }

    fn write_track(&self, track: TrackId, text: &mut String) -> fmt::Result {
        let row = self.profile.tracks().row(track);
        if let Some(thread) = row.thread {
            writeln!(text, "track {}", self.thread(thread))?;
        } else {
            let name = printable(self.profile.text(row.name));
            writeln!(text, "track async {name} of {}", self.process(row.process))?;
        }
        let slices = self.profile.slices();
        for lane in self.profile.tracks().lanes(track) {
            writeln!(text, "  lane of depth {}", slices.lanes()[lane.index()].depth)?;
            for slice in slices.lane_slices(lane).map(SliceId::from_index) {
                let (start, duration) = (slices.start_ns(slice), slices.duration_ns(slice));
                let name = self.categorized(slices.name(slice));
                let details: String = slices.details(slice).map(|at| self.details(at)).collect();
                writeln!(text, "    {start} +{duration} {name}{details}")?;
            }
        }
        Ok(())
    }

    fn write_counter(&self, counter: CounterId, text: &mut String) -> fmt::Result {
        let counters = self.profile.counters();
        let row = counters.row(counter);
        let name = printable(self.profile.text(row.name));
        writeln!(text, "counter {name} of {}", self.process(row.process))?;
        for (time, value) in counters.times_ns(counter).iter().zip(counters.values(counter)) {
            writeln!(text, "  {time} {value}")?;
        }
        Ok(())
    }

    fn write_marker(&self, marker: MarkerId, text: &mut String) -> fmt::Result {
        let markers = self.profile.markers();
        let time = markers.times_ns()[marker.index()];
        let name = self.categorized(markers.name(marker));
        let scope = match markers.scope(marker) {
            Scope::Global => "all".to_owned(),
            Scope::Process(process) => self.process(process),
            Scope::Thread(thread) => self.thread(thread),
        };
        let details = markers.detail(marker).map_or(String::new(), |at| self.details(at));
        writeln!(text, "marker {time} {name} of {scope}{details}")
    }

    fn write_flow(&self, flow: FlowId, text: &mut String) -> fmt::Result {
        let (from, to) = self.profile.flows().ends(flow);
        let slices = self.profile.slices();
        let end =
            |slice| format!("{} at {}", self.function(slices.name(slice)), slices.start_ns(slice));
        let name = printable(self.profile.text(self.profile.flows().name(flow)));
        writeln!(text, "flow {name}: {} to {}", end(from), end(to))
    }

    /// What the file says where a slice or marker points.
    fn details(&self, at: u64) -> String {
        let Some(document) = self.document else { return String::new() };
        let details = document.details(at);
        let details: Vec<String> = details
            .iter()
            .map(|(name, value)| format!("{}={}", printable(name), printable(value)))
            .collect();
        format!(" {{{}}}", details.join(", "))
    }

    fn function(&self, function: FunctionId) -> String {
        printable(self.profile.function_name(function))
    }

    fn categorized(&self, function: FunctionId) -> String {
        let module = printable(self.profile.function_module(function));
        let name = self.function(function);
        if module.is_empty() { name } else { format!("{name} [{module}]") }
    }

    fn process(&self, process: ProcessId) -> String {
        let row = self.profile.processes().row(process);
        format!("{} {}", row.pid, printable(self.profile.text(row.name)))
    }

    fn thread(&self, thread: ThreadId) -> String {
        let row = self.profile.threads().row(thread);
        let process = self.profile.processes().row(row.process);
        let names = [process.name, row.name].map(|name| printable(self.profile.text(name)));
        format!("{}/{} {}/{}", process.pid, row.tid, names[0], names[1])
    }
}

/// A text on one line.
pub(crate) fn printable(text: &str) -> String {
    if text.chars().any(char::is_control) {
        text.escape_debug().to_string()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use rview_core::testing;

    use super::*;

    #[test]
    fn equal_stacks_of_a_thread_are_one_line() {
        let profile = testing::profile("main main main\nread eval read");
        let expected = "\
            duration 2000000 ns, origin 0 ns\n\
            values samples (count): 3 of 3 samples, total 3, default\n\
            1 processes, 1 threads, 1 stacks, 3 frames, 3 functions\n\
            thread 1/1 app/main: 3 samples, 0..2000000 ns\n  \
              main;eval 1\n  \
              main;read 2\n";
        assert_eq!(dump(&profile), expected);
    }

    #[test]
    fn slices_stand_on_their_lanes() {
        let profile = testing::trace("T1: aaa b\n  :  c");
        let lanes = dump(&profile);
        let lanes = lanes.split_once("track ").unwrap().1;
        let expected = "\
            1/1 app/T1\n  \
              lane of depth 0\n    \
                0 +3000 a\n    \
                4000 +1000 b\n  \
              lane of depth 1\n    \
                1000 +1000 c\n";
        assert_eq!(lanes, expected);
    }
}
