// Rectangles in physical pixels of the chart, snapped so that edges are crisp and a box is at
// least a pixel wide. No storage buffers: GL has none in vertex shaders.

struct Uniforms {
    size_px: vec2f,
    is_srgb: u32,
    padding: u32,
};
@group(0) @binding(0) var<uniform> uniforms: Uniforms;

struct Corner {
    @builtin(position) position: vec4f,
    @location(0) @interpolate(flat) color: vec4f,
};

@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    @location(0) x: vec2f,
    @location(1) y: vec2f,
    @location(2) color: vec4f,
) -> Corner {
    let left = floor(x.x + 0.5);
    // A wide box gives up its last pixel, so that neighbours stay apart.
    let width = floor(x.y + 0.5) - left;
    let right = left + max(select(width, width - 1.0, width > 2.0), 1.0);
    let px = select(left, right, (index & 1u) == 1u);
    let py = select(floor(y.x + 0.5), floor(y.y + 0.5), (index >> 1u) == 1u);
    var corner: Corner;
    corner.position = vec4f(
        px / uniforms.size_px.x * 2.0 - 1.0,
        1.0 - py / uniforms.size_px.y * 2.0,
        0.0,
        1.0,
    );
    corner.color = color;
    return corner;
}

@fragment
fn fragment(corner: Corner) -> @location(0) vec4f {
    if (uniforms.is_srgb == 1u) {
        return vec4f(pow(corner.color.rgb, vec3f(2.2)), corner.color.a);
    }
    return corner.color;
}
