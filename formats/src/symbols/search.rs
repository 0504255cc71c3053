//! Finds the files of binaries.
//!
//! A name from a wrong file is worse than none, so a file counts only if it has the build id
//! that was recorded. Where none was, it has to be at least as long as what was mapped of it.

mod runtime;

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use rustc_hash::FxHashMap;

use super::Segment;
use super::elf::{Binary, build_id_of};
use crate::{Options, Source};

/// A file longer than this is not a binary that anybody profiles.
const MAX_FILE: u64 = 16 << 30;

/// How many files of the folders of the options are asked for their build ids.
const MAX_LISTED: usize = 4096;

/// Which binary to find.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Where it was when the recording was made.
    pub path: &'a str,
    /// Its build id in lower-case digits, if recorded.
    pub build_id: Option<&'a str>,
    /// Up to which offset the file was mapped; 0 if unknown.
    pub mapped_end: u64,
}

/// A file with the symbols of a binary.
#[derive(Debug)]
pub struct Found {
    /// Its bytes.
    pub source: Source,
    /// The binary itself, if the symbols are in another file.
    pub runtime: Option<Source>,
    /// The segments of the binary: files of debug information may lack them.
    pub segments: Vec<Segment>,
}

/// Why there is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is none, or none with symbols.
    NotFound,
    /// There is a file, but it is of another build.
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Its build id; `None` if it has none.
        build_id: Option<String>,
    },
}

/// Where to look.
#[derive(Debug)]
pub struct Finder<'a> {
    options: &'a Options,
    home: Option<PathBuf>,
    /// The files right in the folders of the options by build id, once somebody asks.
    by_build_id: OnceCell<FxHashMap<String, PathBuf>>,
}

/// A file that may be the one.
enum Candidate {
    Embedded(&'static [u8]),
    File(PathBuf),
}

/// The best so far.
#[derive(Default)]
struct Best {
    found: Option<(Source, usize)>,
    segments: Vec<Segment>,
    /// The first binary that was not the best.
    runtime: Option<Source>,
    mismatch: Option<(PathBuf, Option<String>)>,
}

impl<'a> Finder<'a> {
    /// Looks where the options say, then, unless they forbid it, where the recording says and
    /// where systems keep debug files.
    pub fn new(options: &'a Options) -> Self {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        Self { options, home, by_build_id: OnceCell::new() }
    }

    /// The file with the symbols of a binary: the first one with all of them, else the first
    /// one with any.
    pub fn find(&self, wanted: &Wanted<'_>) -> Result<Found, Missing> {
        let mut best = Best::default();
        for candidate in self.candidates(wanted) {
            if best.take(candidate, wanted) {
                break;
            }
        }
        if best.found.is_none()
            && let Some(path) = wanted.build_id.and_then(|id| self.renamed(id))
        {
            best.take(Candidate::File(path.clone()), wanted);
        }
        match (best.found, best.mismatch) {
            (Some((source, _)), _) => {
                Ok(Found { source, runtime: best.runtime, segments: best.segments })
            }
            (None, Some((path, build_id))) => Err(Missing::Mismatch { path, build_id }),
            (None, None) => Err(Missing::NotFound),
        }
    }

    /// The map of a JIT, by the pid of its process.
    pub fn find_perf_map(&self, pid: i32) -> Option<Source> {
        let name = format!("perf-{pid}.map");
        let mut paths: Vec<PathBuf> =
            self.options.symbol_dirs.iter().map(|dir| dir.join(&name)).collect();
        if !self.options.no_system_symbols {
            paths.push(Path::new("/tmp").join(&name));
        }
        paths.iter().find_map(|path| open_file(path))
    }

    fn candidates(&self, wanted: &Wanted<'_>) -> Vec<Candidate> {
        let path = wanted.path.strip_suffix(" (deleted)").unwrap_or(wanted.path);
        let path = Path::new(path);
        let name = path.file_name();
        let embedded = self.options.embedded_symbols.iter();
        let mut candidates: Vec<Candidate> = embedded
            .filter(|&&(embedded, _)| {
                wanted.build_id.is_some() || name == Some(OsStr::new(embedded))
            })
            .map(|&(_, bytes)| Candidate::Embedded(bytes))
            .collect();

        let mut files = Vec::new();
        let by_id = wanted.build_id.and_then(|id| Some((id.get(..2)?, id.get(2..)?)));
        for dir in &self.options.symbol_dirs {
            if let Some((head, rest)) = by_id {
                let dir = dir.join(".build-id").join(head);
                files.push(dir.join(format!("{rest}.debug")));
                files.push(dir.join(rest).join("elf"));
            }
            files.extend(suffixes(path).map(|suffix| dir.join(suffix)));
            if let Some(name) = name {
                let mut name = name.to_owned();
                name.push(".debug");
                files.push(dir.join(name));
            }
        }
        if !self.options.no_system_symbols {
            self.push_system(path, by_id, &mut files);
        }
        candidates.extend(files.into_iter().map(Candidate::File));
        candidates
    }

    /// The file with a build id in the folders of the options, whatever it is called.
    fn renamed(&self, build_id: &str) -> Option<&PathBuf> {
        let index = || {
            let dirs = self.options.symbol_dirs.iter();
            let entries = dirs.filter_map(|dir| std::fs::read_dir(dir).ok()).flatten();
            let mut files: Vec<PathBuf> =
                entries.take(MAX_LISTED).filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.sort();
            let with_id = |path: PathBuf| Some((build_id_of(&open_file(&path)?)?, path));
            files.into_iter().rev().filter_map(with_id).collect()
        };
        self.by_build_id.get_or_init(index).get(build_id)
    }

    /// Where systems and perf keep binaries and debug files.
    fn push_system(&self, path: &Path, by_id: Option<(&str, &str)>, files: &mut Vec<PathBuf>) {
        if let Some((head, rest)) = by_id {
            let debug = Path::new("/usr/lib/debug/.build-id").join(head);
            files.push(debug.join(format!("{rest}.debug")));
        }
        if path.is_absolute() {
            files.push(path.to_owned());
        }
        if let (Some((head, rest)), Some(home)) = (by_id, &self.home) {
            let cached = home.join(".debug/.build-id").join(head).join(rest);
            files.extend(["elf", "vdso"].map(|name| cached.join(name)));
        }
    }
}

/// The path without its root, then without its first folder, and so on: a copy of the file
/// system, or just the file.
fn suffixes(path: &Path) -> impl Iterator<Item = PathBuf> {
    let names: Vec<&OsStr> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    (0..names.len()).map(move |skip| names.iter().skip(skip).collect())
}

/// The bytes of a regular file: a recording may name a pipe that never ends.
fn open_file(path: &Path) -> Option<Source> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE {
        return None;
    }
    Source::open(path).ok()
}

impl Best {
    /// Looks at a candidate. Gives whether no better one can come.
    fn take(&mut self, candidate: Candidate, wanted: &Wanted<'_>) -> bool {
        let (source, path) = match candidate {
            Candidate::Embedded(bytes) => (Some(Source::from_static(bytes)), None),
            Candidate::File(path) => (open_file(&path), Some(path)),
        };
        let Some(source) = source else { return false };
        let build_id = build_id_of(&source);
        let fits = match wanted.build_id {
            Some(wanted) => build_id.as_deref() == Some(wanted),
            // Maps end with a page, at most 64 KiB long.
            None => (source.len() as u64).saturating_add(64 << 10) > wanted.mapped_end,
        };
        if !fits {
            if let (None, Some(path)) = (&self.mismatch, path) {
                self.mismatch = Some((path, build_id));
            }
            return false;
        }
        let Some(binary) = Binary::parse(&source) else { return false };
        let is_runtime = self.segments.is_empty() && !binary.segments.is_empty();
        if is_runtime {
            self.segments = binary.segments;
        }
        let quality = match binary.symbols.len() {
            0 => 0,
            _ if binary.has_full_table => 2,
            _ => 1,
        };
        if quality > self.found.as_ref().map_or(0, |&(_, quality)| quality) {
            let before = self.found.replace((source, quality));
            self.runtime = self.runtime.take().or(before.map(|(source, _)| source));
        } else if is_runtime {
            self.runtime = Some(source);
        }
        !self.segments.is_empty() && self.found.as_ref().is_some_and(|&(_, quality)| quality == 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_looked_for_under_a_folder_by_its_ends() {
        let suffixes: Vec<PathBuf> = suffixes(Path::new("/usr/../bin/app")).collect();
        assert_eq!(suffixes, ["usr/bin/app", "bin/app", "app"].map(PathBuf::from));
    }

    #[test]
    fn a_file_of_another_build_is_refused() {
        // This very test is an ELF file on Linux.
        let Ok(exe) = std::env::current_exe() else { return };
        let Some(build_id) = std::fs::read(&exe).ok().and_then(|bytes| build_id_of(&bytes)) else {
            return;
        };
        let path = exe.to_string_lossy().into_owned();
        let options = Options::default();
        let find = |build_id| {
            let wanted = Wanted { path: &path, build_id: Some(build_id), mapped_end: 0 };
            Finder::new(&options).find(&wanted)
        };
        assert!(find(&build_id).is_ok());
        let missing = find("0123456789abcdef").unwrap_err();
        assert_eq!(missing, Missing::Mismatch { path: exe, build_id: Some(build_id) });
    }
}
