// C = A·B: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }} of K at a time, a thread {{ tm }} × {{ tn }} of it in
// blocks of 4 columns and up to 4 rows spread over the tile. Stored as {{ storage }}, multiplied and summed in f32.
//
// A and C are padded to the tile's rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
// In workgroup memory A lies as vectors along K, or turned to vectors along M; B as vectors along N.
{#
   The tile, beside bm, bn, bk, tm, tn; a key that is not given is 1:
   shared    1 through workgroup memory, 0 from global memory straight to registers
   prefetch  1 the next tile is loaded into registers before this one is multiplied
   stages    2 the tiles have two places each, which saves a barrier a step
   swizzle   workgroups go down this many rows before they go to the next column
   pad       vectors to spare in a line of A, to spread the lines over memory banks
   a_by_k    1 A as vectors along K, 0 turned to vectors along M
   unpack    f16 becomes f32: 1 on the way into workgroup memory, 2 on the way out of it
   split     slices of a workgroup that share K, and add their sums at the end
#}
{% set shared = shared | default(1) %}
{% set prefetch = prefetch | default(1) %}
{% set stages = stages | default(1) %}
{% set swizzle = swizzle | default(1) %}
{% set pad = pad | default(1) %}
{% set a_by_k = a_by_k | default(1) %}
{% set unpack = unpack | default(1) %}
{% set split = split | default(1) %}
{% set xyzw = ["x", "y", "z", "w"] %}
{% set across = bn // tn %}
{% set down = bm // tm %}
{% set lanes = down * across %}
{% set threads = lanes * split %}
{% set kv = bk // 4 %}
{% set nv = bn // 4 %}
{% set blocks = tn // 4 %}
{# The rows of a thread: up to four together, then as many of the tile's next part. #}
{% set together = [tm, 4] | min %}
{% macro row(r) %}{{ r // together * together * down + r % together }}{% endmacro %}
{% set a_pitch = kv + pad if a_by_k else bm // 4 + pad %}
{% set a_size = a_pitch * (bm if a_by_k else bk) %}
{% set b_size = bk * nv %}
{% set a_loads = bm * kv // threads %}
{% set b_loads = bk * nv // threads %}
{# Rows between two loads of a thread; a turned A is loaded in blocks of four rows. #}
{% set a_step = threads // kv %}
{% set b_step = threads // nv %}
{% set a_rows = 1 if a_by_k else 4 %}
{% macro a_row(p) %}{{ p // a_rows * a_rows * a_step + p % a_rows }}{% endmacro %}
{% macro widened(v, when) %}{% if when and storage != "vec4<f32>" %}widen({{ v }}){% else %}{{ v }}{% endif %}{% endmacro %}
{% macro loads(start) %}
{% for p in range(a_loads) %}
{{ start }}a_next{{ p }} = left[a_from + {{ a_row(p) }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
{{ start }}b_next{{ p }} = right[b_from + {{ p * b_step }}u * constants.n];
{% endfor %}
{% endmacro %}
{% if storage == "vec4<f16>" %}
enable f16;
{% endif %}

struct Constants {
    // The first workgroup of this dispatch: a long one is cut.
    row: u32,
    column: u32,
    // Vectors in a row of A.
    k: u32,
    // Vectors in a row of B and of C.
    n: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> left: array<{{ storage }}>;
@group(0) @binding(2) var<storage, read> right: array<{{ storage }}>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4<f32>>;

{% if shared %}
{% set scratch = "vec4<f32>" if unpack == 1 else storage %}
var<workgroup> a_tile: array<{{ scratch }}, {{ stages * a_size }}>;
var<workgroup> b_tile: array<{{ scratch }}, {{ stages * b_size }}>;
{% endif %}
{% if split > 1 %}
var<workgroup> sums: array<vec4<f32>, {{ split // 2 * lanes * tm * blocks }}>;
{% endif %}
{% if storage == "vec4<f16>" %}

fn widen(v: vec4<f16>) -> vec4<f32> {
    return vec4<f32>(v);
}
{% elif storage == "vec2<u32>" %}

fn widen(v: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(v.x), unpack2x16float(v.y));
}
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
    let tile_column = (within / height + constants.column) * {{ nv }}u;
{% else %}
    let tile_row = (group.y + constants.row) * {{ bm }}u;
    let tile_column = (group.x + constants.column) * {{ nv }}u;
{% endif %}

    // What this thread multiplies.
{% if split > 1 %}
    let slice = thread / {{ lanes }}u;
    let lane = thread % {{ lanes }}u;
{% else %}
    let lane = thread;
{% endif %}
    let ty = lane / {{ across }}u;
    let tx = lane % {{ across }}u;
{% for r in range(tm) %}
{% for s in range(blocks) %}
    var sum{{ r }}_{{ s }} = vec4<f32>();
{% endfor %}
{% endfor %}

{% if shared %}
    // What it carries into workgroup memory, and where it reads there.
    let a_row = thread / {{ kv }}u;
    let a_column = thread % {{ kv }}u;
    let b_row = thread / {{ nv }}u;
    let b_column = thread % {{ nv }}u;
    var a_from = (tile_row + a_row * {{ a_rows }}u) * constants.k + a_column;
    var b_from = b_row * constants.n + tile_column + b_column;
{% if a_by_k %}
    var a_to = a_row * {{ a_pitch }}u + a_column;
    var a_at = ty * {{ together * a_pitch }}u{% if split > 1 %} + slice{% endif %};
{% else %}
    var a_to = a_column * {{ 4 * a_pitch }}u + a_row;
    var a_at = ty{% if split > 1 %} + slice * {{ 4 * a_pitch }}u{% endif %};
{% endif %}
    var b_to = thread;
    var b_at = tx{% if split > 1 %} + slice * {{ 4 * nv }}u{% endif %};
{% if stages == 2 %}
    var a_flip = {{ a_size }}i;
    var b_flip = {{ b_size }}i;
{% endif %}
{% if prefetch %}
{{ loads("    var ") -}}
{% endif %}
{% else %}
    var a_from = (tile_row + ty * {{ together }}u) * constants.k{% if split > 1 %} + slice{% endif %};
    var b_from = tile_column + tx{% if split > 1 %} + slice * 4u * constants.n{% endif %};
{% endif %}
    var k = 0u;
    loop {
{% if shared %}
{% if not prefetch %}
{{ loads("        let ") -}}
{% endif %}
{% for p in range(a_loads) %}
        let a_wide{{ p }} = {{ widened("a_next" ~ p, unpack == 1) }};
{% endfor %}
{% if a_by_k %}
{% for p in range(a_loads) %}
        a_tile[a_to + {{ p * a_step * a_pitch }}u] = a_wide{{ p }};
{% endfor %}
{% else %}
{% for p in range(0, a_loads, 4) %}
{% for c in xyzw %}
        a_tile[a_to + {{ loop.index0 * a_pitch + p // 4 * a_step }}u] =
            vec4(a_wide{{ p }}.{{ c }}, a_wide{{ p + 1 }}.{{ c }}, a_wide{{ p + 2 }}.{{ c }}, a_wide{{ p + 3 }}.{{ c }});
{% endfor %}
{% endfor %}
{% endif %}
{% for p in range(b_loads) %}
        b_tile[b_to + {{ p * threads }}u] = {{ widened("b_next" ~ p, unpack == 1) }};
{% endfor %}
        workgroupBarrier();

{% endif %}
        k += {{ kv }}u;
        let more = k < constants.k;
{% if shared %}
        a_from += {{ kv }}u;
        b_from += {{ bk }}u * constants.n;
{% endif %}
{% if shared and prefetch %}
        // The next tile is on its way while this one is multiplied.
        if (more) {
{{ loads("            ") -}}
{{ "        }" }}
{% endif %}

{% for q in range(0, kv, split) %}
        {
{% if a_by_k %}
{% for r in range(tm) %}
{% if shared %}
            let a{{ r }} = {{ widened("a_tile[a_at + " ~ (row(r)|int * a_pitch + q) ~ "u]", unpack == 2) }};
{% else %}
            let a{{ r }} = {{ widened("left[a_from + " ~ row(r) ~ "u * constants.k + " ~ q ~ "u]", true) }};
{% endif %}
{% endfor %}
{% endif %}
{% for c in xyzw %}
{% set line = 4 * q + loop.index0 %}
{% if not a_by_k %}
{% for r in range(0, tm, 4) %}
{% set j = r // 4 %}
            let a{{ c }}{{ j }} = a_tile[a_at + {{ line * a_pitch + j * down }}u];
{% endfor %}
{% endif %}
{% for s in range(blocks) %}
{% if shared %}
            let b{{ c }}{{ s }} = {{ widened("b_tile[b_at + " ~ (line * nv + s * across) ~ "u]", unpack == 2) }};
{% else %}
            let b{{ c }}{{ s }} = {{ widened("right[b_from + " ~ line ~ "u * constants.n + " ~ (s * across) ~ "u]", true) }};
{% endif %}
{% endfor %}
{% for r in range(tm) %}
{% set a = "a" ~ r ~ "." ~ c if a_by_k else "a" ~ c ~ (r // 4) ~ "." ~ xyzw[r % 4] %}
{% for s in range(blocks) %}
            sum{{ r }}_{{ s }} = fma(vec4<f32>({{ a }}), b{{ c }}{{ s }}, sum{{ r }}_{{ s }});
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
        b_from += {{ bk }}u * constants.n;
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
        let sums_to = (slice - {{ half }}u) * {{ lanes * tm * blocks }}u + lane;
{% for r in range(tm) %}
{% for s in range(blocks) %}
        sums[sums_to + {{ (r * blocks + s) * lanes }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
    }
    workgroupBarrier();
    if (slice / {{ half }}u == 0u) {
        let sums_from = slice * {{ lanes * tm * blocks }}u + lane;
{% for r in range(tm) %}
{% for s in range(blocks) %}
        sum{{ r }}_{{ s }} += sums[sums_from + {{ (r * blocks + s) * lanes }}u];
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

    let to = (tile_row + ty * {{ together }}u) * constants.n + tile_column + tx;
{% for r in range(tm) %}
{% for s in range(blocks) %}
    output[to + {{ row(r) }}u * constants.n + {{ s * across }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
}
