//! Runs of one build → the floors of its machine.
//!
//! Were the runs dealt to two sides of 5 again and again, without repetition, the difference of the sides' means would have
//! the variance s² · (1/5 + 1/5), with s² that of single runs: so nothing needs to be dealt. The floor is what 99 of 100 such
//! differences stay below, taken as normal, and 1 % at least. Runs of several days are held against the mean of their
//! day: what differs from day to day has a spread of its own.

use std::collections::BTreeMap;

use super::field::{Entry, differences};
use super::floor::{CaseFloor, Floors, LEAST, SCHEMA, driver};
use super::judging::is_faulty;
use super::sides::{Card, Sides, first_look};
use super::store::machine;
use super::{FEWEST_RUNS, asked, speed};
use crate::error::{Error, Result};
use crate::results::Results;
use crate::stats::{self, normal_quantile};

/// Fresh runs that a calibration makes, and the fewest it takes.
pub const CALIBRATION_RUNS: usize = 20;
const FEWEST: usize = 2 * FEWEST_RUNS;

/// Days from which a spread between them can be told.
const FEWEST_DAYS: usize = 3;

/// Runs beyond one a day from which the spread within days is told; with fewer, all runs are taken for those of one.
const FEWEST_BEYOND: usize = 5;

/// How sure it is that days don't differ by more than is said.
const LEVEL: f64 = 0.95;

impl Floors {
    /// The floors that `runs` of one build on one card show; a run that is there twice counts once.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for fewer than 10 runs, for runs of several cards, drivers, builds, tiles or sides of a gate, and for
    /// runs without a case in common; [`Error::Device`] where cases failed too often.
    pub fn of(runs: &[Results]) -> Result<Self> {
        first_look("the runs to calibrate by", runs)?;
        let sides = Sides::of(&[], runs);
        let card = match &sides.cards[..] {
            [card] => card,
            [] => return Err(too_few(0)),
            _ => return Err(mixed("they are of several cards".into())),
        };
        let Some(first) = card.candidate.filter(|_| sides.runs(1) >= FEWEST) else {
            return Err(too_few(sides.runs(1)));
        };
        let last = runs.iter().map(|run| run.started.as_str()).max();
        Ok(Self {
            schema: SCHEMA,
            dated: last.unwrap_or_default().into(),
            machine: machine(first),
            driver: driver(&first.device),
            runs: sides.runs(1),
            cases: cases(card)?,
        })
    }
}

fn cases(card: &Card<'_>) -> Result<Vec<CaseFloor>> {
    let mut cases = Vec::new();
    for [_, entries] in &card.cases {
        let measured: Vec<Entry<'_>> = entries
            .iter()
            .copied()
            .filter(|(_, record)| speed(record).is_some())
            .collect();
        let (Some((_, record)), true) = (measured.first(), measured.len() >= FEWEST) else {
            continue;
        };
        if let Some(difference) = differences(&measured, &[], &Default::default()).first() {
            let [field, said] = [
                difference.field.word().to_owned(),
                difference.baseline.join(", "),
            ];
            return Err(mixed(format!("they differ in {field}: {said}")));
        }
        let speeds = measured
            .iter()
            .filter_map(|(run, record)| Some((*run, speed(record)?.ln())));
        let speeds: Vec<(&Results, f64)> = speeds.collect();
        let (scale, day_spread) = spreads(&speeds);
        cases.push(CaseFloor {
            kernel: record.kernel.clone(),
            params: asked(&record.params),
            runs: measured.len(),
            scale,
            floor: LEAST.max((scale * normal_quantile(0.99).unwrap_or(0.0)).exp_m1()),
            day_spread,
        });
    }
    let mut entries = card.cases.iter().flat_map(|[_, entries]| entries);
    let why = format!("no case was measured in {FEWEST} of the runs");
    match cases.is_empty() {
        false => Ok(cases),
        // Nothing is wrong with what was given, but with what it met.
        true if entries.any(|(_, record)| is_faulty(record)) => Err(Error::Device { why }),
        true => Err(mixed(why)),
    }
}

fn too_few(runs: usize) -> Error {
    Error::usage(
        "calibrate",
        format!("{runs} runs; two sides of {FEWEST_RUNS} need {FEWEST} at least"),
        format!("make {CALIBRATION_RUNS}: suanli calibrate --runs {CALIBRATION_RUNS}"),
    )
}

/// Runs that don't belong together: what they differ in would pass for noise.
fn mixed(why: String) -> Error {
    let hint = "give runs of the same cases, of one build on one card";
    Error::usage("the runs to calibrate by", why, hint)
}

/// The standard deviation of the effect between 5 and 5 of the runs within a day, and that between days.
fn spreads(logs: &[(&Results, f64)]) -> (f64, Option<f64>) {
    let mut days: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (run, log) in logs {
        // A date by its letters: who calibrates around midnight has two days.
        days.entry(run.started.get(..10).unwrap_or_default())
            .or_default()
            .push(*log);
    }
    let means: Vec<f64> = days.values().map(|day| mean(day)).collect();
    let mut days: Vec<Vec<f64>> = days.into_values().collect();
    if logs.len() < days.len() + FEWEST_BEYOND {
        days = vec![days.concat()];
    }
    let squares = days.iter().map(|day| squares(day)).sum::<f64>();
    let within = squares / (logs.len() - days.len()) as f64;
    let scale = (within * 2.0 / FEWEST_RUNS as f64).sqrt();
    (scale, between(&means))
}

/// The standard deviation of the means of days: the upper end of its interval (chi-squared), since a few days say little.
fn between(means: &[f64]) -> Option<f64> {
    let freedom = means.len() as f64 - 1.0;
    let least = stats::chi_squared_quantile(1.0 - LEVEL, freedom)?;
    (means.len() >= FEWEST_DAYS).then(|| (squares(means) / least).sqrt())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sum of the squared distances from the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}
