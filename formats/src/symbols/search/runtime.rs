//! The file of a binary itself, with its code: not one of debug information.

use std::sync::Arc;

use super::{Finder, Wanted};
use crate::Source;
use crate::symbols::elf::{build_id_of, has_code, parse};

impl Finder<'_> {
    /// The file that ran, by the same rules as [`Finder::find`], whether or not it has symbols.
    pub fn find_runtime(&self, wanted: &Wanted<'_>) -> Option<Arc<Source>> {
        let fits = |source: &Source| match wanted.build_id {
            Some(build_id) => build_id_of(source).as_deref() == Some(build_id),
            // Maps end with a page, at most 64 KiB long.
            None => (source.len() as u64).saturating_add(64 << 10) > wanted.mapped_end,
        };
        let candidates = self.embedded(wanted).into_iter().chain(self.own_vdso(wanted));
        let candidates = candidates.chain(self.places.of(wanted));
        let files = candidates.filter_map(|it| self.open_candidate(&it, wanted).ok());
        let renamed = wanted.build_id.and_then(|build_id| self.renamed(build_id));
        let renamed = renamed.into_iter().flatten().filter_map(|path| self.open_file(path));
        files
            .chain(renamed)
            .find(|source| fits(source) && parse(source).is_some_and(|file| has_code(&file)))
            .map(Arc::new)
    }
}
