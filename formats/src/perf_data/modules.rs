//! The binaries that processes map, and what of them a frame's address counts from.
//!
//! A frame's address is the offset in the file of its binary, which follows from the recording
//! alone: it is the same whether or not the binary is found later. Code that is in no file has
//! the address in memory: the kernel, and what a JIT has made.

use std::sync::Arc;
use std::time::SystemTime;

use rview_core::{Mapping, MappingId, ProfileBuilder};

use super::features::{Features, hexadecimal};
use super::fields::{ByteOrder, Fields};
use super::machine::Mode;
use super::maps::Map;
use super::record::{Record, kind, misc};
use super::unwind::File;
use crate::symbols::{NamesFrom, Origin, RecordedKernel, Reference, is_this_machine, module_name};

/// What the kernel is called where perf knows no file of it.
pub(super) const KERNEL: &str = "[kernel.kallsyms]";

/// The bit of a map's protection that makes it code.
const PROT_EXEC: u32 = 4;

/// What names the code of a binary has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of the symbol table of a file. The code of the file that is mapped ends here.
    File { mapped_end: u64, inode: u64 },
    /// Those of the kernel, by a symbol of it and where that was.
    Kernel(Option<Reference>),
    /// Those of a module of the kernel, which was mapped from here to before there.
    KernelModule { start: u64, end: u64, inode: u64 },
    /// Those that a JIT in the process with this pid has written down.
    Jit(i32),
    /// Those that a JIT has written down as it made the code, in the dump with this number.
    JitDump(usize),
    /// The name of the binary is the name of its only function.
    Own,
    /// None: there is no file.
    None,
    /// None: it is in a virtual machine, or runs them.
    Outside,
}

/// Every binary, beside the builder's table of mappings.
#[derive(Debug)]
pub(super) struct Modules {
    names: Vec<Names>,
    /// The kernel, once it is mapped.
    kernel: Arc<RecordedKernel>,
    /// Where the dumps of JITs were found.
    jit_dumps: Vec<NamesFrom>,
    /// Whether the recording is of the machine we are on.
    is_of_this_machine: bool,
    /// When the recording was complete.
    until: Option<SystemTime>,
}

/// The number of no file.
const NO_INODE: u64 = u64::MAX;

/// A record of a map, in either form.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawMap<'a> {
    pub(super) pid: i32,
    start: u64,
    len: u64,
    offset: u64,
    build_id: Option<&'a [u8]>,
    /// The number of the file in its file system; 0 if unknown.
    pub(super) inode: u64,
    is_code: bool,
    pub(super) is_kernel: bool,
    /// In a virtual machine: not a place of the recorded system.
    pub(super) is_guest: bool,
    pub(super) path: &'a [u8],
}

impl<'a> RawMap<'a> {
    pub(super) fn read(record: &Record<'a>, order: ByteOrder) -> Option<Self> {
        let mut fields = record.fields(order);
        let pid = fields.id()?;
        fields.skip(4)?; // The tid.
        let (start, len, offset) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let mut build_id = None;
        let mut inode = 0;
        let mut is_code = record.misc & misc::MMAP_DATA == 0;
        if record.kind == kind::MMAP2 {
            let device = fields.bytes(24)?;
            if record.misc & misc::MMAP_BUILD_ID != 0 {
                let (size, id) = (*device.first()?, device.get(4..)?);
                build_id = Some(id.get(..size.into()).unwrap_or(id));
            } else {
                let mut device = Fields::new(device, order);
                device.skip(8)?; // Major and minor number of the device.
                inode = device.u64()?;
            }
            is_code &= fields.u32()? & PROT_EXEC != 0;
            fields.skip(4)?; // Flags.
        }
        let mode = Mode::of_sample(record.misc);
        let is_kernel = pid == -1 || mode == Some(Mode::Kernel);
        let is_guest = matches!(mode, Some(Mode::GuestKernel | Mode::GuestUser));
        let path = fields.text();
        Some(Self { pid, start, len, offset, build_id, inode, is_code, is_kernel, is_guest, path })
    }
}

impl RawMap<'_> {
    /// Whether the map is of memory in which a JIT may put code.
    pub(super) fn is_for_jit(&self) -> bool {
        self.is_code && !self.is_kernel && is_anonymous(self.path)
    }
}

impl Modules {
    /// For a recording with these features that was complete at a time.
    pub(super) fn new(features: &Features<'_>, until: Option<SystemTime>) -> Self {
        let is_of_this_machine = is_this_machine(features.fact("host"), features.fact("kernel"));
        let (names, kernel, jit_dumps) = Default::default();
        Self { names, kernel, jit_dumps, is_of_this_machine, until }
    }

    /// The names of a binary's code.
    pub(super) fn names(&self, mapping: MappingId) -> Names {
        self.names.get(mapping.index()).copied().unwrap_or(Names::None)
    }

    /// The recorded kernel, as far as it is known.
    pub(super) fn recorded_kernel(&self) -> Arc<RecordedKernel> {
        Arc::clone(&self.kernel)
    }

    /// Which file a binary is; `None` if it is none, or the kernel.
    pub(super) fn file(&self, mapping: MappingId, builder: &ProfileBuilder) -> Option<File> {
        let Names::File { mapped_end, inode } = self.names(mapping) else { return None };
        let origin = self.origin(inode);
        let row = builder.mapping_row(mapping);
        let path = builder.text(row.path).to_owned();
        let build_id = row.build_id.map(|id| builder.text(id).to_owned());
        Some(File { path, build_id, mapped_end, origin })
    }

    /// The code of a JIT that is written down in a dump.
    pub(super) fn jit_dump(
        &mut self,
        (name, from): (&str, NamesFrom),
        builder: &mut ProfileBuilder,
    ) -> MappingId {
        let names = Names::JitDump(self.jit_dumps.len());
        self.jit_dumps.push(from);
        self.intern(format!("[JIT] {name}").as_bytes(), None, names, builder)
    }

    /// Which file a dump is.
    pub(super) fn jit_dump_file(&self, dump: usize) -> Option<NamesFrom> {
        self.jit_dumps.get(dump).cloned()
    }

    /// What is known of a file that a process of the recording wrote, perhaps after its end.
    pub(super) const fn origin_of_output(&self, inode: u64) -> Origin {
        let is_of_this_machine = self.is_of_this_machine;
        Origin::Recorded { inode, is_of_this_machine, until: None }
    }

    /// What is known of a file on the recorded machine.
    pub(super) const fn origin(&self, inode: u64) -> Origin {
        let Self { is_of_this_machine, until, .. } = *self;
        Origin::Recorded { inode, is_of_this_machine, until }
    }

    /// The first address of a map and what it is of. Maps of data count too: they replace the code
    /// that was there, whose end no record tells.
    pub(super) fn mapped(
        &mut self,
        raw: &RawMap<'_>,
        features: &Features<'_>,
        builder: &mut ProfileBuilder,
    ) -> (u64, Map) {
        let end = raw.start.saturating_add(raw.len);
        let in_file = raw.offset.wrapping_sub(raw.start);
        // A map at the start of a file may be as long as all that is loaded of it, with the
        // memory behind its end; and one of data has no code.
        let is_part = raw.is_code && raw.offset > 0;
        let mapped_end = if is_part { raw.offset.saturating_add(raw.len) } else { 0 };
        let (path, names, to_frame): (&[u8], _, _) = if raw.is_kernel {
            if raw.path.starts_with(KERNEL.as_bytes()) {
                (KERNEL.as_bytes(), Names::Kernel(reference(raw)), 0)
            } else if std::str::from_utf8(raw.path).is_ok_and(|path| module_name(path).is_some()) {
                let names = Names::KernelModule { start: raw.start, end, inode: raw.inode };
                (raw.path, names, raw.start.wrapping_neg())
            } else {
                (raw.path, Names::File { mapped_end, inode: raw.inode }, in_file)
            }
        } else if raw.is_code && is_anonymous(raw.path) {
            (b"", Names::Jit(raw.pid), 0)
        } else if is_memory(raw.path) || is_anonymous(raw.path) {
            (raw.path, Names::None, 0)
        } else {
            (raw.path, Names::File { mapped_end, inode: raw.inode }, in_file)
        };
        let mapping = if let Names::Jit(pid) = names {
            self.intern(format!("[JIT] tid {pid}").as_bytes(), None, names, builder)
        } else {
            let own = raw.build_id.and_then(hexadecimal);
            let build_id = own.as_ref().or_else(|| features.build_ids.get(path));
            if let Names::Kernel(reference) = names {
                self.kernel = Arc::new(RecordedKernel { build_id: build_id.cloned(), reference });
            }
            self.intern(path, build_id.map(String::as_str), names, builder)
        };
        (raw.start, Map { end, to_frame, mapping })
    }

    /// A piece of code that the kernel has made: its name stands for a binary.
    pub(super) fn named(&mut self, name: &[u8], builder: &mut ProfileBuilder) -> MappingId {
        self.intern(name, None, Names::Own, builder)
    }

    /// Code that is in no process and no kernel of the recorded system.
    pub(super) fn outside(&mut self, name: &str, builder: &mut ProfileBuilder) -> MappingId {
        self.intern(name.as_bytes(), None, Names::Outside, builder)
    }

    /// The kernel, of a recording that does not say where it is.
    pub(super) fn kernel(
        &mut self,
        features: &Features<'_>,
        builder: &mut ProfileBuilder,
    ) -> MappingId {
        let build_id = features.build_ids.get(KERNEL.as_bytes());
        self.intern(KERNEL.as_bytes(), build_id.map(String::as_str), Names::Kernel(None), builder)
    }

    fn intern(
        &mut self,
        path: &[u8],
        build_id: Option<&str>,
        names: Names,
        builder: &mut ProfileBuilder,
    ) -> MappingId {
        let path = builder.string(&String::from_utf8_lossy(path));
        let build_id = build_id.map(|id| builder.string(id));
        let mapping = builder.mapping(Mapping { path, build_id, start: 0, end: 0, file_offset: 0 });
        match self.names.get_mut(mapping.index()) {
            Some(Names::File { mapped_end: known, inode: known_inode }) => {
                if let Names::File { mapped_end, inode } = names {
                    *known = mapped_end.max(*known);
                    // Two files were at this path: neither is known by it.
                    if inode != *known_inode {
                        *known_inode = NO_INODE;
                    }
                }
            }
            Some(_) => {}
            None => self.names.resize(mapping.index().saturating_add(1), names),
        }
        mapping
    }
}

/// The symbol that the map of the kernel names, behind what the kernel is called.
fn reference(raw: &RawMap<'_>) -> Option<Reference> {
    let name = ["_text", "_stext"].into_iter().find(|name| raw.path.ends_with(name.as_bytes()))?;
    Some(Reference { name, address: raw.offset })
}

/// Memory without a file, where a JIT may have put code.
fn is_anonymous(path: &[u8]) -> bool {
    path == b"//anon" || path.starts_with(b"/dev/zero") || path.starts_with(b"/anon_hugepage")
}

/// Memory of a process that has a name but no file.
fn is_memory(path: &[u8]) -> bool {
    path == b"[heap]" || path.starts_with(b"[stack") || path.starts_with(b"/SYSV")
}
