//! The heat map: what it says of a recording, and the selection of time in it.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::state::View;

use crate::support::{Window, fixture, kitchen};

fn threads() -> Window {
    let mut window = Window::open(&[fixture("perf.data/threads.perf.data")]);
    window.key(Key::H);
    window
}

#[test]
fn it_says_when_most_samples_were_taken() {
    let window = threads();
    assert_eq!(window.session().layout.active, View::HeatMap);
    let map = window.session().heat_map.shown().expect("it is counted");
    let sum: u64 = (0..map.n_columns() * map.n_rows())
        .map(|cell| u64::from(map.count(cell / map.n_rows(), cell % map.n_rows())))
        .sum();
    assert_eq!(sum, window.profile().samples().len() as u64);
    let words = window.get_by_role_and_label(Role::Canvas, "Heat map").accesskit_node().value();
    assert!(words.is_some_and(|words| words.starts_with("most samples, ")));
}

#[test]
fn dragging_over_cells_selects_their_time_for_every_view() {
    let mut window = threads();
    let all = window.total();
    let rect = window.get_by_role_and_label(Role::Canvas, "Heat map").rect();
    let map = window.session().heat_map.shown().expect("it is counted");
    let (n_columns, n_rows) = (map.n_columns(), map.n_rows());
    let cell = |column: usize, row: usize| {
        let x = rect.left() + rect.width() * (column as f32 + 0.5) / n_columns as f32;
        let y = rect.bottom() - rect.height() * (row as f32 + 0.5) / n_rows as f32;
        egui::Pos2::new(x, y)
    };
    let (last, half) = (n_columns / 2, n_rows / 2);
    let expected = map.range_ns(0, half).start..map.range_ns(last, 3).end;
    // Backward: the first cell is where the time starts.
    window.drag(cell(last, 3), cell(0, half));
    assert_eq!(window.session().question.range_ns, Some(expected));
    assert!(window.total() < all && window.total() > 0);
    let map = window.session().heat_map.shown().expect("it is there");
    assert_eq!(map.n_columns(), n_columns, "it shows all of the time");
    window.double_click_at(cell(1, 1));
    assert_eq!(window.session().question.range_ns, None);
}

#[test]
fn a_recording_without_times_has_none() {
    let (_files, mut window) = kitchen();
    window.key(Key::H);
    window.assert_paints("No samples with times");
}

#[test]
fn keys_go_from_cell_to_cell_and_select_their_time() {
    let mut window = threads();
    let map = window.session().heat_map.shown().expect("it is counted");
    let hottest = map.hottest().expect("it has samples");
    let range = |window: &Window, (column, row): (usize, usize)| {
        window.session().heat_map.shown().expect("it is counted").range_ns(column, row)
    };
    window.key(Key::ArrowUp);
    assert_eq!(window.session().heat_map.cursor(), Some(hottest), "the hottest first");
    assert_eq!(window.session().question.range_ns, None, "nothing is selected by going there");
    let words = window.get_by_role_and_label(Role::Canvas, "Heat map").accesskit_node().value();
    assert!(words.is_some_and(|words| words.starts_with("samples here, ")));
    window.key(Key::Enter);
    assert_eq!(window.session().question.range_ns, Some(range(&window, hottest)));

    window.chord(egui::Modifiers::SHIFT, Key::ArrowRight);
    let next = (hottest.0 + 1, hottest.1);
    assert_eq!(window.session().heat_map.cursor(), Some(next));
    let both = range(&window, hottest).start..range(&window, next).end;
    assert_eq!(window.session().question.range_ns, Some(both));
    window.chord(egui::Modifiers::SHIFT, Key::ArrowLeft);
    window.chord(egui::Modifiers::SHIFT, Key::ArrowDown);
    let cursor = window.session().heat_map.cursor().expect("there is one");
    let both = range(&window, cursor).start..range(&window, hottest).end;
    assert_eq!(window.session().question.range_ns, Some(both), "from where it began");
}
