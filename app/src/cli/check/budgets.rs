//! Budgets as they are written, on the command line and in `rview.toml`:
//!
//! ```toml
//! mode = "share"
//!
//! [[budget]]
//! name = "parser"
//! fail-if = "total(parse*) > +5%"
//!
//! [[budget]]
//! require = "p99(slice:frame) < 33ms"
//! allow-missing = true
//!
//! [[rename]]
//! from = "parse"
//! to = "parse_all"
//! ```

use std::ops::Range;
use std::path::Path;

use rview_core::SearchError;
use rview_core::budget::{Budget, Condition, Kind};
use rview_core::diff::{FunctionName, Mode, Rename};
use serde::Deserialize;
use toml::Spanned;

use super::super::diff::MODES;
use super::super::{CANNOT_READ, Failure, WRONG_USE};

/// All budgets of a check.
#[derive(Default)]
pub(in crate::cli) struct All {
    pub(super) mode: Mode,
    pub(super) budgets: Vec<Asked>,
    /// Functions that have another name in the new recording.
    pub(in crate::cli) renames: Vec<Rename>,
}

/// A budget and where it was written.
pub(super) struct Asked {
    pub(super) name: Option<String>,
    pub(super) budget: Budget,
    /// Such as `--fail-if` or `rview.toml:7`.
    pub(super) place: String,
}

/// A file of budgets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    mode: Option<Spanned<String>>,
    #[serde(default)]
    budget: Vec<Spanned<Entry>>,
    #[serde(default)]
    rename: Vec<Renamed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Renamed {
    from: String,
    to: String,
    from_module: Option<String>,
    to_module: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    name: Option<String>,
    fail_if: Option<Spanned<String>>,
    require: Option<Spanned<String>>,
    value: Option<String>,
    #[serde(default)]
    allow_missing: bool,
}

impl All {
    /// Adds those of the command line.
    pub(super) fn add(&mut self, fail_if: &[String], require: &[String]) -> Result<(), Failure> {
        let of_kind = [(Kind::FailIf, "--fail-if", fail_if), (Kind::Require, "--require", require)];
        for (kind, place, texts) in of_kind {
            for text in texts {
                let condition =
                    Condition::new(text).map_err(|error| failure(place, text, &error))?;
                let budget = Budget { condition, kind, measure: None, may_be_missing: false };
                self.budgets.push(Asked { name: None, budget, place: place.to_owned() });
            }
        }
        Ok(())
    }
}

/// What is wrong with a budget, with a mark below its place.
pub(super) fn failure(place: &str, text: &str, error: &SearchError) -> Failure {
    let column = text[..error.position].chars().count();
    let line = format!(
        "{place}: column {}: {}\n  {text}\n  {}^",
        column + 1,
        error.message,
        " ".repeat(column)
    );
    Failure::new(WRONG_USE, line)
}

/// The budgets of a file.
pub(in crate::cli) fn of_file(path: &Path) -> Result<All, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|err| Failure::new(CANNOT_READ, format!("{name}: {err}")))?;
    let place = |span: Range<usize>| {
        let line = text.get(..span.start).unwrap_or_default().matches('\n').count() + 1;
        format!("{name}:{line}")
    };
    let fail = |span: Range<usize>, what: &str| {
        Failure::new(WRONG_USE, format!("{}: {what}", place(span)))
    };
    let file: File = toml::from_str(&text)
        .map_err(|error| fail(error.span().unwrap_or_default(), error.message()))?;
    let rename = |it: Renamed| {
        let name = |name, module| FunctionName { name, module };
        Rename { of: [name(it.from, it.from_module), name(it.to, it.to_module)] }
    };
    let renames = file.rename.into_iter().map(rename).collect();
    let mut all = All { renames, ..All::default() };
    if let Some(mode) = file.mode {
        all.mode = Mode::from_text(mode.get_ref())
            .ok_or_else(|| fail(mode.span(), &format!("mode is one of {MODES}")))?;
    }
    for entry in file.budget {
        let span = entry.span();
        let entry = entry.into_inner();
        let (kind, condition) = match (entry.fail_if, entry.require) {
            (Some(condition), None) => (Kind::FailIf, condition),
            (None, Some(condition)) => (Kind::Require, condition),
            _ => return Err(fail(span, "a budget has either fail-if or require")),
        };
        let (place, text) = (place(condition.span()), condition.into_inner());
        let condition = Condition::new(&text).map_err(|error| failure(&place, &text, &error))?;
        let (measure, may_be_missing) = (entry.value, entry.allow_missing);
        let budget = Budget { condition, kind, measure, may_be_missing };
        all.budgets.push(Asked { name: entry.name, budget, place });
    }
    Ok(all)
}
