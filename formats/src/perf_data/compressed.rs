//! The records that `perf record -z` has packed.
//!
//! All chunks of a recording are one zstd stream, so the context lives as long as the file is
//! read; a record may start in one chunk and end in the next.

use zstd::stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer};

use crate::source::most_unpacked;

/// How much is unpacked at once.
const STEP: usize = 128 << 10;

/// The unpacked bytes of every chunk so far.
pub(super) struct Unpacked {
    bytes: Vec<u8>,
    /// Made with the first chunk: most recordings have none.
    decoder: Option<Decoder<'static>>,
    limit: usize,
}

/// Why a chunk could not be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnpackError {
    /// zstd finds it broken.
    Broken,
    /// There is more in it than a file of this size may hold.
    TooLarge,
}

impl Unpacked {
    /// For a file of `len` bytes: it may unpack to what a packed file may.
    pub(super) fn new(len: usize) -> Self {
        let limit = usize::try_from(most_unpacked(len)).unwrap_or(usize::MAX);
        Self { bytes: Vec::new(), decoder: None, limit }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Unpacks the next chunk.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), UnpackError> {
        if self.decoder.is_none() {
            self.decoder = Decoder::new().ok();
        }
        let decoder = self.decoder.as_mut().ok_or(UnpackError::Broken)?;
        let mut input = InBuffer::around(chunk);
        loop {
            let len = self.bytes.len();
            if len >= self.limit {
                return Err(UnpackError::TooLarge);
            }
            self.bytes.reserve(STEP);
            let mut output = OutBuffer::around_pos(&mut self.bytes, len);
            decoder.run(&mut input, &mut output).or(Err(UnpackError::Broken))?;
            let is_stuck = output.pos() == len;
            if input.pos() >= chunk.len() && self.bytes.len() < self.bytes.capacity() {
                return Ok(());
            }
            if is_stuck {
                return Err(UnpackError::Broken);
            }
        }
    }
}

impl std::fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unpacked").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_stream_spans_all_chunks() {
        let text = b"a record that starts in one chunk and ends in another ".repeat(50_000);
        let packed = zstd::stream::encode_all(&*text, 1).unwrap();
        let mut unpacked = Unpacked::new(packed.len());
        for chunk in packed.chunks(100) {
            unpacked.push(chunk).unwrap();
        }
        assert_eq!(unpacked.bytes(), text);
    }

    #[test]
    fn junk_and_bombs_are_refused() {
        let mut unpacked = Unpacked::new(10);
        assert_eq!(unpacked.push(b"this is not zstd"), Err(UnpackError::Broken));
        let bomb = zstd::stream::encode_all(&*vec![0; 2 << 20], 1).unwrap();
        let mut unpacked = Unpacked { limit: 1 << 20, ..Unpacked::new(0) };
        assert_eq!(unpacked.push(&bomb), Err(UnpackError::TooLarge));
    }
}
