//! What the functions of a unit are called and where they are defined.

use std::sync::{Arc, Mutex, PoisonError};

use gimli::{AttributeValue, DebugInfoOffset, UnitOffset};
use rustc_hash::FxHashMap;

use super::budget::{Budget, Stop};
use super::lines::UnitLines;
use super::scopes::Scopes;
use super::units::{File, Unit, UnitIndex};
use super::{UnitFunction, UnitLine, UnitNames};
use crate::symbols::debug_data::Bytes;
use crate::symbols::demangle;

/// How often an entry may refer to another for its name: a copy of an inlined function refers
/// to the abstract one, that to its declaration.
const MAX_REFERENCES: usize = 16;

/// Names and paths longer than this are not read.
const MAX_TEXT: usize = 64 << 10;

/// A byte of text stays, so it costs more than a step.
const STEPS_PER_TEXT_BYTE: u64 = 8;

type UnitRef<'u, 'a> = gimli::UnitRef<'u, Bytes<'a>>;

/// Which entry of which file.
type EntryKey = (File, usize);

/// Readable names by where in memory the mangled ones are: units share them.
#[derive(Debug, Default)]
pub(super) struct Demangled {
    names: Mutex<FxHashMap<usize, Arc<str>>>,
}

impl Demangled {
    /// The name as people wrote it. `at` is where the mangled one stays in memory, if it does.
    fn get(&self, name: &str, at: Option<usize>) -> String {
        let names = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = at.and_then(|at| names().get(&at).cloned()) {
            return String::from(&*known);
        }
        let readable = demangle(name.as_bytes()).into_owned();
        if let Some(at) = at {
            names().insert(at, Arc::from(&*readable));
        }
        readable
    }
}

/// Collects what is known of a unit's addresses.
pub(super) struct Names<'n, 'd> {
    index: &'n UnitIndex<'d>,
    sections: &'n gimli::Dwarf<Bytes<'d>>,
    budget: &'n Budget,
    demangled: &'n Demangled,
    known: UnitNames,
    function_rows: FxHashMap<UnitFunction, u32>,
    /// By the entry that has the name.
    by_entry: FxHashMap<EntryKey, u32>,
    file_rows: FxHashMap<String, u32>,
    /// By unit and number of the file there.
    by_number: FxHashMap<(EntryKey, u64), Option<u32>>,
}

/// What one entry says of a function.
#[derive(Default)]
struct Entry {
    /// With where it is in memory.
    linkage_name: Option<(String, usize)>,
    name: Option<String>,
    file: Option<u64>,
    line: u32,
    next: Option<Reference>,
}

/// An entry by where it is.
#[derive(Clone, Copy)]
enum Reference {
    /// In the same unit.
    Unit(UnitOffset),
    /// In the same file.
    Info(DebugInfoOffset),
    /// In the file that is shared.
    Shared(DebugInfoOffset),
}

impl<'n, 'd> Names<'n, 'd> {
    pub(super) fn new(
        index: &'n UnitIndex<'d>,
        sections: &'n gimli::Dwarf<Bytes<'d>>,
        budget: &'n Budget,
        demangled: &'n Demangled,
    ) -> Self {
        Self {
            index,
            sections,
            budget,
            demangled,
            known: UnitNames::default(),
            function_rows: FxHashMap::default(),
            by_entry: FxHashMap::default(),
            file_rows: FxHashMap::default(),
            by_number: FxHashMap::default(),
        }
    }

    pub(super) fn finish(self) -> UnitNames {
        self.known
    }

    /// Puts functions and lines together. `functions` is the unit with the entries, `whole`
    /// the one with the line program; they differ where debug information is split.
    pub(super) fn put_together<'s>(
        &mut self,
        (file, functions): (File, UnitRef<'_, 's>),
        whole: UnitRef<'_, 'd>,
        scopes: &Scopes,
        lines: &UnitLines,
    ) -> Result<(), Stop> {
        let mut chain: Vec<UnitLine> = Vec::new();
        for row in 0..lines.len() {
            chain.clear();
            // Of the innermost function, then of each call.
            let mut at = lines.get(row).map(|line| (Some(line.file), line.line));
            for node in scopes.chain(row) {
                let function = self.function(file, functions, whole, node.entry)?;
                chain.push(self.line_in(function, at, whole));
                at = Some((node.call_file, node.call_line));
            }
            if chain.is_empty()
                && let Some(line) = lines.get(row)
            {
                let file = self.file(whole, File::Main, line.file);
                let function = self.function_row(UnitFunction { name: None, file, line: 0 });
                chain.push(UnitLine { function, line: line.line });
            }
            let start = u32::try_from(self.known.lines.len()).unwrap_or(u32::MAX);
            let len = u32::try_from(chain.len()).unwrap_or_default();
            self.known.places.push((start, len));
            self.known.lines.extend(chain.iter().rev());
        }
        Ok(())
    }

    /// A line of a function. Code of another file has none in the function's; a function of
    /// which the file is not told, as of C++ lambdas, is in that of its code.
    fn line_in(
        &mut self,
        function: u32,
        at: Option<(Option<u64>, u32)>,
        whole: UnitRef<'_, 'd>,
    ) -> UnitLine {
        let Some((Some(file), line)) = at else { return UnitLine { function, line: 0 } };
        let file = self.file(whole, File::Main, file);
        let row = self.known.functions.get(function as usize);
        match (file, row.and_then(|row| row.file)) {
            (Some(file), Some(of_function)) => {
                UnitLine { function, line: if file == of_function { line } else { 0 } }
            }
            (Some(_), None) => {
                let row = row.cloned().unwrap_or_default();
                UnitLine { function: self.function_row(UnitFunction { file, ..row }), line }
            }
            (None, _) => UnitLine { function, line: 0 },
        }
    }

    fn function_row(&mut self, function: UnitFunction) -> u32 {
        let functions = &mut self.known.functions;
        *self.function_rows.entry(function).or_insert_with_key(|function| {
            functions.push(function.clone());
            u32::try_from(functions.len().saturating_sub(1)).unwrap_or(u32::MAX)
        })
    }

    /// The function that an entry describes.
    fn function<'s>(
        &mut self,
        file: File,
        unit: UnitRef<'_, 's>,
        whole: UnitRef<'_, 'd>,
        entry: UnitOffset,
    ) -> Result<u32, Stop> {
        let key = key_of(file, unit, entry);
        if let Some(&row) = self.by_entry.get(&key) {
            return Ok(row);
        }
        let first = self.entry(unit, entry)?;
        // An inlined copy has nothing of its own: all of them refer to one entry.
        let origin = first.next.filter(|_| first.is_empty());
        let origin_key = origin.map(|origin| match origin {
            Reference::Unit(offset) => key_of(file, unit, offset),
            Reference::Info(offset) => (file, offset.0),
            Reference::Shared(offset) => (File::Shared, offset.0),
        });
        if let Some(&row) = origin_key.and_then(|key| self.by_entry.get(&key)) {
            self.by_entry.insert(key, row);
            return Ok(row);
        }
        let function = self.described(file, unit, whole, first)?;
        let row = self.function_row(function);
        self.by_entry.insert(key, row);
        self.by_entry.extend(origin_key.map(|key| (key, row)));
        Ok(row)
    }

    /// Follows references until the name is complete.
    fn described<'s>(
        &mut self,
        file: File,
        unit: UnitRef<'_, 's>,
        whole: UnitRef<'_, 'd>,
        first: Entry,
    ) -> Result<UnitFunction, Stop> {
        let mut function = UnitFunction::default();
        let (mut linkage_name, mut name) = (None, None);
        let mut entry = first;
        // Which file and unit the entry is in; `None` is where the first was.
        let mut at_file = file;
        let mut holder: Option<Arc<Unit<'d>>> = None;
        for _ in 0..MAX_REFERENCES {
            linkage_name = linkage_name.or(entry.linkage_name);
            name = name.or(entry.name);
            if function.file.is_none()
                && let Some(number) = entry.file
            {
                function.file = match &holder {
                    None => self.file(whole, File::Main, number),
                    Some(holder) => match self.sections_of(at_file) {
                        Some(sections) => {
                            self.file(gimli::UnitRef::new(sections, holder), at_file, number)
                        }
                        None => None,
                    },
                };
                function.line = entry.line;
            }
            if function.line == 0 {
                function.line = entry.line;
            }
            let Some(next) = entry.next else { break };
            if linkage_name.is_some() && function.file.is_some() {
                break;
            }
            let offset = match next {
                Reference::Unit(offset) => offset,
                Reference::Info(offset) | Reference::Shared(offset) => {
                    if matches!(next, Reference::Shared(_)) {
                        at_file = File::Shared;
                    }
                    let Some(sections) = self.sections_of(at_file) else { break };
                    let Some(found) = self.index.referred(at_file, offset, sections, self.budget)
                    else {
                        break;
                    };
                    let Some(offset) = offset.to_unit_offset(&found.header) else { break };
                    holder = Some(found);
                    offset
                }
            };
            entry = match (&holder, self.sections_of(at_file)) {
                (None, _) => self.entry(unit, offset)?,
                (Some(holder), Some(sections)) => {
                    self.entry(gimli::UnitRef::new(sections, holder), offset)?
                }
                (Some(_), None) => break,
            };
        }
        let demangled = linkage_name.map(|(name, at)| {
            // Split units are unpacked for one thread, and their memory is used again.
            let at = (file != File::Split).then_some(at);
            self.demangled.get(&name, at)
        });
        function.name = demangled.or(name);
        Ok(function)
    }

    fn sections_of(&self, file: File) -> Option<&'n gimli::Dwarf<Bytes<'d>>> {
        match file {
            File::Main => Some(self.sections),
            File::Shared => self.sections.sup(),
            File::Split => None,
        }
    }

    fn entry(&self, unit: UnitRef<'_, '_>, offset: UnitOffset) -> Result<Entry, Stop> {
        let mut entries = unit.entries_raw(Some(offset))?;
        let abbreviation = entries.read_abbreviation()?.ok_or(Stop::Broken)?;
        let mut entry = Entry::default();
        for &spec in abbreviation.attributes() {
            let attribute = entries.read_attribute(spec)?;
            let value = attribute.value();
            match attribute.name() {
                gimli::DW_AT_linkage_name | gimli::DW_AT_MIPS_linkage_name => {
                    let at =
                        unit.attr_string(value).map_or(0, |name| name.slice().as_ptr() as usize);
                    entry.linkage_name = self.text(unit, value)?.map(|name| (name, at));
                }
                gimli::DW_AT_name => entry.name = self.text(unit, value)?,
                gimli::DW_AT_abstract_origin | gimli::DW_AT_specification => {
                    entry.next = match value {
                        AttributeValue::UnitRef(offset) => Some(Reference::Unit(offset)),
                        AttributeValue::DebugInfoRef(offset) => Some(Reference::Info(offset)),
                        AttributeValue::DebugInfoRefSup(offset) => Some(Reference::Shared(offset)),
                        _ => None,
                    };
                }
                gimli::DW_AT_decl_file => {
                    if let AttributeValue::FileIndex(file) = value {
                        entry.file = Some(file);
                    }
                }
                gimli::DW_AT_decl_line => {
                    let line = attribute.udata_value().unwrap_or_default();
                    entry.line = u32::try_from(line).unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(entry)
    }

    /// A text; `None` for one that is missing or too long.
    fn text<'s>(
        &self,
        unit: UnitRef<'_, 's>,
        value: AttributeValue<Bytes<'s>>,
    ) -> Result<Option<String>, Stop> {
        let Ok(bytes) = unit.attr_string(value) else { return Ok(None) };
        let bytes = bytes.slice();
        self.budget.spend((bytes.len() as u64).saturating_mul(STEPS_PER_TEXT_BYTE))?;
        let is_text = !bytes.is_empty() && bytes.len() <= MAX_TEXT;
        Ok(is_text.then(|| String::from_utf8_lossy(bytes).into_owned()))
    }

    /// The row of a file by its number in the line program of a unit.
    fn file(&mut self, unit: UnitRef<'_, 'd>, file: File, number: u64) -> Option<u32> {
        let key = (key_of(file, unit, UnitOffset(0)), number);
        if let Some(&row) = self.by_number.get(&key) {
            return row;
        }
        let path = self.path(unit, number).filter(|path| !path.is_empty());
        let row = path.map(|path| {
            let files = &mut self.known.files;
            *self.file_rows.entry(path).or_insert_with_key(|path| {
                files.push(path.clone());
                u32::try_from(files.len().saturating_sub(1)).unwrap_or(u32::MAX)
            })
        });
        self.by_number.insert(key, row);
        row
    }

    /// The folder of the compilation, that of the file in it, the file.
    fn path(&self, unit: UnitRef<'_, 'd>, number: u64) -> Option<String> {
        let header = unit.line_program.as_ref()?.header();
        if number == 0 && header.version() < 5 {
            return None;
        }
        let file = header.file(number)?;
        let name = self.text(unit, file.path_name()).ok()??;
        let mut path = match unit.comp_dir {
            Some(dir) if dir.slice().len() <= MAX_TEXT => {
                String::from_utf8_lossy(dir.slice()).into_owned()
            }
            _ => String::new(),
        };
        // The folder with number 0 is that of the compilation.
        if file.directory_index() != 0
            && let Some(directory) = file.directory(header)
            && let Some(directory) = self.text(unit, directory).ok()?
        {
            push_path(&mut path, &directory);
        }
        push_path(&mut path, &name);
        Some(path)
    }
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.linkage_name.is_none() && self.name.is_none() && self.file.is_none() && self.line == 0
    }
}

/// Names an entry among all files of one debug file.
fn key_of(file: File, unit: UnitRef<'_, '_>, entry: UnitOffset) -> EntryKey {
    let start = unit.header.debug_info_offset().map_or(0, |offset| offset.0);
    (file, start.wrapping_add(entry.0))
}

/// Appends a part of a path, which may be a whole one.
fn push_path(path: &mut String, part: &str) {
    let is_whole = part.starts_with(['/', '\\'])
        || part.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    if is_whole {
        path.clear();
    } else if !path.is_empty() && !path.ends_with(['/', '\\']) {
        path.push(if path.starts_with('\\') || path.get(1..3) == Some(":\\") { '\\' } else { '/' });
    }
    path.push_str(part);
}

#[cfg(test)]
mod tests {
    use super::push_path;

    #[test]
    fn paths_are_put_together_from_their_parts() {
        let path = |parts: &[&str]| {
            let mut path = String::new();
            for part in parts {
                push_path(&mut path, part);
            }
            path
        };
        assert_eq!(path(&["/src", "lib", "mix.c"]), "/src/lib/mix.c");
        assert_eq!(path(&["/src", "/usr/include", "mix.h"]), "/usr/include/mix.h");
        assert_eq!(path(&["C:\\src", "mix.c"]), "C:\\src\\mix.c");
        assert_eq!(path(&["mix.c"]), "mix.c");
    }
}
