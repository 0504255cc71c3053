//! A table with a fixed header, sortable columns and rows that can be picked. Only the visible
//! rows cost time.

use egui::{Align, Id, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use egui_table::{
    AutoSizeMode, CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate, TableState,
};

use crate::theme::{self, Palette};

/// A column of a [`Grid`].
#[derive(Clone, Copy, Debug)]
pub struct GridColumn {
    /// Its title.
    pub title: &'static str,
    /// Its first width in points; 0 takes what the others leave.
    pub width: f32,
    /// Numbers stand right.
    pub align: Align,
}

/// A table and its state.
pub struct Grid<'a> {
    /// Unique in the window.
    pub id: &'static str,
    /// Left to right.
    pub columns: &'a [GridColumn],
    /// Number of rows.
    pub n_rows: usize,
    /// Which column rows are sorted by, and whether upwards.
    pub sorted: Option<(usize, bool)>,
    /// The row that is picked.
    pub picked: Option<usize>,
    /// Scrolls until this row is visible.
    pub scroll_to: Option<usize>,
}

/// What the user did to a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridEvents {
    /// The header of a column was clicked.
    pub sort: Option<usize>,
    /// A row was clicked.
    pub click: Option<usize>,
    /// A row was clicked twice.
    pub double_click: Option<usize>,
    /// The pointer is on a row.
    pub hover: Option<usize>,
}

impl Grid<'_> {
    /// Shows the table. `cell` paints a cell by row and column, `name` says a row in words.
    pub fn show(
        self,
        ui: &mut Ui,
        name: impl Fn(usize) -> String,
        cell: impl FnMut(&mut Ui, usize, usize),
    ) -> GridEvents {
        let columns = self.widths(ui.available_width());
        let mut table = Table::new()
            .id_salt(self.id)
            .auto_size_mode(AutoSizeMode::Never)
            .num_rows(self.n_rows as u64)
            .columns(columns.clone())
            .headers([HeaderRow::new(theme::TABLE_ROW + 2.0)]);
        if let Some(row) = self.scroll_to {
            table = table.scroll_to_row(row as u64, None);
        }
        Self::fit(ui, table.get_id(ui), &columns);
        let mut delegate = Delegate { grid: self, name, cell, events: GridEvents::default() };
        table.show(ui, &mut delegate);
        delegate.events
    }
}

/// What the column that takes the rest is not narrower than, in points.
const MIN_REST: f32 = 240.0;

impl Grid<'_> {
    /// The columns, together as wide as the table.
    fn widths(&self, available: f32) -> Vec<Column> {
        let fixed: f32 = self.columns.iter().map(|column| column.width).sum();
        let rest = (available - fixed - 12.0).max(MIN_REST).round();
        let width = |column: &GridColumn| if column.width > 0.0 { column.width } else { rest };
        let columns = self.columns.iter();
        columns.map(|column| Column::new(width(column)).range(48.0..=4000.0)).collect()
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

struct Delegate<'a, N, C> {
    grid: Grid<'a>,
    name: N,
    cell: C,
    events: GridEvents,
}

impl<N: Fn(usize) -> String, C: FnMut(&mut Ui, usize, usize)> TableDelegate for Delegate<'_, N, C> {
    fn default_row_height(&self) -> f32 {
        theme::TABLE_ROW
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let palette = Palette::from(ui);
        let rect = ui.max_rect();
        let column = self.grid.columns[cell.group_index];
        let id = Id::unique((self.grid.id, "header", cell.group_index));
        let response = ui.interact(rect, id, Sense::click());
        let title = column.title;
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::ColumnHeader, true, title)
        });
        let sorted = self.grid.sorted.filter(|&(sorted, _)| sorted == cell.group_index);
        let text = match sorted {
            Some((_, true)) => format!("{title} ↑"),
            Some((_, false)) => format!("{title} ↓"),
            None => title.to_owned(),
        };
        let ink = if response.hovered() || sorted.is_some() { palette.text } else { palette.muted };
        let galley = ui.painter().layout_no_wrap(text, theme::sans(theme::CAPTION), ink);
        let x = match column.align {
            Align::Max => rect.right() - 8.0 - galley.size().x,
            Align::Min | Align::Center => rect.left() + 8.0,
        };
        let y = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(Pos2::new(x, y), galley, ink);
        let line = Stroke::new(1.0, palette.hairline);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
        if response.clicked() {
            self.events.sort = Some(cell.group_index);
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
            let name = (self.name)(row);
            egui::WidgetInfo::selected(egui::accesskit::Role::Row, true, is_picked, name)
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
        } else if response.clicked() {
            self.events.click = Some(row);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Ok(row) = usize::try_from(cell.row_nr) else { return };
        (self.cell)(ui, row, cell.col_nr);
    }
}

/// A number, right-aligned, with a bar behind it that shows its share.
pub fn number_cell(ui: &Ui, text: &str, share: Option<f64>) {
    let palette = Palette::from(ui);
    let rect = ui.max_rect();
    if let Some(share) = share {
        let room = rect.shrink2(Vec2::new(4.0, 4.0));
        #[expect(clippy::cast_possible_truncation, reason = "a share of a width")]
        let width = room.width() * share.abs().min(1.0) as f32;
        let bar = Rect::from_min_max(Pos2::new(room.right() - width, room.top()), room.max);
        ui.painter().rect_filled(bar, 2.0, palette.muted.gamma_multiply(0.22));
    }
    // The unit is quieter than the number.
    let split = text.rfind([' ', '\u{a0}']).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let font = theme::mono(theme::BODY - 0.5);
    let mut x = rect.right() - 8.0;
    for (part, ink) in [(unit, palette.muted), (number, palette.text)] {
        let galley = ui.painter().layout_no_wrap(part.to_owned(), font.clone(), ink);
        x -= galley.size().x;
        let y = rect.center().y - galley.size().y / 2.0;
        ui.painter().galley(Pos2::new(x, y), galley, ink);
    }
}

/// Text, left-aligned at an indentation, cut at the end of the cell.
pub fn text_cell(ui: &Ui, text: &str, indent: f32, ink: egui::Color32) {
    let rect = ui.max_rect();
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let font = theme::mono(theme::BODY - 0.5);
    let width = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let room = ((rect.width() - indent - 12.0) / width).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
    let Some(text) = super::elide::elide(text, room as usize, super::elide::Elide::End) else {
        return;
    };
    let galley = painter.layout_no_wrap(text, font, ink);
    let y = rect.center().y - galley.size().y / 2.0;
    painter.galley(Pos2::new(rect.left() + indent + 8.0, y), galley, ink);
}
