//! The units of a debug file, and which of them cover an address.

use std::sync::{Arc, Mutex, PoisonError};

use gimli::{DebugInfoOffset, Section as _, UnitHeader, UnitType};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::budget::{Budget, Meter, Stop};
use super::scopes::unit_ranges;
use crate::Reader;
use crate::symbols::debug_data::Bytes;

/// How many units are asked about one address: linkers merge functions that are the same.
const MAX_UNITS_AT: usize = 4;

/// Abbreviations take several times the memory of their bytes once they are read, and those of
/// units that others refer to stay.
const STEPS_PER_ABBREVIATION_BYTE: u64 = 8;

/// A unit as it is read.
pub(super) type Unit<'d> = gimli::Unit<Bytes<'d>>;

/// Every unit of a file, by offset.
pub(super) struct UnitIndex<'d> {
    main: Vec<UnitHeader<Bytes<'d>>>,
    /// Those of the file that others share.
    shared: Vec<UnitHeader<Bytes<'d>>>,
    /// Which code units cover, by first address.
    ranges: Vec<UnitRange>,
    /// Units that others refer to.
    referred: Mutex<Referred<'d>>,
}

/// Units by file and row there; `None` where one is broken.
type Referred<'d> = FxHashMap<(File, usize), Option<Arc<Unit<'d>>>>;

/// Which of the two files of debug information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum File {
    Main,
    Shared,
    /// A file of one unit.
    Split,
}

#[derive(Clone, Copy, Debug)]
struct UnitRange {
    start: u64,
    end: u64,
    unit: usize,
}

/// A unit and what it is asked about.
#[derive(Debug, Default)]
pub(super) struct Assigned {
    pub(super) unit: usize,
    /// Rows of the addresses, rising, and how many units are asked before this one.
    pub(super) addresses: Vec<(u32, u8)>,
}

impl<'d> UnitIndex<'d> {
    pub(super) fn new(sections: &gimli::Dwarf<Bytes<'d>>, budget: &Budget) -> Option<Self> {
        let main = headers(sections);
        if main.is_empty() {
            return None;
        }
        let shared = sections.sup().map(headers).unwrap_or_default();
        let mut this = Self { main, shared, ranges: Vec::new(), referred: Mutex::default() };
        this.ranges = this.ranges(sections, budget);
        this.ranges.sort_unstable_by_key(|range| (range.start, range.end, range.unit));
        Some(this)
    }

    /// Reads the head of a unit.
    pub(super) fn parse(
        &self,
        unit: usize,
        sections: &gimli::Dwarf<Bytes<'d>>,
        budget: &Budget,
    ) -> Result<Unit<'d>, Stop> {
        parse(self.main.get(unit).ok_or(Stop::Broken)?, sections, budget)
    }

    /// The unit that has the entry at an offset of a file, read once for all that refer to it.
    pub(super) fn referred(
        &self,
        file: File,
        offset: DebugInfoOffset,
        sections: &gimli::Dwarf<Bytes<'d>>,
        budget: &Budget,
    ) -> Option<Arc<Unit<'d>>> {
        let headers = match file {
            File::Main => &self.main,
            File::Shared => &self.shared,
            File::Split => return None,
        };
        let before = headers.partition_point(|header| start_of(header) <= offset.0);
        let row = before.checked_sub(1)?;
        let mut referred = self.referred.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = referred.entry((file, row));
        let parse = || Some(Arc::new(parse(headers.get(row)?, sections, budget).ok()?));
        slot.or_insert_with(parse).clone()
    }

    fn ranges(&self, sections: &gimli::Dwarf<Bytes<'d>>, budget: &Budget) -> Vec<UnitRange> {
        let mut ranges = Vec::new();
        let mut is_told = vec![false; self.main.len()];
        let mut headers = sections.debug_aranges.headers();
        while let Ok(Some(header)) = headers.next() {
            let offset = header.debug_info_offset().0;
            let Ok(unit) = self.main.binary_search_by_key(&offset, start_of) else { continue };
            let mut entries = header.entries();
            while let Some(entry) = entries.next().transpose() {
                // A range that wraps around is left out by itself.
                let Ok(entry) = entry else { continue };
                let range = entry.range();
                if range.begin < range.end {
                    ranges.push(UnitRange { start: range.begin, end: range.end, unit });
                    if let Some(is_told) = is_told.get_mut(unit) {
                        *is_told = true;
                    }
                }
            }
        }
        let rest: Vec<Vec<UnitRange>> = is_told
            .par_iter()
            .enumerate()
            .filter(|&(_, is_told)| !is_told)
            .map(|(unit, _)| self.ranges_of(unit, sections, budget).unwrap_or_default())
            .collect();
        ranges.extend(rest.into_iter().flatten());
        ranges
    }

    /// The ranges that a unit tells itself, or else those of its lines.
    fn ranges_of(
        &self,
        row: usize,
        sections: &gimli::Dwarf<Bytes<'d>>,
        budget: &Budget,
    ) -> Result<Vec<UnitRange>, Stop> {
        let unit = self.parse(row, sections, budget)?;
        let mut meter = Meter::new(budget);
        let mut ranges = Vec::new();
        for range in unit_ranges(unit.unit_ref(sections), budget)? {
            ranges.push(UnitRange { start: range.begin, end: range.end, unit: row });
        }
        if ranges.is_empty()
            && let Some(program) = unit.line_program.clone()
        {
            let mut start = None;
            let mut rows = program.rows();
            while let Some((_, line)) = rows.next_row()? {
                meter.step()?;
                let first = *start.get_or_insert(line.address());
                if line.end_sequence() {
                    ranges.push(UnitRange { start: first, end: line.address(), unit: row });
                    start = None;
                }
            }
            ranges.retain(|range| range.start < range.end);
        }
        Ok(ranges)
    }

    /// Shares addresses, which rise, out to the units that cover them.
    pub(super) fn assign(&self, addresses: &[u64], budget: &Budget) -> Vec<Assigned> {
        let mut by_unit: FxHashMap<usize, Vec<(u32, u8)>> = FxHashMap::default();
        let mut ranges = self.ranges.iter().peekable();
        let mut open: Vec<UnitRange> = Vec::new();
        let mut meter = Meter::new(budget);
        'addresses: for (row, &address) in (0_u32..).zip(addresses) {
            while let Some(&range) = ranges.next_if(|range| range.start <= address) {
                if meter.step().is_err() {
                    break 'addresses;
                }
                if range.end > address {
                    open.push(range);
                }
            }
            open.retain(|range| range.end > address);
            if open.iter().any(|_| meter.step().is_err()) {
                break;
            }
            // The shortest range first: it was not told for several functions at once.
            open.sort_unstable_by_key(|range| (range.end.wrapping_sub(range.start), range.unit));
            for (order, range) in (0_u8..).zip(open.iter().take(MAX_UNITS_AT)) {
                let asked = by_unit.entry(range.unit).or_default();
                if asked.last().is_none_or(|&(last, _)| last != row) {
                    asked.push((row, order));
                }
            }
        }
        let mut assigned: Vec<Assigned> =
            by_unit.into_iter().map(|(unit, addresses)| Assigned { unit, addresses }).collect();
        assigned.sort_unstable_by_key(|assigned| assigned.unit);
        assigned
    }
}

fn start_of(header: &UnitHeader<Bytes<'_>>) -> usize {
    header.debug_info_offset().map_or(0, |offset| offset.0)
}

/// The units of a file, up to where it is broken.
fn headers<'d>(sections: &gimli::Dwarf<Bytes<'d>>) -> Vec<UnitHeader<Bytes<'d>>> {
    let mut units = sections.units();
    let mut headers = Vec::new();
    while let Ok(Some(header)) = units.next() {
        if !matches!(header.type_(), UnitType::Type { .. } | UnitType::SplitType { .. }) {
            headers.push(header);
        }
    }
    headers
}

fn parse<'d>(
    header: &UnitHeader<Bytes<'d>>,
    sections: &gimli::Dwarf<Bytes<'d>>,
    budget: &Budget,
) -> Result<Unit<'d>, Stop> {
    let offset = header.debug_abbrev_offset().0;
    let table = sections.debug_abbrev.reader().slice().get(offset..).unwrap_or_default();
    budget.spend((abbreviations_len(table) as u64).saturating_mul(STEPS_PER_ABBREVIATION_BYTE))?;
    let unit = sections.unit(*header)?;
    let n_files = unit.line_program.as_ref().map_or(0, |program| {
        let header = program.header();
        header.file_names().len().saturating_add(header.include_directories().len())
    });
    budget.spend(n_files as u64)?;
    Ok(unit)
}

/// Length of the abbreviations at the start of some bytes: a hostile file has units that share
/// parts of one long table, each of which is read.
fn abbreviations_len(table: &[u8]) -> usize {
    let mut reader = Reader::new(table);
    let mut skip = || -> Option<bool> {
        if number(&mut reader)? == 0 {
            return None;
        }
        number(&mut reader)?;
        reader.u8()?;
        loop {
            let (name, form) = (number(&mut reader)?, number(&mut reader)?);
            if form == u64::from(gimli::DW_FORM_implicit_const.0) {
                number(&mut reader)?;
            }
            if name == 0 && form == 0 {
                return Some(true);
            }
        }
    };
    while skip().is_some() {}
    reader.position()
}

/// A number of variable length; only whether it is small matters.
fn number(reader: &mut Reader<'_>) -> Option<u64> {
    let mut number = 0_u64;
    let mut shift = 0_u32;
    loop {
        let byte = reader.u8()?;
        number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_end_at_the_first_that_is_zero() {
        // Two abbreviations, the second with a constant in itself, then the end.
        let table = [1, 0x11, 1, 3, 8, 0, 0, 2, 0x34, 0, 0x3b, 0x21, 0x85, 1, 0, 0, 0, 9, 9];
        assert_eq!(abbreviations_len(&table), 17);
        assert_eq!(abbreviations_len(&[1, 0x11]), 2);
    }
}
