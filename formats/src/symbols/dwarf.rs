//! Lines and inlined functions, from DWARF.
//!
//! Addresses are sorted and shared out to the units that cover them. Each unit that covers any
//! is read once, by one thread, and forgotten: what it takes is a small multiple of the unit,
//! and a binary with many units is read in parallel.
//!
//! ```text
//! units ─ which unit covers an address      scopes ─ which functions do, inlined ones too
//! lines ─ which line of source is there     names ─ what a function is called, where it is
//! split ─ units in files of their own       budget ─ how much work a file may make
//! ```
//!
//! Nothing here recurses over the input, and every step is paid for: a file that makes more
//! work than one of its length may is given up.

mod budget;
mod lines;
mod names;
mod scopes;
mod split;
mod units;

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use self::budget::{Budget, Stop};
use self::lines::UnitLines;
use self::names::{Demangled, Names};
use self::scopes::Scopes;
use self::units::{Assigned, File, UnitIndex};
use super::debug_data::{Bytes, DebugData};
use crate::Job;

pub(super) use split::Split;

/// Deeper inlining is cut: compilers stop long before.
const MAX_INLINED: u16 = 200;

/// What is at some addresses, by the places that the addresses were given in.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// One for each unit that knew anything.
    pub(super) units: Vec<UnitNames>,
    /// Row of `units` and of its `places`, by address.
    pub(super) of_address: Vec<Option<(u32, u32)>>,
    /// Units that are broken, or were given up.
    pub(super) n_broken: usize,
    /// Places where inlining is deeper than is shown.
    pub(super) n_cut: usize,
    /// Whether the file made more work than it may.
    pub(super) is_exhausted: bool,
}

/// What one unit knows of its addresses.
#[derive(Debug, Default)]
pub(super) struct UnitNames {
    /// Start and length in `lines`, by address of the unit; length 0 where nothing is known.
    pub(super) places: Vec<(u32, u32)>,
    /// The functions at an address, the physical one first.
    pub(super) lines: Vec<UnitLine>,
    pub(super) functions: Vec<UnitFunction>,
    /// Paths of source files.
    pub(super) files: Vec<String>,
}

/// One of the functions at an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitLine {
    /// Row of the unit's functions.
    pub(super) function: u32,
    /// The line in the file of the function; 0 if unknown.
    pub(super) line: u32,
}

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct UnitFunction {
    /// As people wrote it; `None` if DWARF does not tell.
    pub(super) name: Option<String>,
    /// Row of the unit's files.
    pub(super) file: Option<u32>,
    /// Line of the definition; 0 if unknown.
    pub(super) line: u32,
}

/// A debug file, ready to be asked.
pub(super) struct Dwarf<'d> {
    sections: gimli::Dwarf<Bytes<'d>>,
    index: UnitIndex<'d>,
    split: Split<'d>,
    budget: Budget,
    demangled: Demangled,
}

impl<'d> Dwarf<'d> {
    /// Looks which units there are; `None` if the file has none. `shared` is what `dwz` has
    /// moved to another file.
    pub(super) fn new(
        data: &'d DebugData<'_>,
        shared: Option<&'d DebugData<'_>>,
        split: Split<'d>,
    ) -> Option<Self> {
        let sections = data.dwarf(shared);
        let len = data.len().saturating_add(shared.map_or(0, DebugData::len));
        let budget = Budget::for_len(len);
        let index = UnitIndex::new(&sections, &budget)?;
        Some(Self { sections, index, split, budget, demangled: Demangled::default() })
    }

    /// What is at some addresses, which rise. Stops early when the job is cancelled.
    pub(super) fn resolve(&self, addresses: &[u64], job: &Job) -> Resolved {
        let assigned = self.index.assign(addresses, &self.budget);
        let n_broken = AtomicUsize::new(0);
        let n_cut = AtomicUsize::new(0);
        let mut units: Vec<(&Assigned, UnitNames)> = assigned
            .par_iter()
            .map(|unit| {
                if job.is_cancelled() {
                    return (unit, UnitNames::default());
                }
                let at: Vec<u64> = unit
                    .addresses
                    .iter()
                    .filter_map(|&(row, _)| addresses.get(row as usize).copied())
                    .collect();
                let mut resolver = Resolver { dwarf: self, n_cut: 0 };
                let (names, result) = resolver.unit(unit.unit, &at);
                n_broken.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
                n_cut.fetch_add(resolver.n_cut, Ordering::Relaxed);
                (unit, names)
            })
            .collect();
        let mut of_address = vec![None; addresses.len()];
        let mut ranks = vec![u8::MAX; addresses.len()];
        for (row, (unit, names)) in (0_u32..).zip(&units) {
            for (place, (&(address, order), &(start, len))) in
                (0_u32..).zip(unit.addresses.iter().zip(&names.places))
            {
                // A unit that knows the function is better than one that knows the line alone.
                let first = names.lines.get(start as usize);
                let function = first.and_then(|line| names.functions.get(line.function as usize));
                let has_name = function.is_some_and(|function| function.name.is_some());
                let rank = order.saturating_add(if has_name { 0 } else { 128 });
                let address = address as usize;
                if let (1.., Some(best), Some(slot)) =
                    (len, ranks.get_mut(address), of_address.get_mut(address))
                    && rank < *best
                {
                    *best = rank;
                    *slot = Some((row, place));
                }
            }
        }
        Resolved {
            units: units.drain(..).map(|(_, names)| names).collect(),
            of_address,
            n_broken: n_broken.into_inner(),
            n_cut: n_cut.into_inner(),
            is_exhausted: self.budget.is_exhausted(),
        }
    }
}

/// Reads one unit.
struct Resolver<'w, 'd> {
    dwarf: &'w Dwarf<'d>,
    n_cut: usize,
}

impl Resolver<'_, '_> {
    /// What a unit knows of addresses, which rise, as far as it is not broken.
    fn unit(&mut self, unit: usize, addresses: &[u64]) -> (UnitNames, Result<(), Stop>) {
        let dwarf = self.dwarf;
        let (sections, budget) = (&dwarf.sections, &dwarf.budget);
        let unit = match dwarf.index.parse(unit, sections, budget) {
            Ok(unit) => unit,
            Err(stop) => return (UnitNames::default(), Err(stop)),
        };
        let mut scopes = Scopes::new(addresses);
        let mut lines = UnitLines::new(addresses.len());
        let lines_result = lines.read(&unit, addresses, budget);
        let mut names = Names::new(&dwarf.index, sections, budget, &dwarf.demangled);
        let whole = unit.unit_ref(sections);
        let mut result = Ok(());
        let is_split = dwarf.split.with(&unit, sections, |split_sections, split_unit| {
            let split = gimli::UnitRef::new(split_sections, split_unit);
            result = scopes.read(split, addresses, budget);
            let named = names.put_together((File::Split, split), whole, &scopes, &lines);
            result = result.and(named);
        });
        if is_split.is_none() {
            result = scopes.read(whole, addresses, budget);
            let named = names.put_together((File::Main, whole), whole, &scopes, &lines);
            result = result.and(named);
        }
        self.n_cut = self.n_cut.saturating_add(scopes.n_cut());
        (names.finish(), lines_result.and(result))
    }
}
