//! The tables of a pprof file as they are stored.
//!
//! Any table may come before or after the samples that refer to it, so a first pass over the
//! file collects the tables and a second one, in [`samples`](super::samples), the samples.

use std::ops::Range;

use rview_core::Symbolized;

use crate::protobuf::{End, Field, Fields};
use crate::{ImportError, Job, Report, Severity};

/// Numbers of the fields of a `Profile`, from `profile.proto`.
pub(super) mod field {
    pub(crate) const SAMPLE_TYPE: u64 = 1;
    pub(crate) const SAMPLE: u64 = 2;
    pub(crate) const MAPPING: u64 = 3;
    pub(crate) const LOCATION: u64 = 4;
    pub(crate) const FUNCTION: u64 = 5;
    pub(crate) const STRING_TABLE: u64 = 6;
    pub(crate) const DROP_FRAMES: u64 = 7;
    pub(crate) const KEEP_FRAMES: u64 = 8;
    pub(crate) const TIME_NANOS: u64 = 9;
    pub(crate) const DURATION_NANOS: u64 = 10;
    pub(crate) const PERIOD_TYPE: u64 = 11;
    pub(crate) const PERIOD: u64 = 12;
    pub(crate) const COMMENT: u64 = 13;
    pub(crate) const DEFAULT_SAMPLE_TYPE: u64 = 14;
    pub(crate) const DOC_URL: u64 = 15;
}

/// Everything in a file but its samples. Texts are rows of `strings`.
#[derive(Debug, Default)]
pub(super) struct Tables<'a> {
    pub(super) strings: Vec<&'a [u8]>,
    pub(super) sample_types: Vec<ValueType>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) locations: Vec<Location>,
    /// The lines of all locations, see [`Location::lines`].
    pub(super) lines: Vec<Line>,
    pub(super) functions: Vec<Function>,
    pub(super) n_samples: usize,
    pub(super) drop_frames: u64,
    pub(super) keep_frames: u64,
    pub(super) time_ns: i64,
    pub(super) duration_ns: i64,
    pub(super) period_type: Option<ValueType>,
    pub(super) period: i64,
    pub(super) comments: Vec<u64>,
    pub(super) default_sample_type: u64,
    pub(super) doc_url: u64,
    /// Pieces of the file that hold all samples, in order, each from the start of one to the end
    /// of another.
    pub(super) chunks: Vec<Range<usize>>,
    /// Whether the file is cut, and where.
    pub(super) end: Option<usize>,
    /// How many rows hold nothing.
    n_empty: usize,
    /// How many types of values came before the first empty text.
    n_types_before_texts: Option<usize>,
    notes: Report,
}

/// A row that holds nothing takes some twenty times its bytes in memory. Profilers write one, the
/// empty text.
const MOST_EMPTY: usize = 1 << 18;

/// Samples are read in pieces of this many bytes: large enough that each has most of the labels
/// that recur, small enough that there are many for each thread.
const CHUNK_LEN: usize = 1 << 20;

/// What values count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ValueType {
    pub(super) name: u64,
    pub(super) unit: u64,
}

/// A binary.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mapping {
    pub(super) id: u64,
    pub(super) start: u64,
    pub(super) limit: u64,
    pub(super) file_offset: u64,
    pub(super) path: u64,
    pub(super) build_id: u64,
    pub(super) symbolized: Symbolized,
}

/// A place in code.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Location {
    pub(super) id: u64,
    pub(super) mapping: u64,
    pub(super) address: u64,
    /// Whether functions with the same code may be meant too.
    pub(super) is_folded: bool,
    /// Where its lines start and end in [`Tables::lines`], the innermost first.
    pub(super) lines: (usize, usize),
}

/// A function that runs at a location.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    pub(super) function: u64,
    pub(super) number: i64,
    pub(super) column: i64,
}

/// A function.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Function {
    pub(super) id: u64,
    pub(super) name: u64,
    pub(super) system_name: u64,
    pub(super) file: u64,
    pub(super) start_line: i64,
}

impl<'a> Tables<'a> {
    /// The first pass.
    pub(super) fn read(bytes: &'a [u8], job: &Job) -> Result<Self, ImportError> {
        let mut tables = Self::default();
        let mut fields = Fields::new(bytes, 0);
        let mut n_fields = 0_u64;
        for field in fields.by_ref() {
            tables.add(&field)?;
            n_fields = n_fields.wrapping_add(1);
            if n_fields.is_multiple_of(65_536) {
                job.progress(0)?;
            }
        }
        if fields.end() != End::Whole {
            tables.end = Some(fields.offset());
        }
        job.merge(&tables.notes);
        Ok(tables)
    }

    /// Refuses a file of rows that hold nothing, as no profiler writes them.
    fn check_empty(&mut self, field: &Field<'a>) -> Result<(), ImportError> {
        let len = field.bytes().map_or(usize::MAX, <[u8]>::len);
        let is_empty = match field.number {
            field::SAMPLE | field::STRING_TABLE => len == 0,
            // Perhaps an id, of which so few bytes have few.
            field::MAPPING | field::LOCATION | field::FUNCTION => len <= 3,
            _ => false,
        };
        self.n_empty = self.n_empty.saturating_add(usize::from(is_empty));
        if self.n_empty <= MOST_EMPTY {
            return Ok(());
        }
        Err(ImportError::Malformed {
            format: super::NAME,
            what: format!("more than {MOST_EMPTY} rows of its tables hold nothing").into(),
            offset: field.start as u64,
            hint: "record it again",
        })
    }

    /// Refuses a second profile in the file: the empty text that each starts its own with comes
    /// again, behind further types of values.
    fn check_single(&mut self, field: &Field<'a>) -> Result<(), ImportError> {
        if field.bytes() != Some(b"") {
            return Ok(());
        }
        let n_types = self.sample_types.len();
        if *self.n_types_before_texts.get_or_insert(n_types) < n_types {
            return Err(several_profiles());
        }
        Ok(())
    }

    fn add(&mut self, field: &Field<'a>) -> Result<(), ImportError> {
        self.check_empty(field)?;
        let is_of_its_type = match field.number {
            field::SAMPLE => field.bytes().map(|_| self.add_sample(field)),
            field::STRING_TABLE => {
                self.check_single(field)?;
                field.bytes().map(|text| self.strings.push(text))
            }
            field::SAMPLE_TYPE => field
                .message()
                .map(|fields| self.sample_types.push(value_type(fields, &mut self.notes))),
            field::PERIOD_TYPE => field
                .message()
                .map(|fields| self.period_type = Some(value_type(fields, &mut self.notes))),
            field::MAPPING => {
                field.message().map(|fields| self.mappings.push(mapping(fields, &mut self.notes)))
            }
            field::FUNCTION => {
                field.message().map(|fields| self.functions.push(function(fields, &mut self.notes)))
            }
            field::LOCATION => field.message().map(|fields| self.add_location(fields)),
            field::COMMENT => {
                self.add_comments(field);
                Some(())
            }
            field::TIME_NANOS => {
                if self.time_ns != 0 {
                    return Err(several_profiles());
                }
                field.int().map(|time| self.time_ns = time.cast_signed())
            }
            field::DURATION_NANOS => field.int().map(|time| self.duration_ns = time.cast_signed()),
            field::PERIOD => field.int().map(|period| self.period = period.cast_signed()),
            field::DROP_FRAMES => field.int().map(|text| self.drop_frames = text),
            field::KEEP_FRAMES => field.int().map(|text| self.keep_frames = text),
            field::DEFAULT_SAMPLE_TYPE => field.int().map(|text| self.default_sample_type = text),
            field::DOC_URL => field.int().map(|text| self.doc_url = text),
            // Fields of a later version of the format.
            _ => Some(()),
        };
        if is_of_its_type.is_none() {
            self.notes.add(Severity::Loss, "wrong-type", 1, || {
                format!(
                    "a field that is stored as another type is left out, first field {} at byte {}",
                    field.number, field.start
                )
            });
        }
        Ok(())
    }

    /// Adds comments, as long as there are not more than anybody writes.
    fn add_comments(&mut self, field: &Field<'_>) {
        let n_free = MOST_EMPTY.saturating_sub(self.comments.len());
        let mut comments = field.ints();
        self.comments.extend(comments.by_ref().take(n_free));
        self.notes.add(Severity::Loss, "comments", comments.count() as u64, || {
            format!("of the comments only the first {MOST_EMPTY} are kept")
        });
    }

    fn add_sample(&mut self, field: &Field<'_>) {
        self.n_samples = self.n_samples.wrapping_add(1);
        match self.chunks.last_mut() {
            Some(chunk) if field.end.saturating_sub(chunk.start) <= CHUNK_LEN => {
                chunk.end = field.end;
            }
            _ => self.chunks.push(field.start..field.end),
        }
    }

    fn add_location(&mut self, mut fields: Fields<'a>) {
        let mut location = Location::default();
        let first_line = self.lines.len();
        for field in fields.by_ref() {
            match (field.number, field.int(), field.message()) {
                (1, Some(id), _) => location.id = id,
                (2, Some(mapping), _) => location.mapping = mapping,
                (3, Some(address), _) => location.address = address,
                (4, _, Some(fields)) => self.lines.push(line(fields, &mut self.notes)),
                (5, Some(flag), _) => location.is_folded = flag != 0,
                _ => {}
            }
        }
        note_broken(&fields, &mut self.notes);
        if location.is_folded {
            self.notes.add(Severity::Unshown, "folded-locations", 1, || {
                "the file says of some locations that other functions with the same code may be \
                 meant (`is_folded`, [F] in pprof); only exports to pprof tell it"
                    .to_owned()
            });
        }
        location.lines = (first_line, self.lines.len());
        self.locations.push(location);
    }

    /// The lines of a location, the innermost first.
    pub(super) fn lines(&self, location: &Location) -> &[Line] {
        self.lines.get(location.lines.0..location.lines.1).unwrap_or_default()
    }

    /// The bytes of a text; nothing where there is no such row.
    pub(super) fn bytes(&self, string: u64) -> Option<&'a [u8]> {
        self.strings.get(usize::try_from(string).ok()?).copied()
    }

    /// The text that names a function: what the linker calls it is second best.
    pub(super) fn name_of(&self, function: &Function) -> u64 {
        let named = |row: &u64| self.bytes(*row).is_some_and(|bytes| !bytes.is_empty());
        let names = [function.name, function.system_name];
        names.into_iter().find(named).unwrap_or(function.name)
    }

    /// A text to show once; empty where there is no such row.
    pub(super) fn text(&self, string: u64) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(string).unwrap_or_default())
    }
}

fn several_profiles() -> ImportError {
    ImportError::Unsupported {
        format: super::NAME,
        what: "a file of several profiles one after the other".into(),
        hint: "merge the parts with `go tool pprof -proto A B > merged.pb.gz`",
    }
}

/// Whether a name is to be made readable. As pprof does: one that the profiler has made readable
/// is left alone.
pub(super) fn is_mangled(name: &[u8]) -> bool {
    name.starts_with(b"_Z") || name.starts_with(b"_R")
}

fn value_type(mut fields: Fields<'_>, notes: &mut Report) -> ValueType {
    let mut value_type = ValueType::default();
    for field in fields.by_ref() {
        match (field.number, field.int()) {
            (1, Some(name)) => value_type.name = name,
            (2, Some(unit)) => value_type.unit = unit,
            _ => {}
        }
    }
    note_broken(&fields, notes);
    value_type
}

fn mapping(mut fields: Fields<'_>, notes: &mut Report) -> Mapping {
    let mut mapping = Mapping::default();
    for field in fields.by_ref() {
        match (field.number, field.int()) {
            (1, Some(id)) => mapping.id = id,
            (2, Some(start)) => mapping.start = start,
            (3, Some(limit)) => mapping.limit = limit,
            (4, Some(offset)) => mapping.file_offset = offset,
            (5, Some(path)) => mapping.path = path,
            (6, Some(build_id)) => mapping.build_id = build_id,
            (7, Some(flag)) => mapping.symbolized.functions = (flag != 0).into(),
            (8, Some(flag)) => mapping.symbolized.files = (flag != 0).into(),
            (9, Some(flag)) => mapping.symbolized.lines = (flag != 0).into(),
            (10, Some(flag)) => mapping.symbolized.inlined = (flag != 0).into(),
            _ => {}
        }
    }
    note_broken(&fields, notes);
    mapping
}

fn line(mut fields: Fields<'_>, notes: &mut Report) -> Line {
    let mut line = Line::default();
    for field in fields.by_ref() {
        match (field.number, field.int()) {
            (1, Some(function)) => line.function = function,
            (2, Some(number)) => line.number = number.cast_signed(),
            (3, Some(column)) => line.column = column.cast_signed(),
            _ => {}
        }
    }
    note_broken(&fields, notes);
    line
}

fn function(mut fields: Fields<'_>, notes: &mut Report) -> Function {
    let mut function = Function::default();
    for field in fields.by_ref() {
        match (field.number, field.int()) {
            (1, Some(id)) => function.id = id,
            (2, Some(name)) => function.name = name,
            (3, Some(name)) => function.system_name = name,
            (4, Some(file)) => function.file = file,
            (5, Some(line)) => function.start_line = line.cast_signed(),
            _ => {}
        }
    }
    note_broken(&fields, notes);
    function
}

/// Notes a message that does not end where its last field does.
pub(super) fn note_broken(fields: &Fields<'_>, notes: &mut Report) {
    if fields.end() != End::Whole {
        notes.add(Severity::Loss, "broken-message", 1, || {
            format!(
                "the rest of a table row or sample cannot be read and is left out, \
                 first at byte {}",
                fields.offset()
            )
        });
    }
}
