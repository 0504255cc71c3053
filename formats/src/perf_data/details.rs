//! What else one record says, for whoever looks at it.

use super::fields::ByteOrder;
use super::losses;
use super::record::{Record, kind, misc};
use super::sample::{Sample, branch, triples};
use super::scan::Scan;
use super::tracepoint::Formats;
use crate::{Branch, Details};

/// Names and values of a sample's tracepoint, of a switch, an exit or a loss, at a place of the
/// recording.
pub(super) fn of_record(scan: &Scan<'_>, at: u64, order: ByteOrder) -> Option<Details> {
    let record = scan.record(at)?;
    let mut details = Details::new();
    let cpu = match record.kind {
        kind::SAMPLE => {
            let (Ok(row) | Err(row)) = scan.events.of_sample(&record);
            let event = scan.events.get(row)?;
            let sample = Sample::read(&event.attr, record.body, order)?;
            details.push(("event".to_owned(), event.name()));
            let formats = Formats::read(scan.features.tracepoints);
            if let Some(format) = formats.get(event.attr.config)
                && event.attr.is_tracepoint()
            {
                details.extend(format.values(sample.tail(&event.attr)?.raw, order));
            }
            sample.cpu
        }
        kind::SWITCH | kind::SWITCH_CPU_WIDE => {
            details.push(("event".to_owned(), switch_name(&record).to_owned()));
            scan.events.trailer(&record)?.cpu
        }
        kind::EXIT => {
            details.push(("event".to_owned(), "exit".to_owned()));
            scan.events.trailer(&record)?.cpu
        }
        kind::LOST | kind::LOST_SAMPLES | kind::THROTTLE => {
            let text = losses::description(&record, &scan.events, order)?;
            details.push(("loss".to_owned(), text));
            if let Some(event) = scan.events.of_loss(&record) {
                details.push(("event".to_owned(), event.name()));
            }
            scan.events.trailer(&record)?.cpu
        }
        _ => return None,
    };
    details.extend(cpu.map(|cpu| ("CPU".to_owned(), cpu.to_string())));
    Some(details)
}

/// The branches of the sample at a place.
pub(super) fn branches_at(scan: &Scan<'_>, at: u64, order: ByteOrder) -> Option<Vec<Branch>> {
    let record = scan.record(at).filter(|record| record.kind == kind::SAMPLE)?;
    let event = scan.events.get(scan.events.of_sample(&record).ok()?)?;
    let sample = Sample::read(&event.attr, record.body, order)?;
    let branches = sample.tail(&event.attr)?.branches;
    Some(triples(branches).map(|words| branch(words, order)).collect())
}

fn switch_name(record: &Record<'_>) -> &'static str {
    match record.misc & (misc::SWITCH_OUT | misc::SWITCH_PREEMPTED) {
        0 | misc::SWITCH_PREEMPTED => "switch in",
        misc::SWITCH_OUT => "switch out",
        _ => "switch out, preempted",
    }
}
