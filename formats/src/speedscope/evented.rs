//! `"type": "evented"`: frames that open and close.

use rview_core::{FrameId, Function, RawSliceId, Sample, Slice, StackId, ThreadId, ValueTypeId};

use super::frames::named;
use super::{Importing, Part};
use crate::json::{Elements, Fields, Text, Value};
use crate::{ImportError, Severity};

/// `O` or `C`.
#[derive(Clone, Copy)]
struct Event {
    opens: bool,
    /// Row of the frame.
    frame: i64,
    at: i64,
}

/// How deep the frame is searched that closes. Deeper ones than this are taken for others: more
/// would make hostile files quadratic.
const MAX_DEPTH_SEARCHED: usize = 512;

impl Importing<'_> {
    fn event(&self, event: Value<'_>, part: &Part<'_>) -> Option<Event> {
        let (mut kind, mut frame, mut at) = (None, None, None);
        for (key, value) in Fields::of(event) {
            match key.raw {
                b"type" => kind = value.text(),
                b"frame" => frame = value.integer(),
                b"at" => at = self.amount(Some(value), part.scale),
                _ => {}
            }
        }
        let event = kind.zip(frame).zip(at).and_then(|((kind, frame), at): ((Text<'_>, _), _)| {
            let opens = match kind.raw {
                b"O" => true,
                b"C" => false,
                _ => return None,
            };
            Some(Event { opens, frame, at })
        });
        if event.is_none() {
            self.job.note(Severity::Loss, "broken-event", || {
                "an event that opens or closes no frame, or has no time, is left out".to_owned()
            });
        }
        event
    }

    /// How many of the open frames close with a row: 0 if none does.
    fn n_closing<T>(&self, open: &[T], row: i64, row_of: impl Fn(&T) -> i64) -> usize {
        let rows = open.iter().rev().take(MAX_DEPTH_SEARCHED);
        let depth = rows.into_iter().position(|open| row_of(open) == row);
        match depth {
            Some(0) => {}
            Some(_) => self.job.note(Severity::Repair, "missing-end", || {
                "a frame closes while others within it are open; these close with it".to_owned()
            }),
            None => self.job.note(Severity::Loss, "stray-end", || {
                "the end of a frame that is not open is left out".to_owned()
            }),
        }
        depth.map_or(0, |depth| depth.saturating_add(1))
    }

    fn note_unclosed(&self, n: usize) {
        self.job.note_many(Severity::Repair, "unclosed-slice", n as u64, || {
            "a frame never closes and is shown up to the end".to_owned()
        });
    }

    /// Calls in time, as slices.
    pub(super) fn add_slices(
        &mut self,
        part: &Part<'_>,
        events: Value<'_>,
        thread: ThreadId,
    ) -> Result<(), ImportError> {
        let track = self.builder.thread_track(thread);
        // Slice, row of the frame, start.
        let mut open: Vec<(RawSliceId, i64, i64)> = Vec::new();
        let mut last = i64::MIN;
        for event in Elements::of(events) {
            self.step()?;
            let Some(event) = self.event(event, part) else { continue };
            last = last.max(event.at);
            if event.opens {
                let name = self.frames.get(event.frame).map(|(function, _)| function);
                let name = name.unwrap_or_else(|| {
                    self.note_unknown_frame();
                    named(Function::UNKNOWN, &mut self.builder).0
                });
                let slice = Slice { track, start_ns: event.at, duration_ns: 0, name, detail: None };
                open.push((self.builder.slice(slice), event.frame, event.at));
                continue;
            }
            for _ in 0..self.n_closing(&open, event.frame, |&(_, row, _)| row) {
                let Some((slice, _, start)) = open.pop() else { break };
                if event.at < start {
                    self.job.note(Severity::Repair, "negative-duration", || {
                        "a frame that closes before it opens is shown without a length".to_owned()
                    });
                }
                self.builder.end_slice(slice, event.at, None);
            }
        }
        self.note_unclosed(open.len());
        let end = self.amount(part.end, part.scale).unwrap_or(last).max(last);
        while let Some((slice, ..)) = open.pop() {
            self.builder.end_slice(slice, end, None);
        }
        Ok(())
    }

    /// Calls that are not in time: what is between two events is the weight of the stack.
    pub(super) fn add_weighed_events(
        &mut self,
        part: &Part<'_>,
        events: Value<'_>,
        thread: ThreadId,
    ) -> Result<(), ImportError> {
        let value_type = self.value_type(part);
        let mut open: Vec<Open> = Vec::new();
        let mut last = self.amount(part.start, part.scale);
        let end = self.amount(part.end, part.scale);
        for event in Elements::of(events) {
            self.step()?;
            let Some(event) = self.event(event, part) else { continue };
            self.add_weight(&open, value_type, thread, event.at, &mut last);
            if event.opens {
                let frame = self.frames.get(event.frame).map(|(_, frame)| frame);
                let frame = frame.unwrap_or_else(|| {
                    self.note_unknown_frame();
                    named(Function::UNKNOWN, &mut self.builder).1
                });
                let callers =
                    open.last().map(|caller| self.builder.stack(caller.callers, caller.frame));
                open.push(Open { callers, frame, row: event.frame });
            } else {
                let n_closing = self.n_closing(&open, event.frame, |open| open.row);
                open.truncate(open.len().saturating_sub(n_closing));
            }
        }
        if let Some(end) = end {
            self.add_weight(&open, value_type, thread, end, &mut last);
        }
        self.note_unclosed(open.len());
        Ok(())
    }

    /// Weighs the open frames by what is between `last` and `at`.
    fn add_weight(
        &mut self,
        open: &[Open],
        value_type: ValueTypeId,
        thread: ThreadId,
        at: i64,
        last: &mut Option<i64>,
    ) {
        let weight = at.saturating_sub(last.replace(at).unwrap_or(at));
        if let Some(&Open { callers, frame, .. }) = open.last()
            && weight != 0
        {
            let sample = Sample { time_ns: None, thread, callers, leaf: frame, labels: None };
            self.add_sample(sample, (value_type, weight));
        }
    }
}

/// A frame that is open, with its callers.
struct Open {
    callers: Option<StackId>,
    frame: FrameId,
    row: i64,
}
