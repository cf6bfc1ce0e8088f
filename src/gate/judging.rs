//! One case's runs → its verdict.

use std::collections::BTreeSet;

use super::field::{self, Difference, Entry, Field};
use super::floor::{
    self, ASSUMED_DAY_SPREAD, ASSUMED_SCALE, Basis, Floor, Floors, LEAST, UNCALIBRATED,
    between_days, days_apart,
};
use super::{
    Comparison, FEWEST_RUNS, Judged, Rules, SIGNIFICANCE, Verdict, asked, cause, estimate, runs,
};
use crate::kernel::Params;
use crate::results::{Outcome, Record};

/// What a case is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    pub(super) floors: &'a [&'a Floors],
    pub(super) rules: &'a Rules,
    /// Cases of the suite.
    pub(super) count: usize,
    /// The sides were measured in turn: no day lies between them.
    pub(super) interleaved: bool,
    /// Runs of the candidate that did not come to their end.
    pub(super) unfinished: usize,
    /// All of the candidate's runs.
    pub(super) runs: usize,
}

impl Judging<'_> {
    /// The verdict of a case; nothing where neither side could measure it, or what differs was allowed to.
    pub(super) fn case(self, baseline: &[Entry<'_>], candidate: &[Entry<'_>]) -> Option<Judged> {
        let (run, record) = candidate.first().or(baseline.first())?;
        let mut case = Judged {
            device: run.device.name.clone(),
            pci_bus_id: run.device.pci_bus_id.clone(),
            kernel: record.kernel.clone(),
            params: asked(&record.params),
            kind: record.kind,
            verdict: Verdict::Inconclusive,
            reasons: Vec::new(),
            unit: record.kind.unit(),
            baseline: None,
            candidate: None,
            comparison: None,
            floor: None,
            clocked: None,
            confirmation: None,
            differences: Vec::new(),
        };
        let faults = candidate
            .iter()
            .filter(|(_, record)| is_faulty(record))
            .count();
        if let Some((_, record)) = candidate.iter().find(|(_, record)| is_faulty(record)) {
            let of = candidate.len();
            let why = field::outcome(record);
            case.verdict = Verdict::Wrong;
            case.reasons = vec![format!("in {faults} of {of} runs {why}")];
            return Some(case);
        }
        let measured =
            |side: &[Entry<'_>]| side.iter().any(|(_, record)| record.measured().is_some());
        match (measured(baseline), measured(candidate)) {
            (false, false) if !baseline.iter().any(|(_, record)| is_faulty(record)) => return None,
            (true, true) => {}
            _ => return self.one_sided(case, baseline, candidate),
        }
        self.compared(&mut case, baseline, candidate);
        Some(case)
    }

    /// A case that one side alone has measured.
    fn one_sided(
        self,
        mut case: Judged,
        baseline: &[Entry<'_>],
        candidate: &[Entry<'_>],
    ) -> Option<Judged> {
        let field = match baseline.is_empty() || candidate.is_empty() {
            true => Field::Missing,
            false => Field::Outcome,
        };
        if self.rules.allowed.contains(&field) {
            return None;
        }
        let said = |side: &[Entry<'_>]| {
            let words: BTreeSet<String> = side
                .iter()
                .map(|(_, record)| field::outcome(record))
                .collect();
            match words.is_empty() {
                true => vec!["not there".to_owned()],
                false => words.into_iter().collect(),
            }
        };
        case.verdict = Verdict::Incomparable;
        case.differences = vec![Difference {
            field,
            baseline: said(baseline),
            candidate: said(candidate),
        }];
        Some(case)
    }

    /// Judges a case that both sides have measured.
    fn compared(self, case: &mut Judged, baseline: &[Entry<'_>], candidate: &[Entry<'_>]) {
        let of = baseline.len();
        let (baseline, candidate) = (sound(baseline), sound(candidate));
        if baseline.len() < of {
            let faults = of - baseline.len();
            case.reasons.push(format!(
                "{faults} of {of} runs of the baseline came to nothing"
            ));
        }
        case.differences = field::differences(&baseline, &candidate, &self.rules.allowed);
        if !case.differences.is_empty() {
            case.verdict = Verdict::Incomparable;
            return;
        }
        if let Some(why) = too_few(baseline.len(), candidate.len()) {
            case.reasons.push(why);
            return;
        }
        case.baseline = estimate(&baseline);
        case.candidate = estimate(&candidate);
        let speeds = runs(&baseline).zip(runs(&candidate));
        let Some(found) = speeds.and_then(|(base, new)| Comparison::of(&base, &new)) else {
            case.reasons.push("a run has no speed above 0".into());
            return;
        };
        let floor = self.floor(&case.kernel, &case.params);
        case.verdict = found.verdict(&floor);
        if cause::is_change(case.verdict) {
            case.clocked = cause::clocked(&baseline, &candidate, &found, &floor);
        }
        self.doubt(case, candidate.len(), &found, &floor);
        case.comparison = Some(found);
        case.floor = Some(floor);
    }

    /// Says why a verdict is not proved; one that runs without an end put in doubt is taken back.
    fn doubt(self, case: &mut Judged, candidates: usize, found: &Comparison, floor: &Floor) {
        if self.unfinished > 0 && candidates < self.runs {
            let word = if self.unfinished == 1 { "run" } else { "runs" };
            case.reasons.push(format!(
                "{} {word} of the candidate did not come to the end: what ended them may be this case",
                self.unfinished
            ));
            if matches!(case.verdict, Verdict::Same | Verdict::Improvement) {
                case.verdict = Verdict::Inconclusive;
            }
        } else if case.verdict == Verdict::Inconclusive {
            case.reasons.push(undecided(found, floor));
        }
    }

    fn floor(self, kernel: &str, params: &Params) -> Floor {
        let measured = floor::of_case(self.floors, kernel, params);
        let by_hand = self.rules.thresholds.of(kernel);
        let (within_day, basis) = match (measured.map(|case| case.floor), by_hand) {
            // Below what chance does on this machine, a wish is no threshold.
            (Some(floor), Some(wanted)) if wanted > floor => (wanted, Basis::Threshold),
            (Some(floor), _) => (floor, Basis::Calibrated),
            (None, Some(wanted)) => (wanted.max(LEAST), Basis::Threshold),
            (None, None) => (UNCALIBRATED, Basis::Uncalibrated),
        };
        if self.interleaved {
            let share = within_day;
            return Floor {
                share,
                within_day,
                days: 0.0,
                basis,
            };
        }
        let day = measured
            .and_then(|case| case.day_spread)
            .unwrap_or(ASSUMED_DAY_SPREAD);
        let scale = measured.map_or(ASSUMED_SCALE, |case| case.scale);
        Floor {
            share: within_day.max(between_days(scale, day, self.count)),
            within_day,
            days: days_apart(day),
            basis,
        }
    }
}

/// Which side has too few runs to say anything.
fn too_few(baseline: usize, candidate: usize) -> Option<String> {
    let sides = [("baseline", baseline), ("candidate", candidate)];
    let (side, runs) = sides.into_iter().find(|(_, runs)| *runs < FEWEST_RUNS)?;
    Some(format!(
        "{runs} runs of the {side} measured it, {FEWEST_RUNS} are needed"
    ))
}

/// Why neither is proved.
fn undecided(found: &Comparison, floor: &Floor) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    if found.p_slower >= SIGNIFICANCE && found.p_faster >= SIGNIFICANCE {
        let [low, high] = found.between_days(floor);
        let worst = (-low).max(high);
        let [off, counts] = [worst, floor.within_day].map(percent);
        let steady = -found.low < floor.within_day && found.high < floor.within_day;
        return match steady {
            true => format!(
                "not measured in turn, and days differ: it could be {off} off, and {counts} would count"
            ),
            false => format!(
                "the runs scatter too much: it could be {off} off, and {counts} would count"
            ),
        };
    }
    format!(
        "there is a change, but it isn't proved to be above {} nor below {}",
        percent(floor.share),
        percent(floor.within_day)
    )
}

/// Whether it failed, or its answer or samples are wrong.
pub(super) fn is_faulty(record: &Record) -> bool {
    matches!(
        record.outcome,
        Outcome::Failed { .. } | Outcome::Invalid { .. }
    )
}

/// The runs that measured it.
fn sound<'a>(side: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let measured = side
        .iter()
        .filter(|(_, record)| record.measured().is_some());
    measured.copied().collect()
}
