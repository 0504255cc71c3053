//! The views of slices: which are listed, whose distribution is shown, where one is.

use std::sync::Arc;

use rview_core::{
    ChainStep, FunctionId, SearchError, SliceId, SliceKey, SliceList, SliceOrder, SliceStats,
};
use rview_formats::Job;

use super::{Picked, Session, TabId, TrackKey, View};
use crate::analysis::Question;
use crate::slice_jobs::{WantedHits, WantedSlices, WantedStats};
use crate::worker::Worker;

/// The table of slices.
#[derive(Debug)]
pub struct SliceTable {
    /// Order of rows.
    pub order: SliceOrder,
    /// The rows; the last ones stay while a job makes others, and while a search is wrong.
    pub list: Arc<SliceList>,
    /// What they are.
    pub listed: Option<WantedSlices>,
    /// What is wrong with the search, or what of it cannot be asked of slices.
    pub error: Option<SearchError>,
    /// The job that searches arguments, and what for.
    pub reading: Option<(WantedHits, Arc<Job>)>,
    /// Whether the user has stopped the search of arguments.
    pub is_stopped: bool,
    /// The row of the picked slice.
    pub picked_row: Option<usize>,
    is_listing: bool,
    /// What was found in arguments.
    hits: Option<(WantedHits, Arc<Vec<SliceId>>)>,
}

impl Default for SliceTable {
    fn default() -> Self {
        Self {
            order: SliceOrder { key: SliceKey::Start, ascending: true },
            list: Arc::default(),
            listed: None,
            error: None,
            reading: None,
            is_stopped: false,
            picked_row: None,
            is_listing: false,
            hits: None,
        }
    }
}

/// The distribution of the slices of one name.
#[derive(Debug, Default)]
pub struct Distribution {
    /// The name that was picked last.
    pub name: Option<FunctionId>,
    /// The last answer, and to what; `None` where there are no such slices.
    pub counted: Option<(WantedStats, Option<Arc<SliceStats>>)>,
    /// The row of the picked slice among the longest.
    pub picked_row: Option<usize>,
    is_counting: bool,
}

impl Distribution {
    /// The longest slices.
    pub fn longest(&self) -> &[SliceId] {
        let stats = self.counted.as_ref().and_then(|(_, stats)| stats.as_deref());
        stats.map_or(&[], |stats| &stats.longest)
    }
}

impl Question {
    /// What of it concerns slices: time and thread.
    #[must_use]
    pub fn of_slices(&self) -> Self {
        Self { range_ns: self.range_ns.clone(), thread: self.thread, ..Self::default() }
    }
}

impl Session {
    /// The critical chain of the picked slice; empty until it is found.
    pub fn chain(&self) -> &[ChainStep] {
        let details = self.details.as_ref().filter(|(picked, _)| *picked == self.picked);
        details.map_or(&[], |(_, details)| &details.chain.steps)
    }

    fn wanted_hits(&self) -> WantedHits {
        WantedHits { scope: self.question.of_slices(), search: self.search.text.clone() }
    }

    /// Starts the jobs that the views of slices call for, if they are on screen.
    pub(super) fn ask_for_slices(&mut self, tab: TabId, worker: &mut Worker) {
        let wanted = self.wanted_hits();
        if let Some((hits, job)) = &self.slices.reading
            && *hits != wanted
        {
            job.cancel();
        }
        if self.document.profile.slices().is_empty() {
            return;
        }
        if self.layout.shows(View::Slices) {
            self.list_slices(tab, wanted, worker);
        }
        if self.layout.shows(View::Distribution) {
            self.count_slices(tab, worker);
        }
    }

    fn list_slices(&mut self, tab: TabId, hits: WantedHits, worker: &mut Worker) {
        let table = &mut self.slices;
        let by_arguments = table.hits.as_ref().filter(|(of, _)| *of == hits);
        let by_arguments = by_arguments.map(|(_, found)| Arc::clone(found));
        let n_by_arguments = by_arguments.as_ref().map_or(0, |found| found.len());
        let wanted = WantedSlices { hits: hits.clone(), n_by_arguments, order: table.order };
        if table.listed.as_ref() != Some(&wanted) {
            if !table.is_listing {
                table.is_listing = true;
                let by_arguments = by_arguments.clone().unwrap_or_default();
                worker.list_slices(tab, &self.document, wanted, by_arguments);
            }
            return;
        }
        let is_read = by_arguments.is_some() || table.error.is_some() || hits.search.is_empty();
        if !is_read && table.reading.is_none() {
            let job = Arc::new(Job::default());
            table.reading = Some((hits.clone(), Arc::clone(&job)));
            table.is_stopped = false;
            worker.search_arguments(tab, &self.document, hits, job);
        }
    }

    fn count_slices(&mut self, tab: TabId, worker: &mut Worker) {
        let Some(name) = self.distribution.name else { return };
        let wanted = WantedStats { scope: self.question.of_slices(), name };
        let is_counted = self.distribution.counted.as_ref().is_some_and(|(of, _)| *of == wanted);
        if !is_counted && !self.distribution.is_counting {
            self.distribution.is_counting = true;
            worker.count_slices(tab, &self.document, wanted);
        }
    }

    /// Takes a list of slices.
    pub(super) fn take_slices(
        &mut self,
        wanted: WantedSlices,
        list: Result<SliceList, SearchError>,
    ) {
        let table = &mut self.slices;
        table.is_listing = false;
        match list {
            Ok(list) => {
                table.list = Arc::new(list);
                table.error = None;
            }
            Err(error) => table.error = Some(error),
        }
        table.listed = Some(wanted);
        self.find_slice_rows();
    }

    /// Takes what was found in arguments.
    pub(super) fn take_hits(&mut self, hits: WantedHits, found: Vec<SliceId>) {
        let reading = self.slices.reading.take();
        // What was left for another search is not what this one finds.
        let is_whole = !reading.is_some_and(|(_, job)| job.is_cancelled());
        if hits == self.wanted_hits() && (is_whole || self.slices.is_stopped) {
            self.slices.hits = Some((hits, Arc::new(found)));
        }
    }

    /// Takes a distribution.
    pub(super) fn take_stats(&mut self, wanted: WantedStats, stats: Option<SliceStats>) {
        self.distribution.is_counting = false;
        self.distribution.counted = Some((wanted, stats.map(Arc::new)));
        self.find_slice_rows();
    }

    /// Names have other ids or other orders.
    pub(super) fn forget_slices(&mut self, name: Option<FunctionId>) {
        self.slices.listed = None;
        self.distribution.name = name;
        self.distribution.counted = None;
    }

    /// Leaves arguments unread.
    pub(super) fn stop_reading(&mut self) {
        if let Some((_, job)) = &self.slices.reading {
            job.cancel();
            self.slices.is_stopped = true;
        }
    }

    /// Finds the picked slice in the tables of slices, and whose distribution to show; linear in
    /// their rows.
    pub(super) fn find_slice_rows(&mut self) {
        self.distribution.name = self.picked_function().or(self.distribution.name);
        let picked = match self.picked {
            Picked::Slice(slice) => Some(slice),
            _ => None,
        };
        let row = |rows: &[SliceId]| rows.iter().position(|&row| Some(row) == picked);
        self.slices.picked_row = picked.and_then(|_| row(&self.slices.list.rows));
        self.distribution.picked_row = picked.and_then(|_| row(self.distribution.longest()));
    }

    /// Opens the track of a slice, hidden or not, and lets the timeline and the flame chart scroll to it.
    pub(crate) fn show_track_of(&mut self, slice: SliceId) {
        let profile = &self.document.profile;
        let lane = profile.slices().lane_of(slice);
        let track = profile.slices().lanes()[lane.index()].track;
        let row = profile.tracks().row(track);
        self.chart_thread = row.thread.or(self.chart_thread);
        let key = row.thread.map_or(TrackKey::Async(track), TrackKey::Thread);
        let process = TrackKey::Process(row.process);
        self.timeline.open.extend([process, key]);
        for key in [process, key] {
            self.timeline.hidden.remove(&key);
        }
        self.timeline.scroll_to = Some(slice);
    }
}
