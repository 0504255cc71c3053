//! The layers of the house, checked from its manifests and sources:
//!
//! ```text
//! app -> formats -> core        app -> core        tests -> formats, core
//! ```
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// All that `core` may depend on. It analyzes; it does not read, parse or draw.
const CORE_DEPENDENCIES: &[&str] =
    &["foldhash", "hashbrown", "libm", "memchr", "rayon", "regex", "rustc-hash", "wide"];

/// All that `formats` may depend on. A new one is a reviewed line: it reads untrusted bytes.
const FORMATS_DEPENDENCIES: &[&str] = &[
    "cpp_demangle",
    "flate2",
    "foldhash",
    "gimli",
    "iced-x86",
    "libc",
    "lzma-rust2",
    "memchr",
    "memmap2",
    "object",
    "rayon",
    "regex",
    "rustc-demangle",
    "rustc-hash",
    "rview-core",
    "tempfile",
    "thiserror",
    "ureq",
    "wide",
    "zstd",
];

/// What only `app` may know of: the toolkit, by any of its parts.
const TOOLKIT: &[&str] = &["egui", "eframe", "wgpu", "winit"];

/// Where `formats` opens files; everywhere else it only sees their bytes.
const OPENS_FILES: &[&str] = &["document", "import", "source", "symbols"];

/// Where memory is handled by hand, in front of safe functions.
const UNSAFE_FILES: &[&str] =
    &["app/src/memory.rs", "formats/src/source/mapped.rs", "tests/src/counting.rs"];

const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A source file, with its path from the root of the repository.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The text without the module of tests at its end.
    fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }

    fn is_tests(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

/// All Rust files below a folder, in order of their paths.
fn sources(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!sources.is_empty(), "{folder} has no sources");
    sources
}

/// The dependencies of a crate, those of its tests and build script left out.
fn dependencies(member: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
    let mut is_wanted = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            is_wanted = section == "dependencies" || section.ends_with(".dependencies");
            if let Some(name) = section.strip_prefix("dependencies.") {
                names.push(name.to_owned());
            }
        } else if is_wanted && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    assert!(!names.is_empty(), "{member} has no dependencies");
    names
}

#[track_caller]
fn assert_allowed(member: &str, allowed: &[&str]) {
    let dependencies = dependencies(member);
    let gone: Vec<&&str> = allowed
        .iter()
        .filter(|name| dependencies.iter().all(|dependency| dependency != **name))
        .collect();
    assert!(
        gone.is_empty(),
        "{member} does not depend on {gone:?}: take it off the list in tests/tests/layers.rs"
    );
    let sources = sources(&format!("{member}/src"));
    let is_used = |name: &str| {
        let path = format!("{}::", name.replace('-', "_"));
        sources.iter().any(|source| source.text.contains(&path))
    };
    let unused: Vec<&String> = dependencies.iter().filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "{member} does not use {unused:?}: take it out of its Cargo.toml");
    let new: Vec<String> =
        dependencies.into_iter().filter(|name| !allowed.contains(&&**name)).collect();
    assert!(
        new.is_empty(),
        "{member} may not depend on {new:?}: do without, put it into a higher layer, or add it \
         to the list in tests/tests/layers.rs and say in the commit why"
    );
}

/// Asserts that no source has a word that `finds` finds, saying where and what to do.
#[track_caller]
fn assert_none(sources: &[Source], finds: impl Fn(&Source) -> Option<String>, help: &str) {
    let found: Vec<String> = sources
        .iter()
        .filter_map(|source| finds(source).map(|what| format!("{}: {what}", source.path)))
        .collect();
    assert!(found.is_empty(), "{}\n{help}", found.join("\n"));
}

/// The first line of a text that holds one of some words.
fn line_with(text: &str, words: &[&str]) -> Option<String> {
    let mut lines = text.lines().zip(1..);
    let (line, number) = lines.find(|(line, _)| words.iter().any(|word| line.contains(word)))?;
    Some(format!("line {number}: {}", line.trim()))
}

#[test]
fn core_depends_on_nothing_that_reads_or_draws() {
    assert_allowed("core", CORE_DEPENDENCIES);
}

#[test]
fn formats_depends_on_core_and_readers_only() {
    assert_allowed("formats", FORMATS_DEPENDENCIES);
}

#[test]
fn tests_know_no_window() {
    let known = dependencies("tests");
    assert!(known.iter().all(|name| !TOOLKIT.contains(&&**name) && name != "rview"), "{known:?}");
}

#[test]
fn only_the_app_names_the_toolkit() {
    let lower = ["core", "formats", "tests/src", "tests/tests"].map(sources);
    let lower: Vec<Source> = lower
        .into_iter()
        .flatten()
        .filter(|source| source.path != "tests/tests/layers.rs")
        .collect();
    assert_none(
        &lower,
        |source| line_with(&source.text, TOOLKIT),
        "the toolkit is named in app/ only: describe what is needed without it",
    );
}

#[test]
fn files_are_opened_in_few_places() {
    let lower: Vec<Source> = ["core/src", "formats/src"]
        .map(sources)
        .into_iter()
        .flatten()
        .filter(|source| {
            let name = source.path.strip_prefix("formats/src/").unwrap_or_default();
            let module = name.split(['/', '.']).next().unwrap_or_default();
            !OPENS_FILES.contains(&module) && !source.is_tests()
        })
        .collect();
    let words = ["std::fs", "std::path", "fs::File", "std::env", "std::net", "std::process"];
    assert_none(
        &lower,
        |source| line_with(source.without_tests(), &words),
        "core and importers see bytes, not files: open them in `Source`, `Document` or `symbols`",
    );
}

#[test]
fn only_named_files_are_unsafe() {
    let all: Vec<Source> = ["app/src", "core", "formats", "tests/src", "tests/tests"]
        .map(sources)
        .into_iter()
        .flatten()
        .filter(|source| source.path != "tests/tests/layers.rs")
        .filter(|source| !UNSAFE_FILES.contains(&source.path.as_str()))
        .collect();
    assert_none(
        &all,
        |source| line_with(&source.text, &["unsafe {", "unsafe fn", "unsafe impl", "unsafe_code"]),
        "unsafe code is in the files of UNSAFE_FILES only, in front of safe functions",
    );
}

#[test]
fn every_file_starts_by_saying_what_it_is() {
    let all: Vec<Source> = [
        "app/src",
        "core/src",
        "formats/src",
        "tests/src",
        "tests/tests",
        "tests/fuzz/src",
        "tests/fuzz/fuzz_targets",
    ]
    .map(sources)
    .into_iter()
    .flatten()
    .filter(|source| !source.path.ends_with("/tests.rs"))
    .collect();
    assert_none(
        &all,
        |source| {
            let first = source.text.lines().next().unwrap_or_default();
            (!first.starts_with("//! ")).then(|| format!("starts with {first:?}"))
        },
        "the first line is `//! ` and a noun phrase",
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let all = ["app/src", "core/src", "formats/src", "tests/src", "tests/tests"].map(sources);
    let all: Vec<Source> =
        all.into_iter().flatten().filter(|source| !source.path.ends_with("/tests.rs")).collect();
    assert_none(
        &all,
        |source| {
            let n_lines = source.without_tests().lines().count();
            (n_lines > MAX_LINES).then(|| format!("{n_lines} lines"))
        },
        "at most 600 lines without tests: split it by concept into `foo.rs` and `foo/`",
    );
}

#[test]
fn modules_are_not_called_mod() {
    let all: Vec<Source> = ["app/src", "core/src", "formats/src", "tests/src"]
        .map(sources)
        .into_iter()
        .flatten()
        .collect();
    assert_none(
        &all,
        |source| source.path.ends_with("/mod.rs").then(String::new),
        "`foo.rs` and `foo/`, so that no two tabs are called mod.rs",
    );
}
