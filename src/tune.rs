//! Candidates → winner: a plain search on the device at hand, and the length of one dispatch.
//!
//! Every candidate within the device's limits is compiled, checked and timed (one warm-up, two samples);
//! the fastest right one wins. Work grows from tiny, so that no dispatch meets a watchdog: chains grow
//! in trips, then in workgroups; everything else starts cut into bands of workgroup rows.

use crate::agree::{self, Agreement, Wrong};
use crate::device::{Device, DeviceInfo, Loaded, Timing};
use crate::error::{Error, Result};
use crate::kernel::{Action, Case, Input, Sizing};
use crate::kernels;
use crate::sampler::batch;

/// No dispatch may last longer, in seconds, on any device (watchdogs bite at 2 s).
const LONGEST_DISPATCH: f64 = 0.05;

/// A chain is grown until one dispatch lasts this long, in seconds: 1 ms is needed to hide the barriers.
const CHAIN_DISPATCH: f64 = 5e-3;

/// A chain starts with this many workgroups, and grows in trips until a thread's loads, fold and store
/// are little beside its steps.
const FIRST_WORKGROUPS: u32 = 1 << 6;
const FIRST_TRIPS: u32 = 64;

/// Then in workgroups, until there are enough of 256 threads to keep the largest chips busy for many
/// waves, and then in trips again.
const CHAIN_WORKGROUPS: u32 = 1 << 14;

/// The most bands a dispatch is cut into; a first one, of unknown length, is cut as finely as that.
const MOST_BANDS: u32 = 1024;

/// Registers of 32 bits no API tells of: an invocation gets 255 on NVIDIA, 256 on AMD; a workgroup 65,536 on both.
/// A tile that needs more spills to memory.
const REGISTERS: u64 = 255;
const WORKGROUP_REGISTERS: u64 = 65_536;

/// The winner of a search.
pub struct Tuned {
    /// The case with the winner's tile and dispatch length.
    pub case: Case,
    /// How many submits one dispatch must be cut into.
    pub bands: u32,
    /// How the winner's answer was checked on exact operands.
    pub agreement: Agreement,
    /// How many candidates gave a right answer and were timed.
    pub candidates: u32,
    /// How many candidates were compiled and gave a wrong answer, and the first one's error.
    pub wrong: Option<(u32, Wrong)>,
}

/// Searches the kernel's candidates; `check` is called between steps and ends the search with its error.
///
/// If every candidate is wrong, or none compiles, that is the result: the wrong answer in `Ok(Err)`,
/// the last device error otherwise.
pub fn search(
    device: &dyn Device,
    case: &Case,
    sample_seconds: f64,
    check: &dyn Fn() -> Result<()>,
) -> Result<Result<Tuned, Wrong>> {
    let candidates = candidates(case, device.info());
    if candidates.is_empty() {
        return Err(Error::Device {
            why: "no candidate fits this device's limits".into(),
        });
    }
    let single = candidates.len() == 1;
    let mut best: Option<Trial> = None;
    let (mut right, mut wrong, mut refused) = (0, Vec::new(), None);
    for candidate in candidates {
        check()?;
        let tile = candidate.params.tile_text();
        match trial(device, candidate, sample_seconds, single) {
            Ok(Ok(trial)) => {
                right += 1;
                if best.as_ref().is_none_or(|best| trial.cost < best.cost) {
                    best = Some(trial);
                }
            }
            Ok(Err(Wrong(why))) => wrong.push(Wrong(format!("tile {tile}: {why}"))),
            Err(error @ (Error::Shader { .. } | Error::OutOfMemory { .. })) => {
                refused = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let count = wrong.len() as u32;
    let wrong = wrong.into_iter().next().map(|first| (count, first));
    match (best, wrong, refused) {
        (Some(best), wrong, _) => Ok(Ok(Tuned {
            case: best.case,
            bands: best.bands,
            agreement: best.agreement,
            candidates: right,
            wrong,
        })),
        (None, Some((_, error)), _) => Ok(Err(error)),
        (None, None, Some(error)) => Err(error),
        (None, None, None) => Err(Error::Device {
            why: "no candidate ran".into(),
        }),
    }
}

/// The candidates that the device can run, as cases.
pub fn candidates(case: &Case, info: &DeviceInfo) -> Vec<Case> {
    let tiles = case.kernel.candidates();
    let cases = tiles.into_iter().map(|tile| case.with_tile(tile));
    cases.filter(|case| fits(case, info).is_ok()).collect()
}

/// Whether a case with its tile stays within the device's limits and has its fragments there; what lacks otherwise.
pub fn fits(case: &Case, info: &DeviceInfo) -> Result<(), String> {
    info.has_fragments(case)?;
    let limits = &info.limits;
    let demands = kernels::demands(case);
    let too_many = |what: &str, wanted: u64, limit: u64| {
        (wanted > limit).then(|| format!("{what} {wanted} is over the device's limit of {limit}"))
    };
    let mut excess = too_many(
        "workgroup memory in bytes",
        demands.workgroup_bytes.into(),
        limits.workgroup_bytes.into(),
    )
    .or_else(|| {
        let limit = limits.workgroup_invocations.into();
        too_many("workgroup size", demands.invocations.into(), limit)
    })
    .or_else(|| too_many("registers", demands.registers.into(), REGISTERS))
    .or_else(|| {
        let all = u64::from(demands.registers) * u64::from(demands.invocations);
        too_many("registers of a workgroup", all, WORKGROUP_REGISTERS)
    });
    if let Action::Compute(program) = case.action() {
        let largest = program.buffers.iter().copied().max().unwrap_or(0);
        let rows = program.rows.max(program.columns).into();
        excess = excess
            .or_else(|| {
                too_many(
                    "buffer in bytes",
                    largest,
                    limits.binding_bytes.min(limits.buffer_bytes),
                )
            })
            .or_else(|| too_many("workgroups", rows, limits.workgroups.into()));
    } else if let Action::Upload { bytes } | Action::Download { bytes } = case.action() {
        excess = excess.or_else(|| too_many("buffer in bytes", bytes, limits.buffer_bytes));
    }
    excess.map_or(Ok(()), Err)
}

/// A candidate that gave a right answer.
struct Trial {
    /// Seconds per unit of work.
    cost: f64,
    case: Case,
    bands: u32,
    agreement: Agreement,
}

/// Checks and times one candidate.
fn trial(
    device: &dyn Device,
    case: Case,
    sample_seconds: f64,
    single: bool,
) -> Result<Result<Trial, Wrong>> {
    let case = if case.kernel.sizing == Sizing::Chain {
        grow(device, case)?
    } else {
        case
    };
    let mut loaded = device.load(&case)?;
    let most = most_bands(&case);
    let (agreement, first) = match exact(loaded.as_mut(), &case, most)? {
        Ok(proven) => proven,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let mut trial = Trial {
        cost: 0.0,
        case,
        bands: bands(first, most),
        agreement,
    };
    if single {
        return Ok(Ok(trial));
    }
    // The first dispatch was cold: a warm one may need fewer bands.
    let one = loaded.run(1, trial.bands)?;
    trial.bands = bands(one, trial.bands);
    let dispatches = match trial.bands {
        1 => batch(sample_seconds, one.length()),
        _ => 1,
    };
    let first = loaded.run(dispatches, trial.bands)?.seconds();
    let second = loaded.run(dispatches, trial.bands)?.seconds();
    let work = trial.case.work();
    let amount = work.operations.max(work.bytes).max(1) as f64;
    trial.cost = first.min(second) / f64::from(dispatches) / amount;
    Ok(Ok(trial))
}

/// How many submits a dispatch that took `one` must be cut into.
fn bands(one: Timing, most: u32) -> u32 {
    ((one.length() / LONGEST_DISPATCH).ceil() as u32).clamp(1, most)
}

/// Fills in the exact operands, runs once and checks.
pub fn exact(
    loaded: &mut dyn Loaded,
    case: &Case,
    bands: u32,
) -> Result<Result<(Agreement, Timing), Wrong>> {
    let operands = (case.kernel.inputs)(case, Input::Exact);
    loaded.fill(&operands)?;
    let timing = loaded.run(1, bands)?;
    let output = loaded.output()?;
    let mut agreement = Agreement::default();
    let checked = agree::check(case, Input::Exact, &operands, &output, &mut agreement);
    Ok(checked.map(|()| (agreement, timing)))
}

/// The submits a first dispatch of unknown length is cut into. Chains were grown from tiny already.
fn most_bands(case: &Case) -> u32 {
    match case.action() {
        Action::Compute(program) if case.kernel.sizing != Sizing::Chain => {
            program.rows.min(MOST_BANDS)
        }
        _ => 1,
    }
}

/// The chain with enough workgroups and trips for one dispatch of [`CHAIN_DISPATCH`].
fn grow(device: &dyn Device, mut case: Case) -> Result<Case> {
    let most_trips = kernels::max_trips(&case);
    let (mut workgroups, mut trips) = (FIRST_WORKGROUPS, 1);
    loop {
        case.params.workgroups = Some(workgroups);
        case.params.trips = Some(trips);
        let mut loaded = device.load(&case)?;
        loaded.fill(&(case.kernel.inputs)(&case, Input::Exact))?;
        let mut took = loaded.run(1, 1)?.length();
        if took > CHAIN_DISPATCH / 2.0 {
            // It may have been compiling: only a second long one ends the growth.
            took = took.min(loaded.run(1, 1)?.length());
        }
        // The factor is bounded, because a measurement may be far too short.
        let doublings = (CHAIN_DISPATCH / took.max(1e-9)).log2().floor();
        let factor = 1 << doublings.clamp(0.0, 4.0) as u32;
        let full = workgroups == CHAIN_WORKGROUPS;
        if factor == 1 || (full && trips == most_trips) {
            return Ok(case);
        }
        if trips < FIRST_TRIPS.min(most_trips) || full {
            trips = trips.saturating_mul(factor).min(most_trips);
        } else {
            workgroups = (workgroups * factor).min(CHAIN_WORKGROUPS);
        }
    }
}
