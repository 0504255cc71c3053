//! What was open when rview ended, however it ended: the files, and where the user was in each.
//!
//! It is written a little after every change, beside the old one and then in its place, so that
//! a crash of rview or of the system leaves what was open shortly before.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rview_formats::Input;
use serde::{Deserialize, Serialize};

use crate::state::Kept;

/// What was open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastSession {
    /// Files, left to right.
    pub files: Vec<LastFile>,
    /// Comparisons, by the rows of their sides among the files.
    pub compared: Vec<[usize; 2]>,
    /// What was in front: a row of the files, or behind them of the comparisons.
    pub front: usize,
}

/// A file that was open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastFile {
    /// Where it is; several were opened as one.
    pub paths: Vec<PathBuf>,
    /// Whether it was opened as one recording of several.
    pub merged: bool,
    /// Where the user was.
    pub kept: Kept,
}

impl LastFile {
    /// What to open.
    pub fn input(&self) -> Option<Input> {
        if self.merged {
            return (!self.paths.is_empty()).then(|| Input::Merged(self.paths.clone()));
        }
        self.paths.first().cloned().map(Input::Path)
    }
}

impl LastSession {
    /// Where it is written; `None` where the system has no place for it.
    pub fn place() -> Option<PathBuf> {
        Some(dirs::state_dir().or_else(dirs::data_local_dir)?.join("rview").join("session.json"))
    }

    /// What was written; `None` where nothing was, or nothing that can be read.
    pub fn load(path: &Path) -> Option<Self> {
        let session: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (!session.files.is_empty()).then_some(session)
    }

    /// Writes it, in one piece or not at all.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let json = serde_json::to_vec(self)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        write_in_place(path, &json)
    }
}

/// Writes a file beside an old one and puts it in its place: who reads finds the one or the other.
pub(crate) fn write_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Of each program its own.
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        // Without this a crash of the system may leave an empty file under the new name.
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    let written = write();
    if written.is_err() {
        let _: io::Result<()> = fs::remove_file(&beside);
    }
    written
}

/// Writes sessions, the newest last whichever job comes first.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    n_asked: u64,
    n_written: Arc<Mutex<u64>>,
}

impl Writer {
    /// What writes a session. A disk that is full or read-only is no reason to bother the user.
    pub(crate) fn job(
        &mut self,
        session: LastSession,
        path: PathBuf,
    ) -> impl FnOnce() + Send + use<> {
        self.n_asked += 1;
        let (nth, n_written) = (self.n_asked, Arc::clone(&self.n_written));
        move || {
            let mut latest = n_written.lock().unwrap_or_else(PoisonError::into_inner);
            if nth > *latest {
                *latest = nth;
                let _: io::Result<()> = session.save(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str) -> LastSession {
        let file = LastFile { paths: vec![name.into()], ..LastFile::default() };
        LastSession { files: vec![file], ..LastSession::default() }
    }

    #[test]
    fn a_session_is_read_as_it_was_written_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/rview/session.json");
        session("a").save(&path).unwrap();
        session("b").save(&path).unwrap();
        assert_eq!(LastSession::load(&path), Some(session("b")));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_session_that_is_cut_empty_or_of_another_version_breaks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        assert_eq!(LastSession::load(&path), None);
        for text in ["", "{", "[]", "{}", "{\"files\": 3}", "{\"files\": []}"] {
            fs::write(&path, text).unwrap();
            assert_eq!(LastSession::load(&path), None, "{text}");
        }
        fs::write(&path, r#"{"files": [{"paths": ["a"], "new": 1}], "front": 99}"#).unwrap();
        assert_eq!(LastSession::load(&path).map(|it| it.files.len()), Some(1));
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        fs::create_dir(&path).unwrap();
        assert!(session("a").save(&path).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_older_session_is_not_written_over_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut writer = Writer::default();
        let first = writer.job(session("a"), path.clone());
        let second = writer.job(session("b"), path.clone());
        second();
        first();
        assert_eq!(LastSession::load(&path), Some(session("b")));
    }
}
