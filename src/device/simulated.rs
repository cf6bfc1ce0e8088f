//! A device whose times and faults are scripted: the whole program can be tested with exact numbers.
//!
//! `--device simulated:SCRIPT`, entries separated by commas: numbers `tflops=1 gbs=100 submit_us=10
//! noise=0 drift=0 missing=0` (the share of timestamps that come out empty) `hot=0` (by what share it is slower when
//! warmed through by work, which takes it seconds, as cooling does), switches `cpu` `no-timestamps`
//! `no-f16` `no-f64` `matrix` `matrix-acc-f32` (cooperative matrices of 16 × 16, summed in f16 and f32 or in f32
//! alone), tastes `likes@KEY:VALUE` (a tile is 10 % slower for each doubling it is away from that), and faults
//! `wrong@GLOB` `lost@GLOB` `oom@GLOB` `hung@GLOB` `constant@GLOB` (time doesn't grow with the work), and those that
//! end or stop this process, `crash@GLOB` `panic@GLOB` `hang@GLOB`, for the kernels that match by name, or by name and
//! a part of the tile, as `gemm/f32:bm:128`. `pace` lets its seconds pass for real. `says=TEXT` is printed to standard output at every step, as some
//! driver libraries do. `at=SECONDS` lets faults begin only when the device has worked for so
//! long. `bus=ID` gives it a PCI bus id. `sees@KEY:VALUE` gives it sensors that say so, as `sees@watts:350`: the keys are
//! those of [`SENSORS`]. `slow@GLOB:FACTOR` makes kernels so many times slower. `run_noise=0.01 day_noise=0.01` let runs
//! and days differ, of which this is number `run=1` and `day=1`; the clock's probe is spared.
//! Answers come from the kernels' CPU references.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::Write;
use std::rc::Rc;

use globset::GlobMatcher;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Device, DeviceInfo, DeviceType, Limits, Loaded, Timing, not_its_trips};
use crate::error::{Error, Result};
use crate::kernel::{Action, Case, Check, Feature};
use crate::kernels::CLOCK;
use crate::matrix::Words;

mod luck;
mod script;

use luck::Luck;

/// What a fault does to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Wrong,
    Lost,
    OutOfMemory,
    Hung,
    Constant,
    Crash,
    Panic,
    Hang,
}

/// The times a script sets.
#[derive(Debug, Clone, Copy)]
struct Speed {
    operations_per_second: f64,
    bytes_per_second: f64,
    submit_seconds: f64,
    noise: f64,
    drift: f64,
    missing: f64,
    hot: f64,
    /// When faults begin, in seconds of the device's clock.
    fault_seconds: f64,
}

/// A device that computes on the CPU and takes the time its script says.
pub struct Simulated {
    info: DeviceInfo,
    speed: Speed,
    faults: Vec<(Fault, GlobMatcher)>,
    tastes: Vec<(String, u32)>,
    slow: Vec<(GlobMatcher, f64)>,
    luck: Luck,
    sees: Vec<(String, String)>,
    says: String,
    pace: bool,
    clock: Rc<Cell<f64>>,
    /// From 0, cold, to 1, warmed through.
    heat: Rc<Cell<f64>>,
}

/// What a script's sensors can say: numbers (`counter_watts` is what an energy counter grows by in a second), `limit` by the name of a limiter, and errors (`ecc`, `xid`) that are counted
/// in the first case.
pub const SENSORS: [&str; 11] = [
    "watts",
    "counter_watts",
    "sm_mhz",
    "most_mhz",
    "memory_mhz",
    "celsius",
    "limit",
    "limit_watts",
    "lanes",
    "ecc",
    "xid",
];

/// How long it takes to warm through or cool down: the time constant, in seconds.
const WARMING: f64 = 1.0;

/// What a simulated device says it is.
pub fn info() -> DeviceInfo {
    DeviceInfo {
        name: "simulated".into(),
        backend: "simulated".into(),
        device_type: DeviceType::Discrete,
        vendor_id: 0,
        device_id: 0,
        pci_bus_id: None,
        driver: "suanli".into(),
        driver_info: "scripted".into(),
        features: BTreeSet::from([Feature::ShaderF16, Feature::ShaderF64, Feature::Timestamps]),
        limits: Limits {
            binding_bytes: (2 << 30) - 4,
            buffer_bytes: (2 << 30) - 4,
            workgroup_bytes: 48 << 10,
            workgroup_invocations: 1024,
            workgroups: 65_535,
        },
        subgroup_size: [32, 32],
        matrices: Vec::new(),
        memory_bytes: Some(80_000_000_000),
        int8_dot_emulated: None,
        timestamp_period_seconds: Some(1e-9),
    }
}

impl Simulated {
    /// What its sensors say: each a key of [`SENSORS`] and a value.
    pub fn sees(&self) -> &[(String, String)] {
        &self.sees
    }

    fn fault(&self, case: &Case) -> Option<Fault> {
        let name = case.kernel.name;
        let tile = case.params.tile.iter().flatten();
        let parts: Vec<_> = tile
            .map(|(key, value)| format!("{name}:{key}:{value}"))
            .collect();
        let hit = |(_, glob): &&(Fault, GlobMatcher)| {
            glob.is_match(name) || parts.iter().any(|part| glob.is_match(part))
        };
        self.faults.iter().find(hit).map(|(fault, _)| *fault)
    }
}

impl Simulated {
    /// From now on it is this run of this day.
    pub fn begin(&self, run: u64, day: u64) {
        self.luck.run.set(run);
        self.luck.day.set(day);
    }

    /// How many times longer the script lets its kernel take.
    fn slowness(&self, case: &Case) -> f64 {
        let hit = |(glob, _): &&(GlobMatcher, f64)| glob.is_match(case.kernel.name);
        let factors = self.slow.iter().filter(hit).map(|(_, factor)| factor);
        factors.product()
    }

    /// How many times longer a tile takes than one that is liked in everything.
    fn distaste(&self, case: &Case) -> f64 {
        let away = |(key, liked): &(String, u32)| {
            let value = case.params.tile.as_ref().and_then(|tile| tile.get(key));
            let doublings = |value: &u32| (f64::from(value + 1) / f64::from(liked + 1)).log2();
            value.map_or(1.0, |value| 1.1_f64.powf(doublings(value).abs()))
        };
        self.tastes.iter().map(away).product()
    }
}

impl Device for Simulated {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        case.wgsl()?;
        let fault = self.fault(case);
        if fault == Some(Fault::OutOfMemory) {
            return Err(Error::OutOfMemory {
                why: "scripted".into(),
            });
        }
        Ok(Box::new(SimulatedCase {
            case: case.clone(),
            says: self.says.clone(),
            pace: self.pace,
            fault,
            speed: self.speed,
            distaste: self.distaste(case) * self.slowness(case),
            luck: luck(&self.luck, case),
            timestamps: self.info.features.contains(&Feature::Timestamps),
            clock: Rc::clone(&self.clock),
            heat: Rc::clone(&self.heat),
            random: ChaCha8Rng::seed_from_u64(case.seed),
            operands: Vec::new(),
            ran: false,
        }))
    }
}

/// The clock has no luck of its own, or its probe would tell of a clock that didn't change.
fn luck(luck: &Luck, case: &Case) -> Luck {
    match case.kernel.name == CLOCK.name {
        true => Luck::default(),
        false => luck.clone(),
    }
}

struct SimulatedCase {
    case: Case,
    says: String,
    pace: bool,
    fault: Option<Fault>,
    speed: Speed,
    distaste: f64,
    luck: Luck,
    timestamps: bool,
    clock: Rc<Cell<f64>>,
    heat: Rc<Cell<f64>>,
    random: ChaCha8Rng,
    operands: Vec<Words>,
    ran: bool,
}

impl SimulatedCase {
    /// The fault, if its time has come.
    fn struck(&self) -> Option<Fault> {
        self.fault
            .filter(|_| self.clock.get() >= self.speed.fault_seconds)
    }

    /// Seconds of one dispatch: the slower of arithmetic and memory, as scripted.
    fn one(&mut self) -> f64 {
        let work = self.case.work();
        let arithmetic = work.operations as f64 / self.speed.operations_per_second;
        let memory = work.bytes as f64 / self.speed.bytes_per_second;
        let noise = self.speed.noise * self.random.random_range(-1.0..=1.0);
        let drift = self.speed.drift * self.clock.get();
        let ideal = arithmetic.max(memory).max(1e-9);
        let heat = self.speed.hot * self.heat.get();
        let luck = self.luck.factor(&self.case);
        ideal * self.distaste * luck * (1.0 + noise) * (1.0 + drift) * (1.0 + heat)
    }

    /// Lets `seconds` pass on the way to `heat`.
    fn pass(&self, seconds: f64, heat: f64) {
        let left = (-seconds / WARMING).exp();
        self.heat.set(heat + (self.heat.get() - heat) * left);
        self.clock.set(self.clock.get() + seconds);
        if self.pace {
            std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
        }
    }
}

impl Loaded for SimulatedCase {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        self.operands = inputs.to_vec();
        self.clear()
    }

    fn clear(&mut self) -> Result<()> {
        self.ran = false;
        Ok(())
    }

    fn with_trips_of(&mut self, case: &Case) -> Result<()> {
        match [self.case.action(), case.action()] {
            [Action::Compute(own), Action::Compute(other)] if own.buffers == other.buffers => {
                self.case = case.clone();
                self.clear()
            }
            _ => Err(not_its_trips(case)),
        }
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        if !self.says.is_empty() {
            // With nobody to hear it, a library doesn't care.
            drop(writeln!(std::io::stdout(), "{}", self.says));
        }
        let fault = self.struck();
        strike(fault)?;
        self.ran = true;
        let counted = match fault {
            Some(Fault::Constant) => 1.0,
            _ => f64::from(dispatches),
        };
        let busy = self.one() * counted;
        // An empty dispatch is a submit by itself; the others share one a batch and band.
        let submits = match self.case.action() {
            Action::Submit => counted,
            Action::Compute(program) if bands > 1 => {
                counted * f64::from(bands.min(program.most_bands()))
            }
            _ => 1.0,
        };
        let wall = busy + self.speed.submit_seconds * submits;
        self.pass(wall, 1.0);
        let shader = self.case.kernel.template.is_some();
        let missing = self.random.random_range(0.0..1.0) < self.speed.missing;
        Ok(Timing {
            gpu_seconds: (self.timestamps && shader && !missing).then_some(busy),
            wall_seconds: wall,
            submit_seconds: busy / submits,
            spent_seconds: wall,
        })
    }

    fn rest(&mut self, seconds: f64) {
        self.pass(seconds, 0.0);
    }

    fn output(&mut self) -> Result<Words> {
        let mut output = (self.case.kernel.reference)(&self.case, &self.operands);
        if !self.ran {
            output.fill(0xdead_beef);
        } else if self.struck() == Some(Fault::Wrong) {
            spoil(&self.case, &mut output);
        }
        Ok(output)
    }
}

/// What a fault does when something is run.
#[allow(
    clippy::panic,
    reason = "a script may ask for what a driver library does"
)]
fn strike(fault: Option<Fault>) -> Result<()> {
    match fault {
        Some(Fault::Lost) => Err(Error::Lost {
            why: "scripted".into(),
        }),
        Some(Fault::Hung) => Err(Error::Hung { seconds: 60.0 }),
        Some(Fault::Crash) => std::process::abort(),
        Some(Fault::Panic) => panic!("scripted"),
        Some(Fault::Hang) => loop {
            std::thread::sleep(std::time::Duration::from_secs(60));
        },
        _ => Ok(()),
    }
}

/// Makes one element wrong, in the middle of the last row of a product.
fn spoil(case: &Case, output: &mut Words) {
    if let Check::Product(layouts) = case.kernel.check {
        let c = layouts(&case.params).c;
        let (row, column) = (c.rows - 1, c.columns / 2);
        let value = c.read(output, row, column);
        c.write(output, row, column, value + 1.0);
    } else if let Some(word) = output.last_mut() {
        *word ^= 1;
    }
}
