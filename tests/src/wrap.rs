//! Wrappers around a file, as tools and people put them there.
#![expect(clippy::unwrap_used, reason = "writing to memory cannot fail")]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The bytes in a gzip file of one member.
///
/// # Panics
///
/// Never: writing to memory cannot fail.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `n_mebibytes` of zeros in a gzip file, made without holding them in memory.
///
/// # Panics
///
/// Never: writing to memory cannot fail.
pub fn gzip_zeros(n_mebibytes: usize) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..n_mebibytes {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// The bytes in a zstd file of one frame.
///
/// # Panics
///
/// Never: writing to memory cannot fail.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}
