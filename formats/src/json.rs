//! A tolerant pull scanner of JSON, over bytes as they are in the file.
//!
//! Traces are JSON of gigabytes, often cut off, sometimes not quite JSON. So nothing is built:
//! the caller asks for keys and values in turn, gets pieces of the file and decodes what it
//! needs. Read as if they were right are trailing, doubled and missing commas, `NaN` and
//! `Infinity`, control characters anywhere and a byte order mark.
//!
//! Nothing recurses: a nested value is one piece of bytes, skipped by counting its brackets.

mod block;
mod flat;
pub(crate) mod number;
mod text;
mod walk;

pub(crate) use flat::flat;
pub(crate) use number::{float, integer, scaled};
pub(crate) use text::Text;
pub(crate) use walk::{Elements, Fields};

use block::{Block, Line, within};
use memchr::memchr2;

/// Why there is no next value.
///
/// As large as what it stands in place of: of results that are of a byte in one case and of words
/// in the other, the compiler makes moves that are slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Broken {
    /// The bytes end within a value.
    Ended,
    /// What stands here is not JSON.
    Junk,
}

/// A value, as bytes of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A string.
    String(Text<'a>),
    /// Digits with sign, point and exponent; see [`integer`], [`float`] and [`scaled`].
    Number(&'a [u8]),
    /// `true`, `false`, `null`, `NaN`, `Infinity` and the like.
    Word(&'a [u8]),
    /// An object from `{` to `}`.
    Object(&'a [u8]),
    /// An array from `[` to `]`.
    Array(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The string, if it is one.
    pub(crate) fn text(self) -> Option<Text<'a>> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub(crate) fn object(self) -> Option<&'a [u8]> {
        match self {
            Self::Object(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The characters of a number or of a string that may hold one.
    pub(crate) fn digits(self) -> Option<&'a [u8]> {
        match self {
            Self::Number(bytes) => Some(bytes),
            Self::String(text) => Some(text.raw.trim_ascii()),
            _ => None,
        }
    }
}

/// A place in JSON. What fails leaves it where the trouble is.
#[derive(Clone, Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Strings up to this length are searched in blocks: keys and names are mostly shorter than what a
/// call of `memchr` costs.
const SHORT: usize = 64;

impl<'a> Scanner<'a> {
    /// Scans from `at` on.
    pub(crate) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// Where the next byte is.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Moves over one byte.
    pub(crate) const fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// The next byte that is not blank, without moving over it. Control characters are blank,
    /// such as the zeros at the end of a file that was never closed.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(&byte) if byte > b' ' => return Some(byte),
                Some(0..=b' ') => self.bump(),
                _ => return None,
            }
        }
    }

    /// What comes next, behind blanks.
    #[inline]
    fn rest(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        self.bytes.get(self.at..)
    }

    /// Moves over bytes that are there.
    #[inline]
    pub(crate) fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
    }

    /// Moves over a byte order mark.
    pub(crate) fn skip_byte_order_mark(&mut self) {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\xef\xbb\xbf")) {
            self.at = self.at.saturating_add(3);
        }
    }

    /// Moves over a byte that must come next.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.peek().ok_or(Broken::Ended)? != byte {
            return Err(Broken::Junk);
        }
        self.bump();
        Ok(())
    }

    /// The next key of an object, up to and with its colon; `None` at the end of the object.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Option<Text<'a>>, Broken> {
        if let Some(key) = self.usual_key() {
            return Ok(Some(key));
        }
        loop {
            match self.peek() {
                Some(b'"') => {
                    let key = self.string()?;
                    self.expect(b':')?;
                    return Ok(Some(key));
                }
                Some(b',') => self.bump(),
                Some(b'}') => {
                    self.bump();
                    return Ok(None);
                }
                Some(_) => return Err(Broken::Junk),
                None => return Err(Broken::Ended),
            }
        }
    }

    /// A short key, without blanks around it: nearly all there are in files of programs.
    #[inline]
    fn usual_key(&mut self) -> Option<Text<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let (before, text) = match rest.split_first_chunk()? {
            (b",\"", text) => (2, text),
            ([b'"', _], _) => (1, rest.get(1..)?),
            _ => return None,
        };
        let found = Block::load(text, 0)?.quotes_and_backslashes();
        let len = found.trailing_zeros() as usize;
        let (raw, after) = text.split_at_checked(len)?;
        if found == 0 || !after.starts_with(b"\":") {
            return None;
        }
        self.at = self.at.wrapping_add(before).wrapping_add(len).wrapping_add(2);
        Some(Text { raw })
    }

    /// The next eight bytes, blanks and all, without moving over them; to look for keys that are
    /// usual, with [`Self::skip`].
    #[inline]
    pub(crate) fn head(&self) -> Option<&'a [u8; 8]> {
        self.bytes.get(self.at..)?.first_chunk()
    }

    /// Whether an array goes on; moves over what ends it if not.
    pub(crate) fn has_element(&mut self) -> Result<bool, Broken> {
        loop {
            match self.peek() {
                Some(b',') => self.bump(),
                Some(b']') => {
                    self.bump();
                    return Ok(false);
                }
                Some(_) => return Ok(true),
                None => return Err(Broken::Ended),
            }
        }
    }

    /// The next value.
    #[inline]
    pub(crate) fn value(&mut self) -> Result<Value<'a>, Broken> {
        match self.peek().ok_or(Broken::Ended)? {
            b'"' => self.string().map(Value::String),
            b'{' => self.nested().map(Value::Object),
            b'[' => self.nested().map(Value::Array),
            _ => self.number().map_or_else(|| self.bare(), |digits| Ok(Value::Number(digits))),
        }
    }

    /// A number and what ends it, if that comes next; what it is worth is found out when it is
    /// needed.
    #[inline]
    fn number(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let mut at = start;
        let mut has_digit = false;
        while let Some(block) = Block::load(self.bytes, at) {
            let of_number = block.of_numbers();
            has_digit |= block.digits() & of_number & !of_number.wrapping_add(1) != 0;
            let len = of_number.trailing_ones() as usize;
            at = at.wrapping_add(len);
            if len < Block::LEN {
                break;
            }
        }
        loop {
            match self.bytes.get(at)? {
                b'0'..=b'9' => has_digit = true,
                b'+' | b'-' | b'.' | b'e' | b'E' => {}
                b',' | b'}' | b']' | b'\0'..=b' ' if has_digit => break,
                _ => return None,
            }
            at = at.wrapping_add(1);
        }
        self.at = at;
        self.bytes.get(start..at)
    }

    /// A string; its opening quote comes next.
    #[inline]
    fn string(&mut self) -> Result<Text<'a>, Broken> {
        let start = self.at.wrapping_add(1);
        let mut at = start;
        let near = start.wrapping_add(SHORT);
        while at < near
            && let Some(block) = Block::load(self.bytes, at)
        {
            let found = block.quotes_and_backslashes();
            at = at.wrapping_add(found.trailing_zeros().min(16) as usize);
            if found != 0 {
                break;
            }
        }
        if self.bytes.get(at) != Some(&b'"') {
            at = end_of_string(self.bytes, at);
        }
        let Some(raw) = self.bytes.get(start..at).filter(|_| at < self.bytes.len()) else {
            self.at = self.bytes.len();
            return Err(Broken::Ended);
        };
        self.at = at.wrapping_add(1);
        Ok(Text { raw })
    }

    /// An object or an array as one piece; its opening bracket comes next.
    #[inline]
    fn nested(&mut self) -> Result<&'a [u8], Broken> {
        let start = self.at;
        match self.bytes.get(start..).and_then(|rest| rest.first_chunk()) {
            // Many have nothing in them.
            Some(b"{}" | b"[]") => Ok(self.piece(start, start.wrapping_add(2))),
            _ => self.nested_piece(),
        }
    }

    fn nested_piece(&mut self) -> Result<&'a [u8], Broken> {
        let (start, mut at) = (self.at, self.at);
        let mut open = Open::default();
        loop {
            let line = Line::load(self.bytes, at).filter(|line| !line.has_backslash);
            let passed = match line {
                Some(line) => open.pass_line(self.bytes, at, line),
                None => open.pass_bytes(self.bytes, at),
            };
            match passed {
                Ok(Passed::On(next)) => at = next,
                Ok(Passed::End(end)) => return Ok(self.piece(start, end)),
                Err((broken, at)) => {
                    self.at = at;
                    return Err(broken);
                }
            }
        }
    }

    /// Moves to the end of a piece that starts here or before.
    fn piece(&mut self, start: usize, end: usize) -> &'a [u8] {
        self.at = end;
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// A word, or a number that [`Self::number`] does not take: the last thing in the file.
    #[cold]
    fn bare(&mut self) -> Result<Value<'a>, Broken> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let len = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let bare = rest.get(..len).unwrap_or_default();
        let value = match bare {
            b"true" | b"false" | b"null" | b"NaN" | b"-NaN" | b"nan" | b"-nan" | b"Infinity"
            | b"-Infinity" | b"inf" | b"-inf" => Value::Word(bare),
            _ if is_number(bare) => Value::Number(bare),
            _ if len == rest.len() => return Err(Broken::Ended),
            _ => return Err(Broken::Junk),
        };
        self.at = self.at.saturating_add(len);
        Ok(value)
    }
}

/// Where the quote is that ends a string, of which no byte before `at` does; the end of the bytes
/// without one.
#[cold]
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr2(b'"', b'\\', rest) else { return bytes.len() };
        at = at.saturating_add(found);
        if bytes.get(at) == Some(&b'"') {
            return at;
        }
        at = at.saturating_add(2);
    }
}

/// Brackets that are open.
#[derive(Default)]
struct Open {
    depth: usize,
    deepest: usize,
    /// One bit for each of the innermost 64 brackets: set for those of objects.
    kinds: u64,
    /// All bits are set within a string.
    in_string: u64,
    /// 1 just behind a string, else 0. There is only so much that may come there, which tells that
    /// quotes are taken wrong way round: of a quote within a string nothing else may be wrong.
    after_string: u64,
}

/// How far a nested value goes.
enum Passed {
    /// On, from here.
    On(usize),
    /// It ends before this.
    End(usize),
}

impl Open {
    /// Passes 64 bytes without a backslash. What is broken comes with its place.
    #[inline]
    fn pass_line(
        &mut self,
        bytes: &[u8],
        at: usize,
        line: Line,
    ) -> Result<Passed, (Broken, usize)> {
        let strings = within(line.quotes) ^ self.in_string;
        let ends = line.quotes & !strings;
        let wrong = ((ends << 1 | self.after_string) & !line.after_strings).trailing_zeros();
        let mut brackets = line.brackets & !strings;
        while brackets.trailing_zeros() < wrong {
            let found = at.wrapping_add(brackets.trailing_zeros() as usize);
            let bracket = bytes.get(found).copied().unwrap_or_default();
            if self.is_last(bracket).map_err(|broken| (broken, found))? {
                return Ok(Passed::End(found.wrapping_add(1)));
            }
            brackets &= brackets.wrapping_sub(1);
        }
        if wrong < u64::BITS {
            return Err((Broken::Junk, at.wrapping_add(wrong as usize)));
        }
        self.in_string = (strings.cast_signed() >> 63).cast_unsigned();
        self.after_string = ends >> 63;
        Ok(Passed::On(at.wrapping_add(Line::LEN)))
    }

    /// Passes as many bytes one by one, at the end of the file too.
    fn pass_bytes(&mut self, bytes: &[u8], mut at: usize) -> Result<Passed, (Broken, usize)> {
        let limit = at.saturating_add(Line::LEN);
        while at < limit {
            let is_after_string = std::mem::take(&mut self.after_string) == 1;
            match bytes.get(at) {
                Some(&byte) if is_after_string && !block::is_after_string(byte) => {
                    return Err((Broken::Junk, at));
                }
                Some(b'"') => {
                    self.in_string = !self.in_string;
                    self.after_string = !self.in_string & 1;
                }
                Some(b'\\') if self.in_string != 0 => at = at.saturating_add(1),
                Some(&bracket @ (b'{' | b'[' | b'}' | b']')) if self.in_string == 0 => {
                    if self.is_last(bracket).map_err(|broken| (broken, at))? {
                        return Ok(Passed::End(at.wrapping_add(1)));
                    }
                }
                Some(_) => {}
                None => return Err((Broken::Ended, bytes.len())),
            }
            at = at.saturating_add(1);
        }
        Ok(Passed::On(at))
    }

    /// Takes the next bracket; whether it closes the first of all.
    #[inline]
    fn is_last(&mut self, bracket: u8) -> Result<bool, Broken> {
        if matches!(bracket, b'{' | b'[') {
            self.depth = self.depth.wrapping_add(1);
            self.deepest = self.deepest.max(self.depth);
            self.kinds = self.kinds << 1 | u64::from(bracket == b'{');
            return Ok(false);
        }
        let is_right = (self.kinds & 1 == 1) == (bracket == b'}');
        let is_known = self.depth > self.deepest.saturating_sub(64);
        if is_known && !is_right {
            return Err(Broken::Junk);
        }
        self.kinds >>= 1;
        self.depth = self.depth.wrapping_sub(1);
        Ok(self.depth == 0)
    }
}

/// Whether this can be a number at all.
fn is_number(bare: &[u8]) -> bool {
    let digits = bare.strip_prefix(b"-").or(bare.strip_prefix(b"+")).unwrap_or(bare);
    digits.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
        && digits.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))
}

#[cfg(test)]
mod tests;
