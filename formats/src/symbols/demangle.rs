//! Names as people wrote them.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cpp_demangle::{DemangleOptions, ParseOptions, Symbol};

/// A mangled name beyond this is shown as it is.
const MAX_MANGLED: usize = 16 << 10;

/// A name may stand for one that is exponentially longer.
const MAX_DEMANGLED: usize = 64 << 10;

/// The name as people wrote it: C++ without parameters, as perf prints it, Rust without the
/// hash. A name that is not mangled is given back as it is.
pub fn demangle(name: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(name);
    if name.len() > MAX_MANGLED {
        return text;
    }
    let demangled = if is_rust(&text) {
        rustc_demangle::try_demangle(&text).ok().and_then(|name| bounded(&name))
    } else if text.starts_with("_Z") {
        demangle_cpp(&text)
    } else {
        None
    };
    demangled.map_or(text, Cow::Owned)
}

/// Whether a name is of Rust: of the new form, or of the old one with its hash at the end.
fn is_rust(name: &str) -> bool {
    if name.starts_with("_R") {
        return true;
    }
    let Some((_, hash)) = name.rsplit_once("17h") else { return false };
    let (hash, rest) = hash.split_at_checked(16).unwrap_or_default();
    name.starts_with("_ZN")
        && rest.starts_with('E')
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn demangle_cpp(name: &str) -> Option<String> {
    // What a compiler makes of one function is still that function: `.cold`, `.isra.0`.
    let name = name.split('.').next()?;
    // The library has been known to panic on names that no compiler makes.
    catch_unwind(AssertUnwindSafe(|| {
        let symbol = Symbol::new_with_options(name, &ParseOptions::default()).ok()?;
        let options = DemangleOptions::new().no_params().no_return_type();
        let mut text = Bounded(String::new());
        symbol.structured_demangle(&mut text, &options).ok()?;
        Some(text.0)
    }))
    .ok()
    .flatten()
}

fn bounded(name: &rustc_demangle::Demangle<'_>) -> Option<String> {
    use std::fmt::Write as _;
    let mut text = Bounded(String::new());
    write!(text, "{name:#}").ok()?;
    Some(text.0)
}

/// Text that may only become so long.
struct Bounded(String);

impl std::fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len().saturating_add(text.len()) > MAX_DEMANGLED {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        assert_eq!(demangle(name.as_bytes()), expected);
    }

    #[test]
    fn names_read_as_perf_prints_them() {
        check("main", "main");
        check("_ZNK7orchard10ApplePress7squeezeEm", "orchard::ApplePress::squeeze");
        check("_ZN7orchard4tree5weighEPKNS0_4NodeE", "orchard::tree::weigh");
        check(
            "_ZN7orchard6basket6SorterItLi192EE9insertionEv",
            "orchard::basket::Sorter<unsigned short, 192>::insertion",
        );
        check("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write");
        check("_RNvC6_123foo3bar", "123foo::bar");
    }

    #[test]
    fn a_clone_has_the_name_of_its_function() {
        check("_ZN4work3fibEi.isra.0", "work::fib");
        check("finish_task_switch.isra.0", "finish_task_switch.isra.0");
    }

    #[test]
    fn what_is_no_mangled_name_stays_as_it_is() {
        check("_Z", "_Z");
        check("_ZN17h", "_ZN17h");
        check("clock_gettime@@GLIBC_2.17", "clock_gettime@@GLIBC_2.17");
        let bomb = format!("_Z1f{}", "IS_".repeat(4000));
        check(&bomb, &bomb);
    }
}
