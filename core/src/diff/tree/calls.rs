//! What called a function directly on both sides, and what it called.
//!
//! As in a [`Sandwich`](crate::Sandwich), a call weighs what is below it, unless the same call is
//! on the way to it: recursion counts once.

use rustc_hash::FxHashMap;

use super::PairTree;
use crate::diff::adjust::adjusted;
use crate::diff::noise::Events;
use crate::diff::{Basis, Change};
use crate::{PairId, PairNodeId};

/// A function that called another, or that was called by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairCall {
    /// The one at the other end.
    pub function: PairId,
    /// What the stacks that have this call weigh on both sides, each of them once, and how likely
    /// chance alone changes it as much, for who looks at all callers or all callees.
    pub change: Change,
}

/// The direct calls of a function, those that changed most first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairCalls {
    /// What called it.
    pub callers: Vec<PairCall>,
    /// What it called.
    pub callees: Vec<PairCall>,
}

impl PairCalls {
    /// Finds the calls of a function: linear in the nodes of the tree.
    pub fn new(tree: &PairTree, function: PairId, basis: &Basis) -> Self {
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
        Self { callers: callers.calls(tree, basis), callees: callees.calls(tree, basis) }
    }
}

/// The functions at the other ends of calls.
#[derive(Default)]
struct Ends {
    of: FxHashMap<PairId, End>,
    /// The calls that the walk is inside of, each with the row behind the last below it.
    open: Vec<(usize, PairId)>,
}

/// What the calls of one function weigh.
#[derive(Default)]
struct End {
    weights: [i64; 2],
    events: [Events; 2],
    /// How many of the calls the walk is inside of.
    n_open: u32,
}

impl Ends {
    fn leave(&mut self, node: PairNodeId) {
        while let Some((_, function)) = self.open.pop_if(|(end, _)| *end <= node.index()) {
            if let Some(end) = self.of.get_mut(&function) {
                end.n_open -= 1;
            }
        }
    }

    fn enter(&mut self, function: PairId, tree: &PairTree, node: PairNodeId) {
        let end = self.of.entry(function).or_default();
        if end.n_open == 0 {
            let (weights, events) = (tree.total_of(node), tree.events_of(node));
            for side in [0, 1] {
                end.weights[side] += weights[side];
                end.events[side] += events[side].unwrap_or_default();
            }
        }
        end.n_open += 1;
        self.open.push((tree.subtree(node).end, function));
    }

    fn calls(self, tree: &PairTree, basis: &Basis) -> Vec<PairCall> {
        let mut ends: Vec<(PairId, End)> = self.of.into_iter().collect();
        ends.sort_unstable_by_key(|(function, _)| *function);
        let change = |(_, end): &(PairId, End)| {
            let events = end.events.map(|events| tree.has_events.then_some(events));
            Change::of_one(end.weights, events, basis.exposure)
        };
        let changes = adjusted(ends.iter().map(change));
        let calls = ends.iter().zip(changes);
        let mut calls: Vec<PairCall> =
            calls.map(|(&(function, _), change)| PairCall { function, change }).collect();
        let size = |call: &PairCall| call.change.delta_value().abs();
        calls.sort_by(|a, b| size(b).total_cmp(&size(a)));
        calls
    }
}
