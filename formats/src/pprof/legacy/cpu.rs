//! CPU profiles of gperftools and Java: words of either size and byte order.
//!
//! ```text
//! 0 3 0 10000 0         header: two words follow, version, 1 for Java, period in µs, padding
//! 2 3 a1 a2 a3          a stack of 3 addresses, seen twice
//! 0 1 0                 the end; a map of the memory follows, or for Java the names
//! ```

use foldhash::HashMap;
use rview_core::{Profile, Unit};

use super::java;
use super::lines::{Lines, note_unfinished};
use super::maps::Maps;
use super::note_cut;
use super::stacks::{Legacy, Names, Stacks};
use crate::{ImportError, Job, Reader};

type Word = fn(&mut Reader<'_>) -> Option<u64>;

/// What the first words say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    word: Word,
    word_len: usize,
    is_java: bool,
    period_us: u64,
}

const HEADER_WORDS: usize = 5;

/// The header, if the words of one are there.
pub(super) fn header(head: &[u8]) -> Option<Header> {
    let forms: [(Word, usize); 4] = [
        (|reader| reader.u32_le().map(u64::from), 4),
        (|reader| reader.u32_be().map(u64::from), 4),
        (|reader| reader.u64_le(), 8),
        (|reader| reader.u64_be(), 8),
    ];
    forms.into_iter().find_map(|(word, word_len)| {
        let mut reader = Reader::new(head);
        match [(); HEADER_WORDS].map(|()| word(&mut reader)) {
            [Some(0), Some(3), Some(java @ (0 | 1)), Some(period_us @ 1..), Some(0)] => {
                Some(Header { word, word_len, is_java: java == 1, period_us })
            }
            _ => None,
        }
    })
}

pub(super) fn read(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let Some(header) = header(bytes) else {
        return Err(ImportError::Empty { format: super::super::NAME, hint: "record it again" });
    };
    let period_ns = i64::try_from(header.period_us).unwrap_or(i64::MAX).saturating_mul(1000);
    let mut reader = Reader::new(bytes);
    // The header is there: it was found above.
    let _: Option<()> = reader.skip(header.word_len.saturating_mul(HEADER_WORDS));
    let mut stacks = read_stacks(&mut reader, header, period_ns, job)?;
    note_unfinished(reader.rest(), reader.position(), job);
    let rest = Lines::new(reader.rest());
    let (names, maps) = if header.is_java {
        (java::read_names(rest), Maps::default())
    } else {
        drop_handler_frames(&mut stacks);
        stacks.drop_doubled_leaves();
        (Names::default(), Maps::read(rest))
    };
    let legacy = Legacy {
        types: vec![("samples".into(), Unit::Count), ("cpu".into(), Unit::Nanoseconds)],
        period: format!("{period_ns} nanoseconds cpu"),
        duration_ns: 0,
        stacks,
        names,
        maps,
    };
    legacy.finish(job)
}

fn read_stacks(
    reader: &mut Reader<'_>,
    header: Header,
    period_ns: i64,
    job: &Job,
) -> Result<Stacks, ImportError> {
    let mut stacks = Stacks::default();
    let word = header.word;
    let mut has_end = false;
    while reader.remaining() > 0 {
        let start = reader.position();
        let stack = (word(reader), word(reader));
        let (Some(count), Some(n_addresses)) = stack else {
            note_damaged(start, job);
            return Ok(stacks);
        };
        let n_addresses = usize::try_from(n_addresses).unwrap_or(usize::MAX);
        if n_addresses > reader.remaining().checked_div(header.word_len).unwrap_or_default() {
            note_damaged(start, job);
            return Ok(stacks);
        }
        let first = stacks.addresses.len();
        for index in 0..n_addresses {
            let address = word(reader).unwrap_or_default();
            let is_caller = index > 0 && !header.is_java;
            stacks.addresses.push(address.wrapping_sub(u64::from(is_caller)));
        }
        if count == 0 && stacks.addresses.get(first..) == Some(&[0]) {
            stacks.addresses.truncate(first);
            has_end = true;
            break;
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        stacks.finish_one(&[count, count.saturating_mul(period_ns)]);
        if stacks.len().is_multiple_of(4096) {
            job.progress(start as u64)?;
        }
    }
    if !has_end {
        note_damaged(reader.position(), job);
    }
    Ok(stacks)
}

fn note_damaged(offset: usize, job: &Job) {
    note_cut(&format!("the file is cut or damaged at byte {offset}"), job);
}

/// Takes off the caller of the leaf where nearly all stacks have the same, twice at most: it is
/// the frame of the signal handler, not of the program.
fn drop_handler_frames(stacks: &mut Stacks) {
    for _ in 0..2 {
        let mut n_seen: HashMap<u64, usize> = HashMap::default();
        for stack in stacks.iter() {
            if let [_, second, ..] = stack {
                let n_seen = n_seen.entry(*second).or_default();
                *n_seen = n_seen.saturating_add(1);
            }
        }
        let n_needed = stacks.len().saturating_sub(stacks.len() / 32);
        let most = n_seen.into_iter().max_by_key(|&(address, n)| (n, address));
        let Some((handler, _)) = most.filter(|&(_, n)| n >= n_needed) else { return };
        stacks.drop_second(|stack| stack.get(1) == Some(&handler));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_its_end_is_noted() {
        let words: [u64; 8] = [0, 3, 0, 10_000, 0, 2, 1, 0x40_0123];
        let job = Job::default();
        assert!(read(&words.map(u64::to_le_bytes).concat(), &job).is_ok());
        assert_eq!(job.report().notes().first().map(|note| note.kind), Some("truncated"));
    }
}
