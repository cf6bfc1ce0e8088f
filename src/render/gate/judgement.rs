//! A judgement: the answer, what isn't the same, what is, and what to do about it.

use std::collections::BTreeSet;

use super::super::digits;
use super::super::document::{Cell, Document, Grid, Section, Tone};
use super::differences::difference;
use super::{Cards, Row, change, counted, grid, interval, legend, p, p_of, percent, signed, size};
use crate::gate::{Basis, Cause, Clocked, Comparison, Floor, Judged, Judgement, Origin, Verdict};
use crate::stats::Estimate;

/// A judgement, the gravest first; `strict` says that what can't be told or compared fails the gate.
pub fn judgement(judgement: &Judgement, strict: bool) -> Document {
    let of = judgement.cases.iter();
    let cards = Cards::of(of.map(|case| (&case.device, &case.pci_bus_id)));
    let mut sections = vec![Section {
        title: answer(judgement),
        name: "answer",
        lines: vec![
            made(judgement, &cards, strict),
            format!("baseline: {}", origin(&judgement.baseline)),
            format!("candidate: {}", origin(&judgement.candidate)),
        ],
        ..Section::default()
    }];
    let mut cases: Vec<&Judged> = judgement.cases.iter().collect();
    cases.sort_by_key(|case| case.verdict);
    let (same, others): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .partition(|case| case.verdict == Verdict::Same);
    if !others.is_empty() {
        let rows = others.iter().map(|case| (tone(case), row(case, &cards)));
        let section = Section::of("Changed or not told", grid(rows.collect()));
        sections.push(section.named("changed"));
    }
    if !same.is_empty() {
        let section = Section::of("Proved the same", proved(&same, &cards));
        sections.push(section.named("same"));
    }
    if !judgement.notes.is_empty() {
        sections.push(Section {
            title: "Notes".into(),
            name: "note",
            lines: judgement.notes.clone(),
            ..Section::default()
        });
    }
    sections.extend(legend::verdicts(judgement));
    sections.extend(legend::advice(judgement));
    Document {
        title: "Regression gate".into(),
        sections,
        ..Document::default()
    }
}

/// What a person wants to know: how many of which verdict.
fn answer(judgement: &Judgement) -> String {
    let one = |verdict| {
        let count = judgement.count(verdict);
        let said = match verdict {
            Verdict::Wrong => format!("{count} failed or wrong"),
            Verdict::Regression => counted(count, "regression", "regressions"),
            Verdict::Incomparable => format!("{count} incomparable"),
            Verdict::Inconclusive => format!("{count} inconclusive"),
            Verdict::Improvement => counted(count, "improvement", "improvements"),
            Verdict::Same => format!("{count} proved the same"),
        };
        (count > 0).then_some(said)
    };
    let counts: Vec<String> = Verdict::ALL.into_iter().filter_map(one).collect();
    match counts.is_empty() {
        true => "no case was compared".into(),
        false => counts.join(", "),
    }
}

/// How it was measured, and what the program ends with.
fn made(judgement: &Judgement, cards: &Cards, strict: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(cards.only().map(Into::into));
    let turn = match judgement.interleaved {
        true => "interleaved",
        false => "not interleaved",
    };
    parts.push(format!(
        "{} of the baseline, {} of the candidate, {turn}",
        counted(judgement.baseline_runs, "run", "runs"),
        judgement.candidate_runs
    ));
    let anew = judgement
        .cases
        .iter()
        .any(|case| case.confirmation.is_some());
    match (judgement.confirmed, judgement.flagged().next().is_some()) {
        (false, _) if anew => {
            parts.push("the candidate was measured anew against the same baseline".into())
        }
        (true, true) => parts.push("changes confirmed by fresh runs".into()),
        (true, false) => parts.push("fresh runs confirmed no change".into()),
        (false, true) => parts.push("changes not confirmed by fresh runs".into()),
        (false, false) => {}
    }
    let code = judgement.code(strict);
    let strictly = if strict { " (strict)" } else { "" };
    parts.push(format!("exit code {code}{strictly}"));
    parts.join(" · ")
}

/// Driver, firmware, system, program and time of a side's runs: what a lab changes.
fn origin(origin: &Origin) -> String {
    let all = |said: &BTreeSet<String>| match said.is_empty() {
        true => "–".to_owned(),
        false => said.iter().cloned().collect::<Vec<_>>().join(" / "),
    };
    format!(
        "driver {} · firmware {} · {} · suanli {} · {} to {}",
        all(&origin.drivers),
        all(&origin.firmware),
        all(&origin.systems),
        all(&origin.tools),
        origin.first,
        origin.last
    )
}

fn tone(case: &Judged) -> Tone {
    match case.verdict {
        Verdict::Wrong | Verdict::Regression => Tone::Bad,
        Verdict::Incomparable | Verdict::Inconclusive => Tone::Doubt,
        Verdict::Improvement | Verdict::Same => Tone::Plain,
    }
}

/// All there is to say of a case.
fn row(case: &Judged, cards: &Cards) -> Vec<(&'static str, Cell)> {
    let mut cells = vec![("verdict", crate::figure::word(&case.verdict).into())];
    cells.extend(figures(case, cards));
    let found = case.comparison;
    let floor = ("floor", case.floor.map(floor).unwrap_or_default());
    cells.extend([
        ("p", found.map(|found| p(p_of(&found))).unwrap_or_default()),
        floor,
        ("cause", case.clocked.map(cause).unwrap_or_default().into()),
        ("why", why(case).into()),
    ]);
    cells
}

/// The cases that are the same: what was compared, with what else there is to know.
fn proved(cases: &[&Judged], cards: &Cards) -> Grid {
    let row = |case: &&Judged| -> Row {
        let mut cells = figures(case, cards);
        cells.push(("floor", case.floor.map(floor).unwrap_or_default()));
        cells.push(("why", why(case).into()));
        (Tone::Plain, cells)
    };
    grid(cases.iter().map(row).collect())
}

/// Which case, both figures, and the change.
fn figures(case: &Judged, cards: &Cards) -> Vec<(&'static str, Cell)> {
    let found = case.comparison;
    let unit = case.baseline.or(case.candidate).map(|_| case.unit);
    vec![
        (
            "device",
            cards.cell(&case.device, case.pci_bus_id.as_deref()),
        ),
        ("kernel", case.kernel.clone().into()),
        ("size", size(&case.params).into()),
        ("baseline", figure(case.baseline)),
        ("candidate", figure(case.candidate)),
        (
            "unit",
            unit.map_or(String::new(), |unit| unit.to_string()).into(),
        ),
        (
            "change",
            found.map(|found| change(found.change)).unwrap_or_default(),
        ),
        (
            "95 % interval",
            found.as_ref().map(interval).unwrap_or_default().into(),
        ),
    ]
}

fn figure(estimate: Option<Estimate>) -> Cell {
    estimate.map_or(Cell::default(), |one| {
        let text = digits::with_interval(one.value, Some(one.low), Some(one.high));
        Cell::number(one.value, text)
    })
}

/// The floor with its basis, and what it is within a day where two days widened it.
pub(super) fn floor(floor: Floor) -> Cell {
    let basis = match floor.basis {
        Basis::Calibrated => "calibrated",
        Basis::Uncalibrated => "uncalibrated",
        Basis::Threshold => "threshold",
    };
    let within = match floor.share > floor.within_day {
        true => format!(", {} within a day", percent(floor.within_day).text),
        false => String::new(),
    };
    let share = percent(floor.share);
    Cell {
        text: format!("{} ({basis}{within})", share.text),
        ..share
    }
}

/// What changed, with what the clock and a cycle did.
fn cause(clocked: Clocked) -> String {
    let cause = match clocked.cause {
        Some(Cause::Clock) => "the clock",
        Some(Cause::Kernel) => "the kernel",
        None => "neither alone",
    };
    let [clock, cycle] = [clocked.clock, clocked.per_cycle].map(|one| change(one.change).text);
    format!("{cause}: clock {clock}, per cycle {cycle}")
}

/// The reasons, what differs, and what fresh runs said.
fn why(case: &Judged) -> String {
    let mut parts: Vec<String> = case.reasons.iter().map(|one| reason(one)).collect();
    parts.extend(case.differences.iter().map(difference));
    parts.extend(case.confirmation.as_ref().map(fresh));
    parts.join(" · ")
}

/// A reason; of what some runs came to, what it is stands before how many they were.
fn reason(text: &str) -> String {
    let counted = text
        .strip_prefix("in ")
        .and_then(|rest| rest.split_once(" runs "));
    match counted {
        Some((count, what)) if is_count(count) => {
            format!("{what} · in {count} runs")
        }
        _ => text.into(),
    }
}

/// Whether it is a count such as `2 of 5`.
fn is_count(text: &str) -> bool {
    let number = |text: &str| text.parse::<u64>().is_ok();
    text.split_once(" of ")
        .is_some_and(|(some, all)| number(some) && number(all))
}

fn fresh(found: &Comparison) -> String {
    let (change, interval) = (signed(found.change), interval(found));
    let p = p(p_of(found)).text;
    format!("fresh runs: {change} % ({interval}), p {p}")
}
