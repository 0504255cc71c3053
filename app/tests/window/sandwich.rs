//! The sandwich: callers and callees of a function, by keys, clicks and labels.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Ask, Command};
use rview::state::{Half, Picked, TransformKind, View};

use crate::support::{Files, Window, kitchen};

/// A window with the sandwich of `bake` in front.
fn bake() -> (Files, Window) {
    let (files, mut window) = kitchen();
    let function = window.function("bake");
    window.pick(Picked::Function(function));
    window.key(Key::Num9);
    (files, window)
}

/// The function of the sandwich.
fn between(window: &Window) -> Option<&str> {
    let function = window.session().sandwich.function()?;
    Some(window.profile().function_name(function))
}

/// By function, what a half of the sandwich has.
fn boxes(window: &Window, half: Half) -> Vec<(&str, i64)> {
    let tree = window.session().sandwich.tree(half).expect("it is computed");
    let name = |row| window.profile().function_name(tree.function(row));
    (0..tree.len()).map(|row| (name(row), tree.total(row))).collect()
}

#[test]
fn the_picked_function_is_between_its_callers_and_its_callees() {
    let (_files, window) = bake();
    assert!(window.has("Sandwich of bake"));
    assert_eq!(boxes(&window, Half::Callers), [("bake", 60), ("main", 60)]);
    assert_eq!(boxes(&window, Half::Callees), [("bake", 60), ("knead", 40), ("heat", 20)]);
    window.assert_paints("Total 60, 60.0 %");
}

#[test]
fn without_a_pick_it_shows_the_heaviest_function() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num9);
    assert_eq!(between(&window), Some("knead"));
    window.assert_paints("It calls nothing");
}

#[test]
fn the_menu_of_a_box_leads_to_it() {
    let (_files, mut window) = kitchen();
    let function = window.function("wash");
    window.pick(Picked::Function(function));
    let graph = window.get_by_role_and_label(Role::Canvas, "Flame graph").rect();
    window.secondary_click_at(graph.left_top() + egui::vec2(10.0, 25.0));
    window.click("Show its callers and callees");
    assert_eq!(window.session().layout.active, View::Sandwich);
    assert_eq!(between(&window), Some("bake"), "the box in the second row");
}

#[test]
fn a_click_in_the_list_puts_another_function_between() {
    let (_files, mut window) = bake();
    window.get_by_role_and_label(Role::Row, "wash").click();
    window.settle();
    assert_eq!(between(&window), Some("wash"));
}

#[test]
fn arrows_go_from_the_function_to_what_called_it_and_to_what_it_called() {
    let (_files, mut window) = bake();
    let mut picked = Vec::new();
    for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowRight, Key::ArrowUp, Key::ArrowUp] {
        window.key(key);
        picked.push(window.picked_name().unwrap_or_default().to_owned());
    }
    assert_eq!(picked, ["bake", "knead", "heat", "bake", "main"]);
    assert_eq!(between(&window), Some("bake"), "it stays while one looks around");
    let chart = window.get_by_label("Callers");
    let words = chart.accesskit_node().value();
    assert_eq!(words.as_deref(), Some("main, 100 % of the function"));
}

#[test]
fn a_double_click_zooms_to_a_box_and_one_on_the_function_out_again() {
    let (_files, mut window) = bake();
    let callees = window.rect("Callees");
    let knead = callees.left_top() + egui::vec2(callees.width() * 0.1, 9.0);
    window.double_click_at(knead);
    let view = window.session().sandwich.view(Half::Callees).expect("it is zoomed");
    assert_eq!(view.range(), 0..40);
    assert_eq!(window.session().sandwich.view(Half::Callers), None);
    let function = window.rect("Sandwich of bake").center();
    window.double_click_at(function);
    assert_eq!(window.session().sandwich.view(Half::Callees), None);
}

#[test]
fn tables_list_direct_callers_and_callees_and_are_copied() {
    let (_files, mut window) = bake();
    window.click("Tables");
    for name in ["main", "knead", "heat"] {
        assert!(window.query_all_by_role_and_label(Role::Row, name).count() >= 1, "{name}");
    }
    let copied = window.copied().expect("there is a table");
    assert_eq!(
        copied,
        "is\tweight\tfunction\tmodule\n\
         caller\t60\tmain\t\ncallee\t40\tknead\t\ncallee\t20\theat\t\n"
    );
}

#[test]
fn the_picked_stack_of_it_is_copied() {
    let (_files, mut window) = bake();
    for key in [Key::ArrowDown, Key::ArrowDown] {
        window.key(key);
    }
    assert_eq!(window.copied().as_deref(), Some("knead\nbake"));
}

#[test]
fn transforms_change_what_is_in_it() {
    let (_files, mut window) = bake();
    let heat = window.function("heat");
    window.apply(Command::Pick(Picked::Function(heat)));
    window.apply(Command::Ask(Ask::TransformPicked(TransformKind::Drop)));
    let bake = window.function("bake");
    window.pick(Picked::Function(bake));
    assert_eq!(boxes(&window, Half::Callees), [("bake", 40), ("knead", 40)]);
    window.apply(Command::Ask(Ask::Undo));
    assert_eq!(boxes(&window, Half::Callees).len(), 3);
}
