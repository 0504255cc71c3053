//! The rows of the tables: which are open, in which order.

use std::cmp::Ordering;

use rview_core::{CallTree, FunctionId, FunctionTotals, InvertedNodeId, NodeId, PathId, Profile};

use super::{Picked, Session, Sort, SortKey};

impl Session {
    /// Makes the rows of all tables anew.
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
        let found = self.search.found.as_ref();
        let totals = &trees.functions;
        let mut rows: Vec<FunctionId> = totals
            .ids()
            .filter(|&function| found.is_none_or(|found| found.contains(function)))
            .collect();
        let sort = self.functions.sort;
        rows.sort_by(|&a, &b| {
            let order = compare_functions(profile, totals, sort.key, a, b);
            if sort.ascending { order } else { order.reverse() }
        });
        self.functions.rows = rows;
        self.bottom_up.rows = self.bottom_up.tree.visible();
    }

    pub(super) fn sort_call_tree(&mut self, sort: Sort) {
        self.call_tree.sort = sort;
        self.refresh_rows();
    }

    pub(super) fn sort_functions(&mut self, sort: Sort) {
        self.functions.sort = sort;
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
    }

    /// Picks the row `step` below the picked one.
    pub(super) fn step_row(&mut self, step: isize) {
        let Some((_, trees)) = &self.trees else { return };
        let rows = &self.call_tree.rows;
        let picked = self.picked_path().and_then(|path| trees.tree.node_of_path(path));
        let at = picked.and_then(|node| rows.iter().position(|&row| row == node));
        let next = match at {
            Some(at) => at.saturating_add_signed(step).min(rows.len().saturating_sub(1)),
            None => 0,
        };
        if let Some(&node) = rows.get(next) {
            self.picked = Picked::Path(trees.tree.path(node));
        }
    }
}

fn compare_nodes(
    profile: &Profile,
    tree: &CallTree,
    key: SortKey,
    a: NodeId,
    b: NodeId,
) -> Ordering {
    let function = |node| tree.function(node);
    match key {
        SortKey::SelfWeight => tree.self_of(a).cmp(&tree.self_of(b)),
        SortKey::Total => tree.total_of(a).cmp(&tree.total_of(b)),
        SortKey::Name => by_name(profile, function(a), function(b)),
        SortKey::Module => by_module(profile, function(a), function(b)),
    }
}

fn compare_functions(
    profile: &Profile,
    totals: &FunctionTotals,
    key: SortKey,
    a: FunctionId,
    b: FunctionId,
) -> Ordering {
    match key {
        SortKey::SelfWeight => {
            let weight = |function| (totals.self_of(function), totals.total_of(function));
            weight(a).cmp(&weight(b))
        }
        SortKey::Total => {
            let weight = |function| (totals.total_of(function), totals.self_of(function));
            weight(a).cmp(&weight(b))
        }
        SortKey::Name => by_name(profile, a, b),
        SortKey::Module => by_module(profile, a, b),
    }
}

fn by_name(profile: &Profile, a: FunctionId, b: FunctionId) -> Ordering {
    profile.function_name(a).cmp(profile.function_name(b))
}

fn by_module(profile: &Profile, a: FunctionId, b: FunctionId) -> Ordering {
    let module = |function| profile.function_module(function);
    module(a).cmp(module(b)).then_with(|| by_name(profile, a, b))
}
