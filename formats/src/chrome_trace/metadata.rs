//! `M`: names, labels and ranks of processes and threads. The last of each counts.

use rview_core::{ProcessId, ProfileBuilder, StringId};

use super::event::Event;
use super::threads::Threads;
use crate::json::{Scanner, Text, Value, scaled};
use crate::{Job, Severity};

/// What is told of processes and can only be shown at the end.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    labels: Vec<(ProcessId, StringId)>,
}

impl Metadata {
    pub(super) fn apply(
        &mut self,
        builder: &mut ProfileBuilder,
        job: &Job,
        threads: &mut Threads,
        event: &Event<'_>,
    ) {
        match &*event.name.map(Text::decode).unwrap_or_default() {
            "process_name" => {
                let process = threads.process(builder, event.pid);
                if let Some(name) = text(event, b"name") {
                    let name = builder.string(&name.decode());
                    builder.process_mut(process).name = name;
                }
            }
            "process_labels" => {
                let process = threads.process(builder, event.pid);
                if let Some(labels) = text(event, b"labels").filter(|text| !text.raw.is_empty()) {
                    let labels = builder.string(&labels.decode());
                    self.labels.push((process, labels));
                }
            }
            "process_sort_index" => {
                let process = threads.process(builder, event.pid);
                if let Some(index) = sort_index(event) {
                    builder.process_mut(process).sort_index = index;
                }
            }
            "thread_name" => {
                let thread = threads.of(builder, event);
                if let Some(name) = text(event, b"name") {
                    let name = builder.string(&name.decode());
                    builder.thread_mut(thread).name = name;
                }
            }
            "thread_sort_index" => {
                let thread = threads.of(builder, event);
                if let Some(index) = sort_index(event) {
                    builder.thread_mut(thread).sort_index = index;
                }
            }
            "trace_buffer_overflowed" => {
                job.note(Severity::Loss, "buffer-overflow", || {
                    "the tracer ran out of memory and lost events; record with a larger buffer \
                     or fewer categories"
                        .to_owned()
                });
            }
            name => job.note(Severity::Unshown, "metadata", || {
                let name: String = name.chars().take(40).collect(); // A broken file has any length.
                let at = event.offset;
                format!(
                    "metadata beside names and ranks is not shown, first {name:?} at byte {at}; \
                     read it in the file"
                )
            }),
        }
    }

    /// Adds the labels to the names: the titles of tabs, in Chrome.
    pub(super) fn finish(self, builder: &mut ProfileBuilder) {
        let mut labels = self.labels;
        labels.sort_by_key(|&(process, _)| process);
        for of_process in labels.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(process, labels)) = of_process.last() else { continue };
            let name = builder.process_mut(process).name;
            let (name, labels) = (builder.text(name), builder.text(labels));
            let name =
                if name.is_empty() { labels.to_owned() } else { format!("{name} ({labels})") };
            let name = builder.string(&name);
            builder.process_mut(process).name = name;
        }
    }
}

/// The last value of an argument.
fn arg<'a>(event: &Event<'a>, wanted: &[u8]) -> Option<Value<'a>> {
    let mut scanner = Scanner::new(event.args?, 1);
    let mut found = None;
    while let Ok(Some(key)) = scanner.key() {
        let value = scanner.value().ok()?;
        if key.raw == wanted {
            found = Some(value);
        }
    }
    found
}

fn text<'a>(event: &Event<'a>, wanted: &[u8]) -> Option<Text<'a>> {
    match arg(event, wanted)? {
        Value::String(text) => Some(text),
        Value::Number(raw) => Some(Text { raw }),
        _ => None,
    }
}

fn sort_index(event: &Event<'_>) -> Option<i64> {
    arg(event, b"sort_index")?.digits().and_then(|digits| scaled(digits, 0))
}
