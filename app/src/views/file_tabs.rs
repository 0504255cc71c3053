//! The open files as tabs.

use egui::{Align2, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use rview_formats::Input;

use super::{breadcrumbs, comparison};
use crate::command::{Command, Commands};
use crate::state::{Content, State, Tab};
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide};

const WIDTH: f32 = 190.0;

/// Where titles start, from the left of their tab.
const TITLE_LEFT: f32 = 12.0;

/// Where they end: before the mark that closes the tab.
const CLOSE_LEFT: f32 = WIDTH - 30.0;

/// Letters of a name that are shown at least.
const LEAST_LETTERS: usize = 4;

/// More letters than fit, however narrow they are.
const MOST_LETTERS: usize = 64;

/// Room that tabs leave to what counts, where that is not everything.
const BREADCRUMBS: f32 = 360.0;

/// Shows a tab for each file; a click brings it to the front.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let palette = Palette::from(ui);
    ui.spacing_mut().item_spacing.x = 0.0;
    // What counts of the file in front is told beside the tabs.
    let reserved =
        if state.session().is_some_and(breadcrumbs::is_needed) { BREADCRUMBS } else { 0.0 };
    let width = (ui.available_width() - reserved).max(WIDTH);
    egui::ScrollArea::horizontal().max_width(width).show(ui, |ui| {
        ui.horizontal(|ui| {
            for (index, tab) in state.tabs.iter().enumerate() {
                let name = tab.name();
                let (rect, response) =
                    ui.allocate_exact_size(Vec2::new(WIDTH, theme::TAB_BAR), Sense::click());
                let is_active = index == state.active;
                if is_active {
                    scroll_to_active(ui, tab.id.0, rect);
                }
                response.widget_info(|| {
                    let role = egui::accesskit::Role::Tab;
                    egui::WidgetInfo::selected(role, true, is_active, format!("File {name}"))
                });
                let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
                if is_active {
                    painter.rect_filled(rect, 0.0, palette.window);
                    painter.hline(
                        rect.x_range(),
                        rect.top() + 1.0,
                        Stroke::new(2.0, palette.accent),
                    );
                } else if response.hovered() {
                    painter.rect_filled(rect, 0.0, palette.hover());
                }
                painter.vline(
                    rect.right() - 0.5,
                    rect.y_range(),
                    Stroke::new(1.0, palette.hairline),
                );
                let ink = if is_active { palette.text } else { palette.muted };
                let mark = match &tab.content {
                    Content::Loading(_) => "… ",
                    Content::Failed(_) => "! ",
                    Content::Open(_) if state.changed.contains(&tab.input) => "• ",
                    Content::Open(_) | Content::Comparison(_) => "",
                };
                let room = CLOSE_LEFT - TITLE_LEFT - width_of(ui, mark);
                let text = short_name(tab, |text| width_of(ui, text) <= room);
                painter.text(
                    Pos2::new(rect.left() + TITLE_LEFT, rect.center().y),
                    Align2::LEFT_CENTER,
                    format!("{mark}{text}"),
                    theme::sans(theme::BODY),
                    ink,
                );
                close_button(ui, rect, index, &name, commands);
                if response.middle_clicked() {
                    commands.push(Command::CloseTab(index));
                } else if response.clicked() {
                    commands.push(Command::SelectTab(index));
                }
                response.context_menu(|ui| comparison::menu(ui, state, tab, commands));
                response.on_hover_text(tooltip(tab));
            }
        });
    });
}

/// How wide a text is in a tab.
fn width_of(ui: &Ui, text: &str) -> f32 {
    let font = theme::sans(theme::BODY);
    ui.fonts_mut(|fonts| text.chars().map(|c| fonts.glyph_width(&font, c)).sum())
}

/// The name of a tab, as much of it as fits.
fn short_name(tab: &Tab, fits: impl Fn(&str) -> bool) -> String {
    let short = |name: &str, n, how| elide(name, n, how).unwrap_or_default().into_owned();
    let of_letters = |n: usize| match &tab.content {
        Content::Comparison(comparison) => {
            let [a, b] = comparison.sides.each_ref().map(|side| short(&side.name, n, Elide::End));
            format!("{a} → {b}")
        }
        _ => short(&tab.name(), n, Elide::Middle),
    };
    let fitting = (LEAST_LETTERS..=MOST_LETTERS).rev().map(of_letters).find(|name| fits(name));
    fitting.unwrap_or_else(|| of_letters(LEAST_LETTERS))
}

/// Scrolls to the tab in front, in the frame in which it gets there.
fn scroll_to_active(ui: &Ui, tab: u64, rect: Rect) {
    let key = egui::Id::unique("file tab scrolled to");
    if ui.data(|data| data.get_temp::<u64>(key)) != Some(tab) {
        ui.data_mut(|data| data.insert_temp(key, tab));
        ui.scroll_to_rect(rect, None);
    }
}

/// Paths of merged files that are listed at most.
const MAX_PATHS: usize = 16;

fn tooltip(tab: &Tab) -> String {
    if let Content::Comparison(comparison) = &tab.content {
        let [a, b] = comparison.sides.each_ref().map(|side| &*side.name);
        return format!("Compares A, {a}, with B, {b}");
    }
    match &tab.input {
        Input::Path(path) => path.display().to_string(),
        Input::Merged(paths) => {
            let lines = paths.iter().take(MAX_PATHS).map(|path| path.display().to_string());
            let lines: Vec<String> = lines.collect();
            let n_more = paths.len() - lines.len();
            let more = (n_more > 0).then(|| format!("and {n_more} more"));
            lines.into_iter().chain(more).collect::<Vec<_>>().join("\n")
        }
        Input::Stdin | Input::Static(..) => tab.input.name(),
    }
}

fn close_button(ui: &Ui, tab: Rect, index: usize, name: &str, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let rect =
        Rect::from_center_size(Pos2::new(tab.right() - 16.0, tab.center().y), Vec2::splat(16.0));
    let response = ui.interact(rect, egui::Id::unique(("close tab", index)), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Close {name}"))
    });
    if response.hovered() {
        ui.painter().rect_filled(rect, 3.0, palette.hover());
    }
    let ink = if response.hovered() { palette.text } else { palette.muted };
    let cross = rect.shrink(5.0);
    for [a, b] in
        [[cross.left_top(), cross.right_bottom()], [cross.right_top(), cross.left_bottom()]]
    {
        ui.painter().line_segment([a, b], Stroke::new(1.2, ink));
    }
    if response.clicked() {
        commands.push(Command::CloseTab(index));
    }
}
