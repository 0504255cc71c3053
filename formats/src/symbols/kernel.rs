//! The symbols of the running kernel, for recordings of this very kernel.

use super::{Binding, Reference, Symbol, SymbolKind, SymbolTable};
use crate::Reader;

/// The text of `/proc/kallsyms`.
#[derive(Debug)]
pub struct KernelSymbols {
    text: Vec<u8>,
}

impl KernelSymbols {
    /// Wraps text in the form of `/proc/kallsyms`.
    pub fn new(text: Vec<u8>) -> Self {
        Self { text }
    }

    /// The functions of the kernel, without those of modules. Empty when the system hides the
    /// addresses: then all are 0.
    pub fn table(&self) -> SymbolTable<'_> {
        let symbols = self.symbols().filter(|(module, _)| module.is_none());
        SymbolTable::new(symbols.map(|(_, symbol)| symbol).collect())
    }

    /// The functions of a module by how far they are behind its start, which is here.
    pub fn module_table(&self, module: &[u8], start: u64) -> SymbolTable<'_> {
        let symbols = self.symbols().filter(|(of, _)| *of == Some(module));
        let symbols = symbols.map(|(_, symbol)| {
            let address = symbol.address.wrapping_sub(start);
            Symbol { address, ..symbol }
        });
        SymbolTable::new(symbols.collect())
    }

    /// Where the kernel itself has a symbol; `None` if that is hidden.
    ///
    /// A table has one symbol for an address, and where the kernel starts there are several.
    pub fn address_of(&self, name: &[u8]) -> Option<u64> {
        let mut symbols = self.symbols();
        let found = symbols.find(|(module, symbol)| module.is_none() && symbol.name == name);
        found.map(|(_, symbol)| symbol.address)
    }

    /// The functions, with the module if they are of one.
    fn symbols(&self) -> impl Iterator<Item = (Option<&[u8]>, Symbol<'_>)> {
        self.text.split(|&byte| byte == b'\n').filter_map(symbol)
    }
}

/// A line such as `ffffffff81000000 T _stext`, then a tab and `[module]` if it is of one.
fn symbol(line: &[u8]) -> Option<(Option<&[u8]>, Symbol<'_>)> {
    let mut words = line.split(|&byte| byte == b' ');
    let address = std::str::from_utf8(words.next()?).ok()?;
    let address = u64::from_str_radix(address, 16).ok().filter(|&address| address != 0)?;
    let binding = match words.next()? {
        b"T" => Binding::Global,
        b"t" => Binding::Local,
        b"W" | b"w" => Binding::Weak,
        _ => return None,
    };
    let name = words.next()?;
    let (name, module) = match memchr::memchr(b'\t', name) {
        None => (name, None),
        Some(tab) => {
            let (name, module) = name.split_at_checked(tab)?;
            (name, Some(module.strip_prefix(b"\t[")?.strip_suffix(b"]")?))
        }
    };
    Some((module, Symbol { address, size: 0, name, binding, kind: SymbolKind::Function }))
}

/// The symbols of the running kernel if it has this build id and does not hide them.
pub fn kernel_symbols(build_id: &str) -> Option<KernelSymbols> {
    let notes = std::fs::read("/sys/kernel/notes").ok()?;
    if build_id_of_notes(&notes)? != build_id {
        return None;
    }
    let symbols = KernelSymbols::new(std::fs::read("/proc/kallsyms").ok()?);
    (!symbols.table().is_empty()).then_some(symbols)
}

/// The symbols of the running kernel for a recording without the kernel's build id, if it is of
/// this kernel all the same: the recording was made on a machine of this name with a kernel of
/// this release, or the kernel had a symbol at the address where it is now. The kernel
/// is loaded elsewhere at each start of the system; where it is always loaded at the same place,
/// that proves nothing.
pub fn kernel_symbols_like(
    host: Option<&str>,
    release: Option<&str>,
    reference: Option<&Reference>,
) -> Option<KernelSymbols> {
    let symbols = KernelSymbols::new(std::fs::read("/proc/kallsyms").ok()?);
    let is_same = is_this_machine(host, release)
        || reference.is_some_and(|it| fits(&symbols, it.name.as_bytes(), it.address));
    (is_same && !symbols.table().is_empty()).then_some(symbols)
}

/// Whether a machine of this name that runs a kernel of this release is the one we are on.
pub(crate) fn is_this_machine(host: Option<&str>, release: Option<&str>) -> bool {
    let says = |path: &str, wanted: Option<&str>| {
        let here = std::fs::read_to_string(path).ok();
        wanted.is_some_and(|wanted| here.is_some_and(|here| here.trim_end() == wanted))
    };
    says("/proc/sys/kernel/hostname", host) && says("/proc/sys/kernel/osrelease", release)
}

/// Where the kernel of x86-64 is loaded when that is not random.
const UNMOVED: u64 = 0xffff_ffff_8100_0000;

fn fits(symbols: &KernelSymbols, name: &[u8], address: u64) -> bool {
    address != UNMOVED && symbols.address_of(name) == Some(address)
}

/// The build id among ELF notes, as lower-case digits. Notes of the running kernel have the
/// byte order of this machine.
pub(super) fn build_id_of_notes(notes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    const GNU_BUILD_ID: u32 = 3;
    let mut reader = Reader::new(notes);
    let word = |reader: &mut Reader<'_>| {
        let word = reader.u32_le()?;
        Some(if cfg!(target_endian = "big") { word.swap_bytes() } else { word })
    };
    loop {
        let (name_len, len, kind) = (word(&mut reader)?, word(&mut reader)?, word(&mut reader)?);
        let mut part = |len: u32| {
            let bytes = reader.bytes(usize::try_from(len.checked_next_multiple_of(4)?).ok()?)?;
            bytes.get(..usize::try_from(len).ok()?)
        };
        let (name, id) = (part(name_len)?, part(len)?);
        if kind == GNU_BUILD_ID && name == b"GNU\0" {
            let mut digits = String::new();
            for byte in id {
                let _ = write!(digits, "{byte:02x}");
            }
            return Some(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_the_kernel_are_read() {
        let text = b"ffffffff81000000 T _stext\nffffffff81000010 t schedule\n\
            ffffffff81000020 D data\nffffffffc0000010 t of_module\t[nf]\nffffffffc0000040 t of_other\t[nf_b]\n";
        let symbols = KernelSymbols::new(text.to_vec());
        let table = symbols.table();
        assert_eq!(table.len(), 2);
        assert_eq!(table.lookup(0xffff_ffff_8100_000f).unwrap().name, b"_stext");
        let module = symbols.module_table(b"nf", 0xffff_ffff_c000_0000);
        assert_eq!((module.len(), module.lookup(0x1f).unwrap().name), (1, &b"of_module"[..]));
        assert!(KernelSymbols::new(b"0 T a\n0 T b\n".to_vec()).table().is_empty());
    }

    #[test]
    fn of_several_symbols_at_the_start_of_the_kernel_each_is_found() {
        let symbols = KernelSymbols::new(b"ff T _text\nff T _stext\nff T start\n".to_vec());
        assert_eq!(symbols.table().len(), 1);
        assert_eq!(
            [&b"_text"[..], b"_stext"].map(|name| symbols.address_of(name)),
            [Some(0xff); 2]
        );
    }

    #[test]
    fn a_kernel_without_a_build_id_is_known_by_where_it_was_loaded() {
        let symbols = |text: &[u8]| KernelSymbols::new(text.to_vec());
        let moved = symbols(b"ffffffff9a400000 T _text\nffffffff9a400010 t schedule\n");
        assert!(fits(&moved, b"_text", 0xffff_ffff_9a40_0000));
        assert!(!fits(&moved, b"_text", 0xffff_ffff_9a60_0000), "of another start");
        let unmoved = symbols(b"ffffffff81000000 T _text\n");
        assert!(!fits(&unmoved, b"_text", UNMOVED), "every start looks the same");
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_build_id_is_found_among_notes() {
        let mut notes = vec![6, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0];
        notes.extend(b"Linux\0\0\0\0\0\0\0");
        notes.extend([4, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
        notes.extend(b"GNU\0\xab\x01\0\0");
        assert_eq!(build_id_of_notes(&notes), Some("ab01".to_owned()));
        assert_eq!(build_id_of_notes(notes.get(..20).unwrap()), None);
    }
}
