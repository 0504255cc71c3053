//! Functions that have another name in B: which somebody says are one, and which may be.

use std::fmt::Write as _;
use std::path::Path;

use rview_core::diff::{
    Alike, Comparison, FunctionName, Match, PairTree, PairedFunctions, PairedMeasure, Proposal,
    Rename, Side, TreeSide, proposals,
};
use rview_core::{CallPaths, CallTree, PairId, PathWeights, Profile};
use rview_formats::Document;
use serde::Serialize;

use super::super::check::budgets;
use super::super::{Failure, WRONG_USE};

/// The pairs of the command line, then those of `rview.toml` in this folder.
pub(super) fn given(
    texts: &[String],
    documents: &[Vec<Document>; 2],
) -> Result<Vec<Rename>, Failure> {
    let mut renames = Vec::new();
    for text in texts {
        let of = of_text(text, documents)
            .map_err(|why| Failure::new(WRONG_USE, format!("--rename {text}: {why}")))?;
        renames.push(Rename { of: of.map(FunctionName::from) });
    }
    let file = Path::new("rview.toml");
    if file.exists() {
        renames.extend(budgets::of_file(file)?.renames);
    }
    Ok(renames)
}

/// The two names of `OLD=NEW`; names have such signs themselves, so what both files have is meant.
fn of_text<'t>(text: &'t str, documents: &[Vec<Document>; 2]) -> Result<[&'t str; 2], String> {
    let is_there = |side: usize, name: &str| {
        documents[side].iter().any(|document| {
            let profile = &document.profile;
            profile.symbols().functions().ids().any(|id| profile.function_name(id) == name)
        })
    };
    let splits = || text.match_indices('=').map(|(at, _)| [&text[..at], &text[at + 1..]]);
    if let Some(found) = splits().find(|[a, b]| is_there(0, a) && is_there(1, b)) {
        return Ok(found);
    }
    let Some([a, b]) = splits().next() else {
        return Err("write it as OLD=NEW, the names of one function in A and in B".to_owned());
    };
    let (side, name) = if is_there(0, a) { ("B", b) } else { ("A", a) };
    Err(format!("nothing in {side} is called {name}"))
}

/// Refuses what the command line says and several functions of a side are called, or that is said
/// twice.
pub(super) fn refuse_ignored(
    renames: &[Rename],
    comparison: &Comparison,
    documents: &[Vec<Document>; 2],
) -> Result<(), Failure> {
    for Rename { of: [a, b] } in renames {
        let name = |side: usize, row: &rview_core::diff::Row| {
            let profile: &Profile = &documents[side][row.recordings[side]].profile;
            row.functions[side].map(|function| profile.function_name(function).to_owned())
        };
        let is_applied = comparison.rows.iter().any(|row| {
            row.matched == Some(Match::Renamed)
                && name(0, row).as_ref() == Some(&a.name)
                && name(1, row).as_ref() == Some(&b.name)
        });
        if !is_applied {
            let line = format!(
                "--rename {}={}: several functions are called so, or one of them is renamed already",
                a.name, b.name
            );
            return Err(Failure::new(WRONG_USE, line));
        }
    }
    Ok(())
}

/// What may be one, of the first recording of each side.
pub(super) struct Proposed<'a> {
    profiles: [&'a Profile; 2],
    functions: PairedFunctions,
    pub(super) all: Vec<Proposal>,
}

impl<'a> Proposed<'a> {
    pub(super) fn new(sides: [Side<'a>; 2], measure: &PairedMeasure, alike: Alike<'_>) -> Self {
        let profiles = sides.map(|side| side.profile);
        let paths = profiles.map(CallPaths::new);
        let functions = PairedFunctions::new(profiles, [&paths[0], &paths[1]], alike);
        let is_open =
            |side: usize| functions.ids().any(|pair| functions.get(pair).of[side].is_none());
        if !(is_open(0) && is_open(1)) {
            return Self { profiles, functions, all: Vec::new() };
        }
        let trees = [0, 1].map(|at| {
            let Side { profile, selection } = sides[at];
            let weights = PathWeights::new(profile, &paths[at], measure.of[at], selection);
            CallTree::new(profile, &paths[at], &weights)
        });
        let of_side = trees.each_ref().map(TreeSide::without_events);
        let tree = PairTree::new(&functions, of_side, measure);
        let all = proposals(profiles, &functions, &tree, alike.rules);
        Self { profiles, functions, all }
    }

    fn name(&self, pair: PairId) -> &'a str {
        self.functions.get(pair).name(self.profiles)
    }

    /// For programs.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let function = |pair: PairId| Function {
            name: self.name(pair).to_owned(),
            module: self.functions.get(pair).module(self.profiles).to_owned(),
        };
        let entry = |it: &Proposal| Entry {
            a: function(it.of[0]),
            b: function(it.of[1]),
            score: it.score,
            callers: it.callers,
            callees: it.callees,
            weight: it.weight,
            name: it.name,
        };
        self.all.iter().map(entry).collect()
    }

    /// For people; nothing where there is nothing to propose.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        if self.all.is_empty() {
            return out;
        }
        out.push_str("Perhaps one function under two names; --rename takes them for one:\n");
        for it in self.all.iter().take(LISTED) {
            let [a, b] = it.of.map(|pair| self.name(pair));
            // Writing to a String cannot fail.
            let _: std::fmt::Result = writeln!(out, "  '{a}={b}'  {}", why(it));
        }
        if let Some(n_left) = self.all.len().checked_sub(LISTED).filter(|&n| n > 0) {
            let _: std::fmt::Result = writeln!(out, "  … and {n_left} more; --json lists them");
        }
        out
    }
}

/// Proposals that the text lists.
const LISTED: usize = 10;

/// What speaks for a proposal.
fn why(it: &Proposal) -> String {
    let percent = |part: f64| format!("{:.0} %", part * 100.0);
    let callees = it.callees.map_or(String::new(), |it| format!(", callees {}", percent(it)));
    format!(
        "alike: callers {}{callees}, weight {}, name {}",
        percent(it.callers),
        percent(it.weight),
        percent(it.name)
    )
}

/// Two functions that may be one, and what speaks for it, each from 0 to 1.
#[derive(Serialize)]
pub(super) struct Entry {
    a: Function,
    b: Function,
    score: f64,
    callers: f64,
    /// `null` where neither calls anything.
    callees: Option<f64>,
    weight: f64,
    name: f64,
}

#[derive(Serialize)]
struct Function {
    name: String,
    module: String,
}
