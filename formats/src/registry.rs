//! The table of formats.

use crate::{
    ImportError, Importer, Verdict, chrome_trace, firefox, folded, perf_data, perf_script, pprof,
    speedscope, v8,
};

/// Every format rview reads, by name.
pub const IMPORTERS: &[&dyn Importer] = &[
    &chrome_trace::ChromeTrace,
    &v8::CpuProfile,
    &firefox::Firefox,
    &folded::Folded,
    &v8::HeapProfile,
    &perf_data::PerfData,
    &perf_script::PerfScript,
    &pprof::Pprof,
    &speedscope::Speedscope,
];

/// How much of a file [`Importer::probe`] gets to see.
///
/// Long enough for the first line of text formats with deep stacks.
pub const PROBE_LEN: usize = 64 * 1024;

/// The one importer with the best verdict on a file.
///
/// There are no priorities to keep in order: on all fixtures it is checked that no two importers
/// share the best verdict. Two may claim a file if one of them is sure and the other is not.
pub fn detect(bytes: &[u8]) -> Result<&'static dyn Importer, ImportError> {
    let head = bytes.get(..PROBE_LEN).unwrap_or(bytes);
    best(|importer| importer.probe(head))
        .or_else(|| best(|importer| importer.probe_outline(bytes)))
        .ok_or_else(|| ImportError::UnknownFormat { what: describe(head) })
}

fn best(verdict: impl Fn(&dyn Importer) -> Verdict) -> Option<&'static dyn Importer> {
    let verdicts = IMPORTERS.iter().map(|&importer| (verdict(importer), importer));
    let claims = verdicts.filter(|&(verdict, _)| verdict > Verdict::No);
    claims.max_by_key(|&(verdict, _)| verdict).map(|(_, importer)| importer)
}

/// What the first bytes of an unknown file look like, for the error.
fn describe(head: &[u8]) -> String {
    if head.is_empty() {
        return "the file is empty".to_owned();
    }
    let start = head.get(..16).unwrap_or(head);
    if start.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        format!("it starts with the text {:?}", String::from_utf8_lossy(start))
    } else {
        let digits: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("it starts with the bytes {}", digits.join(" "))
    }
}
