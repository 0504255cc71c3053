//! `cargo bench -p rview-tests --bench perf_data`: from the bytes of a recording to a profile.
//!
//! 200,000 samples of four threads, 20 deep, as `perf record -g` writes them: 45 MB.

use divan::Bencher;
use divan::counter::BytesCount;
use rview_formats::{Input, Job, Options, open};
use rview_tests::recording::sample_type::{CALLCHAIN, IP, PERIOD, TID, TIME};
use rview_tests::recording::{Event, Recording, USER, ids, kind, text, words};

fn main() {
    divan::main();
}

const N_SAMPLES: usize = 200_000;
const DEPTH: usize = 20;
const N_THREADS: usize = 4;
const N_FUNCTIONS: u64 = 4_000;
/// First address of the code, and how much of it there is for each function.
const CODE: u64 = 0x40_0000;
const FUNCTION_LEN: u64 = 256;
/// Addresses a function is seen at.
const N_ADDRESSES: u64 = 16;

/// Numbers that look random and are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 33) % end
    }
}

/// Stacks as a program makes them: each sample returns from a few calls of the one before and
/// makes a few others; most calls of a function are the usual ones.
fn recording() -> Vec<u8> {
    let mut random = Random(1);
    let event = Event { sample_type: IP | TID | TIME | CALLCHAIN | PERIOD, ..Event::default() };
    let mut recording = Recording::empty([event]);
    let map = words(&[ids(1, 1), CODE, N_FUNCTIONS * FUNCTION_LEN, 0]);
    recording.record(kind::MMAP, USER, &[map, text("/nowhere/app")]);
    let mut stacks = vec![[CODE; DEPTH]; N_THREADS];
    for sample in 0..N_SAMPLES {
        let thread = sample % N_THREADS;
        let stack = &mut stacks[thread];
        // One in two samples differs in the leaf only, one in four in its caller, and so on.
        let n_kept = DEPTH - 1 - (random.below(1 << 12).trailing_ones() as usize).min(DEPTH - 2);
        for depth in n_kept..DEPTH {
            let caller = stack[depth - 1] / FUNCTION_LEN;
            let callee = (caller * 31 + random.below(4).pow(2)) % N_FUNCTIONS;
            let call =
                if depth + 1 == DEPTH { random.below(N_ADDRESSES) * 16 } else { 5 + callee % 3 };
            stack[depth] = CODE + callee * FUNCTION_LEN + call;
        }
        let time = 1_000_000 + sample as u64 * 250_000;
        let tid = 1 + u32::try_from(thread).unwrap_or_default();
        let base = words(&[stack[DEPTH - 1], ids(1, tid), time, 250_000]);
        let head = words(&[DEPTH as u64 + 1, 512_u64.wrapping_neg()]);
        let chain = words(&stack.iter().rev().copied().collect::<Vec<u64>>());
        recording.record(kind::SAMPLE, USER, &[base, head, chain]);
    }
    recording.bytes()
}

/// 2026-11, one core of a busy virtual machine: 272 MB/s, the fastest of 20.
#[divan::bench(sample_count = 10)]
fn import(bencher: Bencher<'_, '_>) {
    let bytes: &'static [u8] = recording().leak();
    let input = Input::Static("bench", bytes);
    bencher.counter(BytesCount::of_slice(bytes)).bench_local(|| {
        let options = Options { no_system_symbols: true, ..Options::default() };
        let document = open(&input, &Job::new(options));
        assert!(document.is_ok_and(|document| document.profile.samples().len() == N_SAMPLES));
    });
}
