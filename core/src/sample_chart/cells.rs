//! Cells of time, and the stack that represents the samples in each.

use rayon::prelude::*;

use super::paths::Paths;

/// The cells of one length in which there are samples, in order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    pub(super) cells: Vec<Cell>,
}

/// The samples of a cell and what represents them: 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// The first of its samples; they end where those of the next cell start.
    pub(super) first: u32,
    pub(super) shown: Representative,
}

/// A stack, and through which share of the samples each part of it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Representative {
    /// The leaf, a row of [`Paths`].
    pub(super) leaf: u32,
    /// To which depth all, 3/4, 1/2 and 1/4 of the samples go along with it; 65,535 if deeper.
    depths: [u16; 4],
}

impl Representative {
    /// To which depths which share of the samples goes along, falling; the last to the end.
    pub(super) fn steps(&self) -> [(u32, f32); 5] {
        let [all, most, half, few] = self.depths.map(u32::from);
        // All, and the middle of each step below.
        [(all, 1.0), (most, 0.875), (half, 0.625), (few, 0.375), (u32::MAX, 0.125)]
    }

    /// A single stack.
    fn of_one(leaf: u32) -> Self {
        Self { leaf, depths: [u16::MAX; 4] }
    }
}

impl Level {
    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(self.cells.as_slice())
    }
}

/// All levels from cells of `2^shift` nanoseconds up to a single cell.
pub(super) fn levels(time_ns: &[i64], leaf: &[u32], paths: &Paths, shift: u32) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    if time_ns.is_empty() {
        return levels;
    }
    for shift in shift..63 {
        let firsts = match levels.last() {
            None => firsts(time_ns, shift, 0..time_ns.len()),
            Some(below) => {
                firsts(time_ns, shift, below.cells.iter().map(|cell| cell.first as usize))
            }
        };
        let cells: Vec<Cell> = firsts
            .par_iter()
            .with_min_len(256)
            .enumerate()
            .map_init(Chooser::default, |chooser, (at, &first)| {
                let next = firsts.get(at + 1).map_or(leaf.len(), |&next| next as usize);
                let shown = chooser.choose(&leaf[first as usize..next], paths);
                Cell { first, shown }
            })
            .collect();
        let is_last = cells.len() == 1;
        levels.push(Level { cells });
        if is_last {
            break;
        }
    }
    levels
}

/// The first sample of each cell, of the samples that may be one.
fn firsts(time_ns: &[i64], shift: u32, of: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut firsts = Vec::new();
    let mut cell = None;
    for sample in of {
        let now = Some(time_ns[sample] >> shift);
        if now != cell {
            cell = now;
            firsts.push(u32::try_from(sample).unwrap_or(u32::MAX));
        }
    }
    firsts
}

/// One past the last sample that is in the same cell as `sample`.
pub(super) fn end_of_cell(time_ns: &[i64], sample: usize, shift: u32) -> usize {
    let cell = time_ns[sample] >> shift;
    // Most often it is near.
    let mut reach = 1;
    while sample + reach < time_ns.len() && time_ns[sample + reach] >> shift == cell {
        reach *= 2;
    }
    let (from, to) = (sample + reach / 2, (sample + reach).min(time_ns.len()));
    from + time_ns[from..to].partition_point(|&time| time >> shift == cell)
}

/// At most so many samples choose the stack that represents a cell. The standard error of a
/// share of `n` samples is at most `1 / (2 * sqrt(n))`.
const VOTERS: usize = 128;

/// Finds the stack that represents samples; keeps its memory from one to the next.
#[derive(Debug, Default)]
pub(super) struct Chooser {
    /// The leaves of those that choose, sorted.
    leaves: Vec<u32>,
    /// The way from the root to where the walk over `leaves` is: branching points and leaves.
    way: Vec<Branch>,
}

/// A point of the tree that all voters together span.
#[derive(Clone, Copy, Debug)]
struct Branch {
    row: u32,
    depth: u32,
    /// How many samples go through it, and how many of these end here.
    through: u32,
    ends: u32,
    /// The best of the stacks that go on from here, and through how many samples it starts.
    best_through: u32,
    best: Best,
}

/// The end of a stack, and how deep shares of the samples go along.
#[derive(Clone, Copy, Debug)]
struct Best {
    leaf: u32,
    depths: [Option<u32>; 4],
}

impl Chooser {
    /// The stack that represents the samples with these leaves, of which there is at least one.
    pub(super) fn choose(&mut self, leaves: &[u32], paths: &Paths) -> Representative {
        if let [leaf] = *leaves {
            return Representative::of_one(leaf);
        }
        self.leaves.clear();
        if leaves.len() <= VOTERS {
            self.leaves.extend_from_slice(leaves);
        } else {
            self.leaves.extend(spread(leaves.len()).map(|at| leaves[at]));
        }
        self.leaves.sort_unstable();
        if self.leaves.first() == self.leaves.last() {
            return Representative::of_one(self.leaves[0]);
        }
        let best = self.best(paths);
        let depth = |at: usize| best.depths[at].map_or(0, |d| u16::try_from(d).unwrap_or(u16::MAX));
        Representative { leaf: best.leaf, depths: [depth(0), depth(1), depth(2), depth(3)] }
    }

    /// Walks over the leaves in preorder and closes each branch when the walk leaves it.
    fn best(&mut self, paths: &Paths) -> Best {
        let n_voters = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        self.way.clear();
        self.way.push(Branch::new(0, 0, 0));
        let mut last = 0;
        for same in self.leaves.chunk_by(|a, b| a == b) {
            let leaf = same[0];
            let common = paths.common(last, leaf);
            leave(&mut self.way, common, paths.depth(common), n_voters);
            let ends = u32::try_from(same.len()).unwrap_or(u32::MAX);
            match self.way.last_mut().filter(|branch| branch.row == leaf) {
                Some(branch) => {
                    branch.ends += ends;
                    branch.through += ends;
                }
                None => self.way.push(Branch::new(leaf, paths.depth(leaf), ends)),
            }
            last = leaf;
        }
        leave(&mut self.way, 0, 0, n_voters);
        self.way[0].closed(n_voters)
    }
}

/// Closes all branches deeper than `depth`; the last one left is that of `row`.
fn leave(way: &mut Vec<Branch>, row: u32, depth: u32, n_voters: u32) {
    while let Some(child) = way.pop_if(|branch| branch.depth > depth) {
        if way.last().is_none_or(|branch| branch.depth < depth) {
            way.push(Branch::new(row, depth, 0));
        }
        if let Some(parent) = way.last_mut() {
            parent.through += child.through;
            if child.through > parent.best_through {
                parent.best_through = child.through;
                parent.best = child.closed(n_voters);
            }
        }
    }
}

impl Branch {
    fn new(row: u32, depth: u32, ends: u32) -> Self {
        let best = Best { leaf: row, depths: [None; 4] };
        Self { row, depth, through: ends, ends, best_through: 0, best }
    }

    /// The stack that represents the samples through here: it goes on if at least as many do
    /// so through one callee as end here.
    fn closed(&self, n_voters: u32) -> Best {
        let goes_on = self.best_through > 0 && self.best_through >= self.ends;
        let mut best = if goes_on { self.best } else { Best { leaf: self.row, depths: [None; 4] } };
        for (depth, quarters) in best.depths.iter_mut().zip([4, 3, 2, 1]) {
            if depth.is_none() && self.through * 4 >= n_voters * quarters {
                *depth = Some(self.depth);
            }
        }
        best
    }
}

/// [`VOTERS`] of so many samples: one of each of as many parts of equal length, at a place that
/// is different in each, so that work that repeats is not met at the same point each time.
fn spread(n: usize) -> impl Iterator<Item = usize> {
    (0..VOTERS).map(move |part| {
        let (start, end) = (n * part / VOTERS, n * (part + 1) / VOTERS);
        // Fibonacci hashing: the products are spread evenly.
        let random = part.wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
        start + (((end - start) * (random >> 16)) >> 16)
    })
}
