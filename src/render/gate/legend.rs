//! What the words of a judgement mean, and what to type next.

use std::collections::BTreeSet;

use super::super::document::Section;
use crate::figure::word;
use crate::gate::{Basis, Floor, Judged, Judgement, Verdict};

/// A word with when it occurs in a case and what it means.
type Term = (fn(&Judged) -> bool, &'static str, &'static str);

/// The words beside the verdicts.
const TERMS: [Term; 6] = [
    (
        |case| case.comparison.is_some(),
        "change",
        "of speed, which is 1 ÷ the figure where less is better: below 0 the candidate is slower",
    ),
    (
        |case| case.floor.is_some(),
        "floor",
        "the least change that counts, as a factor: 5 % is 1.05 times, and a loss of 4.76 %; between sides of different days, an alarm needs more, and the same a narrower interval",
    ),
    (
        |case| is_based(case, Basis::Calibrated),
        "calibrated",
        "the floor was measured on this machine",
    ),
    (
        |case| is_based(case, Basis::Uncalibrated),
        "uncalibrated",
        "no floor was measured: 5 % is assumed",
    ),
    (
        |case| is_based(case, Basis::Threshold),
        "threshold",
        "the floor was set by hand",
    ),
    (
        |case| case.clocked.is_some(),
        "cause",
        "the clock where a cycle does what it did, the kernel where a cycle does more or less: its code, the compiler, the driver",
    ),
];

/// The verdicts that occur, and the columns beside them.
pub(super) fn verdicts(judgement: &Judgement) -> Option<Section> {
    let seen = |verdict: &Verdict| judgement.count(*verdict) > 0;
    let verdicts = Verdict::ALL.into_iter().filter(seen);
    let mut terms: Vec<(String, String)> = verdicts
        .map(|verdict| (word(&verdict), meaning(verdict).into()))
        .collect();
    let occurs = |(is, ..): &Term| judgement.cases.iter().any(is);
    let others = TERMS.into_iter().filter(occurs);
    terms.extend(others.map(|(_, term, meaning)| (term.into(), meaning.into())));
    (!terms.is_empty()).then(|| Section {
        title: "What the words mean".into(),
        name: "words",
        terms,
        ..Section::default()
    })
}

fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Wrong => "a run of the candidate failed, or its answer is wrong",
        Verdict::Regression => "slower, beyond chance (p < 0.01) and by more than the floor",
        Verdict::Incomparable => {
            "the two sides were not measured alike, or only one of them has it"
        }
        Verdict::Inconclusive => "neither a change nor sameness is proved",
        Verdict::Improvement => "faster, beyond chance (p < 0.01) and by more than the floor",
        Verdict::Same => "proved: the whole 95 % interval of the change lies inside the floor",
    }
}

fn is_based(case: &Judged, basis: Basis) -> bool {
    case.floor.is_some_and(|floor| floor.basis == basis)
}

/// What to type next; names that stand in files are never part of a command.
pub(super) fn advice(judgement: &Judgement) -> Option<Section> {
    let count = |verdict| judgement.count(verdict) > 0;
    let mut lines: Vec<String> = Vec::new();
    if count(Verdict::Wrong) {
        lines.push("failed or wrong: look at it alone with suanli run --only KERNEL".into());
    }
    if count(Verdict::Regression) && !judgement.confirmed {
        lines.push(
            "regression: confirm it by runs in turn with suanli check --run --baseline-command OLD"
                .into(),
        );
    }
    if count(Verdict::Incomparable) {
        lines.push(format!(
            "incomparable: measure both sides alike, or accept what differs: {}",
            allowed(judgement)
        ));
    }
    if count(Verdict::Inconclusive) {
        lines.extend(untold(judgement));
    }
    if judgement
        .cases
        .iter()
        .any(|case| is_based(case, Basis::Uncalibrated))
    {
        lines.push("uncalibrated: measure the floors with suanli calibrate".into());
    }
    (!lines.is_empty()).then(|| Section {
        title: "What to do next".into(),
        name: "next",
        lines,
        ..Section::default()
    })
}

/// The options that accept every field in which sides differ.
fn allowed(judgement: &Judgement) -> String {
    let differences = judgement.cases.iter().flat_map(|case| &case.differences);
    let fields: BTreeSet<_> = differences.map(|one| one.field).collect();
    let options = fields
        .iter()
        .map(|field| format!("--allow {}", field.word()));
    options.collect::<Vec<_>>().join(" ")
}

/// What can be done about cases that can't be told.
fn untold(judgement: &Judgement) -> [String; 2] {
    let mut cases = judgement.cases.iter();
    let days = |floor: Floor| floor.days > 0.0;
    let apart =
        cases.any(|case| case.verdict == Verdict::Inconclusive && case.floor.is_some_and(days));
    let runs = judgement.baseline_runs.max(judgement.candidate_runs) * 2;
    let first = match apart {
        true => "inconclusive: runs in turn leave days out of it: suanli check --run --baseline-command OLD".into(),
        false => format!(
            "inconclusive: more runs narrow the interval, {runs} on each side for instance: --runs {runs}"
        ),
    };
    let second =
        "inconclusive: where a larger change wouldn't matter, say which: --thresholds FILE";
    [first, second.into()]
}
