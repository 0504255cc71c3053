//! Flows: arrows between slices, as events of their own (`s`, `t`, `f`) and as keys of slices
//! (`bind_id` with `flow_in` and `flow_out`).

use foldhash::HashMap;
use rview_core::{FlowEnd, ProcessId, ProfileBuilder, RawSliceId, StringId, ThreadId};

use super::begin_end::SlicesByOffset;
use super::id::Id;
use super::threads::Threads;
use crate::{Job, Severity};

/// What makes a flow.
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
        id: Id,
        /// Where the id is unique only there; else [`ProcessId::NONE`].
        process: ProcessId,
    },
    /// Of slices, of which `bind_id` is the same in all processes.
    Bind {
        /// `scope`, [`StringId::NONE`] without one.
        scope: StringId,
        id: Id,
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
    /// The slice that begins with the event at this offset.
    BegunAt(usize),
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
    keys: HashMap<FlowKey, u32>,
    events: Vec<FlowEvent>,
}

/// Where the latest part of a flow was.
#[derive(Clone, Copy)]
struct Latest {
    end: Option<FlowEnd>,
    name: StringId,
    is_used: bool,
    offset: usize,
}

impl FlowEvents {
    /// The number of a flow.
    pub(super) fn key(&mut self, key: FlowKey) -> u32 {
        let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        *self.keys.entry(key).or_insert(next)
    }

    pub(super) fn push(&mut self, event: FlowEvent) {
        self.events.push(event);
    }

    /// Adds an arrow for each hop, in order of time. Gives those that have no place, and where
    /// each of the others ends in the file.
    pub(super) fn finish(
        mut self,
        builder: &mut ProfileBuilder,
        job: &Job,
        threads: &Threads,
        slices: &SlicesByOffset,
    ) -> (Unbound, Vec<usize>) {
        self.events.sort_by_key(|event| event.time_ns);
        let mut latest: Vec<Option<Latest>> = vec![None; self.keys.len()];
        let mut unbound = Unbound::default();
        // Where each arrow ends in the file.
        let mut arrows = Vec::new();
        for event in &self.events {
            let Some(latest) = latest.get_mut(event.key as usize) else { continue };
            let FlowEvent { name, offset, .. } = *event;
            let end = event.place.bind(event.time_ns, threads, slices);
            let here = Latest { end, name, is_used: false, offset };
            if event.kind == FlowKind::Start {
                note_unused(latest.replace(here), job);
                continue;
            }
            let Some(from) = latest else {
                job.note(Severity::Loss, "flow-without-start", || {
                    format!(
                        "a flow that never started is left out, first at byte {offset}; record \
                         from before it starts"
                    )
                });
                continue;
            };
            match (from.end, end) {
                (Some(start), Some(end)) => {
                    builder.flow(from.name, start, end);
                    arrows.push(offset);
                }
                _ => unbound.add(1, offset),
            }
            from.is_used = true;
            match event.kind {
                FlowKind::Start | FlowKind::Into => {}
                FlowKind::Step => *latest = Some(Latest { is_used: true, ..here }),
                FlowKind::End => *latest = None,
            }
        }
        for latest in latest {
            note_unused(latest, job);
        }
        (unbound, arrows)
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

fn note_unused(latest: Option<Latest>, job: &Job) {
    if let Some(Latest { is_used: false, offset, .. }) = latest {
        job.note(Severity::Unshown, "flow-without-end", || {
            format!(
                "a flow that never ends has no arrow, first at byte {offset}; record until it ends"
            )
        });
    }
}

impl FlowPlace {
    fn bind(self, time_ns: i64, threads: &Threads, slices: &SlicesByOffset) -> Option<FlowEnd> {
        Some(match self {
            Self::Enclosing(thread) => FlowEnd::Enclosing(threads.existing_track(thread)?, time_ns),
            Self::Next(thread) => FlowEnd::Next(threads.existing_track(thread)?, time_ns),
            Self::Slice(slice) => FlowEnd::Slice(slice),
            Self::BegunAt(offset) => FlowEnd::Slice(*slices.get(&offset)?),
        })
    }
}
