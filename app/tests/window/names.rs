//! Lines and inlined functions, which come after the first picture.

use rview::command::Command;
use rview::state::View;

use crate::support::{Window, dark, fixture, open};

/// A recording of a program with debug information, and the window after all jobs.
pub(crate) fn inlines() -> Window {
    let recording = fixture("perf.data/inlines.perf.data");
    let dirs = recording.parent().map(Into::into).into_iter().collect();
    let commands = vec![Command::SetSymbolDirs(dirs, Vec::new()), open(&[recording])];
    Window::with(egui::Vec2::new(1280.0, 800.0), 1.0, dark(), commands)
}

#[test]
fn inlined_functions_are_there_once_they_are_found() {
    let window = inlines();
    assert!(window.session().naming.is_none(), "the job is done");
    window.function("stir");
    window.function("cook");
    window.session().document.profile.check().expect("a whole profile");
}

#[test]
fn the_report_says_where_names_are_from() {
    let mut window = inlines();
    window.apply(Command::ShowView(View::Report));
    window.assert_paints("Names");
    assert!(
        window
            .texts()
            .iter()
            .any(|text| text.contains("inlines.bin") && text.contains("with lines"))
    );
}

#[test]
fn servers_are_asked_only_when_the_user_turns_that_on() {
    let mut window = inlines();
    let input = window.session().document.input.clone();
    assert_eq!(window.shown().options_for(&input).debuginfod, None);
    window.apply(Command::ShowView(View::Report));
    window.assert_paints("Ask debuginfod servers for debug files");
    window.apply(Command::SetDebuginfod(true));
    assert!(window.shown().settings.debuginfod);
    window.settle();
    window.function("stir");
}
