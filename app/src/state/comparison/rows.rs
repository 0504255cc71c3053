//! The rows of the delta table: which functions, in which order.

use std::cmp::Ordering;
use std::sync::Arc;

use rview_core::diff::{By, Change};
use rview_core::search::{Figures, Search, SearchError};
use rview_core::{FunctionSet, PairId};

use super::{Comparison, PickedPair};
use crate::comparison::{Compared, Paired};

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeltaKey {
    /// Weight in A.
    A,
    /// Weight in B.
    B,
    /// The change, whatever its sign.
    #[default]
    Change,
    /// The change in percent of A, most grown first; what is new before all.
    OfA,
    /// The change of the share of the whole, whatever its sign.
    Share,
    /// How likely chance alone makes the change.
    Chance,
    /// Name.
    Name,
    /// Module or category.
    Module,
}

/// An order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeltaSort {
    /// By what.
    pub key: DeltaKey,
    /// Smallest or first letter first.
    pub ascending: bool,
}

/// How large the numbers of the table are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// The largest weight of either side.
    pub largest: i64,
    /// The largest change, as the mode has it.
    pub longest: f64,
}

impl Extent {
    fn new(compared: &Compared, rows: &[PairId], by: By) -> Self {
        let mut extent = Self::default();
        for change in rows.iter().map(|&pair| compared.change_of(pair, by)) {
            for weight in change.weights {
                if weight.unsigned_abs() > extent.largest.unsigned_abs() {
                    extent.largest = weight;
                }
            }
            extent.longest = extent.longest.max(change.delta_value().abs());
        }
        extent
    }
}

impl Comparison {
    /// Searches and makes the rows anew.
    pub(super) fn refresh(&mut self) {
        let Some(compared) = self.compared.clone() else {
            self.rows.clear();
            self.picked_row = None;
            return;
        };
        match found(&compared, &self.search) {
            Ok(found) => {
                self.found = found;
                self.search_error = None;
            }
            // What was found before stays while the text is wrong.
            Err(error) => {
                self.search_error = Some(error);
                let n = compared.paired.functions.len();
                self.found = self.found.take().filter(|found| found.len() == n);
            }
        }
        let is_found = |&pair: &PairId| self.found.as_ref().is_none_or(|found| found[pair.index()]);
        self.rows = compared.paired.tree.functions().filter(is_found).collect();
        let (by, sort) = (self.by, self.sort);
        let order = Order { compared: &compared, by };
        self.rows.sort_by(|&a, &b| {
            let order = order.of(sort.key, a, b);
            if sort.ascending { order.reverse() } else { order }
        });
        self.extent = Extent::new(&compared, &self.rows, by);
        self.find_picked_row();
    }

    pub(super) fn find_picked_row(&mut self) {
        let picked = self.picked_function();
        self.picked_row = picked.and_then(|picked| self.rows.iter().position(|&row| row == picked));
    }

    /// Picks a row further down or up.
    pub(super) fn step_rows(&mut self, step: isize) {
        let last = self.rows.len().saturating_sub(1);
        let at = self.picked_row.map_or(0, |at| at.saturating_add_signed(step).min(last));
        if let Some(&row) = self.rows.get(at) {
            self.pick(PickedPair::Function(row));
        }
    }
}

/// Compares rows, the one to show first less.
struct Order<'a> {
    compared: &'a Arc<Compared>,
    by: By,
}

impl Order<'_> {
    fn of(&self, key: DeltaKey, a: PairId, b: PairId) -> Ordering {
        let [change_a, change_b] = [a, b].map(|pair| self.compared.change_of(pair, self.by));
        let larger = |of: &dyn Fn(&Change) -> f64| of(&change_b).total_cmp(&of(&change_a));
        let paired = &self.compared.paired;
        let by_change = || larger(&|change| change.delta_value().abs());
        let first = match key {
            DeltaKey::A => larger(&|change| change.values[0]),
            DeltaKey::B => larger(&|change| change.values[1]),
            DeltaKey::Change => by_change(),
            DeltaKey::OfA => larger(&|change| growth(change)),
            DeltaKey::Share => larger(&|change| self.share(change).abs()),
            DeltaKey::Chance => larger(&|change| -change.p_value.unwrap_or(f64::INFINITY)),
            DeltaKey::Name => paired.name(a).cmp(paired.name(b)),
            DeltaKey::Module => paired.module(a).cmp(paired.module(b)),
        };
        let other = match self.by {
            By::Own => By::Total,
            By::Total => By::Own,
        };
        let of_other = |pair| self.compared.change_of(pair, other).delta_value().abs();
        first
            .then_with(by_change)
            .then_with(|| of_other(b).total_cmp(&of_other(a)))
            .then_with(|| paired.name(a).cmp(paired.name(b)))
    }

    fn share(&self, change: &Change) -> f64 {
        change_of_share(self.compared, change)
    }
}

/// The change as a part of A, for an order: of nothing it is more than any.
fn growth(change: &Change) -> f64 {
    let [a, _] = change.values;
    match change.delta_value() {
        0.0 => 0.0,
        _ if a == 0.0 => f64::INFINITY,
        delta => delta / a.abs(),
    }
}

/// How much larger the share of the whole is in B than in A: 1 is all of it.
pub fn change_of_share(compared: &Compared, change: &Change) -> f64 {
    let [a, b] = shares(compared, change);
    b - a
}

/// What of the whole a weight is on either side.
pub fn shares(compared: &Compared, change: &Change) -> [f64; 2] {
    let whole = compared.paired.tree.whole();
    [0, 1].map(|side| match whole[side] {
        0 => 0.0,
        whole => change.weights[side] as f64 / whole as f64,
    })
}

/// By function: whether a search finds it on either side; `None` where nothing is searched for.
fn found(compared: &Compared, text: &str) -> Result<Option<Vec<bool>>, SearchError> {
    let search = Search::new(text)?;
    if search.is_none() {
        return Ok(None);
    }
    let paired = &compared.paired;
    let mut is_found = vec![false; paired.functions.len()];
    for side in [0, 1] {
        let functions = found_in(paired, side, &search)?;
        for function in functions.iter() {
            let pair = paired.functions.of(side, function);
            if let Some(pair) = pair.some() {
                is_found[pair.index()] = true;
            }
        }
    }
    Ok(Some(is_found))
}

/// The functions that a search finds on one side, by what they weigh there.
fn found_in(paired: &Paired, side: usize, search: &Search) -> Result<FunctionSet, SearchError> {
    let source = &paired.sources[side];
    let profile = source.profile();
    let counts =
        search.asks_for_counts().then(|| source.trees.counts(&source.base, &source.question));
    let unit = paired.measure().of[side].unit(profile);
    let (totals, reference) = paired.totals(side);
    let figures = Figures { totals, counts, unit: &unit, reference: Some(reference) };
    search.functions(profile, Some(figures))
}
