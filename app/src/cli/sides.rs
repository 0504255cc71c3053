//! The recordings of two sides.

use std::path::PathBuf;

use rayon::prelude::*;
use rview_formats::Document;

use super::{Failure, Names, Places, Subject, WRONG_USE, input_of};

/// Files to compare.
pub(super) struct Sides<'a> {
    /// What is compared with; may be none.
    pub(super) base: &'a [PathBuf],
    /// What may differ from it.
    pub(super) new: &'a [PathBuf],
}

impl Sides<'_> {
    /// Opens all files at the same time.
    pub(super) fn open(
        &self,
        places: &Places,
        names: &Names,
    ) -> Result<[Vec<Document>; 2], Failure> {
        let files: Vec<PathBuf> = self.base.iter().chain(self.new).cloned().collect();
        if files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
            let line = "standard input is one recording; name a file for the other";
            return Err(Failure::new(WRONG_USE, line));
        }
        let subject = Subject {
            files: files.clone(),
            merge: false,
            all_frames: false,
            demo: false,
            places: places.clone(),
        };
        let mut documents = files
            .into_par_iter()
            .map(|file| subject.open_with(&input_of(file), names))
            .collect::<Result<Vec<Document>, Failure>>()?;
        let new = documents.split_off(self.base.len());
        Ok([documents, new])
    }
}
