//! How call paths are shown by a verb.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use rview_core::{
    FunctionKey, Granularity, GroupBy, LabelGroups, Profile, Shape, Shaped, Transform,
};

use super::{Failure, WRONG_USE};

/// What call paths are of.
#[derive(Args)]
pub(super) struct PathsOf {
    /// What is listed: functions, or something finer or coarser
    #[arg(long, value_enum, value_name = "WHAT", default_value = "function")]
    granularity: Of,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    /// Lines of source, as `go tool pprof -lines`
    Line,
    /// Functions
    Function,
    /// Files of source, as `go tool pprof -files`
    File,
    /// Binaries, or what the format has for them
    Module,
}

impl PathsOf {
    pub(super) fn granularity(&self) -> Granularity {
        match self.granularity {
            Of::Line => Granularity::Line,
            Of::Function => Granularity::Function,
            Of::File => Granularity::File,
            Of::Module => Granularity::Module,
        }
    }
}

/// What all `--transform` ask for, of what is listed: lines of functions have other names.
pub(super) fn transforms(
    profile: &Arc<Profile>,
    granularity: Granularity,
    texts: &[String],
) -> Result<Vec<Transform>, Failure> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let shaped = Shaped::new(profile, Shape { granularity, ..Shape::default() });
    texts.iter().map(|text| transform(&shaped.profile, text)).collect()
}

/// What `--transform` asks for, such as `focus=main`: `focus`, `merge`, `drop`, `collapse`,
/// `recursion` and `direct-recursion` of a function, `module` and `file` to collapse, `idle`.
fn transform(profile: &Profile, text: &str) -> Result<Transform, Failure> {
    let fail = |what: &str| Failure::new(WRONG_USE, format!("--transform {text}: {what}"));
    let (kind, name) = text.split_once('=').unwrap_or((text, ""));
    let functions = || profile.symbols().functions().ids();
    let file = |id| profile.symbols().functions().row(id).file.map(|file| profile.text(file));
    let function = || {
        let found = functions().find(|&id| profile.function_name(id) == name);
        let found = found.ok_or_else(|| fail("no function is called so"))?;
        Ok(FunctionKey::of(profile, found))
    };
    Ok(match kind {
        "focus" => Transform::FocusFunction(function()?),
        "merge" => Transform::MergeFunction(function()?),
        "drop" => Transform::DropFunction(function()?),
        "collapse" => Transform::CollapseFunction(function()?),
        "recursion" => Transform::CollapseRecursion(function()?),
        "direct-recursion" => Transform::CollapseDirectRecursion(function()?),
        "module" if functions().any(|id| profile.function_module(id) == name) => {
            Transform::CollapseModule(name.to_owned())
        }
        "module" => return Err(fail("no module is called so")),
        "file" if functions().any(|id| file(id) == Some(name)) => {
            Transform::CollapseFile(name.to_owned())
        }
        "file" => return Err(fail("no file is called so")),
        "idle" => Transform::HideIdle,
        _ => {
            return Err(fail(
                "there is focus, merge, drop, collapse, recursion, direct-recursion, module, \
                 file and idle",
            ));
        }
    })
}

/// What paths are of, for a heading.
pub(super) fn plural(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Line => "Lines",
        Granularity::Function => "Functions",
        Granularity::File => "Files",
        Granularity::Module => "Modules",
    }
}

/// What `--group-by` names: `thread`, `process`, or a key of labels.
pub(super) fn group_by(profile: &Profile, name: &str) -> Result<GroupBy, Failure> {
    let all = GroupBy::all(profile);
    let known = all.iter().find(|by| by.name() == name).cloned();
    // Keys that few samples have are not offered.
    let rare = || LabelGroups::keys(profile).into_iter().find(|key| key == name);
    known.or_else(|| rare().map(GroupBy::Label)).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(GroupBy::name).collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        Failure::new(WRONG_USE, format!("--group-by {name}: there is {names} to group by"))
    })
}
