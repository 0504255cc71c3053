//! Our scanner against `serde_json`, on valid JSON of every shape.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::chrome_trace::ahead::Batch;
use crate::chrome_trace::array::{Gap, Resync, next_event};
use crate::chrome_trace::event::{Event, Key, Time};
use crate::json::{Scanner, Text};

/// A value of a key, as text.
#[derive(Clone, Debug)]
enum Field {
    /// Anything that JSON has.
    Any(Json),
    /// Microseconds: sign, whole ones, how many decimals, decimals.
    Us(bool, u64, usize, u32),
    Number(i64),
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = text();
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Json::from),
            vec((key, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z:;,{}\\[\\]\"\\\\ ]{0,20}",
        any::<String>(),
        "[ -~]{60,90}",
        Just("},{\"ph\":\"X\",\"ts\":1}".to_owned()),
    ]
}

const TEXTS: [&str; 5] = ["name", "cat", "ph", "scope", "id"];
const TIMES: [&str; 3] = ["ts", "dur", "tdur"];
const NUMBERS: [&str; 2] = ["pid", "tid"];

fn field() -> impl Strategy<Value = (String, Field)> {
    let us = (any::<bool>(), 0..9_000_000_000_000_000_u64, 0..4_usize, 0..1000_u32);
    let us = us.prop_map(|(is_negative, whole, n_decimals, decimals)| {
        Field::Us(is_negative, whole >> (decimals % 53), n_decimals, decimals)
    });
    prop_oneof![
        (prop::sample::select(&TEXTS), text())
            .prop_map(|(key, text)| (key, Field::Any(text.into()))),
        (prop::sample::select(&TIMES), us).prop_map(|(key, us)| (key, us)),
        (prop::sample::select(&NUMBERS), any::<i64>())
            .prop_map(|(key, number)| (key, Field::Number(number))),
        (Just("args"), json()).prop_map(|(key, args)| (key, Field::Any(args))),
        (Just("other"), json()).prop_map(|(key, other)| (key, Field::Any(other))),
    ]
    .prop_map(|(key, field)| (key.to_owned(), field))
}

/// How a text is written: every character as it is or escaped, with which blanks around.
#[derive(Clone, Copy, Debug)]
struct Style {
    escapes: bool,
    is_pretty: bool,
    blank: &'static str,
}

fn style() -> impl Strategy<Value = Style> {
    let blank = prop::sample::select(&["", " ", "\n\t", "\r\n    "]);
    (any::<bool>(), any::<bool>(), blank).prop_map(|(escapes, is_pretty, blank)| Style {
        escapes,
        is_pretty,
        blank,
    })
}

impl Style {
    fn string(self, text: &str) -> String {
        if !self.escapes {
            return serde_json::to_string(text).unwrap();
        }
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
        format!("\"{}\"", units.collect::<String>())
    }

    fn field(self, field: &Field) -> String {
        match field {
            Field::Any(Json::String(text)) => self.string(text),
            Field::Any(value) if self.is_pretty => serde_json::to_string_pretty(value).unwrap(),
            Field::Any(value) => value.to_string(),
            Field::Number(number) => number.to_string(),
            Field::Us(is_negative, whole, n_decimals, decimals) => {
                let sign = if *is_negative { "-" } else { "" };
                let decimals = format!("{decimals:03}");
                let decimals = decimals.get(..*n_decimals).unwrap();
                let point = if decimals.is_empty() { "" } else { "." };
                format!("{sign}{whole}{point}{decimals}")
            }
        }
    }

    fn event(self, fields: &[(String, Field)]) -> String {
        let Self { blank, .. } = self;
        let fields = fields.iter().map(|(key, field)| {
            // No tool escapes keys, and ours are compared as they stand.
            format!("{blank}\"{key}\"{blank}:{blank}{}{blank}", self.field(field))
        });
        format!("{{{}}}", fields.collect::<Vec<String>>().join(","))
    }
}

fn decoded(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.decode().into_owned())
}

/// Compares an event with what `serde_json` reads of the same bytes, and with its numbers.
fn check_event(event: &Event<'_>, text: &str, fields: &[(String, Field)]) {
    let json: Json = serde_json::from_str(text).unwrap();
    let string = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let last =
        |key: &str| fields.iter().rev().find(|(name, _)| name == key).map(|(_, field)| field);
    assert_eq!(decoded(event.name), string("name"));
    assert_eq!(decoded(event.category), string("cat").filter(|text| !text.is_empty()));
    assert_eq!(decoded(event.scope), string("scope").filter(|text| !text.is_empty()));
    let id = event.id.and_then(crate::json::Value::text);
    assert_eq!(decoded(id), string("id"));
    let args =
        json.get("args").filter(|args| args.as_object().is_some_and(|args| !args.is_empty()));
    let read = event.args.map(|args| serde_json::from_slice::<Json>(args).unwrap());
    assert_eq!(read.as_ref().filter(|args| **args != serde_json::json!({})), args);
    for (key, time) in
        [("ts", event.time), ("dur", event.duration), ("tdur", event.thread_duration)]
    {
        let expected = match last(key) {
            Some(Field::Us(is_negative, whole, n_decimals, decimals)) => {
                let kept = 10_u32.pow(3 - u32::try_from(*n_decimals).unwrap());
                let ns = i128::from(*whole) * 1000 + i128::from(decimals / kept * kept);
                Time::Ns(i64::try_from(if *is_negative { -ns } else { ns }).unwrap())
            }
            _ => Time::Missing,
        };
        assert_eq!(time, expected, "{key}");
    }
    for (key, number) in [("pid", event.pid), ("tid", event.tid)] {
        let expected = json.get(key).and_then(Json::as_i64).map_or(Key::Missing, Key::Number);
        assert_eq!(number, expected, "{key}");
    }
}

proptest! {
    #[test]
    fn events_are_those_of_serde_json(
        events in vec((vec(field(), 1..12), style()), 1..12),
        piece in 8..400_usize,
    ) {
        let texts: Vec<String> = events.iter().map(|(fields, style)| style.event(fields)).collect();
        let json = format!("[{}]", texts.join(","));
        let bytes = json.as_bytes();
        let (mut scanner, mut resync) = (Scanner::new(bytes, 1), Resync::new(bytes.len()));
        let mut event = Event::default();
        let mut starts = Vec::new();
        for (text, (fields, _)) in texts.iter().zip(&events) {
            event = Event::default();
            next_event(&mut scanner, bytes, &mut resync, &mut event).unwrap();
            prop_assert_eq!(json.get(event.offset..scanner.position()), Some(&**text));
            check_event(&event, text, fields);
            starts.push(event.offset);
        }
        let end = next_event(&mut scanner, bytes, &mut resync, &mut event);
        prop_assert!(matches!(end, Err(Gap::End)), "{end:?}");
        prop_assert_eq!(scanner.position(), bytes.len());

        // Scanned ahead, what starts at an event is that event.
        let mut batch = Batch::default();
        for from in (1..bytes.len()).step_by(piece) {
            batch.fill(bytes, from, from + piece);
            for event in &batch.events {
                if let Ok(row) = starts.binary_search(&event.offset) {
                    check_event(event, &texts[row], &events[row].0);
                }
            }
        }
    }

    #[test]
    fn values_are_those_of_serde_json(value in json(), style in style()) {
        let text = if style.is_pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        // What follows is of another value.
        let behind = format!("{text},{{}}");
        let mut scanner = Scanner::new(behind.as_bytes(), 0);
        let read = scanner.value().unwrap();
        prop_assert_eq!(scanner.position(), text.len());
        let bytes = match read {
            crate::json::Value::String(read) => {
                prop_assert_eq!(Some(&*read.decode()), value.as_str());
                return Ok(());
            }
            crate::json::Value::Number(bytes)
            | crate::json::Value::Word(bytes)
            | crate::json::Value::Object(bytes)
            | crate::json::Value::Array(bytes) => bytes,
        };
        prop_assert_eq!(bytes, text.as_bytes());
    }
}
