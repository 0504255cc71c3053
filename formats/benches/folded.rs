//! Import of 100,000 folded stacks, 20 frames deep, of 10,000 functions.
//!
//! Measured as CPU time on a busy virtual machine with two cores of an AMD EPYC, 2026-11: 157 to
//! 210 ms for 61 MB (290 to 390 MB/s).
//!
//! Seeded hashes cost nothing that shows: 157 to 195 ms with `foldhash` at `opt-level = 2`, of five
//! runs on the same machine.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on may panic")]

use std::fmt::Write as _;

use divan::counter::BytesCount;
use rview_formats::{Job, Source, detect};

fn main() {
    divan::main();
}

#[divan::bench]
fn import(bencher: divan::Bencher<'_, '_>) {
    let source = Source::from_vec(stacks().into_bytes());
    let importer = detect(&source).unwrap();
    assert_eq!(importer.name(), "folded");
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| importer.import(&source, &Job::default()).unwrap());
}

/// A program in which each function calls four others, mostly the first of them; sorted, as the
/// tools write it.
fn stacks() -> String {
    let mut random = 7_u64;
    let mut lines = Vec::new();
    for _ in 0..100_000 {
        let mut line = String::new();
        let mut function = 1;
        for depth in 0..20 {
            let separator = if depth == 0 { "" } else { ";" };
            let package = function % 97;
            write!(line, "{separator}service.package{package}.function{function}").unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let callee = (random >> 60).min(random >> 56 & 15) / 4;
            function = 1 + (function * 31 + callee * 977 + 13) % 10_000;
        }
        writeln!(line, " {}", 1 + (random >> 40) % 9).unwrap();
        lines.push(line);
    }
    lines.sort();
    lines.concat()
}
