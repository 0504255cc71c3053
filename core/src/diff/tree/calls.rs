//! What called a function directly on both sides, and what it called.
//!
//! As in a [`Sandwich`](crate::Sandwich), a call weighs what is below it, unless the same call is
//! on the way to it: recursion counts once.

use rustc_hash::FxHashMap;

use super::PairTree;
use crate::{PairId, PairNodeId};

/// A function that called another, or that was called by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairCall {
    /// The one at the other end.
    pub function: PairId,
    /// What the stacks that have this call weigh on both sides, each of them once.
    pub weights: [i64; 2],
}

/// The direct calls of a function, those that changed most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairCalls {
    /// What called it.
    pub callers: Vec<PairCall>,
    /// What it called.
    pub callees: Vec<PairCall>,
}

impl PairCalls {
    /// Finds the calls of a function: linear in the nodes of the tree.
    pub fn new(tree: &PairTree, function: PairId) -> Self {
        let (mut callers, mut callees) = (Ends::default(), Ends::default());
        for node in tree.ids() {
            callers.leave(node);
            callees.leave(node);
            let Some(parent) = tree.parent(node) else { continue };
            let (caller, callee) = (tree.function(parent), tree.function(node));
            if callee == function {
                callers.enter(caller, tree, node);
            }
            if caller == function {
                callees.enter(callee, tree, node);
            }
        }
        Self { callers: callers.sorted(), callees: callees.sorted() }
    }
}

/// The functions at the other ends of calls.
#[derive(Default)]
struct Ends {
    /// By function: what it weighs, and how many of its calls the walk is inside of.
    of: FxHashMap<PairId, ([i64; 2], u32)>,
    /// The calls that the walk is inside of, each with the row behind the last below it.
    open: Vec<(usize, PairId)>,
}

impl Ends {
    fn leave(&mut self, node: PairNodeId) {
        while let Some((_, function)) = self.open.pop_if(|(end, _)| *end <= node.index()) {
            if let Some((_, n_open)) = self.of.get_mut(&function) {
                *n_open -= 1;
            }
        }
    }

    fn enter(&mut self, function: PairId, tree: &PairTree, node: PairNodeId) {
        let (sums, n_open) = self.of.entry(function).or_default();
        if *n_open == 0 {
            for (sum, weight) in sums.iter_mut().zip(tree.total_of(node)) {
                *sum += weight;
            }
        }
        *n_open += 1;
        self.open.push((tree.subtree(node).end, function));
    }

    fn sorted(self) -> Vec<PairCall> {
        let calls = self.of.into_iter();
        let mut calls: Vec<PairCall> =
            calls.map(|(function, (weights, _))| PairCall { function, weights }).collect();
        let change = |it: &PairCall| it.weights[1].saturating_sub(it.weights[0]).unsigned_abs();
        calls.sort_unstable_by_key(|it| (std::cmp::Reverse(change(it)), it.function));
        calls
    }
}
