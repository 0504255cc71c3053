//! Debug information of small binaries, against what llvm-symbolizer says of them.
#![expect(clippy::unwrap_used, reason = "only tests get here")]

use std::fs;
use std::path::{Path, PathBuf};

use rview_formats::symbols::{
    CodeLine, Finder, Finding, Found, Need, Origin, Wanted, build_id_of, demangle, lines_at,
    packed_symbols, symbol_table,
};
use rview_formats::{Document, Input, Job, Options, open};
use rview_tests::counting::Counting;
use rview_tests::{binary, mutate};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn fixtures() -> PathBuf {
    rview_tests::fixtures_dir().join("symbols")
}

/// Looks in one folder only: what this machine has must not matter.
fn options(dir: &Path) -> Options {
    Options { symbol_dirs: vec![dir.to_owned()], no_system_symbols: true, ..Options::default() }
}

/// What is found of a binary in a folder, by its build id if it has one.
fn find(dir: &Path, name: &str) -> Found {
    let build_id = build_id_of(&fs::read(dir.join(name)).unwrap());
    let path = format!("/tmp/orchard/{name}");
    let origin = Origin::Unknown;
    let wanted = Wanted { path: &path, build_id: build_id.as_deref(), mapped_end: 0, origin };
    Finder::new(&options(dir)).find(&wanted, Need::Lines)
}

/// A line of an oracle: an address, and the functions there with where they are.
type Said = (u64, Vec<(String, String, u32)>);

fn oracle(path: &Path) -> Vec<Said> {
    let frame = |text: &str| {
        let (name, place) = text.rsplit_once(' ').unwrap();
        let (file, line) = place.rsplit_once(':').unwrap();
        let name = demangle(name.as_bytes()).into_owned();
        (name, file.to_owned(), line.parse().unwrap_or_default())
    };
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let (address, frames) = line.split_once(' ').unwrap();
        let address = u64::from_str_radix(address, 16).unwrap();
        let frames = frames.split(" > ").filter(|&frame| frame != "?? ??:0");
        (address, frames.map(frame).collect())
    };
    text.lines().map(line).collect()
}

/// Whether the functions at an address are those that the oracle tells. A line in another
/// file than its function's is not shown.
fn is_same(lines: &[CodeLine], said: &[(String, String, u32)]) -> bool {
    lines.len() == said.len()
        && lines.iter().zip(said).all(|(line, (name, file, number))| {
            let is_in_file = line.file.as_deref() == Some(file);
            is_same_name(line.function.as_deref(), name)
                && line.line == if is_in_file { *number } else { 0 }
        })
}

/// Of a static function debug information has only the short name, where llvm-symbolizer takes
/// that of the symbol table.
fn is_same_name(name: Option<&str>, said: &str) -> bool {
    name.map_or(said == "??", |name| {
        said.strip_suffix(name).is_some_and(|scope| scope.is_empty() || scope.ends_with("::"))
    })
}

#[track_caller]
fn check_oracle(dir: &Path, name: &str, said: &[Said]) {
    let found = find(dir, name);
    let addresses: Vec<u64> = said.iter().map(|&(address, _)| address).collect();
    let lines = lines_at(&found, &addresses, &Job::new(options(dir)));
    let n_inlined = lines.iter().filter(|lines| lines.len() > 1).count();
    assert!(n_inlined * 5 > lines.len(), "{name}: {n_inlined} of {}", lines.len());
    for ((address, said), lines) in said.iter().zip(&lines) {
        assert!(is_same(lines, said), "{name} {address:x}\n{lines:#?}\n{said:#?}");
    }
}

#[test]
fn inlined_functions_are_those_of_llvm_symbolizer() {
    for name in ["orchard", "orchard-clang", "orchard-rust"] {
        let said = oracle(&fixtures().join(format!("{name}.oracle.txt")));
        check_oracle(&fixtures(), &format!("{name}.bin"), &said);
    }
}

#[test]
fn debug_information_may_be_compressed_apart_or_shared() {
    let said = oracle(&fixtures().join("orchard.oracle.txt"));
    for name in ["orchard-zlib.bin", "stripped.bin", "shared.bin"] {
        check_oracle(&fixtures(), name, &said);
    }
    // Without a build id its code is at other addresses.
    check_oracle(&fixtures(), "linked.bin", &oracle(&fixtures().join("linked.oracle.txt")));
    assert!(find(&fixtures(), "linked.bin").lines.unwrap().path.ends_with("linked.debug"));
    assert!(find(&fixtures(), "shared.bin").shared.unwrap().path.ends_with("shared.dwz"));
}

#[test]
fn units_may_be_in_files_of_their_own() {
    // The same code, so the same functions as where they are not.
    let said = oracle(&fixtures().join("orchard-clang.oracle.txt"));
    for name in ["split.bin", "packed.bin"] {
        check_oracle(&fixtures(), name, &said);
    }
}

#[test]
fn a_debug_file_is_found_by_build_id_however_it_is_called() {
    let dir = TempDir::new().unwrap();
    let copy = |from: &str, to: &str| {
        let to = dir.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(fixtures().join(from), to).unwrap();
    };
    copy("stripped.bin", "stripped.bin");
    assert!(find(dir.path(), "stripped.bin").lines.is_none());
    let id = build_id_of(&fs::read(dir.path().join("stripped.bin")).unwrap()).unwrap();
    let (head, rest) = id.split_at(2);
    copy("orchard.debug", &format!(".build-id/{head}/{rest}.debug"));
    let found = find(dir.path(), "stripped.bin");
    assert!(found.lines.unwrap().path.ends_with(format!("{rest}.debug")));
    assert!(!found.segments.is_empty(), "those of the binary itself");

    fs::remove_dir_all(dir.path().join(".build-id")).unwrap();
    copy("orchard.debug", "anything");
    assert!(find(dir.path(), "stripped.bin").lines.unwrap().path.ends_with("anything"));
}

#[test]
fn a_file_of_another_build_is_never_used() {
    let dir = TempDir::new().unwrap();
    fs::copy(fixtures().join("stripped.bin"), dir.path().join("stripped.bin")).unwrap();
    fs::copy(fixtures().join("orchard-clang.bin"), dir.path().join("stripped.bin.debug")).unwrap();
    let found = find(dir.path(), "stripped.bin");
    assert!(found.lines.is_none());
    let other = found.tried.iter().find(|tried| tried.path.ends_with("stripped.bin.debug"));
    assert!(matches!(other.unwrap().found, Finding::OtherBuild { .. }), "{other:?}");
}

#[test]
fn a_linked_file_with_another_checksum_is_never_used() {
    let dir = TempDir::new().unwrap();
    fs::copy(fixtures().join("linked.bin"), dir.path().join("linked.bin")).unwrap();
    let mut debug = fs::read(fixtures().join("linked.debug")).unwrap();
    *debug.last_mut().unwrap() ^= 1;
    fs::write(dir.path().join("linked.debug"), debug).unwrap();
    let found = find(dir.path(), "linked.bin");
    assert!(found.lines.is_none());
    assert!(found.tried.iter().any(|tried| tried.found == Finding::OtherChecksum));
}

#[test]
fn all_functions_have_names_where_their_table_is_packed() {
    let bytes = fs::read(fixtures().join("mini.bin")).unwrap();
    let packed = packed_symbols(&bytes).expect("symbols are packed into it");
    let names = |packed| {
        let table = symbol_table(&bytes, packed).unwrap();
        let whole = fs::read(fixtures().join("orchard.bin")).unwrap();
        let whole = symbol_table(&whole, None).unwrap();
        let harvest =
            whole.symbols().iter().find(|symbol| symbol.name.starts_with(b"_ZN7orchardL7harvest"));
        table.lookup(harvest.unwrap().address).map(|symbol| symbol.demangled().into_owned())
    };
    assert_eq!(names(None), None);
    assert_eq!(names(Some(&*packed)).as_deref(), Some("orchard::harvest"));
    assert!(find(&fixtures(), "mini.bin").symbols.is_some());
}

fn open_inlines() -> Document {
    let dir = rview_tests::fixtures_dir().join("perf.data");
    let job = Job::new(options(&dir));
    open(&Input::Path(dir.join("inlines.perf.data")), &job).unwrap()
}

#[test]
fn a_recording_has_its_lines_after_the_second_step() {
    let dir = rview_tests::fixtures_dir().join("perf.data");
    let document = open_inlines();
    let names = |document: &Document| {
        let profile = &document.profile;
        let functions = profile.symbols().functions().ids();
        let mut names: Vec<String> =
            functions.map(|id| profile.function_name(id).to_owned()).collect();
        names.sort();
        names
    };
    assert!(!names(&document).contains(&"stir".to_owned()));
    let better = document.symbolize(&Job::new(options(&dir))).unwrap();
    better.profile.check().unwrap();
    assert!(names(&better).contains(&"stir".to_owned()), "{:?}", names(&better));
    let module = better.modules.iter().find(|module| module.lookup.n_lines > 0).unwrap();
    assert_eq!(module.lookup.n_lines, module.frames.len());

    let said = oracle(&dir.join("inlines.oracle.txt"));
    let profile = &better.profile;
    let mut n_checked = 0;
    for &frame in &*module.frames {
        // The code is mapped where its offset in the file is.
        let address = profile.frames().address(frame) + 0x40_0000;
        let Some((_, said)) = said.iter().find(|&&(at, _)| at == address) else { continue };
        let lines = profile.symbols().lines(frame);
        let lines: Vec<(&str, u32)> =
            lines.iter().map(|line| (profile.function_name(line.function), line.line)).collect();
        let said: Vec<(&str, u32)> = said.iter().map(|(name, _, line)| (&**name, *line)).collect();
        assert_eq!(lines, said, "{address:x}");
        n_checked += 1;
    }
    assert!(n_checked > 0);
    // Nothing but names has changed.
    let total = |document: &Document| {
        let profile = &document.profile;
        profile.samples().weights(profile.default_value_type().unwrap()).total()
    };
    assert_eq!(total(&better), total(&document));
}

#[test]
fn looking_for_lines_can_be_cancelled() {
    let job = Job::new(options(&rview_tests::fixtures_dir().join("perf.data")));
    job.cancel();
    assert!(open_inlines().symbolize(&job).is_err());
}

#[test]
fn no_mutation_of_a_binary_breaks_the_reader() {
    let n_mutations: u64 =
        std::env::var("RVIEW_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for name in ["orchard.bin", "orchard-clang.bin", "orchard-zlib.bin", "split.bin", "mini.bin"] {
        let whole = fs::read(fixtures().join(name)).unwrap();
        binary::read(whole.clone(), 0).unwrap();
        for seed in 0..n_mutations {
            if let Err(broken) = binary::read(mutate(&whole, seed), seed) {
                panic!("{name} {seed}: {broken}");
            }
        }
    }
}
