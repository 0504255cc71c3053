//! What rview adds to the profiles that it writes: see the exporter of speedscope's files.

use rview_core::{ProcessId, ThreadId, Unit, ValueTypeId};

use super::amount::Scale;
use super::{Importing, Part};
use crate::Severity;
use crate::json::{Fields, Text, Value};

/// The field of a profile.
#[derive(Clone, Copy, Default)]
pub(super) struct Own<'a> {
    /// The name of the value type.
    value: Option<Text<'a>>,
    /// Its unit, where the numbers are whole ones of it.
    pub(super) unit: Option<Text<'a>>,
    process: Option<Text<'a>>,
    pid: i64,
    /// The id of the process where that is a text, for which `pid` is made up.
    pid_text: Option<Text<'a>>,
    /// Where the profile is of one thread alone.
    thread: Option<Text<'a>>,
    tid: i64,
    /// As `pid_text`, of the thread.
    tid_text: Option<Text<'a>>,
    /// Whether the weights are the magnitudes of negative ones.
    is_negative: bool,
}

/// More types of values than any profiler has; the weights of each cost memory of their own.
const MAX_VALUE_TYPES: usize = 256;

/// A process or a thread by what the file says of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    name: String,
    /// `pid` or `tid`.
    number: i64,
    id_text: Option<String>,
}

impl Key {
    fn new(name: Option<Text<'_>>, number: i64, id_text: Option<Text<'_>>) -> Self {
        let name = name.map(Text::decode).unwrap_or_default().into_owned();
        Self { name, number, id_text: id_text.map(|text| text.decode().into_owned()) }
    }

    /// What has no number and no text for one.
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), number: 0, id_text: None }
    }
}

/// A thread, below its process.
pub(super) type ThreadKey = (Key, Key);

impl<'a> Own<'a> {
    pub(super) fn of(field: Value<'a>) -> Self {
        let mut own = Self::default();
        for (key, value) in Fields::of(field) {
            let integer = || value.integer().unwrap_or_default();
            match key.raw {
                b"value" => own.value = value.text(),
                b"unit" => own.unit = value.text(),
                b"process" => own.process = value.text(),
                b"pid" => own.pid = integer(),
                b"pid_text" => own.pid_text = value.text(),
                b"thread" => own.thread = value.text(),
                b"tid" => own.tid = integer(),
                b"tid_text" => own.tid_text = value.text(),
                b"sign" => own.is_negative = integer() < 0,
                _ => {}
            }
        }
        own
    }

    /// Whether the samples are of one thread, so that they may follow each other in time.
    pub(super) fn has_thread(&self) -> bool {
        self.thread.is_some()
    }

    pub(super) fn sign(&self) -> i64 {
        if self.is_negative { -1 } else { 1 }
    }
}

impl Importing<'_> {
    /// The thread of a profile: one of its own in the process of the file, unless the file says
    /// which it is.
    pub(super) fn thread(&mut self, part: &Part<'_>, file_name: &str) -> ThreadId {
        let Some(own) = part.own else {
            let process = self.process(Key::named(file_name));
            let name = part.name.map(Text::decode).unwrap_or_default();
            return self.builder.thread(process, 0, &name);
        };
        let process = Key::new(own.process, own.pid, own.pid_text);
        let key: ThreadKey = (process, Key::new(own.thread, own.tid, own.tid_text));
        if let Some(&thread) = self.threads.get(&key) {
            return thread;
        }
        let is_of_thread = own.has_thread();
        let process = if is_of_thread { key.0.clone() } else { Key::named(file_name) };
        let process = self.process(process);
        let thread = self.builder.thread(process, key.1.number, &key.1.name);
        let id_text = key.1.id_text.as_deref().map(|text| self.builder.string(text));
        self.builder.thread_mut(thread).id_text = id_text;
        self.threads.insert(key, thread);
        thread
    }

    fn process(&mut self, key: Key) -> ProcessId {
        let builder = &mut self.builder;
        *self.processes.entry(key).or_insert_with_key(|key| {
            let process = builder.process(key.number, &key.name);
            let id_text = key.id_text.as_deref().map(|text| builder.string(text));
            builder.process_mut(process).id_text = id_text;
            process
        })
    }

    /// The value type of a profile: that of its unit, unless the file says which it is.
    pub(super) fn value_type(&mut self, part: &Part<'_>) -> ValueTypeId {
        let (mut name, mut unit) = part.scale.value_type();
        let own = part.own.unwrap_or_default();
        let without = (name, unit.clone());
        let own_name = own.value.map(Text::decode);
        if let Some(own_name) = own_name.as_deref() {
            name = own_name;
            if let (Scale::None(_), Some(own_unit)) = (part.scale, own.unit) {
                unit = Unit::from_name(&own_unit.decode());
            }
        }
        let known = |name: &str, unit: &Unit| {
            let mut all = self.value_types.iter();
            all.find(|(other, its_unit, _)| other == name && its_unit == unit).map(|(.., id)| *id)
        };
        if let Some(id) = known(name, &unit) {
            return id;
        }
        if self.value_types.len() >= MAX_VALUE_TYPES {
            self.job.note(Severity::Loss, "too-many-value-types", || {
                format!("more than {MAX_VALUE_TYPES} types of values: others count as one by unit")
            });
            (name, unit) = without;
            if let Some(id) = known(name, &unit) {
                return id;
            }
        }
        let id = self.builder.value_type(name, unit.clone());
        self.value_types.push((name.to_owned(), unit, id));
        id
    }
}
