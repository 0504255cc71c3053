//! Records that wait for the end of the file, in few bytes each.
//!
//! What needs the order of time is most of some files, and would take more memory than the slices
//! that are made of it. A record is a few numbers, of which most are small or differ little from
//! those of the record before, so each takes as many bytes as it has digits to the base of 128:
//!
//! ```text
//! offset   1000  1080  1165  …        difference   1000  80  85  …       bytes   2  1  1  …
//! ```
//!
//! What is read is freed chunk by chunk.

/// Records in the order in which they are added.
#[derive(Debug, Default)]
pub(super) struct Log {
    chunks: Vec<Vec<u8>>,
    /// Bytes of the last chunk that was begun.
    capacity: usize,
}

/// Chunks double in size from the first one, as there may be a log for each thread, up to small
/// ones. All after that are as large as what allocators take from the system and give back to it.
const FIRST_CHUNK: usize = 64;
const SMALL_CHUNK: usize = 4 << 10;
const CHUNK: usize = 128 << 10;

/// Bytes of a number at most.
const MAX_LEN: usize = 10;

impl Log {
    /// Whether there is no record.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Adds a record; all of a log have as many numbers.
    #[inline]
    pub(super) fn push<const N: usize>(&mut self, numbers: [u64; N]) {
        let len = MAX_LEN.saturating_mul(N);
        let has_room = |chunk: &&mut Vec<u8>| chunk.capacity().saturating_sub(chunk.len()) >= len;
        match self.chunks.last_mut().filter(has_room) {
            Some(chunk) => write(chunk, numbers),
            None => self.begin_chunk(numbers),
        }
    }

    #[cold]
    fn begin_chunk<const N: usize>(&mut self, numbers: [u64; N]) {
        self.capacity = match self.capacity {
            0 => FIRST_CHUNK,
            small @ ..SMALL_CHUNK => small.saturating_mul(2),
            _ => CHUNK,
        };
        let mut chunk = Vec::with_capacity(self.capacity.max(MAX_LEN.saturating_mul(N)));
        write(&mut chunk, numbers);
        self.chunks.push(chunk);
    }

    /// The records, which are gone once they are read.
    pub(super) fn into_records<const N: usize>(self) -> Records<std::vec::IntoIter<Vec<u8>>, N> {
        Records { chunks: self.chunks.into_iter(), chunk: None, at: 0 }
    }

    /// The records, to be read again.
    pub(super) fn records<const N: usize>(&self) -> Records<std::slice::Iter<'_, Vec<u8>>, N> {
        Records { chunks: self.chunks.iter(), chunk: None, at: 0 }
    }
}

#[inline]
fn write<const N: usize>(chunk: &mut Vec<u8>, numbers: [u64; N]) {
    for mut number in numbers {
        while number >= 0x80 {
            chunk.push(low_bits(number) | 0x80);
            number >>= 7;
        }
        chunk.push(low_bits(number));
    }
}

#[inline]
fn low_bits(number: u64) -> u8 {
    number.to_le_bytes()[0] & 0x7f
}

/// The records of a log in order.
#[derive(Debug)]
pub(super) struct Records<I: Iterator, const N: usize> {
    chunks: I,
    chunk: Option<I::Item>,
    at: usize,
}

impl<I: Iterator<Item: AsRef<[u8]>>, const N: usize> Iterator for Records<I, N> {
    type Item = [u64; N];

    #[inline]
    fn next(&mut self) -> Option<[u64; N]> {
        let chunk = match &self.chunk {
            Some(chunk) if self.at < chunk.as_ref().len() => chunk,
            _ => {
                self.at = 0;
                self.chunk = None;
                self.chunk.insert(self.chunks.next()?)
            }
        };
        let mut bytes = chunk.as_ref().get(self.at..)?.iter();
        let mut numbers = [0; N];
        for number in &mut numbers {
            for shift in (0..u64::BITS).step_by(7) {
                let &byte = bytes.next()?;
                *number |= u64::from(byte & 0x7f).wrapping_shl(shift);
                if byte < 0x80 {
                    break;
                }
            }
        }
        self.at = chunk.as_ref().len().saturating_sub(bytes.len());
        Some(numbers)
    }
}

/// Numbers as differences from the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Difference {
    before: i64,
}

impl Difference {
    /// The next difference, small also where it is negative.
    #[inline]
    pub(super) fn to(&mut self, number: i64) -> u64 {
        let difference = number.wrapping_sub(self.before);
        self.before = number;
        (difference << 1 ^ difference >> 63).cast_unsigned()
    }

    /// The number at the next difference.
    #[inline]
    pub(super) fn at(&mut self, difference: u64) -> i64 {
        let difference =
            (difference >> 1).cast_signed() ^ (difference & 1).cast_signed().wrapping_neg();
        self.before = self.before.wrapping_add(difference);
        self.before
    }
}

/// An id as a number, small where the id is; 0 for none.
macro_rules! number_of_id {
    ($($number:ident, $back:ident: $id:ident;)*) => {$(
        #[inline]
        pub(super) fn $number(id: rview_core::$id) -> u64 {
            id.some().map_or(0, |id| u64::from(id.raw()).wrapping_add(1))
        }

        #[inline]
        pub(super) fn $back(number: u64) -> rview_core::$id {
            let row = number.checked_sub(1).and_then(|row| usize::try_from(row).ok());
            row.map_or(rview_core::$id::NONE, rview_core::$id::from_index)
        }
    )*};
}

number_of_id! {
    of_string, string: StringId;
    of_function, function: FunctionId;
    of_process, process: ProcessId;
    of_thread, thread: ThreadId;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rview_core::StringId;

    use super::*;

    proptest! {
        #[test]
        fn what_is_logged_is_read_again(rows: Vec<[i64; 3]>) {
            let mut log = Log::default();
            let mut differences = [Difference::default(); 2];
            for &[a, b, c] in &rows {
                let [of_a, of_b] = &mut differences;
                log.push([of_a.to(a), of_b.to(b), c.cast_unsigned()]);
            }
            prop_assert_eq!(log.is_empty(), rows.is_empty());
            let mut differences = [Difference::default(); 2];
            let mut read = |[a, b, c]: [u64; 3]| {
                let [of_a, of_b] = &mut differences;
                [of_a.at(a), of_b.at(b), c.cast_signed()]
            };
            let again: Vec<_> = log.records().map(&mut read).collect();
            prop_assert_eq!(&again, &rows);
            prop_assert_eq!(log.records::<3>().count(), rows.len());
            prop_assert_eq!(log.into_records::<3>().count(), rows.len());
        }
    }

    #[test]
    fn records_of_small_differences_take_few_bytes() {
        let mut log = Log::default();
        let mut time = Difference::default();
        for at in 0..100_000 {
            log.push([time.to(at * 50), 3, 1]);
        }
        let n_bytes: usize = log.chunks.iter().map(Vec::capacity).sum();
        assert!(n_bytes < 520_000, "{n_bytes} bytes");
    }

    #[test]
    fn ids_are_numbers_and_none_is_one_too() {
        for id in [StringId::NONE, StringId::from_index(0), StringId::from_index(70_000)] {
            assert_eq!(string(of_string(id)), id);
        }
        assert_eq!(of_string(StringId::NONE), 0);
    }
}
