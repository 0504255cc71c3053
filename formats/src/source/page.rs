//! Pages of HTML with a recording in them, as `trace2html` and old versions of `systrace` write.
//!
//! ```html
//! <script id="viewer-data" type="application/json">
//! H4sIAAAA… (gzip in base64), or {"traceEvents": […]}
//! </script>
//! ```

use std::ops::Range;

use memchr::memmem;

/// What is in a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inner {
    /// JSON, as it stands in the page.
    Part(Range<usize>),
    /// What was written as base64.
    Decoded(Vec<u8>),
}

/// How far the start of a page is looked for its `<html`.
const HEAD: usize = 4096;

/// The largest recording of a page; `None` where this is no page, or none with a recording.
pub(super) fn recording_in(page: &[u8]) -> Option<Inner> {
    let head = page.get(..HEAD).unwrap_or(page);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let is_page = text.first() == Some(&b'<')
        && [&b"<html"[..], b"<HTML", b"<!doctype", b"<!DOCTYPE"]
            .iter()
            .any(|tag| memmem::find(head, tag).is_some());
    if !is_page {
        return None;
    }
    let best = scripts(page)
        .filter(|script| is_recording(page.get(script.clone()).unwrap_or_default()))
        .max_by_key(|script| script.end.saturating_sub(script.start))?;
    let content = page.get(best.clone())?;
    if matches!(content.first(), Some(b'{' | b'[')) {
        return Some(Inner::Part(best));
    }
    Some(Inner::Decoded(base64(content)))
}

/// Where the contents of the scripts are that hold data, without the blanks around them.
fn scripts(page: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let open = at.saturating_add(memmem::find(page.get(at..)?, b"<script")?);
            let close = open.saturating_add(memchr::memchr(b'>', page.get(open..)?)?);
            let tag = page.get(open..close)?;
            let start = close.saturating_add(1);
            let rest = page.get(start..)?;
            // A page that is cut has no end of its last script.
            let len = memmem::find(rest, b"</script").unwrap_or(rest.len());
            at = start.saturating_add(len);
            let has = |name: &[u8]| memmem::find(tag, name).is_some();
            if has(b"viewer-data") || has(b"trace-data") || has(b"application/json") {
                let content = page.get(start..at)?;
                let start = at.saturating_sub(content.trim_ascii_start().len());
                let end = start.saturating_add(content.trim_ascii().len());
                return Some(start..end);
            }
        }
    })
}

/// Whether this is JSON, or base64 of JSON or of gzip.
fn is_recording(content: &[u8]) -> bool {
    let starts = [&b"{"[..], b"[", b"H4sI", b"eyJ", b"ewo", b"ewp", b"W3s", b"Wwp", b"WwB"];
    starts.iter().any(|start| content.starts_with(start))
}

/// The bytes that base64 stands for, up to what is none. Blanks are skipped.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut bits = 0_u32;
    let mut n_bits = 0_u32;
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\0'..=b' ' => continue,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        n_bits = n_bits.wrapping_add(6);
        if n_bits >= 8 {
            n_bits = n_bits.wrapping_sub(8);
            // The eight bits above those that are left.
            bytes.push((bits >> n_bits & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(script: &str) -> String {
        format!("<!DOCTYPE html>\n<html><head><script>var a = '{{';</script>{script}</html>")
    }

    #[test]
    fn json_of_a_page_is_found() {
        let page = page("<script class=\"trace-data\" type=\"application/text\">\n[1]\n</script>");
        let part = page.find("[1]").unwrap();
        assert_eq!(recording_in(page.as_bytes()), Some(Inner::Part(part..part + 3)));
    }

    #[test]
    fn base64_of_a_page_is_decoded() {
        let page = page("<script id=\"viewer-data\" type=\"text/plain\">eyJh\nIjoxfQ==</script>");
        let expected = Some(Inner::Decoded(b"{\"a\":1}".to_vec()));
        assert_eq!(recording_in(page.as_bytes()), expected);
    }

    #[test]
    fn pages_without_a_recording_stay_as_they_are() {
        let text = "<script class=\"trace-data\">\n# tracer: nop\n</script>";
        assert_eq!(recording_in(page(text).as_bytes()), None);
        assert_eq!(recording_in(b"<xml><script class=\"trace-data\">[1]</script>"), None);
        assert_eq!(recording_in(page("<script id=\"trace-data\"").as_bytes()), None);
    }
}
