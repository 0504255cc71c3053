//! Counters, markers and flows: what a trace has beside slices.

use std::ops::Range;

use crate::offsets::{NO_OFFSET, Offsets};
use crate::{CounterId, FlowId, FunctionId, MarkerId, ProcessId, SliceId, StringId, ThreadId};

/// A value that changes over time, such as memory in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Name, with the name of the series where a counter has several.
    pub name: StringId,
    /// The process it belongs to.
    pub process: ProcessId,
}

/// Every counter and its values: 16 bytes a value.
///
/// # Invariants
///
/// * The values of a counter are one range, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    pub(crate) rows: Vec<Counter>,
    pub(crate) values_end: Vec<u32>,
    pub(crate) time_ns: Vec<i64>,
    pub(crate) value: Vec<f64>,
}

impl Counters {
    /// Number of counters.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no counter.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of values of all counters.
    pub fn n_values(&self) -> usize {
        self.value.len()
    }

    /// All counters, in the order in which the recording first names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = CounterId> + use<> {
        (0..self.len()).map(CounterId::from_index)
    }

    /// A counter.
    pub fn row(&self, counter: CounterId) -> &Counter {
        &self.rows[counter.index()]
    }

    /// The times of a counter's values, rising. A value holds until the next.
    pub fn times_ns(&self, counter: CounterId) -> &[i64] {
        &self.time_ns[self.range(counter)]
    }

    /// The values of a counter.
    pub fn values(&self, counter: CounterId) -> &[f64] {
        &self.value[self.range(counter)]
    }

    fn range(&self, counter: CounterId) -> Range<usize> {
        let index = counter.index();
        let start = if index == 0 { 0 } else { self.values_end[index - 1] as usize };
        start..self.values_end[index] as usize
    }
}

/// Whom a marker concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The whole recording.
    Global,
    /// One process.
    Process(ProcessId),
    /// One thread.
    Thread(ThreadId),
}

/// Points in time with a name, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Markers {
    pub(crate) time_ns: Vec<i64>,
    pub(crate) name: Vec<FunctionId>,
    pub(crate) scope: Vec<Scope>,
    pub(crate) detail: Offsets,
}

impl Markers {
    /// Number of markers.
    pub fn len(&self) -> usize {
        self.time_ns.len()
    }

    /// Whether there is no marker.
    pub fn is_empty(&self) -> bool {
        self.time_ns.is_empty()
    }

    /// When each is, rising.
    pub fn times_ns(&self) -> &[i64] {
        &self.time_ns
    }

    /// What a marker is called.
    pub fn name(&self, marker: MarkerId) -> FunctionId {
        self.name[marker.index()]
    }

    /// Whom it concerns.
    pub fn scope(&self, marker: MarkerId) -> Scope {
        self.scope[marker.index()]
    }

    /// Where in the source the importer finds what else there is to know of it.
    pub fn detail(&self, marker: MarkerId) -> Option<u64> {
        Some(self.detail.get(marker.index())).filter(|&at| at != NO_OFFSET)
    }
}

/// Arrows from slice to slice, such as from a call to the work it caused.
#[derive(Clone, Debug, Default)]
pub struct Flows {
    pub(crate) name: Vec<StringId>,
    pub(crate) from: Vec<SliceId>,
    pub(crate) to: Vec<SliceId>,
}

impl Flows {
    /// Number of flows.
    pub fn len(&self) -> usize {
        self.name.len()
    }

    /// Whether there is no flow.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty()
    }

    /// All flows.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = FlowId> + use<> {
        (0..self.len()).map(FlowId::from_index)
    }

    /// What a flow is called.
    pub fn name(&self, flow: FlowId) -> StringId {
        self.name[flow.index()]
    }

    /// The slice a flow leaves and the slice it reaches.
    pub fn ends(&self, flow: FlowId) -> (SliceId, SliceId) {
        (self.from[flow.index()], self.to[flow.index()])
    }
}
