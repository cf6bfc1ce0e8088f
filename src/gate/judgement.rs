//! What a gate comes to: a verdict a case, and the exit code of all.

use std::collections::BTreeSet;

use serde::Serialize;

use super::floor::driver;
use super::{Clocked, Comparison, Difference, Floor, Verdict, cause};
use crate::figure::{Kind, Unit};
use crate::kernel::Params;
use crate::results::Results;
use crate::stats::Estimate;

/// One case of one card with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// The adapter's name.
    pub device: String,
    /// PCI bus id; absent where no driver said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pci_bus_id: Option<String>,
    /// The kernel's name.
    pub kernel: String,
    /// Size, mode and data.
    pub params: Params,
    /// What its figures are.
    pub kind: Kind,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, and what else there is to know.
    pub reasons: Vec<String>,
    /// The unit of the figures.
    pub unit: Unit,
    /// The baseline's figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Estimate>,
    /// The candidate's figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Estimate>,
    /// The candidate's speed against the baseline's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The floor it was judged with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// What the clock says of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocked: Option<Clocked>,
    /// The same comparison by fresh runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Comparison>,
    /// The fields that keep the sides from being compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// What the runs of a side say of themselves, each thing once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Adapters.
    pub devices: BTreeSet<String>,
    /// Drivers with their versions.
    pub drivers: BTreeSet<String>,
    /// The GPUs' firmware; empty where nothing tells.
    pub firmware: BTreeSet<String>,
    /// Operating systems with their kernel's version.
    pub systems: BTreeSet<String>,
    /// Versions of suanli.
    pub tools: BTreeSet<String>,
    /// Host names; empty where redacted.
    pub hosts: BTreeSet<String>,
    /// When the first run began: UTC, RFC 3339.
    pub first: String,
    /// When the last one did.
    pub last: String,
}

impl Origin {
    /// That of some runs.
    pub(super) fn of(runs: &[Results]) -> Self {
        let each = |said: fn(&Results) -> Option<String>| runs.iter().filter_map(said).collect();
        let started = || runs.iter().map(|run| run.started.clone());
        Self {
            devices: each(|run| Some(run.device.name.clone())),
            drivers: each(|run| Some(driver(&run.device))),
            firmware: each(|run| run.gpu()?.vbios.clone()),
            systems: each(|run| {
                let said = [&run.host.os, &run.host.kernel].into_iter().flatten();
                let said: Vec<&str> = said.map(String::as_str).collect();
                (!said.is_empty()).then(|| said.join(" "))
            }),
            tools: each(|run| Some(run.tool.version.clone())),
            hosts: each(|run| run.host.name.clone()),
            first: started().min().unwrap_or_default(),
            last: started().max().unwrap_or_default(),
        }
    }
}

/// Two sets of runs, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The format's number.
    pub schema: u64,
    /// Runs of the baseline.
    pub baseline_runs: usize,
    /// Runs of the candidate.
    pub candidate_runs: usize,
    /// What the baseline's runs are of.
    pub baseline: Origin,
    /// What the candidate's are of.
    pub candidate: Origin,
    /// Whether the two were measured in turn.
    pub interleaved: bool,
    /// Whether what is red was measured anew.
    pub confirmed: bool,
    /// The cases, the gravest first.
    pub cases: Vec<Judged>,
    /// What to know of all of them.
    pub notes: Vec<String>,
}

impl Judgement {
    /// The exit code: that of the gravest verdict.
    pub fn code(&self, strict: bool) -> u8 {
        let codes = self.cases.iter().map(|case| case.verdict.code(strict));
        let grave = |code: &u8| [0, 3, 5, 1, 4].iter().position(|known| known == code);
        // Where nothing could be compared, nothing is proved.
        codes
            .max_by_key(grave)
            .unwrap_or(Verdict::Incomparable.code(strict))
    }

    /// How many cases have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let same = |case: &&Judged| case.verdict == verdict;
        self.cases.iter().filter(same).count()
    }

    /// The cases that a second look is asked for: what got slower or faster.
    pub fn flagged(&self) -> impl Iterator<Item = &Judged> {
        self.cases
            .iter()
            .filter(|case| cause::is_change(case.verdict))
    }

    /// The gravest verdicts first, and among those the largest change.
    pub(super) fn sort(&mut self) {
        let change = |case: &Judged| case.comparison.map_or(0.0, |found| found.change.abs());
        self.cases.sort_by(|a, b| {
            a.verdict
                .cmp(&b.verdict)
                .then(change(b).total_cmp(&change(a)))
        });
    }
}
