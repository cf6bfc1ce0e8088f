//! Who watches a case, and what was told of it so far: what a fault leaves behind.

use std::cell::RefCell;

use crate::device::{DeviceInfo, Timing};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::kernel::{Case, Params};
use crate::sampler::Phase;
use crate::tune::Step;

use super::Watch;

/// What is told while a case is measured.
pub struct Told<'a> {
    watch: RefCell<&'a mut dyn Watch>,
    under_way: RefCell<Params>,
    samples: RefCell<Vec<f64>>,
}

impl<'a> Told<'a> {
    /// Nothing yet of `case`.
    pub fn new(case: &Case, watch: &'a mut dyn Watch) -> Self {
        Self {
            watch: RefCell::new(watch),
            under_way: RefCell::new(case.params.clone()),
            samples: RefCell::default(),
        }
    }

    /// A step of the device is over.
    pub fn alive(&self) {
        self.watch.borrow_mut().alive();
    }

    /// A step of the search; an interruption is the error.
    pub fn step(&self, step: Step<'_>) -> Result<()> {
        match step {
            Step::Next(None) => {}
            Step::Next(Some(case)) => {
                self.watch.borrow_mut().chosen(case);
                self.under_way.replace(case.params.clone());
            }
            Step::Tried(_) => self.watch.borrow_mut().tried(),
            Step::Note(text) => self.watch.borrow_mut().note(text),
        }
        match self.watch.borrow().interrupted() {
            Some(signal) => Err(Error::Interrupted { signal }),
            None => Ok(()),
        }
    }

    /// A batch of `case` is over; an interruption is the error.
    pub fn timed(
        &self,
        info: &DeviceInfo,
        case: &Case,
        (timing, dispatches, phase): (Timing, u32, Phase),
    ) -> Result<()> {
        let seconds = timing.seconds() / f64::from(dispatches);
        self.watch
            .borrow_mut()
            .progress(figure(info, case, seconds));
        if phase == Phase::Sample {
            self.samples.borrow_mut().push(seconds);
            self.watch.borrow_mut().sampled(seconds);
        }
        self.step(Step::Next(None))
    }

    /// What ran last: a candidate of the search, or the case itself.
    pub fn under_way(&self) -> Params {
        self.under_way.borrow().clone()
    }

    /// The samples so far: seconds of one dispatch.
    pub fn samples(&self) -> Vec<f64> {
        self.samples.borrow().clone()
    }
}

/// The figure at `seconds` a dispatch, for the progress line.
fn figure(info: &DeviceInfo, case: &Case, seconds: f64) -> Option<Figure> {
    let kind = case.kernel.kind.at(info.scope());
    (seconds > 0.0).then(|| case.work().figure(kind, seconds, case.kernel.name))
}
