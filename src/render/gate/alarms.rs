//! How often the gate goes red although nothing differs.

use super::super::document::{Cell, Document, Section, Tone};
use super::{Row, grid, percent};
use crate::gate::{FalseAlarms, SUITES_PER_ALARM};
use crate::stats::{LEVEL, MOST_TRIALS, Share};

/// Gates on identical code: what went red, with the exact bounds of the share.
pub fn false_alarms(alarms: &FalseAlarms) -> Document {
    let none = Cell::default;
    let share = |share: Option<[f64; 2]>| {
        share.map_or([none(), none()], |[share, bound]| {
            [percent(share), percent(bound)]
        })
    };
    let wanted = 1.0 / SUITES_PER_ALARM;
    let [red, red_bound] = share(alarms.red_share());
    let [hits, hits_bound] = share(alarms.regression_share());
    let count = |count: u64| Cell::number(count as f64, count.to_string());
    let row =
        |what: &'static str, seen: [u64; 2], [share, bound]: [Cell; 2], wanted: Cell| -> Row {
            let cells = vec![
                ("what", what.into()),
                ("count", count(seen[0])),
                ("out of", count(seen[1])),
                ("share", share),
                ("95 % below", bound),
                ("wanted", wanted),
            ];
            (tone(what, seen[0]), cells)
        };
    let all = alarms.comparisons;
    let rows = vec![
        row(
            "red gates",
            [alarms.red, alarms.gates],
            [red, red_bound],
            percent(wanted),
        ),
        row(
            "regressions",
            [alarms.regressions, all],
            [hits, hits_bound],
            none(),
        ),
        row(
            "improvements",
            [alarms.improvements, all],
            [none(), none()],
            none(),
        ),
        row(
            "proved the same",
            [alarms.same, all],
            [none(), none()],
            none(),
        ),
        row(
            "inconclusive",
            [alarms.inconclusive, all],
            [none(), none()],
            none(),
        ),
    ];
    let title = format!(
        "{} of {} gates went red although nothing differs",
        alarms.red, alarms.gates
    );
    let section = Section::of(title, grid(rows)).named("alarms");
    Document {
        title: "False alarms of the gate".into(),
        sections: vec![section.and(words(alarms))],
        ..Document::default()
    }
}

fn tone(what: &str, seen: u64) -> Tone {
    match what {
        "red gates" | "regressions" if seen > 0 => Tone::Bad,
        _ => Tone::Plain,
    }
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
