//! Profiles that are too large for a dump, as a page of text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rview_core::{Profile, SliceId};

use crate::dump::{dump, printable, summary};

/// How many rows each list has.
const N_ROWS: usize = 20;

/// What a profile adds up to: the largest functions by self, the largest slices by time, the
/// counters, and a checksum of the dump, so that no change goes unnoticed.
pub fn digest(profile: &Profile) -> String {
    let mut text = summary(profile);
    for thread in profile.threads().ids() {
        let row = profile.threads().row(thread);
        let n_samples = profile.samples().threads().iter().filter(|&&of| of == thread).count();
        let process = profile.processes().row(row.process).pid;
        let name = printable(profile.text(row.name));
        push(&mut text, &format!("thread {process}/{} {name}: {n_samples} samples", row.tid));
    }
    push_functions(&mut text, profile);
    push_slices(&mut text, profile);
    for counter in profile.counters().ids() {
        let name = printable(profile.text(profile.counters().row(counter).name));
        let values = profile.counters().values(counter);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        push(&mut text, &format!("counter {name}: {} values {least}..{most}", values.len()));
    }
    let dump = dump(profile);
    push(&mut text, &format!("dump of {} lines, {:016x}", dump.lines().count(), checksum(&dump)));
    text
}

fn push(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _: std::fmt::Result = writeln!(text, "{line}");
}

/// Self and total of the functions, by name and module, in each value type.
fn push_functions(text: &mut String, profile: &Profile) {
    let samples = profile.samples();
    let mut sums: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    let n_values = profile.value_types().len();
    let mut functions: Vec<Vec<String>> = Vec::with_capacity(samples.len());
    for sample in 0..samples.len() {
        functions.push(functions_of(profile, sample));
    }
    for (column, value_type) in profile.value_type_ids().enumerate() {
        samples.weights(value_type).for_each(|sample, weight| {
            for (depth, function) in functions[sample].iter().enumerate() {
                let sums = sums.entry(function.clone()).or_insert_with(|| vec![(0, 0); n_values]);
                let (self_, total) = &mut sums[column];
                *self_ += if depth == 0 { weight } else { 0 };
                let is_first = !functions[sample][..depth].contains(function);
                *total += if is_first { weight } else { 0 };
            }
        });
    }
    let mut rows: Vec<(String, Vec<(i64, i64)>)> = sums.into_iter().collect();
    rows.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.clone()));
    for (function, sums) in rows.iter().take(N_ROWS) {
        let sums = sums.iter().map(|(self_, total)| format!("self {self_} total {total}"));
        push(text, &format!("function {function}: {}", sums.collect::<Vec<_>>().join(", ")));
    }
}

/// The functions of a sample by name and module, leaf first.
fn functions_of(profile: &Profile, sample: usize) -> Vec<String> {
    let (samples, stacks) = (profile.samples(), profile.stacks());
    let mut frames = vec![samples.leaf(sample)];
    if let Some(callers) = samples.callers(sample) {
        frames.extend(stacks.walk_to_root(callers).map(|stack| stacks.frame(stack)));
    }
    let lines = frames.iter().flat_map(|&frame| profile.symbols().lines(frame).iter().rev());
    lines.map(|line| name_and_module(profile, line.function)).collect()
}

fn name_and_module(profile: &Profile, function: rview_core::FunctionId) -> String {
    let name = printable(profile.function_name(function));
    format!("{name} [{}]", printable(profile.function_module(function)))
}

fn push_slices(text: &mut String, profile: &Profile) {
    let slices = profile.slices();
    let mut sums: BTreeMap<String, (i64, u64)> = BTreeMap::new();
    for (row, &name) in slices.names().iter().enumerate() {
        let duration = slices.duration_ns(SliceId::from_index(row));
        let (total, count) = sums.entry(name_and_module(profile, name)).or_default();
        *total = total.saturating_add(duration);
        *count += 1;
    }
    let mut rows: Vec<(String, (i64, u64))> = sums.into_iter().collect();
    rows.sort_by_key(|&(_, sums)| std::cmp::Reverse(sums));
    for (name, (total, count)) in rows.iter().take(N_ROWS) {
        push(text, &format!("slice {name}: {count} times, {total} ns"));
    }
}

/// FNV-1a: not good, but the same for ever.
fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use rview_core::testing;

    use super::*;

    #[test]
    fn recursion_counts_once_in_total() {
        let profile = testing::profile("main main\nwalk walk\nwalk read");
        let digest = digest(&profile);
        assert!(digest.contains("function walk []: self 1 total 2\n"), "{digest}");
        assert!(digest.contains("function main []: self 0 total 2\n"), "{digest}");
    }
}
