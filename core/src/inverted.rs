//! The bottom-up tree: who calls what is heavy by itself.
//!
//! ```text
//! samples            rows, all open          weight
//!   main main main   copy                      2
//!   load save eval     load                    1
//!   copy copy            main                  1
//!                      save                    1
//!                        main                  1
//!                    eval                      1
//!                      main                    1
//! ```
//!
//! In full it has a node for each place in each call path, which for a million deep paths is
//! too many. So the callers of a node are found when it is opened.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::id::row_number;
use crate::paths::PathTree;
use crate::{CallPaths, FunctionId, PathId, PathWeights, Profile};

/// A node of an [`Inverted`] tree: a function that is heavy by itself, or one of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvertedNodeId(u32);

impl InvertedNodeId {
    fn from_index(index: usize) -> Self {
        Self(row_number(index))
    }

    /// Where the node is in the order in which nodes were made.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The functions that are heavy by themselves, and, where that was asked for, their callers.
///
/// # Invariants
///
/// * The weights of the roots add up to the total of the selection.
/// * The weights of the callers of a node add up to its weight less what has no caller there.
/// * Siblings are in falling order of the magnitude of their weights; those with equal ones in
///   order of name.
#[derive(Clone, Debug, Default)]
pub struct Inverted {
    paths: Arc<PathTree>,
    nodes: Vec<Node>,
    n_roots: usize,
    /// For each node without callers a range of: the paths that its chain of callees was called
    /// from, each that of the node's function itself, and the weight that came through it. When
    /// its callers are found, theirs take the place of its own: no tree has more of them than
    /// there are paths that count, however deep it is open.
    entries: Vec<(PathId, i64)>,
    total: i64,
}

#[derive(Clone, Debug)]
struct Node {
    function: FunctionId,
    depth: u32,
    /// The callee; for a root itself.
    parent: InvertedNodeId,
    weight: i64,
    entries: Range<usize>,
    has_callers: bool,
    is_inlined: bool,
    is_open: bool,
    /// The nodes of its callers, once made; empty before.
    callers: Range<usize>,
}

impl Inverted {
    /// The roots: every function in which something that counts ends. Linear in the number of
    /// paths, but for sorting the roots.
    pub fn new(profile: &Profile, paths: &CallPaths, weights: &PathWeights) -> Self {
        debug_assert_eq!(profile.samples().len(), paths.n_samples(), "paths of this profile");
        let mut inverted =
            Self { paths: Arc::clone(&paths.tree), total: weights.total(), ..Self::default() };
        let counted = paths.ids().filter(|&path| weights.is_counted(path));
        let entries: Vec<_> = counted.map(|path| (path, weights.self_of(path))).collect();
        inverted.entries.resize(entries.len(), (PathId::NONE, 0));
        inverted.add_nodes(&entries, 0, None);
        inverted.n_roots = inverted.nodes.len();
        inverted
    }

    /// Number of nodes that are made.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing counts.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Weight of everything.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// The functions that are heavy by themselves, heaviest first.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = InvertedNodeId> + use<> {
        (0..self.n_roots).map(InvertedNodeId::from_index)
    }

    /// The callers of a node, heaviest first; none before [`Self::expand`].
    pub fn callers(
        &self,
        node: InvertedNodeId,
    ) -> impl ExactSizeIterator<Item = InvertedNodeId> + use<> {
        self.node(node).callers.clone().map(InvertedNodeId::from_index)
    }

    /// The function of a node.
    pub fn function(&self, node: InvertedNodeId) -> FunctionId {
        self.node(node).function
    }

    /// How far the node is from its root: 0 for a root, 1 for its callers.
    pub fn depth(&self, node: InvertedNodeId) -> u32 {
        self.node(node).depth
    }

    /// The node whose callers this one is among; `None` for a root.
    pub fn parent(&self, node: InvertedNodeId) -> Option<InvertedNodeId> {
        Some(self.node(node).parent).filter(|&parent| parent != node)
    }

    /// How much of the self weight of the root came through this chain of callers; for a root,
    /// all of it.
    pub fn weight(&self, node: InvertedNodeId) -> i64 {
        self.node(node).weight
    }

    /// Whether anything called the function here.
    pub fn has_callers(&self, node: InvertedNodeId) -> bool {
        self.node(node).has_callers
    }

    /// Whether every call that the node stands for is inlined into its caller.
    pub fn is_inlined(&self, node: InvertedNodeId) -> bool {
        self.node(node).is_inlined
    }

    /// Whether the callers of a node are shown when it is itself.
    pub fn is_open(&self, node: InvertedNodeId) -> bool {
        self.node(node).is_open
    }

    /// Finds the callers of a node, unless that was done. Linear in the number of paths that
    /// the node stands for.
    pub fn expand(&mut self, node: InvertedNodeId) {
        if !self.has_callers(node) || !self.node(node).callers.is_empty() {
            return;
        }
        let mut entries: Vec<(PathId, i64)> = Vec::new();
        for &(path, weight) in &self.entries[self.node(node).entries.clone()] {
            let Some(caller) = self.paths.parent[path.index()].some() else { continue };
            // A call and an inlined one from the same path are beside each other more often than
            // not; where they are not, the path is in the list twice, which adds up the same.
            match entries.last_mut() {
                Some((last, sum)) if *last == caller => *sum += weight,
                _ => entries.push((caller, weight)),
            }
        }
        let first = self.nodes.len();
        let place = self.node(node).entries.start;
        self.add_nodes(&entries, place, Some(node));
        let callers = first..self.nodes.len();
        self.nodes[node.index()].callers = callers;
    }

    /// Shows the callers of a node, finding them if that was not done.
    pub fn open(&mut self, node: InvertedNodeId) {
        self.expand(node);
        self.nodes[node.index()].is_open = true;
    }

    /// Hides the callers of a node. What is open among them stays so, for when it is opened again.
    pub fn close(&mut self, node: InvertedNodeId) {
        self.nodes[node.index()].is_open = false;
    }

    /// Opens a node, the heaviest of its callers, the heaviest of that one's, and so on. Gives
    /// the node where that ends.
    ///
    /// Each level costs time in proportion to the paths that the node there stands for, so a
    /// recursion of a hundred thousand calls would cost five thousand million steps. It ends
    /// after 16 million, which take half a second; from the node where it ends it can go on.
    pub fn open_heaviest(&mut self, node: InvertedNodeId) -> InvertedNodeId {
        /// More than all levels of programs that do not recurse that deep.
        const MAX_STEPS: usize = 1 << 24;
        let mut n_steps = 0;
        let mut heaviest = node;
        while n_steps < MAX_STEPS {
            n_steps += self.node(heaviest).entries.len();
            self.open(heaviest);
            match self.callers(heaviest).next() {
                Some(caller) => heaviest = caller,
                None => break,
            }
        }
        heaviest
    }

    /// Opens the chains of functions that are open in another tree of the same functions: what
    /// is open stays open when the selection changes.
    pub fn open_as(&mut self, other: &Self) {
        self.open_as_renamed(other, Some);
    }

    /// The same where the functions of the other tree are called otherwise here.
    pub fn open_as_renamed(
        &mut self,
        other: &Self,
        renamed: impl Fn(FunctionId) -> Option<FunctionId>,
    ) {
        // A node is made after the one it is below.
        let mut same: Vec<Option<InvertedNodeId>> = Vec::with_capacity(other.len());
        let mut children: FxHashMap<(Option<InvertedNodeId>, FunctionId), InvertedNodeId> =
            self.roots().map(|root| ((None, self.function(root)), root)).collect();
        for node in (0..other.len()).map(InvertedNodeId::from_index) {
            let parent = other.parent(node).map(|parent| same[parent.index()]);
            let key = match parent {
                None => Some(None),
                Some(parent) => parent.map(Some),
            };
            let function = renamed(other.function(node));
            let here = key.zip(function).and_then(|key| children.get(&key)).copied();
            same.push(here);
            let Some(here) = here.filter(|_| !other.node(node).callers.is_empty()) else {
                continue;
            };
            self.expand(here);
            self.nodes[here.index()].is_open = other.is_open(node);
            let callers = self.callers(here);
            children.extend(callers.map(|caller| ((Some(here), self.function(caller)), caller)));
        }
    }

    /// The nodes that have a row: the roots, and the callers of each row that is open, each
    /// after the row it is below. Linear in the number of rows.
    pub fn visible(&self) -> Vec<InvertedNodeId> {
        let mut rows = Vec::new();
        let mut rest = 0..self.n_roots;
        let mut below_rest = Vec::new();
        loop {
            if let Some(row) = rest.next() {
                rows.push(InvertedNodeId::from_index(row));
                let node = &self.nodes[row];
                if node.is_open {
                    below_rest.push(std::mem::replace(&mut rest, node.callers.clone()));
                }
            } else if let Some(below) = below_rest.pop() {
                rest = below;
            } else {
                return rows;
            }
        }
    }

    fn node(&self, node: InvertedNodeId) -> &Node {
        &self.nodes[node.index()]
    }

    /// Adds a node for each function at the leaf of the paths, heaviest first. The paths go to
    /// `place` in the entries, where there is room for them.
    fn add_nodes(
        &mut self,
        entries: &[(PathId, i64)],
        place: usize,
        parent: Option<InvertedNodeId>,
    ) {
        let mut number_of = ByFunction::new(self.paths.name_rank.len(), entries.len());
        let mut groups = self.groups(entries, &mut number_of);
        groups.sort_unstable_by_key(|group| {
            let rank = self.paths.name_rank[group.function.index()];
            (Reverse(group.weight.unsigned_abs()), rank)
        });

        let mut next_entry = number_of;
        let mut end = place;
        for group in groups {
            *next_entry.of(group.function) = end;
            let node = InvertedNodeId::from_index(self.nodes.len());
            self.nodes.push(Node {
                function: group.function,
                depth: parent.map_or(0, |parent| self.depth(parent) + 1),
                parent: parent.unwrap_or(node),
                weight: group.weight,
                entries: end..end + group.n_entries,
                has_callers: group.has_callers,
                is_inlined: group.is_inlined,
                is_open: false,
                callers: 0..0,
            });
            end += group.n_entries;
        }
        for &entry in entries {
            let at = next_entry.of(self.paths.function[entry.0.index()]);
            self.entries[*at] = entry;
            *at += 1;
        }
    }

    /// The functions at the leaf of some paths, in the order in which they come, and the number
    /// of each.
    fn groups(&self, entries: &[(PathId, i64)], number_of: &mut ByFunction) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for &(path, weight) in entries {
            let function = self.paths.function[path.index()];
            let number = number_of.of(function);
            if *number == ByFunction::NONE {
                *number = groups.len();
                groups.push(Group::new(function));
            }
            let group = &mut groups[*number];
            group.weight += weight;
            group.n_entries += 1;
            group.has_callers |= self.paths.parent[path.index()].some().is_some();
            group.is_inlined &= self.paths.is_inlined(path);
        }
        groups
    }
}

/// A number for each of some functions: a column where they are many, hashed where they are few.
enum ByFunction {
    Column(Vec<usize>),
    Hashed(FxHashMap<FunctionId, usize>),
}

impl ByFunction {
    const NONE: usize = usize::MAX;

    /// No number for any function yet, of which no more than `most` will get one.
    fn new(n_functions: usize, most: usize) -> Self {
        if most >= n_functions / 8 {
            Self::Column(vec![Self::NONE; n_functions])
        } else {
            Self::Hashed(FxHashMap::default())
        }
    }

    #[inline]
    fn of(&mut self, function: FunctionId) -> &mut usize {
        match self {
            Self::Column(numbers) => &mut numbers[function.index()],
            Self::Hashed(numbers) => numbers.entry(function).or_insert(Self::NONE),
        }
    }
}

/// What a new node stands for.
struct Group {
    function: FunctionId,
    weight: i64,
    n_entries: usize,
    has_callers: bool,
    is_inlined: bool,
}

impl Group {
    fn new(function: FunctionId) -> Self {
        Self { function, weight: 0, n_entries: 0, has_callers: false, is_inlined: true }
    }
}

#[cfg(test)]
mod tests;
