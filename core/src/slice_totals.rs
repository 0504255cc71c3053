//! How often and how long: slices added up by name.

use crate::bits::Bits;
use crate::{FunctionId, Profile, Selection};

/// The slices of one name, of threads and asynchronous ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SliceTotal {
    /// How many have a part in the range.
    pub count: u64,
    /// How long they last within the range, in nanoseconds. Slices of one name that are nested
    /// in each other all count, as in other tools.
    pub total_ns: i64,
    /// The part of that in which no slice is nested directly in them.
    pub self_ns: i64,
    /// How long the shortest lasts, whole.
    pub min_ns: i64,
    /// How long the longest lasts, whole.
    pub max_ns: i64,
}

impl SliceTotal {
    /// What both count, together.
    #[must_use]
    pub(crate) fn merged(&self, other: &Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { *other } else { *self };
        }
        Self {
            count: self.count + other.count,
            total_ns: self.total_ns.saturating_add(other.total_ns),
            self_ns: self.self_ns.saturating_add(other.self_ns),
            min_ns: self.min_ns.min(other.min_ns),
            max_ns: self.max_ns.max(other.max_ns),
        }
    }
}

/// Slices added up by name, that is, by name and category.
#[derive(Clone, Debug, Default)]
pub struct SliceTotals {
    /// By function; empty when there are no slices.
    totals: Vec<SliceTotal>,
    occurs: Bits,
}

impl SliceTotals {
    /// Adds up the slices of the range and the threads of a selection; labels and functions are
    /// not asked for. Linear in the slices of the range.
    ///
    /// Sums that an `i64` cannot hold, of centuries, stay at its largest.
    pub fn new(profile: &Profile, selection: &Selection) -> Self {
        let (slices, tracks) = (profile.slices(), profile.tracks());
        if slices.is_empty() {
            return Self::default();
        }
        let range_ns = selection.range_ns.as_ref();
        let n_functions = profile.symbols().functions().len();
        let mut totals = vec![SliceTotal::default(); n_functions];
        let mut occurs = Bits::new(n_functions);
        for track in tracks.ids().filter(|&track| selection.has_track(tracks.row(track))) {
            slices.for_each_self(tracks.lanes(track), range_ns, |slice, self_ns| {
                let name = slices.name(slice).index();
                let duration = slices.duration_ns(slice);
                let total = &mut totals[name];
                if total.count == 0 {
                    total.min_ns = duration;
                    occurs.insert(name);
                }
                total.count += 1;
                total.total_ns = total.total_ns.saturating_add(slices.inside_ns(slice, range_ns));
                total.self_ns = total.self_ns.saturating_add(self_ns);
                total.min_ns = total.min_ns.min(duration);
                total.max_ns = total.max_ns.max(duration);
            });
        }
        Self { totals, occurs }
    }

    /// The slices of a name; `None` when there are none in the range.
    pub fn of(&self, name: FunctionId) -> Option<&SliceTotal> {
        self.totals.get(name.index()).filter(|total| total.count > 0)
    }

    /// The names that slices of the range have, in the order of the function table.
    pub fn ids(&self) -> impl Iterator<Item = FunctionId> {
        self.occurs.iter().map(FunctionId::from_index)
    }

    /// Number of names that slices of the range have. Linear in the number of functions.
    pub fn len(&self) -> usize {
        self.occurs.count()
    }

    /// Whether no slice is in the range.
    pub fn is_empty(&self) -> bool {
        self.ids().next().is_none()
    }
}

#[cfg(test)]
mod tests;
