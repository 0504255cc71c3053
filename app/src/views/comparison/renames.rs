//! Functions that may have another name in B: what is proposed, and what was taken for one.

use egui::{RichText, ScrollArea, Ui};
use rview_core::PairId;
use rview_core::diff::{Match, Proposal, Rename};

use crate::command::{Command, Commands, Compare};
use crate::comparison::Compared;
use crate::state::Comparison;
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide};
use crate::widgets::menu_row;

/// Letters of each name at most.
const MAX_LETTERS: usize = 40;

/// In the toolbar, where there is something to say.
pub(super) fn menu(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    let Some(compared) = &comparison.compared else { return };
    let proposals = &compared.paired.proposals;
    let accepted = &comparison.wanted.renames;
    if proposals.is_empty() && accepted.is_empty() {
        return;
    }
    let title = match proposals.len() {
        0 => "Renames".to_owned(),
        n => format!("Renames ({n})"),
    };
    ui.menu_button(title, |ui| {
        ui.set_width(520.0);
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            if !proposals.is_empty() {
                menu_row::heading(ui, "Perhaps one function under two names");
                for proposal in proposals {
                    proposed(ui, compared, proposal, commands);
                }
            }
            if !accepted.is_empty() {
                menu_row::heading(ui, "Taken for one");
                for (at, rename) in accepted.iter().enumerate() {
                    taken(ui, at, rename, commands);
                }
            }
        });
    })
    .response
    .on_hover_text("New and gone functions that may be one, as what is around them is the same");
}

/// In the details of a function: what it may be, or what it was taken for.
pub(super) fn of_function(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    function: PairId,
    commands: &mut Commands,
) {
    for proposal in compared.paired.proposals.iter().filter(|it| it.of.contains(&function)) {
        crate::views::details::heading(ui, "Perhaps one function under two names");
        proposed(ui, compared, proposal, commands);
    }
    if compared.paired.function(function).matched == Some(Match::Renamed) {
        let names = compared.paired.function_names(function);
        let at = comparison.wanted.renames.iter().position(|rename| rename.of[..] == names);
        if let Some(at) = at {
            ui.add_space(4.0);
            taken(ui, at, &comparison.wanted.renames[at], commands);
        }
    }
}

/// Two names with what speaks for them being of one function.
fn proposed(ui: &mut Ui, compared: &Compared, proposal: &Proposal, commands: &mut Commands) {
    let names = proposal.of.map(|pair| compared.paired.shown_name(pair).into_owned());
    let percent = |part: f64| format!("{:.0} %", part * 100.0);
    let callees = proposal.callees.map_or(String::new(), |it| format!(", callees {}", percent(it)));
    let (callers, weight) = (percent(proposal.callers), percent(proposal.weight));
    let why = format!(
        "Alike: callers {callers}{callees}, weight {weight}, name {}",
        percent(proposal.name)
    );
    if row(ui, &names, Some(&why), "Accept") {
        commands.push(Command::Compare(Compare::AcceptRename(proposal.of)));
    }
}

fn taken(ui: &mut Ui, at: usize, rename: &Rename, commands: &mut Commands) {
    let names = rename.of.each_ref().map(|it| rview_core::shown_name(&it.name).into_owned());
    if row(ui, &names, None, "Undo") {
        commands.push(Command::Compare(Compare::UndoRename(at)));
    }
}

/// Two names and a button; gives whether that was clicked.
fn row(ui: &mut Ui, names: &[String; 2], why: Option<&str>, button: &str) -> bool {
    let palette = Palette::from(ui);
    let [a, b] = names;
    let mut is_clicked = false;
    ui.horizontal_top(|ui| {
        let response = ui.button(button);
        response.widget_info(|| {
            let label = format!("{button} {a} → {b}");
            egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, label)
        });
        is_clicked = response.clicked();
        ui.vertical(|ui| {
            let font = theme::mono(theme::CAPTION + 0.5);
            let short = |name| elide(name, MAX_LETTERS, Elide::Name).unwrap_or_default();
            let line = format!("{} → {}", short(a), short(b));
            let line = RichText::new(line).font(font).color(palette.text);
            ui.add(egui::Label::new(line).truncate()).on_hover_text(format!("{a} → {b}"));
            if let Some(why) = why {
                let why = RichText::new(why).font(theme::sans(theme::CAPTION)).color(palette.muted);
                ui.add(egui::Label::new(why).wrap());
            }
        });
    });
    ui.add_space(4.0);
    is_clicked
}
