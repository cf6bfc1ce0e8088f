// Peak rate of {{ scalar }}: every thread runs {{ chains }} chains of {{ vector }} lanes, {{ unroll }} steps of each a trip.
//
// A step is one multiply-add whose operand is the step before, so none can be left out or folded.
// Operands come from a buffer, lane by lane, so the compiler knows none of them. Floats are exact
// whether fused or not: y = 1 and z = ±1, so a chain counts its steps.
{% set lanes = scalar if vector == 1 else "vec" ~ vector ~ "<" ~ scalar ~ ">" %}
{% set dots = [""] if vector == 1 else [".x", ".y", ".z", ".w"][:vector] %}
{% set addend = "y" if registers == 2 else "z" %}
{% if scalar == "f16" %}
enable f16;
{% endif %}

struct Constants {
    row: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
// 256 of each: y, z, then the start of every chain.
@group(0) @binding(1) var<storage, read> operands: array<{{ lanes }}>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let y = operands[thread];
{% if registers == 3 %}
    let z = operands[thread + 256u];
{% endif %}
{% for chain in range(chains) %}
    var x{{ chain }} = operands[thread + {{ 256 * (2 + chain) }}u];
{% endfor %}

    var trip = 0u;
    while (trip < constants.trips) {
{% for step in range(unroll) %}
{% for chain in range(chains) %}
{% if scalar == "i32" %}
        x{{ chain }} = x{{ chain }} * y + {{ addend }};
{% else %}
        x{{ chain }} = fma(x{{ chain }}, y, {{ addend }});
{% endif %}
{% endfor %}
{% endfor %}
        trip += 1u;
    }

    // Every lane of every chain, in order, reaches the stored word.
    var fold = 0u;
{% for chain in range(chains) %}
{% for dot in dots %}
    fold = (fold ^ (fold >> 15u)) * 31u + bitcast<u32>({{ "i32" if scalar == "i32" else "f32" }}(x{{ chain }}{{ dot }}));
{% endfor %}
{% endfor %}
    let place = (group.y + constants.row) * constants.columns + group.x;
    output[place * 256u + thread] = fold;
}
