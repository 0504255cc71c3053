//! Typed row numbers, so that a function's row cannot be used to look up a stack.
//!
//! Row numbers are `u32`: half the memory of a pointer, and four thousand million rows are
//! more than fit in memory. All casts between `usize` and a row number are in this file.

/// A row number that no id names: a count of rows, or a row of a table under construction.
///
/// # Panics
///
/// When it does not fit: such a table would need more than 16 GiB a column.
#[inline]
pub(crate) fn row_number(index: usize) -> u32 {
    match u32::try_from(index) {
        Ok(row) if row != u32::MAX => row,
        _ => panic!("a table has less than 2^32 - 1 rows"),
    }
}

/// Declares the row number of one table.
macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl $name {
            /// Stands for "none" inside columns; no row of any table.
            pub const NONE: Self = Self(u32::MAX);

            /// The id of the row at `index`.
            ///
            /// # Panics
            ///
            /// When `index` does not fit: such a table would need more than 16 GiB a column.
            #[inline]
            pub fn from_index(index: usize) -> Self {
                Self(row_number(index))
            }

            /// Where the row is in each column of its table.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The row number as stored in files and hashes.
            #[inline]
            pub const fn raw(self) -> u32 {
                self.0
            }

            /// `None` for the sentinel of a column.
            #[inline]
            pub fn some(self) -> Option<Self> {
                (self != Self::NONE).then_some(self)
            }
        }
    )*};
}

row_id! {
    /// A row of the [`StringTable`](crate::StringTable).
    StringId,
    /// A row of the [`MappingTable`](crate::MappingTable).
    MappingId,
    /// A row of the [`FunctionTable`](crate::FunctionTable).
    FunctionId,
    /// A row of the [`FrameTable`](crate::FrameTable).
    FrameId,
    /// A row of the [`StackTable`](crate::StackTable).
    StackId,
    /// A row of the [`ProcessTable`](crate::ProcessTable).
    ProcessId,
    /// A row of the [`ThreadTable`](crate::ThreadTable).
    ThreadId,
    /// A row of the [`TrackTable`](crate::TrackTable).
    TrackId,
    /// One row of slices on a track, see [`Slices`](crate::Slices).
    LaneId,
    /// A row of [`Slices`](crate::Slices).
    SliceId,
    /// A set of labels that samples share, see [`LabelSets`](crate::LabelSets).
    LabelSetId,
    /// Which of the weights of a sample, see [`Profile::value_types`](crate::Profile::value_types).
    ValueTypeId,
    /// A row of [`Counters`](crate::Counters).
    CounterId,
    /// A row of [`Markers`](crate::Markers).
    MarkerId,
    /// A row of [`Flows`](crate::Flows).
    FlowId,
    /// A row of [`CallPaths`](crate::CallPaths): functions from the root to a leaf.
    PathId,
    /// A row of a [`CallTree`](crate::CallTree).
    NodeId,
    /// A row of [`PairedFunctions`](crate::diff::PairedFunctions).
    PairId,
    /// A row of a [`PairTree`](crate::diff::PairTree).
    PairNodeId,
}

impl FunctionId {
    /// The id of which this is [`Self::raw`].
    #[inline]
    pub(crate) const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }
}
