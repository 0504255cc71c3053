//! What threads and CPUs did, by the switches between them.
//!
//! ```text
//! thread   | running | blocked      | running | preempted | running …
//!                    ▲ the stack here is what it waited for
//! CPU 0    | app               | other    | app …
//! ```
//!
//! Switches come as samples of the tracepoint `sched:sched_switch`, which has the stack of the
//! thread that leaves and says why, and as records of context switches, which have neither.
//!
//! The first and the last interval of a thread have a switch at one end only. What is at the
//! other end is known where the thread runs:
//!
//! - A thread has run since its first sample, if a switch out is what comes next.
//! - A thread that is not switched out has run until it ends, of which there is a record, as
//!   threads end while they run. If there is none, it has run until the recording ends: its
//!   switch would be there. Where switches are missing (some were not recorded or are lost, or
//!   the file is cut off) it has run at least until its last record, and no more is shown.
//!
//! A thread that waits in the end is not shown to: what it waits for may take much longer than
//! the recording, and would weigh as if it did not.

use rustc_hash::FxHashMap;
use rview_core::{Function, ProfileBuilder, Slice, ThreadId, TrackId, Unit};

use crate::{Job, Severity};

/// Why a thread does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Off {
    /// It could run, but another thread does.
    Preempted,
    /// It waits for something.
    Blocked,
}

/// One end of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The thread stops running; the sample with its stack, if there is one.
    Out(Off, Option<usize>),
    /// The thread starts running.
    In,
    /// The thread was seen running.
    Seen,
}

/// When and where a switch was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) time_ns: i64,
    pub(super) cpu: Option<u32>,
    /// Where its record is, for the details.
    pub(super) at: u64,
}

/// Collects switches, in any order.
#[derive(Debug, Default)]
pub(super) struct Sched {
    edges: Vec<(Moment, Who, Edge)>,
    seen: FxHashMap<ThreadId, Seen>,
    /// Where threads end.
    exits: FxHashMap<ThreadId, Moment>,
    /// Whether there may be switches.
    is_recorded: bool,
    /// Whether only some of the switches were recorded.
    is_subsampled: bool,
}

/// What there is of a thread, as far as the recording is read.
#[derive(Clone, Copy, Debug)]
struct Seen {
    tid: i32,
    /// Whether it is off by the latest edge.
    is_off: bool,
    /// When a sample has shown first that it runs.
    first_running: Option<Moment>,
    last: Moment,
}

/// Whom a switch is about. The tracepoint names the thread that starts by its tid only.
#[derive(Clone, Copy, Debug)]
struct Who {
    tid: i64,
    thread: Option<ThreadId>,
}

/// What a thread does from some time on.
#[derive(Clone, Copy, Debug)]
enum State {
    Running { since: Moment },
    Off { why: Off, since: Moment, sample: Option<usize> },
}

impl Sched {
    /// Notes that switches are recorded, all of them or some.
    pub(super) const fn set_recorded(&mut self) {
        self.is_recorded = true;
    }

    /// Notes that not every switch is in the recording.
    pub(super) const fn set_subsampled(&mut self) {
        self.is_subsampled = true;
    }

    /// Whether there is any switch.
    pub(super) const fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Adds what happened to a thread.
    pub(super) fn push(&mut self, moment: Moment, (tid, thread): (i32, ThreadId), edge: Edge) {
        let seen = self.seen(moment, (tid, thread));
        seen.is_off = matches!(edge, Edge::Out(..));
        self.edges.push((moment, Who { tid: tid.into(), thread: Some(thread) }, edge));
    }

    fn seen(&mut self, moment: Moment, (tid, thread): (i32, ThreadId)) -> &mut Seen {
        let new = Seen { tid, is_off: false, first_running: None, last: moment };
        let seen = self.seen.entry(thread).or_insert(new);
        // Samples whose stacks are unwound come later than switches.
        if seen.last.time_ns < moment.time_ns {
            seen.last = moment;
        }
        seen
    }

    /// A thread of which only the tid is known starts running.
    pub(super) fn push_in(&mut self, moment: Moment, tid: i64) {
        self.edges.push((moment, Who { tid, thread: None }, Edge::In));
    }

    /// A sample shows that a thread runs.
    #[inline]
    pub(super) fn push_seen(&mut self, moment: Moment, (tid, thread): (i32, ThreadId)) {
        if !self.is_recorded {
            return;
        }
        let seen = self.seen(moment, (tid, thread));
        if seen.first_running.is_none_or(|first| moment.time_ns < first.time_ns) {
            seen.first_running = Some(moment);
        }
        if seen.is_off {
            self.push(moment, (tid, thread), Edge::Seen);
        }
    }

    /// A thread ends.
    pub(super) fn push_exit(&mut self, moment: Moment, thread: ThreadId) {
        self.exits.insert(thread, moment);
    }

    /// Adds that threads have run since their first samples.
    fn add_first(&mut self) {
        let first = self.seen.iter().filter_map(|(&thread, seen)| {
            let who = Who { tid: seen.tid.into(), thread: Some(thread) };
            Some((seen.first_running?, who, Edge::Seen))
        });
        // Before the switches of the same time.
        let first: Vec<_> = first.collect();
        self.edges.splice(0..0, first);
    }

    /// Until when a thread that is not switched out again has run: see the module.
    fn end_of(&self, thread: ThreadId, since: Moment, end_ns: Option<i64>) -> Option<Moment> {
        let exit = self.exits.get(&thread).copied();
        let end = end_ns.filter(|_| !self.is_subsampled);
        let end = end.map(|time_ns| Moment { time_ns, cpu: None, at: since.at });
        let last = || self.seen.get(&thread).map(|seen| seen.last);
        let until = exit.or(end).or_else(last)?;
        (until.time_ns > since.time_ns).then_some(until)
    }

    /// Finds the threads that are named by their tids only: those that stop next, as a tid is
    /// used again only then, else those that stopped before.
    fn find_threads(&mut self) {
        let mut by_tid = FxHashMap::default();
        let mut find = |who: &mut Who| match who.thread {
            Some(thread) => {
                by_tid.insert(who.tid, thread);
            }
            None => who.thread = by_tid.get(&who.tid).copied(),
        };
        self.edges.iter_mut().rev().for_each(|(_, who, _)| find(who));
        self.edges.iter_mut().for_each(|(_, who, _)| find(who));
    }

    /// Adds the tracks and the weights of time off the CPU. The recording has all there was to
    /// record until `end_ns`, if that is known.
    pub(super) fn finish(mut self, end_ns: Option<u64>, builder: &mut ProfileBuilder, job: &Job) {
        if self.is_empty() {
            return;
        }
        self.add_first();
        self.edges.sort_by_key(|(moment, ..)| moment.time_ns);
        self.find_threads();
        let mut tracks = Tracks::new(builder, &self.edges);
        let mut states: FxHashMap<ThreadId, State> = FxHashMap::default();
        let mut n_guessed = 0_u64;
        for &(moment, who, edge) in &self.edges {
            // A thread without samples is not shown.
            let Some(thread) = who.thread else { continue };
            let state = states.get(&thread).copied();
            let next = match (edge, state) {
                // The record of a switch comes behind the sample of it.
                (Edge::Out(_, None), Some(State::Off { .. }))
                | (Edge::In | Edge::Seen, Some(State::Running { .. })) => continue,
                (Edge::Out(why, sample), _) => {
                    if let Some(State::Running { since }) = state {
                        tracks.run(thread, since, moment);
                    }
                    State::Off { why, since: moment, sample }
                }
                (Edge::In | Edge::Seen, _) => {
                    if let Some(State::Off { why, since, sample }) = state {
                        n_guessed = n_guessed.saturating_add(u64::from(edge == Edge::Seen));
                        tracks.wait(thread, (why, sample), since, moment);
                    }
                    State::Running { since: moment }
                }
            };
            states.insert(thread, next);
        }
        let end_ns = end_ns.and_then(|end| i64::try_from(end).ok());
        let mut running: Vec<_> = states.into_iter().collect();
        running.sort_unstable_by_key(|(thread, _)| thread.index());
        for (thread, state) in running {
            if let State::Running { since } = state
                && let Some(until) = self.end_of(thread, since, end_ns)
            {
                tracks.run(thread, since, until);
            }
        }
        let is_approximate = self.is_subsampled || n_guessed > 0;
        tracks.weigh(is_approximate);
        if self.is_subsampled {
            job.note(Severity::Info, "sched-subsampled", || {
                "only some of the switches between threads were recorded, so the times in which \
                 threads ran and waited are approximate; record all of them (`-c 1`)"
                    .to_owned()
            });
        }
        job.note_many(Severity::Info, "sched-guessed", n_guessed, || {
            "the recording does not say when threads went on, so they count as waiting until \
             their next sample; record the whole system (`-a`) or all switches \
             (`--switch-events`)"
                .to_owned()
        });
    }
}

/// The tracks under construction.
struct Tracks<'b> {
    builder: &'b mut ProfileBuilder,
    of_threads: FxHashMap<ThreadId, TrackId>,
    of_cpus: FxHashMap<u32, TrackId>,
    /// Samples with the time that their stack was off the CPU for, by why.
    waits: [Vec<(usize, i64)>; 2],
}

const WHYS: [Off; 2] = [Off::Blocked, Off::Preempted];

impl Off {
    const fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Preempted => "preempted",
        }
    }
}

impl<'b> Tracks<'b> {
    fn new(builder: &'b mut ProfileBuilder, edges: &[(Moment, Who, Edge)]) -> Self {
        let mut cpus: Vec<u32> = edges.iter().filter_map(|(moment, ..)| moment.cpu).collect();
        cpus.sort_unstable();
        cpus.dedup();
        let mut of_cpus = FxHashMap::default();
        if !cpus.is_empty() {
            let process = builder.process(0, "CPUs");
            for cpu in cpus {
                of_cpus.insert(cpu, builder.async_track(process, &format!("CPU {cpu}")));
            }
        }
        Self { builder, of_threads: FxHashMap::default(), of_cpus, waits: [Vec::new(), Vec::new()] }
    }

    /// A thread ran from one switch to the next, on the CPU of either.
    fn run(&mut self, thread: ThreadId, since: Moment, until: Moment) {
        self.push_state(thread, "running", since, until);
        // After a migration, the thread was switched in where it went. The end of the recording
        // is on no CPU.
        let until_cpu = until.cpu.or(since.cpu);
        let cpu = until_cpu.filter(|_| since.cpu.is_none_or(|cpu| until_cpu == Some(cpu)));
        let Some(&track) = cpu.and_then(|cpu| self.of_cpus.get(&cpu)) else { return };
        let name = self.builder.thread_mut(thread).name;
        let name = Function::named(name);
        let name = self.builder.function(name);
        self.builder.slice(slice(track, name, since, until));
    }

    /// A thread did not run.
    fn wait(
        &mut self,
        thread: ThreadId,
        (why, sample): (Off, Option<usize>),
        since: Moment,
        until: Moment,
    ) {
        self.push_state(thread, why.name(), since, until);
        if let Some(sample) = sample {
            let duration = until.time_ns.saturating_sub(since.time_ns);
            let [blocked, preempted] = &mut self.waits;
            let waits = if why == Off::Blocked { blocked } else { preempted };
            waits.push((sample, duration));
        }
    }

    fn push_state(&mut self, thread: ThreadId, name: &str, since: Moment, until: Moment) {
        let builder = &mut *self.builder;
        let track = *self.of_threads.entry(thread).or_insert_with(|| builder.thread_track(thread));
        let name = builder.function_named(name);
        builder.slice(slice(track, name, since, until));
    }

    /// Adds the value types of the waits.
    fn weigh(&mut self, is_approximate: bool) {
        for (why, waits) in WHYS.into_iter().zip(&mut self.waits) {
            if waits.is_empty() {
                continue;
            }
            let label = if is_approximate { " (approximate)" } else { "" };
            let name = format!("{}{label}", why.name());
            let value_type = self.builder.value_type(&name, Unit::Nanoseconds);
            self.builder.set_weights(value_type, std::mem::take(waits));
        }
    }
}

fn slice(track: TrackId, name: rview_core::FunctionId, since: Moment, until: Moment) -> Slice {
    let duration_ns = until.time_ns.saturating_sub(since.time_ns);
    Slice { track, start_ns: since.time_ns, duration_ns, name, detail: Some(until.at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays edges such as `out@10` of a thread and gives its slices as `blocked 10..20`, then the
    /// weights. `end@50` is the end of a recording that has all switches.
    #[track_caller]
    fn check(edges: &str, expected: &str) {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let (mut sched, mut end_ns) = (Sched::default(), None);
        sched.set_recorded();
        for edge in edges.split_whitespace() {
            let (what, time) = edge.split_once('@').unwrap();
            let time_ns: i64 = time.parse().unwrap();
            let moment = Moment { time_ns, cpu: Some(0), at: 0 };
            let leaf = builder.frame(None, 1);
            let (time, callers) = (Some(time_ns), None);
            let sample = builder.n_samples();
            let edge = match what {
                "in" => Edge::In,
                "seen" => {
                    sched.push_seen(moment, (1, thread));
                    continue;
                }
                "exit" => {
                    sched.push_exit(moment, thread);
                    continue;
                }
                "end" => {
                    end_ns = time_ns.try_into().ok();
                    continue;
                }
                "out" => Edge::Out(Off::Blocked, Some(sample)),
                "preempted" => Edge::Out(Off::Preempted, Some(sample)),
                _ => Edge::Out(Off::Blocked, None),
            };
            if matches!(edge, Edge::Out(_, Some(_))) {
                let sample =
                    rview_core::Sample { time_ns: time, thread, callers, leaf, labels: None };
                builder.sample(sample);
            }
            sched.push(moment, (1, thread), edge);
        }
        sched.finish(end_ns, &mut builder, &Job::default());
        let profile = builder.finish().0;
        profile.check().unwrap();
        let mut found = Vec::new();
        let track = profile.tracks().ids().find(|&id| profile.tracks().row(id).thread.is_some());
        for lane in track.into_iter().flat_map(|track| profile.tracks().lanes(track)) {
            for row in profile.slices().lane_slices(lane) {
                let slice = rview_core::SliceId::from_index(row);
                let slices = profile.slices();
                let in_file = |time: i64| time.saturating_add(profile.origin_ns());
                let (start, end) = (in_file(slices.start_ns(slice)), in_file(slices.end_ns(slice)));
                let name = profile.function_name(slices.name(slice));
                found.push(format!("{name} {start}..{end}"));
            }
        }
        for (value_type, id) in profile.value_types().iter().zip(profile.value_type_ids()) {
            found.push(format!("{}={}", value_type.name, profile.samples().weights(id).total()));
        }
        assert_eq!(found.join(", "), expected);
    }

    #[test]
    fn a_thread_runs_and_waits_in_turn() {
        check(
            "in@10 out@20 in@25 preempted@30 in@32 out@40",
            "running 10..20, blocked 20..25, running 25..30, preempted 30..32, running 32..40, \
             blocked=5, preempted=2",
        );
    }

    #[test]
    fn a_record_of_a_switch_adds_nothing_to_its_sample() {
        check("out@20 record@21 in@30", "blocked 20..30, blocked=10");
        check("record@21 in@30", "blocked 21..30");
    }

    #[test]
    fn of_two_switches_out_the_later_counts() {
        check("out@20 out@25 in@30", "blocked 25..30, blocked=5");
    }

    #[test]
    fn a_thread_that_is_seen_has_gone_on_by_then() {
        check("out@20 seen@28", "blocked 20..28, blocked (approximate)=8");
    }

    #[test]
    fn a_thread_that_is_not_switched_out_runs_until_it_ends() {
        check("out@20 in@30 seen@35 exit@40 end@90", "blocked 20..30, running 30..40, blocked=10");
        check("in@30 exit@40", "running 30..40");
        // A recording of the whole system has a switch behind the end.
        check("in@30 exit@40 record@41 end@90", "running 30..41");
        // Who waits may wait on.
        check("in@10 out@20 exit@40 end@90", "running 10..20");
    }

    #[test]
    fn a_thread_that_does_not_end_runs_until_the_recording_does() {
        check("in@30 seen@35 end@90", "running 30..90");
        // Unless switches may be missing.
        check("in@30 seen@35", "running 30..35");
        check("in@30", "");
    }

    #[test]
    fn a_thread_runs_since_its_first_sample() {
        check(
            "seen@5 seen@7 out@20 in@30 out@31",
            "running 5..20, blocked 20..30, running 30..31, blocked=10",
        );
        check("out@20 seen@28 out@40", "blocked 20..28, running 28..40, blocked (approximate)=8");
        check("seen@5 exit@10 end@90", "");
    }

    #[test]
    fn a_thread_that_is_named_by_its_tid_is_the_one_that_stops_next() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let threads = ["first", "second"].map(|name| builder.thread(process, 7, name));
        let mut sched = Sched::default();
        let moment = |time_ns| Moment { time_ns, cpu: None, at: 0 };
        let out = Edge::Out(Off::Blocked, None);
        sched.push_in(moment(1), 7);
        sched.push(moment(2), (7, threads[0]), out);
        sched.push_in(moment(3), 7);
        sched.push(moment(4), (7, threads[1]), out);
        sched.push_in(moment(5), 7);
        sched.push_in(moment(6), 8);
        sched.find_threads();
        let found: Vec<_> = sched.edges.iter().map(|(_, who, _)| who.thread).collect();
        let [first, second] = threads.map(Some);
        assert_eq!(found, [first, first, second, second, second, None]);
    }

    #[test]
    fn the_order_of_the_file_does_not_matter() {
        check("out@20 out@40 in@30", "blocked 20..30, running 30..40, blocked=10");
    }
}
