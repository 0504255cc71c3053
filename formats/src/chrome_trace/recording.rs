//! The profile under construction, event by event.

use rview_core::{
    FunctionId, MAX_TIME_NS, Profile, ProfileBuilder, Scope, Slice, SliceId, StringId,
};

use super::async_events::{AsyncEvent, AsyncEvents, AsyncKind, OperationKey, scope_of};
use super::begin_end::{Edge, EdgeKind, Matcher, SlicesByOffset};
use super::counters::Counters;
use super::event::{Event, Time};
use super::flows::{FlowEvent, FlowEvents, FlowKey, FlowKind, FlowPlace};
use super::id::Ids;
use super::metadata::Metadata;
use super::names::{Name, Names};
use super::samples::Samples;
use super::states::{State, States};
use super::threads::Threads;
use crate::json::{Scanner, Text};
use crate::{ImportError, Job, Severity};

/// What the events so far come to.
pub(super) struct Recording<'j, 'a> {
    job: &'j Job,
    builder: ProfileBuilder,
    names: Names,
    threads: Threads,
    ids: Ids<'a>,
    async_events: AsyncEvents,
    flows: FlowEvents,
    counters: Counters,
    states: States,
    samples: Samples,
    metadata: Metadata,
    /// The latest time of anything.
    last_ns: i64,
    n_events: u64,
    n_facts: usize,
}

/// How many facts of the recording are taken from a file: enough for all that tools write.
const MAX_FACTS: usize = 64;

impl<'j, 'a> Recording<'j, 'a> {
    pub(super) fn new(job: &'j Job) -> Self {
        Self {
            job,
            builder: ProfileBuilder::default(),
            names: Names::default(),
            threads: Threads::default(),
            ids: Ids::default(),
            async_events: AsyncEvents::default(),
            flows: FlowEvents::default(),
            counters: Counters::default(),
            states: States::default(),
            samples: Samples::default(),
            metadata: Metadata::default(),
            last_ns: i64::MIN,
            n_events: 0,
            n_facts: 0,
        }
    }

    /// Where notes go.
    pub(super) fn job(&self) -> &'j Job {
        self.job
    }

    /// How many events there were, of whatever kind.
    pub(super) fn n_events(&self) -> u64 {
        self.n_events
    }

    /// Whether there is room for more of what the file says of the recording as a whole.
    pub(super) fn wants_facts(&self) -> bool {
        self.n_facts < MAX_FACTS
    }

    /// Adds something the file says of the recording as a whole, while there is room.
    pub(super) fn add_fact(&mut self, what: &str, value: &str) {
        if self.wants_facts() {
            self.builder.fact(what, value);
            self.n_facts = self.n_facts.saturating_add(1);
        }
    }

    /// Takes what there is of samples beside the events, at an offset.
    pub(super) fn samples_mut(&mut self) -> &mut Samples {
        &mut self.samples
    }

    fn note_cpu_samples(&self, count: u64, offset: usize) {
        self.job.note_many(Severity::Loss, "cpu-samples", count, || {
            format!(
                "a CPU sample without a frame is not shown, first at byte {offset}; \
                 open it in the tool that recorded it for those"
            )
        });
    }

    /// Applies one event.
    pub(super) fn apply(&mut self, event: &Event<'a>) {
        let Some(phase) = event.phase else {
            // Some tracers end their files with an empty object, to need no care for commas.
            if event.has_keys {
                self.note(Severity::Loss, "missing-phase", event, "an event without `ph`");
            }
            return;
        };
        self.n_events = self.n_events.wrapping_add(1);
        if phase == b'M' {
            self.metadata.apply(&mut self.builder, self.job, &mut self.threads, event);
            return;
        }
        if self.is_unsupported(phase, event) {
            return;
        }
        let time_ns = match event.time {
            Time::Ns(time_ns) => time_ns,
            Time::Missing => {
                return self.note(Severity::Loss, "missing-time", event, "an event without `ts`");
            }
            Time::Wrong => {
                let what = "an event whose `ts` is no number";
                return self.note(Severity::Loss, "broken-time", event, what);
            }
        };
        self.last_ns = self.last_ns.max(time_ns);
        if !is_kept(time_ns, event.duration) {
            self.job.note(Severity::Repair, "cut-time", || {
                let at = event.offset;
                format!(
                    "a time more than 146 years from the start of its clock is cut to that, first \
                     at byte {at}; look whether it is in microseconds"
                )
            });
        }
        // Slices and markers have theirs among their details.
        if event.has_stack && matches!(phase, b'C' | b's' | b't' | b'f') {
            self.job.note(Severity::Unshown, "event-stacks", || {
                let at = event.offset;
                format!(
                    "the call stack where a counter or a flow was recorded is not shown, first at \
                     byte {at}; read it in the file"
                )
            });
        }
        if let Some(color) = event.color {
            let name = self.names.of(&mut self.builder, event.name, event.category);
            self.builder.ask_color(name.function, &color.decode());
        }
        match phase {
            b'X' => self.complete(event, time_ns),
            b'B' | b'E' => self.edge(phase, event, time_ns),
            b'i' | b'I' | b'R' => self.instant(event, time_ns),
            b'C' => {
                let process = self.threads.process(&mut self.builder, event.pid);
                let (builder, job) = (&mut self.builder, self.job);
                self.counters.add(builder, job, process, event, time_ns);
            }
            b's' | b't' | b'f' => self.flow(phase, event, time_ns),
            b'n' => self.async_instant(event, time_ns),
            b'T' if !event.has_id() => self.state(event, time_ns),
            _ => self.async_event(phase, event, time_ns),
        }
    }

    fn note(&self, severity: Severity, kind: &'static str, event: &Event<'_>, what: &str) {
        self.job
            .note(severity, kind, || format!("{what} is left out, first at byte {}", event.offset));
    }

    /// Notes an event of a kind that is not shown.
    fn is_unsupported(&mut self, phase: u8, event: &Event<'a>) -> bool {
        let (severity, kind, what) = match phase {
            b'X' | b'B' | b'E' | b'i' | b'I' | b'R' | b'C' | b's' | b't' | b'f' | b'b' | b'n'
            | b'e' | b'S' | b'p' | b'F' => return false,
            // Of two meanings of `T`, the step of an operation has an id.
            b'T' if event.has_id() || event.duration != Time::Missing => return false,
            b'T' => (Severity::Loss, "thread-states", "the state of a thread without `dur`"),
            b'P' => {
                if !self.take_samples(event) {
                    self.note_cpu_samples(1, event.offset);
                }
                return true;
            }
            b'O' | b'N' | b'D' => (Severity::Loss, "objects", "a snapshot of an object"),
            b'V' | b'v' => (Severity::Loss, "memory-dumps", "a memory dump"),
            b'c' => (Severity::Unshown, "clock-sync", "a mark to align clocks"),
            b'(' | b')' | b'=' => (Severity::Unshown, "contexts", "a context or linked id"),
            _ => {
                let name = char::from(phase).escape_default();
                let what = format!("an event of the unknown phase `{name}`");
                self.note(Severity::Loss, "unknown-phase", event, &what);
                return true;
            }
        };
        self.note(severity, kind, event, what);
        true
    }

    fn complete(&mut self, event: &Event<'a>, time_ns: i64) {
        let duration_ns = self.duration(event);
        self.last_ns = self.last_ns.max(time_ns.saturating_add(duration_ns));
        let name = self.names.of(&mut self.builder, event.name, event.category);
        let thread = self.threads.of(&mut self.builder, event);
        let track = self.threads.track(&mut self.builder, thread);
        let slice = self.builder.slice(Slice {
            track,
            start_ns: time_ns,
            duration_ns,
            name: name.function,
            detail: Some(event.offset as u64),
        });
        if event.bind_id.is_some() {
            self.bind(event, time_ns, name.text, FlowPlace::Slice(slice));
        }
    }

    /// How long an `X` lasts.
    fn duration(&self, event: &Event<'_>) -> i64 {
        let what = match (event.duration, event.thread_duration) {
            (Time::Ns(duration_ns @ 0..), _) => return duration_ns,
            (Time::Ns(_), _) => "a slice lasts less than nothing and is shown without duration",
            (Time::Missing, Time::Ns(running_ns @ 0..)) => {
                self.job.note(Severity::Repair, "missing-duration", || {
                    let at = event.offset;
                    format!("a slice without `dur` lasts as long as `tdur`, first at byte {at}")
                });
                return running_ns;
            }
            (Time::Missing, _) => "a slice without `dur` is shown without duration",
            (Time::Wrong, _) => "a slice whose `dur` is no number is shown without duration",
        };
        self.job.note(Severity::Repair, "broken-duration", || {
            format!("{what}, first at byte {}", event.offset)
        });
        0
    }

    fn edge(&mut self, phase: u8, event: &Event<'a>, time_ns: i64) {
        let thread = self.threads.of(&mut self.builder, event);
        let (name, kind) = if phase == b'B' {
            let name = self.names.of(&mut self.builder, event.name, event.category);
            let has_flow = event.bind_id.is_some();
            if has_flow {
                self.bind(event, time_ns, name.text, FlowPlace::BegunHere);
            }
            self.threads.track(&mut self.builder, thread);
            (name.text, EdgeKind::Begin { function: name.function, has_flow })
        } else {
            let name = self.string(event.name);
            (name, EdgeKind::End { has_details: event.has_details() })
        };
        if let Some(row) = self.threads.row_mut(thread) {
            row.edges.push(Edge { time_ns, offset: event.offset, name, kind });
        }
    }

    /// The id of a text; [`StringId::NONE`] without one.
    fn string(&mut self, text: Option<Text<'_>>) -> StringId {
        text.map_or(StringId::NONE, |text| self.builder.string(&text.decode()))
    }

    fn instant(&mut self, event: &Event<'a>, time_ns: i64) {
        let name = self.names.of(&mut self.builder, event.name, event.category);
        let scope = match event.instant_scope {
            Some(b'g') => Scope::Global,
            Some(b'p') => Scope::Process(self.threads.process(&mut self.builder, event.pid)),
            _ => Scope::Thread(self.threads.of(&mut self.builder, event)),
        };
        self.builder.marker(time_ns, name.function, scope, Some(event.offset as u64));
        if event.name.is_some_and(|name| name.is("CpuProfile")) {
            self.take_samples(event);
        }
    }

    /// `T` without an id.
    fn state(&mut self, event: &Event<'_>, time_ns: i64) {
        let duration_ns = self.duration(event);
        self.last_ns = self.last_ns.max(time_ns.saturating_add(duration_ns));
        let name = self.names.of(&mut self.builder, event.name, event.category).function;
        let thread = self.threads.of(&mut self.builder, event);
        let offset = event.offset;
        self.states.push(State { thread, start_ns: time_ns, duration_ns, name, offset });
    }

    /// Takes an event with samples; `false` if it has none that can be read.
    fn take_samples(&mut self, event: &Event<'a>) -> bool {
        let thread = self.threads.of(&mut self.builder, event);
        let process = self.threads.process(&mut self.builder, event.pid);
        let (id, _) = self.ids.of_event(event);
        self.samples.take(event, id, process, thread)
    }

    fn async_instant(&mut self, event: &Event<'_>, time_ns: i64) {
        let name = self.names.of(&mut self.builder, event.name, event.category);
        let process = self.threads.process(&mut self.builder, event.pid);
        let scope = Scope::Process(process);
        self.builder.marker(time_ns, name.function, scope, Some(event.offset as u64));
    }

    /// `b` and `e`, and their forerunners `S`, `T`, `p` and `F`.
    fn async_event(&mut self, phase: u8, event: &Event<'a>, time_ns: i64) {
        let process = self.threads.process(&mut self.builder, event.pid);
        let (id, id_scope) = self.ids.of_event(event);
        if !event.has_id() {
            self.job.note(Severity::Repair, "missing-id", || {
                let at = event.offset;
                format!(
                    "asynchronous events without `id` are matched by process and name, \
                     first at byte {at}"
                )
            });
        }
        let is_nestable = matches!(phase, b'b' | b'e');
        let key = OperationKey {
            category: self.string(event.category),
            name: if is_nestable { StringId::NONE } else { self.string(event.name) },
            scope: self.string(event.scope),
            process: scope_of(id_scope, process),
        };
        let operation = self.async_events.operation(key, id);
        let (kind, name) = match phase {
            b'b' | b'S' => (AsyncKind::Begin, event.name),
            b'T' => (AsyncKind::StepInto, step_name(event)),
            b'p' => (AsyncKind::StepPast, step_name(event)),
            _ => (AsyncKind::End, event.name),
        };
        let name = if kind == AsyncKind::End {
            Name { function: FunctionId::NONE, text: self.string(name) }
        } else {
            self.names.of(&mut self.builder, name, event.category)
        };
        let has_flow = kind == AsyncKind::Begin && event.bind_id.is_some();
        if has_flow {
            self.bind(event, time_ns, name.text, FlowPlace::BegunHere);
        }
        self.async_events.push(&AsyncEvent {
            operation,
            kind,
            has_details: event.has_details(),
            has_flow,
            time_ns,
            offset: event.offset,
            name,
            process,
        });
    }

    /// `s`, `t` and `f`.
    fn flow(&mut self, phase: u8, event: &Event<'a>, time_ns: i64) {
        let thread = self.threads.of(&mut self.builder, event);
        let name = self.string(event.name);
        let (id, id_scope) = self.ids.of_event(event);
        let process = self.threads.process(&mut self.builder, event.pid);
        let process = scope_of(id_scope, process);
        let category = self.string(event.category);
        let scope = self.string(event.scope);
        let key = self.flows.key(FlowKey::Event { category, name, scope, process }, id);
        let (kind, place) = match phase {
            b's' => (FlowKind::Start, FlowPlace::Enclosing(thread)),
            b't' => (FlowKind::Step, FlowPlace::Enclosing(thread)),
            _ if event.binds_to_enclosing => (FlowKind::End, FlowPlace::Enclosing(thread)),
            _ => (FlowKind::End, FlowPlace::Next(thread)),
        };
        let name = if name == StringId::NONE { self.builder.string("") } else { name };
        self.flows.push(&FlowEvent { time_ns, key, kind, name, place, offset: event.offset });
    }

    /// `bind_id`: the slice itself is the end of a flow.
    fn bind(&mut self, event: &Event<'a>, time_ns: i64, name: StringId, place: FlowPlace) {
        let kind = match (event.flow.into, event.flow.out) {
            (true, true) => FlowKind::Step,
            (true, false) => FlowKind::Into,
            (false, true) => FlowKind::Start,
            (false, false) => return,
        };
        let Some(id) = event.bind_id else { return };
        let id = self.ids.of(id);
        let scope = self.string(event.scope);
        let key = self.flows.key(FlowKey::Bind { scope }, id);
        let name = if name == StringId::NONE { self.builder.string("") } else { name };
        self.flows.push(&FlowEvent { time_ns, key, kind, name, place, offset: event.offset });
    }

    /// The profile, once all events are applied.
    pub(super) fn finish(self, bytes: &[u8]) -> Result<Profile, ImportError> {
        let Self { job, mut builder, mut threads, last_ns, .. } = self;
        drop((self.names, self.ids, self.counters));
        let operations = self.async_events.without_ids();
        let flows = self.flows.without_ids();
        let mut flow_slices = SlicesByOffset::default();
        let finish_others = || {
            for (thread, edges) in threads.take_edges() {
                if edges.is_empty() {
                    continue;
                }
                let track = threads.existing_track(thread);
                let track = track.unwrap_or_else(|| threads.track(&mut builder, thread));
                let (builder, flow_slices) = (&mut builder, &mut flow_slices);
                Matcher { builder, job, track, last_ns, flow_slices }.add(edges);
            }
            operations.finish(&mut builder, job, last_ns, &mut flow_slices);
            self.states.finish(&mut builder);
            self.samples.finish(bytes, &mut builder, &mut threads, job)
        };
        let (first, finished) = rayon::join(|| flows.first_part(), finish_others);
        finished?;
        let (mut unbound, arrows) = flows.finish(first, &mut builder, job, &threads, &flow_slices);
        self.metadata.finish(&mut builder);
        let (profile, of_profile) = builder.finish();
        if let Some(first) = of_profile.first_flow {
            unbound.add(of_profile.flows, arrows.get(first).copied().unwrap_or_default());
        }
        unbound.note(job);
        note_overlaps(job, &profile);
        Ok(profile)
    }
}

/// Whether the profile holds a time and what lasts from then on as they are.
#[inline]
fn is_kept(time_ns: i64, duration: Time) -> bool {
    let end_ns = if let Time::Ns(ns) = duration { time_ns.saturating_add(ns) } else { time_ns };
    time_ns >= -MAX_TIME_NS && time_ns.max(end_ns) <= MAX_TIME_NS
}

/// The name of a step; that of its operation when it has none.
fn step_name<'a>(event: &Event<'a>) -> Option<Text<'a>> {
    let mut scanner = Scanner::new(event.args?, 1);
    while let Ok(Some(key)) = scanner.key() {
        let value = scanner.value().ok()?;
        if key.raw == b"step" {
            return value.text().or(event.name);
        }
    }
    event.name
}

/// Notes the slices of threads that overlap others without nesting: the lanes below the first
/// nesting of a track.
fn note_overlaps(job: &Job, profile: &Profile) {
    let (slices, tracks) = (profile.slices(), profile.tracks());
    let mut n_slices = 0_u64;
    let mut first = u64::MAX;
    for track in tracks.ids().filter(|&track| tracks.row(track).thread.is_some()) {
        let mut n_nestings = 0_u32;
        for lane in tracks.lanes(track) {
            let Some(row) = slices.lanes().get(lane.index()) else { continue };
            n_nestings = n_nestings.saturating_add(u32::from(row.depth == 0));
            if n_nestings > 1 {
                let rows = slices.lane_slices(lane);
                n_slices = n_slices.saturating_add(rows.len() as u64);
                let details = rows.flat_map(|row| slices.details(SliceId::from_index(row)));
                first = details.fold(first, u64::min);
            }
        }
    }
    job.note_many(Severity::Repair, "overlapping", n_slices, || {
        format!(
            "slices of a thread overlap without one being within the other; they are shown in \
             full on rows of their own, first at byte {first}; tracers write such work as \
             asynchronous events"
        )
    });
}
