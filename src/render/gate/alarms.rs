//! How often the gate goes red although nothing differs.

use super::super::document::{Cell, Document, Section, Tone};
use super::{Row, grid, percent};
use crate::gate::{FalseAlarms, SUITES_PER_ALARM};
use crate::stats::{LEVEL, MOST_TRIALS, Share};

/// Gates on identical code: what went red, with the exact bounds of the share.
pub fn false_alarms(alarms: &FalseAlarms) -> Document {
    let (gates, all) = (alarms.gates, alarms.comparisons);
    let rows = vec![
        row(
            ("red gates", alarms.red, gates),
            alarms.red_share(),
            percent(1.0 / SUITES_PER_ALARM),
        ),
        row(
            ("regressions", alarms.regressions, all),
            alarms.regression_share(),
            Cell::default(),
        ),
        row(
            ("improvements", alarms.improvements, all),
            None,
            Cell::default(),
        ),
        row(("proved the same", alarms.same, all), None, Cell::default()),
        row(
            ("inconclusive", alarms.inconclusive, all),
            None,
            Cell::default(),
        ),
    ];
    let red = alarms.red;
    let title = format!("{red} of {gates} gates went red although nothing differs");
    let section = Section::of(title, grid(rows)).named("alarms");
    Document {
        title: "False alarms of the gate".into(),
        sections: vec![section.and(words(alarms))],
        ..Document::default()
    }
}

/// What was counted, how often and of how many, with the share and its bound.
fn row((what, seen, of): (&str, u64, u64), share: Option<[f64; 2]>, wanted: Cell) -> Row {
    let count = |count: u64| Cell::number(count as f64, count.to_string());
    let [share, bound] = share.map_or([None; 2], |share| share.map(Some));
    let share_of = |share: Option<f64>| share.map_or(Cell::default(), percent);
    let tone = match what {
        "red gates" | "regressions" if seen > 0 => Tone::Bad,
        _ => Tone::Plain,
    };
    let cells = vec![
        ("what", what.into()),
        ("count", count(seen)),
        ("out of", count(of)),
        ("share", share_of(share)),
        ("95 % below", share_of(bound)),
        ("wanted", wanted),
    ];
    (tone, cells)
}

/// Whether the wanted rate is proved, and what it takes to prove it.
fn words(alarms: &FalseAlarms) -> Vec<String> {
    let wanted = 1.0 / SUITES_PER_ALARM;
    let mut lines = vec![format!(
        "wanted: no more than one red gate of {SUITES_PER_ALARM}"
    )];
    let bound = alarms.red_share().map(|[_, bound]| bound);
    lines.push(match bound {
        Some(bound) if bound <= wanted => "That is proved with 95 % certainty.".into(),
        _ => "That is not proved.".into(),
    });
    if let (Some(needed), false) = (
        needed(alarms.red),
        bound.is_some_and(|bound| bound <= wanted),
    ) {
        let left = needed.saturating_sub(alarms.gates);
        lines.push(format!(
            "to prove it, {needed} gates of which {} at most are red are needed: {left} more",
            alarms.red
        ));
    }
    lines
}

/// How many gates prove the wanted rate if no more than `red` of them are red.
fn needed(red: u64) -> Option<u64> {
    let proves = |gates: u64| {
        let bound = Share::new(red, gates).and_then(|share| share.upper(LEVEL));
        bound.is_some_and(|bound| bound <= 1.0 / SUITES_PER_ALARM)
    };
    let (mut few, mut enough) = (red, MOST_TRIALS);
    if !proves(enough) {
        return None;
    }
    while enough - few > 1 {
        let middle = few + (enough - few) / 2;
        match proves(middle) {
            true => enough = middle,
            false => few = middle,
        }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn five_hundred_and_ninety_eight_gates_without_a_red_one_prove_one_in_two_hundred() {
        assert_eq!(needed(0), Some(598));
        assert!(needed(1).is_some_and(|gates| (940..960).contains(&gates)));
        assert_eq!(needed(u64::MAX), None);
    }
}
