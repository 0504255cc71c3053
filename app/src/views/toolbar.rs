//! The toolbar: open, what is added up, what of the recording counts, search.

use egui::{Align, Button, Context, Id, Layout, Ui, Vec2};
use rview_core::{GroupBy, Measure};
use rview_formats::{DropFrames, Input};

use super::{comparison, search_field};
use crate::command::{Ask, Command, Commands, Compare, InNotes, LabelsPanel, PictureKind};
use crate::state::{Overlay, Session, State, TrackRow, thread_label};
use crate::theme;
use crate::widgets::menu_row;

/// Where the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Right of the choices.
    Beside,
    /// In a row of its own, as the choices leave no room.
    Below,
}

/// How wide the choices were in the last frame, and the button at the right edge.
fn choices_width(state: &State) -> Id {
    Id::unique(("width of choices", state.tab().map(|tab| tab.id)))
}

/// Where the search has its room, in a window of a width.
fn place(ctx: &Context, state: &State) -> Place {
    let choices: f32 = ctx.data(|data| data.get_temp(choices_width(state))).unwrap_or_default();
    let width = ctx.content_rect().width() - 2.0 * f32::from(MARGIN);
    if choices + search_field::LEAST <= width { Place::Beside } else { Place::Below }
}

/// Space beside what is in the toolbar, in points.
pub const MARGIN: i8 = 8;

/// How high the toolbar is: it has a second row where choices and search do not fit into one.
pub fn height(ctx: &Context, state: &State) -> f32 {
    match place(ctx, state) {
        Place::Below if state.session().is_some() => theme::TOOLBAR + SEARCH_ROW,
        _ => theme::TOOLBAR,
    }
}

/// How high the row of the search is, in points.
const SEARCH_ROW: f32 = 32.0;

/// Shows the toolbar.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let place = place(ui.ctx(), state);
    let row = Vec2::new(ui.available_width(), theme::TOOLBAR - 8.0);
    let center = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(row, center, |ui| {
        ui.set_min_width(row.x);
        let left = ui.cursor().left();
        open_menu(ui, state, commands);
        if let Some(session) = state.session() {
            measure_menu(ui, session, commands);
            shape_menu(ui, session, commands);
            thread_menu(ui, session, commands);
            labels_button(ui, session, commands);
        }
        if let Some(comparison) = state.comparison() {
            comparison::toolbar(ui, comparison, commands);
        } else if state.comparable_tabs().count() > 1 {
            let button = ui.button("Compare…").on_hover_text("Compare two open files (Ctrl+D)");
            if button.clicked() {
                commands.push(Command::Compare(Compare::Choose));
            }
        }
        let choices = ui.cursor().left() - left;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let right = ui.cursor().right();
            view_menu(ui, commands);
            remember_width(ui, state, choices + right - ui.cursor().right());
            if let Some(session) = state.session().filter(|_| place == Place::Beside) {
                search_field::ui(ui, session, state.wants_search_focus, commands);
            } else if let Some(comparison) = state.comparison() {
                let wants_focus = state.wants_search_focus;
                search_field::of_comparison(ui, comparison, wants_focus, commands);
            }
        });
    });
    if let Some(session) = state.session().filter(|_| place == Place::Below) {
        let row = Vec2::new(row.x, SEARCH_ROW - 4.0);
        ui.allocate_ui_with_layout(row, center, |ui| {
            search_field::ui(ui, session, state.wants_search_focus, commands);
        });
    }
}

/// Keeps how much room the search does not have; the next frame places it by that.
fn remember_width(ui: &Ui, state: &State, width: f32) {
    let id = choices_width(state);
    let before: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if (before - width).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx().request_repaint();
    }
}

fn open_menu(ui: &mut Ui, state: &State, commands: &mut Commands) {
    if ui.button("Open…").on_hover_text("Open files (Ctrl+O)").clicked() {
        commands.push(Command::OpenDialog);
    }
    ui.menu_button("Recent", |ui| {
        if state.settings.recent.is_empty() {
            ui.add_enabled(false, Button::new("No recent files"));
        }
        for path in &state.settings.recent {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            if ui.button(name).on_hover_text(path.display().to_string()).clicked() {
                commands.push(Command::Open(vec![Input::Path(path.clone())]));
                ui.close();
            }
        }
        ui.separator();
        if ui.button("Open by path…").clicked() {
            commands.push(Command::Overlay(Some(Overlay::OpenPath(String::new()))));
            ui.close();
        }
        if ui.button("Demos").clicked() {
            commands.push(Command::OpenDemo);
            ui.close();
        }
    });
}

/// What is added up: each with its unit, and with what it comes to in what counts.
fn measure_menu(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let profile = &session.document.profile;
    let Some(current) = session.question.measure else { return };
    let all = Measure::all(profile);
    if all.len() < 2 {
        return;
    }
    let title = |measure: Measure| match measure.unit(profile).name() {
        "count" => measure.name(profile),
        unit => format!("{} ({unit})", measure.name(profile)),
    };
    let menu = egui::ComboBox::from_id_salt("measure").selected_text(title(current)).width(0.0);
    let response = menu.show_ui(ui, |ui| {
        let rows: Vec<menu_row::Row> = all
            .iter()
            .map(|&measure| {
                let total = session.trees().map_or(0, |trees| trees.total_of(measure));
                let total = measure.unit(profile).format(total);
                menu_row::Row { name: title(measure), value: total, is_set: measure == current }
            })
            .collect();
        if let Some(chosen) = menu_row::rows(ui, &rows) {
            commands.push(Command::Ask(Ask::Measure(all[chosen])));
            ui.close();
        }
    });
    response.response.on_hover_text("What is added up (V for the next)").widget_info(|| {
        let role = egui::accesskit::Role::ComboBox;
        egui::WidgetInfo::labeled(role, true, format!("Value type: {}", title(current)))
    });
}

/// What call paths are of, and what they are grouped by.
fn shape_menu(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let (base, shape) = (&session.base, &session.question.shape);
    if base.granularities.len() < 2 && base.groups.is_empty() && !session.has_drop_frames() {
        return;
    }
    let title = in_a_title(shape.granularity.name());
    let menu = egui::ComboBox::from_id_salt("shape").selected_text(&title).width(0.0);
    let response = menu.height(480.0).show_ui(ui, |ui| {
        menu_row::heading(ui, "Show");
        let rows: Vec<menu_row::Row> = base
            .granularities
            .iter()
            .map(|&it| menu_row::Row::new(in_a_title(it.name()), it == shape.granularity))
            .collect();
        if let Some(chosen) = menu_row::rows(ui, &rows) {
            commands.push(Command::Ask(Ask::Granularity(base.granularities[chosen])));
        }
        if !base.groups.is_empty() {
            menu_row::heading(ui, "Group by");
            let nothing = std::iter::once(None);
            let all: Vec<Option<&GroupBy>> = nothing.chain(base.groups.iter().map(Some)).collect();
            let row = |by: Option<&GroupBy>| {
                let name = by.map_or("nothing", GroupBy::name).to_owned();
                menu_row::Row::new(name, by == shape.group_by.as_ref())
            };
            let rows: Vec<menu_row::Row> = all.iter().map(|&by| row(by)).collect();
            if let Some(chosen) = menu_row::rows(ui, &rows) {
                commands.push(Command::Ask(Ask::GroupBy(all[chosen].cloned())));
            }
        }
        if session.has_drop_frames() {
            ui.add_space(8.0);
            let mut is_shown = session.drop_frames == DropFrames::Shown;
            let text = "Frames the file asks to leave out";
            if ui.checkbox(&mut is_shown, text).on_hover_text("Its drop_frames").clicked() {
                commands.push(Command::ToggleDropFrames);
                ui.close();
            }
        }
    });
    response
        .response
        .on_hover_text("What boxes and rows are, and what they are grouped by")
        .widget_info(|| {
            let role = egui::accesskit::Role::ComboBox;
            egui::WidgetInfo::labeled(role, true, format!("Shown: {title}"))
        });
}

/// A word as the first of a title.
fn in_a_title(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Shows and hides the panel of labels.
fn labels_button(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    if !session.has_labels() {
        return;
    }
    let button = Button::selectable(session.labels.is_shown, "Labels").frame_when_inactive(true);
    if ui.add(button).on_hover_text("Filter and group by labels (L)").clicked() {
        commands.push(Command::Labels(LabelsPanel::Toggle));
    }
}

/// Which thread counts, where there are several.
fn thread_menu(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let profile = &session.document.profile;
    let n_threads = session.timeline.rows.iter().filter(|row| row.thread().is_some()).count();
    if n_threads < 2 || session.question.thread.is_some() {
        return;
    }
    let title = format!("All {n_threads} threads");
    let menu = egui::ComboBox::from_id_salt("threads").selected_text(&title);
    let response = menu.show_ui(ui, |ui| {
        for thread in session.timeline.rows.iter().filter_map(TrackRow::thread) {
            let label = thread_label(profile, thread);
            if ui.selectable_label(false, label).clicked() {
                commands.push(Command::Ask(Ask::Thread(Some(thread))));
                commands.push(Command::SetChartThread(thread));
            }
        }
    });
    response.response.widget_info(|| {
        let role = egui::accesskit::Role::ComboBox;
        egui::WidgetInfo::labeled(role, true, format!("Threads that count: {title}"))
    });
}

fn view_menu(ui: &mut Ui, commands: &mut Commands) {
    ui.menu_button("View", |ui| {
        for (name, command) in [
            ("Switch light and dark", Command::ToggleTheme),
            ("Turn the flame graph over", Command::ToggleDirection),
            ("Animate jumps or not", Command::ToggleMotion),
            ("Open or close all tracks", Command::ToggleAllTracks),
            ("Show everything", Command::ResetZoom),
            ("Copy as Markdown", Command::CopyMarkdown),
            ("Save a picture of the view…", Command::SavePictureDialog(PictureKind::Png)),
            ("Save the flame graph as SVG…", Command::SavePictureDialog(PictureKind::Svg)),
            ("Reload", Command::Reload),
            ("Notes…", Command::Notes(InNotes::List)),
            ("Find a command…", Command::Overlay(Some(Overlay::Palette(String::new())))),
            ("Keys", Command::Overlay(Some(Overlay::Keys))),
        ] {
            if ui.button(name).clicked() {
                commands.push(command);
                ui.close();
            }
        }
    });
}
