//! Flows: arrows between slices, as events of their own (`s`, `t`, `f`) and as keys of slices
//! (`bind_id` with `flow_in` and `flow_out`).
//!
//! Perfetto takes instants for slices, and for the enclosing slice the last that has begun on the
//! thread, though it may be over. So an arrow of its may end at an instant where one here ends at
//! the slice around it, or, without one, is left out and counted.

use std::ops::Range;

use rview_core::{FlowEnd, ProcessId, ProfileBuilder, RawSliceId, StringId, ThreadId};

use super::begin_end::SlicesByOffset;
use super::id::{Id, Keys};
use super::log::{self, Difference, Log};
use super::threads::Threads;
use crate::{Job, Severity};

/// Among what the id of a flow is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FlowKey {
    /// Of `s`, `t` and `f`.
    Event {
        /// Category, [`StringId::NONE`] without one.
        category: StringId,
        /// Name, [`StringId::NONE`] without one.
        name: StringId,
        /// `scope`, [`StringId::NONE`] without one.
        scope: StringId,
        /// Where the id is unique only there; else [`ProcessId::NONE`].
        process: ProcessId,
    },
    /// Of slices, of which `bind_id` is the same in all processes.
    Bind {
        /// `scope`, [`StringId::NONE`] without one.
        scope: StringId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlowKind {
    Start,
    Step,
    End,
    /// The flow goes in here and may go in elsewhere too.
    Into,
}

/// Where a flow touches a slice.
#[derive(Clone, Copy, Debug)]
pub(super) enum FlowPlace {
    /// The innermost slice of the thread.
    Enclosing(ThreadId),
    /// The next slice of the thread.
    Next(ThreadId),
    Slice(RawSliceId),
    /// The slice that begins with the event itself.
    BegunHere,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct FlowEvent {
    pub(super) time_ns: i64,
    pub(super) key: u32,
    pub(super) kind: FlowKind,
    pub(super) name: StringId,
    pub(super) place: FlowPlace,
    pub(super) offset: usize,
}

/// Collects the ends of flows.
#[derive(Debug, Default)]
pub(super) struct FlowEvents {
    keys: Keys<FlowKey>,
    n_keys: usize,
    log: Log,
    /// Of those that are at a slice themselves.
    slices: Vec<RawSliceId>,
    differences: Differences,
    n_events: usize,
    /// The first and the last time.
    span_ns: Option<(i64, i64)>,
    /// Whether times go back.
    is_disordered: bool,
}

/// The earliest ends of flows, in order of time.
#[derive(Debug)]
pub(super) struct FirstPart(Vec<FlowEvent>);

#[derive(Clone, Copy, Debug, Default)]
struct Differences {
    time: Difference,
    key: Difference,
    offset: Difference,
}

/// Where the latest part of a flow was.
#[derive(Clone, Copy)]
struct Latest {
    end: Option<FlowEnd>,
    name: StringId,
    is_used: bool,
    offset: usize,
}

/// How many events are sorted together, if they come evenly in time, and in how many parts of the
/// time at most: for each the log is gone through.
const SORTED_TOGETHER: usize = 1 << 15;
const MAX_PARTS: usize = 16;

impl FlowEvents {
    /// The number of a flow.
    pub(super) fn key(&mut self, key: FlowKey, id: Id) -> u32 {
        self.keys.number(key, id)
    }

    pub(super) fn push(&mut self, event: &FlowEvent) {
        let (place, at) = match event.place {
            FlowPlace::Enclosing(thread) => (0, log::of_thread(thread)),
            FlowPlace::Next(thread) => (1, log::of_thread(thread)),
            FlowPlace::Slice(slice) => {
                self.slices.push(slice);
                (2, (self.slices.len() as u64).wrapping_sub(1))
            }
            FlowPlace::BegunHere => (3, 0),
        };
        let kind = match event.kind {
            FlowKind::Start => 0,
            FlowKind::Step => 1,
            FlowKind::End => 2,
            FlowKind::Into => 3,
        };
        let time_ns = event.time_ns;
        let (first, last) = self.span_ns.unwrap_or((time_ns, time_ns));
        self.is_disordered |= time_ns < last;
        self.span_ns = Some((first.min(time_ns), last.max(time_ns)));
        self.n_events = self.n_events.saturating_add(1);
        let differences = &mut self.differences;
        self.log.push([
            differences.time.to(time_ns),
            differences.key.to(event.key.into()),
            differences.offset.to((event.offset as u64).cast_signed()),
            log::of_string(event.name),
            at << 4 | place << 2 | kind,
        ]);
    }

    /// What is left to do once no more events come: the table of ids is not needed for it.
    pub(super) fn without_ids(self) -> Self {
        Self { n_keys: self.keys.len(), keys: Keys::default(), ..self }
    }

    /// Adds an arrow for each hop, in order of time. Gives those that have no place, and where
    /// each of the others ends in the file.
    pub(super) fn finish(
        self,
        first: FirstPart,
        builder: &mut ProfileBuilder,
        job: &Job,
        threads: &Threads,
        slices: &SlicesByOffset,
    ) -> (Unbound, Vec<usize>) {
        let latest = vec![None; self.n_keys];
        let (unbound, arrows) = (Unbound::default(), Vec::new());
        let early = Early::default();
        let mut hops = Hops { builder, job, threads, slices, latest, early, unbound, arrows };
        if self.is_disordered {
            // Each part is sorted while the one before is gone through.
            let mut events = first.0;
            for next in 1..=self.n_parts() {
                let add = || events.iter().for_each(|event| hops.add(event));
                ((), events) = rayon::join(add, || self.sorted_part(next));
            }
        } else {
            for event in self.events() {
                hops.add(&event);
            }
        }
        hops.give_up_early();
        for latest in hops.latest {
            note_unused(latest, job);
        }
        (hops.unbound, hops.arrows)
    }

    /// What [`Self::finish`] starts with, to be made ahead.
    pub(super) fn first_part(&self) -> FirstPart {
        FirstPart(self.sorted_part(0))
    }

    /// In how many parts of the time they are sorted; none where they are in order.
    fn n_parts(&self) -> usize {
        if self.is_disordered { self.n_events.div_ceil(SORTED_TOGETHER).min(MAX_PARTS) } else { 0 }
    }

    /// The events of a part in order of time; none behind the last part.
    fn sorted_part(&self, part: usize) -> Vec<FlowEvent> {
        let n_parts = self.n_parts();
        if part >= n_parts {
            return Vec::new();
        }
        let times = self.part(part, n_parts);
        let is_in = |event: &FlowEvent| times.contains(&event.time_ns.into());
        let mut events: Vec<FlowEvent> = self.events().filter(is_in).collect();
        events.sort_by_key(|event| event.time_ns);
        events
    }

    /// From when to when a part of the time is, of so many.
    fn part(&self, part: usize, n_parts: usize) -> Range<i128> {
        let (first, last) = self.span_ns.unwrap_or_default();
        let (first, end) = (i128::from(first), i128::from(last).saturating_add(1));
        let start = |part: usize| {
            let span = end.saturating_sub(first).saturating_mul(part as i128);
            first.saturating_add(span.checked_div(n_parts as i128).unwrap_or_default())
        };
        start(part)..start(part.saturating_add(1))
    }

    /// All, in the order of the file.
    fn events(&self) -> impl Iterator<Item = FlowEvent> {
        let mut differences = Differences::default();
        self.log.records().map(move |[time, key, offset, name, at]| {
            let thread = log::thread(at >> 4);
            let slice = usize::try_from(at >> 4).ok().and_then(|row| self.slices.get(row));
            FlowEvent {
                time_ns: differences.time.at(time),
                key: u32::try_from(differences.key.at(key)).unwrap_or(u32::MAX),
                offset: usize::try_from(differences.offset.at(offset)).unwrap_or_default(),
                name: log::string(name),
                place: match (at >> 2 & 3, slice) {
                    (0, _) => FlowPlace::Enclosing(thread),
                    (1, _) => FlowPlace::Next(thread),
                    (2, Some(&slice)) => FlowPlace::Slice(slice),
                    _ => FlowPlace::BegunHere,
                },
                kind: match at & 3 {
                    0 => FlowKind::Start,
                    1 => FlowKind::Step,
                    2 => FlowKind::End,
                    _ => FlowKind::Into,
                },
            }
        })
    }
}

/// What becomes of the ends of flows, in order of time.
struct Hops<'a> {
    builder: &'a mut ProfileBuilder,
    job: &'a Job,
    threads: &'a Threads,
    slices: &'a SlicesByOffset,
    /// By key.
    latest: Vec<Option<Latest>>,
    early: Early,
    unbound: Unbound,
    /// Where each arrow ends in the file.
    arrows: Vec<usize>,
}

/// Ends of flows of which the start is not met yet, all of one time: where both have the same time,
/// `PyTorch` writes the end first.
#[derive(Default)]
struct Early {
    time_ns: i64,
    /// Keys, with where the flows end.
    ends: Vec<(u32, Latest)>,
}

/// How many of them are looked at for a start. More would make hostile files quadratic.
const MAX_EARLY: usize = 64;

impl Early {
    fn take(&mut self, key: u32) -> Option<Latest> {
        let at = self.ends.iter().rev().take(MAX_EARLY).position(|&(other, _)| other == key)?;
        Some(self.ends.remove(self.ends.len().wrapping_sub(at).wrapping_sub(1)).1)
    }
}

impl Hops<'_> {
    /// Notes the ends of which the start would have to be met by now.
    fn give_up_early(&mut self) {
        for (_, Latest { offset, .. }) in self.early.ends.drain(..) {
            note_without_start(offset, self.job);
        }
    }

    fn arrow(&mut self, name: StringId, from: Option<FlowEnd>, to: Latest) {
        if let (Some(start), Some(end)) = (from, to.end) {
            self.builder.flow(name, start, end);
            self.arrows.push(to.offset);
        } else {
            self.unbound.add(1, to.offset);
        }
    }

    fn add(&mut self, event: &FlowEvent) {
        if event.time_ns != self.early.time_ns {
            self.give_up_early();
            self.early.time_ns = event.time_ns;
        }
        let Some(latest) = self.latest.get_mut(event.key as usize) else { return };
        let FlowEvent { name, offset, .. } = *event;
        let end = event.bind(self.threads, self.slices);
        let here = Latest { end, name, is_used: false, offset };
        if event.kind == FlowKind::Start {
            note_unused(latest.replace(here), self.job);
            if let Some(end) = self.early.take(event.key) {
                *latest = None;
                self.arrow(name, here.end, end);
            }
            return;
        }
        let Some(from) = latest else {
            match event.kind {
                FlowKind::End => self.early.ends.push((event.key, here)),
                _ => note_without_start(offset, self.job),
            }
            return;
        };
        let (start, flow) = (from.end, from.name);
        from.is_used = true;
        match event.kind {
            FlowKind::Start | FlowKind::Into => {}
            FlowKind::Step => *latest = Some(Latest { is_used: true, ..here }),
            FlowKind::End => *latest = None,
        }
        self.arrow(flow, start, here);
    }
}

/// Arrows of which an end is at no slice.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unbound {
    n_flows: u64,
    /// Where the first of them ends in the file.
    first: Option<usize>,
}

impl Unbound {
    pub(super) fn add(&mut self, n_flows: u64, offset: usize) {
        self.n_flows = self.n_flows.saturating_add(n_flows);
        self.first = Some(self.first.map_or(offset, |first| first.min(offset)));
    }

    pub(super) fn note(self, job: &Job) {
        job.note_many(Severity::Loss, "flow-without-slice", self.n_flows, || {
            let at = self.first.unwrap_or_default();
            format!(
                "a flow that starts or ends where there is no slice is left out, first at byte \
                 {at}; record the categories of both ends, and from before the flow starts"
            )
        });
    }
}

fn note_without_start(offset: usize, job: &Job) {
    job.note(Severity::Loss, "flow-without-start", || {
        format!(
            "a flow that never started is left out, first at byte {offset}; record from before \
             it starts"
        )
    });
}

fn note_unused(latest: Option<Latest>, job: &Job) {
    if let Some(Latest { is_used: false, offset, .. }) = latest {
        job.note(Severity::Unshown, "flow-without-end", || {
            format!(
                "a flow that never ends has no arrow, first at byte {offset}; record until it ends"
            )
        });
    }
}

impl FlowEvent {
    fn bind(&self, threads: &Threads, slices: &SlicesByOffset) -> Option<FlowEnd> {
        let track = |thread| threads.existing_track(thread);
        Some(match self.place {
            FlowPlace::Enclosing(thread) => FlowEnd::Enclosing(track(thread)?, self.time_ns),
            FlowPlace::Next(thread) => FlowEnd::Next(track(thread)?, self.time_ns),
            FlowPlace::Slice(slice) => FlowEnd::Slice(slice),
            FlowPlace::BegunHere => FlowEnd::Slice(*slices.get(&self.offset)?),
        })
    }
}
