//! Why a file could not be read at all.

use std::borrow::Cow;
use std::io;

/// Why a file could not be read at all.
///
/// What can be left out is no error, see [`Report`](crate::Report). The texts are shown to the
/// user as they are, after the name of the file: they name the format, say what is wrong and
/// where, then what to do, and never end with a full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No importer claims the file.
    #[error(
        "not a profile format rview knows ({what}); \
         see `rview --help` for the formats it opens"
    )]
    UnknownFormat {
        /// What the first bytes look like.
        what: String,
    },

    /// The file claims to be of the format but breaks its rules from the start.
    #[error("{format}: {what} at byte {offset}; {hint}")]
    Malformed {
        /// [`Importer::name`](crate::Importer::name).
        format: &'static str,
        /// Which rule, such as "string index out of range".
        what: Cow<'static, str>,
        /// From the start of the file, after decompression.
        offset: u64,
        /// What the user can do about it.
        hint: &'static str,
    },

    /// The format is right but this form of it is not read.
    #[error("{format}: {what} is not supported; {hint}")]
    Unsupported {
        /// [`Importer::name`](crate::Importer::name).
        format: &'static str,
        /// Which form.
        what: Cow<'static, str>,
        /// What the user can do about it.
        hint: &'static str,
    },

    /// The format is right but the recording has nothing to show.
    #[error("{format}: nothing was recorded in this file; {hint}")]
    Empty {
        /// [`Importer::name`](crate::Importer::name).
        format: &'static str,
        /// What the user can do about it.
        hint: &'static str,
    },

    /// A compressed file holds more than may be unpacked.
    #[error(
        "{wrapper}: unpacks to more than the limit of {limit_bytes} bytes; \
         unpack it yourself and open the result if that is what you want"
    )]
    TooLarge {
        /// Such as `gzip`.
        wrapper: &'static str,
        /// The limit it met.
        limit_bytes: u64,
    },

    /// The file became shorter while it was read.
    #[error(
        "the file became shorter while it was read: something is writing it; \
         open it again when that has ended"
    )]
    Changed,

    /// The system would not give the bytes.
    #[error("cannot be read: {0}; {hint}", hint = io_hint(.0))]
    Io(#[from] io::Error),

    /// The user has asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// What can be done about an error of the system.
fn io_hint(err: &io::Error) -> &'static str {
    match err.kind() {
        io::ErrorKind::NotFound => "check the name and the folder",
        io::ErrorKind::PermissionDenied => {
            "ask its owner for permission to read it; what `sudo` has recorded belongs to root"
        }
        io::ErrorKind::IsADirectory => "open a file in it",
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::ReadOnlyFilesystem => {
            "unpack it yourself where there is room, or set TMPDIR to a folder with room"
        }
        io::ErrorKind::OutOfMemory => "close other programs, or record less",
        _ => "check the disk or the connection it is on, then try again",
    }
}

// An error is returned through every reading function, so it stays small.
const _: () = assert!(size_of::<ImportError>() <= 64, "box what makes ImportError large");
