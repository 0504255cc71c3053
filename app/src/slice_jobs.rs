//! What the views of slices show: computed in the worker.

use rview_core::{
    FunctionId, FunctionSet, Profile, Search, SearchError, SliceId, SliceList, SliceOrder,
    SliceSearch, SliceStats,
};
use rview_formats::{Document, Job};

use crate::analysis::Question;

/// Slices that are listed at most: the table places rows in 32-bit points, which are exact up to
/// here. Nobody reads as many; who has more has an order and a search.
pub const MAX_ROWS: usize = 1_500_000;

/// Slices that are listed beside their distribution.
pub const N_LONGEST: usize = 200;

/// Which distribution is to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedStats {
    /// Of which time and thread.
    pub scope: Question,
    /// Of the slices that are called so.
    pub name: FunctionId,
}

/// What is searched for among slices.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedHits {
    /// Of which time and thread.
    pub scope: Question,
    /// As typed.
    pub search: String,
}

/// Which slices are to be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedSlices {
    /// What they match.
    pub hits: WantedHits,
    /// How many of them do so only by their arguments, as far as those have been read.
    pub n_by_arguments: usize,
    /// In which order.
    pub order: SliceOrder,
}

/// The distribution of the slices of a name; `None` when there are none.
pub fn stats(profile: &Profile, wanted: &WantedStats) -> Option<SliceStats> {
    let names = FunctionSet::from_iter([wanted.name]);
    let selection = wanted.scope.selection_of_any_label(profile);
    SliceStats::new(profile, &selection, &names, N_LONGEST)
}

/// Lists slices that match by name or category, and `by_arguments`, which rise. An error is of
/// the search, for the user.
pub fn list(
    profile: &Profile,
    wanted: &WantedSlices,
    by_arguments: &[SliceId],
) -> Result<SliceList, SearchError> {
    let search = SliceSearch::new(&Search::new(&wanted.hits.search)?, profile)?;
    let selection = wanted.hits.scope.selection_of_any_label(profile);
    let keep = |slice: SliceId| {
        let known = search.matches_without_arguments(slice);
        known == Some(true) || known.is_none() && by_arguments.binary_search(&slice).is_ok()
    };
    Ok(SliceList::new(profile, &selection, keep, wanted.order, MAX_ROWS))
}

/// Rows between two looks at the job.
const ROWS_AT_ONCE: usize = 512;

/// The slices that match by their arguments and not by their names alone, rising. `job` counts
/// slices; when it is cancelled, those that were found until then.
///
/// One after the other: cores that read for a search that the user is
/// still typing are not there for what is on screen.
pub fn search_arguments(document: &Document, wanted: &WantedHits, job: &Job) -> Vec<SliceId> {
    let profile = &*document.profile;
    let search = Search::new(&wanted.search);
    let search = search.and_then(|search| SliceSearch::new(&search, profile));
    let Ok(search) = search else { return Vec::new() };
    let selection = wanted.scope.selection_of_any_label(profile);
    let rows = selection.slice_rows(profile);
    job.set_total(rows.iter().map(|rows| rows.len() as u64).sum());
    let mut found = Vec::new();
    let mut joined = String::new();
    for (n_done, row) in rows.into_iter().flatten().enumerate() {
        if n_done % ROWS_AT_ONCE == 0 && job.progress(n_done as u64).is_err() {
            break;
        }
        let slice = SliceId::from_index(row);
        if search.matches_without_arguments(slice).is_none() {
            let arguments: Vec<_> =
                profile.slices().details(slice).flat_map(|at| document.arguments(at)).collect();
            if search.matches(slice, &arguments, &mut joined) {
                found.push(slice);
            }
        }
    }
    found
}
