//! What there is to remark on a measured row: the stored flags, and those that follow from what is stored.

use std::collections::BTreeMap;

use crate::figure::{Engine, Format};
use crate::kernel::Mode;
use crate::results::{self, Clock, Measured, Probe, Record, Results, Spoilt};
use crate::sampler::NARROW;
use crate::stats::{Sample, Summary};
use crate::telemetry::{Gpu, PowerLimit, Reading, clock_before, power_capped_share};
use crate::tune::How;

use super::Flag;

/// Samples that a median needs before its interval counts as settled.
const MIN_SAMPLES: usize = 30;

/// How many times as fast as scalars packed pairs must be to count as packed; two would be ideal.
const PACKED: f64 = 1.5;
const PACKED_PRODUCT: f64 = 1.2;

/// How far the host's clock may be from the GPU's before the row says so.
const WALL_SLACK: f64 = 0.05;

/// The share of readings under the power limit beyond which the row says so.
const CAPPED: f64 = 0.1;

/// How far the clock probe may move while the samples are taken, and how far the vendor's clock from it.
const DRIFT: f64 = 0.02;
const CLOCKS_APART: f64 = 0.05;

/// The flags of a row, each with the reason in a few words where there is one beside its meaning.
#[derive(Debug, Default)]
pub(super) struct Remarks(pub BTreeMap<Flag, String>);

impl Remarks {
    /// Notes the flag if it holds.
    fn flag(&mut self, flag: Flag, holds: bool) {
        self.reason(flag, holds.then(String::new));
    }

    /// Notes the flag if there is a reason for it.
    fn reason(&mut self, flag: Flag, reason: Option<String>) {
        self.0.extend(reason.map(|reason| (flag, reason)));
    }
}

/// A share as a signed percentage, where it is further from 0 than `most`.
fn beyond(share: f64, most: f64) -> Option<String> {
    (share.abs() > most).then(|| format!("{:+.1} %", share * 100.0))
}

/// The stored flags and those that follow from the samples.
pub(super) fn of(
    results: &Results,
    record: &Record,
    measured: &Measured,
    summary: &Summary,
) -> Remarks {
    let mut remarks = Remarks::default();
    for flag in &measured.flags {
        let reason = match flag {
            results::Flag::TimerSuspect => measured.timer.as_deref().unwrap_or_default().into(),
            results::Flag::NotSteady => {
                let seconds = measured.warm_up_seconds;
                format!("still moving after {seconds:.1} s of warm-up")
            }
        };
        remarks.reason((*flag).into(), Some(reason));
    }
    sampled(measured, summary, &mut remarks);
    moved(results, record, measured, &mut remarks);
    held(results.gpu(), measured, &mut remarks);
    chosen(record, measured, &mut remarks);
    let device = &results.device;
    let dots = record.kind.engine == Some(Engine::PackedDot);
    let emulated = dots && device.int8_dot_emulated == Some(true);
    remarks.flag(Flag::EmulatedDot, emulated);
    remarks.flag(Flag::SoftwareAdapter, device.is_cpu());
    remarks
}

/// What the samples themselves say.
fn sampled(measured: &Measured, summary: &Summary, remarks: &mut Remarks) {
    if summary.count < MIN_SAMPLES || summary.half_width() > NARROW {
        let (count, width) = (summary.count, summary.half_width() * 100.0);
        remarks.reason(
            Flag::Noisy,
            Some(format!("{count} samples, ± {width:.1} %")),
        );
    }
    let spoilt = |spoilt: &Spoilt| {
        let taken = summary.count as u32 + spoilt.without_time;
        format!("{} of {taken}", spoilt.without_time + spoilt.limited)
    };
    remarks.reason(Flag::SomeSpoilt, measured.spoilt.as_deref().map(spoilt));
    if measured.clock == Clock::Timestamps {
        let wall = Sample::new(measured.wall_seconds.clone());
        let apart = wall.map(|wall| wall.median() / summary.median - 1.0);
        let apart = apart.and_then(|apart| beyond(apart, WALL_SLACK));
        remarks.reason(Flag::WallDiffers, apart);
    }
    remarks.flag(Flag::HostClock, measured.clock == Clock::WallSlope);
}

/// How the tile came to be chosen.
fn chosen(record: &Record, measured: &Measured, remarks: &mut Remarks) {
    remarks.reason(Flag::WrongCandidates, measured.wrong_candidates.clone());
    let Some(choice) = &measured.choice else {
        return;
    };
    let halves = record.kind.arithmetic == Some(Format::F16);
    // A product waits for its operands too, packed or not.
    let packed = match record.params.m {
        Some(_) => PACKED_PRODUCT,
        None => PACKED,
    };
    let unpacked = choice
        .over_scalar
        .filter(|times| halves && *times < packed)
        .map(|times| format!("{times:.2}×"));
    remarks.reason(Flag::NotPacked, unpacked);
    remarks.flag(Flag::DefaultTile, choice.how == How::Default);
}

/// What the clock probe says against the samples. Only where the GPU's own clock times the case: the host's may be off by
/// more, on a software adapter other processes share the cores, and a case that waits for the bus leaves the clock free.
fn moved(results: &Results, record: &Record, measured: &Measured, remarks: &mut Remarks) {
    let Some(probe) = &measured.probe else {
        return;
    };
    if measured.clock != Clock::Timestamps || results.device.is_cpu() {
        return;
    }
    remarks.reason(Flag::ClockDrift, beyond(probe.drift(), DRIFT));
    // Between bursts the chip rests, and so does the clock that a sensor happens to read; at the power limit it moves
    // faster than it is read.
    let sustained = record.params.mode == Mode::Sustained;
    let capped =
        capped_share(results.gpu(), readings(measured)).is_some_and(|share| share > CAPPED);
    let cycles = cycles(probe, readings(measured)).filter(|_| sustained && !capped);
    let apart = cycles.and_then(|[before, after]| beyond(after / before - 1.0, CLOCKS_APART));
    remarks.reason(Flag::ClocksDisagree, apart);
}

/// What the sensors say against the samples.
fn held(gpu: Option<&Gpu>, measured: &Measured, remarks: &mut Remarks) {
    let capped = capped_share(gpu, readings(measured)).filter(|share| *share > CAPPED);
    let capped = capped.map(|share| format!("{:.0} %", share * 100.0));
    remarks.reason(Flag::PowerCapped, capped);
    let observed = measured.observed.as_ref();
    let errors = observed.map_or(Vec::new(), |observed| observed.errors());
    let errors = (!errors.is_empty()).then(|| errors.join(", "));
    remarks.reason(Flag::HardwareErrors, errors);
}

/// The share of readings that the power limit held down: by the limiters, and by power and clock.
pub(super) fn capped_share(gpu: Option<&Gpu>, readings: &[Reading]) -> Option<f64> {
    let limit = |gpu: &Gpu| {
        Some(PowerLimit {
            watts: gpu.power_limit_watts?,
            most_hertz: gpu.sm_max_hertz?,
        })
    };
    power_capped_share(readings, gpu.and_then(limit))
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
