//! One event, as bytes of the file that are not looked into yet.

use crate::json::{Broken, Scanner, Text, Value, integer, scaled};

/// One object of the array of events. Of keys that come twice, the last counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Event<'a> {
    /// Where its `{` is in the file.
    pub(super) offset: usize,
    /// First character of `ph`; `None` when there is none.
    pub(super) phase: Option<u8>,
    pub(super) name: Option<Text<'a>>,
    pub(super) category: Option<Text<'a>>,
    /// `ts`
    pub(super) time: Time,
    /// `dur`
    pub(super) duration: Time,
    /// `tdur`: how long the thread was running, which is less than `dur`.
    pub(super) thread_duration: Time,
    pub(super) pid: Key<'a>,
    pub(super) tid: Key<'a>,
    pub(super) id: Option<Value<'a>>,
    pub(super) id2: Option<&'a [u8]>,
    /// `scope`: among which events `id` is unique.
    pub(super) scope: Option<Text<'a>>,
    /// First character of `s`, the scope of an instant: whom it concerns.
    pub(super) instant_scope: Option<u8>,
    /// Whether `bp` is `e`: the flow ends in the enclosing slice.
    pub(super) binds_to_enclosing: bool,
    pub(super) bind_id: Option<Value<'a>>,
    /// `flow_in` and `flow_out`
    pub(super) flow: FlowSides,
    /// The object of arguments; `None` also when there is nothing in it.
    pub(super) args: Option<&'a [u8]>,
    /// `cname`: the color it asks for.
    pub(super) color: Option<Text<'a>>,
    /// Whether it has the call stack where it was recorded: `sf`, `stack` or one of an end.
    pub(super) has_stack: bool,
    /// Whether there was any key at all.
    pub(super) has_keys: bool,
}

/// Which ends of flows are at a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FlowSides {
    pub(super) into: bool,
    pub(super) out: bool,
}

/// A time of an event, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Time {
    #[default]
    Missing,
    /// There is something, but not a number of microseconds that fits.
    Wrong,
    Ns(i64),
}

impl Time {
    fn of(value: Value<'_>) -> Self {
        match value.digits() {
            Some(digits) => scaled(digits, 3).map_or(Self::Wrong, Self::Ns),
            None if matches!(value, Value::Word(b"null")) => Self::Missing,
            None => Self::Wrong,
        }
    }
}

/// A `pid` or `tid`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Key<'a> {
    #[default]
    Missing,
    Number(i64),
    /// A name in place of a number, or a number written with escapes.
    Name(Text<'a>),
}

impl<'a> Key<'a> {
    #[inline]
    fn of(value: Value<'a>) -> Self {
        match (value.digits().and_then(whole), value) {
            (Some(number), _) => Self::Number(number),
            (None, Value::String(name)) if name.raw.is_empty() => Self::Missing,
            (None, Value::Word(b"null")) => Self::Missing,
            (None, Value::String(name)) => Self::Name(name),
            // What is no whole number of 64 bits is as good a name as any.
            (
                None,
                Value::Number(raw) | Value::Word(raw) | Value::Object(raw) | Value::Array(raw),
            ) => Self::Name(Text { raw }),
        }
    }
}

/// A whole number, however it is written: `12`, `12.0`, `1.2e1`. `None` if it is another, or too
/// large: cut or rounded it would be the number of another thread.
pub(super) fn whole(digits: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(digits).ok()?;
    let without_zeros = || text.trim_end_matches('0').strip_suffix('.')?.parse().ok();
    let in_billionths = || {
        let billionths = scaled(digits, 9)?;
        billionths.checked_rem(1_000_000_000).filter(|&rest| rest == 0)?;
        billionths.checked_div(1_000_000_000)
    };
    text.parse().ok().or_else(without_zeros).or_else(in_billionths)
}

impl<'a> Event<'a> {
    /// Reads the object whose `{` comes next, and moves behind it.
    pub(super) fn read(scanner: &mut Scanner<'a>) -> Result<Self, Broken> {
        let mut event = Self::default();
        event.read_next(scanner)?;
        Ok(event)
    }

    /// As [`Self::read`], in place of an event of which nothing is read yet: it is too large to be
    /// handed around.
    pub(super) fn read_next(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Broken> {
        self.offset = scanner.position();
        scanner.expect(b'{')?;
        while let Some(field) = Field::next(scanner)? {
            self.has_keys = true;
            self.set(field, scanner)?;
        }
        Ok(())
    }

    /// Whether something ties it to other events.
    pub(super) fn has_id(&self) -> bool {
        self.id.is_some() || self.id2.is_some()
    }

    /// Whether there is more to say of it, also where it is the end of something.
    pub(super) fn has_details(&self) -> bool {
        self.args.is_some() || self.has_stack
    }

    /// Whether it has a phase and one of what nearly every event has.
    pub(super) fn is_plausible(&self) -> bool {
        let has_other =
            self.time != Time::Missing || self.pid != Key::Missing || self.name.is_some();
        self.phase.is_some() && has_other
    }

    /// Reads the value of a field. Plain numbers are read at once, all else as any value.
    #[inline]
    fn set(&mut self, field: Field<'a>, scanner: &mut Scanner<'a>) -> Result<(), Broken> {
        match field {
            Field::Time => set_time(&mut self.time, scanner)?,
            Field::Duration => set_time(&mut self.duration, scanner)?,
            Field::ThreadDuration => set_time(&mut self.thread_duration, scanner)?,
            Field::Pid => set_key(&mut self.pid, scanner)?,
            Field::Tid => set_key(&mut self.tid, scanner)?,
            Field::Phase => self.phase = scanner.value()?.text().and_then(Text::first),
            Field::Category => {
                self.category = scanner.value()?.text().filter(|text| !text.raw.is_empty());
            }
            Field::Name => self.name = name(scanner.value()?),
            Field::Args => {
                self.args = scanner.value()?.object().filter(|args| !is_empty(args));
            }
            Field::ThreadTime => {
                scanner.value()?;
            }
            Field::Other(key) => self.set_rare(key, scanner.value()?),
        }
        Ok(())
    }

    fn set_rare(&mut self, key: &[u8], value: Value<'a>) {
        let is_true = matches!(value, Value::Word(b"true"))
            || value.digits().and_then(integer).is_some_and(|number| number != 0);
        match key {
            b"id" => self.id = Some(value).filter(|value| !matches!(value, Value::Word(b"null"))),
            b"s" => self.instant_scope = value.text().and_then(Text::first),
            b"id2" => self.id2 = value.object(),
            b"scope" => self.scope = value.text().filter(|text| !text.raw.is_empty()),
            b"bp" => {
                self.binds_to_enclosing = value.text().is_some_and(|text| text.is("e"));
            }
            b"bind_id" => self.bind_id = Some(value),
            b"cname" => self.color = value.text().filter(|text| !text.raw.is_empty()),
            b"flow_in" => self.flow.into = is_true,
            b"flow_out" => self.flow.out = is_true,
            b"sf" | b"esf" | b"stack" | b"estack" => self.has_stack = true,
            _ => {}
        }
    }
}

#[inline]
fn set_time(time: &mut Time, scanner: &mut Scanner<'_>) -> Result<(), Broken> {
    *time = match scanner.thousandths() {
        Some(ns) => Time::Ns(ns),
        None => Time::of(scanner.value()?),
    };
    Ok(())
}

#[inline]
fn set_key<'a>(key: &mut Key<'a>, scanner: &mut Scanner<'a>) -> Result<(), Broken> {
    *key = match scanner.whole() {
        Some(number) => Key::Number(number),
        None => Key::of(scanner.value()?),
    };
    Ok(())
}

/// A key of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field<'a> {
    Phase,
    Name,
    Category,
    Time,
    Duration,
    ThreadDuration,
    /// `tts`: how long the thread was running by then, which is not kept.
    ThreadTime,
    Pid,
    Tid,
    Args,
    Other(&'a [u8]),
}

/// How the keys that nearly every event has are written between others, as little-endian words.
mod usual {
    const fn word(text: [u8; 8]) -> u64 {
        u64::from_le_bytes(text)
    }

    pub(super) const SIX_BYTES: u64 = 0xffff_ffff_ffff;
    pub(super) const PH: u64 = word(*b",\"ph\":\0\0");
    pub(super) const TS: u64 = word(*b",\"ts\":\0\0");

    pub(super) const SEVEN_BYTES: u64 = 0xff_ffff_ffff_ffff;
    pub(super) const CAT: u64 = word(*b",\"cat\":\0");
    pub(super) const DUR: u64 = word(*b",\"dur\":\0");
    pub(super) const PID: u64 = word(*b",\"pid\":\0");
    pub(super) const TID: u64 = word(*b",\"tid\":\0");
    pub(super) const TTS: u64 = word(*b",\"tts\":\0");

    pub(super) const ARGS: u64 = word(*b",\"args\":");
    pub(super) const NAME: u64 = word(*b",\"name\":");
    pub(super) const TDUR: u64 = word(*b",\"tdur\":");
}

impl<'a> Field<'a> {
    /// The next key, up to and with its colon; `None` at the end of the event.
    #[inline]
    fn next(scanner: &mut Scanner<'a>) -> Result<Option<Self>, Broken> {
        if let Some((field, len)) = scanner.head().copied().and_then(Self::usual) {
            scanner.skip(len);
            return Ok(Some(field));
        }
        Ok(scanner.key()?.map(|key| Self::of(key.raw)))
    }

    /// A usual key, and how long it is with what is around it: found in a few comparisons, with
    /// no search for its end.
    #[inline]
    fn usual(head: [u8; 8]) -> Option<(Self, usize)> {
        let word = u64::from_le_bytes(head);
        Some(match word & usual::SEVEN_BYTES {
            usual::CAT => (Self::Category, 7),
            usual::DUR => (Self::Duration, 7),
            usual::PID => (Self::Pid, 7),
            usual::TID => (Self::Tid, 7),
            usual::TTS => (Self::ThreadTime, 7),
            _ => match (word & usual::SIX_BYTES, word) {
                (usual::PH, _) => (Self::Phase, 6),
                (usual::TS, _) => (Self::Time, 6),
                (_, usual::NAME) => (Self::Name, 8),
                (_, usual::ARGS) => (Self::Args, 8),
                (_, usual::TDUR) => (Self::ThreadDuration, 8),
                _ => return None,
            },
        })
    }

    fn of(key: &'a [u8]) -> Self {
        match key {
            b"ph" => Self::Phase,
            b"name" => Self::Name,
            b"cat" => Self::Category,
            b"ts" => Self::Time,
            b"dur" => Self::Duration,
            b"tdur" => Self::ThreadDuration,
            b"tts" => Self::ThreadTime,
            b"pid" => Self::Pid,
            b"tid" => Self::Tid,
            b"args" => Self::Args,
            _ => Self::Other(key),
        }
    }
}

/// A name; of what is no text, as the file writes it.
#[inline]
fn name(value: Value<'_>) -> Option<Text<'_>> {
    match value {
        Value::String(text) => Some(text),
        Value::Word(b"null") | Value::Object(_) | Value::Array(_) => None,
        Value::Number(raw) | Value::Word(raw) => Some(Text { raw }),
    }
}

fn is_empty(object: &[u8]) -> bool {
    object.get(1).is_some_and(|byte| *byte == b'}')
}
