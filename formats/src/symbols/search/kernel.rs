//! The files of the kernel and its modules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Candidate, Finder, FoundFile, MAX_TRIED, Wanted};
use crate::Source;
use crate::symbols::elf::{Contents, Coverage};
use crate::symbols::kernel_module::{ENDINGS, module_name};
use crate::symbols::unpack::unpacked_module;
use crate::symbols::{Finding, Tried};

/// Where systems keep the modules of each kernel.
const MODULES: &str = "lib/modules";

/// Which kernel to find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel<'a> {
    /// Its build id in lower-case digits.
    pub(crate) build_id: &'a str,
    /// What `uname -r` says, if recorded.
    pub(crate) release: Option<&'a str>,
}

impl Finder<'_> {
    /// The symbols of the kernel with a build id that perf has copied into its cache.
    pub(crate) fn find_kallsyms(&self, build_id: &str) -> Option<FoundFile> {
        let paths = self.places.of_kallsyms(build_id).into_iter();
        paths
            .filter_map(|path| Some((self.open_file(&path)?, path)))
            .map(|(source, path)| FoundFile { path, source: Arc::new(source) })
            .next()
    }

    /// The file of a kernel that is not packed, with the names of all functions.
    pub(crate) fn find_vmlinux(
        &self,
        kernel: Kernel<'_>,
        tried: &mut Vec<Tried>,
    ) -> Option<FoundFile> {
        for path in self.places.of_vmlinux(kernel) {
            let (found, source) = match self.open(&path) {
                Ok((source, _)) => (judge(&source, Some(kernel.build_id)), Some(source)),
                Err(found) => (found, None),
            };
            if let Some(file) = told(path, found, source, tried) {
                return Some(file);
            }
        }
        None
    }

    /// The file of a module of a kernel of some release, unpacked.
    pub(crate) fn find_module(
        &self,
        wanted: &Wanted<'_>,
        release: Option<&str>,
        tried: &mut Vec<Tried>,
    ) -> Option<FoundFile> {
        let candidates = self.places.of(wanted).into_iter();
        let others = || self.places.of_module(wanted.path, release);
        let others = candidates.chain(std::iter::once_with(others).flatten());
        let mut seen: Vec<PathBuf> = Vec::new();
        for candidate in others {
            let Some(path) = candidate.path().map(Path::to_owned) else { continue };
            if seen.contains(&path) || tried.len() >= MAX_TRIED {
                continue;
            }
            seen.push(path.clone());
            let (found, source) = match self.open_candidate(&candidate, wanted) {
                Ok(packed) => match unpacked_module(packed) {
                    Some(source) => (judge(&source, wanted.build_id), Some(source)),
                    None => (Finding::NoBinary, None),
                },
                Err(found) => (found, None),
            };
            if let Some(file) = told(path, found, source, tried) {
                return Some(file);
            }
        }
        None
    }
}

/// Tells what was found in a file, and gives the file where that is what was looked for.
fn told(
    path: PathBuf,
    found: Finding,
    source: Option<Source>,
    tried: &mut Vec<Tried>,
) -> Option<FoundFile> {
    let is_it = matches!(found, Finding::AllSymbols | Finding::Lines);
    tried.push(Tried { path: path.clone(), found });
    let source = Arc::new(source.filter(|_| is_it)?);
    Some(FoundFile { path, source })
}

/// What a file is worth.
fn judge(source: &Source, build_id: Option<&str>) -> Finding {
    let Some(contents) = Contents::of(source) else { return Finding::NoBinary };
    if build_id.is_some() && contents.build_id.as_deref() != build_id {
        return Finding::OtherBuild { build_id: contents.build_id };
    }
    match contents.coverage {
        Coverage::All if contents.has_lines => Finding::Lines,
        Coverage::All => Finding::AllSymbols,
        Coverage::Exported => Finding::ExportedSymbols,
        Coverage::None => Finding::NoSymbols,
    }
}

impl super::Places<'_> {
    /// Where perf has copied the symbols of a kernel.
    fn of_kallsyms(&self, build_id: &str) -> Vec<PathBuf> {
        self.in_caches(build_id, "kallsyms")
    }

    /// Where the file of a kernel may be.
    fn of_vmlinux(&self, kernel: Kernel<'_>) -> Vec<PathBuf> {
        let release = kernel.release.filter(is_name);
        let with_release = release.map(|release| format!("vmlinux-{release}"));
        let names = || std::iter::once("vmlinux").chain(with_release.as_deref());
        let mut files: Vec<PathBuf> =
            self.symbol_dirs.iter().flat_map(|dir| names().map(|name| dir.join(name))).collect();
        files.extend(self.in_caches(kernel.build_id, "vmlinux"));
        files.extend(self.by_build_id(kernel.build_id));
        let roots = self.sysroots.iter().map(PathBuf::as_path);
        for root in roots.chain(self.with_system.then_some(Path::new("/"))) {
            if let (Some(release), Some(name)) = (release, &with_release) {
                files.push(root.join("usr/lib/debug/boot").join(name));
                let modules = root.join("usr/lib/debug").join(MODULES);
                files.push(modules.join(release).join("vmlinux"));
                let built = root.join(MODULES).join(release).join("build");
                files.push(built.join("vmlinux"));
                files.push(root.join("boot").join(name));
            }
        }
        files
    }

    /// Where the file of a module may be, but for its recorded path.
    fn of_module(&self, path: &str, release: Option<&str>) -> Vec<Candidate> {
        let Some(name) = module_name(path) else { return Vec::new() };
        let mut files = Vec::new();
        for dir in self.symbol_dirs {
            for name in [name.clone(), name.replace('_', "-")] {
                let files_of = ENDINGS.iter().map(|end| dir.join(format!("{name}{end}")));
                files.extend(files_of.map(Candidate::File));
            }
        }
        let Some(release) = release.filter(is_name) else { return files };
        let copies = self.sysroots.iter().map(|root| root.join(MODULES).join(release));
        for dir in copies {
            files.extend(listed(&dir, &name).map(Candidate::File));
        }
        let own = self.with_system.then(|| Path::new("/").join(MODULES).join(release));
        files.extend(own.and_then(|dir| listed(&dir, &name)).map(Candidate::Recorded));
        files
    }
}

/// Whether a release is the name of a folder, and leads nowhere else.
fn is_name(release: &&str) -> bool {
    !release.is_empty() && !release.contains(['/', '\\']) && *release != ".."
}

/// The file of a module, as a folder of modules lists it (`kernel/net/a-b.ko.xz: …`).
fn listed(dir: &Path, name: &str) -> Option<PathBuf> {
    let list = std::fs::read_to_string(dir.join("modules.dep")).ok()?;
    let mut files = list.lines().filter_map(|line| line.split(':').next());
    let file = files.find(|file| module_name(file).as_deref() == Some(name))?;
    Some(dir.join(file))
}
