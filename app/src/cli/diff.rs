//! `rview diff`: two recordings function by function, for people and, as JSON, for programs.
//!
//! The JSON is a contract: fields may be added, none changes its meaning. What is serialized
//! are the types of this file, never those of the model.

mod renames;
mod slices;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rview_core::diff::{self, Alike, Change, Comparison, Match, Mode, NameRule, Side};
use rview_core::{FunctionId, Profile, Selection};
use rview_formats::Document;
use serde::Serialize;

use super::labels::Labels;
use super::report::{LIST_LEN, Note, notes};
use super::shape::PathsOf;
use super::sides::Sides;
use super::{CANNOT_READ, Failure, Names, Places, WRONG_USE, print};
use renames::Proposed;
use slices::Slices;

/// `rview diff`
#[derive(Args)]
pub(super) struct Diff {
    /// The recording to compare with, and the one that may differ from it; `-` is standard input
    #[arg(value_names = ["A", "B"], num_args = 2, required_unless_present_all = ["base", "new"])]
    files: Vec<PathBuf>,
    /// Several recordings to compare with: their means are compared, and how they vary tells what
    /// is chance
    #[arg(long, value_name = "A", num_args = 1.., requires = "new", conflicts_with = "files")]
    base: Vec<PathBuf>,
    /// Several recordings that may differ from those
    #[arg(long, value_name = "B", num_args = 1.., requires = "base", conflicts_with = "files")]
    new: Vec<PathBuf>,
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    names: Names,
    /// What weights are compared as: `absolute`, `share` of the whole, `per-second`, `per-sample`,
    /// `per-function=NAME` with all it calls, `per-label=KEY` by how many values the label has
    #[arg(long, value_name = "MODE", value_parser = mode, default_value = "absolute")]
    mode: Mode,
    /// Which value the functions are ordered by, and the text shows; by name, such as `cpu`
    #[arg(long, value_name = "NAME")]
    value: Option<String>,
    #[command(flatten)]
    labels: Labels,
    #[command(flatten)]
    paths: PathsOf,
    /// What of names may differ between builds of one function: `hashes` of compilers, `clones`
    /// that optimizers make (.cold, .isra.0), numbers of `closures`, arguments of `generics`,
    /// `addresses` behind names, `versions` in modules and paths; or `none`
    #[arg(
        long,
        value_name = "RULE,…",
        value_delimiter = ',',
        default_value = "hashes,clones,closures,generics,addresses,versions"
    )]
    rules: Vec<Rule>,
    /// Takes a function of A and one of B for one; may be given several times, and be in
    /// `rview.toml`. What may be one is proposed at the end
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// Compares the slices of this name one by one: those of the same arguments, else in order
    #[arg(long, value_name = "NAME", conflicts_with_all = ["base", "new", "mode", "value"])]
    slice: Option<String>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
    /// Prints all functions, not the 25 that changed most, in JSON 50
    #[arg(long)]
    all: bool,
}

/// Reads what weights are compared as.
pub(super) fn mode(text: &str) -> Result<Mode, String> {
    Mode::from_text(text).ok_or_else(|| format!("one of {MODES}"))
}

/// What weights can be compared as.
pub(super) const MODES: &str =
    "absolute, share, per-second, per-sample, per-function=NAME, per-label=KEY";

/// A rule for names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    None,
    Name(NameRule),
}

impl ValueEnum for Rule {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Rule; 7] = [
            Rule::None,
            Rule::Name(NameRule::Hashes),
            Rule::Name(NameRule::Clones),
            Rule::Name(NameRule::Closures),
            Rule::Name(NameRule::Generics),
            Rule::Name(NameRule::Addresses),
            Rule::Name(NameRule::Versions),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::None => "none",
            Self::Name(rule) => rule.name(),
        }))
    }
}

/// Refuses to count by second what does not tell how long it lasted.
pub(super) fn refuse_without_times(mode: &Mode, documents: &[&Document]) -> Result<(), Failure> {
    if *mode == Mode::PerSecond
        && let Some(document) = documents.iter().find(|it| it.profile.duration_ns() <= 0)
    {
        let name = document.input.name();
        return Err(Failure::new(
            WRONG_USE,
            format!("{name}: does not tell how long it lasted; compare --mode share instead"),
        ));
    }
    Ok(())
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Summary {
    a: Recording,
    b: Recording,
    mode: &'static str,
    /// The function or label that weights are divided by.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode_of: Option<String>,
    value_types: Vec<ValueType>,
    functions: Vec<Function>,
    /// Gone and new functions that may be one, as what is around them is the same.
    proposals: Vec<renames::Entry>,
    notes: Vec<SideNote>,
}

/// One of the two files. Lists have an entry for each of the value types that both have.
#[derive(Serialize)]
struct Recording {
    file: String,
    format: &'static str,
    duration_ns: i64,
    samples: usize,
    total: Vec<i64>,
    /// What weights are divided by in this mode; 1 where they are as recorded.
    divided_by: Vec<f64>,
    /// Each of several recordings: then the above are their names, the format of the first, and
    /// means.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recordings: Vec<OneOfSeveral>,
}

/// One of several recordings of a side.
#[derive(Serialize)]
struct OneOfSeveral {
    file: String,
    format: &'static str,
    duration_ns: i64,
    samples: usize,
}

#[derive(Serialize)]
struct ValueType {
    name: String,
    /// Its name in A, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_a: Option<String>,
    unit: String,
}

/// A weight: as it was recorded, or what it is as a share or per second.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Number {
    Recorded(i64),
    Computed(f64),
}

#[derive(Serialize)]
struct Function {
    name: String,
    module: String,
    state: &'static str,
    /// Its name in A, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_a: Option<String>,
    /// Its module in A, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    module_a: Option<String>,
    /// How the two were found to be one: `renamed`, `exact`, `module`, `plain`, `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    matched: Option<&'static str>,
    self_a: Vec<Number>,
    self_b: Vec<Number>,
    delta_self: Vec<Number>,
    total_a: Vec<Number>,
    total_b: Vec<Number>,
    delta_total: Vec<Number>,
    /// Whether self or total of the first value type changed more than chance does; `null` where
    /// nothing tells.
    significant: Option<bool>,
    /// How likely chance alone makes as large a change, by value type.
    p_self: Vec<Option<f64>>,
    p_total: Vec<Option<f64>>,
    /// The same raised for who looks at all functions, as Benjamini and Hochberg do: below 0.05
    /// it is significant.
    q_self: Vec<Option<f64>>,
    q_total: Vec<Option<f64>>,
    /// How several recordings vary, and where the change is with a confidence of 95 %.
    #[serde(flatten)]
    spread: Option<FunctionSpread>,
}

/// By value type: standard deviations of both sides, and the ends of intervals.
#[derive(Serialize)]
struct FunctionSpread {
    deviations_self: Vec<Option<[f64; 2]>>,
    deviations_total: Vec<Option<[f64; 2]>>,
    interval_self: Vec<Option<[f64; 2]>>,
    interval_total: Vec<Option<[f64; 2]>>,
}

#[derive(Serialize)]
struct SideNote {
    side: &'static str,
    #[serde(flatten)]
    note: Note,
}

impl Diff {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (base, new) = match &self.files[..] {
            [a, b] => (std::slice::from_ref(a), std::slice::from_ref(b)),
            _ => (&*self.base, &*self.new),
        };
        let mut documents = Sides { base, new }.open(&self.places, &self.names)?;
        let granularity = self.paths.granularity();
        for document in documents.iter_mut().flatten() {
            document.profile = granularity.applied_to(&document.profile);
        }
        let rules: Vec<NameRule> = self
            .rules
            .iter()
            .filter_map(|rule| match rule {
                Rule::None => None,
                Rule::Name(rule) => Some(*rule),
            })
            .collect();
        let all: Vec<&Document> = documents.iter().flatten().collect();
        let selections = all
            .iter()
            .map(|document| self.labels.selection_or_nothing(&document.profile))
            .collect::<Result<Vec<Selection>, Failure>>()?;
        let recordings: Vec<Side<'_>> = all
            .iter()
            .zip(&selections)
            .map(|(document, selection)| Side { profile: &document.profile, selection })
            .collect();
        // What is only in one of them is new or gone.
        if recordings.iter().all(|side| self.labels.is_nothing(side.profile, side.selection)) {
            return Err(self.labels.nothing());
        }
        let renames = renames::given(&self.rename, &documents)?;
        if let (Some(name), [a, b], [of_a, of_b]) = (&self.slice, &all[..], &recordings[..]) {
            let slices = Slices::new([a, b], [*of_a, *of_b], name, &renames)?;
            let n_rows = |most: usize| if self.all { usize::MAX } else { most };
            if self.json {
                return print(&slices.json(n_rows(LIST_LEN))?);
            }
            return print(&slices.text(n_rows(25)));
        }
        refuse_without_times(&self.mode, &all)?;
        let (of_a, of_b) = recordings.split_at(base.len());
        let first = self.value.as_deref();
        let alike = Alike { rules: &rules, renames: &renames };
        let comparison = Comparison::of_several([of_a, of_b], &self.mode, alike, first)
            .map_err(|err| Failure::new(WRONG_USE, err.to_string()))?;
        renames::refuse_ignored(&renames[..self.rename.len()], &comparison, &documents)?;
        if let Some(first) = first
            && !comparison.measures.iter().any(|pair| pair.names.iter().any(|name| name == first))
        {
            let names: Vec<&str> =
                comparison.measures.iter().map(diff::PairedMeasure::name).collect();
            let line = format!("not both files measure {first}; both measure {}", names.join(", "));
            return Err(Failure::new(WRONG_USE, line));
        }
        let proposed = Proposed::new([of_a[0], of_b[0]], &comparison.measures[0], alike);
        let list_len = if self.all { usize::MAX } else { LIST_LEN };
        if self.json {
            let proposals = proposed.entries();
            let summary =
                Summary { proposals, ..summary(&documents, &comparison, &self.mode, list_len) };
            let json = serde_json::to_string_pretty(&summary)
                .map_err(|err| Failure::new(CANNOT_READ, err.to_string()))?;
            return print(&format!("{json}\n"));
        }
        let n_rows = if self.all { usize::MAX } else { 25 };
        let table = text::text(&documents, &comparison, (&self.mode, granularity), n_rows);
        print(&format!("{table}{}", proposed.text()))
    }
}

fn summary(
    documents: &[Vec<Document>; 2],
    comparison: &Comparison,
    mode: &Mode,
    list_len: usize,
) -> Summary {
    let value_type = |pair: &diff::PairedMeasure| ValueType {
        name: pair.name().to_owned(),
        name_a: Some(pair.names[0].clone()).filter(|name| *name != pair.names[1]),
        unit: pair.unit.name().to_owned(),
    };
    let mut all_notes = Vec::new();
    for (side, documents) in ["a", "b"].into_iter().zip(documents) {
        let notes = documents.iter().flat_map(notes);
        all_notes.extend(notes.map(|note| SideNote { side, note }));
    }
    let [a, b] = documents;
    let rows = comparison.rows.iter().take(list_len);
    Summary {
        a: recording(a, comparison, 0),
        b: recording(b, comparison, 1),
        mode: mode.name(),
        mode_of: mode.of().map(str::to_owned),
        value_types: comparison.measures.iter().map(value_type).collect(),
        functions: rows.map(|row| function(documents, mode, row)).collect(),
        proposals: Vec::new(),
        notes: all_notes,
    }
}

fn recording(documents: &[Document], comparison: &Comparison, side: usize) -> Recording {
    let of_one = |document: &Document| OneOfSeveral {
        file: document.input.name(),
        format: document.format(),
        duration_ns: document.profile.duration_ns(),
        samples: document.profile.samples().len(),
    };
    let duration: i64 = documents.iter().map(|document| document.profile.duration_ns()).sum();
    let samples: usize = documents.iter().map(|document| document.profile.samples().len()).sum();
    let n = documents.len().max(1);
    Recording {
        file: names(documents),
        format: documents.first().map_or("", Document::format),
        duration_ns: duration / i64::try_from(n).unwrap_or(1),
        samples: samples / n,
        total: comparison.whole.iter().map(|whole| whole.weights[side]).collect(),
        divided_by: comparison.divided_by.iter().map(|sides| sides[side]).collect(),
        recordings: match documents {
            [_] => Vec::new(),
            several => several.iter().map(of_one).collect(),
        },
    }
}

/// What the files of a side are called.
fn names(documents: &[Document]) -> String {
    let names: Vec<String> = documents.iter().map(|document| document.input.name()).collect();
    names.join(", ")
}

fn function(documents: &[Vec<Document>; 2], mode: &Mode, row: &diff::Row) -> Function {
    let told = |side: usize, tell: fn(&Profile, FunctionId) -> &str| {
        let function = row.functions[side]?;
        Some(tell(&documents[side][row.recordings[side]].profile, function).to_owned())
    };
    let [name_a, name_b] = [0, 1].map(|side| told(side, Profile::function_name));
    let [module_a, module_b] = [0, 1].map(|side| told(side, Profile::function_module));
    let other = |a: &Option<String>, b: &Option<String>| {
        a.clone().filter(|a| b.as_ref().is_some_and(|b| a != b))
    };
    let numbers = |changes: &[Change], of: fn([Number; 2]) -> Number| -> Vec<Number> {
        let pairs = changes.iter().map(|change| match mode {
            Mode::Absolute if change.deviations.is_none() => change.weights.map(Number::Recorded),
            _ => change.values.map(Number::Computed),
        });
        pairs.map(of).collect()
    };
    let (first, second) = (|[a, _]: [Number; 2]| a, |[_, b]: [Number; 2]| b);
    let significant = |changes: &[Change]| changes.first().and_then(Change::is_significant);
    Function {
        name_a: other(&name_a, &name_b),
        module_a: other(&module_a, &module_b),
        name: name_b.or(name_a).unwrap_or_default(),
        module: module_b.or(module_a).unwrap_or_default(),
        state: state(row),
        matched: row.matched.map(how),
        self_a: numbers(&row.self_, first),
        self_b: numbers(&row.self_, second),
        delta_self: numbers(&row.self_, difference),
        total_a: numbers(&row.total, first),
        total_b: numbers(&row.total, second),
        delta_total: numbers(&row.total, difference),
        significant: match (significant(&row.self_), significant(&row.total)) {
            (Some(self_), Some(total)) => Some(self_ || total),
            (one, other) => one.or(other),
        },
        p_self: row.self_.iter().map(|change| change.p_value).collect(),
        p_total: row.total.iter().map(|change| change.p_value).collect(),
        q_self: row.self_.iter().map(|change| change.adjusted).collect(),
        q_total: row.total.iter().map(|change| change.adjusted).collect(),
        spread: row.self_.iter().any(|change| change.deviations.is_some()).then(|| {
            FunctionSpread {
                deviations_self: row.self_.iter().map(|change| change.deviations).collect(),
                deviations_total: row.total.iter().map(|change| change.deviations).collect(),
                interval_self: row.self_.iter().map(|change| change.interval).collect(),
                interval_total: row.total.iter().map(|change| change.interval).collect(),
            }
        }),
    }
}

fn difference([a, b]: [Number; 2]) -> Number {
    match (a, b) {
        (Number::Recorded(a), Number::Recorded(b)) => Number::Recorded(b.saturating_sub(a)),
        (a, b) => Number::Computed(b.as_f64() - a.as_f64()),
    }
}

impl Number {
    fn as_f64(self) -> f64 {
        match self {
            Self::Recorded(weight) => weight as f64,
            Self::Computed(number) => number,
        }
    }
}

/// Whether a function is in both recordings.
fn state(row: &diff::Row) -> &'static str {
    match row.functions {
        [Some(_), Some(_)] => "both",
        [None, _] => "new",
        [Some(_), None] => "gone",
    }
}

fn how(matched: Match) -> &'static str {
    match matched {
        Match::Renamed => "renamed",
        Match::Exact => "exact",
        Match::Module => "module",
        Match::Plain => "plain",
        Match::Name => "name",
    }
}
