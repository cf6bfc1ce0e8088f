//! Whether a change is the clock's or the kernel's, for kernels bound by arithmetic.
//!
//! A rate divided by the clock is what the kernel does in a cycle. The clock is the sensors' where they spoke in every
//! run, else that of the probe, a fixed chain whose time follows the clock alone.

use serde::Serialize;

use super::comparison::{Comparison, SIGNIFICANCE};
use super::field::Entry;
use super::{Floor, Verdict, speed};
use crate::figure::Metric;
use crate::results::{Measured, Record};
use crate::stats::Runs;

/// How much of the change the clock must account for.
const MOST_OF_IT: f64 = 0.5;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The clock of the compute units: per cycle, the kernel does what it did.
    Clock,
    /// What is done in a cycle: kernel, compiler, driver.
    Kernel,
}

/// The clock and what is done in a cycle, each against the baseline's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Clocked {
    /// The clock.
    pub clock: Comparison,
    /// The speed per cycle.
    pub per_cycle: Comparison,
    /// What changed; absent where neither alone explains it.
    pub cause: Option<Cause>,
}

/// A run's clock in hertz by the sensors, or in steps a second by the probe.
type Clock = fn(&Measured) -> Option<f64>;

/// What the clock says of a change of `change`; nothing for kernels that aren't bound by arithmetic, and without a clock in
/// every run.
pub(super) fn clocked(
    baseline: &[Entry<'_>],
    candidate: &[Entry<'_>],
    change: &Comparison,
    floor: &Floor,
) -> Option<Clocked> {
    let (_, first) = candidate.first()?;
    if first.kind.metric != Metric::Rate {
        return None;
    }
    let clocks: [Clock; 2] = [sensed, probed];
    let (clock, per_cycle) = clocks
        .iter()
        .find_map(|clock| Some(compared(baseline, *clock)?).zip(compared(candidate, *clock)))
        .and_then(|(base, new)| {
            let clock = Comparison::of(&base.0, &new.0)?;
            Some((clock, Comparison::of(&base.1, &new.1)?))
        })?;
    let kernel = per_cycle.verdict(floor) == change.verdict(floor);
    Some(Clocked {
        clock,
        per_cycle,
        cause: match (kernel, explains(&clock, change)) {
            (true, false) => Some(Cause::Kernel),
            (false, true) => Some(Cause::Clock),
            // Both changed, or neither enough.
            _ => None,
        },
    })
}

/// Whether the clock went the way of the change, surely and far enough.
fn explains(clock: &Comparison, change: &Comparison) -> bool {
    let sure = match change.change < 0.0 {
        true => clock.p_slower < SIGNIFICANCE,
        false => clock.p_faster < SIGNIFICANCE,
    };
    sure && clock.change.ln_1p() / change.change.ln_1p() >= MOST_OF_IT
}

/// The clocks of all runs, and their speeds per cycle.
fn compared(side: &[Entry<'_>], clock: Clock) -> Option<(Runs, Runs)> {
    let of = |record: &Record| clock(record.measured()?);
    let clocks: Option<Vec<f64>> = side.iter().map(|(_, record)| of(record)).collect();
    let clocks = clocks?;
    let speeds: Option<Vec<f64>> = side.iter().map(|(_, record)| speed(record)).collect();
    let speeds = speeds?;
    let per_cycle = speeds
        .iter()
        .zip(&clocks)
        .map(|(speed, clock)| speed / clock);
    Some((Runs::new(clocks.clone())?, Runs::new(per_cycle.collect())?))
}

/// The mean of the sensors' readings.
fn sensed(measured: &Measured) -> Option<f64> {
    let readings = &measured.observed.as_ref()?.telemetry.as_ref()?.readings;
    let clocks: Vec<f64> = readings
        .iter()
        .filter_map(|reading| reading.sm_hertz)
        .collect();
    let count = clocks.len() as f64;
    (count > 0.0).then(|| clocks.iter().sum::<f64>() / count)
}

/// Steps a second of the probe, before and after together.
fn probed(measured: &Measured) -> Option<f64> {
    let probe = measured.probe.as_ref()?;
    let [before, after] = probe.seconds;
    Some(2.0 * probe.steps as f64 / (before + after))
}

/// What the cause of a confirmed change is: that of both looks, if they agree.
pub(super) fn agreed(first: Option<Cause>, fresh: Option<Cause>) -> Option<Cause> {
    first.filter(|_| first == fresh)
}

/// Whether a verdict is a change, whose cause is asked for.
pub(super) fn is_change(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Regression | Verdict::Improvement)
}
