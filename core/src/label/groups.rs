//! The values of a key of labels, as groups of samples.

use rustc_hash::FxHashMap;

use crate::{Label, LabelSetId, LabelValue, Measure, Profile, Selection, StringId, Unit};

/// With more distinct numbers than this, those between powers of two are one group.
const MAX_NUMBERS: usize = 16;

/// The samples of a profile by the value that their labels give one key.
///
/// # Invariants
///
/// * Group 0 holds the samples without the key; the others are in order of their values, numbers
///   before texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelGroups {
    key: String,
    names: Vec<String>,
    /// By [`LabelSetId`].
    of_set: Vec<u32>,
}

/// The value of a key in one set of labels, in the order of groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Value {
    Missing,
    Number(i64, String),
    /// Sign, power of two and unit: the numbers from it to the next, away from 0.
    Bucket(i32, String),
    Text(String),
}

/// What the samples of one group count for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupTotal {
    /// Weight of its samples.
    pub weight: i64,
    /// Number of its samples whose weight is not 0.
    pub n_samples: u64,
}

impl LabelGroups {
    /// Groups the samples by a key: linear in the sets of labels. A sample for which the key has
    /// several values is of the group of all of them.
    pub fn new(profile: &Profile, key: &str) -> Self {
        let sets = profile.labels();
        let key_id = profile.strings().ids().find(|&id| profile.text(id) == key);
        let of = |set| sets.labels(set).iter().filter(move |label| Some(label.key) == key_id);
        let is_bucketed = has_many_numbers(sets.ids().flat_map(of));
        let values: Vec<Value> =
            sets.ids().map(|set| value(of(set), profile, key, is_bucketed)).collect();
        let mut distinct: Vec<&Value> = values.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.first() != Some(&&Value::Missing) {
            distinct.insert(0, &Value::Missing);
        }
        let rows: FxHashMap<&Value, u32> = distinct.iter().copied().zip(0..).collect();
        let of_set = values.iter().map(|value| rows.get(value).copied().unwrap_or_default());
        Self {
            key: key.to_owned(),
            names: distinct.iter().map(|value| name(value, key)).collect(),
            of_set: of_set.collect(),
        }
    }

    /// Every key that labels of the profile have, in order of name.
    pub fn keys(profile: &Profile) -> Vec<String> {
        let sets = profile.labels();
        let labels = sets.ids().flat_map(|set| sets.labels(set));
        let mut keys: Vec<StringId> = labels.map(|label| label.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut keys: Vec<String> = keys.iter().map(|&key| profile.text(key).to_owned()).collect();
        keys.sort_unstable();
        keys
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Number of groups: at least 1.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no sample has the key.
    pub fn is_empty(&self) -> bool {
        self.names.len() <= 1
    }

    /// What each group is called: `endpoint=/api/users`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The group of a sample with this set of labels.
    #[inline]
    pub fn of(&self, labels: Option<LabelSetId>) -> u32 {
        labels.and_then(|set| self.of_set.get(set.index()).copied()).unwrap_or_default()
    }

    /// What each group counts for: one pass over the samples. The measure has to be of weights:
    /// slices have no labels.
    pub fn totals(
        &self,
        profile: &Profile,
        measure: Measure,
        selection: &Selection,
    ) -> Vec<GroupTotal> {
        let mut totals = vec![GroupTotal::default(); self.len()];
        let Measure::Weight(value_type) = measure else { return totals };
        let samples = profile.samples();
        samples.weights(value_type).for_each_in(selection.samples(profile), |sample, weight| {
            let labels = samples.labels(sample);
            let counts =
                selection.has_thread(samples.threads()[sample]) && selection.has_labels(labels);
            if weight != 0 && counts {
                let total = &mut totals[self.of(labels) as usize];
                total.weight += weight;
                total.n_samples += 1;
            }
        });
        totals
    }
}

fn has_many_numbers<'a>(labels: impl Iterator<Item = &'a Label>) -> bool {
    let mut numbers = rustc_hash::FxHashSet::default();
    for label in labels {
        if let LabelValue::Number(number, unit) = label.value {
            numbers.insert((number, unit));
            if numbers.len() > MAX_NUMBERS {
                return true;
            }
        }
    }
    false
}

fn value<'a>(
    mut labels: impl Iterator<Item = &'a Label>,
    profile: &Profile,
    key: &str,
    is_bucketed: bool,
) -> Value {
    let Some(first) = labels.next() else { return Value::Missing };
    let mut rest = labels.peekable();
    if rest.peek().is_some() {
        let texts = std::iter::once(first).chain(rest).map(|label| match label.value {
            LabelValue::Text(text) => profile.text(text).to_owned(),
            LabelValue::Number(number, unit) => unit_of(profile.text(unit), key).format(number),
        });
        return Value::Text(texts.collect::<Vec<_>>().join(", "));
    }
    match first.value {
        LabelValue::Text(text) => Value::Text(profile.text(text).to_owned()),
        LabelValue::Number(number, unit) => {
            let unit = profile.text(unit).to_owned();
            if is_bucketed {
                Value::Bucket(bucket(number), unit)
            } else {
                Value::Number(number, unit)
            }
        }
    }
}

/// 0 for 0; the power of two of a number, counted from 1, with its sign.
fn bucket(number: i64) -> i32 {
    let power = number.unsigned_abs().checked_ilog2().map_or(0, |power| power as i32 + 1);
    if number < 0 { -power } else { power }
}

/// The numbers of a bucket: from, and to before.
fn bounds(bucket: i32) -> (i64, i64) {
    let power = |n: u32| 1_i64.checked_shl(n).filter(|&power| power > 0).unwrap_or(i64::MAX);
    let low = match bucket.unsigned_abs() {
        0 => return (0, 1),
        n => (power(n - 1), power(n)),
    };
    if bucket < 0 { (-low.1, -low.0) } else { low }
}

/// A number without a unit is of what its key is called, if that is a unit.
fn unit_of(unit: &str, key: &str) -> Unit {
    match (unit, Unit::from_name(key)) {
        ("", known @ (Unit::Bytes | Unit::Nanoseconds)) => known,
        ("", _) => Unit::Count,
        (unit, _) => Unit::from_name(unit),
    }
}

fn name(value: &Value, key: &str) -> String {
    match value {
        Value::Missing => format!("(no {key})"),
        Value::Text(text) => format!("{key}={text}"),
        Value::Number(number, unit) => format!("{key}={}", unit_of(unit, key).format(*number)),
        Value::Bucket(bucket, unit) => {
            let (unit, (low, high)) = (unit_of(unit, key), bounds(*bucket));
            format!("{key}={}..{}", unit.format(low), unit.format(high))
        }
    }
}

#[cfg(test)]
mod tests;
