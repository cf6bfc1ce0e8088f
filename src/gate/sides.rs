//! Two sets of results as cards and cases, each with its runs on both sides.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::field::{Entry, Field};
use crate::error::{Error, Result};
use crate::figure::word;
use crate::kernel::{Mode, Params, Pattern};
use crate::results::{OneOf, Record, Results};

/// What the two sides of a gate are called, behind the gate's own name: `gate-UTC-ID/baseline`.
pub const BASELINE: &str = "baseline";
/// The other side.
pub const CANDIDATE: &str = "candidate";

/// How many cases a note names at most.
const MOST_NAMES: usize = 10;

/// A case in words: kernel, size, mode, data.
pub fn label(kernel: &str, params: &Params) -> String {
    let [size, mode] = [params.size(), word(&params.mode)];
    let data = params.data.map(|data| word(&data)).unwrap_or_default();
    let words = [kernel, &size, &mode, &data];
    let words: Vec<&str> = words.into_iter().filter(|one| !one.is_empty()).collect();
    words.join(" ")
}

/// What tells cases of a card apart: kernel, size, mode, data.
pub(super) type Key = (String, String, Mode, Option<Pattern>);

/// The key of a record.
pub(super) fn key(record: &Record) -> Key {
    let params = &record.params;
    (
        record.kernel.clone(),
        params.size(),
        params.mode,
        params.data,
    )
}

/// The runs of a card on both sides.
pub(super) struct Card<'a> {
    /// The first of the candidate's runs.
    pub(super) candidate: Option<&'a Results>,
    /// Runs of the baseline and of the candidate.
    pub(super) runs: [usize; 2],
    /// Runs of the candidate that did not come to their end.
    pub(super) unfinished: usize,
    /// The entries of each case, the baseline's and the candidate's.
    pub(super) cases: Vec<[Vec<Entry<'a>>; 2]>,
}

/// Both sides, card by card.
pub(super) struct Sides<'a> {
    pub(super) cards: Vec<Card<'a>>,
    copies: usize,
}

/// What tells cards apart: the GPU's own id, else host, name and bus.
fn identity(run: &Results) -> String {
    let uuid = run.gpu().and_then(|gpu| gpu.uuid.clone());
    let host = run.host.name.as_deref().unwrap_or_default();
    uuid.unwrap_or_else(|| format!("{host} {}", place(run)))
}

/// Name and bus: what tells the cards of a machine apart where one side says less than the other.
fn place(run: &Results) -> String {
    let bus = run.device.pci_bus_id.as_deref().unwrap_or_default();
    format!("{} {bus}", run.device.name)
}

impl<'a> Sides<'a> {
    /// The runs of both sides; one that is there twice counts once.
    pub(super) fn of(baseline: &'a [Results], candidate: &'a [Results]) -> Self {
        let all = baseline.len() + candidate.len();
        let [baseline, candidate] = [baseline, candidate].map(|side| by_card(side.iter()));
        let runs = |side: &[(String, Vec<&Results>)]| {
            side.iter().map(|(_, runs)| runs.len()).sum::<usize>()
        };
        let copies = all - runs(&baseline) - runs(&candidate);
        let mut left = baseline;
        let mut cards = Vec::new();
        let alone = left.len() == 1 && candidate.len() == 1;
        for (identity, runs) in candidate {
            let at = |run: &Results| {
                left.iter()
                    .filter(|(_, other)| place(other[0]) == place(run))
                    .count()
            };
            let unique = at(runs[0]) == 1;
            let like = |(other, base): &(String, Vec<&Results>)| {
                // One card on each side is meant to be compared: that they differ is then a field.
                alone || *other == identity || (unique && place(base[0]) == place(runs[0]))
            };
            let base = left.iter().position(like);
            let base = base.map_or(Vec::new(), |at| left.remove(at).1);
            cards.push(card(&base, &runs));
        }
        cards.extend(left.iter().map(|(_, runs)| card(runs, &[])));
        Self { cards, copies }
    }

    /// The most runs of a card on a side: 0 the baseline's, 1 the candidate's.
    pub(super) fn runs(&self, side: usize) -> usize {
        let runs = self.cards.iter().map(|card| card.runs[side]);
        runs.max().unwrap_or(0)
    }

    /// A note of the cases that one side lacks, where they may be lacking.
    pub(super) fn left_out(&self, allowed: &BTreeSet<Field>) -> Option<String> {
        let cases = self.cards.iter().flat_map(|card| &card.cases);
        let lacking = cases.filter(|sides| sides.iter().any(Vec::is_empty));
        let names: Vec<String> = lacking
            .filter_map(|[base, new]| {
                let (_, record) = base.first().or(new.first())?;
                Some(label(&record.kernel, &record.params))
            })
            .collect();
        if names.is_empty() || !allowed.contains(&Field::Missing) {
            return None;
        }
        let more = names.len().saturating_sub(MOST_NAMES);
        let mut named = names[..names.len() - more].join(", ");
        if more > 0 {
            named += &format!(", +{more}");
        }
        Some(format!(
            "left out by --allow missing, {} of the cases, which one side lacks: {named}",
            names.len()
        ))
    }

    /// What to know of the files.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.copies > 0 {
            let copies = self.copies;
            notes.push(format!(
                "{copies} of the files are copies of others: a run counts once"
            ));
        }
        notes
    }
}

/// Refuses runs of several parts of one gate: its sides are two things to compare, and what was measured anew was chosen for
/// being odd.
///
/// # Errors
///
/// [`Error::Usage`], which says `what` they were meant for.
pub(super) fn one_part(what: &str, runs: &[Results]) -> Result<()> {
    let mut gates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one_of in runs.iter().filter_map(|run| run.one_of.as_ref()) {
        if let Some((gate, part)) = one_of.group.rsplit_once('/') {
            gates.entry(gate).or_default().insert(part);
        }
    }
    let Some((gate, parts)) = gates.into_iter().find(|(_, parts)| parts.len() > 1) else {
        return Ok(());
    };
    let parts: Vec<&str> = parts.into_iter().collect();
    Err(Error::usage(
        what,
        format!(
            "of {gate} it holds {}: sides to compare, or runs that were made anew",
            parts.join(" and ")
        ),
        format!("give one of them, as FOLDER/gate-*/{CANDIDATE}"),
    ))
}

/// Refuses runs that were made anew because of what the first ones were like: nothing is to be held against those, of one
/// part of a gate or of several.
///
/// # Errors
///
/// [`Error::Usage`], which says `what` they were meant for.
pub(super) fn first_look(what: &str, runs: &[Results]) -> Result<()> {
    one_part(what, runs)?;
    let mut groups = runs.iter().filter_map(|run| run.one_of.as_ref());
    let anew = groups.find(|one_of| one_of.group.contains("/confirm-"));
    let Some(OneOf { group, .. }) = anew else {
        return Ok(());
    };
    Err(Error::usage(
        what,
        format!("runs of {group} were made anew, since the first ones were odd"),
        format!("give the first ones, as FOLDER/gate-*/{CANDIDATE}"),
    ))
}

/// Whether the two sides are those of one gate, whose runs are made in turn and say so.
pub(super) fn in_turn(baseline: &[Results], candidate: &[Results]) -> bool {
    let gate = |side: &[Results], name: &str| {
        let of = |run: &Results| {
            let group = &run.one_of.as_ref()?.group;
            Some(group.strip_suffix(name)?.to_owned())
        };
        let gates: BTreeSet<Option<String>> = side.iter().map(of).collect();
        gates
            .first()
            .filter(|_| gates.len() == 1)
            .cloned()
            .flatten()
    };
    let gate = gate(baseline, BASELINE).zip(gate(candidate, CANDIDATE));
    gate.is_some_and(|(one, other)| one == other && one.contains('/'))
}

/// The cards of some runs, as if all were a candidate's.
pub(super) fn cards_of<'a>(runs: impl IntoIterator<Item = &'a Results>) -> Vec<Card<'a>> {
    let cards = by_card(runs);
    cards.iter().map(|(_, runs)| card(&[], runs)).collect()
}

/// The runs of each card in the order they come, copies left out.
fn by_card<'a>(results: impl IntoIterator<Item = &'a Results>) -> Vec<(String, Vec<&'a Results>)> {
    let mut cards: Vec<(String, Vec<&Results>)> = Vec::new();
    for run in results {
        let identity = identity(run);
        match cards.iter_mut().find(|(known, _)| *known == identity) {
            Some((_, runs)) if runs.iter().any(|other| other.is_copy_of(run)) => {}
            Some((_, runs)) => runs.push(run),
            None => cards.push((identity, vec![run])),
        }
    }
    cards
}

fn card<'a>(baseline: &[&'a Results], candidate: &[&'a Results]) -> Card<'a> {
    let mut cases: Vec<[Vec<Entry<'a>>; 2]> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    // The candidate's order is the one that is shown.
    for (side, runs) in [(1, candidate), (0, baseline)] {
        for run in runs {
            let mut seen = HashSet::new();
            for record in &run.records {
                let key = key(record);
                // Of a case with several tiles, the first.
                if !seen.insert(key.clone()) {
                    continue;
                }
                let place = *places.entry(key).or_insert(cases.len());
                if place == cases.len() {
                    cases.push([Vec::new(), Vec::new()]);
                }
                cases[place][side].push((*run, record));
            }
        }
    }
    Card {
        candidate: candidate.first().copied(),
        unfinished: candidate
            .iter()
            .filter(|run| run.finished.is_none())
            .count(),
        runs: [baseline.len(), candidate.len()],
        cases,
    }
}
