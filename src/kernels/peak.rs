//! `peak/…`: the arithmetic rate of the lanes, by chains that depend on every step.
//!
//! [`chain`] holds the chains of multiply-adds, [`dot`] the rings of int8 dot products. Each races several
//! forms of a step, at several numbers of `chains` and `unroll`s: a form that is fast on one vendor can run at
//! half the rate on another. A trip of few steps pays for its own count and branch: 64 steps lose
//! four in a hundred to them where every instruction takes a slot, 512 lose one in two hundred.
//!
//! All threads of a workgroup differ and all workgroups are alike, so the truth is the work of one,
//! repeated.

use crate::figure::Format;
use crate::kernel::{Action, Case, Params, Program, Tile, Work};
use crate::matrix::Words;

use super::Demands;

mod chain;
mod dot;

pub use chain::{CLOCK, F16, F32, F64, I32};
pub use dot::INT8_DOT;

/// Operands that stay the same, in slots before the starts: y, z and w, or two weights and an addend.
const INVARIANTS: u32 = 3;

/// Workgroup sizes raced.
const THREADS: &[u32] = &[64, 128, 256];

/// The most multiply-adds a trip may hold: 16 KiB of instructions on NVIDIA.
const LONGEST_TRIP: u32 = 1024;

/// Registers beside the operands: trip, trips, address, and what the driver holds back.
const OTHER_REGISTERS: u32 = 12;

fn format_of(case: &Case) -> Format {
    case.kernel.kind.storage.unwrap_or(Format::Unspecified)
}

/// Invocations of a workgroup.
fn threads(params: &Params) -> u32 {
    let tile = params.tile.as_ref();
    let named = tile.and_then(|tile| tile.get("threads"));
    named.copied().unwrap_or(super::THREADS)
}

/// The value of a tile's key; 0, which is sound nowhere, where it has none.
fn key(tile: &Tile, name: &str) -> u32 {
    tile.get(name).copied().unwrap_or(0)
}

pub(super) fn max_trips(case: &Case) -> u32 {
    match format_of(case) {
        Format::F16 | Format::F32 | Format::F64 => chain::max_trips(case),
        _ => u32::MAX,
    }
}

pub(super) fn demands(case: &Case) -> Demands {
    let params = &case.params;
    let vectors = INVARIANTS + params.tiled("chains");
    let words = u64::from(params.tiled("vector")) * element_bytes(case);
    Demands {
        workgroup_bytes: 0,
        invocations: threads(params),
        registers: vectors * words.div_ceil(4) as u32 + OTHER_REGISTERS,
    }
}

fn element_bytes(case: &Case) -> u64 {
    match format_of(case) {
        Format::F16 => 2,
        Format::F64 => 8,
        _ => 4,
    }
}

fn work(params: &Params, operations_a_step: u64) -> Work {
    let threads = u64::from(params.workgroups.unwrap_or(1)) * u64::from(threads(params));
    let chains = u64::from(params.tiled("chains")) * u64::from(params.tiled("vector"));
    Work {
        operations: threads * chains * steps(params) * operations_a_step,
        bytes: threads * 4,
    }
}

/// Operands and one word a thread; columns and rows are powers of two where `workgroups` is one.
fn program(case: &Case) -> Action {
    let params = &case.params;
    let workgroups = params.workgroups.unwrap_or(1);
    let slots = u64::from(INVARIANTS + params.tiled("chains"));
    let columns = (1 << workgroups.trailing_zeros().min(4)) / 2;
    let columns = columns.max(1);
    Action::Compute(Program {
        buffers: vec![
            slots * slot(params) as u64 * element_bytes(case),
            u64::from(workgroups) * u64::from(threads(params)) * 4,
        ],
        columns,
        rows: workgroups / columns,
        constants: vec![columns, params.trips.unwrap_or(1)],
    })
}

/// How many numbers one slot of the operands holds: a vector for each thread.
fn slot(params: &Params) -> usize {
    (threads(params) * params.tiled("vector")) as usize
}

/// How many slots the operands have.
fn slots(params: &Params) -> usize {
    (INVARIANTS + params.tiled("chains")) as usize
}

/// Steps of one chain in one dispatch.
fn steps(params: &Params) -> u64 {
    u64::from(params.trips.unwrap_or(1)) * u64::from(params.tiled("unroll"))
}

/// The whole output from `ends`, the bits every chain ends with, slot by slot: each thread's chains and
/// lanes folded in order into one word, the same words for every workgroup.
fn fold(params: &Params, ends: &[u32]) -> Words {
    let lanes = params.tiled("vector") as usize;
    let slot = slot(params);
    let thread = |thread: usize| {
        let places = thread * lanes..(thread + 1) * lanes;
        let chains = ends.chunks_exact(slot);
        let ends = chains.flat_map(|chain| &chain[places.clone()]);
        ends.fold(0u32, |fold, end| {
            let mixed = (fold ^ fold >> 15).wrapping_mul(31);
            mixed.wrapping_add(*end)
        })
    };
    let group: Words = (0..slot / lanes).map(thread).collect();
    group.repeat(params.workgroups.unwrap_or(1) as usize)
}

#[cfg(test)]
mod tests;
