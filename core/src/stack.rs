//! The stack table: all chains of callers of a profile as one prefix tree.
//!
//! Stacks that start alike share rows, so a sample is one number instead of a list of frames:
//!
//! ```text
//! main → parse → read         row   parent   frame   depth
//!             └→ eval          0       -      main     0
//!                              1       0      parse    1
//!                              2       1      read     2
//!                              3       1      eval     2
//! ```
//!
//! The leaf frame of a sample is not in here but in a column of [`Samples`](crate::Samples):
//! its address differs from sample to sample, those of its callers are few.

use crate::{FrameId, StackId};

/// Every distinct chain of callers.
///
/// # Invariants
///
/// * All columns have the same length.
/// * A parent comes before its children: `parent(s) < s`. One pass forward over the rows sees
///   callers first, one pass backward sees callees first. Neither needs recursion or a queue.
/// * No two rows have the same parent and the same frame.
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    parent: Vec<StackId>,
    frame: Vec<FrameId>,
}

impl StackTable {
    /// Number of stacks.
    pub fn len(&self) -> usize {
        self.frame.len()
    }

    /// Whether there is no stack at all, as in a recording without call chains.
    pub fn is_empty(&self) -> bool {
        self.frame.is_empty()
    }

    /// All stacks, callers before callees.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = StackId> + ExactSizeIterator + use<> {
        (0..self.len()).map(StackId::from_index)
    }

    /// The stack that called this one; `None` for a root.
    #[inline]
    pub fn parent(&self, stack: StackId) -> Option<StackId> {
        self.parent[stack.index()].some()
    }

    /// The call site at the leaf end of the stack.
    #[inline]
    pub fn frame(&self, stack: StackId) -> FrameId {
        self.frame[stack.index()]
    }

    /// The stack and its callers, leaf first.
    pub fn walk_to_root(&self, stack: StackId) -> impl Iterator<Item = StackId> {
        std::iter::successors(Some(stack), |&s| self.parent(s))
    }

    /// The table with these columns, see the invariants.
    pub(crate) fn of_columns(parent: Vec<StackId>, frame: Vec<FrameId>) -> Self {
        Self { parent, frame }
    }

    /// Appends a stack. The caller keeps the rows distinct, see the invariants.
    pub(crate) fn push(&mut self, parent: Option<StackId>, frame: FrameId) -> StackId {
        let stack = StackId::from_index(self.len());
        debug_assert!(parent.is_none_or(|p| p < stack), "a parent comes before its children");
        self.parent.push(parent.unwrap_or(StackId::NONE));
        self.frame.push(frame);
        stack
    }
}
