// Peak rate of the four-way int8 dot product: {{ chains }} sums a thread in a ring, {{ unroll }} rounds a trip.
//
// Each sum takes the dot product of its neighbour's four bytes with a loaded weight: one operand of
// every product is new, so nothing folds, and between two dots there is nothing but their own add.

struct Constants {
    row: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
// 256 of each: the even weight, the odd weight, then the start of every sum.
@group(0) @binding(1) var<storage, read> operands: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let w0 = operands[thread];
    let w1 = operands[thread + 256u];
{% for chain in range(chains) %}
    var x{{ chain }} = bitcast<i32>(operands[thread + {{ 256 * (2 + chain) }}u]);
{% endfor %}

    var trip = 0u;
    while (trip < constants.trips) {
{% for step in range(unroll) %}
{% for chain in range(chains) %}
        x{{ chain }} = dot4I8Packed(bitcast<u32>(x{{ (chain + 1) % chains }}), w{{ chain % 2 }}) + x{{ chain }};
{% endfor %}
{% endfor %}
        trip += 1u;
    }

    // Every sum, in order, reaches the stored word.
    var fold = 0u;
{% for chain in range(chains) %}
    fold = (fold ^ (fold >> 15u)) * 31u + bitcast<u32>(x{{ chain }});
{% endfor %}
    let place = (group.y + constants.row) * constants.columns + group.x;
    output[place * 256u + thread] = fold;
}
