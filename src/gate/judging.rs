//! One case's runs → its verdict.

use std::collections::BTreeSet;

use super::field::{self, Difference, Entry, Field};
use super::floor::{
    ASSUMED_DAY_SPREAD, ASSUMED_SCALE, Basis, Floor, Floors, UNCALIBRATED, between_days,
};
use super::{
    Comparison, FEWEST_RUNS, Judged, Rules, SIGNIFICANCE, Verdict, asked, cause, estimate, runs,
};
use crate::kernel::Params;
use crate::results::{Outcome, Record};

/// What a case is judged by.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    pub(super) floors: Option<&'a Floors>,
    pub(super) rules: &'a Rules,
    /// Cases of the card.
    pub(super) count: usize,
    /// The sides were measured in turn: no day lies between them.
    pub(super) interleaved: bool,
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
            (false, false) => return None,
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
        let few = [("baseline", baseline.len()), ("candidate", candidate.len())];
        if let Some((side, runs)) = few.into_iter().find(|(_, runs)| *runs < FEWEST_RUNS) {
            case.reasons.push(format!(
                "{runs} runs of the {side} measured it, {FEWEST_RUNS} are needed"
            ));
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
        case.verdict = found.verdict(floor.share);
        if cause::is_change(case.verdict) {
            case.clocked = cause::clocked(&baseline, &candidate, &found, floor.share);
        }
        if case.verdict == Verdict::Inconclusive {
            case.reasons.push(undecided(&found, floor.share));
        }
        case.comparison = Some(found);
        case.floor = Some(floor);
    }

    fn floor(self, kernel: &str, params: &Params) -> Floor {
        let measured = self.floors.and_then(|floors| floors.case(kernel, params));
        let by_hand = self.rules.thresholds.of(kernel);
        let (within_day, basis) = match (measured.map(|case| case.floor), by_hand) {
            // Below what chance does on this machine, a wish is no threshold.
            (Some(floor), Some(wanted)) if wanted > floor => (wanted, Basis::Threshold),
            (Some(floor), _) => (floor, Basis::Calibrated),
            (None, Some(wanted)) => (wanted, Basis::Threshold),
            (None, None) => (UNCALIBRATED, Basis::Uncalibrated),
        };
        let day = self.floors.and_then(|floors| floors.day_spread);
        let scale = measured.map_or(ASSUMED_SCALE, |case| case.scale);
        let chance = between_days(scale, day.unwrap_or(ASSUMED_DAY_SPREAD), self.count);
        Floor {
            share: match self.interleaved {
                true => within_day,
                false => within_day.max(chance),
            },
            within_day,
            basis,
        }
    }
}

/// Why neither is proved.
fn undecided(found: &Comparison, floor: f64) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    if found.p_slower >= SIGNIFICANCE && found.p_faster >= SIGNIFICANCE {
        let worst = (-found.low).max(found.high);
        return format!(
            "the runs scatter too much: it could be {} off, and {} would count",
            percent(worst),
            percent(floor)
        );
    }
    format!(
        "there is a change, but it isn't proved to be above the floor of {} nor below",
        percent(floor)
    )
}

fn is_faulty(record: &Record) -> bool {
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
