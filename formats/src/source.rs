//! The bytes of a file: mapped if it is large, unwrapped if it is compressed.

mod mapped;
mod page;
mod unwrap;
mod utf16;
mod zip;

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::ImportError;
use mapped::Mapped;

pub(crate) use unwrap::most_unpacked;

/// Files up to this size are read, not mapped: a copy of 1 MiB costs less than the page faults
/// and cannot be changed by anyone.
const READ_UP_TO: u64 = 1 << 20;

/// The bytes of a file. They stay readable, as zeros at worst, when the file becomes shorter.
#[derive(Debug)]
pub struct Source {
    bytes: Bytes,
    /// Which of them; `None` for all.
    part: Option<Range<usize>>,
    /// When the file was written last, if it is one.
    modified: Option<SystemTime>,
    /// What the bytes were packed in, if they were.
    packing: Option<Packing>,
    /// Where its importer finds a table that details refer to.
    table_at: Option<usize>,
}

/// What bytes were packed in.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    /// Such as `gzip`.
    wrapper: &'static str,
    /// Where it breaks and why, if it does.
    broken: Option<(u64, String)>,
}

impl Packing {
    /// The error about what was unpacked, in words that are true of the file: what is wrong with
    /// unpacked bytes is the fault of a packing that is broken.
    pub(crate) fn explain(self, err: ImportError) -> ImportError {
        let is_of_bytes = matches!(
            err,
            ImportError::UnknownFormat { .. }
                | ImportError::Malformed { .. }
                | ImportError::Unsupported { .. }
                | ImportError::Empty { .. }
        );
        match (err, self.broken) {
            (_, Some((offset, why))) if is_of_bytes => ImportError::Malformed {
                format: self.wrapper,
                what: format!("what is unpacked cannot be read, as the data breaks ({why})").into(),
                offset,
                hint: "copy or download the file again",
            },
            (ImportError::UnknownFormat { what }, None) => {
                let what = format!("unpacked from {}, {what}", self.wrapper);
                ImportError::UnknownFormat { what }
            }
            (err, _) => err,
        }
    }
}

#[derive(Debug)]
enum Bytes {
    Owned(Vec<u8>),
    Static(&'static [u8]),
    Mapped(Arc<Mapped>),
}

/// Tells of a [`Source`] whether it was cut, also when it is gone.
#[derive(Clone, Debug)]
pub struct CutWatch(Option<Arc<Mapped>>);

impl CutWatch {
    /// Whether the file became shorter since it was opened and somebody has read what was cut.
    pub fn was_cut(&self) -> bool {
        self.0.as_ref().is_some_and(|mapped| mapped.was_cut())
    }
}

impl Source {
    /// Opens a file. Pipes and devices are read to their end.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            let err = io::Error::new(io::ErrorKind::IsADirectory, "it is a folder");
            return Err(ImportError::Io(err));
        }
        let modified = metadata.modified().ok().filter(|_| metadata.is_file());
        if metadata.is_file() && metadata.len() > READ_UP_TO {
            return Ok(Self { modified, ..Self::mapped(&file)? });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Self { modified, ..Self::from_vec(bytes) })
    }

    /// When the file was written last; `None` if that is not known.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// What the bytes were packed in, if they were.
    pub(crate) fn packing(&self) -> Option<Packing> {
        self.packing.clone()
    }

    /// Where its importer finds a table that details refer to.
    pub(crate) fn table_at(&self) -> Option<usize> {
        self.table_at
    }

    /// With the place of such a table.
    #[must_use]
    pub(crate) fn with_table_at(self, table_at: Option<usize>) -> Self {
        Self { table_at, ..self }
    }

    const fn of(bytes: Bytes) -> Self {
        Self { bytes, part: None, modified: None, packing: None, table_at: None }
    }

    /// A part of the bytes, without a copy.
    fn part(self, range: Range<usize>) -> Self {
        let start = self.part.map_or(0, |part| part.start);
        let range = start.saturating_add(range.start)..start.saturating_add(range.end);
        Self { part: Some(range), ..self }
    }

    /// The first bytes, up to this many: without a copy where they are mapped.
    pub(crate) fn start(&self, len: usize) -> Self {
        let len = len.min(self.len());
        match &self.bytes {
            Bytes::Mapped(mapped) => {
                let start = self.part.as_ref().map_or(0, |part| part.start);
                let part = Some(start..start.saturating_add(len));
                Self { part, ..Self::of(Bytes::Mapped(Arc::clone(mapped))) }
            }
            Bytes::Owned(_) | Bytes::Static(_) => {
                Self::from_vec(self.get(..len).unwrap_or_default().to_vec())
            }
        }
    }

    fn mapped(file: &File) -> io::Result<Self> {
        Ok(Self::of(Bytes::Mapped(Arc::new(Mapped::new(file)?))))
    }

    #[cfg(test)]
    fn is_mapped(&self) -> bool {
        matches!(self.bytes, Bytes::Mapped(_))
    }

    /// Bytes that are in memory already.
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self::of(Bytes::Owned(bytes))
    }

    /// Bytes of the program itself.
    pub fn from_static(bytes: &'static [u8]) -> Self {
        Self::of(Bytes::Static(bytes))
    }

    /// Gives back the memory of bytes that are not needed any more. A mapped file has none to
    /// give, and still tells whether it was cut.
    #[must_use]
    pub fn release(self) -> Self {
        match self.bytes {
            Bytes::Owned(_) | Bytes::Static(_) => Self::from_static(&[]),
            Bytes::Mapped(_) => self,
        }
    }

    /// Whether the file became shorter since it was opened and somebody has read what was cut.
    pub fn was_cut(&self) -> bool {
        self.watch().was_cut()
    }

    /// What tells whether the file was cut when this is unwrapped or gone.
    pub fn watch(&self) -> CutWatch {
        CutWatch(match &self.bytes {
            Bytes::Mapped(mapped) => Some(Arc::clone(mapped)),
            Bytes::Owned(_) | Bytes::Static(_) => None,
        })
    }
}

impl Deref for Source {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let bytes: &[u8] = match &self.bytes {
            Bytes::Owned(bytes) => bytes,
            Bytes::Static(bytes) => bytes,
            Bytes::Mapped(mapped) => mapped,
        };
        match &self.part {
            Some(part) => bytes.get(part.clone()).unwrap_or_default(),
            None => bytes,
        }
    }
}
