//! Names of functions in little room: what they share with their neighbours goes first.

use std::borrow::Cow;

use super::{MIN_CHARS, byte_of, n_chars_of};

/// Longer names than this are cut first: nobody reads them in a box.
const MAX_BYTES: usize = 1024;

/// Qualifiers that are looked at, from the last one.
const MAX_STARTS: usize = 32;

/// As much of a name as fits in `n_chars`. Leading qualifiers go first, so that the function is
/// told apart from its neighbours, then the end, with `…` for it:
///
/// ```text
/// gazette::render::paint(int)
/// gazette::render::paint…
/// render::paint…
/// paint(int)
/// pai…
/// ```
pub fn elide_name(name: &str, n_chars: usize) -> Option<Cow<'_, str>> {
    if n_chars_of(name) <= n_chars {
        return Some(Cow::Borrowed(name));
    }
    let name = &name[..name.floor_char_boundary(MAX_BYTES)];
    let parts = Parts::of(name);
    let n_skipped = parts.starts.len().saturating_sub(MAX_STARTS);
    for &start in &parts.starts[n_skipped..] {
        let rest = &name[start..];
        let len = n_chars_of(rest);
        // What is left of the parameters is marked by a letter of its own.
        let short = n_chars_of(&name[start..parts.end]);
        if parts.has_place && short <= n_chars {
            return Some(with_place(rest, parts.end - start, n_chars));
        }
        let needed = short + usize::from(parts.end < name.len());
        if len <= n_chars || needed <= n_chars {
            return cut(rest, n_chars);
        }
        if let Some(without) = without_type_parameters(&name[start..parts.end])
            && n_chars_of(&without) + usize::from(parts.end < name.len()) <= n_chars
        {
            let mark = if parts.end < name.len() { "…" } else { "" };
            return Some(Cow::Owned(without + mark));
        }
        // `<Page as Display>::fmt`: the type says more than the bare method.
        if let Some(of_type) = trait_method(rest)
            && n_chars_of(&of_type) <= n_chars
        {
            return Some(Cow::Owned(of_type));
        }
    }
    cut(parts.starts.last().map_or(name, |&start| &name[start..]), n_chars)
}

/// A name with as much of the end of its place in the source as fits, which tells more than the
/// beginning: `Thread.run (…ading.py:964)`. With little room the name alone.
fn with_place(rest: &str, name_len: usize, n_chars: usize) -> Cow<'_, str> {
    /// Less of a place than this tells nothing.
    const MIN_PLACE: usize = 12;
    let (name, place) = rest.split_at(name_len);
    let len = n_chars_of(rest);
    if len <= n_chars {
        return Cow::Borrowed(rest);
    }
    let opening = if place.starts_with(" (") { " (…" } else { " …" };
    let room = n_chars.saturating_sub(n_chars_of(name) + n_chars_of(opening));
    if room < MIN_PLACE {
        return Cow::Borrowed(name);
    }
    let tail = &rest[byte_of(rest, len - room)..];
    Cow::Owned(format!("{name}{opening}{tail}"))
}

/// The end of a text cut, and what would be left of a bracket with nothing in it.
fn cut(text: &str, n_chars: usize) -> Option<Cow<'_, str>> {
    if n_chars_of(text) <= n_chars {
        return Some(Cow::Borrowed(text));
    }
    if n_chars < MIN_CHARS {
        return None;
    }
    let kept = &text[..byte_of(text, n_chars - 1)];
    let trimmed = kept.trim_end_matches([' ', '(', ':', '.', '/', ',', '&']);
    let kept = if trimmed.is_empty() { kept } else { trimmed };
    Some(Cow::Owned(format!("{kept}…")))
}

/// `Sorter<…>::merge` of `Sorter<ByName>::merge`; `None` where there is nothing to leave out.
fn without_type_parameters(name: &str) -> Option<String> {
    // `.<locals>.` is a part of its own.
    if !name.contains('<')
        || name.contains("operator")
        || name.starts_with('<')
        || name.contains(".<")
    {
        return None;
    }
    let (mut short, mut depth, mut last) = (String::new(), 0_usize, ' ');
    for letter in name.chars() {
        let closes = letter == '>' && !matches!(last, '-' | '=');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            short.push(letter);
        }
        if letter == '<' {
            if depth == 0 {
                short.push('…');
            }
            depth += 1;
        }
        last = letter;
    }
    (short.len() < name.len()).then_some(short)
}

/// `Page::fmt` of `<gazette::Page as core::fmt::Display>::fmt`.
fn trait_method(name: &str) -> Option<String> {
    let inner = name.strip_prefix('<')?;
    let (of_type, rest) = inner.split_once(" as ")?;
    let method = rest.rsplit_once(">::").map(|(_, method)| method)?;
    let of_type = of_type.trim_start_matches(['&', '*']);
    let plain = of_type.split('<').next().unwrap_or(of_type);
    let last = plain.rsplit("::").next().unwrap_or(plain);
    (!last.is_empty()).then(|| format!("{last}::{method}"))
}

/// Where a name can be cut.
struct Parts {
    /// Where the name starts without its first qualifiers: with all of them, without one, …,
    /// rising, at least one.
    starts: Vec<usize>,
    /// Where the last identifier ends: behind it are parameters, or the place in the source.
    end: usize,
    /// Whether the latter is there.
    has_place: bool,
}

impl Parts {
    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let mut parts = Self { starts: vec![0], end: name.len(), has_place: false };
        let (mut depth, mut at) = (0_usize, 0);
        while at < bytes.len() {
            let is_start = parts.starts.last() == Some(&at);
            match bytes[at] {
                b'(' | b'<' | b'[' | b'{' => {
                    let opens_parameters = matches!(bytes[at], b'(' | b'<' | b'[');
                    if depth == 0 && opens_parameters && !is_start && closes_at_end(bytes, at) {
                        parts.end = name[..at].trim_end().len();
                        parts.has_place = parts.end < at && name[at..].contains('/');
                        break;
                    }
                    depth += 1;
                }
                b'>' if at > 0 && matches!(bytes[at - 1], b'-' | b'=') => {}
                b')' | b'>' | b']' | b'}' => depth = depth.saturating_sub(1),
                b' ' if depth == 0 && is_place(&name[at..]) => {
                    parts.end = at;
                    parts.has_place = true;
                    break;
                }
                b'o' if is_start && name[at..].starts_with("operator") => {
                    at += "operator".len();
                    let rest = &bytes[at..];
                    let is_sign = |byte: &&u8| byte.is_ascii_punctuation() && **byte != b'(';
                    let n_signs = rest.iter().take_while(is_sign).count();
                    at += if rest.starts_with(b"()") { 2 } else { n_signs };
                    continue;
                }
                _ if depth == 0 => {
                    if let Some(start) = start_behind_separator(name, at) {
                        parts.starts.push(start);
                        at = start;
                        continue;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        parts.keep_a_name(name);
        parts
    }

    /// Takes back starts at which what follows names nothing: `{{closure}}`, `func1`, `so`.
    fn keep_a_name(&mut self, name: &str) {
        while self.starts.len() > 1
            && let Some(&last) = self.starts.last()
            && (last >= self.end || is_suffix(&name[last..self.end]))
        {
            self.starts.pop();
        }
    }
}

/// Where the next part starts, if a separator is here.
fn start_behind_separator(name: &str, at: usize) -> Option<usize> {
    let byte = name.as_bytes()[at];
    let len = match byte {
        b':' if name[at..].starts_with("::") => 2,
        b'.' | b'/' => 1,
        _ => return None,
    };
    let start = at + len;
    let before = name[..at].chars().next_back();
    let after = name[start..].chars().next()?;
    let is_dot = byte == b'.';
    let joins = !after.is_whitespace() && !before.is_some_and(char::is_whitespace);
    // A dot that ends a sentence or stands in a number separates nothing.
    (joins && !(is_dot && (after.is_ascii_digit() || after == '.'))).then_some(start)
}

/// Whether the bracket that opens here is closed near the end: by the last letter, or by the
/// last but a word such as `const`.
fn closes_at_end(bytes: &[u8], open: usize) -> bool {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'<' | b'[' | b'{' => depth += 1,
            b'>' if matches!(bytes[at - 1], b'-' | b'=') => {}
            b')' | b'>' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            // `make<int>(char)` has two; `Vec<T>::push` is no end.
            return match bytes.get(at + 1) {
                None | Some(b' ' | b'@') => true,
                Some(b'(' | b'[') => closes_at_end(bytes, at + 1),
                Some(_) => false,
            };
        }
    }
    // Nothing closes it: the name was cut in its parameters.
    true
}

/// Whether a place in the source starts here: ` /app/main.js:1`, ` node:internal/loader:12`.
fn is_place(rest: &str) -> bool {
    let word = rest.trim_start().split(' ').next().unwrap_or_default();
    word.contains('/')
}

/// What stands behind a name without being one: made by compilers, or the ending of a file.
fn is_suffix(part: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "py",
        "js",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "jsx",
        "rs",
        "c",
        "cc",
        "cpp",
        "cxx",
        "h",
        "hpp",
        "go",
        "java",
        "kt",
        "rb",
        "php",
        "so",
        "ko",
        "dll",
        "exe",
        "dylib",
        "a",
        "o",
        "html",
        "css",
        "json",
        "xml",
        "part",
        "isra",
        "constprop",
        "cold",
        "llvm",
        "lto_priv",
        "localalias",
    ];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_hash = || {
        part.len() == 17
            && part.starts_with('h')
            && part[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    part.starts_with(['{', '<'])
        || part.starts_with("(anonymous")
        || part.split(['.', '@', ':']).next().is_some_and(|word| ENDINGS.contains(&word))
        || digits(part)
        || part.strip_prefix("func").is_some_and(|number| digits(number))
        || is_hash()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name at each number of letters at which it is written in another way, longest first.
    fn steps(name: &str) -> Vec<String> {
        let mut steps: Vec<String> = (4..=name.chars().count())
            .rev()
            .filter_map(|n_chars| {
                let text = elide_name(name, n_chars)?;
                assert!(text.chars().count() <= n_chars, "{text} in {n_chars}");
                Some(text.into_owned())
            })
            .collect();
        steps.dedup();
        steps
    }

    #[test]
    fn leading_qualifiers_go_first() {
        assert_eq!(
            steps("gazette::render::paint"),
            ["gazette::render::paint", "render::paint", "paint", "pai…"]
        );
        assert_eq!(steps("a::b")[0], "a::b");
        assert_eq!(elide_name("gazette::render::paint", 3), None);
        assert_eq!(elide_name("gazette::run", 3).as_deref(), Some("run"));
    }

    #[test]
    fn parameters_of_types_are_no_qualifiers() {
        let text = |name, n_chars| elide_name(name, n_chars).unwrap().into_owned();
        let push = "std::vector<int, std::allocator<int> >::push_back(int const&)";
        assert_eq!(text(push, 20), "push_back(int const…");
        assert_eq!(text(push, 10), "push_back…");
        assert_eq!(text(push, 8), "push_ba…");
        assert_eq!(text(push, 48), "std::vector<…>::push_back…");
        assert_eq!(text("alloc::vec::Vec<T,A>::push", 14), "Vec<T,A>::push");
        let merge = "gazette::index::MergeSort<gazette::index::ByTerm>::merge";
        assert_eq!(text(merge, 35), "gazette::index::MergeSort<…>::merge");
        assert_eq!(text(merge, 20), "MergeSort<…>::merge");
        assert_eq!(text(merge, 12), "merge");
        assert_eq!(text("core::iter::map<a::B, c::D>", 10), "iter::map…");
        assert_eq!(text("ns::make<int>(char)", 9), "ns::make…");
        assert_eq!(text("ns::make<int>(char)", 8), "make<in…");
        assert_eq!(text("ns::operator<<(std::ostream&)", 12), "operator<<…");
        assert_eq!(text("a::operator->() const", 12), "operator->…");
    }

    #[test]
    fn methods_of_traits_keep_their_type() {
        let name = "<gazette::Page as core::fmt::Display>::fmt";
        assert_eq!(elide_name(name, 20).as_deref(), Some("Page::fmt"));
        assert_eq!(elide_name(name, 5).as_deref(), Some("fmt"));
    }

    #[test]
    fn packages_and_receivers_of_go_go_first() {
        let steps = steps("github.com/x/yard.(*Hen).Lay.func1");
        let kept: Vec<&str> = steps.iter().map(String::as_str).collect();
        assert_eq!(
            kept,
            [
                "github.com/x/yard.(*Hen).Lay.func1",
                "com/x/yard.(*Hen).Lay.func1",
                "x/yard.(*Hen).Lay.func1",
                "yard.(*Hen).Lay.func1",
                "(*Hen).Lay.func1",
                "Lay.func1",
                "Lay.fun…",
                "Lay.fu…",
                "Lay.f…",
                "Lay…",
            ]
        );
    }

    #[test]
    fn dotted_names_and_their_places_are_cut() {
        let text = |name, n_chars| elide_name(name, n_chars).unwrap().into_owned();
        let run = "Thread.run (/usr/lib/python3.11/threading.py:964)";
        assert_eq!(text(run, 48), "Thread.run (…sr/lib/python3.11/threading.py:964)");
        assert_eq!(text(run, 27), "Thread.run (…eading.py:964)");
        assert_eq!(text(run, 20), "Thread.run");
        assert_eq!(text(run, 9), "run");
        assert_eq!(elide_name(run, 3).as_deref(), Some("run"));
        let compile = "Module._compile node:internal/modules/cjs/loader:1378";
        assert_eq!(text(compile, 40), "Module._compile …modules/cjs/loader:1378");
        assert_eq!(text(compile, 9), "_compile");
        assert_eq!(text("GET /api/users/by-name", 8), "GET");
        assert_eq!(text("stir.<locals>.<genexpr>", 14), "stir.<locals>…");
        assert_eq!(text("java.util.HashMap.get", 12), "HashMap.get");
    }

    #[test]
    fn files_and_what_compilers_append_are_no_names() {
        let text = |name, n_chars| elide_name(name, n_chars).unwrap().into_owned();
        assert_eq!(text("/usr/lib/x86/libc.so.6", 10), "libc.so.6");
        assert_eq!(text("kitchen/oven.py", 8), "oven.py");
        assert_eq!(text("gazette::parse.part.0", 12), "parse.part.0");
        assert_eq!(text("gazette::run::{{closure}}", 18), "run::{{closure}}");
        assert_eq!(text("a::run::h0123456789abcdef", 8), "run::h0…");
        assert_eq!(text("(anonymous namespace)::boil", 12), "boil");
    }

    #[test]
    fn odd_names_are_survived() {
        let long = "a::".repeat(5_000);
        for name in
            ["", "::", "<", ">>>>", "((((", "a::", "…::…", "operator", "日本::語の関数", &long]
        {
            for n_chars in 0..12 {
                let text = elide_name(name, n_chars).unwrap_or_default();
                assert!(text.chars().count() <= n_chars, "{name:?} in {n_chars}: {text:?}");
            }
        }
    }
}
