//! Heap and contention profiles of Java, and the names at the end of all of its profiles.
//!
//! ```text
//! --- heapz 1 ---
//! format = java
//! resolution = bytes
//!   7048 1 @ 0x3 0x4
//! 0x3 com.example.Main.run (Main.java:12)
//! ```

use foldhash::HashMap;
use rview_core::{Profile, Unit};

use super::lines::{Lines, add_addresses, hex, take_int, take_token};
use super::maps::Maps;
use super::stacks::{Legacy, Name, Names, Stacks};
use super::text::{note_discarded, note_malformed, scaled};
use crate::{ImportError, Job};

/// One in so many bytes is a sample, in every heap profile of Java.
const HEAP_PERIOD: i64 = 524_288;

/// Whether the lines after the first say that the profile is of Java.
pub(super) fn is_java(head: &[u8]) -> bool {
    let attributes = Lines::new(head).skip(1).map_while(|(line, _)| attribute(line));
    attributes.take(16).any(|attribute| attribute == (&b"format"[..], &b"java"[..]))
}

fn attribute(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'=', line)?;
    let (name, value) = line.split_at_checked(at)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

pub(super) fn read(bytes: &[u8], job: &Job) -> Result<(Profile, usize), ImportError> {
    let mut lines = Lines::new(bytes);
    let is_heap = lines.next().is_some_and(|(line, _)| line.starts_with(b"--- heapz"));
    let mut unit = Unit::Count;
    let (mut period, mut duration_ns) = (0_i64, 0_i64);
    let mut before = lines.clone();
    while let Some((line, _)) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let Some((name, value)) = attribute(line) else { break };
        let number = || take_int(&mut &*value).unwrap_or_default();
        match name {
            b"resolution" => unit = Unit::from_name(&String::from_utf8_lossy(value)),
            b"sampling period" => period = number(),
            b"ms since reset" => duration_ns = number().saturating_mul(1_000_000),
            b"discarded samples" => note_discarded(number(), job),
            _ => {}
        }
        before = lines.clone();
    }
    let scale = |count: i64, value: i64| match (is_heap, period) {
        (true, _) => scaled(count, value, HEAP_PERIOD),
        (false, 0) => (count, value),
        (false, period) => (count.saturating_mul(period), value.saturating_mul(period)),
    };
    let (stacks, rest) = read_stacks(before, is_heap, scale, job)?;
    let [count, value] =
        if is_heap { ["inuse_objects", "inuse_space"] } else { ["contentions", "delay"] };
    let period = if period == 0 { String::new() } else { format!("{period} count contentions") };
    let legacy = Legacy {
        types: vec![(count.into(), Unit::Count), (value.into(), unit)],
        period,
        duration_ns,
        stacks,
        names: read_names(rest),
        maps: Maps::default(),
    };
    legacy.finish(job)
}

fn read_stacks<'a>(
    mut lines: Lines<'a>,
    is_heap: bool,
    scale: impl Fn(i64, i64) -> (i64, i64),
    job: &Job,
) -> Result<(Stacks, Lines<'a>), ImportError> {
    let mut stacks = Stacks::default();
    let mut rest = lines.clone();
    while let Some((line, offset)) = lines.next() {
        if !line.is_empty() {
            let first = stacks.addresses.len();
            let Some((value, count)) = sample(line, &mut stacks.addresses) else {
                stacks.addresses.truncate(first);
                break;
            };
            if is_heap {
                let Some(size) = value.checked_div(count) else {
                    stacks.addresses.truncate(first);
                    note_malformed(offset, job);
                    continue;
                };
                stacks.block_sizes.push(size);
            }
            let (count, value) = scale(count, value);
            stacks.finish_one(&[count, value]);
        }
        if stacks.len().is_multiple_of(4096) {
            job.progress(offset as u64)?;
        }
        rest = lines.clone();
    }
    Ok((stacks, rest))
}

/// `VALUE COUNT @ ADDRESSES`.
fn sample(line: &[u8], addresses: &mut Vec<u64>) -> Option<(i64, i64)> {
    let mut rest = line;
    let value = take_int(&mut rest)?;
    let count = take_int(&mut rest)?;
    take_token(&mut rest, b"@")?;
    add_addresses(rest, addresses)?;
    Some((value, count))
}

/// The names of addresses: `0x3 function (file:line)`, or a library, or a state of the machine.
pub(super) fn read_names(lines: Lines<'_>) -> Names<'_> {
    let mut names = Names::default();
    // Of a function that is named with several files the first counts.
    let mut files: HashMap<&[u8], &[u8]> = HashMap::default();
    for (line, _) in lines {
        let Some(rest) = line.strip_prefix(b"0x") else { continue };
        let n_digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let Some((digits, text)) = rest.split_at_checked(n_digits) else { continue };
        let Some(address) = hex(digits) else { continue };
        if !text.starts_with(b" ") && !text.starts_with(b"\t") {
            continue;
        }
        let mut name = name(text.trim_ascii());
        name.file = files.entry(name.function).or_insert(name.file);
        names.lines.insert(address, vec![name]);
    }
    names
}

fn name(text: &[u8]) -> Name<'_> {
    let whole = Name { function: text, file: b"", line: 0 };
    let place = text.strip_suffix(b")").and_then(|text| {
        let at = memchr::memmem::rfind(text, b" (")?;
        Some((text.get(..at)?.trim_ascii_end(), text.get(at.checked_add(2)?..)?))
    });
    if let Some((function, place)) = place {
        let colon = memchr::memrchr(b':', place).and_then(|at| {
            let number = std::str::from_utf8(place.get(at.checked_add(1)?..)?).ok()?;
            Some((place.get(..at)?, number.parse::<i64>().ok()?))
        });
        if let Some((file, line)) = colon {
            return Name { function, file, line: u32::try_from(line).unwrap_or(0) };
        }
        // A library: its folder is not interesting.
        let file = place.rsplit(|&byte| byte == b'/').next().unwrap_or(place);
        return Name { function, file, line: 0 };
    }
    if memchr::memmem::find(text, b"generated stub/JIT").is_some() {
        return Name { function: b"STUB", ..whole };
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_place_or_a_library_or_nothing() {
        let check = |text: &str, function: &str, file: &str, line| {
            let (function, file) = (function.as_bytes(), file.as_bytes());
            assert_eq!(name(text.as_bytes()), Name { function, file, line }, "{text}");
        };
        check("a.b.C.run (C.java:12)", "a.b.C.run", "C.java", 12);
        check("a.b.C.run (C.java:-1)", "a.b.C.run", "C.java", 0);
        check("[unknown] (/usr/lib/libc.so)", "[unknown]", "libc.so", 0);
        check("generated stub/JIT", "STUB", "", 0);
        check("GC", "GC", "", 0);
    }
}
