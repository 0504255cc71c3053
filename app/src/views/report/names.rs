//! Where names are from, and why some are unknown: binary by binary.

use egui::{CollapsingHeader, RichText, Ui};
use rview_core::units::group_digits;
use rview_formats::symbols::{Debuginfod, Finding, Module};

use crate::command::{Command, Commands};
use crate::settings::Settings;
use crate::state::Session;
use crate::theme::{self, Palette};

/// How many binaries are listed.
const MAX_MODULES: usize = 100;

/// Shows every binary with what was looked for, and the folders that are searched.
pub(super) fn ui(ui: &mut Ui, session: &Session, settings: &Settings, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let mut modules: Vec<&Module> = session.document.modules.iter().collect();
    modules.sort_by_key(|module| std::cmp::Reverse(unnamed(module)));
    for module in modules.iter().take(MAX_MODULES) {
        module_ui(ui, session, module);
    }
    if let Some(n_more @ 1..) = modules.len().checked_sub(MAX_MODULES) {
        ui.label(RichText::new(format!("and {n_more} more")).color(palette.muted));
    }
    ui.add_space(8.0);
    for dir in &settings.symbol_dirs {
        ui.horizontal(|ui| {
            if ui.small_button("×").on_hover_text("Search this folder no more").clicked() {
                commands.push(Command::RemoveSymbolDir(dir.clone()));
            }
            ui.label(RichText::new(dir.display().to_string()).font(theme::mono(theme::BODY)));
        });
    }
    let add = ui.button("Search a folder for binaries…");
    if add.on_hover_text("A folder of binaries or debug files; the file is read again").clicked() {
        commands.push(Command::AddSymbolDirDialog);
    }
    servers_ui(ui, settings, commands);
}

/// Whether servers are asked, and which.
fn servers_ui(ui: &mut Ui, settings: &Settings, commands: &mut Commands) {
    let servers = Debuginfod::from_environment();
    let mut is_on = settings.debuginfod;
    let may_change = is_on || servers.is_some();
    let checkbox = egui::Checkbox::new(&mut is_on, "Ask debuginfod servers for debug files");
    let text = match &servers {
        Some(servers) => format!(
            "Sends the build ids of binaries without debug files to {}; the file is read again",
            servers.urls.join(" and ")
        ),
        None => "No server is named in the environment (DEBUGINFOD_URLS)".to_owned(),
    };
    let response = ui.add_enabled(may_change, checkbox).on_hover_text(&text);
    if response.on_disabled_hover_text(&text).changed() {
        commands.push(Command::SetDebuginfod(is_on));
    }
}

fn unnamed(module: &Module) -> usize {
    module.frames.len().saturating_sub(module.lookup.n_named)
}

fn module_ui(ui: &mut Ui, session: &Session, module: &Module) {
    let palette = Palette::from(ui);
    let (profile, lookup) = (&session.document.profile, &module.lookup);
    let row = profile.mappings().row(module.mapping);
    let path = profile.text(row.path);
    let count = |n: usize| group_digits(i64::try_from(n).unwrap_or(i64::MAX));
    let n_frames = module.frames.len();
    let state = match unnamed(module) {
        0 if lookup.n_lines > 0 => {
            format!("{} of {} with lines", count(lookup.n_lines), count(n_frames))
        }
        0 => format!("{} named", count(n_frames)),
        unnamed => format!("{} of {} unknown", count(unnamed), count(n_frames)),
    };
    let ink = if unnamed(module) == 0 { palette.muted } else { palette.text };
    let title = RichText::new(format!("{path}   {state}")).color(ink);
    CollapsingHeader::new(title).id_salt(("module", module.mapping.index())).show(ui, |ui| {
        let mono = |text: String| RichText::new(text).font(theme::mono(theme::BODY - 0.5));
        let line = |ui: &mut Ui, what: &str, value: String| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(what).color(palette.muted));
                ui.add(egui::Label::new(mono(value)).selectable(true));
            });
        };
        let build_id = row.build_id.map_or("not recorded", |id| profile.text(id));
        line(ui, "Build id", build_id.to_owned());
        let none = || "none".to_owned();
        line(ui, "Names from", lookup.symbols.clone().unwrap_or_else(none));
        line(ui, "Lines from", lookup.lines.clone().unwrap_or_else(none));
        for tried in &lookup.tried {
            let ink = match tried.found {
                Finding::OtherBuild { .. } | Finding::OtherChecksum => palette.warning,
                _ => palette.muted,
            };
            ui.horizontal_wrapped(|ui| {
                ui.add(egui::Label::new(mono(tried.path.display().to_string())).selectable(true));
                ui.label(RichText::new(tried.found.describe()).color(ink));
            });
        }
    });
}
