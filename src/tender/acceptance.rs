//! An acceptance (履约验收): each sampled card judged by itself, and what the sample comes to.

use serde::Serialize;

use super::cards::{Card, Measured};
use super::requirements::{Requirement, Terms};
use super::{Answer, Line, Verdict, asked, choice, worst};
use crate::stats::Sample;

/// How far the cards lie apart in one value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The largest value over the smallest, less 1.
    pub range: f64,
    /// The robust standard deviation (1.4826 × MAD) over the median; absent with fewer than three cards, of which it would
    /// say nothing.
    pub robust: Option<f64>,
    /// Of how many cards.
    pub cards: usize,
}

/// What an acceptance comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Each of the cards that were to be sampled meets each requirement.
    Met,
    /// A card misses a requirement.
    NotMet,
    /// Something can't be told, or fewer cards were measured than were to be.
    CannotTell,
}

/// The sample and what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Acceptance {
    /// As the file has them.
    pub terms: Terms,
    /// How many cards the results prove to be different ones.
    pub cards: usize,
    /// What it comes to.
    pub outcome: Outcome,
    /// Why it can't be told, beside the verdicts.
    pub remarks: Vec<String>,
}

/// A requirement with the answer of each card.
pub(super) fn line(requirement: Requirement, measured: &[Measured]) -> Line {
    let answers: Vec<Answer> = asked(&requirement, measured)
        .map(|(at, one)| choice::answer(&requirement, at, one))
        .collect();
    let values = answers.iter().filter_map(|answer| answer.value);
    Line {
        answer: worst(&requirement, &answers),
        spread: spread(values.collect()),
        cards: answers,
        requirement,
    }
}

fn spread(values: Vec<f64>) -> Option<Spread> {
    let cards = values.len();
    let sample = Sample::new(values)?;
    let (least, most) = (*sample.sorted().first()?, *sample.sorted().last()?);
    (cards > 1 && least > 0.0).then(|| Spread {
        range: most / least - 1.0,
        robust: (cards > 2).then(|| sample.robust_sigma() / sample.median()),
        cards,
    })
}

impl Acceptance {
    pub(super) fn of(terms: Terms, cards: &[Card], lines: &[Line]) -> Self {
        let distinct = cards.iter().filter(|card| card.told_apart).count();
        let mut remarks = Vec::new();
        if let Some(wanted) = terms
            .cards_sampled
            .filter(|wanted| *wanted as usize > distinct)
        {
            remarks.push(format!(
                "{wanted} cards were to be measured, and the results prove {distinct} different ones"
            ));
        }
        if let Some(total) = terms
            .cards_total
            .filter(|total| (*total as usize) < distinct)
        {
            remarks.push(format!(
                "{distinct} different cards were measured, and {total} were delivered"
            ));
        }
        if distinct < cards.len() {
            let remark = "some results could be of several of the cards: they are judged, and count as no card";
            remarks.push(remark.into());
        }
        let verdicts = || lines.iter().map(|line| line.answer.verdict);
        let outcome = if verdicts().any(|verdict| verdict == Verdict::Negative) {
            Outcome::NotMet
        } else if remarks.is_empty() && distinct > 0 && verdicts().all(Verdict::is_met) {
            Outcome::Met
        } else {
            Outcome::CannotTell
        };
        Self {
            terms,
            cards: distinct,
            outcome,
            remarks,
        }
    }
}
