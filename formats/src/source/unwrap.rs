//! Unwraps gzip and zstd, in any nesting.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

use super::Source;
use crate::{ImportError, Job, Severity};

/// How often a file may be wrapped. Tools wrap twice at most; a file that unpacks to itself
/// exists.
const MAX_WRAPPERS: usize = 8;

/// What a wrapped file of `len` bytes may unpack to.
///
/// Traces shrink 10 to 30 times, logs of one repeated line perhaps 200 times, a bomb 1000
/// times. A small file may always unpack to 256 MiB.
fn limit_of(len: usize) -> u64 {
    (len as u64).saturating_mul(300).max(256 << 20)
}

impl Source {
    /// The innermost bytes of a file that is wrapped in gzip or zstd, perhaps several times.
    ///
    /// A wrapper that ends early gives what it has, with a note.
    pub fn unwrap(self, job: &Job) -> Result<Self, ImportError> {
        self.unwrap_within(job, limit_of)
    }

    fn unwrap_within(self, job: &Job, limit: fn(usize) -> u64) -> Result<Self, ImportError> {
        let limit_bytes = limit(self.len());
        let mut source = self;
        for _ in 0..MAX_WRAPPERS {
            job.set_total(source.len() as u64);
            let unpacked = match source.get(..4) {
                Some([0x1f, 0x8b, 0x08, _]) => {
                    let mut unpacked = Unpacked::new("gzip", limit_bytes, job);
                    unpacked.read_gzip(&source)?;
                    unpacked.bytes
                }
                Some([0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18]) => {
                    let mut unpacked = Unpacked::new("zstd", limit_bytes, job);
                    let mut decoder = ZstdDecoder::with_buffer(&*source)?;
                    unpacked.read(&mut decoder, |decoder| {
                        source.len().saturating_sub(decoder.get_ref().len())
                    })?;
                    unpacked.bytes
                }
                _ => return Ok(source),
            };
            source = Self::from_vec(unpacked);
        }
        Err(ImportError::Unsupported {
            format: "compressed file",
            what: format!("more than {MAX_WRAPPERS} wrappers around each other").into(),
            hint: "unpack it first",
        })
    }
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
    limit_bytes: u64,
    job: &'a Job,
    bytes: Vec<u8>,
}

impl<'a> Unpacked<'a> {
    fn new(wrapper: &'static str, limit_bytes: u64, job: &'a Job) -> Self {
        Self { wrapper, limit_bytes, job, bytes: Vec::new() }
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
        self.job.note_many(Severity::Info, "trailing-bytes", rest.len() as u64, || {
            "bytes after the end of the gzip data are not part of it".to_owned()
        });
        Ok(())
    }

    /// Reads a decoder to its end, or to where it is broken. `position` tells how many of the
    /// packed bytes it has read.
    fn read<D: Read>(
        &mut self,
        decoder: &mut D,
        position: impl Fn(&D) -> usize,
    ) -> Result<Ended, ImportError> {
        loop {
            let before = self.bytes.len();
            let result = decoder.by_ref().take(4 << 20).read_to_end(&mut self.bytes);
            self.job.progress(position(decoder) as u64)?;
            if self.bytes.len() as u64 > self.limit_bytes {
                let Self { wrapper, limit_bytes, .. } = *self;
                return Err(ImportError::TooLarge { wrapper, limit_bytes });
            }
            match result {
                Ok(_) if self.bytes.len() == before => return Ok(Ended::Well),
                Ok(_) => {}
                Err(err) if self.bytes.is_empty() => return Err(broken(self.wrapper, &err)),
                Err(err) => {
                    self.note_cut(&err);
                    return Ok(Ended::Early);
                }
            }
        }
    }

    fn note_cut(&self, err: &io::Error) {
        let Self { wrapper, ref bytes, .. } = *self;
        self.job.note(Severity::Loss, "truncated", || {
            let n_bytes = bytes.len();
            format!(
                "the {wrapper} data ends or breaks after {n_bytes} unpacked bytes ({err}); \
                 copy the file again"
            )
        });
    }
}

fn broken(wrapper: &'static str, err: &io::Error) -> ImportError {
    ImportError::Malformed {
        format: wrapper,
        what: format!("nothing can be unpacked ({err})").into(),
        offset: 0,
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
        assert_eq!(notes, ["truncated"]);
    }

    #[test]
    fn junk_after_the_last_member_is_noted() {
        let (bytes, notes) = unwrapped([gzip(b"main 1\n"), b"\0\0junk".to_vec()].concat());
        assert_eq!(bytes, b"main 1\n");
        assert_eq!(notes, ["trailing-bytes"]);
    }

    #[test]
    fn a_bomb_meets_the_limit() {
        let bomb = gzip(&gzip(&vec![0; 10 << 20]));
        let err = Source::from_vec(bomb).unwrap_within(&Job::default(), |_| 1 << 20).unwrap_err();
        assert!(matches!(err, ImportError::TooLarge { wrapper: "gzip", .. }), "{err}");
    }
}
