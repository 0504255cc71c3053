//! The lines of source at the addresses of a unit.

use super::budget::{Budget, Meter, Stop};
use super::units::Unit;

/// A line in one of the files of a unit's line program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceLine {
    /// As the line program counts.
    pub(super) file: u64,
    /// 0 where the compiler could name none.
    pub(super) line: u32,
}

/// The lines at addresses.
#[derive(Debug)]
pub(super) struct UnitLines {
    /// By address, with the start of the sequence that it is of.
    of_address: Vec<Option<(u64, SourceLine)>>,
}

impl UnitLines {
    /// For this many addresses.
    pub(super) fn new(n_addresses: usize) -> Self {
        Self { of_address: vec![None; n_addresses] }
    }

    /// Number of addresses.
    pub(super) fn len(&self) -> usize {
        self.of_address.len()
    }

    /// The line at an address.
    pub(super) fn get(&self, row: usize) -> Option<SourceLine> {
        self.of_address.get(row).copied().flatten().map(|(_, line)| line)
    }

    /// Runs the line program of a unit. `addresses` rise.
    pub(super) fn read(
        &mut self,
        unit: &Unit<'_>,
        addresses: &[u64],
        budget: &Budget,
    ) -> Result<(), Stop> {
        let Some(program) = unit.line_program.clone() else { return Ok(()) };
        let mut meter = Meter::new(budget);
        let mut rows = program.rows();
        // First address of the sequence, and the row that lasts until the next.
        let mut start = 0;
        let mut lasting: Option<(u64, SourceLine)> = None;
        let mut next = 0_usize;
        while let Some((_, row)) = rows.next_row()? {
            meter.step()?;
            let address = row.address();
            if let Some((from, line)) = lasting {
                while let Some(&covered) = addresses.get(next)
                    && covered < address
                {
                    if covered >= from
                        && let Some(slot) = self.of_address.get_mut(next)
                        // Code that the linker has thrown away keeps lines, from address 0 on.
                        && slot.is_none_or(|(best, _)| start >= best)
                    {
                        *slot = Some((start, line));
                    }
                    meter.step()?;
                    next = next.saturating_add(1);
                }
            } else {
                start = address;
                next = addresses.partition_point(|&covered| covered < address);
            }
            let line = row.line().map_or(0, std::num::NonZero::get);
            let line = u32::try_from(line).unwrap_or_default();
            let line = SourceLine { file: row.file_index(), line };
            lasting = (!row.end_sequence()).then_some((address, line));
        }
        Ok(())
    }
}
