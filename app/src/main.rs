//! rview: arguments in, window or report out.

fn main() {}
