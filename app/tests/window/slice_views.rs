//! The table of slices, the distribution of a name, the critical chain: by labels and keys.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::Command;
use rview::state::{Picked, View};
use rview_core::SliceId;

use crate::support::{Files, Window, kitchen, service};

/// A message from one thread to another and its answer, times in microseconds; two slices are
/// called `work`, the second of them on the other thread.
///
/// ```text
///          0    100  200  300  400   500  600
/// ui       ask───────           work──────────
/// worker             work────
///                   ╰▶ flow  ╰──▶ flow
/// ```
const MESSAGES: &str = r#"{"traceEvents": [
{"ph": "M", "pid": 1, "tid": 1, "name": "thread_name", "args": {"name": "ui"}},
{"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "worker"}},
{"ph": "X", "pid": 1, "tid": 1, "ts": 0, "dur": 200, "name": "ask", "cat": "ipc", "args": {"dish": "soup"}},
{"ph": "X", "pid": 1, "tid": 2, "ts": 250, "dur": 100, "name": "work", "cat": "cpu", "args": {"dish": "stew"}},
{"ph": "X", "pid": 1, "tid": 1, "ts": 400, "dur": 200, "name": "work", "cat": "cpu"},
{"ph": "s", "pid": 1, "tid": 1, "ts": 150, "id": 1, "name": "m", "cat": "ipc"},
{"ph": "f", "pid": 1, "tid": 2, "ts": 260, "id": 1, "name": "m", "cat": "ipc", "bp": "e"},
{"ph": "s", "pid": 1, "tid": 2, "ts": 300, "id": 2, "name": "m", "cat": "ipc"},
{"ph": "f", "pid": 1, "tid": 1, "ts": 410, "id": 2, "name": "m", "cat": "ipc", "bp": "e"}
]}"#;

fn messages() -> (Files, Window) {
    let files = Files::new("messages.json", MESSAGES);
    let window = Window::open(&[files.path("messages.json")]);
    (files, window)
}

/// The rows of the table in front, top to bottom, each with what it says.
fn rows(window: &Window) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .query_all_by_role(Role::Row)
        .map(|row| {
            let node = row.accesskit_node();
            let words = [node.label().unwrap_or_default(), node.description().unwrap_or_default()];
            (row.rect().top(), words.join(": "))
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, words)| words).collect()
}

fn click_header(window: &mut Window, title: &str) {
    window.get_by_role_and_label(Role::ColumnHeader, title).click();
    window.settle();
}

/// The slice that starts at a time, in microseconds.
#[track_caller]
fn slice_at(window: &Window, start_us: i64) -> SliceId {
    let starts = window.profile().slices().starts_ns();
    let row = starts.iter().position(|&start| start == start_us * 1000);
    SliceId::from_index(row.expect("a slice starts there"))
}

#[test]
fn the_table_lists_slices_and_sorts_them() {
    let (_files, mut window) = messages();
    window.key(Key::Num6);
    let by_start = [
        "ask: 200 µs from 0 ns on ui 1",
        "work: 100 µs from 250 µs on worker 2",
        "work: 200 µs from 400 µs on ui 1",
    ];
    assert_eq!(rows(&window), by_start);
    window.assert_paints("3 slices");
    click_header(&mut window, "Duration");
    assert_eq!(rows(&window), [by_start[0], by_start[2], by_start[1]], "the longest first");
    click_header(&mut window, "Duration");
    assert_eq!(rows(&window), [by_start[1], by_start[0], by_start[2]]);
    click_header(&mut window, "Thread");
    assert_eq!(rows(&window), [by_start[0], by_start[2], by_start[1]]);
}

#[test]
fn a_search_finds_names_categories_and_arguments() {
    let (_files, mut window) = messages();
    window.key(Key::Num6);
    for (search, n_rows, words) in [
        ("work", 2, "2 slices found: 2 by name or category, 0 by arguments"),
        ("ipc", 1, "1 slice found: 1 by name or category, 0 by arguments"),
        ("stew", 1, "1 slice found: 0 by name or category, 1 by arguments"),
        ("dish", 2, "2 slices found: 0 by name or category, 2 by arguments"),
        ("work dish=stew", 1, "1 slice found: 0 by name or category, 1 by arguments"),
    ] {
        window.apply(Command::SetSearch(search.to_owned()));
        assert_eq!(rows(&window).len(), n_rows, "{search}");
        window.assert_paints(words);
    }
    window.apply(Command::SetSearch("nowhere".to_owned()));
    window.assert_paints("No slice matches");
    window.click("Clear the search");
    assert_eq!(rows(&window).len(), 3);
    window.apply(Command::SetSearch("/(/".to_owned()));
    assert_eq!(rows(&window).len(), 3, "the last list stays");
    window.assert_paints("unclosed group");
}

#[test]
fn the_table_lists_what_is_selected() {
    let (_files, mut window) = messages();
    window.key(Key::Num6);
    let range = Some(0..260_000);
    window.apply(Command::Ask(rview::command::Ask::Range(range)));
    assert_eq!(rows(&window).len(), 2);
    window.assert_paints("2 slices in the 260 µs selected");
    let thread = window.profile().threads().ids().nth(1);
    window.apply(Command::Ask(rview::command::Ask::Thread(thread)));
    assert_eq!(rows(&window), ["work: 100 µs from 250 µs on worker 2"]);
}

#[test]
fn a_click_on_a_row_goes_to_it_on_the_timeline() {
    let (_files, mut window) = messages();
    window.key(Key::Num6);
    let row = window.query_all_by_role(Role::Row).nth(1).expect("a second row").rect();
    window.click_at(row.center());
    assert_eq!(window.session().picked, Picked::Slice(slice_at(&window, 250)));
    let view = window.session().timeline.view.expect("it is zoomed").range();
    assert_eq!(view, 200_000..400_000, "with half of its length on either side");
    window.key(Key::ArrowDown);
    assert_eq!(window.session().picked, Picked::Slice(slice_at(&window, 400)));
    window.key(Key::Enter);
    let view = window.session().timeline.view.expect("it is zoomed").range();
    assert_eq!(view, 200_000..600_000, "at the end of the recording");
}

#[test]
fn a_copy_of_the_table_has_exact_times() {
    let (_files, mut window) = messages();
    window.key(Key::Num6);
    let copied = window.copied().expect("something is copied");
    let lines: Vec<&str> = copied.lines().collect();
    let header = "start_ns\tduration_ns\tself_ns\tname\tcategory\ttrack";
    assert_eq!(lines[..2], [header, "0\t200000\t200000\task\tipc\tui 1"]);
    assert_eq!(lines.len(), 4);
}

#[test]
fn a_recording_of_samples_has_no_tabs_of_slices_and_says_so() {
    let (_files, mut window) = kitchen();
    assert!(!window.has("Slices") && !window.has("Distribution"));
    window.key(Key::Num6);
    window.assert_paints("No slices");
    assert_eq!(window.session().layout.active, View::Slices);
    window.key(Key::Num7);
    window.assert_paints("Samples have no durations");
}

#[test]
fn the_distribution_is_of_the_name_that_is_picked() {
    let (_files, mut window) = messages();
    window.key(Key::Num7);
    window.assert_paints("No name is picked");
    window.pick(Picked::Function(window.function("work")));
    for fact in ["Slices: 2", "Total: 300 µs", "Mean: 150 µs", "p50, median: 100 µs", "p99: 200 µs"]
    {
        assert!(window.has(fact), "{fact}");
    }
    let bars: Vec<String> = window
        .query_all_by_role(Role::ListItem)
        .filter_map(|bar| bar.accesskit_node().label())
        .collect();
    assert_eq!(
        bars,
        ["100 µs to 112 µs: 1 slice, 50.0 % of them", "200 µs to 224 µs: 1 slice, 50.0 % of them"]
    );
    window.hover(window.rect(&bars[1]).center());
    window.run_steps(4);
    window.assert_paints(&bars[1]);
    let longest = ["work: 200 µs from 400 µs on ui 1", "work: 100 µs from 250 µs on worker 2"];
    assert_eq!(rows(&window), longest);
    window.pick(Picked::Nothing);
    assert_eq!(rows(&window), longest, "what was picked last");
    window.pick(Picked::Slice(slice_at(&window, 0)));
    assert!(window.has("Slices: 1"));
}

#[test]
fn the_longest_slices_are_gone_to_by_click_and_by_key() {
    let (_files, mut window) = messages();
    window.pick(Picked::Function(window.function("work")));
    window.key(Key::Num7);
    window.key(Key::ArrowDown);
    assert_eq!(window.session().picked, Picked::Slice(slice_at(&window, 400)));
    let row = window.query_all_by_role(Role::Row).next().expect("a row").rect();
    window.click_at(row.center());
    let view = window.session().timeline.view.expect("it is zoomed").range();
    assert_eq!(view, 200_000..600_000);
    let copied = window.copied().expect("something is copied");
    assert_eq!(copied.lines().nth(1), Some("400000\t200000\t200000\twork\tcpu\tui 1"));
}

#[test]
fn a_selection_without_slices_of_the_name_says_so_and_leads_out() {
    let (_files, mut window) = messages();
    window.pick(Picked::Function(window.function("work")));
    window.key(Key::Num7);
    window.apply(Command::Ask(rview::command::Ask::Range(Some(0..100_000))));
    window.assert_paints("No slice in the 100 µs selected is called work");
    window.click("Count everything again");
    assert!(window.has("Slices: 2"));
}

#[test]
fn the_details_of_a_slice_lead_to_its_distribution() {
    let (_files, mut window) = service();
    window.pick(Picked::Slice(SliceId::from_index(0)));
    let button = window
        .query_all_by_role_and_label(Role::Button, "Distribution")
        .max_by(|a, b| a.rect().left().total_cmp(&b.rect().left()))
        .expect("a button beside the tab")
        .rect();
    window.click_at(button.center());
    assert_eq!(window.session().layout.active, View::Distribution);
    assert!(window.has("Slices: 1"));
}

#[test]
fn the_critical_chain_of_a_slice_is_listed_and_gone_along() {
    let (_files, mut window) = messages();
    window.pick(Picked::Slice(slice_at(&window, 250)));
    let steps = [
        "Step ask, 0 ns on ui 1",
        "Step work, 250 µs on worker 2, starts 50 µs after the step above it ends",
        "Step work, 400 µs on ui 1, starts 50 µs after the step above it ends",
    ];
    for step in steps {
        assert!(window.has(step), "{step}");
    }
    window.click(steps[0]);
    assert_eq!(window.session().picked, Picked::Slice(slice_at(&window, 0)));
    assert!(window.has(steps[2]), "it is the same chain");
}
