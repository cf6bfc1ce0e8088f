//! The batches of one case: run and told; while the chip soaks, the answer is checked again and again.

use crate::agree::{self, Wrong};
use crate::device::{Loaded, Timing};
use crate::error::{Error, Result};
use crate::matrix::Words;
use crate::results::Clock;
use crate::sampler::{Phase, Run};

use super::observer::Observer;
use super::probe::Chain;

/// Called after every batch with its timing, its dispatches and what it is for.
pub type Timed<'a> = dyn Fn(Timing, u32, Phase) -> Result<()> + 'a;

/// A loaded case on its way through warm-up and samples.
pub struct Batches<'a> {
    /// The case.
    pub loaded: &'a mut dyn Loaded,
    /// What its samples are timed by.
    pub clock: Clock,
    /// Submits of one dispatch.
    pub bands: u32,
    /// Who hears of every batch.
    pub timed: &'a Timed<'a>,
    /// The right answer on the operands at hand.
    pub answer: &'a Words,
    /// While it warms up, the answer is checked every so many seconds.
    pub check_seconds: Option<f64>,
    /// How often it was.
    pub checks: u32,
    /// The first wrong answer, dated.
    pub wrong: Option<Wrong>,
    /// Seconds of the host's clock in batches so far, and when the answer was last checked.
    pub elapsed: [f64; 2],
    /// What is read meanwhile.
    pub observer: Observer,
    /// Dispatches of the last batch.
    pub last: u32,
    /// The clock probe.
    pub chain: Option<Chain<'a>>,
}

impl Batches<'_> {
    /// The first probe, at the end of the warm-up: right after a batch, as the last one is.
    fn first_probe(&mut self) -> Result<()> {
        let Some(chain) = &mut self.chain else {
            return Ok(());
        };
        chain.grow()?;
        self.run(self.last, Phase::WarmUp)?;
        self.probe()
    }

    /// Probes the clock, where there is a probe.
    pub fn probe(&mut self) -> Result<()> {
        match &mut self.chain {
            Some(chain) => chain.take(&self.observer),
            None => Ok(()),
        }
    }

    /// Whether the answer is still right; where it isn't, that is kept and the sampling ends.
    fn check(&mut self) -> Result<()> {
        self.checks += 1;
        self.elapsed[1] = self.elapsed[0];
        let Some(found) = self.loaded.unlike(self.answer)? else {
            // Or the next check would find this answer where nothing was written since.
            return self.loaded.clear();
        };
        let Wrong(why) = agree::differs(found, self.answer);
        let at = self.elapsed[0];
        let why = format!("after {at:.1} s of load (check {}), {why}", self.checks);
        self.wrong = Some(Wrong(why.clone()));
        Err(Error::Device { why })
    }
}

impl Run for Batches<'_> {
    fn run(&mut self, dispatches: u32, phase: Phase) -> Result<Timing> {
        self.last = dispatches;
        let from = self.observer.now();
        let timing = match self.clock {
            Clock::WallSlope => wall_slope(self.loaded, dispatches, self.bands)?,
            _ => self.loaded.run(dispatches, self.bands)?,
        };
        // A slope takes three times as many dispatches as it is of.
        let ran = match self.clock {
            Clock::WallSlope => 3 * dispatches,
            _ => dispatches,
        };
        self.observer.batch(from, ran, phase == Phase::Sample);
        (self.timed)(timing, dispatches, phase)?;
        self.elapsed[0] += timing.spent_seconds;
        let due = |every: f64| self.elapsed[0] - self.elapsed[1] >= every;
        if phase == Phase::WarmUp && self.check_seconds.is_some_and(due) {
            self.check()?;
        }
        Ok(timing)
    }

    fn warmed(&mut self) -> Result<()> {
        self.first_probe()
    }

    fn rest(&mut self, seconds: f64) {
        self.loaded.rest(seconds);
    }
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
        spent_seconds: once + twice,
    })
}
