//! The direct calls into a function and out of it.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use crate::{CallTree, FunctionId, NodeId};

/// A function that called another, or that was called by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The one at the other end.
    pub function: FunctionId,
    /// The weight of the stacks that have this call, each of them once.
    pub weight: i64,
}

/// What called a function directly, and what it called.
///
/// One walk over the tree: a call weighs what is below it, unless the same call is on the way to
/// it.
pub(super) fn direct(tree: &CallTree, function: FunctionId) -> (Vec<Call>, Vec<Call>) {
    let (mut callers, mut callees) = (Ends::default(), Ends::default());
    for node in tree.ids() {
        callers.leave(node);
        callees.leave(node);
        let Some(parent) = tree.parent(node) else { continue };
        let end = tree.subtree(node).end;
        if tree.function(node) == function {
            callers.enter(tree.function(parent), tree.total_of(node), end);
        }
        if tree.function(parent) == function {
            callees.enter(tree.function(node), tree.total_of(node), end);
        }
    }
    (callers.sorted(tree), callees.sorted(tree))
}

/// The functions at the other ends of calls.
#[derive(Default)]
struct Ends {
    /// By function: what it weighs, and how many of its calls the walk is inside of.
    of: FxHashMap<FunctionId, (i64, u32)>,
    /// The calls that the walk is inside of, each with the row behind the last below it.
    open: Vec<(usize, FunctionId)>,
}

impl Ends {
    fn leave(&mut self, node: NodeId) {
        while let Some((_, function)) = self.open.pop_if(|(end, _)| *end <= node.index()) {
            if let Some((_, n_open)) = self.of.get_mut(&function) {
                *n_open -= 1;
            }
        }
    }

    fn enter(&mut self, function: FunctionId, weight: i64, end: usize) {
        let (sum, n_open) = self.of.entry(function).or_default();
        if *n_open == 0 {
            *sum += weight;
        }
        *n_open += 1;
        self.open.push((end, function));
    }

    fn sorted(self, tree: &CallTree) -> Vec<Call> {
        let calls = self.of.into_iter();
        let mut calls: Vec<Call> =
            calls.map(|(function, (weight, _))| Call { function, weight }).collect();
        let rank = |call: &Call| tree.paths().name_rank[call.function.index()];
        calls.sort_unstable_by_key(|call| (Reverse(call.weight.unsigned_abs()), rank(call)));
        calls
    }
}
