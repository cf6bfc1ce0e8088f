//! Results of many days → the places where a machine changed.
//!
//! Change points are found by E-divisive (`stats::changes`), which asks nothing of the values' distribution. A change
//! smaller than the floor is none: with enough nights anything becomes significant.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::field::{Difference, differences};
use super::floor::{Floors, UNCALIBRATED};
use super::sides::{self, identity};
use super::{asked, speed, value};
use crate::figure::{Kind, Unit};
use crate::kernel::Params;
use crate::results::{Record, Results};
use crate::stats::{self, Sample};

/// The p that a change point needs at most.
pub const SIGNIFICANCE: f64 = 0.001;

/// The seed of the permutations: the same results give the same changes.
const SEED: u64 = 1;

/// All series of some results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The format's number.
    pub schema: u64,
    /// The series, those with changes first.
    pub series: Vec<Series>,
}

/// One case of one card over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// The adapter's name.
    pub device: String,
    /// PCI bus id; absent where no driver said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pci_bus_id: Option<String>,
    /// The kernel's name.
    pub kernel: String,
    /// Size, mode and data.
    pub params: Params,
    /// What its figures are.
    pub kind: Kind,
    /// Their unit.
    pub unit: Unit,
    /// The least change that counts, as a share.
    pub floor: f64,
    /// The runs in order of time.
    pub points: Vec<Point>,
    /// Where it changed, in order of time.
    pub changes: Vec<Change>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// When it began: UTC, RFC 3339.
    pub started: String,
    /// Its figure.
    pub value: f64,
}

/// A place where a series changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Which of the points is the first after it, from 0.
    pub at: usize,
    /// When that one began.
    pub started: String,
    /// The median since the change before.
    pub before: f64,
    /// The median until the next change.
    pub after: f64,
    /// By what share the speed changed: −0.03 means 3 % slower.
    pub change: f64,
    /// Its p, by permutation.
    pub p: f64,
    /// What else differs between the last run before and the first after.
    pub differences: Vec<Difference>,
}

impl Series {
    /// Whether the last change made it slower.
    pub fn is_slower(&self) -> bool {
        self.changes
            .last()
            .is_some_and(|change| change.change < 0.0)
    }
}

impl Trend {
    /// The series that `results` hold, and their changes of at least the floor.
    pub fn of(results: &[Results], floors: &[Floors]) -> Self {
        let mut runs: Vec<&Results> = Vec::new();
        for run in results {
            if !runs.iter().any(|other| other.is_copy_of(run)) {
                runs.push(run);
            }
        }
        runs.sort_by_key(|run| run.started.parse::<Timestamp>().unwrap_or_default());
        let mut cases: Vec<(_, Vec<(&Results, &Record)>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for run in runs {
            for record in run.records.iter().filter(|record| speed(record).is_some()) {
                let key = (identity(run), sides::key(record));
                let place = *places.entry(key.clone()).or_insert(cases.len());
                if place == cases.len() {
                    cases.push((key, Vec::new()));
                }
                cases[place].1.push((run, record));
            }
        }
        let series = cases
            .iter()
            .filter_map(|(_, entries)| series(entries, floors));
        let mut series: Vec<Series> = series.collect();
        series.sort_by_key(|one| one.changes.is_empty());
        Self {
            schema: super::SCHEMA,
            series,
        }
    }
}

/// One case's runs, in order of time, with its changes.
fn series(entries: &[(&Results, &Record)], floors: &[Floors]) -> Option<Series> {
    let (last, record) = entries.last()?;
    let params = asked(&record.params);
    let at = last.started.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let held = floors
        .iter()
        .find(|floors| floors.refusal(last, at).is_none());
    let floor = held.and_then(|floors| Some(floors.case(&record.kernel, &params)?.floor));
    let floor = floor.unwrap_or(UNCALIBRATED);
    let points = entries.iter().filter_map(|(run, record)| {
        let value = value(record)?;
        Some(Point {
            started: run.started.clone(),
            value,
        })
    });
    Some(Series {
        device: last.device.name.clone(),
        pci_bus_id: last.device.pci_bus_id.clone(),
        kernel: record.kernel.clone(),
        params,
        kind: record.kind,
        unit: record.kind.unit(),
        floor,
        points: points.collect(),
        changes: changes(entries, floor),
    })
}

/// The changes of a series that are at least as large as the floor.
fn changes(entries: &[(&Results, &Record)], floor: f64) -> Vec<Change> {
    let speeds: Vec<f64> = entries
        .iter()
        .filter_map(|(_, record)| speed(record))
        .collect();
    let logs: Vec<f64> = speeds.iter().map(|speed| speed.ln()).collect();
    let mut found = stats::changes(&logs, SIGNIFICANCE, SEED);
    // Without the smallest, its neighbours are held against longer stretches, and may be larger or smaller than before.
    loop {
        let places: Vec<usize> = found.iter().map(|change| change.at).collect();
        let steps = steps(&logs, &places);
        let smallest = (0..steps.len()).min_by(|a, b| steps[*a].abs().total_cmp(&steps[*b].abs()));
        match smallest.filter(|at| steps[*at].abs() < floor.ln_1p()) {
            Some(at) => drop(found.remove(at)),
            None => {
                let made = found.iter().zip(&steps).enumerate();
                return made
                    .map(|(index, (one, step))| change(entries, &places, index, *step, one.p))
                    .collect();
            }
        }
    }
}

/// By how much the logarithm of the median changes at each place.
fn steps(logs: &[f64], places: &[usize]) -> Vec<f64> {
    let levels: Vec<f64> = stretches(logs.len(), places)
        .iter()
        .map(|[from, to]| median(&logs[*from..*to]))
        .collect();
    levels.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// The stretches between the places, from and to.
fn stretches(count: usize, places: &[usize]) -> Vec<[usize; 2]> {
    let ends = [&[0], places, &[count]].concat();
    ends.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn median(values: &[f64]) -> f64 {
    match values {
        [one] => *one,
        _ => Sample::new(values.to_vec()).map_or(f64::NAN, |sample| sample.median()),
    }
}

fn change(
    entries: &[(&Results, &Record)],
    places: &[usize],
    index: usize,
    step: f64,
    p: f64,
) -> Change {
    let at = places[index];
    let stretches = stretches(entries.len(), places);
    let [before, after] = [index, index + 1].map(|stretch| {
        let [from, to] = stretches[stretch];
        let values: Vec<f64> = entries[from..to]
            .iter()
            .filter_map(|(_, record)| value(record))
            .collect();
        median(&values)
    });
    Change {
        at,
        started: entries[at].0.started.clone(),
        before,
        after,
        change: step.exp_m1(),
        p,
        differences: differences(&entries[at - 1..at], &entries[at..=at], &BTreeSet::new()),
    }
}
