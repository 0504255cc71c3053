//! `B` and `E`: the two ends of a slice, matched on a stack for each thread.
//!
//! ```text
//! B main   B parse   E parse   B paint   E            stack by stack:
//! |main    |parse    |         |paint    |            paint is closed by the E without name,
//! ```                                                 main at the end of the trace
//!
//! Files have these out of order, so they are collected and sorted by time first; what is of
//! one time stays in the order of the file.

use std::collections::VecDeque;

use foldhash::HashMap;
use rview_core::{FunctionId, ProfileBuilder, RawSliceId, Slice, StringId, TrackId};

use super::log::{self, Difference, Log};
use crate::{Job, Severity};

/// A `B` or an `E`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) time_ns: i64,
    pub(super) offset: usize,
    /// The name alone; [`StringId::NONE`] when there is none.
    pub(super) name: StringId,
    pub(super) kind: EdgeKind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum EdgeKind {
    Begin {
        function: FunctionId,
        /// Whether a flow asks for the slice that begins here.
        has_flow: bool,
    },
    End {
        has_details: bool,
    },
}

/// The edges of one thread, as the file has them.
#[derive(Debug, Default)]
pub(super) struct Edges {
    log: Log,
    time: Difference,
    offset: Difference,
    last_ns: Option<i64>,
    /// Whether times go back.
    is_disordered: bool,
}

impl Edges {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    pub(super) fn push(&mut self, edge: Edge) {
        self.is_disordered |= self.last_ns.is_some_and(|last_ns| edge.time_ns < last_ns);
        self.last_ns = Some(edge.time_ns);
        let kind = match edge.kind {
            EdgeKind::Begin { function, has_flow } => {
                log::of_function(function) << 2 | u64::from(has_flow) << 1 | 1
            }
            EdgeKind::End { has_details } => u64::from(has_details) << 1,
        };
        let offset = (edge.offset as u64).cast_signed();
        let (time, offset) = (self.time.to(edge.time_ns), self.offset.to(offset));
        self.log.push([time, offset, log::of_string(edge.name), kind]);
    }

    /// The edges in the order of the file.
    fn into_edges(self) -> impl Iterator<Item = Edge> {
        let (mut times, mut offsets) = (Difference::default(), Difference::default());
        self.log.into_records().map(move |[time, offset, name, kind]| {
            let (has_more, function) = (kind & 2 != 0, log::function(kind >> 2));
            Edge {
                time_ns: times.at(time),
                offset: usize::try_from(offsets.at(offset)).unwrap_or_default(),
                name: log::string(name),
                kind: match kind & 1 {
                    1 => EdgeKind::Begin { function, has_flow: has_more },
                    _ => EdgeKind::End { has_details: has_more },
                },
            }
        })
    }
}

/// Edges in order of time, of which the next ones can be looked at.
struct Sorted<I> {
    edges: I,
    next: VecDeque<Edge>,
}

impl<I: Iterator<Item = Edge>> Sorted<I> {
    fn pop(&mut self) -> Option<Edge> {
        self.next.pop_front().or_else(|| self.edges.next())
    }

    /// Whether this end is that of a slice that begins only now.
    fn has_begin_of(&mut self, end: &Edge) -> bool {
        while self.next.len() < MAX_AHEAD
            && self.next.back().is_none_or(|last| last.time_ns == end.time_ns)
        {
            let Some(edge) = self.edges.next() else { break };
            self.next.push_back(edge);
        }
        self.next.iter().any(|begin| end.is_end_of(begin))
    }
}

/// Slices by the offset of the event that begins them, where flows ask for them.
pub(super) type SlicesByOffset = HashMap<usize, RawSliceId>;

/// How deep an end looks for its begin, and how many events of the same time it looks ahead.
/// More would make hostile files quadratic.
const MAX_DEPTH_SEARCHED: usize = 512;
const MAX_AHEAD: usize = 64;

/// How many slices are open, outermost first, within the innermost one that an end fits.
pub(super) fn innermost<T>(open: &[T], fits: impl FnMut(&T) -> bool) -> Option<usize> {
    open.iter().rev().take(MAX_DEPTH_SEARCHED).position(fits)
}

/// Matches the edges of one thread and adds their slices.
pub(super) struct Matcher<'a> {
    pub(super) builder: &'a mut ProfileBuilder,
    pub(super) job: &'a Job,
    pub(super) track: TrackId,
    /// When slices end that are never ended.
    pub(super) last_ns: i64,
    pub(super) flow_slices: &'a mut SlicesByOffset,
}

#[derive(Clone, Copy)]
struct Open {
    slice: RawSliceId,
    start_ns: i64,
    name: StringId,
    offset: usize,
}

/// What is not matched yet.
#[derive(Default)]
struct Pending {
    /// Slices that have begun, outermost first.
    stack: Vec<Open>,
    /// Slices that ended because the one around them has: their own end may follow, but only
    /// at the same time.
    ended: Vec<Open>,
    /// Ends that come before the begin of the same name and time: some tracers write slices
    /// without a duration so. Whether they belong together shows when the begin has no other.
    early: Vec<Edge>,
}

impl Matcher<'_> {
    /// Adds the slices of these edges.
    pub(super) fn add(&mut self, edges: Edges) {
        if edges.is_disordered {
            let mut edges: Vec<Edge> = edges.into_edges().collect();
            edges.sort_by_key(|edge| edge.time_ns);
            self.add_sorted(edges.into_iter());
        } else {
            self.add_sorted(edges.into_edges());
        }
    }

    fn add_sorted(&mut self, edges: impl Iterator<Item = Edge>) {
        let mut edges = Sorted { edges, next: VecDeque::new() };
        let mut pending = Pending::default();
        let mut now_ns = i64::MIN;
        while let Some(edge) = edges.pop() {
            if edge.time_ns != now_ns {
                self.give_up_ended(&mut pending);
                now_ns = edge.time_ns;
            }
            match edge.kind {
                EdgeKind::Begin { function, has_flow } => {
                    pending.stack.push(self.begin(&edge, function, has_flow));
                }
                EdgeKind::End { has_details } => {
                    let detail = has_details.then_some(edge.offset as u64);
                    self.end(&edge, detail, &mut edges, &mut pending);
                }
            }
        }
        self.give_up_ended(&mut pending);
        while let Some(open) = pending.stack.pop() {
            self.close(&open, self.last_ns, &mut pending.early, "unclosed-slice", |at| {
                format!("a slice never ends and is shown up to the end, first at byte {at}")
            });
        }
        for edge in pending.early {
            self.note_stray(&edge);
        }
    }

    fn begin(&mut self, edge: &Edge, function: FunctionId, has_flow: bool) -> Open {
        let slice = self.builder.slice(Slice {
            track: self.track,
            start_ns: edge.time_ns,
            duration_ns: 0,
            name: function,
            detail: Some(edge.offset as u64),
        });
        if has_flow {
            self.flow_slices.insert(edge.offset, slice);
        }
        Open { slice, start_ns: edge.time_ns, name: edge.name, offset: edge.offset }
    }

    fn end(
        &mut self,
        edge: &Edge,
        detail: Option<u64>,
        after: &mut Sorted<impl Iterator<Item = Edge>>,
        pending: &mut Pending,
    ) {
        let Pending { stack, ended, early } = pending;
        if let Some(depth) = depth_of(stack, edge.name) {
            for _ in 0..depth {
                if let Some(inner) = stack.pop() {
                    self.builder.end_slice(inner.slice, edge.time_ns, None);
                    ended.push(inner);
                }
            }
            if let Some(open) = stack.pop() {
                self.builder.end_slice(open.slice, edge.time_ns, detail);
            }
        } else if let Some(depth) = depth_of(ended, edge.name) {
            let row = ended.len().wrapping_sub(depth).wrapping_sub(1);
            let open = ended.remove(row);
            self.builder.end_slice(open.slice, edge.time_ns, detail);
        } else if after.has_begin_of(edge) {
            early.push(*edge);
        } else if let Some(open) = stack.pop() {
            self.builder.end_slice(open.slice, edge.time_ns, detail);
            self.job.note(Severity::Repair, "end-name", || {
                let at = edge.offset;
                format!("an end with another name closes the innermost slice, first at byte {at}")
            });
        } else {
            self.note_stray(edge);
        }
    }

    fn give_up_ended(&mut self, pending: &mut Pending) {
        for open in std::mem::take(&mut pending.ended) {
            self.close(&open, i64::MIN, &mut pending.early, "missing-end", |at| {
                format!(
                    "a slice has no end of its own and ends with the one around it, \
                     first at byte {at}"
                )
            });
        }
    }

    /// Ends a slice that has no end: where one came too early at its start, else not before
    /// `at_least_ns`, with a note.
    fn close(
        &mut self,
        open: &Open,
        at_least_ns: i64,
        early: &mut Vec<Edge>,
        kind: &'static str,
        text: impl FnOnce(usize) -> String,
    ) {
        let is_early = |end: &Edge| end.time_ns == open.start_ns && end.name == open.name;
        if let Some(depth) = early.iter().rev().take(MAX_AHEAD).position(is_early) {
            early.remove(early.len().wrapping_sub(depth).wrapping_sub(1));
            self.builder.end_slice(open.slice, open.start_ns, None);
            return;
        }
        if at_least_ns > open.start_ns {
            self.builder.end_slice(open.slice, at_least_ns, None);
        }
        self.job.note(Severity::Repair, kind, || text(open.offset));
    }

    fn note_stray(&self, edge: &Edge) {
        self.job.note(Severity::Loss, "stray-end", || {
            let at = edge.offset;
            format!("the end of a slice that never began is left out, first at byte {at}")
        });
    }
}

impl Edge {
    fn is_end_of(&self, begin: &Self) -> bool {
        begin.time_ns == self.time_ns
            && begin.name == self.name
            && self.name != StringId::NONE
            && matches!(begin.kind, EdgeKind::Begin { .. })
    }
}

/// How many slices are open within the innermost one of this name; a name that is missing, of
/// either, fits all.
fn depth_of(stack: &[Open], name: StringId) -> Option<usize> {
    let fits =
        |open: &Open| open.name == name || open.name == StringId::NONE || name == StringId::NONE;
    innermost(stack, fits)
}
