//! Many stacks at once, by sorting: for formats that store each stack in full.
//!
//! Looking up each frame of each stack in a table larger than the caches costs a miss of the
//! memory each. Sorted, what stacks share is next to each other, and the prefix tree is written
//! from its first row to its last:
//!
//! ```text
//! main parse read       row   parent   frame
//! main parse eval        0       -      main
//! main wait              1       0      parse
//!                        2       1      read
//!                        3       1      eval
//!                        4       0      wait
//! ```
//!
//! The order is that of frame numbers, so that rows come in preorder.

use rayon::prelude::*;

use super::ProfileBuilder;
use crate::{FrameId, StackId, StackTable};

/// Stacks one after the other, each root first.
#[derive(Clone, Debug, Default)]
pub struct StackList {
    /// The frames of all.
    pub frames: Vec<FrameId>,
    /// Where each ends in `frames`, rising.
    pub end: Vec<u32>,
}

/// One stack while they are sorted.
#[derive(Clone, Copy)]
struct Item {
    /// The frame at the depth that is being sorted by, plus 1; 0 where the stack is over.
    key: u32,
    list: u32,
    start: u32,
    len: u32,
    /// Which of all stacks.
    row: u32,
}

/// Stacks that are equal down to a depth: a range of items, and the depth.
type Group = (usize, usize, u32);

/// Groups of so few are compared as a whole.
const FEW: usize = 24;

/// Groups of fewer are not worth a thread of their own.
const WORTH_A_THREAD: usize = 1 << 14;

impl ProfileBuilder {
    /// The ids of stacks, those of all lists in a row; [`StackId::NONE`] for an empty one.
    ///
    /// Linear in the frames, but for sorting those that are called from one place.
    pub fn stacks(&mut self, lists: &[StackList]) -> Vec<StackId> {
        if !self.stacks.is_empty() {
            return self.intern_each(lists);
        }
        let mut items = items(lists);
        let mut groups = split(&mut items, lists);
        groups.sort_unstable();
        let mut slices = Vec::with_capacity(groups.len());
        let mut rest = &mut items[..];
        let mut at = 0;
        for (start, end, depth) in groups {
            let (_, after) = rest.split_at_mut(start - at);
            let (group, after) = after.split_at_mut(end - start);
            slices.push((group, depth));
            rest = after;
            at = end;
        }
        slices.into_par_iter().for_each(|(group, depth)| sort(group, depth, lists));
        let (table, stacks) = prefix_tree(&items, lists);
        self.stacks.fill(table);
        stacks
    }

    fn intern_each(&mut self, lists: &[StackList]) -> Vec<StackId> {
        let mut stacks = Vec::new();
        for list in lists {
            let mut start = 0;
            for &end in &list.end {
                let frames = &list.frames[start..end as usize];
                let stack = frames
                    .iter()
                    .fold(None, |caller, &frame| Some(self.stacks.intern(caller, frame)));
                stacks.push(stack.unwrap_or(StackId::NONE));
                start = end as usize;
            }
        }
        stacks
    }
}

fn items(lists: &[StackList]) -> Vec<Item> {
    let mut items = Vec::with_capacity(lists.iter().map(|list| list.end.len()).sum());
    for (number, list) in (0..).zip(lists) {
        let mut start = 0;
        for &end in &list.end {
            let row = StackId::from_index(items.len()).raw();
            items.push(Item { key: 0, list: number, start, len: end - start, row });
            start = end;
        }
    }
    items
}

impl Item {
    #[inline]
    fn frames<'a>(&self, lists: &'a [StackList]) -> &'a [FrameId] {
        &lists[self.list as usize].frames[self.start as usize..][..self.len as usize]
    }

    #[inline]
    fn key_at(&self, depth: u32, lists: &[StackList]) -> u32 {
        if depth >= self.len {
            return 0;
        }
        lists[self.list as usize].frames[(self.start + depth) as usize].raw() + 1
    }
}

/// Sorts the largest groups by their frames from the root on, until there are enough of them
/// for all threads.
fn split(items: &mut [Item], lists: &[StackList]) -> Vec<Group> {
    let mut open: Vec<Group> = vec![(0, items.len(), 0)];
    let mut done: Vec<Group> = Vec::new();
    while let Some((start, end, depth)) = open.pop() {
        if end - start < WORTH_A_THREAD {
            done.push((start, end, depth));
            continue;
        }
        let group = &mut items[start..end];
        step(group, depth, lists, |from, to, depth| open.push((start + from, start + to, depth)));
    }
    done
}

/// Sorts stacks that are equal down to `depth`. Has its own list of what is open, since stacks
/// may be millions of frames deep.
fn sort(group: &mut [Item], depth: u32, lists: &[StackList]) {
    let mut open: Vec<Group> = vec![(0, group.len(), depth)];
    while let Some((start, end, depth)) = open.pop() {
        let group = &mut group[start..end];
        if group.len() <= FEW {
            let rest = |item: &Item| &item.frames(lists)[depth as usize..];
            group.sort_unstable_by(|a, b| rest(a).cmp(rest(b)));
            continue;
        }
        step(group, depth, lists, |from, to, depth| {
            open.push((start + from, start + to, depth));
        });
    }
}

/// Sorts by the frame at one depth, and gives what is equal there to be sorted by the next.
fn step(
    group: &mut [Item],
    depth: u32,
    lists: &[StackList],
    mut open: impl FnMut(usize, usize, u32),
) {
    let mut is_sorted = true;
    let mut last = 0;
    for item in &mut *group {
        item.key = item.key_at(depth, lists);
        is_sorted &= last <= item.key;
        last = item.key;
    }
    if !is_sorted {
        group.sort_unstable_by_key(|item| item.key);
    }
    let mut start = 0;
    for run in group.chunk_by(|a, b| a.key == b.key) {
        if run[0].key != 0 && run.len() > 1 {
            open(start, start + run.len(), depth + 1);
        }
        start += run.len();
    }
}

/// The rows of sorted stacks, and which is each stack's.
fn prefix_tree(items: &[Item], lists: &[StackList]) -> (StackTable, Vec<StackId>) {
    let shared: Vec<u32> = items
        .par_windows(2)
        .with_min_len(WORTH_A_THREAD)
        .map(|pair| {
            let frames = pair[0].frames(lists).iter().zip(pair[1].frames(lists));
            let n_shared = frames.take_while(|(a, b)| a == b).count();
            StackId::from_index(n_shared).raw()
        })
        .collect();
    let n_shared = || std::iter::once(0).chain(shared.iter().copied());
    let n_rows: u64 = items.iter().zip(n_shared()).map(|(item, n)| u64::from(item.len - n)).sum();
    let mut table = StackTable::with_capacity(usize::try_from(n_rows).unwrap_or_default());
    let mut stacks = vec![StackId::NONE; items.len()];
    // The rows of the stack before, root first.
    let mut path: Vec<StackId> = Vec::new();
    for (item, n_shared) in items.iter().zip(n_shared()) {
        path.truncate(n_shared as usize);
        for &frame in &item.frames(lists)[n_shared as usize..] {
            path.push(table.push(path.last().copied(), frame));
        }
        stacks[item.row as usize] = path.last().copied().unwrap_or(StackId::NONE);
    }
    (table, stacks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    fn list(stacks: &[&[usize]]) -> StackList {
        let mut list = StackList::default();
        for stack in stacks {
            list.frames.extend(stack.iter().map(|&frame| FrameId::from_index(frame)));
            list.end.push(FrameId::from_index(list.frames.len()).raw());
        }
        list
    }

    fn frames_of(builder: &mut ProfileBuilder, n: usize) {
        for _ in 0..n {
            builder.new_frame(None, 0);
        }
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
        frames_of(&mut builder, 5);
        let stacks = builder.stacks(&lists);
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
        let (first, second) = all.split_at(17_000);
        let lists = [list(first), list(second)];
        let mut builder = ProfileBuilder::default();
        frames_of(&mut builder, 40);
        let bulk = builder.stacks(&lists);
        let again = builder.stacks(&lists);
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
    fn stacks_may_be_a_million_frames_deep() {
        let deep: Vec<usize> = (0..1_000_000).map(|depth| depth % 2).collect();
        let stacks: Vec<&[usize]> = (0..30).map(|cut| &deep[..1_000_000 - cut]).collect();
        let mut builder = ProfileBuilder::default();
        frames_of(&mut builder, 2);
        builder.stacks(&[list(&stacks)]);
        assert_eq!(builder.finish().0.stacks().len(), 1_000_000);
    }
}
