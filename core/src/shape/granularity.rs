//! What call paths are of: functions, or something finer or coarser.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{Function, FunctionId, Line, Profile, Symbols, file_name};

/// What a call path is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// Lines of source, as `go tool pprof -lines` adds up.
    Line,
    /// Functions.
    #[default]
    Function,
    /// Files of source, as `go tool pprof -files` adds up.
    File,
    /// Modules: binaries, or what the format has for them.
    Module,
}

/// What is left of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Line(FunctionId, u32),
    /// As a function that stands for all of its file or module: without name and line.
    Place(Function),
}

impl Granularity {
    /// All, the finest first.
    pub const ALL: [Self; 4] = [Self::Line, Self::Function, Self::File, Self::Module];

    /// What paths are of, in the plural, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Line => "lines",
            Self::Function => "functions",
            Self::File => "files",
            Self::Module => "modules",
        }
    }

    /// Those that show something else than functions do: lines and files only where the
    /// recording has them. Linear in the number of functions and frames.
    pub fn of(profile: &Profile) -> Vec<Self> {
        let (frames, symbols) = (profile.frames(), profile.symbols());
        if frames.is_empty() {
            return vec![Self::Function];
        }
        let functions = symbols.functions();
        let has_lines =
            || frames.ids().any(|frame| symbols.lines(frame).iter().any(|line| line.line > 0));
        let has_files = || functions.ids().any(|id| functions.row(id).file.is_some());
        let has_modules = || functions.ids().any(|id| !profile.function_module(id).is_empty());
        let has = |granularity: &Self| match granularity {
            Self::Line => has_lines(),
            Self::Function => true,
            Self::File => has_files(),
            Self::Module => has_modules(),
        };
        Self::ALL.into_iter().filter(has).collect()
    }

    /// The profile with a function for each line, file or module, which the frames then have.
    /// Functions that slices and markers are called by stay.
    pub fn applied_to(self, profile: &Arc<Profile>) -> Arc<Profile> {
        if self == Self::Function {
            return Arc::clone(profile);
        }
        let mut symbols = Symbols::clone(profile.symbols());
        let mut rows: FxHashMap<Key, FunctionId> = FxHashMap::default();
        let (mut names, mut functions) = (Vec::new(), Vec::new());
        for line in &mut symbols.lines {
            let key = self.key(profile, *line);
            let next = FunctionId::from_index(symbols.functions.rows.len() + names.len());
            let function = *rows.entry(key).or_insert(next);
            if function == next {
                names.push(name(profile, key));
                functions.push(function_of(profile, key));
            }
            line.function = function;
        }
        let mut strings = profile.strings().clone();
        let names = strings.add(&names).into_iter();
        let functions = names.zip(functions).map(|(name, function)| Function { name, ..function });
        symbols.functions.rows.extend(functions);
        Arc::new(profile.with_symbols(Arc::new(strings), Arc::new(symbols)))
    }

    fn key(self, profile: &Profile, line: Line) -> Key {
        let row = *profile.symbols().functions().row(line.function);
        match self {
            Self::Line | Self::Function => Key::Line(line.function, line.line),
            // Two files of one name in two binaries are one file; what has none is told apart
            // by its binary.
            Self::File if row.file.is_some() => {
                Key::Place(Function { line: 0, mapping: None, category: None, ..unnamed(row) })
            }
            Self::File | Self::Module => {
                let category = if row.mapping.is_some() { None } else { row.category };
                Key::Place(Function { line: 0, file: None, category, ..unnamed(row) })
            }
        }
    }
}

/// The names of a function are no part of what tells files and modules apart.
fn unnamed(function: Function) -> Function {
    Function { name: crate::StringId::from_index(0), linkage_name: None, ..function }
}

fn name(profile: &Profile, key: Key) -> String {
    match key {
        Key::Line(function, 0) => profile.function_name(function).to_owned(),
        Key::Line(function, line) => format!("{}:{line}", profile.function_name(function)),
        Key::Place(place) => match (place.file, place.mapping, place.category) {
            (Some(file), _, _) => profile.text(file).to_owned(),
            (None, Some(mapping), _) => {
                format!("({})", file_name(profile.text(profile.mappings().row(mapping).path)))
            }
            (None, None, Some(category)) => format!("({})", profile.text(category)),
            (None, None, None) => "(unknown)".to_owned(),
        },
    }
}

fn function_of(profile: &Profile, key: Key) -> Function {
    match key {
        Key::Line(function, line) => {
            let row = *profile.symbols().functions().row(function);
            Function { line: if line == 0 { row.line } else { line }, ..row }
        }
        Key::Place(place) => place,
    }
}
