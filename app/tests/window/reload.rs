//! Files that are read again: what stays, and what is offered when they change on disk.

use std::time::{Duration, Instant};

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::listing::{Sort, SortKey};
use rview::settings::Settings;
use rview::state::{Picked, TrackKey, TransformKind, View};
use rview_core::{AxisView, SliceId};
use rview_formats::Input;

use crate::support::{Files, KITCHEN, Window, dark, kitchen, open, service};

/// The same program in another recording: one function more, others heavier.
const LATER: &str = "\
main 5
main;shop 30
main;bake;knead 80
main;bake;heat 40
main;wash 45
";

impl Window {
    /// Paints until a text is, or for some seconds.
    fn wait_for(&mut self, text: &str) {
        let start = Instant::now();
        while !self.paints(text) && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
            self.settle();
        }
        self.assert_paints(text);
    }
}

#[test]
fn a_file_that_changes_on_disk_is_offered_once_it_is_written() {
    let (files, mut window) = kitchen();
    files.write("kitchen.folded", LATER);
    window.wait_for("kitchen.folded has changed on disk");
    assert_eq!(window.total(), 100, "nothing happens before somebody asks");
    window.click("Not now");
    assert!(!window.paints("has changed on disk"));
    assert_eq!(window.total(), 100);

    files.write("kitchen.folded", format!("{LATER}main;sweep 1\n"));
    window.wait_for("kitchen.folded has changed on disk");
    window.click("Reload");
    assert_eq!(window.total(), 201);
    assert!(!window.paints("has changed on disk"));
}

#[test]
fn files_that_change_are_read_without_asking_where_the_settings_say_so() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let settings = Settings { reload_changed: true, ..dark() };
    let commands = vec![open(&[files.path("kitchen.folded")])];
    let mut window = Window::with(egui::vec2(900.0, 600.0), 1.0, settings, commands);
    files.write("kitchen.folded", LATER);
    window.wait_for("200 of samples");
}

#[test]
fn a_change_that_is_put_off_marks_no_other_file() {
    let (files, mut window) = kitchen();
    let second = files.write("second.folded", "a;b 3\n");
    window.apply(open(std::slice::from_ref(&second)));
    window.state_mut().state.changed.push(Input::Path(second));
    window.settle();
    window.assert_paints("second.folded has changed on disk");
    window.apply(Command::SelectTab(0));
    assert!(!window.paints("has changed on disk"));
    window.assert_paints("• second.folded");
    window.apply(Command::CloseTab(1));
    assert!(window.shown().changed.is_empty());
}

#[test]
fn a_reload_keeps_what_is_asked_picked_zoomed_and_sorted() {
    let (files, mut window) = kitchen();
    let bake = window.function("bake");
    window.apply(Command::Pick(Picked::Function(bake)));
    window.apply(Command::Ask(Ask::TransformPicked(TransformKind::FocusFunction)));
    window.apply(Command::SetSearch("heat".to_owned()));
    let sort = Sort { key: SortKey::Name, ascending: true };
    window.apply(Command::SortFunctions(sort));
    window.apply(Command::ShowView(View::Functions));
    assert_eq!(window.total(), 60);

    files.write("kitchen.folded", LATER);
    window.ctrl(Key::R);
    assert_eq!(window.total(), 120, "still focused on bake, in the new recording");
    assert_eq!(window.picked_name(), Some("bake"));
    let session = window.session();
    assert_eq!(session.search.text, "heat");
    assert_eq!(session.search.functions().map(rview_core::FunctionSet::len), Some(1));
    assert_eq!(session.functions.sort, sort);
    assert_eq!(session.layout.active, View::Functions);
}

#[test]
fn a_reload_keeps_tracks_as_they_are_and_the_time_on_screen() {
    let (files, mut window) = service();
    let keys: Vec<TrackKey> = window.session().timeline.rows.iter().map(|row| row.key).collect();
    let [_, cook, waiter] = keys[..] else { panic!("{keys:?}") };
    window.apply(Command::MoveTrack(waiter, -1));
    window.apply(Command::PinTrack(cook));
    window.apply(Command::ToggleTrack(waiter));
    window.apply(Command::SetTimeView(Some(AxisView::framing(200_000..600_000, 1000.0, 0.0))));
    window.apply(Command::Pick(Picked::Slice(SliceId::from_index(1))));
    let shown = |window: &Window| {
        let timeline = &window.session().timeline;
        let rows: Vec<String> = timeline.visible_rows().map(|row| row.label.clone()).collect();
        (rows, timeline.pinned.len(), timeline.view.map(|view| view.range()))
    };
    let (before, name) = (shown(&window), window.picked_name().map(str::to_owned));
    // Another thread before both, so that all have other numbers.
    let first =
        r#"{"ph": "X", "pid": 1, "tid": 0, "ts": 0, "dur": 9, "name": "knock", "cat": "hall"},"#;
    let later =
        crate::support::SERVICE.replacen("{\"ph\": \"M\"", &format!("{first}\n{{\"ph\": \"M\""), 1);
    files.write("service.json", later);
    window.key(Key::F5);
    let after = shown(&window);
    assert_eq!(window.session().timeline.rows.len(), keys.len() + 1);
    assert_eq!(after.1, before.1);
    assert_eq!(after.2, before.2);
    let known: Vec<&String> = after.0.iter().filter(|row| before.0.contains(row)).collect();
    assert_eq!(known, before.0.iter().collect::<Vec<_>>(), "in the same order");
    assert_eq!(window.picked_name().map(str::to_owned), name);
}

#[test]
fn a_reload_that_fails_keeps_what_is_shown_and_says_why() {
    let (files, mut window) = kitchen();
    files.write("kitchen.folded", "");
    window.ctrl(Key::R);
    assert_eq!(window.total(), 100);
    window.assert_paints("kitchen.folded is shown as it was: it cannot be read again");
    files.write("kitchen.folded", LATER);
    window.ctrl(Key::R);
    assert_eq!(window.total(), 200, "the next one may do");
}

#[test]
fn files_read_again_while_they_are_read_again_are_read_once() {
    let (files, mut window) = kitchen();
    files.write("kitchen.folded", LATER);
    let ctx = window.ctx.clone();
    for _ in 0..5 {
        window.state_mut().apply(vec![Command::Reload], &ctx);
    }
    window.settle();
    assert_eq!(window.total(), 200);
    assert_eq!(window.tab_names(), ["kitchen.folded"]);
    assert!(window.session().again.is_none());
    assert!(window.shown().notices.is_empty(), "{:?}", window.shown().notices);
    assert!(window.query_by_label("Reading the file again").is_none());
}
