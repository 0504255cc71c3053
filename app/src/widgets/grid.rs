//! A table with a fixed header, sortable columns and rows that can be picked. Only the visible
//! rows cost time.

mod cell;

use egui::{Align, Id, Pos2, Rect, Sense, Stroke, Ui, Vec2, accesskit};
use egui_table::{
    AutoSizeMode, CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate, TableState,
};

use crate::theme::{self, Palette};

pub use cell::{TEXT_PADDING, change_cell, number_cell, number_cell_in, share_cell, text_cell};

/// A column of a [`Grid`].
#[derive(Clone, Copy, Debug)]
pub struct GridColumn {
    /// Its title.
    pub title: &'static str,
    /// What the title means; `{}` stands for what shares are of.
    pub help: &'static str,
    /// Its first width in points; 0 takes what the others leave.
    pub width: f32,
    /// Its first width where the table is narrow; of one that takes what the others leave, the
    /// least width.
    pub narrow: f32,
    /// Numbers stand right.
    pub align: Align,
    /// Where the text of its cells starts, and so its title.
    pub indent: f32,
}

impl GridColumn {
    /// A column of weights.
    pub const fn number(title: &'static str, help: &'static str) -> Self {
        Self { title, help, width: 88.0, narrow: 84.0, align: Align::Max, indent: TEXT_PADDING }
    }

    /// A column of shares, with room for their bars.
    pub const fn share(title: &'static str, help: &'static str) -> Self {
        Self { title, help, width: 116.0, narrow: 68.0, align: Align::Max, indent: TEXT_PADDING }
    }

    /// A column of text.
    pub const fn text(title: &'static str, help: &'static str, width: f32) -> Self {
        Self { title, help, width, narrow: width, align: Align::Min, indent: TEXT_PADDING }
    }

    /// Its width in a table of a width.
    fn first_width(&self, available: f32) -> f32 {
        if available < NARROW { self.narrow } else { self.width }
    }

    /// The column of names that takes what the others leave, its text `indent` points in.
    pub const fn names(title: &'static str, help: &'static str, indent: f32) -> Self {
        Self { indent, ..Self::text(title, help, 0.0) }
    }
}

/// A table and its state.
pub struct Grid<'a> {
    /// Unique in the window.
    pub id: &'static str,
    /// Every column there can be. Cells, orders and clicks name a column by its place here.
    pub columns: &'a [GridColumn],
    /// Which of them there are, left to right.
    pub shown: Vec<usize>,
    /// What shares are of.
    pub whole: String,
    /// Number of rows.
    pub n_rows: usize,
    /// Which column rows are sorted by, and whether upwards.
    pub sorted: Option<(usize, bool)>,
    /// The row that is picked.
    pub picked: Option<usize>,
    /// Scrolls until this row is visible.
    pub scroll_to: Option<usize>,
}

/// A row in words, for those who cannot see it.
pub struct RowWords {
    /// What it is of.
    pub name: String,
    /// What its numbers say.
    pub numbers: String,
}

/// What the user did to a table.
#[derive(Clone, Debug, Default)]
pub struct GridEvents {
    /// The header of a column was clicked.
    pub sort: Option<usize>,
    /// A row was clicked.
    pub click: Option<usize>,
    /// A row was clicked twice.
    pub double_click: Option<usize>,
    /// The pointer is on a row.
    pub hover: Option<usize>,
    /// The row with a menu: to be filled while it is open.
    pub menu: Option<egui::Response>,
}

impl Grid<'_> {
    /// Shows the table. `cell` paints a cell by row and column, `words` says a row.
    pub fn show(
        self,
        ui: &mut Ui,
        words: impl Fn(usize) -> RowWords,
        cell: impl FnMut(&mut Ui, usize, usize),
    ) -> GridEvents {
        self.show_to(None, ui, words, cell)
    }

    /// The same where a row that it scrolls to goes to the middle: what is around it matters.
    pub fn show_around(
        self,
        ui: &mut Ui,
        words: impl Fn(usize) -> RowWords,
        cell: impl FnMut(&mut Ui, usize, usize),
    ) -> GridEvents {
        self.show_to(Some(Align::Center), ui, words, cell)
    }

    fn show_to(
        mut self,
        align: Option<Align>,
        ui: &mut Ui,
        words: impl Fn(usize) -> RowWords,
        cell: impl FnMut(&mut Ui, usize, usize),
    ) -> GridEvents {
        self.leave_out(ui.available_width());
        let columns = self.widths(ui.available_width());
        let mut table = Table::new()
            .id_salt((self.id, columns.len()))
            .auto_size_mode(AutoSizeMode::Never)
            .num_rows(self.n_rows as u64)
            .columns(columns.clone())
            .headers([HeaderRow::new(theme::TABLE_ROW + 2.0)]);
        if let Some(row) = self.scroll_to {
            table = table.scroll_to_row(row as u64, align);
        }
        let mut delegate = Delegate { grid: self, words, cell, events: GridEvents::default() };
        ui.scope(|ui| {
            // Columns are told apart by how they are aligned; a line shows where one can be
            // made wider only while the pointer is there.
            ui.visuals_mut().widgets.noninteractive.bg_stroke = Stroke::NONE;
            Self::fit(ui, table.get_id(ui), &columns);
            table.show(ui, &mut delegate);
        });
        delegate.events
    }
}

/// What the column that takes the rest is not narrower than, in points.
const MIN_REST: f32 = 160.0;

/// A table narrower than this has its narrow columns.
const NARROW: f32 = 720.0;

impl Grid<'_> {
    /// Leaves out the last columns of text that do not fit beside the names: where a function is
    /// from stands with its details too.
    fn leave_out(&mut self, available: f32) {
        let is_spare = |at: usize| {
            let column = &self.columns[at];
            column.width > 0.0 && column.align == Align::Min
        };
        let fixed = |shown: &[usize]| -> f32 {
            shown.iter().map(|&at| self.columns[at].first_width(available)).sum()
        };
        while fixed(&self.shown) + MIN_REST > available
            && self.shown.len() > 1
            && self.shown.last().is_some_and(|&at| is_spare(at))
        {
            self.shown.pop();
        }
    }

    /// The columns that are shown, together as wide as the table.
    fn widths(&self, available: f32) -> Vec<Column> {
        let shown = || self.shown.iter().map(|&at| &self.columns[at]);
        let first = |column: &GridColumn| column.first_width(available);
        let rest = (available - shown().map(first).sum::<f32>()).max(MIN_REST);
        let width = |column: &GridColumn| {
            if column.width > 0.0 { first(column) } else { rest.max(column.narrow) }
        };
        shown().map(|column| Column::new(width(column)).range(48.0..=4000.0)).collect()
    }

    /// Sets the first widths, and sets them again when the table itself becomes wider or
    /// narrower. Without this the table would measure its cells, which paint themselves.
    fn fit(ui: &Ui, table: Id, columns: &[Column]) {
        let parent_width = Some(ui.available_width());
        let state = TableState::load(ui.ctx(), table);
        if state.is_some_and(|state| state.parent_width == parent_width) {
            return;
        }
        let widths = columns.iter().enumerate();
        let col_widths = widths.map(|(i, column)| (column.id_for(i), column.current)).collect();
        TableState { col_widths, parent_width }.store(ui.ctx(), table);
    }
}

struct Delegate<'a, W, C> {
    grid: Grid<'a>,
    words: W,
    cell: C,
    events: GridEvents,
}

impl<W: Fn(usize) -> RowWords, C: FnMut(&mut Ui, usize, usize)> TableDelegate
    for Delegate<'_, W, C>
{
    fn default_row_height(&self) -> f32 {
        theme::TABLE_ROW
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let at = self.grid.shown[cell.group_index];
        let sorted = self.grid.sorted.filter(|&(sorted, _)| sorted == at);
        let ascending = sorted.map(|(_, ascending)| ascending);
        if header(ui, &self.grid, at, ascending) {
            self.events.sort = Some(at);
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row: u64) {
        let Ok(row) = usize::try_from(row) else { return };
        // The table asks again for its columns that do not scroll, of which there are none: the
        // row would be where they are, which is nowhere.
        if !ui.clip_rect().is_positive() {
            return;
        }
        let palette = Palette::from(ui);
        let rect = ui.max_rect();
        let response = ui.interact(rect, Id::unique((self.grid.id, "row", row)), Sense::click());
        let is_picked = self.grid.picked == Some(row);
        response.widget_info(|| {
            let name = (self.words)(row).name;
            egui::WidgetInfo::selected(accesskit::Role::Row, true, is_picked, name)
        });
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_description((self.words)(row).numbers);
        });
        if is_picked {
            ui.painter().rect_filled(rect, 0.0, palette.selection());
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, palette.hover());
        }
        if response.hovered() {
            self.events.hover = Some(row);
        }
        if response.double_clicked() {
            self.events.double_click = Some(row);
        } else if response.clicked() || response.secondary_clicked() {
            self.events.click = Some(row);
        }
        if response.secondary_clicked() || response.context_menu_opened() {
            self.events.menu = Some(response);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Ok(row) = usize::try_from(cell.row_nr) else { return };
        (self.cell)(ui, row, self.grid.shown[cell.col_nr]);
    }
}

/// The title of a column; gives whether it was clicked. `ascending` is there in the column that
/// rows are sorted by.
fn header(ui: &Ui, grid: &Grid<'_>, at: usize, ascending: Option<bool>) -> bool {
    let palette = Palette::from(ui);
    let rect = ui.max_rect();
    let column = grid.columns[at];
    let id = Id::unique((grid.id, "header", at));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(accesskit::Role::ColumnHeader, true, column.title)
    });
    if let Some(ascending) = ascending {
        let direction = if ascending {
            accesskit::SortDirection::Ascending
        } else {
            accesskit::SortDirection::Descending
        };
        ui.ctx().accesskit_node_builder(id, |node| node.set_sort_direction(direction));
    }
    let text = match ascending {
        Some(true) => format!("{} ↑", column.title),
        Some(false) => format!("{} ↓", column.title),
        None => column.title.to_owned(),
    };
    let ink = if response.hovered() || ascending.is_some() { palette.text } else { palette.muted };
    let galley = ui.painter().layout_no_wrap(text, theme::sans(theme::CAPTION), ink);
    let x = match column.align {
        Align::Max => rect.right() - TEXT_PADDING - galley.size().x,
        Align::Min | Align::Center => rect.left() + column.indent,
    };
    let y = rect.center().y - galley.size().y / 2.0;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.galley(Pos2::new(x, y), galley, ink);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.hairline));
    let is_clicked = response.clicked();
    response.on_hover_ui(|ui| {
        ui.label(column.help.replace("{}", &grid.whole));
    });
    is_clicked
}

/// A rectangle of a size in the vertical middle of another, its left edge at `left`.
fn in_middle(rect: Rect, left: f32, size: Vec2) -> Rect {
    Rect::from_min_size(Pos2::new(left, rect.center().y - size.y / 2.0), size)
}
