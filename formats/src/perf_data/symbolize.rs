//! Names for the frames that samples met.

use rview_core::{FrameId, Function, Line, MappingId, ProfileBuilder, file_name};

use super::modules::{Modules, Names};
use crate::symbols::{
    Binary, Finder, Found, Missing, Symbol, Wanted, kernel_symbols, perf_map_symbols,
};
use crate::{ImportError, Job, Severity};

/// How many binaries a note names.
const MAX_NAMED: usize = 8;

/// A frame of a binary.
#[derive(Clone, Copy)]
struct Place {
    mapping: MappingId,
    address: u64,
    frame: FrameId,
}

/// Names every frame of a binary whose symbols are found, and notes the other binaries.
pub(super) fn symbolize(
    builder: &mut ProfileBuilder,
    modules: &Modules,
    job: &Job,
) -> Result<(), ImportError> {
    let frames = builder.frames();
    let mut places: Vec<Place> = frames
        .ids()
        .filter_map(|frame| {
            let mapping = frames.mapping(frame)?;
            Some(Place { mapping, address: frames.address(frame), frame })
        })
        .collect();
    // By address, so that the frames of a function are next to each other.
    places.sort_unstable_by_key(|place| (place.mapping, place.address));
    let mut symbolizer = Symbolizer { builder, job, finder: Finder::new(job.options()) };
    let mut unnamed = Vec::new();
    for places in places.chunk_by(|a, b| a.mapping == b.mapping) {
        let Some(&Place { mapping, .. }) = places.first() else { continue };
        let (done, _) = job.state();
        job.progress(done)?;
        let names = modules.names(mapping);
        if let Err(missing) = symbolizer.name(mapping, names, places) {
            unnamed.push(Unnamed { mapping, n_frames: places.len(), missing });
        }
    }
    symbolizer.note(&unnamed);
    Ok(())
}

/// A binary whose frames have no names.
struct Unnamed {
    mapping: MappingId,
    n_frames: usize,
    missing: Missing,
}

struct Symbolizer<'b, 'j> {
    builder: &'b mut ProfileBuilder,
    job: &'j Job,
    finder: Finder<'j>,
}

impl Symbolizer<'_, '_> {
    /// Names the frames of one binary.
    fn name(&mut self, mapping: MappingId, names: Names, places: &[Place]) -> Result<(), Missing> {
        match names {
            Names::File { mapped_end } => self.name_by_file(mapping, mapped_end, places),
            Names::Kernel(reference) => self.name_kernel(mapping, reference, places),
            Names::Jit(pid) => self.name_jit(mapping, pid, places),
            Names::Own => {
                let name = self.builder.mapping_row(mapping).path;
                let name = self.builder.text(name).to_owned();
                let function = self.function(&name, mapping);
                for place in places {
                    self.builder.set_lines(place.frame, &[Line { function, line: 0 }]);
                }
                Ok(())
            }
            Names::None => Err(Missing::NotFound),
        }
    }

    fn name_by_file(
        &mut self,
        mapping: MappingId,
        mapped_end: u64,
        places: &[Place],
    ) -> Result<(), Missing> {
        let row = self.builder.mapping_row(mapping);
        let build_id = row.build_id.map(|id| self.builder.text(id));
        let path = self.builder.text(row.path);
        let Found { source, runtime, segments } =
            self.finder.find(&Wanted { path, build_id, mapped_end })?;
        let binary = Binary::parse(&source).ok_or(Missing::NotFound)?;
        // A file of debug information does not tell the jumps to other binaries.
        let runtime = runtime.as_ref().and_then(|source| Binary::parse(source));
        self.name_each(mapping, places, |offset| {
            let address = Binary::address_of_offset(&segments, offset)?;
            let runtime = || runtime.as_ref()?.symbols.lookup(address);
            binary.symbols.lookup(address).or_else(runtime)
        });
        Ok(())
    }

    fn name_kernel(
        &mut self,
        mapping: MappingId,
        reference: Option<(&'static str, u64)>,
        places: &[Place],
    ) -> Result<(), Missing> {
        if self.job.options().no_system_symbols {
            return Err(Missing::NotFound);
        }
        let build_id = self.builder.mapping_row(mapping).build_id.ok_or(Missing::NotFound)?;
        let symbols = kernel_symbols(self.builder.text(build_id)).ok_or(Missing::NotFound)?;
        let table = symbols.table();
        // The kernel is loaded elsewhere at each start of the system.
        let moved = reference.and_then(|(name, then)| {
            let now = table.address_of(name.as_bytes())?;
            Some(now.wrapping_sub(then))
        });
        let moved = moved.unwrap_or_default();
        self.name_each(mapping, places, |address| table.lookup(address.wrapping_add(moved)));
        Ok(())
    }

    fn name_jit(&mut self, mapping: MappingId, pid: i32, places: &[Place]) -> Result<(), Missing> {
        let source = self.finder.find_perf_map(pid).ok_or(Missing::NotFound)?;
        self.job.note(Severity::Info, "perf-map", || {
            format!(
                "names of code that was made at run time are from perf-{pid}.map, which has no \
                 build id: it is taken for that of the recorded process"
            )
        });
        let table = perf_map_symbols(&source);
        self.name_each(mapping, places, |address| table.lookup(address));
        Ok(())
    }

    /// Names the frames for which there is a symbol.
    fn name_each<'s>(
        &mut self,
        mapping: MappingId,
        places: &[Place],
        symbol_at: impl Fn(u64) -> Option<&'s Symbol<'s>>,
    ) {
        let mut latest = None;
        for place in places {
            let Some(symbol) = symbol_at(place.address) else { continue };
            let function = match latest {
                Some((address, function)) if address == symbol.address => function,
                _ => self.function(&symbol.demangled(), mapping),
            };
            latest = Some((symbol.address, function));
            self.builder.set_lines(place.frame, &[Line { function, line: 0 }]);
        }
    }

    fn function(&mut self, name: &str, mapping: MappingId) -> rview_core::FunctionId {
        let name = self.builder.string(name);
        let mapping = Some(mapping);
        self.builder.function(Function { name, file: None, line: 0, mapping, category: None })
    }

    /// Tells which binaries have no names, those with most frames first.
    fn note(&self, unnamed: &[Unnamed]) {
        let mut missing: Vec<&Unnamed> = unnamed.iter().collect();
        missing.sort_by_key(|unnamed| std::cmp::Reverse(unnamed.n_frames));
        let (missing, mismatched): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|unnamed| unnamed.missing == Missing::NotFound);
        self.job.note_many(Severity::Info, "symbols-missing", missing.len() as u64, || {
            let list = list(&missing, |unnamed| self.describe(unnamed));
            format!(
                "functions have no names in {list}; add the folder of the binaries or of their \
                 debug files to those that are searched"
            )
        });
        self.job.note_many(Severity::Info, "symbols-mismatch", mismatched.len() as u64, || {
            let list = list(&mismatched, |unnamed| self.describe(unnamed));
            format!(
                "functions have no names where the file is not the one that was recorded: \
                 {list}; add the folder of the recorded binaries to those that are searched"
            )
        });
    }

    fn describe(&self, unnamed: &Unnamed) -> String {
        let row = self.builder.mapping_row(unnamed.mapping);
        let path = self.builder.text(row.path);
        let build_id = row.build_id.map_or("none", |id| self.builder.text(id));
        let frames = match unnamed.n_frames {
            1 => "1 frame".to_owned(),
            n_frames => format!("{n_frames} frames"),
        };
        let text = match &unnamed.missing {
            Missing::NotFound => {
                format!("{} ({frames}, build id {build_id})", file_name(path))
            }
            Missing::Mismatch { path, build_id: found } => format!(
                "{} ({frames}, build id {build_id}, found {})",
                path.display(),
                found.as_deref().unwrap_or("none")
            ),
        };
        // A broken recording may name anything.
        text.replace(char::is_control, "\u{fffd}")
    }
}

/// The first few of a list, and how many more there are.
fn list(unnamed: &[&Unnamed], describe: impl Fn(&Unnamed) -> String) -> String {
    let named = unnamed.iter().take(MAX_NAMED).map(|unnamed| describe(unnamed));
    let list = named.collect::<Vec<_>>().join(", ");
    match unnamed.len().saturating_sub(MAX_NAMED) {
        0 => list,
        n_more => format!("{list} and {n_more} more"),
    }
}
