//! What rview remembers between runs: theme, direction of flame graphs, recent files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::last_session::write_in_place;

/// How many recent files are remembered.
const MAX_RECENT: usize = 12;

/// Settings, as kept in `settings.json`. Unknown and missing fields do not matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// Which way flame graphs grow.
    pub direction: Direction,
    /// The latest files, newest first.
    pub recent: Vec<PathBuf>,
    /// Folders in which binaries and debug files are looked for.
    pub symbol_dirs: Vec<PathBuf>,
    /// Folders in which source files are looked for.
    pub source_dirs: Vec<PathBuf>,
    /// The command that opens a file in the user's editor: `{file}` and `{line}` stand for the
    /// place. Empty when there is none.
    pub editor: String,
    /// Whether servers are asked for debug files.
    pub debuginfod: bool,
    /// Whether jumps are shown at once instead of eased.
    pub reduced_motion: bool,
    /// What a window without files starts with.
    pub at_start: AtStart,
    /// Whether files that change on disk are read again without asking.
    pub reload_changed: bool,
}

/// What a window without files starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtStart {
    /// The welcome page.
    #[default]
    Welcome,
    /// What was open when rview ended.
    LastSession,
}

/// Light, dark, or as the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which way flame graphs grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Roots on top.
    #[default]
    Icicle,
    /// Roots at the bottom.
    Flame,
}

impl AtStart {
    /// The other one.
    pub(crate) fn toggle(&mut self) {
        *self = match self {
            Self::Welcome => Self::LastSession,
            Self::LastSession => Self::Welcome,
        };
    }
}

impl Settings {
    /// The settings of this user; the defaults when there are none or they cannot be read.
    pub fn load() -> Self {
        Self::path()
            .and_then(|path| fs::read(path).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps the settings. A disk that is full or read-only is no reason to bother the user.
    pub fn save(&self) {
        let Some(path) = Self::path() else { return };
        let Ok(json) = serde_json::to_vec_pretty(self) else { return };
        let _: Option<()> = path.parent().and_then(|folder| fs::create_dir_all(folder).ok());
        let _: Option<()> = write_in_place(&path, &json).ok();
    }

    /// Puts a file in front of the recent ones.
    pub fn add_recent(&mut self, path: &Path) {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.recent.retain(|other| *other != path);
        self.recent.insert(0, path);
        self.recent.truncate(MAX_RECENT);
    }

    fn path() -> Option<PathBuf> {
        Some(dirs::config_dir()?.join("rview").join("settings.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opened_again_moves_to_the_front() {
        let mut settings = Settings::default();
        for name in ["/a", "/b", "/a"] {
            settings.add_recent(Path::new(name));
        }
        assert_eq!(settings.recent, [PathBuf::from("/a"), PathBuf::from("/b")]);
    }

    #[test]
    fn settings_of_another_version_are_read() {
        let settings: Settings =
            serde_json::from_str(r#"{"theme": "dark", "from_the_future": 1}"#).unwrap();
        assert_eq!(settings.theme, ThemeChoice::Dark);
    }
}
