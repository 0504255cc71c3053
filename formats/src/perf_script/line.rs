//! The lines of the text: samples, frames, and lines of the source.

/// The line of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'a> {
    pub(super) comm: &'a [u8],
    /// Process and thread: twice the same number where the text has only one.
    pub(super) ids: Option<(i64, i64)>,
    pub(super) time_ns: i64,
    pub(super) period: Option<i64>,
    /// Without the colon behind it.
    pub(super) name: &'a [u8],
    /// What follows, with its spaces: the fields of a tracepoint, or the leaf.
    pub(super) rest: &'a [u8],
}

/// What the name of an event starts with that is no sample.
const RECORD: &[u8] = b"PERF_RECORD_";

impl<'a> Event<'a> {
    /// Reads `app 12/13 [001] 15.924945606: 250000 cpu-clock:u: …`.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let mut words = Words { rest: line };
        // The name of a thread may have spaces and even numbers: the time is the first word
        // that is one, and the word before it, or before its CPU and flags, the thread.
        let (mut numbered, mut before_cpu) = (None, None);
        let (comm, word, time_ns) = loop {
            let comm = line.get(..line.len().checked_sub(words.rest.len())?)?.trim_ascii();
            let word = words.next()?;
            if let Some(time) = time(word) {
                break (comm, word, time);
            }
            if let Some(ids) = thread(word) {
                numbered = Some((comm, ids));
            } else if word.starts_with(b"[") && word.ends_with(b"]") {
                before_cpu.get_or_insert(comm);
            }
        };
        let (comm, ids) = match numbered {
            Some((comm, ids)) => (comm, Some(ids)),
            None if is_of_perf(comm, before_cpu, word) => (before_cpu.unwrap_or(comm), None),
            None => return None,
        };
        let mut word = words.next()?;
        if word.starts_with(RECORD) {
            return Some(Self { comm, ids, time_ns, period: None, name: word, rest: words.rest });
        }
        let period = std::str::from_utf8(word).ok().and_then(|digits| digits.parse().ok());
        if period.is_some() {
            word = words.next()?;
        }
        // The name ends in the colon that a space or the end of the line follows. Without it,
        // this is no sample.
        let name = word.strip_suffix(b":").filter(|name| !name.is_empty())?;
        Some(Self { comm, ids, time_ns, period, name, rest: words.rest })
    }

    /// Whether it is no sample, but what perf says of processes, maps and itself.
    pub(super) fn is_record(&self) -> bool {
        self.name.starts_with(RECORD)
    }

    /// How many records perf says here that it has lost.
    pub(super) fn n_lost(&self) -> u64 {
        let mut words = Words { rest: self.rest };
        let is_loss = matches!(self.name, b"PERF_RECORD_LOST" | b"PERF_RECORD_LOST_SAMPLES");
        if !is_loss || words.next() != Some(b"lost") {
            return 0;
        }
        let number = words.next().and_then(|word| std::str::from_utf8(word).ok());
        number.and_then(|number| number.parse().ok()).unwrap_or_default()
    }
}

/// Whether what is before an event may be of perf where it has no number of a thread: other
/// texts with times are many.
fn is_of_perf(comm: &[u8], before_cpu: Option<&[u8]>, time: &[u8]) -> bool {
    /// One more than the kernel's names have, as `:` is before those of threads without a name.
    const LONGEST_COMM: usize = 16;

    let digits = memchr::memchr(b'.', time).and_then(|at| time.get(at..));
    // The point, microseconds or nanoseconds, the colon.
    let has_usual_digits = digits.is_some_and(|digits| matches!(digits.len(), 8 | 11));
    // As ftrace writes `bash-1234 [001]`.
    let has_number = |comm: &[u8]| {
        let at = memchr::memrchr(b'-', comm).map_or(comm.len(), |at| at.saturating_add(1));
        let digits = comm.get(at..).unwrap_or_default();
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    };
    has_usual_digits
        && before_cpu.unwrap_or(comm).len() <= LONGEST_COMM
        && !before_cpu.is_some_and(has_number)
}

/// Words between spaces.
struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.trim_ascii_start();
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}

/// Reads `15.924945606:` as nanoseconds.
fn time(word: &[u8]) -> Option<i64> {
    let word = std::str::from_utf8(word.strip_suffix(b":")?).ok()?;
    let (seconds, fraction) = word.split_once('.')?;
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = seconds.parse().ok().filter(|&seconds| seconds >= 0)?;
    let missing = u32::try_from(9_usize.checked_sub(fraction.len())?).ok()?;
    let fraction = fraction.parse::<i64>().ok()?.checked_mul(10_i64.checked_pow(missing)?)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// Reads `12/13`, a process and a thread, or the number of a thread alone.
fn thread(word: &[u8]) -> Option<(i64, i64)> {
    let word = std::str::from_utf8(word).ok()?;
    let (pid, tid) = word.split_once('/').unwrap_or((word, word));
    // Those of a thread that is gone are -1.
    let is_number = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        !digits.is_empty() && digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    (is_number(pid) && is_number(tid)).then(|| Some((pid.parse().ok()?, tid.parse().ok()?)))?
}

/// What perf calls a function of which it knows no name.
const UNKNOWN: &[u8] = b"[unknown]";

/// The line of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) address: u64,
    /// Without the offset in it.
    pub(super) function: &'a [u8],
    /// The path of its binary, or what perf says in place of it.
    place: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads `1225 burn+0x15 (/tmp/app)`.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let mut words = Words { rest: line };
        let address = std::str::from_utf8(words.next()?).ok()?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let rest = words.rest.trim_ascii();
        let (function, place) = match rest.strip_suffix(b")") {
            // Names have brackets of their own, and so has a file that was deleted.
            Some(inner) => {
                let path = inner.strip_suffix(b" (deleted)").unwrap_or(inner);
                let at = memchr::memmem::rfind(path, b" (");
                match at {
                    Some(at) => (rest.get(..at)?, inner.get(at.checked_add(2)?..)?),
                    None => (&b""[..], inner.strip_prefix(b"(")?),
                }
            }
            None => return None,
        };
        let function = without_offset(function.trim_ascii());
        let function = if function.is_empty() { UNKNOWN } else { function };
        Some(Self { address, function, place })
    }

    /// Reads `1225 burn+0x15`, as a frame is written whose line in the source follows, or of
    /// which the text has no binary, and `1225`, one without a name. They are behind a tab, or
    /// two spaces where they are on the line of their sample.
    pub(super) fn read_bare(line: &'a [u8]) -> Option<Self> {
        /// Columns of an address.
        const WIDTH: usize = 16;

        let padded = line.strip_prefix(b"\t").or_else(|| line.strip_prefix(b"  "))?;
        let mut words = Words { rest: padded };
        let address = std::str::from_utf8(words.next()?).ok()?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let function = without_offset(words.rest.trim_ascii());
        // Anything could be a number: where it stands shows that it is one.
        let is_in_column = padded.len().checked_sub(words.rest.len()) == Some(WIDTH);
        let is_behind_tab = line.starts_with(b"\t");
        if !is_in_column && (!is_behind_tab || function.is_empty()) {
            return None;
        }
        let function = if function.is_empty() { UNKNOWN } else { function };
        Some(Self { address, function, place: b"" })
    }

    /// Whether the function is inlined in that of one of the next lines.
    pub(super) fn is_inlined(&self) -> bool {
        self.place == b"inlined"
    }

    /// The path of its binary, if known.
    pub(super) fn module(&self) -> Option<&'a [u8]> {
        let is_known = !self.is_inlined() && self.place != b"[unknown]" && !self.place.is_empty();
        is_known.then_some(self.place)
    }
}

/// A name without the `+0x15` behind it.
fn without_offset(function: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::rfind(function, b"+0x") else { return function };
    let (name, offset) = function.split_at_checked(at).unwrap_or((function, &[]));
    let digits = offset.get(3..).unwrap_or_default();
    let is_offset = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    if is_offset { name } else { function }
}

/// Where in the source a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceLine<'a> {
    pub(super) file: &'a [u8],
    pub(super) line: u32,
    /// Whether the frame before it is inlined in the next.
    pub(super) is_inlined: bool,
}

impl<'a> SourceLine<'a> {
    /// Reads `  app.c:12`, or what perf prints where it knows none: a file without a line.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let text = text.strip_prefix(b"  ")?;
        if text.starts_with(b" ") || text.is_empty() {
            return None;
        }
        let Some(at) = memchr::memrchr(b':', text) else {
            return Some(Self { file: text, line: 0, is_inlined: false });
        };
        let is_inlined = text.ends_with(b"(inlined)");
        let line = std::str::from_utf8(text.get(at.checked_add(1)?..)?).ok()?;
        let line = line.split_whitespace().next().and_then(|line| line.parse().ok());
        Some(Self { file: text.get(..at)?, line: line.unwrap_or_default(), is_inlined })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, process, thread, time, period, event, and what follows.
    type Expected<'a> = (&'a str, i64, i64, i64, Option<i64>, &'a str, &'a str);

    #[track_caller]
    fn check_event(line: &str, expected: Option<Expected<'_>>) {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        let found = Event::read(line.as_bytes()).map(|it| {
            let ((pid, tid), rest) = (it.ids.unwrap_or_default(), text(it.rest).trim());
            (text(it.comm), pid, tid, it.time_ns, it.period, text(it.name), rest)
        });
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn samples_are_read_with_the_fields_they_have() {
        let time = 15_924_945_606;
        let with =
            |comm, pid, tid, period, rest| Some((comm, pid, tid, time, period, "ev:u", rest));
        check_event(
            "app 12/13 [001] 15.924945606:  250000 ev:u: ",
            with("app", 12, 13, Some(250_000), ""),
        );
        check_event(
            "my app 2 0  13 15.924945606: ev:u: a=1",
            with("my app 2 0", 13, 13, None, "a=1"),
        );
        check_event(":-1    -1 [000] d..1. 15.924945606: ev:u:", with(":-1", -1, -1, None, ""));
        check_event("12/13 15.924945606: 1 ev:u: 12 f (g)", with("", 12, 13, Some(1), "12 f (g)"));
        check_event(
            "app 13 15.924945: 1 ev:u:",
            Some(("app", 13, 13, 15_924_945_000, Some(1), "ev:u", "")),
        );
        let named = Some(("my app", 0, 0, time, None, "ev:u", ""));
        check_event("my app 15.924945606: ev:u:", named);
        check_event("my app [001] d..1. 15.924945606: ev:u:", named);
        check_event("app 15.9249: ev:u:", None);
        check_event("app 13 15.924945606: ev", None);
        check_event("main;parse 12", None);
    }

    #[test]
    fn frames_are_read_up_to_their_binary() {
        let check = |line: &str, address, function: &str, module: Option<&str>| {
            let frame = Frame::read(line.as_bytes()).unwrap();
            assert_eq!(frame.address, address);
            assert_eq!(std::str::from_utf8(frame.function).unwrap(), function);
            assert_eq!(frame.module().map(|path| std::str::from_utf8(path).unwrap()), module);
        };
        check("\t  1225 burn+0x15 (/tmp/app)", 0x1225, "burn", Some("/tmp/app"));
        check("\t1 a::b(int, char) (/x (deleted))", 1, "a::b(int, char)", Some("/x (deleted)"));
        check(
            "\tffffffff81 [unknown] ([kernel.kallsyms])",
            0xff_ffff_ff81,
            "[unknown]",
            Some("[kernel.kallsyms]"),
        );
        check("\t12 f (inlined)", 0x12, "f", None);
        check("\t12 (/tmp/app)", 0x12, "[unknown]", Some("/tmp/app"));
        check("\t12 operator+0xab (/a)", 0x12, "operator", Some("/a"));
        assert_eq!(Frame::read(b"  app.c:12"), None);
        assert_eq!(Frame::read(b""), None);
    }

    #[test]
    fn lines_of_the_source_are_read() {
        let read =
            |text: &'static str| SourceLine::read(text.as_bytes()).map(|it| (it.file, it.line));
        assert_eq!(read("  app.c:12"), Some((&b"app.c"[..], 12)));
        assert_eq!(read("  a:b.c:12 (discriminator 3)"), Some((&b"a:b.c"[..], 12)));
        assert_eq!(read("  app[12ab]"), Some((&b"app[12ab]"[..], 0)));
        assert_eq!(read("   12 f"), None);
    }
}
