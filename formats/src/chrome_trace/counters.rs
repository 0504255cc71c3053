//! `C`: counters, one for each key of their arguments.

use foldhash::HashMap;
use rview_core::{CounterId, ProcessId, ProfileBuilder};

use super::event::Event;
use crate::json::{Scanner, Text, Value, float};
use crate::{Job, Severity};

/// Every counter of the file, by the bytes that name it.
#[derive(Debug, Default)]
pub(super) struct Counters {
    ids: HashMap<Box<[u8]>, CounterId>,
    /// The bytes to look up, each part after its length.
    key: Vec<u8>,
}

impl Counters {
    /// Adds the values of an event.
    pub(super) fn add(
        &mut self,
        builder: &mut ProfileBuilder,
        job: &Job,
        process: ProcessId,
        event: &Event<'_>,
        time_ns: i64,
    ) {
        let Some(args) = event.args else {
            job.note(Severity::Info, "empty-counter", || {
                let at = event.offset;
                format!("a counter event without a value counts nothing, first at byte {at}")
            });
            return;
        };
        let mut scanner = Scanner::new(args, 1);
        while let Ok(Some(series)) = scanner.key() {
            let Ok(value) = scanner.value() else {
                job.note(Severity::Loss, "broken-counter", || {
                    let at = event.offset;
                    format!(
                        "a value of a counter is not JSON, it and those behind it are left out, \
                         first at byte {at}"
                    )
                });
                return;
            };
            let Some(number) = value.digits().and_then(float) else {
                job.note(Severity::Loss, "counter-text", || {
                    let at = event.offset;
                    format!("a value of a counter is no number and left out, first at byte {at}")
                });
                continue;
            };
            let counter = self.counter(builder, process, event, series);
            builder.counter_value(counter, time_ns, number);
        }
    }

    fn counter(
        &mut self,
        builder: &mut ProfileBuilder,
        process: ProcessId,
        event: &Event<'_>,
        series: Text<'_>,
    ) -> CounterId {
        let name = event.name.map_or(&b""[..], |name| name.raw);
        let id = event.id.and_then(Value::digits).unwrap_or_default();
        self.key.clear();
        self.key.extend_from_slice(&process.raw().to_le_bytes());
        for part in [name, id, series.raw] {
            self.key.extend_from_slice(&part.len().to_le_bytes());
            self.key.extend_from_slice(part);
        }
        if let Some(&counter) = self.ids.get(&*self.key) {
            return counter;
        }
        let counter = builder.counter(process, &shown(event, id, series));
        self.ids.insert(self.key.as_slice().into(), counter);
        counter
    }
}

/// `name[id].series`; a series that only says that it is the value is left out.
fn shown(event: &Event<'_>, id: &[u8], series: Text<'_>) -> String {
    let mut shown = event.name.map_or_else(|| "[No name]".into(), Text::decode).into_owned();
    let series = series.decode();
    let says_nothing = matches!(&*series, "" | "value" | "Value") || series == shown;
    if !id.is_empty() {
        shown.push('[');
        shown.push_str(&String::from_utf8_lossy(id));
        shown.push(']');
    }
    if !says_nothing {
        shown.push('.');
        shown.push_str(&series);
    }
    shown
}
