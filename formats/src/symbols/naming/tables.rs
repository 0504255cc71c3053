//! The first step: names from symbol tables.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Name, NamedFunction, NamedLine, Names, Naming};
use crate::symbols::{
    Finding, JitDump, KernelSymbols, Module, NamesFrom, Need, Origin, Segment, Symbol, SymbolTable,
    Tried, is_this_machine, kernel_symbols, kernel_symbols_like, perf_map_symbols, symbol_table,
};

impl Naming<'_> {
    /// The names of a module's frames by the symbol tables that are found.
    pub(super) fn by_tables(&self, module: &Module) -> Names {
        let mut names = Names::default();
        match &module.from {
            NamesFrom::File { .. } => self.by_file(module, &mut names),
            NamesFrom::Kernel { reference } => self.by_kernel(module, *reference, &mut names),
            NamesFrom::Jit { pid } => self.by_perf_map(module, *pid, &mut names),
            NamesFrom::JitDump { path } => self.by_jit_dump(module, path, &mut names),
            NamesFrom::Itself => self.by_itself(module, &mut names),
            NamesFrom::Nothing => {}
        }
        names.lookup.n_named = names.frames.len();
        names
    }

    fn by_file(&self, module: &Module, names: &mut Names) {
        let Some(wanted) = self.wanted(module) else { return };
        let found = self.finder.find(&wanted, Need::Symbols);
        let (symbols, runtime) = (&found.symbols, &found.runtime);
        if let Some(file) = symbols
            && let Some(table) = symbol_table(&file.source, found.packed.as_deref())
        {
            names.lookup.symbols = Some(file.path.display().to_string());
            // A file of debug information does not tell the jumps to other binaries.
            let runtime = runtime.as_ref().and_then(|file| symbol_table(&file.source, None));
            self.each(module, names, |offset| {
                let address = Segment::address_of_offset(&found.segments, offset)?;
                let runtime = || runtime.as_ref()?.lookup(address);
                table.lookup(address).or_else(runtime)
            });
        }
        names.lookup.tried = found.tried;
    }

    fn by_kernel(
        &self,
        module: &Module,
        reference: Option<(&'static str, u64)>,
        names: &mut Names,
    ) {
        let row = self.profile.mappings().row(module.mapping);
        let build_id = row.build_id.map(|id| self.profile.text(id));
        let cached = build_id.and_then(|build_id| self.finder.find_kallsyms(build_id));
        let from = cached.as_ref().map(|file| file.path.display().to_string());
        let cached = cached.map(|file| KernelSymbols::new(file.source.to_vec()));
        let running = || {
            let is_allowed = !self.job.options().no_system_symbols;
            let at = reference.map(|(name, address)| (name.as_bytes(), address));
            match build_id {
                _ if !is_allowed => None,
                Some(build_id) => kernel_symbols(build_id),
                None => kernel_symbols_like(self.fact("host"), self.fact("kernel"), at),
            }
        };
        let usable = cached.filter(|symbols| !symbols.table().is_empty());
        let from = from.filter(|_| usable.is_some());
        let Some(symbols) = usable.or_else(running) else {
            let found = Finding::Nothing;
            names.lookup.tried.push(Tried { path: "/proc/kallsyms".into(), found });
            return;
        };
        names.lookup.symbols = Some(from.unwrap_or_else(|| "/proc/kallsyms".to_owned()));
        let table = symbols.table();
        // The kernel is loaded elsewhere at each start of the system.
        let moved = reference.and_then(|(name, then)| {
            let now = table.address_of(name.as_bytes())?;
            Some(now.wrapping_sub(then))
        });
        let moved = moved.unwrap_or_default();
        self.each(module, names, |address| table.lookup(address.wrapping_add(moved)));
    }

    fn by_perf_map(&self, module: &Module, pid: i32, names: &mut Names) {
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

    fn by_jit_dump(&self, module: &Module, path: &Path, names: &mut Names) {
        let Some(source) = self.finder.open_found(path) else { return };
        let Some(dump) = JitDump::parse(&source) else { return };
        names.lookup.symbols = Some(path.display().to_string());
        let table = dump.symbols();
        self.each(module, names, |place| table.lookup(place));
    }

    /// What the recording says of the machine that it is of.
    fn fact(&self, name: &str) -> Option<&str> {
        let mut facts = self.profile.facts().iter();
        facts.find(|(fact, _)| **fact == *name).map(|(_, value)| &**value)
    }

    /// What is known of files that programs have written on the recorded machine.
    fn origin(&self) -> Origin {
        let host = self.fact("host");
        if host.is_none() {
            return Origin::Unknown;
        }
        let is_of_this_machine = is_this_machine(host, self.fact("kernel"));
        Origin::Recorded { inode: 0, is_of_this_machine, until: None }
    }

    /// Code whose only function is called as its binary.
    fn by_itself(&self, module: &Module, names: &mut Names) {
        let name = Name::Kept(self.profile.mappings().row(module.mapping).path);
        let function = names.function(NamedFunction { name, file: None, line: 0 });
        for &frame in &*module.frames {
            names.frame(frame, [NamedLine { function, line: 0 }]);
        }
    }

    /// Names the frames for which there is a symbol, by where they are in their file.
    fn each<'s>(
        &self,
        module: &Module,
        names: &mut Names,
        symbol_at: impl Fn(u64) -> Option<&'s Symbol<'s>>,
    ) {
        let frames = self.profile.frames();
        // Frames are by address, but symbols of the kernel may have been moved around.
        let mut functions: BTreeMap<u64, u32> = BTreeMap::new();
        let mut latest: Option<(u64, u32)> = None;
        for &frame in &*module.frames {
            let place = frames.address(frame).wrapping_add(module.to_file);
            let Some(symbol) = symbol_at(place) else { continue };
            let function = match latest {
                Some((address, function)) if address == symbol.address => function,
                _ => *functions.entry(symbol.address).or_insert_with(|| {
                    let name = Name::New(symbol.demangled().into_owned());
                    names.function(NamedFunction { name, file: None, line: 0 })
                }),
            };
            latest = Some((symbol.address, function));
            names.frame(frame, [NamedLine { function, line: 0 }]);
        }
    }
}
