//! Whether a file is the one that ran, where no build id was recorded.

use std::fs::Metadata;
use std::time::SystemTime;

/// What is known of the file that a recording names by its path alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nothing: whatever is at the path is taken for it.
    #[default]
    Unknown,
    /// It was on the recorded machine when the recording was made.
    Recorded {
        /// Its number in its file system; 0 where that was not recorded.
        inode: u64,
        /// Whether the recording is of this machine, by its name and its kernel's release.
        is_of_this_machine: bool,
        /// When the recording was complete.
        until: Option<SystemTime>,
    },
}

impl Origin {
    /// Whether a file at the recorded path on this machine is the one that ran.
    ///
    /// A file that was written after the recording is not, nor one that has taken the place of
    /// another since. The number of a file is its own on one file system only, but two machines
    /// that have the same file at the same path with the same number are copies of each other.
    pub(super) fn is_of(&self, metadata: &Metadata) -> bool {
        let Self::Recorded { inode, is_of_this_machine, until } = *self else { return true };
        let is_older = match (until, metadata.modified()) {
            (Some(until), Ok(modified)) => modified <= until,
            _ => true,
        };
        let found = inode_of(metadata);
        let is_same = if found == 0 || inode == 0 { is_of_this_machine } else { found == inode };
        is_older && is_same
    }
}

/// The number of a file; 0 where files have none.
#[cfg(unix)]
fn inode_of(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.ino()
}

#[cfg(not(unix))]
const fn inode_of(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_number_or_its_machine_and_by_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app");
        std::fs::write(&path, "x").unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let modified = metadata.modified().unwrap();
        let is_of = |inode, is_of_this_machine, until| {
            Origin::Recorded { inode, is_of_this_machine, until }.is_of(&metadata)
        };
        assert!(Origin::Unknown.is_of(&metadata));
        assert!(is_of(0, true, None));
        assert!(!is_of(0, false, None), "of another machine, or nobody knows");
        assert!(is_of(0, true, Some(modified)));
        let before = modified.checked_sub(Duration::from_secs(1));
        assert!(!is_of(0, true, before), "written after the recording");
        let inode = inode_of(&metadata);
        if inode != 0 {
            assert!(is_of(inode, false, Some(modified)));
            assert!(!is_of(!inode, true, None), "another file is there now");
        }
    }
}
