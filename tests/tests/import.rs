//! What every importer has to do, checked on every fixture.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rview_formats::{
    Document, IMPORTERS, ImportError, Input, Job, PROBE_LEN, Source, Verdict, detect, open,
};
use rview_tests::{
    Fixture, digest, dump_document, fixture_job, fixtures, fixtures_dir, gzip, zstd,
};

/// Dumps of up to this many lines are recorded in full: a person can still read the change.
const MAX_DUMP_LINES: usize = 200;

fn open_path(path: &Path, job: &Job) -> Result<Document, ImportError> {
    open(&Input::Path(path.to_owned()), job)
}

/// What opening a file shows: the profile, or why there is none.
fn outcome(format: &str, path: &Path) -> String {
    match open_path(path, &fixture_job(format)) {
        Ok(document) => dump_document(&document),
        Err(err) => format!("error: {err}\n"),
    }
}

fn outcome_of(fixture: &Fixture) -> String {
    outcome(&fixture.format, &fixture.path)
}

/// The bytes of a fixture without wrappers, as importers get them.
fn unwrapped(fixture: &Fixture) -> Result<Source, ImportError> {
    Source::from_vec(fixture.bytes()).unwrap(&Job::default())
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..PROBE_LEN).unwrap_or(bytes)
}

/// Writes the bytes under a name into an empty folder and opens them there.
fn reopened(fixture: &Fixture, name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    outcome(&fixture.format, &path)
}

#[track_caller]
fn assert_same(fixture: &Fixture, as_what: &str, expected: &str, actual: &str) {
    if actual != expected {
        let differs = |(a, b): &(&str, &str)| a != b;
        let first = expected.lines().zip(actual.lines()).find(differs);
        panic!("{} {as_what} is not the same, first here: {first:?}", fixture.path.display());
    }
}

#[test]
fn fixtures_import_as_recorded() {
    for fixture in fixtures() {
        let text = match open_path(&fixture.path, &fixture_job(&fixture.format)) {
            Ok(document) => recorded(&document),
            Err(err) => format!("error: {err}"),
        };
        insta::assert_snapshot!(format!("{}__{}", fixture.format, fixture.name), text);
    }
}

/// The dump of a document, or a digest below the notes if that is too long.
fn recorded(document: &Document) -> String {
    let dump = dump_document(document);
    if dump.lines().count() <= MAX_DUMP_LINES {
        return dump;
    }
    let notes = dump.split_inclusive('\n').take_while(|line| !line.starts_with("duration"));
    notes.collect::<String>() + &digest(&document.profile)
}

#[test]
fn every_fixture_keeps_the_invariants_of_a_profile() {
    for fixture in fixtures() {
        if let Ok(document) = open_path(&fixture.path, &fixture_job(&fixture.format)) {
            let path = fixture.path.display();
            document.profile.check().unwrap_or_else(|err| panic!("{path}: {err}"));
        }
    }
}

#[test]
fn every_format_has_fixtures_and_every_folder_a_format() {
    let fixtures = fixtures();
    for importer in IMPORTERS {
        let name = importer.name();
        assert!(
            fixtures.iter().any(|fixture| {
                fixture.format == name && open_path(&fixture.path, &fixture_job(name)).is_ok()
            }),
            "put a recording into {}",
            fixtures_dir().join(name).display()
        );
    }
    for fixture in &fixtures {
        assert!(
            IMPORTERS.iter().any(|importer| importer.name() == fixture.format),
            "{}: no format is called {:?}; if this is no recording, add its ending to \
             NOT_RECORDINGS in tests/src/fixture.rs",
            fixture.path.display(),
            fixture.format
        );
    }
}

#[test]
fn exactly_one_importer_claims_each_fixture() {
    let mut unclaimed = Vec::new();
    for fixture in fixtures() {
        let source = unwrapped(&fixture).unwrap();
        let claims: Vec<(Verdict, &str)> = IMPORTERS
            .iter()
            .map(|importer| (importer.probe(head(&source)), importer.name()))
            .filter(|&(verdict, _)| verdict > Verdict::No)
            .collect();
        let best = claims.iter().map(|&(verdict, _)| verdict).max();
        let n_best = claims.iter().filter(|&&(verdict, _)| Some(verdict) == best).count();
        let is_right = detect(&source).is_ok_and(|importer| importer.name() == fixture.format);
        if n_best != 1 || !is_right {
            unclaimed.push(format!("{} is claimed by {claims:?}", fixture.path.display()));
        }
    }
    assert!(unclaimed.is_empty(), "{}", unclaimed.join("\n"));
}

/// A claim must not hang on where the prefix happens to end.
#[test]
fn a_short_prefix_is_never_claimed_by_another_format() {
    for fixture in fixtures() {
        let source = unwrapped(&fixture).unwrap();
        for len in [4096, 16_384, PROBE_LEN] {
            let Some(prefix) = source.get(..len) else { break };
            if let Ok(importer) = detect(prefix) {
                let path = fixture.path.display();
                assert_eq!(importer.name(), fixture.format, "{len} bytes of {path}");
            }
        }
    }
}

#[test]
fn the_name_of_a_file_changes_nothing() {
    let endings: Vec<&str> =
        IMPORTERS.iter().flat_map(|importer| importer.extensions()).copied().collect();
    for (i, fixture) in fixtures().iter().enumerate() {
        let expected = outcome_of(fixture);
        let bytes = fixture.bytes();
        let wrong_ending = format!("x.{}", endings[i % endings.len()]);
        for name in ["nameless", "ø x.unknown", "x.gz", &wrong_ending] {
            assert_same(fixture, name, &expected, &reopened(fixture, name, &bytes));
        }
    }
}

#[test]
fn a_wrapped_fixture_is_the_same_fixture() {
    for fixture in fixtures() {
        let expected = outcome_of(&fixture);
        let bytes = fixture.bytes();
        let wrapped = [
            ("in gzip", gzip(&bytes)),
            ("in zstd", zstd(&bytes)),
            ("in gzip in zstd", zstd(&gzip(&bytes))),
            ("in zstd in gzip", gzip(&zstd(&bytes))),
        ];
        for (how, bytes) in wrapped {
            assert_same(&fixture, how, &expected, &reopened(&fixture, "recording", &bytes));
        }
    }
}

#[test]
fn importing_twice_gives_the_same() {
    for fixture in fixtures() {
        assert_same(&fixture, "a second time", &outcome_of(&fixture), &outcome_of(&fixture));
    }
}

#[test]
fn no_importer_claims_an_empty_file() {
    for importer in IMPORTERS {
        assert_eq!(importer.probe(b""), Verdict::No, "{}", importer.name());
        let result = importer.import(&Source::from_static(b""), &Job::default());
        assert!(result.is_err(), "{}", importer.name());
    }
    let err = open(&Input::Static("empty", b""), &Job::default()).unwrap_err();
    assert!(matches!(err, ImportError::UnknownFormat { .. }), "{err}");
}

/// Small files may be done before anyone asks; in a wrapper all of them are asked.
#[test]
fn a_cancelled_import_ends_soon() {
    for fixture in fixtures() {
        let path = fixture.path.display();
        let job = fixture_job(&fixture.format);
        job.cancel();
        let start = Instant::now();
        let result = open_path(&fixture.path, &job);
        assert!(start.elapsed() < Duration::from_secs(5), "{path}: {:?}", start.elapsed());
        let is_small = unwrapped(&fixture).is_ok_and(|source| source.len() < 512 * 1024);
        let is_cancelled = matches!(result, Err(ImportError::Cancelled));
        assert!(is_cancelled || is_small, "{path}: {result:?}");

        let job = Job::default();
        job.cancel();
        let result = Source::from_vec(gzip(&fixture.bytes())).unwrap(&job);
        assert!(matches!(result, Err(ImportError::Cancelled)), "{path}: {result:?}");
    }
}

#[test]
fn the_progress_of_an_import_stays_within_its_total() {
    for fixture in fixtures() {
        let job = fixture_job(&fixture.format);
        let _: Result<_, _> = open_path(&fixture.path, &job);
        let (done, total) = job.state();
        assert!(done <= total, "{}: {done} of {total}", fixture.path.display());
    }
}

/// Notes are read by programs by kind, and by people by text.
#[test]
fn notes_have_a_kind_for_programs_and_a_line_for_people() {
    for fixture in fixtures() {
        let job = fixture_job(&fixture.format);
        let _: Result<_, _> = open_path(&fixture.path, &job);
        for note in job.report().notes() {
            let is_kebab =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(note.kind.bytes().all(is_kebab), "{note:?}");
            assert!(note.count > 0, "{note:?}");
            assert!(!note.text.is_empty() && !note.text.ends_with('.'), "{note:?}");
            assert!(!note.text.chars().any(char::is_control), "{note:?}");
        }
    }
}
