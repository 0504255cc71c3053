//! `rview export`: a file in another format.

use std::fmt::Write as _;
use std::io::BufWriter;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rview_core::{CallPaths, Measure, PathWeights, Profile, Selection};

use super::{CANNOT_READ, Failure, Names, Subject, WRONG_USE, print};

/// `rview export`
#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    names: Names,
    /// Where to write; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// In which format; without this the ending of the output decides
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// What to add up, by name, such as `cpu-clock`; without this what the file shows first
    #[arg(long, value_name = "NAME")]
    value: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A stack and its weight a line
    Folded,
    /// A flame graph to look at in a browser
    Svg,
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.subject.refuse_as_output(&self.output)?;
        let format = self.format()?;
        let inputs = self.subject.inputs();
        let Some(input) = inputs.last() else { return Ok(()) };
        let document = self.subject.open_with(input, &self.names)?;
        let measure = self.measure(&document.profile)?;
        let folded = folded(&document.profile, measure);
        match format {
            Format::Folded => self.write(folded.as_bytes()),
            Format::Svg => {
                let title = document.input.name();
                self.write(&svg(&folded, &document.profile, measure, &title)?)
            }
        }
    }

    fn format(&self) -> Result<Format, Failure> {
        let ending = self.output.extension().unwrap_or_default().to_string_lossy();
        match (self.format, &*ending) {
            (Some(format), _) => Ok(format),
            (None, "folded" | "collapsed" | "txt") => Ok(Format::Folded),
            (None, "svg") => Ok(Format::Svg),
            (None, _) => Err(Failure::new(
                WRONG_USE,
                format!(
                    "{}: its ending names no format to export; add --format folded or --format svg",
                    self.output.display()
                ),
            )),
        }
    }

    fn measure(&self, profile: &Profile) -> Result<Measure, Failure> {
        let all = Measure::all(profile);
        let found = match &self.value {
            Some(name) => all.iter().copied().find(|measure| measure.name(profile) == *name),
            None => Measure::default_of(profile),
        };
        found.ok_or_else(|| {
            let names: Vec<String> = all.iter().map(|measure| measure.name(profile)).collect();
            let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            Failure::new(WRONG_USE, format!("there is no such value to add up; there is {names}"))
        })
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        if self.output.as_os_str() == "-" {
            return print(&String::from_utf8_lossy(bytes));
        }
        std::fs::write(&self.output, bytes).map_err(|err| {
            Failure::new(
                CANNOT_READ,
                format!("{}: cannot be written: {err}", self.output.display()),
            )
        })
    }
}

/// Every stack with its weight, root first, a line each.
///
/// A `;` in a name would be read as the end of a frame, so it becomes a `:`.
fn folded(profile: &Profile, measure: Measure) -> String {
    let paths = CallPaths::new(profile);
    let weights = PathWeights::new(profile, &paths, measure, &Selection::default());
    let mut text = String::new();
    for path in paths.ids() {
        let weight = weights.self_of(path);
        if weight == 0 {
            continue;
        }
        let mut names: Vec<String> = paths
            .walk_to_root(path)
            .map(|path| profile.function_name(paths.function(path)).replace([';', '\n'], ":"))
            .collect();
        names.reverse();
        // Writing to a String cannot fail.
        let _: std::fmt::Result = writeln!(text, "{} {weight}", names.join(";"));
    }
    text
}

/// A line of which the name ends in a space and a number, such as `request 42 100`, would be read
/// as one of two weights: the space becomes one that does not break.
fn one_weight(line: &str) -> String {
    let (stack, weight) = line.rsplit_once(' ').unwrap_or((line, ""));
    match stack.rsplit_once(' ') {
        Some((name, number)) if number.parse::<f64>().is_ok() => {
            format!("{name}\u{a0}{number} {weight}")
        }
        _ => line.to_owned(),
    }
}

fn svg(folded: &str, profile: &Profile, measure: Measure, title: &str) -> Result<Vec<u8>, Failure> {
    let mut options = inferno::flamegraph::Options::default();
    title.clone_into(&mut options.title);
    measure.unit(profile).name().clone_into(&mut options.count_name);
    let mut svg = BufWriter::new(Vec::new());
    let lines: Vec<String> = folded.lines().map(one_weight).collect();
    inferno::flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|err| Failure::new(CANNOT_READ, format!("no flame graph can be drawn: {err}")))?;
    svg.into_inner().map_err(|err| Failure::new(CANNOT_READ, err.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_end_of_a_name_is_no_weight() {
        assert_eq!(one_weight("main;request 42 100"), "main;request\u{a0}42 100");
        assert_eq!(one_weight("main;a b 100"), "main;a b 100");
        assert_eq!(one_weight("main 100"), "main 100");
    }
}
