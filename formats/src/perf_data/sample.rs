//! The fields of a sample, in the order in which the kernel writes them.

use super::attr::{Attr, branch_type, read_format, sample_type};
use super::fields::{ByteOrder, Fields, Words};
use crate::Branch;

/// One sample as recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<'a> {
    pub(super) ip: Option<u64>,
    /// Process and thread.
    pub(super) pid_tid: Option<(i32, i32)>,
    pub(super) time: Option<u64>,
    pub(super) cpu: Option<u32>,
    pub(super) period: Option<u64>,
    /// The values of the event, or of its group.
    pub(super) read: Option<ReadValues<'a>>,
    /// Addresses and markers, leaf first.
    pub(super) chain: Words<'a>,
    /// What follows the chain, see [`SampleTail`].
    tail: Fields<'a>,
}

impl<'a> Sample<'a> {
    /// Reads up to the call chain, which is all that most samples have.
    #[inline]
    pub(super) fn read(attr: &Attr, body: &'a [u8], order: ByteOrder) -> Option<Self> {
        use sample_type::{
            ADDR, CALLCHAIN, CPU, ID, IDENTIFIER, IP, PERIOD, READ, STREAM_ID, TID, TIME,
        };
        let mut fields = Fields::new(body, order);
        if attr.has(IDENTIFIER) {
            fields.skip(8)?;
        }
        let ip = if attr.has(IP) { Some(fields.u64()?) } else { None };
        let pid_tid = if attr.has(TID) { Some((fields.id()?, fields.id()?)) } else { None };
        let time = if attr.has(TIME) { Some(fields.u64()?) } else { None };
        if attr.has(ADDR | ID | STREAM_ID) {
            for field in [ADDR, ID, STREAM_ID] {
                if attr.has(field) {
                    fields.skip(8)?;
                }
            }
        }
        let mut cpu = None;
        if attr.has(CPU) {
            cpu = Some(fields.u32()?);
            fields.skip(4)?;
        }
        let period = if attr.has(PERIOD) { Some(fields.u64()?) } else { None };
        let read = if attr.has(READ) { Some(ReadValues::read(attr, &mut fields)?) } else { None };
        let mut chain = Words::EMPTY;
        if attr.has(CALLCHAIN) {
            let len = fields.u64()?;
            chain = fields.words(len)?;
        }
        Some(Self { ip, pid_tid, time, cpu, period, read, chain, tail: fields })
    }

    /// The fields behind the call chain.
    pub(super) fn tail(&self, attr: &Attr) -> Option<SampleTail<'a>> {
        SampleTail::read(attr, self.tail)
    }
}

/// The counts that a sample carries of its event or, for `:S`, of each member of the group.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReadValues<'a> {
    One {
        value: u64,
        id: Option<u64>,
    },
    /// `stride` words a member: the value, then its id.
    Group {
        words: Words<'a>,
        stride: usize,
    },
}

impl<'a> ReadValues<'a> {
    fn read(attr: &Attr, fields: &mut Fields<'a>) -> Option<Self> {
        use read_format::{GROUP, ID, LOST, TOTAL_TIME_ENABLED, TOTAL_TIME_RUNNING};
        let has = |bit: u64| attr.read_format & bit != 0;
        let times = [TOTAL_TIME_ENABLED, TOTAL_TIME_RUNNING];
        let times_len = times.iter().filter(|&&bit| has(bit)).count().saturating_mul(8);
        if has(GROUP) {
            let n_values = fields.u64()?;
            fields.skip(times_len)?;
            let stride = [ID, LOST].iter().filter(|&&bit| has(bit)).count().saturating_add(1);
            let words = fields.words(n_values.checked_mul(u64::try_from(stride).ok()?)?)?;
            return Some(Self::Group { words, stride });
        }
        let value = fields.u64()?;
        fields.skip(times_len)?;
        let id = if has(ID) { Some(fields.u64()?) } else { None };
        if has(LOST) {
            fields.skip(8)?;
        }
        Some(Self::One { value, id })
    }

    /// Each value with the id of what it counts. A group without ids says nothing of anybody.
    pub(super) fn iter(self) -> impl Iterator<Item = (u64, Option<u64>)> + use<'a> {
        let (one, words, stride) = match self {
            Self::One { value, id } => (Some((value, id)), Words::EMPTY, 2),
            Self::Group { words, stride } if stride > 1 => (None, words, stride),
            Self::Group { .. } => (None, Words::EMPTY, 2),
        };
        let values = words.iter().step_by(stride);
        let ids = words.iter().skip(1).step_by(stride);
        one.into_iter().chain(values.zip(ids.map(Some)))
    }
}

/// What a sample has behind its call chain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SampleTail<'a> {
    /// Fields of a tracepoint.
    pub(super) raw: &'a [u8],
    /// The latest branches, newest first: from, to and flags of each, see [`Branch`].
    pub(super) branches: Words<'a>,
    /// The registers of the thread in user space.
    pub(super) user_registers: UserRegisters<'a>,
    /// The stack of the thread in user space, for unwinding: only the bytes that are valid.
    pub(super) user_stack: &'a [u8],
    /// How many bytes of the stack the recording was to have.
    pub(super) user_stack_size: u64,
    /// Where the memory was that a load or store touched.
    pub(super) phys_addr: Option<u64>,
    /// Which control group the thread was in.
    pub(super) cgroup: Option<u64>,
    /// A piece of an instruction trace.
    pub(super) aux: &'a [u8],
}

impl<'a> SampleTail<'a> {
    fn read(attr: &Attr, mut fields: Fields<'a>) -> Option<Self> {
        use sample_type::{
            AUX, BRANCH_STACK, CGROUP, CODE_PAGE_SIZE, DATA_PAGE_SIZE, DATA_SRC, PHYS_ADDR, RAW,
            REGS_INTR, REGS_USER, STACK_USER, TRANSACTION, WEIGHT, WEIGHT_STRUCT,
        };
        let fields = &mut fields;
        let mut tail = SampleTail::default();
        if attr.has(RAW) {
            let len = fields.u32()?;
            tail.raw = fields.bytes(len.into())?;
        }
        if attr.has(BRANCH_STACK) {
            tail.branches = read_branches(attr, fields)?;
        }
        if attr.has(REGS_USER) {
            tail.user_registers = UserRegisters::read(attr.sample_regs_user, fields)?;
        }
        if attr.has(STACK_USER) {
            (tail.user_stack, tail.user_stack_size) = read_stack(fields)?;
        }
        if attr.has(WEIGHT | WEIGHT_STRUCT) {
            fields.skip(8)?;
        }
        for bit in [DATA_SRC, TRANSACTION] {
            if attr.has(bit) {
                fields.skip(8)?;
            }
        }
        if attr.has(REGS_INTR) {
            UserRegisters::read(attr.sample_regs_intr, fields)?;
        }
        tail.phys_addr = if attr.has(PHYS_ADDR) { Some(fields.u64()?) } else { None };
        tail.cgroup = if attr.has(CGROUP) { Some(fields.u64()?) } else { None };
        for bit in [DATA_PAGE_SIZE, CODE_PAGE_SIZE] {
            if attr.has(bit) {
                fields.skip(8)?;
            }
        }
        if attr.has(AUX) {
            let len = fields.u64()?;
            tail.aux = fields.bytes(len)?;
        }
        Some(tail)
    }
}

/// From, to and flags of each branch.
pub(super) fn triples(branches: Words<'_>) -> impl Iterator<Item = [u64; 3]> {
    let mut words = branches.iter();
    std::iter::from_fn(move || Some([words.next()?, words.next()?, words.next()?]))
}

/// Takes the flags of a branch apart: they are bit fields of C, which big-endian machines number
/// from the other end.
pub(super) fn branch([from, to, flags]: [u64; 3], order: ByteOrder) -> Branch {
    let (bit, cycles): (fn(u64, u32) -> bool, _) = match order {
        ByteOrder::Little => (|flags, n| flags >> n & 1 != 0, flags >> 4),
        ByteOrder::Big => (|flags, n| flags << n >> 63 != 0, flags >> 44),
    };
    let was_predicted = match (bit(flags, 0), bit(flags, 1)) {
        (true, _) => Some(false),
        (false, true) => Some(true),
        (false, false) => None,
    };
    let [in_transaction, is_abort] = [2, 3].map(|n| bit(flags, n));
    let cycles = u16::try_from(cycles & 0xffff).unwrap_or_default();
    Branch { from, to, was_predicted, in_transaction, is_abort, cycles }
}

/// Reads the branch stack.
fn read_branches<'a>(attr: &Attr, fields: &mut Fields<'a>) -> Option<Words<'a>> {
    let n_branches = fields.u64()?;
    if attr.branch_sample_type & branch_type::HW_INDEX != 0 {
        fields.skip(8)?;
    }
    let branches = fields.words(n_branches.checked_mul(3)?)?;
    if attr.branch_sample_type & branch_type::COUNTERS != 0 {
        fields.words(n_branches)?;
    }
    Some(branches)
}

/// The registers of a thread when it was sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum UserRegisters<'a> {
    /// The thread had no user space, or the recording has no registers.
    #[default]
    None,
    /// Those of a 32-bit program.
    Bits32,
    /// Those of the event's mask, in order.
    Bits64(Words<'a>),
}

impl<'a> UserRegisters<'a> {
    fn read(mask: u64, fields: &mut Fields<'a>) -> Option<Self> {
        let abi = fields.u64()?;
        if abi == 0 {
            return Some(Self::None);
        }
        let words = fields.words(mask.count_ones().into())?;
        Some(if abi == 1 { Self::Bits32 } else { Self::Bits64(words) })
    }
}

/// The copy of a stack: it has a fixed size, and behind it how much of it is valid.
fn read_stack<'a>(fields: &mut Fields<'a>) -> Option<(&'a [u8], u64)> {
    let size = fields.u64()?;
    if size == 0 {
        return Some((&[], 0));
    }
    let stack = fields.bytes(size)?;
    let valid = usize::try_from(fields.u64()?).unwrap_or(usize::MAX);
    Some((stack.get(..valid).unwrap_or(stack), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn read<'a>(attr: &Attr, body: &'a [u8]) -> Option<Sample<'a>> {
        Sample::read(attr, body, ByteOrder::Little)
    }

    #[test]
    fn every_field_is_read_in_the_order_of_the_kernel() {
        let attr = Attr {
            sample_type: (1 << 25) - 1 - sample_type::WEIGHT_STRUCT,
            read_format: 0b10111,
            branch_sample_type: branch_type::HW_INDEX,
            sample_regs_user: 0b101,
            sample_regs_intr: 0b1,
            ..Attr::default()
        };
        let mut body = words(&[77, 0x1234, 5 | 6 << 32, 1000, 0xadd, 77, 8, 3, 250]);
        body.extend(words(&[42, 9, 9, 77, 0])); // Read: value, two times, id, lost.
        body.extend(words(&[2, 0x1234, 0x1000])); // Call chain.
        body.extend([4, 0, 0, 0, b'r', b'a', b'w', b'!']);
        body.extend(words(&[1, 0, 11, 12, 13])); // One branch.
        body.extend(words(&[2, 21, 22])); // Registers of user space.
        body.extend(words(&[16, 31, 32, 8])); // A stack of which 8 bytes are valid.
        body.extend(words(&[51, 52, 53])); // Weight, data source, transaction.
        body.extend(words(&[0])); // No registers of the interrupt.
        body.extend(words(&[61, 62, 63, 64])); // Physical address, control group, page sizes.
        body.extend(words(&[8, 71])); // A piece of a trace.

        let sample = read(&attr, &body).unwrap();
        assert_eq!((sample.ip, sample.pid_tid), (Some(0x1234), Some((5, 6))));
        assert_eq!((sample.time, sample.cpu), (Some(1000), Some(3)));
        assert_eq!(sample.period, Some(250));
        assert_eq!(sample.read.unwrap().iter().collect::<Vec<_>>(), [(42, Some(77))]);
        assert_eq!(sample.chain.iter().collect::<Vec<_>>(), [0x1234, 0x1000]);
        let tail = sample.tail(&attr).unwrap();
        assert_eq!((tail.raw, tail.branches.len()), (&b"raw!"[..], 3));
        let registers = words(&[21, 22]);
        let registers = Fields::new(&registers, ByteOrder::Little).words(2).unwrap();
        assert_eq!(tail.user_registers, UserRegisters::Bits64(registers));
        assert_eq!((tail.user_stack, tail.user_stack_size), (&words(&[31])[..], 16));
        assert_eq!((tail.phys_addr, tail.cgroup), (Some(61), Some(62)));
        assert_eq!(tail.aux, words(&[71]));

        for len in 0..body.len() {
            let cut = read(&attr, body.get(..len).unwrap()).and_then(|sample| sample.tail(&attr));
            assert!(cut.is_none(), "a sample of {len} bytes");
        }
    }

    #[test]
    fn the_flags_of_a_branch_are_bit_fields() {
        let little = branch([1, 2, 0b1 | 12 << 4], ByteOrder::Little);
        assert_eq!((little.was_predicted, little.cycles), (Some(false), 12));
        let big = branch([1, 2, 1 << 62 | 1 << 60 | 12 << 44], ByteOrder::Big);
        assert_eq!((big.was_predicted, big.is_abort, big.cycles), (Some(true), true, 12));
        let none = branch([1, 2, 0], ByteOrder::Little);
        assert_eq!((none.was_predicted, none.cycles), (None, 0));
    }

    #[test]
    fn a_group_has_a_value_for_each_member() {
        let attr = Attr {
            sample_type: sample_type::READ,
            read_format: read_format::GROUP | read_format::ID | read_format::LOST,
            ..Attr::default()
        };
        let body = words(&[2, 100, 1, 0, 200, 2, 0]);
        let values: Vec<_> = read(&attr, &body).unwrap().read.unwrap().iter().collect();
        assert_eq!(values, [(100, Some(1)), (200, Some(2))]);
    }

    #[test]
    fn a_chain_longer_than_its_record_is_no_sample() {
        let attr = Attr { sample_type: sample_type::CALLCHAIN, ..Attr::default() };
        assert!(read(&attr, &words(&[u64::MAX, 1])).is_none());
        assert!(read(&attr, &words(&[2, 1])).is_none());
        assert_eq!(read(&attr, &words(&[1, 1])).unwrap().chain.len(), 1);
    }
}
