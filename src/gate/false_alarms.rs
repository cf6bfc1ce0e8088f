//! How often the gate goes red although nothing differs, with exact bounds.

use serde::Serialize;

use super::{Judgement, Verdict};
use crate::stats::{LEVEL, Share};

/// What gates on identical code came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// Gates that were run.
    pub gates: u64,
    /// Of them, those with a regression.
    pub red: u64,
    /// Comparisons in all of them.
    pub comparisons: u64,
    /// Of them, those that came out as a regression.
    pub regressions: u64,
    /// Those that came out as an improvement.
    pub improvements: u64,
    /// Those that were proved to be the same.
    pub same: u64,
    /// Those that could not be told.
    pub inconclusive: u64,
}

impl FalseAlarms {
    /// Counts a gate more, if it compared anything.
    pub fn count(&mut self, judgement: &Judgement) {
        let of = |verdict| judgement.count(verdict) as u64;
        let [regressions, improvements] = [Verdict::Regression, Verdict::Improvement].map(of);
        let [same, inconclusive] = [Verdict::Same, Verdict::Inconclusive].map(of);
        if regressions + improvements + same + inconclusive == 0 {
            return;
        }
        self.gates += 1;
        self.red += u64::from(regressions > 0);
        self.regressions += regressions;
        self.improvements += improvements;
        self.same += same;
        self.inconclusive += inconclusive;
        self.comparisons += regressions + improvements + same + inconclusive;
    }

    /// The share of gates that went red, and the share that the true one lies below with 95 % certainty (Clopper–Pearson);
    /// nothing without a gate.
    pub fn red_share(&self) -> Option<[f64; 2]> {
        bounded(self.red, self.gates)
    }

    /// The same of comparisons.
    pub fn regression_share(&self) -> Option<[f64; 2]> {
        bounded(self.regressions, self.comparisons)
    }
}

fn bounded(hits: u64, trials: u64) -> Option<[f64; 2]> {
    let share = Share::new(hits, trials)?;
    Some([share.value(), share.upper(LEVEL)?])
}
