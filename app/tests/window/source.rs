//! The source view: what lines weigh, where their file is looked for, the way to the editor.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Command, InSource};
use rview::state::{Overlay, Picked, View};

use crate::support::{Files, Window};

/// Ten samples of `bake`, and of what it calls, in the lines 2 and 4 of a file.
fn profile(file: &str) -> String {
    let bake = format!("\t 1200 bake+0x2 (/bin/kitchen)\n  {file}:2\n");
    let knead = format!("\t 1139 knead+0x9 (/bin/kitchen)\n  {file}:4\n{bake}");
    let elsewhere = format!("\t 1300 elsewhere+0x1 (/bin/kitchen)\n{knead}");
    let stacks = [(1, bake), (6, knead), (3, elsewhere)];
    let stacks = stacks.into_iter().flat_map(|(n, stack)| std::iter::repeat_n(stack, n));
    let sample = |(at, stack)| format!("cook 1/1 1.{at:06}: 1000000 cpu-clock:\n{stack}\n");
    (0..).zip(stacks).map(sample).collect()
}

const TEXT: &str = "void bake() {\n\tknead();\n}\nvoid knead() { for (;;); }\n";

/// A window with a recording of which the source is in the folder `code`.
fn kitchen() -> (Files, Window) {
    let files = Files::new("kitchen.c", TEXT);
    let file = files.path("kitchen.c").display().to_string();
    let path = files.write("kitchen.perf.txt", profile(&file));
    let window = Window::open(&[path]);
    (files, window)
}

fn picked_row(window: &Window) -> Option<String> {
    let rows = window.query_all_by_role(Role::Row);
    let mut picked =
        rows.filter(|row| row.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True));
    picked.next()?.accesskit_node().label()
}

#[test]
fn lines_stand_beside_what_they_weigh() {
    let (_files, mut window) = kitchen();
    let bake = window.function("bake");
    window.pick(Picked::Function(bake));
    window.key(Key::O);
    assert_eq!(window.session().layout.active, View::Source);
    let row = window.get_by_role_and_label(Role::Row, "4: void knead() { for (;;); }");
    let words = row.accesskit_node().description();
    assert_eq!(words.as_deref(), Some("total 9.00 ms, 90.0 %; self 6.000 ms, 60.0 %"));
    assert_eq!(picked_row(&window).as_deref(), Some("2: knead();"), "the line of the function");
    window.assert_paints("    knead();");
}

#[test]
fn n_goes_through_the_costly_lines_and_arrows_through_all() {
    let (_files, mut window) = kitchen();
    let knead = window.function("knead");
    window.pick(Picked::Function(knead));
    window.key(Key::O);
    assert_eq!(window.session().source.line, Some(4));
    window.key(Key::N);
    assert_eq!(window.session().source.line, Some(2));
    window.key(Key::N);
    assert_eq!(window.session().source.line, Some(2), "the last of them");
    window.key(Key::ArrowDown);
    assert_eq!(window.session().source.line, Some(3));
    window.click("Next costly line");
    assert_eq!(window.session().source.line, Some(4), "the heaviest");
}

#[test]
fn a_file_that_is_not_there_says_where_it_was_looked_for_and_is_found_below_a_root() {
    let files = Files::new("kitchen.c", TEXT);
    let path = files.write("a.perf.txt", profile("/nowhere/at/all/kitchen.c"));
    let mut window = Window::open(&[path]);
    let bake = window.function("bake");
    window.pick(Picked::Function(bake));
    window.key(Key::O);
    window.assert_paints("The file is not here");
    window.assert_paints("/nowhere/at/all/kitchen.c");
    assert!(window.has("2: "), "costs are listed without the text");
    let root = files.path("kitchen.c").parent().expect("it is in a folder").to_owned();
    window.apply(Command::AddSourceDir(root));
    assert!(!window.paints("The file is not here"));
    assert!(window.has("2: knead();"));
}

#[test]
fn a_function_without_a_file_says_so() {
    let (_files, mut window) = kitchen();
    let elsewhere = window.function("elsewhere");
    window.pick(Picked::Function(elsewhere));
    window.key(Key::O);
    window.assert_paints("No file is known");
}

#[test]
fn costs_follow_what_is_selected() {
    let (_files, mut window) = kitchen();
    let bake = window.function("bake");
    window.pick(Picked::Function(bake));
    window.key(Key::O);
    window.apply(Command::Ask(rview::command::Ask::Only(Some("elsewhere".to_owned()))));
    let row = window.get_by_role_and_label(Role::Row, "4: void knead() { for (;;); }");
    let words = row.accesskit_node().description();
    assert_eq!(words.as_deref(), Some("total 3.000 ms, 100.0 %; self –, –"));
}

#[cfg(unix)]
#[test]
fn the_editor_gets_the_file_and_the_line() {
    let (files, mut window) = kitchen();
    let knead = window.function("knead");
    window.pick(Picked::Function(knead));
    window.key(Key::O);
    window.click("Open in editor");
    assert!(matches!(window.shown().overlay, Some(Overlay::Editor(None))), "none is set");
    let note = files.path("note").display().to_string();
    // What stands for an editor writes nothing but a link: its name tells the place.
    window.apply(Command::SetEditor(format!("ln -s {{file}}:{{line}} {note}")));
    window.apply(Command::Source(InSource::Line(2)));
    window.key(Key::E);
    let place = files.path("kitchen.c").display().to_string() + ":2";
    let link = || std::fs::read_link(files.path("note")).ok();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while link().is_none() && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!(link(), Some(place.into()));
    window.apply(Command::SetEditor("no-such-editor".to_owned()));
    window.key(Key::E);
    window.assert_paints("The editor no-such-editor cannot be started");
}
