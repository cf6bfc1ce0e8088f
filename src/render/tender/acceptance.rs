//! The sections that only the record of an acceptance has: clause by clause, card by card, and lines to sign.

use super::super::digits;
use super::super::document::{Cell, Grid, Section, Tone};
use super::{clause, compared, evidence, kind, label, plain, response, summary, tone};
use crate::figure::word;
use crate::tender::{Acceptance, Answer, Line, Outcome, Table};

/// Where a hand writes.
const BLANK: &str = "______________";

/// The sections of an acceptance: clause by clause, then card by card.
pub(super) fn accepted(table: &Table, acceptance: &Acceptance) -> Vec<Section> {
    let outcome = match acceptance.outcome {
        Outcome::Met => "Each of the sampled cards meets each requirement.",
        Outcome::NotMet => "A sampled card misses a requirement.",
        Outcome::CannotTell => "Whether the sampled cards meet the requirements cannot be told.",
    };
    let mut lines = vec![String::from(outcome)];
    lines.extend(acceptance.remarks.clone());
    lines.push(sample(acceptance));
    lines.extend(summary(table));
    let clauses =
        Section::of("Record of measurements, clause by clause", clauses(table)).and(lines);
    let by_card = Section::of("Record of measurements, card by card", by_card(table));
    vec![clauses, by_card]
}

/// What a sample says of those that are not in it.
fn sample(acceptance: &Acceptance) -> String {
    let measured = acceptance.cards;
    match acceptance.terms.cards_total {
        Some(total) => format!(
            "{measured} of {total} cards were measured: that says nothing certain of the other {}.",
            (total as usize).saturating_sub(measured)
        ),
        None => "How many cards were delivered is not stated: that says nothing certain of those not measured.".into(),
    }
}

fn clauses(table: &Table) -> Grid {
    let rows = table.lines.iter().enumerate().map(|(at, line)| {
        let share = |share: f64| {
            let percent = share * 100.0;
            Cell::number(percent, digits::significant(percent, 2))
        };
        let spread = line.spread.as_ref();
        let required = line.requirement.required;
        let cells: Vec<Cell> = vec![
            (at + 1).to_string().into(),
            clause(line).into(),
            line.requirement.text.clone().into(),
            kind(&line.requirement.kind, &word(&line.requirement.mode)).into(),
            Cell::number(required, plain(required)),
            line.requirement.unit.to_string().into(),
            line.cards.len().to_string().into(),
            spread.map(|spread| share(spread.range)).unwrap_or_default(),
            spread
                .and_then(|spread| spread.robust)
                .map(share)
                .unwrap_or_default(),
            line.answer.verdict.words().into(),
        ];
        (tone(line.answer.verdict), cells)
    });
    Grid::new(&[
        "no.",
        "clause",
        "requirement",
        "kind",
        "contract value",
        "unit",
        "cards",
        "max/min − 1 (%)",
        "1.4826 MAD (%)",
        "verdict",
    ])
    .with(rows)
}

fn by_card(table: &Table) -> Grid {
    let of_line = |(at, line): (usize, &Line)| {
        let one = |answer: &Answer| {
            let name = answer.card.map(|card| label(card, &table.cards));
            let mut cells: Vec<Cell> = vec![
                (at + 1).to_string().into(),
                clause(line).into(),
                name.unwrap_or_default().into(),
                response(line, answer).into(),
            ];
            let [required, measured, .., deviation] = compared(line, answer);
            cells.extend([required, measured, deviation]);
            cells.push(answer.verdict.words().into());
            cells.push(answer.remarks.join("; ").into());
            cells.push(evidence(&table.files, &answer.proof).into());
            (tone(answer.verdict), cells)
        };
        line.cards.iter().map(one).collect::<Vec<_>>()
    };
    let rows = table.lines.iter().enumerate().flat_map(of_line);
    Grid::new(&[
        "no.",
        "clause",
        "card",
        "result (measured)",
        "required",
        "measured",
        "deviation",
        "verdict",
        "remarks",
        "evidence",
    ])
    .with(rows)
}

/// Where those who were there sign.
pub(super) fn signatures(table: &Table, acceptance: &Acceptance) -> Section {
    let named = |name: Option<&String>| name.cloned().unwrap_or_else(|| BLANK.into());
    let mut parties: Vec<(&str, String)> = Vec::new();
    let witnesses = &acceptance.terms.witnesses;
    parties.extend(witnesses.iter().map(|name| ("witness", name.clone())));
    if witnesses.is_empty() {
        parties.push(("witness", BLANK.into()));
    }
    parties.push(("supplier", named(table.project.supplier.as_ref())));
    parties.push(("buyer", named(table.project.buyer.as_ref())));
    let rows = parties.into_iter().map(|(party, name)| {
        let seal = if party == "witness" { "" } else { BLANK };
        let cells = vec![party.into(), name, BLANK.into(), BLANK.into(), seal.into()];
        (Tone::Plain, cells)
    });
    let grid = Grid::new(&["party", "name", "signed", "date", "seal"]);
    Section::of("Signatures", grid.with::<String>(rows))
}
