//! The timeline: a part of the time, a thread, undo and redo.

use std::ops::Range;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelUnit, Pos2, Vec2};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::state::{TrackOrder, View};
use rview_core::{Measure, Profile, SampleChart, ThreadId};

use crate::support::{Files, SERVICE, Window, assert_near, fixture, service};

const PERF: &str = "perf.data/threads.perf.data";

/// Drags over a part of the ruler, given as shares of its width; gives the range that counts.
fn select(window: &mut Window, shares: Range<f32>) -> Range<i64> {
    let ruler = window.rect("Time ruler");
    let at = |share| Pos2::new(ruler.left() + ruler.width() * share, ruler.center().y);
    window.drag(at(shares.start), at(shares.end));
    window.session().question.range_ns.clone().expect("a range is selected")
}

/// Adds up the samples of a range and a thread, without any of the program's analyses.
fn recount(profile: &Profile, range: &Range<i64>, thread: Option<ThreadId>) -> i64 {
    let samples = profile.samples();
    let weights = samples.weights(profile.default_value_type().expect("it has weights"));
    let times = samples.times_ns().expect("it has times");
    (0..samples.len())
        .filter(|&sample| range.contains(&times[sample]))
        .filter(|&sample| thread.is_none_or(|thread| samples.threads()[sample] == thread))
        .map(|sample| weights.of(sample))
        .sum()
}

#[test]
fn a_range_that_is_dragged_over_is_all_that_counts_in_every_view() {
    let mut window = Window::open(&[fixture(PERF)]);
    let all = window.total();
    let range = select(&mut window, 0.25..0.6);
    let duration = window.profile().duration_ns() as f64;
    assert_near(range.start as f64, duration * 0.25, 0.02, "start");
    assert_near(range.end as f64, duration * 0.6, 0.02, "end");

    let counted = recount(window.profile(), &range, None);
    assert!(0 < counted && counted < all);
    let trees = window.session().trees().expect("it is computed");
    assert_eq!(trees.tree.total(), counted);
    assert_eq!(trees.functions.total(), counted);
    let text = rview_core::units::format_duration(counted);
    window.assert_paints(&format!("{text} of cpu-clock"));
    window.assert_paints("selected  ×");
}

#[test]
fn a_drag_from_right_to_left_selects_too() {
    let mut window = Window::open(&[fixture(PERF)]);
    let there = select(&mut window, 0.2..0.8);
    window.apply(Command::Ask(Ask::Range(None)));
    let back = select(&mut window, 0.8..0.2);
    assert_eq!(there, back);
}

#[test]
fn a_drag_over_a_track_selects_too() {
    let (_files, mut window) = service();
    let track = window.rect("Track cook 1");
    let at = |share| Pos2::new(track.left() + track.width() * share, track.center().y);
    window.drag(at(0.1), at(0.5));
    let range = window.session().question.range_ns.clone().expect("a range is selected");
    assert_near(range.start as f64, 100_000.0, 0.05, "start");
    assert_near(range.end as f64, 500_000.0, 0.02, "end");
}

#[test]
fn slices_count_with_the_part_that_is_in_the_range() {
    let (_files, mut window) = service();
    assert_eq!(window.total(), 1_400_000);
    window.apply(Command::Ask(Ask::Range(Some(500_000..700_000))));
    // 200 µs of boil, of which 100 are stir, and the first 100 of serve.
    assert_eq!(window.total(), 300_000);
    let trees = window.session().trees().expect("it is computed");
    let self_of = |name| trees.functions.self_of(window.function(name));
    assert_eq!((self_of("boil"), self_of("stir"), self_of("serve")), (100_000, 100_000, 100_000));
}

#[test]
fn escape_or_a_click_clears_the_range() {
    let mut window = Window::open(&[fixture(PERF)]);
    let all = window.total();
    select(&mut window, 0.25..0.6);
    window.key(Key::Escape);
    assert_eq!(window.session().question.range_ns, None);
    assert_eq!(window.total(), all);
    select(&mut window, 0.25..0.6);
    window.get_by_label_contains("selected").click();
    window.settle();
    assert_eq!(window.total(), all);
}

#[test]
fn undo_and_redo_go_through_the_questions() {
    let mut window = Window::open(&[fixture(PERF)]);
    let all = window.total();
    let first = select(&mut window, 0.1..0.5);
    let first = recount(window.profile(), &first, None);
    let second = select(&mut window, 0.5..0.7);
    let second = recount(window.profile(), &second, None);
    assert_eq!(window.total(), second);
    window.ctrl(Key::Z);
    assert_eq!(window.total(), first);
    window.ctrl(Key::Z);
    assert_eq!(window.total(), all);
    window.ctrl(Key::Z);
    assert_eq!(window.total(), all, "there is nothing before");
    window.ctrl(Key::Y);
    assert_eq!(window.total(), first);
    window.chord(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.total(), second);
}

#[test]
fn a_thread_can_be_all_that_counts() {
    let mut window = Window::open(&[fixture(PERF)]);
    let all = 0..i64::MAX;
    let threads: Vec<ThreadId> = window.profile().threads().ids().collect();
    let mut sum = 0;
    for &thread in &threads {
        window.apply(Command::Ask(Ask::Thread(Some(thread))));
        assert_eq!(window.total(), recount(window.profile(), &all, Some(thread)));
        sum += window.total();
    }
    assert_eq!((threads.len(), sum), (3, 575_150_296));
    window.get_by_label_contains("Remove ").click();
    window.settle();
    assert_eq!(window.total(), 575_150_296);
}

#[test]
fn the_menu_of_a_thread_selects_it() {
    let (_files, mut window) = service();
    window.get_by_label("waiter 2").click_secondary();
    window.settle();
    window.click("Count this thread only");
    assert_eq!(window.total(), 400_000);
}

#[test]
fn a_selection_without_samples_says_so_and_offers_the_way_out() {
    let mut window = Window::open(&[fixture(PERF)]);
    window.apply(Command::ShowView(View::FlameGraph));
    window.apply(Command::Ask(Ask::Range(Some(1..2))));
    window.assert_paints("Nothing in the selection");
    window.click("Count everything again");
    assert_eq!(window.total(), 575_150_296);
}

#[test]
fn tracks_open_and_close_by_their_names() {
    let (_files, mut window) = service();
    window.assert_paints("cook");
    window.assert_paints("kitchen");
    let open = window.rect("Track cook 1").height();
    window.click("cook 1");
    assert!(window.rect("Track cook 1").height() < open);
    window.click("kitchen 1");
    assert!(!window.has("cook 1"));
    window.key(Key::T);
    assert!(window.has("cook 1"));
}

#[test]
fn w_s_a_and_d_change_the_part_of_time_on_screen() {
    let (_files, mut window) = service();
    let shown = |window: &Window| window.session().timeline.view.map(|view| view.range());
    assert_eq!(shown(&window), None);
    window.key(Key::W);
    let closer = shown(&window).expect("it is zoomed");
    assert!(closer.start > 0 && closer.end < 1_000_000, "{closer:?}");
    window.key(Key::D);
    let right = shown(&window).expect("it is zoomed");
    assert!(right.start > closer.start && right.end > closer.end, "{right:?}");
    window.key(Key::A);
    window.key(Key::A);
    let left = shown(&window).expect("it is zoomed");
    assert!(left.start < closer.start, "{left:?}");
    for _ in 0..9 {
        window.key(Key::S);
    }
    let out = shown(&window).expect("it is zoomed");
    assert_eq!((out.start, out.end), (0, 1_000_000), "no further than everything");
    window.key(Key::Num0);
    assert_eq!(shown(&window), None);
}

#[test]
fn w_and_d_change_the_part_of_the_flame_graph_on_screen() {
    let (_files, mut window) = crate::support::kitchen();
    window.key(Key::W);
    let view = window.session().flame_view.expect("it is zoomed");
    assert_eq!(view.range(), 16..84, "two thirds around the middle");
    window.key(Key::D);
    assert!(window.session().flame_view.expect("it is zoomed").range().start > 16);
}

#[test]
fn ctrl_and_wheel_zoom_at_the_pointer() {
    let (_files, mut window) = service();
    let track = window.rect("Track cook 1");
    let pointer = Pos2::new(track.left() + track.width() * 0.25, track.center().y);
    window.event(Event::PointerMoved(pointer));
    window.settle();
    window.event(Event::ModifiersChanged(Modifiers::COMMAND));
    for _ in 0..5 {
        let wheel = Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: Vec2::new(0.0, 2.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::COMMAND,
            source: egui::MouseWheelSource::Unknown,
        };
        window.event(wheel);
        window.settle();
    }
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    window.settle();
    let view = window.session().timeline.view.expect("it is zoomed");
    assert!(view.range().end - view.range().start < 900_000);
    let at = view.at_px(f64::from(pointer.x - track.left()));
    assert_near(at as f64, 250_000.0, 0.02, "what is under the pointer stays there");
}

#[test]
fn the_ruler_says_how_long_the_recording_is() {
    let (_files, window) = service();
    window.assert_paints("1 ms in all");
}

#[test]
fn the_rulers_of_timeline_and_flame_chart_line_up_and_tell_their_unit() {
    let (_files, window) = service();
    let track = window.rect("Track cook 1");
    let chart = window.rect("Flame chart of cook 1");
    assert_eq!((track.left(), track.right()), (chart.left(), chart.right()));
    let n_units = window.texts().iter().filter(|text| *text == "µs").count();
    assert_eq!(n_units, 2, "{:?}", window.texts());
}

#[test]
fn a_file_without_times_has_no_timeline() {
    let (_files, window) = crate::support::kitchen();
    assert!(!window.has("Time ruler"));
}

#[test]
fn a_click_in_the_overview_goes_there_and_a_double_click_shows_everything() {
    let (_files, mut window) = service();
    let overview = window.rect("Overview of the recording");
    window.click_at(overview.center());
    assert_eq!(window.session().timeline.view.map(|view| view.range()), Some(0..1_000_000));
    window.apply(Command::FocusTime);
    for _ in 0..4 {
        window.key(Key::W);
    }
    let at = |share| Pos2::new(overview.left() + overview.width() * share, overview.center().y);
    window.click_at(at(0.75));
    let range = window.session().timeline.view.expect("it is zoomed").range();
    assert_near((range.start + range.end) as f64 / 2.0, 750_000.0, 0.01, "its middle");
    window.double_click_at(at(0.5));
    assert_eq!(window.session().timeline.view, None);
}

/// The rows of the timeline, top to bottom.
fn row_names(window: &Window) -> Vec<String> {
    let rows = window.session().timeline.visible_rows();
    rows.map(|row| row.label.clone()).collect()
}

#[test]
fn tracks_are_pinned_hidden_and_sorted_from_their_menu() {
    let (_files, mut window) = service();
    let before = row_names(&window);
    assert_eq!(before.len(), 3, "a process and its two threads: {before:?}");
    let name_of = |window: &Window, name: &str| {
        let timeline = &window.session().timeline;
        timeline.rows.iter().find(|row| row.label.contains(name)).map(|row| row.label.clone())
    };
    let waiter = name_of(&window, "waiter").expect("there is a waiter");
    let at = window.get_by_role_and_label(Role::TreeItem, &waiter).rect().center();
    window.secondary_click_at(at);
    window.click("Pin above the others");
    assert_eq!(row_names(&window)[0], waiter);
    let at = window.get_by_role_and_label(Role::TreeItem, &waiter).rect().center();
    window.secondary_click_at(at);
    window.click("Hide");
    assert!(!row_names(&window).contains(&waiter));
    window.apply(Command::ShowHiddenTracks);
    assert_eq!(row_names(&window), before);
    window.apply(Command::SortTracks(TrackOrder::Weight));
    assert_eq!(row_names(&window), before, "the cook has more slices");
    window.apply(Command::SortTracks(TrackOrder::Name));
    let mut by_name = before[1..].to_vec();
    by_name.sort_by_key(|name| name.to_lowercase());
    assert_eq!(row_names(&window)[1..], by_name);
    let first = window.session().timeline.rows[1].key;
    window.apply(Command::MoveTrack(first, 1));
    by_name.reverse();
    assert_eq!(row_names(&window)[1..], by_name);
    window.apply(Command::MoveTrack(first, 1));
    assert_eq!(row_names(&window)[1..], by_name, "the last stays the last");
}

#[test]
fn a_track_is_dragged_by_its_name_to_another_place() {
    let trace = SERVICE.replacen(
        r#"{"ph": "X""#,
        r#"{"ph": "X", "pid": 2, "tid": 7, "ts": 0, "dur": 900, "name": "sweep", "cat": "hall"},
{"ph": "X", "pid": 1, "tid": 3, "ts": 10, "dur": 500, "name": "wash", "cat": "hall"},
{"ph": "X""#,
        1,
    );
    let files = Files::new("service.json", trace);
    let mut window = Window::open(&[files.path("service.json")]);
    let before = row_names(&window);
    let [kitchen, cook, waiter, third, other, other_thread] = &before[..] else {
        panic!("{before:?}");
    };
    let at = |window: &Window, name: &str| {
        window.get_by_role_and_label(Role::TreeItem, name).rect().center()
    };
    let drag = |window: &mut Window, from: &str, to: &str| {
        let (from, to) = (at(window, from), at(window, to));
        window.drag(from, to);
        row_names(window)
    };
    let wanted = [kitchen, waiter, third, cook, other, other_thread];
    assert_eq!(drag(&mut window, cook, third).iter().collect::<Vec<_>>(), wanted, "to the end");
    let wanted = [kitchen, cook, waiter, third, other, other_thread];
    assert_eq!(drag(&mut window, cook, kitchen).iter().collect::<Vec<_>>(), wanted, "on top");
    assert_eq!(drag(&mut window, cook, other_thread), before, "not into another process");
    let wanted = [other, other_thread, kitchen, cook, waiter, third];
    let got = drag(&mut window, other, waiter);
    assert_eq!(got.iter().collect::<Vec<_>>(), wanted, "a process with all that is in it");
    assert!(window.session().timeline.open.len() > 1, "a drag opens and closes nothing");
}

#[test]
fn charts_over_time_show_the_samples_of_the_value_that_is_added_up() {
    let mut window = Window::open(&[fixture("perf.data/multi.perf.data")]);
    let n_shown = |window: &Window| -> usize {
        let (base, measure) = (&window.session().base, window.session().shown_measure());
        let threads = window.profile().threads().ids();
        threads.filter_map(|thread| base.chart(measure, thread)).map(SampleChart::n_samples).sum()
    };
    for (name, wanted) in [("cpu-clock:u", 137), ("task-clock:u", 138), ("page-faults:u", 7)] {
        let all = Measure::all(window.profile());
        let measure = all.into_iter().find(|it| it.name(window.profile()) == name);
        window.apply(Command::Ask(Ask::Measure(measure.expect(name))));
        assert_eq!(n_shown(&window), wanted, "{name}, as perf counts them");
    }
}
