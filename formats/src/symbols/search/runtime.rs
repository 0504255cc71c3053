//! The file of a binary itself, with its code: not one of debug information.

use object::{Object as _, ObjectSegment as _};

use super::{Candidate, Finder, Wanted, open_file};
use crate::Source;
use crate::symbols::elf::build_id_of;

impl Finder<'_> {
    /// The file that ran, by the same rules as [`Finder::find`], whether or not it has symbols.
    pub fn find_runtime(&self, wanted: &Wanted<'_>) -> Option<Source> {
        let fits = |source: &Source| match wanted.build_id {
            Some(build_id) => build_id_of(source).as_deref() == Some(build_id),
            None => (source.len() as u64).saturating_add(64 << 10) > wanted.mapped_end,
        };
        let candidates =
            self.candidates(wanted).into_iter().filter_map(|candidate| match candidate {
                Candidate::Embedded(bytes) => Some(Source::from_static(bytes)),
                Candidate::File(path) => open_file(&path),
            });
        let renamed = || open_file(self.renamed(wanted.build_id?)?);
        candidates
            .into_iter()
            .find(|source| fits(source) && has_code(source))
            .or_else(|| renamed().filter(has_code))
    }
}

fn has_code(source: &Source) -> bool {
    object::File::parse(&**source).is_ok_and(|file| {
        let mut segments = file.segments();
        segments.any(|segment| segment.permissions().executable() && segment.file_range().1 > 0)
    })
}
