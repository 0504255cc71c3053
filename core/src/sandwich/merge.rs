//! Nodes of a call tree merged by function, level by level away from one function.

use std::cmp::Reverse;
use std::ops::Range;

use super::MergedTree;
use crate::bits::Bits;
use crate::id::row_number;
use crate::{CallTree, FlameLayout, FunctionId, NodeId};

/// Steps to callers for each node of the tree before the walk ends: programs take less than one.
const STEPS_PER_NODE: usize = 4;

/// Steps to callers in a small tree.
const FREE_STEPS: usize = 1 << 18;

/// What called the function of some nodes, away from it. A node gives its weight to its caller.
pub(super) fn callers(tree: &CallTree, roots: Vec<(NodeId, i64)>) -> MergedTree {
    let budget = tree.len().saturating_mul(STEPS_PER_NODE).saturating_add(FREE_STEPS);
    Merger::new(tree).run(roots, budget, |tree, (node, weight), out| {
        let Some(caller) = tree.parent(node) else { return };
        // Nodes of one caller are beside each other more often than not.
        match out.last_mut() {
            Some((last, sum)) if *last == caller => *sum += weight,
            _ => out.push((caller, weight)),
        }
    })
}

/// What the function of some nodes called: no node is below two of them.
pub(super) fn callees(tree: &CallTree, roots: Vec<(NodeId, i64)>) -> MergedTree {
    Merger::new(tree).run(roots, usize::MAX, |tree, (node, _), out| {
        out.extend(tree.children(node).map(|callee| (callee, tree.total_of(callee))));
    })
}

/// A merged node.
struct Merged {
    function: FunctionId,
    depth: u32,
    parent: usize,
    total: i64,
    /// Its nodes in the list of all.
    members: Range<usize>,
    /// The merged nodes below it.
    children: Range<usize>,
    is_inlined: bool,
}

struct Merger<'a> {
    tree: &'a CallTree,
    nodes: Vec<Merged>,
    members: Vec<(NodeId, i64)>,
    /// By function: its number among the siblings that are being made.
    number_of: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<'a> Merger<'a> {
    fn new(tree: &'a CallTree) -> Self {
        let n_functions = tree.paths().name_rank.len();
        Self { tree, nodes: Vec::new(), members: Vec::new(), number_of: vec![NONE; n_functions] }
    }

    /// Merges what `next` gives for the nodes of one merged node, and so on, until that was asked
    /// for `budget` nodes.
    fn run(
        mut self,
        roots: Vec<(NodeId, i64)>,
        budget: usize,
        next: impl Fn(&CallTree, (NodeId, i64), &mut Vec<(NodeId, i64)>),
    ) -> MergedTree {
        let mut n_steps = 0_usize;
        self.add(&roots, 0, 0);
        drop(roots);
        let (mut at, mut found) = (0, Vec::new());
        while at < self.nodes.len() && n_steps <= budget {
            let members = self.nodes[at].members.clone();
            n_steps = n_steps.saturating_add(members.len());
            found.clear();
            for &member in &self.members[members] {
                next(self.tree, member, &mut found);
            }
            let first = self.nodes.len();
            let depth = self.nodes[at].depth + 1;
            self.add(&found, at, depth);
            self.nodes[at].children = first..self.nodes.len();
            at += 1;
        }
        let is_cut = at < self.nodes.len();
        self.finish(is_cut)
    }

    /// Adds a merged node for each function of some nodes, heaviest first.
    fn add(&mut self, members: &[(NodeId, i64)], parent: usize, depth: u32) {
        let (first, tree) = (self.nodes.len(), self.tree);
        for &(node, weight) in members {
            let function = tree.function(node);
            let number = &mut self.number_of[function.index()];
            if *number == NONE {
                *number = row_number(self.nodes.len() - first);
                self.nodes.push(Merged {
                    function,
                    depth,
                    parent,
                    total: 0,
                    members: 0..0,
                    children: 0..0,
                    is_inlined: true,
                });
            }
            let merged = &mut self.nodes[first + *number as usize];
            merged.total += weight;
            merged.members.end += 1;
            merged.is_inlined &= tree.is_inlined(node);
        }
        let rank = |merged: &Merged| tree.paths().name_rank[merged.function.index()];
        let siblings = &mut self.nodes[first..];
        siblings.sort_unstable_by_key(|it| (Reverse(it.total.unsigned_abs()), rank(it)));
        let mut end = self.members.len();
        for (number, merged) in siblings.iter_mut().enumerate() {
            self.number_of[merged.function.index()] = row_number(number);
            let n = merged.members.end;
            // Grows as its members come.
            merged.members = end..end;
            end += n;
        }
        self.members.resize(end, (NodeId::NONE, 0));
        for &member in members {
            let number = self.number_of[tree.function(member.0).index()];
            let place = &mut siblings[number as usize].members.end;
            self.members[*place] = member;
            *place += 1;
        }
        for merged in siblings {
            self.number_of[merged.function.index()] = NONE;
        }
    }

    /// Puts the merged nodes in preorder.
    fn finish(self, is_cut: bool) -> MergedTree {
        let n = self.nodes.len();
        let mut tree = MergedTree {
            function: Vec::with_capacity(n),
            depth: Vec::with_capacity(n),
            parent: Vec::with_capacity(n),
            total: Vec::with_capacity(n),
            own: Vec::with_capacity(n),
            is_inlined: Bits::new(n),
            flame: FlameLayout::default(),
            is_cut,
        };
        let mut row_of = vec![0; n];
        let mut waiting: Vec<usize> = (n > 0).then_some(0).into_iter().collect();
        while let Some(at) = waiting.pop() {
            let (row, merged) = (tree.function.len(), &self.nodes[at]);
            row_of[at] = row_number(row);
            tree.function.push(merged.function);
            tree.depth.push(merged.depth);
            tree.parent.push(row_of[merged.parent]);
            tree.total.push(merged.total);
            let below = &self.nodes[merged.children.clone()];
            tree.own.push(merged.total - below.iter().map(|child| child.total).sum::<i64>());
            if merged.is_inlined {
                tree.is_inlined.insert(row);
            }
            waiting.extend(merged.children.clone().rev());
        }
        tree.flame = FlameLayout::new(&tree.depth, &tree.total);
        tree
    }
}
