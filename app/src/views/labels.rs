//! The panel of labels: keys with their values, the heaviest first. A click keeps only the samples
//! with a value, or groups by a key.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Rect, Response, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo};
use rview_core::units::{format_share, group_digits};
use rview_core::{GroupBy, KeyTable, LabelQuery, Measure, Unit, Wants};

use super::tooltip::note;
use crate::command::{Ask, Command, Commands, LabelsPanel};
use crate::state::{Session, negated};
use crate::theme::{self, Palette};
use crate::widgets::elide::one_line;

/// Values of a key that are listed at first.
const FEW: usize = 8;
/// Space between the edge of the panel and its text.
const PADDING: f32 = 12.0;
/// Room for the sign of a value that is asked for.
const SIGN: f32 = 16.0;

/// A row of the panel.
enum Row<'a> {
    Key(&'a KeyTable),
    Value(&'a KeyTable, usize),
    /// How many values are not listed; 0 where all are that were not at first.
    More(&'a KeyTable, usize),
    /// How many keys that few samples have are not listed.
    LeftOut(usize),
}

/// Shows the panel.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    ui.spacing_mut().item_spacing.y = 0.0;
    search(ui, session, commands);
    let Some(measure @ Measure::Weight(_)) = session.question.measure else {
        return said(ui, "Slices have no labels; add up what samples have");
    };
    let Some(table) = &session.labels.table else { return said(ui, "Adding up…") };
    let mut rows: Vec<Row<'_>> = table.keys.iter().flat_map(|key| rows_of(session, key)).collect();
    if table.n_left_out > 0 {
        rows.push(Row::LeftOut(table.n_left_out));
    }
    if rows.is_empty() {
        return said(ui, "No label matches");
    }
    let panel = Panel { session, unit: measure.unit(&session.document.profile), commands };
    panel.ui(ui, &rows);
}

fn said(ui: &mut Ui, text: &str) {
    egui::Frame::new().inner_margin(PADDING).show(ui, |ui| note(ui, text));
}

fn search(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    egui::Frame::new().inner_margin(egui::Margin::symmetric(8, 6)).show(ui, |ui| {
        let mut text = session.labels.search.clone();
        let edit = TextEdit::singleline(&mut text)
            .hint_text("Filter labels")
            .margin(egui::Margin::symmetric(8, 4))
            .desired_width(f32::INFINITY);
        let response = ui.add(edit);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::SearchInput, true, "Filter labels");
            info.current_text_value = Some(session.labels.search.clone());
            info
        });
        if response.changed() {
            commands.push(Command::Labels(LabelsPanel::Search(text)));
        }
    });
}

/// The rows of a key: all of its values where that is asked for, or where few are searched for.
fn rows_of<'a>(session: &Session, key: &'a KeyTable) -> Vec<Row<'a>> {
    let labels = &session.labels;
    if key.rows.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Row::Key(key)];
    if !labels.is_open(key.groups.key()) {
        return rows;
    }
    let is_whole = labels.is_whole(key.groups.key());
    let n_shown = if is_whole { key.rows.len() } else { key.rows.len().min(FEW) };
    rows.extend((0..n_shown).map(|at| Row::Value(key, at)));
    if key.rows.len() > FEW {
        rows.push(Row::More(key, key.rows.len() - n_shown));
    }
    rows
}

struct Panel<'a> {
    session: &'a Session,
    unit: Unit,
    commands: &'a mut Commands,
}

impl Panel<'_> {
    fn ui(mut self, ui: &mut Ui, rows: &[Row<'_>]) {
        let area = ScrollArea::vertical().auto_shrink(false).id_salt("labels");
        area.show_rows(ui, theme::TABLE_ROW, rows.len(), |ui, shown| {
            for row in &rows[shown] {
                match *row {
                    Row::Key(key) => self.key(ui, key),
                    Row::Value(key, at) => self.value(ui, key, at),
                    Row::More(key, n) => self.more(ui, key, n),
                    Row::LeftOut(n) => left_out(ui, n),
                }
            }
        });
    }

    fn labels(&mut self, change: LabelsPanel) {
        self.commands.push(Command::Labels(change));
    }

    fn key(&mut self, ui: &mut Ui, key: &KeyTable) {
        let name = key.groups.key();
        let (rect, response) = row(ui);
        let is_open = self.session.labels.is_open(name);
        response.widget_info(|| {
            let verb = if is_open { "Close" } else { "Open" };
            WidgetInfo::labeled(Role::DisclosureTriangle, true, format!("{verb} label {name}"))
        });
        let palette = Palette::from(ui);
        let ink = if response.hovered() { palette.text } else { palette.muted };
        let sign = if is_open { "▾" } else { "▸" };
        let at = Pos2::new(rect.left() + PADDING + 4.0, rect.center().y);
        let painter = ui.painter();
        painter.text(at, Align2::CENTER_CENTER, sign, theme::mono(theme::BODY), ink);
        let group = self.group_button(ui, name, rect);
        let count = count(key.rows.len());
        let count = ui.painter().layout_no_wrap(count, theme::mono(theme::CAPTION), palette.muted);
        let x = group.left() - 8.0 - count.size().x;
        let y = rect.center().y - count.size().y / 2.0;
        ui.painter().galley(Pos2::new(x, y), count, palette.muted);
        let left = rect.left() + PADDING + SIGN;
        let font = theme::medium(theme::BODY);
        let title = one_line(ui.painter(), name, font, palette.text, x - 8.0 - left);
        let y = rect.center().y - title.size().y / 2.0;
        ui.painter().galley(Pos2::new(left, y), title, palette.text);
        if response.clicked() {
            self.labels(LabelsPanel::ToggleKey(name.to_owned()));
        }
    }

    /// The button that groups by a key, at the right edge of its row.
    fn group_button(&mut self, ui: &Ui, key: &str, row: Rect) -> Rect {
        let palette = Palette::from(ui);
        let by = GroupBy::Label(key.to_owned());
        let is_set = self.session.question.shape.group_by.as_ref() == Some(&by);
        let font = theme::sans(theme::CAPTION);
        let text = if is_set { "Grouped" } else { "Group" };
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font, palette.muted);
        let size = galley.size() + Vec2::new(12.0, 4.0);
        let right = Pos2::new(row.right() - PADDING + 6.0, row.center().y);
        let rect = Align2::RIGHT_CENTER.anchor_size(right, size);
        let response = ui.interact(rect, egui::Id::unique(("group by", key)), Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, is_set, format!("Group by {key}"))
        });
        let ink = if is_set {
            palette.accent
        } else if response.hovered() || response.has_focus() {
            palette.text
        } else {
            palette.muted
        };
        if is_set || response.hovered() || response.has_focus() {
            let fill = if is_set { palette.selection() } else { palette.hover() };
            ui.painter().rect_filled(rect, 4.0, fill);
        }
        let at = rect.center() - galley.size() / 2.0;
        ui.painter().galley_with_override_text_color(at, galley, ink);
        if response.clicked() {
            let by = (!is_set).then_some(by);
            self.commands.push(Command::Ask(Ask::GroupBy(by)));
        }
        rect
    }

    fn value(&mut self, ui: &mut Ui, key: &KeyTable, at: usize) {
        let group = key.rows[at] as usize;
        let (value, total) = (key.groups.value(group), &key.totals[group]);
        let query = key.groups.query(group);
        let asked = query.and_then(|query| asked(&self.session.question.labels, query));
        let (weight, share) =
            (self.unit.format(total.weight), format_share(total.weight, key.whole));
        let (rect, response) = row(ui);
        response.widget_info(|| {
            let name = format!("{} {value}, {weight}, {share}", key.groups.key());
            WidgetInfo::selected(Role::CheckBox, query.is_some(), asked.is_some(), name)
        });
        let is_dimmed = asked == Some(Wants::Without)
            || asked.is_none() && is_narrowed(&self.session.question.labels, key.groups.key());
        let magnitude = key.totals.iter().map(|total| total.weight.unsigned_abs()).max();
        let bar = total.weight.unsigned_abs() as f64 / magnitude.unwrap_or(1).max(1) as f64;
        let look = Look { rect, asked, is_dimmed, bar };
        look.paint(ui, &response, value, [&share, &weight]);
        if let Some(query) = query {
            self.react(ui, &response, query);
        }
        let samples = group_digits(i64::try_from(total.n_samples).unwrap_or(i64::MAX));
        response.on_hover_ui(|ui| {
            ui.set_max_width(420.0);
            ui.label(format!("{} {value}", key.groups.key()));
            ui.label(format!(
                "{}, {share}, {samples} samples",
                self.unit.format_exact(total.weight)
            ));
            note(
                ui,
                match query {
                    Some(_) => {
                        "Click keeps only these, Ctrl+click these too, Alt+click leaves them out"
                    }
                    None => "Several values at once: pick one of them to keep these too",
                },
            );
        });
    }

    fn react(&mut self, ui: &Ui, response: &Response, query: &LabelQuery) {
        let without = || match query.wants {
            Wants::With => negated(query),
            // To leave out what has no such label is to want it, whatever it is.
            Wants::Without => LabelQuery { wants: Wants::With, ..query.clone() },
        };
        let entries = || {
            [
                ("Keep only these", Ask::OnlyLabel(query.clone())),
                ("Keep these too", Ask::ToggleLabel(query.clone())),
                ("Leave these out", Ask::ToggleLabel(without())),
                ("Keep any of this label", Ask::AnyLabel(query.key.clone())),
            ]
        };
        if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            self.commands.push(Command::Ask(if modifiers.alt {
                Ask::ToggleLabel(without())
            } else if modifiers.command || modifiers.shift {
                Ask::ToggleLabel(query.clone())
            } else {
                Ask::OnlyLabel(query.clone())
            }));
        }
        response.context_menu(|ui| {
            for (text, change) in entries() {
                if ui.button(text).clicked() {
                    self.commands.push(Command::Ask(change));
                    ui.close();
                }
            }
            ui.separator();
            if ui.button("Copy").clicked() {
                self.commands.push(Command::CopyText(query.to_string()));
                ui.close();
            }
        });
    }

    fn more(&mut self, ui: &mut Ui, key: &KeyTable, n: usize) {
        let text = match n {
            0 => "Show fewer".to_owned(),
            n => format!("{} more", count(n)),
        };
        let (rect, response) = row(ui);
        response.widget_info(|| {
            let label = format!("{text} of {}", key.groups.key());
            WidgetInfo::labeled(Role::Link, true, label)
        });
        let palette = Palette::from(ui);
        let ink = if response.hovered() { palette.text } else { palette.accent };
        let at = Pos2::new(rect.left() + PADDING + SIGN, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, text, theme::sans(theme::CAPTION), ink);
        if response.clicked() {
            self.labels(LabelsPanel::ToggleAll(key.groups.key().to_owned()));
        }
    }
}

/// How a value is asked for, if it is.
fn asked(queries: &[LabelQuery], value: &LabelQuery) -> Option<Wants> {
    let same = |query: &&LabelQuery| (&query.key, &query.value) == (&value.key, &value.value);
    let query = queries.iter().find(same)?;
    // Of what has no such label, what is wanted is the lack of it.
    let is_turned = value.wants == Wants::Without;
    Some(match (query.wants, is_turned) {
        (Wants::With, false) | (Wants::Without, true) => Wants::With,
        (Wants::Without, false) | (Wants::With, true) => Wants::Without,
    })
}

/// Whether only some values of a key count.
fn is_narrowed(queries: &[LabelQuery], key: &str) -> bool {
    queries
        .iter()
        .any(|query| query.key == key && (query.wants == Wants::With || query.value.is_none()))
}

/// How a value looks.
struct Look {
    rect: Rect,
    asked: Option<Wants>,
    is_dimmed: bool,
    /// Its share of the heaviest of its key.
    bar: f64,
}

impl Look {
    fn paint(&self, ui: &Ui, response: &Response, value: &str, [share, weight]: [&str; 2]) {
        let palette = Palette::from(ui);
        let (rect, painter) = (self.rect, ui.painter());
        if self.asked == Some(Wants::With) {
            painter.rect_filled(rect, 0.0, palette.selection());
        } else if response.hovered() || response.has_focus() {
            painter.rect_filled(rect, 0.0, palette.hover());
        }
        let left = rect.left() + PADDING + SIGN;
        let right = rect.right() - PADDING;
        #[expect(clippy::cast_possible_truncation, reason = "a share of a width")]
        let length = (right - left) * self.bar as f32;
        let bar = Rect::from_min_size(Pos2::new(left, rect.bottom() - 3.0), Vec2::new(length, 2.0));
        painter.rect_filled(bar, 0.0, palette.muted.gamma_multiply(0.45));
        if let Some(wants) = self.asked {
            let (sign, ink) = match wants {
                Wants::With => ("=", palette.accent),
                Wants::Without => ("≠", palette.warning),
            };
            let at = Pos2::new(rect.left() + PADDING + 4.0, rect.center().y);
            painter.text(at, Align2::CENTER_CENTER, sign, theme::mono(theme::BODY), ink);
        }
        let ink = if self.is_dimmed { palette.muted } else { palette.text };
        let font = theme::mono(theme::BODY - 0.5);
        let share = painter.layout_no_wrap(share.to_owned(), font.clone(), palette.muted);
        let weight = painter.layout_no_wrap(weight.to_owned(), font.clone(), ink);
        let y = rect.center().y - share.size().y / 2.0 - 1.0;
        // As wide as `100.0 %`, so that weights are in a column of their own.
        let column = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0')) * 7.0;
        let x = right - share.size().x;
        painter.galley(Pos2::new(x, y), share, palette.muted);
        let x = right - column - 8.0 - weight.size().x;
        painter.galley(Pos2::new(x, y), weight, ink);
        let value = one_line(painter, value, font, ink, x - 8.0 - left);
        painter.galley(Pos2::new(left, y), value, ink);
    }
}

fn left_out(ui: &mut Ui, n: usize) {
    let keys = if n == 1 { "key" } else { "keys" };
    let text = format!("{} more {keys} that few samples have", count(n));
    let (rect, response) = row(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    let at = Pos2::new(rect.left() + PADDING, rect.center().y);
    let muted = Palette::from(ui).muted;
    ui.painter().text(at, Align2::LEFT_CENTER, &text, theme::sans(theme::CAPTION), muted);
}

/// A row over the whole width.
fn row(ui: &mut Ui) -> (Rect, Response) {
    let size = Vec2::new(ui.available_width(), theme::TABLE_ROW);
    ui.allocate_exact_size(size, Sense::click())
}

fn count(n: usize) -> String {
    group_digits(i64::try_from(n).unwrap_or(i64::MAX))
}
