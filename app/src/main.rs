//! rview: arguments in, window or report out.
#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    rview::cli::run()
}
