//! What a recording says it has lost, and what of it is not shown.

use super::fields::ByteOrder;
use super::record::{Record, kind};
use crate::{Job, Severity};

/// Totals of the records that carry no sample.
#[derive(Debug, Default)]
pub(super) struct Losses {
    lost_records: u64,
    lost_samples: u64,
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
    /// Counts a record that the second pass does not need.
    pub(super) fn count(&mut self, record: &Record<'_>, order: ByteOrder) {
        let mut fields = record.fields(order);
        match record.kind {
            kind::LOST => {
                // The id of the event comes first.
                let lost = fields.u64().and_then(|_| fields.u64()).unwrap_or_default();
                self.lost_records = self.lost_records.saturating_add(lost);
            }
            kind::LOST_SAMPLES => {
                let lost = fields.u64().unwrap_or_default();
                self.lost_samples = self.lost_samples.saturating_add(lost);
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

    /// Tells the user.
    pub(super) fn note(&self, job: &Job) {
        use Severity::{Info, Loss};
        job.note_many(Loss, "lost-records", self.lost_records, || {
            "perf could not keep up and the kernel dropped records; record with a larger buffer \
             (`-m`) or a lower rate (`-F`)"
                .to_owned()
        });
        job.note_many(Loss, "lost-samples", self.lost_samples, || {
            "the processor dropped samples before the kernel could read them; record at a lower \
             rate (`-F`)"
                .to_owned()
        });
        job.note_many(Info, "throttled", self.throttles, || {
            "the kernel stopped sampling for a moment because it took too much time; record at a \
             lower rate (`-F`)"
                .to_owned()
        });
        if self.aux_bytes > 0 {
            let (bytes, kind) = (self.aux_bytes, self.aux_kind.unwrap_or("instruction"));
            job.note(Loss, "aux-trace", || {
                format!("the file contains {bytes} bytes of {kind} trace, which is not decoded")
            });
        }
        job.note_many(Info, "unknown-record", self.unknown, || {
            let kind = self.first_unknown.unwrap_or_default();
            format!("records of a kind that rview does not know are left out, first kind {kind}")
        });
        job.note_many(Loss, "bad-record", self.bad, || {
            let at = self.first_bad.unwrap_or_default();
            format!("records whose fields do not fit in them are left out, first at byte {at}")
        });
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
