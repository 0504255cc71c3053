//! The source of a function on both sides: the lines of its file, or of both versions of it, with
//! what each weighs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rview_core::diff::{LineEvents, LineSide, PairLine, pair_lines};
use rview_core::{FunctionId, PairId};
use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::{Compared, Paired};
use crate::source::{Missing, Source, Text, WantedSource};

/// Whose source is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedLines {
    /// The function.
    pub function: PairId,
    /// The folders in which files are looked for.
    pub roots: Vec<PathBuf>,
}

/// The file of a function on the sides that have it.
#[derive(Debug)]
pub struct PairedSource {
    /// By side: what is known of the file; of one that lacks the function no text.
    pub sides: [Source; 2],
    /// The lines in their order; only those that weigh something where no text is found.
    pub rows: Vec<PairLine>,
    /// The row to show first.
    pub first: Option<usize>,
}

/// How long lines of two versions of a file are matched well; after that, roughly.
const PATIENCE: Duration = Duration::from_secs(1);

impl PairedSource {
    /// Finds the files and adds up their lines: linear in the samples and the lines of both.
    pub fn new(compared: &Compared, wanted: &WantedLines) -> Self {
        let paired = &compared.paired;
        let of = paired.function(wanted.function).of;
        let source = |side: usize| {
            let source = &paired.sources[side];
            let mut question = source.question.clone();
            question.measure = Some(paired.measure().of[side]);
            match of[side] {
                Some(function) => {
                    let wanted = WantedSource { question, function, roots: wanted.roots.clone() };
                    Source::new(&source.base, &wanted, None)
                }
                // What else is in the file of a function that is new or gone.
                None => Source::of_file(
                    &source.base,
                    &question,
                    same_file(paired, side, file_of(paired, 1 - side, of[1 - side])),
                ),
            }
        };
        let with_events = |side: usize| {
            let source = source(side);
            let events = events(paired, side, source.file.as_deref());
            (source, events)
        };
        let ((a, of_a), (b, of_b)) = rayon::join(|| with_events(0), || with_events(1));
        let sides = [a, b];
        let rows = rows(paired, &sides, &[of_a, of_b]);
        let first = first(&sides, &rows);
        Self { sides, rows, first }
    }

    /// The text of a line, from B where it is in both.
    pub fn text(&self, row: &PairLine) -> Option<std::borrow::Cow<'_, str>> {
        let of = |side: usize| Some(self.text_of(side)?.line(row.line[side].filter(|&it| it > 0)?));
        of(1).or_else(|| of(0))
    }

    /// The text of a side, where it is found.
    pub fn text_of(&self, side: usize) -> Option<&Arc<Text>> {
        self.sides[side].text.as_ref().ok()
    }

    /// Letters of the longest line.
    pub fn n_columns(&self) -> usize {
        [0, 1].into_iter().filter_map(|side| Some(self.text_of(side)?.n_columns)).max().unwrap_or(0)
    }

    /// The path of the file of a side as it was recorded.
    pub fn file(&self, side: usize) -> Option<&str> {
        self.sides[side].file.as_deref()
    }

    /// Where files were looked for, if none was found.
    pub fn missing(&self) -> Option<Vec<Missing>> {
        let mut all = Vec::new();
        for source in self.sides.iter().filter(|source| source.file.is_some()) {
            match &source.text {
                Ok(_) => return None,
                Err(missing) => all.extend(missing.iter().cloned()),
            }
        }
        all.dedup();
        Some(all)
    }
}

/// How many events the lines of a file are of on one side.
fn events(paired: &Paired, side: usize, file: Option<&str>) -> Option<LineEvents> {
    let super::Source { base, question, .. } = &paired.sources[side];
    let (recorded, measure) = (&*base.recorded, paired.measure().of[side]);
    let selection = question.selection(recorded);
    LineEvents::new(recorded, &base.paths, measure, &selection, file?)
}

/// The path of the file of a function.
fn file_of(paired: &Paired, side: usize, function: Option<FunctionId>) -> Option<String> {
    let profile = paired.sources[side].profile();
    let file = profile.symbols().functions().row(function?).file?;
    Some(profile.text(file).to_owned())
}

/// The path of a file of the other side in this one: builds in other folders have other paths, of
/// which the one with most of the same folders is meant.
fn same_file(paired: &Paired, side: usize, file: Option<String>) -> Option<String> {
    let file = file?;
    let profile = paired.sources[side].profile();
    let functions = profile.symbols().functions();
    let n_same = |path: &str| {
        let (a, b) = (path.rsplit(['/', '\\']), file.rsplit(['/', '\\']));
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let paths = functions.ids().filter_map(|id| functions.row(id).file);
    let all = paths.map(|path| profile.text(path)).map(|path| (path == file, n_same(path), path));
    let best = all.filter(|&(_, n_same, _)| n_same > 0).max_by_key(|&(is_it, n, _)| (is_it, n));
    best.map(|(.., path)| path.to_owned()).or(Some(file))
}

/// The lines of both sides, one row for those that are the same.
fn rows(paired: &Paired, sides: &[Source; 2], events: &[Option<LineEvents>; 2]) -> Vec<PairLine> {
    let of_side =
        |side: usize| LineSide { costs: &sides[side].costs, events: events[side].as_ref() };
    let (costs, measure) = ([of_side(0), of_side(1)], paired.measure());
    match sides.each_ref().map(|source| source.text.as_ref().ok()) {
        [Some(a), Some(b)] if a.path != b.path => pair_lines(measure, costs, matched(a, b)),
        // One text, of which both were made as far as is known.
        [a, b] => {
            let n_lines = a.or(b).map_or(0, |text| text.n_lines());
            let last = u32::try_from(n_lines).unwrap_or(u32::MAX);
            pair_lines(measure, costs, (1..=last).map(|line| [Some(line); 2]))
        }
    }
}

/// Which lines of two texts are the same, in the order of both.
fn matched(a: &Text, b: &Text) -> Vec<[Option<u32>; 2]> {
    let lines = |text: &Text| -> Vec<String> {
        let last = u32::try_from(text.n_lines()).unwrap_or(u32::MAX);
        (1..=last).map(|line| text.line(line).into_owned()).collect()
    };
    let (a, b) = (lines(a), lines(b));
    let until = Instant::now() + PATIENCE;
    let number = |at: usize| u32::try_from(at + 1).ok();
    let mut rows = Vec::new();
    for op in capture_diff_slices_deadline(Algorithm::Myers, &a, &b, Some(until)) {
        let (_, old, new) = op.as_tag_tuple();
        if let DiffOp::Equal { .. } = op {
            rows.extend(old.zip(new).map(|(a, b)| [number(a), number(b)]));
        } else {
            rows.extend(old.map(|a| [number(a), None]));
            rows.extend(new.map(|b| [None, number(b)]));
        }
    }
    rows
}

/// The row of the line that a side would show first: of B, if that has the function.
fn first(sides: &[Source; 2], rows: &[PairLine]) -> Option<usize> {
    [1, 0].into_iter().find_map(|side| {
        let line = sides[side].first?;
        rows.iter().position(|row| row.line[side] == Some(line))
    })
}
