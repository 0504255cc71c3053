//! Names without what compilers and builds add to them, so that a function is found again in
//! another build.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What of a name tells builds apart, not functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameRule {
    /// Hashes that a compiler appends: `::h0123456789abcdef` of Rust, `.llvm.1234`.
    Hashes,
    /// Copies that an optimizer makes: `.constprop.0`, `.isra.1`, `.part.2`, `.cold`,
    /// ` [clone .x]`.
    Clones,
    /// Numbers of functions without a name: `{{closure}}`, `{closure#2}`, `{lambda(int)#1}`, and
    /// `.func1` of Go.
    Closures,
    /// Arguments of templates and generics: `<…>` of C++ and Rust, `[…]` of Go.
    Generics,
    /// Addresses: `0x7f12ab`, `+0x1c`.
    Addresses,
    /// Versions in names of modules and in paths: `libssl.so.3`, `lib-2.31.so`, `@v1.2.3`.
    Versions,
}

impl NameRule {
    /// All of them, in the order in which they are applied.
    pub const ALL: [Self; 6] = [
        Self::Hashes,
        Self::Clones,
        Self::Closures,
        Self::Generics,
        Self::Addresses,
        Self::Versions,
    ];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hashes => "hashes",
            Self::Clones => "clones",
            Self::Closures => "closures",
            Self::Generics => "generics",
            Self::Addresses => "addresses",
            Self::Versions => "versions",
        }
    }

    fn apply(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Hashes => HASHES.replace_all(name, ""),
            Self::Clones => CLONES.replace_all(name, ""),
            Self::Closures => CLOSURES.replace_all(name, "{closure}"),
            Self::Generics => without_arguments(name),
            Self::Addresses => ADDRESSES.replace_all(name, ""),
            Self::Versions => VERSIONS.replace_all(name, "$1$2$3"),
        }
    }
}

/// The name without what the rules take from it.
pub(super) fn plain<'n>(name: &'n str, rules: &[NameRule]) -> Cow<'n, str> {
    let mut plain = Cow::Borrowed(name);
    for rule in rules {
        if let Cow::Owned(shorter) = rule.apply(&plain) {
            plain = Cow::Owned(shorter);
        }
    }
    // What is nothing but noise keeps its name.
    if plain.trim().is_empty() { Cow::Borrowed(name) } else { plain }
}

/// The expressions are constants, which a test compiles.
fn expression(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "a constant that a test compiles")]
    Regex::new(text).expect("a valid expression")
}

static HASHES: LazyLock<Regex> =
    LazyLock::new(|| expression(r"::h[0-9a-f]{16}\b|\.llvm\.[0-9]+|\[[0-9a-f]{16}\]"));
static CLONES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?x) (?: \. (?: constprop | isra | part | lto_priv | clone | localalias ) \. [0-9]+ )+
            | \.cold (?: \. [0-9]+ )? $ | \.localalias $
            | \s \[clone \s [^\]]* \] | \s \[\. [^\]]* \]",
    )
});
static CLOSURES: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?x) \{\{closure\}\} (?: \[ [0-9]+ \] )? | \{closure(?: \# [0-9]+ )?\}
            | \{lambda \( [^)]* \) (?: \# [0-9]+ )? \} | \{closure_env\# [0-9]+ \}
            | (?: \.func [0-9]+ ) (?: \. [0-9]+ )* \b | \$_ [0-9]+ | lambda\$ [\w$]*",
    )
});
static ADDRESSES: LazyLock<Regex> =
    LazyLock::new(|| expression(r"[+@]0x[0-9a-fA-F]+|(?:^|\s)0x[0-9a-fA-F]+"));
static VERSIONS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?x) (?: [-@_] v? [0-9]+ (?: \. [0-9]+ )+ [\w.+-]*? ) ( \.so | / | $ )
            | ( \.so ) (?: \. [0-9]+ )+ | / v [0-9]+ ( / | \. | $ )",
    )
});

/// The name without the arguments of templates (`<…>`) and generics (`[…]`). What is in angles
/// at its start is no argument but the type it belongs to: `<Vec<u8> as Write>::write`.
fn without_arguments(name: &str) -> Cow<'_, str> {
    if !name.contains(['<', '[']) {
        return Cow::Borrowed(name);
    }
    let mut kept = String::with_capacity(name.len());
    let mut depth = 0_usize;
    let mut before = ' ';
    for letter in name.chars() {
        // `->`, `operator<`, `operator<<` and `operator[]` are no brackets.
        let is_operator = kept.ends_with("operator") || kept.ends_with("operator<");
        let opens = match letter {
            '<' => depth > 0 || !is_operator && !before.is_whitespace(),
            '[' => depth > 0 || !is_operator && before.is_alphanumeric(),
            _ => false,
        };
        let closes = depth > 0 && (letter == '>' && before != '-' || letter == ']');
        if opens {
            depth += 1;
        } else if closes {
            depth -= 1;
        } else if depth == 0 {
            kept.push(letter);
        }
        before = letter;
    }
    // Brackets that do not match are part of the name.
    if depth > 0 { Cow::Borrowed(name) } else { Cow::Owned(kept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_of_one_function_have_one_plain_name() {
        for (name, expected) in [
            ("core::fmt::write::h0123456789abcdef", "core::fmt::write"),
            ("parse.llvm.1234567", "parse"),
            ("sum.constprop.0.isra.3", "sum"),
            ("sum.part.0.cold", "sum"),
            ("f(int) [clone .cold]", "f(int)"),
            ("main.run.func1.2", "main.run{closure}"),
            ("app::run::{{closure}}", "app::run::{closure}"),
            ("app::run::{closure#2}", "app::run::{closure}"),
            ("run()::{lambda(int)#1}::operator()", "run()::{closure}::operator()"),
            ("std::vector<int, std::allocator<int> >::push_back", "std::vector::push_back"),
            ("Vec<u8>::push", "Vec::push"),
            ("slices.SortFunc[go.shape.int]", "slices.SortFunc"),
            ("operator<<", "operator<<"),
            ("Map::operator[]", "Map::operator[]"),
            ("f<&(a->b)>", "f"),
            ("a < b", "a < b"),
            ("unknown 0x7f12ab", "unknown"),
            ("main+0x1c", "main"),
            ("libssl.so.3", "libssl.so"),
            ("libc-2.31.so", "libc.so"),
            ("github.com/a/b@v1.2.3/c.Run", "github.com/a/b/c.Run"),
            ("github.com/a/b/v2/c.Run", "github.com/a/b/c.Run"),
            ("0x1234", "0x1234"),
            ("read", "read"),
            ("Foo.clone", "Foo.clone"),
            ("list.part", "list.part"),
            ("sub_0x12", "sub_0x12"),
        ] {
            assert_eq!(plain(name, &NameRule::ALL), expected, "{name}");
        }
    }

    #[test]
    fn a_rule_that_is_off_leaves_names_alone() {
        let but_generics = NameRule::ALL.into_iter().filter(|&rule| rule != NameRule::Generics);
        let rules: Vec<NameRule> = but_generics.collect();
        assert_eq!(plain("Vec<u8>::push.cold", &rules), "Vec<u8>::push");
        assert_eq!(plain("Vec<u8>::push.cold", &[]), "Vec<u8>::push.cold");
    }
}
