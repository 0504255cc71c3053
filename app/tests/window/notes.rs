//! Notes: written, shown, found again.

use std::fs;

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::state::{Overlay, Picked, View};

use crate::support::{Window, kitchen, open, service};

impl Window {
    /// Types into the field that has the keyboard and presses Enter.
    fn enter(&mut self, text: &str) {
        self.event(Event::Text(text.to_owned()));
        self.settle();
        self.key(Key::Enter);
    }

    fn note_texts(&self) -> Vec<&str> {
        self.session().notes.all().iter().map(|note| &*note.text).collect()
    }
}

#[test]
fn a_note_on_a_function_is_shown_with_it_and_kept_beside_the_file() {
    let (files, mut window) = kitchen();
    window.apply(Command::Pick(Picked::Function(window.function("bake"))));
    window.key(Key::B);
    window.assert_paints("On bake");
    window.enter("too hot");
    assert_eq!(window.note_texts(), ["too hot"]);
    window.assert_paints("too hot");
    let kept = fs::read_to_string(files.path("kitchen.folded.rview-notes.json")).expect("a file");
    assert!(kept.contains("too hot"), "{kept}");

    let mut again = Window::open(&[files.path("kitchen.folded")]);
    assert_eq!(again.note_texts(), ["too hot"]);
    again.click("Edit the note: too hot");
    again.enter(" indeed");
    assert_eq!(again.note_texts(), ["too hot indeed"]);
    again.click("Delete the note: too hot indeed");
    assert!(again.note_texts().is_empty());
}

#[test]
fn a_note_on_a_range_is_a_flag_on_the_ruler_that_leads_there() {
    let (_files, mut window) = service();
    window.apply(Command::Ask(Ask::Range(Some(200_000..600_000))));
    window.key(Key::B);
    window.enter("stirring");
    assert!(window.has("Note: stirring"), "a flag");
    window.apply(Command::Ask(Ask::Range(None)));
    window.apply(Command::ResetZoom);
    window.click("Note: stirring");
    window.run();
    let view = window.session().timeline.view.map(|view| view.range());
    assert_eq!(view, Some(200_000..600_000));
    window.chord(Modifiers::SHIFT, Key::B);
    window.assert_paints("400 µs from 200 µs");
    // The details list it too, below.
    window.get_all_by_label("Go to the note: stirring").last().expect("a link").click();
    window.settle();
    assert!(window.shown().overlay.is_none());
}

#[test]
fn where_both_are_chosen_a_note_is_on_the_one_that_the_user_says() {
    let (_files, mut window) = service();
    window.apply(Command::Ask(Ask::Range(Some(200_000..600_000))));
    window.apply(Command::Pick(Picked::Function(window.function("boil"))));
    window.key(Key::B);
    window.get_by_label_contains("boil of stove").click();
    window.settle();
    window.enter("on the function");
    window.apply(Command::Pick(Picked::Nothing));
    assert_eq!(window.session().notes.on_time().count(), 0);
    assert_eq!(window.note_texts(), ["on the function"]);
    window.apply(Command::ShowView(View::Functions));
    window.assert_paints("boil");
}

#[test]
fn a_note_on_nothing_and_one_that_is_left_are_no_notes() {
    let (_files, mut window) = kitchen();
    window.key(Key::B);
    window.assert_paints("Pick a function or select a range of time first");
    window.key(Key::Escape);
    window.apply(Command::Pick(Picked::Function(window.function("bake"))));
    window.key(Key::B);
    assert!(matches!(window.shown().overlay, Some(Overlay::Note(_))));
    window.key(Key::Escape);
    assert!(window.shown().overlay.is_none());
    window.key(Key::B);
    window.enter("  ");
    assert!(window.note_texts().is_empty());
}

#[test]
fn a_file_that_holds_something_else_is_named_and_left_alone() {
    let (files, mut window) = kitchen();
    let theirs = files.write("kitchen.folded.rview-notes.json", "shopping: eggs");
    window.apply(Command::Pick(Picked::Function(window.function("bake"))));
    window.key(Key::B);
    window.enter("hot");
    window.assert_paints("kitchen.folded.rview-notes.json holds no notes of rview");
    assert_eq!(fs::read_to_string(theirs).expect("a file"), "shopping: eggs");
    window.apply(open(&[files.path("kitchen.folded")]));
    assert_eq!(window.total(), 100);
}
