//! Call paths below the values of a label, as if each were the root of its samples.
//!
//! ```text
//! main;serve  endpoint=/a         path   parent   function
//! main;serve  endpoint=/b    →     0       -      endpoint=/a
//!                                  1       0      main
//!                                  2       1      serve
//!                                  3       -      endpoint=/b
//!                                  4       3      main
//!                                  5       4      serve
//! ```

use std::sync::Arc;

use super::{CallPaths, OUTERMOST, PathTree};
use crate::{FunctionId, LabelGroups, PathId, Profile};

impl CallPaths {
    /// The paths with a root for each group, and the profile with functions that are called as
    /// the groups.
    ///
    /// Takes time linear in the samples and in the paths that come out. Slices have no labels:
    /// they have no path any more.
    pub fn grouped(&self, profile: &Profile, groups: &LabelGroups) -> (Profile, Self) {
        let (profile, functions) = profile.with_functions(groups.names());
        let by_group = Samples::by_group(&profile, groups);
        let mut tree = PathTree::default();
        tree.name_rank.clone_from(&self.tree.name_rank);
        // Groups are only compared with each other: they are the roots.
        let ranks = FunctionId::from_index(tree.name_rank.len()).raw()..;
        tree.name_rank.extend(ranks.take(functions.len()));
        let mut sample_path = vec![PathId::NONE; self.sample_path.len()];
        let mut marks = Marks::new(self.len());
        for (group, &function) in functions.iter().enumerate() {
            let samples = by_group.of(group);
            if samples.is_empty() {
                continue;
            }
            let root = PathId::from_index(tree.parent.len());
            tree.push(PathId::NONE, function, OUTERMOST);
            for &sample in samples {
                marks.mark(self, self.of_sample(sample as usize));
            }
            marks.take_in_order(|path, new_row| {
                let parent = self.parent(path).map_or(root, |parent| new_row[parent.index()]);
                new_row[path.index()] = PathId::from_index(tree.parent.len());
                let row = path.index();
                tree.push(parent, self.tree.function[row], self.tree.flags[row]);
            });
            for &sample in samples {
                let path = self.of_sample(sample as usize);
                sample_path[sample as usize] = marks.new_row[path.index()];
            }
        }
        let slice_path = vec![PathId::NONE; self.slice_path.len()];
        let paths = Self { tree: Arc::new(tree), sample_path, slice_path, n_cut: self.n_cut };
        (profile, paths)
    }
}

/// The samples, those of one group together.
struct Samples {
    sorted: Vec<u32>,
    /// Where the samples of each group end.
    end: Vec<u32>,
}

impl Samples {
    /// A counting sort.
    fn by_group(profile: &Profile, groups: &LabelGroups) -> Self {
        let samples = profile.samples();
        let of: Vec<u32> =
            (0..samples.len()).map(|sample| groups.of(samples.labels(sample))).collect();
        let mut next = vec![0_u32; groups.len()];
        for &group in &of {
            next[group as usize] += 1;
        }
        let mut n = 0;
        for first in &mut next {
            n += std::mem::replace(first, n);
        }
        let mut sorted = vec![0; samples.len()];
        for (sample, &group) in (0..).zip(&of) {
            let slot = &mut next[group as usize];
            sorted[*slot as usize] = sample;
            *slot += 1;
        }
        Self { sorted, end: next }
    }

    fn of(&self, group: usize) -> &[u32] {
        let start = group.checked_sub(1).map_or(0, |before| self.end[before]);
        &self.sorted[start as usize..self.end[group] as usize]
    }
}

/// The paths of one group and their callers.
struct Marks {
    words: Vec<u64>,
    marked: Vec<PathId>,
    /// By path: where it is in the new tree, for those of the latest group.
    new_row: Vec<PathId>,
}

impl Marks {
    fn new(n_paths: usize) -> Self {
        Self {
            words: vec![0; n_paths.div_ceil(64)],
            marked: Vec::new(),
            new_row: vec![PathId::NONE; n_paths],
        }
    }

    /// Marks a path and those of its callers that are not marked.
    #[inline]
    fn mark(&mut self, paths: &CallPaths, path: PathId) {
        let mut next = Some(path);
        while let Some(path) = next {
            let word = &mut self.words[path.index() / 64];
            let bit = 1 << (path.index() % 64);
            if *word & bit != 0 {
                return;
            }
            *word |= bit;
            self.marked.push(path);
            next = paths.parent(path);
        }
    }

    /// Visits what is marked in order of rows, callers first, and forgets it.
    fn take_in_order(&mut self, mut visit: impl FnMut(PathId, &mut [PathId])) {
        // Sorting few costs less than looking through the bits of all.
        let n = self.marked.len();
        if n * (n.max(2).ilog2() as usize) < self.words.len() {
            self.marked.sort_unstable();
            for path in self.marked.drain(..) {
                self.words[path.index() / 64] = 0;
                visit(path, &mut self.new_row);
            }
            return;
        }
        self.marked.clear();
        for (number, word) in self.words.iter_mut().enumerate() {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                let path = PathId::from_index(number * 64 + bits.trailing_zeros() as usize);
                visit(path, &mut self.new_row);
                bits &= bits - 1;
            }
        }
    }
}
