//! The mapping table: the binaries that a recording has code of.

use crate::{MappingId, StringId};

/// One binary: an executable, a shared library, the kernel, a JIT's code.
///
/// A binary that several processes map is one row, so that its functions add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// Where the file was when the recording was made, or a name such as `[kernel.kallsyms]`.
    pub path: StringId,
    /// The build id as lower-case hexadecimal digits.
    pub build_id: Option<StringId>,
    /// First address of the code in memory; 0 where it differs between processes.
    pub start: u64,
    /// One past the last address; equal to `start` where unknown.
    pub end: u64,
    /// Offset in the file of what is at `start`.
    pub file_offset: u64,
}

/// Every binary of a profile.
///
/// # Invariants
///
/// * No two rows are equal.
#[derive(Clone, Debug, Default)]
pub struct MappingTable {
    pub(crate) rows: Vec<Mapping>,
}

impl MappingTable {
    /// Number of mappings.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no mapping at all, as in formats that only know names.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All mappings, in the order in which the recording names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = MappingId> + use<> {
        (0..self.len()).map(MappingId::from_index)
    }

    /// A mapping.
    pub fn row(&self, mapping: MappingId) -> &Mapping {
        &self.rows[mapping.index()]
    }
}
