//! `latency/…`: how long one thing takes: a step through memory, and an empty submit.
//!
//! `latency/memory` follows a random cycle through all elements of the buffer (Sattolo's algorithm), so that
//! no prefetcher guesses the next one; each lies in a cache line of its own. The size of the buffer says
//! which cache, or the memory, the steps meet. What the compiler makes of one invocation's loads is its own
//! affair: some GPUs have a path of their own for addresses that all lanes share, and it is taken.

use rand_chacha::rand_core::Rng;

use crate::figure::{Kind, Metric};
use crate::kernel::{Action, Case, Check, Kernel, Params, Program, Sizing, Space, Work};
use crate::matrix::Words;

use super::{Demands, operands, template, tiles};

/// One step through memory.
pub static MEMORY: Kernel = Kernel {
    name: "latency/memory",
    about: "one step along a random chain of loads, each in a cache line of its own",
    kind: Kind::plain(Metric::LoadLatency),
    requires: &[],
    sizing: Sizing::Loop,
    patterned: false,
    template: template(
        "latency-memory.wgsl",
        include_str!("../../shaders/latency-memory.wgsl"),
    ),
    constants: &[],
    space: Space {
        curated: || tiles(["unroll"], &[[64]]),
        axes: &[],
        sound: |_| true,
    },
    work: |params| Work {
        operations: steps(params),
        bytes: 0,
    },
    action: |case| {
        let elements = elements(&case.params);
        Action::Compute(Program {
            buffers: vec![(elements * LINE * 4) as u64, 8],
            columns: 1,
            rows: 1,
            constants: vec![first(case), case.params.trips.unwrap_or(1)],
        })
    },
    inputs: |case, _| vec![chain(case)],
    reference: walk,
    check: Check::Equal,
};

/// One empty submit.
pub static DISPATCH: Kernel = Kernel {
    name: "latency/dispatch",
    about: "one empty submit until the host has seen it complete",
    kind: Kind::plain(Metric::Latency),
    requires: &[],
    sizing: Sizing::Fixed,
    patterned: false,
    template: None,
    constants: &[],
    space: Space::NONE,
    work: |_| Work {
        operations: 0,
        bytes: 0,
    },
    action: |_| Action::Submit,
    inputs: |_, _| Vec::new(),
    reference: |_, _| Vec::new(),
    check: Check::Nothing("an empty submit has no answer"),
};

/// Words from one element to the next: 128 bytes, the longest cache line of today's GPUs.
const LINE: usize = 32;

/// What the shader takes: one invocation.
pub(super) fn demands() -> Demands {
    Demands {
        workgroup_bytes: 0,
        invocations: 1,
        registers: 0,
    }
}

/// Elements of the cycle: the buffer's lines, two at least.
fn elements(params: &Params) -> usize {
    (params.bytes.unwrap_or(0) as usize / 4 / LINE).max(2)
}

/// Loads of one dispatch.
fn steps(params: &Params) -> u64 {
    u64::from(params.trips.unwrap_or(1)) * u64::from(params.tiled("unroll"))
}

/// The word a walk starts from: any element's but the first.
fn first(case: &Case) -> u32 {
    let others = elements(&case.params) as u64 - 1;
    ((1 + case.seed % others) * LINE as u64) as u32
}

/// Links of one random cycle through all elements, by Sattolo's algorithm; zeros between them.
fn chain(case: &Case) -> Words {
    let count = elements(&case.params);
    let mut random = operands::stream(case.seed, 0);
    let mut next: Words = (0..count as u32).collect();
    for last in (1..count).rev() {
        // The upper half of a product is a number below `last`, uniform but for one part in 2³².
        let other = (u64::from(random.next_u32()) * last as u64) >> 32;
        next.swap(last, other as usize);
    }
    let mut words = vec![0; count * LINE];
    for (line, next) in words.chunks_exact_mut(LINE).zip(next) {
        line[0] = next * LINE as u32;
    }
    words
}

/// Where the walk ends: whole rounds lead back to where it started.
fn walk(case: &Case, inputs: &[Words]) -> Words {
    let steps = steps(&case.params);
    let rest = steps % elements(&case.params) as u64;
    let end = (0..rest).fold(first(case), |at, _| inputs[0][at as usize]);
    vec![end, steps as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Input, Mode};

    fn case(bytes: u64, trips: u32) -> Case {
        let mut params = Params::new(Mode::Burst);
        (params.bytes, params.trips) = (Some(bytes), Some(trips));
        Case::new(&MEMORY, params, 7).with_tile(MEMORY.candidates().remove(0))
    }

    #[test]
    fn the_chain_meets_every_line_once_before_it_returns() {
        for bytes in [0, 256, 4096, 100_000] {
            let case = case(bytes, 1);
            let links = chain(&case);
            let elements = elements(&case.params);
            let mut seen = vec![false; elements];
            let mut at = first(&case);
            for _ in 0..elements {
                let line = at as usize / LINE;
                assert!(at as usize == line * LINE && !seen[line], "{bytes}: {at}");
                seen[line] = true;
                at = links[at as usize];
            }
            assert_eq!(at, first(&case), "{bytes}");
        }
    }

    #[test]
    fn a_walk_of_many_rounds_ends_where_its_steps_lead() {
        for trips in [1, 2, 3, 100] {
            let case = case(4096 + 3 * 128, trips);
            let links = (case.kernel.inputs)(&case, Input::Exact);
            let steps = 64 * trips;
            let end = (0..steps).fold(first(&case), |at, _| links[0][at as usize]);
            assert_eq!(walk(&case, &links), [end, steps]);
        }
    }

    #[test]
    fn its_figure_is_the_time_of_one_step() {
        let case = case(4096, 10);
        let figure = case.work().figure(MEMORY.kind, 640e-6, "test");
        assert!((figure.value - 1.0).abs() < 1e-12, "{figure:?}");
        assert_eq!(figure.unit.to_string(), "µs");
    }
}
