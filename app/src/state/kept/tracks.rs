//! Threads and rows of the timeline by name: another recording of the same program has others of
//! the same names, with other numbers.

use rustc_hash::FxHashMap;
use rview_core::{ProcessId, Profile, Scope, ThreadId};
use serde::{Deserialize, Serialize};

use super::super::timeline::{Timeline, TrackKey, TrackOrder};
use crate::analysis::Base;

/// A row of the timeline by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct TrackName {
    kind: Kind,
    process: String,
    #[serde(default)]
    name: String,
    /// How many of the same names come before it.
    #[serde(default)]
    nth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Process,
    Thread,
    Async,
    Counter,
    Markers,
}

/// What the user has made of the rows of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeptTracks {
    open: Vec<TrackName>,
    closed: Vec<TrackName>,
    pinned: Vec<TrackName>,
    hidden: Vec<TrackName>,
    order: TrackOrder,
    moved: Vec<TrackName>,
    pub(super) view_ns: Option<[i64; 2]>,
}

impl TrackName {
    /// A thread.
    pub(super) fn of_thread(profile: &Profile, thread: ThreadId) -> Self {
        let name = Self::new(profile, TrackKey::Thread(thread));
        let same = profile.threads().ids().take_while(|&other| other != thread);
        let same = same.map(|other| Self::new(profile, TrackKey::Thread(other)));
        let nth = same.filter(|other| *other == name).count();
        Self { nth, ..name }
    }

    /// The thread that is called so.
    pub(super) fn find_thread(&self, profile: &Profile) -> Option<ThreadId> {
        let name = Self { nth: 0, ..self.clone() };
        let is_it = |&thread: &ThreadId| Self::new(profile, TrackKey::Thread(thread)) == name;
        profile.threads().ids().filter(is_it).nth(self.nth)
    }

    /// The first of its name.
    fn new(profile: &Profile, key: TrackKey) -> Self {
        let process_name = |id: ProcessId| profile.text(profile.processes().row(id).name);
        let thread_name = |id: ThreadId| profile.text(profile.threads().row(id).name);
        let process_of = |id: ThreadId| process_name(profile.threads().row(id).process);
        let (kind, process, name) = match key {
            TrackKey::Process(id) => (Kind::Process, process_name(id), ""),
            TrackKey::Thread(id) => (Kind::Thread, process_of(id), thread_name(id)),
            TrackKey::Async(id) => {
                let row = profile.tracks().row(id);
                (Kind::Async, process_name(row.process), profile.text(row.name))
            }
            TrackKey::Counter(id) => {
                let row = profile.counters().row(id);
                (Kind::Counter, process_name(row.process), profile.text(row.name))
            }
            TrackKey::Markers(Scope::Global) => (Kind::Markers, "", ""),
            TrackKey::Markers(Scope::Process(id)) => (Kind::Markers, process_name(id), ""),
            TrackKey::Markers(Scope::Thread(id)) => {
                (Kind::Markers, process_of(id), thread_name(id))
            }
        };
        Self { kind, process: process.to_owned(), name: name.to_owned(), nth: 0 }
    }
}

/// The name of every row of a timeline, in the order of its table: the same however the user has
/// put them.
fn names(profile: &Profile, timeline: &Timeline) -> Vec<(TrackKey, TrackName)> {
    let mut keys: Vec<TrackKey> = timeline.rows.iter().map(|row| row.key).collect();
    keys.sort_unstable();
    let mut counts: FxHashMap<TrackName, usize> = FxHashMap::default();
    let named = keys.into_iter().map(|key| {
        let name = TrackName::new(profile, key);
        let count = counts.entry(name.clone()).or_default();
        let nth = *count;
        *count += 1;
        (key, TrackName { nth, ..name })
    });
    named.collect()
}

impl KeptTracks {
    /// Those of a timeline.
    pub(super) fn of(timeline: &Timeline, profile: &Profile) -> Self {
        let names = names(profile, timeline);
        let by_key: FxHashMap<TrackKey, &TrackName> =
            names.iter().map(|(key, name)| (*key, name)).collect();
        let named = |keys: &[TrackKey]| -> Vec<TrackName> {
            keys.iter().filter_map(|key| by_key.get(key).map(|&name| name.clone())).collect()
        };
        let of_set = |is_in: &dyn Fn(&TrackKey) -> bool| -> Vec<TrackName> {
            let rows = names.iter().filter(|(key, _)| is_in(key));
            rows.map(|(_, name)| name.clone()).collect()
        };
        let range = timeline.view.map(|view| view.range());
        Self {
            open: of_set(&|key| timeline.open.contains(key)),
            closed: of_set(&|key| !timeline.open.contains(key)),
            pinned: named(&timeline.pinned),
            hidden: of_set(&|key| timeline.hidden.contains(key)),
            order: timeline.order,
            moved: named(timeline.moved()),
            view_ns: range.map(|range| [range.start, range.end]),
        }
    }

    /// Makes the rows of a timeline the same, as far as it has them.
    pub(super) fn restore(self, timeline: &mut Timeline, profile: &Profile, base: &Base) {
        let names = names(profile, timeline);
        let by_name: FxHashMap<&TrackName, TrackKey> =
            names.iter().map(|(key, name)| (name, *key)).collect();
        let found = |names: &[TrackName]| -> Vec<TrackKey> {
            names.iter().filter_map(|name| by_name.get(name).copied()).collect()
        };
        timeline.open.extend(found(&self.open));
        for key in found(&self.closed) {
            timeline.open.remove(&key);
        }
        timeline.pinned = found(&self.pinned);
        timeline.hidden = found(&self.hidden).into_iter().collect();
        timeline.put(self.order, found(&self.moved), profile, base);
        let end_ns = profile.duration_ns();
        let view = self.view_ns.filter(|&[start, end]| start < end && start < end_ns);
        timeline.view =
            view.map(|[start, end]| rview_core::AxisView::framing(start..end, 1000.0, 0.0));
    }
}
