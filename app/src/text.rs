//! What is copied: stacks and tables as text.

use std::fmt::Write as _;

use crate::state::{Session, View};

/// Rows of a table that are copied at most: more is what exports are for.
const MAX_ROWS: usize = 100_000;

/// The table that keys act on, else the stack that is picked, else nothing.
pub fn copied(session: &Session) -> Option<String> {
    match session.layout.active {
        View::Functions => functions(session),
        _ => stack(session).or_else(|| call_tree(session)),
    }
}

/// The picked stack, innermost first, a function a line.
fn stack(session: &Session) -> Option<String> {
    let path = session.picked_path()?;
    let paths = &session.base.paths;
    let profile = &session.document.profile;
    let names: Vec<&str> =
        paths.walk_to_root(path).map(|path| profile.function_name(paths.function(path))).collect();
    Some(names.join("\n"))
}

/// The visible rows of the call tree, separated by tabs.
fn call_tree(session: &Session) -> Option<String> {
    let tree = &session.trees()?.tree;
    let mut text = "total\tself\tdepth\tfunction\tmodule\n".to_owned();
    let profile = &session.document.profile;
    for node in session.call_tree.rows.iter().copied().take(MAX_ROWS) {
        let function = tree.function(node);
        let (total, self_, depth) = (tree.total_of(node), tree.self_of(node), tree.depth(node));
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        // Writing to a String cannot fail.
        let _: std::fmt::Result = writeln!(text, "{total}\t{self_}\t{depth}\t{name}\t{module}");
    }
    Some(text)
}

/// The function table, separated by tabs.
fn functions(session: &Session) -> Option<String> {
    let totals = &session.trees()?.functions;
    let profile = &session.document.profile;
    let mut text = "self\ttotal\tfunction\tmodule\n".to_owned();
    for function in session.functions.rows.iter().copied().take(MAX_ROWS) {
        let (self_, total) = (totals.self_of(function), totals.total_of(function));
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        let _: std::fmt::Result = writeln!(text, "{self_}\t{total}\t{name}\t{module}");
    }
    Some(text)
}
