// Peak rate of cooperative matrices of {{ size }} × {{ size }}: every subgroup of {{ lanes }} runs 16 chains C += A·B over 4
// tiles of A and 4 of B, {{ unroll }} steps of each a trip. f16 operands, summed in {{ sum }}.
//
// Every element of every product is 1 or −1, so that each element of C counts its steps, exactly.
{% set threads = subgroups * lanes %}
{% set area = size * size %}
enable f16;
enable wgpu_cooperative_matrix;

alias Left = coop_mat{{ size }}x{{ size }}<f16, A>;
alias Right = coop_mat{{ size }}x{{ size }}<f16, B>;
alias Sum = coop_mat{{ size }}x{{ size }}<{{ sum }}, C>;

struct Constants {
    // The first workgroup of this dispatch: a long one is cut, in rows.
    row: u32,
    column: u32,
    columns: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
// Four tiles of A, then four of B.
@group(0) @binding(1) var<storage, read> operands: array<f16>;
// Sixteen tiles of C a subgroup of the workgroup.
@group(0) @binding(2) var<storage, read> starts: array<{{ sum }}>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;

// A tile a subgroup, for the result on its way out.
var<workgroup> scratch: array<{{ sum }}, {{ subgroups * area }}>;

@compute @workgroup_size({{ threads }})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(subgroup_id) subgroup_id: u32,
    @builtin(subgroup_invocation_id) invocation: u32,
    @builtin(subgroup_size) subgroup_size: u32,
) {
    // Whatever the size of a subgroup really is, nothing out of place is touched.
    let subgroup = subgroup_id % {{ subgroups }}u;
    let lane = invocation % {{ lanes }}u;
{% for i in range(4) %}
    let a{{ i }} = coopLoadT<Left>(&operands[{{ i * area }}u], {{ size }}u);
{% endfor %}
{% for i in range(4) %}
    let b{{ i }} = coopLoadT<Right>(&operands[{{ (4 + i) * area }}u], {{ size }}u);
{% endfor %}
    let start = subgroup * {{ 16 * area }}u;
{% for i in range(4) %}
{% for j in range(4) %}
    var c{{ i }}_{{ j }} = coopLoadT<Sum>(&starts[start + {{ (4 * i + j) * area }}u], {{ size }}u);
{% endfor %}
{% endfor %}

    var trip = 0u;
    while (trip < constants.trips) {
{% for step in range(unroll) %}
{% for i in range(4) %}
{% for j in range(4) %}
        c{{ i }}_{{ j }} = coopMultiplyAdd(a{{ i }}, b{{ j }}, c{{ i }}_{{ j }});
{% endfor %}
{% endfor %}
{% endfor %}
        trip += 1u;
    }

    // Every element of every tile, in order, reaches a stored word.
    let own = subgroup * {{ area }}u;
    var fold = 0u;
{% for i in range(4) %}
{% for j in range(4) %}
    coopStoreT(c{{ i }}_{{ j }}, &scratch[own], {{ size }}u);
    workgroupBarrier();
{% for part in range(area // lanes) %}
    fold = (fold ^ (fold >> 15u)) * 31u + bitcast<u32>(f32(scratch[own + lane + {{ part * lanes }}u]));
{% endfor %}
    workgroupBarrier();
{% endfor %}
{% endfor %}
    let place = (group.y + constants.row) * constants.columns + group.x;
    // Where a subgroup is of another size than assumed, the answer must not pass.
    if (subgroup_size != {{ lanes }}u) {
        fold = 0u;
    }
    output[place * {{ threads }}u + subgroup * {{ lanes }}u + lane] = fold;
}
