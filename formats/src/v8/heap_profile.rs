//! `.heapprofile`: what memory was allocated where, and is still there.
//!
//! Every node says how many bytes were allocated by it and not by what it calls. Files of Chrome
//! have the allocations themselves beside the tree, in the order in which they were made but
//! without times; they add up to the same.

use rustc_hash::FxHashMap;
use rview_core::{Profile, ProfileBuilder, Sample, Unit};

use super::Tree;
use crate::json::{Elements, Fields, Value};
use crate::{ImportError, Importer, Job, Severity, Source, Verdict};

/// The importer of sampled heap profiles of V8.
pub(crate) struct HeapProfile;

const FORMAT: &str = "heapprofile";

impl Importer for HeapProfile {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["heapprofile"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        let root = Fields::new(head).find(|(key, _)| key.raw == b"head");
        let is_ours = root.is_some_and(|(_, root)| {
            let has = |wanted: &[u8]| Fields::of(root).any(|(key, _)| key.raw == wanted);
            has(b"callFrame") && has(b"selfSize")
        });
        if is_ours { Verdict::Yes } else { Verdict::No }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let (mut head, mut samples) = (None, None);
        let mut fields = Fields::new(source);
        for (key, value) in &mut fields {
            match key.raw {
                b"head" => head = Some(value),
                b"samples" => samples = Some(value),
                _ => {}
            }
        }
        fields.note_end(job);
        job.progress(source.len() as u64 / 4)?;
        let mut tree = Tree::default();
        if let Some(head) = head {
            tree.read(head, job)?;
        }
        tree.connect();
        job.progress(source.len() as u64 / 2)?;
        let allocated = samples.map(|samples| allocated(samples, &tree)).unwrap_or_default();
        let has_sizes = tree.nodes().iter().any(|node| node.self_size != 0);
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "main");
        let value_type = builder.value_type("allocated", Unit::Bytes);
        let places = tree.places(&mut builder, job);
        for (row, (node, place)) in tree.nodes().iter().zip(places).enumerate() {
            let by_samples = allocated.get(&row).copied().unwrap_or_default();
            let size = if has_sizes { node.self_size } else { by_samples };
            if size == 0 {
                continue;
            }
            let (callers, leaf) = (place.callers, place.leaf);
            builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
            if builder.weight(value_type, size).is_err() {
                job.note(Severity::Loss, "overflow", || {
                    "a size is larger than any memory and is left out".to_owned()
                });
            }
        }
        if builder.n_samples() == 0 {
            let hint = "nothing was allocated; record for longer, or with a smaller interval";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        job.progress(source.len() as u64)?;
        Ok(builder.finish().0)
    }
}

/// What the allocations come to, by row of their nodes.
fn allocated(samples: Value<'_>, tree: &Tree<'_>) -> FxHashMap<usize, i64> {
    let mut sizes: FxHashMap<usize, i64> = FxHashMap::default();
    for sample in Elements::of(samples) {
        let (mut node, mut size) = (None, 0);
        for (key, value) in Fields::of(sample) {
            match key.raw {
                b"nodeId" => node = value.integer(),
                b"size" => size = value.integer().unwrap_or_default(),
                _ => {}
            }
        }
        if let Some(row) = node.and_then(|node| tree.row(node)) {
            let sum = sizes.entry(row).or_default();
            *sum = sum.saturating_add(size);
        }
    }
    sizes
}
