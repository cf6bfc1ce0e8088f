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
            "the runs with most repetitions were taken, {others} others made otherwise were not"
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
    let glob = requirement.kernel.as_deref().map(matcher);
    let named = |row: &&&Row| {
        let kernel = glob
            .as_ref()
            .is_none_or(|glob| glob.as_ref().is_some_and(|glob| glob.is_match(&row.kernel)));
        let size = requirement.size.as_ref();
        kernel && size.is_none_or(|size| row.params.size() == *size)
    };
    let of_size: Vec<&Row> = rows.iter().filter(named).copied().collect();
    if of_size.is_empty() {
        return Err(vec![none(requirement).into()]);
    }
    let alike: Vec<&Row> = of_size
        .iter()
        .filter(|row| requirement.kind.alike(&row.kind))
        .copied()
        .collect();
    if alike.is_empty() {
        return Err(unlike(requirement, &of_size));
    }
    let present: Vec<&Row> = alike
        .iter()
        .filter(|row| !matches!(row.outcome, "unsupported" | "skipped"))
        .copied()
        .collect();
    if present.is_empty() {
        let mut why = vec![format!("the case is {}", alike[0].outcome)];
        why.extend(alike[0].reason.clone());
        return Err(why);
    }
    let random: Vec<&Row> = present
        .iter()
        .filter(|row| row.data.is_none_or(|data| data == Pattern::Random))
        .copied()
        .collect();
    if random.is_empty() {
        return Err(vec!["measured only on data that is not random".into()]);
    }
    let in_mode = random.iter().filter(|row| row.mode == requirement.mode);
    let best = in_mode.clone().min_by_key(|row| {
        let beside = runs.get(row.run).is_some_and(|run| run.devices > 1);
        (beside, rank(&row.kernel), Reverse(size(row)))
    });
    let Some(best) = best else {
        let mode = word(&random[0].mode);
        return Err(vec![format!("measured only in {mode} mode")]);
    };
    let beside = |row: &Row| runs.get(row.run).is_some_and(|run| run.devices > 1);
    let same = in_mode.filter(|row| {
        row.kernel == best.kernel
            && row.params.asks_same(&best.params)
            && beside(row) == beside(best)
    });
    let same: Vec<&Row> = same.copied().collect();
    Ok(of_case(&same, runs).unwrap_or(Chosen {
        row: best,
        others: 0,
    }))
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
