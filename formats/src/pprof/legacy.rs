//! The forms that profiles had before `profile.proto`, as `go tool pprof` reads them: the text
//! of heap, growth, contention and thread profiles of gperftools, of Go and of Java, and the
//! binary CPU profiles of gperftools and Java.
//!
//! ```text
//! heap profile:    144:  8498176 [   144:  8498176] @ heapz_v2/524288
//!      1:     9216 [     1:     9216] @ 0xc635c8 0x42ecc3 0x42e14c
//! --- Memory map: ---
//!   00400000-00fcb000: /srv/server_main
//! ```
//!
//! Stacks are of addresses, leaf first; those of callers are where the call returns to, so one
//! is taken off. Source: what `profile/legacy_profile.go` and `profile/legacy_java_profile.go` of
//! google/pprof accept.

mod cpu;
mod java;
mod lines;
mod maps;
mod stacks;
mod text;

use rview_core::Profile;

use crate::{ImportError, Job};
use lines::Lines;

/// One of the older forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Words of a CPU profile.
    Cpu,
    /// Heap, growth and fragmentation.
    Heap,
    /// A count for each stack: goroutines, threads created.
    Count,
    Contention,
    /// A dump of threads.
    Threads,
    /// Heap or contention of Java: it names its frames.
    Java,
}

/// The form of a file; `None` if it is in none of them.
pub(super) fn form(head: &[u8]) -> Option<Form> {
    if cpu::header(head).is_some() {
        return Some(Form::Cpu);
    }
    let head = head.get(..4096).unwrap_or(head);
    let mut lines = Lines::new(head).filter(|(line, _)| !lines::is_blank_or_comment(line));
    let line = std::str::from_utf8(lines.next()?.0).ok()?;
    if text::heap_header(line.as_bytes()).is_some() {
        return Some(Form::Heap);
    }
    if let Some((name, n_samples)) = line.split_once(" profile: total ")
        && !name.contains(' ')
        && n_samples.parse::<u64>().is_ok()
    {
        return Some(Form::Count);
    }
    let section = line.strip_prefix("--- ")?;
    match section {
        "heapz 1 ---" => Some(Form::Java),
        "contentionz 1 ---" if java::is_java(head) => Some(Form::Java),
        _ if section.starts_with("contentionz ")
            || section.starts_with("contention:")
            || section.starts_with("mutex:") =>
        {
            Some(Form::Contention)
        }
        _ if section.starts_with("threadz ") || section.starts_with("Thread ") => {
            Some(Form::Threads)
        }
        _ => None,
    }
}

/// Reads a file in one of these forms.
pub(super) fn import(form: Form, bytes: &[u8], job: &Job) -> Result<Profile, ImportError> {
    let (profile, n_samples) = match form {
        Form::Cpu => cpu::read(bytes, job)?,
        Form::Heap => text::read_heap(bytes, job)?,
        Form::Count => text::read_count(bytes, job)?,
        Form::Contention => text::read_contention(bytes, job)?,
        Form::Threads => text::read_threads(bytes, job)?,
        Form::Java => java::read(bytes, job)?,
    };
    if n_samples == 0 {
        return Err(ImportError::Empty { format: super::NAME, hint: "record for a longer time" });
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_form_has_words_of_either_size_and_order() {
        let words = [0_u32, 3, 1, 10_000, 0];
        let is_cpu = |bytes: &[u8]| form(bytes) == Some(Form::Cpu);
        assert!(is_cpu(&words.map(u32::to_le_bytes).concat()));
        assert!(is_cpu(&words.map(u32::to_be_bytes).concat()));
        assert!(is_cpu(&words.map(|word| u64::from(word).to_le_bytes()).concat()));
        assert!(is_cpu(&words.map(|word| u64::from(word).to_be_bytes()).concat()));
        assert!(!is_cpu(&[0; 40]));
    }

    #[test]
    fn more_names_of_an_address_than_make_sense_are_counted() {
        let names: Vec<String> =
            (0..300).map(|n| format!("#\t0x10\tf{n}+0x1\t/a.go:1\n")).collect();
        let names = names.concat();
        let text = format!("goroutine profile: total 1\n1 @ 0x11\n{names}");
        let job = Job::default();
        let form = form(text.as_bytes()).unwrap();
        let profile = import(form, text.as_bytes(), &job).unwrap();
        assert_eq!(profile.symbols().lines(profile.samples().leaf(0)).len(), 256);
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(notes, [("inlined", 44)]);
    }

    #[test]
    fn the_text_forms_are_told_apart() {
        for (text, expected) in [
            ("heap profile: 1: 2 [ 3: 4] @ heap/1048576\n", Form::Heap),
            ("heap profile: 1: 2 [ 3: 4] @ growthz\n", Form::Heap),
            ("# comment\n\nthreadcreate profile: total 7\n1 @ 0x4", Form::Count),
            ("--- mutex:\n", Form::Contention),
            ("--- contentionz 1 ---\ncycles/second = 1\n", Form::Contention),
            ("--- contentionz 1 ---\nformat = java\n", Form::Java),
            ("--- heapz 1 ---\n", Form::Java),
            ("--- threadz 1 ---\n", Form::Threads),
        ] {
            assert_eq!(form(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "heap profile: empty", "a profile: total of\n", "---\ntitle: x\n", "--- x"]
        {
            assert_eq!(form(text.as_bytes()), None, "{text}");
        }
    }
}
