//! The sampled stacks of a thread over time, at any zoom.
//!
//! Each sample lasts until the next one. Where a pixel stands for many, it shows one stack that
//! represents them, and with each of its boxes the share of the samples that went through it:
//!
//! ```text
//! samples   main main main main main         pixel   main    5 samples, 100 %
//!           read read eval eval eval                 eval    60 %
//!                     mul  add  mul                  mul     40 %
//! ```
//!
//! The stack is found from the root on: the callee through which most samples go, then the
//! one of its callees through which most of these go, until more of them end than go on.

mod cells;
mod join;
mod paths;

use std::ops::Range;

use cells::{Cell, Level, Representative};
use join::Joiner;
use paths::Paths;

use crate::activity::usual_interval;
use crate::{AxisView, PathId};

/// The stacks of the samples of one thread, and summaries of them: 16 bytes a sample, about 7
/// for the summaries and 12 a path. A million samples 40 deep are 0.7 ms a frame at most, by
/// `cargo bench -p rview-core --bench visible_boxes` on a busy virtual machine.
///
/// Summaries are of cells of time, each level of cells twice as long as those of the one
/// before; the shortest hold about six samples. A frame takes the level of which a cell is
/// nearest to a pixel, 0.7 to 1.4 of them, so its cost is bounded by pixels times depth. Cells
/// start at multiples of their length, so panning does not change what they show.
///
/// # Errors of the summary
///
/// Up to 128 samples in a cell, the stack is the one that all of them choose. Beyond, 128 of
/// them choose, evenly spread over the cell: the standard error of a share is at most 4.4
/// percentage points. Shares are kept in steps of a quarter and told as the middle of their
/// step, so they are off by 1/8 at most besides. [`Self::share`] counts exactly.
#[derive(Clone, Debug)]
pub struct SampleChart {
    /// By sample, rising.
    time_ns: Vec<i64>,
    /// By sample: its leaf, a row of `paths`.
    leaf: Vec<u32>,
    /// By sample: its row in the profile.
    row: Vec<u32>,
    /// When the recording ends.
    end_ns: i64,
    /// The longest that a sample lasts.
    gap_ns: i64,
    paths: Paths,
    /// Cells of `2^(first_shift + level)` nanoseconds.
    levels: Vec<Level>,
    first_shift: u32,
}

/// A function on the stack for some time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StackBox {
    /// How many callers it has.
    pub depth: u32,
    /// Left edge in pixels of the view, at most [`MARGIN_PX`](AxisView::MARGIN_PX) outside it.
    pub x0: f32,
    /// Right edge; always right of the left one.
    pub x1: f32,
    /// The functions down to this one.
    pub path: PathId,
    /// How many samples are behind it: those that it stands for, not only those through it.
    pub n: u32,
    /// How many of them go through it: 1 if it is no summary.
    pub share: f32,
}

/// A sample lasts at most as long as this many intervals between samples usually do; what is
/// beyond is a gap, in which the thread was not running or not recorded.
const GAP_INTERVALS: i64 = 4;

impl SampleChart {
    /// Summarizes the samples of a thread. `times_ns` are those of all samples of the profile,
    /// `rows` the rows of the thread's in order of time, `path_of` gives the path of such a
    /// row, [`PathId::NONE`] for an empty stack, and `parent` the caller of a path.
    pub fn new(
        times_ns: &[i64],
        rows: &[u32],
        path_of: impl Fn(usize) -> PathId,
        parent: impl Fn(PathId) -> Option<PathId>,
        end_ns: i64,
    ) -> Self {
        let time_ns: Vec<i64> = rows.iter().map(|&row| times_ns[row as usize]).collect();
        let (paths, leaf) = Paths::new(rows.iter().map(|&row| path_of(row as usize)), parent);
        let interval = usual_interval(time_ns.len(), |at| time_ns[at]);
        // Cells of four to eight intervals: the shortest for which a summary is worth it.
        let first_shift = interval.saturating_mul(4).max(1).ilog2().min(60) + 1;
        let levels = cells::levels(&time_ns, &leaf, &paths, first_shift);
        Self {
            time_ns,
            leaf,
            row: rows.to_vec(),
            end_ns,
            gap_ns: interval.saturating_mul(GAP_INTERVALS),
            paths,
            levels,
            first_shift,
        }
    }

    /// Number of samples.
    pub fn n_samples(&self) -> usize {
        self.time_ns.len()
    }

    /// Number of functions on the deepest stack, so the number of rows of the chart.
    pub fn max_depth(&self) -> u32 {
        self.paths.max_depth()
    }

    /// How much memory this takes.
    pub fn memory_bytes(&self) -> usize {
        let levels: usize = self.levels.iter().map(Level::memory_bytes).sum();
        self.n_samples() * (8 + 4 + 4) + self.paths.memory_bytes() + levels
    }

    /// The row in the profile of the sample that covers a time, by binary search.
    pub fn hit(&self, time_ns: i64) -> Option<u32> {
        let sample = self.time_ns.partition_point(|&time| time <= time_ns).checked_sub(1)?;
        let end = self.end_of(sample);
        (end > time_ns || self.time_ns[sample] == time_ns).then(|| self.row[sample])
    }

    /// How many of the samples taken in a time go through a path, and how many there are:
    /// exact, for what is said of a box. Linear in their number.
    pub fn share(&self, path: PathId, range_ns: Range<i64>) -> (usize, usize) {
        let samples = self.taken_in(range_ns);
        let subtree = self.paths.subtree(path);
        let through = self.leaf[samples.clone()].iter().filter(|&leaf| subtree.contains(leaf));
        (through.count(), samples.len())
    }

    /// Appends the boxes of the rows in `depths` that are in the window; those of one depth come
    /// from left to right. About one stack a pixel.
    pub fn visible(&self, view: &AxisView, depths: Range<u32>, out: &mut Vec<StackBox>) {
        let mut joiner = Joiner::new(&self.paths, view, depths, out);
        let shift = shift_of(view);
        match shift.checked_sub(self.first_shift) {
            Some(_) if self.levels.is_empty() => {}
            Some(level) => {
                let level = (level as usize).min(self.levels.len() - 1);
                self.summarized(&self.levels[level], view, &mut joiner);
            }
            None => self.sample_by_sample(shift, view, &mut joiner),
        }
        joiner.finish();
    }

    fn summarized(&self, level: &Level, view: &AxisView, joiner: &mut Joiner<'_>) {
        let cells = &level.cells;
        let time_of = |cell: &Cell| self.time_ns[cell.first as usize];
        let first = cells.partition_point(|cell| time_of(cell) <= view.start).saturating_sub(1);
        let until = view.end();
        for (at, cell) in cells.iter().enumerate().skip(first) {
            if time_of(cell) >= until {
                break;
            }
            let next = cells.get(at + 1).map_or(self.n_samples(), |next| next.first as usize);
            self.show(cell.first as usize..next, &cell.shown, joiner);
        }
    }

    /// For a close look: cells are shorter than the shortest of which there are summaries, so
    /// they hold few samples, mostly one.
    fn sample_by_sample(&self, shift: u32, view: &AxisView, joiner: &mut Joiner<'_>) {
        let before = self.time_ns.partition_point(|&time| time <= view.start);
        let mut sample = before.saturating_sub(1);
        // From the start of its cell, so that the cell is whole.
        if let Some(&time) = self.time_ns.get(sample) {
            sample = self.time_ns.partition_point(|&other| other >> shift < time >> shift);
        }
        let until = view.end();
        let mut chooser = cells::Chooser::default();
        while sample < self.n_samples() && self.time_ns[sample] < until {
            let next = cells::end_of_cell(&self.time_ns, sample, shift);
            let shown = chooser.choose(&self.leaf[sample..next], &self.paths);
            self.show(sample..next, &shown, joiner);
            sample = next;
        }
    }

    fn show(&self, samples: Range<usize>, shown: &Representative, joiner: &mut Joiner<'_>) {
        let start = self.time_ns[samples.start];
        let end = self.end_of(samples.end - 1);
        joiner.stack(start..end, samples.len(), shown);
    }

    /// The samples that were taken in a time.
    fn taken_in(&self, range_ns: Range<i64>) -> Range<usize> {
        let start = self.time_ns.partition_point(|&time| time < range_ns.start);
        let end = self.time_ns.partition_point(|&time| time < range_ns.end);
        start..end.max(start)
    }

    /// Until when a sample lasts.
    fn end_of(&self, sample: usize) -> i64 {
        let time = self.time_ns[sample];
        let next = self.time_ns.get(sample + 1).copied().unwrap_or(self.end_ns.max(time));
        next.min(time.saturating_add(self.gap_ns))
    }
}

/// The power of two of nanoseconds that is nearest to a pixel: from 0.7 to 1.4 pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 2^62")]
fn shift_of(view: &AxisView) -> u32 {
    ((view.units_per_px * std::f64::consts::SQRT_2).clamp(1.0, 4e18) as u64).ilog2()
}

#[cfg(test)]
mod tests;
