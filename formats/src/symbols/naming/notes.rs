//! What the user is told of names that are missing.

use rview_core::{Profile, file_name};

use super::Detail;
use crate::symbols::{Finding, Module, NamesFrom};
use crate::{Job, Severity};

/// How many binaries a note names.
const MAX_NAMED: usize = 8;

/// What was met while one binary was named.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The process whose map of a JIT was taken.
    pub(super) perf_map: Option<i32>,
    /// Functions of a JIT whose lines are broken.
    pub(super) broken_jit_lines: u64,
    /// Units of debug information that could not be read to their end.
    pub(super) broken_units: usize,
    /// How often inlining was deeper than is shown.
    pub(super) cut_inlines: usize,
    /// Whether the debug information was given up.
    pub(super) is_exhausted: bool,
}

/// Notes what is missing.
pub(super) fn tell(
    profile: &Profile,
    modules: &[Module],
    notes: &[&Notes],
    detail: Detail,
    job: &Job,
) {
    match detail {
        Detail::Symbols => {
            for pid in notes.iter().filter_map(|notes| notes.perf_map) {
                job.note(Severity::Info, "perf-map", || {
                    format!(
                        "names of code that was made at run time are from perf-{pid}.map, which \
                         has no build id: it is taken for that of the recorded process"
                    )
                });
            }
            let broken = notes.iter().map(|notes| notes.broken_jit_lines);
            let broken = broken.fold(0, u64::saturating_add);
            job.note_many(Severity::Unshown, "jit-lines", broken, || {
                "functions of a JIT have no lines: what it has written of them is broken".to_owned()
            });
            missing(profile, modules, job);
        }
        Detail::Lines => {
            if job.options().debuginfod.is_some() {
                missing(profile, modules, job);
            }
            let names = |is_meant: &dyn Fn(&Notes) -> bool| {
                let meant = modules.iter().zip(notes).filter(|(_, notes)| is_meant(notes));
                let names = meant.map(|(module, _)| name(profile, module).to_owned());
                list(&names.collect::<Vec<_>>())
            };
            let sum = |count: fn(&Notes) -> usize| {
                notes.iter().map(|notes| count(notes) as u64).fold(0, u64::saturating_add)
            };
            job.note_many(Severity::Unshown, "debug-info", sum(|notes| notes.broken_units), || {
                let names = names(&|notes| notes.broken_units > 0);
                format!(
                    "parts of the debug information of {names} cannot be read: lines and \
                     inlined functions are missing there"
                )
            });
            job.note_many(Severity::Unshown, "inlines-cut", sum(|notes| notes.cut_inlines), || {
                let names = names(&|notes| notes.cut_inlines > 0);
                format!("functions are inlined deeper than is shown in {names}")
            });
            let exhausted = sum(|notes| notes.is_exhausted.into());
            job.note_many(Severity::Unshown, "debug-info-work", exhausted, || {
                let names = names(&|notes| notes.is_exhausted);
                format!(
                    "the debug information of {names} makes more work than a file of its length \
                     may: lines and inlined functions are missing"
                )
            });
        }
    }
}

/// Tells of files that were not opened.
pub(crate) fn refused(n_files: u64, job: &Job) {
    job.note_many(Severity::Unshown, "too-many-files", n_files, || {
        "files of binaries are not looked at because the recording names so many; names and \
         callers may be missing"
            .to_owned()
    });
}

/// Notes of missing names, which files from servers may make untrue.
pub(crate) const OF_MISSING: [&str; 3] =
    ["symbols-unproven", "symbols-missing", "symbols-mismatch"];

/// Tells which binaries have no names, those with most frames first.
fn missing(profile: &Profile, modules: &[Module], job: &Job) {
    let is_missing = |module: &&Module| {
        let may_have_names = !matches!(module.from, NamesFrom::Itself | NamesFrom::Outside);
        module.lookup.symbols.is_none() && module.lookup.lines.is_none() && may_have_names
    };
    let mut missing: Vec<&Module> = modules.iter().filter(is_missing).collect();
    missing.sort_by_key(|module| std::cmp::Reverse(module.frames.len()));
    let (mismatched, missing): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|module| other_build(module).is_some());
    let (unproven, missing): (Vec<_>, Vec<_>) = missing.into_iter().partition(|module| {
        module.lookup.tried.iter().any(|tried| tried.found == Finding::Unproven)
    });
    job.note_many(Severity::Unshown, "symbols-unproven", unproven.len() as u64, || {
        let names: Vec<String> = unproven.iter().map(|module| describe(profile, module)).collect();
        format!(
            "functions have no names where no build id was recorded and the file may be another \
             one since: {}; add the folder of the recorded binaries to those that are searched",
            list(&names)
        )
    });
    job.note_many(Severity::Unshown, "symbols-missing", missing.len() as u64, || {
        let names: Vec<String> = missing.iter().map(|module| describe(profile, module)).collect();
        format!(
            "functions have no names in {}; add the folder of the binaries or of their debug \
             files to those that are searched",
            list(&names)
        )
    });
    job.note_many(Severity::Unshown, "symbols-mismatch", mismatched.len() as u64, || {
        let names: Vec<String> =
            mismatched.iter().map(|module| describe(profile, module)).collect();
        format!(
            "functions have no names where the file is not the one that was recorded: {}; add \
             the folder of the recorded binaries to those that are searched",
            list(&names)
        )
    });
}

/// The first file of another build.
fn other_build(module: &Module) -> Option<(&std::path::Path, Option<&str>)> {
    module.lookup.tried.iter().find_map(|tried| match &tried.found {
        Finding::OtherBuild { build_id } => Some((&*tried.path, build_id.as_deref())),
        _ => None,
    })
}

fn name<'p>(profile: &'p Profile, module: &Module) -> &'p str {
    file_name(profile.text(profile.mappings().row(module.mapping).path))
}

fn describe(profile: &Profile, module: &Module) -> String {
    let row = profile.mappings().row(module.mapping);
    let build_id = row.build_id.map_or("none", |id| profile.text(id));
    let frames = match module.frames.len() {
        1 => "1 frame".to_owned(),
        n_frames => format!("{n_frames} frames"),
    };
    let text = match other_build(module) {
        None => format!("{} ({frames}, build id {build_id})", name(profile, module)),
        Some((path, found)) => format!(
            "{} ({frames}, build id {build_id}, found {})",
            path.display(),
            found.unwrap_or("none")
        ),
    };
    // A broken recording may name anything.
    text.replace(char::is_control, "\u{fffd}")
}

/// The first few of a list, and how many more there are.
fn list(names: &[String]) -> String {
    let listed = names.get(..MAX_NAMED).unwrap_or(names).join(", ");
    match names.len().saturating_sub(MAX_NAMED) {
        0 => listed,
        n_more => format!("{listed} and {n_more} more"),
    }
}
