//! What happens to files around an import: gone, cut, replaced, never there.

use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rview_core::Profile;
use rview_formats::{Document, ImportError, Input, Job, Source, detect, open};
use rview_tests::{gzip, gzip_zeros};

/// Folded stacks in at least `len` bytes, and how many there are. Large files are mapped, small
/// ones are read.
fn long_folded(len: usize) -> (Vec<u8>, i64) {
    let mut text = Vec::with_capacity(len + 32);
    let mut n_lines = 0;
    while text.len() < len {
        text.extend(format!("main;worker;step {} 1\n", n_lines % 1000).into_bytes());
        n_lines += 1;
    }
    (text, n_lines)
}

fn total(profile: &Profile) -> i64 {
    profile.default_value_type().map_or(0, |id| profile.samples().weights(id).total())
}

fn open_path(path: &Path) -> Result<Document, ImportError> {
    open(&Input::Path(path.to_owned()), &Job::default())
}

#[test]
fn a_file_that_shrinks_while_it_is_open_gives_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.folded");
    let (text, n_lines) = long_folded(4 << 20);
    fs::write(&path, text).unwrap();
    let source = Source::open(&path).unwrap();
    let importer = detect(&source).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(1 << 20).unwrap();

    let job = Job::default();
    match importer.import(&source, &job) {
        Ok(profile) => {
            profile.check().unwrap();
            assert!(total(&profile) < n_lines);
        }
        Err(err) => assert!(!err.to_string().is_empty()),
    }
    assert!(source.was_cut());
}

/// The same through `open`: a thread cuts the file as soon as its import has begun.
#[test]
fn a_file_that_shrinks_during_its_import_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.folded");
    let (text, n_lines) = long_folded(32 << 20);
    fs::write(&path, text).unwrap();

    let job = Job::default();
    let result = thread::scope(|scope| {
        scope.spawn(|| {
            let start = Instant::now();
            while job.state().1 == 0 && start.elapsed() < Duration::from_mins(1) {
                thread::yield_now();
            }
            File::options().write(true).open(&path).unwrap().set_len(4096).unwrap();
        });
        open(&Input::Path(path.clone()), &job)
    });
    match result {
        Ok(document) => {
            // On a busy machine the import may be done before the file is cut.
            document.profile.check().unwrap();
            let is_noted = document.report.notes().iter().any(|note| note.kind == "file-changed");
            assert_eq!(is_noted, total(&document.profile) < n_lines);
        }
        Err(err) => assert!(matches!(err, ImportError::Changed), "{err}"),
    }
}

/// An editor or profiler that writes a new file and renames it does not change the open one.
#[test]
fn a_file_that_is_replaced_stays_as_it_was_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (path, new) = (folder.path().join("old.folded"), folder.path().join("new.folded"));
    fs::write(&path, long_folded(2 << 20).0).unwrap();
    fs::write(&new, "main;new 1\n").unwrap();
    let expected = total(&open_path(&path).unwrap().profile);
    let source = Source::open(&path).unwrap();
    // Windows does not let a mapped file be replaced, which is just as well.
    let _: Result<_, _> = fs::rename(&new, &path);

    let job = Job::default();
    let profile = detect(&source).unwrap().import(&source, &job).unwrap();
    assert_eq!(total(&profile), expected);
    assert!(!source.was_cut());
}

#[test]
fn a_file_that_is_overwritten_while_it_is_open_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rewritten.folded");
    let (text, _) = long_folded(2 << 20);
    fs::write(&path, &text).unwrap();
    let source = Source::open(&path).unwrap();
    let importer = detect(&source).unwrap();
    let _: Result<_, _> = fs::write(&path, vec![0xff; text.len()]);
    if let Ok(profile) = importer.import(&source, &Job::default()) {
        profile.check().unwrap();
    }
}

/// What the bytes of a broken packing look like says nothing of the file.
#[test]
fn an_error_of_a_packing_that_breaks_names_the_packing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checksum.gz");
    let mut bytes = gzip(b"Dear reader, this is no profile.\n");
    let of_checksum = bytes.len() - 5;
    bytes[of_checksum] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let err = open_path(&path).unwrap_err().to_string();
    assert!(err.starts_with("gzip: ") && err.contains("checksum"), "{err}");
    assert!(!err.contains("Dear reader"), "{err}");
}

/// Errors are shown after the name of the file: one line that says what, where, what to do.
#[test]
fn errors_say_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder")).unwrap();
    let wrapped = (0..20).fold(b"main;read 1\n".to_vec(), |bytes, _| gzip(&bytes));
    let files: [(&str, &[u8]); 9] = [
        ("empty", b""),
        ("text", b"Dear reader, this is no profile.\n"),
        ("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0"),
        ("newlines", b"\n\n\n"),
        ("broken.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff\xff"),
        ("broken.zst", b"\x28\xb5\x2f\xfd\xff\xff\xff\xff"),
        ("empty.gz", &gzip(b"")),
        ("wrapped.gz", &wrapped),
        ("text.gz", &gzip(b"Dear reader, this is no profile.\n")),
    ];
    for (name, bytes) in files {
        fs::write(path(name), bytes).unwrap();
    }
    fs::write(path("bomb.gz"), gzip(&gzip_zeros(300))).unwrap();

    let mut lines = String::new();
    for name in files.iter().map(|(name, _)| *name).chain(["bomb.gz", "folder"]) {
        let err = open_path(&path(name)).unwrap_err().to_string();
        assert!(!err.contains('\n') && !err.ends_with('.'), "{err}");
        lines.extend([name, ": ", &err, "\n"]);
    }
    insta::assert_snapshot!("errors", lines);

    // How the system says it differs between systems.
    let err = open_path(&path("missing")).unwrap_err().to_string();
    assert!(err.starts_with("cannot be read: "), "{err}");
    assert!(err.ends_with("; check the name and the folder"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_an_error() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.folded");
    fs::write(&path, "main;read 1\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read it all the same.
    if File::open(&path).is_err() {
        let err = open_path(&path).unwrap_err();
        assert!(matches!(err, ImportError::Io(_)), "{err}");
        assert!(err.to_string().contains("permission"), "{err}");
    }
}

/// A pipe has no size and cannot be mapped.
#[cfg(target_os = "linux")]
#[test]
fn what_comes_through_a_pipe_is_read_to_its_end() {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;

    let (text, n_lines) = long_folded(3 << 20);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    let document = thread::scope(|scope| {
        scope.spawn(move || writer.write_all(&text).unwrap());
        open_path(Path::new(&path))
    });
    assert_eq!(total(&document.unwrap().profile), n_lines);
}
