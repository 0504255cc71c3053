//! The call tree: the call paths that count, in the order in which a tree is drawn.
//!
//! ```text
//! node   function   depth   subtree_end   self   total
//!  0     main        0       4             0      3
//!  1       parse     1       3             1      2
//!  2         eval    2       3             1      1
//!  3       read      1       4             1      1
//! ```
//!
//! Rows are in preorder: a node, then all it called, heaviest first. So a subtree is a range of
//! rows, "is `a` below `b`" is two comparisons, and a level of a flame graph is one pass over
//! the rows.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use crate::id::row_number;
use crate::paths::PathTree;
use crate::{CallPaths, FunctionId, NodeId, PathId, PathWeights, Profile};

/// The call paths that count, in preorder, with self and total.
///
/// # Invariants
///
/// * All columns have the same length.
/// * `n < subtree_end(n)`, and two subtrees are either disjoint or one is within the other.
/// * Siblings are in falling order of the magnitude of their totals; those with equal ones in
///   order of name.
/// * In the subtree of each node something counts, though it may add up to 0.
#[derive(Clone, Debug, Default)]
pub struct CallTree {
    paths: Arc<PathTree>,
    path: Vec<PathId>,
    function: Vec<FunctionId>,
    /// Number of callers; 0 for a root.
    depth: Vec<u32>,
    parent: Vec<NodeId>,
    /// The first node after this one that it did not call, directly or indirectly.
    subtree_end: Vec<u32>,
    self_: Vec<i64>,
    total: Vec<i64>,
    /// By path; [`NodeId::NONE`] for paths in which nothing counts.
    node_of_path: Vec<NodeId>,
    whole: i64,
    reference: u64,
    has_negative: bool,
    max_depth: u32,
}

impl CallTree {
    /// Builds the tree: linear in the number of paths, but for sorting siblings.
    pub fn new(profile: &Profile, paths: &CallPaths, weights: &PathWeights) -> Self {
        debug_assert_eq!(profile.samples().len(), paths.n_samples(), "paths of this profile");
        let below = Below::of_paths(paths, weights);
        let mut siblings = Siblings { paths, below: &below, waiting: Vec::new() };
        siblings.push(0..paths.len());
        let n = siblings.waiting.iter().map(|&(.., path)| below[path.0.index()].n_counted).sum();
        let mut tree = Self::with_capacity(n, paths, weights);
        // At each level of the way down: the caller, and how many siblings wait above it.
        let mut levels = vec![(NodeId::NONE, 0)];
        while let Some(&(parent, n_above)) = levels.last() {
            if siblings.waiting.len() == n_above {
                levels.pop();
                continue;
            }
            let Some((.., Reverse(path))) = siblings.waiting.pop() else { break };
            let Below { total, n_counted, n_paths } = below[path.index()];
            let node = NodeId::from_index(tree.path.len());
            tree.path.push(path);
            tree.function.push(paths.function(path));
            tree.parent.push(parent);
            tree.subtree_end.push(node.raw() + n_counted);
            tree.self_.push(weights.self_of(path));
            tree.total.push(total);
            tree.node_of_path[path.index()] = node;
            let depth = row_number(levels.len() - 1);
            tree.depth.push(depth);
            tree.max_depth = tree.max_depth.max(depth);
            if n_counted > 1 {
                levels.push((node, siblings.waiting.len()));
                siblings.push(path.index() + 1..path.index() + n_paths as usize);
            }
        }
        tree
    }

    fn with_capacity(n: u32, paths: &CallPaths, weights: &PathWeights) -> Self {
        let n = n as usize;
        Self {
            paths: Arc::clone(&paths.tree),
            path: Vec::with_capacity(n),
            function: Vec::with_capacity(n),
            depth: Vec::with_capacity(n),
            parent: Vec::with_capacity(n),
            subtree_end: Vec::with_capacity(n),
            self_: Vec::with_capacity(n),
            total: Vec::with_capacity(n),
            node_of_path: vec![NodeId::NONE; paths.len()],
            whole: weights.total(),
            reference: weights.reference(),
            has_negative: weights.has_negative(),
            max_depth: 0,
        }
    }

    /// The depth of each node, by node.
    pub fn depths(&self) -> &[u32] {
        &self.depth
    }

    /// The total of each node, by node.
    pub fn totals(&self) -> &[i64] {
        &self.total
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.path.len()
    }

    /// Whether there is no node at all, as when nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.path.is_empty()
    }

    /// All nodes, in preorder.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (0..self.len()).map(NodeId::from_index)
    }

    /// The function that runs in this node.
    #[inline]
    pub fn function(&self, node: NodeId) -> FunctionId {
        self.function[node.index()]
    }

    /// The call path of this node, by which views remember it.
    #[inline]
    pub fn path(&self, node: NodeId) -> PathId {
        self.path[node.index()]
    }

    /// The node of a call path; `None` when nothing counts there.
    pub fn node_of_path(&self, path: PathId) -> Option<NodeId> {
        self.node_of_path.get(path.index())?.some()
    }

    /// Whether the function is inlined into its caller.
    pub fn is_inlined(&self, node: NodeId) -> bool {
        self.paths.is_inlined(self.path(node))
    }

    /// Number of callers: 0 for a root.
    #[inline]
    pub fn depth(&self, node: NodeId) -> u32 {
        self.depth[node.index()]
    }

    /// The largest depth of any node; 0 when there is none.
    pub fn max_depth(&self) -> u32 {
        self.max_depth
    }

    /// The rows of a node and of all it called.
    #[inline]
    pub fn subtree(&self, node: NodeId) -> Range<usize> {
        node.index()..self.subtree_end[node.index()] as usize
    }

    /// The caller; `None` for a root.
    #[inline]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.parent[node.index()].some()
    }

    /// What a node called, heaviest first.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let subtree = self.subtree(node);
        self.siblings(subtree.start + 1..subtree.end)
    }

    /// The nodes without caller, heaviest first.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> {
        self.siblings(0..self.len())
    }

    /// Weight of what ends in this node.
    #[inline]
    pub fn self_of(&self, node: NodeId) -> i64 {
        self.self_[node.index()]
    }

    /// Weight of what ends in this node or in all it called.
    #[inline]
    pub fn total_of(&self, node: NodeId) -> i64 {
        self.total[node.index()]
    }

    /// Weight of the whole tree.
    pub fn total(&self) -> i64 {
        self.whole
    }

    /// What shares are of, see [`PathWeights::reference`].
    pub fn reference(&self) -> i64 {
        i64::try_from(self.reference).unwrap_or(i64::MAX)
    }

    /// Whether anything in the tree weighs less than nothing.
    pub fn has_negative(&self) -> bool {
        self.has_negative
    }

    /// The first row, and each that follows the subtree of the one before.
    fn siblings(&self, rows: Range<usize>) -> impl Iterator<Item = NodeId> {
        let Range { start, end } = rows;
        let node_at = move |row| (row < end).then(|| NodeId::from_index(row));
        std::iter::successors(node_at(start), move |&node| node_at(self.subtree(node).end))
    }
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

impl Below {
    /// By path. Callees come after their callers, so backward each is complete when it is added.
    fn of_paths(paths: &CallPaths, weights: &PathWeights) -> Vec<Self> {
        let leaf = |path| Self { total: weights.self_of(path), n_counted: 0, n_paths: 1 };
        let mut below: Vec<Self> = paths.ids().map(leaf).collect();
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
        below
    }
}

/// Siblings on the way down that are still to be visited, the next one last.
struct Siblings<'a> {
    paths: &'a CallPaths,
    below: &'a [Below],
    /// Magnitude of the total, rank of the name, path.
    waiting: Vec<(u64, Reverse<u32>, Reverse<PathId>)>,
}

impl Siblings<'_> {
    /// Adds those of some subtrees beside each other in which something counts, the heaviest last.
    fn push(&mut self, paths: Range<usize>) {
        let first = self.waiting.len();
        let mut row = paths.start;
        while row < paths.end {
            let below = self.below[row];
            if below.n_counted > 0 {
                let path = Reverse(PathId::from_index(row));
                self.waiting.push((below.total.unsigned_abs(), Reverse(0), path));
            }
            row += below.n_paths as usize;
        }
        let added = &mut self.waiting[first..];
        if added.len() > 1 {
            for (_, rank, path) in &mut *added {
                rank.0 = self.paths.tree.name_rank[self.paths.function(path.0).index()];
            }
            added.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests;
