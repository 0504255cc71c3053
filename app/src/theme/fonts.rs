//! The fonts: Inter for the interface, `JetBrains` Mono for code and numbers.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

/// The family of the interface font, one weight more.
pub(super) const MEDIUM: &str = "medium";

/// Sets the bundled fonts; the system's stand behind them for other scripts.
pub fn install_fonts(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [
        ("inter", &include_bytes!("../../../assets/fonts/Inter-Regular.ttf")[..]),
        ("inter-medium", include_bytes!("../../../assets/fonts/Inter-Medium.ttf")),
        ("mono", include_bytes!("../../../assets/fonts/JetBrainsMonoNL-Regular.ttf")),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    for (family, fonts_of_family) in [
        (FontFamily::Proportional, ["inter", "mono"]),
        (FontFamily::Monospace, ["mono", "inter"]),
        (FontFamily::Name(MEDIUM.into()), ["inter-medium", "mono"]),
    ] {
        let names = fonts_of_family.map(str::to_owned).to_vec();
        fonts.families.insert(family, names);
    }
    ctx.set_fonts(fonts);
}
