//! The profiles of pprof, written as `profile.proto`.
//!
//! A profile that was a pprof profile is written with what it had: its locations with addresses,
//! lines and inlined functions, mappings, labels, times and comments. Samples of other formats
//! that differ only in their time are added up, and the thread of each becomes labels.

mod facts;
mod message;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustc_hash::FxHashMap;
use rview_core::{
    CallPaths, FrameId, Function, FunctionId, LabelSetId, LabelValue, MappingId, Measure, PathId,
    PathWeights, Profile, Selection, StackId, StringId, Symbolized, ThreadId, Told, Unit,
};

use message::Message;

/// The selected part of a profile, in gzip.
pub fn pprof(profile: &Profile, paths: &CallPaths, selection: &Selection) -> Vec<u8> {
    let bytes = pprof_uncompressed(profile, paths, selection);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a Vec cannot fail.
    let written = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// The same, not compressed.
pub fn pprof_uncompressed(profile: &Profile, paths: &CallPaths, selection: &Selection) -> Vec<u8> {
    let mut writer = Writer::new(profile, paths);
    writer.write_types();
    if let Some(main) = main_mapping(profile) {
        writer.mapping(main);
    }
    writer.write_samples(selection);
    writer.write_slices(selection);
    writer.finish()
}

/// The binary that pprof shows as that of the profile: the first of the file. A recording that was
/// no pprof profile names the kernel and libraries in any place.
fn main_mapping(profile: &Profile) -> Option<MappingId> {
    let mappings = profile.mappings();
    let is_program = |mapping: &MappingId| {
        let path = profile.text(mappings.row(*mapping).path);
        mappings.symbolized(*mapping).is_some()
            || !path.starts_with(['[', '/']) && !path.is_empty()
            || path.starts_with('/') && !path.starts_with("//") && !path.contains(".so")
    };
    mappings.ids().find(is_program).or_else(|| mappings.ids().next())
}

/// By mapping, whether any of its frames has a name.
fn named_mappings(profile: &Profile) -> Vec<bool> {
    let (frames, symbols) = (profile.frames(), profile.symbols());
    let mut is_named = vec![false; profile.mappings().len()];
    for frame in frames.ids() {
        let mapping = frames.mapping(frame).and_then(|mapping| is_named.get_mut(mapping.index()));
        if let Some(slot) = mapping {
            let mut lines = symbols.lines(frame).iter();
            *slot |= lines.any(|line| profile.function_name(line.function) != Function::UNKNOWN);
        }
    }
    is_named
}

/// What is written so far, and which row of the file each row of the profile is.
struct Writer<'a> {
    profile: &'a Profile,
    paths: &'a CallPaths,
    measures: Vec<Measure>,
    out: Message,
    /// Rows in the file by row in the profile; 0 where there is none yet.
    mappings: Vec<u64>,
    /// By mapping, whether any of its frames has a name.
    is_named: Vec<bool>,
    functions: Vec<u64>,
    locations: Vec<u64>,
    /// Locations of slices and of stacks that are transformed, which have functions and no frames:
    /// the innermost first, each inlined into the next.
    function_locations: FxHashMap<Box<[FunctionId]>, u64>,
    n_mappings: u64,
    n_functions: u64,
    n_locations: u64,
    known: Vec<u64>,
    strings: FxHashMap<String, u64>,
    texts: Vec<String>,
    /// The row of an empty text that is not the first: that one stands for none.
    empty_text: Option<u64>,
    labels: Vec<Option<Message>>,
    ids: Vec<u64>,
}

/// One sample of the file.
struct Row {
    stack: Stack,
    thread: ThreadId,
    labels: Option<LabelSetId>,
    values: Vec<i64>,
}

/// The stack of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Stack {
    Recorded {
        callers: Option<StackId>,
        leaf: FrameId,
        /// The function that stands for its group, where samples are grouped.
        group: Option<FunctionId>,
    },
    /// What transforms made of it.
    Transformed(PathId),
}

impl<'a> Writer<'a> {
    fn new(profile: &'a Profile, paths: &'a CallPaths) -> Self {
        Self {
            profile,
            paths,
            measures: Measure::all(profile),
            out: Message::default(),
            mappings: vec![0; profile.mappings().len()],
            is_named: named_mappings(profile),
            functions: vec![0; profile.symbols().functions().len()],
            locations: vec![0; profile.frames().len()],
            function_locations: FxHashMap::default(),
            n_mappings: 0,
            n_functions: 0,
            n_locations: 0,
            known: vec![0; profile.strings().len()],
            strings: FxHashMap::default(),
            texts: vec![String::new()],
            empty_text: None,
            labels: vec![None; profile.labels().len()],
            ids: Vec::new(),
        }
    }

    fn write_types(&mut self) {
        for measure in self.measures.clone() {
            let name = self.text(&measure.name(self.profile));
            let unit = measure.unit(self.profile);
            let unit = self.text(match &unit {
                // `go tool pprof` writes 125 of a unit 0.01 as 1250.01.
                Unit::Decimal(decimals) => decimals.least(),
                unit => unit.name(),
            });
            self.out.message(1, Message::default().int(1, name).int(2, unit));
        }
    }

    fn write_samples(&mut self, selection: &Selection) {
        let rows = self.rows(selection);
        for row in rows {
            self.ids.clear();
            match row.stack {
                Stack::Recorded { callers, leaf, group } => self.add_recorded(callers, leaf, group),
                Stack::Transformed(path) => self.add_path(path),
            }
            let values = row.values.iter().map(|value| value.cast_unsigned());
            let mut message = Message::default();
            message.packed(1, self.ids.iter().copied()).packed(2, values);
            if let Some(labels) = row.labels {
                let labels = self.labels(labels);
                message.append(&labels);
            }
            let thread = self.thread_labels(row.thread);
            message.append(&thread);
            self.out.message(2, &message);
        }
    }

    /// Adds the locations of a stack as it was recorded, and below all what its group is.
    fn add_recorded(&mut self, callers: Option<StackId>, leaf: FrameId, group: Option<FunctionId>) {
        let leaf = self.location(leaf);
        self.ids.extend(leaf);
        let stacks = self.profile.stacks();
        for stack in callers.into_iter().flat_map(|callers| stacks.walk_to_root(callers)) {
            let id = self.location(stacks.frame(stack));
            self.ids.extend(id);
        }
        let group = group.map(|group| self.function_location(&[group]));
        self.ids.extend(group);
    }

    /// Adds the locations of a path: one for each function and what is inlined into it.
    fn add_path(&mut self, path: PathId) {
        let paths = self.paths;
        let mut functions = Vec::new();
        for path in paths.walk_to_root(path) {
            functions.push(paths.function(path));
            if !paths.is_inlined(path) {
                let id = self.function_location(&functions);
                self.ids.push(id);
                functions.clear();
            }
        }
    }

    /// The selected samples; those of formats with times are added up.
    fn rows(&self, selection: &Selection) -> Vec<Row> {
        let samples = self.profile.samples();
        let value_of = |measure: &Measure, sample| match *measure {
            Measure::Weight(id) => samples.weights(id).of(sample),
            Measure::SliceTime => 0,
        };
        let is_timed = samples.times_ns().is_some();
        let mut rows: Vec<Row> = Vec::new();
        let mut row_of = FxHashMap::default();
        selection.for_each_sample(self.profile, self.paths, |sample| {
            let values = self.measures.iter().map(|measure| value_of(measure, sample));
            let Some(&thread) = samples.threads().get(sample) else { return };
            let (stack, labels) = (self.stack(sample), samples.labels(sample));
            if is_timed {
                let number = *row_of.entry((stack, thread, labels)).or_insert(rows.len());
                if let Some(row) = rows.get_mut(number) {
                    for (sum, value) in row.values.iter_mut().zip(values) {
                        *sum = sum.saturating_add(value);
                    }
                    return;
                }
            }
            let values = self.measures.iter().map(|measure| value_of(measure, sample)).collect();
            rows.push(Row { stack, thread, labels, values });
        });
        rows
    }

    fn stack(&self, sample: usize) -> Stack {
        if self.paths.is_transformed() {
            return Stack::Transformed(self.paths.of_sample(sample));
        }
        let samples = self.profile.samples();
        let (callers, leaf) = (samples.callers(sample), samples.leaf(sample));
        Stack::Recorded { callers, leaf, group: self.group(sample) }
    }

    /// What a sample is grouped as. Those of one thread and one set of labels are of one group.
    fn group(&self, sample: usize) -> Option<FunctionId> {
        let path =
            Some(self.paths.of_sample(sample)).filter(|_| self.paths.is_grouped())?.some()?;
        let root = self.paths.walk_to_root(path).last()?;
        Some(self.paths.function(root))
    }

    /// Traces: what each path of slices took by itself.
    fn write_slices(&mut self, selection: &Selection) {
        let Some(at) = self.measures.iter().position(|&it| it == Measure::SliceTime) else {
            return;
        };
        let weights = PathWeights::new(self.profile, self.paths, Measure::SliceTime, selection);
        for path in self.paths.ids() {
            let value = weights.self_of(path).cast_unsigned();
            if value == 0 {
                continue;
            }
            let values = (0..self.measures.len()).map(|row| if row == at { value } else { 0 });
            self.ids.clear();
            self.add_path(path);
            let mut message = Message::default();
            message.packed(1, self.ids.iter().copied()).packed(2, values);
            self.out.message(2, &message);
        }
    }

    /// The location of a frame; `None` for that of a sample without a stack.
    fn location(&mut self, frame: FrameId) -> Option<u64> {
        match self.locations.get(frame.index()) {
            Some(0) | None => {}
            Some(&id) => return Some(id),
        }
        let profile = self.profile;
        let lines = profile.symbols().lines(frame);
        let name_of = |line: &rview_core::Line| profile.function_name(line.function);
        let (mapping, address) = (profile.frames().mapping(frame), profile.frames().address(frame));
        if let [only] = lines
            && mapping.is_none()
            && name_of(only) == Function::NO_STACK
        {
            return None;
        }
        let mut message = Message::default();
        self.n_locations = self.n_locations.saturating_add(1);
        let id = self.n_locations;
        message.int(1, id);
        if let Some(mapping) = mapping {
            let mapping = self.mapping(mapping);
            message.int(2, mapping);
        }
        message.int(3, address);
        let is_told = |line: &rview_core::Line| {
            let row = profile.symbols().functions().row(line.function);
            let has_place = line.line != 0 || row.line != 0 || row.file.is_some();
            has_place || row.linkage_name.is_some() || name_of(line) != Function::UNKNOWN
        };
        let is_named = lines.len() > 1 || lines.iter().any(is_told);
        let columns = profile.symbols().columns(frame).iter().copied();
        let placed: Vec<_> = lines.iter().zip(columns.chain(std::iter::repeat(0))).collect();
        for (line, column) in placed.into_iter().rev().filter(|_| is_named) {
            let mut written = Message::default();
            written.int(1, self.function(line.function)).int(2, line.line.into());
            message.message(4, written.int(3, column.into()));
        }
        message.int(5, profile.frames().is_folded(frame).into());
        self.out.message(4, &message);
        if let Some(slot) = self.locations.get_mut(frame.index()) {
            *slot = id;
        }
        Some(id)
    }

    /// The location of functions, the innermost first, each inlined into the next.
    fn function_location(&mut self, functions: &[FunctionId]) -> u64 {
        if let Some(&id) = self.function_locations.get(functions) {
            return id;
        }
        let rows: Vec<u64> = functions.iter().map(|&function| self.function(function)).collect();
        self.n_locations = self.n_locations.saturating_add(1);
        let id = self.n_locations;
        let mut message = Message::default();
        message.int(1, id);
        for row in rows {
            message.message(4, Message::default().int(1, row));
        }
        self.out.message(4, &message);
        self.function_locations.insert(functions.into(), id);
        id
    }

    fn function(&mut self, function: FunctionId) -> u64 {
        match self.functions.get(function.index()) {
            Some(0) | None => {}
            Some(&id) => return id,
        }
        let row = *self.profile.symbols().functions().row(function);
        let name = self.string(row.name);
        let [linkage_name, file] =
            [row.linkage_name, row.file].map(|text| text.map_or(0, |text| self.string(text)));
        self.n_functions = self.n_functions.saturating_add(1);
        let id = self.n_functions;
        let mut message = Message::default();
        message.int(1, id).int(2, name).int(3, linkage_name).int(4, file);
        message.int(5, row.line.into());
        self.out.message(5, &message);
        if let Some(slot) = self.functions.get_mut(function.index()) {
            *slot = id;
        }
        id
    }

    fn mapping(&mut self, mapping: MappingId) -> u64 {
        match self.mappings.get(mapping.index()) {
            Some(0) | None => {}
            Some(&id) => return id,
        }
        let row = *self.profile.mappings().row(mapping);
        let path = self.string(row.path);
        let build_id = row.build_id.map_or(0, |id| self.string(id));
        self.n_mappings = self.n_mappings.saturating_add(1);
        let id = self.n_mappings;
        let mut message = Message::default();
        message.int(1, id).int(2, row.start).int(3, row.end).int(4, row.file_offset);
        message.int(5, path).int(6, build_id);
        // Without these, pprof looks all names up again, by its own means.
        let told = self.profile.mappings().symbolized(mapping).unwrap_or_else(|| {
            let told = Told::from(self.is_named.get(mapping.index()) == Some(&true));
            Symbolized { functions: told, files: told, lines: told, inlined: told }
        });
        for (number, is_told) in (7..).zip(told.flags()) {
            message.int(number, is_told.into());
        }
        self.out.message(3, &message);
        if let Some(slot) = self.mappings.get_mut(mapping.index()) {
            *slot = id;
        }
        id
    }

    fn labels(&mut self, set: LabelSetId) -> Message {
        if let Some(Some(message)) = self.labels.get(set.index()) {
            return message.clone();
        }
        let mut message = Message::default();
        for label in self.profile.labels().labels(set) {
            let key = self.string(label.key);
            let mut inner = Message::default();
            inner.int(1, key);
            match label.value {
                LabelValue::Text(text) => inner.int(2, self.label_text(text)),
                LabelValue::Number(number, unit) => {
                    inner.int(3, number.cast_unsigned()).int(4, self.string(unit))
                }
            };
            message.message(3, &inner);
        }
        if let Some(slot) = self.labels.get_mut(set.index()) {
            *slot = Some(message.clone());
        }
        message
    }

    /// Labels for the thread of a sample, where the recording has threads.
    fn thread_labels(&mut self, thread: ThreadId) -> Message {
        let mut message = Message::default();
        let row = *self.profile.threads().row(thread);
        let process = *self.profile.processes().row(row.process);
        let (name, process_name) = (self.profile.text(row.name), self.profile.text(process.name));
        for (key, text) in [("process", process_name), ("thread", name)] {
            if !text.is_empty() {
                let (key, text) = (self.text(key), self.text(text));
                message.message(3, &Message::default().int(1, key).int(2, text).clone());
            }
        }
        let ids = [("pid", process.pid, process.id_text), ("tid", row.tid, row.id_text)];
        for (key, number, text) in ids {
            if let Some(text) = text {
                let (key, text) = (self.text(key), self.string(text));
                message.message(3, &Message::default().int(1, key).int(2, text).clone());
            } else if number != 0 {
                let key = self.text(key);
                let number = number.cast_unsigned();
                message.message(3, &Message::default().int(1, key).int(3, number).clone());
            }
        }
        message
    }

    /// The text of a label: without one, it would be a number.
    fn label_text(&mut self, text: StringId) -> u64 {
        let row = self.string(text);
        if row != 0 {
            return row;
        }
        let texts = &mut self.texts;
        *self.empty_text.get_or_insert_with(|| {
            texts.push(String::new());
            (texts.len() as u64).saturating_sub(1)
        })
    }

    fn string(&mut self, string: StringId) -> u64 {
        if let Some(&row) = self.known.get(string.index())
            && row != 0
        {
            return row;
        }
        let row = self.text(self.profile.text(string));
        if let Some(slot) = self.known.get_mut(string.index()) {
            *slot = row;
        }
        row
    }

    fn text(&mut self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&row) = self.strings.get(text) {
            return row;
        }
        let row = self.texts.len() as u64;
        self.texts.push(text.to_owned());
        self.strings.insert(text.to_owned(), row);
        row
    }

    fn finish(mut self) -> Vec<u8> {
        self.write_facts();
        let default = Measure::default_of(self.profile);
        // Without one, pprof shows the last.
        if let Some(default) = default.filter(|&default| self.measures.last() != Some(&default)) {
            let name = self.text(&default.name(self.profile));
            self.out.int(14, name);
        }
        for text in &self.texts {
            self.out.bytes(6, text.as_bytes());
        }
        self.out.into_bytes()
    }
}
