//! The labels of the selected samples, and what each of their values counts for.

use rview_core::units::format_percent;
use rview_core::{
    GroupBy, GroupTotal, LabelGroups, Measure, Profile, Selection, Unit, process_name, thread_name,
};
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
    asked: Option<&GroupBy>,
) -> Vec<Key> {
    let default = profile.default_value_type().map_or(0, rview_core::ValueTypeId::index);
    let key = |by: &GroupBy| {
        let (names, columns) = totals(profile, selection, by);
        let mut values: Vec<Value> = names
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
        Key { key: by.name().to_owned(), values }
    };
    let keys = LabelGroups::common_keys(profile, list_len).into_iter();
    let mut keys: Vec<GroupBy> = keys.map(GroupBy::Label).collect();
    if let Some(asked) = asked
        && !keys.contains(asked)
    {
        keys.push(asked.clone());
    }
    keys.iter().map(key).collect()
}

/// What groups are called, and by value type what each of them counts for.
fn totals(
    profile: &Profile,
    selection: &Selection,
    by: &GroupBy,
) -> (Vec<String>, Vec<Vec<GroupTotal>>) {
    let value_types = profile.value_type_ids();
    if let GroupBy::Label(key) = by {
        let groups = LabelGroups::new(profile, key);
        let of = |id| groups.totals(profile, Measure::Weight(id), selection);
        return (groups.names().to_vec(), value_types.map(of).collect());
    }
    let threads = profile.threads();
    let is_by_thread = *by == GroupBy::Thread;
    let names: Vec<String> = if is_by_thread {
        threads.ids().map(|id| thread_name(profile, id)).collect()
    } else {
        profile.processes().ids().map(|id| process_name(profile, id)).collect()
    };
    let set = selection.sample_set(profile);
    let of = |id| {
        let mut totals = vec![GroupTotal::default(); names.len()];
        set.for_each_weight(profile, id, |sample, weight| {
            let thread = profile.samples().threads()[sample];
            let process = threads.row(thread).process;
            let group = if is_by_thread { thread.index() } else { process.index() };
            totals[group].weight += weight;
            totals[group].n_samples += u64::from(weight != 0);
        });
        totals
    };
    let columns = value_types.map(of).collect();
    (names, columns)
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
