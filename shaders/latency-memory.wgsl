// Latency of memory: one invocation follows a chain of links through the whole buffer, {{ unroll }} a trip.
//
// A link is the word at which the next one lies; no load can start before the one before it has ended.

struct Constants {
    // The first workgroup of this dispatch: there is only one.
    row: u32,
    column: u32,
    first: u32,
    trips: u32,
}

@group(0) @binding(0) var<uniform> constants: Constants;
@group(0) @binding(1) var<storage, read> links: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;

@compute @workgroup_size(1)
fn main() {
    var at = constants.row + constants.first;
    var trip = 0u;
    while (trip < constants.trips) {
{% for step in range(unroll) %}
        at = links[at];
{% endfor %}
        trip += 1u;
    }
    // Where the walk ended, and how many steps it took.
    output[0] = at;
    output[1] = trip * {{ unroll }}u;
}
