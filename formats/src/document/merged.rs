//! Many files opened as one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Document, Input, Load, open};
use crate::merge::Merger;
use crate::{ImportError, Job, Report, Severity, Source};

/// Files that are open at the same time: enough for all threads, few enough for the memory.
const N_AT_ONCE: usize = 64;

/// Opens all files, and those in folders, and merges their samples. A file that cannot be read
/// is left out, with a note, unless none can.
pub(super) fn open_merged(
    input: &Input,
    paths: &[PathBuf],
    job: &Job,
) -> Result<Document, ImportError> {
    let start = Instant::now();
    let files = files(paths)?;
    note_repeated(&files, job);
    let names = names(&files);
    job.set_total(files.len() as u64);
    let mut merger = Merger::default();
    let (mut first, mut first_error) = (None, None);
    let (mut bytes, mut n_done) = (0_u64, 0_u64);
    for files in files.chunks(N_AT_ONCE) {
        let documents: Vec<Result<Document, ImportError>> =
            files.par_iter().map(|path| open(&Input::Path(path.clone()), &job.part())).collect();
        for (path, document) in files.iter().zip(documents) {
            n_done = n_done.saturating_add(1);
            job.progress(n_done)?;
            match document {
                Ok(document) => {
                    bytes = bytes.saturating_add(document.load.bytes);
                    let name = names.get(path).map_or("", String::as_str);
                    merge_notes(&document.report, name, job);
                    merger.add(name, &document.profile, job);
                    first.get_or_insert(document.importer);
                }
                Err(err) => {
                    job.note(Severity::Loss, "unreadable-file", || {
                        format!("a file is left out, first {}: {err}", path.display())
                    });
                    first_error.get_or_insert(err);
                }
            }
        }
    }
    match (merger.finish(job), first, first_error) {
        (Some(profile), Some(importer), _) => Ok(Document {
            is_preview: false,
            input: input.clone(),
            profile: Arc::new(profile),
            report: job.report(),
            load: Load { bytes, import: start.elapsed() },
            modules: Arc::from([]),
            source: Arc::new(Source::from_static(&[])),
            importer,
        }),
        (_, _, Some(err)) => Err(err),
        _ => Err(ImportError::Empty {
            format: "merged files",
            hint: "only files with samples can be merged",
        }),
    }
}

/// Notes what was noted of one file, and which it was: what is counted together is told of the
/// first only.
fn merge_notes(report: &Report, name: &str, job: &Job) {
    for note in report.notes() {
        let text = || format!("first in {name}: {}", note.text);
        job.note_many(note.severity, note.kind, note.count, text);
    }
}

/// Notes files that are given more than once, by whatever path.
fn note_repeated(files: &[PathBuf], job: &Job) {
    let mut known = FxHashSet::default();
    for path in files {
        // What cannot be found is told when it is opened.
        let Ok(real) = path.canonicalize() else { continue };
        if !known.insert(real) {
            job.note(Severity::Info, "repeated-file", || {
                format!(
                    "a file is given more than once, and its samples count each time, first {}",
                    path.display()
                )
            });
        }
    }
}

/// All files: a folder stands for those in it and in its folders, in order of name. Links to
/// folders are not followed: they may lead around in a circle.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    // The next one last.
    let mut waiting: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = waiting.pop() {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let path = entry.path();
            let is_folder = entry.file_type()?.is_dir();
            if is_folder || path.is_file() {
                inside.push(path);
            }
        }
        inside.sort_unstable_by(|a, b| b.cmp(a));
        waiting.append(&mut inside);
    }
    Ok(files)
}

/// What each file is called: its name, or its path where another has the same name.
fn names(files: &[PathBuf]) -> FxHashMap<PathBuf, String> {
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_owned();
    let mut n_of_name: FxHashMap<_, u32> = FxHashMap::default();
    for path in files {
        let n = n_of_name.entry(name(path)).or_default();
        *n = n.saturating_add(1);
    }
    let told = |path: &PathBuf| match n_of_name.get(&name(path)) {
        Some(1) => name(path).to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    };
    files.iter().map(|path| (path.clone(), told(path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(files: &[(&str, &str)], given: &[&str]) -> Vec<(&'static str, u64, String)> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let paths = given.iter().map(|name| folder.path().join(name)).collect();
        let document = open(&Input::Merged(paths), &Job::default()).unwrap();
        let place = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
        let notes = document.report.notes().into_iter();
        notes.map(|note| (note.kind, note.count, note.text.replace(&place, ""))).collect()
    }

    #[test]
    fn a_note_says_which_file_it_is_of() {
        let stacks = "a;b 1\na;c 4\n".repeat(4);
        let bad = format!("{stacks}bad\n");
        let files = [("a", &*stacks), ("b", &bad), ("c", &bad)];
        let notes = notes(&files, &["a", "b", "c"]);
        let (kind, count, text) = notes.first().unwrap();
        assert_eq!((notes.len(), *kind, *count), (1, "bad-line", 2));
        assert!(text.starts_with("first in b: a line without its weight"), "{text}");
    }

    #[test]
    fn files_that_are_being_read_see_that_the_user_has_cancelled() {
        let job = Job::default();
        let part = job.part();
        assert!(!part.is_cancelled());
        job.cancel();
        assert!(part.is_cancelled());
    }

    #[test]
    fn a_file_that_is_given_twice_is_noted() {
        let files = [("a", "a;b 1\n"), ("b", "a;b 2\n")];
        assert_eq!(notes(&files, &["a", "b"]), []);
        let expected = "a file is given more than once, and its samples count each time, first a";
        let expected = [("repeated-file", 1, expected.to_owned())];
        assert_eq!(notes(&files, &["a", "b", "a"]), expected);
        // A folder has it again.
        let folder = notes(&files, &["a", "."]);
        assert_eq!(
            folder.first().map(|(kind, count, _)| (*kind, *count)),
            Some(("repeated-file", 1))
        );
    }
}
