//! Sections of binaries that are stored compressed.
//!
//! A section says how long it will be; that is believed only as far as the compressed bytes
//! can make it true.

use std::borrow::Cow;
use std::io::Read;

use object::{CompressionFormat, ObjectSection};

use crate::Source;

/// How many times longer than its compressed form a section may be: debug sections shrink to a
/// third or a tenth.
const MAX_RATIO: u64 = 64;

/// What a section may unpack to whatever its compressed length is.
const ALWAYS_ALLOWED: u64 = 1 << 20;

/// The memory that the xz decoder may take for its dictionary, in KiB.
const XZ_MEMORY_KIB: u32 = 64 << 10;

/// The bytes of a section; `None` if they are not there, broken, or longer than they may be.
pub(super) fn section_data<'a>(section: &impl ObjectSection<'a>) -> Option<Cow<'a, [u8]>> {
    let data = section.compressed_data().ok()?;
    let len = data.uncompressed_size;
    match data.format {
        CompressionFormat::None => Some(Cow::Borrowed(data.data)),
        CompressionFormat::Zlib => {
            unpacked(flate2::bufread::ZlibDecoder::new(data.data), data.data, Some(len))
        }
        CompressionFormat::Zstandard => {
            unpacked(zstd::Decoder::with_buffer(data.data).ok()?, data.data, Some(len))
        }
        _ => None,
    }
    .filter(|bytes| data.format == CompressionFormat::None || bytes.len() as u64 == len)
}

/// What xz-compressed bytes unpack to.
pub(super) fn unxz(packed: &[u8]) -> Option<Vec<u8>> {
    let reader = lzma_rust2::XzReader::new_mem_limit(packed, false, XZ_MEMORY_KIB);
    unpacked(reader, packed, None).map(Cow::into_owned)
}

/// A file of a kernel's module, unpacked if it is packed in one of the ways that kernels know.
pub(super) fn unpacked_module(packed: Source) -> Option<Source> {
    let unpacked = match packed.get(..6)? {
        [0x1f, 0x8b, ..] => unpacked(flate2::bufread::GzDecoder::new(&*packed), &packed, None),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            unpacked(zstd::Decoder::with_buffer(&*packed).ok()?, &packed, None)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0] => unxz(&packed).map(Cow::Owned),
        _ => return Some(packed),
    };
    Some(Source::from_vec(unpacked?.into_owned()))
}

fn unpacked(reader: impl Read, packed: &[u8], len: Option<u64>) -> Option<Cow<'static, [u8]>> {
    let limit = (packed.len() as u64).saturating_mul(MAX_RATIO).max(ALWAYS_ALLOWED);
    if len.is_some_and(|len| len > limit) {
        return None;
    }
    let limit = len.unwrap_or(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(len.unwrap_or_default()).ok()?);
    // One more than allowed, to notice that there is more.
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(Cow::Owned(bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unzlib(packed: &[u8], len: Option<u64>) -> Option<usize> {
        let reader = flate2::bufread::ZlibDecoder::new(packed);
        unpacked(reader, packed, len).map(|bytes| bytes.len())
    }

    #[test]
    fn bytes_that_unpack_to_too_much_are_refused() {
        let bomb = zlib(&vec![0; 64 << 20]);
        assert_eq!(unzlib(&bomb, None), None);
        assert_eq!(unzlib(&bomb, Some(64 << 20)), None);
        assert_eq!(unzlib(&zlib(&[7; 1000]), None), Some(1000));
    }

    #[test]
    fn bytes_that_are_not_packed_are_refused() {
        assert_eq!(unxz(b"not xz at all"), None);
        assert_eq!(unzlib(b"\0\0", None), None);
    }
}
