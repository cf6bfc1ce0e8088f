//! The findings in a foreign sheet as a grid of words.

use super::document::{Grid, Section, Tone};
use crate::audit::{Audit, Finding, Rule, Severity};

/// The findings, the gravest first.
pub(super) fn section(audit: &Audit) -> Section {
    let grid = Grid::new(&["severity", "cell", "rule", "seen", "should be"]);
    let rows = audit
        .findings
        .iter()
        .map(|one| (tone(one.severity), row(one)));
    let title = format!("{}: findings of plausibility", audit.file);
    Section::of(title, grid.with(rows))
}

/// What was read, and what the weights mean.
pub(super) fn words(audit: &Audit) -> Vec<String> {
    let [impossible, contestable, notes] =
        [Severity::Impossible, Severity::Contestable, Severity::Note].map(|one| audit.count(one));
    vec![
        format!(
            "{} rows read: {impossible} impossible, {contestable} contestable, {notes} notes",
            audit.rows
        ),
        "impossible: the printed numbers contradict each other beyond rounding".into(),
        "contestable: the sheet doesn't show what would settle it".into(),
        format!("SHA-256 of the sheet: {}", audit.sha256),
    ]
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Impossible => Tone::Bad,
        Severity::Contestable => Tone::Doubt,
        Severity::Note => Tone::Plain,
    }
}

fn row(one: &Finding) -> Vec<String> {
    let severity = match one.severity {
        Severity::Impossible => "impossible",
        Severity::Contestable => "contestable",
        Severity::Note => "to know",
    };
    vec![
        severity.into(),
        one.place.clone(),
        rule(one.rule).into(),
        one.seen.clone(),
        one.wanted.clone(),
    ]
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Ratio => "ratio is measured ÷ rated",
        Rule::Operands => "a ratio has operands",
        Rule::Energy => "W × s = J",
        Rule::CardRate => "total ÷ cards is a card's rate",
        Rule::Share => "share is part ÷ whole",
        Rule::AboveRated => "not above rated",
        Rule::MixedKinds => "one kind a column",
        Rule::Engine => "engine stated",
        Rule::Precision => "precision stated",
        Rule::BestOfOne => "runs and spread stated",
        Rule::Power => "power fits the load",
        Rule::Copied => "measured, not copied",
        Rule::Rated => "rated as published",
        Rule::Unreadable => "a number can be read",
    }
}

#[cfg(test)]
mod tests;
