//! Folded stacks against a recount of their text.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::Path;

use rview_formats::{Input, Job, Source, detect, open};
use rview_tests::{CorpusFile, Sums, add_stack, corpus, fixtures_dir, manifest, recount};

/// Whether a file of the corpus has folded stacks: inputs, and the results of other tools.
fn is_folded(file: &CorpusFile) -> bool {
    let is_result = file.path.starts_with("inferno/collapse-")
        && Path::new(&file.path).extension().is_some_and(|ending| ending != "log");
    file.format.contains("folded") || file.role == "oracle" && is_result
}

/// What the text says, read as its README describes it.
fn recount_lines(text: &str) -> (usize, i64, Sums) {
    let (mut n_lines, mut sum, mut sums) = (0, 0, Sums::new());
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let (stack, weight) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?}"));
        let weight: i64 = weight.parse().unwrap_or_else(|_| panic!("{line}"));
        n_lines += 1;
        sum += weight;
        let stack = if stack.trim().is_empty() { "[no stack]" } else { stack.trim() };
        let frames = stack.split(';').filter(|name| !name.is_empty());
        add_stack(&mut sums, frames.rev().map(str::to_owned), weight);
    }
    (n_lines, sum, sums)
}

/// The text of a file, whatever its encoding.
fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => {
            let units: Vec<u16> =
                rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

#[track_caller]
fn check_recount(path: &Path) {
    let source = Source::open(path).unwrap().unwrap(&Job::default()).unwrap();
    let (n_lines, total, expected) = recount_lines(&decoded(&source));
    let document = open(&Input::Path(path.to_owned()), &Job::default()).unwrap();
    let profile = &*document.profile;
    profile.check().unwrap();
    assert_eq!(document.format(), "folded", "{}", path.display());
    assert_eq!(profile.samples().len(), n_lines, "{}", path.display());
    let value_type = profile.default_value_type().unwrap();
    let weights = profile.samples().weights(value_type);
    assert_eq!(weights.total(), total, "{}", path.display());
    assert_eq!(recount(profile, value_type), expected, "{}", path.display());
}

#[test]
fn each_frame_has_the_sums_of_its_lines() {
    for name in ["threads.folded", "utf16.folded"] {
        check_recount(&fixtures_dir().join("folded").join(name));
    }
    let Some(corpus) = corpus() else { return };
    let files: Vec<CorpusFile> = manifest(&corpus).into_iter().filter(is_folded).collect();
    assert!(files.len() > 10, "{}", files.len());
    for file in files {
        check_recount(&corpus.join(file.path));
    }
}

#[test]
fn only_folded_stacks_are_claimed() {
    let Some(corpus) = corpus() else { return };
    for file in manifest(&corpus) {
        let Ok(source) = Source::open(&corpus.join(&file.path)) else { continue };
        let Ok(source) = source.unwrap(&Job::default()) else { continue };
        let is_claimed = detect(&source).is_ok_and(|importer| importer.name() == "folded");
        assert_eq!(is_claimed, is_folded(&file), "{} ({})", file.path, file.format);
    }
}

#[test]
fn source_code_and_prose_are_not_claimed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["Cargo.toml", "Cargo.lock", "core/src/units.rs", "formats/src/folded.rs"] {
        let source = Source::open(&folder.join(file)).unwrap();
        assert!(detect(&source).is_err(), "{file}");
    }
    for text in [
        "for (i = 0; i < 10\nfor (j = 0; j < 20\n}\n",
        "{\"a\": \"x;y 1\"}\n",
        "a;b;c\n1;2;3\n4;5;6\n",
    ] {
        assert!(detect(text.as_bytes()).is_err(), "{text}");
    }
}
