//! Summaries of the boxes of each row, from which a view takes what it needs.

use std::ops::Range;

use rayon::prelude::*;

use super::BoxRun;
use super::merger::{Longest, RunMerger, Small};
use crate::AxisView;
use crate::view::difference;

/// For each row of boxes a tree of summaries: blocks of [`BLOCK`] boxes, then of [`FAN`] of
/// those, and so on until one covers the row.
///
/// ```text
/// level 1   [─────────────── 32 ───────────────]
/// level 0   [── 8 ──] [── 8 ──] [─ 8 ─] [─ 8 ──]
/// boxes     ╶╴╶╴╶───╴ …
/// ```
///
/// A view takes each block that is smaller than a pixel as one, and opens all others. Blocks
/// of a level do not overlap, so no more of a level are opened than the window has pixels.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowTree {
    /// By row its levels, the lowest first. Empty rows have none.
    nodes: Vec<Node>,
    /// By row: where its nodes start.
    first_node: Vec<u32>,
}

/// Boxes in a node of the lowest level. Together with [`FAN`] this decides between memory, 24
/// bytes a node or 4 bytes a box, and how much a view opens at the worst zoom.
const BLOCK: usize = 8;
/// Nodes in a node of the level above.
const FAN: usize = 4;
/// Enough levels for 2^32 boxes: 8 * 4^15 of them.
const MAX_LEVELS: usize = 16;

/// What a block of boxes looks like from afar.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Where its first box starts.
    start: i64,
    /// From there to the end of its last box, rounded up.
    units: f32,
    /// How many units its boxes cover.
    covered: f32,
    /// Its longest box.
    longest: Longest,
}

/// How long boxes are, a row each: not negative.
pub(crate) trait Lengths: Sync {
    /// The length of one box, in units of the axis.
    fn units(&self, row: usize) -> i64;
}

impl Lengths for Vec<i64> {
    #[inline]
    fn units(&self, row: usize) -> i64 {
        self[row]
    }
}

/// The boxes of one row: columns of the whole chart, and which part of them the row is.
///
/// Starts rise, no box ends after the next one starts, and no length is negative.
pub(crate) struct Row<'a, L> {
    /// Where boxes start.
    pub(crate) start: &'a [i64],
    /// How long they are.
    pub(crate) units: &'a L,
    /// Which boxes are of the row.
    pub(crate) boxes: Range<usize>,
}

/// Where the levels of a row are among all nodes.
struct Levels {
    /// Start and length of each level; the lowest first.
    ranges: [(usize, usize); MAX_LEVELS],
    n: usize,
    end: usize,
}

impl Levels {
    fn new(n_boxes: usize, first_node: usize) -> Self {
        let mut levels = Self { ranges: [(0, 0); MAX_LEVELS], n: 0, end: first_node };
        if n_boxes == 0 {
            return levels;
        }
        let mut n_nodes = n_boxes.div_ceil(BLOCK);
        loop {
            levels.ranges[levels.n] = (levels.end, n_nodes);
            levels.n += 1;
            levels.end += n_nodes;
            if n_nodes == 1 || levels.n == MAX_LEVELS {
                return levels;
            }
            n_nodes = n_nodes.div_ceil(FAN);
        }
    }
}

impl RowTree {
    /// Summarizes the rows of which `ends` are the ends, in linear time and in parallel.
    pub(crate) fn new(
        start: &[i64],
        units: &impl Lengths,
        ends: impl Iterator<Item = usize>,
    ) -> Self {
        let mut rows = Vec::new();
        let mut first_node = Vec::new();
        let (mut first_box, mut n_nodes) = (0, 0);
        for end in ends {
            first_node.push(u32::try_from(n_nodes).unwrap_or(u32::MAX));
            rows.push(first_box..end);
            n_nodes = Levels::new(end - first_box, n_nodes).end;
            first_box = end;
        }
        let longest = Longest::default();
        let empty = Node { start: 0, units: 0.0, covered: 0.0, longest };
        let mut nodes = vec![empty; n_nodes];

        let mut rest = nodes.as_mut_slice();
        let mut jobs = Vec::new();
        for boxes in rows {
            let levels = Levels::new(boxes.len(), 0);
            let (of_row, others) = rest.split_at_mut(levels.end);
            rest = others;
            if levels.n > 0 {
                jobs.push((Row { start, units, boxes }, levels, of_row));
            }
        }
        jobs.into_par_iter().for_each(|(row, levels, nodes)| summarize(&row, &levels, nodes));
        Self { nodes, first_node }
    }

    /// How much memory this takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(self.nodes.as_slice()) + size_of_val(self.first_node.as_slice())
    }

    /// Appends the runs of row number `index` that are in the window, from left to right.
    pub(crate) fn visible(
        &self,
        index: usize,
        row: &Row<'_, impl Lengths>,
        view: &AxisView,
        out: &mut Vec<BoxRun>,
    ) {
        let levels = Levels::new(row.boxes.len(), self.first_node[index] as usize);
        if levels.n == 0 {
            return;
        }
        // The merger is local to this function and all of it is inlined here, so that what it
        // adds up stays in registers.
        let mut merger = RunMerger::new(view, out);
        let until = merger.until(view);
        let next = self.descend(&levels, row, until, &mut merger);
        merger.finish(next);
    }

    /// The box of row number `index` that covers a place, or an empty one that is at it.
    pub(crate) fn hit(&self, index: usize, row: &Row<'_, impl Lengths>, at: i64) -> Option<usize> {
        let found = self.last_from(index, row, at)?;
        let is_empty = row.units.units(found) == 0;
        (row.end_of(found) > at || (is_empty && row.start[found] == at)).then_some(found)
    }

    /// The box that covers a place, else the nearest that is not farther than `within`.
    pub(crate) fn nearest(
        &self,
        index: usize,
        row: &Row<'_, impl Lengths>,
        at: i64,
        within: i64,
    ) -> Option<usize> {
        if let Some(found) = self.hit(index, row, at) {
            return Some(found);
        }
        let before = self.last_from(index, row, at);
        let after = before.map_or(row.boxes.start, |before| before + 1);
        let to_left = before.map(|before| (at.saturating_sub(row.end_of(before)), before));
        let to_right = row.boxes.contains(&after).then(|| row.start[after].saturating_sub(at));
        let to_right = to_right.map(|distance| (distance, after));
        let (distance, found) = to_left.into_iter().chain(to_right).min()?;
        (distance <= within).then_some(found)
    }

    /// The last box that starts at a place or left of it: a binary search in the blocks, which
    /// are a few pages, then in one of them.
    fn last_from(&self, index: usize, row: &Row<'_, impl Lengths>, at: i64) -> Option<usize> {
        let levels = Levels::new(row.boxes.len(), self.first_node[index] as usize);
        let (first, len) = levels.ranges[0];
        let blocks = self.nodes[first..first + len].partition_point(|node| node.start <= at);
        let boxes = row.block(blocks.checked_sub(1)?);
        let after = row.start[boxes.clone()].partition_point(|&start| start <= at);
        Some(boxes.start + after.checked_sub(1)?)
    }

    /// Hands over everything that is in the window. Returns where the next box starts.
    #[inline]
    fn descend(
        &self,
        levels: &Levels,
        row: &Row<'_, impl Lengths>,
        until: f64,
        merger: &mut RunMerger<'_>,
    ) -> Option<f64> {
        let cell = narrowed(merger.cell_units());
        let (mut level, mut index) = self.seek(levels, merger, cell);
        loop {
            let (first, len) = levels.ranges[level];
            if index >= len {
                return None;
            }
            let node = &self.nodes[first + index];
            let start = merger.offset_of(node.start);
            if start >= until {
                return Some(start);
            }
            if node.units < cell {
                let n_boxes = BLOCK << (2 * level);
                let n = n_boxes.min(row.boxes.len() - index * n_boxes);
                merger.small(start, node.small(start, n));
            } else if level > 0 {
                level -= 1;
                index *= FAN;
                continue;
            } else {
                let next = row.merge(row.block(index), until, merger);
                if next.is_some() {
                    return next;
                }
            }
            index += 1;
            while index.is_multiple_of(FAN) && level + 1 < levels.n {
                level += 1;
                index /= FAN;
            }
        }
    }

    /// The first node that matters: level and index. It is the largest that is taken as one,
    /// or else of the lowest level.
    fn seek(&self, levels: &Levels, merger: &RunMerger<'_>, cell: f32) -> (usize, usize) {
        let from = merger.from();
        let ends_by = |node: &Node| merger.offset_of(node.start) + f64::from(node.units) <= from;
        let mut level = levels.n - 1;
        let mut index = 0;
        loop {
            let (first, len) = levels.ranges[level];
            let nodes = &self.nodes[first..first + len];
            while index + 1 < len && ends_by(&nodes[index]) {
                index += 1;
            }
            if level == 0 || nodes[index].units < cell {
                return (level, index);
            }
            level -= 1;
            index *= FAN;
        }
    }
}

impl Node {
    #[inline]
    fn small(&self, start: f64, n: usize) -> Small {
        Small {
            end: start + f64::from(self.units),
            covered: f64::from(self.covered),
            longest: self.longest,
            n: u32::try_from(n).unwrap_or(u32::MAX),
        }
    }
}

impl<L: Lengths> Row<'_, L> {
    fn end_of(&self, found: usize) -> i64 {
        self.start[found].saturating_add(self.units.units(found))
    }

    /// The boxes of a node of the lowest level.
    fn block(&self, index: usize) -> Range<usize> {
        let first = self.boxes.start + index * BLOCK;
        first..(first + BLOCK).min(self.boxes.end)
    }

    /// Hands over boxes one by one. Returns where the first one right of the window starts.
    #[inline]
    fn merge(&self, boxes: Range<usize>, until: f64, merger: &mut RunMerger<'_>) -> Option<f64> {
        let cell = merger.cell_units();
        let starts = &self.start[boxes.clone()];
        for (row, &start) in boxes.zip(starts) {
            let start = merger.offset_of(start);
            if start >= until {
                return Some(start);
            }
            let units = self.units.units(row) as f64;
            if units >= cell {
                merger.large(u32::try_from(row).unwrap_or(u32::MAX), start, units);
            } else {
                let (end, longest) = (start + units, Longest::new(row, units));
                merger.small(start, Small { end, covered: units, longest, n: 1 });
            }
        }
        None
    }
}

/// Fills in the nodes of a row, the lowest level first.
fn summarize(row: &Row<'_, impl Lengths>, levels: &Levels, nodes: &mut [Node]) {
    let (_, n_blocks) = levels.ranges[0];
    let (blocks, mut above) = nodes.split_at_mut(n_blocks);
    blocks.par_iter_mut().with_min_len(4096).enumerate().for_each(|(index, node)| {
        *node = summary_of_boxes(row, row.block(index));
    });
    let mut below: &[Node] = blocks;
    for &(_, len) in &levels.ranges[1..levels.n] {
        let (level, rest) = above.split_at_mut(len);
        for (node, children) in level.iter_mut().zip(below.chunks(FAN)) {
            *node = summary_of_nodes(children);
        }
        (below, above) = (level, rest);
    }
}

fn summary_of_boxes(row: &Row<'_, impl Lengths>, boxes: Range<usize>) -> Node {
    let (start, last) = (row.start[boxes.start], boxes.end - 1);
    let (mut covered, mut longest) = (0.0, Longest::default());
    for at in boxes {
        let units = row.units.units(at) as f64;
        covered += units;
        longest = longest.max(Longest::new(at, units));
    }
    let units = difference(row.start[last], start) + row.units.units(last) as f64;
    Node { start, units: rounded_up(units), covered: narrowed(covered), longest }
}

fn summary_of_nodes(children: &[Node]) -> Node {
    let (first, last) = (&children[0], &children[children.len() - 1]);
    let units = difference(last.start, first.start) + f64::from(last.units);
    let covered = children.iter().map(|child| f64::from(child.covered)).sum();
    let longest = children.iter().map(|child| child.longest).max().unwrap_or_default();
    Node { start: first.start, units: rounded_up(units), covered: narrowed(covered), longest }
}

#[expect(clippy::cast_possible_truncation, reason = "24 bits are enough for parts of a pixel")]
fn narrowed(units: f64) -> f32 {
    units as f32
}

/// So that nothing of a pixel or more is taken for less.
fn rounded_up(units: f64) -> f32 {
    let narrow = narrowed(units);
    if f64::from(narrow) < units { narrow.next_up() } else { narrow }
}
