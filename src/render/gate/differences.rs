//! A field in which two sides differ, with what each says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::gate::{Difference, Field};

/// How many digits of a hash stand in a cell: as many as elsewhere tell shaders apart.
const HASH: usize = 12;

/// `driver: 550.54 → 560.35`; what a side says in several ways stands side by side.
pub(super) fn difference(one: &Difference) -> String {
    let said = match one.field {
        Field::Shader => {
            [&one.baseline, &one.candidate].map(|side| side.iter().map(|text| hash(text)).collect())
        }
        Field::Budget => budgets(one),
        Field::Missing | Field::Outcome => [&one.baseline, &one.candidate]
            .map(|side| side.iter().map(|text| outcome(text)).collect()),
        _ => [one.baseline.clone(), one.candidate.clone()],
    };
    let [baseline, candidate] = said.map(side);
    format!("{}: {baseline} → {candidate}", one.field.word())
}

fn side(said: Vec<String>) -> String {
    match said.is_empty() {
        true => "not said".into(),
        false => said.join(" / "),
    }
}

fn hash(text: &str) -> String {
    text.chars().take(HASH).collect()
}

/// An outcome; elsewhere `measured` heads a column of values.
fn outcome(text: &str) -> String {
    match text {
        "measured" => "was measured".into(),
        _ => text.into(),
    }
}

/// Of two budgets, what differs; all of them where they can't be read.
fn budgets(one: &Difference) -> [Vec<String>; 2] {
    let read = |side: &Vec<String>| -> Option<Vec<Map<String, Value>>> {
        side.iter()
            .map(|text| serde_json::from_str(text).ok())
            .collect()
    };
    let whole = || [one.baseline.clone(), one.candidate.clone()];
    let Some((baseline, candidate)) = read(&one.baseline).zip(read(&one.candidate)) else {
        return whole();
    };
    let all: Vec<&Map<String, Value>> = baseline.iter().chain(&candidate).collect();
    let names: BTreeSet<&String> = all.iter().flat_map(|budget| budget.keys()).collect();
    let unlike = |name: &&String| all.iter().any(|one| one.get(*name) != all[0].get(*name));
    let unlike: Vec<&String> = names.into_iter().filter(unlike).collect();
    let told = |budget: &Map<String, Value>| {
        let words = unlike.iter().filter_map(|name| {
            let value = budget.get(*name)?;
            Some(format!("{name} {value}"))
        });
        words.collect::<Vec<_>>().join(", ")
    };
    [&baseline, &candidate].map(|side| side.iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: Field, baseline: &[&str], candidate: &[&str]) -> String {
        let [baseline, candidate] =
            [baseline, candidate].map(|side| side.iter().map(|text| (*text).into()).collect());
        difference(&Difference {
            field,
            baseline,
            candidate,
        })
    }

    #[test]
    fn a_difference_names_the_field_and_what_both_sides_say() {
        assert_eq!(
            of(Field::Driver, &["550.54"], &["560.35"]),
            "driver: 550.54 → 560.35"
        );
        assert_eq!(
            of(Field::PowerLimit, &[], &["300 W", "350 W"]),
            "power-limit: not said → 300 W / 350 W"
        );
    }

    #[test]
    fn of_shaders_a_short_hash_is_told_and_of_budgets_what_differs() {
        let [one, other] = ["a".repeat(64), "b".repeat(64)];
        assert_eq!(
            of(Field::Shader, &[&one], &[&other]),
            "shader: aaaaaaaaaaaa → bbbbbbbbbbbb"
        );
        let budgets = [
            r#"{"cap_seconds":15.0,"min_samples":30}"#,
            r#"{"cap_seconds":20.0,"min_samples":30}"#,
        ];
        assert_eq!(
            of(Field::Budget, &budgets[..1], &budgets[1..]),
            "budget: cap_seconds 15.0 → cap_seconds 20.0"
        );
        assert_eq!(
            of(Field::Budget, &["ümlaut{"], &budgets[..1]),
            format!("budget: ümlaut{{ → {}", budgets[0])
        );
        // A side that isn't ours to read is no reason to fall over.
        assert_eq!(of(Field::Shader, &["äöü"], &[]), "shader: äöü → not said");
    }
}
