//! The nodes of two trees, put together from the roots on.
//!
//! One walk over both writes each node once, in preorder. What the nodes of a function call is
//! sorted by function with one look-up each, in a table of functions that stays in the caches.

use super::{By, PairTree, Sums, TreeSide};
use crate::diff::{PairedFunctions, PairedMeasure};
use crate::id::row_number;
use crate::{NodeId, PairId, PairNodeId};

/// Aligns two trees. Ends of subtrees, sums of events and sums by function are still to be made.
pub(super) fn merge(
    functions: &PairedFunctions,
    sides: [TreeSide<'_>; 2],
    measure: &PairedMeasure,
) -> PairTree {
    let mut walk = Walk::new(functions, sides, measure);
    for side in [0, 1] {
        for root in sides[side].tree.roots() {
            walk.collect(side, root);
        }
    }
    walk.open(PairNodeId::NONE, 0);
    while let Some(Group { parent, depth, function, start }) = walk.groups.pop() {
        walk.here.clear();
        walk.here.extend(walk.places.drain(start as usize..));
        let (mut node, mut depth) = (walk.write(parent, depth, function), depth + 1);
        // Most nodes call one function: a chain needs no groups.
        while let Some(only) = walk.only_function() {
            walk.here.clear();
            walk.here.extend(walk.entries.drain(..).map(|entry| entry.place));
            node = walk.write(node, depth, only);
            depth += 1;
        }
        walk.open(node, depth);
    }
    walk.out
}

/// A node of one of the trees.
#[derive(Clone, Copy)]
struct Place {
    node: NodeId,
    side: u8,
}

impl Place {
    const NONE: Self = Self { node: NodeId::NONE, side: 0 };
}

/// A place at a function.
#[derive(Clone, Copy)]
struct Entry {
    function: PairId,
    place: Place,
    /// Which of `kinds`.
    kind: u32,
}

/// Entries of one function that one node calls.
#[derive(Clone, Copy)]
struct Kind {
    function: PairId,
    n_places: u32,
    /// Where its next place goes.
    next: u32,
    /// What it is of both recordings together.
    share: f64,
}

/// A node that is found but not yet written, and where its places start: they end with those of
/// all groups that are open, as this is the latest of them.
struct Group {
    parent: PairNodeId,
    depth: u32,
    function: PairId,
    start: u32,
}

struct Walk<'a> {
    functions: &'a PairedFunctions,
    sides: [TreeSide<'a>; 2],
    measure: &'a PairedMeasure,
    /// What a weight of each side is multiplied by to be a share.
    share_of_one: [f64; 2],
    out: PairTree,
    groups: Vec<Group>,
    /// The places of all groups.
    places: Vec<Place>,
    /// Those of the node that is being written.
    here: Vec<Place>,
    /// What is called from there.
    entries: Vec<Entry>,
    kinds: Vec<Kind>,
    /// By function: the latest node that calls it, and which of the kinds it is there.
    seen: Vec<(PairNodeId, u32)>,
}

impl<'a> Walk<'a> {
    fn new(
        functions: &'a PairedFunctions,
        sides: [TreeSide<'a>; 2],
        measure: &'a PairedMeasure,
    ) -> Self {
        let share_of_one = sides.map(|side| 1.0 / (side.tree.reference().max(1) as f64));
        let n = sides[0].tree.len().max(sides[1].tree.len());
        let has_events = sides.iter().all(|side| side.events.is_some());
        let column = |is_there: bool| Vec::with_capacity(if is_there { n } else { 0 });
        let out = PairTree {
            function: Vec::with_capacity(n),
            depth: Vec::with_capacity(n),
            parent: Vec::with_capacity(n),
            self_: [Vec::with_capacity(n), Vec::with_capacity(n)],
            total: [Vec::with_capacity(n), Vec::with_capacity(n)],
            events: [column(has_events), column(has_events)],
            has_events,
            whole: [0, 1].map(|side| measure.scaled(side, sides[side].tree.total())),
            sums: vec![Sums::default(); functions.len()],
            ..PairTree::default()
        };
        Self {
            functions,
            sides,
            measure,
            share_of_one,
            out,
            groups: Vec::new(),
            places: Vec::new(),
            here: Vec::new(),
            entries: Vec::new(),
            kinds: Vec::new(),
            seen: vec![(PairNodeId::NONE, u32::MAX); functions.len()],
        }
    }

    #[inline]
    fn collect(&mut self, side: usize, node: NodeId) {
        let function = self.functions.of(side, self.sides[side].tree.function(node));
        let place = Place { node, side: u8::from(side == 1) };
        self.entries.push(Entry { function, place, kind: 0 });
    }

    /// Writes a node of what is `here`, and collects what it calls.
    fn write(&mut self, parent: PairNodeId, depth: u32, function: PairId) -> PairNodeId {
        let written = PairNodeId::from_index(self.out.function.len());
        let (mut self_, mut total) = ([0; 2], [0; 2]);
        let mut events = [[0.0_f32; 2]; 2];
        for at in 0..self.here.len() {
            let Place { node, side } = self.here[at];
            let side = usize::from(side);
            let tree = self.sides[side].tree;
            self_[side] += self.measure.scaled(side, tree.self_of(node));
            total[side] += self.measure.scaled(side, tree.total_of(node));
            if self.out.has_events
                && let Some(of_paths) = self.sides[side].events
            {
                let own = self.measure.scaled_events(side, of_paths.of(tree.path(node)));
                add(&mut events[side], [own.n, own.variance]);
                self.out.sums[function.index()].events[By::Own as usize][side] += own;
            }
            for callee in tree.children(node) {
                self.collect(side, callee);
            }
        }
        let out = &mut self.out;
        out.function.push(function);
        out.depth.push(depth);
        out.parent.push(parent);
        for side in [0, 1] {
            out.self_[side].push(self_[side]);
            out.total[side].push(total[side]);
            if out.has_events {
                out.events[side].push(events[side]);
            }
        }
        written
    }

    /// The function of all that is collected, where that is one; soon seen or not at all.
    #[inline]
    fn only_function(&self) -> Option<PairId> {
        match self.entries[..] {
            [only] => Some(only.function),
            [a, b] if a.function == b.function => Some(a.function),
            _ => None,
        }
    }

    /// Makes groups of what is collected, the heaviest on top.
    fn open(&mut self, parent: PairNodeId, depth: u32) {
        self.kinds.clear();
        for entry in &mut self.entries {
            let seen = &mut self.seen[entry.function.index()];
            if seen.0 != parent || seen.1 == u32::MAX {
                *seen = (parent, row_number(self.kinds.len()));
                let function = entry.function;
                self.kinds.push(Kind { function, n_places: 0, next: 0, share: 0.0 });
            }
            entry.kind = seen.1;
            let kind = &mut self.kinds[entry.kind as usize];
            kind.n_places += 1;
            let side = usize::from(entry.place.side);
            let weight = self.sides[side].tree.total_of(entry.place.node).unsigned_abs();
            kind.share += weight as f64 * self.share_of_one[side];
        }
        // Rows of the entries become places in the order of the kinds, so the order of the kinds
        // is found first and the kinds stay where the entries know them.
        let mut order: Vec<u32> = (0..row_number(self.kinds.len())).collect();
        let kinds = &self.kinds;
        order.sort_unstable_by(|&a, &b| {
            let [a, b] = [a, b].map(|kind| &kinds[kind as usize]);
            a.share.total_cmp(&b.share).then(b.function.cmp(&a.function))
        });
        let mut start = row_number(self.places.len());
        for kind in order {
            let kind = &mut self.kinds[kind as usize];
            self.groups.push(Group { parent, depth, function: kind.function, start });
            kind.next = start;
            start += kind.n_places;
        }
        self.places.resize(start as usize, Place::NONE);
        for entry in self.entries.drain(..) {
            let next = &mut self.kinds[entry.kind as usize].next;
            self.places[*next as usize] = entry.place;
            *next += 1;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an estimate needs no more digits")]
fn add(sum: &mut [f32; 2], more: [f64; 2]) {
    sum[0] += more[0] as f32;
    sum[1] += more[1] as f32;
}
