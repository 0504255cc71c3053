//! What was checked, for programs.
//!
//! The JSON is a contract: fields may be added, none changes its meaning. What is serialized
//! are the types of this file, never those of the model.

use rview_core::budget::{Kind, Verdict};
use rview_core::diff::Spread;
use serde::Serialize;

use super::super::report::{Note, notes};
use super::{Checked, Findings};

#[derive(Serialize)]
struct Summary {
    /// Whether no budget failed.
    passed: bool,
    base: Vec<String>,
    new: Vec<String>,
    mode: &'static str,
    budgets: Vec<Entry>,
    notes: Vec<FileNote>,
}

#[derive(Serialize)]
struct Entry {
    name: Option<String>,
    budget: String,
    /// `fail-if` or `require`.
    kind: &'static str,
    /// `passed`, `chance` (beyond the limit by chance, which passes), `failed` or `missing`.
    verdict: &'static str,
    /// The value type, or `slices`.
    measure: String,
    /// What values are in; of shares they are parts of 1, of mode `per-second` by second.
    unit: String,
    values: &'static str,
    base: Option<Value>,
    new: Value,
    delta: Option<f64>,
    /// The change in percent of the base.
    percent: Option<f64>,
    /// Whether chance alone would change as much in less than one of 20; `null` where nothing
    /// tells.
    significant: Option<bool>,
    p_value: Option<f64>,
    /// Where the change is with a confidence of 95 %.
    interval: Option<[f64; 2]>,
    /// The functions or slices that are weighed, at most 50 of them.
    names: Vec<String>,
    n_names: usize,
    missing_in_base: bool,
    missing_in_new: bool,
}

/// The recordings of a side.
#[derive(Serialize)]
struct Value {
    recordings: usize,
    mean: f64,
    deviation: f64,
}

#[derive(Serialize)]
struct FileNote {
    file: String,
    #[serde(flatten)]
    note: Note,
}

pub(super) fn json(findings: &Findings) -> String {
    let [base, new] = findings.files.clone();
    let all_notes = findings.documents.iter().flat_map(|document| {
        notes(document).into_iter().map(|note| FileNote { file: document.input.name(), note })
    });
    let summary = Summary {
        passed: findings.n_failed() == 0,
        base,
        new,
        mode: findings.terms.mode.name(),
        budgets: findings.checked.iter().map(entry).collect(),
        notes: all_notes.collect(),
    };
    // Strings and numbers can always be written.
    let json = serde_json::to_string_pretty(&summary).unwrap_or_default();
    format!("{json}\n")
}

fn entry(checked: &Checked) -> Entry {
    let outcome = &checked.outcome;
    let value = |spread: &Spread| Value {
        recordings: spread.n,
        mean: spread.mean,
        deviation: spread.deviation,
    };
    let base = outcome.base.as_ref();
    let delta = outcome.delta();
    let percent =
        |(delta, base): (f64, &Spread)| (base.mean != 0.0).then(|| delta * 100.0 / base.mean.abs());
    Entry {
        name: checked.name.clone(),
        budget: checked.budget.condition.to_string(),
        kind: match checked.budget.kind {
            Kind::FailIf => "fail-if",
            Kind::Require => "require",
        },
        verdict: match outcome.verdict {
            Verdict::Passed => "passed",
            Verdict::Chance => "chance",
            Verdict::Failed => "failed",
            Verdict::Missing => "missing",
        },
        measure: outcome.measure.clone(),
        unit: outcome.unit.name().to_owned(),
        values: outcome.mode.name(),
        base: base.map(value),
        new: value(&outcome.new),
        delta,
        percent: delta.zip(base).and_then(percent),
        significant: outcome.is_significant(),
        p_value: outcome.p_value,
        interval: outcome.interval,
        names: outcome.names.clone(),
        n_names: outcome.n_names,
        missing_in_base: base.is_some() && outcome.is_missing[0],
        missing_in_new: outcome.is_missing[1],
    }
}
