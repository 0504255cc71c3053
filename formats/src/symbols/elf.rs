//! The symbols of ELF files.

use object::elf::{
    SHF_EXECINSTR, STB_GLOBAL, STB_WEAK, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STV_HIDDEN,
    STV_INTERNAL,
};
use object::{
    Architecture, BinaryFormat, Object as _, ObjectSection as _, ObjectSegment as _,
    ObjectSymbol as _, ObjectSymbolTable as _, SectionFlags, SymbolFlags,
};

use super::unpack::unxz;
use super::{Binding, Symbol, SymbolKind, SymbolTable};
use crate::Reader;

/// A binary has some forty of them.
const MAX_SECTIONS: usize = 4096;

/// Names longer than this are not read: they cost time and nobody can read them either.
const MAX_NAME: usize = 64 << 10;

/// A part of a binary as it is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it starts in the file.
    pub file_offset: u64,
    /// Its size in the file.
    pub file_size: u64,
    /// Its address, as the symbol table counts.
    pub address: u64,
}

impl Segment {
    /// The address, as the symbol table counts, of what is at an offset of the file.
    pub fn address_of_offset(segments: &[Self], file_offset: u64) -> Option<u64> {
        segments.iter().find_map(|segment| {
            let within = file_offset.checked_sub(segment.file_offset)?;
            (within < segment.file_size).then(|| segment.address.wrapping_add(within))
        })
    }
}

/// What a binary has to offer, found without reading it all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Its build id as lower-case digits.
    pub build_id: Option<String>,
    /// Its segments; none in a file that has nothing but debug information.
    pub segments: Vec<Segment>,
    /// Which of its functions have names.
    pub coverage: Coverage,
    /// Whether it has DWARF lines and functions.
    pub has_lines: bool,
    /// Whether a table of all its functions is in it, packed (`MiniDebugInfo`).
    pub has_packed_symbols: bool,
    /// The file of its debug information, and that file's checksum.
    pub debug_link: Option<(Vec<u8>, u32)>,
    /// The file with the debug information that it shares with others, and that file's build id.
    pub shared_debug: Option<(Vec<u8>, String)>,
}

/// Which functions of a binary have names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// None.
    #[default]
    None,
    /// Those that other binaries may call.
    Exported,
    /// All.
    All,
}

impl Contents {
    /// Looks at an ELF file; `None` if it is none or broken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let file = parse(bytes)?;
        let is_function = |symbol: object::Symbol<'_, '_>| {
            !symbol.is_undefined()
                && matches!(symbol.flags(), SymbolFlags::Elf { st_info, .. }
                    if matches!(st_info.st_type(), STT_FUNC | STT_GNU_IFUNC | STT_NOTYPE))
        };
        let coverage = if file.symbols().any(is_function) {
            Coverage::All
        } else if file.dynamic_symbols().any(is_function) {
            Coverage::Exported
        } else {
            Coverage::None
        };
        let has = |name| {
            let section = file.section_by_name(name);
            section.is_some_and(|section| section.data().is_ok_and(|data| !data.is_empty()))
        };
        let debug_link = file.gnu_debuglink().ok().flatten();
        let shared_debug = file.gnu_debugaltlink().ok().flatten();
        Some(Self {
            build_id: file.build_id().ok().flatten().map(digits),
            segments: segments(&file),
            coverage,
            has_lines: has(".debug_info") || has(".debug_line"),
            has_packed_symbols: has(PACKED_SYMBOLS),
            debug_link: debug_link.map(|(name, crc)| (name.to_vec(), crc)),
            shared_debug: shared_debug.map(|(name, id)| (name.to_vec(), digits(id))),
        })
    }
}

/// The section of `MiniDebugInfo`: an ELF file within, compressed by xz.
const PACKED_SYMBOLS: &str = ".gnu_debugdata";

/// The ELF file with the table of all functions that is packed into a binary.
pub fn packed_symbols(bytes: &[u8]) -> Option<Vec<u8>> {
    unxz(parse(bytes)?.section_by_name(PACKED_SYMBOLS)?.data().ok()?)
}

/// The functions of an ELF file by address; `None` if it is none or broken. `packed` is what
/// [`packed_symbols`] has found in it.
pub fn symbol_table<'a>(bytes: &'a [u8], packed: Option<&'a [u8]>) -> Option<SymbolTable<'a>> {
    let file = parse(bytes)?;
    let mut reader = SymbolReader::new(&file, bytes.len());
    let mut symbols = reader.read(file.symbols());
    if symbols.is_empty() {
        symbols = reader.read(file.dynamic_symbols());
        // What is exported is left out there.
        if let Some((bytes, file)) = packed.and_then(|bytes| Some((bytes, parse(bytes)?))) {
            symbols.extend(SymbolReader::new(&file, bytes.len()).read(file.symbols()));
        }
    }
    reader.read_jumps(&mut symbols);
    Some(SymbolTable::new(symbols))
}

/// Where a function or a place in the code of an ELF file is. A table has one symbol for an
/// address, and where a kernel starts there are several.
pub(super) fn address_of_symbol(bytes: &[u8], name: &[u8]) -> Option<u64> {
    let file = parse(bytes)?;
    let mut reader = SymbolReader::new(&file, bytes.len());
    for symbol in file.symbols() {
        let found = reader.symbol(&symbol).filter(|symbol| symbol.name == name);
        if found.is_some() || reader.is_exhausted() {
            return found.map(|symbol| symbol.address);
        }
    }
    None
}

pub(super) fn parse(bytes: &[u8]) -> Option<object::File<'_>> {
    object::File::parse(bytes).ok().filter(|file| file.format() == BinaryFormat::Elf)
}

/// Whether the code of a binary is in the file, and not debug information alone: then sections
/// of code have a size and no bytes, while the segment that the headers are in may have some.
pub(super) fn has_code(file: &object::File<'_>) -> bool {
    let is_loaded = |segment: object::Segment<'_, '_>| {
        segment.permissions().executable() && segment.file_range().1 > 0
    };
    let is_left_out = |section: object::Section<'_, '_>| {
        let is_code = matches!(section.flags(), SectionFlags::Elf { sh_flags, .. }
            if sh_flags.0 & SHF_EXECINSTR.0 != 0);
        is_code && section.size() > 0 && section.file_range().is_none()
    };
    file.segments().any(is_loaded) && !file.sections().take(MAX_SECTIONS).any(is_left_out)
}

fn segments(file: &object::File<'_>) -> Vec<Segment> {
    // Files with nothing but debug information keep the headers of the segments, with offsets
    // of their own, and have no code.
    let has_code = has_code(file);
    let segments = file.segments().map(|segment| {
        let (file_offset, file_size) = segment.file_range();
        Segment { file_offset, file_size, address: segment.address() }
    });
    segments.filter(|segment| has_code && segment.file_size > 0).collect()
}

/// The build id of an ELF file as lower-case digits; `None` if it has none or is no ELF file.
pub fn build_id_of(bytes: &[u8]) -> Option<String> {
    parse(bytes)?.build_id().ok()?.map(digits)
}

/// A build id in lower-case digits.
fn digits(id: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut digits = String::new();
    for byte in id.get(..64).unwrap_or(id) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// Reads symbols, within bounds.
pub(super) struct SymbolReader<'f, 'a> {
    file: &'f object::File<'a>,
    /// Sections of code by name: labels count there only.
    text_sections: Vec<object::SectionIndex>,
    /// How many bytes of names may still be read: a hostile file gives all its symbols one
    /// name that never ends.
    names_left: usize,
    file_len: usize,
}

impl<'f, 'a> SymbolReader<'f, 'a> {
    pub(super) fn new(file: &'f object::File<'a>, file_len: usize) -> Self {
        let is_text = |section: &object::Section<'_, '_>| {
            section.name_bytes().is_ok_and(|name| memchr::memmem::find(name, b"text").is_some())
        };
        let sections = file.sections().take(MAX_SECTIONS).filter(is_text);
        let text_sections = sections.map(|section| section.index()).collect();
        let names_left = file_len.saturating_mul(16).saturating_add(1 << 20);
        Self { file, text_sections, names_left, file_len }
    }

    fn read<'s>(&mut self, symbols: impl Iterator<Item = object::Symbol<'a, 's>>) -> Vec<Symbol<'a>>
    where
        'a: 's,
    {
        let mut found = Vec::new();
        for symbol in symbols {
            if let Some(symbol) = self.symbol(&symbol) {
                found.push(symbol);
            }
            if self.is_exhausted() {
                break;
            }
        }
        found
    }

    /// Whether no more names may be read.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.names_left == 0
    }

    /// The symbol, if it is of a function or a place in code.
    pub(super) fn symbol(&mut self, symbol: &object::Symbol<'a, '_>) -> Option<Symbol<'a>> {
        let SymbolFlags::Elf { st_info, st_other } = symbol.flags() else { return None };
        let kind = st_info.st_type();
        let is_function = kind == STT_FUNC || kind == STT_GNU_IFUNC;
        // Of assembler code; those that are hidden are not meant for others to see.
        let is_hidden = matches!(st_other.visibility(), STV_HIDDEN | STV_INTERNAL);
        let is_label = kind == STT_NOTYPE
            && !is_hidden
            && symbol.section_index().is_some_and(|index| self.text_sections.contains(&index));
        if symbol.is_undefined() || !is_function && !is_label {
            return None;
        }
        let name = symbol.name_bytes().ok();
        // A name that is not found was looked for up to the end.
        let cost = name.map_or(self.file_len, <[u8]>::len);
        self.names_left = self.names_left.saturating_sub(cost);
        let name = name.filter(|name| !name.is_empty() && name.len() <= MAX_NAME)?;
        if is_label && name.starts_with(b"$") {
            return None; // Marks code or data on Arm.
        }
        let is_thumb = self.file.architecture() == Architecture::Arm && is_function;
        let address = if is_thumb { symbol.address() & !1 } else { symbol.address() };
        let binding = match st_info.st_bind() {
            STB_WEAK => Binding::Weak,
            STB_GLOBAL => Binding::Global,
            _ => Binding::Local,
        };
        let kind = if is_function { SymbolKind::Function } else { SymbolKind::Label };
        Some(Symbol { address, size: symbol.size(), name, binding, kind })
    }

    /// Adds the jumps to functions of other binaries: the linker makes one for each relocation
    /// of `.rela.plt`, in the same order.
    fn read_jumps(&mut self, symbols: &mut Vec<Symbol<'a>>) -> Option<()> {
        /// Size of a jump, and of `.plt`'s own first entry.
        const X86_64: (u64, u64) = (16, 16);
        const AARCH64: (u64, u64) = (16, 32);
        let (size, first) = match self.file.architecture() {
            Architecture::X86_64 => X86_64,
            Architecture::Aarch64 => AARCH64,
            _ => return None,
        };
        if !self.file.is_64() || !self.file.is_little_endian() {
            return None;
        }
        let relocations = self.file.section_by_name(".rela.plt")?.data().ok()?;
        let mut tables = Vec::new();
        if let Some(plt) = self.file.section_by_name(".plt") {
            tables.push((plt.address().checked_add(first)?, plt.size().checked_sub(first)?));
        }
        // With control-flow protection the jumps that are called are here.
        if let Some(plt) = self.file.section_by_name(".plt.sec") {
            tables.push((plt.address(), plt.size()));
        }
        let names: Vec<Option<&'a [u8]>> =
            relocated_symbols(relocations).map(|index| self.jump_name(index)).collect();
        for (address, len) in tables {
            let addresses =
                (0..len.checked_div(size)?).map(|n| address.wrapping_add(n.wrapping_mul(size)));
            for (address, name) in addresses.zip(&names) {
                if let &Some(name) = name {
                    let (binding, kind) = (Binding::Global, SymbolKind::Jump);
                    symbols.push(Symbol { address, size, name, binding, kind });
                }
            }
        }
        Some(())
    }

    fn jump_name(&mut self, index: usize) -> Option<&'a [u8]> {
        if index == 0 {
            return Some(b""); // Resolved at load time: perf shows just `@plt`.
        }
        let table = self.file.dynamic_symbol_table()?;
        let symbol = table.symbol_by_index(object::SymbolIndex(index)).ok()?;
        let name = symbol.name_bytes().ok();
        let cost = name.map_or(self.file_len, <[u8]>::len);
        self.names_left = self.names_left.checked_sub(cost)?;
        name.filter(|name| !name.is_empty() && name.len() <= MAX_NAME)
    }
}

/// The symbols that relocations are for: each is an `Elf64_Rela` of 24 bytes.
fn relocated_symbols(relocations: &[u8]) -> impl Iterator<Item = usize> {
    let mut reader = Reader::new(relocations);
    std::iter::from_fn(move || {
        reader.skip(8)?; // Where.
        let info = reader.u64_le()?;
        reader.skip(8)?; // What to add.
        usize::try_from(info >> 32).ok()
    })
}
