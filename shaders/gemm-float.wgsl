// C = A·B: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }} of K at a time through workgroup memory,
// a thread {{ tm }} × {{ tn }} of it in blocks of 4 × 4 spread over the tile. Stored as {{ storage }}, kept in
// workgroup memory as {{ scratch }}, summed in {{ sum }}.
//
// A and C are padded to the tile's rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
// A lies in workgroup memory as vectors along K, B as vectors along N: both are read 4 at a time.
{% set across = bn // tn %}
{% set threads = (bm // tm) * across %}
{% set kv = bk // 4 %}
{% set nv = bn // 4 %}
{# A spare vector a row keeps the rows of A out of each other's memory banks. #}
{% set pitch = kv + 1 %}
{% set a_loads = bm * kv // threads %}
{% set b_loads = bk * nv // threads %}
{% set blocks = tn // 4 %}
{# The rows of a thread: four together, then the same four of the tile's next part. #}
{% set apart = bm * 4 // tm %}
{% macro row(r) %}{{ r // 4 * apart + r % 4 }}{% endmacro %}
{% macro unpacked(v) %}{% if storage == "vec2<u32>" %}vec4<f32>(unpack2x16float({{ v }}.x), unpack2x16float({{ v }}.y)){% else %}{{ v }}{% endif %}{% endmacro %}
{% if scratch == "f16" %}
enable f16;
{% endif %}

struct Constants {
    row: u32,
    // Vectors in a row of A.
    k: u32,
    // Vectors in a row of B and of C.
    n: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> left: array<{{ storage }}>;
@group(0) @binding(2) var<storage, read> right: array<{{ storage }}>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4<{{ sum }}>>;

var<workgroup> a_tile: array<vec4<{{ scratch }}>, {{ bm * pitch }}>;
var<workgroup> b_tile: array<vec4<{{ scratch }}>, {{ bk * nv }}>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let tile_row = (group.y + constants.row) * {{ bm }}u;
    let tile_column = group.x * {{ nv }}u;

    // What this thread carries into workgroup memory.
    let a_row = thread / {{ kv }}u;
    let a_column = thread % {{ kv }}u;
    let b_row = thread / {{ nv }}u;
    let b_column = thread % {{ nv }}u;
    var a_from = (tile_row + a_row) * constants.k + a_column;
    var b_from = b_row * constants.n + tile_column + b_column;
    let a_to = a_row * {{ pitch }}u + a_column;

    // What it multiplies.
    let ty = thread / {{ across }}u;
    let tx = thread % {{ across }}u;
    let a_at = ty * {{ 4 * pitch }}u;
{% for r in range(tm) %}
{% for s in range(blocks) %}
    var sum{{ r }}_{{ s }} = vec4<{{ sum }}>();
{% endfor %}
{% endfor %}

{% for p in range(a_loads) %}
    var a_next{{ p }} = left[a_from + {{ p * threads // kv }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
    var b_next{{ p }} = right[b_from + {{ p * threads // nv }}u * constants.n];
{% endfor %}
    var k = 0u;
    loop {
{% for p in range(a_loads) %}
        a_tile[a_to + {{ p * threads // kv * pitch }}u] = {{ unpacked("a_next" ~ p) }};
{% endfor %}
{% for p in range(b_loads) %}
        b_tile[thread + {{ p * threads }}u] = {{ unpacked("b_next" ~ p) }};
{% endfor %}
        workgroupBarrier();

        // The next tile is on its way while this one is multiplied.
        k += {{ kv }}u;
        let more = k < constants.k;
        if (more) {
            a_from += {{ kv }}u;
            b_from += {{ bk }}u * constants.n;
{% for p in range(a_loads) %}
            a_next{{ p }} = left[a_from + {{ p * threads // kv }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
            b_next{{ p }} = right[b_from + {{ p * threads // nv }}u * constants.n];
{% endfor %}
        }

{% for q in range(kv) %}
        {
{% for r in range(tm) %}
            let a{{ r }} = vec4<{{ sum }}>(a_tile[a_at + {{ row(r)|int * pitch + q }}u]);
{% endfor %}
{% for lane in ["x", "y", "z", "w"] %}
{% set line = 4 * q + loop.index0 %}
{% for s in range(blocks) %}
            let b{{ lane }}{{ s }} = vec4<{{ sum }}>(b_tile[tx + {{ line * nv + s * across }}u]);
{% endfor %}
{% for r in range(tm) %}
{% for s in range(blocks) %}
            sum{{ r }}_{{ s }} = fma(vec4<{{ sum }}>(a{{ r }}.{{ lane }}), b{{ lane }}{{ s }}, sum{{ r }}_{{ s }});
{% endfor %}
{% endfor %}
{% endfor %}
        }
{% endfor %}
        if (!more) {
            break;
        }
        workgroupBarrier();
    }

    let to = (tile_row + ty * 4u) * constants.n + tile_column + tx;
{% for r in range(tm) %}
{% for s in range(blocks) %}
    output[to + {{ row(r) }}u * constants.n + {{ s * across }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
}
