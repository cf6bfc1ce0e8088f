//! Plateaus of a sweep over working sets: which rates the caches and the memory give, and up to which size.
//!
//! A plateau is two or more neighbouring sizes whose rates are nearly alike. The sizes are cut into as few
//! such parts as possible, of those cuts the one with the least scatter; a single size that stands out
//! between two parts of one rate is a disturbance and joins them. What lies alone between two plateaus is
//! an edge, where only part of the set fits, and no level. Levels are counted from the core: L1 is the
//! first cache the shader meets, whatever its maker calls it. What the curve can't tell is left unnamed,
//! and says why.

use serde::Serialize;

use crate::figure::Unit;
use crate::kernel::Mode;

use super::Row;

/// Rates of one plateau differ by this share at most.
const FLAT: f64 = 0.2;

/// Neighbouring plateaus whose medians differ by less are one with more scatter.
const SAME: f64 = 0.1;

/// A set that every L1 cache holds: a sweep that starts there misses no level.
const IN_EVERY_L1: u64 = 16 << 10;

/// A set that no cache holds: the largest of a GPU has 256 MiB (AMD's Infinity Cache on the MI300).
const BEYOND_CACHES: u64 = 512 << 20;

const ONE_SIZE: &str = "one size only: a level, or the edge of one";
const ONE_RATE: &str = "one rate at every size: no cache shows";
const NOT_BEYOND: &str = "no set was larger than every cache (512 MiB): a cache or the memory";
const LATE: &str = "the smallest set is over 16 KiB: caches before it don't show";
const RISES: &str = "a larger set is read faster";

/// One plateau of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// `L1`, `L2` and so on from the core, or `DRAM`; absent where the curve can't tell.
    pub name: Option<String>,
    /// The smallest set on it.
    pub from_bytes: u64,
    /// The largest set on it.
    pub to_bytes: u64,
    /// The median of its rates.
    pub value: f64,
    /// How many sizes lie on it.
    pub sizes: usize,
    /// Why it has no name.
    pub reason: Option<&'static str>,
}

/// One plateau of one run's sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plateau {
    /// Which of the sheet's runs.
    pub run: usize,
    /// The adapter's name to the letter.
    pub device: String,
    /// How the chip was loaded.
    pub mode: Mode,
    /// Of the value.
    pub unit: Unit,
    /// Where it lies and what it is.
    #[serde(flatten)]
    pub level: Level,
}

/// The plateaus of every sweep among the rows.
pub(super) fn plateaus(rows: &[Row]) -> Vec<Plateau> {
    let swept = |row: &&Row| row.kernel == "memory/sweep" && row.value.is_some();
    let mut sweeps: Vec<(&Row, Vec<(u64, f64)>)> = Vec::new();
    for row in rows.iter().filter(swept) {
        let point = row.params.bytes.zip(row.value);
        let same = |other: &Row| other.run == row.run && other.mode == row.mode;
        match sweeps.iter_mut().find(|(first, _)| same(first)) {
            Some((_, points)) => points.extend(point),
            None => sweeps.push((row, point.into_iter().collect())),
        }
    }
    let mut plateaus = Vec::new();
    for (row, points) in sweeps {
        plateaus.extend(levels(&points).into_iter().map(|level| Plateau {
            run: row.run,
            device: row.device.clone(),
            mode: row.mode,
            unit: row.unit,
            level,
        }));
    }
    plateaus
}

/// The plateaus of points (bytes of the set, rate), the smallest set first.
pub fn levels(points: &[(u64, f64)]) -> Vec<Level> {
    let points = sorted(points);
    let parts = joined(&points, parts(&points));
    let mut levels: Vec<Level> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        // A single size is a level or an edge: at either end there is nothing to tell it by.
        let end = parts.len() > 1 && (number == 0 || number + 1 == parts.len());
        if part.len() > 1 || end {
            levels.push(level(part));
        }
    }
    name(&mut levels, &points);
    levels
}

/// One point a size, in order of size: the median where a size was measured several times.
fn sorted(points: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mut points: Vec<_> = points
        .iter()
        .copied()
        .filter(|(_, rate)| *rate > 0.0)
        .collect();
    points.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let sizes = points.chunk_by(|a, b| a.0 == b.0);
    sizes.map(|same| same[same.len() / 2]).collect()
}

fn level(part: &[(u64, f64)]) -> Level {
    Level {
        name: None,
        from_bytes: part.first().map_or(0, |point| point.0),
        to_bytes: part.last().map_or(0, |point| point.0),
        value: median(part),
        sizes: part.len(),
        reason: (part.len() == 1).then_some(ONE_SIZE),
    }
}

fn median(part: &[(u64, f64)]) -> f64 {
    let mut rates: Vec<f64> = part.iter().map(|point| point.1).collect();
    rates.sort_by(f64::total_cmp);
    match rates.len() {
        0 => 0.0,
        count if count % 2 == 0 => (rates[count / 2 - 1] + rates[count / 2]) / 2.0,
        count => rates[count / 2],
    }
}

/// Whether two rates differ by less than `share`.
fn alike(a: f64, b: f64, share: f64) -> bool {
    a.max(b) <= a.min(b) * (1.0 + share)
}

/// The best cut of a prefix of the points.
#[derive(Clone, Copy)]
struct Cut {
    /// How many parts.
    parts: usize,
    /// Squared distances of log rates from their part's mean.
    scatter: f64,
    /// Where the last part starts.
    start: usize,
}

/// The points in as few flat parts as possible, with the least scatter.
fn parts(points: &[(u64, f64)]) -> Vec<&[(u64, f64)]> {
    let mut cuts = vec![Cut {
        parts: 0,
        scatter: 0.0,
        start: 0,
    }];
    for end in 1..=points.len() {
        let through = |start: usize| {
            let before = &cuts[start];
            Some(Cut {
                parts: before.parts + 1,
                scatter: before.scatter + scatter(&points[start..end])?,
                start,
            })
        };
        let better = |a: &Cut, b: &Cut| {
            let scatter = a.scatter.total_cmp(&b.scatter);
            a.parts.cmp(&b.parts).then(scatter)
        };
        // A part of one point is always flat, so there is a cut.
        cuts.extend((0..end).filter_map(through).min_by(better));
    }
    let mut parts = Vec::new();
    let mut end = points.len();
    while end > 0 {
        let start = cuts[end].start;
        parts.push(&points[start..end]);
        end = start;
    }
    parts.reverse();
    parts
}

/// The scatter of a part's log rates; none if it isn't flat.
fn scatter(part: &[(u64, f64)]) -> Option<f64> {
    let rates = || part.iter().map(|point| point.1);
    let (low, high) = (
        rates().fold(f64::MAX, f64::min),
        rates().fold(0.0, f64::max),
    );
    let mean = rates().map(f64::ln).sum::<f64>() / part.len() as f64;
    let squares = rates().map(|rate| (rate.ln() - mean).powi(2));
    alike(low, high, FLAT).then(|| squares.sum())
}

/// Parts of one rate that only scatter or a single disturbed size keeps apart, joined.
fn joined<'a>(points: &'a [(u64, f64)], parts: Vec<&[(u64, f64)]>) -> Vec<&'a [(u64, f64)]> {
    let mut ends: Vec<usize> = Vec::new();
    for part in parts {
        ends.push(ends.last().unwrap_or(&0) + part.len());
    }
    let part = |ends: &[usize], at: usize| {
        let start = at.checked_sub(1).map_or(0, |before| ends[before]);
        &points[start..ends[at]]
    };
    let mut at = 0;
    while at + 1 < ends.len() {
        let same = |other: usize| {
            let [one, two] = [part(&ends, at), part(&ends, other)];
            one.len() > 1 && two.len() > 1 && alike(median(one), median(two), SAME)
        };
        if same(at + 1) {
            ends.remove(at);
        } else if at + 2 < ends.len() && part(&ends, at + 1).len() == 1 && same(at + 2) {
            ends.drain(at..at + 2);
        } else {
            at += 1;
        }
    }
    (0..ends.len()).map(|at| part(&ends, at)).collect()
}

/// Names what can be named: caches from the core, as long as the rates fall; the memory by its size.
fn name(levels: &mut [Level], points: &[(u64, f64)]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    let flat = levels.len() == 1 && levels[0].sizes == points.len();
    let mut caches = 0;
    let mut rest = levels;
    while let Some((level, after)) = rest.split_first_mut() {
        let rises = after
            .iter()
            .any(|other| other.value > level.value * (1.0 + FLAT));
        let ends = level.to_bytes == last.0;
        let found = match () {
            () if rises => Err(RISES),
            () if level.sizes == 1 => Err(ONE_SIZE),
            () if flat => Err(ONE_RATE),
            () if ends && last.0 >= BEYOND_CACHES => Ok("DRAM".to_owned()),
            () if ends => Err(NOT_BEYOND),
            () if first.0 > IN_EVERY_L1 => Err(LATE),
            () => Ok(format!("L{}", caches + 1)),
        };
        // A first size by itself is a level, or the edge of one: either way one level comes before the next.
        caches += usize::from(!rises && !ends);
        match found {
            Ok(name) => level.name = Some(name),
            Err(reason) => level.reason = Some(reason),
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests;
