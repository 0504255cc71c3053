//! Folded stacks: a line for each stack, root first, and what it weighs.

use std::fmt::Write as _;

use rview_core::{CallPaths, Measure, PathWeights, Profile, Selection, Unit, escaped};

/// The selected stacks in one measure, a line each:
///
/// ```text
/// main;parse;read 12
/// ```
///
/// Weights are written in a unit: that of the measure, or [`Unit::Count`] where what reads them
/// knows whole numbers only. A `;` in a name would be read as the end of a frame, so it becomes
/// a `:`; control characters become escapes, as a new line would end the stack.
pub fn folded(
    profile: &Profile,
    paths: &CallPaths,
    measure: Measure,
    selection: &Selection,
    unit: &Unit,
) -> String {
    let weights = PathWeights::new(profile, paths, measure, selection);
    let mut text = String::new();
    let mut names: Vec<String> = Vec::new();
    for path in paths.ids() {
        let weight = weights.self_of(path);
        if weight == 0 {
            continue;
        }
        names.clear();
        names.extend(
            paths
                .walk_to_root(path)
                .map(|path| escaped(profile.function_name(paths.function(path))).replace(';', ":")),
        );
        names.reverse();
        // Writing to a String cannot fail.
        let _: std::fmt::Result = writeln!(text, "{} {}", names.join(";"), unit.number(weight));
    }
    text
}
