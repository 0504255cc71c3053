//! The source of a function: its file, wherever that is, and what the lines weigh.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rview_core::{FunctionId, LineCosts};

use crate::analysis::{Base, Question};

/// Whose source is to be shown, and what of the recording counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedSource {
    /// What counts.
    pub question: Question,
    /// The function, by its id in the shape that is shown.
    pub function: FunctionId,
    /// The folders in which files are looked for.
    pub roots: Vec<PathBuf>,
}

/// A file with what its lines weigh.
#[derive(Debug)]
pub struct Source {
    /// Its path as recorded; nothing where the recording knows no file.
    pub file: Option<String>,
    /// What is in it, or where it was looked for.
    pub text: Result<Arc<Text>, Vec<Missing>>,
    /// What the lines weigh.
    pub costs: LineCosts,
    /// The costly lines, the heaviest first.
    pub heaviest: Vec<u32>,
    /// The line to show first: the heaviest of the function, else where it is defined.
    pub first: Option<u32>,
}

/// Where a file was looked for, and why it could not be read there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The path.
    pub path: PathBuf,
    /// What was wrong with it.
    pub why: String,
}

/// A text in lines.
#[derive(Debug)]
pub struct Text {
    /// Where it is.
    pub path: PathBuf,
    bytes: Vec<u8>,
    /// Where each line starts.
    starts: Vec<usize>,
    /// The letters of the longest line, as far as it is shown.
    pub n_columns: usize,
}

/// A file larger than this is no source: it would take longer to read than anybody waits.
const MAX_BYTES: u64 = 1 << 30;

/// Letters of a line that are shown.
const MAX_COLUMNS: usize = 1000;

/// How wide a tab is.
const TAB: usize = 4;

/// Places that are tried at most.
const MAX_PLACES: usize = 64;

impl Source {
    /// Finds the file and what its lines weigh. The text is not read again where it is the same as
    /// in `last`.
    pub fn new(base: &Base, wanted: &WantedSource, last: Option<&Self>) -> Self {
        let profile = &*base.shaped.profile;
        let row = profile.symbols().functions().row(wanted.function);
        let Some(file) = row.file.map(|file| profile.text(file).to_owned()) else {
            let costs = LineCosts::default();
            let (text, heaviest) = (Err(Vec::new()), Vec::new());
            return Self { file: None, text, costs, heaviest, first: None };
        };
        let text = match last {
            Some(Self { file: Some(other), text: Ok(text), .. }) if *other == file => {
                Ok(Arc::clone(text))
            }
            _ => find(&file, &wanted.roots).map(Arc::new),
        };
        let costs = costs(base, &wanted.question, &file);
        let heaviest = costs.heaviest();
        let lines = lines_of(base, wanted.function, &file);
        let of_function = heaviest.iter().find(|cost| lines.contains(&cost.line));
        let defined = Some(row.line).filter(|&line| line > 0);
        let first = of_function.map(|cost| cost.line).or(defined);
        let heaviest: Vec<u32> = heaviest.into_iter().map(|cost| cost.line).collect();
        let first = first.or_else(|| heaviest.first().copied());
        Self { file: Some(file), text, costs, heaviest, first }
    }

    /// What the lines of a file weigh, without its text.
    pub fn of_file(base: &Base, question: &Question, file: Option<String>) -> Self {
        let costs = file.as_ref().map(|file| costs(base, question, file)).unwrap_or_default();
        Self { file, text: Err(Vec::new()), costs, heaviest: Vec::new(), first: None }
    }
}

fn costs(base: &Base, question: &Question, file: &str) -> LineCosts {
    let recorded = &*base.recorded;
    question.measure.map_or_else(LineCosts::default, |measure| {
        let selection = question.selection(recorded);
        LineCosts::new(recorded, &base.paths, measure, &selection, file)
    })
}

/// The lines of a function that are in any stack: of one line that is all there is to it.
fn lines_of(base: &Base, function: FunctionId, file: &str) -> Vec<u32> {
    let (shown, recorded) = (&*base.shaped.profile, &*base.recorded);
    if base.shaped.shape.granularity == rview_core::Granularity::Line {
        return vec![shown.symbols().functions().row(function).line];
    }
    let name = shown.function_name(function);
    let symbols = recorded.symbols();
    let is_it: Vec<bool> = symbols
        .functions()
        .ids()
        .map(|id| {
            let row = symbols.functions().row(id);
            recorded.function_name(id) == name
                && row.file.is_some_and(|other| recorded.text(other) == file)
        })
        .collect();
    let lines = recorded.frames().ids().flat_map(|frame| symbols.lines(frame));
    let mut lines: Vec<u32> =
        lines.filter(|line| is_it[line.function.index()]).map(|line| line.line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// Reads a file where it was recorded, else the first that is found below the roots: there with
/// the whole of its path, then with less and less of its folders.
fn find(file: &str, roots: &[PathBuf]) -> Result<Text, Vec<Missing>> {
    let mut missing = Vec::new();
    for path in places(file, roots).into_iter().take(MAX_PLACES) {
        match Text::read(&path) {
            Ok(text) => return Ok(text),
            Err(why) => missing.push(Missing { path, why }),
        }
    }
    Err(missing)
}

/// Where a file may be.
fn places(file: &str, roots: &[PathBuf]) -> Vec<PathBuf> {
    // Recordings of another system have its separators, and its drives.
    let parts: Vec<&str> =
        file.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
    let recorded = Path::new(file);
    let mut places: Vec<PathBuf> =
        recorded.is_absolute().then(|| recorded.to_owned()).into_iter().collect();
    for from in 0..parts.len() {
        let rest: PathBuf = parts[from..].iter().collect();
        places.extend(roots.iter().map(|root| root.join(&rest)));
    }
    places
}

impl Text {
    /// Reads a text; why not, in words, where it cannot be.
    fn read(path: &Path) -> Result<Self, String> {
        let facts = fs::metadata(path).map_err(|err| match err.kind() {
            std::io::ErrorKind::NotFound => "not there".to_owned(),
            _ => err.to_string(),
        })?;
        // To open a pipe or a device would wait or worse.
        if !facts.is_file() {
            return Err("no file".to_owned());
        }
        if facts.len() > MAX_BYTES {
            return Err("larger than 1 GiB".to_owned());
        }
        let bytes = fs::read(path).map_err(|err| err.to_string())?;
        Ok(Self::new(path.to_owned(), bytes))
    }

    fn new(path: PathBuf, bytes: Vec<u8>) -> Self {
        let mut starts = vec![0];
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        starts.extend(ends.map(|(at, _)| at + 1));
        if starts.last() == Some(&bytes.len()) && starts.len() > 1 {
            starts.pop();
        }
        let lens = starts.windows(2).map(|pair| pair[1] - pair[0] - 1);
        let last = bytes.len() - starts.last().copied().unwrap_or_default();
        let longest = lens.chain([last]).max().unwrap_or_default();
        Self { path, bytes, starts, n_columns: longest.min(MAX_COLUMNS) }
    }

    /// Number of lines.
    pub fn n_lines(&self) -> usize {
        self.starts.len()
    }

    /// A line, counted from 1, as it is shown: tabs as spaces, without what no letter is. Empty
    /// beyond the end.
    pub fn line(&self, line: u32) -> Cow<'_, str> {
        let Some(at) = (line as usize).checked_sub(1) else { return Cow::Borrowed("") };
        let Some(&start) = self.starts.get(at) else { return Cow::Borrowed("") };
        let end = self.starts.get(at + 1).map_or(self.bytes.len(), |&next| next - 1);
        // Four bytes are the longest letter.
        let end = end.min(start + 4 * MAX_COLUMNS);
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        // The last line may end in one, too.
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.iter().all(|byte| (0x20..0x7F).contains(byte)) {
            return String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_COLUMNS)]);
        }
        let mut text = String::new();
        let mut n_columns = 0;
        for letter in String::from_utf8_lossy(bytes).chars().take(MAX_COLUMNS) {
            match letter {
                '\t' => {
                    let n_spaces = TAB - n_columns % TAB;
                    text.extend(std::iter::repeat_n(' ', n_spaces));
                    n_columns += n_spaces;
                    continue;
                }
                _ if letter.is_control() => text.push('\u{fffd}'),
                _ => text.push(letter),
            }
            n_columns += 1;
        }
        Cow::Owned(text)
    }
}

/// Starts an editor with the words of a command, in which `{file}` and `{line}` stand for the
/// place. No shell reads it: a path is one word whatever is in it.
pub fn edit(command: &str, file: &Path, line: u32) -> Result<Child, String> {
    let words = words(command, file, line);
    let Some((program, arguments)) = words.split_first() else {
        return Err("no editor is set".to_owned());
    };
    let mut editor = Command::new(program);
    editor.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    editor.spawn().map_err(|err| {
        format!("The editor {program} cannot be started: {err}; set another in the source view")
    })
}

/// The words of a command for a place.
fn words(command: &str, file: &Path, line: u32) -> Vec<String> {
    let line = line.to_string();
    let file = file.to_string_lossy();
    let mut words: Vec<String> = command
        .split_whitespace()
        .map(|word| {
            // One after the other would find a `{line}` in the name of the file.
            let parts: Vec<String> =
                word.split("{file}").map(|part| part.replace("{line}", &line)).collect();
            parts.join(&file)
        })
        .collect();
    if !words.is_empty() && !command.contains("{file}") {
        words.push(file.into_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Vec<String> {
        let text = Text::new(PathBuf::from("a.c"), bytes.to_owned());
        (1..).take(text.n_lines()).map(|line| text.line(line).into_owned()).collect()
    }

    #[test]
    fn lines_end_where_they_end() {
        assert_eq!(text(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
        assert_eq!(text(b"a\n"), ["a"]);
        assert_eq!(text(b""), [""]);
        assert_eq!(text(b"\n\n"), ["", ""]);
    }

    #[test]
    fn tabs_go_to_the_next_stop_and_bad_bytes_are_marked() {
        assert_eq!(
            text(b"\tx\n ab\ty\n\xFFz\n\x1B[1m"),
            ["    x", " ab y", "\u{fffd}z", "\u{fffd}[1m"]
        );
    }

    #[test]
    fn a_long_line_is_cut() {
        let long = "é".repeat(5000);
        assert_eq!(text(long.as_bytes())[0].chars().count(), MAX_COLUMNS);
    }

    #[test]
    fn a_file_is_looked_for_where_it_was_and_below_the_roots() {
        let roots = ["/r".into(), "/s".into()];
        let places = |file| -> Vec<String> {
            places(file, &roots).iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(places("/a/b.c"), ["/a/b.c", "/r/a/b.c", "/s/a/b.c", "/r/b.c", "/s/b.c"]);
        assert_eq!(places("C:\\b.c"), ["/r/C:/b.c", "/s/C:/b.c", "/r/b.c", "/s/b.c"]);
        assert_eq!(places("../b.c"), ["/r/b.c", "/s/b.c"], "nothing above the roots");
    }

    #[test]
    fn a_path_is_one_word_of_the_editor_whatever_is_in_it() {
        let words = |command| words(command, Path::new("/a b/{line}; rm.c"), 7);
        assert_eq!(words("code -g {file}:{line}"), ["code", "-g", "/a b/{line}; rm.c:7"]);
        assert_eq!(words("vi +{line}"), ["vi", "+7", "/a b/{line}; rm.c"]);
        assert!(words("  ").is_empty());
    }
}
