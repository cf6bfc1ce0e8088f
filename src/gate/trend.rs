//! Results of many days → the places where a machine changed.
//!
//! Change points are found by E-divisive (`stats::changes`), which asks nothing of the values' distribution. A change
//! smaller than the floor is none: with enough nights anything becomes significant.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::field::{Difference, Entry, differences};
use super::floor::{Basis, Floors, UNCALIBRATED, of_case};
use super::sides::{self, CANDIDATE};
use super::{asked, speed, value};
use crate::figure::{Direction, Kind, Unit};
use crate::kernel::Params;
use crate::results::Results;
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
    /// Where that comes from: only a floor that holds for the last run is one that was measured.
    pub basis: Basis,
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

/// What was measured of a case at a time: one run, or several that belong together.
struct Moment<'a> {
    /// The first of them.
    entry: Entry<'a>,
    /// The median of their figures.
    value: f64,
}

impl Moment<'_> {
    fn log_speed(&self) -> f64 {
        match self.entry.1.kind.direction() {
            Direction::MoreIsBetter => self.value.ln(),
            Direction::LessIsBetter => -self.value.ln(),
        }
    }
}

impl Trend {
    /// The series that `results` hold, and their changes of at least the floor.
    ///
    /// Runs that were begun together are one point, since they share what the hour was like. Of a gate only the candidate
    /// counts: its baseline is another build, and what was measured anew was chosen for being odd.
    pub fn of(results: &[Results], floors: &[Floors]) -> Self {
        let mut runs: Vec<&Results> = results.iter().filter(|run| !is_aside(run)).collect();
        runs.sort_by_key(|run| run.started.parse::<Timestamp>().unwrap_or_default());
        let mut series: Vec<Series> = Vec::new();
        for card in sides::cards_of(runs) {
            let moments = card.cases.iter().map(|[_, entries]| moments(entries));
            series.extend(moments.filter_map(|moments| one_series(&moments, floors)));
        }
        series.sort_by_key(|one| one.changes.is_empty());
        Self {
            schema: super::SCHEMA,
            series,
        }
    }
}

/// Whether a run is of a gate, but not its first look at the candidate.
fn is_aside(run: &Results) -> bool {
    let group = run
        .one_of
        .as_ref()
        .and_then(|one_of| one_of.group.rsplit_once('/'));
    group.is_some_and(|(_, side)| side != CANDIDATE)
}

/// The runs of a case, those together that belong together, in order of time.
fn moments<'a>(entries: &[Entry<'a>]) -> Vec<Moment<'a>> {
    let mut groups: Vec<(Option<&str>, Vec<Entry<'a>>)> = Vec::new();
    for entry in entries.iter().filter(|(_, record)| speed(record).is_some()) {
        let group = entry.0.one_of.as_ref().map(|one_of| one_of.group.as_str());
        match groups
            .iter_mut()
            .find(|(known, _)| group.is_some() && *known == group)
        {
            Some((_, together)) => together.push(*entry),
            None => groups.push((group, vec![*entry])),
        }
    }
    let moment = |(_, together): &(Option<&str>, Vec<Entry<'a>>)| {
        let values: Vec<f64> = together
            .iter()
            .filter_map(|(_, record)| value(record))
            .collect();
        Moment {
            entry: together[0],
            value: median(&values),
        }
    };
    groups.iter().map(moment).collect()
}

/// One case's moments with its changes.
fn one_series(moments: &[Moment<'_>], floors: &[Floors]) -> Option<Series> {
    let (last, record) = moments.last()?.entry;
    let params = asked(&record.params);
    let at = last.started.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let hold: Vec<&Floors> = floors
        .iter()
        .filter(|floors| floors.refusal(last, at).is_none())
        .collect();
    let measured = of_case(&hold, &record.kernel, &params);
    let (floor, basis) = measured.map_or((UNCALIBRATED, Basis::Uncalibrated), |case| {
        (case.floor, Basis::Calibrated)
    });
    let point = |moment: &Moment<'_>| Point {
        started: moment.entry.0.started.clone(),
        value: moment.value,
    };
    Some(Series {
        device: last.device.name.clone(),
        pci_bus_id: last.device.pci_bus_id.clone(),
        kernel: record.kernel.clone(),
        params,
        kind: record.kind,
        unit: record.kind.unit(),
        floor,
        basis,
        points: moments.iter().map(point).collect(),
        changes: changes(moments, floor),
    })
}

/// The changes of a series that are at least as large as the floor.
fn changes(moments: &[Moment<'_>], floor: f64) -> Vec<Change> {
    let logs: Vec<f64> = moments.iter().map(Moment::log_speed).collect();
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
                let made =
                    made.map(|(index, (one, step))| change(moments, &places, index, *step, one.p));
                return made.collect();
            }
        }
    }
}

/// By how much the logarithm of the median changes at each place.
fn steps(logs: &[f64], places: &[usize]) -> Vec<f64> {
    let levels = stretches(logs.len(), places).into_iter();
    let levels: Vec<f64> = levels.map(|[from, to]| median(&logs[from..to])).collect();
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

fn change(moments: &[Moment<'_>], places: &[usize], index: usize, step: f64, p: f64) -> Change {
    let at = places[index];
    let stretches = stretches(moments.len(), places);
    let [before, after] = [index, index + 1].map(|stretch| {
        let [from, to] = stretches[stretch];
        let values: Vec<f64> = moments[from..to]
            .iter()
            .map(|moment| moment.value)
            .collect();
        median(&values)
    });
    let [last, first] = [at - 1, at].map(|at| moments[at].entry);
    Change {
        at,
        started: first.0.started.clone(),
        before,
        after,
        change: step.exp_m1(),
        p,
        differences: differences(&[last], &[first], &BTreeSet::new()),
    }
}
