//! What is copied: stacks and tables as text.

use std::fmt::Write as _;

use rview_core::SliceId;

use crate::state::{Comparison, Session, View, shares};
use crate::views::track_label;

/// Rows of a table that are copied at most: more is what exports are for.
pub const MAX_ROWS: usize = 100_000;

/// A table as text.
#[derive(Debug)]
pub struct Copied {
    /// A line a row, columns separated by tabs.
    pub text: String,
    /// How many rows are beyond [`MAX_ROWS`].
    pub n_left_out: Option<usize>,
}

/// The table that keys act on; where that is a chart, the picked stack, else the call tree.
pub fn of_active_view(session: &Session) -> Option<Copied> {
    match session.layout.active {
        View::Functions => functions(session),
        View::CallTree => call_tree(session),
        View::BottomUp => bottom_up(session),
        View::Slices => Some(slices(session, &session.slices.list.rows)),
        View::Distribution => Some(slices(session, session.distribution.longest())),
        View::Report => Some(report(session)),
        View::FlameGraph | View::FlameChart => match of_stack(session) {
            Some(text) => Some(Copied { text, n_left_out: None }),
            None => call_tree(session),
        },
    }
}

/// The picked stack, innermost first, a function a line.
pub fn of_stack(session: &Session) -> Option<String> {
    let path = session.picked_path()?;
    let paths = &session.base.paths;
    let profile = &session.document.profile;
    let names: Vec<&str> =
        paths.walk_to_root(path).map(|path| profile.function_name(paths.function(path))).collect();
    Some(names.join("\n"))
}

/// The visible rows of the call tree.
fn call_tree(session: &Session) -> Option<Copied> {
    let tree = &session.trees()?.tree;
    let profile = &session.document.profile;
    let header = "total\tself\tdepth\tfunction\tmodule\n";
    Some(table(header, &session.call_tree.rows, |text, &node| {
        let function = tree.function(node);
        let (total, self_, depth) = (tree.total_of(node), tree.self_of(node), tree.depth(node));
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        writeln!(text, "{total}\t{self_}\t{depth}\t{name}\t{module}")
    }))
}

/// The visible rows of the bottom-up tree.
fn bottom_up(session: &Session) -> Option<Copied> {
    session.trees()?;
    let tree = &session.bottom_up.tree;
    let profile = &session.document.profile;
    Some(table("self\tdepth\tfunction\tmodule\n", &session.bottom_up.rows, |text, &node| {
        let (weight, depth, function) = (tree.weight(node), tree.depth(node), tree.function(node));
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        writeln!(text, "{weight}\t{depth}\t{name}\t{module}")
    }))
}

/// The function table.
fn functions(session: &Session) -> Option<Copied> {
    let totals = &session.trees()?.functions;
    let profile = &session.document.profile;
    Some(table("self\ttotal\tfunction\tmodule\n", &session.functions.rows, |text, &function| {
        let (self_, total) = (totals.self_of(function), totals.total_of(function));
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        writeln!(text, "{self_}\t{total}\t{name}\t{module}")
    }))
}

/// Slices with their times in nanoseconds.
fn slices(session: &Session, rows: &[SliceId]) -> Copied {
    let profile = &session.document.profile;
    let slices = profile.slices();
    let header = "start_ns\tduration_ns\tself_ns\tname\tcategory\ttrack\n";
    table(header, rows, |text, &slice| {
        let (start, duration) = (slices.start_ns(slice), slices.durations_ns()[slice.index()]);
        let (self_, function) = (slices.self_ns(slice), slices.name(slice));
        let (name, category) = (profile.function_name(function), profile.function_module(function));
        let track = track_label(profile, slice);
        writeln!(text, "{start}\t{duration}\t{self_}\t{name}\t{category}\t{track}")
    })
}

/// The delta table of a comparison, as it is listed.
pub fn of_comparison(comparison: &Comparison) -> Option<Copied> {
    let compared = comparison.compared.as_ref()?;
    let paired = &compared.paired;
    let header = "a\tb\tchange\tchange_of_a\tshare_a\tshare_b\tstate\tp_value\tfunction\tmodule\n";
    Some(table(header, &comparison.rows, |text, &pair| {
        let change = compared.change_of(pair, comparison.by);
        let [a, b] = change.values;
        let of_a = if a == 0.0 { String::new() } else { ((b - a) / a.abs()).to_string() };
        let [share_a, share_b] = shares(compared, &change);
        let state = match paired.function(pair).of {
            [Some(_), Some(_)] => "both",
            [None, _] => "new",
            [_, None] => "gone",
        };
        let p_value = change.p_value.map_or(String::new(), |p| p.to_string());
        let (name, module, delta) = (paired.name(pair), paired.module(pair), b - a);
        writeln!(
            text,
            "{a}\t{b}\t{delta}\t{of_a}\t{share_a}\t{share_b}\t{state}\t{p_value}\t{name}\t{module}"
        )
    }))
}

/// What the importer noted.
fn report(session: &Session) -> Copied {
    table("kind\tcount\tnote\n", &session.document.report.notes(), |text, note| {
        writeln!(text, "{}\t{}\t{}", note.kind, note.count, note.text)
    })
}

fn table<T>(
    header: &str,
    rows: &[T],
    mut line: impl FnMut(&mut String, &T) -> std::fmt::Result,
) -> Copied {
    let mut text = header.to_owned();
    for row in rows.iter().take(MAX_ROWS) {
        // Writing to a String cannot fail.
        let _: std::fmt::Result = line(&mut text, row);
    }
    let n_left_out = rows.len().checked_sub(MAX_ROWS).filter(|&n| n > 0);
    Copied { text, n_left_out }
}
