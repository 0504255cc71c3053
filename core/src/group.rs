//! What samples and slices are grouped by, and the group of each.

use crate::id::row_number;
use crate::{LabelGroups, Measure, ProcessId, Profile, Selection, ThreadId};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    names: Vec<String>,
    /// By sample.
    of_sample: Vec<u32>,
    /// By slice; [`Self::NONE`] for those that are of no group. Empty where none is of any.
    of_slice: Vec<u32>,
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
        let samples = profile.samples();
        let (names, row) = with_others(profile, groups);
        let of_sample =
            (0..samples.len()).map(|sample| row[groups.of(samples.labels(sample)) as usize]);
        Self { names, of_sample: of_sample.collect(), of_slice: Vec::new() }
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
        Self { names: names.collect(), of_sample: of_sample.collect(), of_slice }
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

    /// The group of a sample, or of a slice: those come after all samples. More than there are
    /// for what is of none.
    #[inline]
    pub(crate) fn of_row(&self, row: u32) -> u32 {
        let row = row as usize;
        let group = match row.checked_sub(self.of_sample.len()) {
            None => self.of_sample.get(row),
            Some(slice) => self.of_slice.get(slice),
        };
        group.copied().unwrap_or(Self::NONE)
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
    match (profile.text(row.name), row.tid) {
        ("", tid) => format!("Thread {tid}"),
        (name, tid) => format!("{name} {tid}"),
    }
}

/// A process for people: `server 1234`.
pub fn process_name(profile: &Profile, process: ProcessId) -> String {
    let row = profile.processes().row(process);
    match (profile.text(row.name), row.pid) {
        ("", pid) => format!("Process {pid}"),
        (name, pid) => format!("{name} {pid}"),
    }
}
