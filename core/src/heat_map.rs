//! Samples by when they were taken, with the time of a column running up and columns side by side.
//!
//! ```text
//! columns of 1 s, rows of 250 ms          0.75 │ · · █
//!                                         0.50 │ · █ █
//!                                         0.25 │ █ █ ·
//!                                            0 │ █ · ·
//!                                              └───────
//!                                                0 1 2 s
//! ```
//!
//! What comes again in every column is a line across, what starts late a step, what happens once
//! a spot.

use std::ops::Range;

use crate::{CallPaths, Measure, Profile, Selection};

/// How many samples were taken in each equally long part of a recording, in columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeatMap {
    column_ns: i64,
    n_rows: usize,
    /// Column by column, each from its start.
    counts: Vec<u32>,
    most: u32,
}

/// How long a column may be: each of them can be told in one word, and divided into equal rows.
const STEPS_NS: [i64; 31] = {
    const MS: i64 = 1_000_000;
    const S: i64 = 1000 * MS;
    const MIN: i64 = 60 * S;
    const H: i64 = 60 * MIN;
    [
        1000,
        2000,
        5000,
        10_000,
        20_000,
        50_000,
        100_000,
        200_000,
        500_000,
        MS,
        2 * MS,
        5 * MS,
        10 * MS,
        20 * MS,
        50 * MS,
        100 * MS,
        200 * MS,
        500 * MS,
        S,
        2 * S,
        5 * S,
        10 * S,
        20 * S,
        30 * S,
        MIN,
        2 * MIN,
        5 * MIN,
        10 * MIN,
        30 * MIN,
        H,
        24 * H,
    ]
};

impl HeatMap {
    /// Counts the samples that weigh something, in columns of a length that makes no more than
    /// `max_columns` of them, unless the recording is longer than so many days. Linear in the
    /// samples. Of recordings without times, and of slices, there is none: no column.
    ///
    /// `paths` are those after transforms: samples that these leave out do not count.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
        [max_columns, n_rows]: [usize; 2],
    ) -> Self {
        let (Measure::Weight(value_type), Some(times)) = (measure, profile.samples().times_ns())
        else {
            return Self::default();
        };
        if times.is_empty() || n_rows == 0 {
            return Self::default();
        }
        let end_ns = profile.duration_ns().max(1);
        let n_columns = |step_ns: i64| end_ns.div_euclid(step_ns) + i64::from(end_ns % step_ns > 0);
        let most = i64::try_from(max_columns.max(1)).unwrap_or(i64::MAX);
        let fits = |step_ns: &&i64| n_columns(**step_ns) <= most;
        let day = STEPS_NS[STEPS_NS.len() - 1];
        let column_ns = STEPS_NS.iter().find(fits).copied().unwrap_or_else(|| {
            let days = n_columns(day).div_euclid(most) + 1;
            days.saturating_mul(day)
        });
        let n_columns = usize::try_from(n_columns(column_ns)).unwrap_or_default();
        let mut map = Self { column_ns, n_rows, counts: vec![0; n_columns * n_rows], most: 0 };
        selection.for_each_weight(profile, paths, value_type, |sample, _| {
            let cell = map.cell_at(times[sample]);
            if paths.of_sample(sample).some().is_some()
                && let Some(count) = cell.and_then(|cell| map.counts.get_mut(cell))
            {
                *count = count.saturating_add(1);
            }
        });
        map.most = map.counts.iter().copied().max().unwrap_or_default();
        map
    }

    /// Which cell a time is in; the end of the recording is in the last one.
    fn cell_at(&self, time_ns: i64) -> Option<usize> {
        let column = usize::try_from(time_ns.div_euclid(self.column_ns)).ok()?;
        let column = column.min(self.n_columns().checked_sub(1)?);
        let in_column = time_ns - i64::try_from(column).ok()? * self.column_ns;
        // Rows of a column of 1 µs may be shorter than 1 ns: 128 bits for the product.
        let row = i128::from(in_column) * self.n_rows as i128 / i128::from(self.column_ns);
        let row = usize::try_from(row).ok()?.min(self.n_rows - 1);
        Some(column * self.n_rows + row)
    }

    /// How long a column is, in nanoseconds.
    pub fn column_ns(&self) -> i64 {
        self.column_ns
    }

    /// Number of columns; 0 where there is nothing to show.
    pub fn n_columns(&self) -> usize {
        self.counts.len().checked_div(self.n_rows).unwrap_or_default()
    }

    /// Number of rows, the first of which is the start of each column.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The samples in a cell.
    #[inline]
    pub fn count(&self, column: usize, row: usize) -> u32 {
        self.counts[column * self.n_rows + row]
    }

    /// The most samples in any cell.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// The first cell with the most samples, as column and row; `None` where no sample counts.
    pub fn hottest(&self) -> Option<(usize, usize)> {
        let cell = self.counts.iter().position(|&count| count == self.most && count > 0)?;
        Some((cell / self.n_rows, cell % self.n_rows))
    }

    /// The time of a cell, in nanoseconds since the start of the profile.
    pub fn range_ns(&self, column: usize, row: usize) -> Range<i64> {
        let at = |row: usize| {
            let rows = (column * self.n_rows + row) as i128;
            // Rounded up, as the first nanosecond that `cell_at` finds there.
            let ns = rows * i128::from(self.column_ns) + self.n_rows as i128 - 1;
            i64::try_from(ns / self.n_rows as i128).unwrap_or(i64::MAX)
        };
        at(row)..at(row + 1)
    }

    /// How long a row is, in nanoseconds; rows of very short columns may be shorter than 1.
    pub fn row_ns(&self) -> i64 {
        self.column_ns / i64::try_from(self.n_rows.max(1)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::random;
    use crate::{ProfileBuilder, Sample, Unit};

    fn profile(times_ns: &[i64]) -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let value_type = builder.value_type("samples", Unit::Count);
        let function = builder.function_named("main");
        let leaf = builder.named_frame(crate::Line { function, line: 0 });
        for &time_ns in times_ns {
            let time_ns = Some(time_ns);
            builder.sample(Sample { time_ns, thread, callers: None, leaf, labels: None });
            builder.weight(value_type, 1).unwrap();
        }
        builder.finish().0
    }

    fn map(profile: &Profile, selection: &Selection, max: [usize; 2]) -> HeatMap {
        let measure = Measure::default_of(profile).unwrap();
        HeatMap::new(profile, &CallPaths::new(profile), measure, selection, max)
    }

    /// Rows from the top, as they are drawn.
    fn text(map: &HeatMap) -> String {
        let cell = |column, row| map.count(column, row).to_string();
        let row = |row| (0..map.n_columns()).map(|column| cell(column, row)).collect::<String>();
        (0..map.n_rows()).rev().map(row).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_second_runs_up_and_seconds_run_to_the_right() {
        let ms = |at: i64| at * 1_000_000;
        let profile = profile(&[0, ms(300), ms(1300), ms(1600), ms(2600), ms(2800), ms(2900)]);
        let map = map(&profile, &Selection::default(), [3, 4]);
        assert_eq!(map.column_ns(), 1_000_000_000);
        assert_eq!(text(&map), "002 011 110 100");
        assert_eq!((map.most(), map.hottest()), (2, Some((2, 3))));
        assert_eq!(map.range_ns(2, 3), ms(2750)..ms(3000));
    }

    #[test]
    fn columns_are_as_short_as_they_can_be() {
        let profile = profile(&[0, 59_000_000_000]);
        let columns = |max| {
            let map = map(&profile, &Selection::default(), [max, 10]);
            (map.column_ns() / 1_000_000, map.n_columns())
        };
        assert_eq!([columns(240), columns(60), columns(10)], [(500, 118), (1000, 59), (10_000, 6)]);
    }

    #[test]
    fn a_profile_of_years_and_one_of_a_nanosecond_have_columns() {
        for end in [1, 1_000, i64::MAX / 4] {
            let map = map(&profile(&[0, end]), &Selection::default(), [100, 50]);
            assert!((1..=101).contains(&map.n_columns()), "{end}: {}", map.n_columns());
            let counts = (0..map.n_columns() * 50).map(|cell| map.count(cell / 50, cell % 50));
            assert_eq!(counts.sum::<u32>(), 2, "{end}");
        }
    }

    #[test]
    fn what_has_no_times_has_no_columns() {
        let profile = crate::testing::trace("T1: aaaa");
        let map = HeatMap::new(
            &profile,
            &CallPaths::new(&profile),
            Measure::SliceTime,
            &Selection::default(),
            [10, 10],
        );
        assert_eq!((map.n_columns(), map.hottest()), (0, None));
    }

    proptest! {
        #[test]
        fn a_cell_holds_the_samples_of_its_time(
            profile in random::profile(),
            threads in proptest::option::of(random::threads()),
            max_columns in 1..20_usize,
            n_rows in 1..9_usize,
        ) {
            let selection = Selection { threads, ..Selection::default() };
            for measure in Measure::all(&profile) {
                let Measure::Weight(value_type) = measure else { continue };
                let paths = CallPaths::new(&profile);
                let map =
                    HeatMap::new(&profile, &paths, measure, &selection, [max_columns, n_rows]);
                let Some(times) = profile.samples().times_ns() else { continue };
                let end_ns = profile.duration_ns();
                for (column, row) in (0..map.n_columns()).flat_map(|c| (0..n_rows).map(move |r| (c, r))) {
                    let range = map.range_ns(column, row);
                    let is_last = column + 1 == map.n_columns() && row + 1 == n_rows;
                    let counted = (0..times.len()).filter(|&sample| {
                        let is_in = range.contains(&times[sample])
                            || is_last && times[sample] >= range.end && times[sample] <= end_ns;
                        is_in
                            && selection.has_thread(profile.samples().threads()[sample])
                            && profile.samples().weights(value_type).of(sample) != 0
                    });
                    prop_assert_eq!(counted.count(), map.count(column, row) as usize);
                }
            }
        }
    }
}
