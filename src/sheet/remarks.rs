//! What there is to remark on a measured row: the stored flags, and those that follow from what is stored.

use crate::device::DeviceInfo;
use crate::figure::{Engine, Format};
use crate::results::{Clock, Measured, Probe, Record};
use crate::sampler::NARROW;
use crate::stats::{Sample, Summary};
use crate::telemetry::{Reading, clock_near, power_capped_share};
use crate::tune::How;

use super::Flag;

/// Samples that a median needs before its interval counts as settled.
const MIN_SAMPLES: usize = 30;

/// How many times as fast as scalars packed pairs must be to count as packed; two would be ideal.
const PACKED: f64 = 1.5;

/// How far the host's clock may be from the GPU's before the row says so.
const WALL_SLACK: f64 = 0.05;

/// The share of readings under the power limit beyond which the row says so.
const CAPPED: f64 = 0.1;

/// How far the clock probe may move while the samples are taken, and how far the vendor's clock from it.
const DRIFT: f64 = 0.02;
const CLOCKS_APART: f64 = 0.05;

/// The stored flags and those that follow from the samples.
pub(super) fn flags(
    device: &DeviceInfo,
    record: &Record,
    measured: &Measured,
    summary: &Summary,
) -> Vec<Flag> {
    let mut flags: Vec<Flag> = measured.flags.iter().map(|flag| (*flag).into()).collect();
    if summary.count < MIN_SAMPLES || summary.half_width() > NARROW {
        flags.push(Flag::Noisy);
    }
    if measured.clock == Clock::Timestamps {
        let wall = Sample::new(measured.wall_seconds.clone());
        let apart =
            wall.is_some_and(|wall| (wall.median() / summary.median - 1.0).abs() > WALL_SLACK);
        flags.extend(apart.then_some(Flag::WallDiffers));
    }
    flags.extend((measured.clock == Clock::WallSlope).then_some(Flag::HostClock));
    flags.extend(seen(measured));
    flags.extend(
        measured
            .wrong_candidates
            .is_some()
            .then_some(Flag::WrongCandidates),
    );
    if let Some(choice) = &measured.choice {
        let unpacked = choice.over_scalar.is_some_and(|times| times < PACKED);
        let halves = record.kind.arithmetic == Some(Format::F16);
        flags.extend((halves && unpacked).then_some(Flag::NotPacked));
        flags.extend((choice.how == How::Default).then_some(Flag::DefaultTile));
    }
    let dots = record.kind.engine == Some(Engine::PackedDot);
    let emulated = dots && device.int8_dot_emulated == Some(true);
    flags.extend(emulated.then_some(Flag::EmulatedDot));
    flags.extend(device.is_cpu().then_some(Flag::SoftwareAdapter));
    flags.sort();
    flags.dedup();
    flags
}

/// What clock probe and sensors say against the samples.
fn seen(measured: &Measured) -> Vec<Flag> {
    let mut flags = Vec::new();
    let observed = measured.observed.as_ref();
    let telemetry = observed.and_then(|observed| observed.telemetry.as_ref());
    let readings = telemetry.map_or(&[][..], |telemetry| &telemetry.readings);
    if let Some(probe) = &measured.probe {
        flags.extend((probe.drift().abs() > DRIFT).then_some(Flag::ClockDrift));
        let apart = cycles(probe, readings)
            .is_some_and(|[before, after]| (after / before - 1.0).abs() > CLOCKS_APART);
        flags.extend(apart.then_some(Flag::ClocksDisagree));
    }
    let capped = power_capped_share(readings).is_some_and(|share| share > CAPPED);
    flags.extend(capped.then_some(Flag::PowerCapped));
    let counters = observed.map_or(&[][..], |observed| &observed.counters);
    let counted = match counters {
        [before, .., after] => !after.errors_since(before).is_empty(),
        _ => false,
    };
    flags.extend(counted.then_some(Flag::HardwareErrors));
    flags
}

/// Cycles of one step of the probe by the vendor's clock, before and after: the same number twice, if both tell the truth.
pub(super) fn cycles(probe: &Probe, readings: &[Reading]) -> Option<[f64; 2]> {
    let [first, last] = probe.at_seconds?;
    let [before, after] = [first, last].map(|at| clock_near(readings, at));
    let cycles = |seconds: f64, hertz: f64| seconds * hertz / probe.steps as f64;
    Some([
        cycles(probe.seconds[0], before?),
        cycles(probe.seconds[1], after?),
    ])
}
