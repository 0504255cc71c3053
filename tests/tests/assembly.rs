//! Instructions of functions, as objdump shows them, with what perf says they weigh.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::path::Path;

use rview_core::{FrameId, Measure, Selection, Shape, Shaped, address_costs};
use rview_formats::symbols::{Assembly, NoAssembly, assembly};
use rview_formats::{Document, Input, Job, Options, open};
use rview_tests::fixtures_dir;

fn options(dir: &Path) -> Options {
    Options { symbol_dirs: vec![dir.to_owned()], no_system_symbols: true, ..Options::default() }
}

fn inlines() -> Document {
    let dir = fixtures_dir().join("perf.data");
    open(&Input::Path(dir.join("inlines.perf.data")), &Job::new(options(&dir))).unwrap()
}

/// A leaf in a function.
fn leaf_in(document: &Document, name: &str) -> FrameId {
    let profile = &document.profile;
    let (symbols, samples) = (profile.symbols(), profile.samples());
    let is_it = |frame: &FrameId| {
        symbols.lines(*frame).iter().any(|line| profile.function_name(line.function) == name)
    };
    (0..samples.len()).map(|sample| samples.leaf(sample)).find(is_it).unwrap()
}

fn cook(document: &Document) -> Assembly {
    let job = Job::new(options(&fixtures_dir().join("perf.data")));
    let (profile, modules) = (&document.profile, &document.modules);
    assembly(profile, modules, leaf_in(document, "cook"), &job).unwrap()
}

/// The instructions of a function by objdump: address and mnemonic.
fn by_objdump(function: &str) -> Vec<(u64, String)> {
    let text = std::fs::read_to_string(fixtures_dir().join("perf.data/inlines.asm.txt")).unwrap();
    let start = format!("<{function}>:");
    let lines = text.lines().skip_while(|line| !line.ends_with(&start)).skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let mut all: Vec<(u64, String)> = lines
        .map(|line| {
            let (address, text) = line.trim().split_once(':').unwrap();
            let mnemonic = text.split_whitespace().next().unwrap().to_owned();
            (u64::from_str_radix(address, 16).unwrap(), mnemonic)
        })
        .collect();
    // It goes on to the next function; what fills the room between is of neither.
    while all.last().is_some_and(|(_, mnemonic)| mnemonic == "nop") {
        all.pop();
    }
    all
}

#[test]
fn a_function_has_the_instructions_that_objdump_shows() {
    let assembly = cook(&inlines());
    assert_eq!(assembly.symbol, "cook");
    let got: Vec<(u64, String)> = assembly
        .instructions
        .iter()
        .map(|it| {
            let mnemonic = it.text.split(' ').next().unwrap().to_owned();
            (it.address.wrapping_add(assembly.to_symbol), mnemonic)
        })
        .collect();
    assert_eq!(got, by_objdump("cook"));
    assert!(!assembly.is_cut);
    let first = &assembly.instructions[1];
    assert_eq!(first.text, "je 0x400158", "jumps tell where to, as objdump does");
}

#[test]
fn instructions_have_the_line_of_the_innermost_function() {
    let assembly = cook(&inlines());
    let line_at = |address: u64| {
        let is_it = |it: &&rview_formats::symbols::Instruction| {
            it.address.wrapping_add(assembly.to_symbol) == address
        };
        let (file, line) = assembly.instructions.iter().find(is_it).unwrap().line.unwrap();
        (assembly.files[file as usize].clone(), line)
    };
    let oracle = fixtures_dir().join("perf.data/inlines.oracle.txt");
    let mut n_checked = 0;
    for said in std::fs::read_to_string(oracle).unwrap().lines() {
        let (address, lines) = said.split_once(' ').unwrap();
        let address = u64::from_str_radix(address, 16).unwrap();
        let is_one = |&(at, _): &(u64, String)| at == address;
        if !by_objdump("cook").iter().any(is_one) {
            continue;
        }
        let innermost = lines.rsplit(" > ").next().unwrap();
        let (file, line) = innermost.split_once(' ').unwrap().1.rsplit_once(':').unwrap();
        assert_eq!(line_at(address), (file.to_owned(), line.parse().unwrap()), "{address:x}");
        n_checked += 1;
    }
    assert!(n_checked > 3, "{n_checked}");
}

#[test]
fn instructions_weigh_what_perf_says() {
    let document = inlines();
    let assembly = cook(&document);
    let profile = &document.profile;
    let shaped = Shaped::new(profile, Shape::default());
    let mapping = profile.frames().mapping(leaf_in(&document, "cook")).unwrap();
    let measure = Measure::default_of(profile).unwrap();
    let all = (mapping, 0..u64::MAX);
    let costs = address_costs(profile, &shaped.paths, measure, &Selection::default(), all);
    let got: BTreeMap<u64, i64> = costs
        .iter()
        .map(|cost| (cost.address.wrapping_add(assembly.to_symbol), cost.self_))
        .collect();
    let said = std::fs::read_to_string(fixtures_dir().join("perf.data/inlines.ips.txt")).unwrap();
    let said: BTreeMap<u64, i64> = said
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let address = u64::from_str_radix(words.next().unwrap(), 16).unwrap();
            (address, words.nth(1).unwrap().parse().unwrap())
        })
        .collect();
    assert_eq!(got, said);
}

#[test]
fn without_the_binary_or_for_another_processor_it_is_said_why() {
    let document = inlines();
    let frame = leaf_in(&document, "cook");
    let nowhere = Options { no_system_symbols: true, ..Options::default() };
    let found = assembly(&document.profile, &document.modules, frame, &Job::new(nowhere));
    assert!(matches!(&found, Err(NoAssembly::NotFound(name)) if name.contains("inlines.bin")));
    let found = assembly(&document.profile, &[], frame, &Job::default());
    assert_eq!(found, Err(NoAssembly::NoFile));
}
