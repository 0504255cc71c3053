//! Every invariant of a [`Profile`] in one place, for tests and fuzzing.

use crate::{LabelValue, LaneId, MappingId, Profile, Scope, SliceId, StringId, ThreadId};

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

/// As [`within`], of a column in which an id may be missing.
fn within_option(id: Option<u32>, len: usize, what: &str) -> Result<(), Broken> {
    id.map_or(Ok(()), |id| within(id, len, what))
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
            within_option(mapping.build_id.map(StringId::raw), n_strings, "build id of a mapping")?;
        }
        for function in &self.symbols.functions.rows {
            within(function.name.raw(), n_strings, "name of a function")?;
            within_option(function.file.map(StringId::raw), n_strings, "file of a function")?;
            within_option(function.category.map(StringId::raw), n_strings, "category")?;
            let linkage_name = function.linkage_name.map(StringId::raw);
            within_option(linkage_name, n_strings, "linkage name")?;
            let mapping = function.mapping.map(MappingId::raw);
            within_option(mapping, self.mappings.len(), "mapping of a function")?;
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
            let n_columns = self.symbols.columns(frame).len();
            ensure(n_columns == 0 || n_columns == len as usize, "columns of lines")?;
        }
        let folded = self.frames.folded.iter().max().map(|frame| frame.raw());
        within_option(folded, self.frames.len(), "frame that is folded")?;
        for line in &self.symbols.lines {
            within(line.function.raw(), self.symbols.functions.len(), "function of a line")?;
        }
        for process in &self.processes.rows {
            within(process.name.raw(), n_strings, "name of a process")?;
            if let Some(text) = process.id_text {
                within(text.raw(), n_strings, "id of a process")?;
            }
        }
        for thread in &self.threads.rows {
            within(thread.process.raw(), self.processes.len(), "process of a thread")?;
            within(thread.name.raw(), n_strings, "name of a thread")?;
            if let Some(text) = thread.id_text {
                within(text.raw(), n_strings, "id of a thread")?;
            }
        }
        ensure(self.labels.end.is_sorted(), "sets of labels rise")?;
        let n_labels = self.labels.labels.len();
        let labels_end = self.labels.end.last().map_or(0, |&end| end as usize);
        ensure(labels_end == n_labels, "every label is of a set")?;
        for label in &self.labels.labels {
            within(label.key.raw(), n_strings, "key of a label")?;
            let (LabelValue::Text(text) | LabelValue::Number(_, text)) = label.value;
            within(text.raw(), n_strings, "text or unit of a label")?;
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
        let branches = &*self.branches;
        let is_sorted = branches.records.is_sorted() && branches.places.is_sorted();
        ensure(is_sorted, "branches are in order")?;
        for record in &branches.records {
            within(record.sample, len, "sample of branches")?;
        }
        for (.., frame) in &branches.places {
            within(frame.raw(), self.frames.len(), "frame of a branch")?;
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
        ensure(slices.end_detail.len() == slices.ended.len(), "details of ends")?;
        let rises = slices.ended.is_sorted_by(|a, b| a < b);
        ensure(rises, "details of ends are in order of slices")?;
        for slice in &slices.ended {
            within(slice.raw(), len, "slice of the details of an end")?;
        }
        ensure(slices.lanes.last().map_or(0, |lane| lane.end as usize) == len, "lanes end")?;
        ensure(slices.lanes.is_sorted_by_key(|lane| (lane.track, lane.end)), "lanes rise")?;
        ensure((0..len).all(|row| slices.duration_ns.get(row) >= 0), "durations")?;
        ensure(self.tracks.lanes_end.len() == self.tracks.len(), "lanes of tracks")?;
        for (row, name) in slices.name.iter().enumerate() {
            within(name.raw(), self.symbols.functions.len(), "name of a slice")?;
            let start = slices.start_ns[row];
            ensure(
                start >= 0 && start.checked_add(slices.duration_ns.get(row)).is_some(),
                "times",
            )?;
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
            within(track.name.raw(), self.strings.len(), "name of a track")?;
            let thread = track.thread.map(ThreadId::raw);
            within_option(thread, self.threads.len(), "thread of a track")?;
        }
        Ok(())
    }

    fn check_events(&self) -> Result<(), Broken> {
        let counters = &*self.counters;
        ensure(counters.time_ns.len() == counters.value.len(), "counter columns")?;
        ensure(counters.values_end.len() == counters.len(), "a range for each counter")?;
        ensure(counters.values_end.is_sorted(), "ranges of counters rise")?;
        let values_end = counters.values_end.last().map_or(0, |&end| end as usize);
        ensure(values_end == counters.value.len(), "every value is of a counter")?;
        for row in &counters.rows {
            within(row.name.raw(), self.strings.len(), "name of a counter")?;
            within(row.process.raw(), self.processes.len(), "process of a counter")?;
        }
        for counter in counters.ids() {
            ensure(counters.times_ns(counter).is_sorted(), "counter values in order of time")?;
        }
        let markers = &*self.markers;
        ensure(markers.time_ns.is_sorted(), "markers in order of time")?;
        let columns = [markers.name.len(), markers.scope.len(), markers.detail.len()];
        ensure(columns == [markers.len(); 3], "marker columns")?;
        for &scope in &markers.scope {
            match scope {
                Scope::Global => {}
                Scope::Process(process) => {
                    within(process.raw(), self.processes.len(), "process of a marker")?;
                }
                Scope::Thread(thread) => {
                    within(thread.raw(), self.threads.len(), "thread of a marker")?;
                }
            }
        }
        for name in &markers.name {
            within(name.raw(), self.symbols.functions.len(), "name of a marker")?;
        }
        let columns = [self.flows.name.len(), self.flows.from.len(), self.flows.to.len()];
        ensure(columns == [self.flows.len(); 3], "flow columns")?;
        for name in &self.flows.name {
            within(name.raw(), self.strings.len(), "name of a flow")?;
        }
        for flow in self.flows.ids() {
            let (from, to) = self.flows.ends(flow);
            within(from.raw(), self.slices.len(), "start of a flow")?;
            within(to.raw(), self.slices.len(), "end of a flow")?;
        }
        ensure(self.duration_ns >= 0, "the recording does not end before it starts")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        FlowEnd, FunctionId, Label, Markers, ProcessId, ProfileBuilder, Sample, Slice, TrackTable,
        Unit,
    };

    /// A profile with a row in every table.
    fn profile() -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let track = builder.thread_track(thread);
        let [path, file] = ["/bin/app", "app.c"].map(|text| builder.string(text));
        let mapping = builder.mapping(crate::Mapping {
            path,
            build_id: Some(file),
            start: 0,
            end: 16,
            file_offset: 0,
        });
        let function = builder.function(crate::Function {
            name: path,
            file: Some(file),
            line: 1,
            mapping: Some(mapping),
            category: Some(file),
            linkage_name: Some(path),
        });
        let leaf = builder.frame(Some(mapping), 4);
        let callers = Some(builder.stack(None, leaf));
        let labels = builder.label_set(&[Label { key: path, value: LabelValue::Text(file) }]);
        let value_type = builder.value_type("samples", Unit::Count);
        builder.sample(Sample { time_ns: Some(0), thread, callers, leaf, labels });
        builder.weight(value_type, 1).unwrap();
        let slice = Slice { track, start_ns: 0, duration_ns: 5, name: function, detail: None };
        let slice = builder.slice(slice);
        builder.end_slice(slice, 5, Some(3));
        let counter = builder.counter(process, "memory");
        builder.counter_value(counter, 1, 1.0);
        builder.marker(1, function, Scope::Thread(thread), None);
        builder.flow(path, FlowEnd::Slice(slice), FlowEnd::Slice(slice));
        builder.finish().0
    }

    #[track_caller]
    fn check(expected: &str, damage: impl FnOnce(&mut Profile)) {
        let mut profile = profile();
        damage(&mut profile);
        let found = profile.check().err().map(|broken| broken.0);
        assert_eq!(found.as_deref(), (!expected.is_empty()).then_some(expected));
    }

    fn table<T: Clone>(table: &mut Arc<T>) -> &mut T {
        Arc::make_mut(table)
    }

    #[test]
    fn every_id_is_of_a_row() {
        let string = StringId::from_index(99);
        let process = ProcessId::from_index(99);
        let thread = ThreadId::from_index(99);
        check("", |_| {});
        check("build id of a mapping", |p| table(&mut p.mappings).rows[0].build_id = Some(string));
        let functions = |p: &mut Profile, change: fn(&mut crate::Function, StringId)| {
            change(&mut table(&mut p.symbols).functions.rows[0], StringId::from_index(99));
        };
        check("file of a function", |p| functions(p, |row, string| row.file = Some(string)));
        check("category", |p| functions(p, |row, string| row.category = Some(string)));
        check("linkage name", |p| functions(p, |row, string| row.linkage_name = Some(string)));
        check("id of a process", |p| table(&mut p.processes).rows[0].id_text = Some(string));
        check("id of a thread", |p| table(&mut p.threads).rows[0].id_text = Some(string));
        check("process of a counter", |p| table(&mut p.counters).rows[0].process = process);
        check("name of a counter", |p| table(&mut p.counters).rows[0].name = string);
        check("every value is of a counter", |p| table(&mut p.counters).values_end[0] = 0);
        check("process of a marker", |p| {
            table(&mut p.markers).scope[0] = Scope::Process(process);
        });
        check("thread of a marker", |p| table(&mut p.markers).scope[0] = Scope::Thread(thread));
        check("marker columns", |p: &mut Profile| {
            let markers: &mut Markers = table(&mut p.markers);
            markers.detail.clear();
        });
        check("name of a flow", |p| table(&mut p.flows).name[0] = string);
        check("name of a track", |p| table::<TrackTable>(&mut p.tracks).rows[0].name = string);
        check("thread of a track", |p| table(&mut p.tracks).rows[0].thread = Some(thread));
        check("key of a label", |p| table(&mut p.labels).labels[0].key = string);
        check("slice of the details of an end", |p| {
            table(&mut p.slices).ended[0] = SliceId::from_index(99);
        });
        check("name of a marker", |p| table(&mut p.markers).name[0] = FunctionId::from_index(99));
    }
}
