//! Which views of a file are where.

use egui_tiles::{Tile, TileId, Tiles, Tree};

use crate::analysis::Base;

/// A view of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Stacks merged, left-heavy.
    FlameGraph,
    /// Stacks or slices of one thread in order of time.
    FlameChart,
    /// Samples by when they were taken, a second up and seconds to the right.
    HeatMap,
    /// Callers above callees, as a table.
    CallTree,
    /// Callees above callers, as a table.
    BottomUp,
    /// A row for each function.
    Functions,
    /// A function between what called it and what it called.
    Sandwich,
    /// The lines of a file with what they weigh.
    Source,
    /// The instructions of a function with what they weigh.
    Assembly,
    /// A row for each slice.
    Slices,
    /// How long the slices of one name last.
    Distribution,
    /// What the importer noted, and what the file says of itself.
    Report,
}

impl View {
    /// Every view, in the order of its tab.
    pub const ALL: [Self; 12] = [
        Self::FlameGraph,
        Self::FlameChart,
        Self::HeatMap,
        Self::CallTree,
        Self::BottomUp,
        Self::Functions,
        Self::Sandwich,
        Self::Source,
        Self::Assembly,
        Self::Slices,
        Self::Distribution,
        Self::Report,
    ];

    /// Whether it has anything to show of a recording.
    pub fn is_of(self, base: &Base) -> bool {
        let profile = &base.recorded;
        match self {
            Self::Slices | Self::Distribution => !profile.slices().is_empty(),
            Self::HeatMap => profile.samples().times_ns().is_some_and(|times| times.len() > 1),
            Self::Source => base.has_files,
            Self::Assembly => base.n_binaries > 0,
            _ => true,
        }
    }

    /// What its tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::FlameGraph => "Flame graph",
            Self::FlameChart => "Flame chart",
            Self::HeatMap => "Heat map",
            Self::CallTree => "Call tree",
            Self::BottomUp => "Bottom-up",
            Self::Functions => "Functions",
            Self::Sandwich => "Sandwich",
            Self::Source => "Source",
            Self::Assembly => "Assembly",
            Self::Slices => "Slices",
            Self::Distribution => "Distribution",
            Self::Report => "Report",
        }
    }

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FlameGraph => "flame-graph",
            Self::FlameChart => "flame-chart",
            Self::HeatMap => "heat-map",
            Self::CallTree => "call-tree",
            Self::BottomUp => "bottom-up",
            Self::Functions => "functions",
            Self::Sandwich => "sandwich",
            Self::Source => "source",
            Self::Assembly => "assembly",
            Self::Slices => "slices",
            Self::Distribution => "distribution",
            Self::Report => "report",
        }
    }
}

/// The views of a file, as tabs that can be docked and split.
pub struct Layout {
    /// The panes. The tabs among them change when the user drags one.
    pub tree: Tree<View>,
    /// The view that keys act on: the one brought to the front or clicked last.
    pub active: View,
}

impl Layout {
    /// The views as tabs of one pane, but for those that would have nothing to show.
    pub fn new(first: View, shows: impl Fn(View) -> bool) -> Self {
        let mut tiles = Tiles::default();
        let views = View::ALL.into_iter().filter(|&view| shows(view));
        let panes = views.map(|view| tiles.insert_pane(view)).collect();
        let root = tiles.insert_tab_tile(panes);
        let mut layout =
            Self { tree: Tree::new(egui::Id::unique("views"), root, tiles), active: first };
        layout.show(first);
        layout
    }

    /// Brings a view to the front.
    pub fn show(&mut self, view: View) {
        self.active = view;
        if self.tile(view).is_none() {
            self.add(view);
        }
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == view));
    }

    /// Adds a tab beside the last view, which every file has: in front of those that come after
    /// it in the order of all.
    pub(super) fn add(&mut self, view: View) {
        let beside = self.tile(View::Report).and_then(|tile| self.tree.tiles.parent_of(tile));
        let Some(tabs) = beside.or(self.tree.root()) else { return };
        let place = |view: &View| Self::place(*view);
        let is_after = |tile: &&TileId| {
            let other = self.tree.tiles.get_pane(tile);
            other.is_some_and(|other| place(other) > place(&view))
        };
        let at = match self.tree.tiles.get(tabs) {
            Some(Tile::Container(container)) => {
                container.children().position(|tile| is_after(&tile)).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        };
        let pane = self.tree.tiles.insert_pane(view);
        self.tree.move_tile_to_container(pane, tabs, at, false);
    }

    /// The place of a view in the order of all.
    fn place(view: View) -> usize {
        View::ALL.iter().position(|&other| other == view).unwrap_or(View::ALL.len())
    }

    /// Whether a view is on screen.
    pub fn shows(&self, view: View) -> bool {
        let is_it = |&tile: &TileId| self.tree.tiles.get_pane(&tile) == Some(&view);
        self.tree.active_tiles().iter().any(is_it)
    }

    /// The pane of a view.
    pub fn tile(&self, view: View) -> Option<TileId> {
        self.tree.tiles.find_pane(&view)
    }
}
