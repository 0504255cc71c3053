//! The slices of one name, instance by instance: in which order, and which is picked.

use std::cmp::Ordering;

use rview_core::diff::InstancePair;

use super::Comparison;
use crate::instances::{change_ns, durations_ns};

/// What instances are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InstanceKey {
    /// When it starts in A.
    StartA,
    /// When it starts in B.
    StartB,
    /// How long it lasts in A.
    A,
    /// How long it lasts in B.
    B,
    /// The change, whatever its sign.
    #[default]
    Change,
    /// The change in percent of A, most grown first.
    OfA,
    /// New, gone, both.
    State,
}

/// The instances on screen.
#[derive(Clone, Debug, Default)]
pub struct InstanceRows {
    /// By what.
    pub key: InstanceKey,
    /// Smallest first.
    pub ascending: bool,
    /// Places in the instances that were found.
    pub rows: Vec<u32>,
    /// The row that is picked.
    pub picked: Option<usize>,
}

impl Comparison {
    /// Orders the instances anew.
    pub(super) fn refresh_instances(&mut self) {
        let Some(compared) = self.compared.clone() else { return };
        let Some((_, found)) = &compared.instances else {
            self.instances.rows.clear();
            self.instances.picked = None;
            return;
        };
        let profiles = compared.paired.profiles();
        let start = |row: &InstancePair, side: usize| {
            row.of[side].map_or(i64::MAX, |slice| profiles[side].slices().start_ns(slice))
        };
        let duration = |row: &InstancePair, side: usize| durations_ns(profiles, row)[side];
        let growth = |row: &InstancePair| match durations_ns(profiles, row) {
            [Some(a), Some(b)] if a > 0 => (b - a) as f64 / a as f64,
            [None, _] => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        };
        let state = |row: &InstancePair| row.of.map(|of| of.is_some());
        let InstanceRows { key, ascending, .. } = self.instances;
        let order = |a: &InstancePair, b: &InstancePair| -> Ordering {
            match key {
                InstanceKey::StartA => start(a, 0).cmp(&start(b, 0)),
                InstanceKey::StartB => start(a, 1).cmp(&start(b, 1)),
                InstanceKey::A => duration(b, 0).cmp(&duration(a, 0)),
                InstanceKey::B => duration(b, 1).cmp(&duration(a, 1)),
                // As they were found.
                InstanceKey::Change => Ordering::Equal,
                InstanceKey::OfA => growth(b).total_cmp(&growth(a)),
                InstanceKey::State => state(a).cmp(&state(b)),
            }
        };
        let rows = &found.rows;
        let mut places: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        places.sort_by(|&a, &b| order(&rows[a as usize], &rows[b as usize]));
        if ascending {
            places.reverse();
        }
        debug_assert!(rows.iter().take(2).is_sorted_by_key(|row| {
            std::cmp::Reverse(change_ns(profiles, row).unsigned_abs())
        }));
        self.instances.rows = places;
        self.instances.picked = None;
    }

    /// Compares the slices of a name; of the first there is where none was chosen yet.
    pub(super) fn show_instances(&mut self) {
        let Some(compared) = &self.compared else { return };
        let paired = &compared.paired;
        if self.wanted.slice.is_none()
            && let Some(first) = paired.slice_names.first()
        {
            self.wanted.slice = Some(paired.name(first.function).to_owned());
        }
    }

    /// Picks an instance further down or up.
    pub(super) fn step_instances(&mut self, step: isize) {
        let last = self.instances.rows.len().saturating_sub(1);
        let picked = self.instances.picked;
        self.instances.picked =
            Some(picked.map_or(0, |at| at.saturating_add_signed(step).min(last)));
    }

    /// The instance that is picked.
    pub fn picked_instance(&self) -> Option<InstancePair> {
        let (_, found) = self.compared.as_ref()?.instances.as_ref()?;
        let place = *self.instances.rows.get(self.instances.picked?)?;
        found.rows.get(place as usize).copied()
    }
}
