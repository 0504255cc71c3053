//! The unwind information of one binary.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gimli::{
    BaseAddresses, CieOrFde, DebugFrame, EhFrame, EhFrameHdr, EndianSlice, FrameDescriptionEntry,
    LittleEndian, UnwindContext, UnwindSection, Vendor,
};
use object::{Object as _, ObjectSection as _, ObjectSegment as _};

use super::dump::Dump;
use super::registers::{Processor, Registers};
use super::rule::{Row, Rule, Step};
use crate::Source;
use crate::symbols::Segment;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// What evaluating a table needs, kept because it is large.
pub(super) type Context = UnwindContext<usize>;

/// A binary, and where it has its unwind tables.
#[derive(Debug)]
pub(super) struct Module {
    source: Arc<Source>,
    segments: Vec<Segment>,
    eh_frame: Option<Table>,
    /// An index of `eh_frame` by address.
    eh_frame_hdr: Option<Table>,
    debug_frame: Option<Table>,
    bases: BaseAddresses,
    processor: Processor,
}

/// A section, and an index of it where the file has none.
#[derive(Debug)]
struct Table {
    range: Range<usize>,
    address: u64,
    /// Where each function starts, and where the section tells of it.
    index: OnceLock<Vec<(u64, usize)>>,
}

impl Module {
    /// Looks for the tables of an ELF file; `None` if it is none, or has no code.
    pub(super) fn new(source: Arc<Source>, processor: Processor) -> Option<Self> {
        let file = object::File::parse(&**source).ok()?;
        let is_right = match processor {
            Processor::X86_64 => file.architecture() == object::Architecture::X86_64,
            Processor::Aarch64 => file.architecture() == object::Architecture::Aarch64,
        };
        if !is_right || !file.is_64() || !file.is_little_endian() {
            return None;
        }
        let segments = file.segments().map(|segment| {
            let (file_offset, file_size) = segment.file_range();
            Segment { file_offset, file_size, address: segment.address() }
        });
        let segments = segments.filter(|segment| segment.file_size > 0).collect();
        let table = |name| {
            let section = file.section_by_name(name)?;
            let range = section.compressed_file_range().ok()?;
            if range.format != object::CompressionFormat::None {
                return None;
            }
            let start = usize::try_from(range.offset).ok()?;
            let end = start.checked_add(usize::try_from(range.uncompressed_size).ok()?)?;
            // A file of debug information has the header of the section without its bytes.
            let has_bytes = start < end && end <= source.len();
            let range = start..end;
            has_bytes.then(|| Table { range, address: section.address(), index: OnceLock::new() })
        };
        let [eh_frame, eh_frame_hdr, debug_frame] =
            [".eh_frame", ".eh_frame_hdr", ".debug_frame"].map(table);
        let address = |name| file.section_by_name(name).map_or(0, |section| section.address());
        let address_of = |table: &Option<Table>| table.as_ref().map_or(0, |table| table.address);
        let bases = BaseAddresses::default()
            .set_eh_frame(address_of(&eh_frame))
            .set_eh_frame_hdr(address_of(&eh_frame_hdr))
            .set_text(address(".text"))
            .set_got(address(".got"));
        Some(Self { source, segments, eh_frame, eh_frame_hdr, debug_frame, bases, processor })
    }

    /// The address, as the tables count, of what is at an offset of the file.
    pub(super) fn address_of_offset(&self, offset: u64) -> Option<u64> {
        Segment::address_of_offset(&self.segments, offset)
    }

    fn bytes(&self, table: &Table) -> &[u8] {
        self.source.get(table.range.clone()).unwrap_or_default()
    }

    /// The rule at an address of the file, which is at `offset` in it.
    pub(super) fn rule(&self, context: &mut Context, address: u64, offset: u64) -> Rule {
        let rule = self.with_row(context, address, |row| row.rule(self.processor));
        match rule {
            Some(rule) => rule,
            None if self.is_jump(offset) => Rule::Jump,
            None => Rule::None,
        }
    }

    /// Steps by the row at an address.
    pub(super) fn step(
        &self,
        context: &mut Context,
        address: u64,
        registers: &mut Registers,
        dump: &Dump<'_>,
    ) -> Step {
        let step = |row: &Row<'_>| row.step(self.processor, registers, dump);
        self.with_row(context, address, step).unwrap_or(Step::Lost)
    }

    /// Whether the code is an entry of a table of jumps that the linker has given no tables:
    /// `jmp *…; push …; jmp …`, or on aarch64 `adrp x16; ldr x17; add x16; br x17`.
    fn is_jump(&self, offset: u64) -> bool {
        let code = usize::try_from(offset).ok().and_then(|at| self.source.get(at..));
        let Some(code) = code.and_then(<[u8]>::first_chunk::<16>) else { return false };
        match self.processor {
            Processor::X86_64 => {
                matches!(code, [0xff, 0x25, _, _, _, _, 0x68, _, _, _, _, 0xe9, ..])
            }
            Processor::Aarch64 => {
                matches!(code, [16, _, _, 0x90 | 0xb0 | 0xd0 | 0xf0, 17, .., 0x20, 2, 0x1f, 0xd6])
            }
        }
    }

    /// The row of a table for an address.
    fn with_row<T>(
        &self,
        context: &mut Context,
        address: u64,
        visit: impl FnOnce(&Row<'_>) -> T,
    ) -> Option<T> {
        let vendor = match self.processor {
            Processor::X86_64 => Vendor::Default,
            Processor::Aarch64 => Vendor::AArch64,
        };
        let fde = self.eh_frame.as_ref().and_then(|table| {
            let mut section = EhFrame::new(self.bytes(table), LittleEndian);
            section.set_address_size(8);
            section.set_vendor(vendor);
            let fde = match &self.eh_frame_hdr {
                Some(header) => self.indexed_fde(&section, header, address),
                None => self.fde(&section, table, address),
            };
            Some((section, fde?, table))
        });
        if let Some((section, fde, table)) = fde {
            return self.row_of(&section, &fde, table, (context, address), visit);
        }
        let table = self.debug_frame.as_ref()?;
        let mut section = DebugFrame::new(self.bytes(table), LittleEndian);
        section.set_address_size(8);
        section.set_vendor(vendor);
        let fde = self.fde(&section, table, address)?;
        self.row_of(&section, &fde, table, (context, address), visit)
    }

    fn row_of<'a, S: UnwindSection<Bytes<'a>>, T>(
        &'a self,
        section: &S,
        fde: &FrameDescriptionEntry<Bytes<'a>>,
        table: &Table,
        (context, address): (&mut Context, u64),
        visit: impl FnOnce(&Row<'_>) -> T,
    ) -> Option<T> {
        let row = fde.unwind_info_for_address(section, &self.bases, context, address).ok()?;
        Some(visit(&Row {
            table: row,
            encoding: fde.cie().encoding(),
            is_signal: fde.is_signal_trampoline(),
            section: self.bytes(table),
        }))
    }

    /// What the index in the file says of an address.
    fn indexed_fde<'a>(
        &'a self,
        section: &EhFrame<Bytes<'a>>,
        header: &'a Table,
        address: u64,
    ) -> Option<FrameDescriptionEntry<Bytes<'a>>> {
        let header = EhFrameHdr::new(self.bytes(header), LittleEndian);
        let header = header.parse(&self.bases, 8).ok()?;
        let table = header.table()?;
        table.fde_for_address(section, &self.bases, address, EhFrame::cie_from_offset).ok()
    }

    /// What a section says of an address, by an index of our own.
    fn fde<'a, S: UnwindSection<Bytes<'a>>>(
        &'a self,
        section: &S,
        table: &Table,
        address: u64,
    ) -> Option<FrameDescriptionEntry<Bytes<'a>>> {
        let index = table.index.get_or_init(|| {
            let mut index = Vec::new();
            let mut entries = section.entries(&self.bases);
            while let Ok(Some(entry)) = entries.next() {
                let CieOrFde::Fde(entry) = entry else { continue };
                if let Ok(fde) = entry.parse(S::cie_from_offset) {
                    index.push((fde.initial_address(), fde.offset()));
                }
            }
            index.sort_unstable();
            index
        });
        let after = index.partition_point(|&(start, _)| start <= address);
        let &(_, offset) = index.get(after.checked_sub(1)?)?;
        let offset = S::Offset::from(offset);
        let fde = section.fde_from_offset(&self.bases, offset, S::cie_from_offset).ok()?;
        fde.contains(address).then_some(fde)
    }
}
