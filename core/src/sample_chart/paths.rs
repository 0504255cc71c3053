//! The call paths of one thread.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::PathId;

/// The paths that the samples of a thread have, as a tree in preorder. Row 0 is the empty path,
/// of depth 0; the path of a root function has depth 1.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    path: Vec<PathId>,
    parent: Vec<u32>,
    depth: Vec<u32>,
}

impl Paths {
    /// Numbers the paths, and gives the number of each one handed in.
    pub(super) fn new(
        leaves: impl ExactSizeIterator<Item = PathId>,
        parent_of: impl Fn(PathId) -> Option<PathId>,
    ) -> (Self, Vec<u32>) {
        let mut found = Self { path: vec![PathId::NONE], parent: vec![0], depth: vec![0] };
        let mut number: FxHashMap<PathId, u32> = FxHashMap::default();
        number.insert(PathId::NONE, 0);
        let mut unknown = Vec::new();
        let mut numbers: Vec<u32> = Vec::with_capacity(leaves.len());
        let mut last = (PathId::NONE, 0);
        for leaf in leaves {
            // Consecutive samples are often the same.
            if leaf != last.0 {
                last = (leaf, found.number_of(leaf, &mut number, &mut unknown, &parent_of));
            }
            numbers.push(last.1);
        }
        let place = found.sort();
        for number in &mut numbers {
            *number = place[*number as usize];
        }
        (found, numbers)
    }

    /// The number of a path in order of first sight, so that parents come before children.
    fn number_of(
        &mut self,
        leaf: PathId,
        number: &mut FxHashMap<PathId, u32>,
        unknown: &mut Vec<PathId>,
        parent_of: impl Fn(PathId) -> Option<PathId>,
    ) -> u32 {
        let mut path = Some(leaf);
        let mut known = 0;
        while let Some(at) = path {
            if let Some(&found) = number.get(&at) {
                known = found;
                break;
            }
            unknown.push(at);
            path = parent_of(at);
        }
        for path in unknown.drain(..).rev() {
            self.path.push(path);
            self.parent.push(known);
            self.depth.push(self.depth[known as usize] + 1);
            known = u32::try_from(self.path.len() - 1).unwrap_or(u32::MAX);
            number.insert(path, known);
        }
        known
    }

    /// Brings the rows into preorder. Returns where each has gone.
    fn sort(&mut self) -> Vec<u32> {
        let n = self.path.len();
        let mut size = vec![1_u32; n];
        for row in (1..n).rev() {
            size[self.parent[row] as usize] += size[row];
        }
        let mut place = vec![0_u32; n];
        // By row: where its next child goes.
        let mut next = vec![1_u32; n];
        for row in 1..n {
            let parent = self.parent[row] as usize;
            place[row] = next[parent];
            next[parent] += size[row];
            next[row] = place[row] + 1;
        }
        let mut sorted = self.clone();
        for (row, &place_of_row) in place.iter().enumerate() {
            let to = place_of_row as usize;
            sorted.path[to] = self.path[row];
            sorted.depth[to] = self.depth[row];
            sorted.parent[to] = place[self.parent[row] as usize];
        }
        *self = sorted;
        place
    }

    pub(super) fn max_depth(&self) -> u32 {
        self.depth.iter().copied().max().unwrap_or(0)
    }

    pub(super) fn path(&self, row: u32) -> PathId {
        self.path[row as usize]
    }

    pub(super) fn parent(&self, row: u32) -> u32 {
        self.parent[row as usize]
    }

    pub(super) fn depth(&self, row: u32) -> u32 {
        self.depth[row as usize]
    }

    /// The deepest path that is a part of both. In preorder, of two different rows the later
    /// one is not a part of the earlier.
    pub(super) fn common(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            if a > b {
                a = self.parent(a);
            } else {
                b = self.parent(b);
            }
        }
        a
    }

    /// The rows of a path and all that go on from it; none if no sample went through it.
    pub(super) fn subtree(&self, path: PathId) -> Range<u32> {
        let Some(row) = self.path.iter().position(|&other| other == path) else { return 0..0 };
        let deeper = self.depth[row + 1..].iter().take_while(|&&depth| depth > self.depth[row]);
        let end = row + 1 + deeper.count();
        u32::try_from(row).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.path.len() * 12
    }
}
