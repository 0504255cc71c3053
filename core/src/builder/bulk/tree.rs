//! The prefix tree of many stacks, made in parts of their order at the same time.
//!
//! A part knows nothing of those before it, so the path on which it starts is in it once more:
//!
//! ```text
//! part 0          main parse read          rows 0 1 2
//!                 main parse eval          row 3
//! part 1          main wait                rows 0 1, of which 0 is row 0 of part 0
//!                 main write               row 2
//! ```
//!
//! Those rows, the first of their part, are left out when the parts are put in a row.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;

use super::{SortedStacks, last_two, merge, n_equal};
use crate::{FrameId, StackId, StackTable};

/// The rows of all parts, in order.
pub(super) struct Tree {
    parts: Vec<Part>,
    /// By row of the stacks: the first number of its part and where it is in it, the sum of both.
    stacks: Vec<AtomicU32>,
}

/// The rows of the stacks between two bounds.
#[derive(Default)]
struct Part {
    /// What its rows are numbered from, above all numbers of the parts before.
    base: usize,
    /// Counted from the start of the part.
    parent: Vec<StackId>,
    frame: Vec<FrameId>,
    first: Vec<u32>,
    last: Vec<u32>,
    /// The rows of the last stack.
    path: Vec<StackId>,
}

/// How rows of a part become those of the table.
struct Move {
    base: usize,
    /// The rows that the first rows of the part are.
    shared: Vec<StackId>,
    /// Where the part goes on in the table behind those.
    start: usize,
}

impl Tree {
    /// Makes the rows of the stacks of all pieces, of which `frames` are what their numbers mean.
    pub(super) fn new(pieces: Vec<SortedStacks>, frames: &[FrameId]) -> Self {
        let n_stacks = pieces.iter().map(SortedStacks::len).sum();
        let stacks = std::iter::repeat_with(|| AtomicU32::new(StackId::NONE.raw()));
        let stacks: Vec<AtomicU32> = stacks.take(n_stacks).collect();

        let bounds = bounds(&pieces, rayon::current_num_threads());
        let cut: Vec<Vec<SortedStacks>> =
            pieces.into_par_iter().map(|piece| piece.cut(&bounds)).collect();
        let mut parts: Vec<Vec<SortedStacks>> = Vec::new();
        parts.resize_with(bounds.len() + 1, || Vec::with_capacity(cut.len()));
        for piece in cut {
            parts.iter_mut().zip(piece).for_each(|(part, piece)| part.push(piece));
        }

        let mut base = 0;
        let mut numbered = Vec::with_capacity(parts.len());
        for pieces in parts {
            let n_frames: usize = pieces.iter().map(SortedStacks::n_frames).sum();
            numbered.push((base, pieces));
            base += n_frames;
        }
        let parts = numbered.into_par_iter().map(|(base, pieces)| {
            let mut part = Part { base, ..Part::default() };
            part.fill(pieces, frames, &stacks);
            part
        });
        Self { parts: parts.collect(), stacks }
    }

    /// The table, and the id of each stack; [`StackId::NONE`] for an empty one.
    pub(super) fn into_table(self, n_rows: usize) -> (Vec<StackId>, StackTable) {
        let Self { parts, stacks } = self;
        let (mut parent, mut frame): (Vec<StackId>, Vec<FrameId>) = Default::default();
        let (mut last, mut path): (Vec<u32>, Vec<StackId>) = Default::default();
        let mut moves: Vec<Move> = Vec::with_capacity(parts.len());
        for part in parts {
            if part.parent.is_empty() {
                continue;
            }
            let n_shared = n_equal(&last, &part.first);
            path.truncate(n_shared);
            let to = Move { base: part.base, shared: path, start: parent.len() };
            if moves.is_empty() {
                (parent, frame) = (part.parent, part.frame);
            } else {
                let parents = part.parent.into_par_iter().skip(n_shared);
                parent.par_extend(parents.map(|row| to.row(row)));
                frame.extend_from_slice(&part.frame[n_shared..]);
            }
            last = part.last;
            path = part.path.into_iter().map(|row| to.row(row)).collect();
            moves.push(to);
        }
        parent.shrink_to_fit();
        frame.shrink_to_fit();

        debug_assert_eq!(stacks.len(), n_rows);
        let of_stack = |stack: AtomicU32| {
            let number = stack.into_inner();
            if number == StackId::NONE.raw() {
                return StackId::NONE;
            }
            let number = number as usize;
            let part = moves.partition_point(|to| to.base <= number);
            match part.checked_sub(1).and_then(|part| moves.get(part)) {
                Some(to) => to.row(StackId::from_index(number - to.base)),
                None => StackId::NONE,
            }
        };
        (stacks.into_par_iter().map(of_stack).collect(), StackTable::of_columns(parent, frame))
    }
}

impl Part {
    fn fill(&mut self, pieces: Vec<SortedStacks>, frames: &[FrameId], stacks: &[AtomicU32]) {
        let (first, second) = last_two(pieces);
        let most = first.n_frames() + second.n_frames();
        self.parent.reserve_exact(most);
        self.frame.reserve_exact(most);
        let mut is_first = true;
        merge(first, second, |row, n_shared, stack| {
            if std::mem::take(&mut is_first) {
                self.first = stack.to_vec();
            }
            self.path.truncate(n_shared);
            self.last.truncate(n_shared);
            let more = &stack[n_shared..];
            self.last.extend_from_slice(more);
            self.frame.extend(more.iter().map(|&frame| frames[frame as usize]));
            for _ in more {
                let row = StackId::from_index(self.parent.len());
                self.parent.push(self.path.last().copied().unwrap_or(StackId::NONE));
                self.path.push(row);
            }
            if let Some(own) = self.path.last() {
                let number = StackId::from_index(self.base + own.index());
                stacks[row as usize].store(number.raw(), Relaxed);
            }
        });
    }
}

impl Move {
    #[inline]
    fn row(&self, row: StackId) -> StackId {
        match row.some().map(StackId::index) {
            None => StackId::NONE,
            Some(row) => match self.shared.get(row) {
                Some(&shared) => shared,
                None => StackId::from_index(row - self.shared.len() + self.start),
            },
        }
    }
}

/// Stacks that cut the order into about equal parts, in order.
fn bounds(pieces: &[SortedStacks], n_parts: usize) -> Vec<Box<[u32]>> {
    let mut marks: Vec<&[u32]> =
        pieces.iter().flat_map(|piece| piece.marks.iter().map(AsRef::as_ref)).collect();
    // Numbers of rows have room for what each piece has, not only for what they have together.
    let n_frames: usize = pieces.iter().map(SortedStacks::n_frames).sum();
    if n_frames > (u32::MAX / 2) as usize {
        return Vec::new();
    }
    marks.sort_unstable();
    let mut bounds: Vec<Box<[u32]>> = (1..n_parts)
        .filter_map(|part| marks.get(marks.len() * part / n_parts))
        .map(|&mark| mark.into())
        .collect();
    bounds.dedup();
    bounds
}

impl SortedStacks {
    /// The stacks before each bound, and those from the last one on.
    pub(super) fn cut(self, bounds: &[Box<[u32]>]) -> Vec<Self> {
        let mut rest = self;
        let mut parts = Vec::with_capacity(bounds.len() + 1);
        for bound in bounds {
            let (before, from) = rest.cut_at(bound);
            parts.push(before);
            rest = from;
        }
        parts.push(rest);
        parts
    }

    /// The stacks before a bound, and those from it on.
    fn cut_at(self, bound: &[u32]) -> (Self, Self) {
        let (mut before, mut from) = (Self::default(), Self::default());
        // How many frames the stack before shares with the bound.
        let mut n_equal_before = 0;
        let mut blocks = self.blocks.into_iter();
        for block in blocks.by_ref() {
            let Some((at, start, n_shared)) = block.first_from(bound, &mut n_equal_before) else {
                before.blocks.push(block);
                continue;
            };
            let (early, late) = block.stacks.split_at(at);
            if let Some((first, late)) = late.split_first() {
                // In full, now that it is the first.
                let (more, frames) = block.frames[start..].split_at(first.n_more as usize);
                from.push_more(first.row, 0, &[&bound[..n_shared], more].concat());
                if let Some(opened) = from.blocks.last_mut() {
                    opened.stacks.extend_from_slice(late);
                    opened.frames.extend_from_slice(frames);
                }
            }
            if !early.is_empty() {
                let (stacks, frames) = (early.to_vec(), block.frames[..start].to_vec());
                before.blocks.push(super::Block { stacks, frames });
            }
            break;
        }
        from.blocks.extend(blocks);
        from.close();
        (before, from)
    }
}

impl super::Block {
    /// The first stack that is the bound or comes after it: which of the block it is, where its
    /// frames start, and how many it shares with the stack before and the bound. Takes how many
    /// the stack before the block has in common with the bound, and keeps count of it.
    fn first_from(&self, bound: &[u32], n_common: &mut usize) -> Option<(usize, usize, usize)> {
        let mut start = 0;
        for (at, stack) in self.stacks.iter().enumerate() {
            let n_shared = stack.n_shared as usize;
            let more = &self.frames[start..][..stack.n_more as usize];
            // One that shares more with the stack before than the bound does is as early as that,
            // and one that shares less comes behind both.
            if n_shared < *n_common {
                return Some((at, start, n_shared));
            }
            if n_shared == *n_common {
                let rest = &bound[n_shared..];
                if more >= rest {
                    return Some((at, start, n_shared));
                }
                *n_common += n_equal(more, rest);
            }
            start += more.len();
        }
        None
    }
}
