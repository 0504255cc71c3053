//! Names for code that was made at run time.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Name, NamedFunction, NamedLine, Names, Naming};
use crate::symbols::{JitDump, Module, SymbolTable, perf_map_symbols};

impl Naming<'_> {
    pub(super) fn by_perf_map(&self, module: &Module, pid: i32, names: &mut Names) {
        let file = match self.finder.find_perf_map(pid, self.origin()) {
            Ok(file) => file,
            Err(tried) => {
                names.lookup.tried = tried;
                return;
            }
        };
        names.notes.perf_map = Some(pid);
        names.lookup.symbols = Some(file.path.display().to_string());
        let table: SymbolTable<'_> = perf_map_symbols(&file.source);
        self.each(module, names, |address| table.lookup(address));
    }

    /// The names of a dump, and the lines where it has them.
    pub(super) fn by_jit_dump(&self, module: &Module, path: &Path, names: &mut Names) {
        let Some(source) = self.finder.open_found(path) else { return };
        let Some(dump) = JitDump::parse(&source) else { return };
        names.lookup.symbols = Some(path.display().to_string());
        names.notes.broken_jit_lines = dump.n_broken_lines;
        let table = dump.symbols();
        let frames = self.profile.frames();
        let mut functions: BTreeMap<u64, u32> = BTreeMap::new();
        for &frame in &*module.frames {
            let place = frames.address(frame).wrapping_add(module.to_file);
            let Some(symbol) = table.lookup(place) else { continue };
            let start = symbol.address;
            // A function is where its first line is.
            let end = start.saturating_add(symbol.size);
            let row = dump.lines.partition_point(|line| line.place < start);
            let first = dump.lines.get(row).filter(|line| line.place < end);
            let function = *functions.entry(start).or_insert_with(|| {
                let name = Name::New(symbol.demangled().into_owned());
                let file = first.map(|line| line.file.to_owned());
                names.function(NamedFunction {
                    name,
                    file,
                    line: first.map_or(0, |line| line.line),
                })
            });
            let line = dump.line_at(start, place);
            // A line of another file is one of a function that is inlined, which has no name.
            let line = line.filter(|line| first.is_some_and(|first| first.file == line.file));
            names.lookup.n_lines = names.lookup.n_lines.saturating_add(usize::from(line.is_some()));
            names.frame(frame, [NamedLine { function, line: line.map_or(0, |line| line.line) }]);
        }
        if names.lookup.n_lines > 0 {
            names.lookup.lines.clone_from(&names.lookup.symbols);
        }
    }
}
