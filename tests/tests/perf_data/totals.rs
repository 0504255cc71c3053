//! Recordings of other machines, against the totals that perf and another reader find.

use std::path::Path;

use crate::{Counts, corpus, fixtures, open_with, recordings, totals};

/// What perf 6.1 says of recordings of other machines: samples by event and the sum of all
/// periods.
const TOTALS: &[(&str, &[u64], i64)] = &[
    ("conv/single-event-multi-process.perf.data", &[19989], 4_997_250_000),
    ("jit/node-perfmap.perf.data", &[866], 433_216_500),
    ("lpd/sleep.compressed.data", &[8], 2_201_546),
    ("lpd/sleep.compressed2.pipe.data", &[7], 4_949_523),
    ("lpd/sleep.data", &[7], 668_601),
    ("quipper/perf.data.armv7-3.4", &[669, 644, 633, 613, 640, 694], 685_336_932),
    ("quipper/perf.data.branch-4.14", &[13], 2_668_332),
    ("quipper/perf.data.busy.0-3.4", &[67, 127, 135, 70, 123, 106], 370_909_580),
    ("quipper/perf.data.callgraph-3.8", &[1768], 291_177_942),
    ("quipper/perf.data.ctx_switch_namespaces-4.14", &[2], 2),
    ("quipper/perf.data.group_desc-4.14", &[7, 6], 189_722),
    // These samples have no period of their own: perf script shows that of the event.
    ("quipper/perf.data.hw_and_sw-3.4", &[207, 4734], 4_941_000_000),
    ("quipper/perf.data.hybrid_topology", &[7], 7_048_948),
    ("quipper/perf.data.intel_pt-4.14", &[15], 2_213_124),
    ("quipper/perf.data.lost_samples-4.4", &[97, 80, 14], 3_820_573),
    ("quipper/perf.data.piped.ctx_switch_namespaces-4.14", &[7], 2_383_444),
    ("quipper/perf.data.piped.header_features-4.16", &[2], 500_000),
    ("quipper/perf.data.piped.no_attr_ids-4.14", &[7], 3_051_275),
    ("quipper/perf.data.piped.target.throttled-3.4", &[228], 374_982_093),
    // Nor do these.
    ("quipper/perf.data.proc.map.timeout-3.18", &[8], 32_000_000),
    ("quipper/perf.data.raw-3.4", &[441], 434_865_892),
    ("quipper/perf.data.singleprocess-3.8", &[13], 1_010_740),
    ("quipper/perf.data.systemwide.1-3.4", &[518, 477, 523, 480, 476, 493], 829_669_036),
    ("synth/littleendian.perf.data", &[50], 51_225),
    ("local/per-thread.perf.data", &[980], 490_245_000),
    // perf cannot read these two: what is whole in them counts.
    ("local/killed.perf.data", &[4660], 932_000_000),
    ("local/truncated.perf.data", &[217], 108_500_000),
];

#[test]
fn recordings_of_other_machines_have_the_totals_of_perf() {
    let Some(corpus) = corpus() else { return };
    for &(name, samples, period) in TOTALS {
        let totals = totals(&open_with(&corpus.join(name), &[]).profile);
        assert_eq!(totals.iter().map(|total| total.1).collect::<Vec<_>>(), samples, "{name}");
        assert_eq!(totals.iter().map(|total| total.2).sum::<i64>(), period, "{name}");
    }
}

/// Samples and the sum of their periods as `linux-perf-data` reads them.
fn read_by_another(path: &Path) -> Option<Counts> {
    use linux_perf_data::linux_perf_event_reader::EventRecord;
    use linux_perf_data::{PerfFileReader, PerfFileRecord};
    let bytes = std::io::Cursor::new(std::fs::read(path).ok()?);
    let is_pipe = bytes.get_ref().get(8) == Some(&16);
    let mut counts = (0, 0);
    let mut count = |record: PerfFileRecord<'_>, periods: &[Option<u64>]| {
        let PerfFileRecord::EventRecord { attr_index, record } = record else { return Some(()) };
        if let EventRecord::Sample(sample) = record.parse().ok()? {
            let period = sample.period.or(*periods.get(attr_index)?)?;
            counts = (counts.0 + 1, counts.1 + i64::try_from(period).ok()?);
        }
        Some(())
    };
    // A period that a sample does not have is that of its event; only files tell it early.
    if is_pipe {
        let PerfFileReader { mut perf_file, mut record_iter } =
            PerfFileReader::parse_pipe(bytes).ok()?;
        while let Some(record) = record_iter.next_record(&mut perf_file).ok()? {
            count(record, &[])?;
        }
    } else {
        let PerfFileReader { mut perf_file, mut record_iter } =
            PerfFileReader::parse_file(bytes).ok()?;
        let periods: Vec<_> = perf_file.event_attributes().iter().map(sampling_period).collect();
        while let Some(record) = record_iter.next_record(&mut perf_file).ok()? {
            count(record, &periods)?;
        }
    }
    Some(counts)
}

fn sampling_period(event: &linux_perf_data::AttributeDescription) -> Option<u64> {
    use linux_perf_data::linux_perf_event_reader::SamplingPolicy;
    match event.attributes().sampling_policy {
        SamplingPolicy::Period(period) => Some(period.get()),
        SamplingPolicy::Frequency(_) | SamplingPolicy::NoSampling => None,
    }
}

#[test]
fn another_reader_finds_the_same_samples() {
    let mut recordings = recordings(&fixtures());
    if let Some(corpus) = corpus() {
        recordings.extend(TOTALS.iter().map(|(name, ..)| corpus.join(name)));
        recordings.extend(self::recordings(&corpus.join("local")));
    }
    let mut n_compared = 0;
    for recording in recordings {
        // It gives up at the end of what is cut off, and counts a group as one sample.
        let name = recording.to_string_lossy();
        if ["killed", "truncated", "group"].iter().any(|left_out| name.contains(left_out)) {
            continue;
        }
        let Some(expected) = read_by_another(&recording) else { continue };
        let totals = totals(&open_with(&recording, &[]).profile);
        let found = totals.iter().fold((0, 0), |sum, total| (sum.0 + total.1, sum.1 + total.2));
        assert_eq!(found, expected, "{name}");
        n_compared += 1;
    }
    assert!(n_compared >= 8, "only {n_compared} recordings could be compared");
}
