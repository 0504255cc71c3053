//! What the comparison of recordings finds, and what it takes for a change that is none: recordings
//! of which the truth is known are made at random and compared.
//!
//! `cargo run --release -p rview-core --example chance` prints the tables of `docs/comparing.md`.
//! It prints the same on every run.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "an experiment prints, or fails")]

use rview_core::diff::{Comparison, Mode, NameRule, Side};
use rview_core::{Line, Profile, ProfileBuilder, Sample, Selection, Unit};

/// Changes to be found, as parts of what was there before.
const CHANGES: [f64; 4] = [0.0, 0.05, 0.1, 0.2];

/// Functions of a program.
const N_FUNCTIONS: usize = 200;

fn main() {
    let mut random = fastrand::Rng::with_seed(1);
    println!("One function, two recordings: called changed where it changed by");
    head("samples of it");
    for samples in [100.0, 1_000.0, 10_000.0, 100_000.0] {
        row(&format!("{samples}"), |change| {
            let means = [vec![samples], vec![samples * (1.0 + change)]];
            let is_found = |random: &mut _| !changed(&means, [1, 1], 0.0, random).is_empty();
            share(4000, &mut random, is_found)
        });
    }

    println!("\nA program of {N_FUNCTIONS} functions, of which one of 5 % changed: that is found");
    head("samples of all");
    for samples in [1_000.0, 10_000.0, 100_000.0] {
        row(&format!("{samples}"), |change| {
            let means = [program(samples, 0.0), program(samples, change)];
            let is_found = |random: &mut _| {
                let found = changed(&means, [1, 1], 0.0, random);
                // Where nothing changed, any is a false alarm.
                if change == 0.0 { !found.is_empty() } else { found.contains(&CHANGED) }
            };
            share(400, &mut random, is_found)
        });
    }
    println!(
        "\nThe same with 5 recordings a side of 10000 samples each, of which times vary by 2 %"
    );
    head("recordings");
    for n in [3, 5, 10] {
        row(&format!("{n} a side"), |change| {
            let means = [program(10_000.0, 0.0), program(10_000.0, change)];
            let is_found = |random: &mut _| {
                let found = changed(&means, [n, n], 0.02, random);
                if change == 0.0 { !found.is_empty() } else { found.contains(&CHANGED) }
            };
            share(200, &mut random, is_found)
        });
    }

    for spread in [0.02, 0.05] {
        println!("\nOne function of 10000 samples, of which times vary by {} %", spread * 100.0);
        head("recordings");
        for n in [2, 3, 5, 10] {
            row(&format!("{n} a side"), |change| {
                let means = [vec![10_000.0], vec![10_000.0 * (1.0 + change)]];
                let is_found = |random: &mut _| !changed(&means, [n, n], spread, random).is_empty();
                share(2000, &mut random, is_found)
            });
        }
    }
}

fn head(of: &str) {
    println!("{of:>16} {:>10} {:>8} {:>8} {:>8}", "no change", "+5 %", "+10 %", "+20 %");
}

/// A line of a table: what each change gives, in percent.
fn row(name: &str, mut of: impl FnMut(f64) -> f64) {
    let [none, five, ten, twenty] = CHANGES.map(|change| format!("{:.1} %", of(change) * 100.0));
    println!("{name:>16} {none:>10} {five:>8} {ten:>8} {twenty:>8}");
}

/// How often something is so.
fn share(
    n_runs: u32,
    random: &mut fastrand::Rng,
    mut is_so: impl FnMut(&mut fastrand::Rng) -> bool,
) -> f64 {
    let n_found = (0..n_runs).filter(|_| is_so(random)).count();
    n_found as f64 / f64::from(n_runs)
}

/// The function that changes.
const CHANGED: usize = 0;

/// Mean samples of the functions of a program: one has 5 %, the others fewer and fewer.
fn program(samples: f64, change: f64) -> Vec<f64> {
    let others: f64 = (1..N_FUNCTIONS).map(|rank| 1.0 / rank as f64).sum();
    let mut means: Vec<f64> =
        (0..N_FUNCTIONS).map(|rank| samples * 0.95 / others / rank.max(1) as f64).collect();
    means[CHANGED] = samples * 0.05 * (1.0 + change);
    means
}

/// The functions that are called changed between recordings made at random.
fn changed(
    means: &[Vec<f64>; 2],
    n_recordings: [usize; 2],
    spread: f64,
    random: &mut fastrand::Rng,
) -> Vec<usize> {
    let mut profiles: [Vec<Profile>; 2] = Default::default();
    for ((side, means), n) in profiles.iter_mut().zip(means).zip(n_recordings) {
        side.extend((0..n).map(|_| recording(means, spread, random)));
    }
    let selection = Selection::default();
    let sides = profiles.each_ref().map(|profiles| -> Vec<Side<'_>> {
        profiles.iter().map(|profile| Side { profile, selection: &selection }).collect()
    });
    let sides = [&*sides[0], &*sides[1]];
    let comparison = Comparison::of_several(sides, &Mode::Absolute, &NameRule::ALL, None);
    let rows = comparison.expect("they measure the same").rows;
    rows.iter()
        .filter(|row| row.self_[0].is_significant() == Some(true))
        .map(|row| {
            let at = usize::from(row.functions[0].is_none());
            let function = row.functions[at].expect("one of them is there");
            let name = profiles[at][row.recordings[at]].function_name(function);
            name.trim_start_matches('f').parse().expect("a number")
        })
        .collect()
}

/// A recording in which each function has about so many samples: its time varies from run to
/// run by a part of it, and the samples of that are counted.
fn recording(means: &[f64], spread: f64, random: &mut fastrand::Rng) -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let samples = builder.value_type("samples", Unit::Count);
    for (number, mean) in means.iter().enumerate() {
        let n = poisson(mean * (1.0 + spread * normal(random)).max(0.0), random);
        if n == 0 {
            continue;
        }
        let function = builder.function_named(&format!("f{number}"));
        let leaf = builder.named_frame(Line { function, line: 0 });
        builder.sample(Sample { time_ns: None, thread, callers: None, leaf, labels: None });
        builder.weight(samples, n).expect("few samples");
    }
    builder.finish().0
}

/// How many events come where so many are expected: between two is an exponential time. Of
/// many, the normal distribution is all but the same.
#[expect(clippy::cast_possible_truncation, reason = "rounded")]
fn poisson(mean: f64, random: &mut fastrand::Rng) -> i64 {
    if mean > 500.0 {
        return (mean + mean.sqrt() * normal(random)).round().max(0.0) as i64;
    }
    let exponential = |random: &mut fastrand::Rng| -(1.0 - random.f64()).ln();
    let (mut time, mut n) = (exponential(random), 0);
    while time < mean {
        time += exponential(random);
        n += 1;
    }
    n
}

/// A number of the normal distribution, as Box and Muller make them.
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}
