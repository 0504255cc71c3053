//! A function between what called it and what it called, over all the places it was called from.
//!
//! ```text
//! samples             callers of eval     callees of eval     calls
//!   main main main      eval 3              eval 3              main → eval 2
//!   eval load eval        main 2              eval 1            load → eval 1
//!   eval eval read        load 1                copy 1          eval → eval 1
//!   copy                    main 1            read 1            eval → read 1
//!                                                               eval → copy 1
//! ```
//!
//! A stack has its callers and its callees at the outermost call of the function: so it counts
//! once in either tree, and both are as heavy as the function's total. A call of the function
//! from within itself is among the callees.

mod calls;
mod merge;

use crate::bits::Bits;
use crate::{CallTree, FlameLayout, FunctionId, NodeId};

pub use calls::Call;

/// What called a function and what it called.
#[derive(Debug, Default)]
pub struct Sandwich {
    /// Who called it: the function is the root, what called it directly is below.
    pub callers: MergedTree,
    /// What it called: the function is the root.
    pub callees: MergedTree,
    /// Each function that called it directly, heaviest first: with the weight of the stacks in
    /// which it did, each of them once.
    pub direct_callers: Vec<Call>,
    /// The same of each function that it called directly.
    pub direct_callees: Vec<Call>,
}

impl Sandwich {
    /// Finds the callers and callees of a function in what counts. Linear in the nodes of the
    /// tree, but for sorting siblings.
    pub fn new(tree: &CallTree, function: FunctionId) -> Self {
        let paths = tree.paths();
        let is_it =
            |&node: &NodeId| tree.function(node) == function && paths.is_outermost(tree.path(node));
        let outermost: Vec<(NodeId, i64)> =
            tree.ids().filter(is_it).map(|node| (node, tree.total_of(node))).collect();
        let ((callers, callees), (direct_callers, direct_callees)) = rayon::join(
            || {
                rayon::join(
                    || merge::callers(tree, outermost.clone()),
                    || merge::callees(tree, outermost.clone()),
                )
            },
            || calls::direct(tree, function),
        );
        Self { callers, callees, direct_callers, direct_callees }
    }
}

/// Call paths merged by their functions, in preorder, as boxes.
///
/// # Invariants
///
/// * All columns have the same length. There is one root, or no row at all.
/// * Siblings are in falling order of the magnitude of their totals; those with equal ones in
///   order of name.
#[derive(Debug, Default)]
pub struct MergedTree {
    function: Vec<FunctionId>,
    depth: Vec<u32>,
    /// The root is its own.
    parent: Vec<u32>,
    total: Vec<i64>,
    own: Vec<i64>,
    is_inlined: Bits,
    flame: FlameLayout,
    is_cut: bool,
}

impl MergedTree {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.function.len()
    }

    /// Whether the function is not in what counts.
    pub fn is_empty(&self) -> bool {
        self.function.is_empty()
    }

    /// The function of a row.
    #[inline]
    pub fn function(&self, row: usize) -> FunctionId {
        self.function[row]
    }

    /// How far a row is from the root.
    #[inline]
    pub fn depth(&self, row: usize) -> usize {
        self.depth[row] as usize
    }

    /// The row that a row is below; `None` for the root.
    pub fn parent(&self, row: usize) -> Option<usize> {
        (row > 0).then(|| self.parent[row] as usize)
    }

    /// The heaviest row below a row.
    pub fn first_child(&self, row: usize) -> Option<usize> {
        let is_below = self.depth.get(row + 1).is_some_and(|&depth| depth > self.depth[row]);
        is_below.then_some(row + 1)
    }

    /// What a row weighs with all that is below it.
    #[inline]
    pub fn total(&self, row: usize) -> i64 {
        self.total[row]
    }

    /// What of that is in no row below it: among callees the self weight, among callers what
    /// nothing called.
    pub fn own(&self, row: usize) -> i64 {
        self.own[row]
    }

    /// Whether every call that the row stands for is inlined: among callees into what is above
    /// it, among callers into its own caller.
    pub fn is_inlined(&self, row: usize) -> bool {
        self.is_inlined.contains(row)
    }

    /// The rows as boxes.
    pub fn flame(&self) -> &FlameLayout {
        &self.flame
    }

    /// Whether callers further away are left out: of deep recursion there can be more of them than
    /// a picture shows or memory holds.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The row and those above it, up to the root.
    pub fn walk_to_root(&self, row: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(row), |&row| self.parent(row))
    }
}

#[cfg(test)]
mod tests;
