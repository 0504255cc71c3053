//! Transforms of stacks: by key and menu, stacked, taken back.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::state::{Picked, TransformKind};
use rview_core::{FunctionKey, Transform};

use crate::support::{Window, kitchen};

/// The call paths that weigh something themselves, with what they weigh.
fn stacks(window: &Window) -> Vec<String> {
    let session = window.session();
    let (profile, paths) = (window.profile(), &session.base.paths);
    let tree = &session.trees().expect("the file is open").tree;
    let mut stacks: Vec<String> = tree
        .ids()
        .filter(|&node| tree.self_of(node) != 0)
        .map(|node| {
            let calls = paths.walk_to_root(tree.path(node));
            let mut names: Vec<&str> =
                calls.map(|path| profile.function_name(paths.function(path))).collect();
            names.reverse();
            format!("{} {}", names.join(";"), tree.self_of(node))
        })
        .collect();
    stacks.sort();
    stacks
}

fn pick(window: &mut Window, name: &str) {
    let function = window.function(name);
    window.pick(Picked::Function(function));
}

#[test]
fn a_key_merges_the_picked_function_into_its_callers() {
    let (_files, mut window) = kitchen();
    let before = stacks(&window);
    pick(&mut window, "bake");
    window.key(Key::M);
    assert_eq!(stacks(&window), ["main 15", "main;heat 20", "main;knead 40", "main;wash 25"]);
    assert_eq!(window.total(), 100);
    window.ctrl(Key::Z);
    assert_eq!(stacks(&window), before);
    window.ctrl(Key::Y);
    window.click("Remove merge bake");
    assert_eq!(stacks(&window), before);
}

#[test]
fn transforms_are_stacked_and_each_is_taken_back_by_itself() {
    let (_files, mut window) = kitchen();
    pick(&mut window, "heat");
    window.key(Key::X);
    assert_eq!(window.total(), 80);
    pick(&mut window, "bake");
    window.key(Key::C);
    assert_eq!(stacks(&window), ["main 15", "main;bake 40", "main;wash 25"]);
    window.key(Key::G);
    assert_eq!(stacks(&window), ["bake 40"]);
    window.click("Remove drop heat");
    assert_eq!(stacks(&window), ["bake 60"], "the others stay");
    window.click("Remove focus on bake");
    window.apply(Command::Ask(Ask::Everything));
    assert_eq!(window.total(), 100);
    assert!(window.session().question.shape.transforms.is_empty());
}

#[test]
fn what_is_picked_stays_picked() {
    let (_files, mut window) = kitchen();
    let session = window.session();
    let tree = &session.trees().unwrap().tree;
    let path = tree
        .ids()
        .map(|node| tree.path(node))
        .find(|&path| session.base.paths.function(path) == window.function("bake"));
    window.pick(Picked::Path(path.expect("it is called once")));
    window.chord(Modifiers::SHIFT, Key::F);
    assert_eq!(stacks(&window), ["bake;heat 20", "bake;knead 40"]);
    assert_eq!(window.picked_name(), Some("bake"));
    window.chord(Modifiers::SHIFT, Key::M);
    assert_eq!(stacks(&window), ["heat 20", "knead 40"]);
}

#[test]
fn every_row_has_a_menu_with_the_keys() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    let row = window.get_by_role_and_label(egui::accesskit::Role::Row, "heat").rect();
    window.secondary_click_at(row.center());
    assert_eq!(window.picked_name(), Some("heat"));
    assert!(!window.has(TransformKind::FocusPath.name()), "a function is no call");
    window.assert_paints("X");
    window.click(TransformKind::Drop.name());
    assert_eq!(window.total(), 80);
}

#[test]
fn what_is_not_there_changes_nothing_and_says_so() {
    let (_files, mut window) = kitchen();
    let before = stacks(&window);
    let gone = FunctionKey { name: "gone".to_owned(), module: String::new() };
    window.apply(Command::Ask(Ask::Transform(Transform::FocusFunction(gone))));
    assert_eq!(stacks(&window), before);
    assert_eq!(window.session().base.shaped.applies, [false]);
    assert!(window.has("Remove focus on gone"));
}
