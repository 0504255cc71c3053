//! The second pass over a recording: follows the processes in order of time and adds the
//! samples to the profile.

mod moments;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use rview_core::{
    FrameId, FunctionId, ProcessId, ProfileBuilder, Scope, StackId, ThreadId, ValueTypeId,
};

use super::attr::{Attr, sample_type};
use super::chain::Chain;
use super::events::Event;
use super::fields::{ByteOrder, Words};
use super::jit::{self, Clock, Jit};
use super::machine::{ForkedMaps, Machine, Space, Spaces};
use super::maps::Map;
use super::modules::RawMap;
use super::namespaces::{self, Namespaces};
use super::notes::Notes;
use super::places::Places;
use super::record::{Record, kind, misc};
use super::sample::{ReadValues, Sample, UserRegisters};
use super::scan::Scan;
use super::sched::Sched;
use super::tracepoint::Formats;
use super::unwind::{Dump, Ending, Processor, Registers, Task, Unwinder, Unwound};
use crate::symbols::{Finder, NamesFrom, note_refused};
use crate::{ImportError, Job};

/// How many records are read between two looks at whether the user has cancelled.
const PROGRESS_EVERY: usize = 1 << 12;

/// The thread of counters that count for all of them.
const ANY_THREAD: i32 = -1;

/// Samples that wait for their stacks to be unwound together.
const BATCH: usize = 4096;

/// Makes a profile of what the first pass found.
pub(super) struct Converter<'s, 'f> {
    scan: &'s Scan<'f>,
    order: ByteOrder,
    pub(super) places: Places<'s, 'f>,
    machine: Machine,
    jit: Jit,
    /// Finds the dumps of JITs.
    finder: Finder<'s>,
    /// The dumps that were not found or are broken, by process and path.
    useless_dumps: FxHashSet<(usize, &'s [u8])>,
    /// By event; `None` until an event that is there for other records has a sample.
    value_types: Vec<Option<EventType>>,
    /// What the counter with an id had counted by its latest sample, of a thread if each has
    /// its own.
    counted: FxHashMap<(u64, i32), u64>,
    latest_thread: Option<((i32, i32), usize)>,
    /// The stack of the sample at hand.
    chain: Chain,
    /// The space and the number of its branches, if it has any.
    branches: Option<(u32, u64)>,
    unwinder: Option<Unwinder<'s>>,
    waiting: Vec<Waiting<'s>>,
    tracepoints: Vec<Option<Tracepoint>>,
    formats: Formats<'s>,
    sched: Sched,
    namespaces: Namespaces,
    /// Where the record at hand is.
    at: u64,
    tasks: Vec<Task<'s>>,
    notes: Notes,
}

/// The value type of an event's periods.
#[derive(Clone, Copy, Debug)]
struct EventType {
    id: ValueTypeId,
    /// Whether each sample weighs 1, so that the sum is their number.
    is_count: bool,
}

/// What the samples of a tracepoint are shown as.
#[derive(Clone, Copy, Debug)]
enum Tracepoint {
    /// One thread after another.
    Switch,
    /// A marker with this name.
    Marker(FunctionId),
}

/// A sample whose stack is to be unwound, or that comes after one of those.
struct Waiting<'s> {
    at: u64,
    record: Record<'s>,
    event: usize,
    thread: usize,
    row: ThreadId,
    user: Space,
    kernel: Space,
    has_task: bool,
}

impl<'s, 'f> Converter<'s, 'f> {
    pub(super) fn new(scan: &'s Scan<'f>, order: ByteOrder, job: &'s Job) -> Self {
        let mut places = Places::new(&scan.features, scan.until);
        let value_types = scan.events.rows().iter().map(|event| {
            // The dummy carries the records of processes and has no samples.
            (!event.attr.is_dummy()).then(|| EventType::new(event, &mut places.builder))
        });
        let value_types = value_types.collect();
        let dumps = scan.events.rows().iter().find(|event| {
            event.attr.has(sample_type::REGS_USER) && event.attr.has(sample_type::STACK_USER)
        });
        let formats = Formats::read(scan.features.tracepoints);
        let (tracepoints, sched) = moments::follow_events(scan, &formats, &mut places.builder);
        let unwinder = dumps.filter(|_| order == ByteOrder::Little).and_then(|event| {
            let architecture = scan.features.architecture();
            let processor = Processor::of_recording(architecture, event.attr.sample_regs_user)?;
            Some(Unwinder::new(processor, job.options()))
        });
        Self {
            scan,
            order,
            places,
            machine: Machine::new(),
            jit: Jit::new(),
            finder: Finder::new(job.options()),
            useless_dumps: FxHashSet::default(),
            value_types,
            counted: FxHashMap::default(),
            latest_thread: None,
            chain: Chain::new(),
            branches: None,
            unwinder,
            waiting: Vec::new(),
            tracepoints,
            formats,
            sched,
            namespaces: Namespaces::default(),
            at: 0,
            tasks: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Follows all records. `len` is the size of the file, for the progress.
    pub(super) fn run(&mut self, len: usize, job: &Job) -> Result<(), ImportError> {
        let scan = self.scan;
        let n_records = scan.n_records().max(1);
        for (n, (time_ns, at)) in scan.places().enumerate() {
            self.at = at;
            self.jit.advance(time_ns, &mut self.machine);
            let is_read = scan.record(at).and_then(|record| self.visit(&record));
            if is_read.is_none() {
                self.notes.bad = self.notes.bad.saturating_add(1);
                self.notes.first_bad.get_or_insert_with(|| scan.offset_of(at));
            }
            if n.is_multiple_of(PROGRESS_EVERY) {
                // The first pass took an eighth of the way.
                let share = (n as f64 / n_records as f64).mul_add(0.875, 0.125);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a share of the length of the file"
                )]
                job.progress((len as f64 * share) as u64)?;
            }
        }
        self.flush();
        if let Some(end) = scan.cut_ns() {
            self.mark("the recording is cut off here", end, Scope::Global);
        }
        self.count_samples();
        self.tell_namespaces();
        let end = scan.whole_until_ns();
        std::mem::take(&mut self.sched).finish(end, &mut self.places.builder, job);
        self.notes.unmapped = self.places.n_unmapped;
        self.notes.tell(job);
        if let Some(unwinder) = &self.unwinder {
            note_refused(unwinder.n_refused(), job);
        }
        Ok(())
    }

    /// Adds the number of samples as further value types, behind the periods.
    fn count_samples(&mut self) {
        let builder = &mut self.places.builder;
        let events = self.scan.events.rows().iter().zip(&self.value_types);
        let events: Vec<_> = events.filter_map(|(event, &id)| Some((event, id?))).collect();
        for (event, value_type) in &events {
            let name = match events.len() {
                1 => "samples".to_owned(),
                _ => format!("{} samples", event.name()),
            };
            if !value_type.is_count {
                builder.count_samples(&name, value_type.id);
            }
        }
    }

    /// One record; `None` if its fields do not fit in it.
    fn visit(&mut self, record: &Record<'s>) -> Option<()> {
        match record.kind {
            kind::SAMPLE => self.sample(record),
            kind::MMAP | kind::MMAP2 => self.map(record),
            kind::COMM => self.comm(record),
            kind::FORK => self.fork(record),
            kind::EXIT => self.exit(record),
            kind::NAMESPACES => self.namespaces(record),
            kind::KSYMBOL => self.kernel_symbol(record),
            kind::SWITCH | kind::SWITCH_CPU_WIDE => self.switch(record),
            kind::LOST | kind::LOST_SAMPLES | kind::THROTTLE => self.loss(record),
            _ => Some(()),
        }
    }

    fn map(&mut self, record: &Record<'s>) -> Option<()> {
        let features = &self.scan.features;
        let raw = RawMap::read(record, self.order)?;
        if raw.is_guest {
            return Some(());
        }
        let mapped = |places: &mut Places<'_, '_>| {
            places.modules.mapped(&raw, features, &mut places.builder)
        };
        if raw.is_kernel {
            let (start, map) = mapped(&mut self.places);
            self.machine.map_kernel(start, map);
            return Some(());
        }
        let process = self.machine.process_of(raw.pid);
        let is_dump =
            jit::dump_name(raw.path).is_some_and(|name| self.has_dump(process, &raw, name));
        if is_dump || raw.is_for_jit() && self.jit.has(process) {
            // What the code is comes from the dump, whatever becomes of the memory around it.
            return Some(());
        }
        let (start, map) = mapped(&mut self.places);
        self.machine.map(process, start, map);
        Some(())
    }

    /// Whether the dump of a JIT is of use. It is looked for once.
    fn has_dump(&mut self, process: usize, raw: &RawMap<'s>, name: &str) -> bool {
        if self.jit.has(process) {
            return true;
        }
        let key = (process, raw.path);
        if self.useless_dumps.contains(&key) {
            return false;
        }
        let is_read = self.push_dump(process, raw, name);
        if !is_read {
            self.useless_dumps.insert(key);
        }
        is_read
    }

    /// Reads the dump of a JIT, if it is found. Gives whether it is.
    fn push_dump(&mut self, process: usize, raw: &RawMap<'_>, name: &str) -> bool {
        let Places { modules, builder, .. } = &mut self.places;
        let path = String::from_utf8_lossy(raw.path);
        let origin = modules.origin_of_output(raw.inode);
        let Some(found) = self.finder.find_jit_dump(&path, origin) else {
            self.notes.no_dump = self.notes.no_dump.saturating_add(1);
            return false;
        };
        let from = NamesFrom::JitDump { path: found.path.clone() };
        let mapping = modules.jit_dump((name, from), builder);
        let clocks = self.scan.events.rows().iter().map(|event| event.attr.clock());
        let is_monotonic = clocks.into_iter().any(|clock| clock == Some("monotonic"));
        let clock = if is_monotonic { Clock::Same } else { Clock::Other };
        let used = self.jit.push(process, mapping, &found.source, clock);
        self.notes.untimed_dumps =
            self.notes.untimed_dumps.saturating_add(u64::from(used == Some(Clock::Other)));
        used.is_some()
    }

    fn comm(&mut self, record: &Record<'_>) -> Option<()> {
        let mut fields = record.fields(self.order);
        let (pid, tid) = (fields.id()?, fields.id()?);
        let name = String::from_utf8_lossy(fields.text());
        // A name that `exec` gave does not end the maps of the program before: the kernel still
        // samples on its behalf, and maps of the new program replace what they cover.
        let thread = self.machine.rename(pid, tid, &name);
        let thread = self.machine.thread(thread)?;
        if let Some(row) = thread.row {
            let name = self.places.builder.string(&name);
            self.places.builder.thread_mut(row).name = name;
        }
        if pid == tid {
            let process = thread.process;
            if let Some(row) = self.machine.process(process)?.row {
                let name = self.places.builder.string(&name);
                self.places.builder.process_mut(row).name = name;
            }
        }
        Some(())
    }

    fn fork(&mut self, record: &Record<'_>) -> Option<()> {
        let mut fields = record.fields(self.order);
        let (pid, parent_pid) = (fields.id()?, fields.id()?);
        let (tid, parent_tid) = (fields.id()?, fields.id()?);
        let is_made_up = record.misc & misc::FORK_MADE_UP != 0;
        let maps = if is_made_up { ForkedMaps::None } else { ForkedMaps::Copied };
        self.machine.fork((pid, tid), (parent_pid, parent_tid), maps);
        self.latest_thread = None;
        if pid != parent_pid {
            let [process, parent] = [pid, parent_pid].map(|pid| self.machine.process_of(pid));
            self.namespaces.inherit(process, parent);
        }
        Some(())
    }

    /// A process enters namespaces.
    fn namespaces(&mut self, record: &Record<'_>) -> Option<()> {
        let (pid, tid, set) = namespaces::read(record, self.order)?;
        if pid == tid {
            self.namespaces.set(self.machine.process_of(pid), set);
        }
        Some(())
    }

    /// Tells which processes are in the same namespaces.
    fn tell_namespaces(&mut self) {
        let builder = &mut self.places.builder;
        let rows: Vec<(usize, ProcessId)> = self.machine.process_rows().collect();
        let processes = rows.into_iter().map(|(process, row)| {
            let (pid, name) = {
                let row = builder.process_mut(row);
                (row.pid, row.name)
            };
            (process, format!("{} {pid}", builder.text(name)))
        });
        let facts = self.namespaces.facts(processes.collect::<Vec<_>>().into_iter());
        for fact in facts {
            builder.fact("namespaces", &fact);
        }
    }

    /// Code that the kernel has made or thrown away, such as a BPF program.
    fn kernel_symbol(&mut self, record: &Record<'_>) -> Option<()> {
        const UNREGISTER: u16 = 1;
        let mut fields = record.fields(self.order);
        let (start, len) = (fields.u64()?, fields.u32()?);
        fields.skip(2)?; // What kind of code.
        let flags = fields.u16()?;
        if flags & UNREGISTER != 0 {
            self.machine.unmap_kernel(start);
            return Some(());
        }
        let mapping = self.places.modules.named(fields.text(), &mut self.places.builder);
        let end = start.saturating_add(len.into());
        self.machine.map_kernel(start, Map { end, to_frame: 0, mapping });
        Some(())
    }

    fn sample(&mut self, record: &Record<'s>) -> Option<()> {
        let scan = self.scan;
        let Ok(row) = scan.events.of_sample(record) else {
            self.notes.unknown_ids = self.notes.unknown_ids.saturating_add(1);
            return Some(());
        };
        let event = scan.events.get(row)?;
        let sample = Sample::read(&event.attr, record.body, self.order)?;
        let thread = self.thread(sample.pid_tid.unwrap_or((-1, -1)));
        let thread_row = self.thread_row(thread)?;
        if self.unwinder.is_none() {
            self.count_dump(&event.attr, &sample);
            self.read_chain(record.misc, &event.attr, &sample);
            self.add((row, event), thread_row, thread, &sample);
            return Some(());
        }
        let Spaces { user, kernel } = self.machine.spaces(thread);
        let (user, kernel) = (user.clone(), kernel.clone());
        let task = self.task(&event.attr, &sample, &user);
        let has_task = task.is_some();
        self.tasks.extend(task);
        let (at, record) = (self.at, *record);
        let waiting =
            Waiting { at, record, event: row, thread, row: thread_row, user, kernel, has_task };
        self.waiting.push(waiting);
        if self.waiting.len() >= BATCH {
            self.flush();
        }
        Some(())
    }

    /// Reads the stack of a sample, as far as the kernel has recorded it.
    #[inline]
    fn read_chain(&mut self, misc: u16, attr: &Attr, sample: &Sample<'_>) {
        let is_read = self.chain.read(misc, sample);
        self.notes.bad_chains = self.notes.bad_chains.saturating_add(u64::from(is_read.is_err()));
        let length = self.chain.end(attr);
        self.notes.count_chain(length, self.chain.leaf().mode);
        self.chain.push_branches(attr, sample);
    }

    /// Counts a copy of a stack that there is no unwinder for.
    fn count_dump(&mut self, attr: &Attr, sample: &Sample<'_>) {
        if attr.has(sample_type::STACK_USER)
            && sample.tail(attr).is_some_and(|tail| !tail.user_stack.is_empty())
        {
            self.notes.no_unwinder = self.notes.no_unwinder.saturating_add(1);
        }
    }

    /// The stack of a sample to unwind, if it has one.
    fn task(&mut self, attr: &Attr, sample: &Sample<'s>, user: &Space) -> Option<Task<'s>> {
        let processor = self.unwinder.as_ref()?.processor();
        let tail = sample.tail(attr)?;
        let words = match tail.user_registers {
            UserRegisters::Bits64(words) => words,
            UserRegisters::Bits32 => {
                self.notes.bits32 = self.notes.bits32.saturating_add(1);
                return None;
            }
            UserRegisters::None => return None,
        };
        let registers = Registers::of_sample(processor, attr.sample_regs_user, words);
        let is_full = tail.user_stack.len() as u64 >= tail.user_stack_size;
        let start = registers.stack_pointer(processor)?;
        let dump = Dump::new(tail.user_stack, start, is_full);
        Some(Task { registers, dump, space: user.clone() })
    }

    /// Unwinds the stacks that wait, and adds the samples.
    fn flush(&mut self) {
        let Some(mut unwinder) = self.unwinder.take() else { return };
        let Places { modules, builder, .. } = &self.places;
        for mapping in builder.mapping_ids().skip(unwinder.n_modules()) {
            unwinder.push_module(modules.file(mapping, builder));
        }
        let unwound = unwinder.unwind(&std::mem::take(&mut self.tasks));
        let mut stacks = unwound.iter().flat_map(Unwound::stacks);
        for waiting in std::mem::take(&mut self.waiting) {
            let stack = if waiting.has_task { stacks.next() } else { None };
            self.add_waiting(&waiting, stack);
        }
        self.unwinder = Some(unwinder);
    }

    fn add_waiting(&mut self, waiting: &Waiting<'s>, stack: Option<(&[u64], Ending)>) {
        let Some(event) = self.scan.events.get(waiting.event) else { return };
        let Some(sample) = Sample::read(&event.attr, waiting.record.body, self.order) else {
            return;
        };
        self.at = waiting.at;
        self.read_chain(waiting.record.misc, &event.attr, &sample);
        if let Some((frames, ending)) = stack {
            let is_truncated = ending == Ending::Truncated;
            self.notes.count_ending(ending);
            self.chain.push_unwound(frames, is_truncated);
        }
        let spaces = Spaces { user: &waiting.user, kernel: &waiting.kernel };
        let mut last = self.machine.take_callers(waiting.thread);
        let callers = self.places.stack(spaces, self.chain.callers(), &mut last);
        let leaf = self.places.frame(spaces, self.chain.leaf());
        let branches = branches_of(&event.attr, &sample);
        self.branches = branches.and_then(|words| self.places.branches(spaces, words));
        self.machine.set_callers(waiting.thread, last);
        self.weigh((waiting.event, event), waiting.row, (callers, leaf), &sample);
    }

    /// Adds the sample whose stack is in `chain`.
    fn add(&mut self, event: (usize, &Event), row: ThreadId, thread: usize, sample: &Sample<'_>) {
        let mut last = self.machine.take_callers(thread);
        let spaces = self.machine.spaces(thread);
        let callers = self.places.stack(spaces, self.chain.callers(), &mut last);
        let leaf = self.places.frame(spaces, self.chain.leaf());
        let branches = branches_of(&event.1.attr, sample);
        self.branches = branches.and_then(|words| self.places.branches(spaces, words));
        self.machine.set_callers(thread, last);
        self.weigh(event, row, (callers, leaf), sample);
    }

    /// Adds a sample with the weight that it has for its event or each of its group.
    fn weigh(
        &mut self,
        (row, event): (usize, &Event),
        thread: ThreadId,
        (callers, leaf): (Option<StackId>, FrameId),
        sample: &Sample<'_>,
    ) {
        let time_ns = sample.time.map(|time| i64::try_from(time).unwrap_or(i64::MAX));
        let place = rview_core::Sample { time_ns, thread, callers, leaf, labels: None };
        match sample.read {
            None => {
                let period = sample.period.unwrap_or(event.attr.sample_period);
                self.push(row, event, place, period);
            }
            Some(values) => {
                let counter = sample.pid_tid.filter(|_| event.attr.counts_by_thread());
                let tid = counter.map_or(ANY_THREAD, |(_, tid)| tid);
                self.push_values((row, tid), values, place);
            }
        }
        if let Some(time_ns) = time_ns {
            self.follow((row, event), (thread, time_ns), sample);
        }
    }

    /// One sample for each event that has counted since its latest sample.
    fn push_values(
        &mut self,
        (row, tid): (usize, i32),
        values: ReadValues<'_>,
        place: rview_core::Sample,
    ) {
        let events = &self.scan.events;
        for (value, id) in values.iter() {
            let row = match id {
                None => Some(row),
                Some(id) => events.by_id(id),
            };
            let Some((row, event)) = row.and_then(|row| Some((row, events.get(row)?))) else {
                self.notes.unknown_ids = self.notes.unknown_ids.saturating_add(1);
                continue;
            };
            let counter = (id.unwrap_or_default(), tid);
            let counted = self.counted.insert(counter, value).unwrap_or_default();
            let period = value.wrapping_sub(counted);
            if period != 0 {
                self.push(row, event, place, period);
            }
        }
    }

    fn push(&mut self, row: usize, event: &Event, place: rview_core::Sample, period: u64) {
        let builder = &mut self.places.builder;
        let Some(value_type) = self.value_types.get_mut(row) else { return };
        let value_type = value_type.get_or_insert_with(|| EventType::new(event, builder));
        value_type.is_count &= period == 1;
        builder.sample(place);
        // A group has a sample for each of its values, but the branches only once.
        if let Some((space, n_branches)) = self.branches.take() {
            builder.branches(self.at, space, n_branches);
        }
        let weight = i64::try_from(period).ok();
        if weight.and_then(|weight| builder.weight(value_type.id, weight).ok()).is_none() {
            self.notes.heavy = self.notes.heavy.saturating_add(1);
        }
    }

    #[inline]
    fn thread(&mut self, ids: (i32, i32)) -> usize {
        if let Some((latest, thread)) = self.latest_thread
            && latest == ids
        {
            return thread;
        }
        let thread = self.machine.thread_of(ids.0, ids.1);
        self.latest_thread = Some((ids, thread));
        thread
    }

    /// The row of a thread, which it gets with its first sample.
    fn thread_row(&mut self, index: usize) -> Option<ThreadId> {
        let thread = self.machine.thread(index)?;
        if let Some(row) = thread.row {
            return Some(row);
        }
        let (pid, tid, process) = (thread.pid, thread.tid, thread.process);
        let name = thread.name.clone().unwrap_or_else(|| Rc::from(format!(":{tid}")));
        let process_name = self.machine.main_name(pid).unwrap_or_else(|| Rc::clone(&name));
        let builder = &mut self.places.builder;
        let process = self.machine.process(process)?;
        let process =
            *process.row.get_or_insert_with(|| builder.process(pid.into(), &process_name));
        let row = builder.thread(process, tid.into(), &name);
        self.machine.thread(index)?.row = Some(row);
        Some(row)
    }
}

/// The branches of a sample that are no call stack.
fn branches_of<'s>(attr: &Attr, sample: &Sample<'s>) -> Option<Words<'s>> {
    if attr.has_branches() { Some(sample.tail(attr)?.branches) } else { None }
}

impl EventType {
    fn new(event: &Event, builder: &mut ProfileBuilder) -> Self {
        Self { id: builder.value_type(&event.name(), event.unit()), is_count: true }
    }
}
