//! Names for addresses: the symbol tables of binaries, of the kernel and of JITs.
//!
//! ```text
//! search ─ finds the files of a binary, by its build id
//! elf    ─ reads its symbols, and where its segments are      ┐
//! kernel, kernel_module ─ read those of the kernel             ├─ table ─ address → symbol
//! perf_map, jit_dump ─ read those that a JIT has written down ┘
//! debug_data, dwarf ─ lines of source and inlined functions   (unpack ─ what is compressed)
//! assembly ─ the machine code of a function as instructions
//! demangle ─ makes names as people wrote them
//! naming ─ gives a profile its names: first by tables, then by debug information
//! module ─ where the names of each binary are from, and why some are missing
//! ```

mod assembly;
mod debug_data;
mod demangle;
mod dwarf;
mod elf;
mod jit_dump;
mod kernel;
mod kernel_module;
mod lines_at;
mod module;
mod naming;
mod perf_map;
mod search;
mod table;
mod unpack;

pub use assembly::{Assembly, Instruction, NoAssembly, assembly};
pub use demangle::demangle;
use elf::address_of_symbol;
pub use elf::{Contents, Coverage, Segment, build_id_of, packed_symbols, symbol_table};
pub use jit_dump::{JitCode, JitDump, JitLine};
pub(crate) use kernel::is_this_machine;
pub use kernel::{KernelSymbols, kernel_symbols, kernel_symbols_like};
use kernel_module::running_module;
pub use kernel_module::{module_name, module_symbols};
pub use lines_at::{CodeLine, lines_at};
pub use module::{Finding, Lookup, Module, NamesFrom, RecordedKernel, Reference, Tried};
pub(crate) use naming::{Detail, OF_MISSING, is_unnamed, name_frames, note_refused};
pub use perf_map::perf_map_symbols;
pub use search::{Debuginfod, Finder, Found, FoundFile, Need, Origin, Wanted};
pub use table::{Binding, Symbol, SymbolKind, SymbolTable};
