//! Which flows leave and reach a slice.

use std::ops::Range;

use crate::{FlowId, Flows, SliceId};

/// The flows of each slice: 16 bytes a flow.
#[derive(Clone, Debug, Default)]
pub struct FlowIndex {
    /// By the slice a flow leaves, then in the order of the recording.
    leaving: Vec<(SliceId, FlowId)>,
    /// By the slice a flow reaches.
    reaching: Vec<(SliceId, FlowId)>,
}

impl FlowIndex {
    /// Sorts the flows of a profile by their ends.
    pub fn new(flows: &Flows) -> Self {
        let mut leaving: Vec<_> = flows.ids().map(|flow| (flows.ends(flow).0, flow)).collect();
        let mut reaching: Vec<_> = flows.ids().map(|flow| (flows.ends(flow).1, flow)).collect();
        leaving.sort_unstable();
        reaching.sort_unstable();
        Self { leaving, reaching }
    }

    /// The flows that leave a slice, by binary search.
    pub fn leaving(&self, slice: SliceId) -> impl ExactSizeIterator<Item = FlowId> {
        of(&self.leaving, slice)
    }

    /// The flows that reach a slice, by binary search.
    pub fn reaching(&self, slice: SliceId) -> impl ExactSizeIterator<Item = FlowId> {
        of(&self.reaching, slice)
    }

    /// The flows that leave slices of some rows, by binary search.
    pub(crate) fn leaving_rows(&self, rows: &Range<usize>) -> &[(SliceId, FlowId)] {
        of_rows(&self.leaving, rows)
    }

    /// The flows that reach slices of some rows, by binary search.
    pub(crate) fn reaching_rows(&self, rows: &Range<usize>) -> &[(SliceId, FlowId)] {
        of_rows(&self.reaching, rows)
    }
}

fn of(ends: &[(SliceId, FlowId)], slice: SliceId) -> impl ExactSizeIterator<Item = FlowId> {
    of_rows(ends, &(slice.index()..slice.index() + 1)).iter().map(|&(_, flow)| flow)
}

fn of_rows<'a>(ends: &'a [(SliceId, FlowId)], rows: &Range<usize>) -> &'a [(SliceId, FlowId)] {
    let start = ends.partition_point(|&(slice, _)| slice.index() < rows.start);
    let end = ends.partition_point(|&(slice, _)| slice.index() < rows.end);
    &ends[start..end.max(start)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StringId;

    #[test]
    fn a_slice_has_the_flows_that_leave_and_that_reach_it() {
        let ends = [(3, 5), (1, 3), (3, 4), (5, 3)];
        let slice = SliceId::from_index;
        let flows = Flows {
            name: vec![StringId::from_index(0); ends.len()],
            from: ends.iter().map(|&(from, _)| slice(from)).collect(),
            to: ends.iter().map(|&(_, to)| slice(to)).collect(),
        };
        let index = FlowIndex::new(&flows);
        let raw = |flows: &mut dyn Iterator<Item = FlowId>| -> Vec<usize> {
            flows.map(FlowId::index).collect()
        };
        assert_eq!(raw(&mut index.leaving(slice(3))), [0, 2]);
        assert_eq!(raw(&mut index.reaching(slice(3))), [1, 3]);
        assert_eq!(raw(&mut index.leaving(slice(4))), []);
    }
}
