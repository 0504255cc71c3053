//! The outer form of a file: where its arrays of events are.

use super::ahead::{Ahead, Batch, Pieces};
use super::array::{Gap, Resync, next_event};
use super::event::Event;
use super::recording::Recording;
use crate::json::{Scanner, Text, Value};
use crate::{ImportError, Severity};

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
    let mut file = File { bytes, pieces, scanner, resync };
    loop {
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
                recording.job().note(Severity::Loss, "trailing-bytes", || {
                    format!("what follows the trace at byte {at} is not JSON and is left out")
                });
                return Ok(());
            }
            None => return Ok(()),
        }
    }
}

struct File<'a> {
    bytes: &'a [u8],
    pieces: Pieces,
    scanner: Scanner<'a>,
    resync: Resync,
}

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
        if let Some(start) = batch.start {
            let end = self.read_until(start, recording)?;
            if end.is_some() {
                return Ok(end);
            }
            if self.scanner.position() == start {
                batch.events.iter().for_each(|event| recording.apply(event));
                self.scanner = Scanner::new(self.bytes, batch.end);
            }
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
        let mut event = Event::default();
        loop {
            while self.scanner.peek() == Some(b',') {
                self.scanner.bump();
            }
            if self.scanner.position() >= limit {
                return Ok(None);
            }
            n_elements = n_elements.wrapping_add(1);
            if n_elements.is_multiple_of(4096) {
                job.progress(self.scanner.position() as u64)?;
            }
            match next_event(&mut self.scanner, self.bytes, &mut self.resync, &mut event) {
                Ok(()) => recording.apply(&event),
                Err(Gap::Other) => job.note(Severity::Loss, "not-an-event", || {
                    let at = self.scanner.position();
                    format!("an array of events holds something else, first before byte {at}")
                }),
                Err(Gap::Junk(at)) => job.note(Severity::Loss, "broken-event", || {
                    format!(
                        "an event is not valid JSON and is left out, first at byte {at}; \
                         reading goes on with the next event"
                    )
                }),
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
        loop {
            let key = match self.scanner.key() {
                Ok(Some(key)) => key,
                Ok(None) => break,
                Err(_) if self.find_events() => continue,
                Err(_) => {
                    note_truncated(recording, self.scanner.position());
                    self.scanner = Scanner::new(self.bytes, self.bytes.len());
                    break;
                }
            };
            if key.raw == b"ph" {
                self.scanner = Scanner::new(self.bytes, start);
                if let Ok(event) = Event::read(&mut self.scanner) {
                    recording.apply(&event);
                } else {
                    note_truncated(recording, start);
                    self.scanner = Scanner::new(self.bytes, self.bytes.len());
                }
                return Ok(());
            }
            if key.raw == b"traceEvents" && self.scanner.peek() == Some(b'[') {
                self.scanner.bump();
                match self.read_array(recording)? {
                    ArrayEnd::Closed => continue,
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
                    (b"otherData" | b"metadata", Value::Object(object)) => {
                        add_facts(object, recording);
                    }
                    _ => add_fact(key, value, recording),
                }
            }
        }
        Ok(())
    }

    /// Moves to the next `"traceEvents": [`, when what stands before it cannot be read.
    fn find_events(&mut self) -> bool {
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

/// Adds the plain values of an object.
fn add_facts(object: &[u8], recording: &mut Recording<'_, '_>) {
    let mut scanner = Scanner::new(object, 1);
    while let Ok(Some(key)) = scanner.key() {
        let Ok(value) = scanner.value() else { return };
        add_fact(key, value, recording);
    }
}

fn add_fact(what: Text<'_>, value: Value<'_>, recording: &mut Recording<'_, '_>) {
    if !recording.wants_facts() {
        return;
    }
    let value = match value {
        Value::String(text) => text.decode(),
        Value::Number(bytes) | Value::Word(bytes) => String::from_utf8_lossy(bytes),
        Value::Object(_) | Value::Array(_) => return,
    };
    let what = what.decode();
    if what.len() <= MAX_FACT_LEN && value.len() <= MAX_FACT_LEN && !value.is_empty() {
        recording.add_fact(&what, &value);
    }
}
