// Device memory to device memory: {{ per }} vectors of 16 bytes a thread, {{ threads }} threads a workgroup.
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
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<u32>>;

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
    let v{{ item }} = source[at + {{ item }}u * apart];
{% endfor %}
{% for item in range(per) %}
    output[at + {{ item }}u * apart] = v{{ item }};
{% endfor %}
}
