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
}

impl<'a> Watched<'a> {
    /// `device`, with nothing submitted yet.
    pub fn new(device: &'a dyn Device) -> Self {
        Self {
            device,
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
        Ok(Box::new(WatchedCase {
            loaded: self.device.load(case)?,
            longest: &self.longest,
        }))
    }

    fn prepare(&self, cases: &[Case]) {
        self.device.prepare(cases);
    }
}

struct WatchedCase<'a> {
    loaded: Box<dyn Loaded + 'a>,
    longest: &'a Cell<f64>,
}

impl Loaded for WatchedCase<'_> {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        self.loaded.fill(inputs)
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        let timing = self.loaded.run(dispatches, bands)?;
        self.longest
            .set(self.longest.get().max(timing.submit_seconds));
        Ok(timing)
    }

    fn rest(&mut self, seconds: f64) {
        self.loaded.rest(seconds);
    }

    fn output(&mut self) -> Result<Words> {
        self.loaded.output()
    }
}
