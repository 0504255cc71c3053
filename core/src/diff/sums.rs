//! What groups of functions weigh in one recording, and in how many events.

use std::ops::AddAssign;

use super::Side;
use super::noise::{Events, EventsOfSample};
use crate::functions::{self, StackWalk};
use crate::{FunctionGroups, FunctionId, Measure};

/// What the functions of one recording weigh.
pub(crate) struct Sums {
    /// The first of each group that is on any path.
    pub(crate) functions: Vec<FunctionId>,
    /// Their groups.
    pub(crate) groups: Vec<usize>,
    /// By measure, by group.
    pub(crate) figures: Vec<functions::Sums<Figure>>,
    /// By measure: whether the recording tells how many events there were.
    pub(crate) has_events: Vec<bool>,
}

/// A weight and the events that make it up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figure {
    pub(crate) weight: i64,
    pub(crate) events: Events,
}

impl AddAssign for Figure {
    fn add_assign(&mut self, other: Self) {
        self.weight += other.weight;
        self.events += other.events;
    }
}

impl Sums {
    pub(crate) fn new(
        Side { profile, selection }: Side<'_>,
        by_group: &FunctionGroups,
        measures: &[Measure],
    ) -> Self {
        let walk = StackWalk::new(profile, by_group, &selection.sample_set(profile));
        let of_sample = |id| {
            let (weights, events) =
                (profile.samples().weights(id).by_sample(), EventsOfSample::new(profile, id));
            move |sample| {
                let weight = weights.of(sample);
                let events = events.as_ref().filter(|_| weight != 0);
                let events = events.map(|events| events.of(profile, sample, weight));
                Figure { weight, events: events.unwrap_or_default() }
            }
        };
        let of_slice = |weight| Figure { weight, events: Events::default() };
        let figures = functions::sums_by_measure(&walk, measures, selection, of_sample, of_slice);
        let has_events = measures.iter().map(|measure| match measure {
            Measure::Weight(id) => EventsOfSample::new(profile, *id).is_some(),
            Measure::SliceTime => false,
        });
        let occurs = functions::occurs(&walk, measures);
        let groups: Vec<usize> = (0..by_group.len()).filter(|&group| occurs[group]).collect();
        Self {
            functions: groups.iter().map(|&group| by_group.first()[group]).collect(),
            groups,
            figures,
            has_events: has_events.collect(),
        }
    }

    /// What everything weighs in a measure.
    pub(crate) fn whole(&self, measure: usize) -> i64 {
        self.figures[measure].self_.iter().map(|figure| figure.weight).sum()
    }
}
