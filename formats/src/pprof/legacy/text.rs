//! Heap, count, contention and thread profiles: a line for each stack.

use rview_core::{Profile, Unit};

use super::lines::{Lines, add_addresses, hex, is_blank_or_comment, take_int, take_token};
use super::maps::{self, Maps};
use super::note_cut;
use super::stacks::{Legacy, Name, Names, Stacks};
use crate::{ImportError, Job, Severity};

/// What the first line of a heap profile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeapHeader {
    /// Whether what was allocated is more than what is in use.
    has_allocated: bool,
    /// One in so many bytes is a sample; what the samples stand for is estimated if it is more
    /// than 1.
    period: i64,
    is_sampled: bool,
    /// Objects and bytes in use, in all lines.
    used: (i64, i64),
}

/// `heap profile: 1: 2 [3: 4] @ heap/1048576`.
pub(super) fn heap_header(line: &[u8]) -> Option<HeapHeader> {
    let mut rest = line.get(memchr::memmem::find(line, b"heap profile:")?..)?;
    take_token(&mut rest, b"heap profile:")?;
    let [used, used_bytes, allocated, allocated_bytes] = counts(&mut rest)?;
    take_token(&mut rest, b"@")?;
    let kind = rest.trim_ascii_start();
    let n_letters =
        kind.iter().take_while(|byte| matches!(byte, b'_' | b'a'..=b'z' | b'0'..=b'9')).count();
    let (kind, mut after) = kind.split_at_checked(n_letters)?;
    let period = take_token(&mut after, b"/").and_then(|()| take_int(&mut after)).unwrap_or(0);
    let has_allocated = (allocated != used && allocated != 0)
        || (allocated_bytes != used_bytes && allocated_bytes != 0);
    let used = (used, used_bytes);
    let (has_allocated, period, is_sampled) = match kind {
        b"heapz_v2" | b"heap_v2" => (has_allocated, period, true),
        b"heap" => (has_allocated, period / 2, true),
        b"heapprofile" => (has_allocated, 1, false),
        _ if kind.starts_with(b"growth") || kind.starts_with(b"fragmentation") => (false, 1, false),
        _ => return None,
    };
    Some(HeapHeader { has_allocated, period, is_sampled, used })
}

/// `1: 2 [3: 4]`.
fn counts(rest: &mut &[u8]) -> Option<[i64; 4]> {
    let used = take_int(rest)?;
    take_token(rest, b":")?;
    let used_bytes = take_int(rest)?;
    take_token(rest, b"[")?;
    let allocated = take_int(rest)?;
    take_token(rest, b":")?;
    let allocated_bytes = take_int(rest)?;
    take_token(rest, b"]")?;
    Some([used, used_bytes, allocated, allocated_bytes])
}

pub(super) fn read_heap(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let mut lines = Lines::new(bytes);
    let mut header = None;
    while header.is_none()
        && let Some((line, _)) = lines.next()
    {
        header = heap_header(line);
    }
    let Some(header) = header else {
        return Err(ImportError::Empty { format: super::super::NAME, hint: "record it again" });
    };
    let mut stacks = Stacks::default();
    let mut n_used = (0_i64, 0_i64);
    let names = read_stacks(&mut lines, &mut stacks, job, |line, stacks| {
        let mut rest = line;
        let [used, used_bytes, allocated, allocated_bytes] = counts(&mut rest)?;
        take_token(&mut rest, b"@")?;
        let in_use = estimated(used, used_bytes, header)?;
        let ever = estimated(allocated, allocated_bytes, header)?;
        add_addresses(rest, &mut stacks.addresses)?;
        // What is in use is known last, so its blocks count.
        let size = used_bytes.checked_div(used);
        let size = size.or_else(|| allocated_bytes.checked_div(allocated));
        stacks.block_sizes.push(size.unwrap_or_default());
        n_used = (n_used.0.saturating_add(used), n_used.1.saturating_add(used_bytes));
        if header.has_allocated {
            stacks.finish_one(&[ever.0, ever.1, in_use.0, in_use.1]);
        } else {
            stacks.finish_one(&[in_use.0, in_use.1]);
        }
        Some(())
    })?;
    note_missing(header.used.0, n_used.0, job);
    note_missing(header.used.1, n_used.1, job);
    let types: &[&str] = if header.has_allocated {
        &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]
    } else {
        &["objects", "space"]
    };
    let units = [Unit::Count, Unit::Bytes].into_iter().cycle();
    let legacy = Legacy {
        types: types.iter().map(|&name| name.to_owned()).zip(units).collect(),
        period: format!("{} bytes space", header.period),
        duration_ns: 0,
        stacks,
        names,
        maps: Maps::after(lines),
    };
    legacy.finish(job)
}

/// What a line stands for; `None` if it has bytes of nothing.
fn estimated(count: i64, bytes: i64, header: HeapHeader) -> Option<(i64, i64)> {
    match count {
        0 => (bytes == 0).then_some((0, 0)),
        _ if header.is_sampled => Some(scaled(count, bytes, header.period)),
        _ => Some((count, bytes)),
    }
}

/// What so many samples of so many bytes stand for, when one in `period` bytes is sampled at
/// random: an allocation of `n` bytes is then a sample with a probability of 1 - exp(-n/period).
#[expect(clippy::cast_possible_truncation, reason = "pprof cuts off the fraction, too")]
pub(super) fn scaled(count: i64, bytes: i64, period: i64) -> (i64, i64) {
    if count == 0 || bytes == 0 {
        return (0, 0);
    }
    if period <= 1 {
        return (count, bytes);
    }
    let average = bytes as f64 / count as f64;
    let scale = 1.0 / (1.0 - (-average / period as f64).exp());
    ((count as f64 * scale) as i64, (bytes as f64 * scale) as i64)
}

pub(super) fn read_count(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let mut lines = Lines::new(bytes);
    let header = lines.find(|(line, _)| !is_blank_or_comment(line)).map_or(&b""[..], |(l, _)| l);
    let name = header.split(|&byte| byte == b' ').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    let mut stacks = Stacks::default();
    let mut n_counted = 0_i64;
    let names = read_stacks(&mut lines, &mut stacks, job, |line, stacks| {
        let mut rest = line;
        let count = take_int(&mut rest)?;
        take_token(&mut rest, b"@")?;
        add_addresses(rest, &mut stacks.addresses)?;
        stacks.finish_one(&[count]);
        n_counted = n_counted.saturating_add(count);
        Some(())
    })?;
    let total = header.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    note_missing(take_int(&mut &*total).unwrap_or_default(), n_counted, job);
    let legacy = Legacy {
        period: format!("1 count {name}"),
        types: vec![(name, Unit::Count)],
        duration_ns: 0,
        stacks,
        names,
        maps: Maps::after(lines),
    };
    legacy.finish(job)
}

pub(super) fn read_contention(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let mut lines = Lines::new(bytes);
    lines.next();
    let (mut period, mut cycles_per_second, mut duration_ns) = (1_i64, 0_i64, 0_i64);
    let mut before = lines.clone();
    while let Some((line, _)) = lines.next() {
        if !is_blank_or_comment(line) {
            let Some(at) = memchr::memchr(b'=', line) else { break };
            let (name, value) = line.split_at_checked(at).unwrap_or_default();
            let value = take_int(&mut value.get(1..).unwrap_or_default()).unwrap_or_default();
            match name.trim_ascii() {
                b"cycles/second" => cycles_per_second = value,
                b"sampling period" => period = value,
                b"ms since reset" => duration_ns = value.saturating_mul(1_000_000),
                b"discarded samples" => note_discarded(value, job),
                _ => {}
            }
        }
        before = lines.clone();
    }
    let mut lines = before;
    let mut stacks = Stacks::default();
    let names = read_stacks(&mut lines, &mut stacks, job, |line, stacks| {
        let mut rest = line;
        let mut delay = take_int(&mut rest)?;
        let mut count = take_int(&mut rest)?;
        take_token(&mut rest, b"@")?;
        add_addresses(rest, &mut stacks.addresses)?;
        if period > 0 {
            delay = nanoseconds(delay, period, cycles_per_second);
            count = count.saturating_mul(period);
        }
        stacks.finish_one(&[count, delay]);
        Some(())
    })?;
    let legacy = Legacy {
        types: vec![("contentions".into(), Unit::Count), ("delay".into(), Unit::Nanoseconds)],
        period: format!("{period} count contentions"),
        duration_ns,
        stacks,
        names,
        maps: Maps::after(lines),
    };
    legacy.finish(job)
}

pub(super) fn note_discarded(n_samples: i64, job: &Job) {
    job.note_many(Severity::Loss, "discarded", n_samples.max(0).unsigned_abs(), || {
        "the profiler discarded samples while it recorded".to_owned()
    });
}

/// Sampled cycles as nanoseconds of all contentions; unchanged where the clock is not told.
#[expect(clippy::cast_possible_truncation, reason = "pprof cuts off the fraction, too")]
fn nanoseconds(cycles: i64, period: i64, cycles_per_second: i64) -> i64 {
    if cycles_per_second <= 0 {
        return cycles;
    }
    let cycles_per_ns = cycles_per_second as f64 / 1e9;
    (cycles as f64 * period as f64 / cycles_per_ns) as i64
}

/// Reads a stack a line, up to a line of `---` or the map of the memory. Gives the names that Go
/// writes into the comments after each line.
fn read_stacks<'a>(
    lines: &mut Lines<'a>,
    stacks: &mut Stacks,
    job: &Job,
    mut add: impl FnMut(&[u8], &mut Stacks) -> Option<()>,
) -> Result<Names<'a>, ImportError> {
    let mut names = CommentNames::default();
    let mut rest = lines.clone();
    let mut n_lines = 0_u64;
    while let Some((line, offset)) = lines.next() {
        if line.starts_with(b"---") || maps::is_start(line) {
            // The map looks for the line itself.
            *lines = rest;
            break;
        }
        rest = lines.clone();
        n_lines = n_lines.wrapping_add(1);
        if n_lines.is_multiple_of(4096) {
            job.progress(offset as u64)?;
        }
        if line.starts_with(b"#") {
            names.add(line);
        } else if !line.is_empty() {
            names.start_stack();
            let first = stacks.addresses.len();
            if add(line, stacks).is_none() {
                stacks.addresses.truncate(first);
                note_malformed(offset, job);
                continue;
            }
            for address in stacks.addresses.iter_mut().skip(first) {
                *address = address.wrapping_sub(1);
            }
        }
    }
    Ok(names.names)
}

/// Notes lines that the first line counts and that are not there.
fn note_missing(told: i64, found: i64, job: &Job) {
    if found < told {
        note_cut(&format!("the first line tells of {told}, the others of {found} only"), job);
    }
}

pub(super) fn note_malformed(offset: usize, job: &Job) {
    job.note(Severity::Loss, "malformed-line", || {
        format!("a line that is no sample is left out, first at byte {offset}")
    });
}

/// Names in comments, leaf first:
///
/// ```text
/// 1 @ 0x43a8a5 0x4ba0a5
/// #    0x4ba0a4    main.work+0x24    /home/app/main.go:12
/// ```
#[derive(Debug, Default)]
struct CommentNames<'a> {
    names: Names<'a>,
    /// The addresses that were named since the last stack: more names of them are those they
    /// are inlined into.
    current: Vec<u64>,
}

impl<'a> CommentNames<'a> {
    fn start_stack(&mut self) {
        self.current.clear();
    }

    fn add(&mut self, line: &'a [u8]) {
        let Some((address, name)) = comment(line) else { return };
        let is_current = self.current.last() == Some(&address);
        if !is_current && self.names.lines.contains_key(&address) {
            return;
        }
        self.names.lines.entry(address).or_default().push(name);
        self.current.push(address);
    }
}

fn comment(line: &[u8]) -> Option<(u64, Name<'_>)> {
    let mut words = line.strip_prefix(b"#")?.split(|&byte| byte == b'\t');
    let address = words.find(|word| !word.is_empty())?.trim_ascii().strip_prefix(b"0x")?;
    let address = hex(address)?;
    let name = words.next()?.trim_ascii();
    let function = name.get(..memchr::memrchr(b'+', name)?)?;
    let place = words.find(|word| !word.is_empty())?.trim_ascii();
    let at = memchr::memrchr(b':', place)?;
    let line = std::str::from_utf8(place.get(at.checked_add(1)?..)?).ok()?.parse().ok()?;
    Some((address, Name { function, file: place.get(..at)?, line }))
}

pub(super) fn read_threads(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let mut lines = Lines::new(bytes);
    let mut stacks = Stacks::default();
    let mut rest = lines.clone();
    let mut is_in_thread = false;
    let mut first = 0;
    while let Some((line, offset)) = lines.next() {
        if maps::is_start(line) || line.starts_with(b"---- no stack trace for") {
            lines = rest;
            break;
        }
        rest = lines.clone();
        if line.starts_with(b"---") {
            finish_thread(&mut stacks, first, is_in_thread);
            first = stacks.addresses.len();
            is_in_thread = line.starts_with(b"--- Thread ");
        } else if is_in_thread && add_addresses(line, &mut stacks.addresses).is_none() {
            note_malformed(offset, job);
        }
        if offset.is_multiple_of(4096) {
            job.progress(offset as u64)?;
        }
    }
    finish_thread(&mut stacks, first, is_in_thread);
    stacks.drop_doubled_leaves();
    let legacy = Legacy {
        types: vec![("thread".into(), Unit::Count)],
        period: "1 count thread".to_owned(),
        duration_ns: 0,
        stacks,
        names: Names::default(),
        maps: Maps::after(lines),
    };
    legacy.finish(job)
}

/// Ends the stack of a thread; one without addresses has that of the thread before.
fn finish_thread(stacks: &mut Stacks, first: usize, is_in_thread: bool) {
    if !is_in_thread {
        return;
    }
    if stacks.addresses.len() > first {
        for address in stacks.addresses.iter_mut().skip(first.saturating_add(1)) {
            *address = address.wrapping_sub(1);
        }
        stacks.finish_one(&[1]);
    } else if let Some(count) = stacks.values.last_mut() {
        *count = count.saturating_add(1);
    }
}
