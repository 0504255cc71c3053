//! The recordings that come with the program.

use rview_formats::{Input, Options};

/// What is built in: name and bytes.
const DEMOS: [(&str, &[u8]); 3] = [
    ("demo.perf.data", include_bytes!("../../assets/demo/demo.perf.data")),
    ("demo.pb.gz", include_bytes!("../../assets/demo/demo.pb.gz")),
    ("demo.trace.json.gz", include_bytes!("../../assets/demo/demo.trace.json.gz")),
];

/// The program that the perf recording is of: its symbols.
const DEMO_BINARY: (&str, &[u8]) = ("demo.bin", include_bytes!("../../assets/demo/demo.bin"));

/// The demos, the one to show first at the end.
pub fn inputs() -> Vec<Input> {
    DEMOS.iter().rev().map(|&(name, bytes)| Input::Static(name, bytes)).collect()
}

/// What an import of an input may use.
pub fn options_for(input: &Input) -> Options {
    let embedded_symbols = match input {
        Input::Static(..) => vec![DEMO_BINARY],
        Input::Path(_) | Input::Stdin | Input::Merged(_) => Vec::new(),
    };
    Options { embedded_symbols, ..Options::default() }
}
