//! Every color and size of the window, in light and dark.
//!
//! Surfaces are quiet and without hue; hue is for data. See [`color`] for how data gets it.

pub mod color;
mod fonts;

use std::sync::Arc;

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme, Vec2,
    Visuals,
};

pub use fonts::{add_system_fonts, install_fonts};

/// Height of a row of boxes, gap included.
pub const CHART_ROW: f32 = 18.0;
/// Height of a row of a table.
pub const TABLE_ROW: f32 = 22.0;
/// Height of the toolbar.
pub const TOOLBAR: f32 = 36.0;
/// Height of the tabs of a pane.
pub const TAB_BAR: f32 = 28.0;
/// Width of the names left of the timeline.
pub const GUTTER: f32 = 208.0;
/// A box narrower than this has no label.
pub const MIN_LABEL_WIDTH: f32 = 30.0;
/// Space between the edge of a box and its label.
pub const LABEL_PADDING: f32 = 4.0;

/// Captions and rulers.
pub const CAPTION: f32 = 11.0;
/// Body text and tables.
pub const BODY: f32 = 12.5;
/// Headings of panes.
pub const HEADING: f32 = 14.0;
/// Titles of empty states.
pub const TITLE: f32 = 20.0;

/// The surfaces and inks of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// Behind charts and tables.
    pub window: Color32,
    /// Behind bars and side panes.
    pub panel: Color32,
    /// Controls, menus, tooltips.
    pub raised: Color32,
    /// Lines between panes.
    pub hairline: Color32,
    /// Text.
    pub text: Color32,
    /// Text of less weight: units, captions.
    pub muted: Color32,
    /// Focus, selection, links; nothing else.
    pub accent: Color32,
    /// Losses and errors.
    pub warning: Color32,
}

const DARK: Palette = Palette {
    window: hex(0x10_13_18),
    panel: hex(0x16_1A_21),
    raised: hex(0x1D_22_2B),
    hairline: hex(0x27_2D_38),
    text: hex(0xDD_E3_EC),
    muted: hex(0x8B_94_A5),
    accent: hex(0x5B_9B_FF),
    warning: hex(0xF0_A3_5A),
};

const LIGHT: Palette = Palette {
    window: hex(0xFF_FF_FF),
    panel: hex(0xF7_F8_FA),
    raised: hex(0xFF_FF_FF),
    hairline: hex(0xE4_E7_EC),
    text: hex(0x1A_1E_26),
    muted: hex(0x66_70_80),
    accent: hex(0x1A_63_D8),
    warning: hex(0xA8_55_08),
};

/// A color as designers write it.
#[expect(
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "this is where colors are named; bytes are cut out of the number"
)]
const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

impl Palette {
    /// The palette of a theme.
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The palette in use.
    pub fn from(ui: &egui::Ui) -> &'static Self {
        Self::of(ui.theme())
    }

    /// Behind what is selected.
    pub fn selection(&self) -> Color32 {
        self.accent.gamma_multiply(0.22)
    }

    /// Behind what the pointer is on.
    pub fn hover(&self) -> Color32 {
        self.muted.gamma_multiply(0.12)
    }
}

/// The monospace font at a size.
pub fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// The interface font at a size.
pub fn sans(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// The interface font, one weight more, at a size.
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(Arc::from(fonts::MEDIUM)))
}

/// Makes both themes of a context ours.
pub fn install(ctx: &egui::Context) {
    install_fonts(ctx);
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

fn style(theme: Theme) -> Style {
    let mut style = Style { visuals: visuals(theme), ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, sans(CAPTION)),
        (TextStyle::Body, sans(BODY)),
        (TextStyle::Button, sans(BODY)),
        (TextStyle::Heading, medium(HEADING)),
        (TextStyle::Monospace, mono(BODY)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(8.0, 3.0);
    spacing.interact_size = Vec2::new(28.0, 24.0);
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(12);
    spacing.tooltip_width = 480.0;
    spacing.scroll.floating = true;
    spacing.scroll.bar_width = 8.0;
    spacing.scroll.floating_width = 4.0;
    // It would dim the boxes at the edge, and brightness is data.
    spacing.scroll.fade.strength = 0.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.3;
    style.animation_time = 0.1;
    style
}

fn visuals(theme: Theme) -> Visuals {
    let p = Palette::of(theme);
    let mut v = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    v.override_text_color = None;
    v.weak_text_color = Some(p.muted);
    v.hyperlink_color = p.accent;
    v.panel_fill = p.panel;
    v.window_fill = p.raised;
    v.extreme_bg_color = p.window;
    v.text_edit_bg_color = Some(p.window);
    v.faint_bg_color = p.panel;
    v.code_bg_color = p.panel;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.warning;
    v.window_stroke = Stroke::new(1.0, p.hairline);
    v.window_corner_radius = CornerRadius::same(6);
    v.menu_corner_radius = CornerRadius::same(4);
    v.selection.bg_fill = p.selection();
    v.selection.stroke = Stroke::new(1.0, p.accent);
    v.striped = false;
    let corner = CornerRadius::same(4);
    let w = &mut v.widgets;
    for (visuals, fill, border, ink) in [
        (&mut w.noninteractive, p.panel, p.hairline, p.text),
        (&mut w.inactive, p.raised, p.hairline, p.text),
        (&mut w.hovered, p.raised, p.muted, p.text),
        (&mut w.active, p.raised, p.accent, p.text),
        (&mut w.open, p.raised, p.muted, p.text),
    ] {
        visuals.bg_fill = fill;
        visuals.weak_bg_fill = fill;
        visuals.bg_stroke = Stroke::new(1.0, border);
        visuals.fg_stroke = Stroke::new(1.0, ink);
        visuals.corner_radius = corner;
        visuals.expansion = 0.0;
    }
    // Boxes to tick are seen on every surface.
    v.widgets.inactive.bg_fill = color::mix(p.raised, p.muted, 0.25);
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_on_every_surface() {
        for theme in [Theme::Dark, Theme::Light] {
            let p = Palette::of(theme);
            for surface in [p.window, p.panel, p.raised] {
                assert!(color::contrast(p.text, surface) >= 7.0, "text, {theme:?}");
                assert!(color::contrast(p.muted, surface) >= 4.5, "muted, {theme:?}");
                assert!(color::contrast(p.warning, surface) >= 4.5, "warning, {theme:?}");
            }
        }
    }
}
