//! What crosses to the device and back for one case, counted; and what zeros must not prove.

use std::cell::Cell;

use suanli::device::{Loaded, Timing};
use suanli::error::Result;
use suanli::matrix::Words;

use super::*;

/// The scripted device, what crosses to it and back counted.
struct Counting {
    device: Simulated,
    /// Whether every answer is zeros.
    zeros: bool,
    loads: Cell<u32>,
    fills: Cell<u32>,
    outputs: Cell<u32>,
}

struct Counted<'a> {
    loaded: Box<dyn Loaded + 'a>,
    by: &'a Counting,
}

fn counting(script: &str, zeros: bool) -> Counting {
    Counting {
        device: Simulated::parse(script).unwrap(),
        zeros,
        loads: Cell::new(0),
        fills: Cell::new(0),
        outputs: Cell::new(0),
    }
}

fn more(count: &Cell<u32>) {
    count.set(count.get() + 1);
}

impl Device for Counting {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        more(&self.loads);
        Ok(Box::new(Counted {
            loaded: self.device.load(case)?,
            by: self,
        }))
    }
}

impl Loaded for Counted<'_> {
    fn fill(&mut self, inputs: &[Words]) -> Result<()> {
        more(&self.by.fills);
        self.loaded.fill(inputs)
    }

    fn clear(&mut self) -> Result<()> {
        self.loaded.clear()
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing> {
        self.loaded.run(dispatches, bands)
    }

    fn output(&mut self) -> Result<Words> {
        more(&self.by.outputs);
        let output = self.loaded.output()?;
        Ok(match self.by.zeros {
            true => vec![0; output.len()],
            false => output,
        })
    }
}

/// One small case of `kernel`, without a search.
fn case(device: &Counting, kernel: &str, data: Pattern) -> Case {
    let mut selection = selection(&[kernel], &[[64; 3]]);
    selection.data = vec![data];
    let mut case = cases(&selection, device.info()).remove(0);
    case.params.bytes = case.params.bytes.map(|_| 1 << 20);
    case
}

/// Loads, fills and outputs of one case, without those of the clock probe.
fn crossings(kernel: &str, data: Pattern) -> [u32; 3] {
    let device = counting("", false);
    let record = measured_with(&device, &case(&device, kernel, data), Tuning::Off);
    assert!(record.measured().is_some(), "{kernel}: {record:?}");
    [&device.loads, &device.fills, &device.outputs].map(Cell::get)
}

#[test]
fn operands_cross_once_where_a_case_is_timed_on_those_it_is_proven_on() {
    // Loaded and filled once, and its answer taken twice: as it is proven and after timing.
    let least = crossings("latency/dispatch", Pattern::Random);
    let beside = |kernel, data| {
        let all = crossings(kernel, data);
        [0, 1, 2].map(|at| all[at] - least[at])
    };
    for kernel in ["memory/copy", "memory/triad", "gemm/int8-dot"] {
        assert_eq!(beside(kernel, Pattern::Random), [0, 0, 0], "{kernel}");
    }
    for (kernel, data) in [
        ("gemm/f32", Pattern::Random),
        ("memory/copy", Pattern::Zeros),
        ("gemm/int8-dot", Pattern::LowToggle),
    ] {
        // On other operands than it was proven on: checked on those too.
        assert_eq!(beside(kernel, data), [0, 1, 1], "{kernel}");
    }
}

#[test]
fn zeros_prove_no_answer() {
    for kernel in ["memory/copy", "gemm/int8-dot", "gemm/f32", "memory/triad"] {
        let device = counting("", true);
        let record = measured_with(&device, &case(&device, kernel, Pattern::Zeros), Tuning::Off);
        let Outcome::Invalid { cause, .. } = &record.outcome else {
            panic!("{kernel}: {record:?}");
        };
        assert_eq!(*cause, Cause::WrongAnswer, "{kernel}");
    }
}

#[test]
fn what_the_host_times_is_warmed_no_longer_than_it_must_be() {
    let seconds = |kernel: &str| {
        let device = Simulated::parse("drift=5").unwrap();
        let mut case = cases(&selection(&[kernel], &[[256; 3]]), device.info()).remove(0);
        case.params.bytes = case.params.bytes.map(|_| 1 << 20);
        let record = measured_with(&device, &case, Tuning::Off);
        record.measured().unwrap().warm_up_seconds
    };
    let [least, most] = [SHORT.warm_up_seconds, SHORT.warm_up_cap_seconds];
    let host = seconds("transfer/upload");
    assert!((least..most).contains(&host), "{host}");
    // A rate by the chip's own clock is waited for.
    let chip = seconds("gemm/f32");
    assert!(chip >= most, "{chip}");
}
