//! The binaries of a recording: where the names of each come from, and what was found.

use std::path::PathBuf;
use std::sync::Arc;

use rview_core::{FrameId, MappingId};

use super::Origin;

/// Where the names of a binary's code come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamesFrom {
    /// A file. The code of it that was mapped ends here; 0 if unknown.
    File {
        /// Offset in the file.
        mapped_end: u64,
        /// What else is known of it.
        origin: Origin,
    },
    /// The kernel: addresses are those in memory.
    Kernel {
        /// Where a symbol of it was.
        reference: Option<Reference>,
    },
    /// A module of the kernel: addresses count from its start.
    KernelModule {
        /// Where it started in memory.
        start: u64,
        /// Where what was mapped of it ended.
        end: u64,
        /// The kernel that had loaded it.
        kernel: Arc<RecordedKernel>,
        /// What else is known of its file.
        origin: Origin,
    },
    /// What a JIT in the process with this pid has written down.
    Jit {
        /// The process.
        pid: i32,
    },
    /// What a JIT has written down while it made the code: addresses are those in this file.
    JitDump {
        /// Where it was found.
        path: PathBuf,
    },
    /// The name of the binary is the name of its only function.
    Itself,
    /// Nowhere: there is no file.
    Nothing,
    /// Nowhere: it ran in a virtual machine, or runs those, and no file of it is recorded.
    Outside,
}

impl NamesFrom {
    /// Whether there may be lines of source and inlined functions.
    pub const fn may_have_lines(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Kernel { .. })
    }
}

/// Where a symbol of the kernel was: it is loaded elsewhere at each start of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The symbol.
    pub name: &'static str,
    /// Its address in memory.
    pub address: u64,
}

/// The kernel of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedKernel {
    /// Its build id in lower-case digits, if recorded.
    pub build_id: Option<String>,
    /// Where a symbol of it was.
    pub reference: Option<Reference>,
}

/// One binary of a recording.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its row in the profile.
    pub mapping: MappingId,
    /// Where its names come from.
    pub from: NamesFrom,
    /// Its frames that the recording itself does not name, by address.
    pub frames: Arc<[FrameId]>,
    /// What to add to the address of a frame to get the offset in the file, wrapping.
    pub to_file: u64,
    /// What was found.
    pub lookup: Lookup,
}

/// What was looked for to name the code of a binary, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// How many of its frames have a name.
    pub n_named: usize,
    /// How many of its frames have a line of source.
    pub n_lines: usize,
    /// Where the names are from, such as a path.
    pub symbols: Option<String>,
    /// Where lines and inlined functions are from.
    pub lines: Option<String>,
    /// Every place that was looked at, in order.
    pub tried: Vec<Tried>,
}

/// One place that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The file.
    pub path: PathBuf,
    /// What was there.
    pub found: Finding,
}

/// What there is at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No file that can be read.
    Nothing,
    /// A file that is no binary, or a broken one.
    NoBinary,
    /// A binary of another build, which is not used.
    OtherBuild {
        /// Its build id; `None` if it has none.
        build_id: Option<String>,
    },
    /// On another machine, perhaps: it is the recording that names the path, not the user.
    Remote,
    /// A file that may not be the one that ran: no build id was recorded, and it was written
    /// later, or is of another machine.
    Unproven,
    /// A file that was not opened because so many were.
    OverBudget,
    /// An answer of a server, which is in its folder from then on.
    Downloaded {
        /// How long it is.
        bytes: u64,
    },
    /// A server that has no such file.
    NotOnServer,
    /// No server had such a file when they were asked a while ago.
    NotOnServers,
    /// A server that does not answer as it should.
    NotDownloaded {
        /// What went wrong.
        why: String,
    },
    /// A file whose checksum is not the one that the binary gives.
    OtherChecksum,
    /// A binary without the names of its functions.
    NoSymbols,
    /// A binary with the names of the functions that others may call.
    ExportedSymbols,
    /// A binary with the names of all its functions.
    AllSymbols,
    /// A file with lines and inlined functions.
    Lines,
}

impl Finding {
    /// In words, to stand behind the path.
    pub fn describe(&self) -> String {
        match self {
            Self::Nothing => "not there".to_owned(),
            Self::NoBinary => "no ELF file".to_owned(),
            Self::OtherBuild { build_id: Some(id) } => format!("another build ({id}), not used"),
            Self::OtherBuild { build_id: None } => "has no build id, not used".to_owned(),
            Self::Remote => "a network share or automount, not looked at".to_owned(),
            Self::Unproven => {
                "no build id was recorded, and this may be another file, not used".to_owned()
            }
            Self::OverBudget => "too many files, not looked at".to_owned(),
            Self::Downloaded { bytes } => format!("downloaded, {} KiB", bytes.div_ceil(1024)),
            Self::NotOnServer => "the server has no such file".to_owned(),
            Self::NotOnServers => "no server had it when asked within ten minutes".to_owned(),
            Self::NotDownloaded { why } => format!("not downloaded: {why}"),
            Self::OtherChecksum => "another checksum, not used".to_owned(),
            Self::NoSymbols => "without symbols".to_owned(),
            Self::ExportedSymbols => "exported symbols only".to_owned(),
            Self::AllSymbols => "all symbols".to_owned(),
            Self::Lines => "lines and inlined functions".to_owned(),
        }
    }
}
