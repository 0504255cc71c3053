//! The only way to make a [`Profile`].

mod branches;
mod bulk;
mod finish;
mod flows;
mod frames;
mod stacks;
mod symbols;

use std::hash::BuildHasher as _;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::frame::SourceColumns;
use crate::id::row_number;
use crate::sample::Values;
use crate::slice::RawSlices;
use crate::strings::StringInterner;
use crate::{
    Counter, CounterId, FrameId, FrameTable, Function, FunctionId, Label, LabelSetId, LabelSets,
    Line, Mapping, MappingId, Markers, Process, ProcessId, Scope, Slices, StackId, StringId,
    Symbolized, Thread, ThreadId, Track, TrackId, Unit, ValueType, ValueTypeId,
};

use branches::RawBranches;
pub use bulk::{SortedStacks, StackList};
pub use flows::Unbound;
use stacks::StackInterner;
pub use symbols::SymbolsBuilder;

/// Collects what an importer finds, sharing what is equal.
///
/// Strings, mappings, functions, frames, stacks and sets of labels are shared: handing in the same
/// one twice costs one hash look-up and gives the same id, so importers need no tables of their
/// own. Everything else is added as often as it is handed in: two processes may have one pid, and
/// two counters one name. Times are in nanoseconds of the file's clock, in any order;
/// [`ProfileBuilder::finish`] sorts them and makes them relative to the first.
#[derive(Debug, Default)]
pub struct ProfileBuilder {
    strings: StringInterner,
    mappings: Vec<Mapping>,
    symbolized: Vec<Symbolized>,
    mapping_ids: HashMap<Mapping, MappingId>,
    functions: Vec<Function>,
    function_ids: HashMap<Function, FunctionId>,
    frames: FrameTable,
    /// Start and length in `lines`, by frame; length 0 until the names are known.
    line_range: Vec<(u32, u32)>,
    lines: Vec<Line>,
    source_columns: SourceColumns,
    frame_ids: HashMap<(MappingId, u64), FrameId>,
    named_frame_ids: HashMap<Line, FrameId>,
    stacks: StackInterner,
    processes: Vec<Process>,
    threads: Vec<Thread>,
    value_types: Vec<ValueType>,
    /// By name: the last number that was added to it to tell value types apart.
    value_type_names: HashMap<String, u32>,
    default_value_type: usize,
    samples: RawSamples,
    labels: LabelSets,
    /// Compared in the table, so that no second copy of them is needed.
    label_ids: HashTable<LabelSetId>,
    label_hashes: RandomState,
    branches: RawBranches,
    tracks: Vec<Track>,
    slices: RawSlices,
    counters: Vec<Counter>,
    /// By [`CounterId`]: times and values.
    counter_values: Vec<(Vec<i64>, Vec<f64>)>,
    /// In the order of the file.
    markers: Markers,
    flows: Vec<(StringId, FlowEnd, FlowEnd)>,
    duration_ns: Option<i64>,
    /// Until when the recording lasted at least.
    ends_at_ns: Option<i64>,
    facts: Vec<(Box<str>, Box<str>)>,
    colors: HashMap<FunctionId, StringId>,
}

#[derive(Debug, Default)]
struct RawSamples {
    /// Whether any sample came with a time.
    timed: bool,
    time_ns: Vec<i64>,
    thread: Vec<ThreadId>,
    callers: Vec<StackId>,
    leaf: Vec<FrameId>,
    /// Empty until a sample has labels.
    labels: Vec<LabelSetId>,
    weights: Vec<RawWeights>,
    /// Value types that count the samples of another one.
    counts: Vec<(ValueTypeId, ValueTypeId)>,
}

#[derive(Debug, Default)]
struct RawWeights {
    values: Values,
    /// Which samples; `None` as long as it is all from the first on.
    samples: Option<Vec<u32>>,
    /// Sum of the magnitudes: no sum over any of the samples can be larger.
    magnitude: i64,
}

/// One sample for [`ProfileBuilder::sample`].
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When, in nanoseconds of the file's clock. A sample without one stays after the one
    /// before it in the file.
    pub time_ns: Option<i64>,
    /// Who ran.
    pub thread: ThreadId,
    /// The callers of the leaf.
    pub callers: Option<StackId>,
    /// Where it ran.
    pub leaf: FrameId,
    /// Its labels.
    pub labels: Option<LabelSetId>,
}

/// One slice for [`ProfileBuilder::slice`].
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Where it happened.
    pub track: TrackId,
    /// When it started, in nanoseconds of the file's clock.
    pub start_ns: i64,
    /// How long it lasted; a negative one counts as 0.
    pub duration_ns: i64,
    /// Its name and category.
    pub name: FunctionId,
    /// Where in the source the importer finds what else there is to know of it.
    pub detail: Option<u64>,
}

/// A slice in the order of the file: its row changes when the profile is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawSliceId {
    pub(crate) track: TrackId,
    /// Among the slices of the track.
    pub(crate) row: u32,
}

/// Where an arrow starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowEnd {
    /// The innermost slice of a track that covers a time.
    Enclosing(TrackId, i64),
    /// The first slice of a track that starts at a time or after it.
    Next(TrackId, i64),
    /// A slice.
    Slice(RawSliceId),
}

/// The weights of a value type would no longer fit in an `i64`; this one is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightOverflow;

/// Times of the file's clock beyond this, of either sign, are cut to it, so that no difference of two
/// overflows: 146 years.
pub const MAX_TIME_NS: i64 = i64::MAX / 2;

fn clamp_time(time_ns: i64) -> i64 {
    time_ns.clamp(-MAX_TIME_NS, MAX_TIME_NS)
}

impl ProfileBuilder {
    /// The id of a string.
    pub fn string(&mut self, text: &str) -> StringId {
        self.strings.intern(text)
    }

    /// The text of a string.
    pub fn text(&self, string: StringId) -> &str {
        self.strings.table().text(string)
    }

    /// The id of a binary.
    pub fn mapping(&mut self, mapping: Mapping) -> MappingId {
        *self.mapping_ids.entry(mapping).or_insert_with(|| {
            self.mappings.push(mapping);
            MappingId::from_index(self.mappings.len() - 1)
        })
    }

    /// Every binary so far.
    pub fn mapping_ids(&self) -> impl ExactSizeIterator<Item = MappingId> + use<> {
        (0..self.mappings.len()).map(MappingId::from_index)
    }

    /// Notes what the recording says of the names in a binary.
    pub fn set_symbolized(&mut self, mapping: MappingId, symbolized: Symbolized) {
        self.symbolized.resize(self.mappings.len(), Symbolized::default());
        self.symbolized[mapping.index()] = symbolized;
    }

    /// The binary with this id.
    pub fn mapping_row(&self, mapping: MappingId) -> &Mapping {
        &self.mappings[mapping.index()]
    }

    /// The id of a function.
    pub fn function(&mut self, function: Function) -> FunctionId {
        *self.function_ids.entry(function).or_insert_with(|| {
            self.functions.push(function);
            FunctionId::from_index(self.functions.len() - 1)
        })
    }

    /// The id of a function of which only the name is known.
    pub fn function_named(&mut self, name: &str) -> FunctionId {
        let name = self.string(name);
        self.function(Function::named(name))
    }

    /// The id of the stack in which `caller` was at `frame`.
    #[inline]
    pub fn stack(&mut self, caller: Option<StackId>, frame: FrameId) -> StackId {
        self.stacks.intern(caller, frame)
    }

    /// Adds a process. Pids are used again, so the importer keeps the ids.
    pub fn process(&mut self, pid: i64, name: &str) -> ProcessId {
        let name = self.string(name);
        self.processes.push(Process { pid, id_text: None, name, sort_index: 0 });
        ProcessId::from_index(self.processes.len() - 1)
    }

    /// A process, to change its name or rank.
    pub fn process_mut(&mut self, process: ProcessId) -> &mut Process {
        &mut self.processes[process.index()]
    }

    /// Adds a thread. Tids are used again, so the importer keeps the ids.
    pub fn thread(&mut self, process: ProcessId, tid: i64, name: &str) -> ThreadId {
        let name = self.string(name);
        self.threads.push(Thread { process, tid, id_text: None, name, sort_index: 0 });
        ThreadId::from_index(self.threads.len() - 1)
    }

    /// A thread, to change its name or rank.
    pub fn thread_mut(&mut self, thread: ThreadId) -> &mut Thread {
        &mut self.threads[thread.index()]
    }

    /// Adds a kind of weight. Where the name is that of another, a number is added to it: people
    /// and reports tell kinds apart by their names.
    pub fn value_type(&mut self, name: &str, unit: Unit) -> ValueTypeId {
        let name = self.free_name(name);
        self.value_types.push(ValueType { name: name.into(), unit });
        self.samples.weights.push(RawWeights::default());
        ValueTypeId::from_index(self.value_types.len() - 1)
    }

    /// This name if no value type has it, else with the next number that is free. Goes on from
    /// the last number of the name, so that many of one name take no longer than others.
    fn free_name(&mut self, name: &str) -> String {
        let mut number = self.value_type_names.get(name).copied().unwrap_or_default();
        loop {
            number += 1;
            let free = if number == 1 { name.to_owned() } else { format!("{name} ({number})") };
            if !self.value_type_names.contains_key(&free) {
                self.value_type_names.insert(free.clone(), 1);
                self.value_type_names.insert(name.to_owned(), number);
                return free;
            }
        }
    }

    /// Adds a value type that counts 1 for each sample that has a weight of another one.
    pub fn count_samples(&mut self, name: &str, of: ValueTypeId) -> ValueTypeId {
        let counting = self.value_type(name, Unit::Count);
        self.samples.counts.push((counting, of));
        counting
    }

    /// The value type to show first; without this, the first.
    pub fn set_default_value_type(&mut self, value_type: ValueTypeId) {
        self.default_value_type = value_type.index();
    }

    /// Adds a sample. Its weights follow, see [`Self::weight`].
    pub fn sample(&mut self, sample: Sample) {
        let samples = &mut self.samples;
        // Many formats have no times at all.
        if samples.timed || sample.time_ns.is_some() {
            samples.timed = true;
            samples.time_ns.resize(samples.leaf.len(), 0);
            let before = samples.time_ns.last().copied().unwrap_or_default();
            samples.time_ns.push(sample.time_ns.map_or(before, clamp_time));
        }
        samples.thread.push(sample.thread);
        samples.callers.push(sample.callers.unwrap_or(StackId::NONE));
        samples.leaf.push(sample.leaf);
        if let Some(labels) = sample.labels {
            samples.labels.resize(samples.leaf.len() - 1, LabelSetId::NONE);
            samples.labels.push(labels);
        }
    }

    /// Leaves out the times of all samples so far, for an importer that finds out late that some
    /// have none.
    pub fn forget_sample_times(&mut self) {
        self.samples.timed = false;
        self.samples.time_ns = Vec::new();
    }

    /// Gives the latest sample a weight, once for each value type that it has.
    ///
    /// Keeps the sum of all magnitudes of a value type within an `i64`, so no analysis has to
    /// fear an overflow: whatever it adds up is a part of that sum.
    ///
    /// # Panics
    ///
    /// When there is no sample yet.
    pub fn weight(&mut self, value_type: ValueTypeId, weight: i64) -> Result<(), WeightOverflow> {
        self.weight_of(self.samples.leaf.len() - 1, value_type, weight)
    }

    /// Gives a sample a weight as [`Self::weight`] does: samples in the order in which they were
    /// added.
    pub fn weight_of(
        &mut self,
        sample: usize,
        value_type: ValueTypeId,
        weight: i64,
    ) -> Result<(), WeightOverflow> {
        let column = &mut self.samples.weights[value_type.index()];
        let magnitude = weight.checked_abs().and_then(|abs| column.magnitude.checked_add(abs));
        column.magnitude = magnitude.ok_or(WeightOverflow)?;
        if column.samples.is_none() && column.values.len() != sample {
            let dense = 0..row_number(column.values.len());
            column.samples = Some(dense.collect());
        }
        column.values.push(weight);
        if let Some(samples) = &mut column.samples {
            samples.push(row_number(sample));
        }
        Ok(())
    }

    /// Gives samples weights of a value type that has none yet: (sample in the order in which
    /// they were added, weight). Weights that would make the sum too large are left out.
    pub fn set_weights(&mut self, value_type: ValueTypeId, mut weights: Vec<(usize, i64)>) {
        weights.sort_unstable_by_key(|&(sample, _)| sample);
        weights.dedup_by_key(|&mut (sample, _)| sample);
        let n_samples = self.n_samples();
        let column = &mut self.samples.weights[value_type.index()];
        *column = RawWeights { samples: Some(Vec::new()), ..RawWeights::default() };
        for (sample, weight) in weights {
            let magnitude = weight.checked_abs().and_then(|abs| column.magnitude.checked_add(abs));
            let (Some(magnitude), true) = (magnitude, sample < n_samples) else { continue };
            column.magnitude = magnitude;
            column.values.push(weight);
            column.samples.get_or_insert_default().push(FrameId::from_index(sample).raw());
        }
    }

    /// Number of samples so far.
    pub fn n_samples(&self) -> usize {
        self.samples.leaf.len()
    }

    /// Number of slices so far.
    pub fn n_slices(&self) -> usize {
        self.slices.len()
    }

    /// The id of a set of labels; `None` for the empty set.
    pub fn label_set(&mut self, labels: &[Label]) -> Option<LabelSetId> {
        if labels.is_empty() {
            return None;
        }
        let hash = |labels: &[Label]| self.label_hashes.hash_one(labels);
        let entry = self.label_ids.entry(
            hash(labels),
            |&set| self.labels.labels(set) == labels,
            |&set| hash(self.labels.labels(set)),
        );
        Some(match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let set = LabelSetId::from_index(self.labels.end.len());
                self.labels.labels.extend_from_slice(labels);
                self.labels.end.push(row_number(self.labels.labels.len()));
                free.insert(set);
                set
            }
        })
    }

    /// Adds the track of a thread's slices.
    pub fn thread_track(&mut self, thread: ThreadId) -> TrackId {
        let Thread { process, name, .. } = self.threads[thread.index()];
        self.push_track(Track { process, thread: Some(thread), name })
    }

    /// Adds a track of asynchronous operations of a process.
    pub fn async_track(&mut self, process: ProcessId, name: &str) -> TrackId {
        let name = self.string(name);
        self.push_track(Track { process, thread: None, name })
    }

    fn push_track(&mut self, track: Track) -> TrackId {
        self.tracks.push(track);
        self.slices.add_track();
        TrackId::from_index(self.tracks.len() - 1)
    }

    /// Adds a slice on the track of a thread.
    pub fn slice(&mut self, slice: Slice) -> RawSliceId {
        self.async_slice(slice, 0)
    }

    /// Adds a slice of an asynchronous operation: those of one operation nest, others do not.
    pub fn async_slice(&mut self, slice: Slice, operation: u32) -> RawSliceId {
        let start_ns = clamp_time(slice.start_ns);
        let end_ns = clamp_time(start_ns.saturating_add(slice.duration_ns.max(0)));
        let slice = Slice { start_ns, duration_ns: end_ns - start_ns, ..slice };
        self.slices.push(slice, operation)
    }

    /// Sets how long a slice lasted, once its end is met, and where more is told there. Slices
    /// of the same track that are within it were added before this call, others come after it.
    pub fn end_slice(&mut self, slice: RawSliceId, end_ns: i64, detail: Option<u64>) {
        self.slices.end(slice, clamp_time(end_ns), detail);
    }

    /// Adds a counter.
    pub fn counter(&mut self, process: ProcessId, name: &str) -> CounterId {
        let name = self.string(name);
        self.counters.push(Counter { name, process });
        self.counter_values.push((Vec::new(), Vec::new()));
        CounterId::from_index(self.counters.len() - 1)
    }

    /// Adds a value of a counter.
    pub fn counter_value(&mut self, counter: CounterId, time_ns: i64, value: f64) {
        let (times_ns, values) = &mut self.counter_values[counter.index()];
        times_ns.push(clamp_time(time_ns));
        values.push(value);
    }

    /// Adds a marker.
    pub fn marker(&mut self, time_ns: i64, name: FunctionId, scope: Scope, detail: Option<u64>) {
        self.markers.time_ns.push(clamp_time(time_ns));
        self.markers.name.push(name);
        self.markers.scope.push(scope);
        self.markers.detail.push(detail.unwrap_or(Slices::NO_DETAIL));
    }

    /// Adds an arrow between slices.
    pub fn flow(&mut self, name: StringId, from: FlowEnd, to: FlowEnd) {
        self.flows.push((name, from, to));
    }

    /// How long the recording lasted, where the file says so.
    pub fn set_duration_ns(&mut self, duration_ns: i64) {
        self.duration_ns = Some(duration_ns.max(0));
    }

    /// Says that the recording lasted until a time at least: what is worth a time, such as a sample,
    /// may go on after the last time that anything has.
    pub fn ends_at(&mut self, time_ns: i64) {
        self.ends_at_ns = self.ends_at_ns.max(Some(clamp_time(time_ns)));
    }

    /// Notes the color that the file asks for, for all slices and markers of a name; the first
    /// that it asks for counts.
    pub fn ask_color(&mut self, name: FunctionId, color: &str) {
        let color = self.string(color);
        self.colors.entry(name).or_insert(color);
    }

    /// Notes something that the file says about the recording.
    pub fn fact(&mut self, what: &str, value: &str) {
        self.facts.push((what.into(), value.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stacks_share_a_row() {
        let mut builder = ProfileBuilder::default();
        let main = builder.function_named("main");
        let main = builder.named_frame(Line { function: main, line: 0 });
        assert_eq!(builder.stack(None, main), builder.stack(None, main));
        assert_eq!(builder.finish().0.stacks().len(), 1);
    }

    #[test]
    fn value_types_of_one_name_can_be_told_apart() {
        let mut builder = ProfileBuilder::default();
        for unit in [Unit::Count, Unit::Bytes, Unit::Count] {
            builder.value_type("alloc", unit);
        }
        let (profile, _) = builder.finish();
        let names: Vec<&str> = profile.value_types().iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["alloc", "alloc (2)", "alloc (3)"]);
    }

    #[test]
    fn a_weight_that_would_overflow_is_left_out() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let leaf = builder.frame(None, 1);
        let value_type = builder.value_type("time", Unit::Nanoseconds);
        for (weight, expected) in
            [(i64::MAX, Ok(())), (1, Err(WeightOverflow)), (i64::MIN, Err(WeightOverflow))]
        {
            builder.sample(Sample { time_ns: None, thread, callers: None, leaf, labels: None });
            assert_eq!(builder.weight(value_type, weight), expected);
        }
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        assert_eq!(profile.samples().weights(value_type).total(), i64::MAX);
    }

    #[test]
    fn the_samples_of_a_value_type_are_counted() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let [cycles, faults] =
            ["cycles", "faults"].map(|name| builder.value_type(name, Unit::Count));
        for (time, value_type, weight) in [(2, cycles, 300), (1, faults, 7), (3, cycles, 500)] {
            let (time_ns, leaf) = (Some(time), builder.frame(None, 1));
            builder.sample(Sample { time_ns, thread, callers: None, leaf, labels: None });
            builder.weight(value_type, weight).unwrap();
        }
        let counts = [cycles, faults].map(|of| builder.count_samples("samples", of));
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        let totals = counts.map(|id| profile.samples().weights(id).total());
        assert_eq!(totals, [2, 1]);
        let weights = profile.samples().weights(counts[0]);
        assert_eq!([0, 1, 2].map(|sample| weights.of(sample)), [0, 1, 1]);
    }

    #[test]
    fn samples_are_sorted_by_time_and_times_start_at_zero() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let value_type = builder.value_type("samples", Unit::Count);
        for (time, weight) in [(30, 3), (10, 1), (20, 2), (10, 11)] {
            let leaf = builder.frame(None, 1);
            let time_ns = Some(time);
            builder.sample(Sample { time_ns, thread, callers: None, leaf, labels: None });
            builder.weight(value_type, weight).unwrap();
        }
        let (profile, _) = builder.finish();
        profile.check().unwrap();
        assert_eq!(profile.samples().times_ns(), Some(&[0, 0, 10, 20][..]));
        let weights = profile.samples().weights(value_type);
        assert_eq!([0, 1, 2, 3].map(|sample| weights.of(sample)), [1, 11, 2, 3]);
        assert_eq!((profile.origin_ns(), profile.duration_ns()), (10, 20));
    }
}
