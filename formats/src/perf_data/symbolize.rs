//! Names for the frames that samples met.

use rustc_hash::FxHashMap;
use rview_core::{FrameId, MappingId, Profile};

use super::modules::{Modules, Names};
use crate::symbols::{self, Detail, Lookup, Module, NamesFrom};
use crate::{ImportError, Job};

/// Names every frame of a binary whose symbols are found, and notes the other binaries. What
/// was found stays with the job, for the names that are looked up later.
pub(super) fn symbolize(
    profile: &Profile,
    modules: &Modules,
    job: &Job,
) -> Result<Profile, ImportError> {
    let mut modules = modules_of(profile, modules);
    let profile = symbols::name_frames(profile, &mut modules, Detail::Symbols, job)?;
    job.set_modules(modules);
    Ok(profile)
}

/// Every binary with the frames that are in it.
fn modules_of(profile: &Profile, modules: &Modules) -> Vec<Module> {
    let frames = profile.frames();
    let mut by_mapping: FxHashMap<MappingId, Vec<(u64, FrameId)>> = FxHashMap::default();
    for frame in frames.ids() {
        if let Some(mapping) = frames.mapping(frame) {
            by_mapping.entry(mapping).or_default().push((frames.address(frame), frame));
        }
    }
    let of_mapping = |mapping| {
        let mut frames = by_mapping.remove(&mapping)?;
        frames.sort_unstable();
        let frames: Vec<FrameId> = frames.into_iter().map(|(_, frame)| frame).collect();
        let from = match modules.names(mapping) {
            Names::File { mapped_end, inode } => {
                NamesFrom::File { mapped_end, origin: modules.origin(inode) }
            }
            Names::Kernel(reference) => NamesFrom::Kernel { reference },
            Names::KernelModule { start, end, inode } => {
                let (kernel, origin) = (modules.recorded_kernel(), modules.origin(inode));
                NamesFrom::KernelModule { start, end, kernel, origin }
            }
            Names::Jit(pid) => NamesFrom::Jit { pid },
            Names::JitDump(dump) => modules.jit_dump_file(dump).unwrap_or(NamesFrom::Nothing),
            Names::Own => NamesFrom::Itself,
            Names::None => NamesFrom::Nothing,
            Names::Outside => NamesFrom::Outside,
        };
        let lookup = Lookup::default();
        Some(Module { mapping, from, frames: frames.into(), to_file: 0, lookup })
    };
    profile.mappings().ids().filter_map(of_mapping).collect()
}
