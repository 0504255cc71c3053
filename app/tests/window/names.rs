//! Lines and inlined functions, which come after the first picture.

use rview::command::Command;
use rview::state::View;

use crate::support::{Window, dark, fixture, open};

/// A recording of a program with debug information, and the window after all jobs.
fn inlines() -> Window {
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
