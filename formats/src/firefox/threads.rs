//! The profile under construction, thread by thread.

use std::borrow::Cow;
use std::rc::Rc;

use foldhash::HashMap;
use rview_core::{ProcessId, Profile, ProfileBuilder, RawSliceId, StringId, ValueTypeId};

use super::places::{Place, Places, Shared, Tables};
use super::samples::Kind;
use super::table::Table;
use super::{FORMAT, File};
use crate::json::{Text, Value};
use crate::{ImportError, Job, Severity};

/// What the file comes to so far.
pub(super) struct Importing<'a, 'j> {
    pub(super) bytes: &'a [u8],
    pub(super) job: &'j Job,
    pub(super) builder: ProfileBuilder,
    pub(super) shared: Shared,
    /// The tables that all threads share, and the places of their stacks once a thread asks.
    shared_tables: Tables<'a>,
    shared_places: Option<Rc<[Place]>>,
    /// The unit of `threadCPUDelta`.
    pub(super) cpu_unit: Cow<'a, str>,
    pub(super) value_types: Vec<(Kind, ValueTypeId)>,
    processes: HashMap<&'a [u8], ProcessId>,
    /// Intervals that never ended.
    pub(super) unclosed: Vec<RawSliceId>,
    /// The last time of anything.
    pub(super) last_ns: i64,
}

/// What the file says of the recording as a whole, and how that is called.
const FACTS: [(&[u8], &str); 7] = [
    (b"product", "product"),
    (b"platform", "platform"),
    (b"oscpu", "operating system"),
    (b"abi", "ABI"),
    (b"appBuildID", "build"),
    (b"interval", "interval in ms"),
    (b"preprocessedProfileVersion", "version of the format"),
];

impl<'a, 'j> Importing<'a, 'j> {
    pub(super) fn new(bytes: &'a [u8], job: &'j Job, file: &File<'a>) -> Self {
        let mut builder = ProfileBuilder::default();
        let meta = Table::of(file.meta);
        for (key, what) in FACTS {
            let value = meta.get(key).map(|value| match value {
                Value::String(text) => text.decode(),
                Value::Number(raw) => String::from_utf8_lossy(raw),
                _ => "".into(),
            });
            if let Some(value) = value.filter(|value| !value.is_empty() && value.len() < 200) {
                builder.fact(what, &value);
            }
        }
        if matches!(meta.get(b"symbolicated"), Some(Value::Word(b"false"))) {
            job.note(Severity::Info, "not-symbolicated", || {
                "the names of functions were not looked up when this was recorded, so those of \
                 binaries are addresses; open it with `samply load` or profiler.firefox.com and \
                 save it from there"
                    .to_owned()
            });
        }
        let units = meta.table(b"sampleUnits").unwrap_or_default();
        let cpu_unit = units.text(b"threadCPUDelta").map_or("".into(), Text::decode);
        let shared = Shared::new(&mut builder, &meta, file.libs);
        Self {
            bytes,
            job,
            builder,
            shared,
            shared_tables: Tables::new(&Table::of(file.shared), None),
            shared_places: None,
            cpu_unit,
            value_types: Vec::new(),
            processes: HashMap::default(),
            unclosed: Vec::new(),
            last_ns: 0,
        }
    }

    /// The process with a pid, which may be any text.
    pub(super) fn process(&mut self, pid: &'a [u8], name: Option<Text<'a>>) -> ProcessId {
        if let Some(&process) = self.processes.get(pid) {
            return process;
        }
        let (number, id_text) = self.numbered(pid);
        let name = name.map(Text::decode).unwrap_or_default();
        let process = self.builder.process(number, &name);
        self.builder.process_mut(process).id_text = id_text;
        self.processes.insert(pid, process);
        process
    }

    /// An id as a number, and its text if it is more than one: some profilers write `7.1` for what
    /// the system has given the number 7 again.
    fn numbered(&mut self, id: &[u8]) -> (i64, Option<StringId>) {
        let number = crate::json::integer(id).unwrap_or_default();
        let text = Text { raw: id }.decode();
        let is_number = text.is_empty() || text.parse() == Ok(number);
        (number, (!is_number).then(|| self.builder.string(&text)))
    }

    /// Adds a thread with all it has.
    pub(super) fn add_thread(&mut self, thread: Value<'a>) -> Result<(), ImportError> {
        let table = Table::of(thread);
        let pid = table.get(b"pid").and_then(Value::digits).unwrap_or_default();
        let process_name = table.text(b"processName").filter(|name| !name.raw.is_empty());
        let process = self.process(pid, process_name.or(table.text(b"processType")));
        let tid = table.get(b"tid").and_then(Value::digits).unwrap_or_default();
        let (tid, id_text) = self.numbered(tid);
        let name = table.text(b"name").map(Text::decode).unwrap_or_default();
        let id = self.builder.thread(process, tid, &name);
        self.builder.thread_mut(id).id_text = id_text;
        let tables = Tables::new(&table, Some(&self.shared_tables));
        let places = self.places(&tables)?;
        for (key, name) in [
            (&b"samples"[..], "bytes"),
            (b"jsAllocations", "JS allocations"),
            (b"nativeAllocations", "native allocations"),
        ] {
            if let Some(samples) = table.table(key) {
                self.add_samples(&samples, (id, &places), name)?;
            }
        }
        if let Some(markers) = table.table(b"markers") {
            self.add_markers(&markers, &tables, id)?;
        }
        let end = thread.object().map_or(0, |thread| {
            super::offset_of(self.bytes, thread).saturating_add(thread.len() as u64)
        });
        self.job.progress(end)
    }

    /// The places of the stacks of a thread. Stacks that all threads share go through the tables
    /// that all share, whatever a thread has beside them: they are looked up once.
    fn places(&mut self, tables: &Tables<'a>) -> Result<Rc<[Place]>, ImportError> {
        let shared_tables = self.shared_tables.clone();
        let is_shared = tables.has_stacks_of(&shared_tables);
        if is_shared && tables.is_apart_from(&shared_tables) {
            self.job.note(Severity::Loss, "tables-without-stacks", || {
                "a thread has frames or functions of its own, but its stacks are those of all \
                 threads, to which they do not belong; they are left out"
                    .to_owned()
            });
        }
        if let Some(places) = self.shared_places.as_ref().filter(|_| is_shared) {
            return Ok(Rc::clone(places));
        }
        let tables = if is_shared { &shared_tables } else { tables };
        let places = Places::new(tables, &mut self.shared, &mut self.builder, self.job).all()?;
        let places: Rc<[Place]> = places.into();
        if is_shared {
            self.shared_places = Some(Rc::clone(&places));
        }
        Ok(places)
    }

    pub(super) fn finish(mut self) -> Result<Profile, ImportError> {
        let n_unclosed = self.unclosed.len() as u64;
        self.job.note_many(Severity::Repair, "unclosed-slice", n_unclosed, || {
            "an interval never ends and is shown up to the end".to_owned()
        });
        for slice in self.unclosed {
            self.builder.end_slice(slice, self.last_ns, None);
        }
        let (profile, _) = self.builder.finish();
        let is_empty = profile.samples().is_empty()
            && profile.slices().is_empty()
            && profile.markers().is_empty()
            && profile.counters().is_empty();
        if is_empty {
            let hint = "no thread has a sample or a marker; record for longer";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use crate::firefox::Firefox;
    use crate::{Importer as _, Job, Source};
    use rview_core::Profile;

    fn import(thread: &str, job: &Job) -> Profile {
        let tables = r#""stringArray":["main"],"stackTable":{"prefix":[null],"frame":[0]},
            "frameTable":{"func":[0]},"funcTable":{"name":[0]}"#;
        let json = format!(r#"{{"meta":{{}},"threads":[{{"pid":1,"tid":1,{tables},{thread}}}]}}"#);
        Firefox.import(&Source::from_vec(json.into_bytes()), job).unwrap()
    }

    #[track_caller]
    fn check(thread: &str, n_samples: usize, notes: &[(&str, u64)]) {
        let job = Job::default();
        let profile = import(thread, &job);
        assert_eq!(profile.samples().len(), n_samples);
        let report = job.report();
        let found: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(found, notes);
    }

    #[test]
    fn samples_without_a_time_are_counted() {
        let samples = r#""samples":{"stack":[0,0,0],"time":[2]}"#;
        check(samples, 1, &[("sample-without-time", 2)]);
    }

    #[test]
    fn samples_without_a_weight_are_counted() {
        let samples = r#""samples":{"stack":[0,0,0],"time":[1,2,3],"weight":[4,"x"]}"#;
        check(samples, 3, &[("sample-without-weight", 2)]);
    }

    #[test]
    fn intervals_that_end_before_they_start_are_counted() {
        let times = r#""startTime":[5,9,null],"endTime":[3,null,7],"phase":[1,2,3]"#;
        let markers = format!(r#""markers":{{"name":[0,0,0],"data":[],{times}}}"#);
        check(&markers.replace("\"data\":[],", ""), 0, &[("negative-duration", 2)]);
    }

    #[test]
    fn samples_of_a_stack_that_is_not_there_are_a_loss() {
        check(
            r#""samples":{"stack":[7,-1,0,"a",null,-2],"time":[1,2,3,4,5,6]}"#,
            1,
            &[("sample-without-stack", 3), ("idle-samples", 2)],
        );
    }

    #[test]
    fn units_are_read_however_they_are_escaped() {
        let tables = r#""stringArray":["main"],"stackTable":{"prefix":[null],"frame":[0]},
            "frameTable":{"func":[0]},"funcTable":{"name":[0]}"#;
        let samples = r#""samples":{"weightType":"tracing\u002dms","stack":[0],"time":[1],
            "weight":[2],"threadCPUDelta":[3]}"#;
        let thread = format!(r#"{{"pid":1,"tid":1,{tables},{samples}}}"#);
        for unit in [r"\u00b5s", "µs", r"\u03bcs", "us"] {
            let meta = format!(r#"{{"sampleUnits":{{"threadCPUDelta":"{unit}"}}}}"#);
            let json = format!(r#"{{"meta":{meta},"threads":[{thread}]}}"#);
            let source = Source::from_vec(json.into_bytes());
            let profile = Firefox.import(&source, &Job::default()).unwrap();
            let totals = profile.value_type_ids().zip(profile.value_types());
            let totals: Vec<_> = totals
                .map(|(id, row)| (&*row.name, &row.unit, profile.samples().weights(id).total()))
                .collect();
            let ns = &rview_core::Unit::Nanoseconds;
            assert_eq!(totals, [("time", ns, 2_000_000), ("CPU time", ns, 3000)], "{unit}");
        }
    }

    #[test]
    fn ids_that_are_no_numbers_keep_their_text() {
        let samples = r#""samples":{"stack":[0],"time":[1]}"#;
        let tables = r#""stringArray":["main"],"stackTable":{"prefix":[null],"frame":[0]},
            "frameTable":{"func":[0]},"funcTable":{"name":[0]}"#;
        let thread = |ids: &str| format!("{{{ids},\"name\":\"w\",{tables},{samples}}}");
        let threads = [r#""pid":"7.1","tid":"\u0078-2""#, r#""pid":"7","tid":8"#].map(thread);
        let json = format!(r#"{{"meta":{{}},"threads":[{}]}}"#, threads.join(","));
        let job = Job::default();
        let profile = Firefox.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        let names: Vec<String> =
            profile.threads().ids().map(|id| rview_core::thread_name(&profile, id)).collect();
        assert_eq!(names, ["w x-2", "w 8"]);
        let names: Vec<String> =
            profile.processes().ids().map(|id| rview_core::process_name(&profile, id)).collect();
        assert_eq!(names, ["7.1", "Process 7"]);
    }

    #[test]
    fn stacks_of_all_threads_go_through_the_tables_of_all() {
        let shared = r#""stringArray":["main","run"],"stackTable":{"prefix":[null],"frame":[0]},
            "frameTable":{"func":[0]},"funcTable":{"name":[1]}"#;
        let samples = r#""samples":{"stack":[0],"time":[1]}"#;
        let own = r#""funcTable":{"name":[0]}"#;
        let threads = format!(
            r#"{{"pid":1,"tid":1,{samples}}},{{"pid":1,"tid":2,{own},{samples}}},
               {{"pid":1,"tid":3,"stringArray":[],{samples}}}"#
        );
        let json = format!(r#"{{"meta":{{}},"shared":{{{shared}}},"threads":[{threads}]}}"#);
        let job = Job::default();
        let profile = Firefox.import(&Source::from_vec(json.into_bytes()), &job).unwrap();
        let samples = profile.samples();
        let leaves: Vec<_> = (0..samples.len()).map(|sample| samples.leaf(sample)).collect();
        let leaf = *leaves.first().unwrap();
        assert_eq!(leaves, [leaf; 3]);
        let line = profile.symbols().lines(leaf).first().unwrap();
        assert_eq!(profile.function_name(line.function), "run");
        let report = job.report();
        let found: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(found, [("tables-without-stacks", 1)]);
    }

    #[test]
    fn a_function_that_is_not_there_is_a_loss() {
        let samples = r#""samples":{"stack":[0,0],"time":[1,2]}"#;
        let of = |tables: &str| format!("{tables},{samples}");
        let missing = [("missing-function", 1)];
        check(&of(r#""frameTable":{"func":[9]}"#), 2, &missing);
        check(&of(r#""funcTable":{"name":[9]}"#), 2, &missing);
        check(&of(r#""stackTable":{"prefix":[null],"frame":[9]}"#), 2, &missing);
        check(&of(r#""stringArray":[""]"#), 2, &[]);
    }
}
