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
mod renamed;

use std::hash::Hasher as _;
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::bits::Bits;
use crate::{FrameId, FunctionId, FunctionSet, PathId, Profile, SliceId, StackId, Symbols};

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
        let mut paths = Interner::with_capacity(profile.stacks().len());
        paths.repeats = repeats;
        paths.most = n_rows.saturating_mul(PATHS_PER_ROW).saturating_add(FREE_PATHS);
        let stack_path = stack_paths(profile, &mut paths);
        let mut sample_path = sample_paths(profile, &stack_path, &mut paths);
        let mut slice_path = slice_paths(profile, &mut paths);
        let n_cut = paths.n_cut;
        // What looks paths up is larger than they are, and not needed to sort them.
        let mut tree = std::mem::take(&mut paths.tree);
        drop(paths);
        let new_row = tree.sort_in_preorder();
        for path in sample_path.iter_mut().chain(&mut slice_path) {
            // Only asynchronous slices have none.
            *path = path.some().map_or(PathId::NONE, |path| new_row[path.index()]);
        }
        tree.mark_outermost(profile.symbols().functions().len());
        tree.rank_names(profile);
        Self {
            tree: Arc::new(tree),
            sample_path: Arc::new(sample_path),
            slice_path: Arc::new(slice_path),
            origin: Arc::default(),
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

    /// The path of a sample's leaf.
    #[inline]
    pub fn of_sample(&self, sample: usize) -> PathId {
        self.sample_path[sample]
    }

    /// The path of a slice; `None` where it is not of a thread.
    #[inline]
    pub fn of_slice(&self, slice: SliceId) -> Option<PathId> {
        self.slice_path[slice.index()].some()
    }

    /// The path and its callers, leaf first.
    pub fn walk_to_root(&self, path: PathId) -> impl Iterator<Item = PathId> + '_ {
        std::iter::successors(Some(path), |&path| self.parent(path))
    }

    /// The paths that have a function of the set at their leaf or among their callers.
    pub(crate) fn containing(&self, functions: &FunctionSet) -> Bits {
        let mut containing = Bits::new(self.len());
        for path in self.ids() {
            let through_caller = self.parent(path).is_some_and(|p| containing.contains(p.index()));
            if through_caller || functions.contains(self.function(path)) {
                containing.insert(path.index());
            }
        }
        containing
    }
}

impl PathTree {
    pub(crate) fn is_inlined(&self, path: PathId) -> bool {
        self.flags[path.index()] & INLINED != 0
    }

    /// Puts the paths in preorder, children in the order in which the recording meets them, so
    /// that every later pass finds callers and callees near each other. Gives the new row of
    /// each old one.
    fn sort_in_preorder(&mut self) -> Vec<PathId> {
        let n = self.parent.len();
        let mut size = vec![1_u32; n];
        // Callees come after their callers, so backward each size is complete when it is added.
        for row in (0..n).rev() {
            if let Some(parent) = self.parent[row].some() {
                size[parent.index()] += size[row];
            }
        }
        // From where a subtree goes, to where the next callee of its root goes.
        let mut next = vec![0_u32; n];
        let mut next_root = 0;
        let mut new_row = Vec::with_capacity(n);
        let mut sorted = Self {
            parent: vec![PathId::NONE; n],
            function: vec![FunctionId::NONE; n],
            flags: vec![0; n],
            name_rank: Vec::new(),
        };
        for row in 0..n {
            let parent = self.parent[row].some();
            let place = parent.map_or(&mut next_root, |parent| &mut next[parent.index()]);
            let at = *place as usize;
            *place += size[row];
            next[row] = *place - size[row] + 1;
            new_row.push(PathId::from_index(at));
            sorted.parent[at] = parent.map_or(PathId::NONE, |parent| new_row[parent.index()]);
            sorted.function[at] = self.function[row];
            sorted.flags[at] = self.flags[row];
        }
        *self = sorted;
        new_row
    }

    /// Walks the paths, in preorder, and counts how often each function is on the way to where
    /// the walk is.
    fn mark_outermost(&mut self, n_functions: usize) {
        let mut n_on_path = vec![0_u32; n_functions];
        let mut callers: Vec<PathId> = Vec::new();
        for row in 0..self.parent.len() {
            let parent = self.parent[row].some();
            while let Some(left) = callers.pop_if(|top| Some(*top) != parent) {
                n_on_path[self.function[left.index()].index()] -= 1;
            }
            let n_here = &mut n_on_path[self.function[row].index()];
            if *n_here == 0 {
                self.flags[row] |= OUTERMOST;
            }
            *n_here += 1;
            callers.push(PathId::from_index(row));
        }
    }

    /// Sorts the functions that have a path by name; of equal names the first in the recording
    /// comes first.
    fn rank_names(&mut self, profile: &Profile) {
        use rayon::prelude::*;
        let mut has_path = Bits::new(profile.symbols().functions().len());
        self.function.iter().for_each(|function| has_path.insert(function.index()));
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
        self.name_rank = vec![0; profile.symbols().functions().len()];
        for (rank, (_, function)) in (0..).zip(by_name) {
            self.name_rank[function.index()] = rank;
        }
    }
}

/// The first eight bytes, so that numbers compare as the texts do; missing ones are 0.
fn first_letters(text: &str) -> u64 {
    let bytes = text.bytes().chain(std::iter::repeat(0)).take(8);
    bytes.fold(0, |letters, byte| letters << 8 | u64::from(byte))
}

/// Gives equal paths the same id.
///
/// Most paths are the first that their caller calls, and a caller and its first callee are
/// neighbors in memory: that callee is kept in a column. Only those after it are hashed, by open
/// addressing with everything that is compared in the slot: a look-up there is one cache miss,
/// where a general hash map has two. On 8 million paths this takes a third of the memory and of
/// the time of hashing all.
struct Interner {
    tree: PathTree,
    /// By path: the first it called; [`PathId::NONE`] as long as there is none.
    first_child: Vec<PathId>,
    /// A power of two, at least twice the number of paths in it.
    slots: Vec<Slot>,
    n_slots_used: usize,
    /// With this many paths, no more are made for inlined functions.
    most: usize,
    n_cut: usize,
    repeats: Repeats,
}

#[derive(Clone, Copy)]
struct Slot {
    parent: PathId,
    function: FunctionId,
    flags: u8,
    /// [`PathId::NONE`] where the slot is free.
    path: PathId,
}

impl Interner {
    fn with_capacity(n_paths: usize) -> Self {
        let mut tree = PathTree::default();
        tree.parent.reserve(n_paths);
        tree.function.reserve(n_paths);
        tree.flags.reserve(n_paths);
        Self {
            tree,
            first_child: Vec::with_capacity(n_paths),
            slots: vec![Slot::FREE; 64],
            n_slots_used: 0,
            most: usize::MAX,
            n_cut: 0,
            repeats: Repeats::Kept,
        }
    }

    #[inline]
    fn path(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        let Some(caller) = parent.some() else {
            return self.other_path(parent, function, flags);
        };
        match self.first_child[caller.index()].some() {
            None => {
                let path = self.push(parent, function, flags);
                self.first_child[caller.index()] = path;
                path
            }
            Some(first)
                if self.tree.function[first.index()] == function
                    && self.tree.flags[first.index()] == flags =>
            {
                first
            }
            Some(_) => self.other_path(parent, function, flags),
        }
    }

    /// A root, or a path that is not the first its caller calls.
    fn other_path(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        let path = PathId::from_index(self.tree.parent.len());
        let wanted = Slot { parent, function, flags, path };
        let slot = self.slot(wanted);
        if let Some(path) = self.slots[slot].path.some() {
            return path;
        }
        self.slots[slot] = wanted;
        self.n_slots_used += 1;
        self.push(parent, function, flags);
        if self.n_slots_used * 2 > self.slots.len() {
            self.grow();
        }
        path
    }

    fn push(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        let path = PathId::from_index(self.tree.parent.len());
        self.tree.parent.push(parent);
        self.tree.function.push(function);
        self.tree.flags.push(flags);
        self.first_child.push(PathId::NONE);
        path
    }

    /// Where a path is, or the free slot where it goes.
    #[inline]
    fn slot(&self, wanted: Slot) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = wanted.hash() & mask;
        loop {
            let slot = self.slots[at];
            if slot.path == PathId::NONE || slot.is_same_path(wanted) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let n_slots = self.slots.len() * 2;
        let slots = std::mem::replace(&mut self.slots, vec![Slot::FREE; n_slots]);
        for slot in slots.into_iter().filter(|slot| slot.path != PathId::NONE) {
            let at = self.slot(slot);
            self.slots[at] = slot;
        }
    }

    /// The path of the innermost function at a frame.
    #[inline]
    fn path_at(&mut self, parent: PathId, frame: FrameId, symbols: &Symbols) -> PathId {
        let mut path = parent;
        let mut flags = 0;
        let lines = symbols.lines(frame);
        let mut n_shown = 0;
        for line in lines.iter().take(CallPaths::MAX_LINES) {
            if self.repeats == Repeats::Folded {
                path = self.folded_path(path, line.function);
                n_shown += 1;
                continue;
            }
            let may_add = flags != INLINED || self.tree.parent.len() < self.most;
            if !may_add && self.find(path, line.function, flags).is_none() {
                break;
            }
            path = self.path(path, line.function, flags);
            flags = INLINED;
            n_shown += 1;
        }
        self.n_cut += usize::from(n_shown < lines.len());
        path
    }

    /// The path of a function below a path that may end in it.
    fn folded_path(&mut self, parent: PathId, function: FunctionId) -> PathId {
        let is_repeat =
            parent.some().is_some_and(|parent| self.tree.function[parent.index()] == function);
        if is_repeat { parent } else { self.path(parent, function, 0) }
    }

    /// A path, if there is one.
    #[cold]
    fn find(&self, parent: PathId, function: FunctionId, flags: u8) -> Option<PathId> {
        let first = parent.some().and_then(|caller| self.first_child[caller.index()].some());
        let is_it = |path: &PathId| {
            self.tree.function[path.index()] == function && self.tree.flags[path.index()] == flags
        };
        first.filter(is_it).or_else(|| {
            let slot = self.slot(Slot { parent, function, flags, path: PathId::NONE });
            self.slots[slot].path.some()
        })
    }
}

impl Slot {
    const FREE: Self =
        Self { parent: PathId::NONE, function: FunctionId::NONE, flags: 0, path: PathId::NONE };

    #[inline]
    fn hash(self) -> usize {
        let mut hasher = FxHasher::default();
        hasher.write_u64(u64::from(self.parent.raw()) << 32 | u64::from(self.function.raw()));
        hasher.write_u8(self.flags);
        usize::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or_default()
    }

    #[inline]
    fn is_same_path(self, other: Self) -> bool {
        let key = |slot: Self| (slot.parent, slot.function, slot.flags);
        key(self) == key(other)
    }
}

fn stack_paths(profile: &Profile, paths: &mut Interner) -> Vec<PathId> {
    let (stacks, symbols) = (profile.stacks(), profile.symbols());
    let mut stack_path: Vec<PathId> = Vec::with_capacity(stacks.len());
    for stack in stacks.ids() {
        let parent = stacks.parent(stack).map_or(PathId::NONE, |caller| stack_path[caller.index()]);
        stack_path.push(paths.path_at(parent, stacks.frame(stack), symbols));
    }
    stack_path
}

fn sample_paths(profile: &Profile, stack_path: &[PathId], paths: &mut Interner) -> Vec<PathId> {
    let (samples, symbols) = (profile.samples(), profile.symbols());
    let mut latest = Latest::default();
    let mut path_of = |sample| {
        let (callers, leaf) = (samples.callers(sample), samples.leaf(sample));
        latest.path(callers, leaf, || {
            let parent = callers.map_or(PathId::NONE, |callers| stack_path[callers.index()]);
            paths.path_at(parent, leaf, symbols)
        })
    };
    (0..samples.len()).map(&mut path_of).collect()
}

fn slice_paths(profile: &Profile, paths: &mut Interner) -> Vec<PathId> {
    let (tracks, slices) = (profile.tracks(), profile.slices());
    let mut slice_path = vec![PathId::NONE; slices.len()];
    for track in tracks.ids().filter(|&track| tracks.row(track).thread.is_some()) {
        let mut above = 0..0;
        for lane in tracks.lanes(track) {
            let rows = slices.lane_slices(lane);
            if slices.lanes()[lane.index()].depth == 0 {
                above = 0..0;
            }
            for (slice, parent) in slices.with_parents(rows.clone(), above) {
                let parent = parent.map_or(PathId::NONE, |parent| slice_path[parent.index()]);
                slice_path[slice.index()] = paths.path(parent, slices.name(slice), 0);
            }
            above = rows;
        }
    }
    slice_path
}

/// The paths of the samples just seen: programs are mostly where they were a moment ago.
struct Latest {
    entries: Vec<(StackId, FrameId, PathId)>,
}

impl Latest {
    /// A power of two; 48 KiB in all, so that it stays in the nearest caches.
    const LEN: usize = 4096;

    #[inline]
    fn path(
        &mut self,
        callers: Option<StackId>,
        leaf: FrameId,
        make: impl FnOnce() -> PathId,
    ) -> PathId {
        let callers = callers.unwrap_or(StackId::NONE);
        let key = u64::from(callers.raw()) << 32 | u64::from(leaf.raw());
        // Fibonacci hashing: the upper bits of the product depend on all of the key.
        let slot = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - Self::LEN.ilog2());
        let entry = &mut self.entries[usize::try_from(slot).unwrap_or_default()];
        if (entry.0, entry.1) != (callers, leaf) {
            *entry = (callers, leaf, make());
        }
        entry.2
    }
}

impl Default for Latest {
    fn default() -> Self {
        // No sample has this leaf, so no entry is found before it is made.
        Self { entries: vec![(StackId::NONE, FrameId::NONE, PathId::NONE); Self::LEN] }
    }
}

#[cfg(test)]
mod tests;
