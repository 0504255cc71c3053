//! What is compared over time: slices one by one, and timelines one above the other.

use egui::accesskit::Role;
use egui::{Key, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Ask, Command, Compare};
use rview::state::{ComparisonView, Content, Picked, Session};
use rview_core::AxisView;

use super::{ask, compare, shown};
use crate::support::{Files, Window};

/// Slices of a name and an argument, each of so many microseconds.
fn trace(slices: &[(&str, u32)]) -> String {
    let slice = |(at, (file, duration)): (usize, &(&str, u32))| {
        let start = at * 1000;
        format!(
            r#"{{"ph":"X","pid":1,"tid":1,"ts":{start},"dur":{duration},"name":"load","args":{{"file":"{file}"}}}}"#
        )
    };
    format!("[{}]", slices.iter().enumerate().map(slice).collect::<Vec<_>>().join(","))
}

#[test]
fn slices_are_compared_one_by_one_and_lead_to_their_tabs() {
    let files = Files::new("a.json", trace(&[("a", 400), ("b", 500), ("c", 300)]));
    files.write("b.json", trace(&[("x", 50), ("a", 410), ("b", 900)]));
    let mut window = compare(&files, ["a.json", "b.json"], Vec2::new(1280.0, 800.0));
    window.key(Key::Num4);
    assert_eq!(shown(&window).view, ComparisonView::Instances);
    window.assert_paints("2 in both by their arguments, 1 new, 1 gone");
    window.assert_paints(
        "every slice is measured, none sampled: nothing here is greyed out as chance",
    );
    let numbers: Vec<String> = window
        .query_all_by_role(Role::Row)
        .filter_map(|row| row.accesskit_node().description())
        .collect();
    let expected = [
        "3 in A, 3 in B, change +160 µs",
        "A 500 µs, B 900 µs, change +400 µs, both",
        "A 300 µs, B nothing, change −300 µs, gone",
        "A nothing, B 50 µs, change +50 µs, new",
        "A 400 µs, B 410 µs, change +10 µs, both",
    ];
    assert_eq!(numbers, expected);
    ask(&mut window, Compare::PickInstance(0));
    ask(&mut window, Compare::JumpTo(1));
    let session = window.shown().session().expect("the tab of B is in front");
    assert!(matches!(session.picked, Picked::Slice(slice) if slice.index() == 2));
}

/// The files of A and B.
#[track_caller]
fn sides(window: &Window) -> [&Session; 2] {
    let open = window.shown().tabs.iter().filter_map(|tab| match &tab.content {
        Content::Open(session) => Some(&**session),
        _ => None,
    });
    let sessions: Vec<&Session> = open.collect();
    let [a, b] = sessions[..] else { panic!("two files are open") };
    [a, b]
}

/// A window that shows the timelines of two traces.
fn timelines() -> (Files, Window) {
    let files = Files::new("a.json", trace(&[("a", 400), ("b", 500), ("c", 300)]));
    files.write("b.json", trace(&[("x", 50), ("a", 410), ("b", 900), ("y", 10)]));
    let mut window = compare(&files, ["a.json", "b.json"], Vec2::new(1280.0, 800.0));
    window.key(Key::Num5);
    assert_eq!(shown(&window).view, ComparisonView::Timelines);
    (files, window)
}

#[test]
fn timelines_show_the_same_time_and_as_wide_is_as_long_in_both() {
    let (_files, mut window) = timelines();
    assert_eq!(window.shown().time_of_both(shown(&window)), 0..3_010_000);
    let view = AxisView::framing(1_000_000..2_000_000, 1000.0, 0.0);
    let show = Command::SetTimeView(Some(view));
    ask(&mut window, Compare::InSide(1, Box::new(show)));
    assert!(sides(&window).iter().all(|session| session.timeline.view == Some(view)));
    window.key(Key::W);
    let [a, b] = sides(&window).map(|session| session.timeline.view.expect("a part is shown"));
    assert_eq!(a, b);
    assert!(a.units_per_px < view.units_per_px, "a key zooms both");
    window.apply(Command::ResetZoom);
    assert!(sides(&window).iter().all(|session| session.timeline.view.is_none()));
}

#[test]
fn the_next_hit_in_timelines_is_a_slice_that_comes_into_sight() {
    let (_files, mut window) = timelines();
    assert!(window.query_by_label("Search slices").is_some());
    let view = AxisView::framing(2_100_000..2_101_000, 1000.0, 0.0);
    let show = Command::SetTimeView(Some(view));
    ask(&mut window, Compare::InSide(0, Box::new(show)));
    window.apply(Command::SetSearch("load".to_owned()));
    let front = shown(&window).front_side;
    let picked = |window: &Window| match sides(window)[front].picked {
        Picked::Slice(slice) => Some(slice.index()),
        _ => None,
    };
    window.apply(Command::StepHit(1));
    assert_eq!(picked(&window), Some(0));
    let seen = sides(&window)[front].timeline.view.expect("a part is shown");
    assert!(seen.px_of(0) >= 0.0 && seen.px_of(0) < seen.width_px, "it is in sight");
    window.apply(Command::StepHit(1));
    assert_eq!(picked(&window), Some(1));
    window.apply(Command::StepHit(-1));
    assert_eq!(picked(&window), Some(0));
}

#[test]
fn a_range_that_is_selected_in_one_timeline_is_what_is_compared() {
    let (_files, mut window) = timelines();
    let range = Ask::Range(Some(0..1_000_000));
    ask(&mut window, Compare::InSide(0, Box::new(Command::Ask(range))));
    let compared = shown(&window).compared.as_ref().expect("it is compared");
    assert_eq!(compared.whole().weights, [400_000, 50_000]);
}

#[test]
fn a_slice_that_is_picked_lights_up_with_what_it_is_compared_with() {
    let (_files, mut window) = timelines();
    let pick = |window: &mut Window, side: usize, nth: usize| {
        let slice = rview_core::SliceId::from_index(nth);
        let pick = Command::Pick(Picked::Slice(slice));
        ask(window, Compare::InSide(side, Box::new(pick)));
        let picked = |session: &Session| match session.picked {
            Picked::Slice(slice) => Some(slice.index()),
            _ => None,
        };
        sides(window).map(picked)
    };
    assert_eq!(pick(&mut window, 0, 1), [Some(1), Some(2)], "b is third in B");
    assert_eq!(pick(&mut window, 1, 1), [Some(0), Some(1)], "a is first in A");
    window.assert_paints("410 µs");
    window.assert_paints("400 µs");
    assert_eq!(pick(&mut window, 0, 2), [Some(2), None], "c is gone");
    window.key(Key::Num4);
    let picked = shown(&window).picked_instance().expect("the same is picked in the table");
    assert_eq!(picked.of.map(|of| of.is_some()), [true, false]);
}

#[test]
fn a_search_finds_in_both_timelines() {
    let (_files, mut window) = timelines();
    window.apply(Command::SetSearch("load".to_owned()));
    assert!(sides(&window).iter().all(|session| session.search.text == "load"));
}
