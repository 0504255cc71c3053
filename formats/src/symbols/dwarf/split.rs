//! Units whose entries are in files of their own: `.dwo`, or a package of them, `.dwp`.

use std::path::{Path, PathBuf};

use super::units::Unit;
use crate::symbols::debug_data::{Bytes, DebugData, Form};
use crate::symbols::search::Finder;

/// Where split units are.
pub(in crate::symbols) struct Split<'d> {
    package: Option<gimli::DwarfPackage<Bytes<'d>>>,
    finder: &'d Finder<'d>,
    /// The folder of the debug file, for names that are relative to nothing known.
    beside: PathBuf,
}

impl<'d> Split<'d> {
    /// With the package beside a debug file, if there is one.
    pub(in crate::symbols) fn new(
        package: Option<gimli::DwarfPackage<Bytes<'d>>>,
        finder: &'d Finder<'d>,
        debug_file: &Path,
    ) -> Self {
        let beside = debug_file.parent().unwrap_or(Path::new("")).to_owned();
        Self { package, finder, beside }
    }

    /// Calls `visit` with the split form of a unit; `None` if it is not split or not found.
    pub(super) fn with(
        &self,
        unit: &Unit<'_>,
        parent: &gimli::Dwarf<Bytes<'_>>,
        visit: impl FnOnce(&gimli::Dwarf<Bytes<'_>>, &Unit<'_>),
    ) -> Option<()> {
        let id = unit.dwo_id?;
        if let Some(package) = &self.package
            && let Ok(Some(sections)) = package.find_cu(id, parent)
        {
            return visit_first(unit, &sections, visit);
        }
        let found = self.finder.find_beside(&self.names(unit, parent)?)?;
        let data = DebugData::of(&found.source, Form::Split)?;
        let mut sections = data.dwarf(None);
        sections.make_dwo(parent);
        visit_first(unit, &sections, visit)
    }

    /// Where the compiler has put the unit, and where it would be beside the debug file.
    fn names(&self, unit: &Unit<'_>, parent: &gimli::Dwarf<Bytes<'_>>) -> Option<Vec<PathBuf>> {
        let name = parent.attr_string(unit, unit.dwo_name().ok()??).ok()?;
        let name = PathBuf::from(String::from_utf8_lossy(name.slice()).into_owned());
        let compiled_in =
            unit.comp_dir.map(|dir| String::from_utf8_lossy(dir.slice()).into_owned());
        let compiled_in = compiled_in.map(|dir| Path::new(&dir).join(&name));
        let beside = self.beside.join(name.file_name()?);
        Some(compiled_in.into_iter().chain([beside]).collect())
    }
}

/// Visits the only unit of split sections, if it is the split form of `unit`.
fn visit_first<'s>(
    unit: &Unit<'s>,
    sections: &gimli::Dwarf<Bytes<'s>>,
    visit: impl FnOnce(&gimli::Dwarf<Bytes<'_>>, &Unit<'_>),
) -> Option<()> {
    let header = sections.units().next().ok()??;
    let mut split = sections.unit(header).ok()?;
    if split.dwo_id != unit.dwo_id {
        return None;
    }
    split.copy_relocated_attributes(unit);
    visit(sections, &split);
    Some(())
}
