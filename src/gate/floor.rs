//! The floor: the least change that counts, measured on the machine it is used on by `calibration`.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::store;
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::files;
use crate::kernel::Params;
use crate::results::Results;
use crate::stats::normal_quantile;

/// The least floor there is: nobody can say what a smaller change of a benchmark means.
pub const LEAST: f64 = 0.01;

/// The floor where none was measured.
pub const UNCALIBRATED: f64 = 0.05;

/// Days after which a floor is too old: drivers, firmware and dust change a machine.
pub const MOST_DAYS: i64 = 30;

/// The spread between days, as a standard deviation, where nobody has measured it: what boost clocks show.
pub const ASSUMED_DAY_SPREAD: f64 = 0.01;

/// The scale of the effect between 5 and 5 runs where none was measured: of runs that differ by 1 %, √(2/5) of that.
pub const ASSUMED_SCALE: f64 = 0.0063;

/// Wanted: no more than one red suite of so many, although nothing differs.
pub const SUITES_PER_ALARM: f64 = 200.0;

/// The schema of the file.
pub const SCHEMA: u64 = 1;

/// The floors of one card and driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// The format's number.
    pub schema: u64,
    /// When the last of the runs was made: UTC, RFC 3339.
    pub dated: String,
    /// Host and card.
    pub machine: String,
    /// The driver with its version.
    pub driver: String,
    /// How many runs it rests on.
    pub runs: usize,
    /// A floor a case.
    pub cases: Vec<CaseFloor>,
}

/// The floor of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFloor {
    /// The kernel's name.
    pub kernel: String,
    /// Size, mode and data.
    pub params: Params,
    /// How many runs it rests on.
    pub runs: usize,
    /// The standard deviation of the effect between 5 and 5 identical runs, as a share.
    pub scale: f64,
    /// The least change that counts, as a share.
    pub floor: f64,
    /// The standard deviation between days, at most with 95 % certainty, as a share; absent where the runs are of fewer than
    /// 3 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_spread: Option<f64>,
}

/// Where a floor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Measured on this machine.
    Calibrated,
    /// Not measured, too old, or of another driver.
    Uncalibrated,
    /// Set by hand.
    Threshold,
}

/// What a case was judged with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Floor {
    /// The change beyond which it is slower or faster, as a share: `within_day`, and where the sides are of different days, at
    /// least what chance does between them.
    pub share: f64,
    /// The least change that counts, as a share: what is proved to lie within it is the same.
    pub within_day: f64,
    /// How far the days of the two sides may lie apart by chance (95 %), as a share; 0 where they were measured in turn.
    pub days: f64,
    /// Where it comes from.
    pub basis: Basis,
}

impl Floors {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and [`Error::Data`] for what is no file of floors.
    pub fn load(path: &Path) -> Result<Self> {
        let wrong = |why: String| Error::Data {
            what: path.display().to_string(),
            why: format!("{why}; `suanli calibrate` writes it anew"),
        };
        let bytes = files::small(path).map_err(|source| Error::Read {
            path: path.into(),
            source,
        })?;
        let floors: Self =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if floors.schema != SCHEMA {
            return Err(wrong(format!(
                "schema {} is none of this build's",
                floors.schema
            )));
        }
        // A machine on which 5 and 5 identical runs differ by more than 100 % has a floor above that.
        let least = |share: f64, least: f64| share.is_finite() && share >= least;
        let sound = |case: &CaseFloor| {
            least(case.floor, LEAST)
                && least(case.scale, 0.0)
                && case.day_spread.is_none_or(|spread| least(spread, 0.0))
        };
        if !floors.cases.iter().all(sound) {
            return Err(wrong(
                "a floor is no share of 1 % at least, or a spread is none of 0".into(),
            ));
        }
        Ok(floors)
    }

    /// Why these floors don't hold for `run` at `now`; nothing where they do.
    pub fn refusal(&self, run: &Results, now: Timestamp) -> Option<String> {
        if self.machine != store::machine(run) {
            return Some(format!("they are of {}", self.machine));
        }
        if self.driver != driver(&run.device) {
            return Some(format!("they are of the driver {}", self.driver));
        }
        let Ok(dated) = self.dated.parse::<Timestamp>() else {
            return Some(format!("'{}' is no date", self.dated));
        };
        let days = now.duration_since(dated).as_hours() / 24;
        if days < 0 {
            return Some(format!("they are dated {}, which is to come", self.dated));
        }
        (days > MOST_DAYS).then(|| format!("they are {days} days old"))
    }
}

/// The floor of a case in the first that has it, else the highest of its kernel's in the same mode.
pub(super) fn of_case<'a>(
    floors: &[&'a Floors],
    kernel: &str,
    params: &Params,
) -> Option<&'a CaseFloor> {
    let mut cases = floors.iter().flat_map(|floors| &floors.cases);
    let own = |case: &&CaseFloor| case.kernel == kernel && case.params.asks_same(params);
    let like = |case: &&CaseFloor| case.kernel == kernel && case.params.mode == params.mode;
    let all = cases.clone();
    cases
        .find(own)
        .or_else(|| all.filter(like).max_by(|a, b| a.floor.total_cmp(&b.floor)))
}

/// How far two days of standard deviation `spread` lie apart 95 times of 100, as a share.
pub(super) fn days_apart(spread: f64) -> f64 {
    let z = normal_quantile(0.975).unwrap_or(0.0);
    (z * std::f64::consts::SQRT_2 * spread).exp_m1()
}

/// What identical runs of two days come out apart, at most, in a suite of so many cases: since nothing confirms it, only one
/// suite in 200 is to go beyond it. `scale` is the standard deviation of the effect within a day, `day` that of a day.
pub fn between_days(scale: f64, day: f64, cases: usize) -> f64 {
    let p = 1.0 - 1.0 / (SUITES_PER_ALARM * cases.max(1) as f64);
    let z = normal_quantile(p).unwrap_or(0.0);
    (z * scale.hypot(std::f64::consts::SQRT_2 * day)).exp_m1()
}

/// The driver with its version, as the field `driver` has it.
pub fn driver(device: &DeviceInfo) -> String {
    let words = format!("{} {}", device.driver.trim(), device.driver_info.trim());
    words.trim().into()
}
