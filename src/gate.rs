//! The gate: two sets of runs → a verdict a case. Did the machine get slower, did it not, or can't that be told.
//!
//! The unit is the run, a process of its own, never the sample inside it: samples of one process agree far better than
//! processes do, and a test on them cries wolf every other time. `comparison` has the rule, `floor` what is chance on this
//! machine, `field` what must match before anything is compared, `confirm` the second look that a red verdict needs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::figure::Direction;
use crate::kernel::Params;
use crate::results::{Record, Results};
use crate::stats::{Estimate, LEVEL, Runs};

mod calibration;
mod cause;
mod comparison;
mod confirm;
mod false_alarms;
mod faults;
mod field;
mod floor;
mod judgement;
mod judging;
mod sides;
mod store;
mod thresholds;
mod trend;

#[cfg(test)]
mod tests;

pub use calibration::CALIBRATION_RUNS;
pub use cause::{Cause, Clocked};
pub use comparison::{Comparison, SIGNIFICANCE};
pub use confirm::confirmed;
pub use false_alarms::FalseAlarms;
pub use faults::faults;
pub use field::{Difference, Field};
pub use floor::{
    ASSUMED_DAY_SPREAD, Basis, CaseFloor, Floor, Floors, MOST_DAYS, SUITES_PER_ALARM, driver,
};
pub use judgement::{Judged, Judgement, Origin};
pub use sides::{BASELINE, CANDIDATE, label};
pub use store::{Saved, Store, machine, machine_of, named};
pub use thresholds::{TEMPLATE, Thresholds};
pub use trend::{Change, Series, Trend};

use field::Entry;
use judging::Judging;
use sides::{Card, Sides};

/// Runs a side below which nothing is judged. Of the 70 ways to deal 4 and 4 runs to two sides one is by chance the most
/// extreme, so that no test that rests on their order can reach p = 0.01; of 5 and 5 there are 252.
pub const FEWEST_RUNS: usize = 5;

/// The schema of the judgement as JSON.
pub const SCHEMA: u64 = 1;

/// What came of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A run of the candidate failed, or its answer is wrong.
    Wrong,
    /// Slower, beyond chance and beyond the floor.
    Regression,
    /// The two sides were not measured alike.
    Incomparable,
    /// It can't be told.
    Inconclusive,
    /// Faster, beyond chance and beyond the floor.
    Improvement,
    /// Proved: the whole interval of the change lies inside the floor.
    Same,
}

impl Verdict {
    /// Every verdict, the gravest first.
    pub const ALL: [Self; 6] = [
        Self::Wrong,
        Self::Regression,
        Self::Incomparable,
        Self::Inconclusive,
        Self::Improvement,
        Self::Same,
    ];

    /// The exit code it means.
    pub fn code(self, strict: bool) -> u8 {
        match self {
            Self::Wrong => 4,
            Self::Regression => 1,
            Self::Incomparable | Self::Inconclusive if strict => 1,
            Self::Incomparable => 5,
            Self::Inconclusive => 3,
            Self::Improvement | Self::Same => 0,
        }
    }
}

/// How to judge.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Fields in which the sides may differ.
    pub allowed: BTreeSet<Field>,
    /// Thresholds by hand.
    pub thresholds: Thresholds,
    /// The measured floors, one a card and driver.
    pub floors: Vec<Floors>,
    /// How many cases the whole suite has, where only some of them are judged.
    pub cases: Option<usize>,
    /// When it is judged; `None` takes floors of any age.
    pub now: Option<Timestamp>,
}

/// Judges `candidate` against `baseline`.
///
/// # Errors
///
/// [`Error::Usage`] for fewer than [`FEWEST_RUNS`] runs a side, copies of a run not counted, for a run that is on both, for
/// several parts of a gate on one, and where no run of either holds a case.
pub fn judge(baseline: &[Results], candidate: &[Results], rules: &Rules) -> Result<Judgement> {
    let sides = Sides::of(baseline, candidate);
    let interleaved = sides::in_turn(baseline, candidate);
    if measured_nothing(baseline) && measured_nothing(candidate) {
        return Err(nothing("both sides"));
    }
    on_both(baseline, candidate)?;
    can_stand("the baseline", baseline, sides.runs(0))?;
    can_stand("the candidate", candidate, sides.runs(1))?;
    let mut notes = sides.notes();
    notes.extend(sides.left_out(&rules.allowed));
    let count = sides.cards.iter().map(|card| card.cases.len()).sum();
    let mut cases = Vec::new();
    for card in &sides.cards {
        let floors = floors(card, rules, &mut notes);
        let judging = Judging {
            floors: &floors,
            rules,
            count: rules.cases.unwrap_or(count),
            interleaved,
            unfinished: card.unfinished,
            runs: card.runs[1],
        };
        let judged = card
            .cases
            .iter()
            .filter_map(|[baseline, candidate]| judging.case(baseline, candidate));
        let judged: Vec<Judged> = judged.collect();
        notes.extend(lacking(&judged).filter(|_| !floors.is_empty()));
        cases.extend(judged);
    }
    let mut judgement = Judgement {
        schema: SCHEMA,
        baseline_runs: sides.runs(0),
        candidate_runs: sides.runs(1),
        baseline: Origin::of(baseline),
        candidate: Origin::of(candidate),
        interleaved,
        confirmed: false,
        cases,
        notes,
    };
    judgement.sort();
    Ok(judgement)
}

/// Whether runs can stand for the baseline, whatever the candidate's will be.
///
/// # Errors
///
/// [`Error::Usage`] for fewer than [`FEWEST_RUNS`] of a card, for several parts of a gate, and where no run holds a case.
pub fn can_be_baseline(runs: &[Results]) -> Result<()> {
    if measured_nothing(runs) {
        return Err(nothing("the baseline"));
    }
    sides::first_look("the baseline", runs)?;
    can_stand("the baseline", runs, Sides::of(runs, &[]).runs(0))
}

/// Whether there are runs, and no case in them.
fn measured_nothing(runs: &[Results]) -> bool {
    !runs.is_empty() && runs.iter().all(|run| run.records.is_empty())
}

fn nothing(side: &str) -> Error {
    Error::usage(
        side,
        "no run holds a case of those that are asked for",
        "give results of these kernels, or another --only",
    )
}

/// Refuses what is no side: several parts of a gate, fewer runs of a card than can be judged.
fn can_stand(side: &str, results: &[Results], runs: usize) -> Result<()> {
    sides::one_part(side, results)?;
    let files = results.len();
    if runs >= FEWEST_RUNS {
        return Ok(());
    }
    let word = if runs == 1 { "run" } else { "runs" };
    let of = match files > runs {
        true => format!(" ({files} files, of several cards or copies of each other)"),
        false => String::new(),
    };
    Err(Error::usage(
        side,
        format!(
            "{runs} {word}{of} can't be judged, {FEWEST_RUNS} are needed on each side: with fewer, what differs by chance alone \
             looks as extreme in more than one case of 100"
        ),
        format!("suanli run --runs {FEWEST_RUNS} --out DIR, or suanli check --run"),
    ))
}

/// A run that is on both sides would be held against itself.
fn on_both(baseline: &[Results], candidate: &[Results]) -> Result<()> {
    let both = |run: &&Results| baseline.iter().any(|other| other.is_copy_of(run));
    let Some(run) = candidate.iter().find(both) else {
        return Ok(());
    };
    Err(Error::usage(
        "the candidate",
        format!(
            "the run that began at {} is among the baseline's too",
            run.started
        ),
        "give each run on one side only; directories are read with all that is below them",
    ))
}

/// The floors that hold for a card, the newest first; where there are none, a note says why.
fn floors<'a>(card: &Card<'_>, rules: &'a Rules, notes: &mut Vec<String>) -> Vec<&'a Floors> {
    let Some(run) = card.candidate else {
        return Vec::new();
    };
    let now = rules
        .now
        .or_else(|| rules.floors.first()?.dated.parse().ok());
    let refusal = |floors: &Floors| floors.refusal(run, now.unwrap_or(Timestamp::UNIX_EPOCH));
    let hold: Vec<&Floors> = rules
        .floors
        .iter()
        .filter(|floors| refusal(floors).is_none())
        .collect();
    if !hold.is_empty() {
        return hold;
    }
    let why = rules
        .floors
        .iter()
        .find_map(refusal)
        .map_or("there are none".into(), |why| {
            format!("those there are don't hold: {why}")
        });
    let note = format!(
        "uncalibrated: no floors of {} with this driver ({why}); 5 % is assumed. Measure them with: suanli calibrate",
        run.device.name
    );
    if !notes.contains(&note) {
        notes.push(note);
    }
    hold
}

/// A note of the cases that the floors there are don't know.
fn lacking(cases: &[Judged]) -> Option<String> {
    let assumed = |case: &&Judged| {
        case.floor
            .is_some_and(|floor| floor.basis == Basis::Uncalibrated)
    };
    let count = cases.iter().filter(assumed).count();
    (count > 0).then(|| {
        format!("uncalibrated: {count} of the cases have no floor; 5 % is assumed. Measure them with: suanli calibrate")
    })
}

/// What was asked for, without what a search found.
fn asked(params: &Params) -> Params {
    Params {
        workgroups: None,
        trips: None,
        tile: None,
        ..params.clone()
    }
}

/// The figure of a run, in the kind's unit.
fn value(record: &Record) -> Option<f64> {
    Some(record.figure(record.summary()?.median).value)
}

/// The speed of a run: its figure, or 1 ÷ that where less is better.
fn speed(record: &Record) -> Option<f64> {
    let value = value(record)?;
    let speed = match record.kind.direction() {
        Direction::MoreIsBetter => value,
        Direction::LessIsBetter => 1.0 / value,
    };
    (speed.is_finite() && speed > 0.0).then_some(speed)
}

fn runs(side: &[Entry<'_>]) -> Option<Runs> {
    let speeds: Option<Vec<f64>> = side.iter().map(|(_, record)| speed(record)).collect();
    Runs::new(speeds?)
}

fn estimate(side: &[Entry<'_>]) -> Option<Estimate> {
    let values: Option<Vec<f64>> = side.iter().map(|(_, record)| value(record)).collect();
    Runs::new(values?)?.estimate(LEVEL)
}
