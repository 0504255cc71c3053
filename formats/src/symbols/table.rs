//! The symbol table: which symbol covers an address.
//!
//! Symbols overlap: several names have one address, some lie within others, some have no size.
//! What is shown has to be what perf shows, so the rules here are its own:
//!
//! ```text
//! a  ├───────────────┤      starts   a   b   a   c
//! b      ├───┤              covers   ├───┼───┼───┼──────
//! c                  │ (no size: up to the next)
//! ```

use std::borrow::Cow;

use super::demangle;

/// How a symbol is bound, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// Gives way to any other of the name.
    Weak,
    /// Known in its own file only.
    Local,
    /// Known everywhere.
    Global,
}

/// A name for a range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// The first address.
    pub address: u64,
    /// Number of bytes; 0 if unknown: up to the next symbol.
    pub size: u64,
    /// As in the file: mangled.
    pub name: &'a [u8],
    /// How it is bound.
    pub binding: Binding,
    /// What it is of.
    pub kind: SymbolKind,
}

/// What a symbol is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A function.
    Function,
    /// A place in code that has a name.
    Label,
    /// The jump to a function of another binary; the name is that function's.
    Jump,
}

impl Symbol<'_> {
    /// What makes one of several symbols of an address the best: the greatest.
    fn rank(&self) -> impl Ord + use<> {
        let n_underscores = self.name.iter().take_while(|&&byte| byte == b'_').count();
        let has_size = self.size > 0;
        let is_plain = std::cmp::Reverse(n_underscores);
        let is_label = self.kind == SymbolKind::Label;
        (has_size, !is_label, self.binding, is_plain, self.name.len())
    }

    /// The name as people wrote it, `name@plt` for a jump.
    pub fn demangled(&self) -> Cow<'_, str> {
        // Go says of functions in assembler how they are called, and its own tools do not show it.
        let name = self.name.strip_suffix(b".abi0").unwrap_or(self.name);
        let name = demangle(name);
        if self.kind == SymbolKind::Jump { Cow::Owned(format!("{name}@plt")) } else { name }
    }
}

/// Symbols by address.
///
/// # Invariants
///
/// * `starts` rises, and has a symbol, or that there is none, for each start.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable<'a> {
    symbols: Vec<Symbol<'a>>,
    starts: Vec<u64>,
    /// Row of `symbols`; [`NO_SYMBOL`] for a gap.
    covers: Vec<u32>,
}

/// Stands for a gap between symbols.
const NO_SYMBOL: u32 = u32::MAX;

/// How far the last symbol reaches if it has no size.
const LAST_SIZE: u64 = 4096;

impl<'a> SymbolTable<'a> {
    /// A table of symbols in any order. Of several with one address the best is kept.
    pub fn new(mut symbols: Vec<Symbol<'a>>) -> Self {
        // Stable: of symbols with one address and no size, the last in the file reaches to the
        // next address and so is the only one that has a size.
        symbols.sort_by_key(|symbol| symbol.address);
        let nexts: Vec<u64> = symbols.iter().skip(1).map(|symbol| symbol.address).collect();
        let mut nexts = nexts.into_iter();
        for symbol in &mut symbols {
            let next = nexts.next();
            if symbol.size == 0 {
                let end = next.unwrap_or_else(|| {
                    let page = symbol.address.checked_next_multiple_of(LAST_SIZE);
                    page.unwrap_or(symbol.address).saturating_add(LAST_SIZE)
                });
                symbol.size = end.saturating_sub(symbol.address);
            }
        }
        symbols.dedup_by(|later, best| {
            let is_same = later.address == best.address;
            if is_same && later.rank() > best.rank() {
                *best = *later;
            }
            is_same
        });
        symbols.truncate(NO_SYMBOL as usize);
        let mut table = Self { symbols: Vec::new(), starts: Vec::new(), covers: Vec::new() };
        table.cover(&symbols);
        table.symbols = symbols;
        table
    }

    /// Cuts the addresses into ranges that one symbol covers: the innermost.
    fn cover(&mut self, symbols: &[Symbol<'_>]) {
        // Those that reach behind the address at hand, the outermost first.
        let mut open: Vec<(u64, u32)> = Vec::new();
        for (row, symbol) in (0_u32..).zip(symbols) {
            self.close(&mut open, symbol.address);
            self.start(symbol.address, row);
            open.push((symbol.address.saturating_add(symbol.size), row));
        }
        self.close(&mut open, u64::MAX);
    }

    /// Ends the symbols that end at an address or before it.
    fn close(&mut self, open: &mut Vec<(u64, u32)>, address: u64) {
        while let Some((end, _)) = open.pop_if(|&mut (end, _)| end <= address) {
            while open.pop_if(|&mut (outer_end, _)| outer_end <= end).is_some() {}
            self.start(end, open.last().map_or(NO_SYMBOL, |&(_, row)| row));
        }
    }

    fn start(&mut self, address: u64, row: u32) {
        match (self.starts.last(), self.covers.last_mut()) {
            (Some(&last), Some(cover)) if last == address => *cover = row,
            _ => {
                self.starts.push(address);
                self.covers.push(row);
            }
        }
    }

    /// The symbol that covers an address.
    pub fn lookup(&self, address: u64) -> Option<&Symbol<'a>> {
        let range = self.starts.partition_point(|&start| start <= address).checked_sub(1)?;
        self.symbols.get(*self.covers.get(range)? as usize)
    }

    /// The address of a symbol, by its name as in the file.
    pub fn address_of(&self, name: &[u8]) -> Option<u64> {
        self.symbols.iter().find(|symbol| symbol.name == name).map(|symbol| symbol.address)
    }

    /// Every symbol that is the best of its address, by address.
    pub fn symbols(&self) -> &[Symbol<'a>] {
        &self.symbols
    }

    /// Number of symbols.
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// Whether there is no symbol.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_go_in_assembler_are_called_as_go_shows_them() {
        let name = |name| symbol(0, 1, name).demangled().into_owned();
        assert_eq!(name("runtime.asyncPreempt.abi0"), "runtime.asyncPreempt");
    }

    fn symbol(address: u64, size: u64, name: &str) -> Symbol<'_> {
        let (name, binding) = (name.as_bytes(), Binding::Global);
        Symbol { address, size, name, binding, kind: SymbolKind::Function }
    }

    /// The names at the addresses from 0 on, `.` for none, by their first letter.
    #[track_caller]
    fn check(symbols: &[Symbol<'_>], expected: &str) {
        let table = SymbolTable::new(symbols.to_vec());
        let name = |address| {
            table.lookup(address).map_or('.', |symbol| char::from(*symbol.name.first().unwrap()))
        };
        assert_eq!((0..expected.len() as u64).map(name).collect::<String>(), expected);
    }

    #[test]
    fn an_inner_symbol_interrupts_the_outer() {
        check(&[symbol(1, 6, "a"), symbol(3, 2, "b")], ".aabbaa..");
        check(&[symbol(1, 4, "a"), symbol(3, 4, "b")], ".aabbbb..");
        check(&[symbol(1, 4, "a"), symbol(3, 2, "b"), symbol(5, 1, "c")], ".aabbc..");
    }

    #[test]
    fn a_symbol_without_a_size_reaches_to_the_next() {
        check(&[symbol(4, 2, "b"), symbol(1, 0, "a")], ".aaabb.");
        assert!(SymbolTable::new(vec![symbol(1, 0, "a")]).lookup(5000).is_some());
        assert!(SymbolTable::new(vec![symbol(1, 0, "a")]).lookup(9000).is_none());
    }

    #[test]
    fn of_several_names_the_best_is_kept() {
        let best = |symbols: &[Symbol<'static>]| {
            let table = SymbolTable::new(symbols.to_vec());
            String::from_utf8_lossy(table.lookup(0).unwrap().name).into_owned()
        };
        assert_eq!(best(&[symbol(0, 0, "long"), symbol(0, 4, "f")]), "f");
        assert_eq!(best(&[symbol(0, 0, "memset"), symbol(0, 0, "__pi_memset")]), "__pi_memset");
        let weak = Symbol { binding: Binding::Weak, ..symbol(0, 4, "weaker") };
        let local = Symbol { binding: Binding::Local, ..symbol(0, 4, "local") };
        assert_eq!(best(&[weak, local]), "local");
        assert_eq!(best(&[local, symbol(0, 4, "g")]), "g");
        assert_eq!(best(&[symbol(0, 4, "__libc_open"), symbol(0, 4, "open")]), "open");
        assert_eq!(best(&[symbol(0, 4, "open"), symbol(0, 4, "open64")]), "open64");
    }
}
