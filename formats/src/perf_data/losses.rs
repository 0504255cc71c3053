//! What a recording says it has lost, and what of it is not shown.
//!
//! A full buffer is told twice: by records among the others, as soon as there is room for them,
//! and by what perf asks each event at the end, which also counts what was lost last. Both are
//! numbers of the same records.

use super::events::Events;
use super::fields::ByteOrder;
use super::record::{Record, kind, misc};
use crate::{Job, Severity};

/// Totals of the records that carry no sample.
#[derive(Debug, Default)]
pub(super) struct Losses {
    lost_records: u64,
    /// What perf has found to be lost when it ended.
    lost_by_the_end: u64,
    lost_samples: u64,
    /// Samples that were not to be kept.
    filtered: u64,
    throttles: u64,
    aux_bytes: u64,
    /// Which hardware has written the instruction trace.
    aux_kind: Option<&'static str>,
    unknown: u64,
    first_unknown: Option<u32>,
    bad: u64,
    first_bad: Option<u64>,
}

impl Losses {
    /// Counts a record that has nothing else to say.
    pub(super) fn count(&mut self, record: &Record<'_>, events: &Events, order: ByteOrder) {
        let mut fields = record.fields(order);
        match record.kind {
            kind::LOST => {
                // The id of the event comes first.
                let lost = fields.u64().and_then(|_| fields.u64()).unwrap_or_default();
                self.lost_records = self.lost_records.saturating_add(lost);
            }
            kind::LOST_SAMPLES => {
                let lost = fields.u64().unwrap_or_default();
                let count = match loss_of_samples(record, events) {
                    SamplesLost::ToFilter => &mut self.filtered,
                    SamplesLost::ByTheEnd => &mut self.lost_by_the_end,
                    SamplesLost::AtSomeTime => &mut self.lost_samples,
                };
                *count = count.saturating_add(lost);
            }
            kind::THROTTLE => self.throttles = self.throttles.saturating_add(1),
            kind::AUXTRACE => {
                let bytes = fields.u64().unwrap_or_default();
                self.aux_bytes = self.aux_bytes.saturating_add(bytes);
            }
            kind::AUXTRACE_INFO => self.aux_kind = fields.u32().map(aux_name),
            other => {
                let is_known = other <= kind::LAST_KNOWN
                    || (kind::FIRST_OF_PERF..=kind::LAST_KNOWN_OF_PERF).contains(&other);
                if !is_known {
                    self.unknown = self.unknown.saturating_add(1);
                    self.first_unknown.get_or_insert(other);
                }
            }
        }
    }

    /// Counts a record whose fields do not fit in it.
    pub(super) fn bad_record(&mut self, at: u64) {
        self.bad = self.bad.saturating_add(1);
        self.first_bad.get_or_insert(at);
    }

    /// How many records the kernel had no room for.
    fn lost_records(&self) -> u64 {
        self.lost_records.max(self.lost_by_the_end)
    }

    /// Whether the kernel had no room for some of the records.
    pub(super) fn has_lost_records(&self) -> bool {
        self.lost_records() > 0
    }

    /// Tells the user.
    pub(super) fn note(&self, job: &Job) {
        use Severity::{Info, Loss, Unshown};
        job.note_many(Loss, "lost-records", self.lost_records(), || {
            "perf could not keep up and the kernel dropped records; record with a larger buffer \
             (`-m`) or a lower rate (`-F`)"
                .to_owned()
        });
        job.note_many(Loss, "lost-samples", self.lost_samples, || {
            "the processor dropped samples before the kernel could read them; record at a lower \
             rate (`-F`)"
                .to_owned()
        });
        job.note_many(Info, "filtered-samples", self.filtered, || {
            "samples were left out by the filter that they were recorded with (`--filter`)"
                .to_owned()
        });
        job.note_many(Loss, "throttled", self.throttles, || {
            "the kernel stopped sampling for a moment because it took too much time; record at a \
             lower rate (`-F`)"
                .to_owned()
        });
        if self.aux_bytes > 0 {
            let (bytes, kind) = (self.aux_bytes, self.aux_kind.unwrap_or("instruction"));
            job.note(Unshown, "aux-trace", || {
                format!("the file contains {bytes} bytes of {kind} trace, which is not decoded")
            });
        }
        job.note_many(Unshown, "unknown-record", self.unknown, || {
            let kind = self.first_unknown.unwrap_or_default();
            format!("records of a kind that rview does not know are left out, first kind {kind}")
        });
        job.note_many(Loss, "bad-record", self.bad, || {
            let at = self.first_bad.unwrap_or_default();
            format!("records whose fields do not fit in them are left out, first at byte {at}")
        });
    }
}

/// Why there are samples that are not in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SamplesLost {
    /// A filter was to leave them out.
    ToFilter,
    /// perf says so at the end of the recording, of all of it.
    ByTheEnd,
    /// The kernel says so, as of the time of the record.
    AtSomeTime,
}

fn loss_of_samples(record: &Record<'_>, events: &Events) -> SamplesLost {
    if record.misc & misc::LOST_TO_FILTER != 0 {
        SamplesLost::ToFilter
    } else if events.count_losses() && events.time_of(record, false).is_none() {
        SamplesLost::ByTheEnd
    } else {
        SamplesLost::AtSomeTime
    }
}

/// What a record says was lost, for people; `None` if it does not say when, or nothing was.
pub(super) fn description(
    record: &Record<'_>,
    events: &Events,
    order: ByteOrder,
) -> Option<String> {
    events.time_of(record, false)?;
    let mut fields = record.fields(order);
    let (n_lost, what) = match record.kind {
        kind::THROTTLE => return Some("throttled".to_owned()),
        kind::LOST => {
            fields.u64()?; // The id of the event.
            (fields.u64()?, "record")
        }
        kind::LOST_SAMPLES if record.misc & misc::LOST_TO_FILTER == 0 => (fields.u64()?, "sample"),
        _ => return None,
    };
    match n_lost {
        0 => None,
        1 => Some(format!("lost 1 {what}")),
        n => Some(format!("lost {n} {what}s")),
    }
}

/// What the trace is called, by the type in its description.
fn aux_name(kind: u32) -> &'static str {
    match kind {
        1 => "Intel PT",
        2 => "Intel BTS",
        3 => "Arm CoreSight ETM",
        4 => "Arm SPE",
        5 => "s390 CPU-M",
        6 => "HiSilicon PTT",
        7 => "PowerPC VPA",
        _ => "instruction",
    }
}

#[cfg(test)]
mod tests {
    use super::super::attr::Attr;
    use super::*;

    /// Counts records of kind, misc and lost number with a trailing time; gives the notes.
    fn notes(records: &[(u32, u16, u64, u64)]) -> Vec<(&'static str, u64)> {
        let mut events = Events::new(ByteOrder::Little);
        let (time, lost, trailer) = (1 << 2, 1 << 4, 1 << 18);
        let mut entry = Vec::new();
        for word in [64 << 32 | 1, 0, 4000, time, lost, trailer, 0, 0] {
            entry.extend(u64::to_le_bytes(word));
        }
        events.push(Attr::read(&entry, ByteOrder::Little).unwrap(), [].into_iter());
        let mut losses = Losses::default();
        for &(kind, misc, lost, time) in records {
            let id = if kind == kind::LOST { vec![0; 8] } else { Vec::new() };
            let body = [id, lost.to_le_bytes().into(), time.to_le_bytes().into()].concat();
            losses.count(&Record { kind, misc, body: &body }, &events, ByteOrder::Little);
        }
        let job = Job::default();
        losses.note(&job);
        job.report().notes().iter().map(|note| (note.kind, note.count)).collect()
    }

    #[test]
    fn what_is_told_twice_is_lost_once() {
        let told = [(kind::LOST, 0, 3, 10), (kind::LOST, 0, 4, 20), (kind::LOST_SAMPLES, 0, 9, 0)];
        assert_eq!(notes(&told), [("lost-records", 9)]);
        assert_eq!(notes(&told[..2]), [("lost-records", 7)]);
    }

    #[test]
    fn what_the_processor_has_lost_is_told_with_a_time() {
        assert_eq!(notes(&[(kind::LOST_SAMPLES, 0, 5, 10)]), [("lost-samples", 5)]);
    }

    #[test]
    fn what_a_filter_leaves_out_is_not_lost() {
        let filtered = [(kind::LOST_SAMPLES, misc::LOST_TO_FILTER, 1000, 0)];
        assert_eq!(notes(&filtered), [("filtered-samples", 1000)]);
    }
}
