//! The second pass over a recording: follows the processes in order of time and adds the
//! samples to the profile.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use rview_core::{FrameId, MappingId, ProfileBuilder, StackId, ThreadId, ValueTypeId};

use super::attr::{Attr, branch_type, sample_type};
use super::events::Event;
use super::fields::ByteOrder;
use super::machine::{ForkedMaps, LastCallers, Machine, Map, Mode, Place};
use super::modules::{Modules, RawMap};
use super::record::{Record, kind, misc};
use super::sample::{ReadValues, Sample};
use super::scan::Scan;
use crate::{ImportError, Job, Severity};

/// How many records are read between two looks at whether the user has cancelled.
const PROGRESS_EVERY: usize = 1 << 12;

/// Numbers from here on in a call chain are markers, not addresses.
const FIRST_MARKER: u64 = 4095_u64.wrapping_neg();

/// Makes a profile of what the first pass found.
pub(super) struct Converter<'s, 'f> {
    scan: &'s Scan<'f>,
    order: ByteOrder,
    pub(super) builder: ProfileBuilder,
    pub(super) modules: Modules,
    machine: Machine,
    frames: FrameCache,
    kernel: Option<MappingId>,
    /// By event; `None` until an event that is there for other records has a sample.
    value_types: Vec<Option<ValueTypeId>>,
    /// What the counter with an id had counted by its latest sample.
    counted: FxHashMap<u64, u64>,
    latest_thread: Option<((i32, i32), usize)>,
    /// The call chain of the sample at hand, leaf first.
    chain: Vec<Place>,
    notes: Notes,
}

/// What the second pass has to tell.
#[derive(Debug, Default)]
struct Notes {
    bad: u64,
    first_bad: Option<String>,
    unknown_ids: u64,
    bad_chains: u64,
    user_stacks: u64,
    branch_stacks: u64,
    too_many_maps: u64,
    heavy: u64,
}

impl<'s, 'f> Converter<'s, 'f> {
    pub(super) fn new(scan: &'s Scan<'f>, order: ByteOrder) -> Self {
        let mut builder = ProfileBuilder::default();
        let value_types = scan.events.rows().iter().map(|event| {
            // The dummy carries the records of processes and has no samples.
            (!event.attr.is_dummy()).then(|| builder.value_type(&event.name(), event.unit()))
        });
        let value_types = value_types.collect();
        Self {
            scan,
            order,
            builder,
            modules: Modules::default(),
            machine: Machine::new(scan.n_records()),
            frames: FrameCache::new(),
            kernel: None,
            value_types,
            counted: FxHashMap::default(),
            latest_thread: None,
            chain: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Follows all records. `len` is the size of the file, for the progress.
    pub(super) fn run(&mut self, len: usize, job: &Job) -> Result<(), ImportError> {
        let scan = self.scan;
        let n_records = scan.n_records().max(1);
        for (n, at) in scan.places().enumerate() {
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
        self.notes.tell(job);
        Ok(())
    }

    /// One record; `None` if its fields do not fit in it.
    fn visit(&mut self, record: &Record<'s>) -> Option<()> {
        match record.kind {
            kind::SAMPLE => self.sample(record),
            kind::MMAP | kind::MMAP2 => self.map(record),
            kind::COMM => self.comm(record),
            kind::FORK => self.fork(record),
            kind::KSYMBOL => self.kernel_symbol(record),
            _ => Some(()),
        }
    }

    fn map(&mut self, record: &Record<'_>) -> Option<()> {
        let features = &self.scan.features;
        let raw = RawMap::read(record, self.order)?;
        let mapped = self.modules.mapped(&raw, features, &mut self.builder);
        let result = match mapped.pid {
            Some(pid) => self.machine.map(pid, mapped.start, mapped.map),
            None => self.machine.map_kernel(mapped.start, mapped.map),
        };
        self.notes.too_many_maps =
            self.notes.too_many_maps.saturating_add(u64::from(result.is_err()));
        Some(())
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
            let name = self.builder.string(&name);
            self.builder.thread_mut(row).name = name;
        }
        if pid == tid {
            let process = thread.process;
            if let Some(row) = self.machine.process(process)?.row {
                let name = self.builder.string(&name);
                self.builder.process_mut(row).name = name;
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
        Some(())
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
        let mapping = self.modules.named(fields.text(), &mut self.builder);
        let end = start.saturating_add(len.into());
        let result = self.machine.map_kernel(start, Map { end, to_frame: 0, mapping });
        self.notes.too_many_maps =
            self.notes.too_many_maps.saturating_add(u64::from(result.is_err()));
        Some(())
    }

    fn sample(&mut self, record: &Record<'s>) -> Option<()> {
        let scan = self.scan;
        let event = scan.events.of_sample(record);
        self.notes.unknown_ids = self.notes.unknown_ids.saturating_add(u64::from(event.is_err()));
        let (Ok(row) | Err(row)) = event;
        let event = scan.events.get(row)?;
        let sample = Sample::read(&event.attr, record.body, self.order)?;
        self.notes.count_unused(&event.attr, &sample);

        let thread = self.thread(sample.pid_tid.unwrap_or((-1, -1)));
        let (callers, leaf) = self.stack(thread, record.misc, &sample);
        let thread = self.thread_row(thread)?;
        let time_ns = sample.time.map(|time| i64::try_from(time).unwrap_or(i64::MAX));
        let place = rview_core::Sample { time_ns, thread, callers, leaf, labels: None };
        match sample.read {
            None => {
                let period = sample.period.unwrap_or(event.attr.sample_period);
                self.push(row, event, place, period);
            }
            Some(values) => self.push_values(row, values, place),
        }
        Some(())
    }

    /// One sample for each event that has counted since its latest sample.
    fn push_values(&mut self, row: usize, values: ReadValues<'_>, place: rview_core::Sample) {
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
            let counted = self.counted.insert(id.unwrap_or_default(), value).unwrap_or_default();
            let period = value.wrapping_sub(counted);
            if period != 0 {
                self.push(row, event, place, period);
            }
        }
    }

    fn push(&mut self, row: usize, event: &Event, place: rview_core::Sample, period: u64) {
        let builder = &mut self.builder;
        let Some(value_type) = self.value_types.get_mut(row) else { return };
        let value_type =
            *value_type.get_or_insert_with(|| builder.value_type(&event.name(), event.unit()));
        builder.sample(place);
        let weight = i64::try_from(period).ok();
        if weight.and_then(|weight| builder.weight(value_type, weight).ok()).is_none() {
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
        let builder = &mut self.builder;
        let process = self.machine.process(process)?;
        let process =
            *process.row.get_or_insert_with(|| builder.process(pid.into(), &process_name));
        let row = builder.thread(process, tid.into(), &name);
        self.machine.thread(index)?.row = Some(row);
        Some(row)
    }

    /// The callers and the leaf of a sample.
    fn stack(
        &mut self,
        thread: usize,
        misc: u16,
        sample: &Sample<'_>,
    ) -> (Option<StackId>, FrameId) {
        let sampled = Mode::of_sample(misc);
        self.read_chain(sampled.unwrap_or(Mode::User), sample);
        let place = |address, mode: Option<Mode>| {
            let mode = mode.unwrap_or_else(|| Mode::of_address(address));
            Place { address, mode }
        };
        // The chain starts where the interrupt came; the sampled address may be more precise.
        let (leaf, n_leaves) = match (sample.ip, self.chain.first()) {
            (Some(ip), Some(first)) if sampled.is_none_or(|mode| mode == first.mode) => {
                (Place { address: ip, mode: first.mode }, 1)
            }
            (Some(ip), _) => (place(ip, sampled), 0),
            (None, Some(&first)) => (first, 1),
            (None, None) => (place(0, sampled), 0),
        };
        let (process, mut last) = match self.machine.thread(thread) {
            Some(thread) => (thread.process, std::mem::take(&mut thread.callers)),
            None => (usize::MAX, LastCallers::default()),
        };
        let callers = self.callers(process, leaf, n_leaves, &mut last);
        if let Some(thread) = self.machine.thread(thread) {
            thread.callers = last;
        }
        (callers, self.frame(process, leaf))
    }

    /// Puts the call chain of a sample in `chain`, without its markers.
    fn read_chain(&mut self, mode: Mode, sample: &Sample<'_>) {
        self.chain.clear();
        if sample.chain.is_empty() {
            return;
        }
        let mut mode = mode;
        for address in sample.chain.iter() {
            if address < FIRST_MARKER {
                self.chain.push(Place { address, mode });
            } else if let Some(marked) = Mode::of_marker(address) {
                mode = marked;
            } else {
                self.notes.bad_chains = self.notes.bad_chains.saturating_add(1);
                return;
            }
        }
    }

    /// The stack of all but the first `n_leaves` places of the chain.
    ///
    /// They are return addresses, so the call is just before them. But where the kernel was
    /// entered, the address in user space may be that of the very instruction that trapped.
    fn callers(
        &mut self,
        process: usize,
        leaf: Place,
        n_leaves: usize,
        last: &mut LastCallers,
    ) -> Option<StackId> {
        let mut callee = leaf.mode;
        for place in self.chain.get_mut(n_leaves..).unwrap_or_default() {
            if place.mode == callee {
                place.address = place.address.wrapping_sub(1);
            }
            callee = place.mode;
        }
        let generation = self.machine.space(process).map_or(0, super::machine::Space::generation);
        let generations = (generation, self.machine.kernel().generation());
        if last.generations != generations {
            last.generations = generations;
            last.stacks.clear();
        }
        let chain = std::mem::take(&mut self.chain);
        let callers = chain.get(n_leaves..).unwrap_or_default();
        let n_equal =
            last.stacks.iter().zip(callers.iter().rev()).take_while(|(a, b)| a.0 == **b).count();
        last.stacks.truncate(n_equal);
        let mut stack = last.stacks.last().map(|&(_, stack)| stack);
        for &place in callers.iter().rev().skip(n_equal) {
            let frame = self.frame(process, place);
            let callee = self.builder.stack(stack, frame);
            last.stacks.push((place, callee));
            stack = Some(callee);
        }
        self.chain = chain;
        stack
    }

    /// The frame of a place.
    #[inline]
    fn frame(&mut self, process: usize, place: Place) -> FrameId {
        let Place { address, mode } = place;
        let space = match mode {
            Mode::User => self.machine.space(process),
            Mode::Kernel => Some(self.machine.kernel()),
            Mode::Other => None,
        };
        let Some(space) = space else { return self.builder.frame(None, address) };
        let generation = space.generation();
        if let Some(frame) = self.frames.get(address, generation) {
            return frame;
        }
        let frame = match space.at(address) {
            Some(map) => self.builder.frame(Some(map.mapping), address.wrapping_add(map.to_frame)),
            None if mode == Mode::Kernel && space.is_empty() => {
                let kernel = self.kernel_mapping();
                self.builder.frame(Some(kernel), address)
            }
            None => self.builder.frame(None, address),
        };
        self.frames.set(address, generation, frame);
        frame
    }

    /// The kernel, of a recording that does not say where it is.
    fn kernel_mapping(&mut self) -> MappingId {
        let (modules, builder) = (&mut self.modules, &mut self.builder);
        let features = &self.scan.features;
        *self.kernel.get_or_insert_with(|| modules.kernel(features, builder))
    }
}

impl Mode {
    /// Where the sample itself was taken; `None` if the record does not say.
    fn of_sample(misc: u16) -> Option<Self> {
        match misc & misc::CPUMODE_MASK {
            0 => None,
            1 => Some(Self::Kernel),
            2 => Some(Self::User),
            _ => Some(Self::Other),
        }
    }

    /// What a marker says of the addresses behind it; `None` for one that is not known.
    fn of_marker(marker: u64) -> Option<Self> {
        match marker.cast_signed() {
            -128 => Some(Self::Kernel),
            -512 => Some(Self::User),
            // The hypervisor; a guest, its kernel, its user space.
            -32 | -2048 | -2176 | -2560 => Some(Self::Other),
            _ => None,
        }
    }

    /// The kernel has the upper half of the addresses.
    fn of_address(address: u64) -> Self {
        if address.cast_signed() < 0 { Self::Kernel } else { Self::User }
    }
}

impl Notes {
    /// Counts what a sample has that is not shown.
    fn count_unused(&mut self, attr: &Attr, sample: &Sample<'_>) {
        if attr.has(sample_type::STACK_USER)
            && sample.tail(attr).is_some_and(|tail| !tail.user_stack.is_empty())
        {
            self.user_stacks = self.user_stacks.saturating_add(1);
        }
        if attr.has(sample_type::BRANCH_STACK)
            && attr.branch_sample_type & branch_type::CALL_STACK != 0
            && sample.tail(attr).is_some_and(|tail| tail.n_branches > 0)
        {
            self.branch_stacks = self.branch_stacks.saturating_add(1);
        }
    }

    /// Tells the user.
    fn tell(&self, job: &Job) {
        use Severity::{Info, Loss};
        job.note_many(Loss, "bad-record", self.bad, || {
            let at = self.first_bad.as_deref().unwrap_or_default();
            format!("records whose fields do not fit in them are left out, first at {at}")
        });
        job.note_many(Loss, "unknown-event", self.unknown_ids, || {
            "samples of an event that the file does not describe count for its first event"
                .to_owned()
        });
        job.note_many(Loss, "bad-chain", self.bad_chains, || {
            "call chains with a marker that rview does not know end there".to_owned()
        });
        job.note_many(Info, "user-stacks", self.user_stacks, || {
            "samples have copies of the stack (`--call-graph dwarf`), which are not unwound: \
             callers in user space are those that the frame pointers gave, if any"
                .to_owned()
        });
        job.note_many(Info, "branch-stacks", self.branch_stacks, || {
            "samples have call stacks of the processor (`--call-graph lbr`), which are not \
             shown: callers in user space are missing"
                .to_owned()
        });
        job.note_many(Loss, "too-many-maps", self.too_many_maps, || {
            "forked processes have more maps than any system would allow; some are left out"
                .to_owned()
        });
        job.note_many(Loss, "weight-overflow", self.heavy, || {
            "periods make the sum too large and are left out".to_owned()
        });
    }
}

/// The frames that were looked up last.
struct FrameCache {
    slots: Vec<(u64, u32, FrameId)>,
}

impl FrameCache {
    /// 8192 slots of 16 bytes stay in the second cache of a processor.
    const BITS: u32 = 13;

    fn new() -> Self {
        Self { slots: vec![(0, u32::MAX, FrameId::NONE); 1 << Self::BITS] }
    }

    #[inline]
    fn slot(address: u64, generation: u32) -> usize {
        // The constant spreads neighbors: 2^64 divided by the golden ratio.
        let hash = (address ^ u64::from(generation) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(hash >> (64 - Self::BITS)).unwrap_or_default()
    }

    #[inline]
    fn get(&self, address: u64, generation: u32) -> Option<FrameId> {
        let &(at, of, frame) = self.slots.get(Self::slot(address, generation))?;
        (at == address && of == generation).then(|| frame.some())?
    }

    #[inline]
    fn set(&mut self, address: u64, generation: u32, frame: FrameId) {
        if let Some(slot) = self.slots.get_mut(Self::slot(address, generation)) {
            *slot = (address, generation, frame);
        }
    }
}
