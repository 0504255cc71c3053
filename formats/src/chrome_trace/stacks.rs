//! The call stacks where events were recorded, for whoever looks at one.
//!
//! An event names its innermost frame among those beside the events (`sf`, and `esf` where it
//! ends), or lists what its frames are called, outermost first (`stack` and `estack`).

use std::borrow::Cow;

use foldhash::HashMap;

use crate::Details;
use crate::json::{Elements, Fields, Scanner, Text, Value, flat};

/// The keys of an event that its slice or marker shows already.
const SHOWN: [&[u8]; 7] = [b"name", b"ph", b"ts", b"dur", b"pid", b"tid", b"s"];

/// The keys of stacks, and what they are called.
const STACKS: [(&[u8], &str); 4] = [
    (b"sf", "stack"),
    (b"stack", "stack"),
    (b"esf", "stack at the end"),
    (b"estack", "stack at the end"),
];

/// How many frames of a stack are listed.
const MAX_FRAMES: usize = 200;

/// How many callers are followed: those of a broken table may go round in circles.
const MAX_CALLERS: usize = 100_000;

/// The arguments of the event at an offset, without its stacks.
pub(super) fn arguments(bytes: &[u8], at: usize) -> Details {
    let stacks = STACKS.iter().map(|(key, _)| *key);
    flat(bytes, at, &SHOWN.into_iter().chain(stacks).collect::<Vec<_>>())
}

/// What the event at an offset says but what is shown of it already, and its stacks, of which the
/// frames are in the object at another offset.
pub(super) fn details(bytes: &[u8], at: usize, frames_at: Option<usize>) -> Details {
    let mut shown = SHOWN.to_vec();
    let mut stacks = Details::new();
    for (key, value) in Fields::new(bytes.get(at..).unwrap_or_default()) {
        // An event that has a key again and again says nothing more by it.
        if stacks.len() == STACKS.len() {
            break;
        }
        let Some((key, name)) = STACKS.iter().find(|(stack, _)| *stack == key.raw) else {
            continue;
        };
        let frames = match value {
            Value::Array(_) => listed(value),
            _ => named(bytes, value, frames_at),
        };
        // What cannot be read as a stack is shown as it stands in the file.
        if let Some(frames) = frames.filter(|frames| !frames.is_empty()) {
            stacks.push(((*name).to_owned(), lines(&frames)));
            shown.push(key);
        }
    }
    let mut details = flat(bytes, at, &shown);
    details.append(&mut stacks);
    details
}

/// The frames of a list, innermost first; `None` where some are no texts.
fn listed(list: Value<'_>) -> Option<Vec<Cow<'_, str>>> {
    let names = Elements::of(list).map(|frame| match frame {
        Value::String(name) => Some(name.decode()),
        Value::Number(raw) => Some(Text { raw }.decode()),
        _ => None,
    });
    let mut names: Vec<_> = names.collect::<Option<_>>()?;
    names.reverse();
    Some(names)
}

/// The frames from one on, innermost first; `None` where it is not in the table.
fn named<'a>(
    bytes: &'a [u8],
    frame: Value<'a>,
    frames_at: Option<usize>,
) -> Option<Vec<Cow<'a, str>>> {
    let table = Scanner::new(bytes, frames_at?).value().ok()?;
    let table: HashMap<Cow<'_, str>, Value<'_>> =
        Fields::of(table).map(|(id, frame)| (id.decode(), frame)).collect();
    let mut next = Some(frame);
    let mut names = Vec::new();
    while let Some(id) = next.take()
        && names.len() < MAX_CALLERS
        && let Some(frame) = id_text(id).and_then(|id| table.get(&id))
    {
        let (mut name, mut category) = (None, None);
        for (key, value) in Fields::of(*frame) {
            match key.raw {
                b"name" => name = value.text(),
                b"category" => category = value.text().filter(|text| !text.raw.is_empty()),
                b"parent" => next = Some(value),
                _ => {}
            }
        }
        let name = name.map_or("[No name]".into(), Text::decode);
        names.push(match category {
            Some(category) => format!("{name} ({})", category.decode()).into(),
            None => name,
        });
    }
    Some(names)
}

/// The id of a frame: tools write it as a number here and as a text there.
fn id_text(id: Value<'_>) -> Option<Cow<'_, str>> {
    match id {
        Value::String(text) => Some(text.decode()),
        Value::Number(raw) => Some(Text { raw }.decode()),
        _ => None,
    }
}

/// A frame a line.
fn lines(frames: &[Cow<'_, str>]) -> String {
    let mut lines: Vec<&str> = frames.iter().take(MAX_FRAMES).map(|frame| &**frame).collect();
    let n_more = frames.len().saturating_sub(lines.len());
    let more = format!("… {n_more} more");
    if n_more > 0 {
        lines.push(&more);
    }
    lines.join("\n")
}
