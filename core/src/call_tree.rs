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

mod rows;

use std::ops::Range;
use std::sync::Arc;

use crate::paths::PathTree;
use crate::{CallPaths, FunctionId, NodeId, PathId, PathWeights, Profile};
use rows::{Rows, Subtrees};

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

/// Fewer nodes are not worth a task of their own.
const WORTH_A_TASK: usize = 1 << 14;

impl CallTree {
    /// Builds the tree: linear in the number of paths, but for sorting siblings; parts of it at
    /// the same time.
    pub fn new(profile: &Profile, paths: &CallPaths, weights: &PathWeights) -> Self {
        debug_assert_eq!(profile.samples().len(), paths.n_samples(), "paths of this profile");
        Self::in_tasks(paths, weights, |n_nodes| WORTH_A_TASK.max(n_nodes / 16))
    }

    /// Builds it in tasks that write no more than so many of its nodes.
    fn in_tasks(paths: &CallPaths, weights: &PathWeights, most: fn(usize) -> usize) -> Self {
        let subtrees = Subtrees::new(paths, weights);
        let roots = subtrees.roots();
        let mut tree = Self::with_rows(subtrees.n_rows(&roots), paths, weights);
        let rows = Rows {
            first: NodeId::from_index(0),
            path: &mut tree.path,
            function: &mut tree.function,
            depth: &mut tree.depth,
            parent: &mut tree.parent,
            subtree_end: &mut tree.subtree_end,
            self_: &mut tree.self_,
            total: &mut tree.total,
        };
        let most = most(rows.path.len());
        subtrees.write(rows, roots, most);
        for (node, path) in tree.path.iter().enumerate() {
            tree.node_of_path[path.index()] = NodeId::from_index(node);
        }
        tree.max_depth = tree.depth.iter().copied().max().unwrap_or_default();
        tree
    }

    /// A tree of which the rows are still to be written.
    fn with_rows(n: usize, paths: &CallPaths, weights: &PathWeights) -> Self {
        Self {
            paths: Arc::clone(&paths.tree),
            path: vec![PathId::NONE; n],
            function: vec![FunctionId::NONE; n],
            depth: vec![0; n],
            parent: vec![NodeId::NONE; n],
            subtree_end: vec![0; n],
            self_: vec![0; n],
            total: vec![0; n],
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

    /// The call paths of the nodes.
    pub(crate) fn paths(&self) -> &PathTree {
        &self.paths
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

#[cfg(test)]
mod tests;
