//! The commands that have a name: palette, keys and help are made from this one table.

use std::borrow::Cow;

use egui::{Key, KeyboardShortcut, Modifiers};
use rview_core::{Granularity, GroupBy, Measure, Transform};

use crate::command::{Ask, Command, Compare, InNotes, InSource, LabelsPanel, PictureKind};
use crate::state::{Overlay, Session, State, Step, TrackOrder, TransformKind, View};

/// A command with its name and keys.
pub struct Action {
    /// What the palette and the help call it.
    pub name: &'static str,
    /// Its keys, the one to show first.
    pub keys: &'static [KeyboardShortcut],
    /// What it does.
    pub command: fn() -> Command,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// What is done with what is picked by one of [`TransformKind::ALL`].
const fn transform<const KIND: usize>(keys: &'static [KeyboardShortcut]) -> Action {
    let command = || Command::Ask(Ask::TransformPicked(TransformKind::ALL[KIND]));
    Action { name: TransformKind::ALL[KIND].name(), keys, command }
}

/// The action that transforms what is picked in a way.
pub fn action_of(kind: TransformKind) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.name == kind.name())
}

const ZOOM_STEP: f64 = 1.5;
const PAN_STEP: f64 = 0.15;

/// Every command with a name.
pub const ACTIONS: &[Action] = &[
    Action { name: "Open…", keys: &[ctrl(Key::O)], command: || Command::OpenDialog },
    Action {
        name: "Open by path…",
        keys: &[ctrl_shift(Key::O)],
        command: || Command::Overlay(Some(Overlay::OpenPath(String::new()))),
    },
    Action { name: "Open the demos", keys: &[], command: || Command::OpenDemo },
    Action {
        name: "Restore the last session",
        keys: &[ctrl_shift(Key::T)],
        command: || Command::RestoreSession,
    },
    Action {
        name: "Restore the last session at every start or not",
        keys: &[],
        command: || Command::ToggleRestoreSession,
    },
    Action { name: "Reload", keys: &[ctrl(Key::R), key(Key::F5)], command: || Command::Reload },
    Action {
        name: "Reload changed files by itself or not",
        keys: &[],
        command: || Command::ToggleReloadChanged,
    },
    Action {
        name: "Compare…",
        keys: &[ctrl(Key::D)],
        command: || Command::Compare(Compare::Choose),
    },
    Action { name: "Swap A and B", keys: &[], command: || Command::Compare(Compare::Swap) },
    Action { name: "Close tab", keys: &[ctrl(Key::W)], command: || Command::CloseActiveTab },
    Action { name: "Next tab", keys: &[ctrl(Key::PageDown)], command: || Command::StepTab(1) },
    Action { name: "Previous tab", keys: &[ctrl(Key::PageUp)], command: || Command::StepTab(-1) },
    Action {
        name: "Find a command…",
        keys: &[ctrl_shift(Key::P)],
        command: || Command::Overlay(Some(Overlay::Palette(String::new()))),
    },
    Action { name: "Search", keys: &[ctrl(Key::F)], command: || Command::FocusSearch },
    Action { name: "Next hit", keys: &[key(Key::F3)], command: || Command::StepHit(1) },
    Action { name: "Previous hit", keys: &[shift(Key::F3)], command: || Command::StepHit(-1) },
    Action {
        name: "Count only what the search finds",
        keys: &[ctrl(Key::Enter)],
        command: || Command::Ask(Ask::OnlyFound),
    },
    Action { name: "Zoom in", keys: &[key(Key::W)], command: || Command::Zoom(ZOOM_STEP) },
    Action { name: "Zoom out", keys: &[key(Key::S)], command: || Command::Zoom(1.0 / ZOOM_STEP) },
    Action { name: "Move left", keys: &[key(Key::A)], command: || Command::Pan(-PAN_STEP) },
    Action { name: "Move right", keys: &[key(Key::D)], command: || Command::Pan(PAN_STEP) },
    Action {
        name: "Zoom to the selection",
        keys: &[key(Key::F)],
        command: || Command::FramePicked,
    },
    Action {
        name: "Go to the picked slice, or select the cell of the heat map",
        keys: &[key(Key::Enter)],
        command: || Command::JumpToPicked,
    },
    Action {
        name: "Show everything",
        keys: &[key(Key::Num0), key(Key::Home)],
        command: || Command::ResetZoom,
    },
    Action { name: "Undo", keys: &[ctrl(Key::Z)], command: || Command::Ask(Ask::Undo) },
    Action {
        name: "Redo",
        keys: &[ctrl_shift(Key::Z), ctrl(Key::Y)],
        command: || Command::Ask(Ask::Redo),
    },
    Action { name: "Show all of the time", keys: &[], command: || Command::Ask(Ask::Range(None)) },
    Action { name: "Show all threads", keys: &[], command: || Command::Ask(Ask::Thread(None)) },
    Action {
        name: "Next value type",
        keys: &[key(Key::V)],
        command: || Command::Ask(Ask::StepMeasure(1)),
    },
    Action {
        name: "Previous value type",
        keys: &[shift(Key::V)],
        command: || Command::Ask(Ask::StepMeasure(-1)),
    },
    Action {
        name: "Labels",
        keys: &[key(Key::L)],
        command: || Command::Labels(LabelsPanel::Toggle),
    },
    transform::<0>(&[key(Key::G)]),
    transform::<1>(&[shift(Key::F)]),
    transform::<2>(&[key(Key::M)]),
    transform::<3>(&[shift(Key::M)]),
    transform::<4>(&[key(Key::X)]),
    transform::<5>(&[key(Key::C)]),
    transform::<6>(&[key(Key::R)]),
    transform::<7>(&[shift(Key::R)]),
    transform::<8>(&[shift(Key::C)]),
    transform::<9>(&[]),
    Action {
        name: "Take back all transforms",
        keys: &[],
        command: || Command::Ask(Ask::RemoveTransforms),
    },
    Action { name: "Group by nothing", keys: &[], command: || Command::Ask(Ask::GroupBy(None)) },
    Action {
        name: "Group by thread",
        keys: &[],
        command: || Command::Ask(Ask::GroupBy(Some(GroupBy::Thread))),
    },
    Action {
        name: "Group by process",
        keys: &[],
        command: || Command::Ask(Ask::GroupBy(Some(GroupBy::Process))),
    },
    Action {
        name: "Show functions",
        keys: &[],
        command: || Command::Ask(Ask::Granularity(Granularity::Function)),
    },
    Action {
        name: "Show lines",
        keys: &[],
        command: || Command::Ask(Ask::Granularity(Granularity::Line)),
    },
    Action {
        name: "Show files",
        keys: &[],
        command: || Command::Ask(Ask::Granularity(Granularity::File)),
    },
    Action {
        name: "Show modules",
        keys: &[],
        command: || Command::Ask(Ask::Granularity(Granularity::Module)),
    },
    Action {
        name: "Show or leave out frames that the file drops",
        keys: &[],
        command: || Command::ToggleDropFrames,
    },
    Action { name: "Copy", keys: &[ctrl(Key::C)], command: || Command::Copy },
    Action {
        name: "Copy as Markdown",
        keys: &[ctrl_shift(Key::M)],
        command: || Command::CopyMarkdown,
    },
    Action {
        name: "Save a picture of the view…",
        keys: &[ctrl(Key::P)],
        command: || Command::SavePictureDialog(PictureKind::Png),
    },
    Action {
        name: "Save the flame graph as SVG…",
        keys: &[],
        command: || Command::SavePictureDialog(PictureKind::Svg),
    },
    Action { name: "Copy the stack", keys: &[ctrl_shift(Key::C)], command: || Command::CopyStack },
    Action { name: "Count everything again", keys: &[], command: || Command::Ask(Ask::Everything) },
    Action { name: "Close or clear", keys: &[key(Key::Escape)], command: || Command::Escape },
    Action {
        name: "Pick what is below",
        keys: &[key(Key::ArrowDown)],
        command: || Command::Step(Step::Down),
    },
    Action {
        name: "Pick what is above",
        keys: &[key(Key::ArrowUp)],
        command: || Command::Step(Step::Up),
    },
    Action {
        name: "Pick what is left, or close the row",
        keys: &[key(Key::ArrowLeft)],
        command: || Command::Step(Step::Left),
    },
    Action {
        name: "Pick what is right, or open the row",
        keys: &[key(Key::ArrowRight)],
        command: || Command::Step(Step::Right),
    },
    Action {
        name: "Select earlier in a column of the heat map",
        keys: &[shift(Key::ArrowDown)],
        command: || Command::Extend(Step::Down),
    },
    Action {
        name: "Select later in a column of the heat map",
        keys: &[shift(Key::ArrowUp)],
        command: || Command::Extend(Step::Up),
    },
    Action {
        name: "Select by a column of the heat map to the left",
        keys: &[shift(Key::ArrowLeft)],
        command: || Command::Extend(Step::Left),
    },
    Action {
        name: "Select by a column of the heat map to the right",
        keys: &[shift(Key::ArrowRight)],
        command: || Command::Extend(Step::Right),
    },
    Action {
        name: "Open or close all tracks",
        keys: &[key(Key::T)],
        command: || Command::ToggleAllTracks,
    },
    Action {
        name: "Sort tracks by weight",
        keys: &[],
        command: || Command::SortTracks(TrackOrder::Weight),
    },
    Action {
        name: "Sort tracks by name",
        keys: &[],
        command: || Command::SortTracks(TrackOrder::Name),
    },
    Action {
        name: "Sort tracks as recorded",
        keys: &[],
        command: || Command::SortTracks(TrackOrder::Recorded),
    },
    Action { name: "Show hidden tracks", keys: &[], command: || Command::ShowHiddenTracks },
    Action { name: "Turn the flame graph over", keys: &[], command: || Command::ToggleDirection },
    Action { name: "Animate jumps or not", keys: &[], command: || Command::ToggleMotion },
    Action { name: "Switch light and dark", keys: &[], command: || Command::ToggleTheme },
    Action {
        name: "Flame graph",
        keys: &[key(Key::Num1)],
        command: || Command::ShowView(View::FlameGraph),
    },
    Action {
        name: "Flame chart",
        keys: &[key(Key::Num2)],
        command: || Command::ShowView(View::FlameChart),
    },
    Action {
        name: "Call tree",
        keys: &[key(Key::Num3)],
        command: || Command::ShowView(View::CallTree),
    },
    Action {
        name: "Bottom-up",
        keys: &[key(Key::Num4)],
        command: || Command::ShowView(View::BottomUp),
    },
    Action {
        name: "Functions",
        keys: &[key(Key::Num5)],
        command: || Command::ShowView(View::Functions),
    },
    Action { name: "Heat map", keys: &[key(Key::H)], command: || Command::ShowView(View::HeatMap) },
    Action {
        name: "Sandwich",
        keys: &[key(Key::Num9)],
        command: || Command::ShowView(View::Sandwich),
    },
    Action { name: "Source", keys: &[key(Key::O)], command: || Command::ShowView(View::Source) },
    Action {
        name: "Assembly",
        keys: &[key(Key::I)],
        command: || Command::ShowView(View::Assembly),
    },
    Action {
        name: "Next costly line or instruction",
        keys: &[key(Key::N)],
        command: || Command::Source(InSource::StepCostly(1)),
    },
    Action {
        name: "Previous costly line or instruction",
        keys: &[shift(Key::N)],
        command: || Command::Source(InSource::StepCostly(-1)),
    },
    Action { name: "Open in the editor", keys: &[key(Key::E)], command: || Command::OpenInEditor },
    Action {
        name: "Set the editor…",
        keys: &[],
        command: || Command::Overlay(Some(Overlay::Editor(None))),
    },
    Action {
        name: "Search a folder for source…",
        keys: &[],
        command: || Command::AddSourceDirDialog,
    },
    Action { name: "Slices", keys: &[key(Key::Num6)], command: || Command::ShowView(View::Slices) },
    Action {
        name: "Distribution",
        keys: &[key(Key::Num7)],
        command: || Command::ShowView(View::Distribution),
    },
    Action {
        name: "Add a note…",
        keys: &[key(Key::B)],
        command: || Command::Notes(InNotes::Write),
    },
    Action { name: "Notes…", keys: &[shift(Key::B)], command: || Command::Notes(InNotes::List) },
    Action { name: "Report", keys: &[key(Key::Num8)], command: || Command::ShowView(View::Report) },
    Action {
        name: "Keys",
        keys: &[key(Key::F1), shift(Key::Questionmark)],
        command: || Command::Overlay(Some(Overlay::Keys)),
    },
    Action { name: "Quit", keys: &[ctrl(Key::Q)], command: || Command::Quit },
];

/// A command that the palette offers.
pub struct Hit {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its keys, the one to show first.
    pub keys: &'static [KeyboardShortcut],
    /// What it does.
    pub command: Command,
}

/// The commands with all words of a text in their names: those of the table, and those that the
/// file in front has.
pub fn found(text: &str, session: Option<&Session>) -> Vec<Hit> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let named = ACTIONS.iter().map(|action| Hit {
        name: action.name.into(),
        keys: action.keys,
        command: (action.command)(),
    });
    let of_file = session.into_iter().flat_map(of_file);
    let matches = |hit: &Hit| {
        let name = hit.name.to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    named.chain(of_file).filter(matches).collect()
}

/// What can be asked of a file by the names that it has.
fn of_file(session: &Session) -> Vec<Hit> {
    let hit =
        |name: String, ask: Ask| Hit { name: name.into(), keys: &[], command: Command::Ask(ask) };
    let profile = &session.document.profile;
    let measures = Measure::all(profile)
        .into_iter()
        .map(|measure| hit(format!("Add up {}", measure.name(profile)), Ask::Measure(measure)));
    let groups = session.base.groups.iter();
    let labels = groups.filter(|by| matches!(by, GroupBy::Label(_)));
    let groups =
        labels.map(|by| hit(format!("Group by {}", by.name()), Ask::GroupBy(Some(by.clone()))));
    let idle = session
        .base
        .knows_idle
        .then(|| hit("Hide idle".to_owned(), Ask::Transform(Transform::HideIdle)));
    measures.chain(groups).chain(idle).collect()
}

/// Whether a key is pressed after which a field has the keyboard.
pub(crate) fn gives_keyboard(event: &egui::Event) -> bool {
    let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return false };
    let is_pressed = |shortcut: &KeyboardShortcut| {
        shortcut.logical_key == *key && modifiers.matches_exact(shortcut.modifiers)
    };
    let mut pressed = ACTIONS.iter().filter(|action| action.keys.iter().any(is_pressed));
    pressed.any(|action| {
        let command = (action.command)();
        matches!(
            command,
            Command::FocusSearch
                | Command::Overlay(Some(Overlay::Palette(_) | Overlay::OpenPath(_)))
        )
    })
}

/// The commands whose keys were pressed in this frame.
///
/// Keys that type, move in text or copy it are left to a text field that has the keyboard.
pub fn pressed(ctx: &egui::Context, state: &State) -> Vec<Command> {
    // The toolkit takes the keyboard from a field before anybody hears of the Escape that did it.
    let is_in_field = ctx.text_edit_focused() || state.was_typing;
    let is_typing = is_in_field || state.overlay.is_some();
    // A menu closes by the key that would clear something of the file.
    let is_in_menu = egui::Popup::is_any_open(ctx);
    let is_search_empty = state.session().is_none_or(|session| session.search.text.is_empty())
        && state.comparison().is_none_or(|comparison| comparison.search.is_empty());
    let mut commands = Vec::new();
    let keys = ACTIONS.iter().flat_map(|action| action.keys.iter().map(move |key| (action, key)));
    // Keys without Shift also match while it is down, so those with Shift are asked first.
    let (with_shift, without): (Vec<_>, Vec<_>) = keys.partition(|(_, key)| key.modifiers.shift);
    for (action, shortcut) in with_shift.into_iter().chain(without) {
        let is_global = shortcut.modifiers.command && shortcut.logical_key != Key::C
            || matches!(shortcut.logical_key, Key::Escape | Key::F1 | Key::F3 | Key::F5);
        let edits_text = is_typing && matches!(shortcut.logical_key, Key::Z | Key::Y);
        let leaves_field = shortcut.logical_key == Key::Escape
            && (is_in_menu || is_in_field && is_search_empty && state.overlay.is_none());
        // Enter works what has the keyboard, if anything has.
        let works_widget = shortcut.logical_key == Key::Enter
            && !shortcut.modifiers.command
            && (is_in_menu || ctx.memory(|memory| memory.focused().is_some()));
        let is_ours = !leaves_field && !works_widget && (is_global && !edits_text || !is_typing);
        if !is_ours {
            continue;
        }
        // In a slow frame a key may have been pressed several times.
        let KeyboardShortcut { modifiers, logical_key } = *shortcut;
        let n = ctx.input_mut(|input| input.count_and_consume_key(modifiers, logical_key));
        commands.extend((0..n).map(|_| (action.command)()));
    }
    // The system turns Ctrl+C into an event of its own.
    if !is_typing && ctx.input(|input| input.events.contains(&egui::Event::Copy)) {
        commands.push(Command::Copy);
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_key() {
        let keys: Vec<_> = ACTIONS.iter().flat_map(|action| action.keys).collect();
        for (i, a) in keys.iter().enumerate() {
            assert!(!keys[i + 1..].contains(a), "{a:?}");
        }
    }
}
