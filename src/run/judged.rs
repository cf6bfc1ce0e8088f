//! What a case's samples come to: measured, with flags, or invalid with the cause.

use crate::agree::{Agreement, Wrong};
use crate::device::Device;
use crate::figure::{Engine, Format, Metric, word};
use crate::kernel::Mode;
use crate::results::{Cause, Clock, Flag, Measured, Outcome, Probe};
use crate::sampler::Samples;
use crate::stats::Sample;
use crate::tune::Tuned;

use super::observer::{Seen, Spoilt};
use super::watched::Watched;

/// More than one in this many samples without a time, or taken under a fault, make a case invalid.
const SPOILT: usize = 5;

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
    let spoilt = spoilt(&samples, &proof).map(|detail| (Cause::SamplesSpoilt, detail));
    let above = || above(tuned, &samples, &proof.seen);
    let above = || above().map(|detail| (Cause::AbovePhysicalCeiling, detail));
    if let Some((cause, detail)) = spoilt.or_else(above) {
        return Outcome::Invalid { cause, detail };
    }
    let mut flags = Vec::new();
    // A burst ends before a rate could stand still: that is its point.
    if !samples.steady && tuned.case.params.mode == Mode::Sustained {
        flags.push(Flag::NotSteady);
    }
    match &proof.linear {
        Ok(()) => {}
        // On a software adapter other processes share the cores: time proves nothing there.
        Err(_) if device.info().is_cpu() => flags.push(Flag::TimerSuspect),
        Err(detail) => {
            return Outcome::Invalid {
                cause: Cause::WorkNotDone,
                detail: detail.clone(),
            };
        }
    }
    Outcome::Measured(Measured {
        flags,
        agreement,
        longest_submit_seconds: Some(device.longest_submit()),
        ..measured(tuned, samples, proof)
    })
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

/// What spoilt too many samples, if anything did.
fn spoilt(samples: &Samples, proof: &Proof) -> Option<String> {
    let missing = samples.missing as usize;
    let taken = samples.seconds.len() + missing;
    if samples.seconds.len() < 2 || missing * SPOILT > taken {
        return Some(format!("{missing} of {taken} samples have no time"));
    }
    let Spoilt {
        samples: spoilt,
        of,
        by,
    } = proof.seen.spoilt;
    let by = by.filter(|_| spoilt * SPOILT > of)?;
    let by = word(&by).replace('_', " ");
    Some(format!(
        "{spoilt} of {of} samples were taken under a limiter that is a fault: {by}"
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
