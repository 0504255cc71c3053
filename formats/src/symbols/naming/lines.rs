//! The second step: lines and inlined functions from debug information.

use rustc_hash::{FxHashMap, FxHashSet};
use rview_core::FrameId;

use super::{Name, NamedFunction, NamedLine, Names, Naming, is_unnamed};
use crate::symbols::dwarf::{Resolved, UnitNames};
use crate::symbols::lines_at::resolve;
use crate::symbols::{Found, Module, Need, Segment};

impl Naming<'_> {
    /// Lines and inlined functions of a module's frames, if its debug information is found.
    pub(super) fn by_debug_info(&self, module: &Module) -> Names {
        let mut names = Names { lookup: module.lookup.clone(), ..Names::default() };
        let (found, places) = if let Some(wanted) = self.wanted(module) {
            let mut found = self.finder.find(&wanted, Need::Lines);
            names.lookup.tried = std::mem::take(&mut found.tried);
            let places = self.places(module, &found.segments);
            (found, places)
        } else {
            let mut tried = Vec::new();
            let Some(kernel) = self.kernel_lines(module, &mut tried) else { return names };
            names.lookup.tried = tried;
            kernel
        };
        if module.lookup.symbols.is_none() {
            self.by_found(module, &found, &mut names);
        }
        if let Some(file) = &found.lines {
            names.lookup.lines = Some(file.path.display().to_string());
            self.resolve(&found, places, &mut names);
        }
        // The symbol table may lack what debug information names, and the other way round.
        let named: FxHashSet<FrameId> = names.frames.iter().map(|&(frame, ..)| frame).collect();
        let is_named =
            |frame: &&FrameId| named.contains(*frame) || !is_unnamed(self.profile, **frame);
        names.lookup.n_named = module.frames.iter().filter(is_named).count();
        names
    }

    /// Adds what debug information says of frames, by address.
    fn resolve(&self, found: &Found, frames: Vec<(u64, FrameId)>, names: &mut Names) -> Option<()> {
        let mut addresses: Vec<u64> = frames.iter().map(|&(address, _)| address).collect();
        addresses.dedup();

        let resolved = resolve(found, &self.finder, &addresses, self.job)?;
        names.notes.broken_units = resolved.n_broken;
        names.notes.cut_inlines = resolved.n_cut;
        names.notes.is_exhausted = resolved.is_exhausted;
        let n_before = names.frames.len();
        let mut merge = Merge { functions: FxHashMap::default(), names: &mut *names };
        for (address, frame) in frames {
            if let Ok(row) = addresses.binary_search(&address)
                && let Some((unit, place)) = resolved.of_address.get(row).copied().flatten()
            {
                merge.frame(frame, self.known_name(frame), &resolved, unit, place);
            }
        }
        names.lookup.n_lines = names.frames.len().saturating_sub(n_before);
        Some(())
    }

    /// The frames of a module by address, as debug information counts.
    fn places(&self, module: &Module, segments: &[Segment]) -> Vec<(u64, FrameId)> {
        let frames = self.profile.frames();
        let place = |&frame: &FrameId| {
            let offset = frames.address(frame).wrapping_add(module.to_file);
            Some((Segment::address_of_offset(segments, offset)?, frame))
        };
        let mut places: Vec<(u64, FrameId)> = module.frames.iter().filter_map(place).collect();
        places.sort_unstable();
        places
    }
}

/// Puts the names of units together, each function once.
struct Merge<'n> {
    /// By unit and row there, and the name that the symbol table has for it.
    functions: FxHashMap<(u32, u32, Option<rview_core::StringId>), u32>,
    names: &'n mut Names,
}

impl Merge<'_> {
    fn frame(
        &mut self,
        frame: FrameId,
        known: Option<rview_core::StringId>,
        resolved: &Resolved,
        unit_row: u32,
        place: u32,
    ) {
        let Some(unit) = resolved.units.get(unit_row as usize) else { return };
        let Some(&(start, len)) = unit.places.get(place as usize) else { return };
        let mut lines = Vec::with_capacity(len as usize);
        for (n, line) in unit.lines.iter().skip(start as usize).take(len as usize).enumerate() {
            // The symbol table tells clones apart (`run.cold`), which are one function here.
            let known = known.filter(|_| n == 0);
            let Some(function) = self.function(unit, unit_row, line.function, known) else {
                return;
            };
            lines.push(NamedLine { function, line: line.line });
        }
        self.names.frame(frame, lines);
    }

    /// `None` for a physical function that has no name at all.
    fn function(
        &mut self,
        unit: &UnitNames,
        unit_row: u32,
        row: u32,
        known: Option<rview_core::StringId>,
    ) -> Option<u32> {
        let key = (unit_row, row, known);
        if let Some(&function) = self.functions.get(&key) {
            return Some(function);
        }
        let of_unit = unit.functions.get(row as usize)?;
        let name = match (known, &of_unit.name) {
            (Some(known), _) => Name::Kept(known),
            (None, Some(name)) => Name::New(name.clone()),
            // An address with a line of source and no function.
            (None, None) => return None,
        };
        let file = of_unit.file.and_then(|file| unit.files.get(file as usize)).cloned();
        let function = self.names.function(NamedFunction { name, file, line: of_unit.line });
        self.functions.insert(key, function);
        Some(function)
    }
}
