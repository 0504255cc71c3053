//! What was checked, as servers of continuous integration read the results of tests: the XML that
//! `JUnit` writes, in the part of it that all of them take.

use std::fmt::Write as _;

use super::{Findings, table};

pub(super) fn junit(findings: &Findings) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write(&mut out, findings);
    out
}

fn write(out: &mut String, findings: &Findings) -> std::fmt::Result {
    let (n, failed) = (findings.checked.len(), findings.n_failed());
    writeln!(out, "<testsuites tests=\"{n}\" failures=\"{failed}\">")?;
    writeln!(
        out,
        "  <testsuite name=\"rview check\" tests=\"{n}\" failures=\"{failed}\" errors=\"0\">"
    )?;
    for checked in &findings.checked {
        let (name, remarks) = (table::title(checked), table::measured(checked));
        write!(out, "    <testcase classname=\"rview\" name=\"{}\">", escaped(&name))?;
        let remarks = escaped(&remarks);
        if checked.outcome.verdict.fails() {
            write!(out, "<failure message=\"{remarks}\"/>")?;
        } else {
            write!(out, "<system-out>{remarks}</system-out>")?;
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    Ok(())
}

/// Text as it stands in XML; characters that XML has no way to write become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
