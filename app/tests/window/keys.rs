//! Keys, the palette of commands, the list of keys.

use egui::{Key, Modifiers};
use rview::actions::ACTIONS;
use rview::command::Command;
use rview::state::{Overlay, View};

use crate::support::{Window, kitchen};

const PALETTE: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

#[test]
fn the_palette_finds_a_command_by_words_and_enter_runs_it() {
    let (_files, mut window) = kitchen();
    window.chord(PALETTE, Key::P);
    assert!(matches!(window.shown().overlay, Some(Overlay::Palette(_))));
    window.type_text("up bott");
    window.assert_paints("Bottom-up");
    assert!(!window.paints("Open the demos"), "it does not match");
    window.key(Key::Enter);
    assert_eq!(window.session().layout.active, View::BottomUp);
    assert!(window.shown().overlay.is_none());
}

#[test]
fn a_click_in_the_palette_runs_a_command() {
    let (_files, mut window) = kitchen();
    window.chord(PALETTE, Key::P);
    window.type_text("light");
    window.click("Switch light and dark");
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
    assert!(window.shown().overlay.is_none());
}

#[test]
fn arrows_choose_a_hit_of_the_palette() {
    let (_files, mut window) = kitchen();
    window.chord(PALETTE, Key::P);
    window.type_text("flame");
    for key in [Key::ArrowDown, Key::ArrowUp, Key::ArrowDown, Key::ArrowDown, Key::ArrowDown] {
        window.key(key);
    }
    window.key(Key::Enter);
    let hits: Vec<_> =
        ACTIONS.iter().filter(|action| action.name.to_lowercase().contains("flame")).collect();
    let chosen = hits.iter().position(|action| action.name == "Flame chart");
    assert_eq!(chosen, Some(3), "the test chooses the fourth");
    assert_eq!(window.session().layout.active, View::FlameChart);
}

#[test]
fn a_click_beside_the_palette_closes_it() {
    let (_files, mut window) = kitchen();
    window.chord(PALETTE, Key::P);
    window.click_at(egui::Pos2::new(40.0, 600.0));
    assert!(window.shown().overlay.is_none());
}

#[test]
fn escape_closes_the_palette_and_changes_nothing_else() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("ea".to_owned()));
    window.chord(PALETTE, Key::P);
    window.key(Key::Escape);
    assert!(window.shown().overlay.is_none());
    assert_eq!(window.session().search.text, "ea");
}

#[test]
fn letters_typed_into_the_palette_are_no_shortcuts() {
    let (_files, mut window) = kitchen();
    window.chord(PALETTE, Key::P);
    window.type_text("wasd123");
    assert_eq!(window.shown().overlay, Some(Overlay::Palette("wasd123".to_owned())));
    assert_eq!(window.session().layout.active, View::FlameGraph);
    assert_eq!(window.session().flame_view, None);
}

#[test]
fn f1_lists_every_key() {
    let mut window = Window::empty();
    window.key(Key::F1);
    for text in ["Find a command…", "Zoom in", "Drag on the timeline", "Quit"] {
        let is_listed =
            ACTIONS.iter().any(|action| action.name == text) || text.starts_with("Drag");
        assert!(is_listed);
    }
    window.assert_paints("Drag on the timeline");
    window.assert_paints("Ctrl+O");
    window.key(Key::Escape);
    assert!(window.shown().overlay.is_none());
}

#[test]
fn ctrl_q_ends_the_program() {
    let (_files, mut window) = kitchen();
    window.ctrl(Key::Q);
    assert!(window.shown().wants_quit);
}

/// A dialog of the system waits for a person.
fn is_dialog(command: &Command) -> bool {
    matches!(
        command,
        Command::OpenDialog | Command::AddSourceDirDialog | Command::SavePictureDialog(_)
    )
}

#[test]
fn every_action_with_a_key_does_its_work_in_an_open_file_and_in_an_empty_window() {
    let (_files, mut window) = kitchen();
    for action in ACTIONS {
        let command = (action.command)();
        if !is_dialog(&command) {
            window.apply(command);
        }
        window.apply(Command::Overlay(None));
    }
    let mut window = Window::empty();
    for action in ACTIONS {
        let command = (action.command)();
        if !is_dialog(&command) && command != Command::OpenDemo {
            window.apply(command);
        }
    }
}
