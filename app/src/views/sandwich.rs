//! The sandwich: a function between what called it and what it called; left of it the functions
//! to choose from.

mod calls;
mod half;

use egui::{Align, Button, Layout, Rect, RichText, Ui, UiBuilder, Vec2};
use rview_core::FunctionId;
use rview_core::units::format_percent;

use super::box_menu;
use super::tables::{self, Call, NAME, Numbers, SELF_SHARE, TOTAL_SHARE, name_cell};
use crate::analysis::Trees;
use crate::command::{Command, Commands, InSandwich};
use crate::listing::SortKey;
use crate::state::{Half, Picked, Session};
use crate::theme::{self, Palette, color};
use crate::widgets::elide::{Elide, elide};
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn};

const COLUMNS: [GridColumn; 3] = [
    GridColumn { width: 76.0, ..TOTAL_SHARE },
    GridColumn { width: 76.0, ..SELF_SHARE },
    GridColumn::names("Function", "The functions to choose from", NAME),
];

const SORT_KEYS: [SortKey; 3] = [SortKey::Total, SortKey::SelfWeight, SortKey::Name];

/// How wide the list is, where there is room.
const LIST: f32 = 360.0;

/// A view narrower than this, in points, has no list.
const WITH_LIST: f32 = 480.0;

/// Shows the list, the callers, the function, the callees.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((trees, numbers)) = tables::answer(ui, session, commands) else { return };
    let full = ui.available_rect_before_wrap();
    let width = if full.width() < WITH_LIST { 0.0 } else { LIST.min(full.width() * 0.4) };
    let (left, right) = full.split_left_right_at_x(full.left() + width);
    if width > 0.0 {
        let builder = UiBuilder::new().max_rect(left);
        ui.scope_builder(builder, |ui| list(ui, session, trees, &numbers, commands));
        let line = Palette::from(ui).hairline;
        ui.painter().vline(left.right(), full.y_range(), (1.0, line));
    }
    let right = right.with_min_x(right.left() + 1.0);
    let builder = UiBuilder::new().max_rect(right);
    ui.scope_builder(builder, |ui| {
        let sandwich = session.sandwich.shown().zip(session.sandwich.function());
        match sandwich {
            None => empty(ui, "Computing…", "Looking for callers and callees"),
            Some((sandwich, _)) if sandwich.callees.is_empty() => {
                let line = "The function is in none of the stacks that count";
                empty(ui, "Not in the selection", line);
            }
            Some((_, function)) => {
                ui.spacing_mut().item_spacing.y = 0.0;
                header(ui, session, trees, function, commands);
                if session.sandwich.shows_tables {
                    calls::ui(ui, session, &numbers, commands);
                } else {
                    charts(ui, session, trees, function, commands);
                }
            }
        }
    });
}

/// The functions to choose from.
fn list(ui: &mut Ui, session: &Session, trees: &Trees, numbers: &Numbers, commands: &mut Commands) {
    let (profile, rows, totals) =
        (&session.document.profile, &session.functions.rows, &trees.functions);
    let shown = session.sandwich.function();
    let picked = match session.picked_rows.functions {
        Some(row) if rows.get(row).copied() == shown => Some(row),
        _ => rows.iter().take(MOST_LOOKED_AT).position(|&row| Some(row) == shown),
    };
    let grid = Grid {
        id: "sandwich functions",
        columns: &tables::named(session, &COLUMNS),
        shown: shown_columns(ui.available_width(), session.functions.sort.key),
        whole: numbers.whole.clone(),
        n_rows: rows.len(),
        sorted: tables::sorted_column(&SORT_KEYS, session.functions.sort),
        picked,
        scroll_to: tables::scroll_target(ui, "sandwich functions", picked),
    };
    let words = |row: usize| {
        let (self_, total) = (totals.self_of(rows[row]), totals.total_of(rows[row]));
        numbers.words(profile, rows[row], Some(self_), Some(total))
    };
    let ink = Palette::from(ui).text;
    let events = grid.show(ui, words, |ui, row, column| {
        let function = rows[row];
        match column {
            0 => numbers.share_cell(ui, totals.total_of(function)),
            1 => numbers.share_cell(ui, totals.self_of(function)),
            _ => {
                let swatch = (session.base.color(function, ui.theme()), Call::Real);
                name_cell(ui, &profile.shown_name(function), NAME, swatch, ink);
            }
        }
    });
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    if let Some(column) = events.sort {
        let sort = tables::sort_after_click(&SORT_KEYS, column, session.functions.sort);
        commands.push(Command::SortFunctions(sort));
    }
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Pick(Picked::Function(rows[row])));
    }
}

/// A list narrower than this, in points, has no more than the share that it is sorted by.
const WITH_BOTH_SHARES: f32 = 320.0;

fn shown_columns(width: f32, sorted_by: SortKey) -> Vec<usize> {
    match sorted_by {
        _ if width >= WITH_BOTH_SHARES => vec![0, 1, 2],
        SortKey::SelfWeight => vec![1, 2],
        SortKey::Total | SortKey::Name | SortKey::Module => vec![0, 2],
    }
}

/// Rows of the list among which one is looked for in every frame, where it is not what is picked.
const MOST_LOOKED_AT: usize = 10_000;

/// What the function is called and weighs, and how its callers and callees are shown.
fn header(
    ui: &mut Ui,
    session: &Session,
    trees: &Trees,
    function: FunctionId,
    commands: &mut Commands,
) {
    let palette = Palette::from(ui);
    let rect = ui.available_rect_before_wrap();
    let (row, _) = rect.split_top_bottom_at_y(rect.top() + theme::TAB_BAR);
    ui.painter().hline(row.x_range(), row.bottom() - 0.5, (1.0, palette.hairline));
    let builder = UiBuilder::new()
        .max_rect(row.shrink2(Vec2::new(8.0, 0.0)))
        .layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().button_padding.y = 1.0;
        let shows_tables = session.sandwich.shows_tables;
        for (text, is_on, help) in [
            ("Tables", shows_tables, "Direct callers and callees"),
            ("Charts", !shows_tables, "All callers and callees"),
        ] {
            let text = RichText::new(text).font(theme::sans(theme::CAPTION));
            let button = Button::selectable(is_on, text).frame_when_inactive(true);
            if ui.add(button).on_hover_text(help).clicked() && !is_on {
                commands.push(Command::Sandwich(InSandwich::ToggleTables));
            }
        }
        let figures = figures(session, trees, function);
        let text = RichText::new(figures).font(theme::sans(theme::CAPTION)).color(palette.muted);
        let width = ui.available_width();
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(width, row.height()), layout, |ui| {
            ui.set_min_width(width);
            ui.add(egui::Label::new(text).truncate());
        });
    });
    ui.advance_cursor_after_rect(row);
}

/// Self and total of the function with their shares.
fn figures(session: &Session, trees: &Trees, function: FunctionId) -> String {
    let Some(measure) = session.trees.as_ref().and_then(|(question, _)| question.measure) else {
        return String::new();
    };
    let (unit, all) = (measure.unit(&session.document.profile), trees.tree.reference());
    let part = |what: &str, weight: i64| {
        format!("{what} {}, {}", unit.format(weight), format_percent(weight, all))
    };
    let (total, self_) = (trees.functions.total_of(function), trees.functions.self_of(function));
    format!("{} · {}", part("Total", total), part("Self", self_))
}

/// What a half has at least, in points.
const LEAST: f32 = 60.0;

/// How the room is divided: what a half does not need is the other's.
fn callers_height(room: f32, wanted: [f32; 2]) -> f32 {
    let half = room / 2.0;
    let [callers, callees] = wanted.map(|wanted| wanted.max(LEAST.min(half)));
    if callers <= half { callers } else { (room - callees).clamp(half, callers) }
}

/// The callers as boxes that grow up, the function, the callees as boxes that grow down.
fn charts(
    ui: &mut Ui,
    session: &Session,
    trees: &Trees,
    function: FunctionId,
    commands: &mut Commands,
) {
    let full = ui.available_rect_before_wrap();
    let Some(sandwich) = session.sandwich.shown() else { return };
    let band = theme::CHART_ROW + 6.0;
    let rows = |half: Half| half.of(sandwich).flame().n_rows().saturating_sub(1);
    let wanted = [Half::Callers, Half::Callees]
        .map(|half| rows(half) as f32 * theme::CHART_ROW + half::CAPTION_ROW);
    let (above, rest) = full
        .split_top_bottom_at_y(full.top() + callers_height(full.height() - band, wanted).round());
    let (middle, below) = rest.split_top_bottom_at_y(rest.top() + band);
    for (half, rect) in [(Half::Callers, above), (Half::Callees, below)] {
        let builder = UiBuilder::new().max_rect(rect).id_salt(half);
        ui.scope_builder(builder, |ui| half::ui(ui, session, trees, half, commands));
    }
    band_ui(ui, session, function, middle, commands);
}

/// The function itself, as wide as its callers and its callees are together.
fn band_ui(
    ui: &mut Ui,
    session: &Session,
    function: FunctionId,
    rect: Rect,
    commands: &mut Commands,
) {
    let palette = Palette::from(ui);
    let name = session.document.profile.shown_name(function);
    let response = ui.interact(rect, ui.scope_id().with("function"), egui::Sense::click());
    response.widget_info(|| {
        let label = format!("Sandwich of {name}");
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, label)
    });
    let fill = session.base.color(function, ui.theme());
    ui.painter().rect_filled(rect, 0.0, palette.window);
    let inner = rect.shrink2(Vec2::new(0.0, 1.0));
    ui.painter().rect_filled(inner, 0.0, fill);
    let font = theme::mono(theme::BODY);
    let width = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
    let room = ((rect.width() - 16.0) / width).max(0.0) as usize;
    if let Some(text) = elide(&name, room, Elide::Name) {
        let at = rect.left_center() + Vec2::new(8.0, 0.0);
        let ink = color::ink_on(fill);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, text, font, ink);
    }
    if matches!(session.sandwich.cursor, Some((_, 0))) {
        let line = egui::Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(inner, 0.0, line, egui::StrokeKind::Inside);
    }
    if response.clicked() || response.secondary_clicked() {
        commands.push(Command::Sandwich(InSandwich::Pick(Half::Callees, 0)));
    }
    if response.double_clicked() {
        for half in [Half::Callers, Half::Callees] {
            commands.push(Command::Sandwich(InSandwich::View(half, None)));
        }
    }
    response.context_menu(|ui| box_menu::ui(ui, session, commands));
}
