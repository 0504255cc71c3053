//! The lines of a source file with what they weigh on both sides.

use rustc_hash::FxHashSet;

use super::adjust::adjusted;
use super::noise::{Events, EventsOfSample};
use super::{Basis, By, Change, PairedMeasure};
use crate::line_costs::sums_by_line;
use crate::{CallPaths, LineCost, LineCosts, Measure, Profile, Selection};

/// A line of one or both versions of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLine {
    /// Its number on each side that has it, counted from 1; 0 stands for places of no known line.
    pub line: [Option<u32>; 2],
    /// By [`By`], then by side: what it weighs in the unit of the measure.
    weights: [[i64; 2]; 2],
    /// The same of events; `None` where the recording does not tell.
    events: [[Option<Events>; 2]; 2],
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

/// How many events make up the weights of the lines of a file, for what chance makes of them.
#[derive(Clone, Debug, Default)]
pub struct LineEvents {
    /// By line, rising: [`By::Own`], then [`By::Total`].
    lines: Vec<(u32, [Events; 2])>,
}

impl LineEvents {
    /// Counts the events of the lines of [`LineCosts::new`]: a linear pass over the samples and
    /// the stacks. `None` where the recording does not tell how many there were.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
        file: &str,
    ) -> Option<Self> {
        let Measure::Weight(value_type) = measure else { return None };
        let of_sample = EventsOfSample::new(profile, value_type)?;
        let weights = profile.samples().weights(value_type).by_sample();
        let events = |sample| match weights.of(sample) {
            0 => Events::default(),
            weight => of_sample.of(profile, sample, weight),
        };
        Some(Self { lines: sums_by_line(profile, paths, selection, file, events) })
    }

    fn of(&self, line: u32) -> Option<[Events; 2]> {
        let at = self.lines.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        Some(self.lines[at].1)
    }
}

/// What one side knows of the lines of a file.
#[derive(Clone, Copy, Debug)]
pub struct LineSide<'a> {
    /// What they weigh.
    pub costs: &'a LineCosts,
    /// How many events that is; `None` where the recording does not tell.
    pub events: Option<&'a LineEvents>,
}

/// Puts the lines of two versions of a file side by side, in the order of `alike`: which lines
/// of the two are the same, and which only one has. Linear in the lines.
///
/// Nothing is left out: lines that weigh something and are not in `alike` follow at the end,
/// by their number, those of one number as one.
pub fn pair_lines(
    measure: &PairedMeasure,
    sides: [LineSide<'_>; 2],
    alike: impl IntoIterator<Item = [Option<u32>; 2]>,
) -> Vec<PairLine> {
    let row = |line: [Option<u32>; 2]| {
        let cost = |side: usize| line[side].and_then(|line| sides[side].costs.of(line));
        let weights = |of: fn(LineCost) -> i64| {
            [0, 1].map(|side| cost(side).map_or(0, |cost| measure.scaled(side, of(cost))))
        };
        let events = |by: By| {
            [0, 1].map(|side| {
                let events = sides[side].events?;
                let of_line = line[side].and_then(|line| events.of(line)).unwrap_or_default();
                Some(measure.scaled_events(side, of_line[by as usize]))
            })
        };
        // In the order of `By`.
        PairLine {
            line,
            weights: [weights(|cost| cost.self_), weights(|cost| cost.total)],
            events: [By::Own, By::Total].map(events),
        }
    };
    let mut rows: Vec<PairLine> = alike.into_iter().map(row).collect();
    let listed = [0, 1]
        .map(|side| -> FxHashSet<u32> { rows.iter().filter_map(|row| row.line[side]).collect() });
    let rest = |side: usize| -> Vec<u32> {
        let lines = sides[side].costs.lines.iter().map(|cost| cost.line);
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

/// What each line weighs on both sides, with how likely chance alone changes it as much, for who
/// looks at all lines of the file.
pub fn line_changes(lines: &[PairLine], basis: &Basis, by: By) -> Vec<Change> {
    adjusted(
        lines
            .iter()
            .map(|line| Change::of_one(line.weights(by), line.events[by as usize], basis.exposure)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Doubt, Mode, measures};
    use crate::{Function, Line, ProfileBuilder, Sample, Unit};

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
        let sides = [&a, &b].map(|costs| LineSide { costs, events: None });
        let rows: Vec<String> = pair_lines(&measure, sides, alike)
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

    #[test]
    fn lines_that_chance_may_change_as_much_are_in_doubt() {
        let profile = |counts: [(u32, usize); 3]| {
            let mut builder = ProfileBuilder::default();
            let process = builder.process(1, "app");
            let thread = builder.thread(process, 1, "main");
            let value_type = builder.value_type("cpu", Unit::Nanoseconds);
            let (file, name) = (Some(builder.string("a.rs")), builder.string("a"));
            let function = builder.function(Function { file, ..Function::named(name) });
            let mut time_ns = 0;
            for (line, n) in counts {
                let leaf = builder.named_frame(Line { function, line });
                for _ in 0..n {
                    time_ns += 1;
                    let time_ns = Some(time_ns);
                    builder.sample(Sample { time_ns, thread, callers: None, leaf, labels: None });
                    builder.weight(value_type, 10).unwrap();
                }
            }
            builder.finish().0
        };
        let (a, b) = (profile([(1, 3), (2, 100), (3, 7)]), profile([(1, 5), (2, 200), (3, 7)]));
        let measure = &measures([&a, &b], None).unwrap()[0];
        let all = Selection::default();
        let [(a, of_a), (b, of_b)] = [(&a, 0), (&b, 1)].map(|(profile, side)| {
            let (paths, of) = (CallPaths::new(profile), measure.of[side]);
            let costs = LineCosts::new(profile, &paths, of, &all, "a.rs");
            (costs, LineEvents::new(profile, &paths, of, &all, "a.rs"))
        });
        let sides = [
            LineSide { costs: &a, events: of_a.as_ref() },
            LineSide { costs: &b, events: of_b.as_ref() },
        ];
        let lines = pair_lines(measure, sides, (1..=4).map(|line| [Some(line); 2]));
        let basis = Basis::new(Mode::Absolute, [0; 2], [0.0; 2]);
        let marks = |lines: &[PairLine]| -> Vec<String> {
            let mark =
                |it: &Change| format!("{}{:?}", it.doubt().map_or("", Doubt::mark), it.weights);
            line_changes(lines, &basis, By::Own).iter().map(mark).collect()
        };
        assert_eq!(marks(&lines), ["~[30, 50]", "[1000, 2000]", "[70, 70]", "[0, 0]"]);
        let untold = sides.map(|side| LineSide { events: None, ..side });
        let lines = pair_lines(measure, untold, [[Some(1); 2]]);
        assert_eq!(marks(&lines)[0], "[30, 50]", "nothing tells");
    }
}
