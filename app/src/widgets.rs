//! Parts of views without a word of profiling.

pub mod axis_input;
pub mod box_chart;
pub mod elide;
pub mod empty;
pub mod grid;
pub mod histogram;
pub mod menu_row;
pub mod ruler;
