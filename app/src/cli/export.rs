//! `rview export`: a file in another format.

use std::io::BufWriter;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rview_core::{Measure, Profile, Shape, Shaped, Unit};
use rview_formats::export;

use super::counted::Counted;
use super::shape::{PathsOf, group_by, transforms};
use super::{CANNOT_READ, Failure, Names, Subject, WRONG_USE, print_bytes};

/// `rview export`
#[derive(Args)]
pub(super) struct Export {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    paths: PathsOf,
    /// Makes each value of this label, each `thread` or each `process` a root
    #[arg(long, value_name = "KEY")]
    group_by: Option<String>,
    /// Changes stacks, such as `focus=main`; several are done one after the other: focus, merge,
    /// drop, collapse, recursion and direct-recursion of a function, module, file, idle
    #[arg(long, value_name = "KIND=NAME")]
    transform: Vec<String>,
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
    /// A profile for `go tool pprof`, in gzip, with all types of values
    Pprof,
    /// A profile for speedscope, with all types of values
    Speedscope,
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.subject.refuse_as_output(&self.output)?;
        let format = self.format()?;
        let inputs = self.subject.inputs();
        let [.., input] = &inputs[..] else { return Ok(()) };
        if inputs.len() > 1 && !self.subject.demo {
            let line = "several files make one export only with --merge";
            return Err(Failure::new(WRONG_USE, line));
        }
        let document = self.subject.open_with(input, &self.names)?;
        let profile = &*document.profile;
        let selection = self.counted.selection(profile)?;
        let group_by = self.group_by.as_deref().map(|name| group_by(profile, name)).transpose()?;
        let granularity = self.paths.granularity();
        let transforms = transforms(&document.profile, granularity, &self.transform)?;
        let shape = Shape { granularity, group_by, transforms };
        let shaped = Shaped::new(&document.profile, shape);
        let (profile, paths) = (&*shaped.profile, shaped.paths);
        let title = document.input.name();
        match format {
            Format::Pprof => self.write(&export::pprof(profile, &paths, &selection)),
            Format::Speedscope => {
                self.write(export::speedscope(profile, &paths, &selection, &title).as_bytes())
            }
            Format::Folded | Format::Svg => {
                let measure = self.measure(profile)?;
                let folded = |unit| export::folded(profile, &paths, measure, &selection, unit);
                match format {
                    // Widths are whole numbers there.
                    Format::Svg => {
                        self.write(&svg(&folded(&Unit::Count), &measure.unit(profile), &title)?)
                    }
                    _ => self.write(folded(&measure.unit(profile)).as_bytes()),
                }
            }
        }
    }

    fn format(&self) -> Result<Format, Failure> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let name = self.output.file_name().unwrap_or_default().to_string_lossy();
        let endings = [
            (".folded", Format::Folded),
            (".collapsed", Format::Folded),
            (".txt", Format::Folded),
            (".svg", Format::Svg),
            (".pb.gz", Format::Pprof),
            (".pprof", Format::Pprof),
            (".speedscope.json", Format::Speedscope),
        ];
        let found = endings.into_iter().find(|(ending, _)| name.ends_with(ending));
        found.map(|(_, format)| format).ok_or_else(|| {
            Failure::new(
                WRONG_USE,
                format!(
                    "{}: its ending names no format to export; add --format folded, svg, pprof or \
                     speedscope",
                    self.output.display()
                ),
            )
        })
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
            return print_bytes(bytes);
        }
        std::fs::write(&self.output, bytes).map_err(|err| {
            Failure::new(
                CANNOT_READ,
                format!("{}: cannot be written: {err}", self.output.display()),
            )
        })
    }
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

/// The flame graph of stacks, of which the weights are whole numbers of the least of a unit.
fn svg(folded: &str, unit: &Unit, title: &str) -> Result<Vec<u8>, Failure> {
    let mut options = inferno::flamegraph::Options::default();
    title.clone_into(&mut options.title);
    if let Unit::Decimal(decimals) = unit {
        options.factor = 1.0 / decimals.size() as f64;
    } else {
        unit.name().clone_into(&mut options.count_name);
    }
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
