//! Boxes on a row of a chart, with level of detail.
//!
//! Boxes of at least a pixel are given as they are. Smaller ones merge into runs that know
//! their largest box and how much of their width is covered:
//!
//! ```text
//! boxes   aaaaaaaaaaaa bcc d eeeeeeeee
//! pixels  ┆    ┆    ┆    ┆    ┆    ┆
//! runs    |a          |c2 |d1|e       |      c2: two boxes, of which c is the longer, cover 3/4
//! ```
//!
//! Which boxes merge depends on the boxes and on a grid of pixels that is anchored to the
//! axis, not to the window: panning moves the picture as one piece and nothing in it shimmers.

mod grid;
mod merger;
mod row_tree;

pub(crate) use row_tree::{Lengths, Row, RowTree};

/// A box, or several neighbours that are too small to be seen apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxRun {
    /// Left edge in pixels of the view, at most [`MARGIN_PX`](crate::AxisView::MARGIN_PX)
    /// outside it.
    pub x0: f32,
    /// Right edge; always right of the left one. Less than a pixel away only where a
    /// neighbour of at least a pixel leaves no more room.
    pub x1: f32,
    /// The row of the box, or of the longest of several, the first of equals.
    pub first: u32,
    /// How many boxes this is.
    pub n: u32,
    /// How much of the width they cover: more than 0 unless they are empty, and 1 for a
    /// single box of at least a pixel.
    pub coverage: f32,
}

impl BoxRun {
    /// Whether this is a single box where it is, not a mark for boxes too small to be seen.
    pub fn is_exact(&self) -> bool {
        self.n == 1 && self.coverage >= 1.0
    }
}
