//! The window without a file: where to drop one, what can be opened, what was open before.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Pos2, Response, RichText, Sense, Ui, Vec2, WidgetInfo};
use rview_formats::Input;

use crate::command::{Command, Commands};
use crate::last_session::{LastFile, LastSession};
use crate::settings::AtStart;
use crate::state::{State, title_of};
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide, one_line};

/// Shows the welcome page.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let palette = Palette::from(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.22).max(24.0));
        ui.label(RichText::new("Drop a profile or trace here").font(theme::medium(theme::TITLE)));
        ui.add_space(4.0);
        let formats =
            "perf.data · pprof · Chrome trace JSON · folded stacks — also in gzip or zstd";
        ui.label(RichText::new(formats).color(palette.muted));
        ui.add_space(20.0);
        ui.horizontal(|ui| {
            let width = 232.0;
            ui.add_space((ui.available_width() - width).max(0.0) / 2.0);
            if ui.button("Open…").on_hover_text("Ctrl+O").clicked() {
                commands.push(Command::OpenDialog);
            }
            if ui.button("Open the demos").clicked() {
                commands.push(Command::OpenDemo);
            }
            if ui.button("Keys").clicked() {
                commands.push(Command::Overlay(Some(crate::state::Overlay::Keys)));
            }
        });
        if let Some(last) = &state.last_session {
            ui.add_space(28.0);
            last_session(ui, state, last, commands);
        }
        if !state.settings.recent.is_empty() {
            ui.add_space(28.0);
            recent(ui, state, commands);
        }
    });
}

/// Names of files that are told at most.
const MAX_NAMES: usize = 3;

/// What was open when rview ended, as one row, and whether that is opened at every start.
fn last_session(ui: &mut Ui, state: &State, last: &LastSession, commands: &mut Commands) {
    let names: Vec<String> =
        last.files.iter().filter_map(LastFile::input).map(|it| title_of(&it)).collect();
    let mut text = names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMES {
        text = format!("{text} and {} more", names.len() - MAX_NAMES);
    }
    heading(ui, "Last session");
    ui.spacing_mut().item_spacing.y = 0.0;
    let row = Row { label: "Restore the last session", left: &text, right: "Ctrl+Shift+T" };
    if row.show(ui).on_hover_text(names.join("\n")).clicked() {
        commands.push(Command::RestoreSession);
    }
    ui.allocate_ui(Vec2::new(LIST, 24.0), |ui| {
        ui.horizontal(|ui| {
            ui.add_space(6.0);
            let mut always = state.settings.at_start == AtStart::LastSession;
            let text = RichText::new("Restore it at every start").color(Palette::from(ui).muted);
            if ui.checkbox(&mut always, text).clicked() {
                commands.push(Command::ToggleRestoreSession);
            }
        });
    });
}

/// How wide the list of recent files is.
const LIST: f32 = 440.0;

/// The title of a list.
fn heading(ui: &mut Ui, text: &str) {
    let palette = Palette::from(ui);
    let (heading, _) = ui.allocate_exact_size(Vec2::new(LIST, 24.0), Sense::hover());
    let at = heading.left_center() + Vec2::new(8.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, text, theme::medium(theme::CAPTION), palette.muted);
}

/// A row that opens something.
struct Row<'a> {
    /// What is heard of it.
    label: &'a str,
    left: &'a str,
    right: &'a str,
}

impl Row<'_> {
    fn show(&self, ui: &mut Ui) -> Response {
        let palette = Palette::from(ui);
        let (rect, response) = ui.allocate_exact_size(Vec2::new(LIST, 28.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, self.label));
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect, 4.0, palette.hover());
        }
        let (font, inner) = (theme::sans(theme::BODY), rect.shrink2(Vec2::new(8.0, 0.0)));
        let short = elide(self.right, 32, Elide::Middle).unwrap_or_default();
        let right = painter.layout_no_wrap(short.into_owned(), font.clone(), palette.muted);
        let room = (inner.width() - right.size().x - 16.0).max(inner.width() * 0.4);
        let left = one_line(painter, self.left, font.clone(), palette.accent, room);
        let room = inner.width() - left.size().x - 16.0;
        let right = one_line(painter, right.text(), font, palette.muted, room);
        let y = |height: f32| inner.center().y - height / 2.0;
        let x = inner.right() - right.size().x;
        painter.galley(Pos2::new(x, y(right.size().y)), right, palette.muted);
        painter.galley(Pos2::new(inner.left(), y(left.size().y)), left, palette.accent);
        response
    }
}

/// The latest files, by name and folder.
fn recent(ui: &mut Ui, state: &State, commands: &mut Commands) {
    heading(ui, "Recent");
    ui.spacing_mut().item_spacing.y = 0.0;
    for path in state.settings.recent.iter().take(8) {
        let text = path.display().to_string();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let row = Row { label: &text, left: &name, right: &folder };
        if row.show(ui).on_hover_text(&text).clicked() {
            commands.push(Command::Open(vec![Input::Path(path.clone())]));
        }
    }
}
