//! The clock probe: one short chain before the samples and one after, whose time follows the clock alone.
//!
//! Both are taken under load, right after a batch: a chip at rest lowers its clock, and that is no drift.

use crate::device::{Device, Loaded};
use crate::error::Result;
use crate::kernel::{Case, Input, Mode, Params, Pattern};
use crate::kernels::CLOCK;
use crate::results::Probe;

use super::observer::Observer;

/// Trips of the chain, at first and at most: a few thousand steps that no watchdog minds, and a million, which f32 counts
/// exactly: about two milliseconds at 2 GHz and four cycles a step.
const TRIPS: [u32; 2] = [1 << 6, 1 << 14];

/// The chain grows until it lasts between half and all of this, in seconds: far longer than what a clock can tell apart,
/// and little beside a case. The host's clock tells less.
const LONG_ENOUGH: [f64; 2] = [1e-3, 10e-3];

/// Times the chain is run; the least is kept, since what disturbs it only makes it longer.
const TRIES: u32 = 3;

/// A chain on a device.
pub struct Chain<'a> {
    device: &'a dyn Device,
    /// As short as can be until it has [grown](Self::grow).
    loaded: Box<dyn Loaded + 'a>,
    trips: u32,
    /// Seconds, and the sensors' time, of the probes so far.
    taken: Vec<(f64, Option<f64>)>,
}

impl<'a> Chain<'a> {
    /// The chain, compiled.
    ///
    /// # Errors
    ///
    /// Those of the device.
    pub fn new(device: &'a dyn Device) -> Result<Self> {
        let trips = TRIPS[0];
        Ok(Self {
            device,
            loaded: load(device, trips)?,
            trips,
            taken: Vec::new(),
        })
    }

    /// Probes, right after a batch; without a time nothing is kept.
    ///
    /// # Errors
    ///
    /// Those of the device.
    pub fn take(&mut self, observer: &Observer) -> Result<()> {
        // Before it runs: afterwards the sensors see a chip that rests.
        let at = observer.clock();
        if let (Some(least), _) = self.least()? {
            self.taken.push((least, at));
        }
        Ok(())
    }

    /// Makes it long enough, at the clock it has under load. A power of two, so that two runs have the same chain.
    ///
    /// # Errors
    ///
    /// Those of the device.
    pub fn grow(&mut self) -> Result<()> {
        let [first, most] = TRIPS;
        let (took, by_host) = self.least()?;
        let enough = LONG_ENOUGH[usize::from(by_host)];
        let times = enough / took.unwrap_or(enough);
        let times = times.clamp(1.0, f64::from(most / first));
        self.trips = first << times.log2() as u32;
        self.loaded = load(self.device, self.trips)?;
        Ok(())
    }

    /// The least seconds of a few tries, and whether they are the host's: then what two chains take over one, by the least
    /// of each.
    fn least(&mut self) -> Result<(Option<f64>, bool)> {
        let mut gpu = f64::INFINITY;
        let mut host = [f64::INFINITY; 2];
        for _ in 0..TRIES {
            let one = self.loaded.run(1, 1)?;
            gpu = gpu.min(one.gpu_seconds.unwrap_or(f64::INFINITY));
            if one.gpu_seconds.is_none() {
                let two = self.loaded.run(2, 1)?;
                host = [host[0].min(one.wall_seconds), host[1].min(two.wall_seconds)];
            }
        }
        if gpu.is_finite() {
            return Ok((Some(gpu), false));
        }
        let between = host[1] - host[0];
        Ok((Some(between).filter(|seconds| *seconds > 0.0), true))
    }

    /// What it showed, if it has run before and after.
    pub fn probe(&self) -> Option<Probe> {
        let [(before, first), (after, last)] = self.taken[..] else {
            return None;
        };
        Some(Probe {
            steps: steps(self.trips),
            seconds: [before, after],
            at_seconds: first.zip(last).map(|(first, last)| [first, last]),
        })
    }
}

fn case(trips: u32) -> Case {
    let mut params = Params::new(Mode::Sustained);
    (params.workgroups, params.trips) = (Some(1), Some(trips));
    params.tile = CLOCK.candidates().pop();
    Case::new(&CLOCK, params, 1)
}

fn steps(trips: u32) -> u64 {
    u64::from(trips) * u64::from(case(trips).params.tiled("unroll"))
}

fn load(device: &dyn Device, trips: u32) -> Result<Box<dyn Loaded + '_>> {
    let case = case(trips);
    let mut loaded = device.load(&case)?;
    loaded.fill(&(CLOCK.inputs)(&case, Input::Timed(Pattern::Random)))?;
    Ok(loaded)
}
