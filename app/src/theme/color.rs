//! Colors of data: hue by module or category at constant lightness and chroma, in OKLCH, so
//! that no function shouts.
//!
//! OKLCH is Björn Ottosson's `OKLab` (2020) in polar form.

use egui::{Color32, Theme};
use rview_core::Function;

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
    let lightness = base_lightness + step * 0.024;
    if name == Function::UNKNOWN || name == Function::TRUNCATED {
        return oklch(base_lightness, 0.0, 0.0);
    }
    if module.starts_with("[kernel") || is_kernel_module(module) {
        return oklch(lightness, 0.03, 25.0);
    }
    let key = match mode {
        ColorMode::Module if !module.is_empty() => hash(module),
        ColorMode::Module | ColorMode::Function => hash(name),
    };
    let (hue, lighter) = HUES[key as usize % HUES.len()];
    oklch(lightness + lighter, chroma, hue)
}

/// The color that a trace asks for by one of the names that Chrome's viewer keeps for this, as
/// near to its meaning as our colors come; `None` for a name that is not known.
pub fn asked_color(name: &str, theme: Theme) -> Option<Color32> {
    const GRAY: Option<f64> = None;
    let hue = match name {
        "good"
        | "thread_state_running"
        | "cq_build_passed"
        | "cq_build_attempt_passed"
        | "rail_load" => Some(145.0),
        "bad" | "yellow" | "olive" | "startup" | "cq_build_running" | "cq_build_attempt_runnig" => {
            Some(95.0)
        }
        "thread_state_iowait" | "rail_idle" | "heap_dump_child_node_arrow" => Some(60.0),
        "terrible" | "cq_build_failed" | "cq_build_attempt_failed" | "rail_animation" => Some(25.0),
        "thread_state_runnable"
        | "rail_response"
        | "vsync_highlight_color"
        | "heap_dump_object_type"
        | "light_memory_dump" => Some(250.0),
        "thread_state_uninterruptible" | "detailed_memory_dump" => Some(330.0),
        "background_memory_dump" => Some(200.0),
        "black"
        | "grey"
        | "white"
        | "generic_work"
        | "thread_state_sleeping"
        | "thread_state_unknown"
        | "cq_build_abandoned"
        | "heap_dump_stack_frame" => GRAY,
        _ => return None,
    };
    let lightness = match (theme, name) {
        (_, "black") => 0.4,
        (Theme::Dark, "white" | "thread_state_sleeping") => 0.8,
        (Theme::Light, "white" | "thread_state_sleeping") => 0.9,
        (Theme::Dark, _) => 0.66,
        (Theme::Light, _) => 0.78,
    };
    Some(match hue {
        Some(hue) => oklch(lightness, 0.105, hue),
        None => oklch(lightness, 0.0, 0.0),
    })
}

/// Whether a module is called like a file of Linux's modules, perhaps compressed.
fn is_kernel_module(module: &str) -> bool {
    module.split('.').skip(1).any(|ending| ending == "ko")
}

/// Hues in degrees, each with how much lighter than the others it is: those who see two colors
/// only tell hues of one lightness apart along blue and yellow alone, which has room for few.
const HUES: [(f64, f64); 9] = [
    (250.0, -0.03),
    (80.0, 0.03),
    (200.0, 0.03),
    (300.0, 0.03),
    (160.0, -0.03),
    (10.0, 0.0),
    (145.0, 0.03),
    (75.0, -0.03),
    (205.0, -0.03),
];

/// The color of what is of no function.
pub fn neutral(theme: Theme) -> Color32 {
    signed(0, theme)
}

/// The color of what is less, or more, than it was: blue and orange, which all eyes tell apart.
pub fn signed(weight: i64, theme: Theme) -> Color32 {
    let lightness = match theme {
        Theme::Dark => 0.66,
        Theme::Light => 0.78,
    };
    match weight.signum() {
        -1 => oklch(lightness, 0.105, 250.0),
        1 => oklch(lightness, 0.105, 60.0),
        _ => oklch(lightness, 0.0, 0.0),
    }
}

/// The color of a change: blue for what is less, orange for what is more, through a neutral that
/// stands back. `change` is from −1, gone, to 1, new: the change as a part of the larger side.
///
/// Lightness rises with the size of the change as well as chroma does, so that how much is told
/// also without any hue, in print as well; which way is told by a sign too.
pub fn change(change: f64, theme: Theme) -> Color32 {
    let size = change.abs().min(1.0).sqrt();
    let (neutral, full) = match theme {
        Theme::Dark => (0.40, 0.72),
        Theme::Light => (0.90, 0.70),
    };
    let lightness = neutral + (full - neutral) * size;
    let hue = if change < 0.0 { 250.0 } else { 60.0 };
    oklch(lightness, 0.125 * size, hue)
}

/// How much there is, from nothing, which is the window itself, to 1: one hue, farther from the
/// window the more.
pub fn heat(share: f32, window: Color32, theme: Theme) -> Color32 {
    let share = share.clamp(0.0, 1.0);
    // The least is told from nothing.
    let [from, to] = match theme {
        Theme::Dark => [oklch(0.34, 0.06, 45.0), oklch(0.90, 0.12, 85.0)],
        Theme::Light => [oklch(0.93, 0.05, 85.0), oklch(0.45, 0.14, 35.0)],
    };
    if share > 0.0 { mix(from, to, share) } else { window }
}

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

    /// What people without red cones see, and those without green ones, in linear sRGB:
    /// Machado, Oliveira and Fernandes (2009), for full severity.
    const PROTANOPIA: [[f32; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];
    const DEUTERANOPIA: [[f32; 3]; 3] = [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ];
    const ALL_CONES: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// A color as such eyes see it, in `OKLab`.
    fn seen(color: Color32, eyes: &[[f32; 3]; 3]) -> [f32; 3] {
        let linear = |byte: u8| {
            let v = f32::from(byte) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        let rgb = [color.r(), color.g(), color.b()].map(linear);
        let times = |m: &[[f32; 3]; 3], v: [f32; 3]| {
            m.map(|row| row.iter().zip(v).map(|(factor, v)| factor * v).sum::<f32>())
        };
        let cones = times(
            &[
                [0.412_221_5, 0.536_332_5, 0.051_446],
                [0.211_903_5, 0.680_699_5, 0.107_397],
                [0.088_302_5, 0.281_718_8, 0.629_978_7],
            ],
            times(eyes, rgb).map(|v| v.clamp(0.0, 1.0)),
        );
        times(
            &[
                [0.210_454_3, 0.793_617_8, -0.004_072],
                [1.977_998_5, -2.428_592_2, 0.450_593_7],
                [0.025_904, 0.782_771_8, -0.808_675_8],
            ],
            cones.map(f32::cbrt),
        )
    }

    /// What is just told apart is 0.02 apart in `OKLab`.
    #[test]
    fn hues_are_told_apart_without_red_or_green_cones() {
        for base_lightness in [0.66, 0.78] {
            for (eyes, least) in [(PROTANOPIA, 0.028), (DEUTERANOPIA, 0.028), (ALL_CONES, 0.055)] {
                let colors = HUES
                    .map(|(hue, lighter)| seen(oklch(base_lightness + lighter, 0.085, hue), &eyes));
                for (i, a) in colors.iter().enumerate() {
                    for (b, (hue, _)) in colors[..i].iter().zip(HUES) {
                        let apart: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                        assert!(apart.sqrt() >= least, "{:?} and {hue}: {}", HUES[i], apart.sqrt());
                    }
                }
            }
        }
    }

    #[test]
    fn less_and_more_are_told_apart_by_all_eyes() {
        for theme in [Theme::Dark, Theme::Light] {
            for eyes in [PROTANOPIA, DEUTERANOPIA, ALL_CONES] {
                for size in [0.05, 0.2, 0.5, 1.0] {
                    let [less, more] = [-size, size].map(|it| seen(change(it, theme), &eyes));
                    let apart: f32 = less.iter().zip(more).map(|(a, b)| (a - b).powi(2)).sum();
                    assert!(apart.sqrt() >= 0.028, "{size} {theme:?}: {}", apart.sqrt());
                }
            }
            for at in -20..=20 {
                let fill = change(f64::from(at) / 20.0, theme);
                let best = contrast(Color32::BLACK, fill).max(contrast(Color32::WHITE, fill));
                assert!(best >= 4.5, "{at} {theme:?}: {best}");
            }
        }
    }

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
    fn the_names_of_asked_colors_are_those_of_chrome() {
        for theme in [Theme::Dark, Theme::Light] {
            let [good, terrible] = ["good", "terrible"].map(|name| asked_color(name, theme));
            assert!(good.is_some() && terrible.is_some() && good != terrible);
            assert_eq!(asked_color("no such color", theme), None);
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
