//! The outer form of a file: where its arrays of events are.

use rview_core::shown_name;

use super::ahead::{Ahead, Batch, Pieces};
use super::array::{Gap, Resync, next_event};
use super::event::Event;
use super::recording::Recording;
use crate::json::{Scanner, Text, Value};
use crate::{ImportError, Job, Severity};

/// Reads every event of a file, in the order of the file.
///
/// Arrays and objects may follow each other, as when a tracer appends to the file of its last
/// run. Only `traceEvents` at the top of an object counts: metadata may contain the same key.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    pieces: Pieces,
    recording: &mut Recording<'_, 'a>,
) -> Result<(), ImportError> {
    let (scanner, resync) = (Scanner::new(bytes, 0), Resync::new(bytes.len()));
    let mut file = File { bytes, pieces, scanner, resync, has_more_arrays: true };
    let job = recording.job();
    for n in 0_u64.. {
        if n.is_multiple_of(PROGRESS_EVERY) {
            job.progress(file.scanner.position() as u64)?;
        }
        file.scanner.skip_byte_order_mark();
        match file.scanner.peek() {
            Some(b'[') => {
                file.scanner.bump();
                // The document of the format allows to leave out the end of the array.
                file.read_array(recording)?;
            }
            Some(b'{') => file.read_object(recording)?,
            Some(b',' | b']') => file.scanner.bump(),
            Some(_) => {
                let at = file.scanner.position();
                job.note(Severity::Loss, "trailing-bytes", || {
                    format!("what follows the trace at byte {at} is not JSON and is left out")
                });
                break;
            }
            None => break,
        }
    }
    Ok(())
}

/// How many elements are read between two looks at whether the user has cancelled.
const PROGRESS_EVERY: u64 = 4096;

struct File<'a> {
    bytes: &'a [u8],
    pieces: Pieces,
    scanner: Scanner<'a>,
    resync: Resync,
    /// Whether there may be another `traceEvents`.
    has_more_arrays: bool,
}

/// How many plain values of an object are kept until it is known to be no event.
const MAX_FACTS_AHEAD: usize = 256;

/// How an array ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ArrayEnd {
    Closed,
    /// The file ends between events.
    Unclosed,
    /// The file ends within an event, which is noted.
    Cut,
}

/// Longer values are data, not facts.
const MAX_FACT_LEN: usize = 200;

impl<'a> File<'a> {
    /// Reads the events of an array, behind its `[`.
    fn read_array(&mut self, recording: &mut Recording<'_, 'a>) -> Result<ArrayEnd, ImportError> {
        // Short arrays are not worth a helper, and there may be millions.
        let near = self.scanner.position().saturating_add(self.pieces.len);
        if let Some(end) = self.read_until(near, recording)? {
            return Ok(end);
        }
        let ahead = Ahead::new(self.bytes, self.scanner.position(), self.pieces);
        if let Some(end) = ahead.each(|batch| self.apply(batch, recording))? {
            return Ok(end);
        }
        let end = self.read_until(usize::MAX, recording)?;
        // Without a limit it ends where the array does.
        Ok(end.unwrap_or(ArrayEnd::Unclosed))
    }

    /// Applies the events of a batch, and what is before it and in it but not read; stops at the
    /// end of the array.
    fn apply(
        &mut self,
        batch: &Batch<'a>,
        recording: &mut Recording<'_, 'a>,
    ) -> Result<Option<ArrayEnd>, ImportError> {
        // Where there seems to be no event, the array may end.
        let end = self.read_until(batch.start.unwrap_or(batch.end), recording)?;
        if end.is_some() {
            return Ok(end);
        }
        if Some(self.scanner.position()) == batch.start {
            batch.events.iter().for_each(|event| recording.apply(event));
            self.scanner = Scanner::new(self.bytes, batch.end);
        }
        recording.job().progress(batch.end as u64)?;
        Ok(None)
    }

    /// Reads the elements of an array that start before `limit`; `None` if the array goes on.
    fn read_until(
        &mut self,
        limit: usize,
        recording: &mut Recording<'_, 'a>,
    ) -> Result<Option<ArrayEnd>, ImportError> {
        let job = recording.job();
        let mut n_elements = 0_u64;
        let mut event;
        loop {
            while self.scanner.peek() == Some(b',') {
                self.scanner.bump();
            }
            if self.scanner.position() >= limit {
                return Ok(None);
            }
            n_elements = n_elements.wrapping_add(1);
            if n_elements.is_multiple_of(PROGRESS_EVERY) {
                job.progress(self.scanner.position() as u64)?;
            }
            event = Event::default();
            match next_event(&mut self.scanner, self.bytes, &mut self.resync, &mut event) {
                Ok(()) => recording.apply(&event),
                Err(Gap::Other) => job.note(Severity::Loss, "not-an-event", || {
                    let at = self.scanner.position();
                    format!("an array of events holds something else, first before byte {at}")
                }),
                Err(Gap::Junk(at)) => note_broken(job, at),
                Err(Gap::GivenUp(at)) => {
                    note_given_up(job, at);
                    return Ok(Some(ArrayEnd::Cut));
                }
                Err(Gap::Cut(at)) => {
                    note_truncated(recording, at);
                    return Ok(Some(ArrayEnd::Cut));
                }
                Err(Gap::Unclosed) => return Ok(Some(ArrayEnd::Unclosed)),
                Err(Gap::End) => return Ok(Some(ArrayEnd::Closed)),
            }
        }
    }

    /// Reads an object with `traceEvents`, or one that is an event itself, as in files of one
    /// event a line.
    fn read_object(&mut self, recording: &mut Recording<'_, 'a>) -> Result<(), ImportError> {
        let start = self.scanner.position();
        self.scanner.bump();
        // Where to go on if the object is broken: what is read of an array is not read again.
        let mut unread = start.saturating_add(1);
        // An event has none.
        let mut facts: Vec<(Text<'a>, Value<'a>)> = Vec::new();
        loop {
            let key = match self.scanner.key() {
                Ok(Some(key)) => key,
                Ok(None) => break,
                Err(_) if self.find_events() => continue,
                Err(_) => {
                    add_facts(&facts, recording);
                    self.skip_broken(start, unread, recording);
                    return Ok(());
                }
            };
            if key.raw == b"ph" {
                self.scanner = Scanner::new(self.bytes, start);
                match Event::read(&mut self.scanner) {
                    Ok(event) => recording.apply(&event),
                    Err(_) => self.skip_broken(start, unread, recording),
                }
                return Ok(());
            }
            if key.raw == b"traceEvents" && self.scanner.peek() == Some(b'[') {
                self.scanner.bump();
                match self.read_array(recording)? {
                    ArrayEnd::Closed => {
                        unread = self.scanner.position();
                        continue;
                    }
                    ArrayEnd::Unclosed => note_truncated(recording, self.bytes.len()),
                    ArrayEnd::Cut => {}
                }
                break;
            }
            // What is broken shows again when the next key is asked for.
            let at = self.scanner.position();
            if let Ok(value) = self.scanner.value() {
                match (key.raw, value) {
                    (b"samples", Value::Array(_)) => recording.samples_mut().set_beside(at),
                    (b"stackFrames", Value::Object(_)) => recording.samples_mut().set_frames(at),
                    _ if facts.len() < MAX_FACTS_AHEAD => facts.push((key, value)),
                    _ => note_unshown(key, self.scanner.position().saturating_sub(at), recording),
                }
            }
        }
        add_facts(&facts, recording);
        Ok(())
    }

    /// Moves behind an object that cannot be read: to the next event from `unread` on, or the end
    /// of the file.
    fn skip_broken(&mut self, start: usize, unread: usize, recording: &Recording<'_, 'a>) {
        let at = self.scanner.position();
        let found = self.resync.find(self.bytes, unread);
        self.scanner = Scanner::new(self.bytes, found.unwrap_or(self.bytes.len()));
        match found {
            Some(_) => note_broken(recording.job(), start),
            None if self.resync.is_used_up() => note_given_up(recording.job(), start),
            None => note_truncated(recording, at),
        }
    }

    /// Moves to the next `"traceEvents": [`, when what stands before it cannot be read.
    fn find_events(&mut self) -> bool {
        if !self.has_more_arrays {
            return false;
        }
        let key = b"\"traceEvents\"";
        let start = self.scanner.position();
        let rest = self.bytes.get(start..).unwrap_or_default();
        for found in memchr::memmem::find_iter(rest, key) {
            let at = start.saturating_add(found);
            let mut scanner = Scanner::new(self.bytes, at.saturating_add(key.len()));
            if scanner.expect(b':').is_ok() && scanner.peek() == Some(b'[') {
                self.scanner = Scanner::new(self.bytes, at);
                return true;
            }
        }
        // To look again would be quadratic.
        self.has_more_arrays = false;
        false
    }
}

fn note_truncated(recording: &Recording<'_, '_>, at: usize) {
    recording.job().note(Severity::Loss, "truncated", || {
        format!(
            "the file ends or breaks in the middle, at byte {at}; all whole events before it \
             are shown; record or copy it again for the rest"
        )
    });
}

fn note_broken(job: &Job, at: usize) {
    job.note(Severity::Loss, "broken-event", || {
        format!(
            "an event is not valid JSON and is left out, first at byte {at}; reading goes on with \
             the next event"
        )
    });
}

fn note_given_up(job: &Job, at: usize) {
    job.note(Severity::Loss, "given-up", || {
        format!(
            "so much of the file is not valid JSON that it is left out from byte {at} on; look at \
             what writes it"
        )
    });
}

/// Adds the plain values of the file, and of its objects of facts.
fn add_facts(facts: &[(Text<'_>, Value<'_>)], recording: &mut Recording<'_, '_>) {
    for &(key, value) in facts {
        let (b"otherData" | b"metadata", Value::Object(object)) = (key.raw, value) else {
            add_fact(key, value, recording);
            continue;
        };
        let mut scanner = Scanner::new(object, 1);
        while let Ok(Some(key)) = scanner.key() {
            let Ok(value) = scanner.value() else { break };
            add_fact(key, value, recording);
        }
    }
}

fn add_fact(what: Text<'_>, value: Value<'_>, recording: &mut Recording<'_, '_>) {
    let value = match value {
        Value::String(text) => text.decode(),
        Value::Number(bytes) | Value::Word(bytes) => String::from_utf8_lossy(bytes),
        Value::Object(raw) | Value::Array(raw) => return note_unshown(what, raw.len(), recording),
    };
    let what_text = what.decode();
    let is_short = what_text.len() <= MAX_FACT_LEN && value.len() <= MAX_FACT_LEN;
    if !is_short || !recording.wants_facts() {
        note_unshown(what, value.len(), recording);
    } else if !value.is_empty() {
        recording.add_fact(&what_text, &value);
    }
}

/// Notes data beside the events. Some of it is what the kernel and others have recorded.
fn note_unshown(what: Text<'_>, len: usize, recording: &Recording<'_, '_>) {
    let is_recording = matches!(what.raw, b"systemTraceEvents" | b"powerTraceAsString");
    let severity = if is_recording { Severity::Loss } else { Severity::Unshown };
    let kind = if is_recording { "other-trace" } else { "data-beside-events" };
    recording.job().note(severity, kind, || {
        let what: String = shown_name(&what.decode()).chars().take(40).collect();
        format!(
            "what a file holds beside its events is not shown, first `{what}` of {len} bytes; \
             read it in the file"
        )
    });
}
