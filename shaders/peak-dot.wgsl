// Peak rate of the four-way int8 dot product: {{ chains }} sums a thread in a ring, {{ unroll }} rounds a trip.
//
// A step is one dot product and its add. Form 1 adds the next sum times a weight, form 2 adds the sum's own
// product with a weight to the next sum, form 3 adds the product of the next two sums. Form 4 is form
// 2 in the first round of a trip; in the others the addend is loaded. One factor of every product is
// new, so nothing folds, and between two dots there is nothing but their own add.
{% set ring = range(chains) | list %}

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
// One a thread of each: two weights, the loaded addend, then the start of every sum.
@group(0) @binding(1) var<storage, read> operands: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
{% if form != 3 %}
    let w0 = operands[thread];
{% if weights == 2 %}
    let w1 = operands[thread + {{ threads }}u];
{% endif %}
{% endif %}
{% if form == 4 %}
    let z = bitcast<i32>(operands[thread + {{ threads * 2 }}u]);
{% endif %}
{% for chain in range(chains) %}
    var x{{ chain }} = bitcast<i32>(operands[thread + {{ threads * (3 + chain) }}u]);
{% endfor %}

    var trip = 0u;
    while (trip < constants.trips) {
{% for round in range(unroll) %}
{% set first = loop.first %}
{% for chain in range(chains) %}
{% set sum = "x" ~ chain %}
{% set second = ring[chain:][1] | default(0) %}
{% set next = "x" ~ second %}
{% set third = "bitcast<u32>(x" ~ (ring[second:][1] | default(0)) ~ ")" %}
{% set weight = "w0" if weights == 1 or chain is even else "w1" %}
{% set factor = next if form == 1 or form == 3 else sum %}
{% set other = third if form == 3 else weight %}
{% set addend = sum if form == 1 or form == 3 else next if form == 2 or first else "z" %}
        {{ sum }} = dot4I8Packed(bitcast<u32>({{ factor }}), {{ other }}) + {{ addend }};
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
    output[place * {{ threads }}u + thread] = fold;
}
