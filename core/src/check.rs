//! Every invariant of a [`Profile`] in one place, for tests and fuzzing.

use crate::{LaneId, Profile, SliceId};

/// An invariant that a profile breaks, in words for the programmer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

fn ensure(holds: bool, what: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(what.to_owned())) }
}

/// Whether an id of a column is a row of a table of `len` rows.
fn within(id: u32, len: usize, what: &str) -> Result<(), Broken> {
    ensure((id as usize) < len, what)
}

impl Profile {
    /// Checks that every id is a row of its table, that what should be sorted is, and that all
    /// columns of a table have one length. Linear in the size of the profile.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold.
    pub fn check(&self) -> Result<(), Broken> {
        self.check_names()?;
        self.check_stacks()?;
        self.check_samples()?;
        self.check_slices()?;
        self.check_events()
    }

    fn check_names(&self) -> Result<(), Broken> {
        let n_strings = self.strings.len();
        for mapping in &self.mappings.rows {
            within(mapping.path.raw(), n_strings, "path of a mapping")?;
        }
        for function in &self.symbols.functions.rows {
            within(function.name.raw(), n_strings, "name of a function")?;
            if let Some(mapping) = function.mapping {
                within(mapping.raw(), self.mappings.len(), "mapping of a function")?;
            }
        }
        ensure(self.frames.mapping.len() == self.frames.len(), "columns of frames")?;
        ensure(self.symbols.range.len() == self.frames.len(), "lines for each frame")?;
        for frame in self.frames.ids() {
            if let Some(mapping) = self.frames.mapping(frame) {
                within(mapping.raw(), self.mappings.len(), "mapping of a frame")?;
            }
            let (start, len) = self.symbols.range[frame.index()];
            let end = u64::from(start) + u64::from(len);
            ensure(len > 0, "a frame has at least one line")?;
            ensure(end <= self.symbols.lines.len() as u64, "lines of a frame")?;
        }
        for line in &self.symbols.lines {
            within(line.function.raw(), self.symbols.functions.len(), "function of a line")?;
        }
        for process in &self.processes.rows {
            within(process.name.raw(), n_strings, "name of a process")?;
        }
        for thread in &self.threads.rows {
            within(thread.process.raw(), self.processes.len(), "process of a thread")?;
            within(thread.name.raw(), n_strings, "name of a thread")?;
        }
        Ok(())
    }

    fn check_stacks(&self) -> Result<(), Broken> {
        for stack in self.stacks.ids() {
            ensure(self.stacks.parent(stack).is_none_or(|p| p < stack), "parents come first")?;
            within(self.stacks.frame(stack).raw(), self.frames.len(), "frame of a stack")?;
        }
        Ok(())
    }

    fn check_samples(&self) -> Result<(), Broken> {
        let samples = &*self.samples;
        let len = samples.len();
        let times = samples.times_ns();
        ensure(times.is_none_or(|times| times.len() == len), "a time for each sample")?;
        ensure(times.is_none_or(<[i64]>::is_sorted), "samples are in order of time")?;
        ensure(samples.thread.len() == len && samples.callers.len() == len, "sample columns")?;
        ensure(samples.labels.is_empty() || samples.labels.len() == len, "labels of samples")?;
        ensure(samples.weights.len() == self.value_types.len(), "a column a value type")?;
        for sample in 0..len {
            within(samples.thread[sample].raw(), self.threads.len(), "thread of a sample")?;
            within(samples.leaf(sample).raw(), self.frames.len(), "leaf of a sample")?;
            if let Some(callers) = samples.callers(sample) {
                within(callers.raw(), self.stacks.len(), "callers of a sample")?;
            }
            if let Some(labels) = samples.labels(sample) {
                within(labels.raw(), self.labels.len(), "labels of a sample")?;
            }
        }
        for weights in &samples.weights {
            let mut magnitude = 0_i64;
            let mut fits = true;
            weights.for_each(|_, weight| {
                let sum = weight.checked_abs().and_then(|weight| magnitude.checked_add(weight));
                fits &= sum.is_some();
                magnitude = sum.unwrap_or(magnitude);
            });
            ensure(fits, "weights add up within an i64")?;
            match &weights.samples {
                Some(samples) => {
                    ensure(samples.is_sorted_by(|a, b| a < b), "sparse weights are sorted")?;
                    ensure(samples.len() == weights.len(), "sparse weights have one row each")?;
                    ensure(samples.last().is_none_or(|&s| (s as usize) < len), "sparse rows")?;
                }
                None => ensure(weights.len() == len, "a weight for each sample")?,
            }
        }
        ensure(
            self.default_value_type < self.value_types.len().max(1),
            "the default value type is one of them",
        )
    }

    fn check_slices(&self) -> Result<(), Broken> {
        let slices = &*self.slices;
        let len = slices.len();
        ensure(slices.duration_ns.len() == len && slices.name.len() == len, "slice columns")?;
        ensure(slices.detail.len() == len, "slice details")?;
        ensure(slices.lanes.last().map_or(0, |lane| lane.end as usize) == len, "lanes end")?;
        ensure(slices.lanes.is_sorted_by_key(|lane| (lane.track, lane.end)), "lanes rise")?;
        ensure(slices.duration_ns.iter().all(|&duration| duration >= 0), "durations")?;
        ensure(self.tracks.lanes_end.len() == self.tracks.len(), "lanes of tracks")?;
        for (row, name) in slices.name.iter().enumerate() {
            within(name.raw(), self.symbols.functions.len(), "name of a slice")?;
            let start = slices.start_ns[row];
            ensure(start >= 0 && start.checked_add(slices.duration_ns[row]).is_some(), "times")?;
        }
        for lane in (0..slices.lanes.len()).map(LaneId::from_index) {
            let rows = slices.lane_slices(lane);
            let mut free_at = i64::MIN;
            for slice in rows.map(SliceId::from_index) {
                ensure(slices.start_ns(slice) >= free_at, "slices of a lane are disjoint")?;
                free_at = slices.end_ns(slice);
                let depth = slices.lanes[lane.index()].depth;
                ensure(
                    depth == 0 || slices.parent(slice).is_some(),
                    "a nested slice has a parent",
                )?;
            }
        }
        for track in self.tracks.ids() {
            let lanes = self.tracks.lane_range(track);
            ensure(
                lanes.start <= lanes.end && lanes.end <= slices.lanes.len(),
                "lanes of a track",
            )?;
            ensure(slices.lanes[lanes].iter().all(|lane| lane.track == track), "track of a lane")?;
        }
        for track in &self.tracks.rows {
            within(track.process.raw(), self.processes.len(), "process of a track")?;
        }
        Ok(())
    }

    fn check_events(&self) -> Result<(), Broken> {
        let counters = &*self.counters;
        ensure(counters.time_ns.len() == counters.value.len(), "counter columns")?;
        ensure(counters.values_end.len() == counters.len(), "a range for each counter")?;
        for counter in counters.ids() {
            ensure(counters.times_ns(counter).is_sorted(), "counter values in order of time")?;
        }
        let markers = &*self.markers;
        ensure(markers.time_ns.is_sorted(), "markers in order of time")?;
        ensure(markers.name.len() == markers.len(), "marker columns")?;
        for name in &markers.name {
            within(name.raw(), self.symbols.functions.len(), "name of a marker")?;
        }
        for flow in self.flows.ids() {
            let (from, to) = self.flows.ends(flow);
            within(from.raw(), self.slices.len(), "start of a flow")?;
            within(to.raw(), self.slices.len(), "end of a flow")?;
        }
        ensure(self.duration_ns >= 0, "the recording does not end before it starts")
    }
}
