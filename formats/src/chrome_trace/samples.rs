//! CPU samples inside a trace: those of V8 in events, and those beside the events.
//!
//! `DevTools` records V8's profiler as a `Profile`, which says whose it is and when it started,
//! and chunks with nodes and samples, written by another thread. Old versions write all of it as
//! one `CpuProfile`. Other tools write frames and samples beside the events:
//!
//! ```text
//! {"ph": "P", "name": "Profile", "id": "0x1", "args": {"data": {"startTime": 1000}}}
//! {"ph": "P", "name": "ProfileChunk", "id": "0x1", "args": {"data": {
//!     "cpuProfile": {"nodes": […], "samples": [2, 2]}, "timeDeltas": [10, 125]}}}
//!
//! "stackFrames": {"7": {"name": "main", "category": "app"}}, "samples": [{"ts": 10, "sf": 7, …}]
//! ```
//!
//! Samples are read once all events are: chunks point to nodes of each other.

use std::borrow::Cow;

use foldhash::HashMap;
use rview_core::{ProcessId, ProfileBuilder, Sample, ThreadId, ValueTypeId};

use super::event::{Event, Time};
use super::id::Id;
use super::threads::Threads;
use crate::json::{Elements, Fields, Scanner, Text, Value, scaled};
use crate::precision::{Numbers, Precision, n_decimals};
use crate::v8::{
    ClockedSamples, Parts, Placed, Sampled, Tree, ValueTypes, nanoseconds, note_without_node,
};
use crate::{ImportError, Job, Severity};

/// Where samples are in the file.
#[derive(Debug, Default)]
pub(super) struct Samples {
    chunks: Vec<Chunk>,
    /// Offsets of `samples` and `stackFrames` beside the events.
    beside: Option<usize>,
    frames: Option<usize>,
    /// Offsets of old sample events with a frame.
    single: Vec<usize>,
}

/// An event with a part of a profile.
#[derive(Clone, Copy, Debug)]
struct Chunk {
    key: (ProcessId, Id),
    thread: ThreadId,
    is_start: bool,
    time_ns: i64,
    offset: usize,
}

impl Samples {
    /// Takes an event, if it is one of a profile of V8 or has a frame.
    pub(super) fn take(
        &mut self,
        event: &Event<'_>,
        id: Id,
        process: ProcessId,
        thread: ThreadId,
    ) -> bool {
        let name = event.name.map_or(&b""[..], |name| name.raw);
        let (is_start, offset) = (name == b"Profile", event.offset);
        if is_start || matches!(name, b"ProfileChunk" | b"CpuProfile") {
            let time_ns = if let Time::Ns(time_ns) = event.time { time_ns } else { 0 };
            self.chunks.push(Chunk { key: (process, id), thread, is_start, time_ns, offset });
            return true;
        }
        if event.has_stack {
            self.single.push(offset);
        }
        event.has_stack
    }

    pub(super) fn set_beside(&mut self, offset: usize) {
        self.beside = Some(offset);
    }

    pub(super) fn set_frames(&mut self, offset: usize) {
        self.frames = Some(offset);
    }

    /// Where the frames beside the events are.
    pub(super) fn frames_at(&self) -> Option<usize> {
        self.frames
    }

    /// Adds the samples to the profile.
    pub(super) fn finish(
        self,
        bytes: &[u8],
        builder: &mut ProfileBuilder,
        threads: &mut Threads,
        job: &Job,
    ) -> Result<(), ImportError> {
        if self.chunks.is_empty() && self.beside.is_none() && self.single.is_empty() {
            return Ok(());
        }
        // Samples that are weighed all have weights of their own.
        let mut times = None;
        if !self.chunks.is_empty() {
            let value_types = *times.get_or_insert_with(|| ValueTypes::new(builder));
            add_chunks(self.chunks, bytes, builder, job, value_types)?;
        }
        let rows = self.beside.and_then(|offset| value_at(bytes, offset));
        let rows = rows.into_iter().flat_map(Elements::of);
        let single = self.single.iter().filter_map(|&offset| value_at(bytes, offset));
        let mut framed = Framed::new(self.frames.and_then(|offset| value_at(bytes, offset)));
        for (number, sample) in (0_u64..).zip(rows.chain(single)) {
            if number.is_multiple_of(1 << 14) && job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            framed.add(sample, builder, threads, job);
        }
        framed.finish(builder, times, job);
        Ok(())
    }
}

fn value_at(bytes: &[u8], offset: usize) -> Option<Value<'_>> {
    Scanner::new(bytes, offset).value().ok()
}

fn add_chunks(
    mut chunks: Vec<Chunk>,
    bytes: &[u8],
    builder: &mut ProfileBuilder,
    job: &Job,
    value_types: ValueTypes,
) -> Result<(), ImportError> {
    // In the order of the file, profile by profile.
    let mut numbers: HashMap<(ProcessId, Id), usize> = HashMap::default();
    for chunk in &chunks {
        let next = numbers.len();
        numbers.entry(chunk.key).or_insert(next);
    }
    chunks.sort_by_key(|chunk| (numbers.get(&chunk.key).copied(), chunk.time_ns));
    for chunks in chunks.chunk_by(|a, b| a.key == b.key) {
        let mut tree = Tree::default();
        let mut samples = ClockedSamples::default();
        let start = chunks.iter().find(|chunk| chunk.is_start).or(chunks.first());
        let Some(start) = start else { continue };
        let mut clock_ns = start.time_ns;
        for chunk in chunks {
            let Some(event) = value_at(bytes, chunk.offset) else { continue };
            read_chunk(event, &mut tree, &mut samples, &mut clock_ns, job)?;
        }
        tree.connect();
        let placed = tree.placed(builder, job);
        samples.finish(builder, job, &placed, start.thread, value_types);
    }
    Ok(())
}

fn field<'a>(object: Value<'a>, wanted: &[u8]) -> Option<Value<'a>> {
    Fields::of(object).filter(|(key, _)| key.raw == wanted).last().map(|(_, value)| value)
}

fn read_chunk<'a>(
    event: Value<'a>,
    tree: &mut Tree<'a>,
    samples: &mut ClockedSamples,
    clock_ns: &mut i64,
    job: &Job,
) -> Result<(), ImportError> {
    let Some(data) = field(event, b"args").and_then(|args| field(args, b"data")) else {
        return Ok(());
    };
    let (mut parts, mut deltas, mut is_whole) = (Parts::default(), None, false);
    for (key, value) in Fields::of(data) {
        match key.raw {
            b"startTime" => *clock_ns = nanoseconds(value).unwrap_or(*clock_ns),
            b"timeDeltas" => deltas = Some(value),
            b"endTime" => samples.end_ns = samples.end_ns.max(nanoseconds(value)),
            b"cpuProfile" => {
                for (key, value) in Fields::of(value) {
                    is_whole |= matches!(key.raw, b"startTime" | b"timestamps" | b"head");
                    parts.set(key.raw, value);
                }
            }
            _ => {}
        }
    }
    for nodes in parts.nodes.into_iter().chain(parts.head) {
        tree.read(nodes, job)?;
    }
    if let Some(deltas) = deltas {
        parts.set(b"timeDeltas", deltas);
    }
    if is_whole {
        let mut whole = parts.samples(job);
        samples.samples.append(&mut whole.samples);
        samples.end_ns = samples.end_ns.max(whole.end_ns);
    } else {
        parts.add_samples(samples, clock_ns, job);
    }
    Ok(())
}

/// Samples that name a frame of a table beside the events.
struct Framed<'a> {
    tree: Tree<'a>,
    /// Numbers for the names of frames.
    ids: HashMap<Cow<'a, str>, i64>,
    samples: Vec<FramedSample<'a>>,
}

/// A sample that names a frame.
#[derive(Clone, Copy, Debug)]
struct FramedSample<'a> {
    thread: ThreadId,
    sampled: Sampled,
    /// Its weight, as the file writes it.
    weight: &'a [u8],
    /// What was counted, such as `cycles`.
    event: Option<Text<'a>>,
}

/// How many kinds of weights have a value type of their own.
const MAX_KINDS: usize = 64;

impl<'a> Framed<'a> {
    fn new(frames: Option<Value<'a>>) -> Self {
        let mut framed =
            Self { tree: Tree::default(), ids: HashMap::default(), samples: Vec::new() };
        for (id, frame) in frames.into_iter().flat_map(Fields::of) {
            let id = framed.id(id);
            let (mut name, mut category, mut parent) = (None, None, None);
            for (key, value) in Fields::of(frame) {
                match key.raw {
                    b"name" => name = value.text(),
                    b"category" => category = value.text(),
                    b"parent" => parent = name_of_frame(value).map(|parent| framed.id(parent)),
                    _ => {}
                }
            }
            framed.tree.add(id, parent, name, category);
        }
        framed.tree.connect();
        framed
    }

    fn id(&mut self, name: Text<'a>) -> i64 {
        let next = i64::try_from(self.ids.len()).unwrap_or(i64::MAX);
        *self.ids.entry(name.decode()).or_insert(next)
    }

    fn add(
        &mut self,
        sample: Value<'a>,
        builder: &mut ProfileBuilder,
        threads: &mut Threads,
        job: &Job,
    ) {
        let Some(object) = sample.object() else { return };
        let Ok(event) = Event::read(&mut Scanner::new(object, 0)) else { return };
        let (mut frame, mut weight) = (None, ONE);
        for (key, value) in Fields::of(sample) {
            match key.raw {
                b"sf" => frame = name_of_frame(value),
                b"weight" => weight = weight_of(value, job),
                _ => {}
            }
        }
        let (Time::Ns(time_ns), Some(frame)) = (event.time, frame) else {
            job.note(Severity::Loss, "sample-without-time", || {
                "a sample without a time or without a frame is left out".to_owned()
            });
            return;
        };
        let thread = threads.of(builder, &event);
        let sampled = Sampled { time_ns, node: self.id(frame) };
        self.samples.push(FramedSample { thread, sampled, weight, event: event.name });
    }

    /// Adds the samples: with their weights where some are not 1, else each with the time until
    /// the next.
    fn finish(self, builder: &mut ProfileBuilder, times: Option<ValueTypes>, job: &Job) {
        let Self { tree, mut samples, .. } = self;
        if samples.is_empty() {
            return;
        }
        let placed = tree.placed(builder, job);
        samples.sort_by_key(|sample| (sample.thread, sample.sampled.time_ns));
        if samples.iter().any(|sample| !is_one(sample.weight)) {
            add_weighed(&samples, &placed, builder, job);
            return;
        }
        let value_types = times.unwrap_or_else(|| ValueTypes::new(builder));
        for samples in samples.chunk_by(|a, b| a.thread == b.thread) {
            let Some(first) = samples.first() else { continue };
            let sampled = samples.iter().map(|sample| sample.sampled).collect();
            let clocked = ClockedSamples { samples: sampled, ..ClockedSamples::default() };
            clocked.finish(builder, job, &placed, first.thread, value_types);
        }
    }
}

/// What is weighed: the samples of one event, or of all beyond [`MAX_KINDS`].
struct Kind<'a> {
    event: Option<Cow<'a, str>>,
    /// All of its weights.
    numbers: Numbers,
}

/// The kinds of samples in the order of their first, and which each sample is of; `None` for one
/// without a place.
fn kinds<'a>(
    samples: &[FramedSample<'a>],
    placed: &Placed<'_, '_>,
    job: &Job,
) -> (Vec<Kind<'a>>, Vec<Option<usize>>) {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    let mut known: HashMap<Option<Cow<'a, str>>, usize> = HashMap::default();
    let of_samples = samples.iter().map(|sample| {
        if placed.of(sample.sampled.node).is_none() {
            note_without_node(sample.sampled.node, job);
            return None;
        }
        let mut event = Some(sample.event.map_or("weight".into(), Text::decode));
        if !known.contains_key(&event) && known.len() >= MAX_KINDS {
            job.note(Severity::Repair, "many-events", || {
                format!("only {MAX_KINDS} events of samples are told apart")
            });
            event = None;
        }
        let next = kinds.len();
        let kind = *known.entry(event).or_insert_with_key(|event| {
            kinds.push(Kind { event: event.clone(), numbers: Numbers::default() });
            next
        });
        kinds.get_mut(kind)?.numbers.add(sample.weight);
        Some(kind)
    });
    let of_samples = of_samples.collect();
    (kinds, of_samples)
}

/// Adds samples that count for what the profiler weighed them with, of each event apart: in the
/// least digit of any of its weights.
fn add_weighed(
    samples: &[FramedSample<'_>],
    placed: &Placed<'_, '_>,
    builder: &mut ProfileBuilder,
    job: &Job,
) {
    let (kinds, of_samples) = kinds(samples, placed, job);
    let value_types = kinds.into_iter().map(|Kind { event, numbers }| {
        let precision = numbers.precision();
        let id = builder.value_type(event.as_deref().unwrap_or("other events"), precision.unit());
        if let Some(event) = event {
            builder.count_samples(&format!("samples of {event}"), id);
        }
        (id, precision)
    });
    let value_types: Vec<(ValueTypeId, Precision)> = value_types.collect();
    for (sample, kind) in samples.iter().zip(of_samples) {
        let Sampled { time_ns, node } = sample.sampled;
        let value_type = kind.and_then(|kind| value_types.get(kind));
        let (Some(place), Some(&(value_type, precision))) = (placed.of(node), value_type) else {
            continue;
        };
        if n_decimals(sample.weight) > precision.n_decimals() {
            job.note(Severity::Repair, "rounded", || {
                "weights of samples that are finer than can be kept for all are rounded".to_owned()
            });
        }
        let (callers, leaf, thread) = (place.callers, place.leaf, sample.thread);
        builder.sample(Sample { time_ns: Some(time_ns), thread, callers, leaf, labels: None });
        let weight = precision.whole(sample.weight);
        if weight.is_none_or(|weight| builder.weight(value_type, weight).is_err()) {
            job.note(Severity::Loss, "overflow", || {
                "weights add up to more than fits in 63 bits; one is left out".to_owned()
            });
        }
    }
}

/// The name of a frame, which may be written as a number.
fn name_of_frame(value: Value<'_>) -> Option<Text<'_>> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(raw) => Some(Text { raw }),
        _ => None,
    }
}

/// The weight of a sample that has none of its own.
const ONE: &[u8] = b"1";

/// What a sample weighs, as digits of a number of 63 bits; one where it is anything else.
fn weight_of<'a>(value: Value<'a>, job: &Job) -> &'a [u8] {
    let is_weight = |digits: &&[u8]| scaled(digits, 0).is_some();
    value.digits().filter(is_weight).unwrap_or_else(|| {
        job.note(Severity::Repair, "sample-without-weight", || {
            "samples whose weight is no number, or one beyond 63 bits, count 1".to_owned()
        });
        ONE
    })
}

/// Whether a weight is one, however it is written.
fn is_one(weight: &[u8]) -> bool {
    n_decimals(weight) == 0 && scaled(weight, 0) == Some(1)
}
