//! How busy something was, by pixel.

use crate::view::difference;
use crate::{AxisView, LaneId, SliceId, Slices, Weights};

/// How busy a thread was over time, for the rows of an overview.
///
/// What happened until a time, at up to a million times and straight in between:
///
/// ```text
/// sum     ╱────╮ 3     a column shows by how much the sum rises in its pixel
///       ╱──╯           ╷ ╷
/// time ─┴──┴──┴────────┴─┴──
/// ```
///
/// With more samples or slices than a million, neighbours are taken together and what they
/// add up to is spread evenly over the time from the first to the end of the last.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Rising, with what happened until then.
    time_ns: Vec<i64>,
    sum: Vec<i64>,
    full: Full,
}

/// How busy something was over some pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivityBar {
    /// Its left edge, in pixels of the window.
    pub x0: f32,
    /// Its right edge.
    pub x1: f32,
    /// The mean of the loads of its pixels, from 0 to 1.
    pub mean: f32,
    /// The largest of them.
    pub peak: f32,
}

/// What a load of 1 is.
#[derive(Clone, Debug)]
enum Full {
    /// As much as time passed.
    WallTime,
    /// The greatest rise by nanosecond in a cell of time, for cells of `4^i` times the first.
    Peak { first_ns: i64, by_cell: Vec<f64> },
}

/// Knots are 16 bytes; a million are enough for hundreds on each pixel.
const MAX_KNOTS: usize = 1 << 20;

/// A sample lasts at most so many times the usual interval, as in [`crate::SampleChart`].
const GAP_INTERVALS: i64 = 4;

impl Activity {
    /// The weights of samples over time, each spread evenly from its sample to the next but
    /// not over gaps, relative to the busiest pixel of the recording at the same zoom.
    /// Negative weights count with their magnitude. `times_ns` are those of all samples of the
    /// profile, `rows` those that count, in order of time.
    pub fn of_samples(times_ns: &[i64], rows: &[u32], weights: &Weights) -> Self {
        let time = |at: usize| times_ns[rows[at] as usize];
        let interval = usual_interval(rows.len(), time);
        let gap = interval.saturating_mul(GAP_INTERVALS).max(1);
        let last = rows.len().saturating_sub(1);
        let mut curve = Curve::new(rows.len());
        for (at, &row) in rows.iter().enumerate() {
            let start = time(at);
            let next = if at < last { time(at + 1) } else { start.saturating_add(interval) };
            let end = next.min(start.saturating_add(gap));
            curve.add(start, end, weights.of(row as usize).saturating_abs());
        }
        let (time_ns, sum) = curve.finish();
        let by_cell = peaks(&time_ns, &sum, gap);
        Self { time_ns, sum, full: Full::Peak { first_ns: gap, by_cell } }
    }

    /// The share of time in which slices of any of some lanes were open: those of depth 0, of
    /// which a thread has more than one where its slices overlap without nesting.
    pub fn of_lanes(slices: &Slices, lanes: &[LaneId]) -> Self {
        let in_lane = |lane: &LaneId| {
            slices.lane_slices(*lane).map(|row| {
                let (start, duration) =
                    (slices.starts_ns()[row], slices.duration_ns(SliceId::from_index(row)));
                (start, start.saturating_add(duration))
            })
        };
        let n_slices = lanes.iter().map(|&lane| slices.lane_slices(lane).len()).sum();
        let mut curve = Curve::new(n_slices);
        if let [only] = lanes {
            in_lane(only).for_each(|(start, end)| curve.add(start, end, end - start));
        } else {
            let mut open: Vec<(i64, i64)> = lanes.iter().flat_map(in_lane).collect();
            open.sort_unstable();
            let mut covered = i64::MIN;
            for (start, end) in open {
                let (start, end) = (start.max(covered), end.max(covered));
                curve.add(start, end, end - start);
                covered = end;
            }
        }
        let (time_ns, sum) = curve.finish();
        Self { time_ns, sum, full: Full::WallTime }
    }

    /// How much memory this takes.
    pub fn memory_bytes(&self) -> usize {
        self.time_ns.len() * 16
    }

    /// Appends the load of each pixel of the window, from 0 to 1, left to right.
    pub fn columns(&self, view: &AxisView, out: &mut Vec<f32>) {
        let full = self.full_rate(view) * view.units_per_px;
        let mut left = self.point(0, view, 0.0);
        let mut px = 0.0;
        while px < view.width_px {
            px += 1.0;
            let right = self.point(left.0, view, px);
            let rise = self.rise(left, right) / full;
            out.push(narrowed(rise.clamp(0.0, 1.0)));
            left = right;
        }
    }

    /// Appends the bars of the window, each `bar_px` pixels wide but for the first and the last.
    ///
    /// Bars start at multiples of their width from the start of the recording, so that panning
    /// moves them and does not change them.
    pub fn bars(&self, view: &AxisView, bar_px: u32, out: &mut Vec<ActivityBar>) {
        let mut columns = Vec::new();
        self.columns(view, &mut columns);
        let width = f64::from(bar_px.max(1));
        let from_zero = (difference(view.start, 0) + view.fraction) / view.units_per_px;
        let mut x = 0;
        let mut next = width - from_zero.rem_euclid(width);
        while x < columns.len() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a pixel of the window"
            )]
            let end = (next.round() as usize).clamp(x + 1, columns.len());
            let loads = &columns[x..end];
            let mean = loads.iter().sum::<f32>() / loads.len() as f32;
            let peak = loads.iter().copied().fold(0.0, f32::max);
            if peak > 0.0 {
                out.push(ActivityBar { x0: x as f32, x1: end as f32, mean, peak });
            }
            x = end;
            next += width;
        }
    }

    /// What a load of 1 is, in units by nanosecond.
    fn full_rate(&self, view: &AxisView) -> f64 {
        match &self.full {
            Full::WallTime => 1.0,
            Full::Peak { first_ns, by_cell } => {
                let mut cell = *first_ns as f64;
                let mut peak = 1.0;
                for &of_cell in by_cell {
                    peak = of_cell;
                    cell *= 4.0;
                    if cell > view.units_per_px {
                        break;
                    }
                }
                peak
            }
        }
    }

    /// The last knot at a pixel or left of it, and the share of the way to the next.
    fn point(&self, from: usize, view: &AxisView, px: f64) -> (usize, f64) {
        let at = px * view.units_per_px + view.fraction;
        let offset = |knot: usize| difference(self.time_ns[knot], view.start);
        let after =
            from + self.time_ns[from..].partition_point(|&t| difference(t, view.start) <= at);
        let Some(knot) = after.checked_sub(1) else { return (0, 0.0) };
        if after == self.time_ns.len() {
            return (knot, 0.0);
        }
        (knot, (at - offset(knot)) / (offset(after) - offset(knot)))
    }

    /// How much happened between two points. Differences of integers first: sums may be large.
    fn rise(&self, a: (usize, f64), b: (usize, f64)) -> f64 {
        let Some(&sum_at_a) = self.sum.get(a.0) else { return 0.0 };
        let step =
            |knot: usize| self.sum.get(knot + 1).map_or(0.0, |next| (next - self.sum[knot]) as f64);
        (self.sum[b.0] - sum_at_a) as f64 + step(b.0) * b.1 - step(a.0) * a.1
    }
}

/// Makes the knots of intervals that come in order of time.
struct Curve {
    time_ns: Vec<i64>,
    sum: Vec<i64>,
    /// So many intervals are taken together.
    together: usize,
    /// Those that are not in the knots yet: when the first starts and the last ends, what they
    /// add up to, how many.
    start: i64,
    end: i64,
    amount: i64,
    n: usize,
    total: i64,
}

impl Curve {
    fn new(n: usize) -> Self {
        let together = (2 * n).div_ceil(MAX_KNOTS).max(1);
        Self {
            time_ns: Vec::new(),
            sum: Vec::new(),
            together,
            start: 0,
            end: 0,
            amount: 0,
            n: 0,
            total: 0,
        }
    }

    fn add(&mut self, start: i64, end: i64, amount: i64) {
        // What takes no time goes with the next that does.
        if self.n == 0 || self.end == self.start {
            self.start = start;
        }
        self.n += 1;
        self.end = end;
        self.amount = self.amount.saturating_add(amount);
        if self.n >= self.together && self.end > self.start {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.n == 0 {
            return;
        }
        if self.time_ns.last().is_none_or(|&last| last < self.start) {
            self.time_ns.push(self.start);
            self.sum.push(self.total);
        }
        self.total = self.total.saturating_add(self.amount);
        self.time_ns.push(self.end.max(self.start.saturating_add(1)));
        self.sum.push(self.total);
        (self.amount, self.n) = (0, 0);
    }

    fn finish(mut self) -> (Vec<i64>, Vec<i64>) {
        self.flush();
        (self.time_ns, self.sum)
    }
}

/// The greatest rate in any cell, for cells of `first_ns` and then four times as long each, up
/// to one as long as everything.
fn peaks(time_ns: &[i64], sum: &[i64], first_ns: i64) -> Vec<f64> {
    let (Some(&first), Some(&last)) = (time_ns.first(), time_ns.last()) else { return Vec::new() };
    let mut peaks = Vec::new();
    let mut cell_ns = first_ns;
    loop {
        peaks.push(peak(time_ns, sum, first, cell_ns));
        match cell_ns.checked_mul(4) {
            Some(next) if cell_ns < last.saturating_sub(first) => cell_ns = next,
            _ => return peaks,
        }
    }
}

/// The greatest rate in cells of one length, of which one starts at `origin`.
fn peak(time_ns: &[i64], sum: &[i64], origin: i64, cell_ns: i64) -> f64 {
    let mut most = 0.0_f64;
    // The end of the cell, and what happened in it so far.
    let (mut cell_end, mut in_cell) = (origin.saturating_add(cell_ns), 0.0);
    for (times, sums) in time_ns.windows(2).zip(sum.windows(2)) {
        let (start, end) = (times[0], times[1]);
        let rate = (sums[1] - sums[0]) as f64 / difference(end, start);
        if end <= cell_end {
            in_cell += (sums[1] - sums[0]) as f64;
            continue;
        }
        in_cell += rate * difference(cell_end, start).max(0.0);
        most = most.max(in_cell / cell_ns as f64);
        // Cells in the middle of it, if there are any, have just its rate.
        let whole = end.saturating_sub(cell_end) / cell_ns;
        if whole > 0 {
            most = most.max(rate);
        }
        cell_end = cell_end.saturating_add(whole.saturating_mul(cell_ns));
        in_cell = rate * difference(end, cell_end).max(0.0);
        cell_end = cell_end.saturating_add(cell_ns);
    }
    most = most.max(in_cell / cell_ns as f64);
    if most > 0.0 { most } else { 1.0 }
}

/// The median time from a sample to the next, of those that are not at the same time.
pub(crate) fn usual_interval(n: usize, time_ns: impl Fn(usize) -> i64) -> i64 {
    /// So many are enough to know.
    const SEEN: usize = 65_536;
    let step = (n / SEEN).max(1);
    let seen = (1..n).step_by(step);
    let mut intervals: Vec<i64> = seen
        .map(|at| time_ns(at).saturating_sub(time_ns(at - 1)))
        .filter(|&interval| interval > 0)
        .collect();
    if intervals.is_empty() {
        return 0;
    }
    let middle = intervals.len() / 2;
    *intervals.select_nth_unstable(middle).1
}

#[expect(clippy::cast_possible_truncation, reason = "a load needs no 64 bits")]
fn narrowed(load: f64) -> f32 {
    load as f32
}

#[cfg(test)]
mod tests;
