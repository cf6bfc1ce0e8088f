// Workgroup memory read: {{ per }} vectors of 16 bytes a thread and trip, next to its neighbours', so that no two
// threads meet in a bank.
//
// Every trip reads elsewhere: nothing loaded can be kept for the next. A trip's reads lie in the
// {{ vectors // 2 }} vectors from its place on, so each is one instruction with a constant offset.
{% set half = vectors // 2 %}
{% set gap = half // per %}
{% set fills = vectors // threads %}

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> operands: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

var<workgroup> scratch: array<vec4<u32>, {{ vectors }}>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
{% for fill in range(fills) %}
    scratch[thread + {{ threads * fill }}u] = operands[thread + {{ threads * fill }}u];
{% endfor %}
    workgroupBarrier();

    var at = thread % {{ half }}u;
    var sum = vec4<u32>(0u, 0u, 0u, 0u);
    var trip = 0u;
    while (trip < constants.trips) {
{% for item in range(per) %}
        let v{{ item }} = scratch[at + {{ gap * item }}u];
{% endfor %}
{% for item in range(per) %}
        sum += v{{ item }};
{% endfor %}
        at = (at + 17u) % {{ half }}u;
        trip += 1u;
    }
    let place = (group.y + constants.row) * constants.columns + group.x;
    output[place * {{ threads }}u + thread] = sum.x + sum.y * 3u + sum.z * 5u + sum.w * 7u;
}
