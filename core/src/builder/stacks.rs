//! The stack table under construction.

use rustc_hash::FxHashMap;

use crate::{FrameId, StackId, StackTable};

/// Gives equal stacks the same row.
///
/// ```text
/// main → parse → read       first child   of main: parse, of parse: read
///             └→ eval       others        (parse, eval)
/// ```
///
/// Most stacks have one callee, and those of a new chain of callers are neighbors in memory. So
/// the first callee is kept in a column, and only those after it are hashed: measured on chains
/// of which a seventh is new, this halves the time.
#[derive(Debug, Default)]
pub(super) struct StackInterner {
    table: StackTable,
    /// The first callee of each stack; [`StackId::NONE`] as long as there is none. Shorter than
    /// the table as long as rows that came all at once are not looked up.
    first_child: Vec<(FrameId, StackId)>,
    other_children: FxHashMap<(StackId, FrameId), StackId>,
}

impl StackInterner {
    /// The row of the stack in which `caller` was at `frame`.
    #[inline]
    pub(super) fn intern(&mut self, caller: Option<StackId>, frame: FrameId) -> StackId {
        if self.first_child.len() < self.table.len() {
            self.index();
        }
        let Some(parent) = caller else {
            return self.intern_other(None, frame);
        };
        match self.first_child[parent.index()] {
            (first, child) if first == frame => child,
            (_, StackId::NONE) => {
                let child = self.push(caller, frame);
                self.first_child[parent.index()] = (frame, child);
                child
            }
            _ => self.intern_other(caller, frame),
        }
    }

    fn intern_other(&mut self, caller: Option<StackId>, frame: FrameId) -> StackId {
        let key = (caller.unwrap_or(StackId::NONE), frame);
        if let Some(&stack) = self.other_children.get(&key) {
            return stack;
        }
        let stack = self.push(caller, frame);
        self.other_children.insert(key, stack);
        stack
    }

    fn push(&mut self, caller: Option<StackId>, frame: FrameId) -> StackId {
        self.first_child.push((FrameId::NONE, StackId::NONE));
        self.table.push(caller, frame)
    }

    /// Whether there is no stack yet.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Takes over the rows of a table. There must be none yet.
    pub(super) fn fill(&mut self, table: StackTable) {
        debug_assert!(self.is_empty(), "rows are distinct");
        self.table = table;
    }

    /// Makes the rows of a table that was taken over findable.
    #[cold]
    fn index(&mut self) {
        self.first_child.resize(self.table.len(), (FrameId::NONE, StackId::NONE));
        for stack in self.table.ids() {
            let frame = self.table.frame(stack);
            let parent = self.table.parent(stack);
            match parent.map(|parent| &mut self.first_child[parent.index()]) {
                Some(first @ (_, StackId::NONE)) => *first = (frame, stack),
                _ => {
                    self.other_children.insert((parent.unwrap_or(StackId::NONE), frame), stack);
                }
            }
        }
    }

    pub(super) fn finish(self) -> StackTable {
        self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_share_a_row_in_whatever_order_they_come() {
        let frame = FrameId::from_index;
        let mut stacks = StackInterner::default();
        let main = stacks.intern(None, frame(0));
        let parse = stacks.intern(Some(main), frame(1));
        let eval = stacks.intern(Some(main), frame(2));
        let deep = stacks.intern(Some(parse), frame(2));
        let other_root = stacks.intern(None, frame(1));
        for (caller, callee, expected) in [
            (None, 0, main),
            (Some(main), 2, eval),
            (Some(main), 1, parse),
            (Some(parse), 2, deep),
            (None, 1, other_root),
        ] {
            assert_eq!(stacks.intern(caller, frame(callee)), expected);
        }
        assert_eq!(stacks.finish().len(), 5);
    }
}
