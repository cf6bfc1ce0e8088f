//! Sensors whose values are scripted: for the simulated device and for tests.

use std::collections::VecDeque;

use super::{Counters, Gpu, Reading, Sensors};

/// Values that are given out one by one, the last of them for ever. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scripted {
    /// What it calls itself.
    pub source: String,
    /// The readings.
    pub readings: VecDeque<Reading>,
    /// The states of the energy counter, in joules.
    pub joules: VecDeque<f64>,
    /// The errors counted.
    pub counters: Counters,
    /// What the GPU is.
    pub gpu: Gpu,
}

/// The next value; the last one stays.
fn next<T: Clone>(values: &mut VecDeque<T>) -> Option<T> {
    if values.len() > 1 {
        values.pop_front()
    } else {
        values.front().cloned()
    }
}

impl Sensors for Scripted {
    fn source(&self) -> String {
        self.source.clone()
    }

    fn energy_source(&self) -> String {
        format!("{}, energy counter", self.source)
    }

    fn power_source(&self) -> String {
        format!("{}, power", self.source)
    }

    fn read(&mut self) -> Reading {
        next(&mut self.readings).unwrap_or_default()
    }

    fn energy_joules(&mut self) -> Option<f64> {
        next(&mut self.joules)
    }

    fn counters(&mut self) -> Counters {
        self.counters.clone()
    }

    fn gpu(&mut self) -> Gpu {
        self.gpu.clone()
    }
}
