//! What a format has to offer, and what it is given.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rview_core::Profile;

use crate::symbols::{Debuginfod, Module};
use crate::{ImportError, Report, Severity, Source};

/// One format.
pub trait Importer: Sync {
    /// What the user and the fixtures folder call the format, such as `perf.data`.
    fn name(&self) -> &'static str;

    /// Usual file name endings without the dot, for the file dialog. Detection ignores them.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that starts with `head` is of this format.
    ///
    /// `head` has up to [`PROBE_LEN`](crate::PROBE_LEN) bytes, fewer only when the file does.
    fn probe(&self, head: &[u8]) -> Verdict;

    /// The same of a whole file whose head no importer knows: for formats that may start with
    /// something longer. Only the outlines of such a file may be read, not all of it.
    fn probe_outline(&self, _bytes: &[u8]) -> Verdict {
        Verdict::No
    }

    /// Reads the file.
    ///
    /// When nothing can be shown, that is an error. When something can, all of that is in the
    /// profile, and each thing that is left out or repaired is counted in the report of `job`.
    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError>;

    /// Whether what a file starts with is worth a look while the rest is read: whether
    /// [`Self::import`] makes of it what it would be in the whole.
    fn can_preview(&self) -> bool {
        false
    }

    /// Reads the file as [`Self::import`] does, and gives back what of it
    /// [`Self::details`] needs. Importers that need nothing give the bytes back to the system as
    /// soon as they have read them, see [`Source::release`].
    fn consume(&self, source: Source, job: &Job) -> Result<(Profile, Source), ImportError> {
        let profile = self.import(&source, job)?;
        Ok((profile, source))
    }

    /// The branches of a sample, newest first, from where the profile's table of branches
    /// points. Parsed when somebody looks.
    fn branches(&self, _source: &Source, _at: u64) -> Vec<Branch> {
        Vec::new()
    }

    /// What else the file says of a slice or marker, as (name, value), from where its column
    /// of details points. Parsed when somebody looks.
    fn details(&self, _source: &Source, _at: u64) -> Details {
        Details::new()
    }

    /// The arguments among these: what is asked of every slice must not need more than its own
    /// bytes.
    fn arguments(&self, source: &Source, at: u64) -> Details {
        self.details(source, at)
    }
}

/// Where the processor went before a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The address that it came from.
    pub from: u64,
    /// The address that it went to.
    pub to: u64,
    /// Whether it was foreseen; `None` if that was not recorded.
    pub was_predicted: Option<bool>,
    /// Whether it was part of a transaction of memory.
    pub in_transaction: bool,
    /// Whether it was the end of one that failed.
    pub is_abort: bool,
    /// How many cycles since the branch before; 0 if that was not recorded.
    pub cycles: u16,
}

/// Names and values, in the order of the file.
pub type Details = Vec<(String, String)>;

/// What [`Importer::probe`] thinks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Not this format.
    No,
    /// Nothing speaks against it, as for text formats without a magic number.
    Perhaps,
    /// It has the magic number, or keys that only this format has.
    Yes,
}

/// What the user may set for an import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folders to search for binaries and debug files, before the usual ones.
    pub symbol_dirs: Vec<PathBuf>,
    /// Copies of the recorded machine's file system, to search instead of this machine's.
    pub sysroots: Vec<PathBuf>,
    /// Binaries that come with the program: file name and bytes.
    pub embedded_symbols: Vec<(&'static str, &'static [u8])>,
    /// Does not look at binaries on this machine at all, only in the folders above.
    pub no_system_symbols: bool,
    /// Servers to ask for debug files while lines are looked up; `None` unless the user has
    /// turned that on.
    pub debuginfod: Option<Debuginfod>,
    /// What becomes of frames that the file asks to leave out.
    pub drop_frames: DropFrames,
}

/// What becomes of the frames that a file asks to leave out, as pprof's `drop_frames` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DropFrames {
    /// They are left out, as by the producer's own tool.
    #[default]
    LeftOut,
    /// They are shown as any other.
    Shown,
}

/// One import: what it was asked for, how far it is, what it noted. Shared between the thread
/// that imports and the one that shows the progress.
#[derive(Debug, Default)]
pub struct Job {
    options: Options,
    done: AtomicU64,
    total: AtomicU64,
    /// Shared with the jobs of parts.
    cancelled: Arc<AtomicBool>,
    report: Mutex<Report>,
    modules: Mutex<Vec<Module>>,
}

impl Job {
    /// A job that has not started.
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// A job for one file of many: what it notes and how far it is are its own, and it is
    /// cancelled with this one.
    pub(crate) fn part(&self) -> Self {
        Self { cancelled: Arc::clone(&self.cancelled), ..Self::new(self.options.clone()) }
    }

    /// What the user has set.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Says how many units, usually bytes, there are to do.
    pub fn set_total(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says how many of them are done. Importers call this every few thousand records, and
    /// stop with the error.
    pub fn progress(&self, done: u64) -> Result<(), ImportError> {
        self.done.store(done, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) { Err(ImportError::Cancelled) } else { Ok(()) }
    }

    /// Bytes done and bytes there are; both 0 before the start.
    pub fn state(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Asks the import to stop soon.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the user has asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Notes something, once. See [`Report::add`].
    pub fn note(&self, severity: Severity, kind: &'static str, text: impl FnOnce() -> String) {
        self.report_mut().add(severity, kind, 1, text);
    }

    /// Notes something that was met `count` times.
    pub fn note_many(
        &self,
        severity: Severity,
        kind: &'static str,
        count: u64,
        text: impl FnOnce() -> String,
    ) {
        self.report_mut().add(severity, kind, count, text);
    }

    /// Notes all of another report: what a part of the input noted, read by a thread of its own.
    pub fn merge(&self, other: &Report) {
        self.report_mut().merge(other);
    }

    /// What was noted so far.
    pub fn report(&self) -> Report {
        self.report_mut().clone()
    }

    /// Keeps the binaries of the recording and what was found of them, for better names later.
    pub(crate) fn set_modules(&self, modules: Vec<Module>) {
        *self.modules.lock().unwrap_or_else(PoisonError::into_inner) = modules;
    }

    /// What [`Self::set_modules`] has kept.
    pub(crate) fn take_modules(&self) -> Vec<Module> {
        std::mem::take(&mut self.modules.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn report_mut(&self) -> MutexGuard<'_, Report> {
        // A report is whole after each of its changes, whoever panicked in between.
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
