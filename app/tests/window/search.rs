//! Search: what it finds, how to go through it, what it says of a wrong expression.

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Ask, Command};
use rview::state::Picked;

use crate::support::{Window, dark, fixture, kitchen, open};

fn search(window: &mut Window, text: &str) {
    window.ctrl(Key::F);
    window.type_text(text);
}

#[test]
fn ctrl_f_puts_the_keyboard_into_the_search_field() {
    let (_files, mut window) = kitchen();
    window.ctrl(Key::F);
    assert!(window.get_by_label("Search functions").is_focused());
}

#[test]
fn letters_in_the_frame_of_ctrl_f_are_for_the_field() {
    let (_files, mut window) = kitchen();
    window.pick(Picked::Path(window.session().base.paths.ids().next().unwrap()));
    window.at_once(&[(Modifiers::COMMAND, Key::F), (Modifiers::NONE, Key::G)]);
    assert_eq!(window.session().search.text, "g");
    assert!(window.session().question.shape.transforms.is_empty(), "G is not for the picked box");
}

#[test]
fn a_search_says_how_many_functions_it_finds() {
    let (_files, mut window) = kitchen();
    search(&mut window, "ea");
    assert_eq!(window.session().search.text, "ea");
    window.assert_paints("2 functions");
    window.type_text("t");
    window.assert_paints("1 function");
    window.type_text("zzz");
    window.assert_paints("no function matches");
}

#[test]
fn enter_goes_through_the_hits_and_shift_enter_back() {
    let (_files, mut window) = kitchen();
    search(&mut window, "ea");
    let mut picked = Vec::new();
    for modifiers in [Modifiers::NONE, Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT] {
        window.chord(modifiers, Key::Enter);
        picked.push(window.picked_name().unwrap_or_default().to_owned());
    }
    assert_eq!(picked, ["knead", "heat", "knead", "heat"], "after the last hit comes the first");
    assert!(window.get_by_label("Search functions").is_focused(), "it can go on");
}

#[test]
fn f3_goes_through_the_hits_from_anywhere() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("/^(knead|heat|wash)$/".to_owned()));
    let mut picked = Vec::new();
    for modifiers in [Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::SHIFT] {
        window.chord(modifiers, Key::F3);
        picked.push(window.picked_name().unwrap_or_default().to_owned());
    }
    assert_eq!(picked, ["knead", "heat", "knead", "wash"]);
}

#[test]
fn a_hit_in_a_closed_row_is_opened_and_visible() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    let main = window.session().call_tree.rows[0];
    let main = window.session().trees().unwrap().tree.path(main);
    window.apply(Command::ToggleNode(main));
    assert_eq!(window.query_all_by_role(Role::Row).count(), 1);
    search(&mut window, "heat");
    window.key(Key::Enter);
    let row = window.get_by_role_and_label(Role::Row, "heat");
    assert_eq!(row.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn a_wrong_expression_says_so_and_keeps_what_was_found() {
    let (_files, mut window) = kitchen();
    search(&mut window, "ea");
    window.assert_paints("2 functions");
    window.apply(Command::SetSearch("/ea(/".to_owned()));
    let error = window.session().search.error.clone().expect("it is wrong");
    window.assert_paints(&error.message);
    assert_eq!(error.position, 3);
    assert_eq!(window.session().search.text, "/ea(/", "what was typed stays to be mended");
    assert_eq!(window.session().search.functions().map(rview_core::FunctionSet::len), Some(2));
}

#[test]
fn an_expression_finds_what_it_matches() {
    let (_files, mut window) = kitchen();
    search(&mut window, "/^(knead|wash)$/");
    window.assert_paints("2 functions");
}

#[test]
fn escape_clears_the_search_first_and_then_the_pick() {
    let (_files, mut window) = kitchen();
    let function = window.function("heat");
    window.pick(Picked::Function(function));
    window.apply(Command::SetSearch("ea".to_owned()));
    window.key(Key::Escape);
    assert_eq!(window.session().search.text, "");
    assert_eq!(window.picked_name(), Some("heat"));
    window.key(Key::Escape);
    assert_eq!(window.picked_name(), None);
}

#[test]
fn escape_in_the_search_field_clears_the_search() {
    let (_files, mut window) = kitchen();
    search(&mut window, "ea");
    window.key(Key::Escape);
    assert_eq!(window.session().search.text, "");
    assert!(window.session().search.functions().is_none());
}

#[test]
fn letters_typed_into_the_search_field_are_no_shortcuts() {
    let (_files, mut window) = kitchen();
    let (view, flame_view) = (window.session().layout.active, window.session().flame_view);
    search(&mut window, "wasdft0123456");
    assert_eq!(window.session().search.text, "wasdft0123456");
    assert_eq!(window.session().layout.active, view);
    assert_eq!(window.session().flame_view, flame_view);
}

#[test]
fn undo_in_the_search_field_does_not_undo_the_selection() {
    let (_files, mut window) = crate::support::service();
    window.apply(Command::Ask(Ask::Range(Some(0..500_000))));
    search(&mut window, "ea");
    window.ctrl(Key::Z);
    assert_eq!(window.session().question.range_ns, Some(0..500_000));
}

#[test]
fn the_arrows_beside_the_field_go_through_the_hits() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("ea".to_owned()));
    window.click("↓");
    assert_eq!(window.picked_name(), Some("knead"));
    window.click("↓");
    assert_eq!(window.picked_name(), Some("heat"));
    window.click("↑");
    assert_eq!(window.picked_name(), Some("knead"));
}

#[test]
fn the_search_says_how_many_hits_there_are_and_which_is_picked() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("ea".to_owned()));
    window.assert_paints("2 functions, 2 hits");
    window.key(Key::F3);
    window.assert_paints("2 functions, hit 1 of 2");
    window.key(Key::F3);
    window.assert_paints("2 functions, hit 2 of 2");
}

#[test]
fn functions_are_found_by_what_they_weigh_and_are_not_called() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("total>=100%".to_owned()));
    window.assert_paints("1 function, 1 hit");
    window.apply(Command::SetSearch("ea -heat".to_owned()));
    window.assert_paints("1 function, 1 hit");
    window.apply(Command::SetSearch("count>0 AND (knead OR wash)".to_owned()));
    window.assert_paints("2 functions, 2 hits");
}

#[test]
fn what_the_view_in_front_does_not_have_is_said_under_the_field() {
    let (_files, mut window) = crate::support::service();
    window.apply(Command::SetSearch("thread:cook".to_owned()));
    window.assert_paints("thread is not for functions, but for slices and Only");
    window.key(Key::Num6);
    window.assert_paints("2 slices");
    window.apply(Command::SetSearch("arg.litres=3 OR total<=0.4ms".to_owned()));
    window.assert_paints("3 slices");
    window.apply(Command::SetSearch("total>0.4ms count>1".to_owned()));
    window.assert_paints("count is not for slices, but for functions");
    window.assert_paints("serve");
}

#[test]
fn only_what_the_search_finds_counts_until_that_is_taken_off() {
    let (_files, mut window) = kitchen();
    let all = window.total();
    let heat = window.session().trees().unwrap().functions.total_of(window.function("heat"));
    search(&mut window, "heat");
    window.ctrl(Key::Enter);
    assert_eq!(window.session().question.only.as_deref(), Some("heat"));
    assert_eq!(window.total(), heat);
    window.apply(Command::SetSearch("-heat".to_owned()));
    window.click("Only");
    assert_eq!(window.total(), all - heat);
    window.apply(Command::Ask(Ask::Undo));
    assert_eq!(window.total(), heat);
    window.click("Remove only heat");
    assert_eq!(window.total(), all);
}

#[test]
fn a_search_that_stacks_cannot_be_asked_for_says_so() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("self>0".to_owned()));
    window.ctrl(Key::Enter);
    assert_eq!(window.session().question.only, None);
    window.assert_paints("self is not for Only, but for functions and slices");
}

#[test]
fn the_grammar_is_explained_in_place() {
    let (_files, mut window) = kitchen();
    window.click("What can be searched for");
    window.assert_paints("read OR (write -log)");
}

#[test]
fn the_search_has_room_for_its_text_and_its_count_in_any_window() {
    for width in [640.0, 900.0, 1280.0, 1920.0] {
        let file = fixture("perf.data/multi.perf.data");
        let size = Vec2::new(width, 600.0);
        let mut window = Window::with(size, 1.0, dark(), vec![open(&[file])]);
        window.apply(Command::SetSearch("a".to_owned()));
        assert!(window.rect("Search functions").width() >= 180.0, "{width}");
        let count = window.texts().into_iter().find(|text| text.contains("functions, "));
        assert!(count.is_some_and(|count| count.ends_with("hits")), "{width}");
    }
}
