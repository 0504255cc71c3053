//! Several recordings as one: samples of all, each with its file as a label.
//!
//! As `go tool pprof -proto A B` merges profiles: what is equal is shared, durations add up, the
//! earliest time and the longest period count. Types of values are matched by name and unit.
//! Slices, counters and markers are of one recording's own time and are left out, with a note. So
//! are the times of samples where those of another recording have none.

use foldhash::HashMap;
use rview_core::{
    FrameId, Function, FunctionId, Label, LabelSetId, LabelValue, Line, Mapping, MappingId,
    Profile, ProfileBuilder, Sample, StackId, StringId, Symbols, ThreadId, Unit, ValueTypeId,
};

use crate::{Job, Severity};

/// The key of the label that says which file a sample is of.
pub const FILE_KEY: &str = "file";

/// Profiles under one roof, added one after the other.
#[derive(Debug, Default)]
pub struct Merger {
    builder: ProfileBuilder,
    value_types: HashMap<(Box<str>, Unit), ValueTypeId>,
    default: Option<ValueTypeId>,
    frames: HashMap<FrameKey, FrameId>,
    /// The thread of recordings that know none.
    no_thread: Option<ThreadId>,
    facts: Facts,
    /// Whether any samples have times.
    is_timed: bool,
    /// The first recording whose samples have none.
    untimed: Option<String>,
}

/// What makes two frames of different files one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FrameKey {
    mapping: Option<MappingId>,
    address: u64,
    lines: Box<[Line]>,
    columns: Box<[u32]>,
    is_folded: bool,
}

/// What is said of all recordings together.
#[derive(Debug, Default)]
struct Facts {
    duration_ns: i64,
    recorded: Option<Box<str>>,
    period: Option<(i64, Box<str>)>,
    others: Vec<(Box<str>, Box<str>)>,
}

/// Ids in the merged profile of the ids in one.
struct Ids {
    functions: Vec<FunctionId>,
    frames: Vec<FrameId>,
    stacks: Vec<StackId>,
    threads: Vec<ThreadId>,
    value_types: Vec<ValueTypeId>,
    labels: Vec<Option<LabelSetId>>,
}

impl Merger {
    /// Adds a profile: linear in its size.
    pub fn add(&mut self, name: &str, profile: &Profile, job: &Job) {
        note_left_out(name, profile, job);
        self.facts.add(profile, job);
        let file = Label {
            key: self.builder.string(FILE_KEY),
            value: LabelValue::Text(self.builder.string(name)),
        };
        let ids = self.ids(profile, file);
        let unlabeled = self.builder.label_set(&[file]);
        let samples = profile.samples();
        if samples.times_ns().is_some() {
            self.is_timed = true;
        } else if !samples.is_empty() && self.untimed.is_none() {
            self.untimed = Some(name.to_owned());
        }
        for sample in 0..samples.len() {
            let labels = samples.labels(sample).and_then(|set| ids.labels.get(set.index()));
            let callers = samples.callers(sample).and_then(|s| ids.stacks.get(s.index()));
            let thread = samples.threads().get(sample).map_or(0, |thread| thread.index());
            let (Some(&thread), Some(&leaf)) =
                (ids.threads.get(thread), ids.frames.get(samples.leaf(sample).index()))
            else {
                continue;
            };
            let time = samples.times_ns().and_then(|times| times.get(sample));
            self.builder.sample(Sample {
                time_ns: time.map(|time| time.saturating_add(profile.origin_ns())),
                thread,
                callers: callers.copied(),
                leaf,
                labels: labels.copied().flatten().or(unlabeled),
            });
            for (from, &to) in profile.value_type_ids().zip(&ids.value_types) {
                let weight = samples.weights(from).of(sample);
                if weight != 0 && self.builder.weight(to, weight).is_err() {
                    job.note(Severity::Loss, "weight-overflow", || {
                        format!("a value makes the sum too large and is left out, first in {name}")
                    });
                }
            }
        }
    }

    /// The merged profile; `None` if nothing was added.
    pub fn finish(mut self, job: &Job) -> Option<Profile> {
        if self.builder.n_samples() == 0 {
            return None;
        }
        if let Some(default) = self.default {
            self.builder.set_default_value_type(default);
        }
        if let Some(name) = self.untimed.filter(|_| self.is_timed) {
            job.note(Severity::Unshown, "times-not-merged", || {
                format!(
                    "samples are shown without times, as some files have none, first {name}; open \
                     the others by themselves to see when their samples were"
                )
            });
            self.builder.forget_sample_times();
        }
        self.facts.write(&mut self.builder);
        Some(self.builder.finish().0)
    }

    fn ids(&mut self, profile: &Profile, file: Label) -> Ids {
        let builder = &mut self.builder;
        let strings: Vec<StringId> =
            profile.strings().ids().map(|id| builder.string(profile.text(id))).collect();
        let string = |id: StringId| strings.get(id.index()).copied().unwrap_or(id);
        let mappings: Vec<MappingId> = profile
            .mappings()
            .ids()
            .map(|id| {
                let row = *profile.mappings().row(id);
                let (path, build_id) = (string(row.path), row.build_id.map(string));
                let mapping = builder.mapping(Mapping { path, build_id, ..row });
                if let Some(symbolized) = profile.mappings().symbolized(id) {
                    builder.set_symbolized(mapping, symbolized);
                }
                mapping
            })
            .collect();
        let mapping = |id: MappingId| mappings.get(id.index()).copied();
        let rows = profile.symbols().functions();
        let functions: Vec<FunctionId> = rows
            .ids()
            .map(|id| {
                let row = *rows.row(id);
                builder.function(Function {
                    name: string(row.name),
                    file: row.file.map(string),
                    mapping: row.mapping.and_then(mapping),
                    category: row.category.map(string),
                    linkage_name: row.linkage_name.map(string),
                    ..row
                })
            })
            .collect();
        let labels = profile.labels();
        let labels: Vec<Option<LabelSetId>> = labels
            .ids()
            .map(|set| {
                let set = labels.labels(set).iter().map(|label| Label {
                    key: string(label.key),
                    value: match label.value {
                        LabelValue::Text(text) => LabelValue::Text(string(text)),
                        LabelValue::Number(number, unit) => {
                            LabelValue::Number(number, string(unit))
                        }
                    },
                });
                builder.label_set(&set.chain([file]).collect::<Vec<_>>())
            })
            .collect();
        let value_types = self.value_types(profile);
        let mut ids = Ids {
            functions,
            frames: Vec::new(),
            stacks: Vec::new(),
            threads: self.threads(profile),
            value_types,
            labels,
        };
        ids.frames = self.frames(profile, &ids, &mappings);
        ids.stacks = self.stacks(profile, &ids);
        ids
    }

    fn value_types(&mut self, profile: &Profile) -> Vec<ValueTypeId> {
        let ids = profile.value_types().iter().map(|row| {
            let key = (row.name.clone(), row.unit.clone());
            let builder = &mut self.builder;
            *self
                .value_types
                .entry(key)
                .or_insert_with(|| builder.value_type(&row.name, row.unit.clone()))
        });
        let ids: Vec<ValueTypeId> = ids.collect();
        let default = profile.default_value_type().and_then(|id| ids.get(id.index()));
        self.default = self.default.or(default.copied());
        ids
    }

    fn threads(&mut self, profile: &Profile) -> Vec<ThreadId> {
        let builder = &mut self.builder;
        let mut processes = HashMap::default();
        let mut threads = Vec::with_capacity(profile.threads().len());
        for id in profile.threads().ids() {
            let row = *profile.threads().row(id);
            let process = *profile.processes().row(row.process);
            let (name, process_name) = (profile.text(row.name), profile.text(process.name));
            let has_none = row.tid == 0 && process.pid == 0 && name.is_empty();
            if has_none && process_name.is_empty() {
                threads.push(*self.no_thread.get_or_insert_with(|| {
                    let process = builder.process(0, "");
                    builder.thread(process, 0, "")
                }));
                continue;
            }
            let process = *processes.entry(row.process).or_insert_with(|| {
                let id_text = process.id_text.map(|text| builder.string(profile.text(text)));
                let process = builder.process(process.pid, process_name);
                builder.process_mut(process).id_text = id_text;
                process
            });
            let id_text = row.id_text.map(|text| builder.string(profile.text(text)));
            let thread = builder.thread(process, row.tid, name);
            builder.thread_mut(thread).id_text = id_text;
            threads.push(thread);
        }
        threads
    }

    fn frames(&mut self, profile: &Profile, ids: &Ids, mappings: &[MappingId]) -> Vec<FrameId> {
        let symbols: &Symbols = profile.symbols();
        let frames = profile.frames();
        let ids = frames.ids().map(|frame| {
            let mapping = frames.mapping(frame).and_then(|id| mappings.get(id.index()).copied());
            let address = frames.address(frame);
            let lines = symbols.lines(frame).iter().filter_map(|line| {
                let function = ids.functions.get(line.function.index()).copied()?;
                Some(Line { function, line: line.line })
            });
            let key = FrameKey {
                mapping,
                address,
                lines: lines.collect(),
                columns: symbols.columns(frame).into(),
                is_folded: frames.is_folded(frame),
            };
            if let Some(&frame) = self.frames.get(&key) {
                return frame;
            }
            let frame = self.builder.new_frame(mapping, address);
            self.builder.set_lines(frame, &key.lines);
            self.builder.set_columns(frame, &key.columns);
            if key.is_folded {
                self.builder.set_folded(frame);
            }
            self.frames.insert(key, frame);
            frame
        });
        ids.collect()
    }

    fn stacks(&mut self, profile: &Profile, ids: &Ids) -> Vec<StackId> {
        let stacks = profile.stacks();
        let mut new: Vec<StackId> = Vec::with_capacity(stacks.len());
        for stack in stacks.ids() {
            let parent = stacks.parent(stack).and_then(|parent| new.get(parent.index()).copied());
            let frame = stacks.frame(stack);
            let frame = ids.frames.get(frame.index()).copied().unwrap_or(frame);
            new.push(self.builder.stack(parent, frame));
        }
        new
    }
}

/// Counts what is not merged.
fn note_left_out(name: &str, profile: &Profile, job: &Job) {
    let counts = [
        profile.slices().len() as u64,
        profile.markers().len() as u64,
        profile.counters().n_values() as u64,
        profile.flows().len() as u64,
        profile.branches().n_branches(),
    ];
    let n_left_out = counts.into_iter().fold(0_u64, u64::saturating_add);
    job.note_many(Severity::Loss, "not-merged", n_left_out, || {
        format!(
            "slices, markers, values of counters, arrows and branches are not merged, only \
             samples; first in {name}"
        )
    });
}

impl Facts {
    fn add(&mut self, profile: &Profile, job: &Job) {
        self.duration_ns = self.duration_ns.saturating_add(profile.duration_ns());
        for (what, value) in profile.facts() {
            match &**what {
                // Written year first, so the order of texts is that of times.
                "recorded" => {
                    let earliest = self.recorded.take().into_iter().chain([value.clone()]).min();
                    self.recorded = earliest;
                }
                "period" => {
                    let number = value.split(' ').next().and_then(|number| number.parse().ok());
                    let period = (number.unwrap_or(0), value.clone());
                    if self.period.as_ref().is_none_or(|known| known.0 < period.0) {
                        self.period = Some(period);
                    }
                }
                // Each file's own have taken off what they say; they say nothing of the others.
                "duration" | "drop_frames" | "keep_frames" => {}
                _ => {
                    let fact = (what.clone(), value.clone());
                    if self.others.contains(&fact) {
                        continue;
                    }
                    if self.others.len() < MAX_FACTS {
                        self.others.push(fact);
                        continue;
                    }
                    job.note(Severity::Loss, "facts-not-merged", || {
                        format!(
                            "of what the files say of themselves, such as comments, only the \
                             first {MAX_FACTS} are kept"
                        )
                    });
                }
            }
        }
    }

    fn write(&self, builder: &mut ProfileBuilder) {
        if let Some(recorded) = &self.recorded {
            builder.fact("recorded", recorded);
        }
        if self.duration_ns > 0 {
            builder.set_duration_ns(self.duration_ns);
            let duration = rview_core::units::format_duration(self.duration_ns);
            builder.fact("duration", &duration);
        }
        if let Some((_, period)) = &self.period {
            builder.fact("period", period);
        }
        for (what, value) in &self.others {
            builder.fact(what, value);
        }
    }
}

/// More comments of different files than anybody reads.
const MAX_FACTS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(time_ns: Option<i64>, name: &str) -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let function = builder.function_named(name);
        let leaf = builder.named_frame(Line { function, line: 0 });
        let (callers, labels) = (None, None);
        builder.sample(Sample { time_ns, thread, callers, leaf, labels });
        let counter = builder.counter(process, "memory");
        builder.counter_value(counter, 1, 2.0);
        builder.finish().0
    }

    #[track_caller]
    fn check(times_ns: [Option<i64>; 2], is_timed: bool, expected: &[(&str, u64)]) {
        let job = Job::default();
        let mut merger = Merger::default();
        for (time_ns, name) in times_ns.into_iter().zip(["a", "b"]) {
            merger.add(name, &profile(time_ns, name), &job);
        }
        let merged = merger.finish(&job).unwrap();
        merged.check().unwrap();
        assert_eq!(merged.samples().len(), 2);
        assert_eq!(merged.samples().times_ns().is_some(), is_timed);
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(notes, expected);
    }

    #[test]
    fn no_times_are_made_up_for_samples_that_have_none() {
        let both = [("not-merged", 2), ("times-not-merged", 1)];
        check([Some(5), None], false, &both);
        check([None, Some(5)], false, &both);
        check([Some(5), Some(7)], true, &both[..1]);
        check([None, None], false, &both[..1]);
    }
}
