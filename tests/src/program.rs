//! The program itself.

use std::path::Path;
use std::process::Command;

/// Runs the program, which `./test` has built, without a screen.
///
/// # Panics
///
/// When it is not built.
pub fn rview() -> Command {
    let test = std::env::current_exe().unwrap_or_else(|err| panic!("{err}"));
    // Tests are in the folder `deps` beside the program.
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let rview = folder.join("rview");
    assert!(rview.exists(), "{} is not built; run ./test", rview.display());
    let mut command = Command::new(rview);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    // Without it, a layer of Mesa's Vulkan drivers prints lines of its own.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}
