//! The values of a key of labels, as groups of samples.

use rustc_hash::FxHashMap;

use crate::{
    Label, LabelQuery, LabelSetId, LabelValue, Measure, Profile, Selection, StringId, Unit, Wants,
};

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
    /// By group.
    queries: Vec<Option<LabelQuery>>,
    /// By [`LabelSetId`].
    of_set: Vec<u32>,
}

/// The value of a key in one set of labels, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stored {
    Missing,
    One(LabelValue),
    /// A row of the texts that join several values.
    Several(u32),
}

/// The value of a group, in the order of groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Missing,
    Number(i64, String),
    /// The numbers of one sign between two powers of two, see [`bucket`].
    Bucket(i32, String),
    Text(String),
    /// Several values at once.
    Several(String),
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
        let mut stored = StoredValues { profile, key, joined: Vec::new() };
        let mut rows: FxHashMap<Stored, u32> = FxHashMap::default();
        rows.insert(Stored::Missing, 0);
        let mut distinct = vec![Stored::Missing];
        let mut of_set: Vec<u32> = Vec::with_capacity(sets.len());
        for set in sets.ids() {
            let of_key = sets.labels(set).iter().filter(|label| Some(label.key) == key_id);
            let value = stored.of(of_key);
            of_set.push(*rows.entry(value).or_insert_with(|| {
                distinct.push(value);
                StringId::from_index(distinct.len() - 1).raw()
            }));
        }
        let is_number = |value: &&Stored| matches!(value, Stored::One(LabelValue::Number(..)));
        let is_bucketed = distinct.iter().filter(is_number).count() > MAX_NUMBERS;
        let values: Vec<Value> =
            distinct.iter().map(|&value| stored.value(value, is_bucketed)).collect();
        let mut sorted: Vec<&Value> = values.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let group = |value: &Value| sorted.partition_point(|other| *other < value);
        let group_of: Vec<u32> =
            values.iter().map(|value| StringId::from_index(group(value)).raw()).collect();
        for row in &mut of_set {
            *row = group_of[*row as usize];
        }
        Self {
            key: key.to_owned(),
            names: sorted.iter().map(|value| name(value, key)).collect(),
            queries: sorted.iter().map(|value| query(value, key)).collect(),
            of_set,
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

    /// The keys that most sets of labels have, no more than `most`, in order of name.
    pub fn common_keys(profile: &Profile, most: usize) -> Vec<String> {
        let sets = profile.labels();
        let mut n_sets: FxHashMap<StringId, usize> = FxHashMap::default();
        for label in sets.ids().flat_map(|set| sets.labels(set)) {
            *n_sets.entry(label.key).or_default() += 1;
        }
        let mut keys: Vec<(StringId, usize)> = n_sets.into_iter().collect();
        keys.sort_unstable_by_key(|&(key, n_sets)| (std::cmp::Reverse(n_sets), key));
        keys.truncate(most);
        let mut keys: Vec<String> =
            keys.into_iter().map(|(key, _)| profile.text(key).to_owned()).collect();
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

    /// What a group is called below the name of its key: `/api/users`, `(no endpoint)`.
    pub fn value(&self, group: usize) -> &str {
        let name = &self.names[group];
        let value = name.strip_prefix(self.key.as_str()).and_then(|rest| rest.strip_prefix('='));
        value.filter(|_| group > 0).unwrap_or(name)
    }

    /// What asks for the samples of a group; `None` where they have several values at once.
    pub fn query(&self, group: usize) -> Option<&LabelQuery> {
        self.queries.get(group)?.as_ref()
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

/// Finds the values of a key.
struct StoredValues<'a> {
    profile: &'a Profile,
    key: &'a str,
    /// The texts of sets that give the key several values.
    joined: Vec<String>,
}

impl StoredValues<'_> {
    fn of<'l>(&mut self, mut labels: impl Iterator<Item = &'l Label>) -> Stored {
        let Some(first) = labels.next() else { return Stored::Missing };
        let Some(second) = labels.next() else { return Stored::One(first.value) };
        let all = [first, second].into_iter().chain(labels);
        let texts: Vec<String> = all
            .map(|label| match label.value {
                LabelValue::Text(text) => self.profile.text(text).to_owned(),
                LabelValue::Number(number, unit) => {
                    unit_of(self.profile.text(unit), self.key).format(number)
                }
            })
            .collect();
        self.joined.push(texts.join(", "));
        Stored::Several(StringId::from_index(self.joined.len() - 1).raw())
    }

    fn value(&self, stored: Stored, is_bucketed: bool) -> Value {
        match stored {
            Stored::Missing => Value::Missing,
            Stored::Several(row) => Value::Several(self.joined[row as usize].clone()),
            Stored::One(LabelValue::Text(text)) => Value::Text(self.profile.text(text).to_owned()),
            Stored::One(LabelValue::Number(number, unit)) => {
                let unit = self.profile.text(unit).to_owned();
                if is_bucketed {
                    Value::Bucket(bucket(number), unit)
                } else {
                    Value::Number(number, unit)
                }
            }
        }
    }
}

/// 0 for 0; the power of two of a number, counted from 1, with its sign.
fn bucket(number: i64) -> i32 {
    let power = number.unsigned_abs().checked_ilog2().map_or(0, |power| power.cast_signed() + 1);
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
        Value::Text(text) | Value::Several(text) => format!("{key}={text}"),
        Value::Number(number, unit) => format!("{key}={}", unit_of(unit, key).format(*number)),
        Value::Bucket(bucket, unit) => {
            let (unit, (low, high)) = (unit_of(unit, key), bounds(*bucket));
            format!("{key}={}..{}", unit.format(low), unit.format(high))
        }
    }
}

/// Whether people call a number so: `4 KiB`, or its bucket `1 KiB..2 KiB`.
pub(super) fn is_called(number: i64, unit: &str, key: &str, text: &str) -> bool {
    let unit = unit_of(unit, key);
    match text.split_once("..") {
        None => unit.format(number) == text,
        Some((low, high)) => {
            let bounds = bounds(bucket(number));
            unit.format(bounds.0) == low && unit.format(bounds.1) == high
        }
    }
}

/// What asks for the samples with a value, see [`LabelQuery::parse`].
fn query(value: &Value, key: &str) -> Option<LabelQuery> {
    let (text, wants) = match value {
        Value::Missing => (None, Wants::Without),
        Value::Text(text) => (Some(text.clone()), Wants::With),
        Value::Number(number, _) => (Some(number.to_string()), Wants::With),
        Value::Bucket(bucket, _) => {
            let power = |n: u32| 1_i128 << n;
            let (low, high) = match bucket.unsigned_abs() {
                0 => (0, 0),
                n => (power(n - 1), power(n) - 1),
            };
            let (low, high) = if *bucket < 0 { (-high, -low) } else { (low, high) };
            let clamped = |end: i128| end.clamp(i64::MIN.into(), i64::MAX.into());
            let range = format!("{}:{}", clamped(low), clamped(high));
            (Some(range), Wants::With)
        }
        Value::Several(_) => return None,
    };
    Some(LabelQuery { key: key.to_owned(), value: text, wants })
}

#[cfg(test)]
pub(crate) mod tests;
