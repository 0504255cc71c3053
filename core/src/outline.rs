//! Which nodes of a call tree are open in a table, and the rows that shows.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use crate::{CallTree, NodeId, PathId};

/// The open nodes of a [`CallTree`], remembered by call path: what is open stays open when
/// another selection makes another tree, and comes back when its path does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    open: FxHashSet<PathId>,
}

impl Outline {
    /// Whether the callees of a path are shown when it is itself.
    #[inline]
    pub fn is_open(&self, path: PathId) -> bool {
        self.open.contains(&path)
    }

    /// Shows the callees of a path.
    pub fn open(&mut self, path: PathId) {
        self.open.insert(path);
    }

    /// Hides the callees of a path. What is open among them stays so, for when it is opened again.
    pub fn close(&mut self, path: PathId) {
        self.open.remove(&path);
    }

    /// Opens what is closed, and closes what is open.
    pub fn toggle(&mut self, path: PathId) {
        if !self.open.insert(path) {
            self.open.remove(&path);
        }
    }

    /// Closes everything.
    pub fn close_all(&mut self) {
        self.open.clear();
    }

    /// Shows everything below a node. Linear in its subtree.
    pub fn open_subtree(&mut self, tree: &CallTree, node: NodeId) {
        self.open.extend(inner_nodes(tree, node).map(|node| tree.path(node)));
    }

    /// Closes a node and everything below it. Linear in its subtree.
    pub fn close_subtree(&mut self, tree: &CallTree, node: NodeId) {
        for node in inner_nodes(tree, node) {
            self.open.remove(&tree.path(node));
        }
    }

    /// Opens the callers of a node, so that it has a row.
    pub fn open_to(&mut self, tree: &CallTree, node: NodeId) {
        let callers = std::iter::successors(tree.parent(node), |&caller| tree.parent(caller));
        self.open.extend(callers.map(|caller| tree.path(caller)));
    }

    /// Opens a node, the heaviest of its callees, the heaviest of that one's, and so on down to
    /// where most of the weight is the function's own. Gives the node where that is.
    pub fn open_heaviest(&mut self, tree: &CallTree, node: NodeId) -> NodeId {
        let mut heaviest = node;
        while let Some(callee) = tree.children(heaviest).next() {
            let is_most =
                tree.self_of(heaviest).unsigned_abs() > tree.total_of(callee).unsigned_abs();
            if is_most {
                break;
            }
            self.open.insert(tree.path(heaviest));
            heaviest = callee;
        }
        heaviest
    }

    /// The nodes that have a row: the roots, and the callees of each row that is open. Linear
    /// in the number of rows, whatever is closed.
    pub fn rows(&self, tree: &CallTree) -> Vec<NodeId> {
        let mut rows = Vec::new();
        let mut at = 0;
        while at < tree.len() {
            let node = NodeId::from_index(at);
            rows.push(node);
            at = if self.is_open(tree.path(node)) { at + 1 } else { tree.subtree(node).end };
        }
        rows
    }

    /// The same with siblings in another order. Linear in the number of rows but for sorting.
    pub fn rows_by(
        &self,
        tree: &CallTree,
        compare: impl Fn(NodeId, NodeId) -> Ordering,
    ) -> Vec<NodeId> {
        let mut rows = Vec::new();
        // Siblings in reverse, so that the next row is at the end.
        let mut rest = Vec::new();
        let push_sorted = |rest: &mut Vec<NodeId>, siblings: &mut dyn Iterator<Item = NodeId>| {
            let start = rest.len();
            rest.extend(siblings);
            rest[start..].sort_by(|&a, &b| compare(b, a));
        };
        push_sorted(&mut rest, &mut tree.roots());
        while let Some(node) = rest.pop() {
            rows.push(node);
            if self.is_open(tree.path(node)) {
                push_sorted(&mut rest, &mut tree.children(node));
            }
        }
        rows
    }
}

/// The nodes of a subtree that call anything.
fn inner_nodes(tree: &CallTree, node: NodeId) -> impl Iterator<Item = NodeId> {
    let nodes = tree.subtree(node).map(NodeId::from_index);
    nodes.filter(|&node| tree.subtree(node).len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallPaths, Measure, PathWeights, Profile, Selection, testing};

    const SAMPLES: &str = "
        main main  main  idle
        read parse parse wait
             eval  lex
        ";

    fn tree_of(profile: &Profile, selection: &Selection) -> CallTree {
        let paths = CallPaths::new(profile);
        let measure = Measure::default_of(profile).unwrap();
        CallTree::new(profile, &paths, &PathWeights::new(profile, &paths, measure, selection))
    }

    /// The names of the rows after `change` is made to an outline in which nothing is open.
    #[track_caller]
    fn check(change: impl Fn(&mut Outline, &CallTree, &dyn Fn(&str) -> NodeId), expected: &str) {
        let profile = testing::profile(SAMPLES);
        let tree = tree_of(&profile, &Selection::default());
        let name = |node| profile.function_name(tree.function(node));
        let named = |text: &str| tree.ids().find(|&node| name(node) == text).unwrap();
        let mut outline = Outline::default();
        change(&mut outline, &tree, &named);
        let names: Vec<&str> = outline.rows(&tree).into_iter().map(name).collect();
        assert_eq!(names.join(" "), expected);
    }

    #[test]
    fn closed_nodes_hide_what_they_call() {
        check(|_, _, _| {}, "main idle");
        check(|o, t, at| o.open(t.path(at("main"))), "main parse read idle");
        check(|o, t, at| o.open(t.path(at("parse"))), "main idle");
        check(|o, t, at| o.toggle(t.path(at("idle"))), "main idle wait");
    }

    #[test]
    fn what_is_open_below_comes_back() {
        check(
            |outline, tree, at| {
                outline.open_subtree(tree, at("main"));
                outline.toggle(tree.path(at("main")));
                outline.open(tree.path(at("main")));
            },
            "main parse eval lex read idle",
        );
    }

    #[test]
    fn a_subtree_closes_as_a_whole() {
        check(
            |outline, tree, at| {
                outline.open_subtree(tree, at("main"));
                outline.close_subtree(tree, at("main"));
                outline.open(tree.path(at("main")));
            },
            "main parse read idle",
        );
    }

    #[test]
    fn callers_open_so_that_a_node_has_a_row() {
        check(|o, t, at| o.open_to(t, at("lex")), "main parse eval lex read idle");
    }

    #[test]
    fn the_heaviest_path_opens() {
        check(
            |outline, tree, at| assert_eq!(outline.open_heaviest(tree, at("main")), at("eval")),
            "main parse eval lex read idle",
        );
    }

    #[test]
    fn what_is_open_stays_open_in_another_selection() {
        let profile = testing::profile(SAMPLES);
        let mut outline = Outline::default();
        let whole = tree_of(&profile, &Selection::default());
        outline.open_subtree(&whole, NodeId::from_index(0));
        let range_ns = Some(2_000_000..i64::MAX);
        let part = tree_of(&profile, &Selection { range_ns, ..Selection::default() });
        let rows = outline.rows(&part);
        let names: Vec<&str> =
            rows.into_iter().map(|node| profile.function_name(part.function(node))).collect();
        assert_eq!(names, ["idle", "main", "parse", "lex"]);
    }

    #[test]
    fn siblings_can_be_in_another_order() {
        let profile = testing::profile(SAMPLES);
        let tree = tree_of(&profile, &Selection::default());
        let name = |node| profile.function_name(tree.function(node));
        let mut outline = Outline::default();
        outline.open_subtree(&tree, NodeId::from_index(0));
        let rows = outline.rows_by(&tree, |a, b| name(a).cmp(name(b)));
        let names: Vec<&str> = rows.into_iter().map(name).collect();
        assert_eq!(names, ["idle", "main", "parse", "eval", "lex", "read"]);
    }
}
