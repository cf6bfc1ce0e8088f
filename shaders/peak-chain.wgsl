// Peak rate of {{ scalar }}: every thread runs {{ chains }} chains of {{ vector }} lanes, {{ unroll }} steps of each a trip.
//
// A step is one multiply-add with an operand that was made by the steps before, so none can be left
// out or folded. Form 1 is x·y + y, form 2 is x·y + z, form 3 takes z and w in turn. In form 4 chains go in
// pairs, a and b: a becomes b·y + a, then b becomes a·w + b, in the last step of a trip a·y + b.
// y, z and w come from a buffer, lane by lane, so the compiler knows nothing of them. Floats are exact,
// fused or not, and count: y is 1, z ±1 and w −z; in form 4 y is ±1 and w −y.
{% set lanes = scalar if vector == 1 else "vec" ~ vector ~ "<" ~ scalar ~ ">" %}
{% set dots = [""] if vector == 1 else [".x", ".y", ".z", ".w"][:vector] %}
{% set pairs = range(chains) | batch(2) %}
{% macro step(x, factor, y, addend) %}
{% if scalar == "i32" %}
        {{ x }} = {{ factor }} * {{ y }} + {{ addend }};
{% else %}
        {{ x }} = fma({{ factor }}, {{ y }}, {{ addend }});
{% endif %}
{% endmacro %}
{% if scalar == "f16" %}
enable f16;
{% endif %}

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
// One a thread of each: y, z, w, then the start of every chain.
@group(0) @binding(1) var<storage, read> operands: array<{{ lanes }}>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let y = operands[thread];
{% if form == 2 or form == 3 %}
    let z = operands[thread + {{ threads }}u];
{% endif %}
{% if form == 3 or form == 4 %}
    let w = operands[thread + {{ threads * 2 }}u];
{% endif %}
{% for chain in range(chains) %}
    var x{{ chain }} = operands[thread + {{ threads * (3 + chain) }}u];
{% endfor %}

    var trip = 0u;
    while (trip < constants.trips) {
{% for round in range(unroll) %}
{% if form == 4 %}
{% for a, b in pairs %}
{{ step("x" ~ a, "x" ~ b, "y", "x" ~ a) }}
{%- endfor %}
{% set turned = "y" if loop.last else "w" %}
{% for a, b in pairs %}
{{ step("x" ~ b, "x" ~ a, turned, "x" ~ b) }}
{%- endfor %}
{% else %}
{% set even = round % 2 == 0 or loop.last %}
{% set addend = "y" if form == 1 else "z" if form == 2 or even else "w" %}
{% for chain in range(chains) %}
{{ step("x" ~ chain, "x" ~ chain, "y", addend) }}
{%- endfor %}
{% endif %}
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
    output[place * {{ threads }}u + thread] = fold;
}
