//! What counts: which of the samples or slices, and what each is worth.

mod merged;
mod recorded;
mod set;
mod stacks;

use std::ops::Range;
use std::sync::Arc;

use crate::bits::Bits;
use crate::{
    CallPaths, LabelSelection, LabelSetId, PathId, Profile, ThreadId, Track, Unit, ValueTypeId,
    Weights,
};

use merged::Merged;
pub(crate) use recorded::LatestWeights;
pub use set::SampleSet;
pub(crate) use stacks::Met;
pub use stacks::StackFilter;

/// What a sample or slice is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The weights of the samples in one value type.
    Weight(ValueTypeId),
    /// The self time of the slices of threads, in nanoseconds: how long each lasts, less the
    /// slices nested directly in it.
    SliceTime,
}

impl Measure {
    /// Everything that can be measured in a profile: its value types in the order of the file,
    /// then the time of slices.
    pub fn all(profile: &Profile) -> Vec<Self> {
        let slice_time = has_thread_slices(profile).then_some(Self::SliceTime);
        profile.value_type_ids().map(Self::Weight).chain(slice_time).collect()
    }

    /// What to show first: the profile's own choice if it has samples, else the time of slices.
    /// `None` when it has neither.
    pub fn default_of(profile: &Profile) -> Option<Self> {
        let weight = profile.default_value_type().map(Self::Weight);
        let slice_time = has_thread_slices(profile).then_some(Self::SliceTime);
        if profile.samples().is_empty() { slice_time.or(weight) } else { weight.or(slice_time) }
    }

    /// The name of the measure, for people.
    pub fn name(self, profile: &Profile) -> String {
        match self {
            Self::Weight(value_type) => {
                profile.value_types()[value_type.index()].name.clone().into_string()
            }
            Self::SliceTime => "Slice time".to_owned(),
        }
    }

    /// What the numbers are of.
    pub fn unit(self, profile: &Profile) -> Unit {
        match self {
            Self::Weight(value_type) => profile.value_types()[value_type.index()].unit.clone(),
            Self::SliceTime => Unit::Nanoseconds,
        }
    }
}

fn has_thread_slices(profile: &Profile) -> bool {
    let tracks = profile.tracks();
    let has_slices = |track| tracks.lanes(track).len() > 0;
    tracks.ids().any(|track| tracks.row(track).thread.is_some() && has_slices(track))
}

/// Which samples and slices count; each field that is set leaves some out. Default: all count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only what is in this range, in nanoseconds since the start of the profile: samples from
    /// its start to before its end, and the part of each slice that is in it. Samples of a
    /// format without times always count.
    pub range_ns: Option<Range<i64>>,
    /// Only the threads for which this is true, by [`ThreadId`]; those past its end do not count.
    pub threads: Option<Vec<bool>>,
    /// Only stacks with some functions, and without others.
    pub only: Option<Arc<StackFilter>>,
    /// Only samples with these sets of labels.
    pub labels: Option<Arc<LabelSelection>>,
}

impl Selection {
    /// Whether a thread counts.
    #[inline]
    pub fn has_thread(&self, thread: ThreadId) -> bool {
        let threads = self.threads.as_ref();
        threads.is_none_or(|threads| threads.get(thread.index()).copied().unwrap_or_default())
    }

    /// Whether the slices of a track count. Asynchronous work is of no thread: it counts unless
    /// some threads are chosen.
    pub fn has_track(&self, track: &Track) -> bool {
        match track.thread {
            Some(thread) => self.has_thread(thread),
            None => self.threads.is_none(),
        }
    }

    /// Whether samples with this set of labels count.
    #[inline]
    pub fn has_labels(&self, labels: Option<LabelSetId>) -> bool {
        self.labels.as_ref().is_none_or(|selection| selection.has(labels))
    }

    /// The samples in the range, whatever their thread.
    pub fn samples(&self, profile: &Profile) -> Range<usize> {
        let samples = profile.samples();
        match (&self.range_ns, samples.times_ns()) {
            (Some(range), Some(times)) => {
                let start = times.partition_point(|&time| time < range.start);
                let end = times.partition_point(|&time| time < range.end);
                start..end.max(start)
            }
            _ => 0..samples.len(),
        }
    }
}

impl Measure {
    /// What everything that counts adds up to: one pass over the samples or slices, none where
    /// all samples count.
    pub fn total(self, profile: &Profile, paths: &CallPaths, selection: &Selection) -> i64 {
        match self {
            Self::Weight(value_type)
                if *selection == Selection::default() && !paths.leaves_out() =>
            {
                profile.samples().weights(value_type).total()
            }
            Self::Weight(value_type) => {
                let mut total = 0;
                let add = |_, weight| total += weight;
                selection.for_each_weight(profile, paths, value_type, add);
                total
            }
            Self::SliceTime => PathWeights::new(profile, paths, self, selection).total(),
        }
    }
}

impl Selection {
    /// Calls `visit` for each sample that counts, whatever it weighs, in order.
    pub fn for_each_sample(&self, profile: &Profile, paths: &CallPaths, visit: impl FnMut(usize)) {
        self.for_each_on(self.recorded_paths(paths).as_ref(), profile, paths, visit);
    }

    /// The same of those that end in one of some paths, as they are before transforms.
    fn for_each_on(
        &self,
        containing: Option<&Bits>,
        profile: &Profile,
        paths: &CallPaths,
        mut visit: impl FnMut(usize),
    ) {
        let samples = profile.samples();
        for sample in self.samples(profile) {
            let is_in = || {
                let path = paths.recorded_of_sample(sample).index();
                containing.is_none_or(|containing| containing.contains(path))
            };
            if self.has_thread(samples.threads()[sample])
                && self.has_labels(samples.labels(sample))
                && is_in()
            {
                visit(sample);
            }
        }
    }

    /// Calls `visit(sample, weight)` for each sample that counts and weighs something, in order.
    pub fn for_each_weight(
        &self,
        profile: &Profile,
        paths: &CallPaths,
        value_type: ValueTypeId,
        mut visit: impl FnMut(usize, i64),
    ) {
        let samples = profile.samples();
        let weights = samples.weights(value_type);
        let containing = self.recorded_paths(paths);
        let is_all = containing.is_none() && *self == Self::default();
        let counts = |sample: usize| {
            let is_in =
                |containing: &Bits| containing.contains(paths.recorded_of_sample(sample).index());
            self.has_thread(samples.threads()[sample])
                && self.has_labels(samples.labels(sample))
                && containing.as_ref().is_none_or(is_in)
        };
        weights.for_each_in(self.samples(profile), |sample, weight| {
            if weight != 0 && (is_all || counts(sample)) {
                visit(sample, weight);
            }
        });
    }
}

/// What each call path weighs by itself, in one [`Measure`] of one [`Selection`].
///
/// # Invariants
///
/// * The self weights add up to the total, exactly, and every sum of some of them fits in an
///   `i64`.
#[derive(Clone, Debug, Default)]
pub struct PathWeights {
    /// By path.
    self_: Vec<i64>,
    /// The paths that a sample or slice that counted ends in, also where the sum is 0.
    counted: Bits,
    total: i64,
    reference: u64,
    has_negative: bool,
    n_samples: u64,
}

impl PathWeights {
    /// Adds up what counts: linear in the samples, or slices, of the range.
    ///
    /// A sample whose weight is 0 does not count: heap profiles list every allocation site,
    /// whether or not it holds memory.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
    ) -> Self {
        Self::transformed(profile, paths, measure, selection).unwrap_or_else(|| {
            let counted = selection.recorded_paths(paths);
            let selection = (selection, counted.as_ref());
            Self::adding_up(profile, paths, measure, selection).after_transforms(paths)
        })
    }

    /// Adds up, in the paths before transforms, what counts in one of some of them.
    fn adding_up(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        (selection, containing): (&Selection, Option<&Bits>),
    ) -> Self {
        let mut weights = Self::of_nothing(paths);
        match measure {
            Measure::Weight(value_type) => {
                weights.add_samples(profile, paths, value_type, (selection, containing));
            }
            Measure::SliceTime => weights.add_slices(profile, paths, (selection, containing)),
        }
        weights
    }

    /// Nothing, in the paths before transforms.
    fn of_nothing(paths: &CallPaths) -> Self {
        let n = paths.n_recorded();
        Self { self_: vec![0; n], counted: Bits::new(n), ..Self::default() }
    }

    /// The same in the paths after transforms.
    fn after_transforms(self, paths: &CallPaths) -> Self {
        if !paths.is_transformed() {
            return self;
        }
        let (mut self_, mut counted) = (vec![0; paths.len()], Bits::new(paths.len()));
        for recorded in self.counted.iter() {
            let path = paths.after_transforms(PathId::from_index(recorded)).index();
            self_[path] += self.self_[recorded];
            counted.insert(path);
        }
        Self { self_, counted, ..self }
    }

    /// The same where each sample or slice that counts weighs 1, whatever its weight.
    pub fn counting(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
    ) -> Self {
        let counted = selection.recorded_paths(paths);
        let selection = (selection, counted.as_ref());
        Self::counting_recorded(profile, paths, measure, selection).after_transforms(paths)
    }

    /// The same in the paths before transforms.
    fn counting_recorded(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        (selection, counted): (&Selection, Option<&Bits>),
    ) -> Self {
        let mut counts = Self::of_nothing(paths);
        match measure {
            Measure::Weight(value_type) => {
                let weights = profile.samples().weights(value_type);
                selection.for_each_on(counted, profile, paths, |sample| {
                    if weights.of(sample) != 0 {
                        counts.add(paths.recorded_of_sample(sample), 1);
                    }
                });
            }
            Measure::SliceTime => {
                let selection = (selection, counted);
                for_each_slice(profile, paths, selection, |path, _| counts.add(path, 1));
            }
        }
        counts
    }

    /// Weight of what ends in this path.
    #[inline]
    pub fn self_of(&self, path: PathId) -> i64 {
        self.self_[path.index()]
    }

    /// Whether a sample or slice that counted ends in this path; weights of opposite signs may
    /// still add up to 0.
    #[inline]
    pub fn is_counted(&self, path: PathId) -> bool {
        self.counted.contains(path.index())
    }

    /// The paths of which [`Self::is_counted`] holds.
    pub(crate) fn counted(&self) -> &Bits {
        &self.counted
    }

    /// Weight of everything that counted.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// What shares are of: the total. Where weights are negative, what all of them add up to
    /// without their signs, or, in a difference that pprof has written, those of its base, which
    /// have the label `pprof::base`. Samples of one stack, thread and set of labels count as one
    /// there. As pprof counts; no more than `u64::MAX`.
    pub fn reference(&self) -> u64 {
        self.reference
    }

    /// Whether anything that counted weighs less than nothing.
    pub fn has_negative(&self) -> bool {
        self.has_negative
    }

    /// Number of samples or slices that counted.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// Weight of each path with all its callees, by path.
    pub fn totals(&self, paths: &CallPaths) -> Vec<i64> {
        let mut totals = self.self_.clone();
        for path in paths.ids().rev() {
            if let Some(parent) = paths.parent(path) {
                totals[parent.index()] += totals[path.index()];
            }
        }
        totals
    }

    #[inline]
    fn add(&mut self, path: PathId, weight: i64) {
        self.self_[path.index()] += weight;
        self.counted.insert(path.index());
        self.total += weight;
        self.reference = self.reference.saturating_add(weight.unsigned_abs());
        self.has_negative |= weight < 0;
        self.n_samples += 1;
    }

    fn add_samples(
        &mut self,
        profile: &Profile,
        paths: &CallPaths,
        value_type: ValueTypeId,
        (selection, containing): (&Selection, Option<&Bits>),
    ) {
        let samples = profile.samples();
        let weights = samples.weights(value_type);
        if containing.is_none() && *selection == Selection::default() && !weights.has_negative() {
            return self.add_all_samples(paths, weights);
        }
        let may_be_negative = weights.has_negative();
        let mut merged = Merged::default();
        weights.for_each_in(selection.samples(profile), |sample, weight| {
            let path = paths.recorded_of_sample(sample);
            if weight != 0
                && selection.has_thread(samples.threads()[sample])
                && selection.has_labels(samples.labels(sample))
                && containing.is_none_or(|containing| containing.contains(path.index()))
            {
                self.add(path, weight);
                if may_be_negative {
                    merged.add(profile, sample, weight);
                }
            }
        });
        if self.has_negative {
            self.reference = merged.reference(profile);
        }
    }

    /// Adds samples of which none weighs less than nothing: where that is all that can be asked,
    /// nothing is asked of each.
    fn add_all_samples(&mut self, paths: &CallPaths, weights: &Weights) {
        weights.for_each(|sample, weight| {
            self.self_[paths.recorded_of_sample(sample).index()] += weight;
            self.n_samples += u64::from(weight != 0);
            self.total += weight;
        });
        self.reference = self.total.unsigned_abs();
        self.counted = self.self_.iter().map(|&weight| weight != 0).collect();
    }

    fn add_slices(
        &mut self,
        profile: &Profile,
        paths: &CallPaths,
        selection: (&Selection, Option<&Bits>),
    ) {
        for_each_slice(profile, paths, selection, |path, self_ns| {
            // Two threads that each last longer than an `i64` can count in two are no recording
            // of anything, but must not make the sum overflow.
            self.add(path, self_ns.min(i64::MAX - self.total));
        });
    }
}

/// Calls `visit(path, self_ns)` for each slice that counts.
fn for_each_slice(
    profile: &Profile,
    paths: &CallPaths,
    (selection, containing): (&Selection, Option<&Bits>),
    mut visit: impl FnMut(PathId, i64),
) {
    let (tracks, range) = (profile.tracks(), selection.range_ns.as_ref());
    for track in tracks.ids() {
        if tracks.row(track).thread.is_none_or(|thread| !selection.has_thread(thread)) {
            continue;
        }
        profile.slices().for_each_self(tracks.lanes(track), range, |slice, self_ns| {
            if let Some(path) = paths.recorded_of_slice(slice)
                && containing.is_none_or(|containing| containing.contains(path.index()))
            {
                visit(path, self_ns);
            }
        });
    }
}

#[cfg(test)]
mod tests;
