//! Whether a file is a trace, from its first bytes.

use memchr::memmem::find;

use super::event::Event;
use crate::Verdict;
use crate::json::{Broken, Scanner};

/// Keys at the top of other formats of JSON: speedscope, `.cpuprofile`, Firefox, OTLP, Jaeger,
/// DHAT. A trace may have them too.
const OTHERS: [&[u8]; 10] = [
    b"$schema",
    b"profiles",
    b"nodes",
    b"meta",
    b"resourceSpans",
    b"scopeSpans",
    b"data",
    b"dhatFileVersion",
    b"snapshot",
    b"threads",
];

/// Keys at the top of traces beside `traceEvents`.
const OURS: [&[u8]; 14] = [
    b"metadata",
    b"systemTraceEvents",
    b"otherData",
    b"stackFrames",
    b"displayTimeUnit",
    b"schemaVersion",
    b"deviceProperties",
    b"distributedInfo",
    b"controllerTraceDataKey",
    b"powerTraceAsString",
    b"viztracer_metadata",
    b"record_shapes",
    b"baseTimeNanoseconds",
    b"traceName",
];

/// How many events are looked at for one that shows what it is.
const MAX_EVENTS: usize = 16;

pub(super) fn probe(head: &[u8]) -> Verdict {
    let mut scanner = Scanner::new(head, 0);
    scanner.skip_byte_order_mark();
    match scanner.peek() {
        Some(b'[') => {
            scanner.bump();
            probe_array(scanner)
        }
        Some(b'{') => probe_object(head, scanner),
        Some(b'<') if is_systrace_page(head) => Verdict::Yes,
        _ => Verdict::No,
    }
}

/// Whether this is a page with a viewer and a trace in it, as `systrace` made them.
pub(super) fn is_systrace_page(head: &[u8]) -> bool {
    let has = |text: &str| find(head, text.as_bytes()).is_some();
    head.trim_ascii_start().starts_with(b"<")
        && (has("<html") || has("<HTML"))
        && ["trace-data", "trace-viewer", "systrace", "Android System Trace"].into_iter().any(has)
}

fn probe_array(mut scanner: Scanner<'_>) -> Verdict {
    for _ in 0..MAX_EVENTS {
        if !matches!(scanner.has_element(), Ok(true)) || scanner.peek() != Some(b'{') {
            break;
        }
        match Event::read(&mut scanner.clone()) {
            Ok(event) if event.is_plausible() => return Verdict::Yes,
            Ok(_) => {}
            Err(broken) => return probe_cut_event(scanner, broken),
        }
        if scanner.value().is_err() {
            break;
        }
    }
    Verdict::No
}

/// An event larger than the head, or one with junk in it.
fn probe_cut_event(mut scanner: Scanner<'_>, broken: Broken) -> Verdict {
    scanner.bump();
    let mut n_ours = 0_u32;
    while let Ok(Some(key)) = scanner.key() {
        let is_ours = matches!(key.raw, b"ph" | b"ts" | b"pid" | b"tid" | b"cat" | b"args");
        n_ours = n_ours.saturating_add(u32::from(is_ours));
        if scanner.value().is_err() {
            break;
        }
    }
    match (n_ours, broken) {
        (2.., Broken::Ended) => Verdict::Yes,
        (2.., Broken::Junk) => Verdict::Perhaps,
        _ => Verdict::No,
    }
}

fn probe_object(head: &[u8], mut scanner: Scanner<'_>) -> Verdict {
    let start = scanner.position();
    scanner.bump();
    let mut has_ours = false;
    let mut has_others = false;
    loop {
        let key = match scanner.key() {
            Ok(Some(key)) => key.raw,
            Ok(None) | Err(Broken::Junk) => break,
            // The head ends before the next key.
            Err(Broken::Ended) => return perhaps(has_ours && !has_others),
        };
        match key {
            b"traceEvents" => {
                return match scanner.peek() {
                    Some(b'[') if has_others => Verdict::Perhaps,
                    Some(b'[') => Verdict::Yes,
                    _ => Verdict::No,
                };
            }
            b"ph" => {
                // A file of one event a line.
                let event = Event::read(&mut Scanner::new(head, start));
                let is_ours = event.is_ok_and(|event| event.is_plausible());
                return perhaps(is_ours);
            }
            _ => {
                has_others |= OTHERS.contains(&key);
                has_ours |= OURS.contains(&key);
            }
        }
        if scanner.value().is_err() {
            // A value larger than the head, which may hide the key that decides.
            let names_events = find(head, b"\"traceEvents\"").is_some();
            return perhaps(!has_others && (has_ours || names_events));
        }
    }
    perhaps(has_ours && !has_others && find(head, b"\"traceEvents\"").is_some())
}

fn perhaps(is_ours: bool) -> Verdict {
    if is_ours { Verdict::Perhaps } else { Verdict::No }
}
