//! Where the views of a file are, as it is written down.

use egui_tiles::{Container, Linear, LinearDir, Tabs, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::super::layout::{Layout, View};

/// A pane, or several side by side, above each other or behind each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Panes {
    /// A view, by its name.
    View(String),
    /// Panes behind each other, and which is in front.
    Tabs(Vec<Self>, usize),
    /// Panes side by side with their shares of the room.
    Row(Vec<(Self, f32)>),
    /// Panes above each other with their shares of the room.
    Column(Vec<(Self, f32)>),
}

impl Panes {
    /// Those of a layout; `None` of an empty one.
    pub(super) fn of(layout: &Layout) -> Option<Self> {
        Self::of_tile(&layout.tree.tiles, layout.tree.root()?)
    }

    /// As deep as the user has nested panes, of which there are a dozen.
    fn of_tile(tiles: &Tiles<View>, tile: TileId) -> Option<Self> {
        let container = match tiles.get(tile)? {
            Tile::Pane(view) => return Some(Self::View(view.name().to_owned())),
            Tile::Container(container) => container,
        };
        let children =
            || container.children().filter_map(|&id| Some((id, Self::of_tile(tiles, id)?)));
        Some(match container {
            Container::Tabs(tabs) => {
                let front = children().position(|(id, _)| tabs.is_active(id));
                Self::Tabs(children().map(|(_, pane)| pane).collect(), front.unwrap_or_default())
            }
            Container::Linear(linear) => {
                let share = |id: TileId| {
                    let mut shares = linear.shares.iter();
                    shares.find(|(of, _)| **of == id).map_or(1.0, |(_, share)| *share)
                };
                let panes = children().map(|(id, pane)| (pane, share(id))).collect();
                match linear.dir {
                    LinearDir::Horizontal => Self::Row(panes),
                    LinearDir::Vertical => Self::Column(panes),
                }
            }
            Container::Grid(_) => Self::Row(children().map(|(_, pane)| (pane, 1.0)).collect()),
        })
    }

    /// A layout with these panes, and with those that the file has besides.
    pub(super) fn layout(&self, front: View, shows: impl Fn(View) -> bool) -> Layout {
        let mut tiles = Tiles::default();
        let mut left: Vec<View> = View::ALL.into_iter().filter(|&view| shows(view)).collect();
        let Some(root) = self.insert(&mut tiles, &mut left) else {
            return Layout::new(front, shows);
        };
        let tree = Tree::new(egui::Id::unique("views"), root, tiles);
        let mut layout = Layout { tree, active: front };
        for view in left {
            layout.add(view);
        }
        layout
    }

    /// Adds a pane, but for views that are there already or that the file does not have.
    fn insert(&self, tiles: &mut Tiles<View>, left: &mut Vec<View>) -> Option<TileId> {
        match self {
            Self::View(name) => {
                let at = left.iter().position(|view| view.name() == name)?;
                Some(tiles.insert_pane(left.remove(at)))
            }
            Self::Tabs(panes, front) => {
                let panes: Vec<_> = panes.iter().map(|pane| pane.insert(tiles, left)).collect();
                let front = panes.get(*front).copied().flatten();
                let mut tabs = Tabs::new(panes.into_iter().flatten().collect());
                if let Some(front) = front {
                    tabs.set_active(front);
                }
                (!tabs.children.is_empty()).then(|| tiles.insert_container(tabs))
            }
            Self::Row(panes) => Self::insert_split(LinearDir::Horizontal, panes, tiles, left),
            Self::Column(panes) => Self::insert_split(LinearDir::Vertical, panes, tiles, left),
        }
    }

    fn insert_split(
        dir: LinearDir,
        panes: &[(Self, f32)],
        tiles: &mut Tiles<View>,
        left: &mut Vec<View>,
    ) -> Option<TileId> {
        let ids =
            panes.iter().filter_map(|(pane, share)| Some((pane.insert(tiles, left)?, *share)));
        let ids: Vec<(TileId, f32)> = ids.collect();
        let mut split = Linear::new(dir, ids.iter().map(|(id, _)| *id).collect());
        for (id, share) in ids {
            if share.is_finite() && share > 0.0 {
                split.shares.set_share(id, share);
            }
        }
        (!split.children.is_empty()).then(|| tiles.insert_container(split))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(panes: &Panes, shows: impl Fn(View) -> bool) -> Option<Panes> {
        Panes::of(&panes.layout(View::Report, shows))
    }

    fn view(view: View) -> Panes {
        Panes::View(view.name().to_owned())
    }

    #[test]
    fn panes_come_back_as_they_were() {
        let shows = |it| matches!(it, View::CallTree | View::Functions | View::Report);
        let tabs = Panes::Tabs(vec![view(View::Report), view(View::CallTree)], 1);
        let panes =
            Panes::Row(vec![(tabs, 2.0), (Panes::Tabs(vec![view(View::Functions)], 0), 1.0)]);
        assert_eq!(round_trip(&panes, shows), Some(panes.clone()));
        let json = serde_json::to_string(&panes).unwrap();
        assert_eq!(serde_json::from_str::<Panes>(&json).unwrap(), panes);
    }

    #[test]
    fn views_that_are_unknown_doubled_or_missing_are_left_out_or_added() {
        let odd = Panes::View("crystal-ball".to_owned());
        let panes = Panes::Tabs(vec![odd, view(View::Report), view(View::Report)], 7);
        let shows = |it| matches!(it, View::CallTree | View::Report);
        let wanted = Panes::Tabs(vec![view(View::CallTree), view(View::Report)], 1);
        let got = round_trip(&panes, shows);
        let views = |panes: Option<Panes>| match panes {
            Some(Panes::Tabs(panes, _)) => panes,
            _ => Vec::new(),
        };
        assert_eq!(views(got), views(Some(wanted)));
        assert!(
            round_trip(&Panes::Row(Vec::new()), shows).is_some(),
            "an empty one is as at first"
        );
    }
}
