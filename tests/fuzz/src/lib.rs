//! What the fuzz targets share: one import, and what has to hold after it.

use std::path::PathBuf;
use std::sync::Arc;

use rview_formats::symbols::{
    Contents, Found, FoundFile, lines_at, packed_symbols, symbol_table,
};
use rview_formats::{IMPORTERS, ImportError, Importer, Job, Options, Source, detect};

/// Declares the fuzz target of the importer with a name. The bytes go to it whatever they look
/// like, without wrappers.
#[macro_export]
macro_rules! fuzz_importer {
    ($name:literal) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::import($name, bytes));
    };
}

/// Imports the bytes with the importer of that name.
///
/// # Panics
///
/// When there is none, or the profile breaks an invariant.
pub fn import(name: &str, bytes: &[u8]) {
    let importer = IMPORTERS.iter().find(|importer| importer.name() == name);
    let importer = importer.expect("a target is called as its importer");
    check(*importer, &Source::from_vec(bytes.to_vec()), &job());
}

/// Opens the bytes as the app does: unwrapped, by the importer that claims them.
///
/// # Panics
///
/// When the profile breaks an invariant.
pub fn open(bytes: &[u8]) {
    let job = job();
    let opened = Source::from_vec(bytes.to_vec()).unwrap(&job).and_then(|source| {
        let importer = detect(&source)?;
        Ok::<_, ImportError>((source, importer))
    });
    if let Ok((source, importer)) = opened {
        check(importer, &source, &job);
    }
}

/// Reads the bytes as a binary: its symbols, packed ones too, and its debug information.
pub fn symbols(bytes: &[u8]) {
    let Some(contents) = Contents::of(bytes) else { return };
    let packed = packed_symbols(bytes);
    let table = symbol_table(bytes, packed.as_deref()).unwrap_or_default();
    let starts = contents.segments.iter().take(8).map(|segment| segment.address);
    let starts = starts.chain(table.symbols().iter().take(64).map(|symbol| symbol.address));
    let mut addresses: Vec<u64> =
        starts.flat_map(|start| (0..16).map(move |n| start.wrapping_add(n * 8))).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let source = Arc::new(Source::from_vec(bytes.to_vec()));
    let file = FoundFile { path: PathBuf::from("a.bin"), source };
    let found = Found { shared: Some(file.clone()), lines: Some(file), ..Found::default() };
    lines_at(&found, &addresses, &job());
}

/// Never looks at the binaries of this machine: a crash must happen again elsewhere.
fn job() -> Job {
    Job::new(Options { no_system_symbols: true, ..Options::default() })
}

fn check(importer: &dyn Importer, source: &Source, job: &Job) {
    job.set_total(source.len() as u64);
    if let Ok(profile) = importer.import(source, job) {
        profile.check().unwrap();
    }
}
