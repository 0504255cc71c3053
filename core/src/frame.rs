//! Frames and functions: where code was, and what it is called.
//!
//! A frame is a physical place; its names can arrive later than the samples, so they are in
//! [`Symbols`], which is shared by its own `Arc` and replaced as a whole:
//!
//! ```text
//! frame   mapping   address        lines, caller first
//!   0       app      0x1139    →   run (app.cpp:12), mix (mix.h:3, inlined into run)
//!   1       libc     0x27c8    →   [unknown]
//! ```

use rustc_hash::FxHashSet;

use crate::{FrameId, FunctionId, MappingId, StringId};

/// A named piece of code. Two functions are the same when all of this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// The name as the user should read it: demangled, not shortened.
    pub name: StringId,
    /// Source file, as recorded.
    pub file: Option<StringId>,
    /// Line of the definition; 0 if unknown.
    pub line: u32,
    /// The binary the function is in, if known. For slices: nothing.
    pub mapping: Option<MappingId>,
    /// Category of a slice or of a JIT frame, such as `gfx` or `GC`.
    pub category: Option<StringId>,
    /// What the linker calls it, where the recording tells that beside the name.
    pub linkage_name: Option<StringId>,
}

impl Function {
    /// What a function without a name is called.
    pub const UNKNOWN: &str = "[unknown]";

    /// What stands for the stack of a sample that has none.
    pub const NO_STACK: &str = "[no stack]";

    /// What stands for the callers that a recording has cut.
    pub const TRUNCATED: &str = "[truncated]";

    /// A function of which nothing but the name is known.
    pub fn named(name: StringId) -> Self {
        Self { name, file: None, line: 0, mapping: None, category: None, linkage_name: None }
    }
}

/// Every function of a profile.
#[derive(Clone, Debug, Default)]
pub struct FunctionTable {
    pub(crate) rows: Vec<Function>,
}

impl FunctionTable {
    /// Number of functions.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no function at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All functions, in the order in which the recording first names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = FunctionId> + use<> {
        (0..self.len()).map(FunctionId::from_index)
    }

    /// A function.
    pub fn row(&self, function: FunctionId) -> &Function {
        &self.rows[function.index()]
    }
}

/// One of the functions that run at a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The function.
    pub function: FunctionId,
    /// The line in the function's file that runs, or that calls the next; 0 if unknown.
    pub line: u32,
}

/// Every distinct place in code that samples met.
///
/// # Invariants
///
/// * Columns have the same length.
#[derive(Clone, Debug, Default)]
pub struct FrameTable {
    pub(crate) mapping: Vec<MappingId>,
    pub(crate) address: Vec<u64>,
    /// Few profiles have any.
    pub(crate) folded: FxHashSet<FrameId>,
}

impl FrameTable {
    /// Number of frames.
    pub fn len(&self) -> usize {
        self.address.len()
    }

    /// Whether there is no frame at all, as in a trace without samples.
    pub fn is_empty(&self) -> bool {
        self.address.is_empty()
    }

    /// All frames.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = FrameId> + use<> {
        (0..self.len()).map(FrameId::from_index)
    }

    /// The binary the frame is in; `None` where the format only knows names.
    pub fn mapping(&self, frame: FrameId) -> Option<MappingId> {
        self.mapping[frame.index()].some()
    }

    /// The address: the offset in the file of the binary (perf.data) or as recorded (pprof);
    /// 0 where the format only knows names.
    pub fn address(&self, frame: FrameId) -> u64 {
        self.address[frame.index()]
    }

    /// Whether the recording says that other functions with the same code may be meant, as
    /// linkers fold them into one (`Location.is_folded` of pprof).
    pub fn is_folded(&self, frame: FrameId) -> bool {
        self.folded.contains(&frame)
    }
}

/// What is known of the names at each frame.
///
/// # Invariants
///
/// * There is a range for each frame of the [`FrameTable`], with at least one line.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    pub(crate) functions: FunctionTable,
    /// Start and length in `lines`, by frame.
    pub(crate) range: Vec<(u32, u32)>,
    pub(crate) lines: Vec<Line>,
    pub(crate) columns: SourceColumns,
}

impl Symbols {
    /// Every function.
    pub fn functions(&self) -> &FunctionTable {
        &self.functions
    }

    /// The functions at a frame: the physical one first, then those inlined there, each into
    /// the one before it. Never empty.
    pub fn lines(&self, frame: FrameId) -> &[Line] {
        let (start, len) = self.range[frame.index()];
        &self.lines[start as usize..start as usize + len as usize]
    }

    /// In which columns of the source the [`lines`](Self::lines) of a frame are, in the same
    /// order; 0 for those that are not known. Empty where none is, as in most formats.
    pub fn columns(&self, frame: FrameId) -> &[u32] {
        self.columns.get(self.range[frame.index()])
    }
}

/// The columns of lines, kept only once any is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceColumns {
    /// By row of the lines, as far as any is known; 0 where none is.
    by_line: Vec<u32>,
}

impl SourceColumns {
    /// Sets those of the lines in a range, which is a start and a length.
    pub(crate) fn set(&mut self, (start, len): (u32, u32), columns: &[u32]) {
        if columns.iter().all(|&column| column == 0) {
            return;
        }
        let (start, end) = (start as usize, start as usize + len as usize);
        self.by_line.resize(self.by_line.len().max(end), 0);
        for (slot, &column) in self.by_line[start..end].iter_mut().zip(columns) {
            *slot = column;
        }
    }

    /// Those of the lines in a range; empty where none is known.
    pub(crate) fn get(&self, (start, len): (u32, u32)) -> &[u32] {
        let columns = self.by_line.get(start as usize..start as usize + len as usize);
        columns.filter(|columns| columns.iter().any(|&column| column != 0)).unwrap_or_default()
    }
}
