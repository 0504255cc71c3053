//! A call tree as the boxes of a flame graph.
//!
//! ```text
//! preorder   main 10, read 2, parse 7, eval 3
//!
//! row 0      ╶main─────────────────────────────╴    0..10
//! row 1      ╶read─╴╶parse────────────────╴         0..2, 2..9
//! row 2             ╶eval─────╴                     2..5
//! ```

use std::ops::Range;

use crate::boxes::{Row, RowTree};
use crate::{AxisView, BoxRun};

/// Where the nodes of a tree are in a flame graph: a row for each depth, boxes in units of
/// weight. 28 bytes a node.
///
/// A node is as wide as the magnitude of its total, or as its children together where they
/// are wider. That is so in the difference of two profiles, where what one callee gained
/// another lost and their caller's total is 0: scaling them down to fit would make equal
/// weights differ in width, and leaving them out would hide just what has changed.
#[derive(Clone, Debug, Default)]
pub struct FlameLayout {
    /// Nodes by depth, then from left to right.
    node: Vec<u32>,
    start: Vec<i64>,
    width: Vec<i64>,
    /// By node: where it is in the columns above.
    place: Vec<u32>,
    /// By row: the end of its nodes in the columns above.
    row_end: Vec<u32>,
    tree: RowTree,
}

impl FlameLayout {
    /// Lays out a tree of which the columns are in preorder, siblings from left to right as
    /// they come. `depth` is 0 for roots, which stand side by side, and rises by at most 1
    /// from a node to the next.
    ///
    /// # Panics
    ///
    /// When the columns are not of one length or `depth` is not of a preorder.
    pub fn new(depth: &[u32], total: &[i64]) -> Self {
        assert_eq!(depth.len(), total.len(), "columns of one tree");
        let n_rows = depth.iter().max().map_or(0, |&deepest| deepest as usize + 1);
        let widths = widths(depth, total, n_rows);

        let mut row_end = vec![0_u32; n_rows];
        for &depth in depth {
            row_end[depth as usize] += 1;
        }
        let mut next = Vec::with_capacity(n_rows);
        let mut end = 0;
        for row in &mut row_end {
            next.push(end);
            end += *row;
            *row = end;
        }

        let place: Vec<u32> = depth
            .iter()
            .map(|&depth| {
                let place = &mut next[depth as usize];
                *place += 1;
                *place - 1
            })
            .collect();
        let (node, (start, width)) =
            rayon::join(|| nodes(&place), || spans(depth, &widths, &place, n_rows));
        let mut layout = Self { node, start, width, place, row_end, tree: RowTree::default() };
        let ends = layout.row_end.iter().map(|&end| end as usize);
        layout.tree = RowTree::new(&layout.start, &layout.width, ends);
        layout
    }

    /// Number of rows: the greatest depth, and 1.
    pub fn n_rows(&self) -> usize {
        self.row_end.len()
    }

    /// How wide all roots are together, in units of weight.
    pub fn width(&self) -> i64 {
        self.row(0).last().map_or(0, |&node| self.span(node).end)
    }

    /// The nodes of a row from left to right; none beyond the last row.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.node[self.places(row)]
    }

    /// How many nodes of its row are left of a node.
    pub fn place_in_row(&self, node: u32) -> usize {
        let place = self.place[node as usize];
        let row = self.row_end.partition_point(|&end| end <= place);
        let start = if row == 0 { 0 } else { self.row_end[row - 1] };
        (place - start) as usize
    }

    /// Where a node is, in units of weight.
    pub fn span(&self, node: u32) -> Range<i64> {
        let place = self.place[node as usize] as usize;
        self.start[place]..self.start[place].saturating_add(self.width[place])
    }

    /// Appends the boxes of a row that are in the window, from left to right, at most about
    /// one a pixel. [`BoxRun::first`] is a node.
    pub fn visible(&self, row: usize, view: &AxisView, out: &mut Vec<BoxRun>) {
        if row >= self.n_rows() {
            return;
        }
        let first = out.len();
        self.tree.visible(row, &self.boxes(row), view, out);
        let mut kept = first;
        for at in first..out.len() {
            let run = out[at];
            // Nodes without a width are not seen, unlike slices that take no time.
            if run.coverage > 0.0 {
                out[kept] = BoxRun { first: self.node[run.first as usize], ..run };
                kept += 1;
            }
        }
        out.truncate(kept);
    }

    /// The node of a row that covers a place; nodes without a width cover none.
    pub fn hit(&self, row: usize, x: i64) -> Option<u32> {
        if row >= self.n_rows() {
            return None;
        }
        let place = self.tree.hit(row, &self.boxes(row), x)?;
        (self.width[place] > 0).then(|| self.node[place])
    }

    /// How much memory this takes.
    pub fn memory_bytes(&self) -> usize {
        self.node.len() * (4 + 8 + 8 + 4) + self.row_end.len() * 4 + self.tree.memory_bytes()
    }

    fn boxes(&self, row: usize) -> Row<'_, Vec<i64>> {
        Row { start: &self.start, units: &self.width, boxes: self.places(row) }
    }

    fn places(&self, row: usize) -> Range<usize> {
        let end_of = |row: usize| self.row_end.get(row).map(|&end| end as usize);
        let start = row.checked_sub(1).map_or(Some(0), end_of);
        match (start, end_of(row)) {
            (Some(start), Some(end)) => start..end,
            _ => 0..0,
        }
    }
}

/// By place: the node there.
fn nodes(place: &[u32]) -> Vec<u32> {
    let mut nodes = vec![0; place.len()];
    for (node, &place) in (0..).zip(place) {
        nodes[place as usize] = node;
    }
    nodes
}

/// By place: where the node there starts, and how wide it is.
fn spans(depth: &[u32], widths: &[i64], place: &[u32], n_rows: usize) -> (Vec<i64>, Vec<i64>) {
    let mut starts = vec![0; place.len()];
    let mut widths_of_places = vec![0; place.len()];
    // Where the next box of each row goes.
    let mut x = vec![0_i64; n_rows + 1];
    for ((&depth, &width), &place) in depth.iter().zip(widths).zip(place) {
        let (depth, place) = (depth as usize, place as usize);
        starts[place] = x[depth];
        widths_of_places[place] = width;
        x[depth + 1] = x[depth];
        x[depth] = x[depth].saturating_add(width);
    }
    (starts, widths_of_places)
}

/// How wide each node is. Children come after their parent, so one pass from the end knows
/// them all when it gets to it.
fn widths(depth: &[u32], total: &[i64], n_rows: usize) -> Vec<i64> {
    // By depth: what the nodes after this one, up to the next that is less deep, add up to.
    let mut children = vec![0_i64; n_rows + 1];
    let mut widths: Vec<i64> = depth
        .iter()
        .zip(total)
        .rev()
        .map(|(&depth, &total)| {
            let depth = depth as usize;
            let width = total.saturating_abs().max(children[depth + 1]);
            children[depth + 1] = 0;
            children[depth] = children[depth].saturating_add(width);
            width
        })
        .collect();
    widths.reverse();
    widths
}

#[cfg(test)]
mod tests;
