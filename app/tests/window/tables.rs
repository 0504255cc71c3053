//! Call tree, bottom-up tree and function table: open, sort, pick, copy.

use std::fmt::Write as _;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::Command;
use rview::state::{Picked, View};

use crate::support::{Files, Window, fixture, kitchen};

/// The rows of the table in front that are on screen, top to bottom.
fn rows(window: &Window) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .query_all_by_role(Role::Row)
        .map(|row| (row.rect().top(), row.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

/// Clicks the triangle of a row.
#[track_caller]
fn click_triangle(window: &mut Window, row: &str) {
    let row = window.get_by_role_and_label(Role::Row, row).rect();
    let triangle = window
        .query_all_by_role(Role::DisclosureTriangle)
        .find(|triangle| row.y_range().contains(triangle.rect().center().y))
        .map(|triangle| triangle.rect().center());
    window.click_at(triangle.expect("the row has a triangle"));
}

/// Clicks the header of a column; the `nth` of that title.
#[track_caller]
fn click_header(window: &mut Window, title: &str) {
    let header = window
        .query_all_by_role(Role::ColumnHeader)
        .find(|header| header.accesskit_node().label().is_some_and(|label| label == title));
    header.expect("there is such a column").click();
    window.settle();
}

#[test]
fn the_call_tree_opens_along_the_heaviest_path() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    assert_eq!(rows(&window), ["main", "bake", "knead", "heat", "wash"]);
}

#[test]
fn triangles_open_and_close_rows_of_the_call_tree() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    click_triangle(&mut window, "bake");
    assert_eq!(rows(&window), ["main", "bake", "wash"]);
    click_triangle(&mut window, "bake");
    assert_eq!(rows(&window), ["main", "bake", "knead", "heat", "wash"]);
    click_triangle(&mut window, "main");
    assert_eq!(rows(&window), ["main"]);
}

#[test]
fn what_was_open_below_a_closed_row_is_open_again_with_it() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    click_triangle(&mut window, "main");
    click_triangle(&mut window, "main");
    assert_eq!(rows(&window), ["main", "bake", "knead", "heat", "wash"]);
}

#[test]
fn a_double_click_opens_or_closes_a_row() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    let row = window.get_by_role_and_label(Role::Row, "bake").rect();
    window.double_click_at(row.center());
    assert_eq!(rows(&window), ["main", "bake", "wash"]);
}

#[test]
fn the_call_tree_tells_totals_and_shares() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    for text in ["100", "60", "60.0", "40", "40.0", "20.0", "25.0", " %"] {
        assert!(window.texts().iter().any(|painted| painted == text), "{text}");
    }
}

#[test]
fn a_click_on_a_header_sorts_siblings_and_another_turns_them_round() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    click_header(&mut window, "Function");
    assert_eq!(rows(&window), ["main", "bake", "heat", "knead", "wash"]);
    click_header(&mut window, "Function");
    assert_eq!(rows(&window), ["main", "wash", "bake", "knead", "heat"]);
    click_header(&mut window, "Self");
    assert_eq!(rows(&window), ["main", "wash", "bake", "knead", "heat"]);
    click_header(&mut window, "Self");
    assert_eq!(rows(&window), ["main", "bake", "heat", "knead", "wash"]);
}

#[test]
fn a_row_and_a_header_say_their_numbers_and_their_order() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    let row = window.get_by_role_and_label(Role::Row, "bake");
    let words = row.accesskit_node().description();
    assert_eq!(words.as_deref(), Some("total 60, 60.0 %; self –, –"));
    assert!(window.has("Close bake"), "its triangle");
    let order = |window: &Window, title| {
        let header = window.get_by_role_and_label(Role::ColumnHeader, title);
        header.accesskit_node().sort_direction()
    };
    assert_eq!(order(&window, "Total"), Some(egui::accesskit::SortDirection::Descending));
    assert_eq!(order(&window, "Self"), None);
    click_header(&mut window, "Function");
    assert_eq!(order(&window, "Function"), Some(egui::accesskit::SortDirection::Ascending));
}

#[test]
fn the_module_has_no_column_where_all_are_of_one() {
    let (_files, mut window) = kitchen();
    let has_column = |window: &Window, title| {
        let mut headers = window.query_all_by_role(Role::ColumnHeader);
        headers.any(|header| header.accesskit_node().label().as_deref() == Some(title))
    };
    window.key(Key::Num5);
    assert!(has_column(&window, "Function") && !has_column(&window, "Module"));
    let mut window = Window::open(&[fixture("perf.data/threads.perf.data")]);
    window.key(Key::Num5);
    assert!(has_column(&window, "Module"));
}

#[test]
fn arrows_move_through_the_call_tree() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    window.key(Key::ArrowDown);
    assert_eq!(window.picked_name(), Some("main"));
    window.key(Key::ArrowDown);
    window.key(Key::ArrowDown);
    assert_eq!(window.picked_name(), Some("knead"));
    window.key(Key::ArrowUp);
    assert_eq!(window.picked_name(), Some("bake"));
    for _ in 0..9 {
        window.key(Key::ArrowDown);
    }
    assert_eq!(window.picked_name(), Some("wash"), "the last row is the end");
}

#[test]
fn functions_add_up_over_all_callers() {
    let files = Files::new("twice.folded", "a;x 5\nb;x 7\nb;x;x 1\nb 2\n");
    let mut window = Window::open(&[files.path("twice.folded")]);
    window.key(Key::Num5);
    assert_eq!(rows(&window), ["x", "b", "a"], "by self");
    let trees = window.session().trees().expect("it is computed");
    let x = window.function("x");
    assert_eq!((trees.functions.self_of(x), trees.functions.total_of(x)), (13, 13));
}

#[test]
fn functions_are_sorted_by_any_column() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    assert_eq!(rows(&window), ["knead", "wash", "heat", "main", "bake"]);
    click_header(&mut window, "Total");
    assert_eq!(rows(&window)[..3], ["main", "bake", "knead"]);
    click_header(&mut window, "Function");
    assert_eq!(rows(&window), ["bake", "heat", "knead", "main", "wash"]);
}

#[test]
fn a_double_click_on_a_function_shows_it_in_the_flame_graph() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    let row = window.get_by_role_and_label(Role::Row, "heat").rect();
    window.double_click_at(row.center());
    assert_eq!(window.session().layout.active, View::FlameGraph);
    assert_eq!(window.picked_name(), Some("heat"));
}

#[test]
fn bottom_up_shows_who_called_what_used_most() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num4);
    assert_eq!(rows(&window), ["knead", "wash", "heat", "main"]);
    click_triangle(&mut window, "knead");
    assert_eq!(rows(&window), ["knead", "bake", "wash", "heat", "main"]);
    click_triangle(&mut window, "bake");
    assert_eq!(rows(&window), ["knead", "bake", "main", "wash", "heat", "main"]);
}

#[test]
fn a_search_leaves_only_what_it_finds_in_the_function_table() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    window.apply(Command::SetSearch("ea".to_owned()));
    assert_eq!(rows(&window), ["knead", "heat"]);
    window.apply(Command::SetSearch("nothing like it".to_owned()));
    window.assert_paints("No function matches");
    window.click("Clear the search");
    assert_eq!(rows(&window).len(), 5);
}

#[test]
fn a_long_table_paints_only_what_is_on_screen() {
    let mut text = String::new();
    for i in 0..20_000 {
        writeln!(text, "main;function_{i:05} {}", 20_000 - i).unwrap();
    }
    let files = Files::new("wide.folded", text);
    let mut window = Window::open(&[files.path("wide.folded")]);
    window.key(Key::Num5);
    let n_rows = rows(&window).len();
    assert!((10..100).contains(&n_rows), "{n_rows}");
}

#[test]
fn a_picked_row_far_below_scrolls_into_view() {
    let mut text = String::new();
    for i in 0..500 {
        writeln!(text, "main;function_{i:03} {}", 1000 - i).unwrap();
    }
    let files = Files::new("wide.folded", text);
    let mut window = Window::open(&[files.path("wide.folded")]);
    window.key(Key::Num5);
    assert!(!rows(&window).contains(&"function_432".to_owned()));
    let function = window.function("function_432");
    window.pick(Picked::Function(function));
    window.settle();
    assert!(rows(&window).contains(&"function_432".to_owned()));
}

#[test]
fn a_copy_takes_the_picked_stack_innermost_first() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    let knead = window.get_by_role_and_label(Role::Row, "knead").rect();
    window.click_at(knead.center());
    window.key(Key::Num1);
    assert_eq!(window.copied().as_deref(), Some("knead\nbake\nmain"));
}

#[test]
fn a_copy_of_the_function_table_is_a_table() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    let copied = window.copied().expect("something is copied");
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[..2], ["self\ttotal\tfunction\tmodule", "40\t40\tknead\t"]);
}

#[test]
fn a_copy_takes_the_table_in_front_even_where_a_row_is_picked() {
    let (_files, mut window) = kitchen();
    let knead = window.function("knead");
    window.pick(Picked::Function(knead));
    for (view, header) in [
        (View::CallTree, "total\tself\tdepth\tfunction\tmodule"),
        (View::BottomUp, "self\tdepth\tfunction\tmodule"),
        (View::Report, "kind\tcount\tnote"),
    ] {
        window.apply(Command::ShowView(view));
        let copied = window.copied().expect("something is copied");
        assert_eq!(copied.lines().next(), Some(header), "{view:?}");
    }
}

#[test]
fn a_copy_with_nothing_picked_is_the_call_tree() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num3);
    let copied = window.copied().expect("something is copied");
    assert_eq!(copied.lines().nth(2), Some("60\t0\t1\tbake\t"));
}

#[test]
fn tables_of_a_real_recording_add_up() {
    let mut window = Window::open(&[fixture("pprof/go-cpu.pb.gz")]);
    window.key(Key::Num5);
    let trees = window.session().trees().expect("it is computed");
    let self_: i64 = trees.functions.ids().map(|function| trees.functions.self_of(function)).sum();
    assert_eq!(self_, 840_000_000);
    let roots: i64 = trees.tree.roots().map(|root| trees.tree.total_of(root)).sum();
    assert_eq!(roots, 840_000_000);
}

#[test]
fn a_table_is_copied_as_markdown_too() {
    let (_files, mut window) = kitchen();
    window.key(Key::Num5);
    let key = egui::Event::Key {
        key: Key::M,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT),
    };
    window.input_mut().events.push(key);
    window.step();
    let commands = window.output().platform_output.commands.clone();
    let copied = commands.into_iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text),
        _ => None,
    });
    assert_eq!(
        copied.expect("it is copied").lines().take(3).collect::<Vec<_>>(),
        [
            "| self | total | function | module |",
            "| --: | --: | --- | --- |",
            "| 40 | 40 | knead |  |"
        ]
    );
}
