//! What a case's samples come to: measured, with flags, or invalid with the cause.

use crate::agree::{Agreement, Wrong};
use crate::device::Device;
use crate::figure::{Engine, Format, Metric, word};
use crate::kernel::Mode;
use crate::results::{Cause, Clock, Evidence, Flag, Measured, Outcome, Probe, Spoilt};
use crate::sampler::Samples;
use crate::stats::Sample;
use crate::tune::Tuned;

use super::observer::Seen;
use super::watched::Watched;

/// More than one in this many samples without a time, or taken under a fault, make a case invalid.
const SPOILT: u32 = 5;

/// How far above the physical ceiling a rate may be: clocks are read ten times a second.
const CEILING_SLACK: f64 = 0.02;

/// What is known of a case's samples beside their times.
pub struct Proof {
    /// Which clock they come from.
    pub clock: Clock,
    /// Whether time grows with the work, or what was seen instead.
    pub linear: Result<(), String>,
    /// How often the answer was checked during a soak, if there was one.
    pub soak_checks: Option<u32>,
    /// The clock probe.
    pub probe: Option<Probe>,
    /// What the sensors said.
    pub seen: Seen,
}

/// The outcome of samples with a right answer, checked as `agreement` says.
pub fn outcome(
    device: &Watched<'_>,
    tuned: &Tuned,
    samples: Samples,
    proof: Proof,
    agreement: Agreement,
) -> Outcome {
    let cpu = device.info().is_cpu();
    let spoilt = spoilt(&samples, &proof);
    let too_many = too_many(&samples, &spoilt).map(|detail| (Cause::SamplesSpoilt, detail));
    let above = || above(tuned, &samples, &proof.seen);
    let above = || above().map(|detail| (Cause::AbovePhysicalCeiling, detail));
    // On a software adapter other processes share the cores: time proves nothing there.
    let undone = || proof.linear.clone().err().filter(|_| !cpu);
    let undone = || undone().map(|detail| (Cause::WorkNotDone, detail));
    if let Some((cause, detail)) = too_many.or_else(above).or_else(undone) {
        return invalid(cause, detail, Some(evidence(samples, proof)));
    }
    let mut flags = Vec::new();
    // A burst ends before a rate could stand still: that is its point.
    if !samples.steady && tuned.case.params.mode == Mode::Sustained {
        flags.push(Flag::NotSteady);
    }
    flags.extend(proof.linear.is_err().then_some(Flag::TimerSuspect));
    Outcome::Measured(Measured {
        flags,
        agreement,
        spoilt: Some(spoilt).filter(|spoilt| *spoilt != Spoilt::default()),
        longest_submit_seconds: Some(device.longest_submit()),
        ..measured(tuned, samples, proof)
    })
}

/// The outcome of a wrong answer, with what was taken until then.
pub fn wrong_answer(wrong: Wrong, evidence: Option<Evidence>) -> Outcome {
    invalid(Cause::WrongAnswer, wrong.0, evidence)
}

fn invalid(cause: Cause, detail: String, evidence: Option<Evidence>) -> Outcome {
    Outcome::Invalid {
        cause,
        detail,
        evidence: evidence.map(Box::new),
    }
}

/// All there is of samples that mean nothing.
pub fn evidence(samples: Samples, proof: Proof) -> Evidence {
    Evidence {
        seconds: samples.seconds,
        observed: Some(Box::new(proof.seen.observed)),
        probe: proof.probe.map(Box::new),
    }
}

/// Samples and what surrounds them.
fn measured(tuned: &Tuned, samples: Samples, proof: Proof) -> Measured {
    Measured {
        clock: proof.clock,
        seconds: samples.seconds,
        wall_seconds: samples.wall_seconds,
        dispatches: samples.dispatches,
        bands: tuned.bands.min(tuned.case.action().most_bands()),
        warm_up_seconds: samples.warm_up_seconds,
        soak_checks: proof.soak_checks,
        spoilt: None,
        series: samples.series,
        observed: Some(Box::new(proof.seen.observed)),
        probe: proof.probe.map(Box::new),
        candidates: tuned.candidates,
        wrong_candidates: tuned
            .wrong
            .as_ref()
            .map(|(count, Wrong(first))| format!("{count}: {first}")),
        choice: Some(Box::new(tuned.choice.clone())),
        longest_submit_seconds: None,
        agreement: Agreement::default(),
        flags: Vec::new(),
    }
}

fn spoilt(samples: &Samples, proof: &Proof) -> Spoilt {
    Spoilt {
        without_time: samples.missing,
        limited: proof.seen.limited,
        by: proof.seen.by,
    }
}

/// Why the spoilt samples are too many, if they are.
fn too_many(samples: &Samples, spoilt: &Spoilt) -> Option<String> {
    let timed = samples.seconds.len() as u32;
    let taken = timed + spoilt.without_time;
    if timed < 2 || spoilt.without_time * SPOILT > taken {
        let missing = spoilt.without_time;
        return Some(format!("{missing} of {taken} samples have no time"));
    }
    let by = spoilt.by.filter(|_| spoilt.limited * SPOILT > taken)?;
    let by = word(&by).replace('_', " ");
    let limited = spoilt.limited;
    Some(format!(
        "{limited} of {taken} samples were taken under a limiter that is a fault: {by}"
    ))
}

/// By what the rate is above what the lanes could do at the highest clock that was seen, if it is.
///
/// Only for arithmetic in f32, of which a lane does one multiply-add a cycle: other formats have rates of their own on
/// every chip, and a bandwidth may be a cache's.
fn above(tuned: &Tuned, samples: &Samples, seen: &Seen) -> Option<String> {
    let kind = &tuned.case.kernel.kind;
    let (engine, arithmetic) = (Some(Engine::Vector), Some(Format::F32));
    if (kind.metric, kind.engine, kind.arithmetic) != (Metric::Rate, engine, arithmetic) {
        return None;
    }
    let lanes = seen.float_lanes?;
    let readings = &seen.observed.telemetry.as_ref()?.readings;
    let clocks = readings.iter().filter_map(|reading| reading.sm_hertz);
    let hertz = clocks.max_by(f64::total_cmp)?;
    let ceiling = 2.0 * f64::from(lanes) * hertz;
    let median = Sample::new(samples.seconds.clone())?.median();
    let rate = tuned.case.work().operations as f64 / median;
    (rate > ceiling * (1.0 + CEILING_SLACK)).then(|| {
        format!(
            "{:.4} TFLOPS, and {lanes} lanes at {:.0} MHz can do {:.4}",
            rate * 1e-12,
            hertz * 1e-6,
            ceiling * 1e-12
        )
    })
}
