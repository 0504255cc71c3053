//! `.cpuprofile`: where a program was, sample by sample.

use rview_core::{Profile, ProfileBuilder, Sample, ThreadId, Unit};

use super::samples::{note_not_a_node, note_without_node, note_without_time};
use super::{ClockedSamples, Sampled, Tree, ValueTypes};
use crate::json::{Elements, Fields, Value, scaled};
use crate::{ImportError, Importer, Job, Severity, Source, Verdict};

/// The importer of CPU profiles of V8.
pub(crate) struct CpuProfile;

const FORMAT: &str = "cpuprofile";

impl Importer for CpuProfile {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["cpuprofile"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        match Fields::new(head).find(|(key, _)| matches!(key.raw, b"nodes" | b"head")) {
            Some((key, nodes)) if key.raw == b"nodes" => {
                let first = Elements::of(nodes).next();
                verdict(first.is_some_and(|node| has_key(node, &[b"callFrame", b"hitCount"])))
            }
            Some((_, root)) => verdict(has_key(root, &[b"hitCount", b"callUID"])),
            None => Verdict::No,
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let mut parts = Parts::default();
        let mut fields = Fields::new(source);
        for (key, value) in &mut fields {
            parts.set(key.raw, value);
        }
        fields.note_end(job);
        job.progress(source.len() as u64 / 4)?;
        let mut tree = Tree::default();
        for nodes in parts.nodes.into_iter().chain(parts.head) {
            tree.read(nodes, job)?;
        }
        tree.connect();
        if tree.nodes().is_empty() {
            let hint = "it has no node; record again";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        job.progress(source.len() as u64 / 2)?;
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "main");
        let is_timed = parts.has_times();
        let samples = if is_timed { parts.samples(job) } else { ClockedSamples::default() };
        if samples.samples.is_empty() {
            parts.count_samples(&mut builder, &tree, thread, job);
            if builder.n_samples() == 0 {
                add_hits(&mut builder, &tree, thread, job);
            }
        } else {
            let value_types = ValueTypes::new(&mut builder);
            let placed = tree.placed(&mut builder, job);
            samples.finish(&mut builder, job, &placed, thread, value_types);
        }
        if builder.n_samples() == 0 {
            let hint = "it has no sample; record for longer";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        job.progress(source.len() as u64)?;
        Ok(builder.finish().0)
    }
}

fn verdict(is_ours: bool) -> Verdict {
    if is_ours { Verdict::Yes } else { Verdict::No }
}

fn has_key(object: Value<'_>, keys: &[&[u8]]) -> bool {
    Fields::of(object).any(|(key, _)| keys.contains(&key.raw))
}

/// The values at the top of the file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parts<'a> {
    pub(crate) nodes: Option<Value<'a>>,
    /// The root of the tree, in the old form.
    pub(crate) head: Option<Value<'a>>,
    samples: Option<Value<'a>>,
    deltas: Option<Value<'a>>,
    /// In the old form: the time of each sample in microseconds.
    timestamps: Option<Value<'a>>,
    start: Option<Value<'a>>,
    end: Option<Value<'a>>,
}

impl<'a> Parts<'a> {
    pub(crate) fn set(&mut self, key: &[u8], value: Value<'a>) {
        match key {
            b"nodes" => self.nodes = Some(value),
            b"head" => self.head = Some(value),
            b"samples" => self.samples = Some(value),
            b"timeDeltas" => self.deltas = Some(value),
            b"timestamps" => self.timestamps = Some(value),
            b"startTime" => self.start = Some(value),
            b"endTime" => self.end = Some(value),
            _ => {}
        }
    }

    /// Whether the file says when any sample was.
    fn has_times(&self) -> bool {
        let times = [self.timestamps, self.deltas].into_iter().flatten();
        times.flat_map(Elements::of).next().is_some()
    }

    /// Adds samples of which the file does not say when they were: each counts 1.
    fn count_samples(
        &self,
        builder: &mut ProfileBuilder,
        tree: &Tree<'_>,
        thread: ThreadId,
        job: &Job,
    ) {
        let nodes = self.samples.into_iter().flat_map(Elements::of);
        let mut n_bad = 0_u64;
        let nodes: Vec<i64> = nodes
            .filter_map(|node| {
                let id = node.integer();
                n_bad = n_bad.saturating_add(u64::from(id.is_none()));
                id
            })
            .collect();
        note_not_a_node(n_bad, job);
        if nodes.is_empty() {
            return;
        }
        let value_type = builder.value_type("samples", Unit::Count);
        let placed = tree.placed(builder, job);
        for node in nodes {
            let Some(place) = placed.of(node) else {
                note_without_node(node, job);
                continue;
            };
            let (callers, leaf) = (place.callers, place.leaf);
            builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
            if builder.weight(value_type, 1).is_ok() {
                job.note(Severity::Unshown, "samples-without-times", || {
                    "samples count 1 each and are at no time, as the file does not say when they \
                     were (`timeDeltas`)"
                        .to_owned()
                });
            }
        }
    }

    /// The samples with their times.
    pub(crate) fn samples(&self, job: &Job) -> ClockedSamples {
        let mut samples = ClockedSamples::default();
        let Some(nodes) = self.samples else { return samples };
        let nodes = Elements::of(nodes).map(Value::integer);
        if let Some(times) = self.timestamps {
            let mut times = Elements::of(times).map(nanoseconds).fuse();
            for node in nodes {
                match (node, times.next().flatten()) {
                    (Some(node), Some(time_ns)) => samples.samples.push(Sampled { time_ns, node }),
                    (_, None) => note_without_time(job),
                    (None, _) => note_not_a_node(1, job),
                }
            }
            return samples;
        }
        let mut clock_ns = self.start.and_then(nanoseconds).unwrap_or_default();
        self.add_samples(&mut samples, &mut clock_ns, job);
        // The old form, with the times themselves, has this in seconds.
        if let Some(end_ns) = self.end.and_then(nanoseconds) {
            samples.ended_at(end_ns);
        }
        samples
    }

    /// Adds the samples whose times are told from one to the next. `clock_ns` is the time of
    /// the one before.
    pub(crate) fn add_samples(&self, samples: &mut ClockedSamples, clock_ns: &mut i64, job: &Job) {
        let empty = Value::Array(b"[]");
        let nodes = Elements::of(self.samples.unwrap_or(empty)).map(Value::integer);
        let deltas = Elements::of(self.deltas.unwrap_or(empty)).map(nanoseconds);
        samples.extend(nodes, deltas, clock_ns, job);
    }
}

/// A time in microseconds, in nanoseconds.
pub(crate) fn nanoseconds(value: Value<'_>) -> Option<i64> {
    scaled(value.digits()?, 3)
}

/// Where there are no samples with times, the tree says how often each node was seen.
fn add_hits(builder: &mut ProfileBuilder, tree: &Tree<'_>, thread: ThreadId, job: &Job) {
    let value_type = builder.value_type("samples", Unit::Count);
    let places = tree.places(builder, job);
    for (node, place) in tree.nodes().iter().zip(places).filter(|(node, _)| node.hits > 0) {
        let (callers, leaf) = (place.callers, place.leaf);
        builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
        if builder.weight(value_type, node.hits).is_err() {
            job.note(Severity::Loss, "overflow", || {
                "a count is too large and is left out".to_owned()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values with their totals, and the kinds of the notes.
    fn import(rest: &str) -> (Vec<String>, Vec<(&'static str, u64)>) {
        let frame = |name| format!(r#""callFrame":{{"functionName":"{name}"}}"#);
        let (root, leaf) = (frame("(root)"), frame("a"));
        let nodes = format!(r#"[{{"id":1,{root},"children":[2]}},{{"id":2,{leaf},"hitCount":1}}]"#);
        let json = format!(r#"{{"nodes":{nodes},{rest}}}"#);
        let job = Job::default();
        let profile = CpuProfile.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        profile.check().unwrap();
        let types = profile.value_types().iter().zip(profile.value_type_ids());
        let totals = types
            .map(|(row, id)| format!("{} {}", row.name, profile.samples().weights(id).total()));
        let report = job.report();
        let notes = report.notes();
        (totals.collect(), notes.iter().map(|note| (note.kind, note.count)).collect())
    }

    #[test]
    fn what_is_left_out_of_samples_is_counted() {
        let kinds = |rest: &str| import(rest).1;
        let without_time = ("sample-without-time", 1);
        assert_eq!(kinds(r#""samples":[2,2,2],"timestamps":[1,5]"#), [without_time]);
        let not_a_node = ("sample-without-node", 1);
        assert_eq!(kinds(r#""samples":[2,"x",2],"timestamps":[1,5,6]"#), [not_a_node]);
        assert_eq!(kinds(r#""samples":[2,null,2],"timeDeltas":[1,2,3]"#), [not_a_node]);
        let untimed = kinds(r#""samples":[2,"x"]"#);
        assert_eq!(untimed, [not_a_node, ("samples-without-times", 1)]);
    }

    #[test]
    fn samples_without_times_are_counted() {
        let counted = (vec!["samples 3".to_owned()], vec![("samples-without-times", 3)]);
        assert_eq!(import(r#""startTime":0,"endTime":100,"samples":[2,2,2]"#), counted);
        assert_eq!(import(r#""samples":[2,2,2],"timeDeltas":[]"#), counted);
        let hits = (vec!["samples 1".to_owned()], vec![]);
        assert_eq!(import(r#""samples":[]"#), hits);
        let timed = import(r#""samples":[2,2],"timeDeltas":[1,2],"endTime":5"#);
        assert_eq!(timed, (vec!["time 4000".to_owned(), "samples 2".to_owned()], vec![]));
    }
}
