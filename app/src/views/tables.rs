//! What the tables of functions and of call paths share.

use egui::{Color32, Pos2, Rect, Sense, Ui, Vec2};
use rview_core::units::{Scale, format_share};
use rview_core::{FunctionId, Granularity, Profile};

use crate::analysis::Trees;
use crate::command::{Ask, Command, Commands};
use crate::listing::{Sort, SortKey};
use crate::state::Session;
use crate::theme::{self, Palette, color};
use crate::views::notes;
use crate::widgets::elide::Elide;
use crate::widgets::empty::{empty, empty_with_way_out};
use crate::widgets::grid::{
    GridColumn, RowWords, TEXT_PADDING, number_cell, share_cell, text_cell,
};

/// What a function used itself.
pub const SELF: GridColumn =
    GridColumn::number("Self", "What it used itself, without what it called");
/// That as a share.
pub const SELF_SHARE: GridColumn =
    GridColumn::share("Self %", "What it used itself, as a share of {}");
/// What a function and all it called used.
pub const TOTAL: GridColumn = GridColumn::number("Total", "What it and everything it called used");
/// That as a share.
pub const TOTAL_SHARE: GridColumn =
    GridColumn::share("Total %", "What it and everything it called used, as a share of {}");
/// Where a function is from.
pub const MODULE: GridColumn = GridColumn::text("Module", "The module or category it is of", 140.0);

/// Points that a level of a tree is indented by.
pub const INDENT: f32 = 14.0;
/// Where names start in a table, behind the swatch.
pub const NAME: f32 = TEXT_PADDING + 16.0;
/// Where names start in a tree, behind the triangle and the swatch.
pub const TREE_NAME: f32 = NAME + 12.0;

/// The answer that a table shows, or says why there is nothing to show.
pub fn answer<'a>(
    ui: &mut Ui,
    session: &'a Session,
    commands: &mut Commands,
) -> Option<(&'a Trees, Numbers)> {
    let Some((question, trees)) = &session.trees else {
        empty(ui, "Computing…", "Adding up the recording");
        return None;
    };
    let Some(measure) = question.measure.filter(|_| !trees.tree.is_empty()) else {
        nothing(ui, session, commands);
        return None;
    };
    let unit = measure.unit(&session.document.profile);
    let numbers = Numbers {
        self_: unit.scale(trees.functions.largest_self()),
        total: unit.scale(trees.functions.largest_total()),
        all: trees.tree.reference(),
        has_signs: trees.tree.has_negative(),
        whole: format!(
            "{} of {}{}",
            unit.format(trees.tree.reference()),
            super::measure_name(&session.document.profile, measure),
            if trees.tree.has_negative() { ", signs aside" } else { "" }
        ),
    };
    Some((trees, numbers))
}

/// Says why nothing counts: which filters are on, and one click that takes them off.
pub fn nothing(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let filters = super::filters(session);
    if filters.is_empty() {
        empty(ui, "No stacks", "This recording has no samples and no slices");
        return;
    }
    let line = format!("Nothing was recorded in {}", filters.join(" of "));
    if empty_with_way_out(ui, "Nothing in the selection", &line, "Count everything again") {
        commands.push(Command::Ask(Ask::Everything));
    }
}

/// How the numbers of a table are written: all of a column in one unit.
pub struct Numbers {
    self_: Scale,
    total: Scale,
    all: i64,
    has_signs: bool,
    /// What shares are of, in words.
    pub whole: String,
}

impl Numbers {
    /// A cell of [`SELF`].
    pub fn self_cell(&self, ui: &Ui, weight: i64) {
        number_cell(ui, &self.self_.format(weight), self.self_.unit());
    }

    /// A cell of [`TOTAL`].
    pub fn total_cell(&self, ui: &Ui, weight: i64) {
        number_cell(ui, &self.total.format(weight), self.total.unit());
    }

    /// A cell of [`SELF_SHARE`] or [`TOTAL_SHARE`].
    pub fn share_cell(&self, ui: &Ui, weight: i64) {
        let share = weight as f64 / self.all.max(1) as f64;
        let ink = if self.has_signs {
            color::signed(weight, ui.theme())
        } else {
            Palette::from(ui).muted.gamma_multiply(0.5)
        };
        share_cell(ui, &format_share(weight, self.all), share, ink);
    }

    /// A row in words.
    pub fn words(
        &self,
        profile: &Profile,
        function: FunctionId,
        self_: Option<i64>,
        total: Option<i64>,
    ) -> RowWords {
        RowWords {
            name: profile.shown_name(function).into_owned(),
            numbers: self.parts(self_, total),
        }
    }

    /// Self and total in words.
    pub fn weights(&self, self_: i64, total: i64) -> String {
        self.parts(Some(self_), Some(total))
    }

    fn parts(&self, self_: Option<i64>, total: Option<i64>) -> String {
        let part = |what, weight: Option<i64>, scale: &Scale| {
            let weight = weight?;
            Some(format!("{what} {}, {}", scale.format(weight), format_share(weight, self.all)))
        };
        let parts = [part("total", total, &self.total), part("self", self_, &self.self_)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join("; ")
    }
}

/// The columns where rows are not of functions: their titles say of what.
pub fn named(session: &Session, columns: &[GridColumn]) -> Vec<GridColumn> {
    let granularity = session.base.shaped.shape.granularity;
    let named = |column: &GridColumn| {
        let title = match (column.title, granularity) {
            ("Function", Granularity::Line) => "Line",
            ("Function", Granularity::File) => "File",
            ("Function", Granularity::Module) => "Module",
            (FUNCTION_AND_CALLERS, Granularity::Line) => "Line and its callers",
            (FUNCTION_AND_CALLERS, Granularity::File) => "File and its callers",
            (FUNCTION_AND_CALLERS, Granularity::Module) => "Module and its callers",
            (title, _) => title,
        };
        GridColumn { title, ..*column }
    };
    columns.iter().map(named).collect()
}

/// What the names in a table of callers are.
pub const FUNCTION_AND_CALLERS: &str = "Function and its callers";

/// The columns to show: without that of the module where every function is of one.
pub fn shown(session: &Session, columns: &[GridColumn]) -> Vec<usize> {
    let hides_module = session.base.n_modules < 2;
    let granularity = session.base.shaped.shape.granularity;
    // A file is in the module that its path tells, and a module is its own.
    let is_hidden = |column: &GridColumn| match column.title {
        "Module" => hides_module || granularity == Granularity::Module,
        "File" => !session.base.has_files || granularity == Granularity::File,
        _ => false,
    };
    (0..columns.len()).filter(|&at| !is_hidden(&columns[at])).collect()
}

/// The column that shows an order.
pub fn sorted_column(keys: &[SortKey], sort: Sort) -> Option<(usize, bool)> {
    keys.iter().position(|&key| key == sort.key).map(|column| (column, sort.ascending))
}

/// The order after a click on a header: the other way round on the second click.
pub fn sort_after_click(keys: &[SortKey], column: usize, sort: Sort) -> Sort {
    let key = keys.get(column).copied().unwrap_or(sort.key);
    let is_text = matches!(key, SortKey::Name | SortKey::Module);
    let ascending = if key == sort.key { !sort.ascending } else { is_text };
    Sort { key, ascending }
}

/// The picked row, in the frame in which it changes: then the table scrolls to it.
pub fn scroll_target(ui: &Ui, id: &'static str, picked: Option<usize>) -> Option<usize> {
    let key = egui::Id::unique((id, "scrolled to"));
    let last = ui.data(|data| data.get_temp::<Option<usize>>(key)).flatten();
    ui.data_mut(|data| data.insert_temp(key, picked));
    picked.filter(|_| picked != last)
}

/// A triangle that opens the row `name`. Gives, when it is clicked, whether all below is meant
/// (Alt).
pub fn triangle(
    ui: &Ui,
    indent: f32,
    is_open: bool,
    name: &str,
    id: impl std::hash::Hash + std::fmt::Debug,
) -> Option<bool> {
    let rect = ui.max_rect();
    let at = Pos2::new(rect.left() + indent + 10.0, rect.center().y);
    let hit = Rect::from_center_size(at, Vec2::splat(16.0));
    let response = ui.interact(hit, egui::Id::unique(id), Sense::click());
    response.widget_info(|| {
        let verb = if is_open { "Close" } else { "Open" };
        let label = format!("{verb} {name}");
        egui::WidgetInfo::labeled(egui::accesskit::Role::DisclosureTriangle, true, label)
    });
    let palette = Palette::from(ui);
    let ink = if response.hovered() { palette.text } else { palette.muted };
    let text = if is_open { "▾" } else { "▸" };
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.text(at, egui::Align2::CENTER_CENTER, text, theme::mono(theme::BODY), ink);
    response.clicked().then(|| ui.input(|input| input.modifiers.alt))
}

/// Whether a function has a call of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// It was called, or the row is of all of its calls.
    Real,
    /// It is inlined into its caller.
    Inlined,
    /// There is a note on it.
    Noted,
}

impl Call {
    /// How a function is marked.
    pub fn of(session: &Session, function: FunctionId, is_inlined: bool) -> Self {
        match is_inlined {
            _ if notes::is_noted(session, function) => Self::Noted,
            true => Self::Inlined,
            false => Self::Real,
        }
    }
}

/// A name that starts `indent` points in, behind a small square in the color that its boxes
/// have: a hollow one for what is inlined, a flag where there is a note.
pub fn name_cell(ui: &Ui, name: &str, indent: f32, swatch: (Color32, Call), ink: Color32) {
    let rect = ui.max_rect();
    let at = Pos2::new(rect.left() + indent - 12.0, rect.center().y);
    let square = Rect::from_center_size(at, Vec2::splat(8.0));
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    match swatch {
        (fill, Call::Real) => {
            painter.rect_filled(square, 0.0, fill);
        }
        (fill, Call::Noted) => {
            notes::flag(&painter, square.left_bottom() + Vec2::new(0.0, 1.0), fill);
        }
        (fill, Call::Inlined) => {
            painter.rect_stroke(square, 0.0, (1.5, fill), egui::StrokeKind::Inside);
        }
    }
    text_cell(ui, name, indent, Elide::Name, ink);
}

/// A module, quieter than the name.
pub fn module_cell(ui: &Ui, module: &str) {
    text_cell(ui, module, TEXT_PADDING, Elide::Middle, Palette::from(ui).muted);
}
