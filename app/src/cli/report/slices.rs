//! The slices that count, and how long those of one name last.

use std::fmt::Write as _;

use rview_core::units::{format_duration, format_percent, format_time, group_digits};
use rview_core::{
    FunctionId, FunctionSet, Profile, Selection, SliceId, SliceStats, process_name, thread_name,
};
use serde::Serialize;

use super::super::{Failure, WRONG_USE};

/// How long the slices of one name last.
#[derive(Serialize)]
pub(super) struct Distribution {
    name: String,
    /// Those of the slices that count.
    categories: Vec<String>,
    /// Whether slices may reach out of the time that counts.
    #[serde(skip)]
    is_part: bool,
    count: u64,
    /// Within the selection; all others are of whole slices.
    total_ns: i64,
    self_ns: i64,
    min_ns: i64,
    mean_ns: i64,
    /// By nearest rank: a duration there is.
    p50_ns: i64,
    p90_ns: i64,
    p99_ns: i64,
    max_ns: i64,
    histogram: Histogram,
    /// Longest first.
    longest: Vec<Instance>,
}

/// Bins on a logarithmic scale, shortest first.
#[derive(Serialize)]
struct Histogram {
    /// How many have no duration.
    n_zero: u64,
    bins: Vec<Bin>,
}

/// From its start to before its end.
#[derive(Serialize)]
struct Bin {
    start_ns: i64,
    end_ns: i64,
    count: u64,
}

/// One slice.
#[derive(Serialize)]
struct Instance {
    start_ns: i64,
    duration_ns: i64,
    self_ns: i64,
    process: String,
    /// The thread, or what asynchronous work is called.
    track: String,
}

impl Distribution {
    /// That of the slices of a name, in all categories, with the `n_longest` longest.
    pub(super) fn new(
        profile: &Profile,
        selection: &Selection,
        name: &str,
        n_longest: usize,
    ) -> Result<Self, Failure> {
        let functions = profile.symbols().functions().ids();
        let is_called = |function: &FunctionId| profile.function_name(*function) == name;
        let names: FunctionSet = functions.filter(is_called).collect();
        let n_longest = n_longest.min(profile.slices().len());
        let stats = SliceStats::new(profile, selection, &names, n_longest).ok_or_else(|| {
            let is_all = *selection == Selection::default();
            let place = if is_all { "" } else { " in what is selected" };
            Failure::new(WRONG_USE, format!("--slice: no slice{place} is called {name}"))
        })?;
        let counts = |function: &FunctionId| {
            let one: FunctionSet = std::iter::once(*function).collect();
            names.len() == 1 || SliceStats::new(profile, selection, &one, 0).is_some()
        };
        let counted = names.iter().filter(counts);
        let mut categories: Vec<String> =
            counted.map(|name| profile.function_module(name).to_owned()).collect();
        categories.retain(|category| !category.is_empty());
        let bins = stats.histogram.bins.iter();
        let bins = bins
            .map(|bin| Bin { start_ns: bin.start_ns, end_ns: bin.end_ns, count: bin.count })
            .collect();
        Ok(Self {
            name: name.to_owned(),
            categories,
            is_part: selection.range_ns.is_some(),
            count: stats.total.count,
            total_ns: stats.total.total_ns,
            self_ns: stats.total.self_ns,
            min_ns: stats.total.min_ns,
            mean_ns: stats.mean_ns,
            p50_ns: stats.p50_ns,
            p90_ns: stats.p90_ns,
            p99_ns: stats.p99_ns,
            max_ns: stats.total.max_ns,
            histogram: Histogram { n_zero: stats.histogram.n_zero, bins },
            longest: stats.longest.iter().map(|&slice| Instance::new(profile, slice)).collect(),
        })
    }

    /// The same for people.
    pub(super) fn write(&self, out: &mut String, n_rows: usize) -> std::fmt::Result {
        write!(out, "\nSlices called {}", self.name)?;
        if !self.categories.is_empty() {
            write!(out, " ({})", self.categories.join(", "))?;
        }
        let count = i64::try_from(self.count).unwrap_or(i64::MAX);
        writeln!(out, "\n{:>12}  {}", "count", group_digits(count))?;
        for (what, ns) in [
            ("total", self.total_ns),
            ("self", self.self_ns),
            ("shortest", self.min_ns),
            ("mean", self.mean_ns),
            ("p50", self.p50_ns),
            ("p90", self.p90_ns),
            ("p99", self.p99_ns),
            ("longest", self.max_ns),
        ] {
            writeln!(out, "{what:>12}  {}", format_duration(ns))?;
        }
        if self.is_part {
            writeln!(
                out,
                "\nTotal and self are of the time that counts, all else of whole slices."
            )?;
        }
        self.write_histogram(out, count)?;
        writeln!(out, "\n{:>12} {:>12} {:>14}  thread", "longest", "self", "start")?;
        let is_of_one = self.longest.windows(2).all(|pair| pair[0].process == pair[1].process);
        for slice in self.longest.iter().take(n_rows) {
            let process = if is_of_one { String::new() } else { format!(" of {}", slice.process) };
            writeln!(
                out,
                "{:>12} {:>12} {:>14}  {}{process}",
                format_duration(slice.duration_ns),
                format_duration(slice.self_ns),
                format_time(slice.start_ns, slice.duration_ns / 1000),
                slice.track,
            )?;
        }
        Ok(())
    }

    fn write_histogram(&self, out: &mut String, count: i64) -> std::fmt::Result {
        let Histogram { n_zero, bins } = &self.histogram;
        let most = bins.iter().map(|bin| bin.count).max().unwrap_or_default().max(*n_zero).max(1);
        writeln!(out, "\n{:>12} {:>12} {:>9}", "from", "to", "count")?;
        let zero = (*n_zero > 0).then(|| ("0 ns".to_owned(), String::new(), *n_zero));
        let bins = bins
            .iter()
            .map(|bin| (format_duration(bin.start_ns), format_duration(bin.end_ns), bin.count));
        for (from, to, n) in zero.into_iter().chain(bins) {
            let share = format_percent(i64::try_from(n).unwrap_or(i64::MAX), count);
            let bar = "#".repeat(usize::try_from((n * BAR).div_ceil(most)).unwrap_or_default());
            let line = format!("{from:>12} {to:>12} {n:>9} {share:>8}  {bar}");
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Letters of the longest bar.
const BAR: u64 = 40;

impl Instance {
    fn new(profile: &Profile, slice: SliceId) -> Self {
        let slices = profile.slices();
        let lane = slices.lane_of(slice);
        let row = profile.tracks().row(slices.lanes()[lane.index()].track);
        let track = match row.thread {
            Some(thread) => thread_name(profile, thread),
            None => profile.text(row.name).to_owned(),
        };
        Self {
            start_ns: slices.start_ns(slice),
            duration_ns: slices.duration_ns(slice),
            self_ns: slices.self_ns(slice),
            process: process_name(profile, row.process),
            track,
        }
    }
}
