//! `memory/workgroup`: the bandwidth of workgroup memory, read without bank conflicts.
//!
//! Counted are the bytes read in the loop; that the memory is filled once before is not. The sum of what a
//! thread reads depends on every trip, and the places it reads repeat after half the memory: the truth
//! is so many whole rounds and the rest of one.

use super::*;

/// Workgroup memory read.
pub static WORKGROUP: Kernel = Kernel {
    name: "memory/workgroup",
    about: "workgroup memory read in vectors, without bank conflicts",
    kind: Kind::plain(Metric::WorkgroupBandwidth),
    requires: &[],
    sizing: Sizing::Chain,
    patterned: false,
    template: template(
        "memory-workgroup.wgsl",
        include_str!("../../../shaders/memory-workgroup.wgsl"),
    ),
    constants: &[],
    space: Space {
        curated,
        axes: &[
            ("threads", &[128, 256, 512, 1024]),
            ("per", &[2, 4, 8, 16]),
            ("vectors", &[512, 1024, 2048]),
        ],
        sound,
    },
    work: |params| Work {
        operations: 0,
        bytes: groups(params) * u64::from(params.trips.unwrap_or(1)) * of_group(params),
    },
    action,
    inputs: |case, _| {
        let rng = operands::stream(case.seed, 0);
        vec![operands::words(
            bytes(&case.params).into(),
            case.proof(),
            rng,
        )]
    },
    reference,
    check: Check::Equal,
};

const TILE: [&str; 3] = ["threads", "per", "vectors"];

fn curated() -> Vec<Tile> {
    tiles(
        TILE,
        &[
            [256, 8, 1024],
            [256, 4, 1024],
            [256, 16, 1024],
            [256, 8, 512],
            [128, 8, 512],
            [512, 8, 1024],
            [1024, 8, 2048],
            [1024, 4, 1024],
        ],
    )
}

/// A thread fills one vector at least, the places of a trip are whole numbers, and a round meets all of them.
fn sound(tile: &Tile) -> bool {
    let [threads, per, vectors] = TILE.map(|key| tile.get(key).copied().unwrap_or(0));
    let whole = vectors.is_multiple_of(threads) && (vectors / 2).is_multiple_of(per);
    threads > 0 && per > 0 && vectors > 1 && vectors.is_power_of_two() && whole
}

/// Workgroup memory of the tile.
pub(super) fn bytes(params: &Params) -> u32 {
    params.tiled("vectors") * VECTOR as u32
}

fn groups(params: &Params) -> u64 {
    params.workgroups.unwrap_or(1).into()
}

/// Columns and rows are powers of two where `workgroups` is one.
fn action(case: &Case) -> Action {
    let params = &case.params;
    let workgroups = params.workgroups.unwrap_or(1);
    let columns = (1 << workgroups.trailing_zeros().min(4)) / 2;
    let columns = columns.max(1);
    Action::Compute(Program {
        buffers: vec![
            bytes(params).into(),
            groups(params) * u64::from(threads(params)) * 4,
        ],
        columns,
        rows: workgroups / columns,
        constants: vec![columns, params.trips.unwrap_or(1)],
    })
}

fn reference(case: &Case, inputs: &[Words]) -> Words {
    let params = &case.params;
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let half = params.tiled("vectors") as usize / 2;
    let trips = params.trips.unwrap_or(1) as usize;
    // What a trip at each place adds up.
    let trip: Words = (0..half)
        .map(|at| {
            let vectors = (0..per).map(|item| (at + item * (half / per)) * 4);
            let sums = vectors.map(|first| weighed(&inputs[0][first..][..4]));
            sums.fold(0, u32::wrapping_add)
        })
        .collect();
    let sum = |from: usize, trips: usize| {
        let places = (0..trips).map(|number| trip[(from + number * STEP) % half]);
        places.fold(0, u32::wrapping_add)
    };
    // A step that is odd and a half that is a power of two: a round meets every place once.
    let round = sum(0, half).wrapping_mul((trips / half) as u32);
    let group: Words = (0..threads)
        .map(|thread| round.wrapping_add(sum(thread, trips % half)))
        .collect();
    group.repeat(groups(params) as usize)
}

/// How far the shader's place moves each trip.
const STEP: usize = 17;

/// What the shader does, thread by thread and trip by trip.
#[cfg(test)]
pub(super) fn step_by_step(case: &Case, words: &Words) -> Words {
    let params = &case.params;
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let half = params.tiled("vectors") as usize / 2;
    let mut group = Words::new();
    for thread in 0..threads {
        let (mut at, mut sum) = (thread % half, 0u32);
        for _ in 0..params.trips.unwrap_or(1) {
            for item in 0..per {
                sum = sum.wrapping_add(weighed(&words[(at + item * (half / per)) * 4..][..4]));
            }
            at = (at + 17) % half;
        }
        group.push(sum);
    }
    group.repeat(groups(params) as usize)
}
