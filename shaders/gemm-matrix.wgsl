// C = A·B by cooperative matrices of {{ size }} × {{ size }}: a workgroup makes a {{ bm }} × {{ bn }} tile of C, {{ bk }} of K at
// a time through workgroup memory, its {{ down }} × {{ across }} subgroups of {{ lanes }} each a part of it. Stored as
// f16, summed in {{ sum }}.
//
// A and C are padded to the tile's rows, K to {{ bk }}, B and C to the tile's columns, so there are no edges.
// Compilers move loads from memory down to where their values are used, but not into the next trip of a
// loop: where the loads stand ("order") decides what hides the wait for them.
{#
   The tile:
   size, lanes     of a fragment and of a subgroup
   bm, bn, bk      of a workgroup; down, across: its subgroups
   buffers         tiles in workgroup memory at once
   order           of a trip: 0 load, multiply, store; 1 multiply, store, load; 2 store, load, multiply
   vector          workgroup memory as f16 (1) or as vec4<f16> (4); pad: elements to spare in a row of it
   write           1 the inputs are bound as if they were written, which changes how their loads are placed
   direct          1 A is read straight from memory
   swizzle         rows of workgroups that are walked together
#}
{% set fm = bm // down // size %}
{% set fn = bn // across // size %}
{% set subgroups = down * across %}
{% set threads = subgroups * lanes %}
{% set kv = bk // 4 %}
{% set nv = bn // 4 %}
{% set a_loads = 0 if direct == 1 else bm * kv // threads %}
{% set b_loads = bk * nv // threads %}
{# Rows in workgroup memory, in its elements: some to spare keep the rows out of each other's memory banks. #}
{% set a_pitch = (bk + pad) // vector %}
{% set b_pitch = (bn + pad) // vector %}
{% set a_size = bm * a_pitch %}
{% set b_size = bk * b_pitch %}
{% set access = "read_write" if write == 1 else "read" %}
{% set scratch = "vec4<f16>" if vector == 4 else "f16" %}
{% macro after(buffer) %}{% if buffers == 2 %}1u - {{ buffer }}{% else %}({{ buffer }} + 1u) % 3u{% endif %}{% endmacro %}
{# The next tile of A and B, from memory to registers. #}
{% macro fetch() %}
{% for p in range(a_loads) %}
        a_next{{ p }} = left[a_from + {{ p * threads // kv }}u * constants.k];
{% endfor %}
{% for p in range(b_loads) %}
        b_next{{ p }} = right[b_from + {{ p * threads // nv }}u * constants.n];
{% endfor %}
{% if direct == 0 %}
        a_from += {{ kv }}u;
{% endif %}
        b_from += {{ bk }}u * constants.n;
{% endmacro %}
{% macro fetch_if_more() %}
        k += {{ kv }}u;
        more = k < constants.k;
        if (more) {
{{ fetch() }}        }
{% endmacro %}
{% macro store(array, to, value) %}
{% if vector == 4 %}
        {{ array }}[{{ to }}] = {{ value }};
{% else %}
{% for lane in ["x", "y", "z", "w"] %}
        {{ array }}[{{ to }} + {{ loop.index0 }}u] = {{ value }}.{{ lane }};
{% endfor %}
{% endif %}
{% endmacro %}
{# The tile in registers to workgroup memory. #}
{% macro stow() %}
{% if buffers > 1 %}
{% if direct == 0 %}
        a_into = a_to + into * {{ a_size }}u;
{% endif %}
        b_into = b_to + into * {{ b_size }}u;
        into = {{ after("into") }};
{% endif %}
{% for p in range(a_loads) %}
{{ store("a_tile", "a_into + " ~ (p * threads // kv * a_pitch) ~ "u", "a_next" ~ p) }}
{%- endfor %}
{% for p in range(b_loads) %}
{{ store("b_tile", "b_into + " ~ (p * threads // nv * b_pitch) ~ "u", "b_next" ~ p) }}
{%- endfor %}
{% endmacro %}
{# Every subgroup its part of the tile in workgroup memory. #}
{% macro multiply() %}
{% if buffers > 1 %}
{% if direct == 0 %}
        a_here = a_at + here * {{ a_size }}u;
{% endif %}
        b_here = b_at + here * {{ b_size }}u;
        here = {{ after("here") }};
{% endif %}
{% for q in range(bk // size) %}
        {
{% for r in range(fm) %}
{% if direct == 1 %}
            let a{{ r }} = coopLoadT<Left>(&left[a_from + {{ r * size }}u * a_stride + {{ q * size }}u], a_stride);
{% else %}
            let a{{ r }} = coopLoadT<Left>(&a_tile[a_here + {{ r * size * a_pitch + q * size // vector }}u], {{ a_pitch }}u);
{% endif %}
{% endfor %}
{% for s in range(fn) %}
            let b{{ s }} = coopLoadT<Right>(&b_tile[b_here + {{ q * size * b_pitch + s * size // vector }}u], {{ b_pitch }}u);
{% endfor %}
{% for r in range(fm) %}
{% for s in range(fn) %}
            sum{{ r }}_{{ s }} = coopMultiplyAdd(a{{ r }}, b{{ s }}, sum{{ r }}_{{ s }});
{% endfor %}
{% endfor %}
        }
{% endfor %}
{% if direct == 1 %}
        a_from += {{ bk }}u;
{% endif %}
{% endmacro %}
enable f16;
enable wgpu_cooperative_matrix;

alias Left = coop_mat{{ size }}x{{ size }}<f16, A>;
alias Right = coop_mat{{ size }}x{{ size }}<f16, B>;
alias Sum = coop_mat{{ size }}x{{ size }}<{{ sum }}, C>;

struct Constants {
    // The first workgroup of this dispatch: a long one is cut.
    row: u32,
    column: u32,
    // Vectors of four in a row of A.
    k: u32,
    // Vectors of four in a row of B and of C.
    n: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, {{ access }}> left: array<{{ "f16" if direct == 1 else "vec4<f16>" }}>;
@group(0) @binding(2) var<storage, {{ access }}> right: array<vec4<f16>>;
@group(0) @binding(3) var<storage, read_write> output: array<{{ sum }}>;

{% if direct == 0 %}
var<workgroup> a_tile: array<{{ scratch }}, {{ buffers * a_size }}>;
{% endif %}
var<workgroup> b_tile: array<{{ scratch }}, {{ buffers * b_size }}>;

@compute @workgroup_size({{ threads }})
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_id) subgroup_id: u32,
    @builtin(subgroup_size) subgroup_size: u32,
    @builtin(num_subgroups) subgroup_count: u32,
) {
{% if swizzle > 1 %}
    // The dispatch in panels of {{ swizzle }} rows, each walked column by column: what lies near is near in time.
    let at = group.y * groups.x + group.x;
    let panel = {{ swizzle }}u * groups.x;
    let top = at / panel * {{ swizzle }}u;
    let height = min({{ swizzle }}u, groups.y - top);
    let row = top + at % panel % height;
    let column = at % panel / height;
{% else %}
    let row = group.y;
    let column = group.x;
{% endif %}
    let tile_row = (row + constants.row) * {{ bm }}u;
    let tile_column = (column + constants.column) * {{ bn }}u;

    // What this thread carries into workgroup memory.
    let b_row = thread / {{ nv }}u;
    let b_column = thread % {{ nv }}u;
    var b_from = b_row * constants.n + tile_column / 4u + b_column;
    let b_to = b_row * {{ b_pitch }}u + b_column * {{ 4 // vector }}u;
    var b_into = b_to;
{% if direct == 0 %}
    let a_row = thread / {{ kv }}u;
    let a_column = thread % {{ kv }}u;
    var a_from = (tile_row + a_row) * constants.k + a_column;
    let a_to = a_row * {{ a_pitch }}u + a_column * {{ 4 // vector }}u;
    var a_into = a_to;
{% endif %}
{% for p in range(a_loads) %}
    var a_next{{ p }} = vec4<f16>();
{% endfor %}
{% for p in range(b_loads) %}
    var b_next{{ p }} = vec4<f16>();
{% endfor %}

    // What its subgroup multiplies. Whatever its size really is, nothing out of place is touched.
    let subgroup = subgroup_id % {{ subgroups }}u;
    let part_row = subgroup / {{ across }}u * {{ fm * size }}u;
    let part_column = subgroup % {{ across }}u * {{ fn * size }}u;
    let b_at = part_column / {{ vector }}u;
    var b_here = b_at;
{% if direct == 1 %}
    let a_stride = constants.k * 4u;
    var a_from = (tile_row + part_row) * a_stride;
{% else %}
    let a_at = part_row * {{ a_pitch }}u;
    var a_here = a_at;
{% endif %}
{% for r in range(fm) %}
{% for s in range(fn) %}
    var sum{{ r }}_{{ s }} = Sum();
{% endfor %}
{% endfor %}
{% if buffers > 1 %}
    // The buffers that are stored into next and multiplied next.
    var into = 0u;
    var here = 0u;
{% endif %}

    var k = 0u;
    var more = true;
{{ fetch() }}
{{- stow() }}
{%- if order > 0 %}
{{ fetch_if_more() }}
{%- endif %}
{% if buffers == 3 %}
    // Tiles in workgroup memory that are not yet multiplied.
    var ready = 1u;
    if (more) {
{{ stow() }}
{{- fetch_if_more() }}        ready += 1u;
    }
{% endif %}
    loop {
        workgroupBarrier();
{% if order == 0 %}
{{ fetch_if_more() }}
{{- multiply() }}        if (!more) {
            break;
        }
{% if buffers == 1 %}
        workgroupBarrier();
{% endif %}
{{ stow() }}
{%- elif order == 2 %}
        let last = !more;
        if (more) {
{{ stow() }}
{{- fetch_if_more() }}        }
{{ multiply() }}        if (last) {
            break;
        }
{% elif buffers == 3 %}
{{ multiply() }}        ready -= 1u;
        if (more) {
{{ stow() }}
{{- fetch_if_more() }}        ready += 1u;
        }
        if (ready == 0u) {
            break;
        }
{% else %}
{{ multiply() }}        if (!more) {
            break;
        }
{% if buffers == 1 %}
        workgroupBarrier();
{% endif %}
{{ stow() }}
{{- fetch_if_more() }}
{%- endif %}
    }

    let stride = constants.n * 4u;
    let to = (tile_row + part_row) * stride + tile_column + part_column;
{% for r in range(fm) %}
{% for s in range(fn) %}
    let to{{ r }}_{{ s }} = to + {{ r * size }}u * stride + {{ s * size }}u;
    coopStoreT(sum{{ r }}_{{ s }}, &output[to{{ r }}_{{ s }}], stride);
{% endfor %}
{% endfor %}

    // Where a subgroup is not what was assumed, the answer must not pass, whatever was computed.
    storageBarrier();
    if (subgroup_size != {{ lanes }}u || subgroup_count != {{ subgroups }}u) {
        output[tile_row * stride + tile_column] = {{ sum }}(60000.0);
    }
}
