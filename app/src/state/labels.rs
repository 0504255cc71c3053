//! The panel of labels: which lists are open in it, and what they hold.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use rview_core::{LabelTable, Measure};

use super::Session;
use crate::analysis::Question;
use crate::command::LabelsPanel;

/// The panel of labels.
#[derive(Debug, Default)]
pub struct Labels {
    /// Whether it is shown.
    pub is_shown: bool,
    /// Only values that contain this are listed.
    pub search: String,
    /// What it lists; the last lists stay while a job makes others.
    pub table: Option<Arc<LabelTable>>,
    /// What is listed.
    listed: Option<WantedLabels>,
    /// Whether a job is listing something else.
    pub(super) is_listing: bool,
    closed: FxHashSet<String>,
    whole: FxHashSet<String>,
}

/// What is to be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedLabels {
    /// Of what.
    pub question: Question,
    /// Only values that contain this.
    pub search: String,
}

impl Labels {
    /// Whether the values of a key are listed.
    pub fn is_open(&self, key: &str) -> bool {
        !self.closed.contains(key)
    }

    /// Whether all of them are, not just the heaviest.
    pub fn is_whole(&self, key: &str) -> bool {
        self.whole.contains(key)
    }

    /// The same of a file that is read again.
    pub(super) fn kept(&self) -> Self {
        Self {
            is_shown: self.is_shown,
            search: self.search.clone(),
            closed: self.closed.clone(),
            whole: self.whole.clone(),
            ..Self::default()
        }
    }

    pub(super) fn change(&mut self, change: LabelsPanel) {
        let toggle = |set: &mut FxHashSet<String>, key: String| {
            if !set.remove(&key) {
                set.insert(key);
            }
        };
        match change {
            LabelsPanel::Toggle => self.is_shown = !self.is_shown,
            LabelsPanel::Search(text) => self.search = text,
            LabelsPanel::ToggleKey(key) => toggle(&mut self.closed, key),
            LabelsPanel::ToggleAll(key) => toggle(&mut self.whole, key),
        }
    }

    pub(super) fn take(&mut self, wanted: WantedLabels, table: Arc<LabelTable>) {
        self.is_listing = false;
        self.listed = Some(wanted);
        self.table = Some(table);
    }
}

impl Session {
    /// Whether samples of the file have labels.
    pub fn has_labels(&self) -> bool {
        !self.document.profile.labels().is_empty()
    }

    /// What the panel is to list, if it is shown and lists something else.
    pub(super) fn wanted_labels(&self) -> Option<WantedLabels> {
        let labels = &self.labels;
        let is_idle = labels.is_shown && !labels.is_listing && !self.is_broken;
        if !is_idle || !matches!(self.question.measure, Some(Measure::Weight(_))) {
            return None;
        }
        let wanted =
            WantedLabels { question: self.question.in_no_shape(), search: labels.search.clone() };
        (self.has_labels() && labels.listed.as_ref() != Some(&wanted)).then_some(wanted)
    }
}
