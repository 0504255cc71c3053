//! The flame chart of a trace: boxes in order of time, and what a slice is.

use egui::{Key, Pos2};
use egui_kittest::kittest::Queryable as _;
use rview::state::Picked;
use rview::theme::CHART_ROW;

use crate::support::{VIEW_KEYS, Window, assert_near, fixture, service};

/// A place in the flame chart: a row, and a share of its width.
fn in_chart(window: &Window, row: usize, share: f32) -> Pos2 {
    let chart = window.get_by_label_contains("Flame chart of").rect();
    Pos2::new(chart.left() + chart.width() * share, chart.top() + (row as f32 + 0.5) * CHART_ROW)
}

#[test]
fn a_trace_opens_with_the_flame_chart_of_its_busiest_thread() {
    let (_files, window) = service();
    assert!(window.has("Flame chart of cook 1"));
    window.assert_paints("boil");
    window.assert_paints("1.4 ms of slice time");
}

#[test]
fn a_click_picks_a_slice_and_the_details_tell_all_of_it() {
    let (_files, mut window) = service();
    window.click_at(in_chart(&window, 0, 0.1));
    assert_eq!(window.picked_name(), Some("boil"));
    for text in ["stove", "Start", "Duration", "1 ms", "args.dish", "soup", "args.litres", "3"] {
        window.assert_paints(text);
    }
    window.click_at(in_chart(&window, 1, 0.4));
    assert_eq!(window.picked_name(), Some("stir"));
    window.assert_paints("of parent");
    window.assert_paints("40.0 %");
    assert!(!window.paints("args."), "it has none");
}

#[test]
fn f_shows_the_picked_slice_as_large_as_it_fits() {
    let (_files, mut window) = service();
    window.click_at(in_chart(&window, 1, 0.4));
    window.key(Key::F);
    let view = window.session().timeline.view.expect("it is zoomed");
    assert_eq!(view.range(), 200_000..600_000);
}

#[test]
fn a_double_click_zooms_to_a_slice() {
    let (_files, mut window) = service();
    window.double_click_at(in_chart(&window, 1, 0.4));
    let view = window.session().timeline.view.expect("it is zoomed");
    assert_eq!(view.range(), 200_000..600_000);
    assert!(matches!(window.session().picked, Picked::Slice(_)));
}

#[test]
fn the_time_of_a_slice_can_be_all_that_counts() {
    let (_files, mut window) = service();
    window.click_at(in_chart(&window, 1, 0.4));
    window.click("Select its time");
    assert_eq!(window.session().question.range_ns, Some(200_000..600_000));
    assert_eq!(window.total(), 400_000);
}

#[test]
fn a_drag_moves_the_flame_chart() {
    let (_files, mut window) = service();
    window.key(Key::W);
    window.key(Key::W);
    let before = window.session().timeline.view.expect("it is zoomed");
    let (from, to) = (in_chart(&window, 4, 0.6), in_chart(&window, 4, 0.4));
    window.drag(from, to);
    let after = window.session().timeline.view.expect("it is zoomed");
    let moved = (after.range().start - before.range().start) as f64;
    let span = (before.range().end - before.range().start) as f64;
    assert_near(moved, span * 0.2, 0.05, "a fifth of the width");
    assert_eq!(window.session().question.range_ns, None, "it selects nothing");
}

#[test]
fn another_thread_is_chosen_from_the_menu_or_by_its_name() {
    let (_files, mut window) = service();
    window.click("Thread: cook 1");
    let item = window.get_all_by_label("waiter 2").last().map(|item| item.rect().center());
    window.click_at(item.expect("it is offered"));
    assert!(window.has("Flame chart of waiter 2"));
    window.click("cook 1");
    assert!(window.has("Flame chart of cook 1"));
}

#[test]
fn the_pointer_on_a_slice_tells_its_name_start_and_duration() {
    let (_files, mut window) = service();
    window.hover(in_chart(&window, 1, 0.4));
    window.run_steps(4);
    window.assert_paints("stir");
    window.assert_paints("400 µs");
    window.assert_paints("200 µs");
}

#[test]
fn slices_of_a_real_trace_paint_in_all_views() {
    let mut window = Window::open(&[fixture("chrome-trace/chromium.json.gz")]);
    for key in VIEW_KEYS {
        window.key(key);
        window.render().expect("it is painted");
    }
}

#[test]
fn the_timeline_and_the_flame_chart_show_the_same_time() {
    let (_files, mut window) = service();
    window.double_click_at(in_chart(&window, 1, 0.4));
    window.pick(Picked::Nothing);
    window.click_at(in_chart(&window, 1, 0.99));
    assert_eq!(window.picked_name(), Some("stir"), "it fills the flame chart");
    let ruler = window.rect("Time ruler");
    window.drag(ruler.left_center() + egui::vec2(1.0, 0.0), ruler.right_center());
    let range = window.session().question.range_ns.clone().expect("a range is selected");
    assert_near(range.start as f64, 200_000.0, 0.01, "start of the timeline");
    assert_near(range.end as f64, 600_000.0, 0.01, "its end");
}
