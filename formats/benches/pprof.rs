//! Import of a pprof profile of 100,000 samples, 20 locations deep, of 10,000 functions.
//!
//! Measured as CPU time on a busy virtual machine with two cores of an AMD EPYC, 2026-11: 56 to
//! 80 ms for 5.06 MB of distinct stacks (63 to 90 MB/s, 30 to 40 ns a location), 34 to 40 ms for
//! repeated ones (127 to 149 MB/s). What is left is the memory latency of new stacks. A heap
//! profile of a service in Go, 314 KB with its names, reached 114 MB/s.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on may panic")]

use divan::counter::BytesCount;
use fastrand::Rng;
use rview_formats::{Job, Source, detect};

fn main() {
    divan::main();
}

const N_FUNCTIONS: u64 = 10_000;
const N_SAMPLES: usize = 100_000;
const DEPTH: usize = 20;

#[divan::bench]
fn import(bencher: divan::Bencher<'_, '_>) {
    let source = Source::from_vec(profile(Stacks::Distinct));
    bench(bencher, &source);
}

/// Profiles of people who label their samples have the same stack many times.
#[divan::bench]
fn import_of_repeated_stacks(bencher: divan::Bencher<'_, '_>) {
    let source = Source::from_vec(profile(Stacks::Repeated));
    bench(bencher, &source);
}

fn bench(bencher: divan::Bencher<'_, '_>, source: &Source) {
    let importer = detect(source).unwrap();
    assert_eq!(importer.name(), "pprof");
    bencher
        .counter(BytesCount::new(source.len()))
        .bench(|| importer.import(source, &Job::default()).unwrap());
}

#[derive(Clone, Copy)]
enum Stacks {
    /// Nearly each is another.
    Distinct,
    /// There are a thousand of them.
    Repeated,
}

fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    message.push(u8::try_from(number).unwrap());
}

fn int(message: &mut Vec<u8>, field: u64, number: u64) {
    varint(message, field << 3);
    varint(message, number);
}

fn bytes(message: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(message, field << 3 | 2);
    varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn packed(message: &mut Vec<u8>, field: u64, numbers: &[u64]) {
    let mut list = Vec::new();
    for &number in numbers {
        varint(&mut list, number);
    }
    bytes(message, field, &list);
}

/// Location `i` is function `i` at one place. A stack leaves an earlier one up to six calls above
/// its leaf, so that a seventh of the call sites is new with each sample, as in heap profiles of
/// services in Go.
fn profile(stacks: Stacks) -> Vec<u8> {
    let mut file = Vec::new();
    for name in [1, 3] {
        let mut value_type = Vec::new();
        int(&mut value_type, 1, name);
        int(&mut value_type, 2, name + 1);
        bytes(&mut file, 1, &value_type);
    }
    let mut random = Rng::with_seed(7);
    let mut seen: Vec<[u64; DEPTH]> = vec![[1; DEPTH]];
    for index in 0..N_SAMPLES {
        let mut stack = seen[random.usize(..seen.len())];
        if matches!(stacks, Stacks::Distinct) || seen.len() < 1000 {
            for location in stack.iter_mut().take(random.usize(1..7)) {
                *location = 1 + random.u64(..N_FUNCTIONS);
            }
            seen.push(stack);
        }
        let mut sample = Vec::new();
        packed(&mut sample, 1, &stack);
        packed(&mut sample, 2, &[1, 10_000_000]);
        let mut label = Vec::new();
        int(&mut label, 1, 5);
        int(&mut label, 3, index as u64 % 16);
        bytes(&mut sample, 3, &label);
        bytes(&mut file, 2, &sample);
    }
    for id in 1..=N_FUNCTIONS {
        let mut line = Vec::new();
        int(&mut line, 1, id);
        int(&mut line, 2, id % 1000);
        let mut location = Vec::new();
        int(&mut location, 1, id);
        int(&mut location, 3, 0x40_0000 + id * 64);
        bytes(&mut location, 4, &line);
        bytes(&mut file, 4, &location);
        let mut function = Vec::new();
        int(&mut function, 1, id);
        int(&mut function, 2, 5 + id);
        bytes(&mut file, 5, &function);
    }
    for text in ["", "samples", "count", "cpu", "nanoseconds", "shard"] {
        bytes(&mut file, 6, text.as_bytes());
    }
    for id in 1..=N_FUNCTIONS {
        let text = format!("example.com/service/internal/package{}.function{id}", id % 97);
        bytes(&mut file, 6, text.as_bytes());
    }
    file
}
