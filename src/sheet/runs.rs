//! Several runs of one device and settings as one: the run is the unit, not the sample inside it.

use std::collections::{BTreeMap, HashMap};

use crate::results::{Record, Results};
use crate::stats::{LEVEL, Runs};

use super::{Flag, Interval, Row};

/// The results that belong together, by index, each group in the order of its first.
pub(super) fn groups(results: &[Results]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, run) in results.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|group| alike(&results[group[0]], run) && !stands_alone(run, results))
        {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// Whether two runs measured the same way on the same device: only then may their scatter be one interval.
fn alike(one: &Results, other: &Results) -> bool {
    let (a, b) = (&one.settings, &other.settings);
    one.device == other.device
        && one.host == other.host
        && one.tool == other.tool
        && one.suite == other.suite
        && (a.seed, a.budget, a.custom_shaders) == (b.seed, b.budget, b.custom_shaders)
        && a.burst_budget == b.burst_budget
        && a.in_process == b.in_process
        && watts(one) == watts(other)
}

/// Whether it is compared by itself: beside others, or alone just before that.
fn stands_alone(run: &Results, all: &[Results]) -> bool {
    let mut beside = all.iter().filter_map(|other| other.concurrent.as_ref());
    run.concurrent.is_some() || beside.any(|other| other.alone_started == run.started)
}

/// The power limit that was set.
fn watts(run: &Results) -> Option<f64> {
    run.gpu()?.power_limit_watts
}

/// The rows of runs that belong together.
pub(super) fn rows(group: usize, runs: &[&Results]) -> Vec<Row> {
    let [first, others @ ..] = runs else {
        return Vec::new();
    };
    let one = |run: &Results, record: &Record| Row::new(group, run, record);
    if others.is_empty() {
        let rows = first.records.iter().map(|record| one(first, record));
        return rows.collect();
    }
    let mut cases: Vec<Vec<Row>> = Vec::new();
    let mut places = HashMap::new();
    for run in runs {
        // A run may hold one case with several tiles: the first belongs to the first of the others.
        let mut times = HashMap::new();
        for record in &run.records {
            let row = one(run, record);
            let case = (row.kernel.clone(), row.params.size(), row.mode, row.data);
            let time = times.entry(case.clone()).or_insert(0);
            *time += 1;
            let place = *places.entry((case, *time)).or_insert(cases.len());
            match cases.get_mut(place) {
                Some(rows) => rows.push(row),
                None => cases.push(vec![row]),
            }
        }
    }
    cases.into_iter().filter_map(merged).collect()
}

/// One row of a case's rows in several runs. A run in which it came to nothing is what the row says: the others'
/// value would hide it.
fn merged(rows: Vec<Row>) -> Option<Row> {
    let count = rows.len();
    let values: Option<Vec<f64>> = rows.iter().map(|row| row.value).collect();
    let estimate = values
        .and_then(Runs::new)
        .and_then(|runs| runs.estimate(LEVEL));
    let mut flags: Vec<Flag> = rows.iter().flat_map(|row| row.flags.clone()).collect();
    flags.sort();
    flags.dedup();
    let reasons = rows.iter().rev().flat_map(|row| row.reasons.clone());
    let reasons: BTreeMap<Flag, String> = reasons.collect();
    let powers = rows.iter().filter_map(|row| row.power.as_ref());
    let errors: Vec<String> = powers.flat_map(|power| power.errors.clone()).collect();
    let faulty = rows.iter().filter(|row| row.value.is_none()).count();
    let at = rows.iter().position(|row| row.value.is_none()).unwrap_or(0);
    let mut row = rows.into_iter().nth(at)?;
    row.runs = count as u32;
    row.flags = flags;
    row.reasons = reasons;
    if let Some(power) = &mut row.power {
        power.errors = errors;
    }
    if let Some(estimate) = estimate {
        row.value = Some(estimate.value);
        row.low = Some(estimate.low);
        row.high = Some(estimate.high);
        row.interval = Some(Interval::Runs);
    } else if faulty < count {
        row.reason = row
            .reason
            .map(|why| format!("in {faulty} of {count} runs: {why}"));
    }
    Some(row)
}
