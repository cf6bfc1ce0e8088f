//! One candidate on the device: is it right, how long is a dispatch, how fast is it.
//!
//! Work grows from tiny, so that no dispatch meets a watchdog: chains grow in trips, then in
//! workgroups; everything else starts cut into bands of workgroups.

use crate::agree::{self, Agreement, Wrong};
use crate::device::{Device, Loaded, Timing};
use crate::error::Result;
use crate::kernel::{Action, Case, Check, Input, Sizing};
use crate::kernels;
use crate::matrix::Words;
use crate::sampler::batch;

use super::Fate;

/// No dispatch may last longer, in seconds, on any device (watchdogs bite at 2 s).
pub const LONGEST_DISPATCH: f64 = 0.05;

/// A chain or loop is grown until one dispatch lasts this long, in seconds: the last wave of workgroups, which
/// leaves a part of the chip idle, must be little of it. A software adapter has no such wave.
const GROWN_DISPATCH: f64 = 20e-3;
const CPU_GROWN_DISPATCH: f64 = 5e-3;

/// A chain starts with this many workgroups, and grows in trips until a thread's loads, fold and store are little
/// beside its steps.
const FIRST_WORKGROUPS: u32 = 1 << 6;

/// Then in workgroups, until there are enough for many waves on the largest chips, and then in trips again.
const CHAIN_WORKGROUPS: u32 = 1 << 14;

/// The most bands a dispatch is cut into; a first one, of unknown length, is cut as finely as that.
const MOST_BANDS: u32 = 1024;

/// The first dispatch of a candidate is cut into this many at least: what it took at a small size, in a cache, says
/// little of what it takes in memory.
const FIRST_BANDS: u32 = 8;

/// Before samples count, the chip is kept busy for so long, in seconds: between candidates it idles while answers are
/// checked and operands made, and lowers its clock, to a third within a second on an H100.
const ROUSED: f64 = 30e-3;

/// A candidate this many times slower than the best is not sampled.
const HOPELESS: f64 = 3.0;

/// How long a trial takes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A sample's seconds.
    pub sample: f64,
    /// Seconds of work before the first.
    pub roused: f64,
}

impl Pace {
    /// With samples of so many seconds. The clock of a software adapter's cores is not its own.
    pub fn of(sample: f64, device: &dyn Device) -> Self {
        let roused = match device.info().is_cpu() {
            true => 0.0,
            false => ROUSED,
        };
        Self { sample, roused }
    }
}

/// A candidate that was timed.
pub struct Trial {
    /// Seconds per unit of work.
    pub cost: f64,
    /// With its tile and dispatch length.
    pub case: Case,
    /// Submits a dispatch is cut into.
    pub bands: u32,
    /// Dispatches a sample.
    pub dispatches: u32,
}

/// Seconds per operation, or per byte where the kernel only moves data.
pub fn cost(case: &Case, seconds: f64) -> f64 {
    let work = case.work();
    seconds / work.operations.max(work.bytes).max(1) as f64
}

/// Times one candidate on `operands`: one warm-up, two samples. `first` is what a unit of work is expected
/// to take; `best` the cost of the best so far.
pub fn time(
    loaded: &mut dyn Loaded,
    case: Case,
    operands: &[Words],
    pace: Pace,
    [first, best]: [f64; 2],
) -> Result<Trial> {
    loaded.fill(operands)?;
    let most = most_bands(&case);
    let expected = Timing::of(first / cost(&case, 1.0));
    let cut = bands(expected, most).max(FIRST_BANDS.min(most));
    let first = loaded.run(1, cut)?;
    let (one, bands) = whole(loaded, &case, first)?;
    let dispatches = match bands {
        1 => batch(pace.sample, one.length()),
        _ => 1,
    };
    let mut trial = Trial {
        cost: cost(&case, one.seconds()),
        case,
        bands,
        dispatches,
    };
    if trial.cost <= HOPELESS * best {
        trial.rouse(loaded, pace)?;
        trial.cost = trial.sample(loaded)?.min(trial.sample(loaded)?);
    }
    Ok(trial)
}

/// A dispatch in as few bands as its length allows, after a `first` one that was cold and cut finer: bands of few
/// workgroups each leave most of a chip idle.
pub fn whole(loaded: &mut dyn Loaded, case: &Case, first: Timing) -> Result<(Timing, u32)> {
    let most = most_bands(case);
    let one = loaded.run(1, bands(first, most))?;
    match bands(one, most) {
        few if few < bands(first, most) => Ok((loaded.run(1, few)?, few)),
        same => Ok((one, same)),
    }
}

impl Trial {
    /// What became of the candidate, as a search tells it.
    pub fn fate(&self) -> Fate {
        Fate::Timed(self.cost / cost(&self.case, 1.0))
    }

    /// Keeps the chip busy until its clock is up.
    pub fn rouse(&self, loaded: &mut dyn Loaded, pace: Pace) -> Result<()> {
        let mut busy = 0.0;
        while busy < pace.roused {
            busy += loaded.run(self.dispatches, self.bands)?.length().max(1e-4);
        }
        Ok(())
    }

    /// One sample: seconds per unit of work.
    pub fn sample(&self, loaded: &mut dyn Loaded) -> Result<f64> {
        let seconds = loaded.run(self.dispatches, self.bands)?.seconds();
        Ok(cost(&self.case, seconds / f64::from(self.dispatches)))
    }
}

/// How many submits a dispatch that took `one` must be cut into.
pub fn bands(one: Timing, most: u32) -> u32 {
    ((one.length() / LONGEST_DISPATCH).ceil() as u32).clamp(1, most)
}

/// An answer that is right.
pub struct Right {
    /// How it was checked.
    pub agreement: Agreement,
    /// What the dispatch took, a cold one.
    pub took: Timing,
    /// The output.
    pub answer: Words,
    /// What it was made of.
    pub operands: Vec<Words>,
}

/// Fills in the operands of [`Case::proof`], runs once and checks.
///
/// # Errors
///
/// Those of the device; a wrong answer is the inner result.
pub fn checked(loaded: &mut dyn Loaded, case: &Case, bands: u32) -> Result<Result<Right, Wrong>> {
    let operands = (case.kernel.inputs)(case, case.proof());
    loaded.fill(&operands)?;
    let took = loaded.run(1, bands)?;
    let mut agreement = Agreement::default();
    let answer = answer(loaded, case, case.proof(), &operands, &mut agreement)?;
    Ok(answer.map(|answer| Right {
        agreement,
        took,
        answer,
        operands,
    }))
}

/// The answer that a dispatch on `operands` left in the output, checked.
///
/// # Errors
///
/// Those of the device; a wrong answer is the inner result.
pub fn answer(
    loaded: &mut dyn Loaded,
    case: &Case,
    input: Input,
    operands: &[Words],
    agreement: &mut Agreement,
) -> Result<Result<Words, Wrong>> {
    if let Check::Equal = case.kernel.check {
        // Compared while it comes from the device: with a copy of it, the host would hold it twice.
        let truth = (case.kernel.reference)(case, operands);
        if let Some(found) = loaded.unlike(&truth)? {
            return Ok(Err(agree::differs(found, &truth)));
        }
        agreement.exact = truth.len() as u64;
        return Ok(Ok(truth));
    }
    let output = loaded.output()?;
    let checked = agree::check(case, input, operands, &output, agreement);
    Ok(checked.map(|()| output))
}

/// The submits a first dispatch of unknown length is cut into. Chains and loops were grown from tiny already. A single
/// workgroup can't be cut, but its dispatches can be submitted one by one.
pub fn most_bands(case: &Case) -> u32 {
    match case.action() {
        Action::Compute(program) if !case.kernel.sizing.is_grown() => {
            program.most_bands().clamp(2, MOST_BANDS)
        }
        _ => 1,
    }
}

/// A chain with enough workgroups and trips, or a loop with enough trips, for one dispatch of [`GROWN_DISPATCH`];
/// any other case, or one whose length is given, as it is.
pub fn grown(device: &dyn Device, mut case: Case) -> Result<Case> {
    if !case.kernel.sizing.is_grown() || case.params.trips.is_some() {
        return Ok(case);
    }
    let target = match device.info().is_cpu() {
        true => CPU_GROWN_DISPATCH,
        false => GROWN_DISPATCH,
    };
    let most_trips = kernels::max_trips(&case);
    let first_trips = kernels::first_trips(&case).min(most_trips);
    let chain = case.kernel.sizing == Sizing::Chain;
    // They depend on neither workgroups nor trips.
    let operands = (case.kernel.inputs)(&case, case.proof());
    let (mut workgroups, mut trips) = (FIRST_WORKGROUPS, 1);
    let mut held: Option<(u32, Box<dyn Loaded + '_>)> = None;
    loop {
        case.params.workgroups = chain.then_some(workgroups);
        case.params.trips = Some(trips);
        // More workgroups write more; with more trips, what is loaded stays.
        let mut loaded = match held.take().filter(|(held, _)| *held == workgroups) {
            Some((_, mut loaded)) => loaded.with_trips_of(&case).map(|()| loaded)?,
            None => {
                let mut loaded = device.load(&case)?;
                loaded.fill(&operands)?;
                loaded
            }
        };
        let took = dispatched(loaded.as_mut(), target)?;
        held = Some((workgroups, loaded));
        // The factor is bounded, because a measurement may be far too short.
        let doublings = (target / took.max(1e-9)).log2().floor();
        let factor = 1 << doublings.clamp(0.0, 4.0) as u32;
        let full = !chain || workgroups == CHAIN_WORKGROUPS;
        if factor == 1 || (full && trips == most_trips) {
            return Ok(case);
        }
        if trips < first_trips || full {
            trips = trips.saturating_mul(factor).min(most_trips);
        } else {
            workgroups = (workgroups * factor).min(CHAIN_WORKGROUPS);
        }
    }
}

/// Seconds of one dispatch. A long one may have been compiling: then it is the shorter of two.
fn dispatched(loaded: &mut dyn Loaded, target: f64) -> Result<f64> {
    let took = loaded.run(1, 1)?.length();
    if took <= target / 2.0 {
        return Ok(took);
    }
    Ok(took.min(loaded.run(1, 1)?.length()))
}
