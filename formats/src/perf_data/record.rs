//! One record: eight bytes of header, then fields that depend on its kind.

use super::fields::{ByteOrder, Fields};

/// Kinds of records: below 64 those of the kernel, from there on those of perf itself.
pub(super) mod kind {
    pub(crate) const MMAP: u32 = 1;
    pub(crate) const LOST: u32 = 2;
    pub(crate) const COMM: u32 = 3;
    pub(crate) const EXIT: u32 = 4;
    pub(crate) const THROTTLE: u32 = 5;
    pub(crate) const FORK: u32 = 7;
    pub(crate) const SAMPLE: u32 = 9;
    pub(crate) const MMAP2: u32 = 10;
    pub(crate) const LOST_SAMPLES: u32 = 13;
    pub(crate) const SWITCH: u32 = 14;
    pub(crate) const SWITCH_CPU_WIDE: u32 = 15;
    pub(crate) const NAMESPACES: u32 = 16;
    pub(crate) const KSYMBOL: u32 = 17;
    /// The last kind of the kernel that has nothing this importer could miss.
    pub(crate) const LAST_KNOWN: u32 = 21;
    pub(crate) const FIRST_OF_PERF: u32 = 64;
    pub(crate) const HEADER_ATTR: u32 = 64;
    pub(crate) const TRACING_DATA: u32 = 66;
    pub(crate) const BUILD_ID: u32 = 67;
    pub(crate) const FINISHED_ROUND: u32 = 68;
    pub(crate) const AUXTRACE_INFO: u32 = 70;
    pub(crate) const AUXTRACE: u32 = 71;
    pub(crate) const EVENT_UPDATE: u32 = 78;
    pub(crate) const HEADER_FEATURE: u32 = 80;
    pub(crate) const COMPRESSED: u32 = 81;
    pub(crate) const COMPRESSED2: u32 = 83;
    /// The last kind of perf that has nothing this importer could miss.
    pub(crate) const LAST_KNOWN_OF_PERF: u32 = 86;
}

/// Who wrote a record that is no sample, when and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trailer {
    /// Process and thread.
    pub(super) pid_tid: Option<(i32, i32)>,
    pub(super) time: Option<u64>,
    pub(super) cpu: Option<u32>,
}

/// Bits of [`Record::misc`].
pub(super) mod misc {
    /// In which part of the system the sample was taken.
    pub(crate) const CPUMODE_MASK: u16 = 7;
    /// Of a map: of data, not of code.
    pub(crate) const MMAP_DATA: u16 = 1 << 13;
    /// Of a fork: perf has made it up for a process that ran before the recording.
    pub(crate) const FORK_MADE_UP: u16 = 1 << 13;
    /// Of a switch: the thread stops running.
    pub(crate) const SWITCH_OUT: u16 = 1 << 13;
    /// Of a switch: the thread could go on.
    pub(crate) const SWITCH_PREEMPTED: u16 = 1 << 14;
    /// Of a map: it has a build id in place of the device and inode.
    pub(crate) const MMAP_BUILD_ID: u16 = 1 << 14;
    /// Of lost samples: a filter of the recording has left them out.
    pub(crate) const LOST_TO_FILTER: u16 = 1 << 15;
    /// Of a build id: it comes with its size.
    pub(crate) const BUILD_ID_SIZE: u16 = 1 << 15;
}

/// Size of the header of a record.
pub(super) const HEADER_LEN: usize = 8;

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) kind: u32,
    pub(super) misc: u16,
    /// What follows the header.
    pub(super) body: &'a [u8],
}

/// Why there is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRecord {
    /// The bytes are at their end.
    End,
    /// The bytes end inside a record.
    Cut,
    /// The record gives a size that is smaller than its header.
    Broken,
}

impl<'a> Record<'a> {
    /// The record at the start of `bytes`.
    #[inline]
    pub(super) fn read(bytes: &'a [u8], order: ByteOrder) -> Result<Self, NoRecord> {
        if bytes.is_empty() {
            return Err(NoRecord::End);
        }
        let mut fields = Fields::new(bytes, order);
        let (Some(kind), Some(misc), Some(size)) = (fields.u32(), fields.u16(), fields.u16())
        else {
            return Err(NoRecord::Cut);
        };
        if usize::from(size) < HEADER_LEN {
            return Err(NoRecord::Broken);
        }
        match bytes.get(HEADER_LEN..size.into()) {
            Some(body) => Ok(Self { kind, misc, body }),
            None => Err(NoRecord::Cut),
        }
    }

    /// Size with the header.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.body.len().saturating_add(HEADER_LEN)
    }

    #[inline]
    pub(super) const fn fields(&self, order: ByteOrder) -> Fields<'a> {
        Fields::new(self.body, order)
    }

    /// The number that starts `back` bytes before the end of the record.
    #[inline]
    pub(super) fn u64_from_end(&self, back: usize, order: ByteOrder) -> Option<u64> {
        let at = self.body.len().checked_sub(back)?;
        Fields::new(self.body.get(at..)?, order).u64()
    }

    /// The number `at` bytes behind the header.
    #[inline]
    pub(super) fn u64_at(&self, at: usize, order: ByteOrder) -> Option<u64> {
        Fields::new(self.body.get(at..)?, order).u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_below_the_header_ends_the_walk() {
        let read = |bytes: &[u8]| Record::read(bytes, ByteOrder::Little).map(|r| (r.kind, r.len()));
        assert_eq!(read(&[9, 0, 0, 0, 1, 0, 8, 0, 7]), Ok((9, 8)));
        assert_eq!(read(&[9, 0, 0, 0, 1, 0, 7, 0, 7]), Err(NoRecord::Broken));
        assert_eq!(read(&[0; 64]), Err(NoRecord::Broken));
        assert_eq!(read(&[9, 0, 0, 0, 1, 0, 10, 0, 7]), Err(NoRecord::Cut));
        assert_eq!(read(&[9, 0, 0]), Err(NoRecord::Cut));
        assert_eq!(read(&[]), Err(NoRecord::End));
    }
}
