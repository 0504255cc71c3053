//! Paths that lead to other machines.
//!
//! A recording names paths, and whoever made it chose them. To open a share on Windows is to
//! tell its owner who is asking, and to look below the folder of an automounter is to mount what
//! the path names.

use std::path::{Component, Path, PathBuf};

/// Folders below which names are those of other machines, by convention.
const SHARES: [&str; 10] = [
    "/net",
    "/afs",
    "/coda",
    "/cvmfs",
    "/misc",
    "/smb",
    "/ipfs",
    "/Network",
    "/.automount",
    "/run/user",
];

/// Whether a path may lead to another machine, judged without touching it.
pub(super) fn is_remote(path: &Path, automounts: &[PathBuf]) -> bool {
    let text = path.as_os_str().to_string_lossy();
    // `\\host\share`, `//host/share`, `\\?\UNC\host\share`, and what else starts like that.
    let mut start = text.chars();
    let is_slash = |c: Option<char>| c.is_some_and(|c| c == '/' || c == '\\');
    if is_slash(start.next()) && is_slash(start.next()) {
        return true;
    }
    let path = without_dots(path);
    let is_below = |dir: &Path| path.starts_with(dir);
    SHARES.iter().any(|dir| is_below(Path::new(dir))) || automounts.iter().any(|dir| is_below(dir))
}

/// The path without `.` and `..`, by its letters alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// The folders of this machine that are mounted when somebody looks into them and are not yet.
pub(super) fn automounts() -> Vec<PathBuf> {
    std::fs::read_to_string("/proc/self/mountinfo").map_or_else(|_| Vec::new(), |it| parse(&it))
}

/// Lines such as `36 35 98:0 / /mnt rw,noatime master:1 - autofs systemd-1 rw,fd=30`. The last
/// mount of a folder is the one that is seen.
fn parse(mounts: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for line in mounts.lines() {
        let Some((mount, system)) = line.split_once(" - ") else { continue };
        let Some(folder) = mount.split(' ').nth(4) else { continue };
        let folder = PathBuf::from(folder.replace("\\040", " "));
        if system.starts_with("autofs ") {
            found.push(folder);
        } else {
            found.retain(|automount| *automount != folder);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_automounts_are_told_by_their_paths() {
        let automounts = [PathBuf::from("/mnt/auto")];
        for remote in [
            r"\\host\share\app.exe",
            r"\\?\UNC\host\share\app",
            "//host/share/app",
            r"/\host\share",
            "/net/host/app",
            "/usr/../net/host/app",
            "/afs/cell/app",
            "/mnt/auto/x",
        ] {
            assert!(is_remote(Path::new(remote), &automounts), "{remote}");
        }
        for local in ["/usr/bin/app", "/network/app", "/home/me/net/app", "/mnt/automatic/x"] {
            assert!(!is_remote(Path::new(local), &automounts), "{local}");
        }
    }

    #[test]
    fn an_automount_that_is_mounted_is_a_folder_like_others() {
        let mounts = "\
            20 1 0:5 / /proc/sys/fs/binfmt_misc rw shared:1 - autofs systemd-1 rw\n\
            21 1 0:6 / /mnt/a\\040b rw - autofs auto rw\n\
            22 1 0:7 / /boot rw - autofs systemd-1 rw\n\
            23 1 8:1 / /boot rw - vfat /dev/sda1 rw\n\
            nonsense\n";
        let expected = ["/proc/sys/fs/binfmt_misc", "/mnt/a b"].map(PathBuf::from);
        assert_eq!(parse(mounts), expected);
    }
}
