//! The fonts: Inter for the interface, `JetBrains` Mono for code and numbers.

use std::sync::Arc;

use egui::{Context, FontData, FontDefinitions, FontFamily};

/// The family of the interface font, one weight more.
pub(super) const MEDIUM: &str = "medium";

/// Sets the bundled fonts, which have Latin, Greek and Cyrillic letters.
pub fn install_fonts(ctx: &Context) {
    ctx.set_fonts(bundled());
}

/// Puts the fonts of the system behind the bundled ones, for other scripts: those of
/// [`SYSTEM_FONTS`] that are there. Reading them takes some milliseconds, so it is done when a
/// recording has such a name.
pub fn add_system_fonts(ctx: &Context) {
    let mut fonts = bundled();
    for &(path, index) in SYSTEM_FONTS {
        let Ok(bytes) = std::fs::read(path) else { continue };
        let data = FontData { index, ..FontData::from_owned(bytes) };
        fonts.font_data.insert(path.to_owned(), Arc::new(data));
        for names in fonts.families.values_mut() {
            names.push(path.to_owned());
        }
    }
    ctx.set_fonts(fonts);
}

/// Where systems have fonts of many scripts, and which of the fonts in a file.
const SYSTEM_FONTS: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 0),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 0),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
    ("/usr/share/fonts/TTF/DejaVuSans.ttf", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("/System/Library/Fonts/AppleSDGothicNeo.ttc", 0),
    ("/Library/Fonts/Arial Unicode.ttf", 0),
    ("C:\\Windows\\Fonts\\msyh.ttc", 0),
    ("C:\\Windows\\Fonts\\YuGothM.ttc", 0),
    ("C:\\Windows\\Fonts\\malgun.ttf", 0),
    ("C:\\Windows\\Fonts\\segoeui.ttf", 0),
];

fn bundled() -> FontDefinitions {
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
    fonts
}
