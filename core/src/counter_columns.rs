//! The values of a counter, by pixel.

use std::ops::Range;

use crate::AxisView;

/// What a counter was in one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CounterColumn {
    /// The left edge of the pixel.
    pub x: f32,
    /// The least value it had there.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The one it left the pixel with.
    pub last: f64,
}

/// The least and the greatest of blocks of values, so that no pixel needs to see each of them:
/// about a byte a value.
///
/// Values that are not a finite number are neither least nor greatest.
#[derive(Clone, Debug, Default)]
pub struct CounterLod {
    /// Blocks of [`FAN`] values, then of [`FAN`] of these, and so on.
    levels: Vec<Vec<Extremes>>,
}

const FAN: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Extremes {
    min: f64,
    max: f64,
}

impl CounterLod {
    /// Summarizes the values of a counter.
    pub fn new(values: &[f64]) -> Self {
        let mut levels = Vec::new();
        let of_values = |block: &[f64]| Extremes::of(block.iter().copied().map(Extremes::of_one));
        let mut level: Vec<Extremes> = values.chunks(FAN).map(of_values).collect();
        while level.len() > 1 {
            let of_blocks = |block: &[Extremes]| Extremes::of(block.iter().copied());
            let next = level.chunks(FAN).map(of_blocks).collect();
            levels.push(std::mem::replace(&mut level, next));
        }
        Self { levels }
    }

    /// How much memory this takes.
    pub fn memory_bytes(&self) -> usize {
        self.levels.iter().map(|level| size_of_val(level.as_slice())).sum()
    }

    /// The least and the greatest of all values; `None` when none is a finite number.
    /// `values` are those this was made of; costs as much as one pixel.
    pub fn extent(&self, values: &[f64]) -> Option<[f64; 2]> {
        let Extremes { min, max } = self.extremes(values, 0..values.len());
        (min <= max).then_some([min, max])
    }

    /// Appends a column for each pixel of the window from where the counter has a value on.
    /// The last value holds for ever. `times_ns` and `values` are those this was made of.
    pub fn columns(
        &self,
        times_ns: &[i64],
        values: &[f64],
        view: &AxisView,
        out: &mut Vec<CounterColumn>,
    ) {
        let mut next = times_ns.partition_point(|&time| view.px_of(time) <= 0.0);
        let mut x = 0.0_f32;
        while f64::from(x) < view.width_px {
            let right = f64::from(x) + 1.0;
            let end = next + times_ns[next..].partition_point(|&time| view.px_of(time) < right);
            // The value it came with, unless that is replaced at the very edge.
            let first = if next == 0 { 0 } else { next - 1 };
            if end > 0 {
                let Extremes { min, max } = self.extremes(values, first..end);
                out.push(CounterColumn { x, min, max, last: values[end - 1] });
            }
            next = end;
            x += 1.0;
        }
    }

    /// The least and the greatest of a range of values: at most twice [`FAN`] of each level.
    fn extremes(&self, values: &[f64], range: Range<usize>) -> Extremes {
        let (mut start, mut end) = (range.start, range.end);
        let mut found = Extremes { min: f64::NAN, max: f64::NAN };
        let mut take = |level: usize, at: usize| {
            found = found.with(match level {
                0 => Extremes::of_one(values[at]),
                _ => self.levels[level - 1][at],
            });
        };
        for level in 0..=self.levels.len() {
            let is_top = level == self.levels.len();
            while start < end && (is_top || !start.is_multiple_of(FAN)) {
                take(level, start);
                start += 1;
            }
            while start < end && !end.is_multiple_of(FAN) {
                end -= 1;
                take(level, end);
            }
            (start, end) = (start / FAN, end / FAN);
        }
        found
    }
}

/// The columns of a counter that has too few values for a [`CounterLod`]: linear in those that
/// are in the window.
pub fn counter_columns(times_ns: &[i64], values: &[f64], view: &AxisView) -> Vec<CounterColumn> {
    let mut columns = Vec::new();
    CounterLod::default().columns(times_ns, values, view, &mut columns);
    columns
}

impl Extremes {
    fn of_one(value: f64) -> Self {
        let value = if value.is_finite() { value } else { f64::NAN };
        Self { min: value, max: value }
    }

    fn of(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::of_one(f64::NAN), Self::with)
    }

    /// `f64::min` and `max` prefer what is a number.
    fn with(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_holds_until_the_next() {
        let view = AxisView::new(0, 10.0, 5.0);
        let columns = counter_columns(&[12, 25, 27, 40], &[3.0, 9.0, 1.0, 2.0], &view);
        let texts: Vec<String> =
            columns.iter().map(|c| format!("{}: {}..{} {}", c.x, c.min, c.max, c.last)).collect();
        assert_eq!(texts, ["1: 3..3 3", "2: 1..9 1", "3: 1..1 1", "4: 1..2 2"]);
    }

    #[test]
    fn what_is_not_finite_is_neither_least_nor_greatest() {
        let values = [f64::NAN, 4.0, f64::INFINITY, -2.0, f64::NEG_INFINITY];
        let many: Vec<f64> = values.iter().copied().cycle().take(1000).collect();
        assert_eq!(CounterLod::new(&many).extent(&many), Some([-2.0, 4.0]));
        assert_eq!(CounterLod::new(&values[..1]).extent(&values[..1]), None);
        assert_eq!(CounterLod::new(&[]).extent(&[]), None);
    }

    #[test]
    fn a_counter_without_values_has_no_columns() {
        assert_eq!(counter_columns(&[], &[], &AxisView::new(0, 1.0, 10.0)), []);
    }

    proptest! {
        #[test]
        fn columns_are_as_a_look_at_each_value_gives(
            steps in proptest::collection::vec((0_i64..50, -9_i32..9), 0..3000),
            start in -100_i64..40_000, log in -3.0..10.0, width in 1.0..200.0,
        ) {
            let mut now = 0;
            let times: Vec<i64> = steps.iter().map(|step| { now += step.0; now }).collect();
            let values: Vec<f64> = steps.iter().map(|step| f64::from(step.1)).collect();
            let view = AxisView::new(start, f64::exp2(log), width);
            let mut columns = Vec::new();
            CounterLod::new(&values).columns(&times, &values, &view, &mut columns);
            prop_assert_eq!(&columns, &counter_columns(&times, &values, &view));
            for column in columns {
                let x = f64::from(column.x);
                let px = |at: usize| view.px_of(times[at]);
                let end = (0..times.len()).filter(|&at| px(at) < x + 1.0 || px(at) <= 0.0).count();
                let inside = (0..end).filter(|&at| at + 1 == times.len() || px(at + 1) >= x);
                let seen: Vec<f64> = inside.map(|at| values[at]).collect();
                let least = seen.iter().copied().fold(f64::NAN, f64::min);
                prop_assert!(column.min >= least - 9.0 && !seen.is_empty());
                prop_assert!(column.last.total_cmp(&values[end - 1]).is_eq());
                prop_assert!(seen.contains(&column.min) && seen.contains(&column.max));
            }
        }
    }
}
