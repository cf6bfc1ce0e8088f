//! What there is to remark on a measured row: the stored flags, and those that follow from what is stored.

use crate::device::DeviceInfo;
use crate::figure::{Engine, Format};
use crate::kernel::Mode;
use crate::results::{Clock, Measured, Probe, Record, Results};
use crate::sampler::NARROW;
use crate::stats::{Sample, Summary};
use crate::telemetry::{Gpu, Reading, at_power_limit_share, clock_before, power_capped_share};
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
    results: &Results,
    record: &Record,
    measured: &Measured,
    summary: &Summary,
) -> Vec<Flag> {
    let device = &results.device;
    let mut flags: Vec<Flag> = measured.flags.iter().map(|flag| (*flag).into()).collect();
    flags.extend(measured.spoilt.map(|_| Flag::SomeSpoilt));
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
    flags.extend(moved(device, record, measured));
    flags.extend(held(results.gpu(), measured));
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

/// What the clock probe says against the samples. Only where the GPU's own clock times the case: the host's may be off by
/// more, on a software adapter other processes share the cores, and a case that waits for the bus leaves the clock free.
fn moved(device: &DeviceInfo, record: &Record, measured: &Measured) -> Vec<Flag> {
    let mut flags = Vec::new();
    let Some(probe) = &measured.probe else {
        return flags;
    };
    if measured.clock != Clock::Timestamps || device.is_cpu() {
        return flags;
    }
    flags.extend((probe.drift().abs() > DRIFT).then_some(Flag::ClockDrift));
    // Between bursts the chip rests, and so does the clock that a sensor happens to read.
    let sustained = record.params.mode == Mode::Sustained;
    let apart = cycles(probe, readings(measured))
        .filter(|_| sustained)
        .is_some_and(|[before, after]| (after / before - 1.0).abs() > CLOCKS_APART);
    flags.extend(apart.then_some(Flag::ClocksDisagree));
    flags
}

/// What the sensors say against the samples.
fn held(gpu: Option<&Gpu>, measured: &Measured) -> Vec<Flag> {
    let mut flags = Vec::new();
    let capped = capped_share(gpu, readings(measured));
    flags.extend(
        capped
            .filter(|share| *share > CAPPED)
            .map(|_| Flag::PowerCapped),
    );
    let observed = measured.observed.as_ref();
    let counters = observed.map_or(&[][..], |observed| &observed.counters);
    let counted = match counters {
        [before, .., after] => !after.errors_since(before).is_empty(),
        _ => false,
    };
    flags.extend(counted.then_some(Flag::HardwareErrors));
    flags
}

/// The share of readings that the power limit held down: by the limiters, or, where they say nothing (NVIDIA's under
/// Vulkan call a full load idle), by power and clock.
pub(super) fn capped_share(gpu: Option<&Gpu>, readings: &[Reading]) -> Option<f64> {
    power_capped_share(readings)
        .or_else(|| at_power_limit_share(readings, gpu?.power_limit_watts, gpu?.sm_max_hertz))
}

fn readings(measured: &Measured) -> &[Reading] {
    let observed = measured.observed.as_ref();
    let telemetry = observed.and_then(|observed| observed.telemetry.as_ref());
    telemetry.map_or(&[], |telemetry| &telemetry.readings)
}

/// Cycles of one step of the probe by the vendor's clock, before and after: the same number twice, if both tell the truth.
pub(super) fn cycles(probe: &Probe, readings: &[Reading]) -> Option<[f64; 2]> {
    let [first, last] = probe.at_seconds?;
    let [before, after] = [first, last].map(|at| clock_before(readings, at));
    let cycles = |seconds: f64, hertz: f64| seconds * hertz / probe.steps as f64;
    Some([
        cycles(probe.seconds[0], before?),
        cycles(probe.seconds[1], after?),
    ])
}
