//! Events that are scanned ahead are those that are read in order.

use super::*;
use crate::chrome_trace::ahead::Batch;

/// A profile of a file that is cut into pieces, and its notes.
fn read_in_pieces(json: &str, pieces: Pieces) -> String {
    let job = Job::default();
    let mut recording = Recording::new(&job);
    file::read(json.as_bytes(), pieces, &mut recording).unwrap();
    let profile = recording.finish(json.as_bytes()).unwrap();
    profile.check().unwrap();
    let slices = profile.slices();
    let ids = (0..slices.len()).map(SliceId::from_index);
    let places: Vec<u64> = ids.flat_map(|slice| slices.details(slice)).collect();
    let notes: Vec<String> = job.report().notes().iter().map(|note| format!("{note:?}")).collect();
    format!("{}\n{places:?}\n{notes:?}", dump(&profile, &job))
}

#[track_caller]
fn check_pieces(json: &str) {
    let in_order = read_in_pieces(json, Pieces { len: 1, n_together: 0 });
    for len in [7, 20, 64, 301, 5000] {
        for n_together in [1, 3, 8] {
            let pieces = Pieces { len, n_together };
            assert_eq!(read_in_pieces(json, pieces), in_order, "{pieces:?}");
        }
    }
}

/// Events of all sizes; `odd` is between some of them.
fn events(n: u32, odd: &str) -> String {
    let mut random = 1_u32;
    let mut text = String::new();
    for at in 0..n {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let kind = random >> 28;
        let args = match kind {
            0..8 => String::new(),
            // What looks like events, in lists and in strings.
            8..11 => r#","args":{"list":[{"ph":"X","ts":1,"pid":9},{"ph":"B","ts":2}]}"#.into(),
            11..13 => r#","args":{"text":"},{\"ph\":\"X\",\"ts\":1},{"}"#.into(),
            _ => format!(r#","args":{{"long":"{}"}}"#, "x".repeat((random >> 20 & 255) as usize)),
        };
        let blank = ["", "\n", " \r\n\t"][random as usize % 3];
        let event = format!(
            r#"{{"ph":"X","name":"n{kind}","pid":1,"tid":{},"ts":{at},"dur":1{args}}}"#,
            random % 3
        );
        write!(text, "{event}{blank},{blank}").unwrap();
        if random.is_multiple_of(13) {
            text.push_str(odd);
        }
    }
    text
}

#[test]
fn whole_files_are_the_same_in_pieces() {
    check_pieces(&format!("[{}]", events(300, "")));
    check_pieces(&format!("{{\"traceEvents\":[{}],\"x\":1}}", events(300, "{},")));
    let two = format!("[{}]\n{{\"traceEvents\":[{}{{}}]}}", events(100, ""), events(100, ""));
    check_pieces(&two);
}

#[test]
fn short_arrays_are_the_same_in_pieces() {
    let short = "[{\"ph\":\"X\",\"ts\":1,\"dur\":1}]\n[]";
    check_pieces(&short.repeat(100));
    check_pieces(&format!("[{}]{}", events(30, ""), short.repeat(100)));
    // Each array is read once, not up to the end of the file.
    let many = short.repeat(50_000);
    read_in_pieces(&many, Pieces { len: 64, n_together: 8 });
}

#[test]
fn a_batch_ends_where_its_events_would_fill_the_memory() {
    let many = format!("[{}{}]", events(1, ""), "{},".repeat(20_000));
    let mut batch = Batch::default();
    batch.fill(many.as_bytes(), 1, many.len());
    assert!(batch.events.is_empty(), "the first event of a piece stands behind a comma");
    let many = format!("[0,{}", &many[1..]);
    batch.fill(many.as_bytes(), 1, many.len());
    assert_eq!(batch.events.len(), 1024);
    check_pieces(&many);
}

#[test]
fn broken_files_are_the_same_in_pieces() {
    for odd in ["7,", r#"{"ph":"X","name":"c,"ts":1},"#, "oops", r#"{"ph":"X" "#, ",,,[{}],"] {
        check_pieces(&format!("[{}]", events(200, odd)));
    }
    let whole = format!("{{\"traceEvents\":[{}]}}", events(50, ""));
    for len in (20..whole.len()).step_by(97) {
        check_pieces(&whole[..whole.floor_char_boundary(len)]);
    }
}

#[test]
fn guesses_of_a_piece_read_a_few_pieces_at_most() {
    let start = |json: &str| {
        let mut batch = Batch::default();
        batch.fill(json.as_bytes(), 1, 65);
        batch.start
    };
    let long = "x".repeat(1000);
    assert_eq!(start(r#"[0,{"ph":"X","ts":1}]"#), Some(3));
    assert_eq!(start(&format!(r#"[0,{{"ph":"X","ts":1,"x":"{long}"}}]"#)), None);
    // The first guess is wrong, and it has used up what the second would need.
    let nested = r#"{"a":[0,{"ph":"X","ts":1},"#;
    assert_eq!(start(&format!(r#"[0,{nested}"{long}"]}}]"#)), None);
}

#[test]
fn who_cancels_need_not_wait_for_a_batch_with_a_start() {
    let json = format!("[{}]", "{\"x\":1},".repeat(100));
    let job = Job::default();
    job.cancel();
    let mut recording = Recording::new(&job);
    let pieces = Pieces { len: 64, n_together: 4 };
    let read = file::read(json.as_bytes(), pieces, &mut recording);
    assert!(matches!(read, Err(ImportError::Cancelled)), "{read:?}");
}
