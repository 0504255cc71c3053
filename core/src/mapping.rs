//! The mapping table: the binaries that a recording has code of.

use crate::{MappingId, StringId};

/// One binary: an executable, a shared library, the kernel, a JIT's code.
///
/// A binary that several processes map is one row, so that its functions add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// Where the file was when the recording was made, or a name such as `[kernel.kallsyms]`.
    pub path: StringId,
    /// The build id as lower-case hexadecimal digits, or what the recording tells in its place.
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
    /// What the recording says of the names in each mapping; shorter where it says nothing.
    pub(crate) symbolized: Vec<Symbolized>,
}

/// Which kinds of names the tool that recorded has looked up in a binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbolized {
    /// Names of functions.
    pub functions: Told,
    /// Names of source files.
    pub files: Told,
    /// Numbers of lines.
    pub lines: Told,
    /// Functions that are inlined.
    pub inlined: Told,
}

/// Whether a recording says that it has something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// It does not say so.
    #[default]
    No,
    /// It does.
    Yes,
}

impl From<bool> for Told {
    fn from(is_told: bool) -> Self {
        if is_told { Self::Yes } else { Self::No }
    }
}

impl Symbolized {
    /// Functions, files, lines, inlined functions, in this order.
    pub fn flags(self) -> [bool; 4] {
        [self.functions, self.files, self.lines, self.inlined].map(|told| told == Told::Yes)
    }
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

    /// What the recording says of the names in a mapping; `None` where it says nothing.
    pub fn symbolized(&self, mapping: MappingId) -> Option<Symbolized> {
        self.symbolized.get(mapping.index()).copied()
    }

    /// A mapping.
    pub fn row(&self, mapping: MappingId) -> &Mapping {
        &self.rows[mapping.index()]
    }
}
