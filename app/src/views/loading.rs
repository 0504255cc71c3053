//! A file that is being read, and one that could not be.

use egui::{Align, Layout, Rect, RichText, Sense, Ui, Vec2};
use rview_core::Unit;
use rview_core::units::format_duration;

use crate::command::{Command, Commands};
use crate::state::Loading;
use crate::theme::{self, Palette};

/// Shows how far the reading is: bytes, speed, time left, and a way to stop it.
pub fn ui(ui: &mut Ui, name: &str, loading: &Loading, tab: usize, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let (done, total) = loading.job.state();
    let seconds = loading.since.elapsed().as_secs_f64();
    let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.35).max(24.0));
        let title = format!("Opening {name}");
        ui.label(RichText::new(title).font(theme::medium(theme::HEADING)));
        ui.add_space(8.0);
        bar(ui, share);
        ui.add_space(8.0);
        let bytes = |bytes: u64| Unit::Bytes.format(i64::try_from(bytes).unwrap_or(i64::MAX));
        let mut line = match total {
            0 => format!("{} read", bytes(done)),
            _ if done >= total => format!("{} read · indexing", bytes(done)),
            _ => format!("{} of {}", bytes(done), bytes(total)),
        };
        if seconds > 0.5 && (1..total).contains(&done) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "bytes a second"
            )]
            let speed = bytes((done as f64 / seconds) as u64);
            let left = seconds * (1.0 - share) / share.max(1e-6);
            #[expect(clippy::cast_possible_truncation, reason = "a time for people")]
            let left = format_duration((left.ceil() * 1e9) as i64);
            line = format!("{line} · {speed}/s · {left} left");
        }
        ui.label(RichText::new(line).color(palette.muted));
        ui.add_space(12.0);
        if ui.button("Cancel").clicked() {
            commands.push(Command::CloseTab(tab));
        }
    });
    // The numbers change without any input; a few times a second is enough to read them.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
}

/// How much is done, as a line.
fn bar(ui: &mut Ui, share: f64) {
    let palette = Palette::from(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(360.0, 4.0), Sense::hover());
    response.widget_info(|| {
        let role = egui::accesskit::Role::ProgressIndicator;
        let mut info = egui::WidgetInfo::labeled(role, true, "Read so far");
        info.value = Some(share);
        info
    });
    ui.painter().rect_filled(rect, 2.0, palette.hairline);
    #[expect(clippy::cast_possible_truncation, reason = "a share")]
    let width = rect.width() * share.clamp(0.0, 1.0) as f32;
    let done = Rect::from_min_size(rect.min, Vec2::new(width, rect.height()));
    ui.painter().rect_filled(done, 2.0, palette.accent);
}

/// Shows why a file could not be read.
pub fn failed(ui: &mut Ui, name: &str, reason: &str, tab: usize, commands: &mut Commands) {
    let palette = Palette::from(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.3).max(24.0));
        let title = format!("{name} cannot be opened");
        ui.label(RichText::new(title).font(theme::medium(theme::HEADING)));
        ui.add_space(4.0);
        ui.set_max_width(640.0);
        ui.label(RichText::new(reason).color(palette.warning));
        ui.add_space(12.0);
        ui.horizontal(|ui| {
            ui.add_space((ui.available_width() - 142.0).max(0.0) / 2.0);
            if ui.button("Try again").clicked() {
                commands.push(Command::Reload);
            }
            if ui.button("Dismiss").clicked() {
                commands.push(Command::CloseTab(tab));
            }
        });
    });
}
