//! Finds the files of binaries.
//!
//! A name from a wrong file is worse than none, so a file counts only if it has the build id
//! that was recorded, or the checksum that the binary gives. Where no build id was recorded,
//! the binary has to be at least as long as what was mapped of it, and at its recorded path on
//! this machine it has to be the very file, see [`Origin`]. Its build id counts from then on.
//!
//! What a recording names is looked at on this machine only: see `remote`. What the user names
//! is looked at wherever it is.

mod budget;
mod debuginfod;
mod kernel;
mod origin;
mod places;
mod remote;
mod runtime;

use std::collections::VecDeque;
use std::fs::Metadata;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::elf::{Contents, Coverage, build_id_of, packed_symbols};
use super::{Finding, JitDump, Segment, Tried};
use crate::{Job, Options, Source};
use budget::Budget;
use debuginfod::{Downloads, Kind};
use places::Places;

pub use debuginfod::Debuginfod;
pub(super) use kernel::Kernel;
pub use origin::Origin;

/// A file longer than this is not a binary that anybody profiles.
const MAX_FILE: u64 = 16 << 30;

/// How many files of the folders of the options are asked for their build ids.
const MAX_LISTED: usize = 4096;

/// How many places are looked at for one binary.
const MAX_TRIED: usize = 64;

/// Which binary to find.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Where it was when the recording was made.
    pub path: &'a str,
    /// Its build id in lower-case digits, if recorded.
    pub build_id: Option<&'a str>,
    /// Up to which offset the file was mapped; 0 if unknown.
    pub mapped_end: u64,
    /// What else is known of the file where there is no build id.
    pub origin: Origin,
}

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The names of functions.
    Symbols,
    /// Lines of source and inlined functions as well.
    Lines,
}

/// A file and where it is.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Where; the name of an embedded one.
    pub path: PathBuf,
    /// Its bytes.
    pub source: Arc<Source>,
}

/// What was found of a binary.
#[derive(Debug, Default)]
pub struct Found {
    /// The file with most symbols.
    pub symbols: Option<FoundFile>,
    /// The symbols that are packed into that file.
    pub packed: Option<Vec<u8>>,
    /// The binary itself, if the symbols are in another file.
    pub runtime: Option<FoundFile>,
    /// The file with lines and inlined functions.
    pub lines: Option<FoundFile>,
    /// What that file shares with others, by `dwz`.
    pub shared: Option<FoundFile>,
    /// The segments of the binary: files of debug information may lack them.
    pub segments: Vec<Segment>,
    /// Every place that was looked at.
    pub tried: Vec<Tried>,
}

/// Where to look.
#[derive(Debug)]
pub struct Finder<'a> {
    options: &'a Options,
    places: Places<'a>,
    budget: Budget,
    /// What may be asked of servers.
    downloads: Option<Downloads<'a>>,
    /// The files right in the folders of the options by build id, once somebody asks.
    by_build_id: OnceLock<FxHashMap<String, Vec<PathBuf>>>,
}

/// A file that may be the one.
#[derive(Clone, Debug)]
enum Candidate {
    Embedded(&'static str, &'static [u8]),
    /// Code that the running kernel gives every process.
    Vdso(Vec<u8>),
    File(PathBuf),
    /// What is at the recorded path on this machine.
    Recorded(PathBuf),
    /// The debug information of a binary, with its checksum.
    Linked(PathBuf, u32),
}

impl Candidate {
    /// Where it is, if it is a file.
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Embedded(..) | Self::Vdso(_) => None,
            Self::File(path) | Self::Recorded(path) | Self::Linked(path, _) => Some(path),
        }
    }
}

impl<'a> Finder<'a> {
    /// Looks where the options say, then, unless they forbid it, where the recording says and
    /// where systems keep debug files.
    pub fn new(options: &'a Options) -> Self {
        let (places, budget) = (Places::new(options), Budget::new());
        Self { options, places, budget, downloads: None, by_build_id: OnceLock::new() }
    }

    /// Looks there too, and then asks servers, if the options of the job say so. That may take
    /// minutes, and ends when the job is cancelled.
    pub fn with_servers(job: &'a Job) -> Self {
        Self { downloads: Downloads::new(job), ..Self::new(job.options()) }
    }

    /// How many files were not opened because there were too many.
    pub(crate) fn n_refused(&self) -> u64 {
        self.budget.refused()
    }

    /// The bytes of a regular file, or why there are none. A recording may name a pipe that
    /// never ends.
    fn open(&self, path: &Path) -> Result<(Source, Metadata), Finding> {
        let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file);
        let metadata = metadata.filter(|metadata| metadata.len() <= MAX_FILE);
        let metadata = metadata.ok_or(Finding::Nothing)?;
        if !self.budget.spend(metadata.len()) {
            return Err(Finding::OverBudget);
        }
        Ok((Source::open(path).or(Err(Finding::Nothing))?, metadata))
    }

    fn open_file(&self, path: &Path) -> Option<Source> {
        Some(self.open(path).ok()?.0)
    }

    /// The file of a candidate, if it has one that may be asked for.
    fn open_candidate(
        &self,
        candidate: &Candidate,
        wanted: &Wanted<'_>,
    ) -> Result<Source, Finding> {
        match candidate {
            Candidate::Embedded(_, bytes) => Ok(Source::from_static(bytes)),
            Candidate::Vdso(bytes) => Ok(Source::from_vec(bytes.clone())),
            Candidate::File(path) | Candidate::Linked(path, _) => Ok(self.open(path)?.0),
            Candidate::Recorded(path) => {
                if self.places.is_remote(path) {
                    return Err(Finding::Remote);
                }
                let (source, metadata) = self.open(path)?;
                let is_known = wanted.build_id.is_some() || wanted.origin.is_of(&metadata);
                is_known.then_some(source).ok_or(Finding::Unproven)
            }
        }
    }

    /// The files of a binary: for each need the first one that meets it in full, else the first
    /// one that meets it in part.
    pub fn find(&self, wanted: &Wanted<'_>, need: Need) -> Found {
        let mut search = Search::new(wanted, need);
        search.queue.extend(self.embedded(wanted));
        search.queue.extend(self.own_vdso(wanted));
        search.queue.extend(self.places.of(wanted));
        self.run(&mut search);
        if !search.is_done()
            && let Some(paths) = search.build_id.as_deref().and_then(|id| self.renamed(id))
        {
            search.push_files(paths.clone());
            self.run(&mut search);
        }
        if !search.is_done() {
            self.ask_servers(&mut search);
        }
        search.found
    }

    /// Asks servers for what is missing of a binary.
    fn ask_servers(&self, search: &mut Search<'_>) {
        let (Some(downloads), Some(build_id)) = (&self.downloads, search.build_id.clone()) else {
            return;
        };
        if search.found.lines.is_none() || search.best < Coverage::All {
            let path = downloads.fetch(&build_id, Kind::DebugInfo, &mut search.found.tried);
            search.push_files(path.into_iter().collect());
            self.run(search);
        }
        let has_more = search.found.lines.is_some() || search.best > Coverage::None;
        // Debug files do not say where the code is in the binary.
        if search.found.segments.is_empty() && has_more {
            let path = downloads.fetch(&build_id, Kind::Executable, &mut search.found.tried);
            search.push_files(path.into_iter().collect());
            self.run(search);
        }
    }

    fn run(&self, search: &mut Search<'_>) {
        while !search.is_done()
            && search.found.tried.len() < MAX_TRIED
            && let Some(candidate) = search.queue.pop_front()
        {
            let Some((file, contents)) = search.open(&candidate, self) else { continue };
            if search.build_id.is_none()
                && let Some(id) = &contents.build_id
            {
                // The binary was known by its path alone: its debug files are by its build id.
                let files = self.places.by_build_id(id);
                search.build_id = Some(id.clone());
                search.push_files(files);
            }
            if let Some((name, crc)) = &contents.debug_link {
                let files = self.places.of_debug_link(search.wanted, &file.path, name);
                let linked = files.into_iter().map(|path| Candidate::Linked(path, *crc));
                search.queue.extend(linked);
            }
            let is_lines = contents.has_lines;
            let shared = contents.shared_debug.clone();
            search.take(&file, contents);
            if is_lines
                && search.need == Need::Lines
                && let Some((name, id)) = shared
            {
                search.found.shared = self.shared(search, &file.path, &name, &id);
            }
        }
    }

    /// The file that debug files share what they have in common in.
    fn shared(
        &self,
        search: &mut Search<'_>,
        debug_file: &Path,
        name: &[u8],
        build_id: &str,
    ) -> Option<FoundFile> {
        for path in self.places.of_shared(debug_file, name, build_id) {
            let file = self.open_file(&path);
            let found_id = file.as_ref().and_then(|source| build_id_of(source));
            let is_it = found_id.as_deref() == Some(build_id);
            let found = match &file {
                None => Finding::Nothing,
                Some(_) if is_it => Finding::Lines,
                Some(_) => Finding::OtherBuild { build_id: found_id },
            };
            search.found.tried.push(Tried { path: path.clone(), found });
            if let Some(source) = file.filter(|_| is_it) {
                return Some(FoundFile { path, source: Arc::new(source) });
            }
        }
        None
    }

    /// The map of a JIT, by the pid of its process. It has no build id: one of this machine is
    /// taken if the recording is of this machine too, as far as that is known.
    pub fn find_perf_map(&self, pid: i32, origin: Origin) -> Result<FoundFile, Vec<Tried>> {
        let wanted = Wanted { path: "", build_id: None, mapped_end: 0, origin };
        let mut tried = Vec::new();
        for candidate in self.places.of_temporary(&format!("perf-{pid}.map")) {
            let Some(path) = candidate.path().map(Path::to_owned) else { continue };
            match self.open_candidate(&candidate, &wanted) {
                Ok(source) => return Ok(FoundFile { path, source: Arc::new(source) }),
                Err(found) => tried.push(Tried { path, found }),
            }
        }
        Err(tried)
    }

    /// The dump of a JIT, by its recorded path.
    pub(crate) fn find_jit_dump(&self, path: &str, origin: Origin) -> Option<FoundFile> {
        let wanted = Wanted { path, build_id: None, mapped_end: 0, origin };
        let found = self.places.of(&wanted).into_iter().find_map(|candidate| {
            let source = self.open_candidate(&candidate, &wanted).ok()?;
            let is_dump = JitDump::parse(&source).is_some();
            is_dump.then(|| Some((candidate.path()?.to_owned(), source)))?
        });
        found.map(|(path, source)| FoundFile { path, source: Arc::new(source) })
    }

    /// The bytes of a file that was found before.
    pub(super) fn open_found(&self, path: &Path) -> Option<Source> {
        self.open_file(path)
    }

    /// A file of split debug information beside a binary or its debug file.
    pub(super) fn find_beside(&self, names: &[PathBuf]) -> Option<FoundFile> {
        let paths = names.iter().flat_map(|name| self.places.of_split(name));
        paths
            .filter_map(|path| Some((self.open_file(&path)?, path)))
            .map(|(source, path)| FoundFile { path, source: Arc::new(source) })
            .next()
    }

    fn embedded(&self, wanted: &Wanted<'_>) -> Vec<Candidate> {
        let name = rview_core::file_name(wanted.path);
        let embedded = self.options.embedded_symbols.iter();
        embedded
            .filter(|&&(embedded, _)| wanted.build_id.is_some() || name == embedded)
            .map(|&(name, bytes)| Candidate::Embedded(name, bytes))
            .collect()
    }

    /// The code that this process has from the kernel, if the wanted one may be that.
    fn own_vdso(&self, wanted: &Wanted<'_>) -> Option<Candidate> {
        let is_wanted = wanted.path == VDSO && wanted.build_id.is_some();
        (is_wanted && !self.options.no_system_symbols).then(own_vdso)?.map(Candidate::Vdso)
    }

    /// The files with a build id in the folders of the options, whatever they are called.
    fn renamed(&self, build_id: &str) -> Option<&Vec<PathBuf>> {
        let index = || {
            let dirs = self.options.symbol_dirs.iter();
            let entries = dirs.filter_map(|dir| std::fs::read_dir(dir).ok()).flatten();
            let mut files: Vec<PathBuf> =
                entries.take(MAX_LISTED).filter_map(|entry| Some(entry.ok()?.path())).collect();
            files.sort();
            let mut by_id: FxHashMap<String, Vec<PathBuf>> = FxHashMap::default();
            for path in files {
                if let Some(id) = self.open_file(&path).and_then(|it| build_id_of(&it)) {
                    by_id.entry(id).or_default().push(path);
                }
            }
            by_id
        };
        self.by_build_id.get_or_init(index).get(build_id)
    }
}

/// What the code is called that the kernel gives every process.
const VDSO: &str = "[vdso]";

/// That of this process, out of its memory: it is in no file.
fn own_vdso() -> Option<Vec<u8>> {
    /// It has a few pages.
    const MAX_LEN: u64 = 1 << 20;
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with(VDSO))?;
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    let number = |digits| u64::from_str_radix(digits, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    let len = end.checked_sub(start).filter(|&len| len <= MAX_LEN)?;
    let mut memory = std::fs::File::open("/proc/self/mem").ok()?;
    memory.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    memory.take(len).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The search for one binary.
struct Search<'w> {
    wanted: &'w Wanted<'w>,
    need: Need,
    /// The build id that files must have, once it is known.
    build_id: Option<String>,
    queue: VecDeque<Candidate>,
    seen: FxHashSet<PathBuf>,
    best: Coverage,
    found: Found,
}

impl<'w> Search<'w> {
    fn new(wanted: &'w Wanted<'w>, need: Need) -> Self {
        Self {
            wanted,
            need,
            build_id: wanted.build_id.map(str::to_owned),
            queue: VecDeque::new(),
            seen: FxHashSet::default(),
            best: Coverage::None,
            found: Found::default(),
        }
    }

    fn push_files(&mut self, paths: Vec<PathBuf>) {
        self.queue.extend(paths.into_iter().map(Candidate::File));
    }

    /// Whether nothing better can come.
    fn is_done(&self) -> bool {
        let has_lines = self.need == Need::Symbols || self.found.lines.is_some();
        !self.found.segments.is_empty() && self.best == Coverage::All && has_lines
    }

    /// A candidate, if it is of the wanted build.
    fn open(
        &mut self,
        candidate: &Candidate,
        finder: &Finder<'_>,
    ) -> Option<(FoundFile, Contents)> {
        let path = match candidate {
            Candidate::Embedded(name, _) => PathBuf::from(name),
            Candidate::Vdso(_) => PathBuf::from(VDSO),
            _ => candidate.path()?.to_owned(),
        };
        if candidate.path().is_some() && !self.seen.insert(path.clone()) {
            return None;
        }
        let crc = match candidate {
            Candidate::Linked(_, crc) => Some(*crc),
            _ => None,
        };
        let (found, opened) = match finder.open_candidate(candidate, self.wanted) {
            Ok(source) => self.judge(source, crc),
            Err(found) => (found, None),
        };
        self.found.tried.push(Tried { path: path.clone(), found });
        let (source, contents) = opened?;
        Some((FoundFile { path, source: Arc::new(source) }, contents))
    }

    fn judge(&self, source: Source, crc: Option<u32>) -> (Finding, Option<(Source, Contents)>) {
        let Some(mut contents) = Contents::of(&source) else { return (Finding::NoBinary, None) };
        let has_id = contents.build_id.is_some();
        let is_it = match (&self.build_id, crc) {
            (Some(wanted), None) => contents.build_id.as_ref() == Some(wanted),
            (Some(wanted), Some(_)) if has_id => contents.build_id.as_ref() == Some(wanted),
            (_, Some(crc)) => {
                if checksum(&source) != crc {
                    return (Finding::OtherChecksum, None);
                }
                true
            }
            // Maps end with a page, at most 64 KiB long.
            (None, None) => (source.len() as u64).saturating_add(64 << 10) > self.wanted.mapped_end,
        };
        if !is_it {
            return (Finding::OtherBuild { build_id: contents.build_id.take() }, None);
        }
        let found = match contents.coverage {
            _ if contents.has_lines => Finding::Lines,
            Coverage::All => Finding::AllSymbols,
            _ if contents.has_packed_symbols => Finding::AllSymbols,
            Coverage::Exported => Finding::ExportedSymbols,
            Coverage::None => Finding::NoSymbols,
        };
        (found, Some((source, contents)))
    }

    /// Keeps a file for what it is best at.
    fn take(&mut self, file: &FoundFile, contents: Contents) {
        let found = &mut self.found;
        let is_runtime = found.segments.is_empty() && !contents.segments.is_empty();
        if is_runtime {
            found.segments = contents.segments;
        }
        if contents.has_lines && found.lines.is_none() {
            found.lines = Some(file.clone());
        }
        let mut coverage = contents.coverage;
        let mut packed = None;
        if coverage < Coverage::All && contents.has_packed_symbols && self.best < Coverage::All {
            packed = packed_symbols(&file.source);
            coverage = if packed.is_some() { Coverage::All } else { coverage };
        }
        if coverage > self.best {
            let before = found.symbols.replace(file.clone());
            found.packed = packed;
            found.runtime = found.runtime.take().or(before);
            self.best = coverage;
        } else if is_runtime {
            found.runtime = Some(file.clone());
        }
    }
}

/// The checksum that binaries give of their debug files.
fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    // The library counts in 32 bits.
    for bytes in bytes.chunks(1 << 24) {
        crc.update(bytes);
    }
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let origin = Origin::Unknown;
            let wanted = Wanted { path: &path, build_id: Some(build_id), mapped_end: 0, origin };
            Finder::new(&options).find(&wanted, Need::Lines)
        };
        assert!(find(&build_id).symbols.is_some());
        let missing = find("0123456789abcdef");
        assert!(missing.symbols.is_none() && missing.lines.is_none());
        let refused = Tried { path: exe, found: Finding::OtherBuild { build_id: Some(build_id) } };
        assert!(missing.tried.contains(&refused), "{:?}", missing.tried);
    }
}
