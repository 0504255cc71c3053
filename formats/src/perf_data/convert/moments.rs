//! What records say beside stacks: switches between threads, points in time, losses.

use rview_core::{ProfileBuilder, Scope, ThreadId};

use super::{Converter, Tracepoint};
use crate::perf_data::events::Event;
use crate::perf_data::losses;
use crate::perf_data::record::{Record, kind, misc};
use crate::perf_data::sample::Sample;
use crate::perf_data::scan::Scan;
use crate::perf_data::sched::{Edge, Moment, Off, Sched};
use crate::perf_data::tracepoint::Formats;

/// What the samples of each event are shown as, beside stacks, and what is known of switches.
pub(super) fn follow_events(
    scan: &Scan<'_>,
    formats: &Formats<'_>,
    builder: &mut ProfileBuilder,
) -> (Vec<Option<Tracepoint>>, Sched) {
    let mut sched = Sched::default();
    let tracepoints = scan.events.rows().iter().map(|event| {
        if event.attr.records_switches() {
            sched.set_recorded();
        }
        if !event.attr.is_tracepoint() {
            return None;
        }
        let format = formats.get(event.attr.config);
        if format.is_some_and(|format| format.name == "sched_switch") {
            sched.set_recorded();
            if !event.attr.samples_each() {
                sched.set_subsampled();
            }
            return Some(Tracepoint::Switch);
        }
        Some(Tracepoint::Marker(builder.function_named(&event.name())))
    });
    (tracepoints.collect(), sched)
}

impl Converter<'_, '_> {
    /// Takes from a sample what it says beside its stack: a switch, or a point in time.
    pub(super) fn follow(
        &mut self,
        (row, event): (usize, &Event),
        (thread, time_ns): (ThreadId, i64),
        sample: &Sample<'_>,
    ) -> Option<()> {
        let moment = Moment { time_ns, cpu: sample.cpu, at: self.at };
        let (_, tid) = sample.pid_tid?;
        match self.tracepoints.get(row).copied().flatten() {
            None => self.sched.push_seen(moment, (tid, thread)),
            Some(Tracepoint::Marker(name)) => {
                self.sched.push_seen(moment, (tid, thread));
                let scope = Scope::Thread(thread);
                self.places.builder.marker(time_ns, name, scope, Some(self.at));
            }
            Some(Tracepoint::Switch) => {
                let format = self.formats.get(event.attr.config)?;
                let raw = sample.tail(&event.attr)?.raw;
                if tid != 0 {
                    // The lower bits say what it waits for; with none it could go on.
                    let state = format.number("prev_state", raw, self.order)?;
                    let is_runnable = state.trailing_zeros() >= 8;
                    let why = if is_runnable { Off::Preempted } else { Off::Blocked };
                    let sample = self.places.builder.n_samples().checked_sub(1);
                    self.sched.push(moment, (tid, thread), Edge::Out(why, sample));
                }
                let next = format.number("next_pid", raw, self.order)?;
                if next != 0 {
                    self.sched.push_in(moment, next);
                }
            }
        }
        Some(())
    }

    /// A record of a switch, which has no stack.
    pub(super) fn switch(&mut self, record: &Record<'_>) -> Option<()> {
        let trailer = self.scan.events.trailer(record)?;
        let ((pid, tid), time) = (trailer.pid_tid?, trailer.time?);
        if tid == 0 {
            return Some(());
        }
        let thread = self.thread((pid, tid));
        let thread = self.thread_row(thread)?;
        let time_ns = i64::try_from(time).unwrap_or(i64::MAX);
        let moment = Moment { time_ns, cpu: trailer.cpu, at: self.at };
        let edge = match record.misc & (misc::SWITCH_OUT | misc::SWITCH_PREEMPTED) {
            0 | misc::SWITCH_PREEMPTED => Edge::In,
            misc::SWITCH_OUT => Edge::Out(Off::Blocked, None),
            _ => Edge::Out(Off::Preempted, None),
        };
        self.sched.push(moment, (tid, thread), edge);
        Some(())
    }

    /// A thread ends, which it does while it runs.
    pub(super) fn exit(&mut self, record: &Record<'_>) -> Option<()> {
        let mut fields = record.fields(self.order);
        let (pid, _parent_pid) = (fields.id()?, fields.id()?);
        let (tid, _parent_tid) = (fields.id()?, fields.id()?);
        let Some(trailer) = self.scan.events.trailer(record) else { return Some(()) };
        let thread = self.thread((pid, tid));
        if let (Some(row), Some(time)) = (self.machine.thread(thread)?.row, trailer.time) {
            let time_ns = i64::try_from(time).unwrap_or(i64::MAX);
            self.sched.push_exit(Moment { time_ns, cpu: trailer.cpu, at: self.at }, row);
        }
        Some(())
    }

    /// A record of what is not there: a marker of the thread that was slowed down, or of all,
    /// as buffers are shared.
    pub(super) fn loss(&mut self, record: &Record<'_>) -> Option<()> {
        let events = &self.scan.events;
        let Some(text) = losses::description(record, events, self.order) else { return Some(()) };
        let trailer = events.trailer(record)?;
        let mut scope = Scope::Global;
        if let (kind::THROTTLE, Some(ids)) = (record.kind, trailer.pid_tid) {
            let thread = self.thread(ids);
            if let Some(row) = self.machine.thread(thread)?.row {
                scope = Scope::Thread(row);
            }
        }
        self.mark(&text, trailer.time?, scope);
        Some(())
    }

    pub(super) fn mark(&mut self, text: &str, time: u64, scope: Scope) {
        let builder = &mut self.places.builder;
        let name = builder.function_named(text);
        let time_ns = i64::try_from(time).unwrap_or(i64::MAX);
        builder.marker(time_ns, name, scope, Some(self.at));
    }
}
