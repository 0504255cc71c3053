//! What is mapped where: a balanced tree whose versions share what has not changed.
//!
//! Samples that wait for their stacks keep the maps of their time, and a process that is forked
//! has those of its parent. A copy is one pointer, and a change makes new nodes only on the way
//! to where it is, as far as an older version still has them:
//!
//! ```text
//! before      b        after      b'        `a` is in both
//!           /   \                /   \
//!          a     c              a     c'
//!                                      \
//!                                       d
//! ```
//!
//! Functions here call themselves as often as the tree is high: less than 1.5 times the
//! logarithm of the number of maps.

use std::sync::Arc;

use rview_core::MappingId;

/// Which binary is mapped where, from its first address on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Map {
    /// One past the last address.
    pub(super) end: u64,
    /// What to add to an address to get the frame's: to where the binary has it.
    pub(super) to_frame: u64,
    pub(super) mapping: MappingId,
}

/// Maps by their first address.
///
/// # Invariants
///
/// * They do not overlap, and none is empty.
/// * The heights of the two sides of a node differ by at most one.
#[derive(Clone, Debug, Default)]
pub(super) struct Maps {
    root: Tree,
}

type Tree = Option<Arc<Node>>;

/// A map and where it starts.
type Entry = (u64, Map);

#[derive(Clone, Debug)]
struct Node {
    entry: Entry,
    height: u8,
    left: Tree,
    right: Tree,
}

impl Maps {
    pub(super) const fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The map that covers an address.
    #[inline]
    pub(super) fn at(&self, address: u64) -> Option<&Map> {
        let (_, map) = self.last_up_to(address)?;
        (address < map.end).then_some(map)
    }

    /// Whether nothing is mapped from `start` to before `end`.
    pub(super) fn is_gap(&self, start: u64, end: u64) -> bool {
        let last = end.checked_sub(1).and_then(|last| self.last_up_to(last));
        last.is_none_or(|(_, map)| map.end <= start)
    }

    /// The last map that starts at an address or before it.
    #[inline]
    fn last_up_to(&self, address: u64) -> Option<&Entry> {
        let (mut tree, mut last) = (&self.root, None);
        while let Some(node) = tree {
            if node.entry.0 <= address {
                last = Some(&node.entry);
                tree = &node.right;
            } else {
                tree = &node.left;
            }
        }
        last
    }

    /// Enters a map and cuts away what it covers of others.
    pub(super) fn insert(&mut self, start: u64, map: Map) {
        if map.end <= start {
            return;
        }
        if self.is_gap(start, map.end) {
            insert(&mut self.root, (start, map));
            return;
        }
        let (mut before, rest) = split(self.root.take(), start);
        let (covered, mut after) = split(rest, map.end);
        let mut tail = last(&covered).filter(|(_, covered)| covered.end > map.end);
        if let Some((at, cut)) = last(&before).filter(|(_, before)| before.end > start) {
            let (others, _) = pop_last(before);
            before = Some(join(others, (at, Map { end: start, ..cut }), None));
            tail = tail.or_else(|| (cut.end > map.end).then_some((at, cut)));
        }
        if let Some((_, tail)) = tail {
            after = Some(join(None, (map.end, tail), after));
        }
        self.root = Some(join(before, (start, map), after));
    }

    /// Takes away the map that starts at an address.
    pub(super) fn remove(&mut self, start: u64) {
        let (before, rest) = split(self.root.take(), start);
        let (_, after) = split(rest, start.saturating_add(1));
        self.root = match pop_last(before) {
            (others, Some(last)) => Some(join(others, last, after)),
            (_, None) => after,
        };
    }
}

impl Node {
    fn new(left: Tree, entry: Entry, right: Tree) -> Self {
        let height = height(&left).max(height(&right)).saturating_add(1);
        Self { entry, height, left, right }
    }

    fn shared(left: Tree, entry: Entry, right: Tree) -> Arc<Self> {
        Arc::new(Self::new(left, entry, right))
    }

    /// A node of two sides whose heights differ by at most two.
    fn balanced(left: Tree, entry: Entry, right: Tree) -> Self {
        match (left, right) {
            (Some(left), right) if left.height > height(&right).saturating_add(1) => {
                let Self { entry: middle, left: outer, right: inner, .. } =
                    Arc::unwrap_or_clone(left);
                match inner {
                    Some(inner) if inner.height > height(&outer) => {
                        let inner = Arc::unwrap_or_clone(inner);
                        let left = Self::shared(outer, middle, inner.left);
                        let right = Self::shared(inner.right, entry, right);
                        Self::new(Some(left), inner.entry, Some(right))
                    }
                    inner => Self::new(outer, middle, Some(Self::shared(inner, entry, right))),
                }
            }
            (left, Some(right)) if right.height > height(&left).saturating_add(1) => {
                let Self { entry: middle, left: inner, right: outer, .. } =
                    Arc::unwrap_or_clone(right);
                match inner {
                    Some(inner) if inner.height > height(&outer) => {
                        let inner = Arc::unwrap_or_clone(inner);
                        let left = Self::shared(left, entry, inner.left);
                        let right = Self::shared(inner.right, middle, outer);
                        Self::new(Some(left), inner.entry, Some(right))
                    }
                    inner => Self::new(Some(Self::shared(left, entry, inner)), middle, outer),
                }
            }
            (left, right) => Self::new(left, entry, right),
        }
    }
}

fn height(tree: &Tree) -> u8 {
    tree.as_ref().map_or(0, |node| node.height)
}

/// The last map.
fn last(tree: &Tree) -> Option<Entry> {
    let mut node = tree.as_ref()?;
    while let Some(right) = &node.right {
        node = right;
    }
    Some(node.entry)
}

/// Enters a map where nothing is mapped, in place where no other version has the nodes.
fn insert(tree: &mut Tree, entry: Entry) {
    let Some(node) = tree else {
        *tree = Some(Node::shared(None, entry, None));
        return;
    };
    let node = Arc::make_mut(node);
    let side = if entry.0 < node.entry.0 { &mut node.left } else { &mut node.right };
    insert(side, entry);
    *node = Node::balanced(node.left.take(), node.entry, node.right.take());
}

/// The maps that start before an address, and the others.
fn split(tree: Tree, address: u64) -> (Tree, Tree) {
    let Some(node) = tree else { return (None, None) };
    let Node { entry, left, right, .. } = Arc::unwrap_or_clone(node);
    if entry.0 < address {
        let (before, after) = split(right, address);
        (Some(join(left, entry, before)), after)
    } else {
        let (before, after) = split(left, address);
        (before, Some(join(after, entry, right)))
    }
}

/// All maps but the last, and that.
fn pop_last(tree: Tree) -> (Tree, Option<Entry>) {
    let Some(node) = tree else { return (None, None) };
    let Node { entry, left, right, .. } = Arc::unwrap_or_clone(node);
    match pop_last(right) {
        (_, None) => (left, Some(entry)),
        (others, last) => (Some(Arc::new(Node::balanced(left, entry, others))), last),
    }
}

/// A tree of all maps on both sides of one.
fn join(left: Tree, entry: Entry, right: Tree) -> Arc<Node> {
    let (high, low) = (height(&left), height(&right));
    let node = match (left, right) {
        (Some(left), right) if high > low.saturating_add(1) => {
            let node = Arc::unwrap_or_clone(left);
            Node::balanced(node.left, node.entry, Some(join(node.right, entry, right)))
        }
        (left, Some(right)) if low > high.saturating_add(1) => {
            let node = Arc::unwrap_or_clone(right);
            Node::balanced(Some(join(left, entry, node.left)), node.entry, node.right)
        }
        (left, right) => Node::new(left, entry, right),
    };
    Arc::new(node)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn map(end: u64, mapping: usize) -> Map {
        Map { end, to_frame: 0, mapping: MappingId::from_index(mapping) }
    }

    /// Checks the invariants, and gives the height.
    fn check(tree: &Tree, entries: &mut Vec<Entry>) -> u8 {
        let Some(node) = tree else { return 0 };
        let left = check(&node.left, entries);
        entries.push(node.entry);
        let right = check(&node.right, entries);
        assert!(left.abs_diff(right) <= 1, "{left} and {right}");
        assert_eq!(node.height, left.max(right).saturating_add(1));
        node.height
    }

    fn entries(maps: &Maps) -> Vec<Entry> {
        let mut entries = Vec::new();
        check(&maps.root, &mut entries);
        let mut pairs = entries.iter().zip(entries.iter().skip(1));
        assert_eq!(pairs.find(|(map, next)| map.1.end > next.0), None);
        entries
    }

    #[test]
    fn a_gap_has_no_map_in_any_part_of_it() {
        let mut maps = Maps::default();
        maps.insert(100, map(200, 0));
        maps.insert(300, map(400, 0));
        let gaps = [(0, 100), (200, 300), (400, 500)];
        assert!(gaps.iter().all(|&(start, end)| maps.is_gap(start, end)));
        let others = [(0, 101), (199, 300), (200, 301), (150, 160), (50, 450)];
        assert!(!others.iter().any(|&(start, end)| maps.is_gap(start, end)));
    }

    #[test]
    fn a_newer_map_splits_the_older() {
        let mut maps = Maps::default();
        maps.insert(100, map(200, 0));
        maps.insert(120, map(150, 1));
        let at = |maps: &Maps, address| maps.at(address).map(|map| map.mapping.index());
        let found = [99, 100, 119, 120, 149, 150, 199, 200].map(|address| at(&maps, address));
        let [a, b] = [Some(0), Some(1)];
        assert_eq!(found, [None, a, a, b, b, a, a, None]);
        maps.insert(0, map(160, 2));
        assert_eq!([100, 130, 160].map(|address| at(&maps, address)), [Some(2), Some(2), a]);
        maps.remove(0);
        assert_eq!([100, 160].map(|address| at(&maps, address)), [None, a]);
    }

    proptest! {
        #[test]
        fn any_changes_end_as_in_a_plain_table(
            changes in prop::collection::vec((0_u64..200, 0_u64..60, 0_u8..8), 0..200)
        ) {
            let mut maps = Maps::default();
            let mut plain: BTreeMap<u64, usize> = BTreeMap::new();
            let mut before = (Maps::default(), Vec::new());
            for (n, &(start, len, kind)) in changes.iter().enumerate() {
                if kind == 0 {
                    let end = maps.last_up_to(start).filter(|it| it.0 == start);
                    for address in start..end.map_or(start, |(_, map)| map.end) {
                        plain.remove(&address);
                    }
                    maps.remove(start);
                } else {
                    let end = start.saturating_add(len);
                    maps.insert(start, map(end, n));
                    plain.extend((start..end).map(|address| (address, n)));
                }
                let now = entries(&maps);
                for address in 0..260 {
                    let found = maps.at(address).map(|map| map.mapping.index());
                    prop_assert_eq!(found, plain.get(&address).copied());
                }
                prop_assert_eq!(entries(&before.0), before.1, "an older version stays");
                before = (maps.clone(), now);
            }
        }
    }
}
