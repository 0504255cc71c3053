//! Many files opened as one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Document, Input, Load, open};
use crate::merge::Merger;
use crate::{ImportError, Job, Severity, Source};

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
    let names = names(&files);
    job.set_total(files.len() as u64);
    let mut merger = Merger::default();
    let (mut first, mut first_error) = (None, None);
    let (mut bytes, mut n_done) = (0_u64, 0_u64);
    for files in files.chunks(N_AT_ONCE) {
        let documents: Vec<Result<Document, ImportError>> = files
            .par_iter()
            .map(|path| open(&Input::Path(path.clone()), &Job::new(job.options().clone())))
            .collect();
        for (path, document) in files.iter().zip(documents) {
            n_done = n_done.saturating_add(1);
            job.progress(n_done)?;
            match document {
                Ok(document) => {
                    bytes = bytes.saturating_add(document.load.bytes);
                    job.merge(&document.report);
                    let name = names.get(path).map_or("", String::as_str);
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
    match (merger.finish(), first, first_error) {
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
