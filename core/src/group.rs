//! What samples and slices are grouped by, and the group of each.

use std::borrow::Cow;

use crate::id::row_number;
use crate::{LabelGroups, LabelSetId, Measure, ProcessId, Profile, Selection, ThreadId};

/// The groups that the values of a label make at most, those beyond the heaviest together: each
/// has call paths of its own, and nobody looks through more.
const MAX_GROUPS: usize = 256;

/// The keys of labels that are offered at most.
pub(crate) const MAX_KEYS: usize = 100;

/// What call paths are grouped by: each group becomes a root of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// The process.
    Process,
    /// The thread.
    Thread,
    /// The value of a label, by its key; many numbers in buckets, see [`LabelGroups`], and all
    /// but the heaviest of many texts in one group.
    Label(String),
}

impl GroupBy {
    /// Everything that tells samples or slices of a profile apart; of labels the keys that most
    /// samples have, if there are more than a hundred.
    pub fn all(profile: &Profile) -> Vec<Self> {
        let process = (profile.processes().len() > 1).then_some(Self::Process);
        let thread = (profile.threads().len() > 1).then_some(Self::Thread);
        let labels = LabelGroups::common_keys(profile, MAX_KEYS).into_iter().map(Self::Label);
        process.into_iter().chain(thread).chain(labels).collect()
    }

    /// What it is called, for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Process => "process",
            Self::Thread => "thread",
            Self::Label(key) => key,
        }
    }
}

/// The group of every sample and slice of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    of: GroupOf,
}

/// What tells the group of a sample or slice.
#[derive(Clone, Debug, PartialEq, Eq)]
enum GroupOf {
    /// By [`LabelSetId`], and at the end that of samples without labels. Slices have none.
    Labels(Vec<u32>),
    Rows {
        /// By sample.
        samples: Vec<u32>,
        /// By slice; [`Groups::NONE`] for those that are of no group.
        slices: Vec<u32>,
    },
}

impl Groups {
    const NONE: u32 = u32::MAX;

    /// Finds the groups: linear in the samples, and for threads and processes in the slices.
    /// Slices have no labels.
    pub fn new(profile: &Profile, by: &GroupBy) -> Self {
        match by {
            GroupBy::Label(key) => Self::of_labels(profile, &LabelGroups::new(profile, key)),
            GroupBy::Thread => {
                let ids = profile.threads().ids();
                Self::of_threads(profile, ids.map(|id| thread_name(profile, id)), ThreadId::raw)
            }
            GroupBy::Process => {
                let ids = profile.processes().ids();
                let names = ids.map(|id| process_name(profile, id));
                let threads = profile.threads();
                Self::of_threads(profile, names, |thread| threads.row(thread).process.raw())
            }
        }
    }

    fn of_labels(profile: &Profile, groups: &LabelGroups) -> Self {
        let (names, row) = with_others(profile, groups);
        let sets = profile.labels().ids().map(Some).chain([None]);
        let of_set = sets.map(|labels| row[groups.of(labels) as usize]).collect();
        Self { names, of: GroupOf::Labels(of_set) }
    }

    fn of_threads(
        profile: &Profile,
        names: impl Iterator<Item = String>,
        group: impl Fn(ThreadId) -> u32,
    ) -> Self {
        let (tracks, slices) = (profile.tracks(), profile.slices());
        let mut of_slice = vec![Self::NONE; slices.len()];
        for track in tracks.ids() {
            let Some(thread) = tracks.row(track).thread else { continue };
            for lane in tracks.lanes(track) {
                of_slice[slices.lane_slices(lane)].fill(group(thread));
            }
        }
        let of_sample = profile.samples().threads().iter().map(|&thread| group(thread));
        Self {
            names: names.collect(),
            of: GroupOf::Rows { samples: of_sample.collect(), slices: of_slice },
        }
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no group at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What each group is called: `endpoint=/api/users`, `worker 1235`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The group of a sample or slice; more than there are for what is of none.
    #[inline]
    pub(crate) fn of(&self, row: GroupedRow) -> u32 {
        let row_in = |column: &[u32], row: u32| column.get(row as usize).copied();
        let group = match &self.of {
            GroupOf::Labels(of_set) => row_in(of_set, row.labels),
            GroupOf::Rows { samples, slices } => match row.slice(samples.len()) {
                None => row_in(samples, row.row),
                Some(slice) => slices.get(slice).copied(),
            },
        };
        group.unwrap_or(Self::NONE)
    }
}

/// A sample, or behind all samples a slice, with what [`Groups`] ask of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupedRow {
    pub(crate) row: u32,
    /// The row of its set of labels; for samples without one the number of all sets, and more for
    /// slices.
    labels: u32,
}

impl GroupedRow {
    pub(crate) fn of_sample(profile: &Profile, sample: usize) -> Self {
        let labels = profile.samples().labels(sample);
        let labels = labels.map_or(profile.labels().len(), LabelSetId::index);
        Self { row: row_number(sample), labels: row_number(labels) }
    }

    pub(crate) fn of_slice(profile: &Profile, slice: usize) -> Self {
        Self { row: row_number(profile.samples().len() + slice), labels: u32::MAX }
    }

    /// Which slice it is; `None` for a sample.
    pub(crate) fn slice(self, n_samples: usize) -> Option<usize> {
        (self.row as usize).checked_sub(n_samples)
    }
}

/// The names of no more than [`MAX_GROUPS`] groups, and which of them each value is in. The one of
/// all values that are not among the heaviest comes last.
fn with_others(profile: &Profile, groups: &LabelGroups) -> (Vec<String>, Vec<u32>) {
    let n_others = groups.len().saturating_sub(MAX_GROUPS - 1);
    let Some(measure) = Measure::default_of(profile).filter(|_| n_others > 1) else {
        return (groups.names().to_vec(), (0_u32..).take(groups.len()).collect());
    };
    let totals = groups.totals(profile, measure, &Selection::default());
    let mut heaviest: Vec<usize> = (0..groups.len()).collect();
    // What has no such label is no value of it, however little it is.
    heaviest
        .sort_by_key(|&group| (group > 0, std::cmp::Reverse(totals[group].weight.unsigned_abs())));
    heaviest.truncate(MAX_GROUPS - 1);
    heaviest.sort_unstable();
    let mut names: Vec<String> =
        heaviest.iter().map(|&group| groups.names()[group].clone()).collect();
    let others = row_number(names.len());
    names.push(format!("({n_others} other values of {})", groups.key()));
    let mut row = vec![others; groups.len()];
    for (number, &group) in (0_u32..).zip(&heaviest) {
        row[group] = number;
    }
    (names, row)
}

/// A thread for people: `worker 1235`.
pub fn thread_name(profile: &Profile, thread: ThreadId) -> String {
    let row = profile.threads().row(thread);
    match (profile.text(row.name), thread_id_text(profile, thread)) {
        ("", id) if row.id_text.is_none() => format!("Thread {id}"),
        (name, id) => joined(name, &id),
    }
}

/// A process for people: `server 1234`.
pub fn process_name(profile: &Profile, process: ProcessId) -> String {
    let row = profile.processes().row(process);
    match (profile.text(row.name), process_id_text(profile, process)) {
        ("", id) if row.id_text.is_none() => format!("Process {id}"),
        (name, id) => joined(name, &id),
    }
}

/// The id of a thread, as the file has it: a number, or any text.
pub fn thread_id_text(profile: &Profile, thread: ThreadId) -> Cow<'_, str> {
    let row = profile.threads().row(thread);
    row.id_text.map_or_else(|| row.tid.to_string().into(), |text| profile.text(text).into())
}

/// The id of a process, as the file has it: a number, or any text.
pub fn process_id_text(profile: &Profile, process: ProcessId) -> Cow<'_, str> {
    let row = profile.processes().row(process);
    row.id_text.map_or_else(|| row.pid.to_string().into(), |text| profile.text(text).into())
}

/// A name and an id, which is the only name that some threads have.
fn joined(name: &str, id: &str) -> String {
    if name.is_empty() || name == id { id.to_owned() } else { format!("{name} {id}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    #[test]
    fn ids_that_are_texts_stand_beside_names_in_place_of_numbers() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(-1, "");
        builder.process_mut(process).id_text = Some(builder.string("Renderer"));
        let mut thread = |name: &str, id_text: Option<&str>| {
            let thread = builder.thread(process, -2, name);
            builder.thread_mut(thread).id_text = id_text.map(|text| builder.string(text));
            thread
        };
        let named = thread("loader", Some("Pool -1"));
        let alone = thread("Pool -1", Some("Pool -1"));
        let unnamed = thread("", Some("Pool -1"));
        let numbered = thread("", None);
        let (profile, _) = builder.finish();
        assert_eq!(process_name(&profile, process), "Renderer");
        assert_eq!(thread_name(&profile, named), "loader Pool -1");
        assert_eq!(thread_name(&profile, alone), "Pool -1");
        assert_eq!(thread_name(&profile, unnamed), "Pool -1");
        assert_eq!(thread_name(&profile, numbered), "Thread -2");
    }
}
