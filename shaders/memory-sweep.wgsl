// Read bandwidth over a working set: every workgroup reads all of it, one block of {{ threads * per }} vectors of 16
// bytes a trip, and stores the sum of every word its threads read.
//
// Each goes its own way, run by run of a few blocks that follow each other, drawn by a generator of its own: a cache
// that holds a part of the set serves that part of the reads and no more. Workgroups that all go round in order fall
// in behind each other, and read from a cache what the first of them brought there (on an H100, three times the
// bandwidth of its memory from a set five times its cache).

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    // Of the set: whole runs, and the blocks of each.
    runs: u32,
    blocks: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = (group.y + constants.row) * constants.columns + group.x;
    var state = place * 2654435769u;
    var block = 0u;
    var left = 0u;
    var sum = vec4<u32>(0u, 0u, 0u, 0u);
    var trip = 0u;
    while (trip < constants.trips) {
        if (left == 0u) {
            state = state * 1664525u + 1013904223u;
            block = (((state >> 16u) * constants.runs) >> 16u) * constants.blocks;
            left = constants.blocks;
        }
        let at = block * {{ threads * per }}u + thread;
{% for item in range(per) %}
        let v{{ item }} = source[at + {{ threads * item }}u];
{% endfor %}
        // Sums: additions run at the full rate everywhere.
{% for item in range(per) %}
        sum += v{{ item }};
{% endfor %}
        block += 1u;
        left -= 1u;
        trip += 1u;
    }
    output[place * {{ threads }}u + thread] = sum.x + sum.y * 3u + sum.z * 5u + sum.w * 7u;
}
