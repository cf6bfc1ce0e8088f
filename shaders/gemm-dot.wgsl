// C = A·B in int8 by four-way dot products, exact in i32: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }}
// of K at a time, a thread {{ tm }} × {{ tn }} of it spread over the tile.
//
// A vector is 16 int8 along K, of a row of A or of a column of B. A and C are padded to the tile's
// rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
{#
   The tile, beside bm, bn, bk, tm, tn; a key that is not given is 1:
   shared    1 through workgroup memory, 0 from global memory straight to registers
   prefetch  1 the next tile is loaded into registers before this one is multiplied
   stages    2 the tiles have two places each, which saves a barrier a step
   swizzle   workgroups go down this many rows before they go to the next column
   pad       vectors to spare in a line, to spread the lines over memory banks
   split     slices of a workgroup that share K, and add their sums at the end
#}
{% set shared = shared | default(1) %}
{% set prefetch = prefetch | default(1) %}
{% set stages = stages | default(1) %}
{% set swizzle = swizzle | default(1) %}
{% set pad = pad | default(1) %}
{% set split = split | default(1) %}
{% set across = bn // tn %}
{% set down = bm // tm %}
{% set lanes = down * across %}
{% set threads = lanes * split %}
{% set kv = bk // 16 %}
{% set a_pitch = bm + pad %}
{% set b_pitch = bn + pad %}
{% set a_size = kv * a_pitch %}
{% set b_size = kv * b_pitch %}
{% set step = threads // kv %}
{% set a_loads = bm // step %}
{% set b_loads = bn // step %}
{% macro loads(start) %}
{% for p in range(a_loads) %}
{{ start }}a_next{{ p }} = left[a_from + {{ p * step }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
{{ start }}b_next{{ p }} = right[b_from + {{ p * step }}u * constants.k];
{% endfor %}
{% endmacro %}

struct Constants {
    // The first workgroup of this dispatch: a long one is cut.
    row: u32,
    column: u32,
    // Vectors in a row of A and in a column of B.
    k: u32,
    // Elements in a row of C.
    n: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> left: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> output: array<i32>;

{% if shared %}
var<workgroup> a_tile: array<vec4<u32>, {{ stages * a_size }}>;
var<workgroup> b_tile: array<vec4<u32>, {{ stages * b_size }}>;
{% endif %}
{% if split > 1 %}
var<workgroup> sums: array<i32, {{ split // 2 * lanes * tm * tn }}>;
{% endif %}

@compute @workgroup_size({{ threads }})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
{% if swizzle > 1 %}
    @builtin(num_workgroups) grid: vec3<u32>,
{% endif %}
    @builtin(local_invocation_index) thread: u32,
) {
{% if swizzle > 1 %}
    // Strips of {{ swizzle }} rows of this dispatch, the last one as high as what is left, each column by column.
    let place = group.y * grid.x + group.x;
    let first = place / (grid.x * {{ swizzle }}u) * {{ swizzle }}u;
    let height = min(grid.y - first, {{ swizzle }}u);
    let within = place - first * grid.x;
    let tile_row = (first + within % height + constants.row) * {{ bm }}u;
    let tile_column = (within / height + constants.column) * {{ bn }}u;
{% else %}
    let tile_row = (group.y + constants.row) * {{ bm }}u;
    let tile_column = (group.x + constants.column) * {{ bn }}u;
{% endif %}

    // What this thread multiplies.
{% if split == 1 %}
    let lane = thread;
{% elif shared %}
    let slice = thread / {{ lanes }}u;
    let lane = thread % {{ lanes }}u;
{% else %}
    // Straight from global memory: neighbours read neighbours along K.
    let slice = thread % {{ split }}u;
    let lane = thread / {{ split }}u;
{% endif %}
    let ty = lane / {{ across }}u;
    let tx = lane % {{ across }}u;
{% for r in range(tm) %}
{% for s in range(tn) %}
    var sum{{ r }}_{{ s }} = 0i;
{% endfor %}
{% endfor %}

{% if shared %}
    // What it carries into workgroup memory, and where it reads there.
    let line = thread / {{ kv }}u;
    let part = thread % {{ kv }}u;
    var a_from = (tile_row + line) * constants.k + part;
    var b_from = (tile_column + line) * constants.k + part;
    var a_to = part * {{ a_pitch }}u + line;
    var b_to = part * {{ b_pitch }}u + line;
    var a_at = ty{% if split > 1 %} + slice * {{ a_pitch }}u{% endif %};
    var b_at = tx{% if split > 1 %} + slice * {{ b_pitch }}u{% endif %};
{% if stages == 2 %}
    var a_flip = {{ a_size }}i;
    var b_flip = {{ b_size }}i;
{% endif %}
{% if prefetch %}
{{ loads("    var ") -}}
{% endif %}
{% else %}
    var a_from = (tile_row + ty) * constants.k{% if split > 1 %} + slice{% endif %};
    var b_from = (tile_column + tx) * constants.k{% if split > 1 %} + slice{% endif %};
{% endif %}
    var k = 0u;
    loop {
{% if shared %}
{% if not prefetch %}
{{ loads("        let ") -}}
{% endif %}
{% for p in range(a_loads) %}
        a_tile[a_to + {{ p * step }}u] = a_next{{ p }};
{% endfor %}
{% for p in range(b_loads) %}
        b_tile[b_to + {{ p * step }}u] = b_next{{ p }};
{% endfor %}
        workgroupBarrier();

{% endif %}
        k += {{ kv }}u;
        let more = k < constants.k;
{% if shared %}
        a_from += {{ kv }}u;
        b_from += {{ kv }}u;
{% endif %}
{% if shared and prefetch %}
        // The next tile is on its way while this one is multiplied.
        if (more) {
{{ loads("            ") -}}
{{ "        }" }}
{% endif %}

{% for q in range(0, kv, split) %}
        {
{% for r in range(tm) %}
{% if shared %}
            let a{{ r }} = a_tile[a_at + {{ q * a_pitch + r * down }}u];
{% else %}
            let a{{ r }} = left[a_from + {{ r * down }}u * constants.k + {{ q }}u];
{% endif %}
{% endfor %}
{% for s in range(tn) %}
{% if shared %}
            let b{{ s }} = b_tile[b_at + {{ q * b_pitch + s * across }}u];
{% else %}
            let b{{ s }} = right[b_from + {{ s * across }}u * constants.k + {{ q }}u];
{% endif %}
{% endfor %}
{% for c in ["x", "y", "z", "w"] %}
{% for r in range(tm) %}
{% for s in range(tn) %}
            sum{{ r }}_{{ s }} = dot4I8Packed(a{{ r }}.{{ c }}, b{{ s }}.{{ c }}) + sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
{% endfor %}
        }
{% endfor %}
        if (!more) {
            break;
        }
{% if not shared %}
        a_from += {{ kv }}u;
        b_from += {{ kv }}u;
{% elif stages == 2 %}
        // The other place was read a step ago; the barrier to come keeps this one until then.
        a_to = u32(i32(a_to) + a_flip);
        a_at = u32(i32(a_at) + a_flip);
        b_to = u32(i32(b_to) + b_flip);
        b_at = u32(i32(b_at) + b_flip);
        a_flip = -a_flip;
        b_flip = -b_flip;
{% else %}
        workgroupBarrier();
{% endif %}
    }
{% for half in [16, 8, 4, 2, 1] if half < split %}

    // The upper half of the slices hands its sums to the lower half.
    if (slice / {{ half }}u == 1u) {
        let sums_to = (slice - {{ half }}u) * {{ lanes * tm * tn }}u + lane;
{% for r in range(tm) %}
{% for s in range(tn) %}
        sums[sums_to + {{ (r * tn + s) * lanes }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
    }
    workgroupBarrier();
    if (slice / {{ half }}u == 0u) {
        let sums_from = slice * {{ lanes * tm * tn }}u + lane;
{% for r in range(tm) %}
{% for s in range(tn) %}
        sum{{ r }}_{{ s }} += sums[sums_from + {{ (r * tn + s) * lanes }}u];
{% endfor %}
{% endfor %}
    }
{% if half > 1 %}
    workgroupBarrier();
{% endif %}
{% endfor %}
{% if split > 1 %}
    if (slice > 0u) {
        return;
    }
{% endif %}

    let to = (tile_row + ty) * constants.n + tile_column + tx;
{% for r in range(tm) %}
{% for s in range(tn) %}
    output[to + {{ r * down }}u * constants.n + {{ s * across }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
}
