//! The map of a process' memory, at the end of a file.
//!
//! ```text
//! --- Memory map: ---
//!   source=/home
//!   00400000-00fcb000: $source/server_main
//!   7f47a4351000-7f47a4352000 r-xp 00001000 08:01 1234  /lib/libc.so
//! ```

use std::borrow::Cow;
use std::cell::Cell;

use rview_core::{Mapping, MappingId, ProfileBuilder};

use super::lines::{Lines, hex};
use crate::{Job, Severity};

/// The executable ranges, by address.
#[derive(Debug, Default)]
pub(super) struct Maps<'a> {
    rows: Vec<Row<'a>>,
    /// Where the program starts: the first row of the file.
    main: Option<u64>,
    /// How many paths are too long with the values of their attributes.
    n_too_long: u64,
}

/// `name=value` lines: a `$name` in a path stands for the value.
type Attributes<'a> = Vec<(&'a [u8], &'a [u8])>;

#[derive(Debug)]
struct Row<'a> {
    start: u64,
    end: u64,
    offset: u64,
    path: Cow<'a, [u8]>,
    build_id: &'a [u8],
    /// Made once, however many addresses are in it.
    mapping: Cell<Option<MappingId>>,
}

/// Where Linux puts a program that is not moved.
const USUAL_START: u64 = 0x40_0000;

/// More attributes than that have no use, and each costs a pass over each path.
const MAX_ATTRIBUTES: usize = 16;

/// No system has longer paths.
const MAX_PATH_LEN: usize = 4096;

/// Bytes of all paths that attributes are put into: far more than any process has mapped.
const MAX_EXPANDED: usize = 1 << 20;

/// Whether a line starts the map.
pub(super) fn is_start(line: &[u8]) -> bool {
    let contains = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    contains(b"--- Memory map: ---") || contains(b"MAPPED_LIBRARIES:")
}

impl<'a> Maps<'a> {
    /// Looks for the map in the lines that are left, and reads it.
    pub(super) fn after(mut lines: Lines<'a>) -> Self {
        lines.by_ref().find(|(line, _)| is_start(line));
        Self::read(lines)
    }

    /// Reads the map from its first line on.
    pub(super) fn read(mut lines: Lines<'a>) -> Self {
        let mut maps = Self::default();
        let mut attributes = Attributes::new();
        while let Some((line, _)) = lines.next() {
            match row(line) {
                // Of a line that is cut, the path is the last to be there.
                Some(Line::Code(row)) if lines.is_in_line() && !is_path(&row.path) => {}
                Some(Line::Code(row)) => maps.rows.push(row),
                Some(Line::Data) => {}
                None => {
                    let at = memchr::memchr(b'=', line).unwrap_or(line.len());
                    if let Some((name, [_, value @ ..])) = line.split_at_checked(at)
                        && attributes.len() < MAX_ATTRIBUTES
                    {
                        attributes.push((name.trim_ascii(), value.trim_ascii()));
                    }
                }
            }
        }
        // Profilers tell the part of the program that is code, not where the program starts.
        if let Some(main) = maps.rows.first_mut()
            && main.start.checked_sub(main.offset) == Some(USUAL_START)
        {
            (main.start, main.offset) = (USUAL_START, 0);
        }
        maps.expand(&attributes);
        maps.main = maps.rows.first().map(|row| row.start);
        maps.rows.sort_by_key(|row| row.start);
        maps
    }

    /// The program is the first mapping of a profile, whether or not samples are in it.
    pub(super) fn add_main(&self, builder: &mut ProfileBuilder) {
        if let Some(start) = self.main {
            self.mapping(start, builder);
        }
    }

    /// The binary at an address.
    pub(super) fn mapping(&self, address: u64, builder: &mut ProfileBuilder) -> Option<MappingId> {
        let after = self.rows.partition_point(|row| row.start <= address);
        let row = self.rows.get(after.checked_sub(1)?).filter(|row| address < row.end)?;
        if let Some(mapping) = row.mapping.get() {
            return Some(mapping);
        }
        let path = builder.string(&String::from_utf8_lossy(&row.path));
        let build_id = Some(row.build_id)
            .filter(|id| !id.is_empty())
            .map(|id| builder.string(&String::from_utf8_lossy(id).to_ascii_lowercase()));
        let Row { start, end, offset, .. } = *row;
        let mapping = builder.mapping(Mapping { path, build_id, start, end, file_offset: offset });
        row.mapping.set(Some(mapping));
        Some(mapping)
    }

    /// Notes paths that are shown as they are written.
    pub(super) fn note(&self, job: &Job) {
        job.note_many(Severity::Repair, "long-path", self.n_too_long, || {
            "the path of a binary is too long once its `$names` are replaced; it is shown as the \
             file has it"
                .to_owned()
        });
    }

    /// Puts values for the names of attributes, in one pass: a value is not looked at again.
    fn expand(&mut self, attributes: &[(&[u8], &[u8])]) {
        let mut left = MAX_EXPANDED;
        for row in &mut self.rows {
            if memchr::memchr(b'$', &row.path).is_none() {
                continue;
            }
            match expanded(&row.path, attributes, left.min(MAX_PATH_LEN)) {
                Some(path) => {
                    left = left.saturating_sub(path.len());
                    row.path = path.into();
                }
                None => self.n_too_long = self.n_too_long.saturating_add(1),
            }
        }
    }
}

/// A path with the values of its attributes; `None` if that is longer than `max_len`.
fn expanded(path: &[u8], attributes: &[(&[u8], &[u8])], max_len: usize) -> Option<Vec<u8>> {
    let mut expanded = Vec::new();
    let mut rest = path;
    while let Some(at) = memchr::memchr(b'$', rest) {
        let (before, from) = rest.split_at_checked(at)?;
        let after = from.get(1..)?;
        let known = attributes.iter().find(|(name, _)| after.starts_with(name));
        let (name, value) = known.copied().unwrap_or((b"", b"$"));
        expanded.extend_from_slice(before);
        expanded.extend_from_slice(value.get(..max_len).unwrap_or(value));
        if expanded.len() > max_len {
            return None;
        }
        rest = after.get(name.len()..)?;
    }
    expanded.extend_from_slice(rest);
    (expanded.len() <= max_len).then_some(expanded)
}

/// A line of the map.
enum Line<'a> {
    /// Of code.
    Code(Row<'a>),
    /// Of memory that is no code.
    Data,
}

/// Reads a line; `None` for what is none of the map.
fn row(line: &[u8]) -> Option<Line<'_>> {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let first = words.next()?;
    let first = first.strip_suffix(b":").unwrap_or(first);
    let (start, end) = if let Some(at) = first.iter().position(|&byte| byte == b'-') {
        (first.get(..at)?, first.get(at.checked_add(1)?..)?)
    } else {
        let end = words.next()?;
        (first, end.strip_suffix(b":").unwrap_or(end))
    };
    let address = |text: &[u8]| hex(text.strip_prefix(b"0x").unwrap_or(text));
    let (start, end) = (address(start)?, address(end)?);
    let mut row = Row {
        start,
        end,
        offset: 0,
        path: Cow::Borrowed(b""),
        build_id: b"",
        mapping: Cell::new(None),
    };
    let mut words = words.peekable();
    let is_permission = |word: &&[u8]| word.iter().all(|byte| b"-rwxps".contains(byte));
    if let Some(permission) = words.next_if(is_permission)
        && !permission.contains(&b'x')
    {
        return Some(Line::Data);
    }
    let words: Vec<&[u8]> = words.take(8).collect();
    match words[..] {
        // As in /proc/PID/maps: offset, device, inode, path.
        [offset, device, _, ref rest @ ..] if device.contains(&b':') => {
            row.offset = hex(offset)?;
            row.path = rest.first().copied().unwrap_or_default().into();
        }
        [path, ref rest @ ..] => {
            row.path = path.into();
            let mut rest = rest.iter();
            let mut word = rest.next();
            if let Some(offset) = word.and_then(|word| word.strip_prefix(b"(@")) {
                row.offset = hex(offset.strip_suffix(b")")?)?;
                word = rest.next();
            }
            row.build_id = word.filter(|word| hex_digits(word)).copied().unwrap_or_default();
        }
        [] => {}
    }
    Some(Line::Code(row))
}

/// Whether this names a file, or is a name such as `[vdso]`.
fn is_path(path: &[u8]) -> bool {
    path.contains(&b'/') || path.ends_with(b"]")
}

fn hex_digits(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(map: &str, address: u64, expected: &str) {
        let maps = Maps::read(Lines::new(map.as_bytes()));
        let mut builder = ProfileBuilder::default();
        let mapping = maps.mapping(address, &mut builder);
        let text = mapping.map_or_else(String::new, |mapping| {
            let row = *builder.mapping_row(mapping);
            let build_id = row.build_id.map(|id| builder.text(id).to_owned()).unwrap_or_default();
            let (start, end) = (row.start, row.end);
            format!(
                "{} {start:x}-{end:x} @{:x} {build_id}",
                builder.text(row.path),
                row.file_offset
            )
        });
        assert_eq!(text.trim_end(), expected);
    }

    #[test]
    fn rows_are_short_or_those_of_proc() {
        let short =
            "source=/home\n 00400000-00fcb000: $source/main\n 0x7f0-0x7f8 /lib (@FF0) ab12\n";
        check(short, 0x40_0000, "/home/main 400000-fcb000 @0");
        check(short, 0x7f7, "/lib 7f0-7f8 @ff0 ab12");
        check(short, 0x7f8, "");
        let proc = "7f4000-7f5000 r-xp 00001000 08:01 1234   /lib/libc.so\n\
                    7f5000-7f6000 rw-p 00002000 08:01 1234   /lib/libc.so\n";
        check(proc, 0x7f_4000, "/lib/libc.so 7f4000-7f5000 @1000");
        check(proc, 0x7f_5000, "");
    }

    #[test]
    fn values_of_attributes_are_not_looked_at_again() {
        check("a=$b\nb=x\n1-2: $a/$b/$c\n", 1, "$b/x/$c 1-2 @0");
        let many = |name: &str| format!("${name}").repeat(64);
        let mut map: String = ["a b", "b c", "c d", "d e"]
            .map(|pair| {
                let (name, of) = pair.split_once(' ').unwrap();
                format!("{name}={}\n", many(of))
            })
            .concat();
        map += "e=x\n1-2: $a\n";
        check(&map, 1, &format!("{} 1-2 @0", many("b")));
    }

    #[test]
    fn a_path_too_long_is_shown_as_it_is_written() {
        let map = format!("a={}\n1-2: $a$a\n3-4: $a\n", "x".repeat(3000));
        check(&map, 1, "$a$a 1-2 @0");
        check(&map, 3, &format!("{} 3-4 @0", "x".repeat(3000)));
        assert_eq!(Maps::read(Lines::new(map.as_bytes())).n_too_long, 1);
    }

    #[test]
    fn the_program_starts_where_it_usually_does() {
        check("401000-402000 r-xp 00001000 08:01 9 /main\n", 0x40_0010, "/main 400000-402000 @0");
    }
}
