//! Names for addresses: the symbol tables of binaries, of the kernel and of JITs.
//!
//! ```text
//! search ─ finds the file of a binary, by its build id
//! elf    ─ reads its symbols, and where its segments are      ┐
//! kernel ─ reads those of the running kernel                  ├─ table ─ address → symbol
//! perf_map ─ reads those that a JIT has written down          ┘
//! demangle ─ makes names as people wrote them
//! ```

mod demangle;
mod elf;
mod kernel;
mod perf_map;
mod search;
mod table;

pub use demangle::demangle;
pub use elf::{Binary, Segment, build_id_of};
pub use kernel::{KernelSymbols, kernel_symbols};
pub use perf_map::perf_map_symbols;
pub use search::{Finder, Found, Missing, Wanted};
pub use table::{Binding, Symbol, SymbolKind, SymbolTable};
