//! The clock probe: one short chain before the samples and one after, whose time follows the clock alone.
//!
//! Both are taken under load, right after a batch: a chip at rest lowers its clock, and that is no drift.

use crate::device::{Device, Loaded};
use crate::error::Result;
use crate::kernel::{Case, Input, Mode, Params, Pattern};
use crate::kernels::CLOCK;
use crate::results::Probe;

use super::batches::wall_slope;
use super::observer::Observer;

/// Trips of the chain, at first and at most: a few thousand steps that no watchdog minds, and a few hundred thousand,
/// about half a millisecond at 2 GHz and four cycles a step. They count in f32, which holds sixteen million exactly.
const TRIPS: [u32; 2] = [1 << 6, 1 << 12];

/// The chain grows until it lasts about so long, in seconds: far longer than a clock's resolution, and little beside a
/// case.
const LONG_ENOUGH: f64 = 1e-3;

/// Times the chain is run; the least is kept, since what disturbs it only makes it longer.
const TRIES: u32 = 3;

/// A chain in place on a device.
pub struct Chain<'a> {
    loaded: Box<dyn Loaded + 'a>,
    steps: u64,
    /// Seconds, and the sensors' time, of the probes so far.
    taken: Vec<(f64, Option<f64>)>,
}

impl<'a> Chain<'a> {
    /// The chain, ready to run.
    ///
    /// # Errors
    ///
    /// Those of the device.
    pub fn load(device: &'a dyn Device) -> Result<Self> {
        let [first, most] = TRIPS;
        let mut short = Self::of(device, first)?;
        let took = short.least()?;
        let times = (LONG_ENOUGH / took).clamp(1.0, f64::from(most / first));
        // A power of two, so that two runs have the same chain.
        Self::of(device, first << times.log2() as u32)
    }

    fn of(device: &'a dyn Device, trips: u32) -> Result<Self> {
        let mut params = Params::new(Mode::Sustained);
        (params.workgroups, params.trips) = (Some(1), Some(trips));
        params.tile = CLOCK.candidates().pop();
        let case = Case::new(&CLOCK, params, 1);
        let mut loaded = device.load(&case)?;
        loaded.fill(&(CLOCK.inputs)(&case, Input::Timed(Pattern::Random)))?;
        Ok(Self {
            loaded,
            steps: u64::from(trips) * u64::from(case.params.tiled("unroll")),
            taken: Vec::new(),
        })
    }

    /// Runs it a few times, by the GPU's clock where there is one: the least seconds, infinite without a time.
    fn least(&mut self) -> Result<f64> {
        let mut least = f64::INFINITY;
        for _ in 0..TRIES {
            let mut timing = self.loaded.run(1, 1)?;
            if timing.gpu_seconds.is_none() {
                timing = wall_slope(self.loaded.as_mut(), 1, 1)?;
            }
            least = least.min(timing.gpu_seconds.unwrap_or(f64::INFINITY));
        }
        Ok(least)
    }

    /// Probes; without a time nothing is kept.
    ///
    /// # Errors
    ///
    /// Those of the device.
    pub fn take(&mut self, observer: &Observer) -> Result<()> {
        let least = self.least()?;
        if least.is_finite() {
            self.taken.push((least, observer.clock()));
        }
        Ok(())
    }

    /// What it showed, if it has run before and after.
    pub fn probe(&self) -> Option<Probe> {
        let [(before, first), (after, last)] = self.taken[..] else {
            return None;
        };
        Some(Probe {
            steps: self.steps,
            seconds: [before, after],
            at_seconds: first.zip(last).map(|(first, last)| [first, last]),
        })
    }
}
