//! Where the files of binaries may be.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::remote::{automounts, is_remote};
use super::{Candidate, Wanted};
use crate::Options;

/// The folder in which systems keep debug files.
const DEBUG: &str = "usr/lib/debug";

/// The folders of the options and of the system.
#[derive(Debug)]
pub(super) struct Places<'a> {
    /// Those that the user has named for symbols.
    pub(super) symbol_dirs: &'a [PathBuf],
    /// Copies of the recorded machine's file system.
    pub(super) sysroots: &'a [PathBuf],
    /// Whether this machine's file system is looked at.
    pub(super) with_system: bool,
    /// Caches of files by build id: of perf, then of debuginfod.
    perf_cache: Option<PathBuf>,
    debuginfod_caches: Vec<PathBuf>,
    /// Folders of this machine that lead to others.
    automounts: Vec<PathBuf>,
}

impl<'a> Places<'a> {
    pub(super) fn new(options: &'a Options) -> Self {
        let with_system = !options.no_system_symbols;
        let folder = |name| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let home = folder("HOME").filter(|_| with_system);
        let cache = folder("XDG_CACHE_HOME").or_else(|| Some(home.as_ref()?.join(".cache")));
        let caches = [
            folder("DEBUGINFOD_CACHE_PATH"),
            cache.map(|cache| cache.join("debuginfod_client")),
            home.as_ref().map(|home| home.join(".debuginfod_client_cache")),
        ];
        Self {
            symbol_dirs: &options.symbol_dirs,
            sysroots: &options.sysroots,
            with_system,
            perf_cache: home.map(|home| home.join(".debug")),
            debuginfod_caches: caches.into_iter().flatten().filter(|_| with_system).collect(),
            automounts: if with_system { automounts() } else { Vec::new() },
        }
    }

    /// Whether what a recording or a file names may be on another machine.
    pub(super) fn is_remote(&self, path: &Path) -> bool {
        is_remote(path, &self.automounts)
    }

    /// A path that is in a file, if it may be looked at on this machine.
    fn named(&self, path: &Path) -> Option<PathBuf> {
        (self.with_system && !self.is_remote(path)).then(|| path.to_owned())
    }

    /// Where a binary and its debug files may be, the most likely ones first.
    pub(super) fn of(&self, wanted: &Wanted<'_>) -> Vec<Candidate> {
        let path = wanted.path.strip_suffix(" (deleted)").unwrap_or(wanted.path);
        let path = Path::new(path);
        let mut files = Vec::new();
        for dir in self.symbol_dirs {
            if let Some(id) = wanted.build_id {
                push_build_id(dir, id, &mut files);
            }
            files.extend(suffixes(path).map(|suffix| dir.join(suffix)));
            if let Some(name) = path.file_name() {
                files.push(dir.join(with_ending(name, ".debug")));
            }
        }
        let is_path = path.is_absolute();
        for root in self.sysroots {
            files.extend(is_path.then(|| below(root, path)));
        }
        let mut files: Vec<Candidate> = files.into_iter().map(Candidate::File).collect();
        // A path alone means a file of the recorded machine: with a copy of that, not of this.
        if self.with_system && is_path && (self.sysroots.is_empty() || wanted.build_id.is_some()) {
            files.push(Candidate::Recorded(path.to_owned()));
        }
        if let Some(id) = wanted.build_id {
            files.extend(self.by_build_id(id).into_iter().map(Candidate::File));
        }
        files
    }

    /// Where files with a build id may be, but for the folders of symbols.
    pub(super) fn by_build_id(&self, id: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for root in self.debug_roots() {
            push_build_id(&root, id, &mut files);
        }
        if let (Some(cache), Some((head, rest))) = (&self.perf_cache, id.split_at_checked(2)) {
            let cached = cache.join(".build-id").join(head).join(rest);
            files.extend(["elf", "vdso", "debug"].map(|name| cached.join(name)));
            // Old versions of perf keep the file itself there.
            files.push(cached);
        }
        for cache in &self.debuginfod_caches {
            files.extend(["debuginfo", "executable"].map(|name| cache.join(id).join(name)));
        }
        files
    }

    /// Where the debug file may be that a binary names.
    pub(super) fn of_debug_link(
        &self,
        wanted: &Wanted<'_>,
        found_at: &Path,
        name: &[u8],
    ) -> Vec<PathBuf> {
        let name = String::from_utf8_lossy(name).into_owned();
        let name = Path::new(&name);
        // A name, not a path: what a file may make us read is beside it.
        let Some(name) = name.file_name() else { return Vec::new() };
        let mut files = Vec::new();
        let recorded = Path::new(wanted.path).parent().unwrap_or(Path::new(""));
        for dir in self.symbol_dirs {
            files.extend([dir.join(name), dir.join(".debug").join(name)]);
        }
        if let Some(dir) = found_at.parent().filter(|_| found_at.is_absolute()) {
            files.extend([dir.join(name), dir.join(".debug").join(name)]);
        }
        for root in self.debug_roots() {
            files.push(below(&root, recorded).join(name));
        }
        files
    }

    /// Where the file may be that debug files share what they have in common in.
    pub(super) fn of_shared(&self, debug_file: &Path, name: &[u8], id: &str) -> Vec<PathBuf> {
        let name = String::from_utf8_lossy(name).into_owned();
        let path = Path::new(&name);
        let mut files = Vec::new();
        for dir in self.symbol_dirs {
            push_build_id(dir, id, &mut files);
            files.extend(path.file_name().map(|name| dir.join(name)));
            files.extend(path.file_name().map(|name| dir.join(".dwz").join(name)));
        }
        if path.is_absolute() {
            files.extend(self.sysroots.iter().map(|root| below(root, path)));
            files.extend(self.named(path));
        } else if let Some(dir) = debug_file.parent() {
            files.push(dir.join(path));
        }
        for root in self.debug_roots() {
            push_build_id(&root, id, &mut files);
            files.extend(path.file_name().map(|name| root.join(".dwz").join(name)));
        }
        for cache in &self.debuginfod_caches {
            files.push(cache.join(id).join("debuginfo"));
        }
        files
    }

    /// Where a file of split debug information may be.
    pub(super) fn of_split(&self, name: &Path) -> Vec<PathBuf> {
        let file = name.file_name();
        let mut files: Vec<PathBuf> =
            self.symbol_dirs.iter().filter_map(|dir| Some(dir.join(file?))).collect();
        if name.is_absolute() {
            files.extend(self.sysroots.iter().map(|root| below(root, name)));
            // Beside a file that was found, or where the compiler has put it.
            let is_found = self.symbol_dirs.iter().any(|dir| name.starts_with(dir));
            files.extend(is_found.then(|| name.to_owned()).or_else(|| self.named(name)));
        }
        files
    }

    /// Where perf has copied a file of a kernel.
    pub(super) fn in_caches(&self, build_id: &str, name: &str) -> Vec<PathBuf> {
        let Some((head, rest)) = build_id.split_at_checked(2) else { return Vec::new() };
        let dirs = self.symbol_dirs.iter().chain(&self.perf_cache);
        dirs.map(|dir| dir.join(".build-id").join(head).join(rest).join(name)).collect()
    }

    /// Where a file may be that a program has written to the folder for temporary files.
    pub(super) fn of_temporary(&self, name: &str) -> Vec<Candidate> {
        let copies = self.symbol_dirs.iter().map(|dir| dir.join(name));
        let copies = copies.chain(self.sysroots.iter().map(|root| root.join("tmp").join(name)));
        let mut files: Vec<Candidate> = copies.map(Candidate::File).collect();
        let own = self.with_system.then(|| Path::new("/tmp").join(name));
        files.extend(own.map(Candidate::Recorded));
        files
    }

    fn debug_roots(&self) -> impl Iterator<Item = PathBuf> {
        let sysroots = self.sysroots.iter().map(|root| root.join(DEBUG));
        sysroots.chain(self.with_system.then(|| Path::new("/").join(DEBUG)))
    }
}

/// The forms in which folders keep files by build id.
fn push_build_id(dir: &Path, id: &str, files: &mut Vec<PathBuf>) {
    let Some((head, rest)) = id.split_at_checked(2) else { return };
    let dir = dir.join(".build-id").join(head);
    files.push(dir.join(format!("{rest}.debug")));
    files.push(dir.join(rest).join("elf"));
}

/// An absolute path, below a copy of the file system.
fn below(root: &Path, path: &Path) -> PathBuf {
    let names = path.components().filter(|part| matches!(part, Component::Normal(_)));
    names.fold(root.to_owned(), |path, name| path.join(name))
}

fn with_ending(name: &OsStr, ending: &str) -> OsString {
    let mut name = name.to_owned();
    name.push(ending);
    name
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted<'a>(path: &'a str, build_id: Option<&'a str>) -> Wanted<'a> {
        Wanted { path, build_id, mapped_end: 0, origin: super::super::Origin::Unknown }
    }

    fn paths(candidates: &[Candidate]) -> Vec<PathBuf> {
        candidates.iter().filter_map(|it| Some(it.path()?.to_owned())).collect()
    }

    #[test]
    fn a_path_is_looked_for_under_a_folder_by_its_ends() {
        let suffixes: Vec<PathBuf> = suffixes(Path::new("/usr/../bin/app")).collect();
        assert_eq!(suffixes, ["usr/bin/app", "bin/app", "app"].map(PathBuf::from));
    }

    #[test]
    fn with_a_copy_of_the_file_system_a_path_is_not_looked_for_in_this_one() {
        let sysroots = vec![PathBuf::from("/copy")];
        let options = Options { sysroots, ..Options::default() };
        let places = Places::new(&options);
        let of = |build_id| {
            let wanted = wanted("/bin/../app", build_id);
            paths(&places.of(&wanted))
        };
        assert_eq!(of(None), [PathBuf::from("/copy/bin/app")]);
        let with_id = of(Some("abcd"));
        assert!(with_id.contains(&PathBuf::from("/copy/usr/lib/debug/.build-id/ab/cd.debug")));
        assert!(with_id.contains(&PathBuf::from("/bin/../app")));
    }

    #[test]
    fn without_the_system_only_folders_of_the_user_are_looked_at() {
        let symbol_dirs = vec![PathBuf::from("/mine")];
        let options = Options { symbol_dirs, no_system_symbols: true, ..Options::default() };
        let places = Places::new(&options);
        let wanted = wanted("/bin/app", Some("abcd"));
        let mut files = paths(&places.of(&wanted));
        files.extend(places.of_debug_link(&wanted, Path::new("/mine/app"), b"app.debug"));
        files.extend(paths(&places.of_temporary("perf-1.map")));
        assert!(files.iter().all(|file| file.starts_with("/mine")), "{files:?}");
    }
}
