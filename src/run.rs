//! The only measuring loop: tune → verify → sample → check again → record.
//!
//! A case that fails, or whose answer is wrong, is a record like any other; the run goes on. The
//! results are saved after every record.

use std::cell::RefCell;

use crate::agree::{self, Agreement, Wrong};
use crate::cases::Planned;
use crate::device::{Device, DeviceInfo, Loaded, Timing};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::kernel::{Action, Case, Input, Pattern};
use crate::kernels;
use crate::matrix::Words;
use crate::results::{Cause, Clock, Flag, Measured, Outcome, Record, Results};
use crate::sampler::{self, Budget, Samples};
use crate::tune::{self, Step, Tried, Tuned, Tuner};

mod watched;

use watched::Watched;

/// How far N and 2N dispatches may be from proportional, GPU time above wall time, and the two clocks'
/// times for N more dispatches from each other: a GPU clock of the wrong unit is further off.
const LINEAR: f64 = 0.02;
const CLOCK_SLACK: f64 = 0.001;
const CLOCKS_APART: f64 = 0.2;

/// More than one in this many samples without a time make a case invalid.
const SPOILT: usize = 5;

/// Tries of the work check before a case is invalid: a neighbour may disturb one.
const TRIES: u32 = 3;

/// Who watches a run: progress is shown and interruptions come in here.
pub trait Watch {
    /// A case begins.
    fn begin(&mut self, case: &Case);
    /// The search for its tile tried a candidate.
    fn tried(&mut self, tried: &Tried);
    /// Something the user should know that changes no result.
    fn note(&mut self, text: &str);
    /// A batch of it is over; its figure, if it has one.
    fn progress(&mut self, figure: Option<Figure>);
    /// A record is done and saved.
    fn record(&mut self, record: &Record);
    /// The signal that arrived, if one did.
    fn interrupted(&self) -> Option<i32>;
}

/// Measures every planned case on `device`, appends the records and calls `save` after each.
///
/// Ends early only for an interruption or a failing `save`; a device's faults are records.
pub fn run(
    device: &dyn Device,
    plan: Vec<Planned>,
    tuner: &mut Tuner,
    results: &mut Results,
    save: &mut dyn FnMut(&Results) -> Result<()>,
    watch: &mut dyn Watch,
) -> Result<()> {
    for planned in plan {
        let record = match planned {
            Planned::Record(record) => *record,
            Planned::Case(case) => {
                watch.begin(&case);
                measure(device, &case, tuner, &results.settings.budget, watch)?
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
    watch: &mut dyn Watch,
) -> Result<Record> {
    let device = &Watched::new(device);
    let watch = RefCell::new(watch);
    let steps = |step: Step<'_>| {
        match step {
            Step::Next => {}
            Step::Tried(tried) => watch.borrow_mut().tried(tried),
            Step::Note(text) => watch.borrow_mut().note(text),
        }
        match watch.borrow().interrupted() {
            Some(signal) => Err(Error::Interrupted { signal }),
            None => Ok(()),
        }
    };
    steps(Step::Next)?;
    let tuned = match tuner.tuned(device, case, budget.sample_seconds, &steps) {
        Ok(Ok(tuned)) => tuned,
        Ok(Err(wrong)) => return Ok(record(device, case, wrong_answer(wrong))),
        Err(error) => return failed(device, case, error),
    };
    let timed = |timing: Timing, dispatches: u32| {
        let figure = figure(
            device.info(),
            &tuned.case,
            timing.seconds() / f64::from(dispatches),
        );
        watch.borrow_mut().progress(figure);
        steps(Step::Next)
    };
    match sample(device, &tuned, budget, &timed) {
        Ok(outcome) => Ok(record(device, &tuned.case, outcome)),
        Err(error) => failed(device, &tuned.case, error),
    }
}

/// Called after every batch with its timing and its dispatches.
type Timed<'a> = dyn Fn(Timing, u32) -> Result<()> + 'a;

fn sample(device: &Watched<'_>, tuned: &Tuned, budget: &Budget, timed: &Timed) -> Result<Outcome> {
    let (case, bands) = (&tuned.case, tuned.bands);
    let mut loaded = device.load(case)?;
    let loaded = loaded.as_mut();
    let mut agreement = tuned.agreement.clone();
    let (answer, first) = match verify(device, loaded, tuned, &mut agreement)? {
        Ok(verified) => verified,
        Err(wrong) => return Ok(wrong_answer(wrong)),
    };
    let clock = clock(case, first);
    let mut batch = |dispatches: u32| {
        let timing = match clock {
            Clock::WallSlope => wall_slope(loaded, dispatches, bands)?,
            _ => loaded.run(dispatches, bands)?,
        };
        timed(timing, dispatches)?;
        Ok(timing)
    };
    let budget = adapted(budget, clock, bands);
    let samples = sampler::sample(&budget, clock != Clock::Wall, &mut batch)?;
    let linear = match clock {
        Clock::Timestamps => work_done(&samples, &mut batch)?,
        // A slope is this check already; a wait for each dispatch is a loop of our own.
        Clock::Wall | Clock::WallSlope => Ok(()),
    };
    if let Err(wrong) = agree::equal(&loaded.output()?, &answer) {
        return Ok(wrong_answer(Wrong(format!("after timing, {}", wrong.0))));
    }
    agreement.unchanged_after = true;
    let proof = Proof {
        clock,
        linear,
        agreement,
    };
    Ok(outcome(device, tuned, samples, proof))
}

/// Which clock the case can be timed by; some adapters offer timestamps and return none.
fn clock(case: &Case, first: Timing) -> Clock {
    match (case.action(), first.gpu_seconds) {
        (Action::Compute(_), Some(_)) => Clock::Timestamps,
        (Action::Compute(_), None) => Clock::WallSlope,
        _ => Clock::Wall,
    }
}

/// The budget in the time that `clock` and `bands` really take.
fn adapted(budget: &Budget, clock: Clock, bands: u32) -> Budget {
    let mut budget = *budget;
    if clock == Clock::WallSlope {
        // Each sample of N dispatches runs 3·N.
        budget.warm_up_seconds /= 3.0;
        budget.warm_up_cap_seconds /= 3.0;
        budget.cap_seconds /= 3.0;
    }
    if bands > 1 {
        // A dispatch cut into bands is a sample by itself, however short the target.
        budget.sample_seconds = 0.0;
    }
    budget
}

/// Checks the answer on the timed operands, and a chain's dependence on its trips. Leaves the operands in
/// place and the output poisoned, so that the answer after timing proves that the timed dispatches
/// wrote it. The exact operands were checked by the search, with this pipeline.
fn verify(
    device: &dyn Device,
    loaded: &mut dyn Loaded,
    tuned: &Tuned,
    agreement: &mut Agreement,
) -> Result<Result<(Words, Timing), Wrong>> {
    let case = &tuned.case;
    if case.kernel.sizing.is_grown()
        && let Err(wrong) = one_trip_more(device, case)?
    {
        return Ok(Err(wrong));
    }
    let input = Input::Timed(case.params.data.unwrap_or(Pattern::Random));
    let operands = (case.kernel.inputs)(case, input);
    loaded.fill(&operands)?;
    let timing = loaded.run(1, tuned.bands)?;
    let answer = loaded.output()?;
    if let Err(wrong) = agree::check(case, input, &operands, &answer, agreement) {
        return Ok(Err(wrong));
    }
    loaded.fill(&operands)?;
    Ok(Ok((answer, timing)))
}

/// A chain's answer must follow its trip count: another count has another right answer.
fn one_trip_more(device: &dyn Device, case: &Case) -> Result<Result<(), Wrong>> {
    let mut other = case.clone();
    let trips = case.params.trips.unwrap_or(1);
    other.params.trips = Some(if trips < kernels::max_trips(case) {
        trips + 1
    } else {
        trips - 1
    });
    let mut loaded = device.load(&other)?;
    // In two bands, which timing never needs for a chain: the second must know its place too.
    Ok(tune::exact(loaded.as_mut(), &other, 2)?.map(|_| ()))
}

/// Without timestamps: the time between N and 2N dispatches, so that submitting and waiting drop out. A
/// disturbed pair can come out negative: then there is no such time.
fn wall_slope(loaded: &mut dyn Loaded, dispatches: u32, bands: u32) -> Result<Timing> {
    let once = loaded.run(dispatches, bands)?.wall_seconds;
    let twice = loaded.run(dispatches * 2, bands)?.wall_seconds;
    let between = twice - once;
    Ok(Timing {
        gpu_seconds: (between > 0.0).then_some(between),
        wall_seconds: once,
        submit_seconds: twice,
    })
}

/// Whether twice the dispatches take twice the GPU time, and GPU and host agree on how much more it is.
fn work_done(
    samples: &Samples,
    batch: &mut impl FnMut(u32) -> Result<Timing>,
) -> Result<Result<(), String>> {
    let mut why = String::new();
    for _ in 0..TRIES {
        let once = batch(samples.dispatches)?;
        let twice = batch(samples.dispatches * 2)?;
        let slope = twice.seconds() - once.seconds();
        let off = (slope / twice.seconds() * 2.0 - 1.0).abs();
        let ahead = twice.seconds() / twice.wall_seconds - 1.0;
        let apart = (twice.wall_seconds - once.wall_seconds) / slope - 1.0;
        if off <= LINEAR && ahead <= CLOCK_SLACK && apart.abs() <= CLOCKS_APART {
            return Ok(Ok(()));
        }
        why = format!(
            "{} dispatches take {:.4e} s and twice as many {:.4e} s, {:.1} % from proportional; by the \
             host's clock {:.4e} s and {:.4e} s",
            samples.dispatches,
            once.seconds(),
            twice.seconds(),
            off * 100.0,
            once.wall_seconds,
            twice.wall_seconds
        );
    }
    Ok(Err(why))
}

/// What is known of a case's samples beside their times.
struct Proof {
    clock: Clock,
    linear: Result<(), String>,
    agreement: Agreement,
}

fn outcome(device: &Watched<'_>, tuned: &Tuned, samples: Samples, proof: Proof) -> Outcome {
    let missing = samples.missing as usize;
    let taken = samples.seconds.len() + missing;
    if samples.seconds.len() < 2 || missing * SPOILT > taken {
        return Outcome::Invalid {
            cause: Cause::SamplesSpoilt,
            detail: format!("{missing} of {taken} samples have no time"),
        };
    }
    let mut flags = Vec::new();
    if !samples.steady {
        flags.push(Flag::NotSteady);
    }
    match proof.linear {
        Ok(()) => {}
        // On a software adapter other processes share the cores: time proves nothing there.
        Err(_) if device.info().is_cpu() => flags.push(Flag::TimerSuspect),
        Err(detail) => {
            return Outcome::Invalid {
                cause: Cause::WorkNotDone,
                detail,
            };
        }
    }
    Outcome::Measured(Measured {
        clock: proof.clock,
        seconds: samples.seconds,
        wall_seconds: samples.wall_seconds,
        dispatches: samples.dispatches,
        bands: tuned.bands.min(tuned.case.action().most_bands()),
        warm_up_seconds: samples.warm_up_seconds,
        candidates: tuned.candidates,
        wrong_candidates: tuned
            .wrong
            .as_ref()
            .map(|(count, Wrong(first))| format!("{count}: {first}")),
        choice: Some(Box::new(tuned.choice.clone())),
        longest_submit_seconds: Some(device.longest_submit()),
        agreement: proof.agreement,
        flags,
    })
}

fn wrong_answer(wrong: Wrong) -> Outcome {
    Outcome::Invalid {
        cause: Cause::WrongAnswer,
        detail: wrong.0,
    }
}

fn failed(device: &dyn Device, case: &Case, error: Error) -> Result<Record> {
    if let Error::Interrupted { .. } = error {
        return Err(error);
    }
    let error = error.to_string();
    Ok(record(device, case, Outcome::Failed { error }))
}

/// The record of a case that was tried.
fn record(device: &dyn Device, case: &Case, outcome: Outcome) -> Record {
    Record {
        kernel: case.kernel.name.into(),
        params: case.params.clone(),
        kind: case.kernel.kind.at(device.info().scope()),
        work: case.work(),
        // Where no candidate was chosen there is no single shader to name.
        shader_sha256: case.shader_sha256().ok().flatten(),
        outcome,
    }
}

/// The figure at `seconds` a dispatch, for the progress line.
fn figure(info: &DeviceInfo, case: &Case, seconds: f64) -> Option<Figure> {
    let kind = case.kernel.kind.at(info.scope());
    (seconds > 0.0).then(|| case.work().figure(kind, seconds, case.kernel.name))
}
