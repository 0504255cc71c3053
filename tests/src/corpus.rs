//! Recordings of other people's tools, kept outside this repository.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// One row of the corpus' `MANIFEST.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorpusFile {
    /// Relative to the corpus, with `/`.
    pub path: String,
    /// The format in the words of the manifest, such as `perf.data (pipe)`.
    pub format: String,
    /// `input`, `oracle`, or what else the file is there for.
    pub role: String,
    /// What a trusted tool says of the file, or where that is written.
    pub oracle: String,
}

/// The folder of the corpus: `RVIEW_CORPUS`, else `../shared/corpus` beside the workspace.
/// `None` where there is none: its tests have nothing to do then, and say so once.
///
/// # Panics
///
/// When `RVIEW_CORPUS` names a folder that is no corpus.
pub fn corpus() -> Option<PathBuf> {
    static SAID: Once = Once::new();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let wanted = std::env::var_os("RVIEW_CORPUS").map(PathBuf::from);
    let folder = wanted.clone().unwrap_or_else(|| workspace.join("../shared/corpus"));
    let is_there = folder.join("MANIFEST.tsv").is_file();
    assert!(
        is_there || wanted.is_none(),
        "RVIEW_CORPUS is {}, where there is no MANIFEST.tsv",
        folder.display()
    );
    if !is_there {
        // Not `println`, which the harness keeps to itself as long as a test passes.
        SAID.call_once(|| {
            let _: Result<_, _> = writeln!(
                std::io::stderr(),
                "tests of the corpus are skipped: {} is not there; set RVIEW_CORPUS",
                folder.display()
            );
        });
    }
    is_there.then_some(folder)
}

/// Every row of the manifest of the corpus in `folder`. Columns are found by the names in the
/// first line.
///
/// # Panics
///
/// When the manifest cannot be read or lacks a column.
pub fn manifest(folder: &Path) -> Vec<CorpusFile> {
    let text = fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| header.iter().position(|&column| column == name).unwrap();
    let columns = ["path", "format", "role", "oracle"].map(column);
    let file = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, format, role, oracle] =
            columns.map(|column| cells.get(column).copied().unwrap_or_default().to_owned());
        CorpusFile { path, format, role, oracle }
    };
    lines.filter(|line| !line.is_empty()).map(file).collect()
}
