// STREAM's triad, out = b + scalar · c: {{ per }} vectors of four f32 a thread.

struct Constants {
    row: u32,
    columns: u32,
    scalar: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = (group.y + constants.row) * constants.columns + group.x;
    let at = place * {{ 256 * per }}u + thread;
    let scalar = vec4<f32>(f32(constants.scalar));
{% for item in range(per) %}
    let v{{ item }} = fma(c[at + {{ 256 * item }}u], scalar, b[at + {{ 256 * item }}u]);
{% endfor %}
{% for item in range(per) %}
    output[at + {{ 256 * item }}u] = v{{ item }};
{% endfor %}
}
