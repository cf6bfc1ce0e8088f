//! Which of a card's rows answers a requirement: the buyer's words decide, and where they leave it open, a fixed order.
//!
//! Of the requirement's own kind and mode, on random data; the kernel and size it names. Without a kernel a product of
//! matrices before a peak, since a product is what is bought; without a size the largest. The value is no part of it.

use std::cmp::Reverse;

use globset::{Glob, GlobMatcher};

use super::cards::Measured;
use super::{Answer, Requirement, Verdict, verdict};
use crate::figure::{Metric, word};
use crate::kernel::Pattern;
use crate::sheet::{Row, Run};

/// What a card answers.
pub(super) fn answer(requirement: &Requirement, card: usize, measured: &Measured) -> Answer {
    let rows: Vec<&Row> = measured.sheet.rows.iter().collect();
    let runs = &measured.sheet.runs;
    let device = Some(measured.card.device.clone());
    let chosen = match chosen(requirement, &rows, runs) {
        Ok(chosen) => chosen,
        Err(remarks) => {
            return Answer {
                card: Some(card),
                device,
                ..Answer::none(remarks)
            };
        }
    };
    let Chosen { row, others } = chosen;
    let custom = runs.get(row.run).is_some_and(|run| run.custom_shaders);
    let (verdict, remarks) =
        verdict::of(requirement.direction(), requirement.required, row, custom);
    let (verdict, mut remarks) = match measured.card.told_apart {
        true => (verdict, remarks),
        false => (
            Verdict::CannotTell,
            vec!["these runs could be of several cards".into()],
        ),
    };
    remarks.insert(0, taken(row));
    let more = row
        .flags
        .iter()
        .filter(|flag| !verdict::is_doubtful(**flag));
    remarks.extend(more.map(ToString::to_string));
    if others > 0 {
        remarks.push(format!(
            "the most runs alike were taken, left out are groups made otherwise: {others}"
        ));
    }
    Answer {
        verdict,
        card: Some(card),
        device,
        kernel: Some(row.kernel.clone()),
        size: Some(row.params.size()),
        value: row.value,
        low: row.low,
        high: row.high,
        runs: row.runs,
        flags: row.flags.clone(),
        remarks,
        proof: measured.proof(row),
    }
}

/// Which row was taken, in words.
fn taken(row: &Row) -> String {
    let size = row.params.size();
    format!("by {} {}", row.kernel, size).trim_end().into()
}

/// The row that answers, and how many groups of runs of the same case were not taken.
struct Chosen<'a> {
    row: &'a Row,
    others: usize,
}

/// The row that answers, or why none does.
fn chosen<'a>(
    requirement: &Requirement,
    rows: &[&'a Row],
    runs: &[Run],
) -> Result<Chosen<'a>, Vec<String>> {
    let alike = alike(requirement, &named(requirement, rows)?)?;
    let random = |row: &&Row| row.data.is_none_or(|data| data == Pattern::Random);
    let random: Vec<&Row> = alike.into_iter().filter(random).collect();
    let Some(first) = random.first() else {
        return Err(vec!["measured only on data that is not random".into()]);
    };
    let mode = word(&first.mode);
    let in_mode = random
        .into_iter()
        .filter(|row| row.mode == requirement.mode);
    // Beside others a card is slower: such a value stands in only where there is none of it alone.
    let beside = |row: &Row| runs.get(row.run).is_some_and(|run| run.devices > 1);
    let order = |row: &&Row| (beside(row), rank(&row.kernel), Reverse(size(row)));
    let Some(best) = in_mode.clone().min_by_key(order) else {
        return Err(vec![format!("measured only in {mode} mode")]);
    };
    let same = in_mode.filter(|row| {
        let case = row.kernel == best.kernel && row.params.asks_same(&best.params);
        case && beside(row) == beside(best)
    });
    let same: Vec<&Row> = same.collect();
    Ok(of_case(&same, runs).unwrap_or(Chosen {
        row: best,
        others: 0,
    }))
}

/// The rows of the kernel and size that the requirement names.
fn named<'a>(requirement: &Requirement, rows: &[&'a Row]) -> Result<Vec<&'a Row>, Vec<String>> {
    let glob = requirement.kernel.as_deref().map(matcher);
    let size = requirement.size.as_ref();
    let named = |row: &&Row| {
        // A pattern that is none, which the reader refuses, names nothing.
        let matches = |glob: &Option<GlobMatcher>| {
            let glob = glob.as_ref();
            glob.is_some_and(|glob| glob.is_match(&row.kernel))
        };
        glob.as_ref().is_none_or(matches) && size.is_none_or(|size| row.params.size() == *size)
    };
    let rows: Vec<&Row> = rows.iter().copied().filter(named).collect();
    match rows[..] {
        [] => Err(vec![none(requirement).into()]),
        _ => Ok(rows),
    }
}

/// The rows of the requirement's own kind that came to something, be it a failure.
fn alike<'a>(requirement: &Requirement, rows: &[&'a Row]) -> Result<Vec<&'a Row>, Vec<String>> {
    let alike = rows.iter().copied();
    let alike: Vec<&Row> = alike
        .filter(|row| requirement.kind.alike(&row.kind))
        .collect();
    let Some(first) = alike.first() else {
        return Err(unlike(requirement, rows));
    };
    let mut why = vec![format!("the case is {}", first.outcome)];
    why.extend(first.reason.clone());
    let absent = |row: &Row| matches!(row.outcome, "unsupported" | "skipped");
    let present: Vec<&Row> = alike.into_iter().filter(|row| !absent(row)).collect();
    match present[..] {
        [] => Err(why),
        _ => Ok(present),
    }
}

/// Of one case's rows: one that came to nothing hides behind no other; else the most runs, and of those the latest.
fn of_case<'a>(same: &[&'a Row], runs: &[Run]) -> Option<Chosen<'a>> {
    let started = |row: &Row| runs.get(row.run).map(|run| run.started.clone());
    let key = |row: &&&Row| (row.value.is_none(), row.runs, started(row));
    let row = same.iter().max_by_key(key)?;
    // A case with several tiles has several rows in one group of runs.
    let mut groups: Vec<usize> = same.iter().map(|row| row.run).collect();
    groups.sort_unstable();
    groups.dedup();
    Some(Chosen {
        row,
        others: groups.len() - 1,
    })
}

fn matcher(pattern: &str) -> Option<GlobMatcher> {
    Some(Glob::new(pattern).ok()?.compile_matcher())
}

/// Why nothing of the name and size is there.
fn none(requirement: &Requirement) -> &'static str {
    match (
        &requirement.kernel,
        &requirement.size,
        requirement.kind.metric,
    ) {
        (None, None, _) => "nothing was measured",
        (_, _, Metric::Capacity | Metric::Power) => "suanli measures no figure of this kind",
        _ => "the kernel or size that the requirement names was not measured",
    }
}

/// That no row is of the kind, and in which fields the nearest differs.
fn unlike(requirement: &Requirement, rows: &[&Row]) -> Vec<String> {
    if matches!(requirement.kind.metric, Metric::Capacity | Metric::Power) {
        return vec!["suanli measures no figure of this kind".into()];
    }
    let mut why = vec![String::from("no evidence of this kind")];
    let near = rows
        .iter()
        .filter(|row| row.kind.metric == requirement.kind.metric);
    let near = near.map(|row| (requirement.kind.differences(&row.kind), row));
    let nearest = near.min_by_key(|(fields, row)| (fields.len(), rank(&row.kernel)));
    why.extend(nearest.map(|(fields, row)| {
        let fields = fields.join(", ");
        format!("nearest is {}, which differs in: {fields}", row.kernel)
    }));
    why
}

/// Which kernel answers first where the requirement names none.
fn rank(kernel: &str) -> u8 {
    match kernel {
        "memory/copy" => 0,
        "memory/triad" => 1,
        "memory/read" => 2,
        "memory/write" => 3,
        _ if kernel.starts_with("gemm/") => 0,
        _ if kernel.starts_with("peak/") => 1,
        _ => 4,
    }
}

fn size(row: &Row) -> u128 {
    let product = row.params.mnk().into_iter().map(|size| size as u128);
    let product = product.fold(1, u128::saturating_mul);
    product.saturating_mul(u128::from(row.params.bytes.unwrap_or(1)))
}

/// The kind of the row that answers, for the tests of every pair.
#[cfg(test)]
pub(super) fn kind_chosen(requirement: &Requirement, rows: &[&Row]) -> Option<crate::figure::Kind> {
    let chosen = chosen(requirement, rows, &[]).ok()?;
    Some(chosen.row.kind)
}
