//! What github-action-benchmark charts: an array of figures, of which all are better when larger, or all when smaller.
//!
//! It takes the two as two files, `customBiggerIsBetter` and `customSmallerIsBetter`, and refuses an empty array.

use serde::Serialize;

use super::{Named, json, message, named};
use crate::figure::{Direction, Unit, word};
use crate::gate::Judgement;
use crate::render::digits;

#[derive(Serialize)]
struct Entry {
    name: String,
    unit: Unit,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// The candidate's rates and bandwidths.
pub fn bigger_is_better(judgement: &Judgement) -> String {
    entries(judgement, Direction::MoreIsBetter)
}

/// The candidate's latencies.
pub fn smaller_is_better(judgement: &Judgement) -> String {
    entries(judgement, Direction::LessIsBetter)
}

fn entries(judgement: &Judgement, direction: Direction) -> String {
    let cases = named(judgement);
    let wanted = cases
        .iter()
        .filter(|one| one.case.kind.direction() == direction);
    json(&wanted.filter_map(entry).collect::<Vec<_>>())
}

/// Nothing for a case without a figure, or with one that JSON has no number for.
fn entry(named: &Named<'_>) -> Option<Entry> {
    let case = named.case;
    let candidate = case.candidate.as_ref()?;
    let value = candidate.value;
    let shown = digits::with_interval(value, Some(candidate.low), Some(candidate.high));
    let range = shown.split_once(" ± ");
    value.is_finite().then(|| Entry {
        name: named.title.clone(),
        unit: case.unit,
        value,
        range: range.map(|(_, half)| format!("± {half}")),
        extra: format!(
            "{}\n{}: {}",
            named.device(),
            word(&case.verdict),
            message(case)
        ),
    })
}
