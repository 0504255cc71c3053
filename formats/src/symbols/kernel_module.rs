//! The modules of the kernel: what they are called, and the symbols of their files.
//!
//! The file of a module (`.ko`) has sections that the kernel puts together when it loads the
//! module. Its code comes first, section by section in the order of the file:
//!
//! ```text
//! file    .text 0..100   .init.text 0..40   .text.unlikely 0..30 (aligned to 16)
//! memory  start ─────▶ +100 (.init.text is elsewhere) ──▶ +112 .. +142
//! ```
//!
//! Source: `kernel/module/main.c` of Linux (`layout_sections`).

use object::elf::{SHF_ALLOC, SHF_EXECINSTR};
use object::{
    Object as _, ObjectKind, ObjectSection as _, ObjectSymbol as _, SectionFlags, SectionIndex,
};
use rustc_hash::FxHashMap;

use super::elf::{SymbolReader, parse};
use super::{KernelSymbols, Origin, SymbolTable};

/// The endings of files of modules, packed ones too.
pub(super) const ENDINGS: [&str; 4] = [".ko", ".ko.zst", ".ko.xz", ".ko.gz"];

/// What the kernel calls the module with a path such as `/lib/modules/6.1.0/kernel/a-b.ko.xz`, or
/// `[a_b]` where no file is known; `None` if it is none.
pub fn module_name(path: &str) -> Option<String> {
    let file = rview_core::file_name(path);
    let in_brackets = path.strip_prefix('[').and_then(|path| path.strip_suffix(']'));
    let name = in_brackets.or_else(|| ENDINGS.iter().find_map(|end| file.strip_suffix(end)))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.replace('-', "_"))
}

/// The functions in the file of a module, by how far behind the start of the loaded module they
/// are; `None` if it is no such file.
pub fn module_symbols(bytes: &[u8]) -> Option<SymbolTable<'_>> {
    let file = parse(bytes).filter(|file| file.kind() == ObjectKind::Relocatable)?;
    let starts = layout(&file);
    let mut reader = SymbolReader::new(&file, bytes.len());
    let mut symbols = Vec::new();
    for symbol in file.symbols() {
        if let Some(start) = symbol.section_index().and_then(|index| starts.get(&index))
            && let Some(mut found) = reader.symbol(&symbol)
        {
            found.address = found.address.wrapping_add(*start);
            symbols.push(found);
        }
        if reader.is_exhausted() {
            break;
        }
    }
    Some(SymbolTable::new(symbols))
}

/// Where the sections of code are, from the start of the loaded module.
fn layout(file: &object::File<'_>) -> FxHashMap<SectionIndex, u64> {
    /// A module has some ten of them.
    const MAX_SECTIONS: usize = 4096;
    let mut starts = FxHashMap::default();
    let mut end = 0_u64;
    for section in file.sections().take(MAX_SECTIONS) {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        let is_code = sh_flags.0 & SHF_ALLOC.0 != 0 && sh_flags.0 & SHF_EXECINSTR.0 != 0;
        let is_freed = section.name_bytes().is_ok_and(|name| name.starts_with(b".init"));
        if is_code && !is_freed {
            let start = end.checked_next_multiple_of(section.align().max(1)).unwrap_or(end);
            starts.insert(section.index(), start);
            end = start.saturating_add(section.size());
        }
    }
    starts
}

/// Where the module with a name starts that the running kernel has loaded, and the symbols of
/// that kernel, if it is the recorded one and the system shows its addresses.
pub(super) fn running_module(
    name: &str,
    build_id: Option<&str>,
    origin: Origin,
) -> Option<(u64, KernelSymbols)> {
    let is_same = match build_id {
        Some(build_id) => {
            let notes = format!("/sys/module/{name}/notes/.note.gnu.build-id");
            super::kernel::build_id_of_notes(&std::fs::read(notes).ok()?)? == build_id
        }
        None => matches!(origin, Origin::Recorded { is_of_this_machine: true, .. }),
    };
    let modules = is_same.then(|| std::fs::read_to_string("/proc/modules").ok())??;
    let base = loaded_at(&modules, name)?;
    Some((base, KernelSymbols::new(std::fs::read("/proc/kallsyms").ok()?)))
}

/// Where a module is, among lines such as `nf_nat 57344 1 xt_nat, Live 0xffffffffc0a31000`.
/// Systems that hide addresses show 0.
fn loaded_at(modules: &str, name: &str) -> Option<u64> {
    let line = modules.lines().find(|line| line.split(' ').next() == Some(name))?;
    let address = line.split(' ').find_map(|word| word.strip_prefix("0x"))?;
    u64::from_str_radix(address, 16).ok().filter(|&address| address != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_called_the_same_with_and_without_a_file() {
        let names = [
            "[nf_nat]",
            "/lib/modules/6.1.0/kernel/net/nf-nat.ko",
            "/lib/modules/6.1.0/extra/nf_nat.ko.zst",
            "nf-nat.ko.xz",
        ];
        assert!(names.iter().all(|name| module_name(name).as_deref() == Some("nf_nat")));
        for other in ["[kernel.kallsyms]", "/lib/libc.so.6", "[]", ".ko", "[../../x]", ""] {
            assert_eq!(module_name(other), None, "{other}");
        }
    }

    #[test]
    fn a_module_is_where_the_system_says_unless_it_hides_that() {
        let modules = "nf_nat_x 1 0 - Live 0xffffffffc0000000\n\
            nf_nat 57344 1 xt_nat, Live 0xffffffffc0a31000 (OE)\nhidden 4096 0 - Live 0x0\n";
        assert_eq!(loaded_at(modules, "nf_nat"), Some(0xffff_ffff_c0a3_1000));
        assert_eq!(loaded_at(modules, "hidden"), None);
        assert_eq!(loaded_at(modules, "nf"), None);
    }
}
