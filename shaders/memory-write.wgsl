// Device memory write: {{ per }} vectors of 16 bytes a thread, made of their place and a seed.
//
// The grid goes over the buffer as often as it has times `rows` rows, so that a dispatch is long beside
// what surrounds it.

struct Constants {
    // The first workgroup of this dispatch: a long one is cut.
    row: u32,
    column: u32,
    // Of one pass over the buffer.
    rows: u32,
    columns: u32,
    // Vectors from one of a thread's to its next, where they are spread over the buffer.
    apart: u32,
    seed: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<u32>>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let row = (group.y + constants.row) % constants.rows;
    let place = row * constants.columns + group.x + constants.column;
{% if strided %}
    let at = place * {{ threads }}u + thread;
    let apart = constants.apart;
{% else %}
    let at = place * {{ threads * per }}u + thread;
    let apart = {{ threads }}u;
{% endif %}
{% for item in range(per) %}
    let v{{ item }} = at + {{ item }}u * apart;
    output[v{{ item }}] = vec4<u32>(v{{ item }}, v{{ item }} + constants.seed, v{{ item }} ^ constants.seed, constants.seed - v{{ item }});
{% endfor %}
}
