//! Cases that failed or gave a wrong answer, in words.

use super::field;
use super::judging::is_faulty;
use super::sides::{Sides, label};
use crate::results::Results;

/// A line for each case of `runs` that came to nothing in some of them: which, in how many, and why.
pub fn faults(runs: &[Results]) -> Vec<String> {
    let sides = Sides::of(&[], runs);
    let cases = sides.cards.iter().flat_map(|card| &card.cases);
    let line = |[_, entries]: &[Vec<field::Entry<'_>>; 2]| {
        let faulty = entries.iter().filter(|(_, record)| is_faulty(record));
        let count = faulty.clone().count();
        let (_, record) = faulty.clone().next()?;
        let (all, why) = (entries.len(), field::outcome(record));
        let case = label(&record.kernel, &record.params);
        Some(format!("{case}: in {count} of {all} runs {why}"))
    };
    cases.filter_map(line).collect()
}
