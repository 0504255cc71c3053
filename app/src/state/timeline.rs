//! The timeline: its tracks in order, which are open, and the part of time on screen.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use rview_core::{
    AxisView, CounterId, ProcessId, Profile, Scope, SliceId, ThreadId, TrackId, process_name,
    thread_name,
};
use serde::{Deserialize, Serialize};

use crate::analysis::Base;

/// What a row of the timeline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrackKey {
    /// The heading of a process.
    Process(ProcessId),
    /// A thread: its activity, its slices below when it is open.
    Thread(ThreadId),
    /// Asynchronous operations.
    Async(TrackId),
    /// A counter.
    Counter(CounterId),
    /// The markers of a process, or of the whole recording.
    Markers(Scope),
}

/// One row of the timeline.
#[derive(Clone, Debug)]
pub struct TrackRow {
    /// What it shows.
    pub key: TrackKey,
    /// Its name.
    pub label: String,
    /// The track of its slices, if it has any.
    pub track: Option<TrackId>,
    /// How many lanes of slices it has.
    pub n_lanes: usize,
    /// How many rows of markers it has: one, if its thread has any.
    pub n_marker_rows: usize,
    /// How deep its sampled stacks are.
    pub n_stack_rows: usize,
}

impl TrackRow {
    /// The thread it shows, if it does.
    pub fn thread(&self) -> Option<ThreadId> {
        match self.key {
            TrackKey::Thread(thread) => Some(thread),
            _ => None,
        }
    }

    /// How many rows it has when it is open.
    pub fn n_rows(&self) -> usize {
        self.n_marker_rows + self.n_stack_rows + self.n_lanes
    }

    /// Whether there is more to show when it is open.
    pub fn can_open(&self) -> bool {
        matches!(self.key, TrackKey::Process(_)) || self.n_rows() > 0
    }
}

/// The rows that are there, whether open or not.
pub type TrackRows = Vec<TrackRow>;

/// The timeline of a file.
#[derive(Debug, Default)]
pub struct Timeline {
    /// Every row, in order.
    pub rows: TrackRows,
    /// The rows that are open: processes show what is in them, threads their slices.
    pub open: FxHashSet<TrackKey>,
    /// Rows that stay above all others, in the order in which they were pinned.
    pub pinned: Vec<TrackKey>,
    /// Rows that are not shown; of a process, all that is in it.
    pub hidden: FxHashSet<TrackKey>,
    /// The order of processes, and of what is in each.
    pub order: TrackOrder,
    /// All rows in the order in which the user has put them; empty while nobody has moved any.
    moved: Vec<TrackKey>,
    /// The part of time on screen, its width as of the last frame; `None` is all of it.
    pub view: Option<AxisView>,
    /// The slice that is scrolled to in the next frame.
    pub scroll_to: Option<SliceId>,
}

/// An order of tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrackOrder {
    /// As the recording has them.
    #[default]
    Recorded,
    /// What has most samples and slices first.
    Weight,
    /// By name.
    Name,
}

/// Up to this many rows everything is open at first.
const OPEN_ALL_UP_TO: usize = 40;

impl Timeline {
    /// The rows of a file, the first of them open.
    pub fn new(profile: &Profile, base: &Base) -> Self {
        let rows = rows(profile, base);
        let mut open = FxHashSet::default();
        let mut n_lanes = 0;
        for row in &rows {
            n_lanes += row.n_lanes.max(1);
            let is_process = matches!(row.key, TrackKey::Process(_));
            // Of a sampled thread its activity says most in least room.
            let is_sampled = row.n_stack_rows > 0;
            let has_slices = row.n_lanes > 0 && !is_sampled && n_lanes <= OPEN_ALL_UP_TO;
            if has_slices || (is_process && rows.len() <= OPEN_ALL_UP_TO) {
                open.insert(row.key);
            }
        }
        if let Some(first) = rows.iter().find(|row| matches!(row.key, TrackKey::Process(_))) {
            open.insert(first.key);
        }
        Self { rows, open, ..Self::default() }
    }

    /// Makes the rows anew: names that came late change how deep stacks are.
    pub(super) fn refresh(&mut self, profile: &Profile, base: &Base) {
        self.rows = rows(profile, base);
        match self.order {
            TrackOrder::Recorded => {}
            TrackOrder::Weight => {
                let weight = |row: &TrackRow| weight(profile, base, row);
                sort_rows(&mut self.rows, |rows| {
                    std::cmp::Reverse(rows.iter().map(weight).sum::<usize>())
                });
            }
            TrackOrder::Name => {
                sort_rows(&mut self.rows, |rows| rows.first().map(|row| row.label.to_lowercase()));
            }
        }
        if !self.moved.is_empty() {
            let places: FxHashMap<TrackKey, usize> =
                self.moved.iter().enumerate().map(|(at, &key)| (key, at)).collect();
            self.rows.sort_by_key(|row| places.get(&row.key).copied().unwrap_or(usize::MAX));
        }
    }

    /// Sets the order of rows, and forgets which were moved.
    pub(super) fn sort(&mut self, order: TrackOrder, profile: &Profile, base: &Base) {
        self.order = order;
        self.moved.clear();
        self.refresh(profile, base);
    }

    /// All rows in the order in which the user has put them; empty while nobody has moved any.
    pub(super) fn moved(&self) -> &[TrackKey] {
        &self.moved
    }

    /// Puts rows in an order, and those that were moved where they were moved to.
    pub(super) fn put(
        &mut self,
        order: TrackOrder,
        moved: Vec<TrackKey>,
        profile: &Profile,
        base: &Base,
    ) {
        (self.order, self.moved) = (order, moved);
        self.refresh(profile, base);
    }

    /// Moves a row up or down among those of its process, a process with all that is in it.
    pub(super) fn move_row(&mut self, key: TrackKey, step: isize) {
        let Some(at) = self.rows.iter().position(|row| row.key == key) else { return };
        // Where what moves is, and where what it changes places with is.
        let (moved, other) = if is_process(&self.rows[at]) {
            let starts = self.processes();
            let end_of = |nth: usize| starts.get(nth + 1).copied().unwrap_or(self.rows.len());
            let Some(nth) = starts.iter().position(|&start| start == at) else { return };
            let Some(other) = nth.checked_add_signed(step).filter(|&it| it < starts.len()) else {
                return;
            };
            (at..end_of(nth), starts[other]..end_of(other))
        } else {
            let other = at.checked_add_signed(step).filter(|it| self.section(at).contains(it));
            let Some(other) = other else { return };
            (at..at + 1, other..other + 1)
        };
        let all = &mut self.rows[moved.start.min(other.start)..moved.end.max(other.end)];
        if moved.start < other.start {
            all.rotate_left(moved.len());
        } else {
            all.rotate_right(moved.len());
        }
        self.moved = self.rows.iter().map(|row| row.key).collect();
    }

    /// Where the processes start.
    fn processes(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|&at| is_process(&self.rows[at])).collect()
    }

    /// The rows among which one can be moved: those of its process.
    fn section(&self, at: usize) -> Range<usize> {
        let start = self.rows[..=at].iter().rposition(is_process).map_or(0, |heading| heading + 1);
        let next = self.rows[start..].iter().position(is_process);
        start..next.map_or(self.rows.len(), |next| start + next)
    }

    /// How far a row would go that is dropped on another; `None` where it cannot go.
    fn step_to(&self, key: TrackKey, target: TrackKey) -> Option<isize> {
        let place = |key: TrackKey| self.rows.iter().position(|row| row.key == key);
        let is_pinned = |key: TrackKey| self.pinned.iter().position(|&other| other == key);
        let step = |from: usize, to: usize| {
            let step = isize::try_from(to).ok()? - isize::try_from(from).ok()?;
            (step != 0).then_some(step)
        };
        match (is_pinned(key), is_pinned(target)) {
            (Some(from), Some(to)) => return step(from, to),
            (None, None) => {}
            _ => return None,
        }
        let (from, to) = (place(key)?, place(target)?);
        if is_process(&self.rows[from]) {
            let starts = self.processes();
            let nth = |at: usize| starts.iter().rposition(|&start| start <= at);
            return step(nth(from)?, nth(to)?);
        }
        let section = self.section(from);
        // On its heading: above all others of its process.
        let to = if to + 1 == section.start { section.start } else { to };
        section.contains(&to).then(|| step(from, to)).flatten()
    }

    /// Whether a row that is dropped on another goes below it, or above; `None` where it cannot
    /// go.
    pub fn would_go(&self, key: TrackKey, target: TrackKey) -> Option<bool> {
        let step = self.step_to(key, target)?;
        let is_on_heading =
            matches!(target, TrackKey::Process(_)) && !matches!(key, TrackKey::Process(_));
        Some(step > 0 || is_on_heading)
    }

    /// Puts a row where another is.
    pub(super) fn drop_row(&mut self, key: TrackKey, target: TrackKey) {
        let Some(step) = self.step_to(key, target) else { return };
        let Some(from) = self.pinned.iter().position(|&other| other == key) else {
            return self.move_row(key, step);
        };
        if let Some(to) = from.checked_add_signed(step) {
            self.pinned.remove(from);
            self.pinned.insert(to, key);
        }
    }

    /// The rows that are pinned, then those whose process is open and that are not hidden, top to
    /// bottom.
    pub fn visible_rows(&self) -> impl Iterator<Item = &TrackRow> {
        let row_of = |key: &TrackKey| self.rows.iter().find(|row| row.key == *key);
        let pinned = self.pinned.iter().filter_map(row_of);
        let mut shown = true;
        let others = self.rows.iter().filter(move |row| {
            let is_hidden = self.hidden.contains(&row.key);
            if let TrackKey::Process(_) = row.key {
                shown = !is_hidden && self.open.contains(&row.key);
                return !is_hidden;
            }
            shown && !is_hidden && !self.pinned.contains(&row.key)
        });
        pinned.chain(others)
    }

    /// Keeps a row above all others, or no more.
    pub(super) fn toggle_pin(&mut self, key: TrackKey) {
        if self.pinned.contains(&key) {
            self.pinned.retain(|other| *other != key);
        } else {
            self.pinned.push(key);
            self.hidden.remove(&key);
        }
    }

    /// Shows a row no more.
    pub(super) fn hide(&mut self, key: TrackKey) {
        self.pinned.retain(|other| *other != key);
        self.hidden.insert(key);
    }

    /// Whether there is anything to show over time.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Whether a row is the heading of a process.
fn is_process(row: &TrackRow) -> bool {
    matches!(row.key, TrackKey::Process(_))
}

/// How many samples and slices a row has.
fn weight(profile: &Profile, base: &Base, row: &TrackRow) -> usize {
    let chart = |thread: ThreadId| base.charts.get(thread.index()).and_then(Option::as_ref);
    let n_samples = row.thread().and_then(chart).map_or(0, rview_core::SampleChart::n_samples);
    let lanes = row.track.into_iter().flat_map(|track| profile.tracks().lanes(track));
    n_samples + lanes.map(|lane| profile.slices().lane_slices(lane).len()).sum::<usize>()
}

/// Sorts processes, and the rows in each; what is of no process stays above.
fn sort_rows<K: Ord>(rows: &mut TrackRows, key: impl Fn(&[TrackRow]) -> K) {
    let mut processes: Vec<TrackRows> = Vec::new();
    let mut sorted = TrackRows::new();
    for row in rows.drain(..) {
        match processes.last_mut() {
            _ if is_process(&row) => processes.push(vec![row]),
            Some(process) => process.push(row),
            None => sorted.push(row),
        }
    }
    processes.sort_by_cached_key(|process| key(process));
    for mut process in processes {
        if let Some((_, rows)) = process.split_first_mut() {
            rows.sort_by_cached_key(|row| key(std::slice::from_ref(row)));
        }
        sorted.append(&mut process);
    }
    *rows = sorted;
}

/// Every row, in time linear in the number of threads, tracks and counters.
fn rows(profile: &Profile, base: &Base) -> TrackRows {
    let mut rows = Collector::new(profile, base);
    if rows.has_markers(Scope::Global) {
        rows.push(TrackKey::Markers(Scope::Global), "Markers of all".to_owned(), None);
    }
    let mut processes: Vec<ProcessId> = profile.processes().ids().collect();
    processes.sort_by_key(|&process| profile.processes().row(process).sort_index);
    for process in processes {
        let heading = rows.rows.len();
        rows.push(TrackKey::Process(process), process_name(profile, process), None);
        rows.push_process(process);
        if rows.rows.len() == heading + 1 {
            rows.rows.pop();
        }
    }
    rows.rows
}

/// The rows under construction, and what belongs to each process.
struct Collector<'a> {
    profile: &'a Profile,
    base: &'a Base,
    threads: Vec<Vec<ThreadId>>,
    async_tracks: Vec<Vec<TrackId>>,
    counters: Vec<Vec<CounterId>>,
    track_of_thread: Vec<Option<TrackId>>,
    /// How deep the sampled stacks of each thread are; 0 where there are none.
    stack_depth: Vec<usize>,
    rows: TrackRows,
}

impl<'a> Collector<'a> {
    fn new(profile: &'a Profile, base: &'a Base) -> Self {
        let n_processes = profile.processes().len();
        let n_threads = profile.threads().len();
        let mut this = Self {
            profile,
            base,
            threads: vec![Vec::new(); n_processes],
            async_tracks: vec![Vec::new(); n_processes],
            counters: vec![Vec::new(); n_processes],
            track_of_thread: vec![None; n_threads],
            stack_depth: base
                .charts
                .iter()
                .map(|chart| chart.as_ref().map_or(0, |chart| chart.max_depth() as usize))
                .collect(),
            rows: Vec::new(),
        };
        for thread in profile.threads().ids() {
            this.threads[profile.threads().row(thread).process.index()].push(thread);
        }
        for threads in &mut this.threads {
            // The main thread of a process has its number.
            threads.sort_by_key(|&thread| {
                let row = profile.threads().row(thread);
                let process = profile.processes().row(row.process);
                let is_text = row.id_text.is_some() || process.id_text.is_some();
                let is_main = process.id_text == row.id_text && (is_text || process.pid == row.tid);
                (row.sort_index, !is_main)
            });
        }
        for track in profile.tracks().ids() {
            let row = profile.tracks().row(track);
            match row.thread {
                Some(thread) => this.track_of_thread[thread.index()] = Some(track),
                None => this.async_tracks[row.process.index()].push(track),
            }
        }
        for counter in profile.counters().ids() {
            this.counters[profile.counters().row(counter).process.index()].push(counter);
        }
        this
    }

    fn push(&mut self, key: TrackKey, label: String, track: Option<TrackId>) {
        let n_lanes = track.map_or(0, |track| self.profile.tracks().lanes(track).len());
        let n_stack_rows = match key {
            TrackKey::Thread(thread) => self.stack_depth[thread.index()],
            _ => 0,
        };
        let n_marker_rows = match key {
            TrackKey::Thread(thread) => usize::from(self.has_markers(Scope::Thread(thread))),
            _ => 0,
        };
        self.rows.push(TrackRow { key, label, track, n_lanes, n_marker_rows, n_stack_rows });
    }

    fn has_markers(&self, scope: Scope) -> bool {
        !self.base.markers.of(scope).is_empty()
    }

    /// The rows of one process below its heading: threads, asynchronous work, counters.
    fn push_process(&mut self, process: ProcessId) {
        let profile = self.profile;
        if self.has_markers(Scope::Process(process)) {
            let key = TrackKey::Markers(Scope::Process(process));
            self.push(key, "Markers".to_owned(), None);
        }
        for thread in std::mem::take(&mut self.threads[process.index()]) {
            let track = self.track_of_thread[thread.index()];
            let has_slices = track.is_some_and(|track| profile.tracks().lanes(track).len() > 0);
            let has_markers = self.has_markers(Scope::Thread(thread));
            if has_slices || has_markers || self.stack_depth[thread.index()] > 0 {
                self.push(TrackKey::Thread(thread), thread_name(profile, thread), track);
            }
        }
        for track in std::mem::take(&mut self.async_tracks[process.index()]) {
            if profile.tracks().lanes(track).len() > 0 {
                let label = profile.text(profile.tracks().row(track).name).to_owned();
                self.push(TrackKey::Async(track), label, Some(track));
            }
        }
        for counter in std::mem::take(&mut self.counters[process.index()]) {
            let label = profile.text(profile.counters().row(counter).name).to_owned();
            self.push(TrackKey::Counter(counter), label, None);
        }
    }
}
