//! What debug information says of addresses, with the files that belong to it.

use std::path::PathBuf;

use super::debug_data::{DebugData, Form, Package};
use super::dwarf::{Dwarf, Resolved, Split};
use super::search::{Finder, Found, FoundFile};
use crate::Job;

/// One of the functions at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// As people wrote it; `None` if debug information does not tell.
    pub function: Option<String>,
    /// The file of the function.
    pub file: Option<String>,
    /// The line of the definition; 0 if unknown.
    pub defined_at: u32,
    /// The line that runs, or that calls the next; 0 if unknown, or in another file.
    pub line: u32,
}

/// The functions at addresses of a binary, which rise, as its symbol table counts: for each
/// the physical function first, then those inlined there. Empty where nothing is known. The
/// job says where split debug information is.
pub fn lines_at(found: &Found, addresses: &[u64], job: &Job) -> Vec<Vec<CodeLine>> {
    let finder = Finder::new(job.options());
    let Some(resolved) = resolve(found, &finder, addresses, job) else {
        return vec![Vec::new(); addresses.len()];
    };
    let at = |place: &Option<(u32, u32)>| {
        let (unit, place) = (*place)?;
        let unit = resolved.units.get(unit as usize)?;
        let &(start, len) = unit.places.get(place as usize)?;
        let lines = unit.lines.iter().skip(start as usize).take(len as usize);
        let lines = lines.filter_map(|line| {
            let function = unit.functions.get(line.function as usize)?;
            let file = function.file.and_then(|file| unit.files.get(file as usize));
            Some(CodeLine {
                function: function.name.clone(),
                file: file.cloned(),
                defined_at: function.line,
                line: line.line,
            })
        });
        Some(lines.collect())
    };
    resolved.of_address.iter().map(|place| at(place).unwrap_or_default()).collect()
}

/// What the debug information that was found says of addresses, which rise.
pub(super) fn resolve(
    found: &Found,
    finder: &Finder<'_>,
    addresses: &[u64],
    job: &Job,
) -> Option<Resolved> {
    let file = found.lines.as_ref()?;
    let data = DebugData::of(&file.source, Form::Whole)?;
    let shared = found.shared.as_ref();
    let shared = shared.and_then(|file| DebugData::of(&file.source, Form::Whole));
    let package = finder.find_beside(&package_names(file, found));
    let package = package.as_ref().and_then(|file| Package::of(&file.source));
    let package = package.as_ref().and_then(Package::index);
    let split = Split::new(package, finder, &file.path);
    Some(Dwarf::new(&data, shared.as_ref(), split)?.resolve(addresses, job))
}

/// Where the package of split debug information may be: beside the file, called as it or as
/// the binary.
fn package_names(file: &FoundFile, found: &Found) -> Vec<PathBuf> {
    let binary = found.runtime.as_ref().or(found.symbols.as_ref());
    let files = [Some(file), binary].into_iter().flatten();
    let mut names: Vec<PathBuf> = files
        .map(|file| {
            let mut name = file.path.clone().into_os_string();
            name.push(".dwp");
            PathBuf::from(name)
        })
        .collect();
    names.dedup();
    names
}
