//! Warm-up, batch size and stop rule over a closure: numbers in, numbers out, no device.
//!
//! Time is what the closure says it took, so a scripted device is sampled exactly and at once. A
//! sample is a batch of dispatches long enough for the clock; sampling stops when the interval of the
//! median is narrow, or at a cap.

use crate::device::Timing;
use crate::error::Result;
use crate::stats::{Sample, Summary};

mod budget;
mod series;

pub use budget::Budget;
pub use series::Window;

use series::Series;

/// The half width of the median's 95 % interval, relative to the median, at which sampling may stop.
pub const NARROW: f64 = 0.005;

/// Windows of the warm-up whose mean rates must agree, and how closely.
const STEADY_WINDOWS: usize = 3;
const STEADY: f64 = 0.005;

/// By how much samples are planned longer than they must be: the next ones may be faster.
const MARGIN: f64 = 1.5;

/// How many times as many dispatches a batch may have as the one before: one time that came out far too short must
/// not make the next submit far too long.
const GROWTH: u32 = 8;

/// The most dispatches one sample may hold: an encoder's length, not the clock, is the limit then.
const MAX_DISPATCHES: f64 = 4096.0;

/// Bursts between a warm-up and the first that is a sample.
const BURSTS_BEFORE: u32 = 5;

/// The samples of one case, each divided by its dispatches.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Seconds of one dispatch by the clock asked for.
    pub seconds: Vec<f64>,
    /// Seconds of one dispatch by the host's clock.
    pub wall_seconds: Vec<f64>,
    /// Samples dropped because the clock gave nothing.
    pub missing: u32,
    /// Dispatches a sample.
    pub dispatches: u32,
    /// How long the warm-up took.
    pub warm_up_seconds: f64,
    /// Whether the rate stood still at its end.
    pub steady: bool,
    /// The rate over time.
    pub series: Vec<Window>,
}

/// What runs the batches of a case.
pub trait Run {
    /// Runs so many dispatches for that purpose. An interruption comes in here: an error ends the sampling at once.
    fn run(&mut self, dispatches: u32, phase: Phase) -> Result<Timing>;

    /// The warm-up is over: samples follow.
    fn warmed(&mut self) -> Result<()> {
        Ok(())
    }

    /// Lets the device idle.
    fn rest(&mut self, _seconds: f64) {}
}

impl<F: FnMut(u32, Phase) -> Result<Timing>> Run for F {
    fn run(&mut self, dispatches: u32, phase: Phase) -> Result<Timing> {
        self(dispatches, phase)
    }
}

/// What a batch is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// To warm up.
    WarmUp,
    /// To be a sample.
    Sample,
    /// To check that time grows with the work.
    Check,
}

/// How many dispatches of `one` second each make a sample of `target` seconds.
pub fn batch(target: f64, one: f64) -> u32 {
    (target / one.max(1e-9)).ceil().clamp(1.0, MAX_DISPATCHES) as u32
}

/// Warms up, then samples `run` until the stop rule holds.
///
/// With `clocked`, samples are GPU seconds and those without any are dropped and counted; else they are
/// wall seconds.
///
/// # Errors
///
/// Those of `run`.
pub fn sample(budget: &Budget, clocked: bool, run: &mut impl Run) -> Result<Samples> {
    let mut series = Series::default();
    let first = run.run(1, Phase::WarmUp)?;
    series.batch(first, 1);
    let WarmUp {
        one,
        last,
        seconds: warm_up_seconds,
        steady,
    } = warm_up(budget, first, &mut series, run)?;
    let dispatches = batch(budget.sample_seconds * MARGIN, one);
    let dispatches = dispatches.min(last.saturating_mul(GROWTH));
    if let Some(seconds) = budget.rest_seconds {
        // The clock comes back from the warm-up's load to that of bursts.
        for _ in 0..BURSTS_BEFORE {
            run.rest(seconds);
            series.rest(seconds);
            series.batch(run.run(dispatches, Phase::WarmUp)?, dispatches);
        }
    }
    run.warmed()?;
    let mut samples = Samples {
        seconds: Vec::new(),
        wall_seconds: Vec::new(),
        missing: 0,
        dispatches,
        warm_up_seconds,
        steady,
        series: Vec::new(),
    };
    let mut elapsed = 0.0;
    while !enough(budget, &samples, elapsed) {
        if let Some(seconds) = budget.rest_seconds {
            run.rest(seconds);
            series.rest(seconds);
            // Where time alone ends it, a moment of the clock does: bursts and rests differ between devices.
            elapsed += if budget.is_even() { seconds } else { 0.0 };
        }
        let timing = run.run(dispatches, Phase::Sample)?;
        series.batch(timing, dispatches);
        elapsed += timing.spent_seconds;
        let seconds = if clocked {
            timing.gpu_seconds
        } else {
            Some(timing.wall_seconds)
        };
        match seconds {
            Some(seconds) => {
                samples.seconds.push(seconds / f64::from(dispatches));
                samples
                    .wall_seconds
                    .push(timing.wall_seconds / f64::from(dispatches));
            }
            None => samples.missing += 1,
        }
    }
    samples.series = series.windows();
    Ok(samples)
}

fn enough(budget: &Budget, samples: &Samples, elapsed: f64) -> bool {
    let count = samples.seconds.len() as u32;
    let taken = count + samples.missing;
    if taken >= 2 && (taken >= budget.max_samples || elapsed >= budget.cap_seconds) {
        return true;
    }
    if count < budget.min_samples {
        return false;
    }
    Sample::new(samples.seconds.clone())
        .is_some_and(|sample| Summary::of(&sample).half_width() <= NARROW)
}

/// What a warm-up found.
struct WarmUp {
    /// Seconds of one dispatch.
    one: f64,
    /// Dispatches of the last batch.
    last: u32,
    /// How long it took.
    seconds: f64,
    /// Whether the rate stood still at its end.
    steady: bool,
}

/// Runs batches until the rate of the last windows agrees. The batch grows with what is seen, so a cold first dispatch doesn't set it.
fn warm_up(
    budget: &Budget,
    first: Timing,
    series: &mut Series,
    run: &mut impl Run,
) -> Result<WarmUp> {
    // Where it may not go on until it is steady, one window more must fit in: batches overshoot.
    let fixed = budget.warm_up_cap_seconds <= budget.warm_up_seconds;
    let windows = STEADY_WINDOWS + usize::from(fixed);
    let window = (budget.warm_up_seconds / windows as f64).min(1.0);
    let (mut one, mut last) = (first.length(), 1);
    let mut elapsed = first.spent_seconds;
    let mut windows: Vec<f64> = Vec::new();
    let (mut busy, mut done) = (0.0, 0.0);
    let mut window_end = elapsed + window;
    loop {
        let steady = steady(&windows);
        if elapsed >= budget.warm_up_seconds && (steady || elapsed >= budget.warm_up_cap_seconds) {
            return Ok(WarmUp {
                one,
                last,
                seconds: elapsed,
                steady,
            });
        }
        let dispatches = batch(budget.sample_seconds, one).min(last.saturating_mul(GROWTH));
        last = dispatches;
        let timing = run.run(dispatches, Phase::WarmUp)?;
        series.batch(timing, dispatches);
        elapsed += timing.spent_seconds;
        busy += timing.seconds();
        done += f64::from(dispatches);
        one = timing.length() / f64::from(dispatches);
        if elapsed >= window_end {
            windows.push(busy / done);
            (busy, done) = (0.0, 0.0);
            window_end = elapsed + window;
        }
    }
}

fn steady(windows: &[f64]) -> bool {
    let Some(last) = windows.len().checked_sub(STEADY_WINDOWS) else {
        return false;
    };
    let last = &windows[last..];
    let (low, high) = last.iter().fold((f64::MAX, 0.0_f64), |(low, high), w| {
        (low.min(*w), high.max(*w))
    });
    high <= low * (1.0 + STEADY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const BUDGET: Budget = Budget {
        warm_up_seconds: 3.0,
        warm_up_cap_seconds: 30.0,
        sample_seconds: 0.01,
        min_samples: 30,
        max_samples: 300,
        cap_seconds: 15.0,
        rest_seconds: None,
        check_seconds: None,
    };

    fn timing(seconds: f64) -> Timing {
        Timing {
            gpu_seconds: Some(seconds),
            wall_seconds: seconds * 1.01,
            submit_seconds: seconds,
            spent_seconds: seconds * 1.01,
        }
    }

    #[test]
    fn a_still_rate_is_steady_and_stops_at_thirty_samples() {
        let samples = sample(&BUDGET, true, &mut |n, _| Ok(timing(f64::from(n) * 1e-3))).unwrap();
        assert!(samples.steady);
        assert_eq!((samples.dispatches, samples.seconds.len()), (15, 30));
        assert!((samples.seconds[0] - 1e-3).abs() < 1e-12);
        assert!((samples.wall_seconds[0] - 1.01e-3).abs() < 1e-12);
        assert!((3.0..3.1).contains(&samples.warm_up_seconds));
    }

    #[test]
    fn a_falling_rate_ends_at_the_cap_as_not_steady() {
        let mut clock = 0.0;
        let samples = sample(&BUDGET, true, &mut |n, _| {
            let took = f64::from(n) * 1e-3 * (1.0 + clock / 10.0);
            clock += took;
            Ok(timing(took))
        })
        .unwrap();
        assert!(!samples.steady);
        assert!(samples.warm_up_seconds >= 30.0);
    }

    #[test]
    fn a_noisy_rate_is_sampled_to_the_cap_and_kept() {
        let mut odd = false;
        let samples = sample(&BUDGET, true, &mut |n, _| {
            odd = !odd;
            Ok(timing(f64::from(n) * if odd { 1e-3 } else { 1.2e-3 }))
        })
        .unwrap();
        assert_eq!(samples.seconds.len(), 300);
    }

    #[test]
    fn time_ends_sampling_with_at_least_two_samples() {
        let samples = sample(&BUDGET, true, &mut |n, _| Ok(timing(f64::from(n) * 20.0))).unwrap();
        assert_eq!(samples.seconds.len(), 2);
        assert_eq!(samples.dispatches, 1);
    }

    #[test]
    fn a_sample_without_a_timestamp_is_dropped_and_counted() {
        let mut calls = 0;
        let samples = sample(&BUDGET, true, &mut |n, _| {
            calls += 1;
            let mut timing = timing(f64::from(n) * 1e-3);
            if calls % 4 == 0 {
                timing.gpu_seconds = None;
            }
            Ok(timing)
        })
        .unwrap();
        assert_eq!(samples.seconds.len(), 30);
        assert!((9..=10).contains(&samples.missing), "{}", samples.missing);
        assert!(samples.seconds.iter().all(|s| (s - 1e-3).abs() < 1e-12));
    }

    #[test]
    fn a_clock_that_gives_nothing_ends_at_the_cap_without_samples() {
        let silent = |n: u32, _: Phase| {
            Ok(Timing {
                gpu_seconds: None,
                ..Timing::of(f64::from(n) * 1e-3)
            })
        };
        let samples = sample(&BUDGET, true, &mut { silent }).unwrap();
        assert_eq!((samples.seconds.len(), samples.missing), (0, 300));
        let samples = sample(&BUDGET, false, &mut { silent }).unwrap();
        assert_eq!((samples.seconds.len(), samples.missing), (30, 0));
    }

    #[test]
    fn what_a_difference_of_times_took_counts_in_full() {
        let mut spent = 0.0;
        let samples = sample(&BUDGET, false, &mut |n, phase| {
            let timing = Timing {
                spent_seconds: f64::from(n) * 3e-3,
                ..Timing::of(f64::from(n) * 1e-3)
            };
            spent += f64::from(u8::from(phase == Phase::WarmUp)) * timing.spent_seconds;
            Ok(timing)
        })
        .unwrap();
        assert!((samples.warm_up_seconds - spent).abs() < 1e-9);
        assert!((3.0..3.1).contains(&spent), "{spent}");
        let last = samples.series.last().unwrap();
        let sampled = 30.0 * 15.0 * 3e-3;
        assert!((last.at_seconds - spent - sampled).abs() < 1e-9);
    }

    #[test]
    fn an_error_ends_it_at_once() {
        let mut calls = 0;
        let result = sample(&BUDGET, true, &mut |_, _| {
            calls += 1;
            if calls == 3 {
                return Err(Error::Interrupted { signal: 2 });
            }
            Ok(timing(1e-3))
        });
        assert!(matches!(result, Err(Error::Interrupted { signal: 2 })));
        assert_eq!(calls, 3);
    }
}
