//! The floor: the least change that counts, measured on the machine it is used on.
//!
//! `calibrate` takes fresh runs of one build, deals them to two sides again and again, and looks how far apart the two
//! come out although nothing differs. The floor is what 99 of 100 such deals stay below, and 1 % at least.

use std::path::Path;

use jiff::Timestamp;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::store::machine;
use super::{FEWEST_RUNS, speeds_by_case};
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

/// Fresh runs that a calibration makes, and the fewest it takes.
pub const CALIBRATION_RUNS: usize = 20;
const FEWEST_CALIBRATION_RUNS: usize = 2 * FEWEST_RUNS;

/// How often the runs are dealt to two sides.
const DEALS: usize = 2_000;

/// The spread between days, as a standard deviation, where nobody has measured it: what boost clocks show.
pub const ASSUMED_DAY_SPREAD: f64 = 0.01;

/// The scale of the effect between 5 and 5 runs where none was measured: of runs that differ by 1 %, √(2/5) of that.
pub const ASSUMED_SCALE: f64 = 0.0063;

/// Days in each of which there are two runs at least, from which a spread between days can be told.
const FEWEST_DAYS: usize = 3;

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
    /// The spread between days beyond that within one, as a share; absent where the runs are of fewer than 3 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_spread: Option<f64>,
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

/// The floor that a case was judged with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Floor {
    /// The least change that counts, as a share.
    pub share: f64,
    /// The same between runs of one day; less than `share` where the two sides are of different days.
    pub within_day: f64,
    /// Where it comes from.
    pub basis: Basis,
}

impl Floors {
    /// The floors that `runs` of one build on one card show.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for fewer than 10 runs, runs of several cards or drivers, and runs without a case in common.
    pub fn of(runs: &[Results]) -> Result<Self> {
        let [first, ..] = runs else {
            return Err(too_few(0));
        };
        if runs.len() < FEWEST_CALIBRATION_RUNS {
            return Err(too_few(runs.len()));
        }
        one_machine(runs)?;
        let mut cases = Vec::new();
        let mut days = Vec::new();
        for (kernel, params, speeds) in speeds_by_case(runs) {
            if speeds.len() < FEWEST_CALIBRATION_RUNS {
                continue;
            }
            let logs: Vec<f64> = speeds.iter().map(|(_, speed)| speed.ln()).collect();
            let scale = scale(&logs);
            days.extend(day_variance(&speeds));
            cases.push(CaseFloor {
                kernel,
                params,
                runs: logs.len(),
                scale,
                floor: LEAST.max(at_99(scale)),
            });
        }
        if cases.is_empty() {
            let why = "no case was measured in 10 of the runs";
            return Err(Error::usage(
                "calibrate",
                why,
                "give runs of the same cases",
            ));
        }
        let last = runs.iter().map(|run| run.started.as_str()).max();
        Ok(Self {
            schema: SCHEMA,
            dated: last.unwrap_or_default().into(),
            machine: machine(&first.host, &first.device),
            driver: driver(&first.device),
            runs: runs.len(),
            day_spread: root_mean(&days),
            cases,
        })
    }

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
        let sound =
            |case: &CaseFloor| case.floor.is_finite() && case.floor >= LEAST && case.floor < 1.0;
        if !floors.cases.iter().all(sound) {
            return Err(wrong("a floor is no share between 1 % and 100 %".into()));
        }
        Ok(floors)
    }

    /// Why these floors don't hold for `run` at `now`; nothing where they do.
    pub fn refusal(&self, run: &Results, now: Timestamp) -> Option<String> {
        if self.machine != machine(&run.host, &run.device) {
            return Some(format!("they are of {}", self.machine));
        }
        if self.driver != driver(&run.device) {
            return Some(format!("they are of the driver {}", self.driver));
        }
        let Ok(dated) = self.dated.parse::<Timestamp>() else {
            return Some(format!("'{}' is no date", self.dated));
        };
        let days = now.duration_since(dated).as_hours() / 24;
        (days > MOST_DAYS).then(|| format!("they are {days} days old"))
    }

    /// The floor of a case: its own, else the highest of its kernel's in the same mode.
    pub fn case(&self, kernel: &str, params: &Params) -> Option<&CaseFloor> {
        let own = |case: &&CaseFloor| case.kernel == kernel && case.params.asks_same(params);
        let like = |case: &&CaseFloor| case.kernel == kernel && case.params.mode == params.mode;
        let highest = || {
            let like = self.cases.iter().filter(like);
            like.max_by(|a, b| a.floor.total_cmp(&b.floor))
        };
        self.cases.iter().find(own).or_else(highest)
    }
}

/// What identical runs of two days come out apart, at most, in a suite of so many cases: since nothing confirms it, only one
/// suite in 200 is to go beyond it. `scale` is the standard deviation of the effect within a day, `day` that of a day.
pub fn between_days(scale: f64, day: f64, cases: usize) -> f64 {
    let p = 1.0 - 1.0 / (SUITES_PER_ALARM * cases.max(1) as f64);
    let z = normal_quantile(p).unwrap_or(0.0);
    (z * scale.hypot(std::f64::consts::SQRT_2 * day)).exp_m1()
}

/// The driver with its version, as [`Field::Driver`] has it.
pub(super) fn driver(device: &DeviceInfo) -> String {
    let words = format!("{} {}", device.driver.trim(), device.driver_info.trim());
    words.trim().into()
}

fn too_few(runs: usize) -> Error {
    Error::usage(
        "calibrate",
        format!("{runs} runs; two sides of {FEWEST_RUNS} need {FEWEST_CALIBRATION_RUNS} at least"),
        format!("make {CALIBRATION_RUNS}: suanli calibrate --runs {CALIBRATION_RUNS}"),
    )
}

/// All runs are of one card, driver and way to measure, or a difference of those would pass for noise.
fn one_machine(runs: &[Results]) -> Result<()> {
    let entries = runs
        .iter()
        .filter_map(|run| Some((run, run.records.first()?)));
    let entries: Vec<_> = entries.collect();
    let of_records = [
        Field::Shader,
        Field::Tile,
        Field::Kind,
        Field::Timer,
        Field::Budget,
    ];
    let differences = super::field::differences(&entries, &[], &of_records.into());
    let Some(difference) = differences.first() else {
        return Ok(());
    };
    Err(Error::usage(
        "calibrate",
        format!(
            "the runs differ in {}: {}",
            difference.field.word(),
            difference.baseline.join(", ")
        ),
        "give runs of one build on one card",
    ))
}

/// The root mean square of the effect between 5 and 5 of the runs, over many deals.
fn scale(logs: &[f64]) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(logs.len() as u64);
    let mut dealt = logs.to_vec();
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let effect = |_| {
        dealt.shuffle(&mut rng);
        mean(&dealt[..FEWEST_RUNS]) - mean(&dealt[FEWEST_RUNS..2 * FEWEST_RUNS])
    };
    let effects: Vec<f64> = (0..DEALS).map(effect).collect();
    root_mean(
        &effects
            .iter()
            .map(|effect| effect * effect)
            .collect::<Vec<_>>(),
    )
    .unwrap_or(0.0)
}

/// The 99 % point of the effect.
fn at_99(scale: f64) -> f64 {
    (scale * normal_quantile(0.99).unwrap_or(0.0)).exp_m1()
}

fn root_mean(squares: &[f64]) -> Option<f64> {
    let count = squares.len() as f64;
    (count > 0.0).then(|| (squares.iter().sum::<f64>() / count).sqrt())
}

/// The variance between days beyond that within them, by the usual split of squares (one-way ANOVA, days of unequal
/// length); nothing for fewer than 3 days with two runs each.
fn day_variance(speeds: &[(&Results, f64)]) -> Option<f64> {
    let mut days: std::collections::BTreeMap<&str, Vec<f64>> = Default::default();
    for (run, speed) in speeds {
        let day = run.started.get(..10)?;
        days.entry(day).or_default().push(speed.ln());
    }
    days.retain(|_, logs| logs.len() >= 2);
    if days.len() < FEWEST_DAYS {
        return None;
    }
    let count = |logs: &Vec<f64>| logs.len() as f64;
    let mean = |logs: &Vec<f64>| logs.iter().sum::<f64>() / count(logs);
    let (groups, all) = (days.len() as f64, days.values().map(count).sum::<f64>());
    let grand = days.values().flatten().sum::<f64>() / all;
    let between = days
        .values()
        .map(|logs| count(logs) * (mean(logs) - grand).powi(2));
    let between = between.sum::<f64>() / (groups - 1.0);
    let squares = |logs: &Vec<f64>| {
        logs.iter()
            .map(|log| (log - mean(logs)).powi(2))
            .sum::<f64>()
    };
    let within = days.values().map(squares).sum::<f64>() / (all - groups);
    let even =
        (all - days.values().map(|logs| count(logs).powi(2)).sum::<f64>() / all) / (groups - 1.0);
    Some(((between - within) / even).max(0.0))
}
