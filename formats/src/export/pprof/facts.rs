//! What the file says about the recording as a whole.

use super::Writer;
use crate::pprof::facts::parse_utc;

impl Writer<'_> {
    /// Time, duration, period, comments and patterns, from the facts of the profile.
    pub(super) fn write_facts(&mut self) {
        let facts = self.profile.facts();
        // The root that stands for a group would end what patterns take off at the first call,
        // and they are of names that transforms may have changed.
        let is_as_recorded = !self.paths.is_grouped() && !self.paths.is_transformed();
        for (what, value) in facts {
            match &**what {
                "recorded" => {
                    let time_ns = parse_utc(value).unwrap_or_default();
                    self.out.int(9, time_ns.cast_unsigned());
                }
                "period" => self.write_period(value),
                "comment" => {
                    let text = self.text(value);
                    self.out.int(13, text);
                }
                "documentation" => {
                    let text = self.text(value);
                    self.out.int(15, text);
                }
                "drop_frames" if is_as_recorded => {
                    let text = self.text(value);
                    self.out.int(7, text);
                }
                "keep_frames" if is_as_recorded => {
                    let text = self.text(value);
                    self.out.int(8, text);
                }
                _ => {}
            }
        }
        let duration_ns = self.profile.duration_ns();
        self.out.int(10, duration_ns.cast_unsigned());
    }

    /// `10000000 nanoseconds cpu`.
    fn write_period(&mut self, value: &str) {
        let mut words = value.splitn(3, ' ');
        let period: Option<i64> = words.next().and_then(|word| word.parse().ok());
        let Some(period) = period else { return };
        let unit = self.text(words.next().unwrap_or_default());
        let name = self.text(words.next().unwrap_or_default());
        if unit != 0 || name != 0 {
            let mut message = super::Message::default();
            message.int(1, name).int(2, unit);
            self.out.message(11, &message);
        }
        self.out.int(12, period.cast_unsigned());
    }
}
