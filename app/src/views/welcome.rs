//! The window without a file: where to drop one, what can be opened, what was open before.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Pos2, RichText, Sense, Ui, Vec2, WidgetInfo};
use rview_formats::Input;

use crate::command::{Command, Commands};
use crate::state::State;
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
        if !state.settings.recent.is_empty() {
            ui.add_space(32.0);
            recent(ui, state, commands);
        }
    });
}

/// How wide the list of recent files is.
const LIST: f32 = 440.0;

/// The latest files, by name and folder.
fn recent(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let (heading, _) = ui.allocate_exact_size(Vec2::new(LIST, 24.0), Sense::hover());
    let at = heading.left_center() + Vec2::new(8.0, 0.0);
    let font = theme::medium(theme::CAPTION);
    ui.painter().text(at, Align2::LEFT_CENTER, "Recent", font, palette.muted);
    ui.spacing_mut().item_spacing.y = 0.0;
    for path in state.settings.recent.iter().take(8) {
        let text = path.display().to_string();
        let (rect, response) = ui.allocate_exact_size(Vec2::new(LIST, 28.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &text));
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect, 4.0, palette.hover());
        }
        let (font, inner) = (theme::sans(theme::BODY), rect.shrink2(Vec2::new(8.0, 0.0)));
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let name = one_line(painter, &name, font.clone(), palette.accent, inner.width() * 0.6);
        let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let short = elide(&folder, 32, Elide::Middle).unwrap_or_default();
        let room = inner.width() - name.size().x - 16.0;
        let folder = one_line(painter, &short, font, palette.muted, room);
        let y = |height: f32| inner.center().y - height / 2.0;
        let right = inner.right() - folder.size().x;
        painter.galley(Pos2::new(right, y(folder.size().y)), folder, palette.muted);
        painter.galley(Pos2::new(inner.left(), y(name.size().y)), name, palette.accent);
        if response.on_hover_text(text).clicked() {
            commands.push(Command::Open(vec![Input::Path(path.clone())]));
        }
    }
}
