//! Counters of processes, such as memory and power.

use rview_core::ProcessId;

use super::table::Table;
use super::threads::Importing;
use crate::ImportError;
use crate::json::{Elements, Text, Value};

impl<'a> Importing<'a, '_> {
    /// Adds all counters of the file.
    ///
    /// Samples tell by how much a counter changed. Of memory the sum is shown, as the Firefox
    /// Profiler does; of others, such as power and bandwidth, what was used since the last sample.
    pub(super) fn add_counters(&mut self, counters: Value<'a>) -> Result<(), ImportError> {
        let counters = Elements::of(counters).filter(|counter| counter.object().is_some());
        for counter in counters {
            if self.job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let counter = Table::of(counter);
            let process = self.counter_process(&counter);
            let text = |key: &[u8]| counter.text(key).map(Text::decode).unwrap_or_default();
            let (name, category) = (text(b"name"), text(b"category"));
            let shown = if category.is_empty() || category == name {
                name.into_owned()
            } else {
                format!("{category}: {name}")
            };
            let is_sum = category == "Memory";
            // Versions before 48 have groups of samples; of all that were written one each.
            let groups = counter.get(b"sampleGroups");
            let groups = groups.map_or_else(Vec::new, |groups| match groups {
                Value::Array(_) => Elements::of(groups).collect(),
                group => vec![group],
            });
            let groups = groups.into_iter().filter_map(|group| Table::of(group).table(b"samples"));
            for samples in groups.chain(counter.table(b"samples")) {
                let id = self.builder.counter(process, &shown);
                let mut sum = 0.0;
                for (time_ns, count) in samples.clock().into_iter().zip(samples.floats(b"count")) {
                    sum = if is_sum { sum + count } else { count };
                    if let Some(time_ns) = time_ns {
                        self.last_ns = self.last_ns.max(time_ns);
                        self.builder.counter_value(id, time_ns, sum);
                    }
                }
            }
        }
        Ok(())
    }

    fn counter_process(&mut self, counter: &Table<'a>) -> ProcessId {
        let pid = counter.get(b"pid").and_then(Value::digits).unwrap_or_default();
        self.process(pid, None)
    }
}
