//! What the sensors say while a case is warmed up and sampled, and which samples they spoil.

use crate::results::Observed;
use crate::telemetry::{INTERVAL, Limiter, Sampler, Sensors, spoilt};

/// Sensors, where there are any; lent to each case in turn.
pub type Lent = Option<Box<dyn Sensors>>;

/// Reads beside the batches of one case.
pub struct Observer {
    sampler: Option<Sampler>,
    observed: Observed,
    /// When each sample began and ended, in the sampler's seconds.
    spans: Vec<[f64; 2]>,
}

impl Observer {
    /// Takes the sensors and begins to read.
    pub fn begin(sensors: &mut Lent) -> Self {
        let mut observed = Observed::default();
        let sampler = sensors.take().map(|mut sensors| {
            observed.counters.push(sensors.counters());
            Sampler::begin(sensors, INTERVAL)
        });
        Self {
            sampler,
            observed,
            spans: Vec::new(),
        }
    }

    /// Now, in the sampler's seconds; 0 where nothing is read.
    pub fn now(&self) -> f64 {
        self.sampler.as_ref().map_or(0.0, Sampler::seconds)
    }

    /// A batch of so many dispatches is over, which began at `from` and may have been a sample.
    pub fn batch(&mut self, from: f64, dispatches: u32, is_sample: bool) {
        self.observed.dispatches += u64::from(dispatches);
        if is_sample && self.sampler.is_some() {
            self.spans.push([from, self.now()]);
        }
    }

    /// Ends reading, and gives the sensors back.
    pub fn end(self, sensors: &mut Lent) -> (Observed, Spoilt) {
        let mut observed = self.observed;
        let Some(sampler) = self.sampler else {
            return (observed, Spoilt::default());
        };
        let (telemetry, mut lent) = sampler.stop();
        observed.counters.push(lent.counters());
        *sensors = Some(lent);
        let causes = self.spans.iter();
        let causes = causes.filter_map(|[from, to]| spoilt(&telemetry.readings, *from, *to));
        let causes: Vec<Limiter> = causes.collect();
        observed.telemetry = Some(telemetry);
        let spoilt = Spoilt {
            samples: causes.len(),
            of: self.spans.len(),
            by: causes.first().copied(),
        };
        (observed, spoilt)
    }
}

/// Samples under a limiter that is a fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spoilt {
    /// How many.
    pub samples: usize,
    /// Of how many.
    pub of: usize,
    /// The first one's cause.
    pub by: Option<Limiter>,
}
