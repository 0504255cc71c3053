//! The attributes of an event: what `perf_event_open` was asked for, and which fields its
//! records have because of that.
//!
//! Source: `include/uapi/linux/perf_event.h` of Linux.

use super::fields::{ByteOrder, Fields};

/// Bits of [`Attr::sample_type`]: which fields a sample has.
pub(super) mod sample_type {
    pub(crate) const IP: u64 = 1 << 0;
    pub(crate) const TID: u64 = 1 << 1;
    pub(crate) const TIME: u64 = 1 << 2;
    pub(crate) const ADDR: u64 = 1 << 3;
    pub(crate) const READ: u64 = 1 << 4;
    pub(crate) const CALLCHAIN: u64 = 1 << 5;
    pub(crate) const ID: u64 = 1 << 6;
    pub(crate) const CPU: u64 = 1 << 7;
    pub(crate) const PERIOD: u64 = 1 << 8;
    pub(crate) const STREAM_ID: u64 = 1 << 9;
    pub(crate) const RAW: u64 = 1 << 10;
    pub(crate) const BRANCH_STACK: u64 = 1 << 11;
    pub(crate) const REGS_USER: u64 = 1 << 12;
    pub(crate) const STACK_USER: u64 = 1 << 13;
    pub(crate) const WEIGHT: u64 = 1 << 14;
    pub(crate) const DATA_SRC: u64 = 1 << 15;
    pub(crate) const IDENTIFIER: u64 = 1 << 16;
    pub(crate) const TRANSACTION: u64 = 1 << 17;
    pub(crate) const REGS_INTR: u64 = 1 << 18;
    pub(crate) const PHYS_ADDR: u64 = 1 << 19;
    pub(crate) const AUX: u64 = 1 << 20;
    pub(crate) const CGROUP: u64 = 1 << 21;
    pub(crate) const DATA_PAGE_SIZE: u64 = 1 << 22;
    pub(crate) const CODE_PAGE_SIZE: u64 = 1 << 23;
    pub(crate) const WEIGHT_STRUCT: u64 = 1 << 24;
}

/// Bits of [`Attr::read_format`]: how the values of a group are written.
pub(super) mod read_format {
    pub(crate) const TOTAL_TIME_ENABLED: u64 = 1 << 0;
    pub(crate) const TOTAL_TIME_RUNNING: u64 = 1 << 1;
    pub(crate) const ID: u64 = 1 << 2;
    pub(crate) const GROUP: u64 = 1 << 3;
    pub(crate) const LOST: u64 = 1 << 4;
}

/// Bits of [`Attr::branch_sample_type`].
pub(super) mod branch_type {
    pub(crate) const CALL_STACK: u64 = 1 << 11;
    pub(crate) const HW_INDEX: u64 = 1 << 17;
    pub(crate) const COUNTERS: u64 = 1 << 19;
}

/// Bits of the flags word.
mod flag {
    pub(super) const INHERIT: u64 = 1 << 1;
    pub(super) const FREQ: u64 = 1 << 10;
    pub(super) const EXCLUDE_USER: u64 = 1 << 4;
    pub(super) const EXCLUDE_KERNEL: u64 = 1 << 5;
    pub(super) const EXCLUDE_HV: u64 = 1 << 6;
    pub(super) const PRECISE_IP_SHIFT: u32 = 15;
    pub(super) const SAMPLE_ID_ALL: u64 = 1 << 18;
    pub(super) const USE_CLOCKID: u64 = 1 << 25;
    pub(super) const CONTEXT_SWITCH: u64 = 1 << 26;
}

/// Values of [`Attr::kind`].
const KIND_HARDWARE: u32 = 0;
const KIND_SOFTWARE: u32 = 1;
const KIND_TRACEPOINT: u32 = 2;
const KIND_HW_CACHE: u32 = 3;
const KIND_RAW: u32 = 4;
const KIND_BREAKPOINT: u32 = 5;

/// Names of software events, by `config`.
const SOFTWARE_NAMES: [&str; 12] = [
    "cpu-clock",
    "task-clock",
    "page-faults",
    "context-switches",
    "cpu-migrations",
    "minor-faults",
    "major-faults",
    "alignment-faults",
    "emulation-faults",
    "dummy",
    "bpf-output",
    "cgroup-switches",
];

/// Names of hardware events, by `config`.
const HARDWARE_NAMES: [&str; 10] = [
    "cycles",
    "instructions",
    "cache-references",
    "cache-misses",
    "branches",
    "branch-misses",
    "bus-cycles",
    "stalled-cycles-frontend",
    "stalled-cycles-backend",
    "ref-cycles",
];

/// The size of the first version of the struct: up to `config1`.
const SIZE_VER0: u32 = 64;

/// What `perf_event_open` was asked for: `struct perf_event_attr`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attr {
    pub(super) kind: u32,
    pub(super) config: u64,
    /// Events between two samples, or samples a second if the kernel was to choose.
    pub(super) sample_period: u64,
    pub(super) sample_type: u64,
    pub(super) read_format: u64,
    pub(super) flags: u64,
    pub(super) branch_sample_type: u64,
    pub(super) sample_regs_user: u64,
    pub(super) sample_regs_intr: u64,
    pub(super) clockid: i32,
    /// How many addresses a call chain may have; 0 for what the system allowed.
    pub(super) sample_max_stack: u16,
}

impl Attr {
    /// Reads an entry of any version: fields it has not are 0, fields unknown here are skipped.
    pub(super) fn read(entry: &[u8], order: ByteOrder) -> Option<Self> {
        let mut fields = Fields::new(entry, order);
        let kind = fields.u32()?;
        let size = fields.u32()?;
        // The first version of perf left the size at 0.
        let len = if size == 0 { SIZE_VER0 } else { size };
        let entry = entry.get(8..usize::try_from(len).ok()?).or_else(|| entry.get(8..))?;
        let mut fields = Fields::new(entry, order);
        let mut attr = Self {
            kind,
            config: fields.u64()?,
            sample_period: fields.u64()?,
            sample_type: fields.u64()?,
            read_format: fields.u64()?,
            flags: read_flags(&mut fields, order)?,
            ..Self::default()
        };
        let mut later = || -> Option<()> {
            fields.skip(8)?; // Wake-up and breakpoint type.
            fields.skip(16)?; // config1 and config2.
            attr.branch_sample_type = fields.u64()?;
            attr.sample_regs_user = fields.u64()?;
            fields.skip(4)?; // Size of the stack dumps.
            attr.clockid = fields.id()?;
            attr.sample_regs_intr = fields.u64()?;
            fields.skip(4)?; // Watermark of other data.
            attr.sample_max_stack = fields.u16()?;
            Some(())
        };
        later();
        Some(attr)
    }

    /// How many bytes an entry takes that starts like this, by its own size field.
    pub(super) fn size_of_entry(entry: &[u8], order: ByteOrder) -> Option<u32> {
        let mut fields = Fields::new(entry, order);
        fields.skip(4)?;
        let size = fields.u32()?;
        Some(if size == 0 { SIZE_VER0 } else { size })
    }

    #[inline]
    pub(super) const fn has(&self, sample_type: u64) -> bool {
        self.sample_type & sample_type != 0
    }

    /// Where a sample has its time, counted from the end of the record's header.
    pub(super) fn sample_time_at(&self) -> Option<usize> {
        use sample_type::{IDENTIFIER, IP, TID, TIME};
        self.has(TIME).then(|| self.bytes_of(&[IDENTIFIER, IP, TID]))
    }

    /// Where a sample has the id of its event, counted from the end of the record's header.
    pub(super) fn sample_id_at(&self) -> Option<usize> {
        use sample_type::{ADDR, ID, IDENTIFIER, IP, TID, TIME};
        if self.has(IDENTIFIER) {
            return Some(0);
        }
        self.has(ID).then(|| self.bytes_of(&[IP, TID, TIME, ADDR]))
    }

    /// Where other records have their time, counted back from the end of the record.
    pub(super) fn trailer_time_at(&self) -> Option<usize> {
        use sample_type::{CPU, ID, IDENTIFIER, STREAM_ID, TIME};
        let has_time = self.flags & flag::SAMPLE_ID_ALL != 0 && self.has(TIME);
        has_time.then(|| self.bytes_of(&[TIME, ID, STREAM_ID, CPU, IDENTIFIER]))
    }

    /// Size of those of the fields of 8 bytes that there are.
    fn bytes_of(&self, fields: &[u64]) -> usize {
        fields.iter().filter(|&&field| self.has(field)).count().saturating_mul(8)
    }

    /// Whether the event is a tracepoint; its format is that with the number `config`.
    pub(super) const fn is_tracepoint(&self) -> bool {
        self.kind == KIND_TRACEPOINT
    }

    /// Whether there is a record of each switch between threads.
    pub(super) const fn records_switches(&self) -> bool {
        self.flags & flag::CONTEXT_SWITCH != 0
    }

    /// Whether every event made a sample, and not only some of them.
    pub(super) const fn samples_each(&self) -> bool {
        self.sample_period == 1 && self.flags & flag::FREQ == 0
    }

    /// Whether each thread has counters of its own, all with the id of the event they were
    /// inherited from.
    pub(super) const fn counts_by_thread(&self) -> bool {
        self.flags & flag::INHERIT != 0 && self.has(sample_type::TID)
    }

    /// Whether perf asks each event at the end how many records it has lost.
    pub(super) const fn counts_losses(&self) -> bool {
        self.read_format & read_format::LOST != 0
    }

    /// Whether samples have branches that are no call stack.
    pub(super) const fn has_branches(&self) -> bool {
        self.has(sample_type::BRANCH_STACK) && !self.has_call_stack()
    }

    /// Whether the branches of samples are the calls that have not returned.
    pub(super) const fn has_call_stack(&self) -> bool {
        self.has(sample_type::BRANCH_STACK)
            && self.branch_sample_type & branch_type::CALL_STACK != 0
    }

    /// How many addresses a call chain has at most.
    pub(super) fn max_chain(&self) -> usize {
        /// Unless somebody has changed `kernel.perf_event_max_stack`, which no file tells.
        const USUAL: u16 = 127;
        usize::from(if self.sample_max_stack == 0 { USUAL } else { self.sample_max_stack })
    }

    /// Whether the callers in user space are recorded beside the call chain.
    pub(super) const fn has_user_stacks(&self) -> bool {
        self.has(sample_type::STACK_USER) || self.has_call_stack()
    }

    /// Whether records other than samples end in who wrote them, when, and where.
    pub(super) const fn has_trailer(&self) -> bool {
        self.flags & flag::SAMPLE_ID_ALL != 0
    }

    /// Whether the periods are nanoseconds.
    pub(super) const fn is_clock(&self) -> bool {
        self.kind == KIND_SOFTWARE && self.config <= 1
    }

    /// Whether the event only carries the records about processes.
    pub(super) const fn is_dummy(&self) -> bool {
        self.kind == KIND_SOFTWARE && self.config == 9
    }

    /// Name of a hardware event without what it was restricted to, such as `cycles`.
    pub(super) fn hardware_name(&self) -> Option<&'static str> {
        let index = usize::try_from(self.config & 0xffff_ffff).ok()?;
        (self.kind == KIND_HARDWARE).then(|| HARDWARE_NAMES.get(index).copied())?
    }

    /// A name as perf makes it when the recording has none, such as `cpu-clock:u`.
    pub(super) fn name(&self) -> String {
        let config = self.config;
        let index = usize::try_from(config).unwrap_or(usize::MAX);
        let base = match self.kind {
            KIND_HARDWARE => self.hardware_name().map(str::to_owned),
            KIND_SOFTWARE => SOFTWARE_NAMES.get(index).map(|&name| name.to_owned()),
            KIND_TRACEPOINT => Some(format!("tracepoint {config}")),
            KIND_HW_CACHE => Some(format!("hw-cache:0x{config:x}")),
            KIND_RAW => Some(format!("raw 0x{config:x}")),
            KIND_BREAKPOINT => Some("mem".to_owned()),
            _ => None,
        };
        let mut name = base.unwrap_or_else(|| format!("type {}, config 0x{config:x}", self.kind));
        name.push_str(&self.modifiers());
        name
    }

    /// What the event was restricted to, such as `:u`.
    fn modifiers(&self) -> String {
        let excludes = |flag| self.flags & flag != 0;
        let mut modifiers = String::new();
        if self.flags & (flag::EXCLUDE_USER | flag::EXCLUDE_KERNEL | flag::EXCLUDE_HV) != 0 {
            for (flag, letter) in
                [(flag::EXCLUDE_KERNEL, 'k'), (flag::EXCLUDE_USER, 'u'), (flag::EXCLUDE_HV, 'h')]
            {
                if !excludes(flag) {
                    modifiers.push(letter);
                }
            }
        }
        for _ in 0..(self.flags >> flag::PRECISE_IP_SHIFT) & 3 {
            modifiers.push('p');
        }
        if !modifiers.is_empty() {
            modifiers.insert(0, ':');
        }
        modifiers
    }

    /// The clock of the times, if it is not perf's own.
    pub(super) fn clock(&self) -> Option<&'static str> {
        if self.flags & flag::USE_CLOCKID == 0 {
            return None;
        }
        match self.clockid {
            0 => Some("realtime"),
            1 => Some("monotonic"),
            4 => Some("monotonic_raw"),
            7 => Some("boottime"),
            11 => Some("tai"),
            _ => None,
        }
    }
}

/// The flags are bit fields of C: big-endian machines number the bits of each byte from the
/// other end.
fn read_flags(fields: &mut Fields<'_>, order: ByteOrder) -> Option<u64> {
    let flags = u64::from_le_bytes(*fields.bytes(8)?.first_chunk()?);
    Some(match order {
        ByteOrder::Little => flags,
        ByteOrder::Big => u64::from_le_bytes(flags.to_le_bytes().map(u8::reverse_bits)),
    })
}

#[cfg(test)]
mod tests {
    use super::sample_type::{CPU, ID, IDENTIFIER, IP, PERIOD, TID, TIME};
    use super::*;

    fn entry(size: u32, sample_type: u64, flags: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(KIND_SOFTWARE.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        for word in [0, 4000, sample_type, 0, flags, 0, 0] {
            bytes.extend(u64::to_le_bytes(word));
        }
        bytes
    }

    #[test]
    fn an_entry_of_any_size_is_read() {
        let first = Attr::read(&entry(64, IP | TIME, 0), ByteOrder::Little).unwrap();
        let mut longer = entry(136, IP | TIME, 0);
        longer.resize(136, 0);
        assert_eq!(Attr::read(&longer, ByteOrder::Little), Some(first.clone()));
        longer.truncate(70);
        assert_eq!(Attr::read(&longer, ByteOrder::Little), Some(first));
        longer.truncate(40);
        assert_eq!(Attr::read(&longer, ByteOrder::Little), None);
    }

    #[test]
    fn positions_follow_from_the_fields_before_and_behind() {
        let of = |sample_type| {
            let entry = entry(64, sample_type, flag::SAMPLE_ID_ALL);
            let attr = Attr::read(&entry, ByteOrder::Little).unwrap();
            (attr.sample_time_at(), attr.sample_id_at(), attr.trailer_time_at())
        };
        assert_eq!(of(IP | TID | TIME | PERIOD), (Some(16), None, Some(8)));
        assert_eq!(of(IP | TID | TIME | ID | CPU), (Some(16), Some(24), Some(24)));
        assert_eq!(of(IDENTIFIER | IP | TID | TIME), (Some(24), Some(0), Some(16)));
        assert_eq!(of(IP), (None, None, None));
    }

    #[test]
    fn an_unnamed_event_is_named_as_perf_does() {
        let flags = flag::EXCLUDE_KERNEL | flag::EXCLUDE_HV;
        let attr = Attr::read(&entry(64, IP, flags), ByteOrder::Little).unwrap();
        assert_eq!(attr.name(), "cpu-clock:u");
        let attr = Attr::read(&entry(64, IP, 0), ByteOrder::Little).unwrap();
        assert_eq!(attr.name(), "cpu-clock");
    }

    #[test]
    fn flags_of_a_big_endian_machine_are_mirrored() {
        let mut fields = Fields::new(&[0, 0, 0b0010_0000, 0, 0, 0, 0, 0], ByteOrder::Big);
        assert_eq!(read_flags(&mut fields, ByteOrder::Big), Some(flag::SAMPLE_ID_ALL));
    }
}
