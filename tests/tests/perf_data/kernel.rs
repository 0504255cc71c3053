//! The kernel, its modules, and virtual machines, in recordings that are written here.

use std::path::{Path, PathBuf};

use rview_formats::symbols::{Finding, Module};
use rview_formats::{Document, Job, Options};
use rview_tests::recording::kind::{MMAP, SAMPLE};
use rview_tests::recording::sample_type::{BASE, CALLCHAIN};
use rview_tests::recording::{
    Event, GUEST_KERNEL, GUEST_USER, KERNEL, Recording, USER, build_id, feature, ids, text,
    trailer, words,
};

use crate::compare::described;
use crate::kinds;
use crate::written::{leaf, opened, opened_with};

/// Where the kernel was loaded, and a module of it.
const KERNEL_AT: u64 = 0xffff_ffff_9a00_0000;
const MODULE_AT: u64 = 0xffff_ffff_c010_0000;
/// Those of the files in `tests/fixtures/symbols`.
const KERNEL_ID: &str = "fee5e56ea89f283544014272633d5e3e513600ed";
const MODULE_ID: &str = "79ea268e64733449aaf1ad50b4866384d5b26333";
const MODULE_PATH: &str = "/lib/modules/6.1.0/extra/grove-tools.ko.xz";

/// Samples at some addresses of the kernel.
fn recording(addresses: &[u64], module: &str, module_id: Option<&str>) -> Recording {
    let mut recording = Recording::new([Event::new(BASE, 7)]);
    recording.map_kernel((KERNEL_AT, 0x4000_0000), KERNEL_AT, "[kernel.kallsyms]_text");
    recording.map_kernel((MODULE_AT, 0x1000), 0, module);
    let of_builds = [Some((KERNEL_ID, "[kernel.kallsyms]")), module_id.map(|id| (id, module))];
    let of_builds = of_builds.into_iter().flatten().flat_map(|(id, path)| build_id(id, path));
    recording.features = vec![(feature::BUILD_ID, of_builds.collect())];
    for (&address, time) in addresses.iter().zip(10..) {
        let base = words(&[7, address, ids(1, 1), time, 10]);
        recording.record(SAMPLE, KERNEL, &[base]);
    }
    recording
}

fn names(document: &Document) -> Vec<String> {
    (0..document.profile.samples().len()).map(|row| leaf(&document.profile, row)).collect()
}

fn module<'d>(document: &'d Document, path: &str) -> &'d Module {
    let profile = &document.profile;
    let is_it =
        |module: &&Module| profile.text(profile.mappings().row(module.mapping).path) == path;
    document.modules.iter().find(is_it).unwrap()
}

fn fixture(name: &str) -> PathBuf {
    rview_tests::fixtures_dir().join("symbols").join(name)
}

/// Writes what perf has copied of the symbols of the kernel.
fn write_kallsyms(folder: &Path, symbols: &str) {
    let (head, rest) = KERNEL_ID.split_at(2);
    let cached = folder.join(".build-id").join(head).join(rest);
    std::fs::create_dir_all(&cached).unwrap();
    std::fs::write(cached.join("kallsyms"), symbols).unwrap();
}

const IN_MODULE: [u64; 4] = [0x5, 0x18, 0x1e, 0x24];

#[test]
fn a_module_has_the_names_of_its_file_section_by_section() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("grove-tools.ko.xz"), folder.path().join("grove-tools.ko.xz")).unwrap();
    let addresses = IN_MODULE.map(|offset| MODULE_AT + offset);
    // What is freed after the start lies elsewhere in memory, and between the others in the file.
    let expected = ["prune", "graft", "[unknown]", "frost"];
    for (path, id) in [
        (MODULE_PATH, Some(MODULE_ID)),
        (MODULE_PATH, None),
        ("[grove_tools]", Some(MODULE_ID)),
        ("/lib/modules/6.1.0/grove-tools.ko", Some(MODULE_ID)),
    ] {
        let recording = recording(&addresses, path, id);
        let document = opened_with(&recording, &[folder.path().to_owned()]);
        assert_eq!(names(&document), expected, "{path}");
    }
    let other = recording(&addresses, MODULE_PATH, Some(KERNEL_ID));
    let document = opened_with(&other, &[folder.path().to_owned()]);
    assert!(names(&document).iter().all(|name| name == "[unknown]"));
    let tried = &module(&document, MODULE_PATH).lookup.tried;
    assert!(
        tried.iter().any(|tried| matches!(tried.found, Finding::OtherBuild { .. })),
        "{tried:?}"
    );
}

#[test]
fn kernel_and_modules_have_the_names_that_perf_has_copied() {
    let folder = tempfile::tempdir().unwrap();
    let symbols = |text_at: u64| {
        let module = MODULE_AT;
        format!(
            "{text_at:x} T _stext\n{text_at:x} T _text\n{text_at:x} T start\n{:x} t schedule\n\
             {:x} t prune\t[grove_tools]\n{:x} t other\t[grove]\n",
            text_at + 0x100,
            module + 0x10,
            module + 0x40,
        )
    };
    let addresses = [KERNEL_AT + 0x180, MODULE_AT + 0x18, MODULE_AT + 0x48];
    let recording = recording(&addresses, MODULE_PATH, None);
    let named = |text_at| {
        write_kallsyms(folder.path(), &symbols(text_at));
        names(&opened_with(&recording, &[folder.path().to_owned()]))
    };
    assert_eq!(named(KERNEL_AT), ["schedule", "prune", "prune"]);
    let of_another_start = named(KERNEL_AT - 0x20_0000);
    assert_eq!(of_another_start, ["schedule", "[unknown]", "[unknown]"], "modules were elsewhere");
}

#[test]
fn a_kernel_has_the_names_and_lines_of_its_file_wherever_it_was_loaded() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("kernel.debug"), folder.path().join("vmlinux")).unwrap();
    let recording = recording(&[KERNEL_AT + 0x40, KERNEL_AT + 0x55], MODULE_PATH, None);
    let dirs = vec![folder.path().to_owned()];
    let document = opened_with(&recording, &dirs);
    assert_eq!(names(&document), ["harvest", "_start"]);
    let options = Options { symbol_dirs: dirs, no_system_symbols: true, ..Options::default() };
    let document = document.symbolize(&Job::new(options)).unwrap();
    let profile = &document.profile;
    let lines = profile.symbols().lines(profile.samples().leaf(0));
    let lines: Vec<_> =
        lines.iter().map(|line| (profile.function_name(line.function), line.line)).collect();
    assert_eq!(lines, [("harvest", 11), ("weigh", 10)]);
}

#[test]
fn a_virtual_machine_has_none_of_the_names_of_its_host() {
    let mut recording = Recording::new([Event::new(BASE | CALLCHAIN, 7)]);
    // Its kernel is where a program of the host is.
    let guest = [words(&[ids(1, 1), 0x1000, 0x9000, 0]), text("[guest.kernel.kallsyms]_text")];
    recording.record(MMAP, GUEST_KERNEL, &[&guest[..], &[trailer(1, 5)]].concat());
    let (guest_user, user) = (2560_u64.wrapping_neg(), 512_u64.wrapping_neg());
    for (misc, chain) in [
        (GUEST_KERNEL, vec![0]),
        (GUEST_USER, vec![2, guest_user, 0x1100]),
        (USER, vec![2, user, 0x1100]),
    ] {
        let base = words(&[7, 0x1100, ids(1, 1), 10, 10]);
        recording.record(SAMPLE, misc, &[base, words(&chain)]);
    }
    let document = opened(&recording);
    let profile = &document.profile;
    let modules: Vec<_> =
        (0..3).map(|row| described(profile, profile.samples().leaf(row)).1).collect();
    assert_eq!(modules, ["[guest kernel]", "[guest]", "app"]);
    let notes = kinds(&document);
    assert!(notes.contains(&"guest"), "{notes:?}");
    let notes = document.report.notes();
    let missing = notes.iter().find(|note| note.kind == "symbols-missing");
    assert!(!missing.unwrap().text.contains("guest"));
}
