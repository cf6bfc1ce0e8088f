// Read bandwidth over a working set: every workgroup reads all of it, one block of {{ threads * per }} vectors of 16
// bytes a trip, round and round, and stores the sum of every word its threads read.
//
// The workgroups start spread evenly over the set: between two reads of one block lies the whole set, so
// that a set larger than a cache misses it, and one that fits a core's own cache hits there.

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    // Of the set.
    blocks: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = (group.y + constants.row) * constants.columns + group.x;
    // Steps of the golden ratio: the starts of any workgroups that follow each other lie evenly.
    let share = (place * 2654435769u) >> 18u;
    var block = (share * constants.blocks) >> 14u;
    var sum = vec4<u32>(0u, 0u, 0u, 0u);
    var trip = 0u;
    while (trip < constants.trips) {
        let at = block * {{ threads * per }}u + thread;
{% for item in range(per) %}
        let v{{ item }} = source[at + {{ threads * item }}u];
{% endfor %}
        // Sums: additions run at the full rate everywhere.
{% for item in range(per) %}
        sum += v{{ item }};
{% endfor %}
        block += 1u;
        block = select(block, 0u, block == constants.blocks);
        trip += 1u;
    }
    output[place * {{ threads }}u + thread] = sum.x + sum.y * 3u + sum.z * 5u + sum.w * 7u;
}
