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

use crate::{ImportError, Job, Severity};
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
    if form != Form::Cpu {
        lines::note_unfinished(bytes, 0, job);
    }
    if n_samples == 0 {
        return Err(ImportError::Empty { format: super::NAME, hint: "record for a longer time" });
    }
    Ok(profile)
}

fn note_cut(what: &str, job: &Job) {
    job.note(Severity::Loss, "truncated", || {
        format!("{what}; what follows is left out: fetch or copy the file again")
    });
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

    #[track_caller]
    fn check_cut(text: &str, told: &[&str]) {
        let job = Job::default();
        import(form(text.as_bytes()).unwrap(), text.as_bytes(), &job).unwrap();
        let report = job.report();
        let notes: Vec<&str> = report.notes().iter().map(|note| note.kind).collect();
        assert_eq!(notes, told, "{text}");
    }

    #[test]
    fn text_that_ends_in_a_line_is_noted() {
        let heap = "heap profile: 3: 4 [ 3: 4] @ heap_v2/1\n3: 4 [ 3: 4] @ 0x1 0x2\n";
        let map = "\nMAPPED_LIBRARIES:\n00400000-004fcb00 r-xp 00000000 08:01 9 /app\n";
        let contention = "--- contentionz 1 ---\nms since reset = 5\n 19 27 @ 0x400b 0x400c\n";
        let threads = "--- threadz 1 ---\n\n--- Thread 7f (name: x/1) stack: ---\n  0x4 0x5\n";
        let java = "--- heapz 1 ---\nformat = java\n 7048 1 @ 0x3\n0x3 a.B.c (B.java:1)\n";
        for whole in [heap, &format!("{heap}{map}"), contention, threads, java] {
            check_cut(whole, &[]);
            check_cut(whole.trim_end(), &["truncated"]);
        }
        check_cut(&format!("{contention} 768 1 @"), &["truncated"]);
        let words: [u64; 11] = [0, 3, 0, 10_000, 0, 2, 1, 0x40_0123, 0, 1, 0];
        let cpu = words.map(u64::to_le_bytes).concat();
        for (map, told) in [("", 0), (map, 0), (map.trim_end(), 1)] {
            let bytes = [&cpu[..], map.as_bytes()].concat();
            let job = Job::default();
            import(Form::Cpu, &bytes, &job).unwrap();
            assert_eq!(job.report().notes().len(), told, "{map}");
        }
    }

    #[test]
    fn a_binary_of_a_line_that_ends_early_is_not_invented() {
        let text = "heap profile: 3: 4 [ 3: 4] @ heap_v2/1\n3: 4 [ 3: 4] @ 0x400001 0x2\n\
                    MAPPED_LIBRARIES:\n00400000-004fcb00 r-xp 00";
        let (profile, _) = text::read_heap(text.as_bytes(), &Job::default()).unwrap();
        assert!(profile.mappings().is_empty());
    }

    #[test]
    fn samples_that_were_discarded_are_counted() {
        let text = "--- contentionz 1 ---\ndiscarded samples = 12\n 19 27 @ 0x400b\n";
        let job = Job::default();
        text::read_contention(text.as_bytes(), &job).unwrap();
        let report = job.report();
        let notes: Vec<_> = report.notes().iter().map(|note| (note.kind, note.count)).collect();
        assert_eq!(notes, [("discarded", 12)]);
        check_cut(&text.replace("12", "0"), &[]);
    }

    #[test]
    fn fewer_lines_than_the_first_counts_are_noted() {
        check_cut("goroutine profile: total 3\n1 @ 0x4\n2 @ 0x5\n", &[]);
        check_cut("goroutine profile: total 3\n2 @ 0x5\n", &["truncated"]);
        let heap = "heap profile: 3: 8 [ 3: 8] @ heap_v2/1\n3: 4 [ 3: 4] @ 0x1\n";
        check_cut(heap, &["truncated"]);
        check_cut(&heap.replace("3: 8", "3: 4"), &[]);
        check_cut(&heap.replace("3: 8", "2: 3"), &[]);
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
