//! Two call trees as one: every call path of either recording, with what it weighs in both.
//!
//! ```text
//! A  main 10          B  main 12            function   A    B
//!      parse 6             parse 9          main       10   12
//!        eval 6              fold 9           parse     6    9
//!      read  4             read  3              fold    –    9     new
//!                                               eval    6    –     gone
//!                                             read      4    3
//! ```
//!
//! Paths are aligned from the roots on: what one function calls on both sides is one node where
//! it is one function. Whether a call is inlined makes no difference, and neither do functions of
//! one name that a file tells apart by line.

mod calls;
mod events;
mod merge;

use std::ops::Range;

use super::adjust::adjusted;
use super::noise::Events;
use super::{Basis, Change, PairedFunctions, PairedMeasure};
use crate::{CallTree, PairId, PairNodeId};

pub use calls::{PairCall, PairCalls};
pub use events::PathEvents;

use merge::merge;

/// One of the two trees.
#[derive(Clone, Copy, Debug)]
pub struct TreeSide<'a> {
    /// What counts of the recording, in the measure that is compared.
    pub tree: &'a CallTree,
    /// How many events that is; `None` where the recording does not tell.
    pub events: Option<&'a PathEvents>,
}

/// Whether a function is looked at alone or with all it calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    /// Without what it called.
    #[default]
    Own,
    /// With everything it called.
    Total,
}

/// The call paths of two recordings in preorder, with self and total on both sides.
///
/// # Invariants
///
/// * All columns have the same length; siblings have different functions.
/// * The self weights of a side add up to what its tree weighs, in the unit of the pair.
/// * Siblings are in falling order of their shares of both recordings together.
#[derive(Clone, Debug, Default)]
pub struct PairTree {
    function: Vec<PairId>,
    depth: Vec<u32>,
    parent: Vec<PairNodeId>,
    subtree_end: Vec<u32>,
    self_: [Vec<i64>; 2],
    total: [Vec<i64>; 2],
    /// By side, by node: how many events its total is of, and their variance. Empty where one of
    /// the recordings does not tell.
    events: [Vec<[f32; 2]>; 2],
    has_events: bool,
    whole: [i64; 2],
    /// By function.
    sums: Vec<Sums>,
}

/// What a function weighs on both sides.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// [`By::Own`], then [`By::Total`]; by side.
    weights: [[i64; 2]; 2],
    events: [[Events; 2]; 2],
    /// It is in a stack of anything that counts.
    occurs: bool,
}

impl PairTree {
    /// Aligns two trees: linear in the nodes of both, but for sorting siblings.
    pub fn new(
        functions: &PairedFunctions,
        sides: [TreeSide<'_>; 2],
        measure: &PairedMeasure,
    ) -> Self {
        let mut tree = merge(functions, sides, measure);
        tree.subtree_end = subtree_ends(&tree.depth);
        tree.add_up_events();
        tree.add_up_functions();
        tree
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.function.len()
    }

    /// Whether nothing counts on either side.
    pub fn is_empty(&self) -> bool {
        self.function.is_empty()
    }

    /// All nodes, in preorder.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = PairNodeId> + ExactSizeIterator + use<> {
        (0..self.len()).map(PairNodeId::from_index)
    }

    /// The function that runs in a node.
    #[inline]
    pub fn function(&self, node: PairNodeId) -> PairId {
        self.function[node.index()]
    }

    /// Number of callers: 0 for a root.
    #[inline]
    pub fn depth(&self, node: PairNodeId) -> u32 {
        self.depth[node.index()]
    }

    /// The depth of each node, by node.
    pub fn depths(&self) -> &[u32] {
        &self.depth
    }

    /// The caller; `None` for a root.
    #[inline]
    pub fn parent(&self, node: PairNodeId) -> Option<PairNodeId> {
        self.parent[node.index()].some()
    }

    /// The rows of a node and of all it called.
    #[inline]
    pub fn subtree(&self, node: PairNodeId) -> Range<usize> {
        node.index()..self.subtree_end[node.index()] as usize
    }

    /// What a node called.
    pub fn children(&self, node: PairNodeId) -> impl Iterator<Item = PairNodeId> {
        let subtree = self.subtree(node);
        self.siblings(subtree.start + 1..subtree.end)
    }

    /// The nodes without caller.
    pub fn roots(&self) -> impl Iterator<Item = PairNodeId> {
        self.siblings(0..self.len())
    }

    fn siblings(&self, rows: Range<usize>) -> impl Iterator<Item = PairNodeId> {
        let Range { start, end } = rows;
        let node_at = move |row| (row < end).then(|| PairNodeId::from_index(row));
        std::iter::successors(node_at(start), move |&node| node_at(self.subtree(node).end))
    }

    /// Weight of what ends in a node, on both sides.
    #[inline]
    pub fn self_of(&self, node: PairNodeId) -> [i64; 2] {
        [0, 1].map(|side| self.self_[side][node.index()])
    }

    /// Weight of what ends in a node or in all it called, on both sides.
    #[inline]
    pub fn total_of(&self, node: PairNodeId) -> [i64; 2] {
        [0, 1].map(|side| self.total[side][node.index()])
    }

    /// The total of each node on one side, by node.
    pub fn totals(&self, side: usize) -> &[i64] {
        &self.total[side]
    }

    /// What each side weighs as a whole.
    pub fn whole(&self) -> [i64; 2] {
        self.whole
    }

    /// The total of a node as [`Basis`] has it, and how likely chance alone changes it as much:
    /// for who looks at this node alone, whatever the others do.
    pub fn change_of(&self, node: PairNodeId, basis: &Basis) -> Change {
        let events = self.events_of(node);
        let (change, _) = Change::of_one(self.total_of(node), events, basis.exposure);
        Change { adjusted: change.p_value, ..change }
    }

    /// How many events the total of a node is of on both sides, where that is known.
    fn events_of(&self, node: PairNodeId) -> [Option<Events>; 2] {
        [0, 1].map(|side| {
            let [n, variance] = *self.events[side].get(node.index())?;
            Some(Events { n: f64::from(n), variance: f64::from(variance) })
        })
    }

    /// By function: what it weighs over all its callers, [`By::Own`] and [`By::Total`], with how
    /// likely chance alone changes it as much, for who looks at all functions.
    pub fn changes(&self, basis: &Basis) -> Vec<[Change; 2]> {
        let of = |by: By| {
            let change = |sums: &Sums| {
                let events =
                    sums.events[by as usize].map(|events| self.has_events.then_some(events));
                Change::of_one(sums.weights[by as usize], events, basis.exposure)
            };
            adjusted(self.sums.iter().map(change))
        };
        let (own, total) = rayon::join(|| of(By::Own), || of(By::Total));
        own.into_iter().zip(total).map(<[Change; 2]>::from).collect()
    }

    /// What both sides weigh as a whole.
    pub fn change_of_whole(&self, basis: &Basis) -> Change {
        Change::of_one(self.whole, [None; 2], basis.exposure).0
    }

    /// What a function weighs over all its callers, on both sides.
    pub fn weights_of(&self, pair: PairId, by: By) -> [i64; 2] {
        self.sums[pair.index()].weights[by as usize]
    }

    /// The functions in the stacks of what counts on either side.
    pub fn functions(&self) -> impl Iterator<Item = PairId> {
        let rows = self.sums.iter().enumerate();
        rows.filter(|(_, sums)| sums.occurs).map(|(row, _)| PairId::from_index(row))
    }

    /// Adds up what each function weighs: recursion counts once, as in each recording alone.
    fn add_up_functions(&mut self) {
        let mut n_on_path = vec![0_u32; self.sums.len()];
        let mut callers: Vec<PairId> = Vec::new();
        for (node, (&pair, &depth)) in self.function.iter().zip(&self.depth).enumerate() {
            while callers.len() > depth as usize {
                if let Some(left) = callers.pop() {
                    n_on_path[left.index()] -= 1;
                }
            }
            callers.push(pair);
            let sum = &mut self.sums[pair.index()];
            let n_here = &mut n_on_path[pair.index()];
            *n_here += 1;
            let is_outermost = *n_here == 1;
            sum.occurs = true;
            for side in [0, 1] {
                sum.weights[By::Own as usize][side] += self.self_[side][node];
                if !is_outermost {
                    continue;
                }
                sum.weights[By::Total as usize][side] += self.total[side][node];
                if let Some(&[n, variance]) = self.events[side].get(node) {
                    let events = Events { n: f64::from(n), variance: f64::from(variance) };
                    sum.events[By::Total as usize][side] += events;
                }
            }
        }
    }

    /// Makes totals of the events of the nodes alone.
    fn add_up_events(&mut self) {
        for events in &mut self.events {
            for node in (0..events.len()).rev() {
                if let Some(parent) = self.parent[node].some() {
                    let [n, variance] = events[node];
                    let of_parent = &mut events[parent.index()];
                    of_parent[0] += n;
                    of_parent[1] += variance;
                }
            }
        }
    }
}

/// By node of a preorder: the first after it that is not below it. Each is looked at once more,
/// by its caller.
fn subtree_ends(depth: &[u32]) -> Vec<u32> {
    let mut ends = vec![0_u32; depth.len()];
    for node in (0..depth.len()).rev() {
        let mut end = node + 1;
        while depth.get(end).is_some_and(|&below| below > depth[node]) {
            end = ends[end] as usize;
        }
        ends[node] = crate::id::row_number(end);
    }
    ends
}

impl<'a> TreeSide<'a> {
    /// A tree of which it is not told how many events it is of.
    pub fn without_events(tree: &'a CallTree) -> Self {
        Self { tree, events: None }
    }
}

#[cfg(test)]
mod tests;
