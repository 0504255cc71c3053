//! Tests of budgets.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::diff::{FunctionName, Rename};
use crate::testing::{self, random};
use crate::{Profile, Selection};

/// What a condition is read as, or what is wrong with it, under its place.
fn read(text: &str) -> String {
    match Condition::new(text) {
        Ok(condition) => {
            let of = match &condition.of {
                Of::Whole => "the whole",
                Of::Functions(_) => "functions",
                Of::Slices { .. } => "slices",
            };
            let Limit { amount, change } = condition.limit;
            let of_what = change.map_or("as is".to_owned(), |direction| format!("{direction:?}"));
            format!("{} of {of} {} {amount} {of_what}", condition.figure, condition.comparison)
        }
        Err(error) => {
            let column = text[..error.position].chars().count();
            format!("{text}\n{}^ {}", " ".repeat(column), error.message)
        }
    }
}

#[track_caller]
fn check_read(text: &str, expected: &str) {
    assert_eq!(read(text), testing::unindent(expected));
}

#[test]
fn conditions_are_read() {
    check_read("total(parse*) > +5%", "total of functions > 5% Up");
    check_read(" self ( module:libssl )>10 ms ", "self of functions > 10ms as is");
    check_read("total(render) < 16ms", "total of functions < 16ms as is");
    check_read("p99(slice:frame) <= 33ms", "p99 of slices <= 33ms as is");
    check_read("p99.9(slice:/^f(a|b)/) > -0.5%", "p99.9 of slices > 0.5% Down");
    check_read("total > +2.50%", "total of the whole > 2.5% Up");
    check_read("self(foo(int, char)) > −1", "self of functions > 1 Down");
    check_read("count(slice:frame duration>16ms) = 0", "count of slices = 0 as is");
}

#[test]
fn what_is_not_written_to_the_end_is_an_error() {
    for (text, expected) in [
        ("self((*) > 5", "     ^ this parenthesis is never closed"),
        ("self(*() > 5", "      ^ this parenthesis is never closed"),
        ("self(\"a) > 5", "     ^ this quote is never closed"),
        ("self(a module:) > 5", "              ^ a text or a number is expected here"),
        ("self(a OR) > 5", "         ^ OR stands between what is asked"),
        ("self(OR a) > 5", "       ^ OR stands between what is asked"),
        ("self(a - b) > 5", "        ^ what must not match is expected here"),
        ("min(slice:a arg.x=) > 5ms", "                  ^ a value is expected here"),
        (
            "min(slice:a duration>) > 5ms",
            "                     ^ a text or a number is expected here",
        ),
    ] {
        assert_eq!(read(text), format!("{text}\n{expected}"));
    }
    check_read("self((a OR b) c) > 5", "self of functions > 5 as is");
    check_read("self(operator()(int)) > 5", "self of functions > 5 as is");
    check_read(r#"self("odd (") > 5"#, "self of functions > 5 as is");
}

#[test]
fn an_error_is_at_its_place() {
    let nothing = read("");
    assert!(nothing.starts_with("\n^ a figure is expected here, not nothing"), "{nothing}");
    check_read(
        "time(a) > 1",
        "
        time(a) > 1
        ^ a figure is expected here, not `time`: self, total, count, min, mean, p50 to p99.9 and max",
    );
    check_read(
        "total(a > 5%",
        "
        total(a > 5%
             ^ this parenthesis is never closed",
    );
    check_read(
        "total( ) > 5%",
        "
        total( ) > 5%
               ^ what is to be weighed is expected here, such as parse*",
    );
    check_read(
        "total(/a(/) > 5%",
        "
        total(/a(/) > 5%
                ^ unclosed group",
    );
    check_read(
        "total(a) 5%",
        "
        total(a) 5%
                 ^ a comparison is expected here: <, <=, >, >= or =",
    );
    check_read(
        "total(a) > +ä",
        "
        total(a) > +ä
                    ^ a number is expected here, such as 16ms, 5% or +5%",
    );
    check_read(
        "total(a) > 5 apples",
        "
        total(a) > 5 apples
                     ^ apples is no unit: %, ns, us, ms, s, min, h, B, KiB, MiB, GiB, k, M, G",
    );
    check_read(
        "p99(render) > 5ms",
        "
        p99(render) > 5ms
        ^ p99 is of slices: write p99(slice:render)",
    );
    check_read(
        "total(a thread:b) > 5ms",
        "
        total(a thread:b) > 5ms
                ^ thread is not for functions, but for slices and Only",
    );
    check_read(
        "p50(slice:a) > 5",
        "
        p50(slice:a) > 5
                       ^ a time needs its unit, such as 16ms",
    );
}

/// A recording whose slices have no arguments.
fn recording<'a>(profile: &'a Profile, selection: &'a Selection) -> Recording<'a> {
    Recording { side: Side { profile, selection }, arguments: &|_| Vec::new() }
}

/// How a budget comes out: the verdict, the values of both sides, how many names there are.
fn outcome(sides: [&[&Profile]; 2], budget: &str) -> String {
    let (kind, text) = match budget.strip_prefix("require ") {
        Some(text) => (Kind::Require, text),
        None => (Kind::FailIf, budget),
    };
    let condition = Condition::new(text).unwrap();
    let budget = Budget { condition, kind, measure: None, may_be_missing: false };
    let selection = Selection::default();
    let sides = sides.map(|profiles| {
        profiles.iter().map(|profile| recording(profile, &selection)).collect::<Vec<_>>()
    });
    let terms = Terms { mode: Mode::Absolute, chance: Chance::Excuses, renames: Vec::new() };
    match budget.check([&sides[0], &sides[1]], &terms) {
        Err(error) => format!("{} at {}", error.message, error.position),
        Ok(outcome) => {
            let mut text = format!("{:?}", outcome.verdict);
            if let Some(base) = outcome.base {
                write!(text, " {} →", base.mean).unwrap();
            }
            write!(text, " {} {}", outcome.new.mean, outcome.unit).unwrap();
            for name in &outcome.names {
                write!(text, " {name}").unwrap();
            }
            let has_base = outcome.base.is_some();
            let missing = ["new", "gone"].into_iter().zip(outcome.is_missing);
            missing
                .filter(|it| it.1 && has_base)
                .for_each(|(name, _)| write!(text, " ({name})").unwrap());
            text
        }
    }
}

/// So many samples of each function, all called by `main`.
fn counts(counts: &[(&str, usize)]) -> Profile {
    let leaves: Vec<String> =
        counts.iter().map(|(name, n)| format!("{name} ").repeat(*n)).collect();
    let leaves = leaves.concat();
    let mut callers = String::new();
    for word in leaves.split_whitespace() {
        write!(callers, "{:width$} ", "main", width = word.len().max(4)).unwrap();
    }
    let mut padded = String::new();
    for word in leaves.split_whitespace() {
        write!(padded, "{word:4} ").unwrap();
    }
    testing::profile(&format!("{callers}\n{padded}"))
}

#[test]
fn what_is_weighed_is_found_by_whole_name() {
    let profile = counts(&[("parse", 3), ("parse_more", 2), ("reparse", 1), ("Parse", 1)]);
    let of = |budget| outcome([&[], &[&profile]], budget);
    assert_eq!(of("self(parse) > 100"), "Passed 3 count parse");
    assert_eq!(of("self(parse*) > 100"), "Passed 5 count parse parse_more");
    assert_eq!(of("self(/parse/ -parse_more) > 100"), "Passed 5 count Parse parse reparse");
    assert_eq!(of("total(main parse) > 100"), "Missing 0 count");
    assert_eq!(of("total(main OR parse) > 100"), "Passed 7 count main parse");
    assert_eq!(of("total(pars) > 100"), "Missing 0 count");
    assert_eq!(of("total > 6"), "Failed 7 count");
    assert_eq!(of("self(parse) > 42%"), "Failed 3 count parse");
    assert_eq!(of("self(parse) > 43%"), "Passed 3 count parse");
    assert_eq!(of("require self(parse) = 3"), "Passed 3 count parse");
    assert_eq!(of("require self(parse) < 3"), "Failed 3 count parse");
}

#[test]
fn limits_have_the_unit_of_what_is_measured() {
    let profile = counts(&[("a", 1)]);
    let of = |budget| outcome([&[], &[&profile]], budget);
    assert_eq!(of("total(a) < 5ms"), "the file measures no time, but samples (count) at 11");
    assert_eq!(of("total(a) < +5%"), "a change is from something: name a base at 11");
    assert_eq!(of("total(a) < 1k"), "Failed 1 count a");
    let trace = testing::trace("T: a bb");
    let of = |budget| outcome([&[&trace], &[&trace]], budget);
    let refused = "Slice time is in nanoseconds: the limit needs its unit, such as 16ms at 11";
    assert_eq!(of("total(b) > 5"), refused);
    assert_eq!(of("total(b) > 5k"), refused);
    assert_eq!(of("total(b) > +5"), refused);
    assert_eq!(of("total(b) > 0"), "Failed 2000 → 2000 nanoseconds b");
    assert_eq!(of("total(b) > +0"), "Passed 2000 → 2000 nanoseconds b");
}

#[test]
fn changes_are_from_the_base() {
    let base = counts(&[("slow", 100), ("old", 50), ("same", 40)]);
    let new = counts(&[("slow", 200), ("new", 50), ("same", 44)]);
    let of = |budget| outcome([&[&base], &[&new]], budget);
    assert_eq!(of("self(slow) > +99.9%"), "Failed 100 → 200 count slow");
    assert_eq!(of("self(slow) > +100%"), "Passed 100 → 200 count slow");
    assert_eq!(of("self(slow) >= +100"), "Failed 100 → 200 count slow");
    assert_eq!(of("self(slow) > 150"), "Failed 100 → 200 count slow");
    assert_eq!(of("self(same) > +5%"), "Chance 40 → 44 count same");
    assert_eq!(of("require self(same) <= +5%"), "Failed 40 → 44 count same");
    assert_eq!(of("self(same) > -5%"), "Failed 40 → 44 count same", "not even without a change");
    assert_eq!(of("self(old) > +5%"), "Passed 50 → 0 count old (gone)");
    assert_eq!(of("self(new) > +5%"), "Failed 0 → 50 count new (new)");
    assert_eq!(of("self(none) > +5%"), "Missing 0 → 0 count (new) (gone)");
}

#[test]
fn several_recordings_of_a_side_tell_how_they_vary() {
    let runs = |of: &[usize]| -> Vec<Profile> {
        of.iter().map(|&n| counts(&[("work", n), ("rest", 50)])).collect()
    };
    let of = |base: &[usize], new: &[usize]| {
        let (base, new) = (runs(base), runs(new));
        let (base, new): (Vec<_>, Vec<_>) = (base.iter().collect(), new.iter().collect());
        outcome([&base, &new], "self(work) > +5%")
    };
    assert_eq!(of(&[100, 160, 130], &[120, 190, 140]), "Chance 130 → 150 count work");
    assert_eq!(of(&[400, 410, 405], &[500, 520, 510]), "Failed 405 → 510 count work");
    assert_eq!(of(&[2, 2, 2], &[3, 3, 3]), "Chance 2 → 3 count work", "luck");
}

#[test]
fn slices_have_percentiles() {
    let trace = testing::trace("T: a bb ccc aa aaa aaaa");
    let of = |budget| outcome([&[&trace], &[&trace]], budget);
    assert_eq!(of("p50(slice:a) < 3us"), "Failed 2000 → 2000 nanoseconds a");
    assert_eq!(of("p99(slice:a) > 4us"), "Passed 4000 → 4000 nanoseconds a");
    assert_eq!(of("max(slice:a) >= 4us"), "Failed 4000 → 4000 nanoseconds a");
    assert_eq!(of("min(slice:a) > 1us"), "Passed 1000 → 1000 nanoseconds a");
    assert_eq!(of("mean(slice:a) > 2.5us"), "Passed 2500 → 2500 nanoseconds a");
    assert_eq!(of("total(slice:a) > +0%"), "Passed 10000 → 10000 nanoseconds a");
    assert_eq!(of("count(slice:a duration>=3us) > 1"), "Failed 2 → 2 count a");
    assert_eq!(of("count(slice:a duration>9us) > 1"), "Passed 0 → 0 count a", "none is so long");
    assert_eq!(of("count(slice:d) > 1"), "Missing 0 → 0 count (new) (gone)");
    assert_eq!(of("total(b) > 1us"), "Failed 2000 → 2000 nanoseconds b", "functions of slices");
    let refused = "not all files have arguments of slices at 17";
    assert_eq!(of("count(slice:a OR arg.x=1) > 1"), refused);
}

proptest! {
    #[test]
    fn functions_weigh_what_the_samples_with_any_of_them_do(profile in random::profile()) {
        let search = whole("f9 OR f7");
        let set = search.functions(&profile, None).unwrap();
        let Some(measure) = profile.default_value_type() else { return Ok(()) };
        let (mut own, mut total) = (0, 0);
        for sample in 0..profile.samples().len() {
            let leaf = profile.samples().leaf(sample);
            let callers = profile.samples().callers(sample);
            let stacks = callers.into_iter().flat_map(|it| profile.stacks().walk_to_root(it));
            let frames = stacks.map(|stack| profile.stacks().frame(stack));
            let is_in = |frame| profile.symbols().lines(frame).iter().any(|it| set.contains(it.function));
            let weight = profile.samples().weights(measure).of(sample);
            let innermost = profile.symbols().lines(leaf).last().unwrap();
            own += if set.contains(innermost.function) { weight } else { 0 };
            total += if is_in(leaf) || frames.into_iter().any(is_in) { weight } else { 0 };
        }
        let selection = Selection::default();
        let side = recording(&profile, &selection);
        for (figure, expected) in [("self", own), ("total", total)] {
            let condition = Condition::new(&format!("{figure}(f9 OR f7) > 0")).unwrap();
            let budget =
                Budget { condition, kind: Kind::FailIf, measure: Some("dense".to_owned()), may_be_missing: true };
            let terms = Terms { mode: Mode::Absolute, chance: Chance::Counts, renames: Vec::new() };
            let found = budget.check([&[], &[side]], &terms).unwrap();
            prop_assert!((found.new.mean - expected as f64).abs() < 0.5);
        }
    }
}

fn whole(text: &str) -> crate::Search {
    crate::Search::new(text).unwrap()
}

#[test]
fn a_budget_follows_a_function_to_its_new_name() {
    let (old, new) = (counts(&[("parse", 40), ("scan", 60)]), counts(&[("parse_all", 90)]));
    let rename = Rename { of: ["parse", "parse_all"].map(FunctionName::from) };
    let selection = Selection::default();
    let [base, new] = [&old, &new].map(|profile| [recording(profile, &selection)]);
    let check = |text: &str, renames: &[Rename]| {
        let condition = Condition::new(text).unwrap();
        let kind = Kind::FailIf;
        let budget = Budget { condition, kind, measure: None, may_be_missing: false };
        let renames = renames.to_vec();
        let terms = Terms { mode: Mode::Absolute, chance: Chance::Excuses, renames };
        let outcome = budget.check([&base, &new], &terms).unwrap();
        format!("{} → {}", outcome.base.unwrap().mean, outcome.new.mean)
    };
    for name in ["parse", "parse_all"] {
        assert_eq!(check(&format!("self({name}) > +5%"), std::slice::from_ref(&rename)), "40 → 90");
    }
    assert_eq!(check("self(parse) > +5%", &[]), "40 → 0");
    assert_eq!(check("self(scan) > +5%", &[rename]), "60 → 0", "only those that are renamed");
}
