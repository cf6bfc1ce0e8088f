//! What limiters mean for samples. Pure functions of readings.

use std::collections::BTreeMap;

use crate::figure::word;

use super::{Limiter, Reading};

/// How far a reading speaks for what lies beside it, in seconds: five of the default intervals.
const REACH_SECONDS: f64 = 0.5;

/// Of its power limit, what a board draws that is held down by it; of its highest clock, what a clock is below that is.
const AT_LIMIT: f64 = 0.97;
const BELOW_MOST: f64 = 0.98;

/// The limiter that spoilt what ran from `from_seconds` to `to_seconds` of the sampler's time, if any.
///
/// Samples are shorter than the time between readings, so that the nearest reading before and the nearest after count
/// too: a slowdown seen on one side may have reached in. The cause is preferred to
/// [`Limiter::HardwareSlowdown`], which goes with every cause.
pub fn spoilt(readings: &[Reading], from_seconds: f64, to_seconds: f64) -> Option<Limiter> {
    let before = readings
        .iter()
        .rev()
        .find(|reading| reading.at_seconds < from_seconds)
        .filter(|reading| reading.at_seconds >= from_seconds - REACH_SECONDS);
    let after = readings
        .iter()
        .find(|reading| reading.at_seconds > to_seconds)
        .filter(|reading| reading.at_seconds <= to_seconds + REACH_SECONDS);
    let inside = readings
        .iter()
        .filter(|reading| (from_seconds..=to_seconds).contains(&reading.at_seconds));
    let speaking = before.into_iter().chain(inside).chain(after);
    let spoiling: Vec<_> = speaking
        .flat_map(|reading| &reading.limits)
        .copied()
        .filter(|limiter| limiter.spoils())
        .collect();
    let cause = spoiling
        .iter()
        .find(|limiter| **limiter != Limiter::HardwareSlowdown);
    cause.or(spoiling.first()).copied()
}

/// The clock of the compute units in the last reading up to `at_seconds`, in hertz: what was under load until then was
/// read under load. None where no reading with a clock is near enough to speak for that moment.
pub fn clock_before(readings: &[Reading], at_seconds: f64) -> Option<f64> {
    let speaks = |reading: &&Reading| {
        let age = at_seconds - reading.at_seconds;
        (0.0..=REACH_SECONDS).contains(&age) && reading.sm_hertz.is_some_and(|hertz| hertz > 0.0)
    };
    readings.iter().rev().find(speaks)?.sm_hertz
}

/// The share of readings that name each limiter, 0 to 1, by its word. Idling holds nothing down.
pub fn limited_shares(readings: &[Reading]) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let limits = readings.iter().flat_map(|reading| &reading.limits);
    for limiter in limits.filter(|limiter| **limiter != Limiter::Idle) {
        *counts.entry(word(limiter)).or_default() += 1;
    }
    let share = |(name, count)| (name, count as f64 / readings.len() as f64);
    counts.into_iter().map(share).collect()
}

/// The power limit that is set, in watts, and the highest clock, in hertz: what tells by power and clock that a board is
/// held down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLimit {
    /// Watts.
    pub watts: f64,
    /// Hertz.
    pub most_hertz: f64,
}

/// The share of readings that the power limit held down, 0 to 1: those that name it, and those that draw all the power
/// there may be at less than the highest clock, whatever they name (NVIDIA's sensors under Vulkan call a full load idle).
///
/// None where no reading says anything of it.
pub fn power_capped_share(readings: &[Reading], limit: Option<PowerLimit>) -> Option<f64> {
    let names = |reading: &Reading| {
        let silent = [Limiter::Idle, Limiter::Unknown, Limiter::ForeignProcess];
        reading
            .limits
            .iter()
            .any(|limiter| !silent.contains(limiter))
    };
    let speaks = readings.iter().any(names);
    let judge = |reading: &Reading| {
        if reading.limits.contains(&Limiter::SoftwarePowerCap) {
            return Some(true);
        }
        let (limit, watts, hertz) = (limit?, reading.watts?, reading.sm_hertz?);
        Some(watts >= AT_LIMIT * limit.watts && hertz < BELOW_MOST * limit.most_hertz)
    };
    let judged = readings
        .iter()
        .filter_map(|reading| judge(reading).or(speaks.then_some(false)));
    let judged: Vec<bool> = judged.collect();
    let capped = judged.iter().filter(|capped| **capped).count();
    (!judged.is_empty()).then(|| capped as f64 / judged.len() as f64)
}
