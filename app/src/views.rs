//! The panes of the window, a file each. They read the state, paint it and push commands; they
//! never change it.

pub mod bottom_up;
pub mod box_menu;
pub mod call_tree;
pub mod details;
pub mod drop_target;
pub mod file_tabs;
pub mod flame_chart;
pub mod flame_graph;
pub mod functions;
pub mod loading;
pub mod overlay;
pub mod panes;
pub mod report;
pub mod status;
pub mod timeline;
pub mod toolbar;
pub mod tooltip;
pub mod welcome;
