//! The file of a binary itself, with its code: not one of debug information.

use std::sync::Arc;

use object::{Object as _, ObjectSegment as _};

use super::{Candidate, Finder, Wanted, open_file};
use crate::Source;
use crate::symbols::elf::build_id_of;

impl Finder<'_> {
    /// The file that ran, by the same rules as [`Finder::find`], whether or not it has symbols.
    pub fn find_runtime(&self, wanted: &Wanted<'_>) -> Option<Arc<Source>> {
        let fits = |source: &Source| match wanted.build_id {
            Some(build_id) => build_id_of(source).as_deref() == Some(build_id),
            // Maps end with a page, at most 64 KiB long.
            None => (source.len() as u64).saturating_add(64 << 10) > wanted.mapped_end,
        };
        let in_memory = self.embedded(wanted).into_iter().chain(self.own_vdso(wanted));
        let in_memory = in_memory.filter_map(|candidate| match candidate {
            Candidate::Embedded(_, bytes) => Some(Source::from_static(bytes)),
            Candidate::Vdso(bytes) => Some(Source::from_vec(bytes)),
            Candidate::File(_) | Candidate::Linked(..) => None,
        });
        let files = self.places.of(wanted).into_iter().filter_map(|path| open_file(&path));
        let renamed = wanted.build_id.and_then(|build_id| self.renamed(build_id));
        let renamed = renamed.into_iter().flatten().filter_map(|path| open_file(path));
        in_memory
            .chain(files)
            .chain(renamed)
            .find(|source| fits(source) && has_code(source))
            .map(Arc::new)
    }
}

fn has_code(source: &Source) -> bool {
    object::File::parse(&**source).is_ok_and(|file| {
        let mut segments = file.segments();
        segments.any(|segment| segment.permissions().executable() && segment.file_range().1 > 0)
    })
}
