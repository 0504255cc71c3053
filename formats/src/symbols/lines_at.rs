//! Debug information of one binary alone, without a recording.

use std::path::Path;

use super::debug_data::{DebugData, Form};
use super::dwarf::{Dwarf, Split};
use super::search::Finder;
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
/// the physical function first, then those inlined there. `shared` is the file to which `dwz`
/// has moved what several have in common. The job says where split debug information is.
pub fn lines_at(
    bytes: &[u8],
    shared: Option<&[u8]>,
    addresses: &[u64],
    job: &Job,
) -> Vec<Vec<CodeLine>> {
    resolve(bytes, shared, addresses, job).unwrap_or_default()
}

fn resolve(
    bytes: &[u8],
    shared: Option<&[u8]>,
    addresses: &[u64],
    job: &Job,
) -> Option<Vec<Vec<CodeLine>>> {
    let data = DebugData::of(bytes, Form::Whole)?;
    let shared = shared.and_then(|bytes| DebugData::of(bytes, Form::Whole));
    let finder = Finder::new(job.options());
    let dwarf = Dwarf::new(&data, shared.as_ref(), Split::new(None, &finder, Path::new("")))?;
    let resolved = dwarf.resolve(addresses, job);
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
    Some(resolved.of_address.iter().map(|place| at(place).unwrap_or_default()).collect())
}
