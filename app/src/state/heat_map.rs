//! The heat map: when samples were taken, whatever range of time is selected.

use std::sync::{Arc, Weak};

use rview_core::{HeatMap, Measure};

use super::{Session, TabId, View};
use crate::analysis::{Base, Question};
use crate::worker::Worker;

/// Samples by when they were taken.
#[derive(Debug, Default)]
pub struct HeatMapView {
    /// What was counted last, and for what.
    answer: Option<(Question, HeatMap)>,
    /// The shape and names of what was asked last.
    base: Weak<Base>,
    is_asked: bool,
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

    /// What is shown.
    pub fn shown(&self) -> Option<&HeatMap> {
        self.answer.as_ref().map(|(_, map)| map)
    }
}

impl Session {
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
