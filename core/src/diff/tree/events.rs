//! How many events end in each call path.

use crate::diff::noise::{Events, EventsOfSample};
use crate::{CallPaths, Measure, PathId, Profile, Selection};

/// The events that end in each call path of a recording, for what chance makes of them.
#[derive(Clone, Debug, Default)]
pub struct PathEvents {
    /// By path.
    of: Vec<Events>,
}

impl PathEvents {
    /// Counts the events of what is selected: one pass over the samples. `None` where the
    /// recording does not tell how many there were.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
    ) -> Option<Self> {
        let Measure::Weight(value_type) = measure else { return None };
        let of_sample = EventsOfSample::new(profile, value_type)?;
        let mut of = vec![Events::default(); paths.len()];
        let mut add = |sample: usize, events: Events| {
            if let Some(path) = paths.of_sample(sample).some() {
                of[path.index()] += events;
            }
        };
        match of_sample {
            // The most frequent case by far, of the largest recordings.
            EventsOfSample::One => {
                selection.for_each_weight(profile, paths, value_type, |sample, weight| {
                    let weight = weight as f64;
                    add(sample, Events { n: 1.0, variance: weight * weight });
                });
            }
            of_sample => {
                selection.for_each_weight(profile, paths, value_type, |sample, weight| {
                    add(sample, of_sample.of(profile, sample, weight));
                });
            }
        }
        Some(Self { of })
    }

    #[inline]
    pub(super) fn of(&self, path: PathId) -> Events {
        self.of[path.index()]
    }
}
