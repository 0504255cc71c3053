//! What was checked, as a table for people: as text and as Markdown.

use std::borrow::Cow;
use std::fmt::Write as _;

use rview_core::budget::{Kind, Outcome, Verdict};
use rview_core::diff::{Mode, Spread};
use rview_core::search::AmountUnit;

use super::{Checked, Findings};

/// A row of either table.
struct Row {
    verdict: &'static str,
    /// The base, the new side, the change, and that in percent of the base.
    cells: [String; 4],
    budget: String,
    remarks: String,
}

impl Findings {
    /// How many budgets failed, in words.
    pub(super) fn headline(&self) -> String {
        let n = self.checked.len();
        let budgets = if n == 1 { "budget" } else { "budgets" };
        match self.n_failed() {
            0 => format!("{n} {budgets} kept"),
            failed => format!("{failed} of {n} {budgets} failed"),
        }
    }

    pub(super) fn n_failed(&self) -> usize {
        self.checked.iter().filter(|it| it.outcome.verdict.fails()).count()
    }

    /// What changes are changes of.
    fn legend(&self) -> Cow<'static, str> {
        Cow::Borrowed(match &self.terms.mode {
            Mode::Absolute => "",
            Mode::Share => "Changes are of shares of the whole of each recording, in points",
            Mode::PerSecond => "Changes are of weights by second of each recording",
            Mode::PerSample => "Changes are of weights by sample of each recording",
            Mode::PerFunction(name) => {
                return Cow::Owned(format!(
                    "Changes are of parts of the total of {name} in each recording, in points"
                ));
            }
            Mode::PerLabel(key) => {
                return Cow::Owned(format!("Changes are of weights by {key} of each recording"));
            }
        })
    }

    fn has_base(&self) -> bool {
        !self.files[0].is_empty()
    }
}

/// The table for a terminal.
pub(super) fn text(findings: &Findings) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write_text(&mut out, findings);
    out
}

fn write_text(out: &mut String, findings: &Findings) -> std::fmt::Result {
    for (side, files) in ["Base", "New "].iter().zip(&findings.files) {
        if !files.is_empty() {
            writeln!(out, "{side}  {}", files.join(", "))?;
        }
    }
    out.push('\n');
    let rows: Vec<Row> = findings.checked.iter().map(row).collect();
    let titles = ["Base", "New", "Change", "of base"];
    // Without a base there is only the new side.
    let columns = if findings.has_base() { 0..4 } else { 1..2 };
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row.cells[column].chars().count());
        cells.chain([titles[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = columns.clone().map(width).collect();
    let line = |out: &mut String, verdict: &str, cells: &[&str], rest: &str| -> std::fmt::Result {
        write!(out, "{verdict:7}")?;
        for (cell, width) in cells.iter().zip(&widths) {
            write!(out, "  {cell:>width$}")?;
        }
        writeln!(out, "  {rest}")
    };
    line(out, "", &titles[columns.clone()], "Budget")?;
    for row in &rows {
        let cells: Vec<&str> = row.cells[columns.clone()].iter().map(String::as_str).collect();
        line(out, row.verdict, &cells, &row.budget)?;
        let indent = 9 + widths.iter().map(|width| width + 2).sum::<usize>();
        writeln!(out, "{:indent$}{}", "", row.remarks)?;
    }
    out.push('\n');
    for line in [&*findings.legend(), &findings.headline()] {
        if !line.is_empty() {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// The table for a comment on a pull request.
pub(super) fn markdown(findings: &Findings) -> String {
    let mut out = String::new();
    let _: std::fmt::Result = write_markdown(&mut out, findings);
    out
}

fn write_markdown(out: &mut String, findings: &Findings) -> std::fmt::Result {
    writeln!(out, "### Performance: {}\n", findings.headline())?;
    let has_base = findings.has_base();
    out.push_str(if has_base {
        "| | Budget | Base | New | Change | |\n|---|---|--:|--:|--:|---|\n"
    } else {
        "| | Budget | Value | |\n|---|---|--:|---|\n"
    });
    for (checked, row) in findings.checked.iter().map(|checked| (checked, row(checked))) {
        let sign = match checked.outcome.verdict {
            Verdict::Passed => "✅",
            Verdict::Chance => "🎲",
            Verdict::Failed => "❌",
            Verdict::Missing => "❓",
        };
        let [base, new, change, of_base] = &row.cells;
        let values = if has_base {
            let of_base = if *of_base == NONE { String::new() } else { format!(" ({of_base})") };
            format!("{base} | {new} | {change}{of_base}")
        } else {
            new.clone()
        };
        let (budget, remarks) = (code(&row.budget), escaped(&row.remarks));
        writeln!(out, "| {sign} {} | {budget} | {values} | {remarks} |", row.verdict)?;
    }
    if !findings.legend().is_empty() {
        writeln!(out, "\n{}", findings.legend())?;
    }
    let sides = findings
        .files
        .each_ref()
        .map(|files| files.iter().map(|file| code(file)).collect::<Vec<_>>().join(", "));
    let files = if has_base { sides.join(" → ") } else { sides[1].clone() };
    writeln!(out, "\n{files}")?;
    if let Some(picture) = &findings.picture {
        let what = if has_base { "Differential flame graph" } else { "Flame graph" };
        // In angle brackets a path may have spaces.
        let path = picture.to_string_lossy().replace(['<', '>', '\n'], "");
        writeln!(out, "\n![{what}](<{path}>)")?;
    }
    Ok(())
}

/// Text that stands for itself in a cell of Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '~' | '#' | '@') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

/// Text as code in a cell of Markdown: only the bar between cells and ticks are not themselves.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}", text.replace('|', "\\|"))
}

/// What is written for nothing.
const NONE: &str = "–";

fn row(checked: &Checked) -> Row {
    let outcome = &checked.outcome;
    let (base, new) = (outcome.base.as_ref(), &outcome.new);
    let none = || NONE.to_owned();
    let delta = outcome.delta().filter(|_| outcome.is_missing != [true; 2]);
    let cells = [
        base.filter(|_| !outcome.is_missing[0]).map_or_else(none, |base| spread(outcome, base)),
        if outcome.is_missing[1] { none() } else { spread(outcome, new) },
        delta.map_or_else(none, |delta| signed(delta, |delta| value(outcome, delta))),
        delta
            .zip(base)
            .filter(|(_, base)| base.mean != 0.0)
            .map_or_else(none, |(delta, base)| percent(delta / base.mean.abs())),
    ];
    Row {
        verdict: match outcome.verdict {
            Verdict::Passed => "kept",
            Verdict::Chance => "chance",
            Verdict::Failed => "FAILED",
            Verdict::Missing => "MISSING",
        },
        cells,
        budget: title(checked),
        remarks: remarks(checked),
    }
}

/// What a budget is called, with its condition.
pub(super) fn title(checked: &Checked) -> String {
    let condition = format!("{} {}", kind(checked.budget.kind), checked.budget.condition);
    match &checked.name {
        Some(name) => format!("{name}: {condition}"),
        None => condition,
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FailIf => "fail if",
        Kind::Require => "require",
    }
}

/// What was measured, in a line.
pub(super) fn measured(checked: &Checked) -> String {
    let Row { verdict, cells: [base, new, change, of_base], remarks, .. } = row(checked);
    let values = match checked.outcome.base {
        Some(_) => format!("{base} → {new}, {change} ({of_base})"),
        None => new,
    };
    format!("{verdict}: {values}; {remarks}")
}

/// What was weighed, and what is to be said of it.
fn remarks(checked: &Checked) -> String {
    let outcome = &checked.outcome;
    let limit = checked.budget.condition.limit;
    let is_share = limit.change.is_none() && limit.amount.unit == Some(AmountUnit::Percent);
    let mut remarks = Vec::new();
    let is_slices = outcome.measure == "slices";
    match &outcome.names[..] {
        [] if outcome.verdict == Verdict::Missing || outcome.is_missing == [true; 2] => {
            remarks.push("nothing is called so in any of the recordings".to_owned());
        }
        [] => remarks.push(outcome.measure.clone()),
        [name] => remarks.push(format!("{} of {name}", outcome.measure)),
        names => {
            let what = if is_slices { "names" } else { "functions" };
            let n_listed = names.len().min(LISTED);
            let mut list = names[..n_listed].join(", ");
            if outcome.n_names > n_listed {
                list = format!("{list}, …");
            }
            remarks.push(format!("{} of {} {what}: {list}", outcome.measure, outcome.n_names));
        }
    }
    if outcome.base.is_some() {
        remarks.push(match outcome.is_missing {
            [true, false] => "new: nothing is called so in the base".to_owned(),
            [false, true] => "gone: nothing is called so in the new recording".to_owned(),
            _ => String::new(),
        });
        if outcome.delta() != Some(0.0) {
            remarks.push(chance(outcome));
        }
    }
    if let Some(whole) = outcome.whole
        && is_share
        && !outcome.is_missing[1]
    {
        remarks.push(format!("{:.2} % of the whole", outcome.new.mean * 100.0 / whole.max(1.0)));
    }
    remarks.retain(|remark| !remark.is_empty());
    remarks.join("; ")
}

/// Names that a remark lists.
const LISTED: usize = 3;

fn chance(outcome: &Outcome) -> String {
    let interval = outcome.interval.filter(|[low, high]| low < high).map(|interval| {
        let [low, high] = interval.map(|end| signed(end, |end| value(outcome, end)));
        format!("95 % sure of {low} to {high}")
    });
    let told = match outcome.is_significant() {
        Some(true) => "more than chance",
        Some(false) => "chance alone changes as much",
        None => "how much chance alone changes cannot be told",
    };
    interval.map_or_else(|| told.to_owned(), |interval| format!("{told}, {interval}"))
}

/// The mean, and how recordings of the side vary.
fn spread(outcome: &Outcome, spread: &Spread) -> String {
    let mean = value(outcome, spread.mean);
    if spread.n < 2 { mean } else { format!("{mean} ± {}", value(outcome, spread.deviation)) }
}

/// A value as people read it.
fn value(outcome: &Outcome, value: f64) -> String {
    format!("{}{}", outcome.mode.format(value, &outcome.unit), outcome.mode.suffix())
}

fn percent(part: f64) -> String {
    signed(part, |part| format!("{:.1} %", part * 100.0).replace('-', "−"))
}

/// With a sign, also of what grew.
fn signed(value: f64, format: impl Fn(f64) -> String) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", format(value))
}
