//! What a script says, entry by entry.

use std::cell::Cell;
use std::rc::Rc;

use globset::Glob;

use crate::device::DeviceType;
use crate::error::{Error, Result};
use crate::figure::Format;
use crate::kernel::{Feature, MatrixShape};

use super::luck::Luck;
use super::{Fault, SENSORS, Simulated, Speed, info};

/// Whether the number is one a device could have.
fn sound(name: &str, number: f64) -> bool {
    let above = match name {
        "tflops" | "gbs" => number > 0.0,
        _ => number >= 0.0,
    };
    above && number.is_finite()
}

impl Simulated {
    /// The device a script describes; an empty script is an ideal device of 1 TFLOPS and 100 GB/s.
    pub fn parse(script: &str) -> Result<Self> {
        let mut device = Self {
            info: info(),
            speed: Speed {
                operations_per_second: 1e12,
                bytes_per_second: 100e9,
                submit_seconds: 10e-6,
                noise: 0.0,
                drift: 0.0,
                missing: 0.0,
                hot: 0.0,
                fault_seconds: 0.0,
            },
            faults: Vec::new(),
            tastes: Vec::new(),
            slow: Vec::new(),
            luck: Luck::default(),
            sees: Vec::new(),
            says: String::new(),
            pace: false,
            clock: Rc::new(Cell::new(0.0)),
            heat: Rc::new(Cell::new(0.0)),
        };
        for entry in script.split(',').filter(|entry| !entry.is_empty()) {
            device.entry(entry).ok_or_else(|| {
                Error::usage(
                    format!("--device simulated:{script}"),
                    format!("'{entry}' is no script entry"),
                    "entries look like tflops=1, gbs=100, noise=0.01, cpu, wrong@gemm/f32, likes@bm:128",
                )
            })?;
        }
        Ok(device)
    }

    fn entry(&mut self, entry: &str) -> Option<()> {
        if let Some(taste) = entry.strip_prefix("likes@") {
            let (key, value) = taste.split_once(':')?;
            self.tastes.push((key.into(), value.parse().ok()?));
        } else if let Some(seen) = entry.strip_prefix("sees@") {
            let (key, value) = seen.split_once(':')?;
            let number = value.parse().ok().filter(|number| sound(key, *number));
            let known = SENSORS.contains(&key) && (key == "limit" || number.is_some());
            known.then(|| self.sees.push((key.into(), value.into())))?;
        } else if let Some(slow) = entry.strip_prefix("slow@") {
            let (glob, factor) = slow.rsplit_once(':')?;
            let factor = factor.parse().ok().filter(|factor| *factor > 0.0)?;
            let matcher = Glob::new(glob).ok()?.compile_matcher();
            self.slow.push((matcher, factor));
        } else if let Some((fault, glob)) = entry.split_once('@') {
            let fault = match fault {
                "wrong" => Fault::Wrong,
                "lost" => Fault::Lost,
                "oom" => Fault::OutOfMemory,
                "hung" => Fault::Hung,
                "constant" => Fault::Constant,
                "crash" => Fault::Crash,
                "panic" => Fault::Panic,
                "hang" => Fault::Hang,
                _ => return None,
            };
            let matcher = Glob::new(glob).ok()?.compile_matcher();
            self.faults.push((fault, matcher));
        } else if let Some(text) = entry.strip_prefix("says=") {
            self.says = text.into();
        } else if let Some(bus) = entry.strip_prefix("bus=") {
            self.info.pci_bus_id = Some(bus.into());
        } else if let Some((name, number)) = entry.split_once('=') {
            let number: f64 = number
                .parse()
                .ok()
                .filter(|number: &f64| sound(name, *number))?;
            self.number(name, number)?;
        } else {
            self.switch(entry)?;
        }
        Some(())
    }

    fn number(&mut self, name: &str, number: f64) -> Option<()> {
        match name {
            "tflops" => self.speed.operations_per_second = number * 1e12,
            "gbs" => self.speed.bytes_per_second = number * 1e9,
            "submit_us" => self.speed.submit_seconds = number * 1e-6,
            "noise" => self.speed.noise = number,
            "drift" => self.speed.drift = number,
            "missing" => self.speed.missing = number,
            "run_noise" => self.luck.run_noise = number,
            "day_noise" => self.luck.day_noise = number,
            "run" => self.luck.run.set(number as u64),
            "day" => self.luck.day.set(number as u64),
            "hot" => self.speed.hot = number,
            "at" => self.speed.fault_seconds = number,
            _ => return None,
        }
        Some(())
    }

    fn switch(&mut self, name: &str) -> Option<()> {
        match name {
            "pace" => self.pace = true,
            "cpu" => self.info.device_type = DeviceType::Cpu,
            "no-timestamps" => {
                self.info.features.remove(&Feature::Timestamps);
                self.info.timestamp_period_seconds = None;
            }
            "no-f16" => drop(self.info.features.remove(&Feature::ShaderF16)),
            "no-f64" => drop(self.info.features.remove(&Feature::ShaderF64)),
            "matrix" => self.offer_matrices(&[Format::F16, Format::F32]),
            "matrix-acc-f32" => self.offer_matrices(&[Format::F32]),
            _ => return None,
        }
        Some(())
    }

    fn offer_matrices(&mut self, sums: &[Format]) {
        let features = [Feature::Subgroups, Feature::CooperativeMatrix];
        self.info.features.extend(features);
        self.info.matrices = sums
            .iter()
            .map(|sum| MatrixShape {
                size: 16,
                operands: Format::F16,
                accumulate: *sum,
            })
            .collect();
    }
}
