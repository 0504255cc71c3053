//! Notes of the user on a part of the time or on a function, kept in a file beside the recording.
//!
//! ```json
//! {"rview_notes": 1, "notes": [
//!   {"id": 1, "text": "cache is cold here", "range_ns": [200000, 600000]},
//!   {"id": 2, "text": "replace by a table", "function": "bake", "module": "kitchen"}
//! ]}
//! ```
//!
//! A change is made to what the file holds by then: what others wrote there, and what this
//! version does not know, stays.

use std::collections::hash_map::Entry;
use std::ffi::OsString;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use rview_core::{FunctionId, FunctionKey, Profile};
use serde_json::{Map, Value, json};

use crate::last_session::write_in_place;

/// What a note is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// A part of the time.
    Time(Range<i64>),
    /// A function.
    Function(FunctionKey),
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Names it in its file.
    pub id: u64,
    /// What it says.
    pub text: String,
    /// What it is on.
    pub on: On,
}

/// A change of the notes of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// One more.
    Add(On, String),
    /// One says something else.
    Edit(u64, String),
    /// One is no more.
    Delete(u64),
}

/// The notes on a recording: those on time by when they start, then those on functions by name.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    all: Vec<Note>,
    by_function: FxHashMap<String, Vec<usize>>,
}

impl Notes {
    fn new(mut all: Vec<Note>) -> Self {
        all.sort_by(|a, b| match (&a.on, &b.on) {
            (On::Time(a), On::Time(b)) => (a.start, a.end).cmp(&(b.start, b.end)),
            (On::Function(a), On::Function(b)) => (&a.name, &a.module).cmp(&(&b.name, &b.module)),
            (On::Time(_), On::Function(_)) => std::cmp::Ordering::Less,
            (On::Function(_), On::Time(_)) => std::cmp::Ordering::Greater,
        });
        let mut by_function: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, note) in all.iter().enumerate() {
            if let On::Function(function) = &note.on {
                match by_function.entry(function.name.clone()) {
                    Entry::Occupied(mut rows) => rows.get_mut().push(at),
                    Entry::Vacant(rows) => {
                        rows.insert(vec![at]);
                    }
                }
            }
        }
        Self { all, by_function }
    }

    /// Every note, in order.
    pub fn all(&self) -> &[Note] {
        &self.all
    }

    /// A note by its id.
    pub fn get(&self, id: u64) -> Option<&Note> {
        self.all.iter().find(|note| note.id == id)
    }

    /// The notes on parts of the time, by when these start.
    pub fn on_time(&self) -> impl Iterator<Item = (&Note, &Range<i64>)> {
        self.all.iter().filter_map(|note| match &note.on {
            On::Time(range) => Some((note, range)),
            On::Function(_) => None,
        })
    }

    /// The notes on a function.
    pub fn on_function(
        &self,
        profile: &Profile,
        function: FunctionId,
    ) -> impl Iterator<Item = &Note> {
        let name = (!self.by_function.is_empty()).then(|| profile.function_name(function));
        let rows = name.and_then(|name| self.by_function.get(name));
        let module = profile.function_module(function);
        let notes = rows.into_iter().flatten().filter_map(|&at| self.all.get(at));
        notes.filter(move |note| match &note.on {
            On::Function(key) => key.module == module,
            On::Time(_) => false,
        })
    }
}

/// Where the notes on a recording are: beside it.
pub fn place(recording: &Path) -> PathBuf {
    let mut name: OsString = recording.file_name().unwrap_or_default().to_owned();
    name.push(".rview-notes.json");
    recording.with_file_name(name)
}

/// Reads the notes on a recording; none where nobody has made any.
///
/// # Errors
///
/// A line for the user.
pub fn read(recording: &Path) -> Result<Notes, String> {
    let path = place(recording);
    Ok(Notes::new(notes_in(&load(&path)?)))
}

/// Makes a change in the file of notes, and gives what is in it then.
///
/// # Errors
///
/// A line for the user; the file is as it was.
pub fn change(recording: &Path, change: Change) -> Result<Notes, String> {
    let path = place(recording);
    let mut file = load(&path)?;
    let next = notes_in(&file).iter().map(|note| note.id).max().unwrap_or_default() + 1;
    let notes = file.entry("notes").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(notes) = notes else { return Err(not_notes(&path)) };
    let is = |note: &Value, id: u64| note.get("id").and_then(Value::as_u64) == Some(id);
    match change {
        Change::Add(on, text) => notes.push(to_json(next, &on, &text)),
        Change::Edit(id, text) => {
            let note = notes.iter_mut().find(|note| is(note, id));
            match note.and_then(Value::as_object_mut) {
                Some(note) => note.insert("text".to_owned(), Value::String(text)),
                None => return Err("the note is gone: another window has deleted it".to_owned()),
            };
        }
        Change::Delete(id) => notes.retain(|note| !is(note, id)),
    }
    let found = Notes::new(notes_in(&file));
    let mut json = serde_json::to_vec_pretty(&file).map_err(|err| err.to_string())?;
    json.push(b'\n');
    write_in_place(&path, &json)
        .map_err(|err| format!("{} cannot be written: {err}", path.display()))?;
    Ok(found)
}

/// What a file of notes holds; a new one where there is none.
fn load(path: &Path) -> Result<Map<String, Value>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            let new = json!({ "rview_notes": 1, "notes": [] });
            return Ok(new.as_object().cloned().unwrap_or_default());
        }
        Err(err) => return Err(format!("{} cannot be read: {err}", path.display())),
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(file)) => Ok(file),
        _ => Err(not_notes(path)),
    }
}

fn not_notes(path: &Path) -> String {
    format!("{} holds no notes of rview: move it away to make some", path.display())
}

/// The notes of a file; what is none of ours is left out.
fn notes_in(file: &Map<String, Value>) -> Vec<Note> {
    let notes = file.get("notes").and_then(Value::as_array);
    notes.into_iter().flatten().filter_map(of_json).collect()
}

fn of_json(note: &Value) -> Option<Note> {
    let text = |key: &str| note.get(key).and_then(Value::as_str).map(str::to_owned);
    let on = if let Some(name) = text("function") {
        On::Function(FunctionKey { name, module: text("module").unwrap_or_default() })
    } else {
        let range = note.get("range_ns")?;
        let edge = |at: usize| range.get(at).and_then(Value::as_i64);
        let (start, end) = (edge(0)?, edge(1)?);
        On::Time(start..end.max(start))
    };
    Some(Note { id: note.get("id")?.as_u64()?, text: text("text")?, on })
}

fn to_json(id: u64, on: &On, text: &str) -> Value {
    match on {
        On::Time(range) => json!({ "id": id, "text": text, "range_ns": [range.start, range.end] }),
        On::Function(key) => {
            json!({ "id": id, "text": text, "function": key.name, "module": key.module })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn bake() -> On {
        On::Function(FunctionKey { name: "bake".to_owned(), module: String::new() })
    }

    fn texts(notes: &Notes) -> Vec<&str> {
        notes.all().iter().map(|note| &*note.text).collect()
    }

    #[test]
    fn notes_are_added_edited_and_deleted_beside_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("perf.data");
        assert!(read(&file).unwrap().all().is_empty());
        change(&file, Change::Add(bake(), "hot".to_owned())).unwrap();
        change(&file, Change::Add(On::Time(5..9), "cold".to_owned())).unwrap();
        assert_eq!(texts(&read(&file).unwrap()), ["cold", "hot"], "time first");
        change(&file, Change::Edit(1, "hotter".to_owned())).unwrap();
        let left = change(&file, Change::Delete(2)).unwrap();
        assert_eq!(texts(&left), ["hotter"]);
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["perf.data.rview-notes.json"]);
    }

    #[test]
    fn what_others_wrote_into_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("perf.data");
        let theirs = r#"{"rview_notes": 1, "by": "ada", "notes": [
            {"id": 7, "text": "old", "range_ns": [1, 2], "color": "red"},
            {"sketch": [1, 2, 3]}, "loose"]}"#;
        fs::write(place(&file), theirs).unwrap();
        assert_eq!(texts(&read(&file).unwrap()), ["old"]);
        change(&file, Change::Edit(7, "new".to_owned())).unwrap();
        change(&file, Change::Add(bake(), "hot".to_owned())).unwrap();
        let now: Value = serde_json::from_slice(&fs::read(place(&file)).unwrap()).unwrap();
        let wanted = json!({"rview_notes": 1, "by": "ada", "notes": [
            {"id": 7, "text": "new", "range_ns": [1, 2], "color": "red"},
            {"sketch": [1, 2, 3]}, "loose",
            {"id": 8, "text": "hot", "function": "bake", "module": ""}]});
        assert_eq!(now, wanted);
    }

    #[test]
    fn a_file_that_holds_something_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("perf.data");
        for theirs in ["", "shopping: eggs", "[1, 2]", "{\"notes\": 3}"] {
            fs::write(place(&file), theirs).unwrap();
            let why = change(&file, Change::Add(bake(), "hot".to_owned())).unwrap_err();
            assert!(why.contains("holds no notes of rview"), "{why}");
            assert_eq!(fs::read_to_string(place(&file)).unwrap(), theirs);
        }
    }

    #[test]
    fn a_note_that_is_gone_cannot_be_edited_and_a_missing_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("perf.data");
        assert!(change(&file, Change::Edit(1, String::new())).unwrap_err().contains("gone"));
        let nowhere = folder.path().join("no/such/perf.data");
        let why = change(&nowhere, Change::Add(bake(), "hot".to_owned())).unwrap_err();
        assert!(why.contains("perf.data.rview-notes.json cannot be written"), "{why}");
    }
}
