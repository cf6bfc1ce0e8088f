//! The only measuring loop: tune → verify → sample → check again → record.
//!
//! A case that fails, or whose answer is wrong, is a record like any other; the run goes on. The
//! results are saved after every record.

use crate::agree::{self, Agreement, Wrong};
use crate::cases::Planned;
use crate::device::{Device, DeviceInfo, Loaded, Timing};
use crate::error::{Error, Result};
use crate::kernel::{Action, Case, Feature};
use crate::kernels;
use crate::matrix::Words;
use crate::results::{Clock, Outcome, Record, Results};
use crate::sampler::{self, Budget, Phase, Run, Samples};
use crate::tune::{self, Proven, Step, Tuned, Tuner};

mod batches;
mod bench;
mod judged;
mod observer;
mod probe;
mod told;
mod watched;

pub use bench::{Bench, InProcess, Watch};
pub use observer::Lent;

use batches::{Batches, Timed};
use judged::{Proof, wrong_answer};
use observer::{Observer, Seen};
use probe::Chain;
use told::Told;
use watched::Watched;

/// Tries of the work check before a case is invalid: a neighbour may disturb one.
const TRIES: u32 = 3;

/// Measures every planned case on `bench`, appends the records and calls `save` after each.
///
/// Ends early only for an interruption or a failing `save`; a device's faults are records.
pub fn run(
    bench: &mut dyn Bench,
    plan: Vec<Planned>,
    results: &mut Results,
    save: &mut dyn FnMut(&Results) -> Result<()>,
    watch: &mut dyn Watch,
) -> Result<()> {
    for planned in plan {
        let record = match planned {
            Planned::Record(record) => *record,
            Planned::Case(case) => {
                watch.begin(&case);
                let budget = results.settings.budget(case.params.mode);
                bench.measure(&case, &budget, watch)?
            }
        };
        results.records.push(record);
        save(results)?;
        if let Some(record) = results.records.last() {
            watch.record(record);
        }
    }
    Ok(())
}

/// One case to its record; an error is an interruption.
pub fn measure(
    device: &dyn Device,
    case: &Case,
    tuner: &mut Tuner,
    budget: &Budget,
    sensors: &mut Lent,
    watch: &mut dyn Watch,
) -> Result<Record> {
    let told = Told::new(case, watch);
    let alive = || told.alive();
    let device = &Watched::new(device, &alive);
    let info = device.info();
    let steps = |step: Step<'_>| told.step(step);
    steps(Step::Next(None))?;
    let (tuned, proven) = match tuner.tuned(device, case, budget.sample_seconds, &steps) {
        Ok(Ok(tuned)) => tuned,
        Ok(Err(wrong)) => return Ok(record(info, case, wrong_answer(wrong, None))),
        Err(error @ Error::Interrupted { .. }) => return Err(error),
        Err(error) => {
            let mut case = case.clone();
            case.params = case.params.ran_as(&told.under_way());
            return Ok(failed(info, &case, &error, Vec::new()));
        }
    };
    steps(Step::Next(Some(&tuned.case)))?;
    let timed = |timing: Timing, dispatches: u32, phase: Phase| {
        told.timed(info, &tuned.case, (timing, dispatches, phase))
    };
    let mut seen = None;
    let outcome = match sample(device, &tuned, proven, budget, sensors, &timed, &mut seen) {
        Err(error @ Error::Interrupted { .. }) => return Err(error),
        Err(error) => Outcome::Failed {
            error: error.to_string(),
            seconds: told.samples(),
            observed: seen.map(|seen| Box::new(seen.observed)),
        },
        Ok(outcome) => outcome,
    };
    Ok(record(info, &tuned.case, outcome))
}

/// What the case comes to. Where the device fails, `failing` is what the sensors said until then.
fn sample(
    device: &Watched<'_>,
    tuned: &Tuned,
    mut proven: Proven<'_>,
    budget: &Budget,
    sensors: &mut Lent,
    timed: &Timed,
    failing: &mut Option<Seen>,
) -> Result<Outcome> {
    let mut agreement = tuned.agreement.clone();
    let first = match verify(device.info(), &mut proven, tuned, &mut agreement)? {
        Ok(first) => first,
        Err(wrong) => return Ok(wrong_answer(wrong, None)),
    };
    let Proven {
        mut loaded, answer, ..
    } = proven;
    let clock = clock(&tuned.case, first);
    // Compiled before the sensors are read: what they say is of the case alone.
    let chain = Chain::new(device).ok();
    let mut batches = Batches {
        loaded: loaded.as_mut(),
        clock,
        bands: tuned.bands,
        timed,
        answer: &answer,
        check_seconds: budget.check_seconds,
        checks: 0,
        wrong: None,
        elapsed: [0.0; 2],
        observer: Observer::begin(sensors),
        last: 1,
        chain,
    };
    let budget = adapted(budget, tuned.bands, clock);
    let taken = taken(&mut batches, &budget, sensors, failing)?;
    drop(batches);
    let (samples, proof) = match taken {
        Ok(taken) => taken,
        Err((wrong, seen)) => return Ok(judged::wrong_under_load(wrong, seen)),
    };
    if let Some(found) = loaded.unlike(&answer)? {
        let Wrong(why) = agree::differs(found, &answer);
        let wrong = Wrong(format!("after timing, {why}"));
        return Ok(wrong_answer(wrong, Some(judged::evidence(samples, proof))));
    }
    agreement.unchanged_after = true;
    Ok(judged::outcome(device, tuned, samples, proof, agreement))
}

/// The samples, between two probes of the clock and with the sensors read all the while.
fn taken(
    batches: &mut Batches<'_>,
    budget: &Budget,
    sensors: &mut Lent,
    failing: &mut Option<Seen>,
) -> Result<Result<(Samples, Proof), (Wrong, Seen)>> {
    let clock = batches.clock;
    let sampled = sampler::sample(budget, clock != Clock::Wall, batches)
        .and_then(|samples| batches.probe().map(|()| samples));
    let observer = std::mem::replace(&mut batches.observer, Observer::begin(&mut None));
    let seen = observer.end(sensors);
    if let Some(wrong) = batches.wrong.take() {
        return Ok(Err((wrong, seen)));
    }
    let samples = match sampled {
        Ok(samples) => samples,
        Err(error) => {
            *failing = Some(seen);
            return Err(error);
        }
    };
    let linear = match clock {
        Clock::Timestamps => work_done(&samples, batches)?,
        // A slope is this check already; a wait for each dispatch is a loop of our own.
        Clock::Wall | Clock::WallSlope => Ok(()),
    };
    let proof = Proof {
        clock,
        linear,
        soak_checks: budget.check_seconds.map(|_| batches.checks),
        probe: batches.chain.as_ref().and_then(Chain::probe),
        seen,
    };
    Ok(Ok((samples, proof)))
}

/// Which clock the case can be timed by; some adapters offer timestamps and return none.
fn clock(case: &Case, first: Timing) -> Clock {
    match (case.action(), first.gpu_seconds) {
        (Action::Compute(_), Some(_)) => Clock::Timestamps,
        (Action::Compute(_), None) => Clock::WallSlope,
        _ => Clock::Wall,
    }
}

/// The budget with samples that `bands` allow, and with a warm-up that is of use.
fn adapted(budget: &Budget, bands: u32, clock: Clock) -> Budget {
    let mut budget = *budget;
    if clock == Clock::Wall {
        // Transfers and empty submits heat no chip, and by the host's clock alone they scatter more than a rate that
        // stands still may: that is not waited for. A soak is wanted for its own sake.
        budget = match budget.check_seconds {
            Some(_) => Budget {
                warm_up_cap_seconds: budget.warm_up_seconds,
                ..budget
            },
            None => budget.brief(),
        };
    }
    if bands > 1 {
        // A dispatch cut into bands is a sample by itself, however short the target.
        budget.sample_seconds = 0.0;
    }
    budget
}

/// Checks a chain's dependence on its trips, and the answer to be timed where it was not proven on the timed operands or
/// not in as many bands. Leaves that answer and the timed operands in place and the output poisoned, so that the answer
/// after timing proves that the timed dispatches wrote it; what the first dispatch took.
fn verify(
    info: &DeviceInfo,
    proven: &mut Proven<'_>,
    tuned: &Tuned,
    agreement: &mut Agreement,
) -> Result<Result<Timing, Wrong>> {
    let case = &tuned.case;
    let loaded = proven.loaded.as_mut();
    let operands = std::mem::take(&mut proven.operands);
    if case.kernel.sizing.is_grown()
        && let Err(wrong) = one_trip_more(loaded, case, &operands)?
    {
        return Ok(Err(wrong));
    }
    drop(operands);
    let timing = if case.timed() == case.proof() {
        // Without the operands, which no kernel writes to and which may take a second to bring there again.
        loaded.clear()?;
        let timing = first(info, loaded, tuned.bands)?;
        if tuned.bands != proven.bands
            && let Some(found) = loaded.unlike(&proven.answer)?
        {
            return Ok(Err(agree::differs(found, &proven.answer)));
        }
        timing
    } else {
        proven.answer = Words::new();
        let operands = (case.kernel.inputs)(case, case.timed());
        loaded.fill(&operands)?;
        let timing = first(info, loaded, tuned.bands)?;
        proven.answer = match tune::answer(loaded, case, case.timed(), &operands, agreement)? {
            Ok(answer) => answer,
            Err(wrong) => return Ok(Err(wrong)),
        };
        timing
    };
    loaded.clear()?;
    Ok(Ok(timing))
}

/// The first dispatch, again where a device that has timestamps gave none: which clock times the case is decided by it.
fn first(info: &DeviceInfo, loaded: &mut dyn Loaded, bands: u32) -> Result<Timing> {
    let offered = info.features.contains(&Feature::Timestamps);
    let mut timing = loaded.run(1, bands)?;
    for _ in 1..TRIES {
        if timing.gpu_seconds.is_some() || !offered {
            break;
        }
        timing = loaded.run(1, bands)?;
    }
    Ok(timing)
}

/// A chain's answer must follow its trip count: another count has another right answer.
fn one_trip_more(
    loaded: &mut dyn Loaded,
    case: &Case,
    operands: &[Words],
) -> Result<Result<(), Wrong>> {
    let mut other = case.clone();
    let trips = case.params.trips.unwrap_or(1);
    other.params.trips = Some(if trips < kernels::max_trips(case) {
        trips + 1
    } else {
        trips - 1
    });
    loaded.with_trips_of(&other)?;
    // In two bands, which timing never needs for a chain: the second must know its place too.
    loaded.run(1, 2)?;
    let mut agreement = Agreement::default();
    if let Err(wrong) = tune::answer(loaded, &other, other.proof(), operands, &mut agreement)? {
        return Ok(Err(wrong));
    }
    loaded.with_trips_of(case)?;
    Ok(Ok(()))
}

/// Whether twice the dispatches take twice the GPU time, and GPU and host agree on how much more it is.
fn work_done(samples: &Samples, batches: &mut Batches<'_>) -> Result<Result<(), String>> {
    let mut why = String::new();
    for _ in 0..TRIES {
        let once = batches.run(samples.dispatches, Phase::Check)?;
        let twice = batches.run(samples.dispatches * 2, Phase::Check)?;
        match judged::linear(once, twice, samples.dispatches) {
            Ok(()) => return Ok(Ok(())),
            Err(seen) => why = seen,
        }
    }
    Ok(Err(why))
}

/// The record of a case that the device failed in, with the samples there were until then.
pub fn failed(info: &DeviceInfo, case: &Case, error: &Error, seconds: Vec<f64>) -> Record {
    let error = error.to_string();
    let outcome = Outcome::Failed {
        error,
        seconds,
        observed: None,
    };
    record(info, case, outcome)
}

/// The record of a case that was tried.
fn record(info: &DeviceInfo, case: &Case, outcome: Outcome) -> Record {
    Record {
        kernel: case.kernel.name.into(),
        params: case.params.clone(),
        kind: case.kernel.kind.at(info.scope()),
        work: case.work(),
        // Where no candidate was chosen there is no single shader to name.
        shader_sha256: case.shader_sha256().ok().flatten(),
        beside: None,
        outcome,
    }
}
