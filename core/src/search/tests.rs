use proptest::prelude::*;

use super::*;
use crate::{
    CallPaths, Function, FunctionId, FunctionTotals, Mapping, Measure, PathWeights, Profile,
    ProfileBuilder, Selection, Unit, testing,
};

/// Functions `name module file`.
const FUNCTIONS: &str = "
    json::parse /usr/bin/app src/json.rs
    Parser::parse_json /usr/bin/app src/parser.rs
    malloc /lib/libc.so.6 malloc.c
    operator~new /lib/libstdc++.so new_op.cc
    file::open /usr/bin/app src/file.rs
    Straße /usr/bin/app src/ß.rs
    ";

fn profile() -> Profile {
    let mut builder = ProfileBuilder::default();
    for line in FUNCTIONS.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, module, file] = words[..] else { panic!("{line}") };
        let path = builder.string(module);
        let mapping = Mapping { path, build_id: None, start: 0, end: 0, file_offset: 0 };
        let mapping = Some(builder.mapping(mapping));
        let name = builder.string(&name.replace('~', " "));
        let file = Some(builder.string(file));
        builder.function(Function { file, mapping, ..Function::named(name) });
    }
    builder.finish().0
}

/// Compares the names of the functions that a text finds, separated by commas.
#[track_caller]
fn check(text: &str, expected: &str) {
    let profile = profile();
    let found = Search::new(text).unwrap().functions(&profile, None).unwrap();
    let names: Vec<&str> = found.iter().map(|function| profile.function_name(function)).collect();
    assert_eq!(names.join(", "), expected);
    assert_eq!(found.len(), names.len());
    assert_eq!(found.is_empty(), names.is_empty());
}

#[track_caller]
fn check_error(text: &str, message: &str, position: usize) {
    let error = Search::new(text).unwrap_err();
    assert_eq!((error.message.as_str(), error.position), (message, position));
}

/// Compares what is read, as it is written again.
#[track_caller]
fn check_read(text: &str, expected: &str) {
    let read = Expression::parse(text).unwrap();
    assert_eq!(read.map(|read| read.to_string()).unwrap_or_default(), expected);
}

#[test]
fn the_text_of_a_name_finds_that_name_alone() {
    for name in ["a.b(c*)", "read / write", "operator/ (int)", "Vec<T>::push", "ümlaut", "a/)"] {
        let text = Search::text_of_name(name);
        let Some(Expression::Is(term)) = Expression::parse(&text).unwrap() else {
            panic!("{name} is not one term")
        };
        let matcher = Matcher::new(term.wanted.pattern().unwrap(), 0).unwrap();
        assert!(matcher.is_in(name), "{name}");
        assert!(!matcher.is_in(&format!("{name}2")), "{name}");
    }
}

#[test]
fn all_words_must_match() {
    check("parse json", "json::parse, Parser::parse_json");
    check("  parse   malloc ", "");
    check("operator new", "operator new");
}

#[test]
fn case_matters_only_where_there_is_upper_case() {
    check("STRASSE", "");
    check("straße", "Straße");
    check("Parse", "Parser::parse_json");
    check("PARSE", "");
    check("/^parser/", "Parser::parse_json");
    check("/^Parse/", "Parser::parse_json");
    check(r"/^PARSE\W/", "");
    check(r"/^parser\W+\P{Lu}/", "Parser::parse_json");
}

#[test]
fn words_are_no_expressions() {
    check("m.lloc", "");
    check("::", "json::parse, Parser::parse_json, file::open");
}

#[test]
fn expressions_may_have_spaces_and_slashes() {
    check("/operator (new|delete)/", "operator new");
    check("/^m/ alloc", "malloc");
    check("file:/src/(json|file)/", "json::parse, file::open");
}

#[test]
fn a_path_is_a_word() {
    check("file:/src", "");
    check("/lib", "");
}

#[test]
fn modules_and_files_restrict() {
    check("module:libc", "malloc");
    check(r"module:/^lib.*\.so/", "malloc, operator new");
    check("module:app file:parser", "Parser::parse_json");
    check("file::open", "file::open");
}

#[test]
fn nothing_is_no_search() {
    for text in ["", "  ", "module:", " file: "] {
        assert!(Search::new(text).unwrap().is_none());
        check(text, "");
    }
    check("// malloc", "");
    check("module: malloc", "malloc");
}

#[test]
fn errors_say_what_and_where() {
    check_error("main /foo(/", "unclosed group", 9);
    check_error("/ß[/", "unclosed character class", 3);
    check_error(
        r"module:/a\/",
        "incomplete escape sequence, reached end of pattern prematurely",
        9,
    );
    check_error("/(a{1000}){1000}/", "the expression needs too much memory", 1);
}

#[test]
fn what_is_joined_and_negated() {
    check("json OR malloc", "json::parse, Parser::parse_json, malloc");
    check("json -parser::", "json::parse");
    check("json NOT parser::", "json::parse");
    check("--json", "json::parse, Parser::parse_json");
    check("(json OR open) module:app -file:parser", "json::parse, file::open");
    check("json AND (open OR parser)", "Parser::parse_json");
    check("-(json OR open OR alloc OR new)", "Straße");
    check("name:json module:/^app$/", "json::parse, Parser::parse_json");
    check("\"operator new\"", "operator new");
    check("-module:app", "malloc, operator new");
}

#[test]
fn side_by_side_binds_closer_than_or() {
    check_read("a b OR c d", "a b OR c d");
    check_read("a AND b OR NOT c", "a b OR -c");
    check_read("a (b OR c) d", "a (b OR c) d");
    check_read("(a (b c)) OR (d OR e)", "a b c OR d OR e");
    check_read("-(a b)", "-(a b)");
}

#[test]
fn names_of_code_are_words() {
    check_read("operator()", "\"operator()\"");
    check_read("(operator()OR OR x)", "\"operator()OR\" OR x");
    check_read("(call(int, OR x)", "\"call(int,\" OR x");
    check_read("a)", "\"a)\"");
    check_read("file::open", "file::open");
    check_read("selfish total", "selfish total");
    check_read("\"-[NSView draw]\"", "\"-[NSView draw]\"");
    check_read("\"say \\\"no\\\" \\n\"", "\"say \\\"no\\\" \\\\n\"");
}

#[test]
fn what_is_not_typed_to_its_end_is_no_error() {
    check_read("(a OR (b", "a OR b");
    check_read("a OR", "a");
    check_read("a AND", "a");
    check_read("a -", "a");
    check_read("a NOT", "a");
    check_read("\"a b", "\"a b\"");
    check_read("a self>", "a");
    check_read("a label.x=", "a label.x");
    check_read("() a", "a");
    check_read("OR", "");
}

#[test]
fn keys_numbers_and_units() {
    check_read("label.endpoint=/api/x", "label.endpoint=\"/api/x\"");
    check_read("label.\"two words\"=1", "label.\"two words\"=1");
    check_read("label.a!=b", "-label.a=b");
    check_read("arg.args.url=/x$/", "arg.args.url=/x$/");
    check_read("self > 1.50 ms", "self>1.5ms");
    check_read("total≥5%", "total>=5%");
    check_read("duration<=2us", "total<=2us");
    check_read("count=1K", "count=1k");
    check_read("self>1 second", "self>1 second");
}

#[test]
fn what_no_letter_mends_is_an_error() {
    check_error("a self>x", "a number is expected here, such as 1.5ms or 5%", 7);
    check_error("self>1.2.3", "a number is expected here, such as 1.5ms or 5%", 5);
    check_error(
        "self>1xs",
        "xs is no unit: %, ns, us, ms, s, min, h, B, KiB, MiB, GiB, k, M, G",
        6,
    );
    check_error(&"(".repeat(40), "more than 32 groups are open", 32);
    check_error(&"a ".repeat(101), "more than 100 terms", 200);
    check_error(&"a".repeat(5000), "the search is longer than 4096 bytes", 0);
}

#[test]
fn deep_negations_and_long_texts_are_read_in_no_time() {
    check_read(&format!("{}a", "-".repeat(4000)), "a");
    check_read(&format!("{}a", "NOT ".repeat(999)), "-a");
    assert!(Expression::parse(&"/a ".repeat(1365)).is_err());
}

#[test]
fn what_a_view_does_not_have_is_an_error_that_says_who_does() {
    let check = |text: &str, subject: Subject, expected: &str| {
        let error = Search::new(text).unwrap().check(subject).unwrap_err();
        assert_eq!(format!("{error} at {}", error.position), expected);
    };
    check(
        "a thread:b",
        Subject::Functions,
        "thread is not for functions, but for slices and Only at 2",
    );
    check("label.x", Subject::Slices, "label is not for slices, but for Only at 0");
    check("x -arg.y=z", Subject::Functions, "arg is not for functions, but for slices at 3");
    check("count>1", Subject::Slices, "count is not for slices, but for functions at 0");
}

/// The names of the functions of drawn samples that a text finds by what they weigh.
fn found_by_figures(samples: &str, unit: &Unit, text: &str) -> Result<String, String> {
    let profile = testing::profile(samples);
    let (paths, measure) = (CallPaths::new(&profile), Measure::default_of(&profile).unwrap());
    let weights = PathWeights::new(&profile, &paths, measure, &Selection::default());
    let totals = FunctionTotals::new(&profile, &paths, &weights);
    let figures = Figures {
        totals: &totals,
        counts: Some(&totals),
        unit,
        reference: Some(weights.reference()),
    };
    let found = Search::new(text).unwrap().functions(&profile, Some(figures));
    let found = found.map_err(|error| format!("{error} at {}", error.position))?;
    let names: Vec<&str> = found.iter().map(|it| profile.function_name(it)).collect();
    Ok(names.join(" "))
}

#[test]
fn functions_are_found_by_what_they_weigh() {
    let check = |unit: Unit, text: &str, expected: &str| {
        let samples = "
            main main main main
            read read idle
            ";
        let found = found_by_figures(samples, &unit, text);
        assert_eq!(found.unwrap_or_else(|error| error), expected, "{text}");
    };
    check(Unit::Count, "total>=2", "main read");
    check(Unit::Count, "self=1", "main idle");
    check(Unit::Count, "self>25%", "read");
    check(Unit::Count, "self>=25% -read", "main idle");
    check(Unit::Count, "total<100%", "read idle");
    check(Unit::Nanoseconds, "total>=0.002us", "main read");
    check(Unit::from_name("ms"), "total>1999us", "main read");
    check(Unit::from_name("ms"), "total>2000us", "main");
    check(Unit::from_name("0.1"), "total>0.19", "main read");
    check(Unit::Bytes, "total>1ms", "no times are added up here, but bytes at 6");
    check(Unit::Count, "count>1", "main read");
    check(Unit::Count, "count>1%", "a count has no % at 6");
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        "[a-zA-Z_:.ß \"\\\\()/-]{1,6}".prop_map(Pattern::Text),
        prop_oneof![Just("AND"), Just("file:x"), Just("self>1"), Just("label.x")]
            .prop_map(|text| Pattern::Text(text.to_owned())),
        "[a-z./) ]{1,4}".prop_map(|text| Pattern::regex(&text)),
    ]
}

fn term() -> impl Strategy<Value = Expression> {
    let fields = Field::PREFIXES.map(|(_, field)| field);
    let field = prop_oneof![Just(Field::Anywhere), proptest::sample::select(fields.to_vec())];
    let key = || (prop_oneof![Just(Key::Label), Just(Key::Argument)], "[a-z.= \"_]{0,5}");
    let unit = prop_oneof![
        Just(AmountUnit::Percent),
        Just(AmountUnit::Nanoseconds(1_000_000)),
        Just(AmountUnit::Bytes(1 << 20)),
        Just(AmountUnit::Times(1_000)),
    ];
    let amount = (0_u32..100_000, proptest::option::of(unit)).prop_map(|(milli, unit)| {
        Amount::parse(&format!("{}.{:03}", milli / 1000, milli % 1000), unit).unwrap()
    });
    let figure = prop_oneof![Just(Figure::Own), Just(Figure::Total), Just(Figure::Count)];
    let comparison =
        prop_oneof![Just(Comparison::Less), Just(Comparison::AtLeast), Just(Comparison::Equal)];
    let wanted = prop_oneof![
        4 => (field, pattern()).prop_map(|(field, pattern)| Wanted::Text(field, pattern)),
        1 => key().prop_map(|(key, name)| Wanted::Has(key, name)),
        1 => (key(), pattern()).prop_map(|((key, name), it)| Wanted::Value(key, name, it)),
        2 => (figure, comparison, amount).prop_map(|(f, c, a)| Wanted::Figure(f, c, a)),
    ];
    wanted.prop_map(|wanted| Expression::Is(Term { wanted, at: 0, pattern_at: 0 }))
}

/// Terms joined in any way.
fn expression(
    term: impl Strategy<Value = Expression> + 'static,
) -> impl Strategy<Value = Expression> {
    term.prop_recursive(4, 20, 3, |part| {
        let parts = || proptest::collection::vec(part.clone(), 1..4);
        prop_oneof![
            parts().prop_map(|parts| Expression::all(parts).unwrap()),
            parts().prop_map(|parts| Expression::any(parts).unwrap()),
            part.prop_map(Expression::negated),
        ]
    })
}

/// Whether a function is found, by the simplest means.
fn is_found(profile: &Profile, wanted: &Expression, function: FunctionId) -> bool {
    match wanted {
        Expression::All(parts) => parts.iter().all(|part| is_found(profile, part, function)),
        Expression::Any(parts) => parts.iter().any(|part| is_found(profile, part, function)),
        Expression::Not(part) => !is_found(profile, part, function),
        Expression::Is(term) => {
            let Wanted::Text(field, Pattern::Text(word)) = &term.wanted else { return false };
            let row = profile.symbols().functions().row(function);
            let text = match field {
                Field::File => profile.text(row.file.unwrap()),
                Field::Module => profile.function_module(function),
                _ => profile.function_name(function),
            };
            if word.chars().any(char::is_uppercase) {
                text.contains(word)
            } else {
                text.to_lowercase().contains(word)
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(wanted in expression(term())) {
        let text = wanted.to_string();
        prop_assert_eq!(Expression::parse(&text).unwrap(), Some(wanted), "{}", text);
    }

    #[test]
    fn what_is_read_is_written_as_the_same(text in "[a-c\"()/ :.>1%-]{0,12}|(a |OR |AND |NOT |-|\\(|\\)|\"|self>1|file:)*") {
        if let Ok(Some(wanted)) = Expression::parse(&text) {
            let written = wanted.to_string();
            prop_assert_eq!(Expression::parse(&written).unwrap(), Some(wanted), "{}", written);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        if let Ok(search) = Search::new(&text) {
            let _: Result<_, SearchError> = search.functions(&profile(), None);
        }
    }

    #[test]
    fn functions_are_found_that_a_look_at_each_finds(wanted in expression(
        (prop_oneof![Just(Field::Anywhere), Just(Field::Module), Just(Field::File)], "[a-eloprs.:_P]{1,2}")
            .prop_map(|(field, word)| {
                let wanted = Wanted::Text(field, Pattern::Text(word));
                Expression::Is(Term { wanted, at: 0, pattern_at: 0 })
            })
    )) {
        let profile = profile();
        let found = Search::of(&wanted).unwrap().functions(&profile, None).unwrap();
        for function in profile.symbols().functions().ids() {
            prop_assert_eq!(found.contains(function), is_found(&profile, &wanted, function));
        }
    }
}
