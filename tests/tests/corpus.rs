//! Recordings of other people's tools: each opens, or is refused with a reason known here.
//!
//! Does nothing where there is no corpus. `RVIEW_CORPUS_TABLE=FILE` writes what came of each.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::{Duration, Instant};

use rview_formats::{IMPORTERS, ImportError, Input, Job, Options, open};
use rview_tests::{CorpusFile, corpus, manifest};

/// How long one file may take; all are small.
const MAX_DURATION: Duration = Duration::from_mins(1);

/// Which importer reads a format of the manifest: those that start with the text on the left.
const FAMILIES: &[(&str, &str)] = &[
    ("perf.data", "perf.data"),
    ("perf script", "perf-script"),
    ("pprof", "pprof"),
    ("Chrome Trace", "chrome-trace"),
    ("Chrome DevTools", "chrome-trace"),
    ("PyTorch", "chrome-trace"),
    ("Bazel", "chrome-trace"),
    ("VizTracer", "chrome-trace"),
    ("folded", "folded"),
    (".cpuprofile", "cpuprofile"),
    (".heapprofile", "heapprofile"),
    ("V8 cpu/heap profile", "cpuprofile"),
    ("speedscope JSON", "speedscope"),
    ("Firefox processed profile", "firefox"),
];

/// Files that are rightly refused, and a part of the error.
const REFUSED: &[(&str, &str)] = &[
    ("catapult/trivial_systrace.html", "systrace inside an HTML page"),
    ("firefox/gecko-2.json", "the Gecko format"),
];

/// Files that another importer reads than the format of the manifest suggests, and rightly so.
const READ_AS: &[(&str, &str)] = &[
    ("perfetto-json/gecko__test_gecko_markers.json", "firefox"),
    ("speedscope/node_10.11.0_Heap-20181003T105432.heapprofile", "heapprofile"),
];

/// The importer a file should be read by; `None` if there is none.
fn expected_importer(format: &str) -> Option<&'static str> {
    let (_, family) = FAMILIES.iter().find(|(start, _)| format.starts_with(start))?;
    IMPORTERS.iter().map(|importer| importer.name()).find(|name| name == family)
}

/// What came of a file.
struct Row {
    importer: &'static str,
    result: String,
    notes: String,
    complaint: Option<String>,
}

fn try_file(folder: &Path, file: &CorpusFile) -> Row {
    let job = Job::new(Options { no_system_symbols: true, ..Options::default() });
    let input = Input::Path(folder.join(&file.path));
    let start = Instant::now();
    let caught = panic::catch_unwind(AssertUnwindSafe(|| open(&input, &job)));
    let took = start.elapsed();
    let expected = expected_importer(&file.format);
    let refused = REFUSED.iter().find(|(path, _)| *path == file.path).map(|(_, error)| *error);

    let mut complaint = None;
    let (importer, result) = match caught {
        Err(_) => {
            complaint = Some("panics".to_owned());
            ("", "panic".to_owned())
        }
        Ok(Ok(document)) => {
            let profile = &document.profile;
            let read_as = READ_AS.iter().find(|(path, _)| *path == file.path).map(|(_, by)| *by);
            if let Err(broken) = profile.check() {
                complaint = Some(format!("breaks an invariant: {broken}"));
            } else if refused.is_some() {
                complaint = Some("opens: take it off REFUSED".to_owned());
            } else if read_as.or(expected) != Some(document.format()) {
                complaint = Some(format!("is read as {}", document.format()));
            }
            let (samples, slices) = (profile.samples().len(), profile.slices().len());
            let (counters, markers) = (profile.counters().n_values(), profile.markers().len());
            let counts = [
                (samples, "samples"),
                (slices, "slices"),
                (counters, "values"),
                (markers, "markers"),
            ];
            let counts =
                counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
            (document.format(), counts.collect::<Vec<_>>().join(", "))
        }
        Ok(Err(err)) => {
            let text = err.to_string();
            let is_unknown = matches!(err, ImportError::UnknownFormat { .. });
            complaint = match (refused, expected) {
                (Some(part), _) if text.contains(part) => None,
                (None, None) if is_unknown => None,
                _ => Some(format!("is refused: {text}")),
            };
            ("", text)
        }
    };
    if took > MAX_DURATION {
        complaint = Some(format!("takes {took:?}"));
    }
    let notes = job
        .report()
        .notes()
        .iter()
        .map(|note| format!("{} x{}", note.kind, note.count))
        .collect::<Vec<_>>();
    Row { importer, result, notes: notes.join(", "), complaint }
}

#[test]
fn files_of_the_corpus_open_or_are_refused_for_a_reason() {
    let Some(folder) = corpus() else { return };
    let mut rows = vec!["path\tformat\timporter\tresult\tnotes\n".to_owned()];
    let mut complaints = Vec::new();
    for file in manifest(&folder).iter().filter(|file| file.role == "input") {
        if !folder.join(&file.path).is_file() {
            rows.push(format!("{}\t{}\t\tnot there\t\n", file.path, file.format));
            continue;
        }
        let Row { importer, result, notes, complaint } = try_file(&folder, file);
        let CorpusFile { path, format, .. } = file;
        rows.push(format!("{path}\t{format}\t{importer}\t{result}\t{notes}\n"));
        complaints.extend(complaint.map(|complaint| format!("{path} ({format}) {complaint}")));
    }
    let table = rows.concat();
    if let Some(path) = std::env::var_os("RVIEW_CORPUS_TABLE") {
        std::fs::write(path, &table).unwrap();
    }
    print(&table);
    assert!(complaints.is_empty(), "{} files:\n{}", complaints.len(), complaints.join("\n"));
}

#[expect(clippy::print_stdout, reason = "seen with --nocapture only")]
fn print(table: &str) {
    println!("{table}");
}

#[test]
fn files_named_here_are_in_the_corpus() {
    let Some(folder) = corpus() else { return };
    let files = manifest(&folder);
    for (path, _) in REFUSED.iter().chain(READ_AS) {
        assert!(files.iter().any(|file| file.path == *path), "{path} is not in the manifest");
    }
}
