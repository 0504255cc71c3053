//! Transforms of what is picked: made from it by name, and what they are called.

use rview_core::{FunctionId, FunctionKey, Transform};

use super::{Picked, Session};

/// What can be done with the picked function, or the picked call of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransformKind {
    /// Stacks start at the function.
    FocusFunction,
    /// Stacks start at this call.
    FocusPath,
    /// Its weight is that of its callers.
    MergeFunction,
    /// The weight of this call is that of its caller.
    MergePath,
    /// Stacks with it are left out.
    Drop,
    /// What it calls is its own.
    CollapseFunction,
    /// From its first call to its last is one.
    CollapseRecursion,
    /// It calls itself directly no more.
    CollapseDirectRecursion,
    /// Functions of its module that call each other are one.
    CollapseModule,
    /// Functions of its file that call each other are one.
    CollapseFile,
}

impl TransformKind {
    /// All, in the order of menus.
    pub const ALL: [Self; 10] = [
        Self::FocusFunction,
        Self::FocusPath,
        Self::MergeFunction,
        Self::MergePath,
        Self::Drop,
        Self::CollapseFunction,
        Self::CollapseRecursion,
        Self::CollapseDirectRecursion,
        Self::CollapseModule,
        Self::CollapseFile,
    ];

    /// What menus and the palette call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FocusFunction => "Focus on the function",
            Self::FocusPath => "Focus on this call",
            Self::MergeFunction => "Merge the function into its callers",
            Self::MergePath => "Merge this call into its caller",
            Self::Drop => "Drop stacks with the function",
            Self::CollapseFunction => "Collapse what the function calls",
            Self::CollapseRecursion => "Collapse its recursion",
            Self::CollapseDirectRecursion => "Collapse its direct recursion",
            Self::CollapseModule => "Collapse its module",
            Self::CollapseFile => "Collapse its file",
        }
    }

    /// Whether a line stands above it in menus.
    pub fn starts_group(self) -> bool {
        matches!(self, Self::MergeFunction | Self::CollapseFunction)
    }
}

impl Session {
    /// What a kind of transform is of what is picked; `None` where that has none.
    pub fn transform(&self, kind: TransformKind) -> Option<Transform> {
        let function = self.picked_function().filter(|&it| self.is_of_program(it))?;
        let profile = &*self.base.shaped.profile;
        let key = || FunctionKey::of(profile, function);
        let path = || {
            let path = self.picked_path()?;
            Some(Transform::path_key(profile, &self.base.paths, path))
        };
        Some(match kind {
            TransformKind::FocusFunction => Transform::FocusFunction(key()),
            TransformKind::FocusPath => Transform::FocusPath(path()?),
            TransformKind::MergeFunction => Transform::MergeFunction(key()),
            TransformKind::MergePath => Transform::MergePath(path()?),
            TransformKind::Drop => Transform::DropFunction(key()),
            TransformKind::CollapseFunction => Transform::CollapseFunction(key()),
            TransformKind::CollapseRecursion => Transform::CollapseRecursion(key()),
            TransformKind::CollapseDirectRecursion => Transform::CollapseDirectRecursion(key()),
            TransformKind::CollapseModule => {
                let module = profile.function_module(function);
                (!module.is_empty()).then(|| Transform::CollapseModule(module.to_owned()))?
            }
            TransformKind::CollapseFile => {
                let file = profile.symbols().functions().row(function).file?;
                Transform::CollapseFile(profile.text(file).to_owned())
            }
        })
    }

    /// Whether a function is one: groups are none, and markers are of no stack.
    fn is_of_program(&self, function: FunctionId) -> bool {
        !matches!(self.picked, Picked::Marker(_)) && !self.base.shaped.is_group(function)
    }
}

/// A transform as a part of a sentence.
pub fn transform_in_words(transform: &Transform) -> String {
    let subject = transform.subject();
    match transform {
        Transform::FocusFunction(_) => format!("focus on {subject}"),
        Transform::FocusPath(_) => format!("focus on a call of {subject}"),
        Transform::MergeFunction(_) => format!("merge {subject}"),
        Transform::MergePath(_) => format!("merge a call of {subject}"),
        Transform::DropFunction(_) => format!("drop {subject}"),
        Transform::CollapseFunction(_) => format!("collapse {subject}"),
        Transform::CollapseRecursion(_) => format!("collapse recursion of {subject}"),
        Transform::CollapseDirectRecursion(_) => format!("collapse direct recursion of {subject}"),
        Transform::CollapseModule(_) | Transform::CollapseFile(_) => {
            format!("collapse {}", rview_core::file_name(subject))
        }
        Transform::HideIdle => "hide idle".to_owned(),
    }
}
