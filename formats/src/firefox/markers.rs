//! Markers: points and intervals with a name, and data that is read when somebody looks.

use rview_core::{Function, FunctionId, RawSliceId, Scope, Slice, ThreadId, TrackId};

use rustc_hash::FxHashMap;

use super::offset_of;
use super::places::Tables;
use super::table::{NONE, Table};
use super::threads::Importing;
use crate::{ImportError, Severity};

/// `phase`: 1 is an interval with both times, 2 and 3 are the ends of one that stand alone.
const START: u32 = 2;
const END: u32 = 3;

/// One marker of the file.
struct Marker {
    name: FunctionId,
    start_ns: Option<i64>,
    end_ns: Option<i64>,
    phase: u32,
    detail: Option<u64>,
}

impl Importing<'_, '_> {
    /// Adds the markers of a thread: intervals as slices, points as markers.
    pub(super) fn add_markers(
        &mut self,
        table: &Table<'_>,
        tables: &Tables<'_>,
        thread: ThreadId,
    ) -> Result<(), ImportError> {
        let start = if table.get(b"startTime").is_some() { &b"startTime"[..] } else { b"time" };
        let (starts, ends) = (table.times(start), table.times(b"endTime"));
        let (phases, categories) = (table.rows(b"phase"), table.rows(b"category"));
        let data = table.list(b"data").map(Some).chain(std::iter::repeat(None));
        let mut track = None;
        let mut open: FxHashMap<FunctionId, Vec<(RawSliceId, i64)>> = FxHashMap::default();
        for ((row, name), data) in table.rows(b"name").into_iter().enumerate().zip(data) {
            if row.is_multiple_of(1 << 14) && self.job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let at = |times: &[Option<i64>]| times.get(row).copied().flatten();
            let category = categories.get(row).copied().unwrap_or(NONE);
            let detail = data
                .and_then(crate::json::Value::object)
                .map(|object| offset_of(self.bytes, object));
            let marker = Marker {
                name: self.marker_name(tables, name, category),
                start_ns: at(&starts),
                end_ns: at(&ends),
                phase: phases.get(row).copied().unwrap_or(NONE),
                detail,
            };
            self.add_marker(&marker, thread, &mut track, &mut open);
        }
        self.unclosed.extend(open.into_values().flatten().map(|(slice, _)| slice));
        Ok(())
    }

    fn marker_name(&mut self, tables: &Tables<'_>, name: u32, category: u32) -> FunctionId {
        let name = tables.string(name).map(crate::json::Text::decode).unwrap_or_default();
        let name = self.builder.string(&name);
        let category = self.shared.category(category);
        self.builder.function(Function { category, ..Function::named(name) })
    }

    fn add_marker(
        &mut self,
        marker: &Marker,
        thread: ThreadId,
        track: &mut Option<TrackId>,
        open: &mut FxHashMap<FunctionId, Vec<(RawSliceId, i64)>>,
    ) {
        let Marker { name, detail, .. } = *marker;
        let mut slice = |importing: &mut Self, start_ns: i64, end_ns: i64| {
            let track = *track.get_or_insert_with(|| importing.builder.thread_track(thread));
            let duration_ns = end_ns.saturating_sub(start_ns);
            importing.last_ns = importing.last_ns.max(end_ns);
            importing.builder.slice(Slice { track, start_ns, duration_ns, name, detail })
        };
        match (marker.phase, marker.start_ns, marker.end_ns) {
            (START, Some(start_ns), _) => {
                let slice = slice(self, start_ns, start_ns);
                open.entry(name).or_default().push((slice, start_ns));
            }
            (END, _, Some(end_ns)) => {
                self.last_ns = self.last_ns.max(end_ns);
                if let Some((slice, start_ns)) = open.get_mut(&name).and_then(Vec::pop) {
                    self.note_negative(start_ns, end_ns);
                    self.builder.end_slice(slice, end_ns, detail);
                } else {
                    self.job.note(Severity::Repair, "stray-end", || {
                        "the end of an interval that never began is shown as a point".to_owned()
                    });
                    let scope = Scope::Thread(thread);
                    self.builder.marker(end_ns, name, scope, detail);
                }
            }
            (1, Some(start_ns), Some(end_ns)) => {
                self.note_negative(start_ns, end_ns);
                slice(self, start_ns, end_ns);
            }
            (_, Some(time_ns), _) | (_, None, Some(time_ns)) => {
                self.last_ns = self.last_ns.max(time_ns);
                self.builder.marker(time_ns, name, Scope::Thread(thread), detail);
            }
            (_, None, None) => self.job.note(Severity::Loss, "missing-time", || {
                "a marker without a time is left out".to_owned()
            }),
        }
    }

    /// Counts an interval that ends before it starts.
    fn note_negative(&self, start_ns: i64, end_ns: i64) {
        if end_ns < start_ns {
            self.job.note(Severity::Repair, "negative-duration", || {
                "an interval that ends before it starts is shown without a length".to_owned()
            });
        }
    }
}
