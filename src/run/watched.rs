//! A device that remembers the longest submit it made: what a driver's watchdog would have seen.

use std::cell::Cell;

use crate::device::{Device, DeviceInfo, Loaded, Timing};
use crate::error::Result;
use crate::kernel::Case;
use crate::matrix::Words;

/// A device and its longest submit.
pub struct Watched<'a> {
    device: &'a dyn Device,
    longest: Cell<f64>,
    /// Called after every step.
    alive: &'a dyn Fn(),
}

impl<'a> Watched<'a> {
    /// `device`, with nothing submitted yet; `alive` is called after every step.
    pub fn new(device: &'a dyn Device, alive: &'a dyn Fn()) -> Self {
        Self {
            device,
            alive,
            longest: Cell::new(0.0),
        }
    }

    /// Seconds of the longest submit so far.
    pub fn longest_submit(&self) -> f64 {
        self.longest.get()
    }
}

impl Device for Watched<'_> {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        let loaded = self.device.load(case)?;
        (self.alive)();
        Ok(Box::new(WatchedCase {
            loaded,
            longest: &self.longest,
            alive: self.alive,
        }))
    }

    fn prepare(&self, cases: &[Case]) {
        self.device.prepare(cases);
        (self.alive)();
    }
}

struct WatchedCase<'a> {
    loaded: Box<dyn Loaded + 'a>,
    longest: &'a Cell<f64>,
    alive: &'a dyn Fn(),
}

impl Loaded for WatchedCase<'_> {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        (self.alive)();
        self.loaded.fill(inputs)?;
        (self.alive)();
        Ok(())
    }

    fn clear(&mut self) -> Result<()> {
        self.loaded.clear()
    }

    fn with_trips_of(&mut self, case: &Case) -> Result<()> {
        self.loaded.with_trips_of(case)
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        let timing = self.loaded.run(dispatches, bands)?;
        (self.alive)();
        self.longest
            .set(self.longest.get().max(timing.submit_seconds));
        Ok(timing)
    }

    fn rest(&mut self, seconds: f64) {
        self.loaded.rest(seconds);
    }

    fn output(&mut self) -> Result<Words> {
        let output = self.loaded.output()?;
        (self.alive)();
        Ok(output)
    }

    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        let found = self.loaded.unlike(truth)?;
        (self.alive)();
        Ok(found)
    }
}
