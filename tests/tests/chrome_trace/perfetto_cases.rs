//! Perfetto's own tests: the rows that it expects of small traces.

use rview_core::Profile;
use rview_tests::{corpus, manifest};

use super::{Row, n_notes, open_file, rows};

/// A table of Perfetto's own tests: the cells that a column of ours stands for.
fn cell(row: &Row<'_>, column: &str) -> Option<String> {
    let text = |text: &str| if text.is_empty() { "[NULL]".to_owned() } else { text.to_owned() };
    Some(match column {
        "ts" => row.start_ns.to_string(),
        "dur" => row.duration_ns.to_string(),
        "name" => row.name.to_owned(),
        "depth" => row.depth.to_string(),
        "tid" => row.thread.map_or_else(String::new, |(tid, _)| tid.to_string()),
        "pid" => row.process.0.to_string(),
        "thread_name" => text(row.thread.map_or("", |(_, name)| name)),
        "process_name" => text(row.process.1),
        "track_name" => row.track.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => return None,
    })
}

/// Cells of a line of CSV without quotes.
fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(|cell| cell.trim_matches('"')).collect()
}

/// A case of Perfetto that says something else here.
struct Otherwise {
    case: &'static str,
    /// Why: the format is another, the query is of what is no slice, or we show more.
    why: &'static str,
    /// Our rows of its columns; of its slices where the query is of something else.
    rows: &'static [&'static str],
}

const OTHERWISE: &[Otherwise] = &[
    Otherwise {
        case: "json__test_invalid_string_ts_and_dur",
        why: "a slice whose `dur` is no number is shown without one",
        rows: &["300000,0,InvalidDur"],
    },
    Otherwise {
        case: "json__test_json_async",
        why: "operations without category, or with an empty id, are shown; the query leaves \
              out all that is of no thread and no process",
        rows: &[
            "2000000,100000,AsyncMissingCat,[NULL],,[NULL],200",
            "2200000,100000,AsyncEmptyStringId,[NULL],,[NULL],200",
            "2400000,100000,AsyncMissingCatEmptyStringId,[NULL],,[NULL],200",
        ],
    },
    Otherwise {
        case: "json__test_json_extreme_vals",
        why: "a slice without `dur` is shown; an end may have another name, which leaves its \
              begin open there",
        rows: &[
            "1000000,0,CompleteNoDur,[NULL],101,[NULL],100",
            "1100000,100000,BeginNoTTS,[NULL],102,[NULL],100",
            "1300000,50000,CompleteNoTDUR,[NULL],103,[NULL],100",
        ],
    },
    Otherwise {
        case: "json__test_json_id2",
        why: "the query leaves out global operations",
        rows: &[
            "4000000,100000,AsyncId2StandardGlobalKey,[NULL],,[NULL],400",
            "4200000,100000,AsyncId2EmptyGlobalKey,[NULL],,[NULL],400",
        ],
    },
    Otherwise {
        case: "json__test_json_sort_index_ordering",
        why: "the query is of ranks: see the test below",
        rows: &[],
    },
    Otherwise {
        case: "json__test_json_thread_state_sched",
        why: "the query leaves out the state `S`, and states are on tracks beside the threads",
        rows: &["1000000,5000000,,100", "26000000,4000000,,100", "6000000,10000000,,100"],
    },
    Otherwise {
        case: "json__test_overlapping_complete_event_recovered",
        why: "the query is of statistics: see the test below",
        rows: &[],
    },
];

/// Our rows of the columns that we have, sorted, and the lines of the table without the others.
fn compared(profile: &Profile, table: &str) -> (Vec<String>, Vec<String>) {
    const OURS: [&str; 9] =
        ["ts", "dur", "name", "depth", "tid", "pid", "thread_name", "process_name", "track_name"];
    let mut lines = table.lines();
    let columns = cells(lines.next().unwrap());
    let rows = rows(profile);
    let is_ours: Vec<bool> = columns.iter().map(|column| OURS.contains(column)).collect();
    let mut actual: Vec<String> = rows
        .iter()
        .map(|row| columns.iter().filter_map(|column| cell(row, column)).collect::<Vec<_>>())
        .map(|row| row.join(","))
        .collect();
    let mut expected: Vec<String> = lines
        .map(|line| cells(line).into_iter().zip(&is_ours).filter(|(_, ours)| **ours))
        .map(|cells| cells.map(|(cell, _)| cell).collect::<Vec<_>>().join(","))
        .collect();
    actual.sort();
    expected.sort();
    (actual, expected)
}

#[test]
fn cases_of_perfetto_give_the_same_rows() {
    let Some(corpus) = corpus() else { return };
    let mut n_checked = 0;
    let is_case = |file: &&rview_tests::CorpusFile| file.format == PERFETTO_CASE;
    for file in manifest(&corpus).iter().filter(is_case) {
        let stem = file.path.trim_start_matches("perfetto-json/").trim_end_matches(".json");
        if stem.starts_with("gecko") {
            continue; // A profile of Firefox, whatever its folder is called.
        }
        let document = open_file(&corpus.join(&file.path));
        let expect = corpus.join(file.path.replace(".json", ".expect.txt"));
        let expect = std::fs::read_to_string(expect).unwrap();
        let table = expect.split_once("-- expected\n").unwrap().1;
        let (actual, expected) = compared(&document.profile, table);
        match OTHERWISE.iter().find(|other| other.case == stem) {
            Some(other) if other.rows.is_empty() => assert_ne!(actual, expected, "{stem}"),
            Some(other) => {
                assert_ne!(actual, expected, "{stem} is the same after all: {}", other.why);
                assert_eq!(actual, other.rows, "{stem}");
            }
            None => assert_eq!(actual, expected, "{stem}"),
        }
        n_checked += 1;
    }
    assert!(n_checked >= 19, "{n_checked}");
}

/// What the manifest calls them.
const PERFETTO_CASE: &str = "Chrome Trace Event (perfetto case)";

#[test]
fn cases_of_perfetto_on_ranks_overlaps_and_flows() {
    let Some(corpus) = corpus() else { return };
    let case = |name: &str| open_file(&corpus.join("perfetto-json").join(name));

    let ranks = case("json__test_json_sort_index_ordering.json");
    let (processes, threads) = (ranks.profile.processes(), ranks.profile.threads());
    let of_processes: Vec<(i64, i64)> =
        processes.ids().map(|id| (processes.row(id).pid, processes.row(id).sort_index)).collect();
    assert_eq!(of_processes, [(10, 100), (20, 50), (30, 200), (40, -5)]);
    let of_threads: Vec<(i64, i64)> =
        threads.ids().map(|id| (threads.row(id).tid, threads.row(id).sort_index)).collect();
    assert_eq!(of_threads[..4], [(11, 10), (12, 20), (13, 5), (14, -3)]);

    let overlap = case("json__test_overlapping_complete_event_recovered.json");
    assert_eq!(overlap.profile.slices().len(), 2);
    assert_eq!(n_notes(&overlap, "overlapping"), 1);

    let flows = case("flow_events_json_v1.json").profile;
    let name = |slice| flows.function_name(flows.slices().name(slice));
    let mut arrows: Vec<String> = flows
        .flows()
        .ids()
        .map(|flow| flows.flows().ends(flow))
        .map(|(from, to)| format!("{} -> {}", name(from), name(to)))
        .collect();
    arrows.sort();
    assert_eq!(arrows, ["OtherSlice -> SomeSlice", "SenderA -> OtherSlice", "SenderB -> Blergh"]);
}
