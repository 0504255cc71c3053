//! The rows of the tables: which are open, in which order.

use rview_core::{InvertedNodeId, PathId};

use super::{BottomUp, Picked, PickedRows, Session};
use crate::listing::{Sort, compare_nodes};

impl Session {
    /// Makes the rows of the trees anew.
    pub(super) fn refresh_rows(&mut self) {
        let Some((_, trees)) = &self.trees else { return };
        let profile = &self.document.profile;
        let sort = self.call_tree.sort;
        self.call_tree.rows = if sort == Sort::default() {
            self.call_tree.outline.rows(&trees.tree)
        } else {
            self.call_tree.outline.rows_by(&trees.tree, |a, b| {
                let order = compare_nodes(profile, &trees.tree, sort.key, a, b);
                if sort.ascending { order } else { order.reverse() }
            })
        };
        self.bottom_up.rows = self.bottom_up.tree.visible();
        self.find_picked_rows();
    }

    /// Finds what is picked in the tables; linear in their rows, so done when any of that
    /// changes and not in every frame.
    pub(super) fn find_picked_rows(&mut self) {
        let Some((_, trees)) = &self.trees else { return };
        let node = self.picked_path().and_then(|path| trees.tree.node_of_path(path));
        let function = self.picked_function();
        let call_tree = &self.call_tree.rows;
        let functions = &self.functions.rows;
        self.picked_rows = PickedRows {
            call_tree: node.and_then(|node| call_tree.iter().position(|&row| row == node)),
            bottom_up: self.bottom_up_row(),
            functions: function
                .and_then(|function| functions.iter().position(|&row| row == function)),
        };
    }

    pub(super) fn sort_call_tree(&mut self, sort: Sort) {
        self.call_tree.sort = sort;
        self.refresh_rows();
    }

    pub(super) fn toggle_node(&mut self, path: PathId) {
        self.call_tree.outline.toggle(path);
        self.refresh_rows();
    }

    pub(super) fn toggle_subtree(&mut self, path: PathId) {
        let Some((_, trees)) = &self.trees else { return };
        let Some(node) = trees.tree.node_of_path(path) else { return };
        if self.call_tree.outline.is_open(path) {
            self.call_tree.outline.close_subtree(&trees.tree, node);
        } else {
            self.call_tree.outline.open_subtree(&trees.tree, node);
        }
        self.refresh_rows();
    }

    pub(super) fn toggle_inverted(&mut self, node: InvertedNodeId) {
        let tree = &mut self.bottom_up.tree;
        if tree.is_open(node) {
            tree.close(node);
        } else {
            tree.open(node);
        }
        self.bottom_up.rows = tree.visible();
        self.find_picked_rows();
    }

    /// Picks a function in its place in the bottom-up tree.
    pub(super) fn pick_inverted(&mut self, node: InvertedNodeId) {
        self.bottom_up.cursor = Some(node);
        self.pick(Picked::Function(self.bottom_up.tree.function(node)));
    }

    /// The row of the bottom-up tree that is picked: where the user is, else the first one of
    /// the picked function.
    fn bottom_up_row(&self) -> Option<usize> {
        let BottomUp { tree, rows, cursor } = &self.bottom_up;
        let function = self.picked_function()?;
        let cursor = cursor.filter(|&node| tree.function(node) == function);
        let at_cursor = cursor.and_then(|node| rows.iter().position(|&row| row == node));
        at_cursor.or_else(|| {
            rows.iter().position(|&row| tree.depth(row) == 0 && tree.function(row) == function)
        })
    }
}
