//! The labels of the selected samples, and what each of their values counts for.

use rview_core::units::format_percent;
use rview_core::{LabelGroups, Measure, Profile, Selection, Unit};
use serde::Serialize;

use super::ValueType;

/// A key of labels.
#[derive(Serialize)]
pub(super) struct Key {
    key: String,
    /// The largest first.
    values: Vec<Value>,
}

/// The samples of one value; of many numbers those between powers of two are together.
#[derive(Serialize)]
struct Value {
    /// As people read it, such as `endpoint=/api`, or `(no endpoint)`.
    name: String,
    /// In the order of the value types: how many samples weigh something, and how much.
    samples: Vec<u64>,
    total: Vec<i64>,
}

/// The `list_len` keys that most samples have, with as many of their values, and that which
/// is asked for.
pub(super) fn keys(
    profile: &Profile,
    selection: &Selection,
    list_len: usize,
    asked: Option<&str>,
) -> Vec<Key> {
    let default = profile.default_value_type().map_or(0, rview_core::ValueTypeId::index);
    let key = |key: String| {
        let groups = LabelGroups::new(profile, &key);
        let columns: Vec<_> = profile
            .value_type_ids()
            .map(|id| groups.totals(profile, Measure::Weight(id), selection))
            .collect();
        let mut values: Vec<Value> = groups
            .names()
            .iter()
            .enumerate()
            .map(|(row, name)| Value {
                name: name.clone(),
                samples: columns.iter().map(|column| column[row].n_samples).collect(),
                total: columns.iter().map(|column| column[row].weight).collect(),
            })
            .collect();
        values.retain(|value| value.samples.iter().any(|&n| n > 0));
        values.sort_by_key(|value| std::cmp::Reverse(value.total[default].unsigned_abs()));
        values.truncate(list_len);
        Key { key, values }
    };
    let mut keys = LabelGroups::common_keys(profile, list_len);
    if let Some(asked) = asked
        && !keys.iter().any(|key| key == asked)
    {
        keys.push(asked.to_owned());
    }
    keys.into_iter().map(key).collect()
}

/// A table of the values of one key.
pub(super) fn write_groups(
    out: &mut String,
    keys: &[Key],
    group_by: &str,
    value_types: &[ValueType],
    n_rows: usize,
) -> std::fmt::Result {
    use std::fmt::Write as _;
    let Some(key) = keys.iter().find(|key| key.key == group_by) else { return Ok(()) };
    for (i, value_type) in value_types.iter().enumerate() {
        let unit = Unit::from_name(&value_type.unit);
        writeln!(out, "\n{} by {group_by}", value_type.name)?;
        let mut values: Vec<&Value> = key.values.iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.total[i].unsigned_abs()));
        for value in values.into_iter().filter(|value| value.samples[i] > 0).take(n_rows) {
            let total = value.total[i];
            writeln!(
                out,
                "{:>12} {:>8} {:>9} samples  {}",
                unit.format(total),
                format_percent(total, value_type.total),
                value.samples[i],
                value.name,
            )?;
        }
    }
    Ok(())
}
