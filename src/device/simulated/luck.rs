//! How runs and days differ by luck: a factor a kernel and run, and one a kernel and day.
//!
//! Drawn from the run's number and the kernel's name and size, so that a script gives the same times on every machine.

use std::cell::Cell;
use std::rc::Rc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::kernel::Case;

/// What is scripted of it. Its runs and days are shared by all cases that a device has loaded.
#[derive(Debug, Clone, Default)]
pub(super) struct Luck {
    /// Standard deviation of the logarithm of times from run to run.
    pub(super) run_noise: f64,
    /// The same from day to day.
    pub(super) day_noise: f64,
    /// Which run it is.
    pub(super) run: Rc<Cell<u64>>,
    /// Which day.
    pub(super) day: Rc<Cell<u64>>,
}

impl Luck {
    /// By how many times longer the case takes.
    pub(super) fn factor(&self, case: &Case) -> f64 {
        if self.run_noise == 0.0 && self.day_noise == 0.0 {
            return 1.0;
        }
        let name = format!("{} {}", case.kernel.name, case.params.size());
        let run = self.run_noise * normal(&name, 1, self.run.get());
        let day = self.day_noise * normal(&name, 2, self.day.get());
        (run + day).exp()
    }
}

/// A number from a standard normal distribution (Box and Muller), the same for the same words.
fn normal(name: &str, what: u64, number: u64) -> f64 {
    // FNV-1a: what it takes to tell names apart.
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let numbers = [what, number].into_iter().flat_map(u64::to_le_bytes);
    let seed = name
        .bytes()
        .chain(numbers)
        .fold(0xcbf2_9ce4_8422_2325, step);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let [one, two]: [f64; 2] = [0; 2].map(|_| random.random_range(f64::EPSILON..1.0));
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
}
