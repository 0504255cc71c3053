//! The forms that profiles had before `profile.proto`: recognized, so that the error can say
//! what they are.

use crate::{ImportError, Reader};

/// What a file in an older form is called; `None` if it is in none of them.
///
/// Source: the headers that `profile/legacy_profile.go` of google/pprof accepts.
pub(super) fn form(head: &[u8]) -> Option<&'static str> {
    if is_cpu(head) {
        return Some("the binary CPU profile of gperftools");
    }
    let line = head
        .get(..4096)
        .unwrap_or(head)
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"))?;
    let line = std::str::from_utf8(line).ok()?;
    if let Some(rest) = line.strip_prefix("heap profile:") {
        let (_, kind) = rest.split_once("] @")?;
        let kind = kind.trim_start();
        return Some(match kind {
            _ if kind.starts_with("growth") => "the growth profile of gperftools, as text,",
            _ if kind.starts_with("fragmentation") => {
                "the fragmentation profile of gperftools, as text,"
            }
            _ => "the heap profile of gperftools or Go, as text,",
        });
    }
    if let Some((name, n_samples)) = line.split_once(" profile: total ")
        && !name.contains(' ')
        && n_samples.parse::<u64>().is_ok()
    {
        return Some("a count profile of Go, as text,");
    }
    let section = line.strip_prefix("--- ")?;
    match section {
        _ if section.starts_with("contentionz ")
            || section.starts_with("contention:")
            || section.starts_with("mutex:") =>
        {
            Some("the contention profile of gperftools or Go, as text,")
        }
        "heapz 1 ---" => Some("the heap profile of Java, as text,"),
        _ if section.starts_with("threadz ") || section.starts_with("Thread ") => {
            Some("the thread dump of gperftools")
        }
        _ => None,
    }
}

/// The error for such a file.
pub(super) fn unsupported(form: &'static str) -> ImportError {
    ImportError::Unsupported {
        format: super::NAME,
        what: form.into(),
        hint: "convert it with `go tool pprof -proto FILE > out.pb.gz`",
    }
}

/// Whether the five words of the header are there: 0, 3, 0 or 1 for Java, the period in µs, 0;
/// in words of either size and byte order.
fn is_cpu(head: &[u8]) -> bool {
    type Word = fn(&mut Reader<'_>) -> Option<u64>;
    let words: [Word; 4] = [
        |reader| reader.u32_le().map(u64::from),
        |reader| reader.u32_be().map(u64::from),
        |reader| reader.u64_le(),
        |reader| reader.u64_be(),
    ];
    words.into_iter().any(|word| {
        let mut reader = Reader::new(head);
        matches!(
            [(); 5].map(|()| word(&mut reader)),
            [Some(0), Some(3), Some(0 | 1), Some(1..), Some(0)]
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_form_has_words_of_either_size_and_order() {
        let words = [0_u32, 3, 1, 10_000, 0];
        assert!(is_cpu(&words.map(u32::to_le_bytes).concat()));
        assert!(is_cpu(&words.map(u32::to_be_bytes).concat()));
        assert!(is_cpu(&words.map(|word| u64::from(word).to_le_bytes()).concat()));
        assert!(is_cpu(&words.map(|word| u64::from(word).to_be_bytes()).concat()));
        assert!(!is_cpu(&[0; 40]));
    }

    #[test]
    fn the_text_forms_are_told_apart() {
        for (text, expected) in [
            ("heap profile: 1: 2 [ 3: 4] @ heap/1048576\n", "heap profile"),
            ("heap profile: 1: 2 [ 3: 4] @ growthz\n", "growth profile"),
            ("# comment\n\nthreadcreate profile: total 7\n1 @ 0x4", "count profile"),
            ("--- mutex:\n", "contention profile"),
            ("--- contentionz 1 ---\n", "contention profile"),
            ("--- heapz 1 ---\n", "of Java"),
            ("--- threadz 1 ---\n", "thread dump"),
        ] {
            assert!(form(text.as_bytes()).is_some_and(|form| form.contains(expected)), "{text}");
        }
        for text in ["", "heap profile: empty", "a profile: total of\n", "---\ntitle: x\n", "--- x"]
        {
            assert_eq!(form(text.as_bytes()), None, "{text}");
        }
    }
}
