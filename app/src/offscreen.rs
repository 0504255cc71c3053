//! The window without a screen: for `rview render` and for tests.

use egui_kittest::Harness;
use egui_kittest::wgpu::{WgpuTestRenderer, default_wgpu_setup};
use egui_wgpu::{RenderState, RendererOptions, WgpuConfiguration, WgpuSetup};

use crate::app::App;
use crate::command::Commands;
use crate::settings::Settings;

/// Makes a window of a size in points that nobody sees.
///
/// # Errors
///
/// When there is no graphics driver, not even one in software, with what to install.
pub fn harness(
    size: egui::Vec2,
    pixels_per_point: f32,
    settings: Settings,
    commands: Commands,
) -> Result<Harness<'static, App>, String> {
    let renderer = WgpuTestRenderer::from_render_state(render_state()?);
    Ok(Harness::builder()
        .with_size(size)
        .with_pixels_per_point(pixels_per_point)
        .with_accessibility_check(false)
        .allow_missing_glyphs()
        .renderer(renderer)
        .build_eframe(|cc| App::new(cc, settings, commands).offscreen()))
}

/// A driver, the native ones first: asking OpenGL's makes some of them print warnings.
fn render_state() -> Result<RenderState, String> {
    let is_chosen = std::env::var_os("WGPU_BACKEND").is_some();
    let choices: &[Option<wgpu::Backends>] = if is_chosen {
        &[None]
    } else {
        &[Some(wgpu::Backends::PRIMARY), Some(wgpu::Backends::GL)]
    };
    for backends in choices {
        let mut setup = default_wgpu_setup();
        if let (WgpuSetup::CreateNew(setup), Some(backends)) = (&mut setup, backends) {
            setup.instance_descriptor.backends = *backends;
        }
        let instance = pollster::block_on(setup.new_instance());
        let config = WgpuConfiguration { wgpu_setup: setup, ..WgpuConfiguration::default() };
        let state = RenderState::create(&config, &instance, None, RendererOptions::PREDICTABLE);
        if let Ok(state) = pollster::block_on(state) {
            return Ok(state);
        }
    }
    Err("no graphics driver to draw with; on Debian: \
         apt-get install mesa-vulkan-drivers libvulkan1"
        .to_owned())
}
