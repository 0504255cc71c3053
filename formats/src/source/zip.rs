//! The files in a zip archive, by its central directory.
//!
//! ```text
//! PK34 name data   PK34 name data …   PK12 name → data, PK12 …   PK56 → first PK12
//! ```
//!
//! What stands before the data is not trusted: only the directory knows how long it is. An
//! archive that is cut has none; of such a one the first file is read, as far as it goes.
//! Source: `APPNOTE.TXT` of PKWARE.

use memchr::memmem;

use crate::Reader;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Where its data is.
    pub(super) start: usize,
    pub(super) end: usize,
    /// How long it says it is when unpacked; 0 if it does not.
    pub(super) len: u64,
    pub(super) method: Method,
    /// Checksum of the unpacked data; `None` if unknown.
    pub(super) crc: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflate,
    Zstd,
    /// Encrypted, or packed in a way that is not read.
    Other,
}

impl Method {
    fn of(method: u16, flags: u16) -> Self {
        match method {
            _ if flags & 1 != 0 => Self::Other,
            0 => Self::Stored,
            8 => Self::Deflate,
            93 => Self::Zstd,
            _ => Self::Other,
        }
    }
}

/// What is in an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Archive {
    pub(super) members: Vec<Member>,
    /// How many entries of the directory cannot be read, or name no bytes of the archive.
    pub(super) n_broken: u64,
    /// Whether the directory is there.
    pub(super) is_whole: bool,
}

impl Archive {
    /// The files that may be recordings: no folders, none that is empty or cannot be unpacked.
    pub(super) fn files(&self) -> Vec<&Member> {
        let is_file = |member: &&Member| {
            let is_extra = member.name.ends_with('/') || member.name.starts_with("__MACOSX/");
            !is_extra && member.start < member.end && member.method != Method::Other
        };
        self.members.iter().filter(is_file).collect()
    }
}

/// The end of the directory and a comment may be this long.
const MAX_END: usize = 22 + 0xffff;

/// The files of an archive; `None` if this is none.
pub(super) fn archive(bytes: &[u8]) -> Option<Archive> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    if let Some((members, n_broken)) = directory(bytes) {
        return Some(Archive { members, n_broken, is_whole: true });
    }
    let members = first_member(bytes).into_iter().collect();
    Some(Archive { members, n_broken: 0, is_whole: false })
}

/// The files of the directory, and how many entries of it cannot be read.
fn directory(bytes: &[u8]) -> Option<(Vec<Member>, u64)> {
    let tail = bytes.len().saturating_sub(MAX_END);
    let end = tail.saturating_add(memmem::rfind(bytes.get(tail..)?, b"PK\x05\x06")?);
    let start = directory_start(bytes, end)?;
    let mut rest = bytes.get(start..end)?;
    let (mut members, mut n_broken) = (Vec::new(), 0_u64);
    while !rest.is_empty() {
        let mut reader = Reader::new(rest);
        let found = match reader.u32_le() {
            Some(ENTRY) => entry(&mut reader),
            // What is behind the entries: a signature, or the wide form of the end.
            Some(0x0505_4b50 | 0x0606_4b50 | 0x0706_4b50) => break,
            _ => None,
        };
        if let Some(found) = found {
            match found.member(bytes) {
                Some(member) => members.push(member),
                None => n_broken = n_broken.saturating_add(1),
            }
            rest = rest.get(reader.position()..).unwrap_or_default();
            continue;
        }
        n_broken = n_broken.saturating_add(1);
        let behind = rest.get(1..).unwrap_or_default();
        let Some(next) = memmem::find(behind, &ENTRY.to_le_bytes()) else { break };
        rest = behind.get(next..).unwrap_or_default();
    }
    // Who writes an archive knows of its files: a directory of nothing is none.
    (n_broken == 0 || !members.is_empty()).then_some((members, n_broken))
}

/// What an entry of the directory starts with.
const ENTRY: u32 = 0x0201_4b50;

fn directory_start(bytes: &[u8], end: usize) -> Option<usize> {
    let start = Reader::new(bytes.get(end.saturating_add(16)..)?).u32_le()?;
    let locator = end.checked_sub(20).and_then(|at| bytes.get(at..end));
    if let Some([b'P', b'K', 6, 7, rest @ ..]) = locator {
        let at = usize::try_from(Reader::new(rest.get(4..)?).u64_le()?).ok()?;
        let start = Reader::new(bytes.get(at.checked_add(48)?..)?).u64_le()?;
        return usize::try_from(start).ok();
    }
    usize::try_from(start).ok()
}

/// One entry of the directory.
struct Entry {
    name: String,
    method: Method,
    crc: u32,
    len: u64,
    packed: u64,
    /// Where the header of the file is.
    header: u64,
}

/// Reads an entry of the directory behind its first four bytes.
fn entry(reader: &mut Reader<'_>) -> Option<Entry> {
    reader.bytes(4)?;
    let flags = reader.u16_le()?;
    let method = Method::of(reader.u16_le()?, flags);
    reader.bytes(4)?;
    let crc = reader.u32_le()?;
    let packed = reader.u32_le()?;
    let len = reader.u32_le()?;
    let [name_len, extra_len, comment_len] = [reader.u16_le()?, reader.u16_le()?, reader.u16_le()?];
    reader.bytes(8)?;
    let header = reader.u32_le()?;
    let name = String::from_utf8_lossy(reader.bytes(usize::from(name_len))?).into_owned();
    let extra = reader.bytes(usize::from(extra_len))?;
    reader.bytes(usize::from(comment_len))?;
    let [len, packed, header] = widened(extra, [len, packed, header]);
    Some(Entry { name, method, crc, len, packed, header })
}

impl Entry {
    /// The file; `None` where the entry points nowhere.
    fn member(self, bytes: &[u8]) -> Option<Member> {
        let Self { name, method, crc, len, .. } = self;
        let start = data_start(bytes, usize::try_from(self.header).ok()?)?;
        let end = start.checked_add(usize::try_from(self.packed).ok()?)?;
        bytes.get(start..end)?;
        Some(Member { name, start, end, len, method, crc: Some(crc) })
    }
}

/// Numbers that do not fit in 32 bits are in the extra field 1, those alone, in this order.
fn widened(extra: &[u8], numbers: [u32; 3]) -> [u64; 3] {
    let mut wide = Reader::new(&[]);
    let mut reader = Reader::new(extra);
    while let (Some(kind), Some(len)) = (reader.u16_le(), reader.u16_le()) {
        let Some(field) = reader.bytes(usize::from(len)) else { break };
        if kind == 1 {
            wide = Reader::new(field);
        }
    }
    numbers.map(|number| match number {
        u32::MAX => wide.u64_le().unwrap_or(u64::from(number)),
        number => u64::from(number),
    })
}

/// Where the data of the file starts of which the header is here.
fn data_start(bytes: &[u8], header: usize) -> Option<usize> {
    let mut reader = Reader::new(bytes.get(header..)?);
    if reader.u32_le()? != 0x0403_4b50 {
        return None;
    }
    reader.bytes(22)?;
    let name_len = usize::from(reader.u16_le()?);
    let extra_len = usize::from(reader.u16_le()?);
    header.checked_add(30)?.checked_add(name_len)?.checked_add(extra_len)
}

/// The first file of an archive without a directory, as far as it goes.
fn first_member(bytes: &[u8]) -> Option<Member> {
    let mut reader = Reader::new(bytes);
    reader.bytes(6)?;
    let flags = reader.u16_le()?;
    let method = Method::of(reader.u16_le()?, flags);
    let start = data_start(bytes, 0)?;
    let name_len = usize::from(Reader::new(bytes.get(26..)?).u16_le()?);
    let name = bytes.get(30..name_len.saturating_add(30))?;
    let name = String::from_utf8_lossy(name).into_owned();
    let rest = bytes.get(start..)?;
    // Flag 3: how long it is was not known yet when this was written.
    let len = usize::try_from(Reader::new(bytes.get(18..)?).u32_le()?).ok()?;
    let is_told = flags & 8 == 0 && len != u32::MAX as usize;
    let len = match method {
        _ if is_told => len,
        // What is packed knows its end; else the next header is no part of the file.
        Method::Stored => [&b"PK\x07\x08"[..], b"PK\x03\x04"]
            .iter()
            .filter_map(|header| memmem::find(rest, header))
            .min()
            .unwrap_or(rest.len()),
        _ => rest.len(),
    };
    let end = start.saturating_add(len).min(bytes.len());
    Some(Member { name, start, end, len: 0, method, crc: None })
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive of files, packed where the name ends in `.z`.
    pub(in crate::source) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for &(name, data) in files {
            let mut crc = flate2::Crc::new();
            crc.update(data);
            let (method, packed) = if name.strip_suffix(".z").is_some() {
                let mut encoder = DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(data).unwrap();
                (8_u16, encoder.finish().unwrap())
            } else {
                (0, data.to_vec())
            };
            let mut fields = vec![20, 0, 0, 0];
            fields.extend(method.to_le_bytes());
            fields.extend([0; 4]);
            fields.extend(crc.sum().to_le_bytes());
            for len in [packed.len(), data.len(), name.len()] {
                fields.extend(four_bytes(len));
            }
            directory.extend(b"PK\x01\x02\x14\0");
            directory.extend(&fields);
            directory.extend([0; 10]);
            directory.extend(four_bytes(out.len()));
            directory.extend(name.as_bytes());
            out.extend(b"PK\x03\x04");
            out.extend(&fields);
            out.extend(name.as_bytes());
            out.extend(packed);
        }
        let (start, len) = (four_bytes(out.len()), four_bytes(directory.len()));
        out.extend(directory);
        // The numbers of files, which nobody reads, are left at 0.
        out.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
        out.extend([len, start].concat());
        out.extend([0, 0]);
        out
    }

    fn four_bytes(len: usize) -> [u8; 4] {
        u32::try_from(len).unwrap().to_le_bytes()
    }

    #[test]
    fn the_directory_tells_where_the_files_are() {
        let bytes = zip(&[("a.json", b"[1]"), ("b.z", b"main 1\n")]);
        let archive = archive(&bytes).unwrap();
        assert!(archive.is_whole);
        let names: Vec<(&str, u64, Method)> =
            archive.members.iter().map(|row| (&*row.name, row.len, row.method)).collect();
        assert_eq!(names, [("a.json", 3, Method::Stored), ("b.z", 7, Method::Deflate)]);
        let first = archive.members.first().unwrap();
        assert_eq!(bytes.get(first.start..first.end), Some(&b"[1]"[..]));
    }

    #[test]
    fn without_a_directory_the_first_file_ends_where_its_header_says() {
        let whole = zip(&[("a", b"main 1\n"), ("b", b"main 2\n")]);
        let second = memmem::rfind(&whole, b"PK\x03\x04").unwrap();
        for end in [second + 4, second + 20] {
            let mut bytes = whole.get(..end).unwrap().to_vec();
            for flags in [0, 8] {
                *bytes.get_mut(6).unwrap() = flags;
                let first = archive(&bytes).unwrap().members.pop().unwrap();
                assert_eq!(bytes.get(first.start..first.end), Some(&b"main 1\n"[..]));
            }
        }
    }

    #[test]
    fn an_entry_that_cannot_be_read_takes_no_other_with_it() {
        let files: [(&str, &[u8]); 3] = [("a.json", b"[1]"), ("b.z", b"main 1\n"), ("c", b"[]")];
        let whole = zip(&files);
        let entries: Vec<usize> = memmem::find_iter(&whole, &ENTRY.to_le_bytes()).collect();
        // The signature, the length of the name, where the data is.
        for (field, len) in [(0, 4), (28, 2), (42, 4)] {
            for broken in 0..3 {
                let mut bytes = whole.clone();
                let at = entries.get(broken).unwrap().saturating_add(field);
                bytes.get_mut(at..at.saturating_add(len)).unwrap().fill(0xf7);
                let archive = archive(&bytes).unwrap();
                let mut names: Vec<&str> = files.iter().map(|&(name, _)| name).collect();
                names.remove(broken);
                let left: Vec<&str> = archive.members.iter().map(|row| &*row.name).collect();
                assert_eq!(left, names, "entry {broken}, field {field}");
                assert_eq!((archive.n_broken, archive.is_whole), (1, true));
            }
        }
    }

    #[test]
    fn an_archive_that_is_cut_has_its_first_file() {
        let bytes = zip(&[("a.json", b"[1]"), ("b.z", b"main 1\n")]);
        let archive = archive(bytes.get(..50).unwrap()).unwrap();
        assert!(!archive.is_whole);
        let first = archive.members.first().unwrap();
        assert_eq!(first.name, "a.json");
        assert!(bytes.get(first.start..).unwrap().starts_with(b"[1]"));
    }
}
