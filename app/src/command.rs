//! Everything the user can do.

use std::ops::Range;
use std::path::PathBuf;

use rview_core::diff::{By, Mode, NameRule};
use rview_core::{
    AxisView, FunctionId, Granularity, GroupBy, InvertedNodeId, LabelQuery, Measure, PairId,
    PathId, SliceId, SliceOrder, ThreadId, Transform,
};
use rview_formats::Input;

use crate::comparison::Layout;
use crate::listing::Sort;
use crate::settings::{Direction, ThemeChoice};
use crate::state::{
    ComparisonView, DeltaSort, Draft, Half, InstanceKey, NamePlaces, Overlay, Picked, PickedPair,
    State, Step, TabId, TrackKey, TrackOrder, TransformKind, View,
};
use crate::{navigate, picture, worker::Worker};

/// One thing the user has asked for.
#[derive(Clone, PartialEq)]
pub enum Command {
    /// Opens files, a tab each.
    Open(Vec<Input>),
    /// Sets where binaries are looked for first, and copies of the recorded machine's file
    /// system, from the next file on.
    SetSymbolDirs(Vec<PathBuf>, Vec<PathBuf>),
    /// Lets the user choose a folder of binaries or debug files.
    AddSymbolDirDialog,
    /// Looks for binaries in this folder too, from now on, and reads the file in front again.
    AddSymbolDir(PathBuf),
    /// Looks there no more.
    RemoveSymbolDir(PathBuf),
    /// Asks servers for debug files, or no more, from now on, and reads the file in front again.
    SetDebuginfod(bool),
    /// Asks servers for debug files in this run.
    UseDebuginfod,
    /// The flame graph has followed the rows that better names have added.
    FlameRowsShown,
    /// Leaves names as they are.
    StopNaming,
    /// Opens the recordings that come with the program.
    OpenDemo,
    /// Opens what was open when rview ended.
    RestoreSession,
    /// Does that at every start, or no more.
    ToggleRestoreSession,
    /// Lets the user choose files.
    OpenDialog,
    /// Opens the file in front again.
    Reload,
    /// Stops that.
    StopReload,
    /// Leaves the file in front as it is although it has changed on disk.
    PutOffReload,
    /// Reads files that change on disk again without asking, or no more.
    ToggleReloadChanged,
    /// Brings a tab to the front.
    SelectTab(usize),
    /// Brings the tab `n` places to the right to the front.
    StepTab(isize),
    /// Closes a tab.
    CloseTab(usize),
    /// Closes the tab in front.
    CloseActiveTab,
    /// Ends the program.
    Quit,
    /// Dismisses a notice.
    Dismiss(usize),
    /// Shows a window over the others, or none.
    Overlay(Option<Overlay>),
    /// Sets the theme.
    SetTheme(ThemeChoice),
    /// Sets the theme of this run alone.
    SetThemeOnce(ThemeChoice),
    /// Switches between light and dark.
    ToggleTheme,
    /// Sets which way flame graphs grow.
    SetDirection(Direction),
    /// Turns flame graphs over.
    ToggleDirection,
    /// Turns the easing of jumps on or off.
    ToggleMotion,
    /// Brings a view to the front.
    ShowView(View),
    /// Moves, splits or resizes panes.
    SetPanes(Box<egui_tiles::Tree<View>>),
    /// Sets which view keys act on.
    FocusView(View),
    /// Lets the keys that zoom and move act on time.
    FocusTime,
    /// Asks something else of the file.
    Ask(Ask),
    /// Compares two recordings, or does something with the comparison in front.
    Compare(Compare),
    /// Changes the panel of labels.
    Labels(LabelsPanel),
    /// Shows the frames that the file asks to leave out, or leaves them out again: the file in
    /// front is read again.
    ToggleDropFrames,
    /// Picks something in all views.
    Pick(Picked),
    /// Picks a row of the bottom-up tree.
    PickInverted(InvertedNodeId),
    /// Searches for a text.
    SetSearch(String),
    /// Puts the keyboard into the search field.
    FocusSearch,
    /// Picks the hit of the search that many steps further.
    StepHit(isize),
    /// Closes what is in front, or clears the search, the pick, the range: one thing at a time.
    Escape,
    /// Sets the part of time on screen; `None` is all of it.
    SetTimeView(Option<AxisView>),
    /// Sets the part of the flame graph on screen; `None` is all of it.
    SetFlameView(Option<AxisView>),
    /// Zooms the chart that keys act on by a factor; above 1 is closer.
    Zoom(f64),
    /// Moves the chart that keys act on by a share of its width.
    Pan(f64),
    /// Brings what is picked on screen.
    Reveal,
    /// Picks a slice and goes to it on the timeline.
    JumpTo(SliceId),
    /// Goes to the picked slice on the timeline.
    JumpToPicked,
    /// The timeline has scrolled to the slice that it was to show.
    SliceShown,
    /// Shows what is picked as large as it fits on the axis that keys act on.
    FramePicked,
    /// Shows a part of time as large as it fits.
    FrameTime(Range<i64>),
    /// Shows everything.
    ResetZoom,
    /// Opens or closes a row of the timeline.
    ToggleTrack(TrackKey),
    /// Keeps a row of the timeline above all others, or no more.
    PinTrack(TrackKey),
    /// Moves a row of the timeline by so many places among those beside it.
    MoveTrack(TrackKey, isize),
    /// Puts a row of the timeline where another is: among those of its process, or of those that
    /// are pinned.
    DropTrack(TrackKey, TrackKey),
    /// Shows a row of the timeline no more.
    HideTrack(TrackKey),
    /// Shows the rows of the timeline that are hidden.
    ShowHiddenTracks,
    /// Sets the order of the rows of the timeline.
    SortTracks(TrackOrder),
    /// Opens or closes all rows of the timeline.
    ToggleAllTracks,
    /// Sets the thread in the flame chart.
    SetChartThread(ThreadId),
    /// Opens or closes a row of the call tree.
    ToggleNode(PathId),
    /// Opens or closes a row of the call tree and all below.
    ToggleSubtree(PathId),
    /// Picks what is beside what is picked.
    Step(Step),
    /// Picks what is beside what is picked, and selects what is between in the heat map.
    Extend(Step),
    /// Sets the order of siblings in the call tree.
    SortCallTree(Sort),
    /// Opens or closes a row of the bottom-up tree.
    ToggleInverted(InvertedNodeId),
    /// Sets the order of the function table.
    SortFunctions(Sort),
    /// Does something with the notes on the file in front.
    Notes(InNotes),
    /// Lets the user choose a folder of source files.
    AddSourceDirDialog,
    /// Looks for source files in this folder too, from now on.
    AddSourceDir(PathBuf),
    /// Looks there no more.
    RemoveSourceDir(PathBuf),
    /// Sets the command that opens a file in the user's editor.
    SetEditor(String),
    /// Opens the line that is shown in the user's editor.
    OpenInEditor,
    /// Does something in the assembly view.
    Assembly(InAssembly),
    /// Does something in the source view.
    Source(InSource),
    /// Does something in the sandwich.
    Sandwich(InSandwich),
    /// Sets the order of the table of slices.
    SortSlices(SliceOrder),
    /// Stops the search of arguments.
    StopReading,
    /// Copies the table that keys act on; where that is a chart, the picked stack.
    Copy,
    /// Copies the same as Markdown.
    CopyMarkdown,
    /// Saves a picture of a view where the user chooses.
    SavePictureDialog(PictureKind),
    /// Saves a picture of the view that keys act on to a file.
    SavePicture(PictureKind, PathBuf),
    /// Copies the picked stack.
    CopyStack,
    /// Copies a text.
    CopyText(String),
}

/// What of a file is added up, and how that is shown: every one of these can be undone.
#[derive(Clone, PartialEq)]
pub enum Ask {
    /// Sets what is added up.
    Measure(Measure),
    /// Adds up what is that many places further in the list of what can be.
    StepMeasure(isize),
    /// Sets the part of time that counts.
    Range(Option<Range<i64>>),
    /// Sets the thread that counts.
    Thread(Option<ThreadId>),
    /// Lets only samples with this label count, whatever its key was asked for before.
    OnlyLabel(LabelQuery),
    /// Lets samples with this label count, too, or no more.
    ToggleLabel(LabelQuery),
    /// Lets labels of this key count whatever they are.
    AnyLabel(String),
    /// Lets only the stacks count that a search finds, or all.
    Only(Option<String>),
    /// Lets only the stacks count that the search in the toolbar finds.
    OnlyFound,
    /// Groups by something, or by nothing.
    GroupBy(Option<GroupBy>),
    /// Sets what call paths are of.
    Granularity(Granularity),
    /// Lets all of the time, all threads, all labels and all stacks count, without transforms.
    Everything,
    /// Transforms stacks by what is picked; nothing where that is not there.
    TransformPicked(TransformKind),
    /// Transforms stacks, after all transforms there are.
    Transform(Transform),
    /// Takes back the transform at this place.
    RemoveTransform(usize),
    /// Takes back all transforms.
    RemoveTransforms,
    /// Goes back to the question before.
    Undo,
    /// Takes an undo back.
    Redo,
}

/// What can be done with comparisons.
#[derive(Clone, PartialEq)]
pub enum Compare {
    /// Compares the two open files, or lets the user choose of several.
    Choose,
    /// Offers to compare the two files that were opened last.
    Offer,
    /// Compares what is in two tabs.
    Tabs([TabId; 2]),
    /// Opens two files and compares them.
    Inputs([Input; 2]),
    /// Turns A and B round.
    Swap,
    /// Brings a view to the front.
    View(ComparisonView),
    /// Compares what is called so.
    Measure(String),
    /// Sets what weights are compared as.
    Mode(Mode),
    /// Lists functions alone, or with all they call.
    By(By),
    /// Sets by what boxes are as wide as they are.
    Layout(Layout),
    /// Lets names differ in something between builds, or no more.
    ToggleRule(NameRule),
    /// Takes a function of A and one of B for one.
    AcceptRename([PairId; 2]),
    /// Takes the two that were taken for one, the first or a later of them, for two again.
    UndoRename(usize),
    /// Shows what chance alone may explain as if it had not changed, or as it is.
    ToggleChance,
    /// Sets the order of the table.
    Sort(DeltaSort),
    /// Picks something in all views.
    Pick(PickedPair),
    /// Sets the part of the differential flame graph on screen; `None` is all of it.
    SetFlameView(Option<AxisView>),
    /// Sets the part of the flame graph of one side on screen; the other follows.
    SetSideView(usize, Option<AxisView>),
    /// Lets keys act on the flame graph of one side.
    FrontSide(usize),
    /// Goes to the tab of one side, and picks there what is picked here.
    ShowIn(usize),
    /// Does something in the timeline of one side; the other follows.
    InSide(usize, Box<Command>),
    /// Goes to a row of the lines of a file.
    Line(usize),
    /// Compares the slices of a name one by one.
    Slice(String),
    /// Orders them, upwards or not.
    SortInstances(InstanceKey, bool),
    /// Picks the one in a row.
    PickInstance(usize),
    /// Goes to the one that is picked in the tab of one side.
    JumpTo(usize),
}

/// What can be done with the panel of labels.
#[derive(Clone, PartialEq)]
pub enum LabelsPanel {
    /// Shows or hides it.
    Toggle,
    /// Lists only values that contain a text.
    Search(String),
    /// Opens or closes the list of a key.
    ToggleKey(String),
    /// Lists all values of a key, or only the heaviest.
    ToggleAll(String),
}

/// What a picture is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// The pixels of the view that keys act on, as PNG.
    Png,
    /// The boxes of the flame graph on screen, as SVG: sharp at any size, and searchable.
    Svg,
}

/// What can be done in the assembly view.
#[derive(Clone, Copy, PartialEq)]
pub enum InAssembly {
    /// Goes to an instruction.
    Go(usize),
    /// Goes to the instruction that is so many places further among the costly ones.
    StepCostly(isize),
}

/// What can be done in the source view.
#[derive(Clone, Copy, PartialEq)]
pub enum InSource {
    /// Goes to a line.
    Line(u32),
    /// Goes to the line that is so many places further among the costly ones.
    StepCostly(isize),
}

/// What can be done with notes.
#[derive(Clone, PartialEq)]
pub enum InNotes {
    /// Lets the user write one on what is picked, or on the time that is selected.
    Write,
    /// Lists them.
    List,
    /// Lets the user change one.
    Edit(u64),
    /// Keeps what was written; an empty one is no more.
    Save(Draft),
    /// Deletes one.
    Delete(u64),
    /// Goes to what one is on.
    Jump(u64),
}

/// What can be done in the sandwich of a function.
#[derive(Clone, Copy, PartialEq)]
pub enum InSandwich {
    /// Picks a box without leaving the function.
    Pick(Half, usize),
    /// Picks a function that is called directly or that calls, without leaving the function.
    PickCall(FunctionId),
    /// Sets the part of the callers or callees on screen; `None` is all of them.
    View(Half, Option<AxisView>),
    /// Shows direct callers and callees as tables, or all of them as boxes.
    ToggleTables,
}

/// The commands of one frame, in the order in which they were given.
pub type Commands = Vec<Command>;

/// Applies a command: a line for each, the work is a method of the part of the state it changes.
/// Beside this only replies of the worker change a [`State`].
pub fn update(state: &mut State, command: Command, worker: &mut Worker, ctx: &egui::Context) {
    if let Some(command) = update_window(state, command, worker)
        && let Some(command) = picture::update(state, command, worker, ctx)
        && let Some(command) = state.update_comparison(command)
        && let Some(command) = navigate::update(state, command, ctx)
        && let Some(session) = state.session_mut()
    {
        session.update(command);
    }
}

/// Applies a command that concerns the window; gives back any other.
fn update_window(state: &mut State, command: Command, worker: &mut Worker) -> Option<Command> {
    match command {
        Command::Open(inputs) => state.open(inputs, worker),
        Command::SetSymbolDirs(dirs, roots) => {
            let with_servers = state.name_places.with_servers;
            state.name_places = NamePlaces { symbol_dirs: dirs, sysroots: roots, with_servers };
        }
        Command::AddSymbolDirDialog => worker.pick_folder(),
        Command::AddSymbolDir(dir) => state.add_symbol_dir(dir, worker),
        Command::SetDebuginfod(is_on) => state.set_debuginfod(is_on, worker),
        Command::UseDebuginfod => state.name_places.with_servers = true,
        Command::RemoveSymbolDir(dir) => state.settings.symbol_dirs.retain(|other| *other != dir),
        Command::AddSourceDirDialog => worker.pick_source_folder(),
        Command::AddSourceDir(dir) => state.add_source_dir(dir),
        Command::RemoveSourceDir(dir) => state.settings.source_dirs.retain(|other| *other != dir),
        Command::SetEditor(command) => state.set_editor(command),
        Command::SavePictureDialog(kind) => state.save_picture_dialog(kind, worker),
        Command::OpenInEditor => state.open_in_editor(worker),
        Command::OpenDemo => state.open(crate::demo::inputs(), worker),
        Command::RestoreSession => state.restore_last_session(worker),
        Command::ToggleRestoreSession => state.settings.at_start.toggle(),
        Command::OpenDialog => worker.pick_files(),
        // What is on screen of the other tab is to move.
        jump @ Command::Compare(Compare::JumpTo(_)) => return Some(jump),
        Command::Compare(compare) => state.compare(compare, worker),
        Command::Reload => state.reload(worker),
        Command::StopReload => state.stop_reload(),
        Command::Notes(change) => return state.change_notes(change, worker),
        Command::PutOffReload => state.put_off_reload(),
        Command::ToggleReloadChanged => state.toggle_reload_changed(worker),
        Command::ToggleDropFrames => state.toggle_drop_frames(worker),
        Command::SelectTab(index) => state.active = index.min(state.tabs.len().saturating_sub(1)),
        Command::StepTab(step) => state.step_tab(step),
        Command::CloseTab(index) => state.close_tab(index, worker),
        Command::CloseActiveTab => state.close_tab(state.active, worker),
        Command::Quit => state.wants_quit = true,
        Command::Dismiss(index) => state.dismiss(index),
        Command::Overlay(overlay) => state.overlay = overlay,
        Command::SetTheme(theme) => {
            state.theme = None;
            state.settings.theme = theme;
        }
        Command::SetThemeOnce(theme) => state.theme = Some(theme),
        Command::SetDirection(direction) => state.settings.direction = direction,
        Command::ToggleDirection => state.settings.direction.toggle(),
        Command::ToggleMotion => {
            state.settings.reduced_motion = !state.settings.reduced_motion;
        }
        Command::FocusSearch => state.wants_search_focus = true,
        Command::Escape => state.escape(),
        other => return Some(other),
    }
    None
}
