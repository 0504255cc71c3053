//! Counters of processes, such as memory and power.

use rview_core::ProcessId;

use super::table::Table;
use super::threads::Importing;
use crate::json::{Elements, Text, Value};
use crate::{ImportError, Severity};

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
                let (mut sum, mut n_bad) = (0.0, 0_u64);
                for (time_ns, count) in samples.clock().into_iter().zip(samples.floats(b"count")) {
                    let (Some(time_ns), Some(count)) = (time_ns, count) else {
                        n_bad = n_bad.saturating_add(1);
                        continue;
                    };
                    sum = if is_sum { sum + count } else { count };
                    self.last_ns = self.last_ns.max(time_ns);
                    self.builder.counter_value(id, time_ns, sum);
                }
                self.job.note_many(Severity::Loss, "bad-counter", n_bad, || {
                    "a value of a counter that is no number or has no time is left out".to_owned()
                });
            }
        }
        Ok(())
    }

    fn counter_process(&mut self, counter: &Table<'a>) -> ProcessId {
        let pid = counter.get(b"pid").and_then(Value::digits).unwrap_or_default();
        self.process(pid, None)
    }
}

#[cfg(test)]
mod tests {
    use crate::firefox::Firefox;
    use crate::{Importer as _, Job, Source};

    #[test]
    fn values_that_are_no_numbers_are_left_out() {
        let samples = r#"{"time":[1,2,null,4],"count":[5,"x",6,7]}"#;
        let counter = format!(r#"{{"name":"m","category":"Memory","pid":1,"samples":{samples}}}"#);
        let json = format!(r#"{{"meta":{{}},"threads":[],"counters":[{counter}]}}"#);
        let job = Job::default();
        let profile = Firefox.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        let counter = profile.counters().ids().next().unwrap();
        let values: Vec<String> =
            profile.counters().values(counter).iter().map(f64::to_string).collect();
        assert_eq!(values, ["5", "12"]);
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(notes, [("bad-counter", 2)]);
    }
}
