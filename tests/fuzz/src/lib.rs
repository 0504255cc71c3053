//! What the fuzz targets share: one import, and what has to hold after it.

use rview_core::{CallPaths, Profile, Selection};
use rview_formats::export::pprof_uncompressed;
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

/// Imports the bytes as a pprof profile, writes it, and reads it again.
///
/// # Panics
///
/// When what was written does not read as it was.
pub fn round_trip(bytes: &[u8]) {
    let importer = IMPORTERS.iter().find(|importer| importer.name() == "pprof").unwrap();
    let Ok(profile) = importer.import(&Source::from_vec(bytes.to_vec()), &job()) else { return };
    let paths = CallPaths::new(&profile);
    let written = pprof_uncompressed(&profile, &paths, &Selection::default());
    let again = importer.import(&Source::from_vec(written), &job()).unwrap();
    again.check().unwrap();
    for (before, after) in profile.value_type_ids().zip(again.value_type_ids()) {
        let total = |profile: &Profile, id| profile.samples().weights(id).total();
        assert_eq!(total(&profile, before), total(&again, after));
    }
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
