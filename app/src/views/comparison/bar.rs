//! What a comparison can be asked: which view, as what, by what, what of names may differ.

use egui::{Align, Button, Layout as Direction, Rect, Sense, Stroke, Ui, UiBuilder, Vec2};
use rview_core::diff::{By, Mode, NameRule};

use super::renames;
use crate::command::{Command, Commands, Compare};
use crate::comparison::Layout;
use crate::state::{Comparison, ComparisonView};
use crate::theme::{self, Palette};
use crate::widgets::menu_row;

/// Space beside the title of a view.
const PADDING: f32 = 12.0;

/// The same where there is little room.
const NARROW_PADDING: f32 = 7.0;

/// Bars narrower than this, in points, have short titles.
const WITH_TITLES: f32 = 1060.0;

/// The modes, each with its title and what it means.
const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Absolute, "Absolute", "Weights as they were recorded"),
    (Mode::Share, "Share", "Weights as parts of the whole of their recording"),
    (Mode::PerSecond, "Per second", "Weights by how long their recording lasted"),
];

/// In the toolbar: what is added up, which side is which, and how names are matched.
pub fn toolbar(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    if ui.button("Swap").on_hover_text("Let A be B and B be A").clicked() {
        commands.push(Command::Compare(Compare::Swap));
    }
    measure_menu(ui, comparison, commands);
    ui.menu_button("Names", |ui| {
        menu_row::heading(ui, "Functions are one if they differ only in");
        for (rule, text) in RULES {
            let mut is_on = comparison.wanted.rules.contains(&rule);
            if ui.checkbox(&mut is_on, text).clicked() {
                commands.push(Command::Compare(Compare::ToggleRule(rule)));
            }
        }
    })
    .response
    .on_hover_text("What of names may differ between builds");
    renames::menu(ui, comparison, commands);
}

const RULES: [(NameRule, &str); 6] = [
    (NameRule::Hashes, "hashes that compilers append (::h0123…, .llvm.1)"),
    (NameRule::Clones, "copies that optimizers make (.cold, .isra.0)"),
    (NameRule::Closures, "numbers of closures ({closure#2}, .func1)"),
    (NameRule::Generics, "arguments of templates and generics (<…>, […])"),
    (NameRule::Addresses, "addresses (+0x1c)"),
    (NameRule::Versions, "versions in modules and paths (.so.3, @v1.2)"),
];

fn measure_menu(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    let Some(compared) = &comparison.compared else { return };
    let paired = &compared.paired;
    if paired.measures.len() < 2 {
        return;
    }
    let current = paired.measure().name().to_owned();
    let menu = egui::ComboBox::from_id_salt("compared measure").selected_text(&current).width(0.0);
    let response = menu.show_ui(ui, |ui| {
        let rows: Vec<menu_row::Row> = paired
            .measures
            .iter()
            .enumerate()
            .map(|(at, measure)| menu_row::Row::new(measure.name().to_owned(), at == paired.at))
            .collect();
        if let Some(chosen) = menu_row::rows(ui, &rows) {
            let name = paired.measures[chosen].name().to_owned();
            commands.push(Command::Compare(Compare::Measure(name)));
            ui.close();
        }
    });
    response.response.on_hover_text("What is compared (V for the next)").widget_info(|| {
        let role = egui::accesskit::Role::ComboBox;
        egui::WidgetInfo::labeled(role, true, format!("Value type: {current}"))
    });
}

/// The views, and at the right what the one in front can be asked. Where there is no room for
/// all views, they scroll.
pub(super) fn views(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    let is_narrow = ui.available_width() < WITH_TITLES;
    let bar = ui.max_rect();
    ui.with_layout(Direction::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.add_space(8.0);
        if !comparison.view.is_of_time() {
            modes(ui, comparison, commands);
            ui.add_space(12.0);
        }
        match comparison.view {
            ComparisonView::Delta | ComparisonView::Source => by(ui, comparison, commands),
            ComparisonView::DiffFlame => layouts(ui, comparison, commands),
            ComparisonView::SideBySide
            | ComparisonView::Sandwich
            | ComparisonView::Timelines
            | ComparisonView::Instances => {}
        }
        // From the top of the bar, as the tabs of files: centered ones are below it by the space
        // between rows.
        let rect = Rect::from_min_size(bar.min, Vec2::new(ui.available_width(), theme::TAB_BAR));
        let layout = Direction::left_to_right(Align::Min);
        ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let area = egui::ScrollArea::horizontal().auto_shrink(false).id_salt("views of both");
            area.show(ui, |ui| ui.horizontal(|ui| tabs(ui, comparison, is_narrow, commands)));
        });
    });
}

fn tabs(ui: &mut Ui, comparison: &Comparison, is_narrow: bool, commands: &mut Commands) {
    for view in ComparisonView::ALL {
        let (title, padding) = match view {
            ComparisonView::Delta if is_narrow => ("Delta", NARROW_PADDING),
            ComparisonView::DiffFlame if is_narrow => ("Differential", NARROW_PADDING),
            _ if is_narrow => (view.title(), NARROW_PADDING),
            _ => (view.title(), PADDING),
        };
        if tab(ui, view, comparison.view == view, (title, padding)) {
            commands.push(Command::Compare(Compare::View(view)));
        }
    }
}

fn tab(ui: &mut Ui, view: ComparisonView, is_active: bool, (title, padding): (&str, f32)) -> bool {
    let palette = Palette::from(ui);
    let ink = if is_active { palette.text } else { palette.muted };
    let font = theme::sans(theme::BODY);
    let galley = ui.painter().layout_no_wrap(title.to_owned(), font, ink);
    let size = Vec2::new(galley.size().x + 2.0 * padding, theme::TAB_BAR);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if is_active && !ui.clip_rect().x_range().contains(rect.right()) {
        ui.scroll_to_rect(rect, None);
    }
    response.widget_info(|| {
        let role = egui::accesskit::Role::Tab;
        egui::WidgetInfo::selected(role, true, is_active, view.title())
    });
    let painter = ui.painter();
    if is_active {
        painter.rect_filled(rect, 0.0, palette.window);
        painter.hline(rect.x_range(), rect.top() + 1.0, Stroke::new(2.0, palette.accent));
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, palette.hover());
    }
    let at = egui::Pos2::new(rect.left() + padding, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, ink);
    response.clicked()
}

/// A choice of a few, of which one is set; from right to left. Gives whether it was clicked.
fn choice(ui: &mut Ui, text: &str, is_set: bool, help: &str) -> egui::Response {
    let size = Vec2::new(0.0, 20.0);
    ui.add(Button::selectable(is_set, text).min_size(size)).on_hover_text(help)
}

fn modes(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    other_modes(ui, comparison, commands);
    for (mode, title, help) in MODES.into_iter().rev() {
        let is_there = mode != Mode::PerSecond || comparison.is_timed();
        ui.add_enabled_ui(is_there, |ui| {
            let response = choice(ui, title, *comparison.mode() == mode, help);
            let why = "One of the recordings does not tell how long it lasted";
            if response.on_disabled_hover_text(why).clicked() {
                commands.push(Command::Compare(Compare::Mode(mode)));
            }
        });
    }
}

/// What weights can be divided by beside that: samples, a function, the values of a label.
fn other_modes(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    let Some(compared) = &comparison.compared else { return };
    let (paired, mode) = (&compared.paired, comparison.mode());
    let title = match mode {
        Mode::PerSample => "Per sample".to_owned(),
        Mode::PerFunction(_) => "Per function".to_owned(),
        Mode::PerLabel(key) => format!("Per {key}"),
        Mode::Absolute | Mode::Share | Mode::PerSecond => "Per …".to_owned(),
    };
    let is_set = !MODES.iter().any(|(it, ..)| it == mode);
    let button = Button::selectable(is_set, title).min_size(Vec2::new(0.0, 20.0));
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        menu_row::heading(ui, "Weights of either side, divided by");
        let mut offer = |ui: &mut Ui, text: &str, of: Option<Mode>, why_not: &str| {
            let is_set = of.as_ref() == Some(mode);
            let button = Button::selectable(is_set, text);
            let response = ui.add_enabled(of.is_some(), button).on_disabled_hover_text(why_not);
            if response.clicked()
                && let Some(of) = of
            {
                commands.push(Command::Compare(Compare::Mode(of)));
                ui.close();
            }
        };
        offer(ui, "the number of samples", Some(Mode::PerSample), "");
        if let Mode::PerFunction(name) = mode {
            let text = format!("the total of {}", rview_core::shown_name(name));
            offer(ui, &text, Some(mode.clone()), "");
        }
        let picked = comparison.picked_function().map(|pair| paired.name(pair));
        let is_in_both = |name: &&str| paired.heaviest_called(name).is_some();
        let (text, of) = match picked.filter(is_in_both) {
            Some(name) => (
                format!("the total of {}", rview_core::shown_name(name)),
                Some(Mode::PerFunction(name.into())),
            ),
            None => ("the total of the picked function".to_owned(), None),
        };
        if of.is_none() || of.as_ref() != Some(mode) {
            offer(ui, &text, of, "Pick a function first that is in both");
        }
        for key in &paired.label_keys {
            let text = format!("how many values {key} has");
            offer(ui, &text, Some(Mode::PerLabel(key.as_str().into())), "");
        }
    });
    response.on_hover_text("Weights by sample, by value of a label, or as parts of a function");
}

fn by(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    for (by, title, help) in [
        (By::Total, "Total", "What functions and all they called used"),
        (By::Own, "Self", "What functions used themselves, without what they called"),
    ] {
        if choice(ui, title, comparison.by == by, help).clicked() {
            commands.push(Command::Compare(Compare::By(by)));
        }
    }
}

fn layouts(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    for layout in Layout::ALL.into_iter().rev() {
        let help = match layout {
            Layout::Both => "Boxes are as wide as A and B together",
            Layout::A => "Boxes are as wide as in A: what is new is not shown",
            Layout::B => "Boxes are as wide as in B: what is gone is not shown",
        };
        if choice(ui, layout.name(), comparison.layout == layout, help).clicked() {
            commands.push(Command::Compare(Compare::Layout(layout)));
        }
    }
    let ink = Palette::from(ui).muted;
    ui.add_space(4.0);
    ui.label(egui::RichText::new("Width").color(ink));
}
