// C = A·B in half precision, summed in half precision: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }} of K at
// a time, a thread {{ tm }} × {{ tn }} of it in blocks of 4 columns and up to 4 rows spread over the tile.
//
// Two forms. Pairs: a sum is a vec2 of the even and the odd K, added at the end, so that no operand is one
// value spread over a vector; some compilers then do two products at once, and only then. Else: a value of A
// times a vector of B along N.
//
// A and C are padded to the tile's rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
{#
   The tile, beside bm, bn, bk, tm, tn; a key that is not given is 1, but pairs 0:
   shared    1 through workgroup memory, 0 from global memory straight to registers
   prefetch  1 the next tile is loaded into registers before this one is multiplied
   stages    2 the tiles have two places each, which saves a barrier a step
   swizzle   workgroups go down this many rows before they go to the next column
   pad       vectors to spare in a line of A, to spread the lines over memory banks
   a_by_k    1 A lies as vectors along K, 0 turned to vectors (of pairs of K) along M
   pairs     1 the form of pairs, 0 the other
   planes    four columns of a pair of K are 16 bytes: 1 side by side, 2 as two planes of 8 bytes
   split     slices of a workgroup that share K, and add their sums at the end
#}
{% set shared = shared | default(1) %}
{% set prefetch = prefetch | default(1) %}
{% set stages = stages | default(1) %}
{% set swizzle = swizzle | default(1) %}
{% set pad = pad | default(1) %}
{% set a_by_k = a_by_k | default(1) %}
{% set pairs = pairs | default(0) %}
{% set planes = planes | default(1) %}
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
{# In the form of pairs a line of B, and of a turned A, is two of K. #}
{% set b_rows = 2 if pairs else 1 %}
{% set mv = bm // 4 %}
{# The two vectors of four rows or columns of a pair: how far apart they are, and from one four to the next. #}
{% set next = 2 if pairs and planes == 1 else 1 %}
{% set spare = next if pad else 0 %}
{% set a_pitch = kv + pad if a_by_k else mv * b_rows + spare %}
{% set a_size = a_pitch * (bm if a_by_k else bk // b_rows) %}
{% set b_pitch = nv * b_rows %}
{% set a_half = mv if planes == 2 else 1 %}
{% set b_half = nv if planes == 2 else 1 %}
{% set b_size = bk * nv %}
{% set a_loads = bm * kv // threads %}
{% set b_loads = bk * nv // threads %}
{# Rows between two loads of a thread; a turned A is loaded in blocks of four rows. #}
{% set a_step = threads // kv %}
{% set b_step = threads // nv %}
{% set a_rows = 1 if a_by_k else 4 %}
{% macro a_row(p) %}{{ p // a_rows * a_rows * a_step + p % a_rows }}{% endmacro %}
{% macro b_row(p) %}{{ p // b_rows * b_rows * b_step + p % b_rows }}{% endmacro %}
{% macro loads(start) %}
{% for p in range(a_loads) %}
{{ start }}a_next{{ p }} = left[a_from + {{ a_row(p) }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
{{ start }}b_next{{ p }} = right[b_from + {{ b_row(p) }}u * constants.n];
{% endfor %}
{% endmacro %}
enable f16;

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
@group(0) @binding(1) var<storage, read> left: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4<f16>>;

{% if shared %}
var<workgroup> a_tile: array<vec4<f16>, {{ stages * a_size }}>;
var<workgroup> b_tile: array<vec4<f16>, {{ stages * b_size }}>;
{% endif %}
{% if split > 1 %}
var<workgroup> sums: array<vec4<f16>, {{ split // 2 * lanes * tm * blocks }}>;
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
{% if pairs %}
{% for c in range(tn) %}
    var pair{{ r }}_{{ c }} = vec2<f16>();
{% endfor %}
{% else %}
{% for s in range(blocks) %}
    var sum{{ r }}_{{ s }} = vec4<f16>();
{% endfor %}
{% endif %}
{% endfor %}

{% if shared %}
    // What it carries into workgroup memory, and where it reads there.
    let a_row = thread / {{ kv }}u;
    let a_column = thread % {{ kv }}u;
    let b_row = thread / {{ nv }}u;
    let b_column = thread % {{ nv }}u;
    var a_from = (tile_row + a_row * {{ a_rows }}u) * constants.k + a_column;
    var b_from = b_row * {{ b_rows }}u * constants.n + tile_column + b_column;
{% if a_by_k %}
    var a_to = a_row * {{ a_pitch }}u + a_column;
    var a_at = ty * {{ together * a_pitch }}u{% if split > 1 %} + slice{% endif %};
{% else %}
    var a_to = a_column * {{ 4 // b_rows * a_pitch }}u + a_row * {{ next }}u;
    var a_at = ty * {{ next }}u{% if split > 1 %} + slice * {{ 4 // b_rows * a_pitch }}u{% endif %};
{% endif %}
    var b_to = b_row * {{ b_pitch }}u + b_column * {{ next }}u;
    var b_at = tx * {{ next }}u{% if split > 1 %} + slice * {{ 4 // b_rows * b_pitch }}u{% endif %};
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
{% if a_by_k %}
{% for p in range(a_loads) %}
        a_tile[a_to + {{ p * a_step * a_pitch }}u] = a_next{{ p }};
{% endfor %}
{% else %}
{% for p in range(0, a_loads, 4) %}
{% set at = p // 4 * a_step * next %}
{% if pairs %}
{% for c in ["xy", "zw"] %}
        a_tile[a_to + {{ loop.index0 * a_pitch + at }}u] = vec4(a_next{{ p }}.{{ c }}, a_next{{ p + 1 }}.{{ c }});
        a_tile[a_to + {{ loop.index0 * a_pitch + at + a_half }}u] = vec4(a_next{{ p + 2 }}.{{ c }}, a_next{{ p + 3 }}.{{ c }});
{% endfor %}
{% else %}
{% for c in xyzw %}
        a_tile[a_to + {{ loop.index0 * a_pitch + at }}u] =
            vec4(a_next{{ p }}.{{ c }}, a_next{{ p + 1 }}.{{ c }}, a_next{{ p + 2 }}.{{ c }}, a_next{{ p + 3 }}.{{ c }});
{% endfor %}
{% endif %}
{% endfor %}
{% endif %}
{% for p in range(0, b_loads, b_rows) %}
{% set at = p // b_rows * b_step * b_pitch %}
{% if pairs %}
        b_tile[b_to + {{ at }}u] = vec4(b_next{{ p }}.x, b_next{{ p + 1 }}.x, b_next{{ p }}.y, b_next{{ p + 1 }}.y);
        b_tile[b_to + {{ at + b_half }}u] = vec4(b_next{{ p }}.z, b_next{{ p + 1 }}.z, b_next{{ p }}.w, b_next{{ p + 1 }}.w);
{% else %}
        b_tile[b_to + {{ at }}u] = b_next{{ p }};
{% endif %}
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
            let a{{ r }} = a_tile[a_at + {{ row(r)|int * a_pitch + q }}u];
{% else %}
            let a{{ r }} = left[a_from + {{ row(r) }}u * constants.k + {{ q }}u];
{% endif %}
{% endfor %}
{% endif %}
{% if pairs %}
{% for c in ["xy", "zw"] %}
{% set line = 2 * q + loop.index0 %}
{% if not a_by_k %}
{% for r in range(0, tm, 4) %}
{% set j = r // 4 %}
{% for h in range(2) %}
            let a{{ c }}{{ 2 * j + h }} = a_tile[a_at + {{ line * a_pitch + j * down * next + h * a_half }}u];
{% endfor %}
{% endfor %}
{% endif %}
{% for s in range(blocks) %}
{% if shared %}
{% for h in range(2) %}
            let b{{ c }}{{ 2 * s + h }} = b_tile[b_at + {{ line * b_pitch + s * across * next + h * b_half }}u];
{% endfor %}
{% else %}
            let even{{ c }}{{ s }} = right[b_from + {{ 2 * line }}u * constants.n + {{ s * across }}u];
            let odd{{ c }}{{ s }} = right[b_from + {{ 2 * line + 1 }}u * constants.n + {{ s * across }}u];
            let b{{ c }}{{ 2 * s }} = vec4(even{{ c }}{{ s }}.x, odd{{ c }}{{ s }}.x, even{{ c }}{{ s }}.y, odd{{ c }}{{ s }}.y);
            let b{{ c }}{{ 2 * s + 1 }} = vec4(even{{ c }}{{ s }}.z, odd{{ c }}{{ s }}.z, even{{ c }}{{ s }}.w, odd{{ c }}{{ s }}.w);
{% endif %}
{% endfor %}
{% for r in range(tm) %}
{% set a = "a" ~ r ~ "." ~ c if a_by_k else "a" ~ c ~ (r // 2) ~ "." ~ ["xy", "zw"][r % 2] %}
{% for n in range(tn) %}
            pair{{ r }}_{{ n }} = fma({{ a }}, b{{ c }}{{ n // 2 }}.{{ ["xy", "zw"][n % 2] }}, pair{{ r }}_{{ n }});
{% endfor %}
{% endfor %}
{% endfor %}
{% else %}
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
            let b{{ c }}{{ s }} = b_tile[b_at + {{ line * b_pitch + s * across }}u];
{% else %}
            let b{{ c }}{{ s }} = right[b_from + {{ line }}u * constants.n + {{ s * across }}u];
{% endif %}
{% endfor %}
{% for r in range(tm) %}
{% set a = "a" ~ r ~ "." ~ c if a_by_k else "a" ~ c ~ (r // 4) ~ "." ~ xyzw[r % 4] %}
{% for s in range(blocks) %}
            sum{{ r }}_{{ s }} = fma(vec4<f16>({{ a }}), b{{ c }}{{ s }}, sum{{ r }}_{{ s }});
{% endfor %}
{% endfor %}
{% endfor %}
{% endif %}
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
{% if pairs %}
{% for r in range(tm) %}
{% for s in range(blocks) %}
    var sum{{ r }}_{{ s }} = vec4(
{% for n in range(4 * s, 4 * s + 4) %}
        pair{{ r }}_{{ n }}.x + pair{{ r }}_{{ n }}.y,
{% endfor %}
    );
{% endfor %}
{% endfor %}
{% endif %}
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
