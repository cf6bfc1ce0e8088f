//! Every tile a search could try, its answer checked; no times.

use std::collections::BTreeSet;

use crate::agree::Wrong;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::kernel::{Case, Check, Sizing, Tile};

use super::{Fate, Stage, Step, Steps, Tried, bucket, limits, trial};

/// Checks every curated tile of the case's kernel and every sound neighbour of one, at three shapes each,
/// in one, two and three bands. What is tried is told to `steps`.
///
/// # Errors
///
/// A lost or hung device, and what `steps` returns; a wrong answer is a [`Fate`].
pub fn verify_all(device: &dyn Device, case: &Case, steps: &Steps<'_>) -> Result<()> {
    if let Check::Nothing(_) = case.kernel.check {
        return Ok(());
    }
    for (stage, tiles) in tiles(case) {
        let cases = tiles.into_iter().map(|tile| case.with_tile(tile));
        let fits = |case: &Case| limits::fits(&bucket::smallest(case), device.info()).is_ok();
        let cases: Vec<Case> = cases.filter(fits).collect();
        device.prepare(&cases);
        for case in cases {
            steps(Step::Next(Some(&case)))?;
            let fate = verified(device, &case)?;
            steps(Step::Tried(&Tried { stage, case, fate }))?;
        }
    }
    Ok(())
}

/// Curated tiles, and their neighbours that are not curated themselves.
pub fn tiles(case: &Case) -> [(Stage, Vec<Tile>); 2] {
    let curated = case.kernel.candidates();
    let space = case.kernel.space;
    let near: BTreeSet<Tile> = curated
        .iter()
        .flat_map(|tile| space.neighbours(tile))
        .filter(|tile| !curated.contains(tile))
        .collect();
    [
        (Stage::Curated, curated),
        (Stage::Neighbour, near.into_iter().collect()),
    ]
}

fn verified(device: &dyn Device, case: &Case) -> Result<Fate> {
    for (bands, shape) in (1..).zip(shapes(case)) {
        let checked = device
            .load(&shape)
            .and_then(|mut loaded| trial::checked(loaded.as_mut(), &shape, bands));
        match checked {
            Ok(Ok(_)) => {}
            Ok(Err(Wrong(why))) => {
                return Ok(Fate::Wrong(format!("{}: {why}", shape.params.size())));
            }
            Err(error @ (Error::Shader { .. } | Error::OutOfMemory { .. })) => {
                return Ok(Fate::Refused(error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Fate::Right)
}

/// Three shapes of a case with its tile: many rows, edges everywhere, no edge at all and wide.
pub fn shapes(case: &Case) -> Vec<Case> {
    let sized = |change: &dyn Fn(&mut Case)| {
        let mut case = case.clone();
        change(&mut case);
        case
    };
    let edged = bucket::smallest(case);
    match case.kernel.sizing {
        Sizing::Gemm => {
            let gemm = |[m, n, k]: [u32; 3]| {
                sized(&|case| {
                    let params = &mut case.params;
                    (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
                })
            };
            let [bm, bn, bk] = ["bm", "bn", "bk"].map(|key| case.params.tiled(key));
            // Workgroups that go down in strips have one strip in full, and a row of the next.
            let strip = case.params.tiled("swizzle") + 1;
            let tall = gemm([bm * strip + 1, bn + 1, 33]);
            vec![tall, edged, gemm([2 * bm, 3 * bn, 2 * bk])]
        }
        Sizing::Buffer => {
            let bytes = |bytes| sized(&|case| case.params.bytes = Some(bytes));
            vec![edged, bytes(1 << 20), bytes(300_000)]
        }
        Sizing::Loop => {
            let looped = |bytes, trips| {
                sized(&|case| {
                    (case.params.bytes, case.params.trips) = (Some(bytes), Some(trips));
                })
            };
            vec![edged, looped(16 << 10, 1), looped(300_000, 3)]
        }
        Sizing::Chain => {
            let chain = |workgroups, trips| {
                sized(&|case| {
                    (case.params.workgroups, case.params.trips) = (Some(workgroups), Some(trips));
                })
            };
            vec![edged, chain(1, 1), chain(3, 2)]
        }
        Sizing::Fixed => vec![edged],
    }
}
