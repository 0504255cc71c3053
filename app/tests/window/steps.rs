//! Arrow keys, jumps, markers and flows.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Pos2};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::settings::Direction;
use rview::state::{Picked, View};

use crate::support::{Files, Window, kitchen, service};

/// A thread with markers, and a flow from its first slice to another thread's; times in
/// microseconds.
const ORDERS: &str = r#"{"traceEvents": [
{"ph": "M", "pid": 1, "tid": 1, "name": "process_name", "args": {"name": "kitchen"}},
{"ph": "M", "pid": 1, "tid": 1, "name": "thread_name", "args": {"name": "cook"}},
{"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "waiter"}},
{"ph": "X", "pid": 1, "tid": 2, "ts": 0, "dur": 100, "name": "order"},
{"ph": "s", "pid": 1, "tid": 2, "ts": 50, "id": 7, "name": "ticket", "cat": "paper"},
{"ph": "f", "bp": "e", "pid": 1, "tid": 1, "ts": 450, "id": 7, "name": "ticket", "cat": "paper"},
{"ph": "X", "pid": 1, "tid": 1, "ts": 400, "dur": 500, "name": "boil"},
{"ph": "i", "s": "t", "pid": 1, "tid": 1, "ts": 300, "name": "bell", "args": {"times": 2}},
{"ph": "i", "s": "p", "pid": 1, "tid": 1, "ts": 800, "name": "shift ends"}
]}"#;

fn orders() -> (Files, Window) {
    let files = Files::new("orders.json", ORDERS);
    let window = Window::open(&[files.path("orders.json")]);
    (files, window)
}

/// Presses arrow keys and gives what is picked after each.
fn walk(window: &mut Window, keys: &[Key]) -> Vec<String> {
    let step = |&key: &Key| {
        window.key(key);
        window.picked_name().unwrap_or_default().to_owned()
    };
    keys.iter().map(step).collect()
}

#[test]
fn arrows_walk_through_the_flame_graph() {
    let (_files, mut window) = kitchen();
    let keys = [Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::ArrowRight, Key::ArrowLeft];
    assert_eq!(walk(&mut window, &keys), ["main", "bake", "knead", "heat", "knead"]);
    assert_eq!(walk(&mut window, &[Key::ArrowLeft, Key::ArrowUp]), ["knead", "bake"]);
}

#[test]
fn where_roots_are_at_the_bottom_up_goes_to_the_callee() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetDirection(Direction::Flame));
    let keys = [Key::ArrowUp, Key::ArrowUp, Key::ArrowDown];
    assert_eq!(walk(&mut window, &keys), ["main", "bake", "main"]);
}

#[test]
fn arrows_walk_through_the_call_tree_and_open_its_rows() {
    let (_files, mut window) = kitchen();
    window.apply(Command::ShowView(View::CallTree));
    assert_eq!(walk(&mut window, &[Key::ArrowDown]), ["main"]);
    let rows = |window: &Window| window.session().call_tree.rows.len();
    let n_open = rows(&window);
    window.key(Key::ArrowLeft);
    assert_eq!(rows(&window), 1, "it is closed");
    window.key(Key::ArrowRight);
    assert_eq!(rows(&window), n_open, "it is open again");
    assert_eq!(walk(&mut window, &[Key::ArrowRight, Key::ArrowRight]), ["bake", "knead"]);
    assert_eq!(walk(&mut window, &[Key::ArrowLeft]), ["bake"]);
}

#[test]
fn arrows_walk_through_the_bottom_up_tree() {
    let (_files, mut window) = kitchen();
    window.apply(Command::ShowView(View::BottomUp));
    let keys = [Key::ArrowDown, Key::ArrowRight, Key::ArrowRight, Key::ArrowLeft, Key::ArrowLeft];
    assert_eq!(walk(&mut window, &keys), ["knead", "knead", "bake", "knead", "knead"]);
    assert_eq!(walk(&mut window, &[Key::ArrowDown]), ["wash"]);
}

#[test]
fn arrows_walk_through_the_function_table() {
    let (_files, mut window) = kitchen();
    window.apply(Command::ShowView(View::Functions));
    let keys = [Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::ArrowUp];
    assert_eq!(walk(&mut window, &keys), ["knead", "wash", "heat", "wash"]);
}

#[test]
fn arrows_walk_from_slice_to_slice() {
    let (_files, mut window) = service();
    let boil = window.get_by_label_contains("Flame chart of").rect().left_top();
    window.click_at(boil + egui::Vec2::new(40.0, 8.0));
    assert_eq!(walk(&mut window, &[Key::ArrowDown, Key::ArrowUp]), ["stir", "boil"]);
}

#[test]
fn an_arrow_brings_the_next_box_on_screen() {
    let (_files, mut window) = kitchen();
    let path = |window: &Window, name: &str| {
        let trees = window.session().trees().expect("the file is open");
        let function = window.function(name);
        let node = trees.tree.ids().find(|&node| trees.tree.function(node) == function);
        trees.tree.path(node.expect("it is in the tree"))
    };
    let knead = path(&window, "knead");
    window.pick(Picked::Path(knead));
    window.key(Key::F);
    assert_eq!(window.session().flame_view.map(|view| view.range()), Some(0..40));
    window.key(Key::ArrowRight);
    let range = window.session().flame_view.expect("it is zoomed").range();
    assert!(range.start <= 50 && 50 < range.end, "heat is at 40..60, on screen is {range:?}");
}

#[test]
fn a_jump_is_eased_unless_motion_is_reduced() {
    let (_files, mut window) = service();
    let chart = window.get_by_label_contains("Flame chart of").rect().left_top();
    window.click_at(chart + egui::Vec2::new(400.0, 26.0));
    window.key_for_a_frame(Key::F, 0.05);
    let on_its_way = window.session().timeline.view.expect("it moves").range();
    assert!(on_its_way.start > 0 && on_its_way.start < 200_000, "{on_its_way:?}");
    window.settle();
    let there = window.session().timeline.view.map(|view| view.range());
    assert_eq!(there, Some(200_000..600_000));

    window.key(Key::Num0);
    window.apply(Command::ToggleMotion);
    window.key_for_a_frame(Key::F, 0.05);
    let there = window.session().timeline.view.map(|view| view.range());
    assert_eq!(there, Some(200_000..600_000), "at once");
}

#[test]
fn markers_of_a_thread_have_names_and_arguments() {
    let (_files, mut window) = orders();
    window.assert_paints("bell");
    let chart = window.get_by_label_contains("Flame chart of cook").rect();
    let x = chart.left() + chart.width() * 300.0 / 900.0;
    window.click_at(Pos2::new(x + 1.0, chart.top() + 8.0));
    assert_eq!(window.picked_name(), Some("bell"));
    for text in ["At", "300 µs", "args.times"] {
        window.assert_paints(text);
    }
}

#[test]
fn markers_of_a_process_have_a_row_of_their_own() {
    let (_files, window) = orders();
    assert!(window.has("Track Markers"));
    window.assert_paints("shift ends");
}

#[test]
fn flows_lead_from_slice_to_slice() {
    let (_files, mut window) = orders();
    let chart = window.get_by_label_contains("Flame chart of cook").rect();
    // Below the markers.
    window.click_at(Pos2::new(chart.left() + chart.width() * 0.6, chart.top() + 18.0 + 8.0));
    assert_eq!(window.picked_name(), Some("boil"));
    window.assert_paints("Flows from");
    window.click("order");
    assert_eq!(window.picked_name(), Some("order"));
    window.assert_paints("Flows to");
}

/// A place on the slice `boil` in the timeline.
fn boil_in_timeline(window: &Window) -> Pos2 {
    let track = window.get_by_label("Track cook 1").rect();
    Pos2::new(track.left() + track.width() * 0.05, track.top() + 10.0)
}

#[test]
fn keys_act_on_the_timeline_once_it_was_clicked() {
    let (_files, mut window) = service();
    window.apply(Command::ShowView(View::FlameGraph));
    window.key(Key::W);
    assert!(window.session().flame_view.is_some() && window.session().timeline.view.is_none());
    window.key(Key::Num0);
    window.click_at(boil_in_timeline(&window));
    window.key(Key::W);
    assert!(window.session().flame_view.is_none() && window.session().timeline.view.is_some());
}

#[test]
fn keys_zoom_about_the_pointer() {
    let (_files, mut window) = service();
    let track = window.get_by_label("Track cook 1").rect();
    window.click_at(boil_in_timeline(&window));
    window.hover(Pos2::new(track.left() + track.width() * 0.25, track.center().y));
    window.key(Key::W);
    let range = window.session().timeline.view.expect("it is zoomed").range();
    let before = 250_000 - range.start;
    let after = range.end - 250_000;
    assert!((after - 3 * before).abs() < 4_000, "a quarter of the way: {range:?}");
}

#[test]
fn a_double_click_in_the_timeline_zooms_time_whatever_view_is_in_front() {
    let (_files, mut window) = service();
    window.apply(Command::ShowView(View::FlameGraph));
    let stir = boil_in_timeline(&window) + egui::Vec2::new(0.0, 18.0);
    let track = window.get_by_label("Track cook 1").rect();
    window.double_click_at(Pos2::new(track.left() + track.width() * 0.3, stir.y));
    let view = window.session().timeline.view.expect("it is zoomed");
    assert_eq!(view.range(), 200_000..600_000);
    assert_eq!(window.session().flame_view, None);
}

#[test]
fn a_click_on_nothing_picks_nothing() {
    let (_files, mut window) = service();
    window.click_at(boil_in_timeline(&window));
    assert_eq!(window.picked_name(), Some("boil"));
    let track = window.get_by_label("Track waiter 2").rect();
    window.click_at(track.left_center() + egui::Vec2::new(20.0, 0.0));
    assert_eq!(window.picked_name(), None);
}

#[test]
fn the_zoom_of_a_flame_graph_stays_at_its_box_when_less_counts() {
    let (_files, mut window) = service();
    window.apply(Command::ShowView(View::FlameGraph));
    let stir = window.function("stir");
    window.pick(Picked::Function(stir));
    window.key(Key::F);
    let shown = |window: &Window| {
        let trees = window.session().trees().expect("it is computed");
        let node = trees.tree.ids().find(|&node| trees.tree.function(node) == stir);
        let span = trees.flame.span(node.expect("it is there").raw());
        let view = window.session().flame_view.map(|view| view.range());
        (view == Some(span.clone()), span)
    };
    let (is_framed, span) = shown(&window);
    assert!(is_framed, "{span:?}");
    window.apply(Command::Ask(Ask::Range(Some(0..400_000))));
    let (is_framed, less) = shown(&window);
    assert!(is_framed && less != span, "{less:?}");
}

#[test]
fn escape_closes_a_menu_before_it_clears_anything() {
    let (_files, mut window) = service();
    window.click_at(boil_in_timeline(&window));
    window.click("View");
    window.key(Key::Escape);
    assert!(!window.has("Animate jumps or not"), "the menu is closed");
    assert_eq!(window.picked_name(), Some("boil"));
    window.key(Key::Escape);
    assert_eq!(window.picked_name(), None);
}

#[test]
fn escape_in_an_empty_search_field_only_leaves_it() {
    let (_files, mut window) = service();
    window.click_at(boil_in_timeline(&window));
    window.ctrl(Key::F);
    window.key(Key::Escape);
    assert_eq!(window.picked_name(), Some("boil"));
    assert!(!window.ctx.text_edit_focused());
}

#[test]
fn hits_in_a_trace_are_its_slices_one_by_one() {
    let (_files, mut window) = service();
    window.click_at(boil_in_timeline(&window));
    window.apply(Command::SetSearch("ser".to_owned()));
    window.key(Key::F3);
    assert_eq!(window.picked_name(), Some("serve"));
    assert!(matches!(window.session().picked, Picked::Slice(_)));
    assert!(window.has("Flame chart of waiter 2"), "the chart goes to its thread");
}

#[test]
fn keys_pressed_in_one_slow_frame_all_count() {
    let (_files, mut window) = service();
    window.click_at(boil_in_timeline(&window));
    let zoomed = |window: &Window| {
        let range = window.session().timeline.view.expect("it is zoomed").range();
        range.end - range.start
    };
    for _ in 0..3 {
        window.key_press(Key::W);
        window.step();
    }
    let one_by_one = zoomed(&window);
    window.key(Key::Num0);
    let press = Event::Key {
        key: Key::W,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    window.input_mut().events.extend([press.clone(), press.clone(), press]);
    window.settle();
    assert_eq!(zoomed(&window), one_by_one);
}

#[test]
fn one_thread_of_several_can_be_chosen_in_the_toolbar() {
    let (_files, mut window) = service();
    window.click("Threads that count: All 2 threads");
    window.get_by_role_and_label(Role::Button, "waiter 2").click();
    window.settle();
    assert_eq!(window.total(), 400_000);
}

#[test]
fn the_menu_of_a_box_finds_it_everywhere() {
    let (_files, mut window) = kitchen();
    let chart = window.get_by_role_and_label(Role::Canvas, "Flame graph").rect();
    window.secondary_click_at(chart.left_top() + egui::Vec2::new(40.0, 8.0));
    assert_eq!(window.picked_name(), Some("main"));
    window.click("Find it everywhere");
    assert_eq!(window.session().search.text, "/^main$/");
    window.assert_paints("1 function");
}
