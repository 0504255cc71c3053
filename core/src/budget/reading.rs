//! What one recording has of what a budget is about.

use std::collections::BTreeSet;

use super::{Budget, Recording};
use rustc_hash::FxHashSet;

use super::condition::{Condition, Figure, HUNDRED_PERCENT, Of};
use crate::diff::{Events, FunctionName, Incomparable, Mode, Rename, Side, Sums, pairs};
use crate::search::{Amount, AmountUnit, Subject};
use crate::{
    FunctionGroups, FunctionId, FunctionSet, Measure, Profile, Search, SliceId, SliceKey,
    SliceList, SliceOrder, SliceSearch, Unit,
};

/// What is weighed, as the first of the new recordings has it: others are converted to it.
pub(super) struct Measured<'a> {
    profile: &'a Profile,
    /// `None` for slices.
    measure: Option<Measure>,
    mode: Mode,
    pub(super) name: String,
    pub(super) unit: Unit,
}

/// A number of one recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// In the unit of what is measured.
    pub(super) weight: f64,
    /// What it is divided by, see [`Mode`].
    pub(super) exposure: f64,
    /// What the whole recording weighs; `None` for slices.
    pub(super) whole: Option<f64>,
    /// What makes the weight up; `None` where the recording does not tell.
    pub(super) events: Option<Events>,
    /// Whether there is anything of what is weighed, however little it weighs.
    pub(super) is_there: bool,
}

impl Reading {
    /// The weight as the mode has it.
    pub(super) fn value(&self) -> f64 {
        if self.exposure == 0.0 { 0.0 } else { self.weight / self.exposure }
    }

    /// The square of the counting error of the value.
    pub(super) fn counting(&self) -> Option<f64> {
        let events = self.events?;
        let divisor = if self.exposure > 0.0 { self.exposure * self.exposure } else { 1.0 };
        Some(events.variance / divisor)
    }
}

impl<'a> Measured<'a> {
    /// Finds what a budget weighs; an error is for people.
    pub(super) fn new(budget: &Budget, profile: &'a Profile, mode: Mode) -> Result<Self, String> {
        let Budget { condition, measure: wanted, .. } = budget;
        let unit = condition.limit.amount.unit;
        let is_share = mode == Mode::Share;
        if is_share && condition.limit.change.is_some() && unit != Some(AmountUnit::Percent) {
            return Err("the change of a share is in percent, such as +5%".to_owned());
        }
        if matches!(condition.of, Of::Slices { .. }) {
            if is_share {
                return Err("slices are no share of anything".to_owned());
            }
            let is_count = condition.figure == Figure::Count;
            let unit = if is_count { Unit::Count } else { Unit::Nanoseconds };
            let name = "slices".to_owned();
            let is_added_up =
                matches!(condition.figure, Figure::Count | Figure::Total | Figure::Own);
            let mode = if is_added_up { mode } else { Mode::Absolute };
            return Ok(Self { profile, measure: None, mode, name, unit });
        }
        let measure = find(profile, wanted.as_deref(), unit)?;
        let (name, unit) = (measure.name(profile), measure.unit(profile));
        refuse_without_unit(condition.limit.amount, &name, &unit)?;
        Ok(Self { profile, measure: Some(measure), mode, name, unit })
    }

    /// Reads the number of a recording; functions of `others` count too.
    pub(super) fn read(
        &self,
        condition: &Condition,
        recording: &Recording<'_>,
        others: &[&FunctionName],
    ) -> Result<Reading, String> {
        let side = &recording.side;
        let mut reading = match (&condition.of, self.measure) {
            (Of::Slices { search, named, .. }, _) => {
                let reading = of_slices(condition.figure, search, recording)?;
                let is_there =
                    reading.is_there || of_slices(Figure::Count, named, recording)?.is_there;
                Reading { is_there, ..reading }
            }
            (Of::Functions(search), Some(measure)) => {
                let mut set =
                    search.functions(side.profile, None).map_err(|error| error.to_string())?;
                if !others.is_empty() {
                    set = set.iter().chain(called(side.profile, others)).collect();
                }
                self.of_functions(condition.figure, &set, measure, *side)?
            }
            (_, Some(measure)) => {
                let all = FunctionSet::all(side.profile.symbols().functions().len());
                let mut whole = self.of_functions(Figure::Total, &all, measure, *side)?;
                // Samples may have no stack at all.
                whole.weight = whole.whole.unwrap_or_default();
                whole.is_there = true;
                whole
            }
            (_, None) => return Err("nothing is measured".to_owned()),
        };
        reading.exposure = match &self.mode {
            Mode::Share => reading.whole.unwrap_or_default(),
            Mode::PerFunction(name) => {
                let functions = side.profile.symbols().functions().ids();
                let is_it = |&function: &_| side.profile.function_name(function) == &**name;
                let set: FunctionSet = functions.filter(is_it).collect();
                let measure = self.measure.ok_or("slices are no part of a function")?;
                self.of_functions(Figure::Total, &set, measure, *side)?.weight
            }
            mode => mode.exposure(*side).unwrap_or_default(),
        };
        let is_missing = reading.exposure == 0.0 && self.mode != Mode::Share;
        if is_missing && self.mode != Mode::PerSecond {
            return Err(format!("nothing to divide by: {}", self.mode.nothing(side.profile)));
        }
        Ok(reading)
    }

    fn of_functions(
        &self,
        figure: Figure,
        set: &FunctionSet,
        measure: Measure,
        side: Side<'_>,
    ) -> Result<Reading, String> {
        let name = measure.name(self.profile);
        let pairs = pairs([side.profile, self.profile], Some(&name));
        if let Err(error @ Incomparable::TooLarge(..)) = &pairs {
            return Err(error.to_string());
        }
        let pair = pairs.ok().and_then(|pairs| pairs.into_iter().find(|it| it.of[1] == measure));
        let Some(pair) = pair else { return Err(format!("not all files measure {name}")) };
        // From its unit to that of the first.
        let factor = pair.scaled(0, 1) as f64 / pair.scaled(1, 1) as f64;
        let groups = FunctionGroups::of_set(side.profile, set);
        let sums = Sums::new(side, &groups, &[pair.of[0]]);
        let figures = &sums.figures[0];
        let column = if figure == Figure::Own { &figures.self_ } else { &figures.total };
        let found = column.first().copied().unwrap_or_default();
        let mut events = found.events;
        events.variance *= factor * factor;
        Ok(Reading {
            weight: found.weight as f64 * factor,
            exposure: 1.0,
            whole: Some(sums.whole(0) as f64 * factor),
            events: sums.has_events[0].then_some(events),
            is_there: sums.groups.contains(&0),
        })
    }
}

/// Refuses a number such as 5 where what it is of is in a unit: nobody means nanoseconds by it.
fn refuse_without_unit(amount: Amount, name: &str, unit: &Unit) -> Result<(), String> {
    let example = match unit.base().0 {
        Unit::Nanoseconds => "16ms",
        Unit::Bytes => "2MiB",
        _ => return Ok(()),
    };
    let has_unit = !matches!(amount.unit, None | Some(AmountUnit::Times(_)));
    if has_unit || amount.digits == 0 {
        return Ok(());
    }
    Err(format!("{name} is in {unit}: the limit needs its unit, such as {example}"))
}

/// The measure of a name, else the first that has a unit, else the first.
fn find(
    profile: &Profile,
    name: Option<&str>,
    unit: Option<AmountUnit>,
) -> Result<Measure, String> {
    let default = Measure::default_of(profile);
    let mut all = Measure::all(profile);
    all.sort_by_key(|&measure| Some(measure) != default);
    let fits = |measure: &Measure| {
        let base = measure.unit(profile).base().0;
        match unit {
            Some(AmountUnit::Nanoseconds(_)) => base == Unit::Nanoseconds,
            Some(AmountUnit::Bytes(_)) => base == Unit::Bytes,
            Some(AmountUnit::Percent | AmountUnit::Times(_)) | None => true,
        }
    };
    let names = |all: &[Measure]| {
        let names: Vec<String> = all
            .iter()
            .map(|measure| format!("{} ({})", measure.name(profile), measure.unit(profile)))
            .collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    };
    if let Some(name) = name {
        let named: Vec<Measure> =
            all.iter().copied().filter(|measure| measure.name(profile) == name).collect();
        return match &named[..] {
            [] => Err(format!("the file does not measure {name}, but {}", names(&all))),
            named => named
                .iter()
                .copied()
                .find(fits)
                .ok_or_else(|| format!("the limit is not in the unit of {}", names(named))),
        };
    }
    let what = match unit {
        Some(AmountUnit::Nanoseconds(_)) => "no time",
        Some(AmountUnit::Bytes(_)) => "no bytes",
        _ => "nothing",
    };
    all.iter()
        .copied()
        .find(fits)
        .ok_or_else(|| format!("the file measures {what}, but {}", names(&all)))
}

fn of_slices(
    figure: Figure,
    search: &Search,
    recording: &Recording<'_>,
) -> Result<Reading, String> {
    let Side { profile, selection } = recording.side;
    let search = SliceSearch::new(search, profile).map_err(|error| error.to_string())?;
    let keep = |slice| is_found(&search, slice, recording);
    let order = SliceOrder { key: SliceKey::Duration, ascending: true };
    let found = SliceList::new(profile, selection, keep, order, usize::MAX);
    let slices = profile.slices();
    let n = found.rows.len();
    let nth = |at: usize| found.rows.get(at).map_or(0.0, |&row| slices.duration_ns(row) as f64);
    let sum = || found.rows.iter().map(|&row| slices.duration_ns(row) as f64).sum::<f64>();
    let weight = match figure {
        Figure::Own => found.self_ns.iter().map(|&ns| ns as f64).sum(),
        Figure::Total => sum(),
        Figure::Count => n as f64,
        Figure::Shortest => nth(0),
        Figure::Mean => sum() / (n as f64).max(1.0),
        Figure::Percentile(thousandths) => {
            let rank = (n as u64 * u64::from(thousandths)).div_ceil(HUNDRED_PERCENT.into());
            nth(usize::try_from(rank).unwrap_or(n).saturating_sub(1))
        }
        Figure::Longest => nth(n.saturating_sub(1)),
    };
    Ok(Reading { weight, exposure: 1.0, whole: None, events: None, is_there: n > 0 })
}

/// Whether a search finds a slice. Its arguments are read only where nothing else tells.
fn is_found(search: &SliceSearch<'_>, slice: SliceId, recording: &Recording<'_>) -> bool {
    search
        .matches_without_arguments(slice)
        .unwrap_or_else(|| search.matches(slice, &(recording.arguments)(slice), &mut String::new()))
}

/// By side: what functions are called there that a search finds by their name on the other side.
pub(super) fn other_names<'r>(
    of: &Of,
    sides: [&[Recording<'_>]; 2],
    renames: &'r [Rename],
) -> [Vec<&'r FunctionName>; 2] {
    let Of::Functions(search) = of else { return Default::default() };
    [0, 1].map(|side| {
        let of_others = sides[1 - side].iter().map(|other| {
            let profile = other.side.profile;
            (profile, search.functions(profile, None).unwrap_or_default())
        });
        let found: Vec<(&Profile, FunctionSet)> = of_others.collect();
        let is_found = |rename: &&Rename| {
            found.iter().any(|(profile, set)| {
                called(profile, &[&rename.of[1 - side]]).any(|function| set.contains(function))
            })
        };
        renames.iter().filter(is_found).map(|rename| &rename.of[side]).collect()
    })
}

/// The functions that have one of some names.
fn called<'a>(
    profile: &'a Profile,
    names: &'a [&FunctionName],
) -> impl Iterator<Item = FunctionId> + 'a {
    profile.symbols().functions().ids().filter(|&function| {
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        names.iter().any(|it| it.is(name, module))
    })
}

/// The names of what is weighed, in any of the recordings.
pub(super) fn names(of: &Of, recordings: &[Recording<'_>]) -> BTreeSet<String> {
    let (search, subject) = match of {
        Of::Whole => return BTreeSet::new(),
        Of::Functions(search) => (search, Subject::Functions),
        Of::Slices { named, .. } => (named, Subject::Slices),
    };
    let mut names = BTreeSet::new();
    for recording in recordings {
        let Side { profile, selection } = recording.side;
        if subject == Subject::Functions {
            let found = search.functions(profile, None).unwrap_or_default();
            names.extend(found.iter().map(|function| profile.function_name(function).to_owned()));
            continue;
        }
        let Ok(search) = SliceSearch::new(search, profile) else { continue };
        let slices = profile.slices();
        let mut of_slices = FxHashSet::default();
        for slice in selection.slice_rows(profile).into_iter().flatten().map(SliceId::from_index) {
            let name = slices.name(slice);
            // The arguments of a slice take time to read: one of each name is enough.
            if !of_slices.contains(&name) && is_found(&search, slice, recording) {
                of_slices.insert(name);
            }
        }
        names.extend(of_slices.into_iter().map(|name| profile.function_name(name).to_owned()));
    }
    names
}
