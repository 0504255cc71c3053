//! Instructions: what each weighs, and the way between them, lines and functions.

use egui::Key;
use rview::command::{Command, InAssembly};
use rview::state::{Picked, View};

use crate::names::inlines;
use crate::support::service;

#[test]
fn the_instructions_of_the_picked_function_have_their_weights() {
    let mut window = inlines();
    window.apply(Command::Pick(Picked::Function(window.function("cook"))));
    window.key(Key::I);
    assert_eq!(window.session().layout.active, View::Assembly);
    let assembly = window.session().assembly.shown().expect("it is found");
    let sum: i64 = assembly.self_.iter().sum();
    let (trees, cook, stir) = (
        window.session().trees().expect("an answer"),
        window.function("cook"),
        window.function("stir"),
    );
    let of = |function| trees.functions.self_of(function);
    let mix = window.function("mix");
    assert_eq!(sum, of(cook) + of(stir) + of(mix), "what is inlined runs in them");
    window.assert_paints("imul eax, 0x9e3779b1");
    window.assert_paints("work.c:5");
    window.assert_paints("400126");
}

#[test]
fn keys_go_through_instructions_and_the_source_follows() {
    let mut window = inlines();
    window.apply(Command::Pick(Picked::Function(window.function("cook"))));
    window.key(Key::I);
    let heaviest = window.session().assembly.shown().expect("it is found").heaviest.clone();
    assert_eq!(window.session().assembly.row, Some(heaviest[0]), "the heaviest first");
    window.key(Key::N);
    assert_eq!(window.session().assembly.row, Some(heaviest[1]));
    assert_eq!(window.session().layout.active, View::Assembly);
    window.key(Key::ArrowDown);
    assert_eq!(window.session().assembly.row, Some(heaviest[1] + 1));
    window.apply(Command::Assembly(InAssembly::Go(heaviest[0])));
    let assembly = window.session().assembly.shown().expect("it is found");
    let (file, line) = assembly.place(heaviest[0]).expect("debug information");
    let file = file.to_owned();
    window.key(Key::O);
    let source = window.session().source.shown().expect("it is read");
    assert_eq!(source.file.as_deref(), Some(&*file));
    window.apply(Command::Source(rview::command::InSource::Line(line + 1)));
    window.apply(Command::Source(rview::command::InSource::Line(line)));
    assert_eq!(window.session().assembly.row, Some(heaviest[0]), "the heaviest of the line");
}

#[test]
fn a_recording_without_binaries_has_no_such_tab_and_says_why() {
    let (_files, mut window) = service();
    assert!(window.session().layout.tile(View::Assembly).is_none());
    window.key(Key::I);
    window.assert_paints("No instructions of");
    window.assert_paints("The code of this function is in no file");
}
