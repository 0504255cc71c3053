//! What is asked of a file, by the names in it: ids mean nothing in another recording.

use serde::{Deserialize, Serialize};

use rview_core::{
    FunctionKey, Granularity, GroupBy, LabelGroups, LabelQuery, Measure, Profile, Transform, Wants,
};

use super::tracks::TrackName;
use crate::analysis::{Base, Question};

/// What is asked of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeptQuestion {
    measure: Option<String>,
    pub(super) range_ns: Option<[i64; 2]>,
    thread: Option<TrackName>,
    labels: Vec<KeptLabel>,
    only: Option<String>,
    granularity: Option<String>,
    group_by: Option<KeptGroup>,
    transforms: Vec<KeptTransform>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptLabel {
    key: String,
    value: Option<String>,
    #[serde(default)]
    without: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptGroup {
    Process,
    Thread,
    Label(String),
}

/// A function on a call path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KeptFunction {
    name: String,
    #[serde(default)]
    module: String,
    #[serde(default)]
    inlined: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptTransform {
    FocusFunction(KeptFunction),
    FocusPath(Vec<KeptFunction>),
    MergeFunction(KeptFunction),
    MergePath(Vec<KeptFunction>),
    DropFunction(KeptFunction),
    CollapseFunction(KeptFunction),
    CollapseRecursion(KeptFunction),
    CollapseDirectRecursion(KeptFunction),
    CollapseModule(String),
    CollapseFile(String),
    HideIdle,
}

impl KeptQuestion {
    /// A question to a recording.
    pub(super) fn of(question: &Question, profile: &Profile) -> Self {
        let shape = &question.shape;
        Self {
            measure: question.measure.map(|measure| measure.name(profile)),
            range_ns: question.range_ns.as_ref().map(|range| [range.start, range.end]),
            thread: question.thread.map(|thread| TrackName::of_thread(profile, thread)),
            labels: question.labels.iter().map(KeptLabel::of).collect(),
            only: question.only.clone(),
            granularity: Some(shape.granularity.name().to_owned()),
            group_by: shape.group_by.as_ref().map(|by| match by {
                GroupBy::Process => KeptGroup::Process,
                GroupBy::Thread => KeptGroup::Thread,
                GroupBy::Label(key) => KeptGroup::Label(key.clone()),
            }),
            transforms: shape.transforms.iter().map(KeptTransform::of).collect(),
        }
    }

    /// The same question to another recording, as far as it can be asked there; what is added up
    /// is as in `otherwise` where that has nothing of the name.
    pub(super) fn to(self, otherwise: &Question, profile: &Profile, base: &Base) -> Question {
        let mut question = otherwise.clone();
        let mut measures = Measure::all(profile).into_iter();
        let measure = measures.find(|it| Some(it.name(profile)) == self.measure);
        question.measure = measure.or(otherwise.measure);
        let end_ns = profile.duration_ns();
        let range = self.range_ns.filter(|&[start, end]| start < end && end <= end_ns);
        question.range_ns = range.map(|[start, end]| start..end);
        question.thread = self.thread.and_then(|name| name.find_thread(profile));
        let keys = LabelGroups::keys(profile);
        let labels = self.labels.into_iter().map(KeptLabel::query);
        question.labels =
            labels.filter(|it| it.wants == Wants::Without || keys.contains(&it.key)).collect();
        question.only = self.only;
        let group_by = self.group_by.map(|by| match by {
            KeptGroup::Process => GroupBy::Process,
            KeptGroup::Thread => GroupBy::Thread,
            KeptGroup::Label(key) => GroupBy::Label(key),
        });
        question.shape.group_by = group_by.filter(|by| base.groups.contains(by));
        let named = |it: &&Granularity| Some(it.name()) == self.granularity.as_deref();
        question.shape.granularity =
            base.granularities.iter().find(named).copied().unwrap_or_default();
        question.shape.transforms =
            self.transforms.into_iter().map(KeptTransform::transform).collect();
        question
    }
}

impl KeptLabel {
    fn of(query: &LabelQuery) -> Self {
        let LabelQuery { key, value, wants } = query.clone();
        Self { key, value, without: wants == Wants::Without }
    }

    fn query(self) -> LabelQuery {
        let wants = if self.without { Wants::Without } else { Wants::With };
        LabelQuery { key: self.key, value: self.value, wants }
    }
}

impl KeptFunction {
    pub(super) fn of(key: &FunctionKey) -> Self {
        Self { name: key.name.clone(), module: key.module.clone(), inlined: false }
    }

    pub(super) fn key(self) -> FunctionKey {
        FunctionKey { name: self.name, module: self.module }
    }

    fn of_path(path: &[(FunctionKey, bool)]) -> Vec<Self> {
        path.iter().map(|(key, inlined)| Self { inlined: *inlined, ..Self::of(key) }).collect()
    }

    fn path(path: Vec<Self>) -> Vec<(FunctionKey, bool)> {
        let call = |call: Self| {
            let inlined = call.inlined;
            (call.key(), inlined)
        };
        path.into_iter().map(call).collect()
    }
}

impl KeptTransform {
    fn of(transform: &Transform) -> Self {
        let (key, path) = (KeptFunction::of, |path: &[_]| KeptFunction::of_path(path));
        match transform {
            Transform::FocusFunction(it) => Self::FocusFunction(key(it)),
            Transform::FocusPath(it) => Self::FocusPath(path(it)),
            Transform::MergeFunction(it) => Self::MergeFunction(key(it)),
            Transform::MergePath(it) => Self::MergePath(path(it)),
            Transform::DropFunction(it) => Self::DropFunction(key(it)),
            Transform::CollapseFunction(it) => Self::CollapseFunction(key(it)),
            Transform::CollapseRecursion(it) => Self::CollapseRecursion(key(it)),
            Transform::CollapseDirectRecursion(it) => Self::CollapseDirectRecursion(key(it)),
            Transform::CollapseModule(it) => Self::CollapseModule(it.clone()),
            Transform::CollapseFile(it) => Self::CollapseFile(it.clone()),
            Transform::HideIdle => Self::HideIdle,
        }
    }

    fn transform(self) -> Transform {
        match self {
            Self::FocusFunction(it) => Transform::FocusFunction(it.key()),
            Self::FocusPath(it) => Transform::FocusPath(KeptFunction::path(it)),
            Self::MergeFunction(it) => Transform::MergeFunction(it.key()),
            Self::MergePath(it) => Transform::MergePath(KeptFunction::path(it)),
            Self::DropFunction(it) => Transform::DropFunction(it.key()),
            Self::CollapseFunction(it) => Transform::CollapseFunction(it.key()),
            Self::CollapseRecursion(it) => Transform::CollapseRecursion(it.key()),
            Self::CollapseDirectRecursion(it) => Transform::CollapseDirectRecursion(it.key()),
            Self::CollapseModule(it) => Transform::CollapseModule(it),
            Self::CollapseFile(it) => Transform::CollapseFile(it),
            Self::HideIdle => Transform::HideIdle,
        }
    }
}
