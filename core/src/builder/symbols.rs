//! Better names for a finished profile: a new [`Symbols`] for the same frames.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::frame::SourceColumns;
use crate::strings::StringInterner;
use crate::{
    FrameId, Function, FunctionId, FunctionTable, Line, Profile, StringId, StringTable, Symbols,
};

/// Starts with the names that a profile has, takes better ones, and gives the tables for
/// [`Profile::with_symbols`].
///
/// Strings keep their ids. So do the functions that are names of slices and markers, and all
/// that the profile has before them.
#[derive(Debug)]
pub struct SymbolsBuilder {
    strings: StringInterner,
    functions: Vec<Function>,
    function_ids: FxHashMap<Function, FunctionId>,
    range: Vec<(u32, u32)>,
    lines: Vec<Line>,
    columns: SourceColumns,
    /// How many functions keep their ids whether or not a line names them.
    n_kept: usize,
}

impl SymbolsBuilder {
    /// With the names that the profile has. Linear in the number of its strings and frames.
    pub fn new(profile: &Profile) -> Self {
        let symbols = &profile.symbols;
        let functions = symbols.functions.rows.clone();
        let ids = functions.iter().zip(symbols.functions.ids());
        let function_ids = ids.map(|(&function, id)| (function, id)).collect();
        let names = profile.slices.name.iter().chain(&profile.markers.name);
        let n_kept = names.map(|name| name.index() + 1).max().unwrap_or_default();
        Self {
            strings: StringInterner::of((*profile.strings).clone()),
            functions,
            function_ids,
            range: symbols.range.clone(),
            lines: symbols.lines.clone(),
            columns: symbols.columns.clone(),
            n_kept,
        }
    }

    /// The id of a string.
    pub fn string(&mut self, text: &str) -> StringId {
        self.strings.intern(text)
    }

    /// The id of a function.
    pub fn function(&mut self, function: Function) -> FunctionId {
        *self.function_ids.entry(function).or_insert_with(|| {
            self.functions.push(function);
            FunctionId::from_index(self.functions.len() - 1)
        })
    }

    /// Tells the functions at a frame of the profile: the physical one first, then those
    /// inlined there. At least one.
    pub fn set_lines(&mut self, frame: FrameId, lines: &[Line]) {
        let start = FrameId::from_index(self.lines.len()).raw();
        self.lines.extend_from_slice(lines);
        self.range[frame.index()] = (start, FrameId::from_index(lines.len()).raw());
    }

    /// The tables, without functions and lines that no frame has any more.
    pub fn finish(mut self) -> (Arc<StringTable>, Arc<Symbols>) {
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut columns = SourceColumns::default();
        for range in &mut self.range {
            let (old, at) = (*range, range.0 as usize);
            range.0 = FrameId::from_index(lines.len()).raw();
            lines.extend_from_slice(&self.lines[at..at + old.1 as usize]);
            columns.set(*range, self.columns.get(old));
        }
        let mut is_used = Bits::new(self.functions.len());
        for line in &lines {
            is_used.insert(line.function.index());
        }
        let mut new_id = Vec::with_capacity(self.functions.len());
        let mut functions = Vec::with_capacity(self.functions.len());
        for (row, function) in self.functions.into_iter().enumerate() {
            new_id.push(FunctionId::from_index(functions.len()));
            if row < self.n_kept || is_used.contains(row) {
                functions.push(function);
            }
        }
        for line in &mut lines {
            line.function = new_id[line.function.index()];
        }
        let functions = FunctionTable { rows: functions };
        let symbols = Symbols { functions, range: self.range, lines, columns };
        (Arc::new(self.strings.finish()), Arc::new(symbols))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ProfileBuilder, Sample, Unit};

    /// A profile with two frames and a marker called `tick`.
    fn profile() -> (Profile, [FrameId; 2]) {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        builder.value_type("samples", Unit::Count);
        let unused = builder.function_named("unused");
        let tick = builder.function_named("tick");
        builder.marker(0, tick, crate::Scope::Process(process), None);
        assert!(unused < tick);
        let frames = [1, 2].map(|address| builder.frame(None, address));
        for leaf in frames {
            builder.sample(Sample { time_ns: None, thread, callers: None, leaf, labels: None });
        }
        (builder.finish().0, frames)
    }

    fn names(profile: &Profile, frame: FrameId) -> Vec<&str> {
        let lines = profile.symbols().lines(frame);
        lines.iter().map(|line| profile.function_name(line.function)).collect()
    }

    #[test]
    fn names_that_come_late_replace_the_symbols_alone() {
        let (profile, [first, second]) = profile();
        assert_eq!(names(&profile, first), ["[unknown]"]);
        let mut symbols = SymbolsBuilder::new(&profile);
        let line = |symbols: &mut SymbolsBuilder, name, line| {
            let name = symbols.string(name);
            let function = Function::named(name);
            Line { function: symbols.function(function), line }
        };
        let lines = [line(&mut symbols, "run", 3), line(&mut symbols, "mix", 4)];
        symbols.set_lines(first, &lines);
        let (strings, symbols) = symbols.finish();
        let better = profile.with_symbols(strings, symbols);
        better.check().unwrap();
        assert_eq!(names(&better, first), ["run", "mix"]);
        assert_eq!(names(&better, second), ["[unknown]"]);
        assert_eq!(better.function_name(better.markers().name[0]), "tick");
    }

    #[test]
    fn columns_go_with_the_lines_that_have_them() {
        let (profile, [first, second]) = profile();
        let tell = |profile: &Profile, frame, column: u32| {
            let mut symbols = SymbolsBuilder::new(profile);
            let name = symbols.string("run");
            let function = symbols.function(Function::named(name));
            symbols.set_lines(frame, &[Line { function, line: 3 }]);
            symbols.columns.set(symbols.range[frame.index()], &[column]);
            let (strings, symbols) = symbols.finish();
            profile.with_symbols(strings, symbols)
        };
        let columns = |profile: &Profile| {
            [first, second].map(|frame| profile.symbols().columns(frame).to_vec())
        };
        let second_placed = tell(&profile, second, 7);
        second_placed.check().unwrap();
        assert_eq!(columns(&second_placed), [vec![], vec![7]]);
        assert_eq!(columns(&tell(&second_placed, first, 8)), [[8], [7]]);
        assert_eq!(columns(&tell(&second_placed, second, 0)), [vec![], vec![]]);
    }

    #[test]
    fn functions_that_no_frame_has_any_more_are_gone() {
        let (profile, frames) = profile();
        let mut symbols = SymbolsBuilder::new(&profile);
        for frame in frames {
            let name = symbols.string("run");
            let function = Function::named(name);
            let function = symbols.function(function);
            symbols.set_lines(frame, &[Line { function, line: 0 }]);
        }
        let (strings, symbols) = symbols.finish();
        let better = profile.with_symbols(strings, symbols);
        let functions = better.symbols().functions().ids();
        let names: Vec<&str> = functions.map(|id| better.function_name(id)).collect();
        assert_eq!(names, ["unused", "tick", "run"]);
    }
}
