//! Functions added up over the tree of stacks.

use std::ops::{AddAssign, Range};

use rayon::prelude::*;

use super::FunctionGroups;
use super::walk::{Inside, Sums, is_in_preorder, preorder};
use crate::id::row_number;
use crate::{CallPaths, FrameId, Profile, SampleSet, StackId};

/// The stacks of a profile in preorder, each with the samples it called that count.
pub(crate) struct StackWalk<'a> {
    pub(super) profile: &'a Profile,
    pub(super) groups: &'a FunctionGroups,
    of_frame: GroupsOfFrame,
    /// `None` where the table is in preorder as it is.
    order: Option<Vec<u32>>,
    /// Samples by their callers.
    samples: Vec<u32>,
    /// Where the samples end that nothing called, then those that each stack called.
    end: Vec<u32>,
}

/// Fewer stacks are not worth a thread of their own.
const WORTH_A_THREAD: usize = 1 << 16;

impl<'a> StackWalk<'a> {
    /// Sorts the samples by their callers, and the stacks where they are not: linear in both.
    pub(crate) fn new(profile: &'a Profile, groups: &'a FunctionGroups, set: &SampleSet) -> Self {
        let (samples, end) = samples_by_callers(profile, set);
        let stacks = profile.stacks();
        let parent = |row| stacks.parent(StackId::from_index(row)).map(StackId::index);
        let order = (!is_in_preorder(stacks.len(), parent)).then(|| preorder(stacks.len(), parent));
        let of_frame = GroupsOfFrame::new(profile, groups);
        Self { profile, groups, of_frame, order, samples, end }
    }

    /// By group: whether it is in any stack, also in those of samples that do not count.
    pub(crate) fn occurs(&self) -> Vec<bool> {
        let (stacks, samples) = (self.profile.stacks(), self.profile.samples());
        let mut is_used = vec![false; self.profile.frames().len()];
        stacks.ids().for_each(|stack| is_used[stacks.frame(stack).index()] = true);
        (0..samples.len()).for_each(|sample| is_used[samples.leaf(sample).index()] = true);
        let mut occurs = vec![false; self.groups.len()];
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
        let part = n_rows.div_ceil(rayon::current_num_threads()).max(WORTH_A_THREAD);
        let parts: Vec<Sums<W>> = (0..n_rows.div_ceil(part).max(1))
            .into_par_iter()
            .map(|at| self.add_up_rows(at * part..n_rows.min((at + 1) * part), &weight))
            .collect();
        let mut parts = parts.into_iter();
        let mut sums = parts.next().unwrap_or_default();
        parts.for_each(|part| sums.add(&part));
        sums
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
        let mut inside = Inside::new(self.groups.len());
        if rows.start == 0 {
            let first = self.end.first().map_or(0, |&end| end as usize);
            self.samples[..first].iter().for_each(|&sample| self.add(&mut inside, sample, &weight));
        } else {
            let callers = stacks.parent(stack_at(rows.start));
            let callers: Vec<StackId> =
                callers.into_iter().flat_map(|stack| stacks.walk_to_root(stack)).collect();
            callers.iter().rev().for_each(|&stack| inside.enter(stack.raw(), groups_of(stack)));
        }
        for stack in rows.map(stack_at) {
            inside.leave_to(stacks.parent(stack).map(StackId::raw));
            inside.enter(stack.raw(), groups_of(stack));
            let row = stack.index();
            let [start, end] = [row, row + 1].map(|row| self.end[row] as usize);
            self.samples[start..end].iter().for_each(|&sample| {
                self.add(&mut inside, sample, &weight);
            });
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
    /// By frame: where its groups start, and how many there are.
    rows: Vec<(u32, u32)>,
    groups: Vec<u32>,
}

impl GroupsOfFrame {
    fn new(profile: &Profile, groups: &FunctionGroups) -> Self {
        let mut of_frame = Self { rows: Vec::new(), groups: Vec::new() };
        of_frame.rows.extend(profile.frames().ids().map(|frame| {
            let lines = profile.symbols().lines(frame);
            let lines = &lines[..lines.len().min(CallPaths::MAX_LINES)];
            let start = row_number(of_frame.groups.len());
            of_frame.groups.extend(lines.iter().map(|line| groups.group_of(line.function)));
            (start, row_number(lines.len()))
        }));
        of_frame
    }

    #[inline]
    fn of(&self, frame: FrameId) -> &[u32] {
        let (start, len) = self.rows[frame.index()];
        &self.groups[start as usize..][..len as usize]
    }
}

/// A counting sort of the samples that count. Gives them, and where those end that nothing
/// called and those that each stack called.
fn samples_by_callers(profile: &Profile, set: &SampleSet) -> (Vec<u32>, Vec<u32>) {
    let samples = profile.samples();
    let bucket = |sample| samples.callers(sample).map_or(0, |stack| stack.index() + 1);
    let mut end = vec![0_u32; profile.stacks().len() + 1];
    set.iter().for_each(|sample| end[bucket(sample)] += 1);
    let mut n_samples = 0;
    for count in &mut end {
        n_samples += std::mem::replace(count, n_samples);
    }
    // From where a bucket starts, to where its next sample goes, to where it ends.
    let mut sorted = vec![0; n_samples as usize];
    for sample in set.iter() {
        let next = &mut end[bucket(sample)];
        sorted[*next as usize] = StackId::from_index(sample).raw();
        *next += 1;
    }
    (sorted, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Selection;
    use crate::testing::random;

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
