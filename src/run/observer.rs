//! What the sensors say while a case is warmed up and sampled, and which samples they spoil.

use std::thread;
use std::time::Instant;

use crate::results::Observed;
use crate::telemetry::{Ceiling, INTERVAL, Limiter, Sampler, Sensors, spoilt};

/// Sensors, where there are any; lent to each case in turn.
pub type Lent = Option<Box<dyn Sensors>>;

/// At what the die begins a case at most, and what it cools to before, in °C: drivers slow boards down from about 80
/// on, and a case should not pay for the heat of the one before.
const HOT: f64 = 72.0;
const COOL: f64 = 62.0;

/// For how long it is waited for at most, and how long for each degree, in seconds: a chip that is warm at rest stays so.
const COOLING: f64 = 10.0;
const DEGREE: f64 = 1.0;

/// Waits while a hot chip cools.
fn cool(sensors: &mut dyn Sensors) {
    let mut celsius = move || sensors.read().celsius.unwrap_or(0.0);
    let mut lowest = celsius();
    if lowest < HOT {
        return;
    }
    let begun = Instant::now();
    let mut fell = begun;
    while lowest > COOL && begun.elapsed().as_secs_f64() < COOLING {
        thread::sleep(INTERVAL);
        let now = celsius();
        if now < lowest {
            (lowest, fell) = (now, Instant::now());
        } else if fell.elapsed().as_secs_f64() > DEGREE {
            return;
        }
    }
}

/// Reads beside the batches of one case.
pub struct Observer {
    sampler: Option<Sampler>,
    observed: Observed,
    ceiling: Option<Ceiling>,
    /// When each sample began and ended, in the sampler's seconds.
    spans: Vec<[f64; 2]>,
}

impl Observer {
    /// Takes the sensors and begins to read.
    pub fn begin(sensors: &mut Lent) -> Self {
        let (mut observed, mut ceiling) = (Observed::default(), None);
        let sampler = sensors.take().map(|mut sensors| {
            cool(sensors.as_mut());
            ceiling = sensors.float_ceiling();
            observed.counters.push(sensors.counters());
            Sampler::begin(sensors, INTERVAL)
        });
        Self {
            sampler,
            observed,
            ceiling,
            spans: Vec::new(),
        }
    }

    /// Now, in the sampler's seconds; 0 where nothing is read.
    pub fn now(&self) -> f64 {
        self.clock().unwrap_or(0.0)
    }

    /// Now, in the sampler's seconds.
    pub fn clock(&self) -> Option<f64> {
        self.sampler.as_ref().map(Sampler::seconds)
    }

    /// A batch of so many dispatches is over, which began at `from` and may have been a sample.
    pub fn batch(&mut self, from: f64, dispatches: u32, is_sample: bool) {
        self.observed.dispatches += u64::from(dispatches);
        if is_sample && self.sampler.is_some() {
            self.spans.push([from, self.now()]);
        }
    }

    /// Ends reading, and gives the sensors back.
    pub fn end(self, sensors: &mut Lent) -> Seen {
        let mut observed = self.observed;
        let Some(sampler) = self.sampler else {
            return Seen {
                observed,
                ..Seen::default()
            };
        };
        let (telemetry, mut lent) = sampler.stop();
        observed.counters.push(lent.counters());
        *sensors = Some(lent);
        let causes = self.spans.iter();
        let causes = causes.filter_map(|[from, to]| spoilt(&telemetry.readings, *from, *to));
        let causes: Vec<Limiter> = causes.collect();
        observed.telemetry = Some(telemetry);
        Seen {
            observed,
            limited: causes.len() as u32,
            by: causes.first().copied(),
            ceiling: self.ceiling,
        }
    }
}

/// What a case's sensors said, and what follows for its samples.
#[derive(Debug, Default)]
pub struct Seen {
    /// What they said.
    pub observed: Observed,
    /// Samples under a limiter that is a fault.
    pub limited: u32,
    /// The first one's limiter.
    pub by: Option<Limiter>,
    /// What the chip can't exceed in f32.
    pub ceiling: Option<Ceiling>,
}
