//! The one pipeline that draws boxes: instanced rectangles inside egui paint callbacks.
//!
//! A chart hands over its visible boxes in physical pixels relative to its own corner, so the
//! GPU never sees a time, and `f32` is exact enough.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use egui::{Color32, Rect};
use egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor};
use rustc_hash::FxHashMap;

/// One rectangle: 20 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct BoxInstance {
    /// Left and right edge in physical pixels from the left of the chart.
    pub x: [f32; 2],
    /// Upper and lower edge in physical pixels from the top of the chart.
    pub y: [f32; 2],
    /// Red, green, blue, alpha; gamma-encoded and premultiplied.
    pub color: [u8; 4],
}

impl BoxInstance {
    /// A rectangle in physical pixels.
    pub fn new(x: [f32; 2], y: [f32; 2], color: Color32) -> Self {
        Self { x, y, color: color.to_array() }
    }
}

/// The pipeline, one for a window.
struct Pipeline {
    render: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    is_srgb: bool,
}

/// The buffers of each chart: all charts are prepared before the first is painted, so that one
/// buffer for all would show the last chart everywhere.
#[derive(Default)]
struct Slots {
    by_chart: FxHashMap<egui::Id, Slot>,
    /// The frame in which those that were not painted for long were last given back.
    swept: u64,
}

/// Frames after which the buffers of a chart that is not painted are given back.
const FORGET_AFTER: u64 = 600;

struct Slot {
    instances: wgpu::Buffer,
    n_instances: u32,
    uniforms: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
    /// The last frame it was painted in.
    frame: u64,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Uniforms {
    size_px: [f32; 2],
    is_srgb: u32,
    padding: u32,
}

/// Makes the pipeline. Once, before the first chart is painted.
pub fn install(render_state: &RenderState) {
    let device = &render_state.device;
    let shader = device.create_shader_module(wgpu::include_wgsl!("gpu/boxes.wgsl"));
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("boxes"),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        }],
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("boxes"),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let render = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("boxes"),
        layout: Some(&pipeline_layout),
        vertex: wgpu::VertexState {
            module: &shader,
            entry_point: Some("vertex"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<BoxInstance>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4],
            })],
        },
        fragment: Some(wgpu::FragmentState {
            module: &shader,
            entry_point: Some("fragment"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format: render_state.target_format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        multiview_mask: None,
        cache: None,
    });
    let is_srgb = render_state.target_format.is_srgb();
    let resources = &mut render_state.renderer.write().callback_resources;
    resources.insert(Pipeline { render, layout, is_srgb });
    resources.insert(Slots::default());
}

/// Paints boxes into `rect`, clipped to the painter's clip rectangle.
pub fn paint(painter: &egui::Painter, id: egui::Id, rect: Rect, boxes: Vec<BoxInstance>) {
    let size = rect.size() * painter.pixels_per_point();
    let instances = Arc::from(boxes);
    let frame = painter.ctx().cumulative_frame_nr();
    let boxes = Boxes { id, frame, instances, size_px: size.into() };
    painter.add(Callback::new_paint_callback(rect, boxes));
}

struct Boxes {
    id: egui::Id,
    frame: u64,
    instances: Arc<[BoxInstance]>,
    size_px: [f32; 2],
}

impl Slots {
    /// Gives back the buffers of charts that were not painted for long.
    fn sweep(&mut self, frame: u64) {
        if frame >= self.swept + FORGET_AFTER {
            self.swept = frame;
            self.by_chart.retain(|_, slot| slot.frame + FORGET_AFTER > frame);
        }
    }
}

impl Slot {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("box uniforms"),
            size: size_of::<Uniforms>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("boxes"),
            layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() }],
        });
        let instances = instance_buffer(device, 1 << 14);
        Self { instances, n_instances: 0, uniforms, bind_group, frame: 0 }
    }
}

fn instance_buffer(device: &wgpu::Device, size: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("box instances"),
        size,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

impl CallbackTrait for Boxes {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(pipeline) = resources.get::<Pipeline>() else { return Vec::new() };
        let (layout, is_srgb) = (pipeline.layout.clone(), u32::from(pipeline.is_srgb));
        let Some(slots) = resources.get_mut::<Slots>() else { return Vec::new() };
        slots.sweep(self.frame);
        let slot = slots.by_chart.entry(self.id).or_insert_with(|| Slot::new(device, &layout));
        slot.frame = self.frame;

        let bytes: &[u8] = bytemuck::cast_slice(&self.instances);
        if bytes.len() as u64 > slot.instances.size() {
            slot.instances = instance_buffer(device, (bytes.len() as u64).next_power_of_two());
        }
        if !bytes.is_empty() {
            queue.write_buffer(&slot.instances, 0, bytes);
        }
        slot.n_instances = u32::try_from(self.instances.len()).unwrap_or(u32::MAX);
        let uniforms = Uniforms { size_px: self.size_px, is_srgb, padding: 0 };
        queue.write_buffer(&slot.uniforms, 0, bytemuck::bytes_of(&uniforms));
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let (Some(pipeline), Some(slots)) = (resources.get::<Pipeline>(), resources.get::<Slots>())
        else {
            return;
        };
        let Some(slot) = slots.by_chart.get(&self.id) else { return };
        pass.set_pipeline(&pipeline.render);
        pass.set_bind_group(0, &slot.bind_group, &[]);
        pass.set_vertex_buffer(0, slot.instances.slice(..));
        pass.draw(0..4, 0..slot.n_instances);
    }
}
