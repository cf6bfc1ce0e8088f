// Device memory read: {{ per }} vectors of 16 bytes a thread, of which every word reaches the one word stored.

struct Constants {
    row: u32,
    columns: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = (group.y + constants.row) * constants.columns + group.x;
    let at = place * {{ 256 * per }}u + thread;
{% for item in range(per) %}
    let v{{ item }} = source[at + {{ 256 * item }}u];
{% endfor %}
    // Odd weights: a change of any single word changes the result.
    var fold = vec4<u32>(0u, 0u, 0u, 0u);
{% for item in range(per) %}
    fold = fold * 31u + v{{ item }};
{% endfor %}
    output[place * 256u + thread] = fold.x + fold.y * 3u + fold.z * 5u + fold.w * 7u;
}
