//! The branches under construction.

use foldhash::HashMap;

use super::ProfileBuilder;
use crate::FrameId;
use crate::branch::{BranchRecord, Branches};
use crate::id::row_number;

#[derive(Debug, Default)]
pub(super) struct RawBranches {
    records: Vec<BranchRecord>,
    places: HashMap<(u32, u64), FrameId>,
    n: u64,
}

impl ProfileBuilder {
    /// Says where in the source the branches of the latest sample are, how many, and in which
    /// address space their addresses count: a number of the importer's.
    ///
    /// # Panics
    ///
    /// When there is no sample yet.
    pub fn branches(&mut self, at: u64, space: u32, n_branches: u64) {
        let sample = row_number(self.n_samples() - 1);
        let branches = &mut self.branches;
        branches.records.push(BranchRecord { sample, space, at });
        branches.n = branches.n.saturating_add(n_branches);
    }

    /// Whether the frame at an address of branches is known.
    #[inline]
    pub fn has_branch_place(&self, space: u32, address: u64) -> bool {
        self.branches.places.contains_key(&(space, address))
    }

    /// Says which frame is at an address of branches.
    pub fn branch_place(&mut self, space: u32, address: u64, frame: FrameId) {
        self.branches.places.insert((space, address), frame);
    }
}

impl RawBranches {
    /// The finished table; `order` has the samples in their final order if that is another.
    pub(super) fn finish(self, order: Option<&[u32]>) -> Branches {
        let Self { mut records, places, n } = self;
        if let Some(order) = order
            && !records.is_empty()
        {
            let mut new_row = vec![0; order.len()];
            for (new, &old) in (0..).zip(order) {
                new_row[old as usize] = new;
            }
            for record in &mut records {
                record.sample = new_row[record.sample as usize];
            }
            records.sort_unstable();
        }
        let mut places: Vec<_> =
            places.into_iter().map(|((space, at), frame)| (space, at, frame)).collect();
        places.sort_unstable();
        Branches { records, places, n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sample;

    #[test]
    fn branches_stay_with_their_sample_in_order_of_time() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let leaf = builder.frame(None, 1);
        for (time, at) in [(30, Some(300)), (10, None), (20, Some(200))] {
            let time_ns = Some(time);
            builder.sample(Sample { time_ns, thread, callers: None, leaf, labels: None });
            if let Some(at) = at {
                builder.branches(at, 7, 2);
            }
        }
        builder.branch_place(7, 0x20, leaf);
        let profile = builder.finish().0;
        profile.check().unwrap();
        let branches = profile.branches();
        let at = |sample| branches.of_sample(sample).map(|record| record.at);
        assert_eq!([0, 1, 2].map(at), [None, Some(200), Some(300)]);
        assert_eq!(branches.n_branches(), 4);
        assert_eq!(branches.frame(7, 0x20), Some(leaf));
        assert_eq!((branches.frame(7, 0x21), branches.frame(6, 0x20)), (None, None));
    }
}
