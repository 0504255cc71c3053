//! From rows of stacks to stacks of the profile.
//!
//! A function that is inlined has a row of its own, of which the frame says how deep it is
//! inlined. Such rows share the place in the code with the row they are inlined into:
//!
//! ```text
//! row   prefix   frame            place
//!  0      -      main 0x10        (-, [main])
//!  1      0      run 0x24         (main, [run])
//!  2      1      mix 0x24 inline  (main, [run, mix])
//! ```

use std::rc::Rc;

use foldhash::HashMap;
use rview_core::{
    FrameId, Function, FunctionId, Line, Mapping, MappingId, ProfileBuilder, StackId, StringId,
};

use super::table::{NONE, Table};
use crate::json::{Elements, Text, Value};
use crate::{ImportError, Job, Severity};

/// More functions than this are not inlined into each other.
const MAX_INLINED: usize = 64;

/// What all threads share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    libs: Vec<MappingId>,
    categories: Vec<StringId>,
    frames: HashMap<(MappingId, i64, Line), FrameId>,
    inlined: HashMap<(FrameId, Line), FrameId>,
    /// The lines of frames that have an address.
    lines: HashMap<FrameId, Vec<Line>>,
}

impl Shared {
    pub(super) fn new(builder: &mut ProfileBuilder, meta: &Table<'_>, libs: Value<'_>) -> Self {
        let category = |category| Table::of(category).text(b"name");
        let names: Vec<Option<Text<'_>>> = meta.list(b"categories").map(category).collect();
        let categories = names.into_iter().map(|name| {
            let name = name.map(Text::decode).unwrap_or_default();
            // What is of no category has none.
            if matches!(&*name, "" | "Other") { StringId::NONE } else { builder.string(&name) }
        });
        let categories = categories.collect();
        let mut shared = Self { categories, ..Self::default() };
        shared.libs = Elements::of(libs).map(|lib| lib_mapping(builder, lib)).collect();
        shared
    }

    /// The name of a category; `None` for what is of none.
    pub(super) fn category(&self, row: u32) -> Option<StringId> {
        self.categories.get(row as usize)?.some()
    }
}

fn lib_mapping(builder: &mut ProfileBuilder, lib: Value<'_>) -> MappingId {
    let lib = Table::of(lib);
    let path = [&b"path"[..], b"debugPath", b"name"]
        .into_iter()
        .find_map(|key| lib.text(key).filter(|text| !text.raw.is_empty()));
    let path = builder.string(&path.map(Text::decode).unwrap_or_default());
    let build_id = lib.text(b"codeId").map(|id| builder.string(&id.decode().to_lowercase()));
    builder.mapping(Mapping { path, build_id, start: 0, end: 0, file_offset: 0 })
}

/// The tables that stacks go through, of one thread or of all: each read once, however many
/// threads share it.
#[derive(Clone, Debug)]
pub(super) struct Tables<'a> {
    strings: Rc<[Text<'a>]>,
    stack: Rc<StackColumns>,
    frame: Rc<FrameColumns>,
    func: Rc<FuncColumns>,
    resource_lib: Rc<[u32]>,
    source_name: Rc<[u32]>,
}

#[derive(Debug)]
struct StackColumns {
    prefix: Vec<u32>,
    frame: Vec<u32>,
    category: Vec<u32>,
}

#[derive(Debug)]
struct FrameColumns {
    func: Vec<u32>,
    address: Vec<Option<i64>>,
    inline_depth: Vec<u32>,
    category: Vec<u32>,
    line: Vec<u32>,
}

#[derive(Debug)]
struct FuncColumns {
    name: Vec<u32>,
    /// A string, or a row of the sources.
    file: Vec<u32>,
    line: Vec<u32>,
    resource: Vec<u32>,
}

impl StackColumns {
    fn of(table: &Table<'_>) -> Self {
        Self {
            prefix: table.rows(b"prefix"),
            frame: table.rows(b"frame"),
            category: table.rows(b"category"),
        }
    }
}

impl FrameColumns {
    fn of(table: &Table<'_>) -> Self {
        Self {
            func: table.rows(b"func"),
            address: table.integers(b"address"),
            inline_depth: table.rows(b"inlineDepth"),
            category: table.rows(b"category"),
            line: table.rows(b"line"),
        }
    }
}

impl FuncColumns {
    fn of(table: &Table<'_>) -> Self {
        let file = if table.get(b"source").is_some() { &b"source"[..] } else { b"fileName" };
        Self {
            name: table.rows(b"name"),
            file: table.rows(file),
            line: table.rows(b"lineNumber"),
            resource: table.rows(b"resource"),
        }
    }
}

impl<'a> Tables<'a> {
    /// The tables of a thread; those that it lacks are the shared ones, or empty.
    pub(super) fn new(thread: &Table<'a>, shared: Option<&Self>) -> Self {
        let empty = Text { raw: b"" };
        let strings = thread.get(b"stringArray").or_else(|| thread.get(b"stringTable"));
        let strings = strings.map(|strings| {
            Elements::of(strings).map(|text| text.text().unwrap_or(empty)).collect()
        });
        let stack = thread.table(b"stackTable").map(|table| StackColumns::of(&table).into());
        let frame = thread.table(b"frameTable").map(|table| FrameColumns::of(&table).into());
        let func = thread.table(b"funcTable").map(|table| FuncColumns::of(&table).into());
        let resource_lib = thread.table(b"resourceTable").map(|table| table.rows(b"lib").into());
        let source_name = thread.table(b"sources").map(|table| table.rows(b"filename").into());
        let none = Table::default();
        Self {
            strings: own_or_shared(strings, shared, |shared| &shared.strings)
                .unwrap_or_else(|| Rc::new([])),
            stack: own_or_shared(stack, shared, |shared| &shared.stack)
                .unwrap_or_else(|| StackColumns::of(&none).into()),
            frame: own_or_shared(frame, shared, |shared| &shared.frame)
                .unwrap_or_else(|| FrameColumns::of(&none).into()),
            func: own_or_shared(func, shared, |shared| &shared.func)
                .unwrap_or_else(|| FuncColumns::of(&none).into()),
            resource_lib: own_or_shared(resource_lib, shared, |shared| &shared.resource_lib)
                .unwrap_or_else(|| Rc::new([])),
            source_name: own_or_shared(source_name, shared, |shared| &shared.source_name)
                .unwrap_or_else(|| Rc::new([])),
        }
    }

    /// Whether the stacks are those of `shared`.
    pub(super) fn has_stacks_of(&self, shared: &Self) -> bool {
        Rc::ptr_eq(&self.stack, &shared.stack)
    }

    /// Whether a table that stacks go through is another than that of `shared`.
    pub(super) fn is_apart_from(&self, shared: &Self) -> bool {
        !(Rc::ptr_eq(&self.frame, &shared.frame)
            && Rc::ptr_eq(&self.func, &shared.func)
            && Rc::ptr_eq(&self.resource_lib, &shared.resource_lib)
            && Rc::ptr_eq(&self.source_name, &shared.source_name))
    }

    pub(super) fn string(&self, row: u32) -> Option<Text<'a>> {
        self.strings.get(row as usize).copied()
    }

    fn file(&self, func: u32) -> Option<Text<'a>> {
        let file = cell(&self.func.file, func)?;
        let file = if self.source_name.is_empty() { file } else { cell(&self.source_name, file)? };
        self.string(file).filter(|file| !file.raw.is_empty())
    }
}

/// The table that a thread has of its own, else the shared one.
fn own_or_shared<'s, 'a, T: ?Sized + 's>(
    own: Option<Rc<T>>,
    shared: Option<&'s Tables<'a>>,
    of: impl Fn(&'s Tables<'a>) -> &'s Rc<T>,
) -> Option<Rc<T>> {
    own.or_else(|| shared.map(|shared| Rc::clone(of(shared))))
}

/// A row, unless it is none.
fn cell(column: &[u32], row: u32) -> Option<u32> {
    column.get(row as usize).copied().filter(|&row| row != NONE)
}

/// Where a stack is in the profile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) callers: Option<StackId>,
    pub(super) leaf: FrameId,
}

/// Makes places for the stacks of some tables.
pub(super) struct Places<'a, 'b> {
    pub(super) tables: &'b Tables<'a>,
    pub(super) shared: &'b mut Shared,
    pub(super) builder: &'b mut ProfileBuilder,
    pub(super) job: &'b Job,
    /// By row of the functions.
    functions: HashMap<u32, FunctionId>,
}

impl<'a, 'b> Places<'a, 'b> {
    pub(super) fn new(
        tables: &'b Tables<'a>,
        shared: &'b mut Shared,
        builder: &'b mut ProfileBuilder,
        job: &'b Job,
    ) -> Self {
        Self { tables, shared, builder, job, functions: HashMap::default() }
    }

    /// The place of every stack. Callers stand before those they call.
    pub(super) fn all(mut self) -> Result<Vec<Place>, ImportError> {
        let tables = self.tables;
        let mut places: Vec<Place> = Vec::with_capacity(tables.stack.frame.len());
        for (row, &frame) in tables.stack.frame.iter().enumerate() {
            if row.is_multiple_of(1 << 14) && self.job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let prefix = tables.stack.prefix.get(row).copied().unwrap_or(NONE);
            let caller = places.get(prefix as usize).copied();
            if prefix != NONE && caller.is_none() {
                self.job.note(Severity::Repair, "stack-order", || {
                    "a stack comes before its callers, which are left out of it".to_owned()
                });
            }
            let category = cell(&tables.stack.category, frame_or(row));
            let line = self.line(frame, category);
            let is_inlined = cell(&tables.frame.inline_depth, frame).is_some_and(|depth| depth > 0);
            let place = match caller {
                Some(caller) if is_inlined => self.inlined(caller, line),
                caller => {
                    let callers = caller.map(|place| self.builder.stack(place.callers, place.leaf));
                    Place { callers, leaf: self.frame(frame, line) }
                }
            };
            places.push(place);
        }
        Ok(places)
    }

    /// A function within the frame of the one it is inlined into.
    fn inlined(&mut self, caller: Place, line: Line) -> Place {
        if let Some(&leaf) = self.shared.inlined.get(&(caller.leaf, line)) {
            return Place { leaf, ..caller };
        }
        let lines = self.shared.lines.get(&caller.leaf).filter(|lines| lines.len() < MAX_INLINED);
        let Some(mut lines) = lines.cloned() else {
            // Not inlined into anything with an address: a call like others.
            let callers = Some(self.builder.stack(caller.callers, caller.leaf));
            return Place { callers, leaf: self.builder.named_frame(line) };
        };
        lines.push(line);
        let frames = self.builder.frames();
        let (mapping, address) = (frames.mapping(caller.leaf), frames.address(caller.leaf));
        let leaf = self.builder.new_frame(mapping, address);
        self.builder.set_lines(leaf, &lines);
        self.shared.lines.insert(leaf, lines);
        self.shared.inlined.insert((caller.leaf, line), leaf);
        Place { leaf, ..caller }
    }

    /// The frame of a row, as the place of one function.
    fn frame(&mut self, row: u32, line: Line) -> FrameId {
        let address = self.tables.frame.address.get(row as usize).copied().flatten();
        let func = cell(&self.tables.frame.func, row).unwrap_or(NONE);
        let (Some(address @ 0..), Some(mapping)) = (address, self.mapping(func)) else {
            return self.builder.named_frame(line);
        };
        if let Some(&frame) = self.shared.frames.get(&(mapping, address, line)) {
            return frame;
        }
        let frame = self.builder.new_frame(Some(mapping), address.unsigned_abs());
        self.builder.set_lines(frame, &[line]);
        self.shared.lines.insert(frame, vec![line]);
        self.shared.frames.insert((mapping, address, line), frame);
        frame
    }

    fn mapping(&self, func: u32) -> Option<MappingId> {
        let resource = cell(&self.tables.func.resource, func)?;
        let lib = cell(&self.tables.resource_lib, resource)?;
        self.shared.libs.get(lib as usize).copied()
    }

    fn line(&mut self, frame: u32, stack_category: Option<u32>) -> Line {
        let line = cell(&self.tables.frame.line, frame).unwrap_or_default();
        let func = cell(&self.tables.frame.func, frame).unwrap_or(NONE);
        if let Some(&function) = self.functions.get(&func) {
            return Line { function, line };
        }
        let category = cell(&self.tables.frame.category, frame).or(stack_category);
        let function = self.function(func, category);
        self.functions.insert(func, function);
        Line { function, line }
    }

    fn function(&mut self, func: u32, category: Option<u32>) -> FunctionId {
        let tables = self.tables;
        let name = cell(&tables.func.name, func).and_then(|name| tables.string(name));
        if name.is_none() {
            self.job.note(Severity::Loss, "missing-function", || {
                "a stack goes through a frame, a function or a name that is not in the file, \
                 which is shown as [unknown]; record or export it again"
                    .to_owned()
            });
        }
        let name = name.filter(|name| !name.raw.is_empty()).map(Text::decode);
        let name = self.builder.string(name.as_deref().unwrap_or(Function::UNKNOWN));
        let file = tables.file(func).map(|file| self.builder.string(&file.decode()));
        let line = cell(&tables.func.line, func).unwrap_or_default();
        let category = category.and_then(|row| self.shared.category(row));
        let mapping = self.mapping(func);
        self.builder.function(Function { file, line, mapping, category, ..Function::named(name) })
    }
}

fn frame_or(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(NONE)
}
