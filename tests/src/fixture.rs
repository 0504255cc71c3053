//! The fixtures: small real recordings, a folder for each format.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use rview_formats::{Job, Options};

/// Endings of files that lie beside the recordings: what was recorded, how, and what other
/// tools say of it. Everything else in a format's folder is a recording.
const NOT_RECORDINGS: &[&str] = &[
    ".awk",
    ".bin",
    ".c",
    ".cpp",
    ".csv",
    ".debug",
    ".dwo",
    ".dwp",
    ".dwz",
    ".go",
    ".html",
    ".js",
    ".ko.xz",
    ".md",
    ".mjs",
    ".py",
    ".s",
    ".rs",
    ".sh",
    ".txt",
    ".txt.gz",
    "expected.json",
    "oracle.json",
    "perfetto.json",
];

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fixture {
    /// The folder it is in, which is called as the importer of its format.
    pub format: String,
    /// The name of its file.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Fixture {
    /// The bytes of the file as it is stored.
    ///
    /// # Panics
    ///
    /// When the file cannot be read.
    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

/// Where the folders of the formats are.
pub fn fixtures_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every recording, by format and name.
///
/// # Panics
///
/// When a folder cannot be read.
pub fn fixtures() -> Vec<Fixture> {
    let mut fixtures = Vec::new();
    for format in fs::read_dir(fixtures_dir()).unwrap().map(Result::unwrap) {
        if !format.file_type().unwrap().is_dir() {
            continue;
        }
        for file in fs::read_dir(format.path()).unwrap().map(Result::unwrap) {
            let name = file.file_name().into_string().unwrap();
            let is_recording = file.file_type().unwrap().is_file()
                && !name.starts_with('.')
                && !NOT_RECORDINGS.iter().any(|ending| name.ends_with(ending));
            if is_recording {
                let format = format.file_name().into_string().unwrap();
                fixtures.push(Fixture { format, name, path: file.path() });
            }
        }
    }
    fixtures.sort();
    fixtures
}

/// A job that finds the binaries of the fixtures and none of this machine, so that a
/// recording looks the same everywhere.
pub fn fixture_job(format: &str) -> Job {
    let symbol_dirs = vec![fixtures_dir().join(format)];
    Job::new(Options { symbol_dirs, no_system_symbols: true, ..Options::default() })
}
