//! `cargo bench -p rview-core --bench search`: what a keystroke in the search field costs.
//!
//! A million functions with names as C++ has them, 51 bytes on average, in 300 binaries and
//! 20,000 files.
//!
//! | search, two cores              | least, median of 100 |
//! |--------------------------------|----------------------|
//! | `json`                         | 9, 12 ms             |
//! | `zzz`, which is in no name     | 11, 13 ms            |
//! | `Json`                         | 9, 11 ms             |
//! | `json visit`                   | 18, 22 ms            |
//! | `module:lib7`                  | 2, 2 ms              |
//! | `file:module9`                 | 10, 11 ms            |
//! | `self>100us`                   | 4, 6 ms              |
//! | `name:cache -re2 OR flush`     | 28, 40 ms            |
//! | `/Json.*visit/`                | 45, 54 ms            |
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on may panic")]

use divan::Bencher;
use divan::counter::ItemsCount;
use rview_core::search::{Figures, Search};
use rview_core::{
    CallPaths, Function, FunctionTotals, Mapping, Measure, PathWeights, Profile, ProfileBuilder,
    Sample, Selection, Unit,
};

fn main() {
    divan::main();
}

const N_FUNCTIONS: usize = 1_000_000;

const SPACES: [&str; 6] =
    ["std::", "absl::base_internal::", "v8::internal::", "net::", "re2::", ""];
const VERBS: [&str; 8] =
    ["Parse", "Allocate", "visit", "Compute", "serialize", "Lookup", "flush", "RunTask"];
const NOUNS: [&str; 8] =
    ["Header", "JsonObject", "Map", "RegExpTree", "socket", "Cache", "Message", "StringView"];

/// Every function has a sample, so that all of them weigh something.
fn profile() -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let value_type = builder.value_type("cpu", Unit::Nanoseconds);
    let mappings: Vec<_> = (0..300)
        .map(|number| {
            let path = builder.string(&format!("/usr/lib/x86_64-linux-gnu/lib{number}.so"));
            let (build_id, start, end, file_offset) = (None, 0, 0, 0);
            builder.mapping(Mapping { path, build_id, start, end, file_offset })
        })
        .collect();
    for number in 0..N_FUNCTIONS {
        let of = |list: &[&'static str], step: usize| list[number / step % list.len()];
        let name = format!(
            "{}{}{}<{}>::operator()({number})",
            of(&SPACES, 1),
            of(&VERBS, 5),
            of(&NOUNS, 3),
            of(&NOUNS, 7)
        );
        let name = builder.string(&name);
        let file =
            Some(builder.string(&format!("src/module{}/file{}.cc", number % 100, number % 20_000)));
        let mapping = Some(mappings[number % mappings.len()]);
        let function = Function { file, mapping, ..Function::named(name) };
        let function = builder.function(function);
        let leaf = builder.named_frame(rview_core::Line { function, line: 0 });
        builder.sample(Sample { time_ns: None, thread, callers: None, leaf, labels: None });
        builder.weight(value_type, i64::try_from(number).unwrap()).unwrap();
    }
    builder.finish().0
}

#[divan::bench(args = [
    "p", "json", "zzz", "Json", "json visit", "/Json.*visit/", "name:cache -re2 OR flush",
    "module:lib7", "file:module9", "self>100us", "total>=0.0001% parse",
])]
fn keystroke(bencher: Bencher<'_, '_>, text: &str) {
    let profile = profile();
    let (paths, measure) = (CallPaths::new(&profile), Measure::default_of(&profile).unwrap());
    let weights = PathWeights::new(&profile, &paths, measure, &Selection::default());
    let totals = FunctionTotals::new(&profile, &paths, &weights);
    let reference = Some(weights.reference());
    let unit = &Unit::Nanoseconds;
    let figures = Figures { totals: &totals, counts: None, unit, reference };
    bencher
        .counter(ItemsCount::new(N_FUNCTIONS))
        .bench(|| Search::new(text).unwrap().functions(&profile, Some(figures)).unwrap());
}
