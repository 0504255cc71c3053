//! Transforms: what is left out of stacks, or drawn together in them, as data.
//!
//! Each says what becomes of a stack, root first, whatever it is the stack of:
//!
//! | transform               | of `a b c b d`, where of `b`, or of its module | becomes   |
//! |-------------------------|--------------------------------------------------|-----------|
//! | `FocusFunction`         | what comes before its outermost call is left out | `b c b d` |
//! | `FocusPath` of `a b c`  | what comes before is left out                    | `c b d`   |
//! | `MergeFunction`         | its calls are left out                           | `a c d`   |
//! | `MergePath` of `a b`    | this call is left out                            | `a c b d` |
//! | `DropFunction`          | the stack is left out                            |           |
//! | `CollapseFunction`      | what it calls is left out                        | `a b`     |
//! | `CollapseRecursion`     | from its first call to its last is one call      | `a b d`   |
//! | `CollapseModule`        | neighbors of the module are one call of it       | `a m c m d` |
//!
//! Stacks that a focus does not find are left out, and so are those of which nothing is left.
//! What a stack weighs goes to where it ends then, so that the weights of all stacks that are
//! left add up to what they did before.

use crate::{CallPaths, FunctionId, FunctionSet, PathId, Profile};

/// A function by what it is called: the same in a file that is read again and under better names
/// of others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionKey {
    /// Its name.
    pub name: String,
    /// Its binary or category; empty where it has none.
    pub module: String,
}

/// A call path by what its functions are called, the root first, and whether each is inlined.
pub type PathKey = Vec<(FunctionKey, bool)>;

/// One change of all stacks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transform {
    /// Stacks start at the outermost call of a function; those without one are left out.
    FocusFunction(FunctionKey),
    /// Stacks start at this call; those that do not go through it are left out.
    FocusPath(PathKey),
    /// What a function weighs itself is that of its callers.
    MergeFunction(FunctionKey),
    /// What this call weighs itself is that of its caller.
    MergePath(PathKey),
    /// Stacks with a function are left out.
    DropFunction(FunctionKey),
    /// What a function calls is its own.
    CollapseFunction(FunctionKey),
    /// A function that calls itself, through whatever others, does so no more: from the first of
    /// its calls on a stack to the last is one.
    CollapseRecursion(FunctionKey),
    /// A function that calls itself directly does so no more.
    CollapseDirectRecursion(FunctionKey),
    /// Functions of a module that call each other are one.
    CollapseModule(String),
    /// Functions of a source file that call each other are one.
    CollapseFile(String),
    /// Stacks in which a thread only waits are left out, where the recording says so.
    HideIdle,
}

/// What runtimes call the time in which nothing runs, as function or category.
const IDLE: [&str; 5] = ["(idle)", "Idle", "idle", "[idle]", "swapper"];

impl FunctionKey {
    /// The key of a function.
    pub fn of(profile: &Profile, function: FunctionId) -> Self {
        Self {
            name: profile.function_name(function).to_owned(),
            module: profile.function_module(function).to_owned(),
        }
    }

    /// The functions that are called so: linear in their number.
    pub fn find(&self, profile: &Profile) -> FunctionSet {
        functions(profile, |it| {
            profile.function_name(it) == self.name && profile.function_module(it) == self.module
        })
    }
}

impl Transform {
    /// The key of a path.
    pub fn path_key(profile: &Profile, paths: &CallPaths, path: PathId) -> PathKey {
        let call = |path| (FunctionKey::of(profile, paths.function(path)), paths.is_inlined(path));
        let mut calls: PathKey = paths.walk_to_root(path).map(call).collect();
        calls.reverse();
        calls
    }

    /// Whether the recording says when nothing runs.
    pub fn knows_idle(profile: &Profile) -> bool {
        !idle(profile).is_empty()
    }

    /// What it is about, for people: a function, a module, a file.
    pub fn subject(&self) -> &str {
        match self {
            Self::FocusFunction(function)
            | Self::MergeFunction(function)
            | Self::DropFunction(function)
            | Self::CollapseFunction(function)
            | Self::CollapseRecursion(function)
            | Self::CollapseDirectRecursion(function) => &function.name,
            Self::FocusPath(path) | Self::MergePath(path) => {
                path.last().map_or("", |(function, _)| &function.name)
            }
            Self::CollapseModule(name) | Self::CollapseFile(name) => name,
            Self::HideIdle => "idle",
        }
    }
}

/// The functions of which `is_in` holds.
pub(crate) fn functions(
    profile: &Profile,
    is_in: impl Fn(FunctionId) -> bool + Sync,
) -> FunctionSet {
    FunctionSet::all(profile.symbols().functions().len()).filtered(is_in)
}

/// The functions in which nothing runs.
pub(crate) fn idle(profile: &Profile) -> FunctionSet {
    functions(profile, |it| {
        let row = profile.symbols().functions().row(it);
        let category = row.category.map_or("", |category| profile.text(category));
        IDLE.contains(&profile.text(row.name)) || category == "Idle"
    })
}

#[cfg(test)]
mod tests;
