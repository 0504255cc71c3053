//! The paths of the slices of threads, below those of stacks that are the same.
//!
//! Slices are many and their paths few, so each is looked up.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::PathTree;
use crate::{FunctionId, PathId, Profile};

/// The path of each slice, [`PathId::NONE`] where it is not of a thread. Paths that are new are
/// behind all others in the tree.
pub(super) fn add_slices(profile: &Profile, tree: &mut PathTree) -> Vec<PathId> {
    let (tracks, slices) = (profile.tracks(), profile.slices());
    let mut slice_path = vec![PathId::NONE; slices.len()];
    if slices.is_empty() {
        return slice_path;
    }
    let mut paths = Interner::of(std::mem::take(tree));
    for track in tracks.ids().filter(|&track| tracks.row(track).thread.is_some()) {
        slices.for_each_parent(tracks.lanes(track), |slice, parent| {
            let parent = parent.map_or(PathId::NONE, |parent| slice_path[parent.index()]);
            slice_path[slice.index()] = paths.path(parent, slices.name(slice), 0);
        });
    }
    *tree = paths.tree;
    slice_path
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
    /// Goes on from the paths there are.
    fn of(tree: PathTree) -> Self {
        let n_paths = tree.len();
        let mut interner = Self {
            tree,
            first_child: vec![PathId::NONE; n_paths],
            slots: vec![Slot::FREE; 64],
            n_slots_used: 0,
        };
        for row in 0..n_paths {
            interner.enter(PathId::from_index(row));
        }
        interner
    }

    /// Lets a path of the tree be found.
    fn enter(&mut self, path: PathId) {
        let row = path.index();
        let (parent, function) = (self.tree.parent[row], self.tree.function[row]);
        if let Some(caller) = parent.some()
            && self.first_child[caller.index()] == PathId::NONE
        {
            self.first_child[caller.index()] = path;
            return;
        }
        let entered = Slot { parent, function, flags: self.tree.flags[row], path };
        let slot = self.slot(entered);
        self.fill(slot, entered);
    }

    fn fill(&mut self, slot: usize, with: Slot) {
        self.slots[slot] = with;
        self.n_slots_used += 1;
        if self.n_slots_used * 2 > self.slots.len() {
            self.grow();
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
        self.fill(slot, wanted);
        self.push(parent, function, flags)
    }

    fn push(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        self.first_child.push(PathId::NONE);
        self.tree.push(parent, function, flags)
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
