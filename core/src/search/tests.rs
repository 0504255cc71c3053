use super::*;
use crate::{Function, Mapping, ProfileBuilder};

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
    let found = Search::new(text).unwrap().functions(&profile);
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

#[test]
fn the_text_of_a_name_finds_that_name_alone() {
    for name in ["a.b(c*)", "read / write", "operator/ (int)", "Vec<T>::push", "ümlaut"] {
        let search = Search::new(&Search::text_of_name(name)).unwrap();
        assert_eq!(search.terms.len(), 1, "{name}");
        assert!(search.terms[0].regex.is_match(name), "{name}");
        assert!(!search.terms[0].regex.is_match(&format!("{name}2")), "{name}");
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
fn matches_in_a_name_are_marked() {
    let marks = |text: &str, name| Search::new(text).unwrap().marks(name);
    assert_eq!(marks("an module:x", "banana"), [1..3, 3..5]);
    assert_eq!(marks("na ban", "banana"), [0..3, 2..4, 4..6]);
    assert!(marks("/x*/", "banana").is_empty());
}
