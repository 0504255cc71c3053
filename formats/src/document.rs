//! What is open: a profile and the file it came from.

mod branches;
mod merged;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rview_core::Profile;

use self::branches::branch_details;
use crate::symbols::{Detail, Module, OF_MISSING, name_frames};
use crate::{Details, ImportError, Importer, Job, Options, Report, Severity, Source, detect};

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input, read to its end.
    Stdin,
    /// Bytes of the program itself: the demos.
    Static(&'static str, &'static [u8]),
    /// Several files, and all files in folders, as one: the samples of all, each with its file
    /// as a label.
    Merged(Vec<PathBuf>),
}

impl Input {
    /// What the input is called in titles and messages.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => {
                path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
            }
            Self::Stdin => "standard input".to_owned(),
            Self::Static(name, _) => (*name).to_owned(),
            Self::Merged(paths) => match &paths[..] {
                [only] => Self::Path(only.clone()).name(),
                paths => format!("{} files", paths.len()),
            },
        }
    }

    /// The path, if it is a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Stdin | Self::Static(..) | Self::Merged(_) => None,
        }
    }
}

/// What opening a file took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Size of the input as it is stored.
    pub bytes: u64,
    /// Time to unwrap and import it.
    pub import: Duration,
}

/// An open file: the profile, the source it came from, what the importer noted.
#[derive(Clone)]
pub struct Document {
    /// Where it came from.
    pub input: Input,
    /// The recording.
    pub profile: Arc<Profile>,
    /// What was repaired or left out.
    pub report: Report,
    /// Whether this is only the start of the file, while the rest is still being read.
    pub is_preview: bool,
    /// What opening it took.
    pub load: Load,
    /// The binaries that it has frames of, and where their names are from. Empty where the
    /// recording names all of its functions itself.
    pub modules: Arc<[Module]>,
    source: Arc<Source>,
    importer: &'static dyn Importer,
}

impl Document {
    /// The name of the file's format.
    pub fn format(&self) -> &'static str {
        self.importer.name()
    }

    /// The same file with lines of source and inlined functions, as far as debug information
    /// is found: new symbols for the same frames, and what was found in `modules` and `report`.
    ///
    /// `job` counts frames, and may be cancelled. It says where to look, as that of [`open`].
    pub fn symbolize(&self, job: &Job) -> Result<Self, ImportError> {
        let mut modules = self.modules.to_vec();
        let profile = name_frames(&self.profile, &mut modules, Detail::Lines, job)?;
        let mut report = self.report.clone();
        if job.options().debuginfod.is_some() {
            // They are told again, as far as they still hold.
            report.retain(|note| !OF_MISSING.contains(&note.kind));
        }
        report.merge(&job.report());
        // What nothing was found for stays as it is, and need not be analyzed again.
        let is_better = |(now, before): (&Module, &Module)| {
            now.lookup.n_lines > 0 || now.lookup.n_named > before.lookup.n_named
        };
        let is_any_better = modules.iter().zip(&*self.modules).any(is_better);
        let profile = if is_any_better { Arc::new(profile) } else { Arc::clone(&self.profile) };
        Ok(Self { profile, modules: modules.into(), report, ..self.clone() })
    }

    /// What else the file says of a slice or marker. See [`Importer::details`].
    pub fn details(&self, at: u64) -> Details {
        self.checked(self.importer.details(&self.source, at))
    }

    /// The arguments of a slice alone. See [`Importer::arguments`].
    pub fn arguments(&self, at: u64) -> Details {
        self.checked(self.importer.arguments(&self.source, at))
    }

    /// What else the file says of a sample: the branches before it, newest first.
    pub fn sample_details(&self, sample: usize) -> Details {
        let Some(record) = self.profile.branches().of_sample(sample) else {
            return Details::new();
        };
        let branches = self.importer.branches(&self.source, record.at);
        self.checked(branch_details(&self.profile, record.space, &branches))
    }

    /// Details, with a warning if they may not be those of the recording that was opened.
    fn checked(&self, mut details: Details) -> Details {
        if self.source.was_cut() {
            let text = "it became shorter since it was opened, so this may be incomplete or of \
                        another recording; open it again";
            details.push(("file changed".to_owned(), text.to_owned()));
        }
        details
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("input", &self.input).finish_non_exhaustive()
    }
}

/// Opens a file of any known format, whatever it is called and however it is wrapped.
pub fn open(input: &Input, job: &Job) -> Result<Document, ImportError> {
    open_and(input, job, None)
}

/// Opens a file as [`open`] does, and shows what it starts with before, if it is so large that
/// reading it takes long.
pub fn open_with_preview(
    input: &Input,
    job: &Job,
    show: &mut dyn FnMut(Document),
) -> Result<Document, ImportError> {
    open_and(input, job, Some(show))
}

fn open_and(
    input: &Input,
    job: &Job,
    show: Option<&mut dyn FnMut(Document)>,
) -> Result<Document, ImportError> {
    let start = Instant::now();
    let source = match input {
        Input::Path(path) => Source::open(path)?,
        Input::Stdin => Source::from_vec(read_stdin(job)?),
        Input::Static(_, bytes) => Source::from_static(bytes),
        Input::Merged(paths) => return merged::open_merged(input, paths, job),
    };
    let bytes = source.len() as u64;
    let watch = source.watch();
    let result = import(source, job, |source, importer| {
        let Some(show) = show else { return };
        let preview = preview(input, job.options(), source, importer);
        let load = Load { bytes, import: start.elapsed() };
        if let Some(preview) = preview {
            show(Document { load, ..preview });
        }
    });
    let (importer, profile, source) = if watch.was_cut() { changed(result, job) } else { result }?;
    Ok(Document {
        input: input.clone(),
        profile: Arc::new(profile),
        report: job.report(),
        is_preview: false,
        load: Load { bytes, import: start.elapsed() },
        modules: job.take_modules().into(),
        source: Arc::new(source),
        importer,
    })
}

/// What comes of a file that became shorter while it was read. What an importer says of zeros in
/// the place of a recording would blame the recording.
fn changed<T>(result: Result<T, ImportError>, job: &Job) -> Result<T, ImportError> {
    match result {
        Err(ImportError::Cancelled) => Err(ImportError::Cancelled),
        Err(_) => Err(ImportError::Changed),
        Ok(imported) => {
            job.note(Severity::Loss, "file-changed", || {
                "the file became shorter while it was read; what was cut off reads as zeros; \
                 open it again"
                    .to_owned()
            });
            Ok(imported)
        }
    }
}

/// Files from this size on have a preview.
const LEAST_WITH_PREVIEW: usize = 128 << 20;

/// How much of a file is in its preview: what is read while a person blinks.
const PREVIEW: usize = 16 << 20;

/// What a file starts with, if that is something to look at.
fn preview(
    input: &Input,
    options: &Options,
    source: &Source,
    importer: &'static dyn Importer,
) -> Option<Document> {
    let start = source.start(PREVIEW);
    // What is wrong with a file that is cut here says nothing of the file.
    let profile = importer.import(&start, &Job::new(options.clone())).ok()?;
    let mut report = Report::default();
    report.add(Severity::Info, "preview", 1, || {
        "this is only what the file starts with; the rest is still being read".to_owned()
    });
    Some(Document {
        input: input.clone(),
        profile: Arc::new(profile),
        report,
        is_preview: true,
        load: Load::default(),
        modules: Arc::new([]),
        source: Arc::new(start),
        importer,
    })
}

/// Unwraps a source and reads it by the importer that claims it. Of a large one that can be
/// shown as far as it goes, `preview` comes first.
fn import(
    source: Source,
    job: &Job,
    preview: impl FnOnce(&Source, &'static dyn Importer),
) -> Result<(&'static dyn Importer, Profile, Source), ImportError> {
    let source = source.unwrap(job)?;
    let packing = source.packing();
    let explain = |err| match &packing {
        Some(packing) => packing.clone().explain(err),
        None => err,
    };
    let importer = detect(&source).map_err(explain)?;
    if importer.can_preview() && source.len() >= LEAST_WITH_PREVIEW {
        preview(&source, importer);
    }
    job.set_total(source.len() as u64);
    let (profile, source) = importer.consume(source, job).map_err(explain)?;
    Ok((importer, profile, source))
}

/// Reads in pieces, so that a producer that never ends can be cancelled.
fn read_stdin(job: &Job) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    let mut stdin = io::stdin().lock();
    loop {
        let read = stdin.by_ref().take(1 << 20).read_to_end(&mut bytes)?;
        job.progress(bytes.len() as u64)?;
        if read == 0 {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_file_that_changed_says_so() {
        let job = Job::default();
        let err = ImportError::Malformed {
            format: "pprof",
            what: "no sample".into(),
            offset: 0,
            hint: "record it again",
        };
        let text = changed::<()>(Err(err), &job).unwrap_err().to_string();
        assert!(text.contains("became shorter") && !text.contains("record"), "{text}");
        let cancelled = changed::<()>(Err(ImportError::Cancelled), &job);
        assert!(matches!(cancelled, Err(ImportError::Cancelled)));
        assert!(job.report().notes().is_empty());
        assert_eq!(changed(Ok(7), &job).unwrap(), 7);
        assert_eq!(job.report().notes().first().unwrap().kind, "file-changed");
    }

    #[cfg(unix)]
    #[test]
    fn details_of_a_file_that_changed_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let event = "{\"ph\":\"X\",\"name\":\"a\",\"ts\":1,\"dur\":1,\"args\":{\"x\":1}},\n";
        std::fs::write(&path, format!("[{}", event.repeat(50_000))).unwrap();
        let document = open(&Input::Path(path.clone()), &Job::default()).unwrap();
        assert_eq!(document.details(1).len(), 1);
        std::fs::File::options().write(true).open(&path).unwrap().set_len(4096).unwrap();
        let last = document.details(2_000_000);
        assert_eq!(last.last().unwrap().0, "file changed");
    }
}
