//! Unwraps gzip, zstd, zip, pages of HTML and UTF-16, in any nesting.
//!
//! What is large when it is unpacked goes to a temporary file, which is mapped as a recording
//! that was never packed is: the system keeps of it in memory what there is room for.

use std::fs::File;
use std::io::{self, Read, Write as _};

use flate2::bufread::{DeflateDecoder, GzDecoder};
use zstd::stream::read::Decoder as ZstdDecoder;

use super::utf16::Utf8;
use super::zip::{Archive, Member, Method};
use super::{Packing, Source, page, utf16, zip};
use crate::{ImportError, Job, PROBE_LEN, Severity, detect};

/// How often a file may be wrapped. Tools wrap twice at most; a file that unpacks to itself
/// exists.
const MAX_WRAPPERS: usize = 8;

/// More than this is unpacked into a temporary file, if the system takes one: it is read once, and
/// its pages then are the system's to use otherwise.
const MOST_IN_MEMORY: usize = 32 << 20;

/// More than this is not unpacked without a temporary file.
const MOST_WITHOUT_FILE: usize = 512 << 20;

/// How much is unpacked at once.
const STEP: usize = 4 << 20;

/// What packed bytes may unpack to.
///
/// Traces shrink 10 to 30 times, logs of one repeated line perhaps 200 times, a bomb 1000
/// times. A small file may always unpack to 256 MiB.
pub(crate) fn most_unpacked(packed: usize) -> u64 {
    (packed as u64).saturating_mul(300).max(256 << 20)
}

impl Source {
    /// The innermost bytes of a file that is wrapped in gzip, zstd, zip or a page of HTML,
    /// perhaps several times, and in UTF-8 if they are text.
    ///
    /// A wrapper that ends early gives what it has, with a note.
    pub fn unwrap(self, job: &Job) -> Result<Self, ImportError> {
        let (limit_bytes, modified) = (most_unpacked(self.len()), self.modified());
        let limits = Limits { bytes: limit_bytes, in_memory: MOST_IN_MEMORY };
        Ok(Self { modified, ..self.unwrap_within(job, limits)? })
    }

    fn unwrap_within(self, job: &Job, limits: Limits) -> Result<Self, ImportError> {
        let mut source = self;
        for _ in 0..MAX_WRAPPERS {
            job.set_total(source.len() as u64);
            let unpacked = match source.get(..4) {
                Some([0x1f, 0x8b, 0x08, _]) => {
                    let mut unpacked = Unpacked::new("gzip", limits, job);
                    unpacked.read_gzip(&source)?;
                    unpacked
                }
                Some([0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18]) => {
                    let mut unpacked = Unpacked::new("zstd", limits, job);
                    let mut decoder = ZstdDecoder::with_buffer(&*source)?;
                    unpacked.read(&mut decoder, |decoder| {
                        source.len().saturating_sub(decoder.get_ref().len())
                    })?;
                    unpacked
                }
                _ => match source.unwrap_text(limits, job)? {
                    Unwrapped::Inner(inner) => {
                        source = inner;
                        continue;
                    }
                    Unwrapped::Innermost(source) => return Ok(source),
                },
            };
            source = unpacked.into_source()?;
        }
        Err(ImportError::Unsupported {
            format: "compressed file",
            what: format!("more than {MAX_WRAPPERS} wrappers around each other").into(),
            hint: "unpack it first",
        })
    }
}

/// What is left of a source when one wrapper is gone.
enum Unwrapped {
    Inner(Source),
    /// There was none.
    Innermost(Source),
}

impl Source {
    /// Takes off a wrapper that is more than packed bytes: an archive, a page, an encoding.
    fn unwrap_text(self, limits: Limits, job: &Job) -> Result<Unwrapped, ImportError> {
        if let Some(archive) = zip::archive(&self) {
            return self.unzip(&archive, limits, job).map(Unwrapped::Inner);
        }
        if let Some(order) = utf16::order(&self) {
            let mut text = Utf8::new(&self, order);
            let mut unpacked = Unpacked::new("UTF-16", limits, job);
            unpacked.read(&mut text, |text| self.len().saturating_sub(text.n_left()))?;
            job.note(Severity::Info, "utf-16", || {
                "the file is text in UTF-16, as PowerShell writes with `>`; places in it are told \
                 as if it were UTF-8"
                    .to_owned()
            });
            job.note_many(Severity::Loss, "utf-16-broken", text.n_broken(), || {
                "what is no character of UTF-16 is shown as the replacement character".to_owned()
            });
            return unpacked.into_source().map(Unwrapped::Inner);
        }
        Ok(match page::recording_in(&self) {
            Some(inner) => {
                job.note(Severity::Info, "page", || {
                    "the recording is inside an HTML page; places in it are told from its start"
                        .to_owned()
                });
                Unwrapped::Inner(match inner {
                    page::Inner::Part(part) => self.part(part),
                    page::Inner::Coded(part, coding) => {
                        let part = self.get(part).unwrap_or_default();
                        let mut decoder = coding.decoder(part);
                        let mut unpacked = Unpacked::new("HTML", limits, job);
                        let n_left = |decoder: &page::Decoder<'_>| decoder.n_left();
                        unpacked.read(&mut decoder, |at| part.len().saturating_sub(n_left(at)))?;
                        unpacked.into_source()?
                    }
                })
            }
            None => Unwrapped::Innermost(self),
        })
    }

    /// The largest file of an archive that is a recording; if none is, the largest.
    fn unzip(self, archive: &Archive, limits: Limits, job: &Job) -> Result<Self, ImportError> {
        let mut files = archive.files();
        files.sort_by_key(|file| std::cmp::Reverse(file.len));
        let is_recording = |file: &&&Member| is_recording(&head_of(&self, file));
        let mut recordings = files.iter().take(MAX_MEMBERS_TRIED).filter(is_recording);
        let Some(&file) = recordings.next().or(files.first()) else {
            return Err(ImportError::Unsupported {
                format: "zip",
                what: "an archive without a file that can be unpacked".into(),
                hint: "unpack it and open the recording in it",
            });
        };
        let n_others = recordings.count() as u64;
        job.note_many(Severity::Loss, "zip-recordings", n_others, || {
            format!(
                "the archive has more recordings than `{}`, the largest; unpack it to open the \
                 others, or all of them at once with --merge",
                file.name
            )
        });
        job.note_many(Severity::Loss, "zip-entries", archive.n_broken, || {
            "an entry of the directory of the archive is broken, and its file is not read; copy \
             the archive again"
                .to_owned()
        });
        let file = file.clone();
        if !archive.is_whole {
            job.note(Severity::Loss, "packed-truncated", || {
                "the zip archive ends early: it has no directory, so only its first file is read; \
                 copy the archive again"
                    .to_owned()
            });
        }
        if file.method == Method::Stored {
            return Ok(self.part(file.start..file.end));
        }
        let mut unpacked = Unpacked::new("zip", limits, job);
        unpacked.read_member(self.get(file.start..file.end).unwrap_or_default(), &file)?;
        unpacked.into_source()
    }
}

/// How many files of an archive are looked at, the largest first.
const MAX_MEMBERS_TRIED: usize = 64;

/// The first bytes of a file in an archive, as far as they can be unpacked.
fn head_of(archive: &[u8], file: &Member) -> Vec<u8> {
    let packed = archive.get(file.start..file.end).unwrap_or_default();
    let mut head = Vec::new();
    let take = PROBE_LEN as u64;
    // What is broken behind the head does not matter here.
    let _: io::Result<usize> = match file.method {
        Method::Deflate => DeflateDecoder::new(packed).take(take).read_to_end(&mut head),
        Method::Zstd => ZstdDecoder::with_buffer(packed)
            .and_then(|decoder| decoder.take(take).read_to_end(&mut head)),
        Method::Stored | Method::Other => packed.take(take).read_to_end(&mut head),
    };
    head
}

/// Whether these are the first bytes of a recording, or of one that is wrapped again.
fn is_recording(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
        || head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || utf16::order(head).is_some()
        || detect(head).is_ok()
}

/// How much may be unpacked, and how much of that without a file.
#[derive(Clone, Copy)]
struct Limits {
    bytes: u64,
    in_memory: usize,
}

/// Whether a decoder came to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    Early,
}

/// What is unpacked so far.
struct Unpacked<'a> {
    wrapper: &'static str,
    limits: Limits,
    job: &'a Job,
    /// All of it, or what is not in the file yet.
    bytes: Vec<u8>,
    /// What is being written to the file.
    full: Vec<u8>,
    /// A file without a name, which is gone when it is closed.
    file: Option<File>,
    len: u64,
    /// Where the packed bytes break and why, if they do.
    broken: Option<(u64, String)>,
}

impl<'a> Unpacked<'a> {
    fn new(wrapper: &'static str, limits: Limits, job: &'a Job) -> Self {
        let (bytes, full) = (Vec::new(), Vec::new());
        Self { wrapper, limits, job, bytes, full, file: None, len: 0, broken: None }
    }

    fn into_source(mut self) -> Result<Source, ImportError> {
        if self.file.is_some() {
            self.write_out()?;
        }
        let source = match self.file {
            Some(file) => Source::mapped(&file)?,
            None => Source::from_vec(self.bytes),
        };
        let packing = Some(Packing { wrapper: self.wrapper, broken: self.broken });
        Ok(Source { packing, ..source })
    }

    /// Moves what is in memory to the file, which is made if there is none.
    fn write_out(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.bytes)?;
        self.bytes.clear();
        self.bytes.shrink_to(STEP);
        Ok(())
    }

    /// Makes room in memory for one more step. What is for the file is left in `full`.
    fn make_room(&mut self) -> Result<(), ImportError> {
        if self.file.is_some() {
            std::mem::swap(&mut self.bytes, &mut self.full);
            self.bytes.clear();
            return Ok(());
        }
        let is_full = self.bytes.len() >= self.limits.in_memory;
        if is_full || self.bytes.try_reserve(STEP).is_err() {
            let Err(err) = self.write_out() else { return Ok(()) };
            if self.bytes.len() < MOST_WITHOUT_FILE && self.bytes.try_reserve(STEP).is_ok() {
                self.file = None;
                self.limits.in_memory = MOST_WITHOUT_FILE;
                return Ok(());
            }
            return Err(not_taken(&err));
        }
        Ok(())
    }

    /// Unpacks one more step while the one before is written to the file, if there is one. Gives
    /// how much it is, and why it is not more.
    fn step<D: Read + Send>(
        &mut self,
        decoder: &mut D,
    ) -> Result<(usize, io::Result<usize>), ImportError> {
        self.make_room()?;
        let Self { bytes, full, file, .. } = self;
        let mut unpack = || {
            let n_before = bytes.len();
            let result = decoder.by_ref().take(STEP as u64).read_to_end(bytes);
            (bytes.len().saturating_sub(n_before), result)
        };
        let Some(file) = file.as_mut().filter(|_| !full.is_empty()) else { return Ok(unpack()) };
        let (unpacked, written) = rayon::join(unpack, || file.write_all(full));
        full.clear();
        written.map_err(|err| not_taken(&err))?;
        Ok(unpacked)
    }

    /// Reads every member of a gzip file.
    fn read_gzip(&mut self, packed: &[u8]) -> Result<(), ImportError> {
        let mut rest = packed;
        while let [0x1f, 0x8b, ..] = rest {
            let mut decoder = GzDecoder::new(rest);
            let ended = self.read(&mut decoder, |decoder| {
                packed.len().saturating_sub(decoder.get_ref().len())
            })?;
            if ended == Ended::Early {
                return Ok(());
            }
            rest = decoder.into_inner();
        }
        self.job.note_many(Severity::Unshown, "packed-trailing-bytes", rest.len() as u64, || {
            let at = packed.len().saturating_sub(rest.len());
            format!(
                "bytes after the end of the gzip data, from byte {at}, are not part of it and \
                 are left out; they are padding unless something was appended"
            )
        });
        Ok(())
    }

    /// Reads a file of an archive.
    fn read_member(&mut self, packed: &[u8], file: &Member) -> Result<(), ImportError> {
        let crc = flate2::Crc::new();
        let (ended, sum) = if file.method == Method::Zstd {
            let mut decoder = Summed { inner: ZstdDecoder::with_buffer(packed)?, crc };
            let ended = self.read(&mut decoder, |decoder| {
                packed.len().saturating_sub(decoder.inner.get_ref().len())
            })?;
            (ended, decoder.crc.sum())
        } else {
            let mut decoder = Summed { inner: DeflateDecoder::new(packed), crc };
            let ended = self.read(&mut decoder, |decoder| {
                packed.len().saturating_sub(decoder.inner.get_ref().len())
            })?;
            (ended, decoder.crc.sum())
        };
        let is_right = file.crc.is_none_or(|expected| expected == sum);
        if ended == Ended::Well && !is_right {
            self.broken = Some((packed.len() as u64, "the checksum is another".to_owned()));
            self.job.note(Severity::Loss, "packed-broken", || {
                "the checksum of the file in the zip archive is another: some of its bytes are \
                 wrong; copy the archive again"
                    .to_owned()
            });
        }
        Ok(())
    }

    /// Reads a decoder to its end, or to where it is broken. `position` tells how many of the
    /// packed bytes it has read.
    fn read<D: Read + Send>(
        &mut self,
        decoder: &mut D,
        position: impl Fn(&D) -> usize,
    ) -> Result<Ended, ImportError> {
        loop {
            let (n_read, result) = self.step(decoder)?;
            self.len = self.len.saturating_add(n_read as u64);
            let at = position(decoder) as u64;
            self.job.progress(at)?;
            if self.len > self.limits.bytes {
                let (wrapper, limit_bytes) = (self.wrapper, self.limits.bytes);
                return Err(ImportError::TooLarge { wrapper, limit_bytes });
            }
            match result {
                Ok(_) if n_read == 0 => return Ok(Ended::Well),
                Ok(_) => {}
                Err(err) if self.len == 0 => return Err(broken(self.wrapper, at, &err)),
                Err(err) => {
                    self.note_cut(at, &err);
                    return Ok(Ended::Early);
                }
            }
        }
    }

    /// The kind is not `truncated`: what is unpacked may lack its end for a reason of its own.
    fn note_cut(&mut self, at: u64, err: &io::Error) {
        let Self { wrapper, len, .. } = *self;
        self.broken = Some((at, err.to_string()));
        self.job.note(Severity::Loss, "packed-truncated", || {
            format!(
                "the {wrapper} data ends or breaks at byte {at}, after {len} unpacked bytes \
                 ({err}); copy the file again"
            )
        });
    }
}

fn not_taken(err: &io::Error) -> ImportError {
    let what = format!(
        "what it unpacks to is more than memory is for, and the folder for temporary files, {}, \
         does not take it: {err}",
        std::env::temp_dir().display()
    );
    ImportError::Io(io::Error::new(err.kind(), what))
}

/// Adds up the checksum of what is read.
struct Summed<R> {
    inner: R,
    crc: flate2::Crc,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..n_read).unwrap_or_default());
        Ok(n_read)
    }
}

fn broken(wrapper: &'static str, offset: u64, err: &io::Error) -> ImportError {
    ImportError::Malformed {
        format: wrapper,
        what: format!("nothing can be unpacked ({err})").into(),
        offset,
        hint: "copy or download the file again",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unwrapped(bytes: Vec<u8>) -> (Vec<u8>, Vec<&'static str>) {
        let job = Job::default();
        let source = Source::from_vec(bytes).unwrap(&job).unwrap();
        (source.to_vec(), job.report().notes().iter().map(|note| note.kind).collect())
    }

    #[test]
    fn nested_and_multi_member_wrappers_are_unwrapped() {
        let two_members = [gzip(b"main;"), gzip(b"read 1\n")].concat();
        let zstd = zstd::stream::encode_all(&*two_members, 1).unwrap();
        assert_eq!(unwrapped(gzip(&zstd)), (b"main;read 1\n".to_vec(), vec![]));
    }

    #[test]
    fn a_cut_wrapper_gives_what_it_has() {
        let text = b"main;read 1\n".repeat(1000);
        let mut packed = gzip(&text);
        packed.truncate(packed.len() - 8);
        let (bytes, notes) = unwrapped(packed);
        assert!(text.starts_with(&bytes) && !bytes.is_empty());
        assert_eq!(notes, ["packed-truncated"]);
    }

    #[test]
    fn junk_after_the_last_member_is_noted() {
        let (bytes, notes) = unwrapped([gzip(b"main 1\n"), b"\0\0junk".to_vec()].concat());
        assert_eq!(bytes, b"main 1\n");
        assert_eq!(notes, ["packed-trailing-bytes"]);
    }

    #[test]
    fn the_largest_recording_of_an_archive_is_read() {
        let zip = zip::tests::zip;
        let files = [("read.me.z", &[b'x'; 5000][..]), ("a/b.z", b"main;read 1\nmain 2\n")];
        assert_eq!(unwrapped(zip(&files)), (files[1].1.to_vec(), vec![]));
        let two = zip(&[("a", b"main;read 1\n"), ("b", b"main;read 1\nmain;read 2\n")]);
        let expected = (b"main;read 1\nmain;read 2\n".to_vec(), vec!["zip-recordings"]);
        assert_eq!(unwrapped(two), expected);
        let packed = gzip(b"main 1\n");
        assert_eq!(unwrapped(zip(&[("a.gz", &packed)])), (b"main 1\n".to_vec(), vec![]));
        let err = Source::from_vec(zip(&[("a/", b"")])).unwrap(&Job::default()).unwrap_err();
        assert!(err.to_string().contains("unpack it"), "{err}");
    }

    #[test]
    fn a_broken_archive_gives_what_it_has() {
        let text = b"main;read 1\n".repeat(1000);
        let whole = zip::tests::zip(&[("a.z", &text)]);
        let cut = whole.get(..whole.len() / 2).unwrap().to_vec();
        let (bytes, notes) = unwrapped(cut);
        assert!(text.starts_with(&bytes) && !bytes.is_empty());
        assert_eq!(notes, ["packed-truncated"]);
        let mut other = whole.clone();
        // The checksum in the directory.
        let at = memchr::memmem::rfind(&whole, b"PK\x01\x02").unwrap();
        *other.get_mut(at + 16).unwrap() ^= 1;
        assert_eq!(unwrapped(other), (text, vec!["packed-broken"]));
    }

    #[test]
    fn json_of_a_page_or_in_utf_16_is_unwrapped() {
        let page = b"<html><script id=\"viewer-data\">\n[{\"ph\":1}]\n</script></html>";
        assert_eq!(unwrapped(page.to_vec()), (b"[{\"ph\":1}]".to_vec(), vec!["page"]));
        let text = "\u{feff}[\"\u{e9}\"]";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(unwrapped(utf16), ("[\"\u{e9}\"]".into(), vec!["utf-16"]));
        let stacks: Vec<u8> = "main;é 3\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(unwrapped(stacks), ("main;é 3\n".into(), vec!["utf-16"]));
    }

    #[test]
    fn a_bomb_meets_the_limit() {
        let bomb = gzip(&gzip(&vec![0; 10 << 20]));
        let limits = Limits { bytes: 1 << 20, in_memory: MOST_IN_MEMORY };
        let err = Source::from_vec(bomb).unwrap_within(&Job::default(), limits).unwrap_err();
        assert!(matches!(err, ImportError::TooLarge { wrapper: "gzip", .. }), "{err}");
        assert!(err.to_string().contains("1048576"), "{err}");
    }

    #[test]
    fn what_is_large_is_unpacked_into_a_file() {
        let text: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let limits = Limits { bytes: 1 << 30, in_memory: 1 << 20 };
        for packed in [gzip(&text), zstd::stream::encode_all(&*text, 1).unwrap()] {
            let source = Source::from_vec(packed).unwrap_within(&Job::default(), limits).unwrap();
            assert!(source.is_mapped());
            assert!(*source == *text);
        }
        let limits = Limits { bytes: 2 << 20, ..limits };
        let err = Source::from_vec(gzip(&text)).unwrap_within(&Job::default(), limits).unwrap_err();
        assert!(matches!(err, ImportError::TooLarge { .. }), "{err}");
    }

    #[test]
    fn the_place_where_the_packed_data_breaks_is_told() {
        let job = Job::default();
        let mut packed = gzip(&(0..100_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
        packed.truncate(50_000);
        Source::from_vec(packed).unwrap(&job).unwrap();
        let text = job.report().notes().first().unwrap().text.clone();
        assert!(text.contains("at byte 50000, after"), "{text}");

        let start: Vec<u8> = gzip(b"").into_iter().take(5).collect();
        let err = Source::from_vec(start).unwrap(&job).unwrap_err();
        assert!(err.to_string().contains("at byte 5;"), "{err}");
    }
}
