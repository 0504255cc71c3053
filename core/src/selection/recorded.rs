//! What paths weigh before transforms: found once for a selection, so that another transform is a
//! pass over paths and none over samples.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::bits::Bits;
use crate::{CallPaths, Measure, PathId, PathWeights, Profile, Selection};

/// The weights that were asked for last, shared by all transforms of the same paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct LatestWeights(Arc<Mutex<Option<Arc<Recorded>>>>);

#[derive(Debug)]
struct Recorded {
    measure: Measure,
    /// Whatever the functions on stacks are.
    selection: Selection,
    weights: PathWeights,
    /// The same where everything weighs 1, once only some paths counted.
    counts: OnceLock<PathWeights>,
}

impl PathWeights {
    /// What paths after transforms weigh; `None` where that has to be added up sample by sample.
    pub(super) fn transformed(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
    ) -> Option<Self> {
        if !paths.is_transformed() {
            return None;
        }
        let any = Selection { only: None, ..selection.clone() };
        let recorded = paths.latest_weights().of(profile, paths, measure, &any);
        let weights = &recorded.weights;
        let counted = selection.recorded_paths(paths);
        let mut after = Self {
            self_: vec![0; paths.len()],
            counted: Bits::new(paths.len()),
            total: weights.total,
            reference: weights.reference,
            has_negative: weights.has_negative,
            n_samples: weights.n_samples,
        };
        if counted.is_some() {
            if weights.has_negative {
                // What shares are of takes a look at the weight of each sample.
                return None;
            }
            (after.total, after.n_samples) = (0, 0);
        }
        let counts = counted.as_ref().map(|_| {
            let selection = (&recorded.selection, None);
            let count = || Self::counting_recorded(profile, paths, measure, selection);
            recorded.counts.get_or_init(count)
        });
        let is_in = |row: &usize| counted.as_ref().is_none_or(|counted| counted.contains(*row));
        for row in weights.counted.iter().filter(is_in) {
            let path = paths.after_transforms(PathId::from_index(row)).index();
            after.self_[path] += weights.self_[row];
            after.counted.insert(path);
            if let Some(counts) = counts {
                after.total += weights.self_[row];
                after.n_samples += counts.self_[row].unsigned_abs();
            }
        }
        if counts.is_some() {
            after.reference = after.total.unsigned_abs();
        }
        Some(after)
    }
}

impl LatestWeights {
    fn of(
        &self,
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
    ) -> Arc<Recorded> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |it: &Arc<Recorded>| it.measure == measure && it.selection == *selection;
        if let Some(latest) = lock().clone().filter(is_it) {
            return latest;
        }
        let recorded = Arc::new(Recorded {
            measure,
            selection: selection.clone(),
            weights: PathWeights::adding_up(profile, paths, measure, (selection, None)),
            counts: OnceLock::new(),
        });
        *lock() = Some(Arc::clone(&recorded));
        recorded
    }
}
