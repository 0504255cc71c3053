//! Self and total by the name of a function, counted stack by stack: what the sums of the core
//! and those of other tools are compared with.

use std::collections::{BTreeMap, BTreeSet};

use rview_core::{Profile, ValueTypeId};

/// Self and total by the name of a function; pprof calls them flat and cum.
pub type Sums = BTreeMap<String, (i64, i64)>;

/// Adds a stack, leaf first. Recursion counts once in the total.
pub fn add_stack(sums: &mut Sums, leaf_first: impl Iterator<Item = String>, weight: i64) {
    let mut seen = BTreeSet::new();
    for (depth, name) in leaf_first.enumerate() {
        let sum = sums.entry(name.clone()).or_default();
        sum.0 += if depth == 0 { weight } else { 0 };
        sum.1 += if seen.insert(name) { weight } else { 0 };
    }
}

/// The sums of a profile in one value type, by walking the stack of every sample. Functions
/// whose sums are 0 are listed too.
pub fn recount(profile: &Profile, value_type: ValueTypeId) -> Sums {
    let mut sums = Sums::new();
    profile.samples().weights(value_type).for_each(|sample, weight| {
        add_stack(&mut sums, stack_names(profile, sample), weight);
    });
    sums
}

/// The functions of a sample's stack, leaf first, inlined ones too.
pub fn stack_names(profile: &Profile, sample: usize) -> impl Iterator<Item = String> + '_ {
    let (samples, stacks) = (profile.samples(), profile.stacks());
    let callers = samples.callers(sample).into_iter();
    let callers = callers.flat_map(|callers| stacks.walk_to_root(callers));
    let frames = std::iter::once(samples.leaf(sample)).chain(callers.map(|s| stacks.frame(s)));
    let lines = frames.flat_map(|frame| profile.symbols().lines(frame).iter().rev());
    lines.map(|line| profile.function_name(line.function).to_owned())
}
