//! Which views of a file are where.

use egui_tiles::{Tile, TileId, Tiles, Tree};

/// A view of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Stacks merged, left-heavy.
    FlameGraph,
    /// Stacks or slices of one thread in order of time.
    FlameChart,
    /// Callers above callees, as a table.
    CallTree,
    /// Callees above callers, as a table.
    BottomUp,
    /// A row for each function.
    Functions,
    /// What the importer noted, and what the file says of itself.
    Report,
}

impl View {
    /// Every view, in the order of its tab and key.
    pub const ALL: [Self; 6] = [
        Self::FlameGraph,
        Self::FlameChart,
        Self::CallTree,
        Self::BottomUp,
        Self::Functions,
        Self::Report,
    ];

    /// What its tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::FlameGraph => "Flame graph",
            Self::FlameChart => "Flame chart",
            Self::CallTree => "Call tree",
            Self::BottomUp => "Bottom-up",
            Self::Functions => "Functions",
            Self::Report => "Report",
        }
    }

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FlameGraph => "flame-graph",
            Self::FlameChart => "flame-chart",
            Self::CallTree => "call-tree",
            Self::BottomUp => "bottom-up",
            Self::Functions => "functions",
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
    /// All views as tabs of one pane.
    pub fn new(first: View) -> Self {
        let mut tiles = Tiles::default();
        let panes = View::ALL.map(|view| tiles.insert_pane(view)).to_vec();
        let root = tiles.insert_tab_tile(panes);
        let mut layout =
            Self { tree: Tree::new(egui::Id::unique("views"), root, tiles), active: first };
        layout.show(first);
        layout
    }

    /// Brings a view to the front.
    pub fn show(&mut self, view: View) {
        self.active = view;
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == view));
    }

    /// The pane of a view.
    pub fn tile(&self, view: View) -> Option<TileId> {
        self.tree.tiles.find_pane(&view)
    }
}
