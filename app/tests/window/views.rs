//! The views of a file: brought to the front, and what each shows.

use egui::accesskit::{Role, Toggled};
use egui::{Key, Pos2, Rect, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::Command;
use rview::settings::Direction;
use rview::state::{Picked, View};
use rview::theme::CHART_ROW;

use crate::support::{VIEW_KEYS, Window, dark, fixture, kitchen, open, service};

/// The middle of a row of the flame graph, at a share of its width.
fn in_graph(window: &Window, row: usize, share: f32) -> Pos2 {
    let graph = graph(window);
    Pos2::new(graph.left() + graph.width() * share, graph.top() + (row as f32 + 0.5) * CHART_ROW)
}

fn graph(window: &Window) -> Rect {
    window.get_by_role_and_label(Role::Canvas, "Flame graph").rect()
}

fn click_tab(window: &mut Window, view: View) {
    window.get_by_role_and_label(Role::Button, view.title()).click();
    window.settle();
}

/// What is on screen only while a view is in front.
fn shows(window: &Window, view: View) -> bool {
    let is_there = |role, label| window.query_by_role_and_label(role, label).is_some();
    let has_triangles = window.query_all_by_role(Role::DisclosureTriangle).next().is_some();
    match view {
        View::FlameGraph => is_there(Role::Canvas, "Flame graph"),
        View::FlameChart => {
            window.query_by_label_contains("Flame chart of").is_some()
                || window.paints("No times in this file")
        }
        View::CallTree => is_there(Role::ColumnHeader, "Function") && has_triangles,
        View::BottomUp => is_there(Role::ColumnHeader, "Function and its callers"),
        View::Functions => {
            is_there(Role::ColumnHeader, "Function") && !has_triangles && !window.has("Charts")
        }
        View::Sandwich => window.has("Charts"),
        View::HeatMap => window.paints("No samples with times"),
        View::Source => window.paints("No file is known"),
        View::Assembly => window.paints("No instructions of"),
        View::Slices => is_there(Role::ColumnHeader, "Name") || window.paints("No slices"),
        View::Distribution => {
            window.paints("No name is picked") || window.paints("Samples have no durations")
        }
        View::Report => window.paints("Recording") && window.paints("Import"),
    }
}

#[test]
fn a_click_on_its_tab_brings_each_view_to_the_front() {
    let (_files, mut window) = service();
    let has_tab = |window: &Window, view| window.session().layout.tile(view).is_some();
    let views = View::ALL.into_iter().rev().filter(|&view| has_tab(&window, view));
    for view in views.collect::<Vec<View>>() {
        click_tab(&mut window, view);
        let shown: Vec<View> = View::ALL.into_iter().filter(|&v| shows(&window, v)).collect();
        assert_eq!(shown, [view]);
        assert_eq!(window.session().layout.active, view);
    }
}

#[test]
fn its_key_brings_each_view_to_the_front() {
    let (_files, mut window) = service();
    for (key, view) in VIEW_KEYS.into_iter().zip(View::ALL) {
        window.key(key);
        let shown: Vec<View> = View::ALL.into_iter().filter(|&v| shows(&window, v)).collect();
        assert_eq!(shown, [view]);
    }
}

#[test]
fn the_first_view_is_the_one_that_suits_the_file() {
    for (name, view) in [
        ("folded/threads.folded", View::FlameGraph),
        ("pprof/go-cpu.pb.gz", View::FlameGraph),
        ("chrome-trace/viztracer.json", View::FlameChart),
    ] {
        let window = Window::open(&[fixture(name)]);
        assert!(shows(&window, view), "{name}: {view:?}");
    }
}

#[test]
fn another_value_type_changes_the_totals_everywhere() {
    let mut window = Window::open(&[fixture("pprof/go-cpu.pb.gz")]);
    window.assert_paints("840 ms of cpu");
    window.click("Value type: cpu (nanoseconds)");
    window.click("samples 84");
    assert_eq!(window.total(), 84);
    window.assert_paints("84 of samples");
    assert_eq!(window.session().trees().map(|trees| trees.functions.total()), Some(84));
    window.ctrl(Key::Z);
    window.assert_paints("840 ms of cpu");
}

#[test]
fn the_choice_of_a_value_type_is_there_only_where_there_are_several() {
    let (_files, window) = kitchen();
    assert!(window.query_by_label_contains("Value type:").is_none());
}

#[test]
fn a_click_on_a_box_picks_its_call_path_in_all_views() {
    let (_files, mut window) = kitchen();
    window.click_at(in_graph(&window, 2, 0.1));
    assert_eq!(window.picked_name(), Some("knead"));
    let value = window.get_by_role_and_label(Role::Canvas, "Flame graph").value();
    assert_eq!(value.as_deref(), Some("knead, 40.0 % of all"), "said to a screen reader");
    window.key(Key::Num3);
    let rows = window.get_by_role_and_label(Role::Row, "knead");
    assert_eq!(rows.accesskit_node().toggled(), Some(Toggled::True));
}

#[test]
fn a_click_beside_the_boxes_picks_nothing() {
    let (_files, mut window) = kitchen();
    window.click_at(in_graph(&window, 0, 0.5));
    assert_eq!(window.picked_name(), Some("main"));
    window.click_at(in_graph(&window, 9, 0.5));
    assert_eq!(window.picked_name(), None);
}

#[test]
fn a_double_click_zooms_to_a_box_and_one_beside_the_boxes_zooms_out() {
    let (_files, mut window) = kitchen();
    window.double_click_at(in_graph(&window, 1, 0.3));
    assert_eq!(window.picked_name(), Some("bake"));
    let view = window.session().flame_view.expect("it is zoomed");
    assert_eq!((view.range().start, view.range().end), (0, 60));
    // What was at six tenths of the whole is at the right edge.
    window.click_at(in_graph(&window, 2, 0.99));
    assert_eq!(window.picked_name(), Some("heat"));
    window.double_click_at(in_graph(&window, 9, 0.5));
    assert_eq!(window.session().flame_view, None);
}

#[test]
fn roots_are_at_the_bottom_where_the_graph_is_turned_over() {
    let (_files, mut window) = kitchen();
    window.apply(Command::ToggleDirection);
    assert_eq!(window.shown().settings.direction, Direction::Flame);
    let graph = graph(&window);
    window.click_at(Pos2::new(graph.center().x, graph.bottom() - CHART_ROW / 2.0));
    assert_eq!(window.picked_name(), Some("main"));
}

#[test]
fn the_pointer_on_a_box_tells_what_it_is() {
    let (_files, mut window) = kitchen();
    window.hover(in_graph(&window, 2, 0.1));
    window.run_steps(4);
    window.assert_paints("40  (40.0 % of all · 66.7 % of caller)");
}

#[test]
fn details_name_the_function_its_place_and_its_weights() {
    let mut window = Window::open(&[fixture("pprof/go-cpu.pb.gz")]);
    window.assert_paints("Click a box or a row to see it here");
    let function = window.function("main.taste");
    window.pick(Picked::Function(function));
    let trees = window.session().trees().expect("it is computed");
    let (self_, total) = (trees.functions.self_of(function), trees.functions.total_of(function));
    assert!(total > self_);
    window.assert_paints("cellar · ./cellar.go");
    window.assert_paints(&rview_core::units::format_duration(total));
    let share = rview_core::units::format_percent(total, 840_000_000);
    window.assert_paints(&format!("{share} of all"));
}

#[test]
fn the_details_of_nothing_are_those_of_the_recording() {
    let mut window = Window::open(&[fixture("pprof/go-cpu.pb.gz")]);
    for text in ["go-cpu.pb.gz", "Value types", "840 ms", "Heaviest by self"] {
        window.assert_paints(text);
    }
    let heaviest = window.get_by_label_contains("main.age, ").rect();
    window.click_at(heaviest.center());
    assert_eq!(window.picked_name(), Some("main.age"));
}

#[test]
fn a_caller_in_the_details_can_be_picked() {
    let (_files, mut window) = kitchen();
    window.click_at(in_graph(&window, 2, 0.1));
    window.click("bake");
    assert_eq!(window.picked_name(), Some("bake"));
}

#[test]
fn the_report_tells_what_was_repaired_and_left_out() {
    let mut window = Window::open(&[fixture("folded/odd.folded")]);
    window.click("4 notes of the import");
    assert!(shows(&window, View::Report));
    window.assert_paints("4 lost");
    window.assert_paints("a line without its weight at the end is left out, first at byte 321");
    window.assert_paints("1 repaired");
}

#[test]
fn the_report_tells_what_is_in_the_recording() {
    let (_files, mut window) = service();
    window.key(Key::Num8);
    for text in ["chrome-trace", "1 ms", "Slices", "cook 1", "waiter 2"] {
        window.assert_paints(text);
    }
}

#[test]
fn the_report_of_a_whole_file_says_so_and_gives_its_facts() {
    let commands = vec![open(&[fixture("perf.data/threads.perf.data")])];
    let mut window = Window::with(Vec2::new(1280.0, 2400.0), 1.0, dark(), commands);
    window.key(Key::Num8);
    window.assert_paints("-F 499 -e cpu-clock:u");
    let (_files, mut window) = kitchen();
    window.key(Key::Num8);
    window.assert_paints("nothing was repaired or left out");
}

#[test]
fn a_file_without_times_says_so_in_the_flame_chart() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num2);
    window.assert_paints("No times in this file");
}

#[test]
fn a_file_with_nothing_recorded_in_it_says_so() {
    let window = Window::open(&[fixture("pprof/odd-no-samples.pb")]);
    window.assert_paints("nothing was recorded in this file; record for a longer time");
}

#[test]
fn the_theme_is_switched_from_the_menu() {
    let (_files, mut window) = kitchen();
    let before = window.brightness();
    window.click_at(window.get_by_label_contains("View").rect().center());
    window.click("Switch light and dark");
    assert!(window.brightness() > before + 80.0);
}

#[test]
fn the_tab_of_the_view_in_front_is_in_sight_however_many_there_are() {
    let size = Vec2::new(900.0, 600.0);
    let commands = vec![open(&[fixture("perf.data/threads.perf.data")])];
    let mut window = Window::with(size, 1.0, dark(), commands);
    for (key, view) in VIEW_KEYS.into_iter().zip(View::ALL) {
        window.key(key);
        let tab = window.get_by_role_and_label(Role::Button, view.title()).rect();
        // To the pixel.
        let details = size.x - 300.0 + 1.0;
        assert!(tab.left() >= 0.0 && tab.right() <= details, "{view:?}: {tab:?}");
    }
}
