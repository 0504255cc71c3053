//! Charts over time of the samples that have one value: several events recorded at once each have
//! samples of their own.

use std::sync::{Arc, OnceLock};

use rview_core::{Activity, CallPaths, Measure, Profile, SampleChart, ThreadId, ValueTypeId};

/// What samples of one value type look like over time, by thread.
#[derive(Debug)]
struct TimeCharts {
    charts: Vec<Option<SampleChart>>,
    activity: Vec<Option<Activity>>,
}

/// Charts over time by value type, each made when it is asked for first; none where all samples
/// have the value, and the charts of all are those of it.
#[derive(Clone, Debug)]
pub(super) struct ByValue(Arc<[OnceLock<Option<TimeCharts>>]>);

impl ByValue {
    /// Of a recording of which nothing is asked yet.
    pub(super) fn new(profile: &Profile) -> Self {
        Self(profile.value_type_ids().map(|_| OnceLock::new()).collect())
    }

    /// Makes the charts of a measure, unless they are made: linear in the samples.
    pub(super) fn prepare(&self, profile: &Profile, paths: &CallPaths, measure: Measure) {
        if let Measure::Weight(id) = measure
            && let Some(place) = self.0.get(id.index())
        {
            place.get_or_init(|| TimeCharts::of(profile, paths, id));
        }
    }

    fn get(&self, measure: Option<Measure>) -> Option<&TimeCharts> {
        let Some(Measure::Weight(id)) = measure else { return None };
        self.0.get(id.index())?.get()?.as_ref()
    }

    /// The sampled stacks of a thread in a measure; those of all samples where all have it.
    pub(super) fn chart<'a>(
        &'a self,
        measure: Option<Measure>,
        all: &'a [Option<SampleChart>],
        thread: ThreadId,
    ) -> Option<&'a SampleChart> {
        let charts = self.get(measure).map_or(all, |of_value| &of_value.charts);
        charts.get(thread.index())?.as_ref()
    }

    /// How busy a thread was in a measure. Without samples its slices say it.
    pub(super) fn activity<'a>(
        &'a self,
        measure: Option<Measure>,
        all: &'a [Option<Activity>],
        thread: ThreadId,
    ) -> Option<&'a Activity> {
        let activity = self.get(measure).map_or(all, |of_value| &of_value.activity);
        activity.get(thread.index())?.as_ref()
    }
}

impl TimeCharts {
    fn of(profile: &Profile, paths: &CallPaths, id: ValueTypeId) -> Option<Self> {
        let samples = profile.samples();
        let (times, weights) = (samples.times_ns()?, samples.weights(id));
        let threads = samples.threads();
        let mut by_thread = vec![Vec::new(); profile.threads().len()];
        let mut n_found = 0;
        weights.for_each(|sample, weight| {
            if weight != 0
                && let Ok(row) = u32::try_from(sample)
            {
                by_thread[threads[sample].index()].push(row);
                n_found += 1;
            }
        });
        if n_found == samples.len() {
            return None;
        }
        let some = |rows: &Vec<u32>| !rows.is_empty();
        let activity = by_thread
            .iter()
            .map(|rows| some(rows).then(|| Activity::of_samples(times, rows, weights)));
        Some(Self {
            activity: activity.collect(),
            charts: super::charts(profile, paths, &by_thread, &|| false)?,
        })
    }
}
