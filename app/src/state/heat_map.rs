//! The heat map: when samples were taken, whatever range of time is selected.

use std::sync::{Arc, Weak};

use rview_core::{HeatMap, Measure};

use super::{Session, Step, TabId, View};
use crate::analysis::{Base, Question};
use crate::command::Ask;
use crate::worker::Worker;

/// Samples by when they were taken.
#[derive(Debug, Default)]
pub struct HeatMapView {
    /// What was counted last, and for what.
    answer: Option<(Question, HeatMap)>,
    /// The shape and names of what was asked last.
    base: Weak<Base>,
    is_asked: bool,
    /// The cell that keys act on, by column and row.
    cursor: Option<(usize, usize)>,
    /// The cell at the other end of what keys select.
    anchor: Option<(usize, usize)>,
}

impl HeatMapView {
    /// Rows of a column: 20 ms of a second.
    const ROWS: usize = 50;

    /// Samples that a cell should have on average: with fewer, chance is all that is seen.
    const SAMPLES: usize = 4;

    /// Columns at most, so that each is a few points wide and has enough samples; rows in each.
    pub fn size(n_samples: usize) -> [usize; 2] {
        [(n_samples / (Self::SAMPLES * Self::ROWS)).clamp(24, 240), Self::ROWS]
    }

    /// Takes what a job has counted.
    pub(super) fn take(&mut self, question: Question, map: HeatMap) {
        self.is_asked = false;
        self.answer = Some((question, map));
    }

    /// The cell that keys act on.
    pub fn cursor(&self) -> Option<(usize, usize)> {
        let (column, row) = self.cursor?;
        let map = self.shown()?;
        (column < map.n_columns() && row < map.n_rows()).then_some((column, row))
    }

    /// The cell beside that which keys act on; the hottest where there is none yet. Time runs up,
    /// then on from the foot of the next column.
    fn beside(&self, step: Step) -> Option<(usize, usize)> {
        let map = self.shown()?;
        let Some((column, row)) = self.cursor() else { return map.hottest() };
        let (n_columns, n_rows) = (map.n_columns(), map.n_rows());
        let at = column * n_rows + row;
        let to = match step {
            Step::Up => at + 1,
            Step::Down => at.checked_sub(1)?,
            Step::Right => at + n_rows,
            Step::Left => at.checked_sub(n_rows)?,
        };
        (to < n_columns * n_rows).then_some((to / n_rows, to % n_rows))
    }

    /// What is shown.
    pub fn shown(&self) -> Option<&HeatMap> {
        self.answer.as_ref().map(|(_, map)| map)
    }
}

impl Session {
    /// Goes to the cell beside; `extends` selects the time from where that began.
    pub(super) fn step_in_heat_map(&mut self, step: Step, extends: bool) {
        let before = self.heat_map.cursor();
        let Some(cursor) = self.heat_map.beside(step) else { return };
        self.heat_map.cursor = Some(cursor);
        if !extends {
            self.heat_map.anchor = None;
            return;
        }
        let anchor = *self.heat_map.anchor.get_or_insert(before.unwrap_or(cursor));
        self.select_cells(anchor, cursor);
    }

    /// Selects the time of the cell that keys act on, if they act on one.
    pub(crate) fn select_cell(&mut self) -> bool {
        let is_there = self.layout.active == View::HeatMap && !self.keys_on_time;
        let Some(cursor) = self.heat_map.cursor().filter(|_| is_there) else { return false };
        self.heat_map.anchor = None;
        self.select_cells(cursor, cursor);
        true
    }

    fn select_cells(&mut self, a: (usize, usize), b: (usize, usize)) {
        let Some(map) = self.heat_map.shown() else { return };
        let range = |(column, row): (usize, usize)| map.range_ns(column, row);
        let range = range(a.min(b)).start..range(a.max(b)).end;
        self.change_question(Ask::Range(Some(range)));
    }

    /// Starts the job that counts samples by time, if they are on screen and not counted.
    pub(super) fn ask_for_heat_map(&mut self, tab: TabId, worker: &mut Worker) {
        if self.heat_map.is_asked || !self.layout.shows(View::HeatMap) {
            return;
        }
        if !matches!(self.question.measure, Some(Measure::Weight(_))) || self.is_stale() {
            return;
        }
        let wanted = Question { range_ns: None, ..self.question.clone() };
        let is_of_base = self.heat_map.base.ptr_eq(&Arc::downgrade(&self.base));
        let answered = self.heat_map.answer.as_ref().map(|(question, _)| question);
        if !is_of_base || answered != Some(&wanted) {
            self.heat_map.is_asked = true;
            self.heat_map.base = Arc::downgrade(&self.base);
            worker.count_by_time(tab, &self.base, wanted);
        }
    }
}
