//! The lines of a source file with what they weigh on both sides.

use rustc_hash::FxHashSet;

use super::{By, PairedMeasure};
use crate::{LineCost, LineCosts};

/// A line of one or both versions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairLine {
    /// Its number on each side that has it, counted from 1; 0 stands for places of no known line.
    pub line: [Option<u32>; 2],
    /// By [`By`], then by side: what it weighs in the unit of the measure.
    weights: [[i64; 2]; 2],
}

impl PairLine {
    /// What ended in it, or all that has it anywhere in its stack, on each side.
    pub fn weights(&self, by: By) -> [i64; 2] {
        self.weights[by as usize]
    }

    /// Whether it weighs anything.
    pub fn counts(&self) -> bool {
        self.weights != [[0; 2]; 2]
    }
}

/// Puts the costs of two versions of a file side by side, in the order of `alike`: which lines
/// of the two are the same, and which only one has. Linear in the lines.
///
/// Nothing is left out: lines that weigh something and are not in `alike` follow at the end,
/// by their number, those of one number as one.
pub fn pair_lines(
    measure: &PairedMeasure,
    costs: [&LineCosts; 2],
    alike: impl IntoIterator<Item = [Option<u32>; 2]>,
) -> Vec<PairLine> {
    let row = |line: [Option<u32>; 2]| {
        let cost = |side: usize| line[side].and_then(|line| costs[side].of(line));
        let weights = |of: fn(LineCost) -> i64| {
            [0, 1].map(|side| cost(side).map_or(0, |cost| measure.scaled(side, of(cost))))
        };
        let mut row = PairLine { line, weights: [[0; 2]; 2] };
        row.weights[By::Own as usize] = weights(|cost| cost.self_);
        row.weights[By::Total as usize] = weights(|cost| cost.total);
        row
    };
    let mut rows: Vec<PairLine> = alike.into_iter().map(row).collect();
    let listed = [0, 1]
        .map(|side| -> FxHashSet<u32> { rows.iter().filter_map(|row| row.line[side]).collect() });
    let rest = |side: usize| -> Vec<u32> {
        let lines = costs[side].lines.iter().map(|cost| cost.line);
        lines.filter(|line| !listed[side].contains(line)).collect()
    };
    let rest = [rest(0), rest(1)];
    let mut lines: Vec<u32> = rest.concat();
    lines.sort_unstable();
    lines.dedup();
    rows.extend(lines.into_iter().map(|line| {
        row([0, 1].map(|side: usize| rest[side].binary_search(&line).is_ok().then_some(line)))
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::measures;
    use crate::{ProfileBuilder, Unit};

    fn costs(lines: &[(u32, i64, i64)]) -> LineCosts {
        let cost = |&(line, self_, total): &(u32, i64, i64)| LineCost { line, self_, total };
        LineCosts { lines: lines.iter().map(cost).collect() }
    }

    #[test]
    fn no_line_is_lost_and_units_are_those_of_the_measure() {
        let profile = |unit: &str| {
            let mut builder = ProfileBuilder::default();
            builder.value_type("cpu", Unit::from_name(unit));
            builder.finish().0
        };
        let (a, b) = (profile("microseconds"), profile("nanoseconds"));
        let measure = measures([&a, &b], None).expect("times convert").remove(0);
        let (a, b) = (costs(&[(0, 1, 1), (2, 5, 9)]), costs(&[(0, 7, 7), (3, 50, 90), (9, 4, 4)]));
        let alike = [[Some(1), Some(1)], [None, Some(2)], [Some(2), Some(3)]];
        let rows: Vec<String> = pair_lines(&measure, [&a, &b], alike)
            .iter()
            .map(|row| {
                let line = row.line.map(|line| line.map_or("-".to_owned(), |n| n.to_string()));
                let (own, total) = (row.weights(By::Own), row.weights(By::Total));
                format!("{} self {own:?} total {total:?}", line.join(" "))
            })
            .collect();
        assert_eq!(
            rows,
            [
                "1 1 self [0, 0] total [0, 0]",
                "- 2 self [0, 0] total [0, 0]",
                "2 3 self [5000, 50] total [9000, 90]",
                "0 0 self [1000, 7] total [1000, 7]",
                "- 9 self [0, 4] total [0, 4]",
            ]
        );
    }
}
