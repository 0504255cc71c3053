//! Files of `perf record` that are written here: what no machine at hand records.
//!
//! Sources: `include/uapi/linux/perf_event.h` and
//! `tools/perf/Documentation/perf.data-file-format.txt` of Linux.

#![expect(clippy::expect_used, reason = "a test that cannot go on may panic")]

/// Bits of [`Event::sample_type`], in the order of the fields.
pub mod sample_type {
    /// The address.
    pub const IP: u64 = 1;
    /// Process and thread.
    pub const TID: u64 = 1 << 1;
    /// When.
    pub const TIME: u64 = 1 << 2;
    /// What the counters of the group say.
    pub const READ: u64 = 1 << 4;
    /// The call chain.
    pub const CALLCHAIN: u64 = 1 << 5;
    /// How much the event has counted since the last sample.
    pub const PERIOD: u64 = 1 << 8;
    /// The latest branches.
    pub const BRANCH_STACK: u64 = 1 << 11;
    /// The registers of user space.
    pub const REGS_USER: u64 = 1 << 12;
    /// A copy of the stack of user space.
    pub const STACK_USER: u64 = 1 << 13;
    /// The id of the event, first of all.
    pub const IDENTIFIER: u64 = 1 << 16;
    /// What [`super::Recording::sample`] writes.
    pub const BASE: u64 = IDENTIFIER | IP | TID | TIME | PERIOD;
}

/// Bits of [`Event::flags`].
pub mod flags {
    /// Threads that are started count as well.
    pub const INHERIT: u64 = 1 << 1;
    /// Records that are no samples end in ids and times.
    pub const SAMPLE_ID_ALL: u64 = 1 << 18;
    /// [`super::Event::clock`] says which clock times are of.
    pub const USE_CLOCKID: u64 = 1 << 25;
}

/// Kinds of records.
pub mod kind {
    /// Something is mapped.
    pub const MMAP: u32 = 1;
    /// Records are lost.
    pub const LOST: u32 = 2;
    /// A thread is named.
    pub const COMM: u32 = 3;
    /// Sampling stops for a while.
    pub const THROTTLE: u32 = 5;
    /// A thread starts.
    pub const FORK: u32 = 7;
    /// A sample.
    pub const SAMPLE: u32 = 9;
    /// A process enters namespaces.
    pub const NAMESPACES: u32 = 16;
}

/// Numbers of feature sections.
pub mod feature {
    /// Which builds of binaries ran: see [`super::build_id`].
    pub const BUILD_ID: u32 = 2;
    /// The kind of processor: see [`super::string`].
    pub const ARCH: u32 = 6;
    /// What the clock on the wall said.
    pub const CLOCK_DATA: u32 = 29;
}

/// In the kernel, for the `misc` of a record.
pub const KERNEL: u16 = 1;
/// In a user program.
pub const USER: u16 = 2;
/// In the kernel of a virtual machine.
pub const GUEST_KERNEL: u16 = 4;
/// In a program of a virtual machine.
pub const GUEST_USER: u16 = 5;

/// Size of `struct perf_event_attr`.
const ATTR_LEN: usize = 128;

/// An event: what its samples have, and its ids.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// Which fields a sample has.
    pub sample_type: u64,
    /// What is read of counters.
    pub read_format: u64,
    /// Flags of the attributes.
    pub flags: u64,
    /// Which branches are kept.
    pub branch_sample_type: u64,
    /// Which registers of user space are kept.
    pub sample_regs_user: u64,
    /// How much of the stack is copied.
    pub sample_stack_user: u32,
    /// How many addresses a call chain may have; 0 for what the system allows.
    pub sample_max_stack: u16,
    /// Which software event.
    pub config: u64,
    /// The number of the clock that times are of.
    pub clock: u32,
    /// The ids of its counters.
    pub ids: Vec<u64>,
}

impl Event {
    /// The software event with the number `id - 7`, and records that end in ids and times.
    pub fn new(sample_type: u64, id: u64) -> Self {
        let (config, flags) = (id - 7, flags::SAMPLE_ID_ALL);
        Self { sample_type, flags, config, ids: vec![id], ..Self::default() }
    }

    /// `struct perf_event_attr` of a software event.
    fn attr(&self) -> Vec<u8> {
        let Self { sample_type, read_format, flags, branch_sample_type, config, clock, .. } = *self;
        let kind_and_size = 1 | (ATTR_LEN as u64) << 32;
        let sampling = [kind_and_size, config, 4000, sample_type, read_format, flags, 0, 0, 0];
        let mut attr = words(&sampling);
        let stack_and_clock = u64::from(self.sample_stack_user) | u64::from(clock) << 32;
        attr.extend(words(&[branch_sample_type, self.sample_regs_user, stack_and_clock]));
        attr.extend(words(&[0, u64::from(self.sample_max_stack) << 32]));
        attr.resize(ATTR_LEN, 0);
        attr
    }
}

/// A recording, as little-endian machines write it.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What is sampled.
    pub events: Vec<Event>,
    /// The records, one behind the other.
    pub records: Vec<u8>,
    /// Numbers and bytes of feature sections, by number.
    pub features: Vec<(u32, Vec<u8>)>,
}

/// Numbers as bytes.
pub fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A name with zeros behind it, as long as records want it.
pub fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize((bytes.len() + 8) & !7, 0);
    bytes
}

/// A text of a feature section.
///
/// # Panics
///
/// When it is longer than four gigabytes.
pub fn string(text: &str) -> Vec<u8> {
    let len = u32::try_from(text.len() + 1).expect("a text that fits");
    [&len.to_le_bytes()[..], text.as_bytes(), &[0]].concat()
}

/// An entry of [`feature::BUILD_ID`]: 20 bytes in hexadecimal digits, and what they are of.
///
/// # Panics
///
/// When the digits are none.
pub fn build_id(digits: &str, path: &str) -> Vec<u8> {
    const WITH_SIZE: u16 = 1 << 15;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits");
    let id: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
    let mut body = u32::MAX.to_le_bytes().to_vec();
    body.extend(&id);
    body.resize(24, 0);
    body.extend([20, 0, 0, 0]);
    body.extend(text(path));
    let len = u16::try_from(body.len() + 8).expect("a path that fits");
    [&0_u32.to_le_bytes()[..], &WITH_SIZE.to_le_bytes(), &len.to_le_bytes(), &body].concat()
}

/// A process and one of its threads in one word.
pub fn ids(pid: u32, tid: u32) -> u64 {
    u64::from(pid) | u64::from(tid) << 32
}

/// What records other than samples of [`sample_type::BASE`] end in, of a thread of process 1.
pub fn trailer(tid: u32, time: u64) -> Vec<u8> {
    words(&[ids(1, tid), time, 0])
}

impl Recording {
    /// Process 1 with the threads 1 and 2, which has `/opt/app` at 0x1000.
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        let mut recording = Self::empty(events);
        for tid in [1, 2] {
            recording.record(kind::COMM, 0, &[words(&[ids(1, tid)]), text("app"), trailer(tid, 0)]);
        }
        recording.map(1, (0x1000, 0x9000), "/opt/app", 0);
        recording
    }

    /// No record yet.
    pub fn empty(events: impl IntoIterator<Item = Event>) -> Self {
        Self { events: events.into_iter().collect(), ..Self::default() }
    }

    /// Adds a record.
    ///
    /// # Panics
    ///
    /// When it is longer than records may be.
    pub fn record(&mut self, kind: u32, misc: u16, parts: &[Vec<u8>]) {
        let len = parts.iter().map(Vec::len).sum::<usize>() + 8;
        let len = u16::try_from(len).expect("a record is shorter than 64 KiB");
        self.records.extend(kind.to_le_bytes());
        self.records.extend(misc.to_le_bytes());
        self.records.extend(len.to_le_bytes());
        for part in parts {
            self.records.extend(part);
        }
    }

    /// A process maps the start of a file, from `start` for `len` bytes.
    pub fn map(&mut self, pid: u32, (start, len): (u64, u64), path: &str, time: u64) {
        let place = words(&[ids(pid, pid), start, len, 0]);
        self.record(kind::MMAP, USER, &[place, text(path), words(&[ids(pid, pid), time, 0])]);
    }

    /// The kernel has something from `start` for `len` bytes: itself, or a module. `offset` is
    /// where the symbol was that the name of the kernel ends in.
    pub fn map_kernel(&mut self, (start, len): (u64, u64), offset: u64, path: &str) {
        let place = words(&[u64::from(u32::MAX), start, len, offset]);
        self.record(kind::MMAP, KERNEL, &[place, text(path), words(&[0, 0, 0])]);
    }

    /// A sample of process 1 at 0x1100 and the time, of an event with [`sample_type::BASE`] and
    /// what `rest` has.
    pub fn sample(&mut self, id: u64, (tid, time): (u32, u64), rest: &[u64]) {
        self.sample_at(id, 0x1100 + time, (1, tid, time), rest);
    }

    /// A sample at an address.
    pub fn sample_at(
        &mut self,
        id: u64,
        address: u64,
        (pid, tid, time): (u32, u32, u64),
        rest: &[u64],
    ) {
        let base = words(&[id, address, ids(pid, tid), time, 10]);
        self.record(kind::SAMPLE, USER, &[base, words(rest)]);
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let attrs_at = 104;
        let ids_at = attrs_at + self.events.len() * (ATTR_LEN + 16);
        let n_ids: usize = self.events.iter().map(|event| event.ids.len()).sum();
        let data_at = ids_at + n_ids * 8;
        let mut bits = [0_u64; 4];
        for (feature, _) in &self.features {
            bits[0] |= 1 << feature;
        }
        let mut bytes = b"PERFILE2".to_vec();
        let entry = ATTR_LEN + 16;
        let sizes = [104, entry, attrs_at, self.events.len() * entry, data_at, self.records.len()];
        bytes.extend(words(&sizes.map(|size| size as u64)));
        bytes.extend(words(&[0, 0]));
        bytes.extend(words(&bits));
        let mut ids_at = ids_at as u64;
        for event in &self.events {
            let len = event.ids.len() as u64 * 8;
            bytes.extend(event.attr());
            bytes.extend(words(&[ids_at, len]));
            ids_at += len;
        }
        for event in &self.events {
            bytes.extend(words(&event.ids));
        }
        bytes.extend(&self.records);
        let mut at = (bytes.len() + self.features.len() * 16) as u64;
        for (_, section) in &self.features {
            bytes.extend(words(&[at, section.len() as u64]));
            at += section.len() as u64;
        }
        for (_, section) in &self.features {
            bytes.extend(section);
        }
        bytes
    }
}
