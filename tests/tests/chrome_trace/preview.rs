//! What is shown of a large trace while the rest is read.

use std::fmt::Write as _;

use rview_core::SliceId;
use rview_formats::{Input, Job, open_with_preview};

/// Few slices, each with a megabyte of arguments.
#[test]
fn a_large_trace_shows_its_start_before_the_rest() {
    const N_SLICES: usize = 132;
    let mut trace = String::from("[\n");
    let padding = "x".repeat(1 << 20);
    for i in 0..N_SLICES {
        let start = 100 + 10 * i;
        writeln!(
            trace,
            r#"{{"ph":"X","pid":1,"tid":1,"ts":{start},"dur":5,"name":"s{i}","args":{{"a":"{padding}"}}}},"#
        )
        .unwrap();
    }
    trace.push_str(
        "{\"ph\":\"i\",\"pid\":1,\"tid\":1,\"ts\":0,\"name\":\"the end of the file\"}\n]",
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, &trace).unwrap();

    let mut previews = Vec::new();
    let input = Input::Path(file.path().into());
    let whole =
        open_with_preview(&input, &Job::default(), &mut |preview| previews.push(preview)).unwrap();
    assert!(!whole.is_preview);
    assert_eq!(whole.profile.slices().len(), N_SLICES);
    assert!(whole.report.notes().is_empty(), "what the preview lacks is no loss");

    let [preview] = &previews[..] else { panic!("{} previews", previews.len()) };
    assert!(preview.is_preview);
    preview.profile.check().unwrap();
    let slices = preview.profile.slices();
    assert_eq!(slices.len(), 15, "16 MB hold so many whole slices");
    let later_ns = preview.profile.origin_ns() - whole.profile.origin_ns();
    assert_eq!(later_ns, 100_000, "what comes last in the file is first in time");
    for slice in (0..slices.len()).map(SliceId::from_index) {
        let name = preview.profile.function_name(slices.name(slice));
        assert_eq!(name, whole.profile.function_name(whole.profile.slices().name(slice)));
        let start_ns = slices.start_ns(slice) + later_ns;
        assert_eq!(start_ns, whole.profile.slices().start_ns(slice), "{name}");
    }
    let notes = preview.report.notes();
    assert_eq!(notes.iter().map(|note| note.kind).collect::<Vec<_>>(), ["preview"]);
}
