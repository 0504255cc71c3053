//! Files: opened, dropped, broken, closed, reloaded.

use egui::accesskit::Role;
use egui::{Key, Pos2};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Command, Commands};
use rview::settings::Settings;
use rview::state::Content;

use crate::support::{Files, KITCHEN, Window, dark, fixture, kitchen, open};

#[test]
fn the_welcome_page_offers_files_demos_and_keys() {
    let window = Window::empty();
    window.assert_paints("Drop a profile or trace here");
    window.assert_paints("perf.data");
    assert_eq!(window.query_all_by_label("Open…").count(), 2, "toolbar and page");
    assert!(window.has("Open the demos"));
    assert!(window.has("Keys"));
}

#[test]
fn the_welcome_page_opens_the_demos() {
    let mut window = Window::empty();
    window.click("Open the demos");
    assert_eq!(window.tab_names(), ["demo.trace.json.gz", "demo.pb.gz", "demo.perf.data"]);
    assert_eq!(window.shown().active, 2);
    for index in 0..3 {
        window.apply(Command::SelectTab(index));
        assert!(window.total() > 0, "demo {index}");
    }
}

#[test]
fn a_file_opens_with_its_flame_graph_and_its_totals() {
    let window = Window::open(&[fixture("folded/threads.folded")]);
    assert!(window.query_by_role_and_label(Role::Canvas, "Flame graph").is_some());
    assert_eq!(window.total(), 287);
    window.assert_paints("287 of samples");
    window.assert_paints("folded · 21 samples");
    window.assert_paints("threads.folded");
}

#[test]
fn a_recording_with_times_shows_how_long_it_is() {
    let window = Window::open(&[fixture("perf.data/threads.perf.data")]);
    assert_eq!(window.total(), 575_150_296);
    window.assert_paints("575.2 ms of cpu-clock");
    window.assert_paints("287 samples · 3 threads · 803.1 ms");
}

#[test]
fn several_files_are_tabs_and_a_click_switches() {
    let mut window =
        Window::open(&[fixture("folded/threads.folded"), fixture("pprof/go-cpu.pb.gz")]);
    assert_eq!(window.total(), 840_000_000, "the last one is in front");
    window.click("File threads.folded");
    assert_eq!(window.total(), 287);
    window.ctrl(Key::PageDown);
    assert_eq!(window.total(), 840_000_000);
    window.ctrl(Key::PageDown);
    assert_eq!(window.total(), 287, "after the last comes the first");
}

#[test]
fn closing_a_tab_keeps_the_others() {
    let files = [
        fixture("folded/threads.folded"),
        fixture("pprof/go-cpu.pb.gz"),
        fixture("chrome-trace/viztracer.json"),
    ];
    let mut window = Window::open(&files);
    window.click("Close go-cpu.pb.gz");
    assert_eq!(window.tab_names(), ["threads.folded", "viztracer.json"]);
    assert_eq!(window.session().document.format(), "chrome-trace");
    window.ctrl(Key::W);
    assert_eq!(window.tab_names(), ["threads.folded"]);
    assert_eq!(window.total(), 287);
    window.ctrl(Key::W);
    window.assert_paints("Drop a profile or trace here");
}

#[test]
fn each_tab_keeps_its_own_search_and_selection() {
    let (_files, mut window) = kitchen();
    window.apply(Command::SetSearch("knead".to_owned()));
    window.apply(open(&[fixture("pprof/go-cpu.pb.gz")]));
    assert_eq!(window.session().search.text, "");
    window.apply(Command::SelectTab(0));
    assert_eq!(window.session().search.text, "knead");
}

#[test]
fn a_broken_file_is_named_with_the_reason_and_nothing_open_is_lost() {
    let (files, mut window) = kitchen();
    let noise: Vec<u8> =
        (0..4096_u32).map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    files.write("noise.bin", noise);
    window.apply(open(&[files.path("noise.bin")]));
    window.assert_paints("noise.bin cannot be opened");
    let Some(Content::Failed(reason)) = window.shown().tab().map(|tab| &tab.content) else {
        panic!("it was opened");
    };
    assert!(reason.len() > 10, "{reason}");
    window.assert_paints(&reason.clone());
    assert_eq!(window.tab_names(), ["kitchen.folded", "noise.bin"]);

    window.click("Dismiss");
    assert_eq!(window.tab_names(), ["kitchen.folded"]);
    assert_eq!(window.total(), 100);
}

#[test]
fn files_that_are_missing_empty_or_folders_say_so() {
    let files = Files::new("empty.folded", "");
    for (path, wanted) in [
        (files.path("not there.pb.gz"), "No such file"),
        (files.path("empty.folded"), "empty"),
        (files.path("."), "folder"),
    ] {
        let window = Window::open(&[path]);
        window.assert_paints("cannot be opened");
        window.assert_paints(wanted);
    }
}

#[test]
fn a_file_that_was_mended_opens_when_tried_again() {
    let files = Files::new("late.folded", "");
    let mut window = Window::open(&[files.path("late.folded")]);
    window.assert_paints("cannot be opened");
    files.write("late.folded", KITCHEN);
    window.click("Try again");
    assert_eq!(window.total(), 100);
    assert_eq!(window.tab_names(), ["late.folded"]);
}

#[test]
fn a_reload_shows_what_the_file_holds_by_then() {
    let (files, mut window) = kitchen();
    window.apply(open(&[fixture("pprof/go-cpu.pb.gz")]));
    window.apply(Command::SelectTab(0));
    files.write("kitchen.folded", "main;bake 7\n");
    window.ctrl(Key::R);
    assert_eq!(window.total(), 7);
    assert_eq!(window.tab_names(), ["kitchen.folded", "go-cpu.pb.gz"], "it stays in its place");
}

#[test]
fn files_dropped_on_the_window_open() {
    let (files, mut window) = kitchen();
    window.drop_files(&[files.write("second.folded", "a;b 3\n"), fixture("pprof/go-cpu.pb.gz")]);
    assert_eq!(window.tab_names(), ["kitchen.folded", "second.folded", "go-cpu.pb.gz"]);
    window.apply(Command::SelectTab(1));
    assert_eq!(window.total(), 3);
}

#[test]
fn files_held_over_the_window_are_invited() {
    let mut window = Window::empty();
    assert!(!window.paints("Drop to open"));
    window.hold_files(1);
    window.assert_paints("Drop to open");
    window.hold_files(3);
    window.assert_paints("Drop to open 3 files");
}

#[test]
fn a_file_that_is_open_already_comes_to_the_front() {
    let (files, mut window) = kitchen();
    window.apply(open(&[fixture("pprof/go-cpu.pb.gz")]));
    window.apply(open(&[files.path("kitchen.folded")]));
    assert_eq!(window.tab_names(), ["kitchen.folded", "go-cpu.pb.gz"]);
    assert_eq!(window.total(), 100);
}

#[test]
fn recent_files_are_offered_newest_first() {
    let (files, mut window) = kitchen();
    let second = files.write("second.folded", "a;b 3\n");
    window.apply(open(&[second]));
    window.apply(Command::CloseTab(0));
    window.apply(Command::CloseTab(0));
    let recent: Vec<_> =
        window.shown().settings.recent.iter().map(|path| path.file_name()).collect();
    assert_eq!(recent, [Some("second.folded".as_ref()), Some("kitchen.folded".as_ref())]);
    window.get_by_label_contains("kitchen.folded").click();
    window.settle();
    assert_eq!(window.total(), 100);
}

#[test]
fn the_recent_menu_opens_a_file() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let settings = Settings { recent: vec![files.path("kitchen.folded")], ..dark() };
    let mut window = Window::with(egui::vec2(900.0, 600.0), 1.0, settings, Commands::new());
    window.click_at(window.get_by_role_and_label(Role::Button, "Recent").rect().center());
    window.get_all_by_label("kitchen.folded").next().unwrap().click();
    window.settle();
    assert_eq!(window.total(), 100);
}

#[test]
fn a_path_can_be_typed_where_there_is_no_dialog() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let mut window = Window::empty();
    window.chord(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::O);
    window.assert_paints("Open by path");
    window.event(egui::Event::Text(files.path("kitchen.folded").display().to_string()));
    window.settle();
    window.key(Key::Enter);
    assert_eq!(window.total(), 100);
    assert!(window.shown().overlay.is_none());
}

#[test]
fn the_pointer_over_an_empty_window_breaks_nothing() {
    let mut window = Window::empty();
    for key in [Key::W, Key::F, Key::Num3, Key::T, Key::Escape, Key::F3, Key::ArrowDown] {
        window.key(key);
    }
    window.double_click_at(Pos2::new(300.0, 500.0));
    window.assert_paints("Drop a profile or trace here");
}
