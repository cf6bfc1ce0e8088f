// C = A·B in int8 by four-way dot products, exact in i32: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }}
// of K at a time through workgroup memory, a thread {{ tm }} × {{ tn }} of it spread over the tile.
//
// A vector is 16 int8 along K, of a row of A or of a column of B. A and C are padded to the tile's
// rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
{% set across = bn // tn %}
{% set down = bm // tm %}
{% set threads = down * across %}
{% set kv = bk // 16 %}
{# A spare vector a line keeps the lines out of each other's memory banks. #}
{% set a_pitch = bm + 1 %}
{% set b_pitch = bn + 1 %}
{% set step = threads // kv %}
{% set a_loads = bm // step %}
{% set b_loads = bn // step %}

struct Constants {
    row: u32,
    // Vectors in a row of A and in a column of B.
    k: u32,
    // Elements in a row of C.
    n: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> left: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> output: array<i32>;

var<workgroup> a_tile: array<vec4<u32>, {{ kv * a_pitch }}>;
var<workgroup> b_tile: array<vec4<u32>, {{ kv * b_pitch }}>;

@compute @workgroup_size({{ threads }})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let tile_row = (group.y + constants.row) * {{ bm }}u;
    let tile_column = group.x * {{ bn }}u;

    // What this thread carries into workgroup memory.
    let line = thread / {{ kv }}u;
    let part = thread % {{ kv }}u;
    var a_from = (tile_row + line) * constants.k + part;
    var b_from = (tile_column + line) * constants.k + part;
    let a_to = part * {{ a_pitch }}u + line;
    let b_to = part * {{ b_pitch }}u + line;

    // What it multiplies.
    let ty = thread / {{ across }}u;
    let tx = thread % {{ across }}u;
{% for r in range(tm) %}
{% for s in range(tn) %}
    var sum{{ r }}_{{ s }} = 0i;
{% endfor %}
{% endfor %}

{% for p in range(a_loads) %}
    var a_next{{ p }} = left[a_from + {{ p * step }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
    var b_next{{ p }} = right[b_from + {{ p * step }}u * constants.k];
{% endfor %}
    var k = 0u;
    loop {
{% for p in range(a_loads) %}
        a_tile[a_to + {{ p * step }}u] = a_next{{ p }};
{% endfor %}
{% for p in range(b_loads) %}
        b_tile[b_to + {{ p * step }}u] = b_next{{ p }};
{% endfor %}
        workgroupBarrier();

        // The next tile is on its way while this one is multiplied.
        k += {{ kv }}u;
        let more = k < constants.k;
        if (more) {
            a_from += {{ kv }}u;
            b_from += {{ kv }}u;
{% for p in range(a_loads) %}
            a_next{{ p }} = left[a_from + {{ p * step }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
            b_next{{ p }} = right[b_from + {{ p * step }}u * constants.k];
{% endfor %}
        }

{% for q in range(kv) %}
        {
{% for r in range(tm) %}
            let a{{ r }} = a_tile[ty + {{ q * a_pitch + r * down }}u];
{% endfor %}
{% for s in range(tn) %}
            let b{{ s }} = b_tile[tx + {{ q * b_pitch + s * across }}u];
{% endfor %}
{% for lane in ["x", "y", "z", "w"] %}
{% for r in range(tm) %}
{% for s in range(tn) %}
            sum{{ r }}_{{ s }} = dot4I8Packed(a{{ r }}.{{ lane }}, b{{ s }}.{{ lane }}) + sum{{ r }}_{{ s }};
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

    let to = (tile_row + ty) * constants.n + tile_column + tx;
{% for r in range(tm) %}
{% for s in range(tn) %}
    output[to + {{ r * down }}u * constants.n + {{ s * across }}u] = sum{{ r }}_{{ s }};
{% endfor %}
{% endfor %}
}
