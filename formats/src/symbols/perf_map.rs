//! The names that a JIT writes to `/tmp/perf-PID.map`.
//!
//! ```text
//! 7f2c1000 1a0 JS:*fib app.js:1:13
//! ```
//!
//! Start and size in hexadecimal digits, then the name up to the end of the line. Code moves
//! and addresses are used again, so a later line wins. Source:
//! `tools/perf/Documentation/jit-interface.txt` of Linux.

use super::{Binding, Symbol, SymbolKind, SymbolTable};

/// The symbols of a map. Lines that are none are left out.
pub fn perf_map_symbols(text: &[u8]) -> SymbolTable<'_> {
    let mut symbols: Vec<Symbol<'_>> =
        text.split(|&byte| byte == b'\n').filter_map(symbol).collect();
    // The last of each address, and nothing of the ones that it replaced.
    symbols.reverse();
    symbols.sort_by_key(|symbol| symbol.address);
    symbols.dedup_by_key(|symbol| symbol.address);
    SymbolTable::new(symbols)
}

fn symbol(line: &[u8]) -> Option<Symbol<'_>> {
    let (start, rest) = hexadecimal(line.trim_ascii())?;
    let (size, name) = hexadecimal(rest.strip_prefix(b" ")?)?;
    let name = name.strip_prefix(b" ")?;
    let binding = Binding::Global;
    (!name.is_empty()).then_some(Symbol {
        address: start,
        size,
        name,
        binding,
        kind: SymbolKind::Function,
    })
}

/// The number at the start of a text, and what is behind it.
fn hexadecimal(text: &[u8]) -> Option<(u64, &[u8])> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let len = text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(len)?;
    Some((u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_line_wins() {
        let table = perf_map_symbols(b"10 8 old name\nnonsense\n20 4 other\n0x10 10 new name\n");
        assert_eq!(table.lookup(0x1f).unwrap().name, b"new name");
        assert_eq!(table.lookup(0x20).unwrap().name, b"other");
        assert_eq!(table.len(), 2);
    }
}
