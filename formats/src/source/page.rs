//! Pages of HTML with a recording in them, as `trace2html` and old versions of `systrace` write,
//! or as a browser saves what it shows of a file of JSON.
//!
//! ```html
//! <script id="viewer-data" type="application/json">
//! H4sIAAAA… (gzip in base64), or {"traceEvents": […]}
//! </script>
//!
//! <body><pre>{"traceEvents": [{"name": "a &lt; b", …}]}</pre></body>
//! ```

use std::io::{self, Read};
use std::ops::Range;

use memchr::memmem;

/// What is in a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inner {
    /// JSON, as it stands in the page.
    Part(Range<usize>),
    /// What is written in some code.
    Coded(Range<usize>, Coding),
}

/// How bytes are written in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Base64,
    /// `&lt;` and the like.
    Entities,
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
        .max_by_key(|script| script.end.saturating_sub(script.start));
    let Some(best) = best else { return shown_text(page) };
    let content = page.get(best.clone())?;
    if is_json(content) {
        return Some(Inner::Part(best));
    }
    Some(Inner::Coded(best, Coding::Base64))
}

/// JSON that is the text of the page: of its `<pre>`, or of its body.
fn shown_text(page: &[u8]) -> Option<Inner> {
    [(&b"<pre"[..], &b"</pre"[..]), (b"<body", b"</body")].into_iter().find_map(|(open, close)| {
        let open = memmem::find(page, open)?;
        let start = open.saturating_add(memchr::memchr(b'>', page.get(open..)?)?).saturating_add(1);
        let rest = page.get(start..)?;
        let content = rest.get(..memmem::find(rest, close).unwrap_or(rest.len()))?;
        let start = start.saturating_add(content.len());
        let content = content.trim_ascii_start();
        let start = start.saturating_sub(content.len());
        let content = content.trim_ascii_end();
        let part = start..start.saturating_add(content.len());
        is_json(content).then(|| match memchr::memchr(b'&', content) {
            Some(_) => Inner::Coded(part, Coding::Entities),
            None => Inner::Part(part),
        })
    })
}

fn is_json(content: &[u8]) -> bool {
    matches!(content.first(), Some(b'{' | b'['))
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

impl Coding {
    pub(super) fn decoder(self, text: &[u8]) -> Decoder<'_> {
        Decoder { rest: text, coding: self, bits: 0, n_bits: 0 }
    }
}

/// The bytes that a text stands for, up to where it is none of its code.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
    coding: Coding,
    bits: u32,
    n_bits: u32,
}

/// The characters that HTML does not let stand for themselves, and how they are written.
const ENTITIES: [(&[u8], u8); 6] = [
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&amp;", b'&'),
    (b"&quot;", b'"'),
    (b"&#39;", b'\''),
    (b"&apos;", b'\''),
];

impl Decoder<'_> {
    /// How many bytes of the text are not read yet.
    pub(super) fn n_left(&self) -> usize {
        self.rest.len()
    }

    fn next_of_entities(&mut self) -> Option<u8> {
        let (&first, after) = self.rest.split_first()?;
        if first == b'&' {
            let entity = ENTITIES.iter().find(|(text, _)| self.rest.starts_with(text));
            if let Some(&(text, byte)) = entity {
                self.rest = self.rest.get(text.len()..).unwrap_or_default();
                return Some(byte);
            }
        }
        self.rest = after;
        Some(first)
    }

    fn next_of_base64(&mut self) -> Option<u8> {
        while let Some((&byte, after)) = self.rest.split_first() {
            let value = match byte {
                b'A'..=b'Z' => byte.wrapping_sub(b'A'),
                b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
                b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'\0'..=b' ' => {
                    self.rest = after;
                    continue;
                }
                _ => {
                    self.rest = &[];
                    return None;
                }
            };
            self.rest = after;
            self.bits = self.bits << 6 | u32::from(value);
            self.n_bits = self.n_bits.wrapping_add(6);
            if self.n_bits >= 8 {
                self.n_bits = self.n_bits.wrapping_sub(8);
                // The eight bits above those that are left.
                return Some((self.bits >> self.n_bits & 0xff) as u8);
            }
        }
        None
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut len = 0_usize;
        for room in buffer {
            let next = match self.coding {
                Coding::Base64 => self.next_of_base64(),
                Coding::Entities => self.next_of_entities(),
            };
            let Some(next) = next else { break };
            *room = next;
            len = len.saturating_add(1);
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(script: &str) -> String {
        format!("<!DOCTYPE html>\n<html><head><script>var a = '{{';</script>{script}</html>")
    }

    /// What a page has in some code.
    fn decoded(page: &str) -> Option<(Coding, String)> {
        let Inner::Coded(part, coding) = recording_in(page.as_bytes())? else { return None };
        let mut decoded = String::new();
        coding.decoder(page.as_bytes().get(part)?).read_to_string(&mut decoded).ok()?;
        Some((coding, decoded))
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
        assert_eq!(decoded(&page), Some((Coding::Base64, "{\"a\":1}".to_owned())));
    }

    #[test]
    fn json_that_a_page_shows_is_found() {
        let page = "<html><body><pre>\n [{\"name\":\"a &lt; b &amp; &c\"}]\n</pre></body></html>";
        let expected = "[{\"name\":\"a < b & &c\"}]".to_owned();
        assert_eq!(decoded(page), Some((Coding::Entities, expected)));
        for page in ["<html><body>[1]</body></html>", "<!DOCTYPE html><html><body class=a>[1]"] {
            let at = page.find("[1]").unwrap();
            assert_eq!(recording_in(page.as_bytes()), Some(Inner::Part(at..at + 3)), "{page}");
        }
        assert_eq!(recording_in(b"<html><body><p>[1]</p></body></html>"), None);
    }

    #[test]
    fn pages_without_a_recording_stay_as_they_are() {
        let text = "<script class=\"trace-data\">\n# tracer: nop\n</script>";
        assert_eq!(recording_in(page(text).as_bytes()), None);
        assert_eq!(recording_in(b"<xml><script class=\"trace-data\">[1]</script>"), None);
        assert_eq!(recording_in(page("<script id=\"trace-data\"").as_bytes()), None);
    }
}
