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

    /// As [`Self::read`], in place of the event it held: it is too large to be handed around.
    pub(super) fn read_next(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Broken> {
        *self = Self { offset: scanner.position(), ..Self::default() };
        scanner.expect(b'{')?;
        while let Some(key) = scanner.key()? {
            self.has_keys = true;
            if !self.set_number(key.raw, scanner) {
                let value = scanner.value()?;
                self.set(key.raw, value);
            }
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

    /// Reads a plain number of a key that nearly every event has; `false` for all else.
    #[inline]
    fn set_number(&mut self, key: &[u8], scanner: &mut Scanner<'a>) -> bool {
        match key {
            [b't', b's'] => set_time(&mut self.time, scanner),
            [b'd', b'u', b'r'] => set_time(&mut self.duration, scanner),
            [b'p', b'i', b'd'] => set_key(&mut self.pid, scanner),
            [b't', b'i', b'd'] => set_key(&mut self.tid, scanner),
            _ => false,
        }
    }

    #[inline]
    fn set(&mut self, key: &[u8], value: Value<'a>) {
        // Bytes, not strings: each is one comparison, where a slice would be a call.
        match key {
            [b'p', b'h'] => self.phase = value.text().and_then(Text::first),
            [b't', b's'] => self.time = Time::of(value),
            [b'p', b'i', b'd'] => self.pid = Key::of(value),
            [b't', b'i', b'd'] => self.tid = Key::of(value),
            [b'd', b'u', b'r'] => self.duration = Time::of(value),
            [b'c', b'a', b't'] => self.category = value.text().filter(|text| !text.raw.is_empty()),
            [b'n', b'a', b'm', b'e'] => self.name = name(value),
            [b'a', b'r', b'g', b's'] => self.args = value.object().filter(|args| !is_empty(args)),
            [b'i', b'd'] => {
                self.id = Some(value).filter(|value| !matches!(value, Value::Word(b"null")));
            }
            [b't', b'd', b'u', b'r'] => self.thread_duration = Time::of(value),
            [b's'] => self.instant_scope = value.text().and_then(Text::first),
            _ => self.set_rare(key, value),
        }
    }

    fn set_rare(&mut self, key: &[u8], value: Value<'a>) {
        let is_true = matches!(value, Value::Word(b"true"))
            || value.digits().and_then(integer).is_some_and(|number| number != 0);
        match key {
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
fn set_time(time: &mut Time, scanner: &mut Scanner<'_>) -> bool {
    let ns = scanner.thousandths();
    if let Some(ns) = ns {
        *time = Time::Ns(ns);
    }
    ns.is_some()
}

#[inline]
fn set_key(key: &mut Key<'_>, scanner: &mut Scanner<'_>) -> bool {
    let number = scanner.whole();
    if let Some(number) = number {
        *key = Key::Number(number);
    }
    number.is_some()
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
