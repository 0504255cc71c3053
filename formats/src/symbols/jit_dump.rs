//! The code that a JIT has written down as it made it: `jit-PID.dump`.
//!
//! ```text
//! header ─ load `fib` at 7f00 ─ load `mul` at 7f80 ─ move `fib` to 8000 ─ load `add` at 7f00 …
//! ```
//!
//! Unlike [a map of names](super::perf_map_symbols) it says when code came to where it is, so
//! that an address which is used again has the name of each time. A place in code is where its
//! bytes are in the file: that does not change when it moves.
//!
//! Source: `tools/perf/Documentation/jitdump-specification.txt` of Linux.

use rustc_hash::FxHashMap;

use super::{Binding, Symbol, SymbolKind, SymbolTable};
use crate::Reader;

/// The first four bytes on a machine of the other byte order.
const MAGIC_SWAPPED: u32 = 0x4454_694a;
/// The first four bytes on a machine of this byte order.
const MAGIC: u32 = 0x4a69_5444;

/// The times are those of a register of the processor, not of a clock.
const ARCH_TIME: u64 = 1;

const CODE_LOAD: u32 = 0;
const CODE_MOVE: u32 = 1;
const CODE_DEBUG_INFO: u32 = 2;

/// Some writers count lines from the start of the ELF file that `perf inject` makes of each
/// function, whose header is as long as this.
const ELF_HEADER_LEN: u64 = 0x40;

/// Size of the start of a record: kind, size, time.
const PREFIX_LEN: usize = 16;

/// What a JIT has written down.
#[derive(Debug, Default)]
pub struct JitDump<'a> {
    /// Code as it came to an address, in the order of the file.
    pub loads: Vec<JitCode<'a>>,
    /// Lines of source by place.
    pub lines: Vec<JitLine<'a>>,
    /// Functions whose lines are not to be made sense of.
    pub n_broken_lines: u64,
    /// Whether the times are those of the monotonic clock.
    pub has_clock_times: bool,
}

/// A line of source from a place on, up to the next one of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitLine<'a> {
    /// Where its first byte is in the dump.
    pub place: u64,
    /// The file of the line.
    pub file: &'a str,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
}

/// Code that is at an address from some time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitCode<'a> {
    /// From when on, in nanoseconds.
    pub time_ns: u64,
    /// Its first address.
    pub address: u64,
    /// How many bytes it has.
    pub size: u64,
    /// Where its bytes are in the file.
    pub place: u64,
    /// What it is called.
    pub name: &'a [u8],
}

/// Numbers in the byte order of the machine that wrote them.
struct Numbers<'a> {
    reader: Reader<'a>,
    is_swapped: bool,
}

impl Numbers<'_> {
    fn u32(&mut self) -> Option<u32> {
        if self.is_swapped { self.reader.u32_be() } else { self.reader.u32_le() }
    }

    fn u64(&mut self) -> Option<u64> {
        if self.is_swapped { self.reader.u64_be() } else { self.reader.u64_le() }
    }
}

impl<'a> JitDump<'a> {
    /// Reads a dump up to its end, or to where it is cut or broken; `None` if it is none.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let is_swapped = match Reader::new(bytes).u32_le()? {
            MAGIC => false,
            MAGIC_SWAPPED => true,
            _ => return None,
        };
        let mut header = Numbers { reader: Reader::new(bytes), is_swapped };
        header.reader.skip(8)?; // Magic and version.
        let header_len = header.u32()?;
        header.reader.skip(20)?; // Machine, process, time.
        let flags = header.u64()?;
        let mut dump = Self { has_clock_times: flags & ARCH_TIME == 0, ..Self::default() };
        let mut by_index: FxHashMap<u64, usize> = FxHashMap::default();
        let mut lines = Lines::default();
        let mut at = usize::try_from(header_len).ok()?;
        while let Some((kind, time_ns, record)) = record(bytes, at, is_swapped) {
            let end = at.saturating_add(record.len()).saturating_add(PREFIX_LEN);
            let mut fields = Numbers { reader: Reader::new(record), is_swapped };
            match kind {
                CODE_LOAD => {
                    if let Some((index, code)) = load(&mut fields, time_ns, end) {
                        by_index.insert(index, dump.loads.len());
                        dump.loads.push(code);
                        lines.belong_to(&code);
                    }
                }
                CODE_MOVE => {
                    if let Some((index, address)) = movement(&mut fields)
                        && let Some(&row) = by_index.get(&index)
                        && let Some(&code) = dump.loads.get(row)
                    {
                        dump.loads.push(JitCode { time_ns, address, ..code });
                    }
                }
                CODE_DEBUG_INFO => lines.read(&mut fields),
                _ => {}
            }
            at = end;
        }
        dump.n_broken_lines = lines.n_broken;
        dump.lines = lines.finish();
        Some(dump)
    }

    /// The line at a place in the code that starts at another.
    pub fn line_at(&self, start: u64, place: u64) -> Option<&JitLine<'a>> {
        let row = self.lines.partition_point(|line| line.place <= place).checked_sub(1)?;
        self.lines.get(row).filter(|line| line.place >= start)
    }

    /// The names of all code, by its place in the file.
    pub fn symbols(&self) -> SymbolTable<'a> {
        let symbols = self.loads.iter().map(|code| Symbol {
            address: code.place,
            size: code.size,
            name: code.name,
            binding: Binding::Global,
            kind: SymbolKind::Function,
        });
        SymbolTable::new(symbols.collect())
    }
}

/// The lines of functions, which come before their code.
#[derive(Default)]
struct Lines<'a> {
    /// The address of the function whose code is next, and its lines by address.
    next: Option<(u64, Vec<Line<'a>>)>,
    /// Code, how far behind its start the line is, and that.
    all: Vec<(JitCode<'a>, u64, Line<'a>)>,
    /// How far behind the start of its code the first line of a function is at least.
    first: Option<u64>,
    n_broken: u64,
}

/// An address, a file and a line.
type Line<'a> = (u64, &'a str, u32);

impl<'a> Lines<'a> {
    fn read(&mut self, fields: &mut Numbers<'a>) {
        self.next = None;
        let (Some(address), Some(n_lines)) = (fields.u64(), fields.u64()) else { return };
        let mut lines: Vec<Line<'a>> = Vec::new();
        for _ in 0..n_lines {
            let Some(line) = line(fields, lines.last().copied()) else {
                // Nobody knows where the next one would start.
                self.n_broken = self.n_broken.saturating_add(1);
                return;
            };
            lines.push(line);
        }
        self.next = Some((address, lines));
    }

    /// Takes the lines that were read for those of some code, if they are.
    fn belong_to(&mut self, code: &JitCode<'a>) {
        let Some((address, lines)) = self.next.take() else { return };
        let offsets = || lines.iter().map(|line| line.0.wrapping_sub(code.address));
        let most = code.size.saturating_add(ELF_HEADER_LEN);
        if address != code.address || offsets().any(|offset| offset > most) {
            self.n_broken = self.n_broken.saturating_add(1);
            return;
        }
        self.first = self.first.into_iter().chain(offsets().min()).min();
        self.all.extend(offsets().zip(&lines).map(|(offset, &line)| (*code, offset, line)));
    }

    fn finish(self) -> Vec<JitLine<'a>> {
        // A function has its first line where it starts, unless all lines are too far behind.
        let header = if self.first >= Some(ELF_HEADER_LEN) { ELF_HEADER_LEN } else { 0 };
        let line = |(code, offset, (_, file, line)): (JitCode<'_>, u64, Line<'a>)| {
            let offset = offset.checked_sub(header).filter(|&offset| offset < code.size)?;
            Some(JitLine { place: code.place.saturating_add(offset), file, line })
        };
        let mut lines: Vec<JitLine<'a>> = self.all.into_iter().filter_map(line).collect();
        lines.sort_by_key(|line| line.place);
        lines
    }
}

/// The next line of a function: address, line, a number without a use, file. Two bytes stand for
/// the file of the line before.
fn line<'a>(fields: &mut Numbers<'a>, before: Option<Line<'a>>) -> Option<Line<'a>> {
    const SAME: &[u8] = b"\xff";
    let (address, line) = (fields.u64()?, fields.u32()?);
    fields.reader.skip(4)?;
    let rest = fields.reader.rest();
    let name = rest.get(..memchr::memchr(0, rest)?)?;
    fields.reader.skip(name.len().saturating_add(1))?;
    let file = if name == SAME { before?.1 } else { std::str::from_utf8(name).ok()? };
    let is_file = !file.is_empty() && !file.contains(char::is_control);
    is_file.then_some((address, file, line))
}

/// Kind, time and fields of the record at a place.
fn record(bytes: &[u8], at: usize, is_swapped: bool) -> Option<(u32, u64, &[u8])> {
    let rest = bytes.get(at..)?;
    let mut prefix = Numbers { reader: Reader::new(rest), is_swapped };
    let (kind, len, time_ns) = (prefix.u32()?, prefix.u32()?, prefix.u64()?);
    Some((kind, time_ns, rest.get(PREFIX_LEN..usize::try_from(len).ok()?)?))
}

/// Number and code of a record that ends at `end`: the name comes behind the numbers, the bytes
/// of the code behind that.
fn load<'a>(fields: &mut Numbers<'a>, time_ns: u64, end: usize) -> Option<(u64, JitCode<'a>)> {
    fields.reader.skip(16)?; // Process, thread, and the address once more.
    let (address, size, index) = (fields.u64()?, fields.u64()?, fields.u64()?);
    let rest = fields.reader.rest();
    let name = rest.get(..memchr::memchr(0, rest)?)?;
    let code_len = rest.len().checked_sub(name.len())?.checked_sub(1)?;
    let size = size.min(code_len as u64);
    let place = (end as u64).checked_sub(code_len as u64)?;
    Some((index, JitCode { time_ns, address, size, place, name }))
}

/// Number and new address of code that was moved.
fn movement(fields: &mut Numbers<'_>) -> Option<(u64, u64)> {
    fields.reader.skip(24)?; // Process, thread, the address once more, the old one.
    let (address, _size, index) = (fields.u64()?, fields.u64()?, fields.u64()?);
    Some((index, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn push(dump: &mut Vec<u8>, kind: u32, time: u64, body: &[u8]) {
        dump.extend(kind.to_le_bytes());
        let len = u32::try_from(body.len().saturating_add(16)).unwrap();
        dump.extend(len.to_le_bytes());
        dump.extend(time.to_le_bytes());
        dump.extend(body);
    }

    fn header() -> Vec<u8> {
        let mut dump = Vec::new();
        for word in [MAGIC, 1, 40, 62, 0, 7, 0, 0, 0, 0] {
            dump.extend(word.to_le_bytes());
        }
        dump
    }

    fn load(address: u64, index: u64, name: &str, code: &[u8]) -> Vec<u8> {
        let numbers = words(&[7, address, address, code.len() as u64, index]);
        [&numbers, name.as_bytes(), &[0], code].concat()
    }

    #[test]
    fn code_keeps_its_place_in_the_file_when_it_moves() {
        let mut dump = header();
        push(&mut dump, CODE_LOAD, 5, &load(0x7f00, 1, "fib", b"abcd"));
        let place = dump.len() as u64 - 4;
        push(&mut dump, 3, 6, &[]);
        push(&mut dump, CODE_MOVE, 8, &words(&[7, 0, 0x7f00, 0x8000, 4, 1]));
        push(&mut dump, CODE_LOAD, 9, &load(0x7f00, 2, "add", b"xy"));
        let read = JitDump::parse(&dump).unwrap();
        assert!(read.has_clock_times);
        let found: Vec<_> =
            read.loads.iter().map(|it| (it.time_ns, it.address, it.place, it.name)).collect();
        let end = dump.len() as u64 - 2;
        let expected: [(u64, u64, u64, &[u8]); 3] =
            [(5, 0x7f00, place, b"fib"), (8, 0x8000, place, b"fib"), (9, 0x7f00, end, b"add")];
        assert_eq!(found, expected);
        assert_eq!(read.symbols().lookup(place + 3).unwrap().name, b"fib");
        assert!(read.symbols().lookup(place + 4).is_none());
        for len in 0..dump.len() {
            JitDump::parse(dump.get(..len).unwrap());
        }
    }

    fn lines(address: u64, lines: &[(u64, u32, &[u8])]) -> Vec<u8> {
        let mut body = words(&[address, lines.len() as u64]);
        for &(address, line, file) in lines {
            body.extend(words(&[address, u64::from(line)]));
            body.extend(file);
            body.push(0);
        }
        body
    }

    #[test]
    fn lines_are_those_of_the_code_behind_them() {
        let dump = |shift: u64, first: &[u8]| {
            let mut dump = header();
            let at = [0x7f00, 0x7f02].map(|address: u64| address.wrapping_add(shift));
            let info = lines(0x7f00, &[(at[0], 3, first), (at[1], 4, b"\xff")]);
            push(&mut dump, CODE_DEBUG_INFO, 5, &info);
            push(&mut dump, CODE_LOAD, 5, &load(0x7f00, 1, "fib", b"abcd"));
            push(&mut dump, CODE_LOAD, 6, &load(0x7f10, 2, "add", b"xy"));
            dump
        };
        let found = |dump: &[u8]| {
            let read = JitDump::parse(dump).unwrap();
            let [fib, add] = [0, 1].map(|row| read.loads.get(row).unwrap().place);
            let line =
                |start, place| read.line_at(start, place).map(|it| (it.file.to_owned(), it.line));
            (
                [line(fib, fib), line(fib, fib + 1), line(fib, fib + 3), line(add, add)],
                read.n_broken_lines,
            )
        };
        let expected =
            [Some(3), Some(3), Some(4), None].map(|line| Some(("fib.js".to_owned(), line?)));
        assert_eq!(found(&dump(0, b"fib.js")), (expected.clone(), 0));
        assert_eq!(found(&dump(0x40, b"fib.js")), (expected, 0), "from the start of an ELF file");
        assert_eq!(found(&dump(0, b"\x01\x02")), ([const { None }; 4], 1), "no name of a file");
        assert_eq!(found(&dump(0x80, b"fib.js")), ([const { None }; 4], 1), "not in the code");
        let whole = dump(0, b"fib.js");
        for len in 0..whole.len() {
            JitDump::parse(whole.get(..len).unwrap());
        }
    }

    #[test]
    fn code_is_no_longer_than_its_record() {
        let mut dump = header();
        let numbers = words(&[7, 0x10, 0x10, u64::MAX, 1]);
        push(&mut dump, CODE_LOAD, 5, &[&numbers, &b"fib\0ab"[..]].concat());
        assert_eq!(JitDump::parse(&dump).unwrap().loads.first().unwrap().size, 2);
        assert!(JitDump::parse(b"no dump").is_none());
    }
}
