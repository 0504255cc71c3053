//! Functions added up over the tree of stacks.

use std::ops::{AddAssign, Range};

use rayon::prelude::*;

use super::FunctionGroups;
use super::walk::{Inside, Sums};
use crate::buckets::Buckets;
use crate::id::row_number;
use crate::preorder;
use crate::{CallPaths, FrameId, Line, Profile, SampleSet, StackId};

/// The stacks of a profile in preorder, each with the samples it called that count.
pub(crate) struct StackWalk<'a> {
    pub(super) profile: &'a Profile,
    /// `None` where groups are not of functions.
    pub(super) groups: Option<&'a FunctionGroups>,
    n_groups: usize,
    of_frame: GroupsOfFrame,
    /// `None` where the table is in preorder as it is.
    order: Option<Vec<u32>>,
    samples: ByCallers,
}

/// Most parts that are added up at the same time.
const N_PARTS: usize = 16;

/// Fewer stacks are not worth a thread of their own.
const WORTH_A_THREAD: usize = 1 << 16;

impl<'a> StackWalk<'a> {
    /// Sorts the samples by their callers, and the stacks where they are not: linear in both.
    pub(crate) fn new(profile: &'a Profile, groups: &'a FunctionGroups, set: &SampleSet) -> Self {
        let group_of = |line: &Line| groups.group_of(line.function);
        Self { groups: Some(groups), ..Self::by_line(profile, groups.len(), group_of, set) }
    }

    /// The same where what is added up is of lines: `group_of` tells the number of a line's group,
    /// less than `n_groups`.
    pub(crate) fn by_line(
        profile: &'a Profile,
        n_groups: usize,
        group_of: impl Fn(&Line) -> u32 + Send,
        set: &SampleSet,
    ) -> Self {
        let stacks = profile.stacks();
        let parent = |row| stacks.parent(StackId::from_index(row)).map(StackId::index);
        let order = || {
            let is_in_order = preorder::is_in_preorder(stacks.len(), parent);
            (!is_in_order).then(|| preorder::order(stacks.len(), parent))
        };
        let (samples, (order, of_frame)) = rayon::join(
            || ByCallers::new(profile, set),
            || (order(), GroupsOfFrame::new(profile, group_of)),
        );
        Self { profile, groups: None, n_groups, of_frame, order, samples }
    }

    /// By group: whether it is in any stack, also in those of samples that do not count.
    pub(crate) fn occurs(&self) -> Vec<bool> {
        let (stacks, samples) = (self.profile.stacks(), self.profile.samples());
        let mut is_used = vec![false; self.profile.frames().len()];
        stacks.ids().for_each(|stack| is_used[stacks.frame(stack).index()] = true);
        (0..samples.len()).for_each(|sample| is_used[samples.leaf(sample).index()] = true);
        let mut occurs = vec![false; self.n_groups];
        for (frame, _) in self.profile.frames().ids().zip(is_used).filter(|(_, is_used)| *is_used) {
            self.of_frame.of(frame).iter().for_each(|&group| occurs[group as usize] = true);
        }
        occurs
    }

    /// Self and total by group, of what each sample weighs: one pass over the stacks, parts of
    /// them at the same time.
    pub(crate) fn add_up<W>(&self, weight: impl Fn(usize) -> W + Sync) -> Sums<W>
    where
        W: Copy + Default + AddAssign + Send,
    {
        let n_rows = self.profile.stacks().len();
        // Not as many as there are threads: sums of fractions are the same on every machine.
        let part = n_rows.div_ceil(N_PARTS).max(WORTH_A_THREAD);
        let starts: Vec<usize> = (0..n_rows.max(1)).step_by(part).collect();
        let mut sums: Option<Sums<W>> = None;
        // Each part takes memory for all functions: there are no more at once than threads.
        for starts in starts.chunks(rayon::current_num_threads()) {
            let parts: Vec<Sums<W>> = starts
                .into_par_iter()
                .map(|&start| self.add_up_rows(start..n_rows.min(start + part), &weight))
                .collect();
            for part in parts {
                match &mut sums {
                    Some(sums) => sums.add(&part),
                    None => sums = Some(part),
                }
            }
        }
        sums.unwrap_or_default()
    }

    /// The same of the samples of some rows of the walk: what they have as callers before these
    /// rows is entered first, and weighs only what is in the rows.
    fn add_up_rows<W>(&self, rows: Range<usize>, weight: impl Fn(usize) -> W) -> Sums<W>
    where
        W: Copy + Default + AddAssign,
    {
        let stacks = self.profile.stacks();
        let stack_at = |at: usize| match &self.order {
            Some(order) => StackId::from_index(order[at] as usize),
            None => StackId::from_index(at),
        };
        let groups_of = |stack: StackId| self.of_frame.of(stacks.frame(stack));
        let mut inside = Inside::new(self.n_groups);
        let mut called = Called::new(&self.samples, self.profile);
        if rows.start == 0 {
            called.by(None, |sample| self.add(&mut inside, sample, &weight));
        } else {
            let callers = stacks.parent(stack_at(rows.start));
            let callers: Vec<StackId> =
                callers.into_iter().flat_map(|stack| stacks.walk_to_root(stack)).collect();
            callers.iter().rev().for_each(|&stack| inside.enter(stack.raw(), groups_of(stack)));
        }
        for stack in rows.map(stack_at) {
            inside.leave_to(stacks.parent(stack).map(StackId::raw));
            inside.enter(stack.raw(), groups_of(stack));
            called.by(Some(stack), |sample| self.add(&mut inside, sample, &weight));
        }
        inside.finish()
    }

    #[inline]
    fn add<W>(&self, inside: &mut Inside<W>, sample: u32, weight: impl Fn(usize) -> W)
    where
        W: Copy + Default + AddAssign,
    {
        let leaf = self.profile.samples().leaf(sample as usize);
        inside.add(self.of_frame.of(leaf), weight(sample as usize));
    }
}

/// The groups of the functions of each frame, the outermost first.
struct GroupsOfFrame {
    /// By frame: its only group, or beyond [`SEVERAL`] where its groups are.
    rows: Vec<u32>,
    /// Of frames with several: how many there are, then them.
    several: Vec<u32>,
}

/// Tables of so many groups are too large for any memory.
const SEVERAL: u32 = 1 << 31;

impl GroupsOfFrame {
    fn new(profile: &Profile, group_of: impl Fn(&Line) -> u32) -> Self {
        let mut of_frame = Self { rows: Vec::new(), several: Vec::new() };
        of_frame.rows.extend(profile.frames().ids().map(|frame| {
            let lines = profile.symbols().lines(frame);
            if let [only] = lines {
                return group_of(only);
            }
            let lines = &lines[..lines.len().min(CallPaths::MAX_LINES)];
            let start = row_number(of_frame.several.len());
            of_frame.several.push(row_number(lines.len()));
            of_frame.several.extend(lines.iter().map(&group_of));
            SEVERAL | start
        }));
        of_frame
    }

    #[inline]
    fn of(&self, frame: FrameId) -> &[u32] {
        let row = &self.rows[frame.index()];
        if *row < SEVERAL {
            return std::slice::from_ref(row);
        }
        let start = (*row - SEVERAL) as usize;
        &self.several[start + 1..][..self.several[start] as usize]
    }
}

/// The samples that count, sorted by their callers: in buckets of [`BUCKET`] stacks, as a number
/// for each stack would take more memory than the samples.
struct ByCallers(Buckets<u32>);

const BUCKET: usize = 32;

impl ByCallers {
    fn new(profile: &Profile, set: &SampleSet) -> Self {
        let mut buckets = Buckets::new(profile.stacks().len() / BUCKET + 1, || {
            set.iter().map(|sample| (caller_number(profile, sample) / BUCKET, row_number(sample)))
        });
        buckets.sort_each(|sample| caller_number(profile, sample as usize));
        Self(buckets)
    }
}

/// Hands out the samples of one stack after the other. As long as those come in the order of
/// their rows, it looks at each sample once; elsewhere it searches for the first of the stack.
struct Called<'a> {
    samples: &'a ByCallers,
    profile: &'a Profile,
    /// The number of the callers that were asked for last.
    asked: usize,
    /// What is left of their bucket.
    rest: &'a [u32],
    /// The number of the callers of the next of the rest; [`usize::MAX`] if there is none.
    next: usize,
}

impl<'a> Called<'a> {
    fn new(samples: &'a ByCallers, profile: &'a Profile) -> Self {
        let mut called = Self { samples, profile, asked: 0, rest: &[], next: usize::MAX };
        called.enter(0);
        called
    }

    /// Goes to the first sample of a number, or behind where it were.
    fn enter(&mut self, number: usize) {
        let bucket = self.samples.0.of(number / BUCKET);
        let is_before = |&sample: &u32| caller_number(self.profile, sample as usize) < number;
        self.rest = &bucket[bucket.partition_point(is_before)..];
        self.look_at_next();
    }

    #[inline]
    fn look_at_next(&mut self) {
        let number = |&sample: &u32| caller_number(self.profile, sample as usize);
        self.next = self.rest.first().map_or(usize::MAX, number);
    }

    /// The samples that a stack called, or nothing did.
    #[inline]
    fn by(&mut self, callers: Option<StackId>, mut add: impl FnMut(u32)) {
        let number = callers.map_or(0, |stack| stack.index() + 1);
        if number / BUCKET != self.asked / BUCKET || number <= self.asked {
            self.enter(number);
        }
        self.asked = number;
        while self.next <= number
            && let Some((&sample, rest)) = self.rest.split_first()
        {
            if self.next == number {
                add(sample);
            }
            self.rest = rest;
            self.look_at_next();
        }
    }
}

/// The row of a sample's callers, counted from 1; 0 where it has none.
#[inline]
fn caller_number(profile: &Profile, sample: usize) -> usize {
    profile.samples().callers(sample).map_or(0, |stack| stack.index() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::random;
    use crate::{Sample, Selection};

    #[test]
    fn stacks_may_be_asked_for_in_any_order() {
        let mut builder = crate::ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let function = builder.function_named("f");
        let leaf = builder.named_frame(Line { function, line: 0 });
        let mut callers = None;
        for _ in 0..3 * BUCKET {
            for _ in 0..2 {
                let (time_ns, labels) = (None, None);
                builder.sample(Sample { time_ns, thread, callers, leaf, labels });
            }
            callers = Some(builder.stack(callers, leaf));
        }
        let (profile, _) = builder.finish();
        let set = Selection::default().sample_set(&profile);
        let samples = ByCallers::new(&profile, &set);
        let mut called = Called::new(&samples, &profile);
        // Between buckets, back within one, one twice; of the last stack there is none.
        for number in [0_usize, 40, 7, 71, 8, 41, 40, 40, 95, 96, 0, 31, 32, 1] {
            let asked = number.checked_sub(1).map(StackId::from_index);
            let mut found = Vec::new();
            called.by(asked, |sample| found.push(sample as usize));
            let expected = if number == 96 { vec![] } else { vec![2 * number, 2 * number + 1] };
            assert_eq!(found, expected, "{number}");
        }
    }

    proptest! {
        #[test]
        fn parts_of_the_stacks_add_up_to_the_whole(
            profile in random::profile(),
            cut in any::<prop::sample::Index>(),
        ) {
            let groups = FunctionGroups::by_name_and_module(&profile);
            let set = Selection::default().sample_set(&profile);
            let walk = StackWalk::new(&profile, &groups, &set);
            let weight = |sample| 3 * sample + 1;
            let n_rows = profile.stacks().len();
            let cut = cut.index(n_rows.max(1)).max(1).min(n_rows);
            let whole = walk.add_up_rows(0..n_rows, weight);
            let mut sums = walk.add_up_rows(0..cut, weight);
            if cut < n_rows {
                sums.add(&walk.add_up_rows(cut..n_rows, weight));
            }
            prop_assert_eq!(whole.self_, sums.self_);
            prop_assert_eq!(whole.total, sums.total);
        }
    }
}
