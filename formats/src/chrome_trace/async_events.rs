//! Asynchronous operations: `b`, `n` and `e`, and their forerunners `S`, `T`, `p` and `F`.
//!
//! Events of one category and id are one operation, whichever thread they come from. Its
//! slices nest; those of different operations do not, so each has a number of its own:
//!
//! ```text
//! operation 0   | request                  |
//!                  | connect |   | read  |
//! operation 1         | request       |
//! ```

use foldhash::HashMap;
use rview_core::{FunctionId, ProcessId, ProfileBuilder, RawSliceId, Slice, StringId, TrackId};

use super::begin_end::{SlicesByOffset, innermost};
use super::id::{Id, IdScope, Keys};
use super::log::{self, Difference, Log};
use super::names::Name;
use crate::{Job, Severity};

/// Among what the id of an operation is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OperationKey {
    /// Category, [`StringId::NONE`] without one.
    pub(super) category: StringId,
    /// For the forerunners their name; else [`StringId::NONE`].
    pub(super) name: StringId,
    /// `scope`, [`StringId::NONE`] without one.
    pub(super) scope: StringId,
    /// Where the id is unique only there; else [`ProcessId::NONE`].
    pub(super) process: ProcessId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AsyncKind {
    Begin,
    End,
    /// `T`: a part of the operation starts.
    StepInto,
    /// `p`: a part of the operation has ended.
    StepPast,
}

/// One event of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsyncEvent {
    pub(super) operation: u32,
    pub(super) kind: AsyncKind,
    /// Whether there is more to say of the event itself.
    pub(super) has_details: bool,
    /// Whether a flow asks for the slice that begins here.
    pub(super) has_flow: bool,
    pub(super) time_ns: i64,
    pub(super) offset: usize,
    pub(super) name: Name,
    pub(super) process: ProcessId,
}

/// Collects the events of operations.
#[derive(Debug, Default)]
pub(super) struct AsyncEvents {
    keys: Keys<OperationKey>,
    /// Category by operation, to name tracks.
    categories: Vec<StringId>,
    /// By operation, [`TOGETHER`] of them each.
    logs: Vec<EventLog>,
}

/// How many operations have their events in one log. A log is sorted as a whole.
const TOGETHER: usize = 1 << 12;

/// Events of some operations, in the order of the file.
#[derive(Debug, Default)]
struct EventLog {
    log: Log,
    differences: Differences,
}

#[derive(Clone, Copy, Debug, Default)]
struct Differences {
    operation: Difference,
    time: Difference,
    offset: Difference,
}

impl EventLog {
    fn push(&mut self, event: &AsyncEvent) {
        let kind = match event.kind {
            AsyncKind::Begin => 0,
            AsyncKind::End => 1,
            AsyncKind::StepInto => 2,
            AsyncKind::StepPast => 3,
        };
        let flags = u64::from(event.has_details) << 2 | u64::from(event.has_flow) << 3 | kind;
        let differences = &mut self.differences;
        self.log.push([
            differences.operation.to(event.operation.into()),
            differences.time.to(event.time_ns),
            differences.offset.to((event.offset as u64).cast_signed()),
            log::of_function(event.name.function) << 4 | flags,
            log::of_string(event.name.text),
            log::of_process(event.process),
        ]);
    }

    /// The events by operation, those of each in order of time.
    fn into_sorted(self) -> Vec<AsyncEvent> {
        let mut differences = Differences::default();
        let records = self.log.into_records();
        let mut events: Vec<AsyncEvent> = records
            .map(|[operation, time, offset, name, text, process]| AsyncEvent {
                operation: u32::try_from(differences.operation.at(operation)).unwrap_or_default(),
                kind: match name & 3 {
                    0 => AsyncKind::Begin,
                    1 => AsyncKind::End,
                    2 => AsyncKind::StepInto,
                    _ => AsyncKind::StepPast,
                },
                has_details: name & 4 != 0,
                has_flow: name & 8 != 0,
                time_ns: differences.time.at(time),
                offset: usize::try_from(differences.offset.at(offset)).unwrap_or_default(),
                name: Name { function: log::function(name >> 4), text: log::string(text) },
                process: log::process(process),
            })
            .collect();
        events.sort_by_key(|event| (event.operation, event.time_ns));
        events
    }
}

/// How many tracks the operations of one category and process are spread over by name. Where
/// each has a name of its own, such as an address, one track for all is easier to read.
const MAX_TRACKS: u32 = 200;

impl AsyncEvents {
    /// The number of an operation.
    pub(super) fn operation(&mut self, key: OperationKey, id: Id) -> u32 {
        let operation = self.keys.number(key, id);
        if self.categories.len() < self.keys.len() {
            self.categories.push(key.category);
        }
        operation
    }

    pub(super) fn push(&mut self, event: &AsyncEvent) {
        let row = event.operation as usize / TOGETHER;
        if self.logs.len() <= row {
            self.logs.resize_with(row.saturating_add(1), EventLog::default);
        }
        if let Some(log) = self.logs.get_mut(row) {
            log.push(event);
        }
    }

    /// What is left to do once no more events come: the table of ids is not needed for it.
    pub(super) fn without_ids(self) -> Operations {
        Operations { categories: self.categories, logs: self.logs }
    }
}

/// All events of operations.
#[derive(Debug)]
pub(super) struct Operations {
    categories: Vec<StringId>,
    logs: Vec<EventLog>,
}

impl Operations {
    /// Adds the slices of all operations.
    pub(super) fn finish(
        self,
        builder: &mut ProfileBuilder,
        job: &Job,
        last_ns: i64,
        flow_slices: &mut SlicesByOffset,
    ) {
        let Self { categories, logs } = self;
        let mut tracks = AsyncTracks { categories, ids: HashMap::default(), n: HashMap::default() };
        for log in logs {
            for events in log.into_sorted().chunk_by(|a, b| a.operation == b.operation) {
                let mut operation =
                    Operation { builder, job, open: Vec::new(), step: None, track: None };
                for event in events {
                    operation.apply(event, &mut tracks, flow_slices);
                }
                operation.close(last_ns);
            }
        }
    }
}

/// The scope of an id as part of a key.
pub(super) fn scope_of(scope: IdScope, process: ProcessId) -> ProcessId {
    match scope {
        IdScope::Global => ProcessId::NONE,
        IdScope::Local => process,
    }
}

/// One track for each process, category and name of the outermost slice.
struct AsyncTracks {
    categories: Vec<StringId>,
    ids: HashMap<(ProcessId, FunctionId), TrackId>,
    /// How many there are for each process and category, and the one for all that follow.
    n: HashMap<(ProcessId, StringId), (u32, Option<TrackId>)>,
}

impl AsyncTracks {
    fn of(&mut self, event: &AsyncEvent, builder: &mut ProfileBuilder) -> TrackId {
        let AsyncEvent { process, name, .. } = *event;
        if let Some(&track) = self.ids.get(&(process, name.function)) {
            return track;
        }
        let category = self.categories.get(event.operation as usize).copied();
        let category = category.unwrap_or(StringId::NONE);
        let (n, rest) = self.n.entry((process, category)).or_default();
        let text = |string: StringId| string.some().map(|string| builder.text(string).to_owned());
        let category = text(category);
        if *n == MAX_TRACKS {
            return *rest.get_or_insert_with(|| {
                builder.async_track(process, category.as_deref().unwrap_or("async"))
            });
        }
        *n = n.saturating_add(1);
        let name = text(name.text).unwrap_or_default();
        let name = category.map_or(name.clone(), |category| format!("{category}/{name}"));
        let track = builder.async_track(process, &name);
        self.ids.insert((process, event.name.function), track);
        track
    }
}

#[derive(Clone, Copy)]
struct Open {
    slice: RawSliceId,
    start_ns: i64,
    name: StringId,
    process: ProcessId,
    offset: usize,
}

/// One operation while its events are gone through in order of time.
struct Operation<'a> {
    builder: &'a mut ProfileBuilder,
    job: &'a Job,
    /// Outermost first.
    open: Vec<Open>,
    /// The step that is under way; of `p` steps, only when the last one ended.
    step: Option<Step>,
    track: Option<TrackId>,
}

#[derive(Clone, Copy)]
struct Step {
    slice: Option<RawSliceId>,
    since_ns: i64,
}

impl Operation<'_> {
    fn apply(
        &mut self,
        event: &AsyncEvent,
        tracks: &mut AsyncTracks,
        flow_slices: &mut SlicesByOffset,
    ) {
        match event.kind {
            AsyncKind::Begin => {
                let track = match self.track.filter(|_| !self.open.is_empty()) {
                    Some(track) => track,
                    None => tracks.of(event, self.builder),
                };
                self.track = Some(track);
                let slice = self.slice(track, event, event.time_ns, 0);
                if event.has_flow {
                    flow_slices.insert(event.offset, slice);
                }
                self.open.push(Open {
                    slice,
                    start_ns: event.time_ns,
                    name: event.name.text,
                    process: event.process,
                    offset: event.offset,
                });
            }
            AsyncKind::End => self.end(event),
            AsyncKind::StepInto | AsyncKind::StepPast => self.step(event),
        }
    }

    fn slice(
        &mut self,
        track: TrackId,
        event: &AsyncEvent,
        start_ns: i64,
        duration_ns: i64,
    ) -> RawSliceId {
        let name = event.name.function;
        let detail = Some(event.offset as u64);
        let slice = Slice { track, start_ns, duration_ns, name, detail };
        self.builder.async_slice(slice, event.operation)
    }

    /// Ends the innermost slice of the name, of the same process if there is one.
    fn end(&mut self, event: &AsyncEvent) {
        let name = event.name.text;
        let is_named = |open: &Open| name == StringId::NONE || open.name == name;
        let is_near = |open: &Open| is_named(open) && open.process == event.process;
        let depth = innermost(&self.open, is_near).or_else(|| innermost(&self.open, is_named));
        let Some(depth) = depth else {
            self.note_stray(event);
            return;
        };
        let open = self.open.remove(self.open.len().wrapping_sub(depth).wrapping_sub(1));
        let detail = event.has_details.then_some(event.offset as u64);
        self.builder.end_slice(open.slice, event.time_ns, detail);
        self.end_step(event.time_ns);
    }

    fn step(&mut self, event: &AsyncEvent) {
        let (Some(track), Some(open)) = (self.track, self.open.last().copied()) else {
            self.note_stray(event);
            return;
        };
        let since_ns = self.step.map_or(open.start_ns, |step| step.since_ns);
        self.end_step(event.time_ns);
        let now = event.time_ns;
        let slice = if event.kind == AsyncKind::StepInto {
            Some(self.slice(track, event, now, 0))
        } else {
            self.slice(track, event, since_ns, now.saturating_sub(since_ns));
            None
        };
        self.step = Some(Step { slice, since_ns: now });
    }

    fn end_step(&mut self, time_ns: i64) {
        if let Some(Step { slice: Some(slice), .. }) = self.step.take() {
            self.builder.end_slice(slice, time_ns, None);
        }
    }

    fn close(mut self, last_ns: i64) {
        self.end_step(last_ns);
        for open in self.open {
            self.builder.end_slice(open.slice, last_ns, None);
            self.job.note(Severity::Repair, "unclosed-async", || {
                let at = open.offset;
                format!(
                    "an asynchronous operation never ends and is shown up to the end, \
                     first at byte {at}"
                )
            });
        }
    }

    fn note_stray(&self, event: &AsyncEvent) {
        self.job.note(Severity::Loss, "stray-async", || {
            let at = event.offset;
            format!(
                "an end or a step of an asynchronous operation that never began is left out, \
                 first at byte {at}"
            )
        });
    }
}
