//! What crosses to the device and back for one case, counted; and what zeros must not prove.

use std::cell::Cell;

use suanli::device::{Loaded, Timing};
use suanli::error::Result;
use suanli::matrix::Words;

use super::*;

/// What is wrong with every answer.
#[derive(Clone, Copy, PartialEq)]
enum Spoilt {
    Nothing,
    /// It is zeros.
    Zeros,
    /// It is zeros where the dispatch was not cut into bands.
    Whole,
    /// Nothing is written any more once it was read three times.
    Still,
}

/// The scripted device; what crosses to it and back for one kernel is counted.
struct Counting {
    device: Simulated,
    kernel: &'static str,
    spoilt: Spoilt,
    loads: Cell<u32>,
    fills: Cell<u32>,
    outputs: Cell<u32>,
}

struct Counted<'a> {
    loaded: Box<dyn Loaded + 'a>,
    by: &'a Counting,
    /// Not the clock's probe.
    counts: bool,
    whole: bool,
    /// The output, where it has stayed.
    held: Words,
}

fn counting(kernel: &'static str, spoilt: Spoilt) -> Counting {
    Counting {
        device: Simulated::parse("").unwrap(),
        kernel,
        spoilt,
        loads: Cell::new(0),
        fills: Cell::new(0),
        outputs: Cell::new(0),
    }
}

impl Device for Counting {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        let counted = Counted {
            loaded: self.device.load(case)?,
            by: self,
            counts: case.kernel.name == self.kernel,
            whole: false,
            held: Words::new(),
        };
        counted.more(&self.loads);
        Ok(Box::new(counted))
    }
}

impl Counted<'_> {
    fn more(&self, count: &Cell<u32>) {
        count.set(count.get() + u32::from(self.counts));
    }
}

impl Loaded for Counted<'_> {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        self.more(&self.by.fills);
        self.loaded.fill(inputs)
    }

    fn clear(&mut self) -> Result<()> {
        self.held.fill(gpu::POISON);
        self.loaded.clear()
    }

    fn with_trips_of(&mut self, case: &Case) -> Result<()> {
        self.loaded.with_trips_of(case)
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        self.whole = bands == 1;
        let timing = self.loaded.run(dispatches, bands)?;
        if self.by.spoilt == Spoilt::Still && self.by.outputs.get() < 3 {
            self.held = self.loaded.output()?;
        }
        Ok(timing)
    }

    fn output(&mut self) -> Result<Words> {
        self.more(&self.by.outputs);
        if self.by.spoilt == Spoilt::Still {
            return Ok(self.held.clone());
        }
        let output = self.loaded.output()?;
        let spoilt = match self.by.spoilt {
            Spoilt::Nothing | Spoilt::Still => false,
            Spoilt::Zeros => true,
            Spoilt::Whole => self.whole,
        };
        Ok(match spoilt {
            true => vec![0; output.len()],
            false => output,
        })
    }
}

/// The record of one small case, without a search.
fn recorded(device: &Counting, data: Pattern) -> Record {
    recorded_in(device, data, &SHORT)
}

fn recorded_in(device: &Counting, data: Pattern, budget: &Budget) -> Record {
    let mut selection = selection(&[device.kernel], &[[64; 3]]);
    selection.data = vec![data];
    let mut case = cases(&selection, device.info()).remove(0);
    case.params.bytes = case.params.bytes.map(|_| 1 << 20);
    if case.kernel.sizing.is_grown() {
        (case.params.workgroups, case.params.trips) = (Some(4), Some(7));
    }
    let mut watch = Silent {
        patience: Cell::new(u32::MAX),
    };
    let mut tuner = Tuner::new(Tuning::Off, Cache::in_memory());
    measure(device, &case, &mut tuner, budget, &mut None, &mut watch).unwrap()
}

/// The first check of a soak leaves nothing behind that the next could take for an answer.
#[test]
fn a_device_that_writes_nothing_any_more_is_found_by_the_next_check_of_a_soak() {
    let budget = Budget {
        warm_up_seconds: 1.0,
        warm_up_cap_seconds: 2.0,
        check_seconds: Some(0.2),
        ..SHORT
    };
    let device = counting("memory/copy", Spoilt::Still);
    let record = recorded_in(&device, Pattern::Random, &budget);
    let Outcome::Invalid { detail, .. } = record.outcome else {
        panic!("{record:?}");
    };
    assert!(detail.contains("(check 2), word 0 of "), "{detail}");
    assert!(detail.contains("is 0xdeadbeef"), "{detail}");
}

/// Loads, fills and outputs of one case.
fn crossings(kernel: &'static str, data: Pattern) -> [u32; 3] {
    let device = counting(kernel, Spoilt::Nothing);
    let record = recorded(&device, data);
    assert!(record.measured().is_some(), "{kernel}: {record:?}");
    [&device.loads, &device.fills, &device.outputs].map(Cell::get)
}

#[test]
fn operands_cross_once_where_a_case_is_timed_on_those_it_is_proven_on() {
    for (kernel, data, counts) in [
        // Proven, and again after timing.
        ("transfer/upload", Pattern::Random, [1, 1, 2]),
        // Proven in bands, before timing whole, and after it.
        ("memory/copy", Pattern::Random, [1, 1, 3]),
        ("memory/triad", Pattern::Random, [1, 1, 3]),
        ("gemm/int8-dot", Pattern::Random, [1, 1, 3]),
        // Checked on the timed operands too, which are others.
        ("gemm/f32", Pattern::Random, [1, 2, 3]),
        ("memory/copy", Pattern::Zeros, [1, 2, 3]),
        ("gemm/int8-dot", Pattern::LowToggle, [1, 2, 3]),
        // And with one trip more, in place.
        ("memory/sweep", Pattern::Random, [1, 1, 3]),
        ("peak/f32", Pattern::Random, [1, 1, 3]),
    ] {
        assert_eq!(crossings(kernel, data), counts, "{kernel} {data:?}");
    }
}

/// Why an answer is wrong.
fn wrong(kernel: &'static str, spoilt: Spoilt, data: Pattern) -> String {
    let record = recorded(&counting(kernel, spoilt), data);
    let Outcome::Invalid { cause, detail, .. } = record.outcome else {
        panic!("{kernel}: {record:?}");
    };
    assert_eq!(cause, Cause::WrongAnswer, "{kernel}");
    detail
}

#[test]
fn zeros_prove_no_answer() {
    for kernel in ["memory/copy", "gemm/int8-dot", "gemm/f32", "memory/triad"] {
        wrong(kernel, Spoilt::Zeros, Pattern::Zeros);
    }
}

#[test]
fn what_is_wrong_in_one_piece_alone_is_found_before_it_is_timed() {
    for kernel in ["memory/copy", "gemm/int8-dot"] {
        let detail = wrong(kernel, Spoilt::Whole, Pattern::Random);
        assert!(detail.starts_with("word 0 of "), "{kernel}: {detail}");
    }
}

/// Seconds of warm-up under a budget of at least one second and two at most, and whether the record is flagged for it, on a
/// device whose rate never stands still.
fn warmed(kernel: &str, check_seconds: Option<f64>) -> (f64, bool) {
    let device = Simulated::parse("drift=0.02").unwrap();
    let mut case = cases(&selection(&[kernel], &[[256; 3]]), device.info()).remove(0);
    case.params.bytes = case.params.bytes.map(|_| 1 << 20);
    let budget = Budget {
        warm_up_seconds: 1.0,
        warm_up_cap_seconds: 2.0,
        check_seconds,
        ..SHORT
    };
    let mut watch = Silent {
        patience: Cell::new(u32::MAX),
    };
    let mut tuner = Tuner::new(Tuning::Off, Cache::in_memory());
    let record = measure(&device, &case, &mut tuner, &budget, &mut None, &mut watch).unwrap();
    let measured = record.measured().unwrap();
    let flagged = measured.flags.contains(&Flag::NotSteady);
    (measured.warm_up_seconds, flagged)
}

#[test]
fn what_the_host_times_is_warmed_up_briefly_and_soaked_where_asked() {
    let (host, flagged) = warmed("transfer/upload", None);
    assert!((0.3..0.4).contains(&host), "{host}");
    assert!(!flagged, "nobody waited for it to stand still");
    let (soaked, _) = warmed("transfer/upload", Some(0.5));
    assert!((1.0..1.1).contains(&soaked), "{soaked}");
    // A rate by the chip's own clock is waited for.
    let (chip, flagged) = warmed("gemm/f32", None);
    assert!(chip >= 2.0 && flagged, "{chip}");
}
