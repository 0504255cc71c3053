//! Names for the kernel and its modules.
//!
//! The kernel and its modules are loaded elsewhere at each start of the system. The recording
//! says where a symbol of the kernel was, and where each module started; tables say where they
//! are there.

use rview_core::FrameId;

use super::{Names, Naming};
use crate::symbols::search::{FoundFile, Kernel as WantedKernel};
use crate::symbols::{
    Finding, Found, KernelSymbols, Module, NamesFrom, Reference, Tried, Wanted, address_of_symbol,
    kernel_symbols, kernel_symbols_like, module_name, module_symbols, running_module, symbol_table,
};

/// What all addresses of the kernel are read from in a running system.
const KALLSYMS: &str = "/proc/kallsyms";

impl Naming<'_> {
    pub(super) fn by_kernel(&self, module: &Module, names: &mut Names) {
        let NamesFrom::Kernel { reference } = &module.from else { return };
        let build_id = self.build_id(module);
        let cached = build_id.and_then(|build_id| self.finder.find_kallsyms(build_id));
        let cached = cached.map(|file| {
            (file.path.display().to_string(), KernelSymbols::new(file.source.to_vec()))
        });
        let running = || {
            let is_allowed = !self.job.options().no_system_symbols;
            let symbols = match build_id {
                _ if !is_allowed => None,
                Some(build_id) => kernel_symbols(build_id),
                None => {
                    kernel_symbols_like(self.fact("host"), self.fact("kernel"), reference.as_ref())
                }
            };
            Some((KALLSYMS.to_owned(), symbols?))
        };
        let moved = |symbols: &KernelSymbols| match reference {
            None => Some(0),
            Some(it) => Some(symbols.address_of(it.name.as_bytes())?.wrapping_sub(it.address)),
        };
        let usable = |found: &(String, KernelSymbols)| {
            !found.1.table().is_empty() && moved(&found.1).is_some()
        };
        if let Some((from, symbols)) = cached.filter(usable).or_else(|| running().filter(usable)) {
            names.lookup.symbols = Some(from);
            let (table, moved) = (symbols.table(), moved(&symbols).unwrap_or_default());
            self.each(module, names, |address| table.lookup(address.wrapping_add(moved)));
            return;
        }
        names.lookup.tried.push(Tried { path: KALLSYMS.into(), found: Finding::Nothing });
        let found = self.vmlinux(module, &mut names.lookup.tried);
        if let Some((file, moved)) = found
            && let Some(table) = symbol_table(&file.source, None)
        {
            names.lookup.symbols = Some(file.path.display().to_string());
            self.each(module, names, |address| table.lookup(address.wrapping_add(moved)));
        }
    }

    /// The file of the kernel, and how far what is in it was from where it ran, wrapping.
    fn vmlinux(&self, module: &Module, tried: &mut Vec<Tried>) -> Option<(FoundFile, u64)> {
        let NamesFrom::Kernel { reference } = &module.from else { return None };
        let build_id = self.build_id(module)?;
        let wanted = WantedKernel { build_id, release: self.fact("kernel") };
        let file = self.finder.find_vmlinux(wanted, tried)?;
        let moved = match reference {
            None => 0,
            Some(Reference { name, address }) => {
                address_of_symbol(&file.source, name.as_bytes())?.wrapping_sub(*address)
            }
        };
        Some((file, moved))
    }

    /// The debug information of the kernel, and its frames by address as that counts.
    pub(super) fn kernel_lines(
        &self,
        module: &Module,
        tried: &mut Vec<Tried>,
    ) -> Option<(Found, Vec<(u64, FrameId)>)> {
        let (file, moved) = self.vmlinux(module, tried)?;
        let frames = self.profile.frames();
        let place = |&frame: &FrameId| (frames.address(frame).wrapping_add(moved), frame);
        let mut places: Vec<(u64, FrameId)> = module.frames.iter().map(place).collect();
        places.sort_unstable();
        Some((Found { lines: Some(file), ..Found::default() }, places))
    }

    /// A module has names from the running kernel while that has it loaded, else from its file,
    /// else from what perf has copied of the kernel in which it ran.
    pub(super) fn by_kernel_module(&self, module: &Module, names: &mut Names) {
        let NamesFrom::KernelModule { start, end, kernel, origin } = &module.from else { return };
        let path = self.profile.text(self.profile.mappings().row(module.mapping).path);
        let Some(name) = module_name(path) else { return };
        let build_id = self.build_id(module);
        let is_allowed = !self.job.options().no_system_symbols;
        if is_allowed && let Some((base, symbols)) = running_module(&name, build_id, *origin) {
            let table = symbols.module_table(name.as_bytes(), base);
            if !table.is_empty() {
                names.lookup.symbols = Some(KALLSYMS.to_owned());
                self.each(module, names, |offset| table.lookup(offset));
                return;
            }
        }
        if is_allowed {
            names.lookup.tried.push(Tried { path: KALLSYMS.into(), found: Finding::Nothing });
        }
        let wanted = Wanted { path, build_id, mapped_end: 0, origin: *origin };
        let tried = &mut names.lookup.tried;
        if let Some(file) = self.finder.find_module(&wanted, self.fact("kernel"), tried)
            && let Some(table) = module_symbols(&file.source)
        {
            names.lookup.symbols = Some(file.path.display().to_string());
            self.each(module, names, |offset| table.lookup(offset));
            return;
        }
        let cached = kernel.build_id.as_deref().and_then(|id| self.finder.find_kallsyms(id));
        if let (Some(file), Some(reference)) = (cached, &kernel.reference) {
            let symbols = KernelSymbols::new(file.source.to_vec());
            // Where the kernel is at the same place, and the module within its own, they are of
            // the same start of the system.
            let is_same = symbols.address_of(reference.name.as_bytes()) == Some(reference.address);
            let table = symbols.module_table(name.as_bytes(), *start);
            let len = end.wrapping_sub(*start);
            let fits = table.symbols().iter().all(|symbol| symbol.address < len);
            if is_same && fits && !table.is_empty() {
                names.lookup.symbols = Some(file.path.display().to_string());
                self.each(module, names, |offset| table.lookup(offset));
            }
        }
    }

    fn build_id(&self, module: &Module) -> Option<&str> {
        let build_id = self.profile.mappings().row(module.mapping).build_id;
        build_id.map(|id| self.profile.text(id))
    }
}
