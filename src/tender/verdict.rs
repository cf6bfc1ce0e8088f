//! The rule by which a measured value deviates from a required one, and what makes a value too doubtful for it.

use serde::Serialize;

use super::FEWEST_RUNS;
use crate::figure::Direction;
use crate::sheet::{Flag, Interval, Row};

/// How far half an interval may reach, as a share of the required number, for a value at it to be called equal to it.
pub const EQUAL: f64 = 0.005;

/// How a measured value deviates from a required one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Better than required, beyond doubt (正偏离).
    Positive,
    /// As required (无偏离).
    None,
    /// Worse than required, beyond doubt (负偏离).
    Negative,
    /// Nothing proves any of the three (无法判定): never a pass.
    CannotTell,
}

impl Verdict {
    /// From the least favourable to the most.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Negative => 0,
            Self::CannotTell => 1,
            Self::None => 2,
            Self::Positive => 3,
        }
    }

    /// Whether the requirement is met.
    pub fn is_met(self) -> bool {
        matches!(self, Self::Positive | Self::None)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Positive => "positive deviation",
            Self::None => "no deviation",
            Self::Negative => "negative deviation",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// A value turned so that more of it is better.
pub(super) fn goodness(direction: Direction, value: f64) -> f64 {
    match direction {
        Direction::MoreIsBetter => value,
        Direction::LessIsBetter => -value,
    }
}

/// How `value`, whose 95 % interval is `low` to `high`, deviates from `required`; all in one unit.
///
/// Of a least value; of a most value with above and below exchanged:
///
/// | interval | verdict |
/// |---|---|
/// | wholly above the requirement | positive |
/// | wholly below it | negative |
/// | begins at it exactly | none |
/// | holds it, value not below it, half its width at most [`EQUAL`] of it | none |
/// | holds it otherwise | cannot tell |
///
/// An interval that holds the requirement does not prove that it is met; only where it is so narrow that the value is
/// the requirement for every practical purpose is that no deviation.
pub fn decide(direction: Direction, required: f64, value: f64, [low, high]: [f64; 2]) -> Verdict {
    if ![required, value, low, high]
        .iter()
        .all(|number| number.is_finite())
    {
        return Verdict::CannotTell;
    }
    let turned = |number| goodness(direction, number);
    let (worst, best) = match direction {
        Direction::MoreIsBetter => (low, high),
        Direction::LessIsBetter => (high, low),
    };
    let half = (high - low) / 2.0;
    if turned(worst) > turned(required) {
        Verdict::Positive
    } else if turned(best) < turned(required) {
        Verdict::Negative
    } else if worst == required
        || turned(value) >= turned(required) && half <= EQUAL * required.abs()
    {
        Verdict::None
    } else {
        Verdict::CannotTell
    }
}

/// The verdict on a row of the requirement's own kind, and why.
pub(super) fn of(
    direction: Direction,
    required: f64,
    row: &Row,
    custom_shaders: bool,
) -> (Verdict, Vec<String>) {
    let (Some(value), Some(low), Some(high)) = (row.value, row.low, row.high) else {
        let mut why = vec![format!("the case is {}", row.outcome)];
        why.extend(row.reason.clone());
        return (Verdict::CannotTell, why);
    };
    let mut why = Vec::new();
    if row.runs < FEWEST_RUNS || row.interval != Some(Interval::Runs) {
        why.push(format!("only {}, {FEWEST_RUNS} are needed", runs(row.runs)));
    }
    if custom_shaders {
        why.push("doubt: the shaders are not the suite's".into());
    }
    let doubts = row.flags.iter().filter(|flag| is_doubtful(**flag));
    why.extend(doubts.map(|flag| format!("doubt: {flag}")));
    if !why.is_empty() {
        return (Verdict::CannotTell, why);
    }
    let verdict = decide(direction, required, value, [low, high]);
    (verdict, vec![because(verdict, direction).into()])
}

fn runs(count: u32) -> String {
    match count {
        1 => "1 run".into(),
        more => format!("{more} runs"),
    }
}

/// The line of the rule that applied.
fn because(verdict: Verdict, direction: Direction) -> &'static str {
    let more = direction == Direction::MoreIsBetter;
    match (verdict, more) {
        (Verdict::Positive, true) | (Verdict::Negative, false) => {
            "the whole interval is above the required value"
        }
        (Verdict::Negative, true) | (Verdict::Positive, false) => {
            "the whole interval is below the required value"
        }
        (Verdict::None, _) => "the value is the required one within ± 0.5 %, and not worse",
        (Verdict::CannotTell, _) => {
            "the interval holds the required value: neither met nor missed for certain"
        }
    }
}

/// Whether a flag makes a value too doubtful to decide anything by.
///
/// A doubt stops both ways: what may be wrong proves neither that a card is good nor that it is bad, and measuring again
/// costs minutes.
pub fn is_doubtful(flag: Flag) -> bool {
    match flag {
        // The scatter that counts is that between runs, and the interval holds it.
        Flag::Noisy => false,
        // A card is bought with its power limit: what it gives under it is what it gives.
        Flag::PowerCapped => false,
        // What the host adds stands in both times of a difference; the rest scatters, and the interval holds that.
        Flag::HostClock => false,
        // The tile that was taken has the right answer, and whether it packs is how the rate came about.
        Flag::WrongCandidates | Flag::NotPacked => false,
        // Not yet the rate that a card keeps up.
        Flag::NotSteady => true,
        // Some of it was measured under a fault of cooling or power, or beside somebody else's load.
        Flag::SomeSpoilt => true,
        // The time itself is in dispute.
        Flag::TimerSuspect | Flag::WallDiffers => true,
        // At which clock it was measured is in dispute.
        Flag::ClockDrift | Flag::ClocksDisagree => true,
        // A faulty card's value is no card's.
        Flag::HardwareErrors => true,
        // More than the vendor claims wants an explanation first.
        Flag::AboveOfficial => true,
        // The suite asks for a search: another tile may be faster.
        Flag::DefaultTile => true,
        // A CPU that poses as a GPU, and dots that no dot engine made.
        Flag::SoftwareAdapter | Flag::EmulatedDot => true,
        // Remarks on a chip's published figure: none stands on a measured row, and none there would be a proof.
        Flag::Same
        | Flag::KindDiffers
        | Flag::Conflict
        | Flag::PublicButPrintedNa
        | Flag::Unconfirmed
        | Flag::Presumed
        | Flag::NotMeasurable => true,
    }
}
