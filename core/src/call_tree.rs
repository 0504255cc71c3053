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
        let totals = weights.totals(paths);
        let size = subtree_sizes(paths, weights);
        let siblings = Siblings::new(paths, &totals, &size);
        let n = siblings.sorted.len();

        let mut tree = Self {
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
        };
        // What is left of the siblings at each level of the way down.
        let mut levels = vec![(NodeId::NONE, siblings.roots())];
        while let Some((parent, rest)) = levels.last_mut() {
            let Some(row) = rest.next() else {
                levels.pop();
                continue;
            };
            let path = siblings.sorted[row].2;
            let node = NodeId::from_index(tree.path.len());
            tree.path.push(path);
            tree.function.push(paths.function(path));
            tree.parent.push(*parent);
            tree.subtree_end.push(node.raw() + size[path.index()]);
            tree.self_.push(weights.self_of(path));
            tree.total.push(totals[path.index()]);
            tree.node_of_path[path.index()] = node;
            let depth = parent.some().map_or(0, |parent| tree.depth[parent.index()] + 1);
            tree.depth.push(depth);
            tree.max_depth = tree.max_depth.max(depth);
            if size[path.index()] > 1 {
                levels.push((node, siblings.children(path)));
            }
        }
        tree
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

/// Number of paths in the subtree of each path, itself included, in whose subtrees something
/// counts; 0 where nothing does.
fn subtree_sizes(paths: &CallPaths, weights: &PathWeights) -> Vec<u32> {
    let mut size = vec![0; paths.len()];
    // Callees come after their callers, so backward each size is complete when it is added.
    for path in paths.ids().rev() {
        let size_here =
            size[path.index()] + u32::from(weights.is_counted(path) || size[path.index()] > 0);
        size[path.index()] = size_here;
        if let Some(parent) = paths.parent(path) {
            size[parent.index()] += size_here;
        }
    }
    size
}

/// The paths in which something counts, children of one parent together and sorted.
struct Siblings {
    /// Magnitude of the total, rank of the name, path.
    sorted: Vec<(Reverse<u64>, u32, PathId)>,
    /// Where the children of each path end in `sorted`, by path; those of the first begin where
    /// the roots end.
    end: Vec<u32>,
    n_roots: usize,
}

impl Siblings {
    fn new(paths: &CallPaths, totals: &[i64], size: &[u32]) -> Self {
        // A counting sort by parent. `next` starts as the number of children, then is where the
        // next one goes, and at last where they end.
        let mut next = vec![0_u32; paths.len()];
        let kept = || paths.ids().filter(|path| size[path.index()] > 0);
        let mut n_roots = 0;
        for path in kept() {
            match paths.parent(path) {
                Some(parent) => next[parent.index()] += 1,
                None => n_roots += 1,
            }
        }
        let mut n = n_roots;
        for first in &mut next {
            n += std::mem::replace(first, n);
        }

        let mut sorted = vec![(Reverse(0), 0, PathId::NONE); n as usize];
        let mut next_root = 0;
        for path in kept() {
            let slot = match paths.parent(path) {
                Some(parent) => &mut next[parent.index()],
                None => &mut next_root,
            };
            let magnitude = totals[path.index()].unsigned_abs();
            let rank = paths.tree.name_rank[paths.function(path).index()];
            sorted[*slot as usize] = (Reverse(magnitude), rank, path);
            *slot += 1;
        }

        let mut siblings = Self { sorted, end: next, n_roots: n_roots as usize };
        siblings.sorted[..n_roots as usize].sort_unstable();
        let mut start = n_roots as usize;
        for &end in &siblings.end {
            siblings.sorted[start..end as usize].sort_unstable();
            start = end as usize;
        }
        siblings
    }

    fn roots(&self) -> Range<usize> {
        0..self.n_roots
    }

    fn children(&self, path: PathId) -> Range<usize> {
        let start = match path.index().checked_sub(1) {
            Some(before) => self.end[before] as usize,
            None => self.n_roots,
        };
        start..self.end[path.index()] as usize
    }
}

#[cfg(test)]
mod tests;
