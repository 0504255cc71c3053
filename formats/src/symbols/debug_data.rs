//! The debug sections of a file, unpacked where they are compressed.

use std::borrow::Cow;

use gimli::{DwarfSections, EndianSlice, RunTimeEndian, SectionId};
use object::Object as _;

use super::elf;
use super::unpack::section_data;

/// Bytes of a debug section.
pub(super) type Bytes<'a> = EndianSlice<'a, RunTimeEndian>;

/// The debug sections of a file. Those that are not compressed stay in the file.
pub(super) struct DebugData<'a> {
    sections: DwarfSections<Cow<'a, [u8]>>,
    endian: RunTimeEndian,
    len: u64,
}

/// Which form of the sections to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Those of a binary or its debug file.
    Whole,
    /// Those that the compiler has put into a file of its own (`.dwo`).
    Split,
}

impl<'a> DebugData<'a> {
    /// The sections of an ELF file; `None` if it is none or broken.
    pub(super) fn of(bytes: &'a [u8], form: Form) -> Option<Self> {
        let file = elf::parse(bytes)?;
        let endian =
            if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let mut len = 0_u64;
        let load = |id: SectionId| -> Result<Cow<'a, [u8]>, gimli::Error> {
            let name = match form {
                _ if !is_needed(id) => None,
                Form::Whole => Some(id.name()),
                Form::Split => id.dwo_name(),
            };
            let section = name.and_then(|name| file.section_by_name(name));
            let data = section.and_then(|section| section_data(&section)).unwrap_or_default();
            len = len.saturating_add(data.len() as u64);
            Ok(data)
        };
        let sections = DwarfSections::load(load).ok()?;
        Some(Self { sections, endian, len })
    }

    /// The sections as DWARF. `shared` is what they share with those of other files.
    pub(super) fn dwarf<'s>(&'s self, shared: Option<&'s Self>) -> gimli::Dwarf<Bytes<'s>> {
        let shared = shared.map(|shared| &shared.sections);
        self.sections.borrow_with_sup(shared, |section| EndianSlice::new(section, self.endian))
    }

    /// Length of all sections, unpacked.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

/// The sections of a package of split debug information; `None` if the file has none.
pub(super) struct Package<'a> {
    sections: gimli::DwarfPackageSections<Cow<'a, [u8]>>,
    endian: RunTimeEndian,
}

impl<'a> Package<'a> {
    /// The sections of an ELF file (`.dwp`).
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let file = elf::parse(bytes)?;
        let endian =
            if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let load = |id: SectionId| -> Result<Cow<'a, [u8]>, gimli::Error> {
            let section = id.dwo_name().and_then(|name| file.section_by_name(name));
            Ok(section.and_then(|section| section_data(&section)).unwrap_or_default())
        };
        Some(Self { sections: gimli::DwarfPackageSections::load(load).ok()?, endian })
    }

    /// The package with its index.
    pub(super) fn index(&self) -> Option<gimli::DwarfPackage<Bytes<'_>>> {
        let empty = EndianSlice::new(&[], self.endian);
        self.sections.borrow(|section| EndianSlice::new(section, self.endian), empty).ok()
    }
}

/// Whether functions and lines are found by a section. Others may be large.
fn is_needed(id: SectionId) -> bool {
    matches!(
        id,
        SectionId::DebugAbbrev
            | SectionId::DebugAddr
            | SectionId::DebugAranges
            | SectionId::DebugInfo
            | SectionId::DebugLine
            | SectionId::DebugLineStr
            | SectionId::DebugRanges
            | SectionId::DebugRngLists
            | SectionId::DebugStr
            | SectionId::DebugStrOffsets
    )
}
