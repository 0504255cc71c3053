//! Hostile binaries: everything that is read of one, with the rules it has to keep.

use std::path::PathBuf;
use std::sync::Arc;

use rview_formats::symbols::{Contents, Found, FoundFile, lines_at, packed_symbols, symbol_table};
use rview_formats::{Job, Options, Source};

use crate::counting::peak_during;
use crate::trial::max_bytes;

/// Reads the symbols of a binary, packed ones too, and its debug information at addresses all
/// over it. `case` is any number to find it again by.
///
/// # Errors
///
/// When it allocates too much.
pub fn read(bytes: Vec<u8>, case: u64) -> Result<(), String> {
    let len = bytes.len();
    let most = max_bytes(len);
    let ((), peak) = peak_during(case, || read_all(bytes));
    if peak > most {
        return Err(format!("allocates too much\n{peak} bytes for {len}, at most {most}"));
    }
    Ok(())
}

fn read_all(bytes: Vec<u8>) {
    let Some(contents) = Contents::of(&bytes) else { return };
    let packed = packed_symbols(&bytes);
    let table = symbol_table(&bytes, packed.as_deref()).unwrap_or_default();
    let starts = contents.segments.iter().take(8).map(|segment| (segment.address, 256));
    let starts = starts.chain(table.symbols().iter().take(64).map(|symbol| (symbol.address, 8)));
    let mut addresses: Vec<u64> =
        starts.flat_map(|(start, n)| (0..n).map(move |n| start.wrapping_add(n * 8))).collect();
    addresses.sort_unstable();
    addresses.dedup();
    for &address in &addresses {
        table.lookup(address);
    }
    drop(table);
    let source = Arc::new(Source::from_vec(bytes));
    let file = FoundFile { path: PathBuf::from("a.bin"), source };
    let found = Found { shared: Some(file.clone()), lines: Some(file), ..Found::default() };
    let options = Options { no_system_symbols: true, ..Options::default() };
    let lines = lines_at(&found, &addresses, &Job::new(options));
    assert_eq!(lines.len(), addresses.len(), "an answer for each address");
}
