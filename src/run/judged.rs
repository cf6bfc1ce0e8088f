//! What a case's samples come to: measured, with flags, or invalid with the cause.

use crate::agree::{Agreement, Wrong};
use crate::device::{Device, Timing};
use crate::figure::{Engine, Format, Metric, word};
use crate::kernel::Mode;
use crate::results::{Cause, Clock, Evidence, Flag, Measured, Outcome, Probe, Spoilt};
use crate::sampler::Samples;
use crate::stats::Sample;
use crate::telemetry::Ceiling;
use crate::tune::Tuned;

use super::observer::Seen;
use super::watched::Watched;

/// More than one in this many samples without a time, or taken under a fault, make a case invalid.
const SPOILT: u32 = 5;

/// How far N and 2N dispatches may be from proportional, GPU time above wall time, and the two clocks'
/// times for N more dispatches from each other: a GPU clock of the wrong unit is further off.
const LINEAR: f64 = 0.02;
const CLOCK_SLACK: f64 = 0.001;
const CLOCKS_APART: f64 = 0.2;

/// How far above the physical ceiling a rate may be: a clock may be a little above what it says.
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
    let heat = heat(&proof.seen);
    let too_many = too_many(&samples, &spoilt);
    let too_many = too_many.map(|detail| (Cause::SamplesSpoilt, detail + &heat));
    let above = || above(tuned, &samples, &proof.seen);
    let above = || above().map(|detail| (Cause::AbovePhysicalCeiling, detail));
    // On a software adapter other processes share the cores: time proves nothing there.
    let undone = || proof.linear.clone().err().filter(|_| !cpu);
    let undone = || undone().map(|detail| (Cause::WorkNotDone, detail));
    if let Some((cause, detail)) = too_many.or_else(above).or_else(undone) {
        return invalid(cause, detail, Some(evidence(samples, proof)));
    }
    let mut flags = Vec::new();
    // A burst ends before a rate could stand still: that is its point. By the host's clock alone none is waited for.
    let waited = tuned.case.params.mode == Mode::Sustained && proof.clock != Clock::Wall;
    if waited && !samples.steady {
        flags.push(Flag::NotSteady);
    }
    flags.extend(proof.linear.is_err().then_some(Flag::TimerSuspect));
    Outcome::Measured(Box::new(Measured {
        flags,
        timer: proof.linear.clone().err().map(Into::into),
        agreement,
        spoilt: (spoilt != Spoilt::default()).then(|| Box::new(spoilt)),
        longest_submit_seconds: Some(device.longest_submit()),
        ..measured(tuned, samples, proof)
    }))
}

/// The outcome of a wrong answer, with what was taken until then.
pub fn wrong_answer(wrong: Wrong, evidence: Option<Evidence>) -> Outcome {
    invalid(Cause::WrongAnswer, wrong.0, evidence)
}

/// The same of an answer that went wrong while the chip was soaked: there are no samples yet.
pub fn wrong_under_load(wrong: Wrong, seen: Seen) -> Outcome {
    let evidence = Evidence {
        observed: Some(Box::new(seen.observed)),
        ..Evidence::default()
    };
    wrong_answer(wrong, Some(evidence))
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
        timer: None,
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
        "{limited} of {taken} samples are spoilt by what held the GPU down: {by}"
    ))
}

/// How hot the chip was under what spoilt samples, and how far its clock fell, as far as that was read.
fn heat(seen: &Seen) -> String {
    let readings = seen
        .observed
        .telemetry
        .iter()
        .flat_map(|telemetry| &telemetry.readings);
    let under = readings.filter(|reading| seen.by.is_some_and(|by| reading.limits.contains(&by)));
    let under: Vec<_> = under.collect();
    let celsius = under
        .iter()
        .filter_map(|reading| reading.celsius)
        .reduce(f64::max);
    let hertz = under
        .iter()
        .filter_map(|reading| reading.sm_hertz)
        .reduce(f64::min);
    let said = [
        celsius.map(|celsius| format!("up to {celsius:.0} °C")),
        hertz.map(|hertz| format!("down to {:.0} MHz", hertz * 1e-6)),
    ];
    let said: Vec<_> = said.into_iter().flatten().collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" ({})", said.join(", ")),
    }
}

/// Whether `twice` as many dispatches as the `dispatches` of `once` took twice the GPU time, and whether GPU and host agree
/// on it; else what was seen.
pub fn linear(once: Timing, twice: Timing, dispatches: u32) -> Result<(), String> {
    let (a, b) = (once.seconds(), twice.seconds());
    let slope = b - a;
    let off = (slope / b * 2.0 - 1.0).abs();
    if off > LINEAR {
        return Err(format!(
            "{dispatches} dispatches take {a:.4e} s and twice as many {b:.4e} s, {:.1} % from proportional",
            off * 100.0
        ));
    }
    let wall = twice.wall_seconds;
    if b / wall - 1.0 > CLOCK_SLACK {
        return Err(format!(
            "by the GPU's clock {b:.4e} s, within {wall:.4e} s of the host's"
        ));
    }
    let more = wall - once.wall_seconds;
    if (more / slope - 1.0).abs() > CLOCKS_APART {
        return Err(format!(
            "{dispatches} dispatches more take {slope:.4e} s by the GPU's clock and {more:.4e} s by the host's"
        ));
    }
    Ok(())
}

/// By what the rate is above what the chip's lanes could do at their highest clock, if it is.
///
/// Only for arithmetic in f32, of which a lane does one multiply-add a cycle: other formats have rates of their own on
/// every chip, and a bandwidth may be a cache's. Not by the clock that was read: a sensor may lag behind a short load.
fn above(tuned: &Tuned, samples: &Samples, seen: &Seen) -> Option<String> {
    let kind = &tuned.case.kernel.kind;
    let (engine, arithmetic) = (Some(Engine::Vector), Some(Format::F32));
    if (kind.metric, kind.engine, kind.arithmetic) != (Metric::Rate, engine, arithmetic) {
        return None;
    }
    let Ceiling { lanes, hertz } = seen.ceiling?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Limiter;

    fn samples(timed: usize, missing: u32) -> Samples {
        Samples {
            seconds: vec![1e-3; timed],
            wall_seconds: vec![1e-3; timed],
            missing,
            dispatches: 10,
            warm_up_seconds: 3.0,
            steady: true,
            series: Vec::new(),
        }
    }

    #[test]
    fn a_fifth_of_the_samples_may_be_spoilt_and_no_more() {
        let judge = |timed, without_time, limited: u32| {
            let spoilt = Spoilt {
                without_time,
                limited,
                by: (limited > 0).then_some(Limiter::HardwareThermal),
            };
            too_many(&samples(timed, without_time), &spoilt)
        };
        assert_eq!(judge(30, 0, 0), None);
        assert_eq!(judge(30, 0, 6), None);
        let thermal = "7 of 30 samples are spoilt by what held the GPU down: hardware thermal";
        assert_eq!(judge(30, 0, 7).as_deref(), Some(thermal));
        assert_eq!(judge(24, 6, 0), None);
        let missing = judge(23, 7, 0);
        assert_eq!(missing.as_deref(), Some("7 of 30 samples have no time"));
        assert!(judge(1, 0, 0).is_some(), "one sample has no interval");
    }

    #[test]
    fn the_work_check_says_which_of_its_rules_is_broken() {
        let timing = |gpu: f64, wall: f64| Timing {
            gpu_seconds: Some(gpu),
            ..Timing::of(wall)
        };
        let judge = |once, twice| linear(once, twice, 8);
        assert_eq!(judge(timing(1.0, 1.1), timing(2.0, 2.1)), Ok(()));
        for (once, twice, why) in [
            (
                timing(1.0, 1.0),
                timing(1.9, 1.9),
                "5.3 % from proportional",
            ),
            (
                timing(1.0, 1.0),
                timing(2.0, 1.9),
                "within 1.9000e0 s of the host's",
            ),
            (
                timing(1.0, 1.0),
                timing(2.0, 2.5),
                "8 dispatches more take 1.0000e0 s by the GPU's clock and 1.5000e0 s by the host's",
            ),
        ] {
            let seen = judge(once, twice).unwrap_err();
            assert!(seen.contains(why), "{seen}");
        }
    }
}
