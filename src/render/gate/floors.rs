//! The floors that a calibration measured.

use jiff::{SignedDuration, Timestamp};

use super::super::document::{Cell, Document, Section, Tone};
use super::{Row, counted, grid, percent, size};
use crate::gate::{ASSUMED_DAY_SPREAD, Floors, MOST_DAYS};

const MEANING: [(&str, &str); 3] = [
    (
        "scatter",
        "by how much 5 and 5 identical runs differ, as a standard deviation",
    ),
    (
        "floor",
        "what 99 of 100 such differences stay below, and 1 % at least: a smaller change can't be told from chance",
    ),
    (
        "between days",
        "the standard deviation of days, at most with 95 % certainty: it widens the floor of sides that are of different days",
    ),
];

/// The floors of one card and driver: what each rests on, and how long they hold.
pub fn floors(floors: &Floors) -> Document {
    let rows = floors.cases.iter().map(|case| -> Row {
        let mut cells = vec![
            ("kernel", case.kernel.clone().into()),
            ("size", size(&case.params).into()),
            (
                "runs",
                Cell::number(case.runs as f64, case.runs.to_string()),
            ),
            ("scatter", percent(case.scale)),
            ("floor", percent(case.floor)),
        ];
        cells.extend(
            case.day_spread
                .map(|spread| ("between days", percent(spread))),
        );
        (Tone::Plain, cells)
    });
    let runs = counted(floors.runs, "run", "runs");
    let mut lines = vec![
        format!("machine {} · driver {}", floors.machine, floors.driver),
        format!(
            "{runs}, the last of {}{}",
            floors.dated,
            until(&floors.dated)
        ),
    ];
    lines.extend(days(floors));
    let title = counted(
        floors.cases.len(),
        "floor was measured",
        "floors were measured",
    );
    let mut section = Section::of(title, grid(rows.collect()));
    section.terms = MEANING
        .map(|(term, meaning)| (term.into(), meaning.into()))
        .into();
    Document {
        title: format!("Floors of {}", floors.machine),
        sections: vec![section.named("floors").and(lines)],
        ..Document::default()
    }
}

/// The spread between days, where nobody measured it.
fn days(floors: &Floors) -> Option<String> {
    let unknown = floors.cases.iter().any(|case| case.day_spread.is_none());
    unknown.then(|| {
        format!(
            "spread between days: {}, assumed (a case's runs are of fewer than 3 days)",
            percent(ASSUMED_DAY_SPREAD).text
        )
    })
}

/// Until when they hold, where the date is one.
fn until(dated: &str) -> String {
    let month = SignedDuration::from_hours(24 * MOST_DAYS);
    let end = dated
        .parse::<Timestamp>()
        .ok()
        .and_then(|dated| dated.checked_add(month).ok());
    end.map_or(String::new(), |end| {
        format!(", valid for {MOST_DAYS} days, until {end}")
    })
}
