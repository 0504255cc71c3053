//! The first step: names from symbol tables.

use std::collections::BTreeMap;

use super::{Name, NamedFunction, NamedLine, Names, Naming};
use crate::symbols::{
    Found, Module, NamesFrom, Need, Origin, Segment, Symbol, is_this_machine, symbol_table,
};

impl Naming<'_> {
    /// The names of a module's frames by the symbol tables that are found.
    pub(super) fn by_tables(&self, module: &Module) -> Names {
        let mut names = Names::default();
        match &module.from {
            NamesFrom::File { .. } => self.by_file(module, &mut names),
            NamesFrom::Kernel { .. } => self.by_kernel(module, &mut names),
            NamesFrom::KernelModule { .. } => self.by_kernel_module(module, &mut names),
            NamesFrom::Jit { pid } => self.by_perf_map(module, *pid, &mut names),
            NamesFrom::JitDump { path } => self.by_jit_dump(module, path, &mut names),
            NamesFrom::Itself => self.by_itself(module, &mut names),
            NamesFrom::Nothing | NamesFrom::Outside => {}
        }
        names.lookup.n_named = names.frames.len();
        names
    }

    fn by_file(&self, module: &Module, names: &mut Names) {
        let Some(wanted) = self.wanted(module) else { return };
        let found = self.finder.find(&wanted, Need::Symbols);
        self.by_found(module, &found, names);
        names.lookup.tried = found.tried;
    }

    /// The names of a module's frames by the symbol table of the files that were found.
    pub(super) fn by_found(&self, module: &Module, found: &Found, names: &mut Names) {
        let table = found.symbols.as_ref().and_then(|file| {
            let table = symbol_table(&file.source, found.packed.as_deref())?;
            names.lookup.symbols = Some(file.path.display().to_string());
            Some(table)
        });
        // A file of debug information does not tell the jumps to other binaries, and a binary
        // that is stripped has names for nothing else.
        let runtime = found.runtime.as_ref().and_then(|file| symbol_table(&file.source, None));
        if table.is_some() || runtime.as_ref().is_some_and(|table| !table.is_empty()) {
            self.each(module, names, |offset| {
                let address = Segment::address_of_offset(&found.segments, offset)?;
                let mut tables = [&table, &runtime].into_iter().flatten();
                tables.find_map(|table| table.lookup(address))
            });
        }
    }

    /// What the recording says of the machine that it is of.
    pub(super) fn fact(&self, name: &str) -> Option<&str> {
        let mut facts = self.profile.facts().iter();
        facts.find(|(fact, _)| **fact == *name).map(|(_, value)| &**value)
    }

    /// What is known of files that programs have written on the recorded machine.
    pub(super) fn origin(&self) -> Origin {
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
    pub(super) fn each<'s>(
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
