//! Samples with times, and what each is worth.
//!
//! ```text
//! time      10        135      265
//! at node    2          2        1
//! worth    125        130        ?     until the next sample; of the last until the end of the
//!                                      recording, or 0 where the file does not say when that was
//! ```

use rview_core::{ProfileBuilder, Sample, ThreadId, Unit, ValueTypeId};

use super::tree::Placed;
use crate::{Job, Severity};

/// The two value types of sampled time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueTypes {
    time: ValueTypeId,
}

impl ValueTypes {
    /// Adds both: the time until the next sample, and the number of samples.
    pub(crate) fn new(builder: &mut ProfileBuilder) -> Self {
        let time = builder.value_type("time", Unit::Nanoseconds);
        builder.count_samples("samples", time);
        Self { time }
    }
}

/// Counts a sample that cannot be shown.
pub(crate) fn note_without_node(node: i64, job: &Job) {
    job.note(Severity::Loss, "sample-without-node", || {
        format!("a sample at a node that is not there is left out: {node}")
    });
}

/// Counts samples that name no node.
pub(super) fn note_not_a_node(count: u64, job: &Job) {
    job.note_many(Severity::Loss, "sample-without-node", count, || {
        "a sample whose node is no whole number is left out".to_owned()
    });
}

/// Counts a sample that has no place in time.
pub(super) fn note_without_time(job: &Job) {
    job.note(Severity::Loss, "sample-without-time", || {
        "a sample without a time is left out".to_owned()
    });
}

/// One sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampled {
    pub(crate) time_ns: i64,
    /// The id of its node.
    pub(crate) node: i64,
}

/// The samples of one thread.
#[derive(Debug, Default)]
pub(crate) struct ClockedSamples {
    pub(crate) samples: Vec<Sampled>,
    /// When the recording ended, if the file says so.
    pub(crate) end_ns: Option<i64>,
}

impl ClockedSamples {
    /// Adds samples and the times between them, in microseconds as the file has them. `clock`
    /// is the time of the sample before, or when the recording starts.
    ///
    /// Times may go back: V8 notes some samples late.
    pub(crate) fn extend(
        &mut self,
        nodes: impl Iterator<Item = Option<i64>>,
        deltas_ns: impl Iterator<Item = Option<i64>>,
        clock_ns: &mut i64,
        job: &Job,
    ) {
        let mut deltas_ns = deltas_ns.fuse();
        for node in nodes {
            let Some(delta_ns) = deltas_ns.next().flatten() else {
                note_without_time(job);
                continue;
            };
            if delta_ns < 0 {
                job.note(Severity::Repair, "time-goes-back", || {
                    "the time between two samples is less than nothing: they were noted in the \
                     wrong order, and are shown in order of time"
                        .to_owned()
                });
            }
            *clock_ns = clock_ns.saturating_add(delta_ns);
            match node {
                Some(node) => self.samples.push(Sampled { time_ns: *clock_ns, node }),
                None => note_not_a_node(1, job),
            }
        }
        // A last interval without a sample is the time until the end of the recording.
        if let Some(Some(delta_ns)) = deltas_ns.next() {
            *clock_ns = clock_ns.saturating_add(delta_ns);
            self.ended_at(*clock_ns);
        }
    }

    /// Notes when the recording ended, or that it still went on.
    pub(crate) fn ended_at(&mut self, time_ns: i64) {
        self.end_ns = self.end_ns.max(Some(time_ns));
    }

    /// Adds the samples to the profile, each worth the time until the next, the last the time
    /// until the end of the recording.
    pub(crate) fn finish(
        mut self,
        builder: &mut ProfileBuilder,
        job: &Job,
        placed: &Placed<'_, '_>,
        thread: ThreadId,
        value_types: ValueTypes,
    ) {
        self.samples.sort_by_key(|sample| sample.time_ns);
        if let Some(end_ns) = self.end_ns.filter(|_| !self.samples.is_empty()) {
            builder.ends_at(end_ns);
        }
        let next = self.samples.iter().skip(1).map(|sample| Some(sample.time_ns));
        for (sample, next) in self.samples.iter().zip(next.chain([self.end_ns])) {
            let Some(place) = placed.of(sample.node) else {
                note_without_node(sample.node, job);
                continue;
            };
            let time_ns = sample.time_ns;
            let weight = next.map_or(0, |next| next.saturating_sub(time_ns).max(0));
            let (callers, leaf) = (place.callers, place.leaf);
            builder.sample(Sample { time_ns: Some(time_ns), thread, callers, leaf, labels: None });
            if builder.weight(value_types.time, weight).is_err() {
                job.note(Severity::Loss, "overflow", || {
                    "times add up to more than a recording can last; a time is left out".to_owned()
                });
            }
        }
    }
}
