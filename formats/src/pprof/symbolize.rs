//! Names for places of which the file has the address alone.
//!
//! Profilers for C++ and Rust write addresses and where binaries were mapped, and leave names
//! to whoever reads the file. Names that are in the file stay as they are.

use rustc_hash::FxHashMap;
use rview_core::{FrameId, MappingId, Profile};

use crate::symbols::{self, Detail, Lookup, Module, NamesFrom, Origin};
use crate::{ImportError, Job};

/// Names the frames that have none, as far as the binaries are found.
pub(super) fn symbolize(profile: Profile, job: &Job) -> Result<Profile, ImportError> {
    let mut modules = modules(&profile);
    if modules.is_empty() {
        return Ok(profile);
    }
    let profile = symbols::name_frames(&profile, &mut modules, Detail::Symbols, job)?;
    job.set_modules(modules);
    Ok(profile)
}

/// Every binary with frames that have no name.
fn modules(profile: &Profile) -> Vec<Module> {
    let frames = profile.frames();
    let mut by_mapping: FxHashMap<MappingId, Vec<FrameId>> = FxHashMap::default();
    for frame in frames.ids() {
        if let Some(mapping) = frames.mapping(frame)
            && frames.address(frame) != 0
            && symbols::is_unnamed(profile, frame)
        {
            by_mapping.entry(mapping).or_default().push(frame);
        }
    }
    let of_mapping = |mapping| {
        let mut unnamed = by_mapping.remove(&mapping)?;
        unnamed.sort_unstable_by_key(|&frame| (frames.address(frame), frame));
        let row = profile.mappings().row(mapping);
        let len = row.end.wrapping_sub(row.start);
        Some(Module {
            mapping,
            from: NamesFrom::File {
                mapped_end: row.file_offset.saturating_add(len),
                origin: Origin::Unknown,
            },
            frames: unnamed.into(),
            to_file: row.file_offset.wrapping_sub(row.start),
            lookup: Lookup::default(),
        })
    };
    profile.mappings().ids().filter_map(of_mapping).collect()
}
