//! The header of the file: in which form the recording is, and where its parts are.
//!
//! ```text
//! file form   magic, sizes, sections ─┬─ attributes, each with a section of ids
//!                                     ├─ data: the records
//!                                     └─ behind the data: a table of feature sections
//! pipe form   magic, 16 ── records, among them the attributes and features
//! ```
//!
//! Source: `tools/perf/Documentation/perf.data-file-format.txt` of Linux.

use super::fields::{ByteOrder, Fields};
use super::{NAME, malformed};
use crate::ImportError;

/// The magic number of version 2 as little-endian machines write it.
pub(super) const MAGIC_LITTLE: &[u8; 8] = b"PERFILE2";
/// The same number as big-endian machines write it.
pub(super) const MAGIC_BIG: &[u8; 8] = b"2ELIFREP";
/// The magic numbers of version 1, which perf wrote until Linux 2.6.36.
const MAGICS_V1: [&[u8; 8]; 2] = [b"PERFFILE", b"ELIFFREP"];

/// The size that a pipe's header gives for itself.
const PIPE_HEADER_SIZE: u64 = 16;
/// Up to the sections, without the bits of features.
const MIN_FILE_HEADER_SIZE: u64 = 72;

/// A range of bytes of the file, as the header claims it. It may well reach behind the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl Section {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { offset: fields.u64()?, size: fields.u64()? })
    }

    pub(super) const fn end(self) -> u64 {
        self.offset.saturating_add(self.size)
    }

    /// The bytes of the section, or those of them that the file has.
    pub(super) fn of(self, file: &[u8]) -> &[u8] {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let len = usize::try_from(self.size).unwrap_or(usize::MAX);
        let rest = file.get(start..).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }
}

/// What the first bytes of the file say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) order: ByteOrder,
    pub(super) form: Form,
}

/// How the parts of a recording are put together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// `perf record -o FILE`.
    File {
        /// Size of an entry of `attrs`.
        attr_size: u64,
        attrs: Section,
        data: Section,
        /// Which feature sections there are: bit `n % 64` of word `n / 64`.
        features: [u64; 4],
    },
    /// `perf record -o -`: nothing but records.
    Pipe {
        /// Where they start.
        data: u64,
    },
}

impl Header {
    pub(super) fn parse(file: &[u8]) -> Result<Self, ImportError> {
        let order = match file.first_chunk() {
            Some(MAGIC_LITTLE) => ByteOrder::Little,
            Some(MAGIC_BIG) => ByteOrder::Big,
            Some(magic) if MAGICS_V1.contains(&magic) => {
                return Err(ImportError::Unsupported {
                    format: NAME,
                    what: "version 1 of the format (`PERFFILE`, before Linux 2.6.37)".into(),
                    hint: "record again with a newer perf",
                });
            }
            _ => return Err(malformed("the file has no magic number", 0)),
        };
        let mut fields = Fields::new(file.get(8..).unwrap_or_default(), order);
        let form = Self::form(&mut fields)?;
        Ok(Self { order, form })
    }

    fn form(fields: &mut Fields<'_>) -> Result<Form, ImportError> {
        let cut = || malformed("the header is cut off", 8);
        let size = fields.u64().ok_or_else(cut)?;
        if size == PIPE_HEADER_SIZE {
            return Ok(Form::Pipe { data: size });
        }
        if size < MIN_FILE_HEADER_SIZE {
            return Err(malformed("the header gives a wrong size for itself", 8));
        }
        let attr_size = fields.u64().ok_or_else(cut)?;
        let attrs = Section::read(fields).ok_or_else(cut)?;
        let data = Section::read(fields).ok_or_else(cut)?;
        let mut features = [0; 4];
        if size > MIN_FILE_HEADER_SIZE {
            Section::read(fields).ok_or_else(cut)?; // Event types, of perf before Linux 3.10.
            for word in &mut features {
                *word = fields.u64().unwrap_or_default();
            }
        }
        Ok(Form::File { attr_size, attrs, data, features })
    }
}
