//! `rview check`: recordings against performance budgets, for continuous integration.

pub(super) mod budgets;
mod json;
mod junit;
mod picture;
mod table;

use std::path::PathBuf;

use clap::Args;
use rview_core::Selection;
use rview_core::budget::{Budget, Chance, Outcome, Recording, Terms};
use rview_core::diff::{Mode, Side};
use rview_formats::Document;

use super::diff;
use super::labels::Labels;
use super::render::refuse_other_format;
use super::sides::Sides;
use super::{CANNOT_READ, Failure, Names, Places, WRONG_USE, print, refuse_as_output};

/// `rview check`
///
/// Exit codes: 0 all budgets are kept, 1 some are not, 2 wrong use, 3 a file cannot be read.
#[derive(Args)]
#[command(after_help = "\
Budgets:
  total(parse*) > +5%        the change from the base, in percent of it
  self(module:libssl) > 10ms what the new recording weighs
  self(malloc) > 5%          the same as a share of the whole recording
  p99(slice:frame) < 33ms    a percentile of slices; also min, mean, p50, max, total, count
  max(slice:load arg.page=cart) < 1s   the same of those with such an argument
  total > +2%                the whole recording
A name that stands alone is a whole name, * in it any text; all else in parentheses is as in the
search of the window. A limit of what has a unit needs its unit, but for 0. A name that nothing has fails the check, see --allow-missing.")]
pub(super) struct Check {
    /// The new recordings
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The recordings that changes are counted from; several of a side tell how they vary
    #[arg(long, value_name = "FILE", num_args = 1..)]
    base: Vec<PathBuf>,
    /// The new recordings, as FILE
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "files")]
    new: Vec<PathBuf>,
    /// Fails if this holds, and chance alone does not explain it
    #[arg(long, value_name = "BUDGET")]
    fail_if: Vec<String>,
    /// Fails if this does not hold
    #[arg(long, value_name = "BUDGET")]
    require: Vec<String>,
    /// Reads budgets from a file; `rview.toml` if none are given
    #[arg(long, value_name = "TOML")]
    budgets: Option<PathBuf>,
    /// What changes are changes of: `absolute`, `share` of the whole, `per-second`, `per-sample`,
    /// `per-function=NAME` with all it calls, `per-label=KEY` by how many values the label has
    #[arg(long, value_name = "MODE", value_parser = diff::mode)]
    mode: Option<Mode>,
    /// Which value is weighed, such as `cpu`; the first that has the unit of the limit if not given
    #[arg(long, value_name = "NAME")]
    value: Option<String>,
    #[command(flatten)]
    labels: Labels,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    places: Places,
    /// Counts changes as measured, also those that chance alone explains
    #[arg(long)]
    ignore_chance: bool,
    /// Passes budgets of what is in none of the recordings
    #[arg(long)]
    allow_missing: bool,
    /// Prints JSON, or writes it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Prints Markdown, such as for a comment on a pull request, or writes it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    markdown: Option<PathBuf>,
    /// Writes a picture as PNG: what the first new recording weighs, or how it differs from the
    /// first of the base; Markdown shows it
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Prints XML as `JUnit` does, or writes it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    junit: Option<PathBuf>,
}

/// A budget, how it came out, and what people call it.
struct Checked {
    name: Option<String>,
    budget: Budget,
    outcome: Outcome,
}

/// All that was checked.
struct Findings {
    /// The files of the base and of the new side.
    files: [Vec<String>; 2],
    documents: Vec<Document>,
    terms: Terms,
    checked: Vec<Checked>,
    /// Where the picture is.
    picture: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let new_files = if self.files.is_empty() { &self.new } else { &self.files };
        if new_files.is_empty() {
            return Err(Failure::new(WRONG_USE, "name the recording to check; see --help"));
        }
        // What is written wrong is said before gigabytes are read.
        if let Some(picture) = &self.picture {
            refuse_other_format("--picture", picture)?;
            let read = self.base.iter().chain(new_files);
            refuse_as_output(picture, read.clone())?;
            if read.into_iter().any(|file| file.as_os_str() == "-") {
                let line = "--picture reads files again: name a file instead of standard input";
                return Err(Failure::new(WRONG_USE, line));
            }
        }
        let asked = self.asked()?;
        let sides = Sides { base: &self.base, new: new_files };
        let [base, new] = sides.open(&self.places, &self.names)?;
        let mode = self.mode.clone().unwrap_or(asked.mode);
        let documents: Vec<&Document> = base.iter().chain(&new).collect();
        diff::refuse_without_times(&mode, &documents)?;
        let selections = documents
            .iter()
            .map(|document| self.labels.selection_or_nothing(&document.profile))
            .collect::<Result<Vec<Selection>, Failure>>()?;
        let readers: Vec<_> = documents
            .iter()
            .map(|&document| {
                let slices = document.profile.slices();
                move |slice| slices.details(slice).flat_map(|at| document.arguments(at)).collect()
            })
            .collect();
        let recordings: Vec<Recording<'_>> = documents
            .iter()
            .zip(&selections)
            .zip(&readers)
            .map(|((document, selection), arguments)| {
                let side = Side { profile: &document.profile, selection };
                Recording { side, arguments }
            })
            .collect();
        let chance = if self.ignore_chance { Chance::Counts } else { Chance::Excuses };
        let terms = Terms { mode, chance, renames: asked.renames };
        let (of_base, of_new) = recordings.split_at(base.len());
        let mut checked = Vec::new();
        for budgets::Asked { name, budget, place } in asked.budgets {
            let outcome = budget
                .check([of_base, of_new], &terms)
                .map_err(|error| budgets::failure(&place, &budget.condition.to_string(), &error))?;
            checked.push(Checked { name, budget, outcome });
        }
        let files = [&base, &new].map(|side| side.iter().map(|it| it.input.name()).collect());
        let documents = base.into_iter().chain(new).collect();
        let picture = self.picture.clone();
        let findings = Findings { files, documents, terms, checked, picture };
        // What was found is told whether or not it can be drawn.
        let told = self.tell(&findings);
        if let Some(output) = &self.picture {
            let files = [self.base.first(), new_files.first()];
            let asked = picture::Asked {
                places: &self.places,
                labels: &self.labels,
                value: self.value.as_deref(),
                terms: &findings.terms,
            };
            if let Err(failure) = asked.draw(files, output) {
                let code = told.as_ref().err().map_or(failure.code, |exceeded| exceeded.code);
                return Err(Failure::new(code, failure.line));
            }
        }
        told
    }

    /// The budgets of the command line, else those of a file.
    fn asked(&self) -> Result<budgets::All, Failure> {
        let mut all = budgets::All::default();
        let is_given = !(self.fail_if.is_empty() && self.require.is_empty());
        let in_folder = PathBuf::from("rview.toml");
        let file = self.budgets.clone().or_else(|| in_folder.exists().then_some(in_folder));
        if let Some(file) = &file {
            all = budgets::of_file(file)?;
            if is_given && self.budgets.is_none() {
                // Budgets of the command line stand for those of the folder; what is renamed is so
                // all the same.
                all = budgets::All { renames: all.renames, ..budgets::All::default() };
            }
        }
        all.add(&self.fail_if, &self.require)?;
        if all.budgets.is_empty() {
            let line = "there is nothing to check: write --fail-if 'total(parse*) > +5%', or \
                        budgets in rview.toml";
            return Err(Failure::new(WRONG_USE, line));
        }
        for asked in &mut all.budgets {
            asked.budget.may_be_missing |= self.allow_missing;
            if asked.budget.measure.is_none() {
                asked.budget.measure.clone_from(&self.value);
            }
        }
        Ok(all)
    }

    fn tell(&self, findings: &Findings) -> Result<(), Failure> {
        let mut is_printed = false;
        let outputs = [
            (&self.json, json::json as fn(&Findings) -> String),
            (&self.markdown, table::markdown),
            (&self.junit, junit::junit),
        ];
        for (path, text) in outputs {
            let Some(path) = path else { continue };
            let text = text(findings);
            if path.as_os_str() == "-" {
                print(&text)?;
                is_printed = true;
            } else {
                std::fs::write(path, text).map_err(|err| {
                    let line = format!("{}: cannot be written: {err}", path.display());
                    Failure::new(CANNOT_READ, line)
                })?;
            }
        }
        if !is_printed {
            print(&table::text(findings))?;
        }
        let fails = findings.checked.iter().any(|it| it.outcome.verdict.fails());
        if fails { Err(Failure::new(BUDGET_EXCEEDED, "")) } else { Ok(()) }
    }
}

/// The exit code of a check that fails. The table has said why.
const BUDGET_EXCEEDED: u8 = 1;
