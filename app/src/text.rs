//! What is copied: stacks and tables as text.

use std::fmt::Write as _;

use rview_core::SliceId;

use crate::instances;
use crate::state::{Comparison, ComparisonView, Half, Session, View, shares};
use crate::views::track_label;

/// Rows of a table that are copied at most: more is what exports are for.
pub const MAX_ROWS: usize = 100_000;

/// A table, or the picked stack, as text.
#[derive(Debug)]
pub struct Copied {
    /// A line a row, columns separated by tabs, the first line their names; or a line a function.
    pub text: String,
    /// Which of the two it is.
    pub is_table: bool,
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
        View::Sandwich => sandwich(session),
        View::Source => source(session),
        View::Assembly => assembly(session),
        View::FlameGraph | View::FlameChart | View::HeatMap => match of_stack(session) {
            Some(text) => Some(Copied::stack(text)),
            None => call_tree(session),
        },
    }
}

impl Copied {
    fn stack(text: String) -> Self {
        Self { text, is_table: false, n_left_out: None }
    }

    /// The same as a table of Markdown, numbers right-aligned; a stack as a block of code.
    #[must_use]
    pub fn in_markdown(self) -> Self {
        let text = if self.is_table { markdown(&self.text) } else { fenced(&self.text) };
        Self { text, ..self }
    }
}

/// A table with tabs as one of Markdown.
fn markdown(table: &str) -> String {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let is_number = |cell: &str| cell.is_empty() || cell.parse::<f64>().is_ok();
    let first = table.lines().nth(1).unwrap_or_default();
    let cells: Vec<&str> = first.split('\t').collect();
    // A row in which a name is missing does not make a number of it.
    let rule = |column: usize| match cells.get(column) {
        Some(cell) if !cell.is_empty() && is_number(cell) => "--:",
        _ => "---",
    };
    let row = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rules: Vec<&str> = (0..header.len()).map(rule).collect();
    let mut text = row(&header) + &format!("| {} |\n", rules.join(" | "));
    for line in lines {
        text += &row(&line.split('\t').collect::<Vec<&str>>());
    }
    text
}

/// A cell in which nothing is taken for markup.
fn escaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    for letter in cell.chars() {
        if matches!(letter, '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '&' | '~')
        {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// A block of code with a fence that is not in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}\n")
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

/// The picked stack of the sandwich, from the function outward; where none is picked, what called
/// the function directly and what it called.
fn sandwich(session: &Session) -> Option<Copied> {
    let (profile, sandwich) = (&session.document.profile, session.sandwich.shown()?);
    if let Some((half, row)) = session.sandwich.cursor.filter(|&(_, row)| row > 0) {
        let tree = half.of(sandwich);
        let names = tree.walk_to_root(row).map(|row| profile.function_name(tree.function(row)));
        let mut names: Vec<&str> = names.collect();
        // As stacks are: the innermost first.
        if half == Half::Callers {
            names.reverse();
        }
        return Some(Copied::stack(names.join("\n")));
    }
    let callers = sandwich.direct_callers.iter().map(|call| ("caller", call));
    let callees = sandwich.direct_callees.iter().map(|call| ("callee", call));
    let calls: Vec<_> = callers.chain(callees).collect();
    Some(table("is\tweight\tfunction\tmodule\n", &calls, |text, (what, call)| {
        let (weight, function) = (call.weight, call.function);
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        writeln!(text, "{what}\t{weight}\t{name}\t{module}")
    }))
}

/// The costly lines of a file, in order.
fn source(session: &Session) -> Option<Copied> {
    let source = session.source.shown()?;
    Some(table("line\tself\ttotal\tsource\n", &source.costs.lines, |text, cost| {
        let line = source.text.as_ref().map_or_else(|_| "".into(), |text| text.line(cost.line));
        writeln!(text, "{}\t{}\t{}\t{}", cost.line, cost.self_, cost.total, line.trim())
    }))
}

/// The instructions of a function.
fn assembly(session: &Session) -> Option<Copied> {
    let assembly = session.assembly.shown()?;
    let code = assembly.code.as_ref().ok()?;
    let rows: Vec<usize> = (0..code.instructions.len()).collect();
    Some(table("self\taddress\tinstruction\tline\n", &rows, |text, &row| {
        let (it, self_) = (&code.instructions[row], assembly.self_[row]);
        let place = assembly.place(row).map(|(file, line)| format!("{file}:{line}"));
        let place = place.unwrap_or_default();
        let address = it.address.wrapping_add(code.to_symbol);
        writeln!(text, "{self_}\t{address:#x}\t{}\t{place}", it.text)
    }))
}

/// Slices with their times in nanoseconds.
fn slices(session: &Session, rows: &[SliceId]) -> Copied {
    let profile = &session.document.profile;
    let slices = profile.slices();
    let header = "start_ns\tduration_ns\tself_ns\tname\tcategory\ttrack\n";
    table(header, rows, |text, &slice| {
        let (start, duration) = (slices.start_ns(slice), slices.duration_ns(slice));
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
    if comparison.view == ComparisonView::Instances {
        return of_instances(comparison);
    }
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

/// The slices of a name in both recordings, as they are listed.
fn of_instances(comparison: &Comparison) -> Option<Copied> {
    let compared = comparison.compared.as_ref()?;
    let profiles = compared.paired.profiles();
    let (_, found) = compared.instances.as_ref()?;
    let header = "start_a_ns\tstart_b_ns\tduration_a_ns\tduration_b_ns\tchange_ns\tstate\n";
    Some(table(header, &comparison.instances.rows, |text, &row| {
        let Some(row) = found.rows.get(row as usize) else { return Ok(()) };
        let number = |ns: Option<i64>| ns.map_or(String::new(), |ns| ns.to_string());
        let start =
            |side: usize| number(row.of[side].map(|slice| profiles[side].slices().start_ns(slice)));
        let [a, b] = instances::durations_ns(profiles, row).map(number);
        let (change, state) = (instances::change_ns(profiles, row), instances::state_of(row));
        writeln!(text, "{}\t{}\t{a}\t{b}\t{change}\t{state}", start(0), start(1))
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
    Copied { text, is_table: true, n_left_out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_becomes_one_of_markdown() {
        let table = "self\tfunction\tmodule\n12\toperator|\t\n-3\tVec<u8>::f_1\tlibc\n";
        assert_eq!(
            markdown(table),
            "| self | function | module |\n| --: | --- | --- |\n\
             | 12 | operator\\| |  |\n| -3 | Vec\\<u8\\>::f\\_1 | libc |\n"
        );
    }

    #[test]
    fn a_stack_becomes_a_block_whatever_is_in_it() {
        assert_eq!(fenced("f\nmain"), "```\nf\nmain\n```\n");
        assert_eq!(fenced("```"), "````\n```\n````\n");
    }
}
