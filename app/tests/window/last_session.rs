//! What was open when the window ended, and how it comes back.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::Key;
use rview::command::{Ask, Command, Compare};
use rview::last_session::LastSession;
use rview::settings::{AtStart, Settings};
use rview::state::{Content, Picked, TransformKind, View};
use rview_core::AxisView;

use crate::support::{Files, KITCHEN, SERVICE, Window, dark, open};

/// A window that writes what is open to a file.
fn keeping(path: &Path, settings: Settings) -> Window {
    let mut window = Window::with(egui::vec2(1280.0, 800.0), 1.0, settings, Vec::new());
    window.state_mut().keep_session_in(path.to_owned());
    window.settle();
    window
}

/// Paints until the session is written.
fn wait_until_written(window: &mut Window, path: &Path, is_it: impl Fn(&LastSession) -> bool) {
    let start = Instant::now();
    while !LastSession::load(path).is_some_and(|session| is_it(&session)) {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", LastSession::load(path));
        std::thread::sleep(Duration::from_millis(100));
        window.settle();
    }
}

#[test]
fn files_views_transforms_and_ranges_come_back_after_a_crash() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let service = files.write("service.json", SERVICE);
    let place = files.path("state/session.json");
    let mut window = keeping(&place, dark());
    window.apply(open(&[files.path("kitchen.folded")]));
    window.apply(Command::Pick(Picked::Function(window.function("bake"))));
    window.apply(Command::Ask(Ask::TransformPicked(TransformKind::FocusFunction)));
    window.apply(Command::SetSearch("heat".to_owned()));
    window.apply(Command::ShowView(View::CallTree));
    window.apply(open(&[service]));
    window.apply(Command::Ask(Ask::Range(Some(100_000..700_000))));
    window.apply(Command::SetTimeView(Some(AxisView::framing(100_000..800_000, 1000.0, 0.0))));
    window.apply(Command::SelectTab(0));
    wait_until_written(&mut window, &place, |last| last.files.len() == 2 && last.front == 0);
    // Nobody says that the window ends.
    std::mem::forget(window);

    let mut window = keeping(&place, dark());
    window.assert_paints("kitchen.folded, service.json");
    window.click("Restore the last session");
    assert_eq!(window.tab_names(), ["kitchen.folded", "service.json"]);
    assert_eq!(window.shown().active, 0);
    assert_eq!(window.total(), 60, "focused on bake");
    assert_eq!(window.picked_name(), Some("bake"));
    assert_eq!(window.session().search.text, "heat");
    assert_eq!(window.session().layout.active, View::CallTree);
    assert!(window.session().layout.shows(View::CallTree));
    window.apply(Command::SelectTab(1));
    assert_eq!(window.session().question.range_ns, Some(100_000..700_000));
    let view = window.session().timeline.view.map(|view| view.range());
    assert_eq!(view, Some(100_000..800_000));
}

#[test]
fn a_session_comes_back_by_itself_where_the_settings_say_so() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let other = files.write("other.folded", "main;bake 7\n");
    let place = files.path("session.json");
    let mut window = keeping(&place, dark());
    window.apply(open(&[files.path("kitchen.folded"), other]));
    let ids = [0, 1].map(|at| window.shown().tabs[at].id);
    window.apply(Command::Compare(Compare::Tabs(ids)));
    wait_until_written(&mut window, &place, |last| last.compared == [[0, 1]]);
    drop(window);

    let window = keeping(&place, Settings { at_start: AtStart::LastSession, ..dark() });
    assert_eq!(window.shown().tabs.len(), 3);
    let front = window.shown().tab().map(|tab| &tab.content);
    assert!(matches!(front, Some(Content::Comparison(_))), "the comparison was in front");
}

#[test]
fn a_window_that_opens_nothing_leaves_the_last_session() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let place = files.path("session.json");
    let mut window = keeping(&place, dark());
    window.apply(open(&[files.path("kitchen.folded")]));
    wait_until_written(&mut window, &place, |_| true);
    window.ctrl(Key::W);
    std::thread::sleep(Duration::from_millis(2100));
    window.settle();
    assert_eq!(LastSession::load(&place).map(|last| last.files.len()), Some(1));
    let mut window = keeping(&place, dark());
    window.chord(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::T);
    assert_eq!(window.total(), 100, "the key restores it too");
}

#[test]
fn a_still_window_writes_nothing() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let place = files.path("session.json");
    let mut window = keeping(&place, dark());
    window.apply(open(&[files.path("kitchen.folded")]));
    wait_until_written(&mut window, &place, |_| true);
    std::fs::remove_file(&place).expect("it was written");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_secs(1));
        window.settle();
    }
    assert!(!place.exists(), "nothing has changed since");
    window.run();
    let delays = window.output().viewport_output.values().map(|viewport| viewport.repaint_delay);
    assert!(delays.min().expect("there is a window") > Duration::from_mins(1));
}
