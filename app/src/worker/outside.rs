//! What the worker does with the rest of the system: dialogs, pictures, the user's editor.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{BUG, Reply, Worker};
use crate::command::PictureKind;
use crate::notes::{self, Change};
use crate::source;
use crate::state::TabId;

/// A dialog that closes faster than a person can was never shown.
const FASTER_THAN_A_PERSON: Duration = Duration::from_millis(200);

impl Worker {
    /// Starts the user's editor, and does not wait for its end.
    pub fn edit(&mut self, command: String, file: PathBuf, line: u32) {
        let run = move || {
            let wait = |mut child: std::process::Child| {
                let thread = std::thread::Builder::new().name("rview editor".to_owned());
                // So that nothing is left behind when it ends.
                let _: std::io::Result<_> = thread.spawn(move || child.wait());
            };
            Reply::Editor(source::edit(&command, &file, line).map(wait))
        };
        let run = self.reply(run, Reply::Nothing);
        self.questions.push(run);
    }

    /// Shows the system's dialog to choose files.
    pub fn pick_files(&mut self) {
        let run = || {
            let start = Instant::now();
            match rfd::FileDialog::new().set_title("Open profiles").pick_files() {
                Some(paths) => Reply::Chosen(paths),
                None if start.elapsed() < FASTER_THAN_A_PERSON => Reply::NoDialog,
                None => Reply::Nothing,
            }
        };
        self.show_dialog(run, Reply::NoDialog);
    }

    /// Shows the system's dialog to choose a folder of binaries or debug files.
    pub fn pick_folder(&mut self) {
        let run = || {
            let dialog = rfd::FileDialog::new().set_title("Folder of binaries or debug files");
            dialog.pick_folder().map_or(Reply::Nothing, Reply::ChosenFolder)
        };
        self.show_dialog(run, Reply::Nothing);
    }

    /// Shows the system's dialog to choose where a picture goes; where there is none, it goes to
    /// the folder of pictures.
    pub fn pick_picture(&mut self, kind: PictureKind, name: String) {
        let run = move || {
            let start = Instant::now();
            let title = "Save the picture";
            match rfd::FileDialog::new().set_title(title).set_file_name(&name).save_file() {
                Some(path) => Reply::ChosenPicture(kind, path),
                None if start.elapsed() < FASTER_THAN_A_PERSON => {
                    let folder = dirs::picture_dir().or_else(dirs::home_dir).unwrap_or_default();
                    Reply::ChosenPicture(kind, unused(&folder, &name))
                }
                None => Reply::Nothing,
            }
        };
        self.show_dialog(run, Reply::Nothing);
    }

    /// Sends the window as it is painted next, to be cut out and written.
    pub fn take_picture(&self, part: egui::Rect, path: PathBuf) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.ctx.request_screenshot(move |image| {
            if sender.try_send(Reply::Painted(image, part, path)).is_ok() {
                ctx.request_repaint();
            }
        });
    }

    /// Writes a picture.
    pub fn save(
        &mut self,
        path: PathBuf,
        picture: impl FnOnce() -> Result<Vec<u8>, String> + Send + 'static,
    ) {
        let run = move || {
            let written = picture().and_then(|bytes| {
                std::fs::write(&path, bytes).map_err(|err| format!("{}: {err}", path.display()))
            });
            Reply::Saved(written.map(|()| path))
        };
        let run = self.reply(run, Reply::Saved(Err(BUG.to_owned())));
        self.questions.push(run);
    }

    /// Reads the notes on a file.
    pub fn read_notes(&mut self, tab: TabId, file: PathBuf) {
        let run = move || Reply::Notes(tab, notes::read(&file));
        let run = self.reply(run, Reply::Bug(tab));
        self.questions.push(run);
    }

    /// Changes the notes on a file.
    pub fn change_notes(&mut self, tab: TabId, file: PathBuf, change: Change) {
        let run = move || Reply::Notes(tab, notes::change(&file, change));
        let run = self.reply(run, Reply::Bug(tab));
        self.questions.push(run);
    }

    /// Shows the system's dialog to choose a folder of source files.
    pub fn pick_source_folder(&mut self) {
        let run = || {
            let dialog = rfd::FileDialog::new().set_title("Folder of source files");
            dialog.pick_folder().map_or(Reply::Nothing, Reply::ChosenSourceFolder)
        };
        self.show_dialog(run, Reply::Nothing);
    }

    /// Shows a dialog in a thread of its own: it stays open as long as the user likes.
    fn show_dialog(&mut self, dialog: impl FnOnce() -> Reply + Send + 'static, otherwise: Reply) {
        if !self.shows_dialogs {
            let run = self.reply(|| otherwise, Reply::Nothing);
            return self.questions.push(run);
        }
        let run = self.reply(dialog, otherwise);
        if std::thread::Builder::new().name("rview dialog".to_owned()).spawn(run).is_err() {
            self.n_running -= 1;
        }
    }
}

/// A name in a folder that no file has: with a number where need be.
fn unused(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..1000).map(|n| folder.join(format!("{stem}-{n}.{extension}")));
    let first = std::iter::once(folder.join(name));
    first.chain(numbered).find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}
