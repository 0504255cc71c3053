//! The source of a comparison: of which function, and at which line.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use rview_core::diff::{Basis, By, Change, line_changes};

use super::{Comparison, ComparisonView};
use crate::comparison::{Compared, PairedSource, WantedLines};
use crate::state::TabId;
use crate::worker::Worker;

/// The lines of the file of a function, and where in them the user is.
#[derive(Debug, Default)]
pub struct SourceLines {
    /// What was found, for what.
    answer: Option<(WantedLines, Arc<PairedSource>)>,
    /// By [`By`], then by row: what changed, as the comparison has it.
    changes: [Vec<Change>; 2],
    /// In which answer of the comparison.
    compared: Weak<Compared>,
    is_asked: bool,
    /// The row where the user is.
    pub picked: Option<usize>,
}

impl SourceLines {
    /// What is shown.
    pub fn shown(&self) -> Option<(&WantedLines, &PairedSource)> {
        self.answer.as_ref().map(|(wanted, source)| (wanted, &**source))
    }

    /// What each row weighs on both sides.
    pub fn changes(&self, by: By) -> &[Change] {
        &self.changes[by as usize]
    }

    /// Weighs the rows anew, as another answer has it.
    pub(super) fn refresh(&mut self, basis: &Basis) {
        let rows = self.answer.as_ref().map_or(&[][..], |(_, source)| &source.rows);
        // In the order of `By`.
        self.changes = [By::Own, By::Total].map(|by| line_changes(rows, basis, by));
    }

    /// Where in the rows the lines are that changed, by how much, largest first.
    fn changed(&self, by: By) -> Vec<usize> {
        let size = |&row: &usize| self.changes(by)[row].delta_value().abs();
        let mut rows: Vec<usize> =
            (0..self.changes(by).len()).filter(|it| size(it) > 0.0).collect();
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows
    }

    /// The file and line where the user is, in B where it has the line.
    pub(in crate::state) fn place(&self) -> Option<(PathBuf, u32)> {
        let (_, source) = self.answer.as_ref()?;
        let row = source.rows.get(self.picked?)?;
        [1, 0].into_iter().find_map(|side| {
            // Of one text lines have the same numbers on both sides.
            let text = source.text_of(side).or(source.text_of(1 - side))?;
            Some((text.path.clone(), row.line[side].filter(|&line| line > 0)?))
        })
    }

    /// Goes up or down.
    pub(super) fn step(&mut self, step: isize) {
        let Some((_, source)) = &self.answer else { return };
        let last = source.rows.len().saturating_sub(1);
        self.picked = Some(self.picked.unwrap_or(0).saturating_add_signed(step).min(last));
    }
}

impl Comparison {
    /// Starts the job that finds the lines, if they are on screen and not found.
    pub(super) fn ask_for_lines(&mut self, tab: TabId, roots: &[PathBuf], worker: &mut Worker) {
        if self.view != ComparisonView::Source || self.source.is_asked || self.is_stale() {
            return;
        }
        let function = self.picked_function().or(self.rows.first().copied());
        let Some((function, compared)) = function.zip(self.compared.as_ref()) else { return };
        let wanted = WantedLines { function, roots: roots.to_owned() };
        let is_of_answer = self.source.compared.ptr_eq(&Arc::downgrade(compared));
        let answered = self.source.answer.as_ref().map(|(answered, _)| answered);
        if !is_of_answer || answered != Some(&wanted) {
            self.source.is_asked = true;
            self.source.compared = Arc::downgrade(compared);
            worker.compare_lines(tab, Arc::clone(compared), wanted);
        }
    }

    /// Takes what a job has found, unless something else is compared by now. Another function is
    /// shown at its heaviest line.
    pub(in crate::state) fn take_lines(
        &mut self,
        compared: &Arc<Compared>,
        wanted: WantedLines,
        source: Arc<PairedSource>,
    ) {
        let view = &mut self.source;
        view.is_asked = false;
        if !view.compared.ptr_eq(&Arc::downgrade(compared)) {
            return;
        }
        let last = view.answer.as_ref();
        // Of another answer a function has another id.
        let is_same = last.is_some_and(|(_, last)| {
            [0, 1].iter().all(|&side| last.file(side) == source.file(side))
                && last.rows.len() == source.rows.len()
                && last.first == source.first
        });
        if !is_same || view.picked.is_none_or(|row| row >= source.rows.len()) {
            view.picked = source.first;
        }
        view.answer = Some((wanted, source));
        view.refresh(&compared.basis);
    }

    /// Goes to the line that is so many places further among those that changed most.
    pub(super) fn step_changed_line(&mut self, step: isize) {
        let changed = self.source.changed(self.by);
        let at = changed.iter().position(|&row| Some(row) == self.source.picked);
        let next = match at {
            Some(at) => at.checked_add_signed(step),
            None => Some(0),
        };
        if let Some(&row) = next.and_then(|at| changed.get(at)) {
            self.source.picked = Some(row);
        }
    }
}
