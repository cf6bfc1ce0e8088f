//! Readings taken by a thread beside the measurement.
//!
//! A sensor that panics ends the thread, one that hangs keeps it, and neither touches the measurement: what was read
//! until then stays, with the reason.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Energy, Reading, Scripted, Sensors, Telemetry};

#[cfg(test)]
mod tests;

/// Time between readings: NVML's own values change every 20 to 100 ms.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// Most readings kept, seven minutes of the default interval. Beyond, every other one goes.
const MOST: usize = 4096;

/// How long the measurement waits for the first reading.
const FIRST: Duration = Duration::from_millis(500);

/// How long a sensor may take to answer before it counts as hung.
const GRACE: Duration = Duration::from_secs(5);

/// A thread that reads sensors until it is stopped. Dropped without that, it ends by itself.
#[derive(Debug)]
pub struct Sampler {
    began: Instant,
    names: Names,
    log: Arc<Mutex<Log>>,
    stop: Sender<()>,
    done: Receiver<Box<dyn Sensors>>,
}

#[derive(Debug)]
struct Names {
    source: String,
    energy: String,
    power: String,
}

impl Sampler {
    /// Starts reading, at once and then every `interval`; the first reading is waited for, but not for long.
    pub fn begin(sensors: Box<dyn Sensors>, interval: Duration) -> Self {
        let began = Instant::now();
        let names = Names {
            source: sensors.source(),
            energy: sensors.energy_source(),
            power: sensors.power_source(),
        };
        let log = Arc::new(Mutex::new(Log::default()));
        let (stop, stopped) = channel();
        let (give, given) = channel();
        let (back, done) = channel();
        let watch = Watch {
            began,
            interval,
            log: Arc::clone(&log),
            stopped,
        };
        let spare = back.clone();
        let (read, first) = channel();
        let body = move || {
            if let Ok(sensors) = given.recv() {
                // Nobody listens any more where the sampler was dropped.
                let _ = back.send(watch.run(sensors, read));
            }
        };
        // A thread that can't start drops its end of the channel, and the sensors come back unread.
        let _ = thread::Builder::new().name("telemetry".into()).spawn(body);
        if let Err(SendError(sensors)) = give.send(sensors) {
            lock(&log).ended = Some("no thread could be started to read the sensors".into());
            let _ = spare.send(sensors);
        }
        // What is measured from now on has a reading before it, if the sensors answer at all.
        let _ = first.recv_timeout(FIRST);
        Self {
            began,
            names,
            log,
            stop,
            done,
        }
    }

    /// Seconds since it began: the time its readings are in.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// Reads once more, ends, and gives the sensors back. Of sensors that hang it gives what they said until then, and
    /// others in their place that say nothing.
    pub fn stop(self) -> (Telemetry, Box<dyn Sensors>) {
        self.stop_within(GRACE)
    }

    fn stop_within(self, grace: Duration) -> (Telemetry, Box<dyn Sensors>) {
        drop(self.stop);
        let sensors = self.done.recv_timeout(grace);
        let mut log = std::mem::take(&mut *lock(&self.log));
        let sensors = sensors.unwrap_or_else(|_| {
            let reason = format!("the sensors gave no answer for {} s", grace.as_secs_f64());
            log.ended.get_or_insert(reason);
            Box::new(Scripted {
                source: format!("{}, hung", self.names.source),
                ..Scripted::default()
            })
        });
        let mut telemetry = log.telemetry(self.names);
        telemetry.missing.extend(sensors.cannot_tell());
        (telemetry, sensors)
    }
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread needs.
struct Watch {
    began: Instant,
    interval: Duration,
    log: Arc<Mutex<Log>>,
    stopped: Receiver<()>,
}

impl Watch {
    /// Reads until stopped, and once more then.
    fn run(self, mut sensors: Box<dyn Sensors>, read: Sender<()>) -> Box<dyn Sensors> {
        let mut read = Some(read);
        let mut last = false;
        loop {
            let started = Instant::now();
            let tick = AssertUnwindSafe(|| self.tick(sensors.as_mut()));
            let Ok((reading, joules)) = catch_unwind(tick) else {
                lock(&self.log).ended = Some("a sensor failed while it was read".into());
                return sensors;
            };
            let spent = started.elapsed();
            lock(&self.log).add(reading, joules, spent);
            // Dropped, it tells as well that nobody need wait.
            drop(read.take());
            if last {
                return sensors;
            }
            let pause = self.interval.saturating_sub(started.elapsed());
            last = self.stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
        }
    }

    /// A reading, and the energy counter with the second it was read in.
    fn tick(&self, sensors: &mut dyn Sensors) -> (Reading, Option<(f64, f64)>) {
        let now = || self.began.elapsed().as_secs_f64();
        let at = now();
        let joules = sensors.energy_joules().map(|joules| (at, joules));
        let at_seconds = now();
        let reading = Reading {
            at_seconds,
            ..sensors.read()
        };
        (reading, joules)
    }
}

/// What the thread has read.
#[derive(Debug, Default)]
struct Log {
    readings: Vec<Reading>,
    /// How many readings there are to one that is kept, less one.
    passed_over: u32,
    /// Readings that came since the last one kept.
    since_kept: u32,
    last_watts: Option<f64>,
    power_updates: u32,
    counted: Option<Counted>,
    spent: Duration,
    ended: Option<String>,
}

/// The energy counter, seconds and joules each.
#[derive(Debug, Clone, Copy)]
struct Counted {
    first: (f64, f64),
    last: (f64, f64),
    updates: u32,
    backwards: bool,
}

impl Log {
    fn add(&mut self, reading: Reading, joules: Option<(f64, f64)>, spent: Duration) {
        self.spent += spent;
        if let Some(now) = joules {
            self.count(now);
        }
        if reading.is_empty() {
            return;
        }
        if let Some(watts) = reading.watts {
            let changed = self.last_watts.is_some_and(|last| last != watts);
            self.power_updates += u32::from(changed);
            self.last_watts = Some(watts);
        }
        self.keep(reading);
    }

    fn count(&mut self, now: (f64, f64)) {
        let counted = self.counted.get_or_insert(Counted {
            first: now,
            last: now,
            updates: 0,
            backwards: false,
        });
        counted.updates += u32::from(now.1 != counted.last.1);
        counted.backwards |= now.1 < counted.last.1;
        counted.last = now;
    }

    /// A reading that isn't kept leaves its limiters with the one before, so that no slowdown is lost.
    fn keep(&mut self, reading: Reading) {
        if self.since_kept < self.passed_over
            && let Some(kept) = self.readings.last_mut()
        {
            self.since_kept += 1;
            add_limits(kept, reading);
            return;
        }
        self.since_kept = 0;
        self.readings.push(reading);
        if self.readings.len() >= MOST {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut halved: Vec<Reading> = Vec::with_capacity(MOST);
        for (place, reading) in std::mem::take(&mut self.readings).into_iter().enumerate() {
            match halved.last_mut() {
                Some(kept) if place % 2 == 1 => add_limits(kept, reading),
                _ => halved.push(reading),
            }
        }
        self.readings = halved;
        // The last reading, the first of its group, went into the one before it.
        self.since_kept = self.passed_over + 1;
        self.passed_over = self.passed_over * 2 + 1;
    }

    fn telemetry(self, names: Names) -> Telemetry {
        let mut missing = BTreeMap::new();
        let energy = self.energy(&names);
        let energy = energy.map_err(|reason| missing.insert("energy".into(), reason));
        if let Some(reason) = self.ended {
            missing.insert("readings".into(), reason);
        } else if self.readings.is_empty() {
            missing.insert("readings".into(), "no sensor said anything".into());
        }
        Telemetry {
            source: names.source,
            readings: self.readings,
            reading_seconds: Some(self.spent.as_secs_f64()),
            energy: energy.ok(),
            missing,
        }
    }

    /// By the counter where it moved, else by the power.
    fn energy(&self, names: &Names) -> Result<Energy, String> {
        let moved = self
            .counted
            .filter(|counted| counted.updates > 0 && !counted.backwards);
        if let Some(counted) = moved {
            return Ok(Energy {
                joules: counted.last.1 - counted.first.1,
                seconds: counted.last.0 - counted.first.0,
                source: names.energy.clone(),
                updates: counted.updates,
            });
        }
        let (joules, seconds) = integrate(&self.readings).ok_or(match self.counted {
            None => "no energy counter, and fewer than two readings of power",
            Some(counted) if counted.backwards => "the energy counter ran backwards",
            Some(_) => "the energy counter didn't move",
        })?;
        Ok(Energy {
            joules,
            seconds,
            source: format!("{}, integrated", names.power),
            updates: self.power_updates,
        })
    }
}

fn add_limits(kept: &mut Reading, passed: Reading) {
    for limiter in passed.limits {
        if !kept.limits.contains(&limiter) {
            kept.limits.push(limiter);
        }
    }
}

/// Joules and seconds from the first to the last reading of power, by trapezoids; none with fewer than two.
pub fn integrate(readings: &[Reading]) -> Option<(f64, f64)> {
    let points: Vec<_> = readings
        .iter()
        .filter_map(|reading| Some((reading.at_seconds, reading.watts?)))
        .collect();
    let seconds = points.last()?.0 - points.first()?.0;
    let joules = points
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0)
        .sum();
    (seconds > 0.0).then_some((joules, seconds))
}
