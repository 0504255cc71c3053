//! Call paths: the functions from the root to where a sample or slice was, inlined ones too.
//!
//! Stacks are of addresses; people read functions. Addresses of one function become one path
//! here, and the functions that are inlined at an address become paths of their own:
//!
//! ```text
//! stack          lines of its frame              path   parent   function
//!   main+0x10    main                              0       -       main
//!   main+0x22    main                              1       0       run
//!     run+0x08   run, mix (inlined into run)       2       1       mix, inlined
//! ```

mod grouped;
mod merge;
mod renamed;
mod slices;
mod transformed;

use std::sync::{Arc, OnceLock};

use crate::bits::Bits;
use crate::buckets::Buckets;
use crate::group::GroupedRow;
use crate::selection::LatestWeights;
use crate::{FunctionId, PathId, Profile, SliceId, preorder};

use merge::{Merged, merge};
use slices::add_slices;

pub(crate) use renamed::NewFunctions;
pub use renamed::Renamed;

/// Every distinct call path of the samples and of the slices of threads.
///
/// Made once for a profile and its symbols; what of it counts is decided by
/// [`PathWeights`](crate::PathWeights).
///
/// # Invariants
///
/// * Paths are in preorder: a path, then all it called. So a parent comes before its children,
///   as in the [`StackTable`](crate::StackTable).
/// * No two paths have the same parent, the same function and are both inlined or both not.
#[derive(Clone, Debug, Default)]
pub struct CallPaths {
    pub(crate) tree: Arc<PathTree>,
    /// By sample.
    sample_path: Arc<Vec<PathId>>,
    /// By slice; [`PathId::NONE`] for slices that are not of a thread.
    slice_path: Arc<Vec<PathId>>,
    /// By path: which it is in the paths that were grouped; [`PathId::NONE`] for the root of a
    /// group. Empty where nothing is grouped.
    origin: Arc<Vec<PathId>>,
    /// The samples and then the slices by their path, once grouping has needed them.
    rows_by_path: Arc<OnceLock<Buckets<GroupedRow>>>,
    /// By path of samples and slices, which are as recorded and grouped: what transforms have made
    /// of it; [`PathId::NONE`] where they leave it out.
    moved: Option<Arc<Vec<PathId>>>,
    /// Whether transforms leave any path out.
    leaves_out: bool,
    latest_weights: LatestWeights,
    n_cut: usize,
}

/// The prefix tree of [`CallPaths`], shared with the trees that are made from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathTree {
    pub(crate) parent: Vec<PathId>,
    pub(crate) function: Vec<FunctionId>,
    flags: Vec<u8>,
    /// By function: its place among all functions that have a path, in order of name.
    pub(crate) name_rank: Vec<u32>,
}

/// The function is inlined into its parent.
const INLINED: u8 = 1;
/// No caller of the path is the same function.
const OUTERMOST: u8 = 2;

/// What becomes of a function directly below itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// It is a path of its own.
    Kept,
    /// It is the same path.
    Folded,
}

/// How many paths there may be for each stack, sample and slice before no more functions are
/// shown as inlined. Programs stay below 2, as many addresses share a path; a file can name one
/// frame of many functions in every stack.
const PATHS_PER_ROW: usize = 4;

/// Paths that a small profile may have beyond that.
const FREE_PATHS: usize = 1 << 18;

impl CallPaths {
    /// Functions of a frame beyond this are left out: compilers inline some tens into each other.
    pub const MAX_LINES: usize = 256;

    /// Finds the paths of a profile: one pass over its stacks, samples and slices.
    ///
    /// Time and memory are linear in their number, whatever is inlined: what would be more is
    /// left out and told by [`Self::n_cut`].
    pub fn new(profile: &Profile) -> Self {
        Self::with(profile, Repeats::Kept)
    }

    /// The same where a function that calls itself, directly or inlined, stays one path, as is
    /// good for what is no function but the file or module of one.
    pub(crate) fn with(profile: &Profile, repeats: Repeats) -> Self {
        let n_rows = profile.stacks().len() + profile.samples().len() + profile.slices().len();
        let most = n_rows.saturating_mul(PATHS_PER_ROW).saturating_add(FREE_PATHS);
        let Merged { mut tree, mut sample_path, n_cut } = merge(profile, most, repeats);
        let n_merged = tree.len();
        let mut slice_path = add_slices(profile, &mut tree);
        if tree.len() > n_merged {
            let new_row = tree.sort_in_preorder();
            for path in sample_path.iter_mut().chain(&mut slice_path) {
                // Only asynchronous slices have none.
                *path = path.some().map_or(PathId::NONE, |path| new_row[path.index()]);
            }
        }
        let PathTree { function, parent, flags, name_rank } = &mut tree;
        rayon::join(
            || mark_outermost(parent, function, flags, profile.symbols().functions().len()),
            || *name_rank = ranks_by_name(function, profile),
        );
        Self {
            tree: Arc::new(tree),
            sample_path: Arc::new(sample_path),
            slice_path: Arc::new(slice_path),
            origin: Arc::default(),
            rows_by_path: Arc::default(),
            moved: None,
            leaves_out: false,
            latest_weights: LatestWeights::default(),
            n_cut,
        }
    }

    /// How often functions that are inlined at a frame are left out, because they are too many:
    /// what they weigh is shown at the function they are inlined into. 0 but for broken files.
    pub fn n_cut(&self) -> usize {
        self.n_cut
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.tree.parent.len()
    }

    /// Whether there is no path: neither samples nor slices of threads.
    pub fn is_empty(&self) -> bool {
        self.tree.parent.is_empty()
    }

    /// Number of samples, those of the profile the paths are of.
    pub(crate) fn n_samples(&self) -> usize {
        self.sample_path.len()
    }

    /// All paths, in preorder.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = PathId> + ExactSizeIterator + use<> {
        (0..self.len()).map(PathId::from_index)
    }

    /// The path of the caller; `None` for a root.
    #[inline]
    pub fn parent(&self, path: PathId) -> Option<PathId> {
        self.tree.parent[path.index()].some()
    }

    /// The function at the leaf end of the path.
    #[inline]
    pub fn function(&self, path: PathId) -> FunctionId {
        self.tree.function[path.index()]
    }

    /// Whether the function is inlined into its caller.
    pub fn is_inlined(&self, path: PathId) -> bool {
        self.tree.is_inlined(path)
    }

    /// Whether none of the callers is the same function. What a function weighs with all its
    /// callees is the sum over its outermost paths: recursion counts once.
    #[inline]
    pub fn is_outermost(&self, path: PathId) -> bool {
        self.tree.flags[path.index()] & OUTERMOST != 0
    }

    /// The path of a sample's leaf; [`PathId::NONE`] where a transform leaves the sample out.
    #[inline]
    pub fn of_sample(&self, sample: usize) -> PathId {
        self.after_transforms(self.sample_path[sample])
    }

    /// The path of a slice; `None` where it is not of a thread, or left out by a transform.
    #[inline]
    pub fn of_slice(&self, slice: SliceId) -> Option<PathId> {
        self.after_transforms(self.slice_path[slice.index()]).some()
    }

    /// The path of a sample's leaf before transforms.
    #[inline]
    pub(crate) fn recorded_of_sample(&self, sample: usize) -> PathId {
        self.sample_path[sample]
    }

    /// The path of a slice before transforms.
    #[inline]
    pub(crate) fn recorded_of_slice(&self, slice: SliceId) -> Option<PathId> {
        self.slice_path[slice.index()].some()
    }

    /// Number of paths before transforms.
    pub(crate) fn n_recorded(&self) -> usize {
        self.moved.as_ref().map_or(self.len(), |moved| moved.len())
    }

    /// What transforms have made of a path.
    #[inline]
    pub(crate) fn after_transforms(&self, recorded: PathId) -> PathId {
        match (&self.moved, recorded.some()) {
            (Some(moved), Some(path)) => moved[path.index()],
            _ => recorded,
        }
    }

    /// What was added up last before transforms.
    pub(crate) fn latest_weights(&self) -> &LatestWeights {
        &self.latest_weights
    }

    /// Whether there are transforms.
    pub fn is_transformed(&self) -> bool {
        self.moved.is_some()
    }

    /// Whether transforms leave anything out.
    pub(crate) fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    /// The path and its callers, leaf first.
    pub fn walk_to_root(&self, path: PathId) -> impl Iterator<Item = PathId> + '_ {
        std::iter::successors(Some(path), |&path| self.parent(path))
    }
}

impl PathTree {
    fn with_capacity(n_paths: usize) -> Self {
        Self {
            parent: Vec::with_capacity(n_paths),
            function: Vec::with_capacity(n_paths),
            flags: Vec::with_capacity(n_paths),
            name_rank: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.parent.len()
    }

    fn push(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        let path = PathId::from_index(self.len());
        self.parent.push(parent);
        self.function.push(function);
        self.flags.push(flags);
        path
    }

    pub(crate) fn is_inlined(&self, path: PathId) -> bool {
        self.flags[path.index()] & INLINED != 0
    }

    /// Whether no caller of the path is the same function.
    pub(crate) fn is_outermost(&self, path: PathId) -> bool {
        self.flags[path.index()] & OUTERMOST != 0
    }

    /// Puts the paths in preorder, children in the order in which the recording meets them, so
    /// that every later pass finds callers and callees near each other. Gives the new row of
    /// each old one.
    fn sort_in_preorder(&mut self) -> Vec<PathId> {
        let n = self.len();
        let parent = |row: usize| self.parent[row].some().map(PathId::index);
        let places = preorder::places(n, parent);
        let new_row: Vec<PathId> =
            places.into_iter().map(|place| PathId::from_index(place as usize)).collect();
        let mut sorted = Self {
            parent: vec![PathId::NONE; n],
            function: vec![FunctionId::NONE; n],
            flags: vec![0; n],
            name_rank: Vec::new(),
        };
        for (row, at) in new_row.iter().map(|path| path.index()).enumerate() {
            sorted.parent[at] = parent(row).map_or(PathId::NONE, |parent| new_row[parent]);
            sorted.function[at] = self.function[row];
            sorted.flags[at] = self.flags[row];
        }
        *self = sorted;
        new_row
    }
}

/// Walks the paths, in preorder, and counts how often each function is on the way to where the
/// walk is.
fn mark_outermost(
    parent: &[PathId],
    function: &[FunctionId],
    flags: &mut [u8],
    n_functions: usize,
) {
    let mut n_on_path = vec![0_u32; n_functions];
    let mut callers: Vec<(PathId, FunctionId)> = Vec::new();
    for (row, (flags, (&parent, &function))) in
        flags.iter_mut().zip(parent.iter().zip(function)).enumerate()
    {
        while let Some((_, left)) = callers.pop_if(|(top, _)| *top != parent) {
            n_on_path[left.index()] -= 1;
        }
        let n_here = &mut n_on_path[function.index()];
        if *n_here == 0 {
            *flags |= OUTERMOST;
        }
        *n_here += 1;
        callers.push((PathId::from_index(row), function));
    }
}

/// Sorts the functions that have a path by name; of equal names the first in the recording comes
/// first. Gives the place of each.
fn ranks_by_name(of_paths: &[FunctionId], profile: &Profile) -> Vec<u32> {
    use rayon::prelude::*;
    let mut has_path = Bits::new(profile.symbols().functions().len());
    for function in of_paths {
        has_path.insert(function.index());
    }
    // Most comparisons end at the first eight letters, which are kept beside the id.
    let mut by_name: Vec<(u64, FunctionId)> = has_path
        .iter()
        .map(FunctionId::from_index)
        .map(|function| (first_letters(profile.function_name(function)), function))
        .collect();
    by_name.par_sort_unstable_by(|&(a_letters, a), &(b_letters, b)| {
        let names = || profile.function_name(a).cmp(profile.function_name(b));
        a_letters.cmp(&b_letters).then_with(names).then(a.cmp(&b))
    });
    let mut ranks = vec![0; profile.symbols().functions().len()];
    for (rank, (_, function)) in (0..).zip(by_name) {
        ranks[function.index()] = rank;
    }
    ranks
}

/// The first eight bytes, so that numbers compare as the texts do; missing ones are 0.
fn first_letters(text: &str) -> u64 {
    let bytes = text.bytes().chain(std::iter::repeat(0)).take(8);
    bytes.fold(0, |letters, byte| letters << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
