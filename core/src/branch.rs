//! Branches: where the processor went before a sample.
//!
//! The branches of a sample stay in the file, as few are looked at. What is kept is where its
//! record is, in which address space its addresses count, and the frame at each address:
//!
//! ```text
//! sample 5 ─ record at byte 4711, space 3
//!            └─ in the file: 0x1139 → 0x1200    (3, 0x1139) ─ frame 7    (3, 0x1200) ─ frame 9
//! ```

use crate::FrameId;

/// The branches of all samples: 16 bytes a sample that has any, 16 bytes an address.
#[derive(Clone, Debug, Default)]
pub struct Branches {
    /// By sample, rising.
    pub(crate) records: Vec<BranchRecord>,
    /// By space and address, rising.
    pub(crate) places: Vec<(u32, u64, FrameId)>,
    /// How many branches the samples have together.
    pub(crate) n: u64,
}

/// Where the branches of a sample are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchRecord {
    pub(crate) sample: u32,
    /// The address space in which their addresses count.
    pub space: u32,
    /// Where in the source the importer finds them.
    pub at: u64,
}

impl Branches {
    /// Whether no sample has any.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// How many branches the samples have together.
    pub fn n_branches(&self) -> u64 {
        self.n
    }

    /// Where the branches of a sample are; `None` where it has none. Logarithmic.
    pub fn of_sample(&self, sample: usize) -> Option<BranchRecord> {
        let sample = u32::try_from(sample).ok()?;
        let row = self.records.binary_search_by_key(&sample, |record| record.sample).ok()?;
        Some(self.records[row])
    }

    /// The frame at an address of a space that some branch has; logarithmic.
    pub fn frame(&self, space: u32, address: u64) -> Option<FrameId> {
        let key = |&(space, address, _): &(u32, u64, FrameId)| (space, address);
        let row = self.places.binary_search_by_key(&(space, address), key).ok()?;
        Some(self.places[row].2)
    }
}
