//! The file format of speedscope: frames, and profiles of samples or of calls.
//!
//! ```json
//! {"$schema": "https://www.speedscope.app/file-format-schema.json",
//!  "shared": {"frames": [{"name": "main", "file": "main.c"}, {"name": "read"}]},
//!  "profiles": [
//!    {"type": "sampled", "name": "cpu", "unit": "milliseconds", "startValue": 0, "endValue": 30,
//!     "samples": [[0, 1], [0]], "weights": [20, 10]},
//!    {"type": "evented", "name": "main thread", "unit": "seconds", "startValue": 0, "endValue": 3,
//!     "events": [{"type": "O", "frame": 0, "at": 0}, {"type": "C", "frame": 0, "at": 3}]}]}
//! ```
//!
//! Each profile of the file is a thread here. Calls in time are slices; samples follow each
//! other, so each starts when those before it are over. Source: `file-format-spec.ts` of
//! speedscope.

mod amount;
mod evented;
mod frames;
mod own;
mod sampled;

use rustc_hash::FxHashMap;
use rview_core::{ProcessId, Profile, ProfileBuilder, ThreadId, Unit, ValueTypeId};

use crate::json::{Elements, Fields, Text, Value};
use crate::{ImportError, Importer, Job, Severity, Source, Verdict};
use amount::Scale;
use frames::Frames;
use own::{Key, Own, ThreadKey};

/// The importer of speedscope's files.
pub(crate) struct Speedscope;

const FORMAT: &str = "speedscope";

impl Importer for Speedscope {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["speedscope.json"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        let (mut has_shared, mut has_profiles) = (false, false);
        for (key, value) in Fields::new(head) {
            match key.raw {
                b"$schema" => {
                    let schema = value.text().map_or(&b""[..], |text| text.raw);
                    if memchr::memmem::find(schema, b"speedscope").is_some() {
                        return Verdict::Yes;
                    }
                }
                b"shared" => {
                    has_shared |= Fields::of(value).any(|(key, _)| key.raw == b"frames");
                }
                b"profiles" => {
                    let mut first = Elements::of(value).take(1).flat_map(Fields::of);
                    has_profiles |= first.any(|(key, _)| matches!(key.raw, b"endValue" | b"unit"));
                }
                _ => {}
            }
        }
        match (has_shared, has_profiles) {
            (true, true) => Verdict::Yes,
            (true, false) | (false, true) => Verdict::Perhaps,
            (false, false) => Verdict::No,
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let mut builder = ProfileBuilder::default();
        let (mut frames, mut profiles) = (None, None);
        let (mut name, mut active) = (None, None);
        let mut fields = Fields::new(source);
        for (key, value) in &mut fields {
            match key.raw {
                b"shared" => {
                    let found = Fields::of(value).find(|(key, _)| key.raw == b"frames");
                    frames = found.map(|(_, frames)| frames).or(frames);
                }
                b"profiles" => profiles = Some(value),
                b"name" => name = value.text(),
                b"activeProfileIndex" => active = value.integer(),
                b"exporter" => {
                    let exporter = value.text().map(Text::decode).unwrap_or_default();
                    builder.fact("exporter", &exporter);
                }
                _ => {}
            }
        }
        fields.note_end(job);
        job.progress(source.len() as u64 / 4)?;
        let frames = Frames::read(frames, &mut builder);
        let name = name.map(Text::decode).unwrap_or_default();
        let profiles = profiles.into_iter().flat_map(Elements::of);
        let is_object = |profile: &Value<'_>| profile.object().is_some();
        let mut parts: Vec<Part<'_>> = profiles.filter(is_object).map(Part::of).collect();
        let precision = amount::precision(parts.iter());
        for part in &mut parts {
            if part.is_of_precision() {
                part.scale = Scale::None(precision);
            }
        }
        // Samples have a place in time only if all have: one axis is for all. Calls that are not
        // in time become samples too.
        let has_rows = |part: &Part<'_>| part.samples.is_some() || part.events.is_some();
        let is_in_time =
            |part: &Part<'_>| part.scale.is_time() && part.own.is_none_or(|own| own.has_thread());
        let is_empty = |part: &Part<'_>| {
            part.own.is_some()
                && part.samples.is_some_and(|rows| Elements::of(rows).next().is_none())
        };
        let is_timed =
            parts.iter().all(|part| is_in_time(part) || !has_rows(part) || is_empty(part));
        let mut importing = Importing {
            builder,
            job,
            frames,
            is_timed,
            value_types: Vec::new(),
            threads: FxHashMap::default(),
            processes: FxHashMap::default(),
            n_done: 0,
        };
        for (number, part) in (0..).zip(parts) {
            if !has_rows(&part) {
                job.note(Severity::Loss, "unknown-profile", || {
                    let kind = part.kind.map(Text::decode).unwrap_or_default();
                    let kind: String = kind.chars().take(40).collect();
                    format!("a profile with neither samples nor events is left out, type `{kind}`")
                });
                continue;
            }
            let thread = importing.thread(&part, &name);
            importing.add(&part, thread)?;
            if part.own.is_some() && active == Some(number) {
                let default = importing.value_type(&part);
                importing.builder.set_default_value_type(default);
            }
        }
        job.progress(source.len() as u64)?;
        let builder = importing.builder;
        if builder.n_samples() == 0 && builder.n_slices() == 0 {
            let hint = "its profiles have no sample and no event; export it again";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        Ok(builder.finish().0)
    }
}

/// One profile of the file.
#[derive(Clone, Copy)]
struct Part<'a> {
    /// `type`: `sampled` or `evented`.
    kind: Option<Text<'a>>,
    name: Option<Text<'a>>,
    scale: Scale,
    start: Option<Value<'a>>,
    end: Option<Value<'a>>,
    events: Option<Value<'a>>,
    samples: Option<Value<'a>>,
    weights: Option<Value<'a>>,
    /// What rview adds.
    own: Option<Own<'a>>,
}

impl<'a> Part<'a> {
    fn of(profile: Value<'a>) -> Self {
        let mut part = Self {
            kind: None,
            name: None,
            scale: Scale::of(b"none"),
            start: None,
            end: None,
            events: None,
            samples: None,
            weights: None,
            own: None,
        };
        for (key, value) in Fields::of(profile) {
            match key.raw {
                b"type" => part.kind = value.text(),
                b"name" => part.name = value.text(),
                b"unit" => part.scale = Scale::of(value.text().map_or(b"", |text| text.raw)),
                b"startValue" => part.start = Some(value),
                b"endValue" => part.end = Some(value),
                b"events" => part.events = Some(value),
                b"samples" => part.samples = Some(value),
                b"weights" => part.weights = Some(value),
                b"rview" => part.own = Some(Own::of(value)),
                _ => {}
            }
        }
        part
    }

    /// Whether its numbers have no unit and may have fractions.
    fn is_of_precision(&self) -> bool {
        let has_unit = self.own.is_some_and(|own| own.unit.is_some());
        matches!(self.scale, Scale::None(_)) && !has_unit
    }
}

/// The profile under construction.
struct Importing<'a> {
    builder: ProfileBuilder,
    job: &'a Job,
    frames: Frames,
    is_timed: bool,
    /// By name and unit.
    value_types: Vec<(String, Unit, ValueTypeId)>,
    /// Those that the file tells, and their processes.
    threads: FxHashMap<ThreadKey, ThreadId>,
    processes: FxHashMap<Key, ProcessId>,
    /// How many samples and events are done.
    n_done: u64,
}

impl Importing<'_> {
    fn add(&mut self, part: &Part<'_>, thread: ThreadId) -> Result<(), ImportError> {
        if part.samples.is_some() {
            self.add_samples(part, thread)?;
        }
        match part.events {
            Some(events) if part.scale.is_time() => self.add_slices(part, events, thread),
            Some(events) => self.add_weighed_events(part, events, thread),
            None => Ok(()),
        }
    }

    /// One more sample or event.
    fn step(&mut self) -> Result<(), ImportError> {
        self.n_done = self.n_done.wrapping_add(1);
        if self.n_done.is_multiple_of(1 << 14) && self.job.is_cancelled() {
            return Err(ImportError::Cancelled);
        }
        Ok(())
    }

    /// A number of the file in whole units.
    fn amount(&self, value: Option<Value<'_>>, scale: Scale) -> Option<i64> {
        let (amount, is_exact) = scale.amount(value?)?;
        if !is_exact {
            self.job.note(Severity::Repair, "rounded", || {
                "numbers finer than a nanosecond, than a byte, or than can be kept for all are \
                 rounded"
                    .to_owned()
            });
        }
        Some(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(profiles: &str) -> Profile {
        let frames = r#""shared":{"frames":[{"name":"main"}]}"#;
        let json = format!("{{{frames},\"profiles\":[{profiles}]}}");
        Speedscope.import(&Source::from_vec(json.into_bytes()), &Job::default()).unwrap()
    }

    const TIMED: &str = r#"{"unit":"seconds","samples":[[0],[0]],"weights":[1,2]}"#;

    #[test]
    fn what_is_no_profile_is_no_thread() {
        assert_eq!(import(&format!("0,[],{TIMED},null")).threads().ids().count(), 1);
    }

    #[test]
    fn a_profile_of_another_type_is_noted_and_no_thread() {
        let frames = r#""shared":{"frames":[{"name":"main"}]}"#;
        let profiles = format!(r#"{{"type":"weird","name":"x"}},{TIMED}"#);
        let json = format!(r#"{{{frames},"profiles":[{profiles}]}}"#);
        let job = Job::default();
        let profile = Speedscope.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        assert_eq!(profile.threads().len(), 1);
        let report = job.report();
        let notes = report.notes();
        let note = notes.first().unwrap();
        assert_eq!((notes.len(), note.kind, note.count), (1, "unknown-profile", 1));
        assert!(note.text.contains("`weird`"), "{}", note.text);
    }

    #[test]
    fn weights_without_a_unit_keep_their_fractions() {
        let samples = r#"{"unit":"none","samples":[[0],[0]],"weights":[1.5,0.25]}"#;
        let calls = r#"{"type":"O","frame":0,"at":0.125},{"type":"C","frame":0,"at":2}"#;
        let profile = import(&format!(r#"{samples},{{"unit":"none","events":[{calls}]}}"#));
        let units: Vec<&str> = profile.value_types().iter().map(|row| row.unit.name()).collect();
        assert_eq!(units, ["0.001"]);
        let id = profile.value_type_ids().next().unwrap();
        assert_eq!(profile.samples().weights(id).total(), 1500 + 250 + 1875);
    }

    #[test]
    fn a_frame_that_closes_before_it_opens_is_noted() {
        let frames = r#""shared":{"frames":[{"name":"main"}]}"#;
        let calls = r#"{"type":"O","frame":0,"at":10},{"type":"C","frame":0,"at":5}"#;
        let profile = format!(r#"{{"unit":"seconds","events":[{calls}]}}"#);
        let json = format!(r#"{{{frames},"profiles":[{profile}]}}"#);
        let job = Job::default();
        Speedscope.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(notes, [("negative-duration", 1)]);
    }

    #[test]
    fn samples_have_no_times_beside_calls_that_are_not_in_time() {
        let calls = r#"{"type":"O","frame":0,"at":0},{"type":"C","frame":0,"at":7}"#;
        let calls = format!(r#"{{"unit":"bytes","events":[{calls}]}}"#);
        assert!(import(TIMED).samples().times_ns().is_some());
        let profile = import(&format!("{TIMED},{calls}"));
        assert_eq!(profile.samples().len(), 3);
        assert!(profile.samples().times_ns().is_none());
    }
}
