//! The comparison for people.

use std::fmt::Write as _;

use rview_core::diff::{Change, Comparison, Doubt, Mode, Row};
use rview_core::units::{format_duration, format_percent};
use rview_core::{Granularity, Profile, Unit};
use rview_formats::Document;

use super::super::shape::plural;
use super::{names, state};

/// What both are as a whole, then the functions that changed most in the first value type.
pub(super) fn text(
    documents: &[Vec<Document>; 2],
    comparison: &Comparison,
    how: (&Mode, Granularity),
    n_rows: usize,
) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write(&mut out, documents, comparison, how, n_rows);
    out
}

fn write(
    out: &mut String,
    documents: &[Vec<Document>; 2],
    comparison: &Comparison,
    (mode, granularity): (&Mode, Granularity),
    n_rows: usize,
) -> std::fmt::Result {
    write_sides(out, documents, comparison)?;
    let Some(pair) = comparison.measures.first() else { return Ok(()) };
    let divided_by = comparison.divided_by.first().copied().unwrap_or_default();
    let cells = Cells { mode, unit: &pair.unit, divided_by };
    writeln!(
        out,
        "\n{} by change of self in {}, {}",
        plural(granularity),
        pair.name(),
        cells.legend()
    )?;
    let width = if documents.iter().any(|side| side.len() > 1) { 14 } else { 11 };
    let header = ["Self A", "Self B", "Change", "of A", "Total A", "Total B", "Change", "of A"];
    for title in header {
        write!(out, "{title:>width$} ")?;
    }
    writeln!(out, "    {}", plural(granularity).trim_end_matches('s'))?;
    let is_change =
        |row: &&Row| row.self_[0].delta_value() != 0.0 || row.total[0].delta_value() != 0.0;
    let rows: Vec<&Row> = comparison.rows.iter().filter(is_change).collect();
    for row in rows.iter().take(n_rows) {
        for change in [&row.self_[0], &row.total[0]] {
            let [a, b, delta, of_a] = cells.of(change);
            let delta = format!("{}{delta}", change.doubt().map_or("", Doubt::mark));
            for cell in [a, b, delta, of_a] {
                write!(out, "{cell:>width$} ")?;
            }
        }
        let is_in_both = state(row) == "both";
        let state = if is_in_both { "" } else { state(row) };
        writeln!(out, "{state:>4} {}", name(documents, row))?;
    }
    let n_left = rows.len().saturating_sub(n_rows);
    if n_left > 0 {
        writeln!(out, "… and {n_left} more that changed; --all lists them")?;
    }
    let n_same = comparison.rows.len() - rows.len();
    writeln!(out, "{n_same} {} are as they were", granularity.name())?;
    let changes = || rows.iter().flat_map(|row| [&row.self_[0], &row.total[0]]);
    if changes().all(|change| change.p_value.is_none()) {
        return if rows.is_empty() {
            Ok(())
        } else {
            writeln!(out, "How much chance alone changes {} cannot be told", pair.name())
        };
    }
    for doubt in Doubt::ALL {
        if changes().any(|change| change.doubt() == Some(doubt)) {
            writeln!(out, "{} {}", doubt.mark(), doubt.told())?;
        }
    }
    if changes().any(|change| change.deviations.is_some()) {
        writeln!(out, "Means of several recordings; ± is where changes are with 95 % confidence")?;
    }
    Ok(())
}

/// The recordings of both sides, and what all of them weighs.
fn write_sides(
    out: &mut String,
    documents: &[Vec<Document>; 2],
    comparison: &Comparison,
) -> std::fmt::Result {
    for (letter, documents) in ["A", "B"].iter().zip(documents) {
        let Some(first) = documents.first() else { continue };
        write!(out, "{letter}  {}: {}", names(documents), first.format())?;
        let duration_ns = first.profile.duration_ns();
        match &documents[..] {
            [_] if duration_ns > 0 => write!(out, ", {}", format_duration(duration_ns))?,
            [_] => {}
            several => write!(out, ", {} recordings", several.len())?,
        }
        writeln!(out)?;
    }
    for (pair, whole) in comparison.measures.iter().zip(&comparison.whole) {
        let [a, b] = whole.weights.map(|weight| pair.unit.format_exact(weight));
        let change = signed(whole.delta(), |weight| pair.unit.format(weight));
        let [name_a, name_b] = &pair.names;
        let name = if name_a == name_b { name_b.clone() } else { format!("{name_a} → {name_b}") };
        writeln!(out, "   {name}: {a} → {b}, {change} ({})", of_a(whole))?;
    }
    Ok(())
}

fn name(documents: &[Vec<Document>; 2], row: &Row) -> String {
    let name = |side: usize| {
        let function = row.functions[side]?;
        let profile: &Profile = &documents[side][row.recordings[side]].profile;
        Some((profile.function_name(function), profile.function_module(function)))
    };
    match (name(0), name(1)) {
        (Some((a, _)), Some((b, module))) if a != b => with_module(&format!("{a} → {b}"), module),
        (_, Some((name, module))) | (Some((name, module)), None) => with_module(name, module),
        (None, None) => String::new(),
    }
}

fn with_module(name: &str, module: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{name}  [{module}]") }
}

/// How weights are written in a mode.
struct Cells<'a> {
    mode: &'a Mode,
    unit: &'a Unit,
    divided_by: [f64; 2],
}

impl Cells<'_> {
    fn legend(&self) -> String {
        let [a, b] = self.divided_by;
        let weight = |value: f64| Mode::Absolute.format(value, self.unit);
        match self.mode {
            Mode::Absolute => "as recorded".to_owned(),
            Mode::Share => "as shares of the whole of each recording, changes in points".to_owned(),
            Mode::PerSecond => "by second of each recording".to_owned(),
            Mode::PerSample => format!("by sample: A divided by {a:.0}, B by {b:.0}"),
            Mode::PerFunction(name) => format!(
                "as parts of the total of {name}, changes in points: A divided by {}, B by {}",
                weight(a),
                weight(b)
            ),
            Mode::PerLabel(key) => {
                format!("by {key}: A divided by {a:.0} of them, B by {b:.0}")
            }
        }
    }

    /// Both sides, the change, and the change in percent of A.
    fn of(&self, change: &Change) -> [String; 4] {
        if matches!(self.mode, Mode::Absolute) {
            let [a, b] = change.weights.map(|weight| self.weight(weight));
            let delta = signed(change.delta(), |weight| self.unit.format(weight));
            let of_a = if change.interval.is_some() { percent(change) } else { of_a(change) };
            return [a, b, delta, of_a];
        }
        let [a, b] = change.values.map(|value| self.value(value));
        let delta = change.delta_value();
        let sign = if delta > 0.0 { "+" } else { "" };
        [a, b, format!("{sign}{}", self.value(delta)), percent(change)]
    }

    fn weight(&self, weight: i64) -> String {
        if weight == 0 { "–".to_owned() } else { self.unit.format(weight) }
    }

    fn value(&self, value: f64) -> String {
        if value == 0.0 { "–".to_owned() } else { self.mode.format(value, self.unit) }
    }
}

/// The change of the value in percent of A, and how far from it the true one may be.
fn percent(change: &Change) -> String {
    let [a, _] = change.values;
    if a == 0.0 {
        return "–".to_owned();
    }
    let part = change.delta_value() * 100.0 / a.abs();
    let reach = change.interval.map(|[low, high]| (high - low) * 50.0 / a.abs());
    let text = reach.map_or_else(|| format!("{part:+.1} %"), |it| format!("{part:+.1} ±{it:.1} %"));
    text.replace('-', "−")
}

/// The change in percent of A; a dash for what was not there.
fn of_a(change: &Change) -> String {
    match change.weights[0] {
        0 => "–".to_owned(),
        a => signed(change.delta(), |delta| format_percent(delta, a.saturating_abs())),
    }
}

/// With a sign, also of what grew.
fn signed(weight: i64, format: impl Fn(i64) -> String) -> String {
    let sign = if weight > 0 { "+" } else { "" };
    format!("{sign}{}", format(weight))
}
