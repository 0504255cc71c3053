//! Names for the frames of a profile, binary by binary.
//!
//! There are two steps. The first takes symbol tables, so that there is a picture soon; the
//! second takes debug information, and gives each frame its line and the functions that are
//! inlined there. Either makes new symbols for the same frames:
//!
//! ```text
//! frame         recorded      after `tables`     after `lines`
//! app+0x1139    [unknown]     run                run (app.cpp:12), mix (mix.h:3, inlined)
//! ```
//!
//! What is found is not kept on disk: there is little to gain. With a binary of 144 MB, 34 MB of
//! them debug sections, and 4,200 stacks the second step takes 0.13 s of processor time in the
//! background, as much as it takes to open the recording with names from tables (2026-11, `rview
//! report` with and without `--no-inlines`, medians of 5, development build).

mod jit;
mod kernel;
mod lines;
mod notes;
mod tables;

pub(crate) use notes::{OF_MISSING, refused as note_refused};

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rview_core::{
    FrameId, Function, FunctionId, Line, MappingId, Profile, StringId, SymbolsBuilder,
};

use super::search::{Finder, Wanted};
use super::{Lookup, Module, NamesFrom};
use crate::{ImportError, Job};

/// Which names to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Those of symbol tables.
    Symbols,
    /// Lines of source and inlined functions, for frames that have the others already.
    Lines,
}

/// What was found for the frames of one binary.
#[derive(Debug, Default)]
struct Names {
    /// Start and length in `lines`, for the frames that have new names.
    frames: Vec<(FrameId, u32, u32)>,
    lines: Vec<NamedLine>,
    functions: Vec<NamedFunction>,
    lookup: Lookup,
    notes: notes::Notes,
}

/// One of the functions at a frame.
#[derive(Clone, Copy, Debug)]
struct NamedLine {
    function: u32,
    line: u32,
}

#[derive(Clone, Debug)]
struct NamedFunction {
    name: Name,
    file: Option<String>,
    line: u32,
}

/// What a function is called.
#[derive(Clone, Debug)]
enum Name {
    /// As it was before.
    Kept(StringId),
    New(String),
}

/// What all binaries need to be named.
struct Naming<'a> {
    profile: &'a Profile,
    finder: Finder<'a>,
    job: &'a Job,
    detail: Detail,
    /// How many frames are done, where the job counts them.
    done: AtomicU64,
}

/// Names the frames of all modules, as far as their names are found. Says in the modules what
/// was found and where, and notes in the report of the job what is missing.
pub(crate) fn name_frames(
    profile: &Profile,
    modules: &mut [Module],
    detail: Detail,
    job: &Job,
) -> Result<Profile, ImportError> {
    if detail == Detail::Lines {
        job.set_total(modules.iter().map(|module| module.frames.len() as u64).sum());
    }
    let finder = match detail {
        Detail::Symbols => Finder::new(job.options()),
        Detail::Lines => Finder::with_servers(job),
    };
    let naming = Naming { profile, finder, job, detail, done: AtomicU64::new(0) };
    let names: Vec<Names> = modules.par_iter().map(|module| naming.module(module)).collect();
    if job.is_cancelled() {
        return Err(ImportError::Cancelled);
    }
    let mut symbols = SymbolsBuilder::new(profile);
    for (module, names) in modules.iter_mut().zip(&names) {
        set_lines(&mut symbols, module.mapping, names);
        module.lookup = names.lookup.clone();
    }
    let notes: Vec<_> = names.iter().map(|names| &names.notes).collect();
    notes::tell(profile, modules, &notes, detail, job);
    notes::refused(naming.finder.n_refused(), job);
    let (strings, symbols) = symbols.finish();
    let named = modules.iter().zip(&names).filter(|(_, names)| !names.frames.is_empty());
    let named = named.map(|(module, _)| module.mapping);
    Ok(profile.with_symbols(strings, symbols).with_named(named))
}

/// Whether nobody knows what a frame is called.
pub(crate) fn is_unnamed(profile: &Profile, frame: FrameId) -> bool {
    let symbols = profile.symbols();
    let name = |line: &Line| profile.text(symbols.functions().row(line.function).name);
    symbols.lines(frame).first().is_none_or(|physical| name(physical) == Function::UNKNOWN)
}

fn set_lines(symbols: &mut SymbolsBuilder, mapping: MappingId, names: &Names) {
    let functions: Vec<FunctionId> = names
        .functions
        .iter()
        .map(|function| {
            let name = match &function.name {
                Name::Kept(name) => *name,
                Name::New(name) => symbols.string(name),
            };
            let file = function.file.as_deref().map(|file| symbols.string(file));
            let (line, mapping) = (function.line, Some(mapping));
            symbols.function(Function { file, line, mapping, ..Function::named(name) })
        })
        .collect();
    let mut lines = Vec::new();
    for &(frame, start, len) in &names.frames {
        let named = names.lines.iter().skip(start as usize).take(len as usize);
        lines.clear();
        lines.extend(named.filter_map(|line| {
            let &function = functions.get(line.function as usize)?;
            Some(Line { function, line: line.line })
        }));
        if !lines.is_empty() {
            symbols.set_lines(frame, &lines);
        }
    }
}

impl Naming<'_> {
    fn module(&self, module: &Module) -> Names {
        if self.job.is_cancelled() {
            return Names::default();
        }
        let names = match self.detail {
            Detail::Symbols => self.by_tables(module),
            Detail::Lines => self.by_debug_info(module),
        };
        if self.detail == Detail::Lines {
            let n_frames = module.frames.len() as u64;
            let before = self.done.fetch_add(n_frames, Ordering::Relaxed);
            // Whoever was cancelled notices that by itself.
            let _: Result<(), ImportError> = self.job.progress(before.saturating_add(n_frames));
        }
        names
    }

    /// What to look for; `None` if the names of a module are in no file.
    fn wanted(&self, module: &Module) -> Option<Wanted<'_>> {
        wanted_of(self.profile, module)
    }

    /// The name of the physical function at a frame; `None` if it is not known.
    fn known_name(&self, frame: FrameId) -> Option<StringId> {
        if is_unnamed(self.profile, frame) {
            return None;
        }
        let symbols = self.profile.symbols();
        let physical = symbols.lines(frame).first()?;
        Some(symbols.functions().row(physical.function).name)
    }
}

/// The file of a module; `None` if its names are in none.
pub(super) fn wanted_of<'a>(profile: &'a Profile, module: &Module) -> Option<Wanted<'a>> {
    let NamesFrom::File { mapped_end, origin } = module.from else { return None };
    let row = profile.mappings().row(module.mapping);
    Some(Wanted {
        path: profile.text(row.path),
        build_id: row.build_id.map(|id| profile.text(id)).filter(|id| is_build_id(id)),
        mapped_end,
        origin,
    })
}

/// Whether files can be found by an id: recordings also tell `unknown`, or the id of Go's linker.
fn is_build_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

impl Names {
    /// Adds a function.
    fn function(&mut self, function: NamedFunction) -> u32 {
        self.functions.push(function);
        u32::try_from(self.functions.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Gives a frame its functions, the physical one first.
    fn frame(&mut self, frame: FrameId, lines: impl IntoIterator<Item = NamedLine>) {
        let start = self.lines.len();
        self.lines.extend(lines);
        let len = self.lines.len().saturating_sub(start);
        if let (Ok(start), Ok(len)) = (u32::try_from(start), u32::try_from(len)) {
            self.frames.push((frame, start, len));
        }
    }
}
