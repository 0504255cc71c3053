//! Colors of data: hue by module or category at constant lightness and chroma, in OKLCH, so
//! that no function shouts.
//!
//! OKLCH is Björn Ottosson's `OKLab` (2020) in polar form.

use egui::{Color32, Theme};

/// What decides the hue of a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMode {
    /// Its module or category.
    #[default]
    Module,
    /// Itself.
    Function,
}

/// The color of a function: hue by module, a small step of lightness by name. Stable between
/// runs and files.
pub fn function_color(name: &str, module: &str, mode: ColorMode, theme: Theme) -> Color32 {
    let (base_lightness, chroma) = match theme {
        Theme::Dark => (0.66, 0.085),
        Theme::Light => (0.78, 0.085),
    };
    let step = f64::from(hash(name) % 8) / 7.0 - 0.5;
    let lightness = base_lightness + step * 0.07;
    if name == "[unknown]" || name == "[truncated]" {
        return oklch(base_lightness, 0.0, 0.0);
    }
    if module.starts_with("[kernel") || is_kernel_module(module) {
        return oklch(lightness, 0.03, 25.0);
    }
    let key = match mode {
        ColorMode::Module if !module.is_empty() => hash(module),
        ColorMode::Module | ColorMode::Function => hash(name),
    };
    oklch(lightness, chroma, HUES[key as usize % HUES.len()])
}

/// Whether a module is called like a file of Linux's modules, perhaps compressed.
fn is_kernel_module(module: &str) -> bool {
    module.split('.').skip(1).any(|ending| ending == "ko")
}

/// Hues in degrees, spaced so that neighbours stay apart for people who see two colors only:
/// reds and greens of equal lightness are not both in it.
const HUES: [f64; 11] = [255.0, 75.0, 195.0, 310.0, 50.0, 225.0, 100.0, 285.0, 175.0, 340.0, 240.0];

/// Black or white, whichever is easier to read on a box.
pub fn ink_on(fill: Color32) -> Color32 {
    let dark = Color32::from_black_alpha(235);
    if contrast(Color32::BLACK, fill) >= contrast(Color32::WHITE, fill) {
        dark
    } else {
        Color32::WHITE
    }
}

/// A color a little nearer to the ink of its theme: the other boxes of a hovered function.
pub fn lifted(fill: Color32, theme: Theme) -> Color32 {
    match theme {
        Theme::Dark => mix(fill, Color32::WHITE, 0.22),
        Theme::Light => mix(fill, Color32::BLACK, 0.14),
    }
}

/// A color between two, in sRGB: 0 is the first.
pub fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    a.lerp_to_gamma(b, share)
}

/// The color of a run of boxes too thin to see, of which `coverage` (0 to 1) is covered.
///
/// A row that is covered for a tenth must still be read as a row of its color, so the fill rises
/// from a third with the root of the coverage: steps between sparse runs are told apart best.
pub fn at_coverage(window: Color32, fill: Color32, coverage: f32) -> Color32 {
    mix(window, fill, 0.35 + 0.65 * coverage.clamp(0.0, 1.0).sqrt())
}

/// Contrast ratio of two opaque colors, 1 to 21 (WCAG 2.1).
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f32 {
    let linear = |byte: u8| {
        let v = f32::from(byte) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// OKLCH to sRGB, clipped; hue in degrees.
#[expect(
    clippy::many_single_char_names,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "the names of the color spaces; the value is clamped; this is where colors are made"
)]
fn oklch(lightness: f64, chroma: f64, hue: f64) -> Color32 {
    let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let encode = |linear: f64| {
        let v = if linear <= 0.003_130_8 {
            12.92 * linear
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        (v.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    Color32::from_rgb(
        encode(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        encode(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        encode(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s),
    )
}

/// FNV-1a: a hash that stays the same between runs, machines and versions.
fn hash(text: &str) -> u32 {
    let hash = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The low bits of FNV follow the last letter closely.
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_readable_on_every_box() {
        for theme in [Theme::Dark, Theme::Light] {
            for i in 0..200 {
                let (name, module) = (format!("f{i}"), format!("m{i}"));
                let fill = function_color(&name, &module, ColorMode::Module, theme);
                let best = contrast(Color32::BLACK, fill).max(contrast(Color32::WHITE, fill));
                assert!(best >= 4.5, "{name} {theme:?}: {best}");
            }
        }
    }

    #[test]
    fn functions_of_a_module_share_their_hue() {
        let a = function_color("a", "libc", ColorMode::Module, Theme::Dark);
        let b = function_color("a", "libc", ColorMode::Module, Theme::Dark);
        assert_eq!(a, b);
        let gray = function_color("[unknown]", "libc", ColorMode::Module, Theme::Dark);
        assert_eq!((gray.r(), gray.g()), (gray.g(), gray.b()));
    }
}
