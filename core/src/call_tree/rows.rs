//! The rows of a call tree, written in parts at the same time.
//!
//! How many rows each subtree has is known before any is written. So siblings are dealt out: each
//! part has rows of its own, side by side, that nobody else writes.

use std::cmp::Reverse;
use std::ops::Range;

use rayon::Scope;

use crate::{CallPaths, FunctionId, NodeId, PathId, PathWeights};

/// Rows of the columns of a [`CallTree`](crate::CallTree).
pub(super) struct Rows<'a> {
    /// The node of the first of them.
    pub(super) first: NodeId,
    pub(super) path: &'a mut [PathId],
    pub(super) function: &'a mut [FunctionId],
    pub(super) depth: &'a mut [u32],
    pub(super) parent: &'a mut [NodeId],
    pub(super) subtree_end: &'a mut [u32],
    pub(super) self_: &'a mut [i64],
    pub(super) total: &'a mut [i64],
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.path.len()
    }

    /// The node of a row, counted from the first.
    fn node(&self, row: usize) -> NodeId {
        NodeId::from_index(self.first.index() + row)
    }

    fn split_at(self, row: usize) -> (Self, Self) {
        let second = self.node(row);
        let (path, path_2) = self.path.split_at_mut(row);
        let (function, function_2) = self.function.split_at_mut(row);
        let (depth, depth_2) = self.depth.split_at_mut(row);
        let (parent, parent_2) = self.parent.split_at_mut(row);
        let (subtree_end, subtree_end_2) = self.subtree_end.split_at_mut(row);
        let (self_, self_2) = self.self_.split_at_mut(row);
        let (total, total_2) = self.total.split_at_mut(row);
        let first = self.first;
        (
            Rows { first, path, function, depth, parent, subtree_end, self_, total },
            Rows {
                first: second,
                path: path_2,
                function: function_2,
                depth: depth_2,
                parent: parent_2,
                subtree_end: subtree_end_2,
                self_: self_2,
                total: total_2,
            },
        )
    }
}

/// The paths of a tree with what is below each.
pub(super) struct Subtrees<'a> {
    paths: &'a CallPaths,
    weights: &'a PathWeights,
    /// By path.
    below: Vec<Below>,
}

/// The subtree of a path, itself included.
#[derive(Clone, Copy)]
struct Below {
    /// What it weighs.
    total: i64,
    /// Its paths in whose own subtrees something counts; 0 where nothing does.
    n_counted: u32,
    n_paths: u32,
}

/// Magnitude of the total, rank of the name, path: siblings are in falling order of them, and
/// stand on a stack with the first on top.
type Sibling = (u64, Reverse<u32>, Reverse<PathId>);

/// What calls some siblings.
#[derive(Clone, Copy)]
struct Caller {
    node: NodeId,
    /// The depth of what it calls.
    depth: u32,
}

impl<'a> Subtrees<'a> {
    /// Adds up each subtree: one pass over the paths.
    pub(super) fn new(paths: &'a CallPaths, weights: &'a PathWeights) -> Self {
        let leaf = |path| Below { total: weights.self_of(path), n_counted: 0, n_paths: 1 };
        let mut below: Vec<Below> = paths.ids().map(leaf).collect();
        // Callees come after their callers, so backward each is complete when it is added.
        for path in paths.ids().rev() {
            let here = &mut below[path.index()];
            here.n_counted += u32::from(here.n_counted > 0 || weights.is_counted(path));
            let here = *here;
            if let Some(parent) = paths.parent(path) {
                let caller = &mut below[parent.index()];
                caller.total += here.total;
                caller.n_counted += here.n_counted;
                caller.n_paths += here.n_paths;
            }
        }
        Self { paths, weights, below }
    }

    /// The siblings without a caller.
    pub(super) fn roots(&self) -> Vec<Sibling> {
        let mut roots = Vec::new();
        self.push(0..self.below.len(), &mut roots);
        roots
    }

    /// How many rows siblings have with all that is below them.
    pub(super) fn n_rows(&self, siblings: &[Sibling]) -> usize {
        siblings.iter().map(|&(.., path)| self.below[path.0.index()].n_counted as usize).sum()
    }

    /// Writes the rows of the roots, which are all rows, in tasks of no more than `most`.
    pub(super) fn write(&self, rows: Rows<'_>, roots: Vec<Sibling>, most: usize) {
        let caller = Caller { node: NodeId::NONE, depth: 0 };
        if rows.len() <= most {
            self.write_alone(rows, roots, caller);
        } else {
            rayon::scope(|scope| self.deal_out(scope, most, rows, roots, caller));
        }
    }

    /// Writes the rows of siblings, the heavier half and the lighter half in tasks of their own
    /// as long as there are more than `most`; then those below the one in the middle.
    fn deal_out<'s>(
        &'s self,
        scope: &Scope<'s>,
        most: usize,
        mut rows: Rows<'s>,
        mut siblings: Vec<Sibling>,
        mut caller: Caller,
    ) {
        while rows.len() > most {
            let mut n_before = 0;
            let is_before = |&sibling: &&Sibling| {
                let n_rows = self.n_rows(&[*sibling]);
                let is_before = n_before + n_rows <= rows.len() / 2;
                n_before += if is_before { n_rows } else { 0 };
                is_before
            };
            let n_heavier = siblings.iter().rev().take_while(is_before).count();
            let heavier = siblings.split_off(siblings.len() - n_heavier);
            let Some(middle) = siblings.pop() else { break };
            let (before, rest) = rows.split_at(n_before);
            let (middle_rows, after) = rest.split_at(self.n_rows(&[middle]));
            for (rows, siblings) in [(before, heavier), (after, siblings)] {
                if rows.len() > most {
                    scope.spawn(move |scope| self.deal_out(scope, most, rows, siblings, caller));
                } else {
                    self.write_alone(rows, siblings, caller);
                }
            }
            let (mut first, below) = middle_rows.split_at(1);
            let path = middle.2.0;
            self.write_row(&mut first, 0, path, caller);
            caller = Caller { node: first.first, depth: caller.depth + 1 };
            siblings = Vec::new();
            self.push(self.callees(path), &mut siblings);
            rows = below;
        }
        self.write_alone(rows, siblings, caller);
    }

    /// Writes the rows of siblings and of all that is below them.
    fn write_alone(&self, mut rows: Rows<'_>, mut waiting: Vec<Sibling>, caller: Caller) {
        // At each level of the way down: the caller, and how many siblings wait above it.
        let mut levels = vec![(caller, 0)];
        let mut only = None;
        let mut row = 0;
        while let Some(&(caller, n_above)) = levels.last() {
            let path = match only.take() {
                Some(path) => path,
                None if waiting.len() == n_above => {
                    levels.pop();
                    continue;
                }
                None => match waiting.pop() {
                    Some((.., Reverse(path))) => path,
                    None => break,
                },
            };
            self.write_row(&mut rows, row, path, caller);
            let caller = Caller { node: rows.node(row), depth: caller.depth + 1 };
            row += 1;
            if self.below[path.index()].n_counted > 1 {
                levels.push((caller, waiting.len()));
                let callees = self.callees(path);
                // Most paths call one other: it need not wait for any.
                if self.below[callees.start].n_paths as usize == callees.len() {
                    only = Some(PathId::from_index(callees.start));
                } else {
                    self.push(callees, &mut waiting);
                }
            }
        }
    }

    #[inline]
    fn write_row(&self, rows: &mut Rows<'_>, row: usize, path: PathId, caller: Caller) {
        let Below { total, n_counted, .. } = self.below[path.index()];
        rows.path[row] = path;
        rows.function[row] = self.paths.function(path);
        rows.depth[row] = caller.depth;
        rows.parent[row] = caller.node;
        rows.subtree_end[row] = rows.node(row).raw() + n_counted;
        rows.self_[row] = self.weights.self_of(path);
        rows.total[row] = total;
    }

    /// The paths below a path.
    fn callees(&self, path: PathId) -> Range<usize> {
        path.index() + 1..path.index() + self.below[path.index()].n_paths as usize
    }

    /// Adds those of some subtrees beside each other in which something counts.
    fn push(&self, paths: Range<usize>, waiting: &mut Vec<Sibling>) {
        let first = waiting.len();
        let mut row = paths.start;
        while row < paths.end {
            let below = self.below[row];
            if below.n_counted > 0 {
                let path = Reverse(PathId::from_index(row));
                waiting.push((below.total.unsigned_abs(), Reverse(0), path));
            }
            row += below.n_paths as usize;
        }
        let added = &mut waiting[first..];
        if added.len() > 1 {
            for (_, rank, path) in &mut *added {
                rank.0 = self.paths.tree.name_rank[self.paths.function(path.0).index()];
            }
            added.sort_unstable();
        }
    }
}
