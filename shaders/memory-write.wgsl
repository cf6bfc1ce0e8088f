// Device memory write: {{ per }} vectors of 16 bytes a thread, made of their place and a seed.

struct Constants {
    row: u32,
    columns: u32,
    seed: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = (group.y + constants.row) * constants.columns + group.x;
    let at = place * {{ 256 * per }}u + thread;
{% for item in range(per) %}
    let v{{ item }} = at + {{ 256 * item }}u;
    output[v{{ item }}] = vec4<u32>(v{{ item }}, v{{ item }} + constants.seed, v{{ item }} ^ constants.seed, constants.seed - v{{ item }});
{% endfor %}
}
