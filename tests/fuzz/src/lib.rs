//! What the fuzz targets share: one import, and what has to hold after it.

use rview_formats::IMPORTERS;
use rview_tests::binary;
use rview_tests::counting::Counting;
use rview_tests::trial::{Via, try_import};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
/// When there is none, or a rule of [`try_import`] is broken.
pub fn import(name: &str, bytes: &[u8]) {
    let importer = IMPORTERS.iter().find(|importer| importer.name() == name);
    let importer = importer.expect("a target is called as its importer");
    check(bytes, Via::Importer(*importer));
}

/// Opens the bytes as the app does: unwrapped, by the importer that claims them.
///
/// # Panics
///
/// When a rule of [`try_import`] is broken.
pub fn open(bytes: &[u8]) {
    check(bytes, Via::Open);
}

/// Reads the bytes as a binary: its symbols, packed ones too, and its debug information.
///
/// # Panics
///
/// When that allocates too much.
pub fn symbols(bytes: &[u8]) {
    if let Err(broken) = binary::read(bytes.to_vec(), 0) {
        panic!("{broken}");
    }
}

fn check(bytes: &[u8], via: Via) {
    if let Err(broken) = try_import(bytes.to_vec(), via, 0) {
        panic!("{broken}");
    }
}
