//! `cargo bench -p rview-formats --bench debug_info`: lines and inlined functions at 100,000
//! addresses of a binary.
//!
//! The binary is this benchmark itself, or the one that `RVIEW_BENCH_BINARY` names: one with
//! some 100 MB of debug sections shows more.

use std::path::PathBuf;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use rview_formats::symbols::{Contents, Found, FoundFile, lines_at, symbol_table};
use rview_formats::{Job, Source};

fn main() {
    divan::main();
}

const N_ADDRESSES: u64 = 100_000;

fn binary() -> FoundFile {
    let path = std::env::var_os("RVIEW_BENCH_BINARY").map(PathBuf::from);
    let path = path.or_else(|| std::env::current_exe().ok()).unwrap_or_default();
    let source = Source::open(&path).unwrap_or_else(|_| Source::from_vec(Vec::new()));
    FoundFile { path, source: Arc::new(source) }
}

/// Addresses all over the segments, at equal distances.
fn addresses(bytes: &[u8]) -> Vec<u64> {
    let segments = Contents::of(bytes).unwrap_or_default().segments;
    let len: u64 = segments.iter().map(|segment| segment.file_size).sum();
    let step = usize::try_from((len / N_ADDRESSES).max(1)).unwrap_or(1);
    let mut addresses: Vec<u64> = segments
        .iter()
        .flat_map(|segment| (segment.address..segment.address + segment.file_size).step_by(step))
        .collect();
    addresses.sort_unstable();
    addresses
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn lines_and_inlined_functions(bencher: Bencher<'_, '_>) {
    let file = binary();
    let addresses = addresses(&file.source);
    let found = Found { lines: Some(file), ..Found::default() };
    bencher
        .counter(ItemsCount::new(addresses.len()))
        .bench_local(|| lines_at(&found, &addresses, &Job::default()));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn symbol_table_alone(bencher: Bencher<'_, '_>) {
    let file = binary();
    bencher.bench_local(|| symbol_table(&file.source, None).map(|table| table.len()));
}
