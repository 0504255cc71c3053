//! Many stacks at once, by sorting: for formats that store each stack in full.
//!
//! Looking up each frame of each stack in a table larger than the caches costs a miss of the
//! memory each. Sorted, what stacks share is next to each other, and only what a stack does not
//! share with the one before has to be kept. That is the prefix tree, from its first row to its
//! last:
//!
//! ```text
//! main parse read    shares 0, then main parse read     row   parent   frame
//! main parse eval    shares 2, then eval                 0       -      main
//! main wait          shares 1, then wait                 1       0      parse
//!                                                        2       1      read
//!                                                        3       1      eval
//!                                                        4       0      wait
//! ```
//!
//! Pieces of a recording are sorted each by itself, at the same time, while they are in the
//! caches; then two and two are merged. What each stack shares with the one before tells nearly
//! always which comes next, so that merging reads little but what it writes.
//!
//! Where the table is empty yet, all pieces are first cut into parts of the order, one for each
//! thread, so that none waits for another until the rows of the parts are put in a row
//! ([`tree`]).
//!
//! The order is that of the numbers that the importer has for frames.

mod tree;

use std::cmp::Ordering;

use super::ProfileBuilder;
use crate::bits::Bits;
use crate::id::row_number;
use crate::{FrameId, LabelSetId, StackId, ThreadId};
use tree::Tree;

/// Stacks one after the other, each root first.
#[derive(Clone, Debug, Default)]
pub struct StackList {
    /// The frames of all, by any numbers.
    pub frames: Vec<u32>,
    /// Where each ends in `frames`, rising.
    pub end: Vec<u32>,
}

/// Stacks in order, each without what it shares with the one before.
#[derive(Clone, Debug, Default)]
pub struct SortedStacks {
    /// Each can be given back as soon as it is merged.
    blocks: Vec<Block>,
    /// What some of the stacks start with, from all over the order: where it may be cut.
    marks: Vec<Box<[u32]>>,
}

/// How many of its stacks a piece keeps as marks, if it has more than that.
const N_MARKS: usize = 15;

/// How many frames of them: what a stack starts with cuts the order as well as all of it.
const MARK_LEN: usize = 256;

#[derive(Clone, Debug, Default)]
struct Block {
    stacks: Vec<Sorted>,
    /// What each does not share, one after the other.
    frames: Vec<u32>,
}

/// With this many frames, a block is full.
const BLOCK_LEN: usize = 1 << 17;

#[derive(Clone, Copy, Debug)]
struct Sorted {
    /// Which of the list it is.
    row: u32,
    n_shared: u32,
    n_more: u32,
}

/// One stack while they are sorted.
#[derive(Clone, Copy)]
struct Item {
    /// The frame at the depth that is being sorted by, plus 1; 0 where the stack is over.
    key: u32,
    start: u32,
    len: u32,
    row: u32,
}

/// Groups of so few are compared as a whole.
const FEW: usize = 24;

impl StackList {
    /// Sorts the stacks. Linear in the frames, but for sorting those that are called from one
    /// place.
    pub fn sorted(&self) -> SortedStacks {
        let mut start = 0;
        let mut items: Vec<Item> = Vec::with_capacity(self.end.len());
        for (&end, row) in self.end.iter().zip(0..) {
            items.push(Item { key: 0, start, len: end - start, row });
            start = end;
        }
        sort(&mut items, &self.frames);
        let mut sorted = SortedStacks::default();
        let mut before: &[u32] = &[];
        for item in &items {
            let frames = item.frames(&self.frames);
            let n_shared = n_equal(before, frames);
            sorted.push(item.row, n_shared, frames);
            before = frames;
        }
        sorted.close();
        if items.len() > N_MARKS {
            let marks = (1..=N_MARKS).map(|mark| {
                let frames = items[items.len() * mark / (N_MARKS + 1)].frames(&self.frames);
                frames[..frames.len().min(MARK_LEN)].into()
            });
            sorted.marks = marks.collect();
        }
        sorted
    }
}

impl Item {
    #[inline]
    fn frames<'a>(&self, frames: &'a [u32]) -> &'a [u32] {
        &frames[self.start as usize..][..self.len as usize]
    }

    #[inline]
    fn key_at(&self, depth: u32, frames: &[u32]) -> u32 {
        if depth < self.len { frames[(self.start + depth) as usize] + 1 } else { 0 }
    }
}

/// Sorts stacks from their roots on. Has its own list of what is open, since stacks may be
/// millions of frames deep.
fn sort(items: &mut [Item], frames: &[u32]) {
    // Stacks that are equal down to a depth: a range of items, and the depth.
    let mut open: Vec<(usize, usize, u32)> = vec![(0, items.len(), 0)];
    while let Some((start, end, depth)) = open.pop() {
        let group = &mut items[start..end];
        if group.len() <= FEW {
            let rest = |item: &Item| &item.frames(frames)[depth as usize..];
            group.sort_unstable_by(|a, b| rest(a).cmp(rest(b)));
            continue;
        }
        let mut is_sorted = true;
        let mut last = 0;
        for item in &mut *group {
            item.key = item.key_at(depth, frames);
            is_sorted &= last <= item.key;
            last = item.key;
        }
        if !is_sorted {
            group.sort_unstable_by_key(|item| item.key);
        }
        let mut at = start;
        for run in group.chunk_by(|a, b| a.key == b.key) {
            if run[0].key != 0 && run.len() > 1 {
                open.push((at, at + run.len(), depth + 1));
            }
            at += run.len();
        }
    }
}

/// How many frames two stacks have in common from the root on.
#[inline]
fn n_equal(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

impl SortedStacks {
    /// Number of stacks.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.stacks.len()).sum()
    }

    /// Whether there is no stack.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Number of frames that are kept: no more become rows.
    fn n_frames(&self) -> usize {
        self.blocks.iter().map(|block| block.frames.len()).sum()
    }

    /// Adds a stack that shares `n_shared` frames with the one before.
    #[inline]
    fn push(&mut self, row: u32, n_shared: usize, frames: &[u32]) {
        self.push_more(row, n_shared, &frames[n_shared..]);
    }

    /// As [`Self::push`], of what the stack does not share.
    #[inline]
    fn push_more(&mut self, row: u32, n_shared: usize, more: &[u32]) {
        if self.blocks.last().is_none_or(|block| block.frames.len() >= BLOCK_LEN) {
            self.close();
            self.blocks.push(Block::default());
        }
        let Some(block) = self.blocks.last_mut() else { return };
        block.frames.extend_from_slice(more);
        let (n_shared, n_more) = (row_number(n_shared), row_number(more.len()));
        block.stacks.push(Sorted { row, n_shared, n_more });
    }

    /// Gives back what the latest block has taken too much.
    fn close(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            block.frames.shrink_to_fit();
            block.stacks.shrink_to_fit();
        }
    }

    /// The stacks of both, in order.
    fn merged(self, other: Self) -> Self {
        let mut merged = Self::default();
        merge(self, other, |row, n_shared, stack| merged.push(row, n_shared, stack));
        merged.close();
        merged
    }
}

/// Hands on the stacks of both lists, in order: which each is, how many frames it shares with the
/// one before, and all of its frames.
fn merge(a: SortedStacks, b: SortedStacks, mut push: impl FnMut(u32, usize, &[u32])) {
    let (mut a, mut b) = (Cursor::new(a), Cursor::new(b));
    while let (Some(here), Some(there)) = (a.row, b.row) {
        // Both come after what was handed on last: the one that shares more of it is next.
        let is_a_next = match a.n_shared.cmp(&b.n_shared) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => {
                let n_shared = a.n_shared;
                let n_more = n_equal(&a.stack[n_shared..], &b.stack[n_shared..]);
                let n_equal = n_shared + n_more;
                let is_a_next = a.stack.get(n_equal) <= b.stack.get(n_equal);
                // What the other shares with the one that is handed on now.
                if is_a_next {
                    b.n_shared = n_equal;
                } else {
                    a.n_shared = n_equal;
                }
                is_a_next
            }
        };
        let (next, row) = if is_a_next { (&mut a, here) } else { (&mut b, there) };
        push(row, next.n_shared, &next.stack);
        next.advance();
    }
    for rest in [&mut a, &mut b] {
        while let Some(row) = rest.row {
            push(row, rest.n_shared, &rest.stack);
            rest.advance();
        }
    }
}

/// Where merging is in one of two lists.
struct Cursor {
    blocks: std::vec::IntoIter<Block>,
    /// What is left of the block it is in.
    block: Block,
    n_stacks: usize,
    n_frames: usize,
    /// Which stack comes next; `None` at the end.
    row: Option<u32>,
    stack: Vec<u32>,
    /// How many frames it shares with what was handed on last.
    n_shared: usize,
}

impl Cursor {
    fn new(list: SortedStacks) -> Self {
        let mut cursor = Self {
            blocks: list.blocks.into_iter(),
            block: Block::default(),
            n_stacks: 0,
            n_frames: 0,
            row: None,
            stack: Vec::new(),
            n_shared: 0,
        };
        cursor.advance();
        cursor
    }

    /// Goes on to the next stack, this one having been handed on.
    #[inline]
    fn advance(&mut self) {
        if self.n_stacks == self.block.stacks.len() {
            self.block = self.blocks.next().unwrap_or_default();
            (self.n_stacks, self.n_frames) = (0, 0);
        }
        let next = self.block.stacks.get(self.n_stacks);
        self.row = next.map(|next| next.row);
        if let Some(next) = next {
            let more = &self.block.frames[self.n_frames..][..next.n_more as usize];
            self.n_shared = next.n_shared as usize;
            self.stack.truncate(self.n_shared);
            self.stack.extend_from_slice(more);
            self.n_stacks += 1;
            self.n_frames += more.len();
        }
    }
}

impl ProfileBuilder {
    /// The ids of stacks, those of all pieces in a row; [`StackId::NONE`] for an empty one.
    /// `frames` are those that the numbers in the pieces mean.
    pub fn stacks(&mut self, mut pieces: Vec<SortedStacks>, frames: &[FrameId]) -> Vec<StackId> {
        let mut n_rows = 0;
        for piece in &mut pieces {
            let stacks = piece.blocks.iter_mut().flat_map(|block| &mut block.stacks);
            stacks.for_each(|stack| stack.row += n_rows);
            n_rows += row_number(piece.len());
        }
        if self.stacks.is_empty() && are_distinct(frames, self.frames.len()) {
            let (stacks, table) = Tree::new(pieces, frames).into_table(n_rows as usize);
            self.stacks.fill(table);
            return stacks;
        }
        let mut stacks = vec![StackId::NONE; n_rows as usize];
        let mut path: Vec<StackId> = Vec::new();
        let (first, second) = last_two(pieces);
        merge(first, second, |row, n_shared, stack| {
            path.truncate(n_shared);
            for &frame in &stack[n_shared..] {
                path.push(self.stacks.intern(path.last().copied(), frames[frame as usize]));
            }
            stacks[row as usize] = path.last().copied().unwrap_or(StackId::NONE);
        });
        stacks
    }

    /// Adds samples of one thread that have no times, those of a piece each with the callers that
    /// [`Self::stacks`] gave. Their weights follow, see [`Self::weight_of`].
    ///
    /// # Panics
    ///
    /// When there are samples already, or not as many leaves as callers.
    pub fn samples(
        &mut self,
        thread: ThreadId,
        callers: Vec<StackId>,
        leaf: Vec<FrameId>,
        labels: Vec<LabelSetId>,
    ) {
        assert_eq!(callers.len(), leaf.len(), "a sample has both");
        let samples = &mut self.samples;
        assert!(samples.leaf.is_empty(), "columns are taken over as they are");
        samples.thread = vec![thread; leaf.len()];
        (samples.callers, samples.leaf, samples.labels) = (callers, leaf, labels);
    }
}

/// Merges pieces two and two until two are left, of which each may be empty.
fn last_two(mut pieces: Vec<SortedStacks>) -> (SortedStacks, SortedStacks) {
    while pieces.len() > 2 {
        let mut rest = std::mem::take(&mut pieces).into_iter();
        while let Some(piece) = rest.next() {
            pieces.push(match rest.next() {
                Some(next) => piece.merged(next),
                None => piece,
            });
        }
    }
    let second = pieces.pop().unwrap_or_default();
    (pieces.pop().unwrap_or_default(), second)
}

/// Whether no two numbers mean the same frame.
fn are_distinct(frames: &[FrameId], n_frames: usize) -> bool {
    let mut met = Bits::new(n_frames);
    frames.iter().filter_map(|frame| frame.some()).all(|frame| {
        let is_new = !met.contains(frame.index());
        met.insert(frame.index());
        is_new
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    fn list(stacks: &[&[usize]]) -> StackList {
        let mut list = StackList::default();
        for stack in stacks {
            list.frames.extend(stack.iter().map(|&frame| row_number(frame)));
            list.end.push(row_number(list.frames.len()));
        }
        list
    }

    fn frames_of(builder: &mut ProfileBuilder, n: usize) -> Vec<FrameId> {
        (0..n).map(|_| builder.new_frame(None, 0)).collect()
    }

    fn sorted(lists: &[StackList]) -> Vec<SortedStacks> {
        lists.iter().map(StackList::sorted).collect()
    }

    /// The frames of a stack, root first.
    fn frames(profile: &Profile, stack: StackId) -> Vec<usize> {
        let Some(stack) = stack.some() else { return Vec::new() };
        let stacks = profile.stacks();
        let mut frames: Vec<usize> =
            stacks.walk_to_root(stack).map(|stack| stacks.frame(stack).index()).collect();
        frames.reverse();
        frames
    }

    #[test]
    fn stacks_share_what_they_start_with() {
        let lists = [list(&[&[0, 1, 2], &[], &[0, 1]]), list(&[&[0, 3], &[0, 1, 2], &[4]])];
        let mut builder = ProfileBuilder::default();
        let ids = frames_of(&mut builder, 5);
        let stacks = builder.stacks(sorted(&lists), &ids);
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        let all: Vec<Vec<usize>> = stacks.iter().map(|&stack| frames(&profile, stack)).collect();
        let expected: [&[usize]; 6] = [&[0, 1, 2], &[], &[0, 1], &[0, 3], &[0, 1, 2], &[4]];
        assert_eq!(all, expected);
        assert_eq!(profile.stacks().len(), 5);
    }

    #[test]
    fn many_random_stacks_are_those_of_single_look_ups() {
        let mut state = 7_u64;
        let mut below = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from((state >> 33) % bound).unwrap()
        };
        let stacks: Vec<Vec<usize>> = (0..40_000)
            .map(|_| (0..below(12)).map(|depth| depth * 3 + below(3)).collect())
            .collect();
        let all: Vec<&[usize]> = stacks.iter().map(Vec::as_slice).collect();
        let lists: Vec<StackList> = all.chunks(9_000).map(list).collect();
        let bulk = |builder: &mut ProfileBuilder, ids: &[FrameId], n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| builder.stacks(sorted(&lists), ids))
        };
        let mut builder = ProfileBuilder::default();
        let ids = frames_of(&mut builder, 40);
        let by_one = bulk(&mut builder, &ids, 1);
        for n_threads in [2, 3, 16] {
            let mut builder = ProfileBuilder::default();
            let ids = frames_of(&mut builder, 40);
            assert_eq!(bulk(&mut builder, &ids, n_threads), by_one, "{n_threads} threads");
        }
        let bulk = by_one;
        let again = builder.stacks(sorted(&lists), &ids);
        assert_eq!(bulk, again, "look-ups find the rows made at once");
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        for (stack, expected) in bulk.iter().zip(&stacks) {
            assert_eq!(frames(&profile, *stack), *expected);
        }
        let mut distinct: Vec<&[usize]> =
            stacks.iter().flat_map(|stack| (1..=stack.len()).map(|len| &stack[..len])).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(profile.stacks().len(), distinct.len());
    }

    #[test]
    fn the_order_can_be_cut_anywhere() {
        let digits = |n: usize| std::iter::successors(Some(n), |n| Some(n / 3)).map(|n| n % 3);
        let all: Vec<Vec<usize>> = (0..81).map(|n| digits(n).take(n % 5).collect()).collect();
        let stacks: Vec<&[usize]> = all.iter().map(Vec::as_slice).collect();
        let full = |sorted: SortedStacks| {
            let mut full: Vec<Vec<u32>> = Vec::new();
            merge(sorted, SortedStacks::default(), |_, _, stack| full.push(stack.to_vec()));
            full
        };
        let whole = full(list(&stacks).sorted());
        for bound in [&[] as &[u32], &[0], &[1], &[1, 0, 2], &[1, 1], &[2, 2, 2, 2], &[3]] {
            let mut bounds: [Box<[u32]>; 2] = [bound.into(), [1, 2].into()];
            bounds.sort_unstable();
            let parts = list(&stacks).sorted().cut(&bounds);
            let parts: Vec<Vec<Vec<u32>>> = parts.into_iter().map(full).collect();
            assert!(parts[0].iter().all(|stack| **stack < *bounds[0]), "{bound:?}");
            assert!(parts[1].iter().all(|stack| **stack >= *bounds[0]), "{bound:?}");
            assert!(parts[1].iter().all(|stack| **stack < *bounds[1]), "{bound:?}");
            assert!(parts[2].iter().all(|stack| **stack >= *bounds[1]), "{bound:?}");
            assert_eq!(parts.concat(), whole, "{bound:?}");
        }
    }

    #[test]
    fn stacks_may_be_a_million_frames_deep() {
        let deep: Vec<usize> = (0..1_000_000).map(|depth| depth % 2).collect();
        let stacks: Vec<&[usize]> = (0..30).map(|cut| &deep[..1_000_000 - cut]).collect();
        let mut builder = ProfileBuilder::default();
        let ids = frames_of(&mut builder, 2);
        let (first, second) = stacks.split_at(11);
        builder.stacks(sorted(&[list(first), list(second)]), &ids);
        assert_eq!(builder.finish().0.stacks().len(), 1_000_000);
    }

    #[test]
    fn marks_are_few_and_short_however_deep_stacks_are() {
        let deep: Vec<usize> = (0..10_000).map(|depth| depth % 3).collect();
        let stacks = |n: usize| -> SortedStacks {
            list(&(0..n).map(|cut| &deep[cut..]).collect::<Vec<_>>()).sorted()
        };
        assert_eq!(stacks(N_MARKS).marks.len(), 0);
        let marks = stacks(N_MARKS + 1).marks;
        assert_eq!(marks.len(), N_MARKS);
        assert!(marks.iter().all(|mark| mark.len() == MARK_LEN));
    }

    #[test]
    fn deep_stacks_are_cut_by_what_they_start_with() {
        // What tells them apart is behind what a mark keeps of most, before it of some.
        let stack = |n: usize| -> Vec<usize> {
            let split = if n.is_multiple_of(5) { 3 } else { MARK_LEN + 50 };
            let tail = [n % 7, n % 11, n % 13];
            std::iter::repeat_n(1, split).chain(tail).chain([0; 20]).collect()
        };
        let all: Vec<Vec<usize>> = (0..600).map(stack).collect();
        let all: Vec<&[usize]> = all.iter().map(Vec::as_slice).collect();
        let lists: Vec<StackList> = all.chunks(100).map(list).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        let mut builder = ProfileBuilder::default();
        let ids = frames_of(&mut builder, 13);
        let stacks = pool.install(|| builder.stacks(sorted(&lists), &ids));
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        for (&stack, expected) in stacks.iter().zip(all) {
            assert_eq!(frames(&profile, stack), expected);
        }
    }

    #[test]
    fn numbers_of_one_frame_share_its_rows() {
        let mut builder = ProfileBuilder::default();
        let ids = frames_of(&mut builder, 2);
        let lists = [list(&[&[0, 1], &[2, 1]])];
        let stacks = builder.stacks(sorted(&lists), &[ids[0], ids[1], ids[0]]);
        assert_eq!(stacks[0], stacks[1]);
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        assert_eq!(profile.stacks().len(), 2);
    }
}
