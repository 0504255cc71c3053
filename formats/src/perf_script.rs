//! The text of `perf script`.
//!
//! A line for each sample, then one for each frame, leaf first, then an empty one:
//!
//! ```text
//! app 12/13 [001] 15.924945606:     250000 cpu-clock:u:
//!             1225 burn+0x15 (/tmp/app)
//!   app.c:12
//!             12bb main+0x4b (/tmp/app)
//!
//! ```
//!
//! Which fields there are is up to whoever made the text (`-F`): all but the time and the event
//! may be missing. Where there is no period, it is not known what a sample stands for, so each
//! counts 1. What perf says of processes, maps and itself is among the samples if asked for
//! (`--show-task-events`). Functions marked `(inlined)` come before the one they are in, lines of the
//! source (`+srcline`) behind each. Source: `perf-script(1)`.

mod line;

use foldhash::HashMap;
use memchr::memchr;
use rview_core::{
    FrameId, Function, Line, Mapping, Profile, ProfileBuilder, Sample, StackId, ThreadId, Unit,
    ValueTypeId,
};

use self::line::{Event, Frame, SourceLine};
use crate::{ImportError, Importer, Job, Severity, Source, Verdict};

/// The importer of the text of `perf script`.
pub(crate) struct PerfScript;

const NAME: &str = "perf-script";

/// Lines between two looks at whether the user has cancelled.
const PROGRESS_EVERY: u64 = 1 << 14;

impl Importer for PerfScript {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["perf", "txt"]
    }

    /// A sample or record must be the first thing behind comments; a frame behind a sample makes
    /// it certain.
    fn probe(&self, head: &[u8]) -> Verdict {
        let mut lines = head.split(|&byte| byte == b'\n').map(without_return);
        let is_text = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#");
        let Some(first) = lines.find(is_text) else { return Verdict::No };
        match (Event::read(first), lines.next()) {
            (Some(event), _) if event.is_record() => Verdict::Yes,
            (Some(event), _) if read_frame(event.rest).is_some() => Verdict::Yes,
            (Some(_), Some(second)) if read_frame(second).is_some() => Verdict::Yes,
            (Some(_), Some(second)) if second.is_empty() || Event::read(second).is_some() => {
                Verdict::Perhaps
            }
            _ => Verdict::No,
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let mut text = Text::default();
        let (mut offset, mut n_lines) = (0_usize, 0_u64);
        while let Some(rest) = source.get(offset..).filter(|rest| !rest.is_empty()) {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest.get(..end).map(without_return).unwrap_or_default();
            text.add_line(source, line, offset);
            offset = offset.saturating_add(end).saturating_add(1);
            n_lines = n_lines.wrapping_add(1);
            if n_lines.is_multiple_of(PROGRESS_EVERY) {
                job.progress(offset as u64)?;
            }
        }
        text.end_sample(source);
        text.note(job);
        if text.builder.n_samples() == 0 {
            let hint = "no line is a sample: make the text with `perf script`";
            return Err(ImportError::Empty { format: NAME, hint });
        }
        text.count_samples();
        Ok(text.builder.finish().0)
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A frame in either form.
fn read_frame(line: &[u8]) -> Option<Frame<'_>> {
    Frame::read(line).or_else(|| Frame::read_bare(line))
}

/// The profile under construction.
#[derive(Default)]
struct Text<'a> {
    builder: ProfileBuilder,
    events: Vec<EventType>,
    /// By name, and whether they have periods.
    event_ids: HashMap<(&'a [u8], bool), usize>,
    threads: HashMap<(i64, i64), (ThreadId, &'a [u8])>,
    /// Those of which the text has only the name.
    named_threads: HashMap<&'a [u8], ThreadId>,
    /// By the text of all its lines.
    frames: HashMap<&'a [u8], FrameId>,
    sample: Option<Event<'a>>,
    /// Where the text of each frame of the sample is, leaf first.
    groups: Vec<(usize, usize)>,
    group: Group,
    /// Of the latest frame.
    address: u64,
    /// Whether the line before is of a record.
    is_in_record: bool,
    n_records: u64,
    n_lost: u64,
    n_bad: u64,
    first_bad: Option<usize>,
}

/// What one event's samples weigh.
struct EventType {
    name: String,
    weights: Weights,
}

enum Weights {
    /// Their periods; whether each was 1.
    Periods { value_type: ValueTypeId, are_counts: bool },
    /// 1 each, as the text has no periods: the samples.
    Unknown(Vec<(usize, i64)>),
}

/// How far the frame at hand is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Group {
    /// The next line starts a frame.
    #[default]
    None,
    /// What is inlined at the frame is read, the frame itself follows.
    Inlined,
    /// Its line in the source may follow, and say that it is inlined.
    Whole,
}

impl<'a> Text<'a> {
    fn add_line(&mut self, source: &'a [u8], line: &'a [u8], offset: usize) {
        if line.is_empty() {
            self.end_sample(source);
        } else if line.starts_with(b"\t") {
            self.add_frame_line(line, offset);
        } else if line.starts_with(b"#") {
            // What perf says of the machine.
        } else if let Some(event) = Event::read(line) {
            self.end_sample(source);
            if event.is_record() {
                self.is_in_record = true;
                let n_lost = event.n_lost();
                self.n_lost = self.n_lost.saturating_add(n_lost);
                self.n_records = self.n_records.saturating_add(u64::from(n_lost == 0));
            } else {
                self.start_sample(event, line, offset);
            }
        } else {
            self.add_frame_line(line, offset);
        }
    }

    fn start_sample(&mut self, event: Event<'a>, line: &[u8], offset: usize) {
        // Without a call chain the leaf stands on the line of the sample.
        if read_frame(event.rest).is_some() {
            let start = offset.saturating_add(line.len().saturating_sub(event.rest.len()));
            self.groups.push((start, offset.saturating_add(line.len())));
            self.group = Group::Whole;
        }
        self.sample = Some(event);
    }

    fn add_frame_line(&mut self, line: &[u8], offset: usize) {
        let end = offset.saturating_add(line.len());
        if self.sample.is_none() {
            // Some records have more to say than fits on a line.
            if !self.is_in_record || !line.starts_with(b"\t") {
                self.bad_line(offset);
            }
            return;
        }
        let Some(frame) = read_frame(line) else {
            // A line of the source belongs to the frame before it.
            match (self.groups.last_mut(), SourceLine::read(line)) {
                (Some(group), Some(line)) => {
                    group.1 = end;
                    if line.is_inlined {
                        self.group = Group::Inlined;
                    }
                }
                _ => self.bad_line(offset),
            }
            return;
        };
        // What is inlined in a function has its address; perf may leave the function out.
        let is_same = self.group == Group::Inlined && self.address == frame.address;
        self.address = frame.address;
        match self.groups.last_mut() {
            Some(group) if is_same => group.1 = end,
            _ => self.groups.push((offset, end)),
        }
        self.group = if frame.is_inlined() { Group::Inlined } else { Group::Whole };
    }

    fn bad_line(&mut self, offset: usize) {
        self.n_bad = self.n_bad.saturating_add(1);
        self.first_bad.get_or_insert(offset);
    }

    /// Adds the sample whose lines are read.
    fn end_sample(&mut self, source: &'a [u8]) {
        let groups = std::mem::take(&mut self.groups);
        self.group = Group::None;
        self.is_in_record = false;
        let Some(event) = self.sample.take() else { return };
        let mut callers: Option<StackId> = None;
        for &group in groups.iter().skip(1).rev() {
            let frame = self.frame(source, group);
            callers = Some(self.builder.stack(callers, frame));
        }
        let leaf = match groups.first() {
            Some(&group) => self.frame(source, group),
            None => self.frame_of(b""),
        };
        let thread = self.thread(&event);
        let time_ns = Some(event.time_ns);
        let sample = self.builder.n_samples();
        self.builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
        let index = self.event_type(&event);
        match (self.events.get_mut(index).map(|event| &mut event.weights), event.period) {
            (Some(Weights::Periods { value_type, are_counts }), Some(period)) => {
                *are_counts &= period == 1;
                if self.builder.weight(*value_type, period).is_err() {
                    self.n_bad = self.n_bad.saturating_add(1);
                }
            }
            (Some(Weights::Unknown(weights)), _) => weights.push((sample, 1)),
            _ => {}
        }
        self.groups = groups;
        self.groups.clear();
    }

    fn event_type(&mut self, event: &Event<'a>) -> usize {
        let key = (event.name, event.period.is_some());
        if let Some(&index) = self.event_ids.get(&key) {
            return index;
        }
        let name = String::from_utf8_lossy(event.name).into_owned();
        let weights = if event.period.is_some() {
            let value_type = self.builder.value_type(&name, unit(&name));
            Weights::Periods { value_type, are_counts: true }
        } else {
            Weights::Unknown(Vec::new())
        };
        let index = self.events.len();
        self.events.push(EventType { name, weights });
        self.event_ids.insert(key, index);
        index
    }

    /// Adds the value types that count samples, of events whose periods do not.
    fn count_samples(&mut self) {
        let is_only_one = self.events.len() == 1;
        for event in &mut self.events {
            let name =
                if is_only_one { "samples".to_owned() } else { format!("{} samples", event.name) };
            match &mut event.weights {
                Weights::Periods { are_counts: true, .. } => {}
                &mut Weights::Periods { value_type, .. } => {
                    self.builder.count_samples(&name, value_type);
                }
                Weights::Unknown(weights) => {
                    let value_type = self.builder.value_type(&name, Unit::Count);
                    self.builder.set_weights(value_type, std::mem::take(weights));
                }
            }
        }
    }

    /// The thread of a sample, under the name that it had last.
    fn thread(&mut self, event: &Event<'a>) -> ThreadId {
        let builder = &mut self.builder;
        let Some((pid, tid)) = event.ids else {
            return *self.named_threads.entry(event.comm).or_insert_with(|| {
                let name = String::from_utf8_lossy(event.comm);
                let process = builder.process(0, &name);
                builder.thread(process, 0, &name)
            });
        };
        if let Some((thread, name)) = self.threads.get_mut(&(pid, tid)) {
            if *name != event.comm {
                *name = event.comm;
                let name = builder.string(&String::from_utf8_lossy(event.comm));
                builder.thread_mut(*thread).name = name;
                if pid == tid {
                    let process = builder.thread_mut(*thread).process;
                    builder.process_mut(process).name = name;
                }
            }
            return *thread;
        }
        let name = String::from_utf8_lossy(event.comm).into_owned();
        // A process is that of its main thread, or of the first one that is met.
        let main = self.threads.get(&(pid, pid)).or_else(|| {
            let mut known = self.threads.iter().filter(|((known, _), _)| *known == pid);
            known.next().map(|(_, thread)| thread)
        });
        let process = match main {
            Some(&(thread, _)) => builder.thread_mut(thread).process,
            None => builder.process(pid, &name),
        };
        let thread = builder.thread(process, tid, &name);
        self.threads.insert((pid, tid), (thread, event.comm));
        thread
    }

    fn frame(&mut self, source: &'a [u8], (start, end): (usize, usize)) -> FrameId {
        self.frame_of(source.get(start..end).unwrap_or_default())
    }

    /// The frame with a text: the functions inlined there, then the one that they are in.
    fn frame_of(&mut self, text: &'a [u8]) -> FrameId {
        if let Some(&frame) = self.frames.get(text) {
            return frame;
        }
        let mut functions: Vec<(Frame<'_>, Option<SourceLine<'_>>)> = Vec::new();
        for line in text.split(|&byte| byte == b'\n').map(without_return) {
            if let Some(frame) = read_frame(line) {
                functions.push((frame, None));
            } else if let (Some(latest), Some(line)) =
                (functions.last_mut(), SourceLine::read(line))
            {
                latest.1 = Some(line);
            }
        }
        let builder = &mut self.builder;
        let module = functions.last().and_then(|(frame, _)| frame.module());
        let mapping = module.map(|path| {
            let path = builder.string(&String::from_utf8_lossy(path));
            builder.mapping(Mapping { path, build_id: None, start: 0, end: 0, file_offset: 0 })
        });
        let address = functions.last().map_or(0, |(frame, _)| frame.address);
        let lines = functions.iter().rev().map(|(frame, at)| {
            let name = builder.string(&String::from_utf8_lossy(frame.function));
            let file = at.map(|at| builder.string(&String::from_utf8_lossy(at.file)));
            let function = builder.function(Function { file, mapping, ..Function::named(name) });
            Line { function, line: at.map_or(0, |at| at.line) }
        });
        let lines: Vec<Line> = lines.collect();
        let frame = builder.new_frame(mapping, address);
        if !lines.is_empty() {
            builder.set_lines(frame, &lines);
        }
        self.frames.insert(text, frame);
        frame
    }

    fn note(&self, job: &Job) {
        let n_unknown = self.events.iter().map(|event| match &event.weights {
            Weights::Periods { .. } => 0,
            Weights::Unknown(weights) => weights.len() as u64,
        });
        job.note_many(Severity::Info, "no-period", n_unknown.sum(), || {
            "samples count 1 each, as the text does not say how much of its event a sample \
             stands for; for that, make it with `perf script -F +period`"
                .to_owned()
        });
        job.note_many(Severity::Info, "records", self.n_records, || {
            "lines about processes and maps are left out: only samples are shown".to_owned()
        });
        job.note_many(Severity::Loss, "lost-records", self.n_lost, || {
            "perf could not keep up and the kernel dropped records; record with a larger buffer \
             (`-m`) or a lower rate (`-F`)"
                .to_owned()
        });
        job.note_many(Severity::Loss, "bad-line", self.n_bad, || {
            let at = self.first_bad.unwrap_or_default();
            format!(
                "lines are neither a sample nor a frame and are left out, first at byte {at}; \
                 make the text with the usual fields of `perf script`"
            )
        });
    }
}

/// What the periods of an event count.
fn unit(event: &str) -> Unit {
    let name = event.split([':', '/']).next().unwrap_or_default();
    match name {
        "cpu-clock" | "task-clock" => Unit::Nanoseconds,
        "cycles" | "instructions" | "cache-references" | "cache-misses" | "branches"
        | "branch-misses" | "bus-cycles" | "ref-cycles" => Unit::Other(name.into()),
        _ => Unit::Count,
    }
}

#[cfg(test)]
mod tests;
