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

use rustc_hash::FxHashMap;
use rview_core::{
    FrameId, Function, FunctionId, Line, Mapping, MappingId, ProfileBuilder, StackId, StringId,
};

use super::table::{NONE, Table};
use crate::json::{Elements, Text, Value};
use crate::{Job, Severity};

/// More functions than this are not inlined into each other.
const MAX_INLINED: usize = 64;

/// What all threads share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    libs: Vec<MappingId>,
    categories: Vec<StringId>,
    frames: FxHashMap<(MappingId, i64, Line), FrameId>,
    inlined: FxHashMap<(FrameId, Line), FrameId>,
    /// The lines of frames that have an address.
    lines: FxHashMap<FrameId, Vec<Line>>,
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

/// The tables that stacks go through, of one thread or of all.
#[derive(Debug)]
pub(super) struct Tables<'a> {
    strings: Vec<Text<'a>>,
    prefix: Vec<u32>,
    stack_frame: Vec<u32>,
    stack_category: Vec<u32>,
    frame: FrameColumns,
    func: FuncColumns,
    resource_lib: Vec<u32>,
    source_name: Vec<u32>,
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

impl<'a> Tables<'a> {
    /// The tables of a thread; those that it lacks are among the shared ones.
    pub(super) fn new(thread: &Table<'a>, shared: &Table<'a>) -> Self {
        let table =
            |key: &[u8]| thread.table(key).or_else(|| shared.table(key)).unwrap_or_default();
        let (stack, frame, func) =
            (table(b"stackTable"), table(b"frameTable"), table(b"funcTable"));
        let key = |of: &Table<'a>| of.get(b"stringArray").or_else(|| of.get(b"stringTable"));
        let strings = key(thread).or_else(|| key(shared)).into_iter().flat_map(Elements::of);
        let empty = Text { raw: b"" };
        let file = if func.get(b"source").is_some() { &b"source"[..] } else { b"fileName" };
        let sources = table(b"sources");
        Self {
            strings: strings.map(|text| text.text().unwrap_or(empty)).collect(),
            prefix: stack.rows(b"prefix"),
            stack_frame: stack.rows(b"frame"),
            stack_category: stack.rows(b"category"),
            frame: FrameColumns {
                func: frame.rows(b"func"),
                address: frame.integers(b"address"),
                inline_depth: frame.rows(b"inlineDepth"),
                category: frame.rows(b"category"),
                line: frame.rows(b"line"),
            },
            func: FuncColumns {
                name: func.rows(b"name"),
                file: func.rows(file),
                line: func.rows(b"lineNumber"),
                resource: func.rows(b"resource"),
            },
            resource_lib: table(b"resourceTable").rows(b"lib"),
            source_name: sources.rows(b"filename"),
        }
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
    functions: Vec<Option<FunctionId>>,
}

impl<'a, 'b> Places<'a, 'b> {
    pub(super) fn new(
        tables: &'b Tables<'a>,
        shared: &'b mut Shared,
        builder: &'b mut ProfileBuilder,
        job: &'b Job,
    ) -> Self {
        let functions = vec![None; tables.func.name.len()];
        Self { tables, shared, builder, job, functions }
    }

    /// The place of every stack. Callers stand before those they call.
    pub(super) fn all(mut self) -> Vec<Place> {
        let tables = self.tables;
        let mut places: Vec<Place> = Vec::with_capacity(tables.stack_frame.len());
        for (row, &frame) in tables.stack_frame.iter().enumerate() {
            let prefix = tables.prefix.get(row).copied().unwrap_or(NONE);
            let caller = places.get(prefix as usize).copied();
            if prefix != NONE && caller.is_none() {
                self.job.note(Severity::Repair, "stack-order", || {
                    "a stack comes before its callers, which are left out of it".to_owned()
                });
            }
            let category = cell(&tables.stack_category, frame_or(row));
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
        places
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
        if let Some(Some(function)) = self.functions.get(func as usize) {
            return Line { function: *function, line };
        }
        let category = cell(&self.tables.frame.category, frame).or(stack_category);
        let function = self.function(func, category);
        if let Some(slot) = self.functions.get_mut(func as usize) {
            *slot = Some(function);
        }
        Line { function, line }
    }

    fn function(&mut self, func: u32, category: Option<u32>) -> FunctionId {
        let tables = self.tables;
        let name = cell(&tables.func.name, func).and_then(|name| tables.string(name));
        let name = name.filter(|name| !name.raw.is_empty()).map(Text::decode);
        let name = self.builder.string(name.as_deref().unwrap_or("[unknown]"));
        let file = tables.file(func).map(|file| self.builder.string(&file.decode()));
        let line = cell(&tables.func.line, func).unwrap_or_default();
        let category = category.and_then(|row| self.shared.category(row));
        let mapping = self.mapping(func);
        self.builder.function(Function { name, file, line, mapping, category })
    }
}

fn frame_or(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(NONE)
}
