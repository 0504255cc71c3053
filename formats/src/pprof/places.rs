//! From the tables of the file to mappings, functions and frames of the profile.

use foldhash::HashMap;
use rview_core::{
    CallPaths, FrameId, Function, FunctionId, Line, Mapping, MappingId, ProfileBuilder, StringId,
};

use super::ids::{RowById, Unreachable};
use super::prune::Prune;
use super::wire::{self, Tables};
use crate::symbols::demangle;
use crate::{Job, Severity};

/// Makes rows of the profile from rows of the file, each when it is first needed.
pub(super) struct Places<'a, 'b> {
    tables: &'b Tables<'a>,
    job: &'b Job,
    prune: &'b Prune,
    strings: Vec<StringId>,
    /// Readable names by row of the mangled one.
    demangled: HashMap<u64, StringId>,
    mapping_rows: RowById,
    mappings: Vec<MappingId>,
    functions: FunctionRows,
    unknown_frame: Option<FrameId>,
    empty_stack: Option<FrameId>,
    scratch: Vec<Line>,
    /// By row of `scratch`; 0 where none is known.
    columns: Vec<u32>,
}

/// Which function the lines of locations mean.
#[derive(Debug)]
pub(super) struct FunctionRows {
    rows: RowById,
    /// Whether functions go with the locations at their positions, for want of ids.
    by_location: bool,
}

impl FunctionRows {
    pub(super) fn new(tables: &Tables<'_>, job: &Job) -> Self {
        let (rows, found) = RowById::new(tables.functions.iter().map(|row| row.id));
        note_unreachable(found, "functions", job);
        // Profilers for .NET number the functions as the locations and forget to say so.
        let by_location = found.without_id > 0 && tables.functions.len() == tables.locations.len();
        let rows = if by_location {
            RowById::new(tables.locations.iter().map(|row| row.id)).0
        } else {
            rows
        };
        Self { rows, by_location }
    }

    /// The row of the function that a line of a location names.
    pub(super) fn row(&self, id: u64, location: u32) -> Option<u32> {
        match id {
            0 => self.by_location.then_some(location),
            id => self.rows.row(id),
        }
    }
}

/// Which row of the locations an id means.
pub(super) fn location_rows(tables: &Tables<'_>, job: &Job) -> RowById {
    let (rows, found) = RowById::new(tables.locations.iter().map(|row| row.id));
    note_unreachable(found, "locations", job);
    rows
}

impl<'a, 'b> Places<'a, 'b> {
    pub(super) fn new(
        tables: &'b Tables<'a>,
        functions: FunctionRows,
        prune: &'b Prune,
        job: &'b Job,
    ) -> Self {
        let (mapping_rows, found) = RowById::new(tables.mappings.iter().map(|row| row.id));
        note_unreachable(found, "mappings", job);
        Self {
            tables,
            job,
            prune,
            strings: vec![StringId::NONE; tables.strings.len()],
            demangled: HashMap::default(),
            mapping_rows,
            mappings: vec![MappingId::NONE; tables.mappings.len()],
            functions,
            unknown_frame: None,
            empty_stack: None,
            scratch: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// A frame for a row of the locations.
    pub(super) fn frame(&mut self, builder: &mut ProfileBuilder, row: u32) -> FrameId {
        let tables = self.tables;
        let Some(location) = tables.locations.get(row as usize) else {
            return *self.unknown_frame.get_or_insert_with(|| builder.new_frame(None, 0));
        };
        let mapping = self.mapping(builder, location.mapping);
        let lines = self.prune.remaining_lines(row, tables.lines(location));
        if lines.is_empty() && !location.is_folded {
            return builder.frame(mapping, location.address);
        }
        self.scratch.clear();
        self.columns.clear();
        let n_left_out = lines.len().saturating_sub(CallPaths::MAX_LINES);
        self.job.note_many(Severity::Loss, "inlined", n_left_out as u64, || {
            format!(
                "of the functions at one address only the outermost {} are shown, first at \
                 address {:#x}; no compiler inlines so many, record the file again",
                CallPaths::MAX_LINES,
                location.address
            )
        });
        for line in lines.iter().rev().take(CallPaths::MAX_LINES) {
            let column = self.line_number(line.column);
            self.columns.push(column);
            let line = self.line(builder, line, row, mapping);
            self.scratch.push(line);
        }
        let frame = builder.new_frame(mapping, location.address);
        builder.set_lines(frame, &self.scratch);
        builder.set_columns(frame, &self.columns);
        if location.is_folded {
            builder.set_folded(frame);
        }
        frame
    }

    /// The program that was recorded is the first mapping, whether or not samples are in it.
    pub(super) fn main_mapping(&mut self, builder: &mut ProfileBuilder) {
        if let Some(main) = self.tables.mappings.first() {
            self.mapping(builder, main.id);
        }
    }

    /// What stands for the stack of a sample that has none.
    pub(super) fn empty_stack(&mut self, builder: &mut ProfileBuilder) -> FrameId {
        *self.empty_stack.get_or_insert_with(|| {
            let function = builder.function_named(Function::NO_STACK);
            builder.named_frame(Line { function, line: 0 })
        })
    }

    fn line(
        &mut self,
        builder: &mut ProfileBuilder,
        line: &wire::Line,
        location: u32,
        mapping: Option<MappingId>,
    ) -> Line {
        if line.column != 0 {
            self.job.note(Severity::Unshown, "columns", || {
                "columns of source lines are not shown; only exports to pprof have them".to_owned()
            });
        }
        let row = self.functions.row(line.function, location);
        let row = row.and_then(|row| self.tables.functions.get(row as usize));
        let function = self.function(builder, row, mapping);
        Line { function, line: self.line_number(line.number) }
    }

    fn function(
        &mut self,
        builder: &mut ProfileBuilder,
        row: Option<&wire::Function>,
        mapping: Option<MappingId>,
    ) -> FunctionId {
        let Some(row) = row else {
            self.job.note(Severity::Repair, "unknown-function", || {
                "a line of a location names a function that is not in the file; \
                 it is shown as [unknown]"
                    .to_owned()
            });
            let name = builder.string(Function::UNKNOWN);
            return builder.function(Function { mapping, ..Function::named(name) });
        };
        let (name, linkage_name) = self.names(builder, row);
        let file = self.string(builder, row.file);
        let line = self.line_number(row.start_line);
        builder.function(Function { file, line, mapping, linkage_name, ..Function::named(name) })
    }

    /// A line of source, or a column; 0, which is unknown, where it is out of range.
    fn line_number(&self, number: i64) -> u32 {
        u32::try_from(number).unwrap_or_else(|_| {
            self.job.note(Severity::Repair, "line-number", || {
                format!(
                    "a number that is no line or column of a source file is left out, first \
                     {number}"
                )
            });
            0
        })
    }

    /// The name, and that of the linker.
    fn names(
        &mut self,
        builder: &mut ProfileBuilder,
        row: &wire::Function,
    ) -> (StringId, Option<StringId>) {
        let linkage_name = self.string(builder, row.system_name);
        let string = self.tables.name_of(row);
        let bytes = self.tables.bytes(string).unwrap_or_default();
        if wire::is_mangled(bytes) {
            let linkage_name = linkage_name.or_else(|| self.string(builder, string));
            if let Some(&name) = self.demangled.get(&string) {
                return (name, linkage_name);
            }
            let name = builder.string(&demangle(bytes));
            self.demangled.insert(string, name);
            return (name, linkage_name);
        }
        let name =
            self.string(builder, string).unwrap_or_else(|| builder.string(Function::UNKNOWN));
        (name, linkage_name)
    }

    fn mapping(&mut self, builder: &mut ProfileBuilder, id: u64) -> Option<MappingId> {
        if id == 0 {
            return None;
        }
        let Some(row) = self.mapping_rows.row(id) else {
            self.job.note(Severity::Repair, "unknown-mapping", || {
                format!("a location names a mapping that is not in the file, first with id {id}")
            });
            return None;
        };
        if let Some(mapping) = self.mappings.get(row as usize).and_then(|id| id.some()) {
            return Some(mapping);
        }
        let tables = self.tables;
        let wire = tables.mappings.get(row as usize)?;
        let path = self.string(builder, wire.path).unwrap_or_else(|| builder.string(""));
        let build_id = self.build_id(builder, wire.build_id);
        let mapping = builder.mapping(Mapping {
            path,
            build_id,
            start: wire.start,
            end: wire.limit.max(wire.start),
            file_offset: wire.file_offset,
        });
        builder.set_symbolized(mapping, wire.symbolized);
        if let Some(slot) = self.mappings.get_mut(row as usize) {
            *slot = mapping;
        }
        Some(mapping)
    }

    fn build_id(&self, builder: &mut ProfileBuilder, string: u64) -> Option<StringId> {
        let bytes = self.tables.bytes(string).filter(|bytes| !bytes.is_empty())?;
        let text = String::from_utf8_lossy(bytes);
        // Go's linker has an id of its own, which is no build id.
        if bytes.iter().all(u8::is_ascii_hexdigit) {
            return Some(builder.string(&text.to_ascii_lowercase()));
        }
        self.job.note(Severity::Info, "build-id", || {
            "the id of a binary is no hexadecimal build id, so symbols are not looked up by it"
                .to_owned()
        });
        Some(builder.string(&text))
    }

    /// A row of the file's string table; `None` for an empty text.
    pub(super) fn string(&mut self, builder: &mut ProfileBuilder, row: u64) -> Option<StringId> {
        let index = usize::try_from(row).unwrap_or(usize::MAX);
        if let Some(string) = self.strings.get(index).and_then(|id| id.some()) {
            return Some(string);
        }
        let Some(bytes) = self.tables.bytes(row) else {
            if row != 0 {
                self.job.note(Severity::Repair, "string-index", || {
                    format!(
                        "a text that is not in the string table reads as empty, first row {row}"
                    )
                });
            }
            return None;
        };
        if bytes.is_empty() {
            return None;
        }
        if std::str::from_utf8(bytes).is_err() {
            self.job.note(Severity::Repair, "invalid-utf8", || {
                format!(
                    "bytes that are no UTF-8 are shown as {}, first in row {row} of the string table",
                    char::REPLACEMENT_CHARACTER
                )
            });
        }
        let string = builder.string(&String::from_utf8_lossy(bytes));
        if let Some(slot) = self.strings.get_mut(index) {
            *slot = string;
        }
        Some(string)
    }
}

fn note_unreachable(found: Unreachable, table: &str, job: &Job) {
    job.note_many(Severity::Repair, "missing-ids", found.without_id, || {
        format!(
            "rows of a table have no ids; they are counted from 1 in the order of the file, first \
             among the {table}"
        )
    });
    job.note_many(Severity::Loss, "duplicate-ids", found.duplicates, || {
        format!("of several rows with one id only the first is used, first among the {table}")
    });
}
