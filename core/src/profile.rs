//! The root of the data model.

use std::borrow::Cow;
use std::sync::Arc;

use crate::{
    Branches, Counters, Flows, FrameTable, Function, FunctionId, LabelSets, MappingId,
    MappingTable, Markers, ProcessTable, Samples, Slices, StackTable, StringId, StringTable,
    Symbolized, Symbols, ThreadTable, Told, TrackTable, Unit, ValueTypeId,
};

/// A kind of weight that samples have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueType {
    /// Such as `cpu-clock` or `alloc_space`.
    pub name: Box<str>,
    /// What the weights are measured in.
    pub unit: Unit,
}

/// A color that the file asks for, for the slices and markers of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedColor {
    /// Their name.
    pub name: StringId,
    /// Their category.
    pub category: Option<StringId>,
    /// What the format calls the color, such as `good` in Chrome traces.
    pub color: StringId,
}

/// A recording, in full. Immutable, so that views and background jobs can share it.
///
/// Each table is shared by its own `Arc`, so that names that arrive late replace
/// [`Symbols`] and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub(crate) strings: Arc<StringTable>,
    pub(crate) mappings: Arc<MappingTable>,
    pub(crate) frames: Arc<FrameTable>,
    pub(crate) symbols: Arc<Symbols>,
    pub(crate) stacks: Arc<StackTable>,
    pub(crate) processes: Arc<ProcessTable>,
    pub(crate) threads: Arc<ThreadTable>,
    pub(crate) value_types: Vec<ValueType>,
    pub(crate) default_value_type: usize,
    pub(crate) samples: Arc<Samples>,
    pub(crate) labels: Arc<LabelSets>,
    pub(crate) branches: Arc<Branches>,
    pub(crate) tracks: Arc<TrackTable>,
    pub(crate) slices: Arc<Slices>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) markers: Arc<Markers>,
    pub(crate) flows: Arc<Flows>,
    pub(crate) origin_ns: i64,
    pub(crate) duration_ns: i64,
    pub(crate) facts: Vec<(Box<str>, Box<str>)>,
    pub(crate) asked_colors: Arc<[AskedColor]>,
}

/// A name for people: a placeholder where it is empty, as names of events may be, and on one line.
pub fn shown_name(name: &str) -> Cow<'_, str> {
    if name.is_empty() { Cow::Borrowed("[no name]") } else { escaped(name) }
}

/// A text of which control characters are written as escapes, such as `\n`: they break lines and
/// files of text, and terminals obey them.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

impl Profile {
    /// Every name.
    pub fn strings(&self) -> &StringTable {
        &self.strings
    }

    /// The text of a name.
    pub fn text(&self, string: StringId) -> &str {
        self.strings.text(string)
    }

    /// Every binary.
    pub fn mappings(&self) -> &MappingTable {
        &self.mappings
    }

    /// Every place in code.
    pub fn frames(&self) -> &FrameTable {
        &self.frames
    }

    /// The names at each frame, and every function.
    pub fn symbols(&self) -> &Arc<Symbols> {
        &self.symbols
    }

    /// The name of a function.
    pub fn function_name(&self, function: FunctionId) -> &str {
        self.text(self.symbols.functions().row(function).name)
    }

    /// The name of a function for people; see [`shown_name`].
    pub fn shown_name(&self, function: FunctionId) -> Cow<'_, str> {
        shown_name(self.function_name(function))
    }

    /// What a function belongs to, for people: the file name of its binary, or its category;
    /// empty where the format knows neither.
    pub fn function_module(&self, function: FunctionId) -> &str {
        let row = self.symbols.functions().row(function);
        match (row.mapping, row.category) {
            (Some(mapping), _) => file_name(self.text(self.mappings.row(mapping).path)),
            (None, Some(category)) => self.text(category),
            (None, None) => "",
        }
    }

    /// Every chain of callers.
    pub fn stacks(&self) -> &StackTable {
        &self.stacks
    }

    /// Every process.
    pub fn processes(&self) -> &ProcessTable {
        &self.processes
    }

    /// Every thread.
    pub fn threads(&self) -> &ThreadTable {
        &self.threads
    }

    /// What the samples weigh, in the order of the file. Empty when there are no samples.
    pub fn value_types(&self) -> &[ValueType] {
        &self.value_types
    }

    /// All value types.
    pub fn value_type_ids(&self) -> impl ExactSizeIterator<Item = ValueTypeId> + use<> {
        (0..self.value_types.len()).map(ValueTypeId::from_index)
    }

    /// The value type to show first; `None` when there are no samples.
    pub fn default_value_type(&self) -> Option<ValueTypeId> {
        self.value_type_ids().nth(self.default_value_type)
    }

    /// Every sample.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Every set of labels.
    pub fn labels(&self) -> &LabelSets {
        &self.labels
    }

    /// Where the processor went before samples, if it was asked.
    pub fn branches(&self) -> &Branches {
        &self.branches
    }

    /// What slices happen on.
    pub fn tracks(&self) -> &TrackTable {
        &self.tracks
    }

    /// Every slice.
    pub fn slices(&self) -> &Slices {
        &self.slices
    }

    /// Every counter.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Every marker.
    pub fn markers(&self) -> &Markers {
        &self.markers
    }

    /// Every flow.
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    /// The file's time, in nanoseconds of its clock, that is 0 in this profile.
    pub fn origin_ns(&self) -> i64 {
        self.origin_ns
    }

    /// How long the recording lasts: as the file says, else from the first to the last event.
    pub fn duration_ns(&self) -> i64 {
        self.duration_ns
    }

    /// What the file says about the recording, as (what, value): host, command line, clock…
    pub fn facts(&self) -> &[(Box<str>, Box<str>)] {
        &self.facts
    }

    /// The colors that the file asks for, one for each name and category of which it does.
    pub fn asked_colors(&self) -> &[AskedColor] {
        &self.asked_colors
    }

    /// The same recording with more functions, which no frame has yet: of these names, without
    /// file or binary. Gives their ids.
    #[must_use]
    pub fn with_functions(&self, names: &[String]) -> (Self, Vec<FunctionId>) {
        let mut strings = StringTable::clone(&self.strings);
        let mut symbols = Symbols::clone(&self.symbols);
        let rows = &mut symbols.functions.rows;
        let mut ids = Vec::with_capacity(names.len());
        for name in strings.add(names) {
            ids.push(FunctionId::from_index(rows.len()));
            rows.push(Function::named(name));
        }
        (self.with_symbols(Arc::new(strings), Arc::new(symbols)), ids)
    }

    /// The same recording with better names. [`Profile::check`] tells whether they fit.
    #[must_use]
    pub fn with_symbols(&self, strings: Arc<StringTable>, symbols: Arc<Symbols>) -> Self {
        Self { strings, symbols, ..self.clone() }
    }

    /// The same recording, of which names in these mappings were looked up: what the recording
    /// itself says of them holds no longer.
    #[must_use]
    pub fn with_named(&self, named: impl IntoIterator<Item = MappingId>) -> Self {
        let mut mappings = MappingTable::clone(&self.mappings);
        for mapping in named {
            if let Some(told) = mappings.symbolized.get_mut(mapping.index()) {
                let yes = Told::Yes;
                *told = Symbolized { functions: yes, files: yes, lines: yes, inlined: yes };
            }
        }
        Self { mappings: Arc::new(mappings), ..self.clone() }
    }
}

/// The part of a path after the last separator of either kind; the whole if that is empty.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(path)
}
