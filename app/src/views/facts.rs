//! What there is in a recording, as pairs of words: for the summary and the report.

use egui::{RichText, Ui};
use rview_core::units::{format_duration, group_digits};
use rview_core::{Profile, Unit};

use crate::state::Session;
use crate::theme::{self, Palette};

/// What it is called, how it is written, and to the last digit.
pub struct Fact {
    /// What it is called.
    pub name: String,
    /// For people.
    pub value: String,
    /// To the last digit; empty where that is the same.
    pub exact: String,
}

impl Fact {
    fn new(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value, exact: String::new() }
    }
}

fn digits(n: impl TryInto<i64>) -> String {
    group_digits(n.try_into().unwrap_or(i64::MAX))
}

/// The file: format, size, duration.
pub fn file(session: &Session) -> Vec<Fact> {
    let document = &session.document;
    let bytes = i64::try_from(document.load.bytes).unwrap_or(i64::MAX);
    let mut facts = vec![
        Fact::new("Format", document.format().to_owned()),
        Fact {
            exact: Unit::Bytes.format_exact(bytes),
            ..Fact::new("Size", Unit::Bytes.format(bytes))
        },
    ];
    let duration = document.profile.duration_ns();
    if duration > 0 {
        facts.push(Fact {
            exact: Unit::Nanoseconds.format_exact(duration),
            ..Fact::new("Duration", format_duration(duration))
        });
    }
    facts
}

/// The value types, each with what its samples add up to.
pub fn value_types(session: &Session) -> Vec<Fact> {
    let value_types = session.base.recorded.value_types().iter().zip(&session.base.totals);
    value_types
        .map(|(value_type, &total)| Fact {
            exact: value_type.unit.format_exact(total),
            ..Fact::new(
                &value_type.name,
                match value_type.unit {
                    // Beside the number of samples, which is written like that.
                    Unit::Count => group_digits(total),
                    ref unit => unit.format(total),
                },
            )
        })
        .collect()
}

/// How much of each kind there is, without what there is none of.
pub fn counts(profile: &Profile) -> Vec<Fact> {
    [
        ("Processes", profile.processes().len()),
        ("Threads", profile.threads().len()),
        ("Samples", profile.samples().len()),
        ("Slices", profile.slices().len()),
        ("Markers", profile.markers().len()),
        ("Counters", profile.counters().len()),
        ("Flows", profile.flows().len()),
        ("Functions", profile.symbols().functions().len()),
    ]
    .into_iter()
    .filter(|&(_, n)| n > 0)
    .map(|(name, n)| Fact::new(name, digits(n)))
    .collect()
}

/// A table of facts, values right-aligned at `width` points; the exact value on hover.
pub fn table(ui: &mut Ui, facts: &[Fact], width: f32) {
    let palette = Palette::from(ui);
    for fact in facts {
        let size = egui::Vec2::new(width, 20.0);
        let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        response.widget_info(|| {
            let text = format!("{}: {}", fact.name, fact.value);
            egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, text)
        });
        let painter = ui.painter();
        let value = painter.layout_no_wrap(
            fact.value.clone(),
            theme::mono(theme::BODY - 0.5),
            palette.text,
        );
        let room = rect.width() - value.size().x - 12.0;
        let name = crate::widgets::elide::one_line(
            painter,
            &fact.name,
            theme::sans(theme::BODY),
            palette.muted,
            room,
        );
        let middle = |height: f32| rect.center().y - height / 2.0;
        let x = rect.right() - value.size().x;
        painter.galley(egui::Pos2::new(x, middle(value.size().y)), value, palette.text);
        let at = egui::Pos2::new(rect.left(), middle(name.size().y));
        painter.galley(at, name, palette.muted);
        if !fact.exact.is_empty() {
            response.on_hover_text(&fact.exact);
        }
    }
}

/// The heading of a part.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(12.0);
    let ink = Palette::from(ui).muted;
    ui.label(RichText::new(text).font(theme::medium(theme::CAPTION)).color(ink));
    ui.add_space(4.0);
}
