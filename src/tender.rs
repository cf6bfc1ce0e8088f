//! What a tender asks for × what was measured → a deviation table (技术参数偏离表), and the record of an acceptance.
//!
//! A requirement is met by evidence of its own kind alone, and only by the interval of at least six runs: what is missing,
//! unlike or doubtful can't be told, which is never a pass. The rule stands in [`verdict`], the choice of what answers in
//! `choice`, and which results are of one card in `cards`.

use serde::Serialize;

use crate::results::{Results, SuiteId, Tool};
use crate::sheet::Flag;
use crate::stats;

mod acceptance;
mod cards;
mod choice;
mod requirements;
pub mod verdict;

pub use acceptance::{Acceptance, Outcome, Spread};
pub use cards::Card;
pub use requirements::{Mark, Project, Requirement, Requirements, TEMPLATE, Terms, of_bytes, read};
pub use verdict::Verdict;

use cards::Measured;

/// The schema of the table as JSON.
pub const SCHEMA: u64 = 1;

/// A percentile interval of run medians needs so many runs; below it nothing is told.
pub const FEWEST_RUNS: u32 = stats::FEWEST_RUNS as u32;

/// A results file and what it is known by.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name as typed.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its content.
    pub results: Results,
}

/// A file that a table rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name as typed.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Which file it is a copy of: one run counts once.
    pub copy_of: Option<usize>,
}

/// A record that an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Which of the table's files, from 0.
    pub file: usize,
    /// Which of its records, from 0.
    pub record: usize,
}

/// What answers a requirement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// How it deviates.
    pub verdict: Verdict,
    /// Which of the table's cards, from 0; absent where none was measured.
    pub card: Option<usize>,
    /// The device's name to the letter.
    pub device: Option<String>,
    /// The kernel that answers.
    pub kernel: Option<String>,
    /// At which size; empty where the kernel has none.
    pub size: Option<String>,
    /// The median of run medians, in the requirement's unit.
    pub value: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Of how many runs.
    pub runs: u32,
    /// What there is to know of the row, doubts among it.
    pub flags: Vec<Flag>,
    /// Why this verdict, in a few words each.
    pub remarks: Vec<String>,
    /// The records behind it.
    pub proof: Vec<Proof>,
}

/// A requirement and what answers it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// What is asked.
    pub requirement: Requirement,
    /// What answers: of several cards the least favourable.
    pub answer: Answer,
    /// Each sampled card by itself; empty outside an acceptance.
    pub cards: Vec<Answer>,
    /// How far the cards lie apart; absent outside an acceptance and with fewer than two values.
    pub spread: Option<Spread>,
}

/// Runs that were made alike: which suite, by which build, on which card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Campaign {
    /// Which of the table's cards, from 0.
    pub card: usize,
    /// Which suite, with the hash of its definition.
    pub suite: SuiteId,
    /// What measured.
    pub tool: Tool,
    /// Backend and driver.
    pub driver: String,
    /// When the first run began, UTC.
    pub started: String,
    /// How many runs.
    pub runs: usize,
    /// Shader templates came from a directory instead of the build.
    pub custom_shaders: bool,
}

/// How many lines have which verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// 正偏离.
    pub positive: usize,
    /// 无偏离.
    pub none: usize,
    /// 负偏离.
    pub negative: usize,
    /// 无法判定.
    pub cannot_tell: usize,
    /// Clauses marked ★ with a negative deviation: each voids the bid.
    pub star_negative: Vec<String>,
    /// Clauses marked ★ that can't be told.
    pub star_cannot_tell: Vec<String>,
}

/// The deviation table, or the record of an acceptance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The format's number.
    pub schema: u64,
    /// Whose requirements.
    pub project: Project,
    /// The file they stand in.
    pub requirements: File,
    /// Clause by clause.
    pub lines: Vec<Line>,
    /// The verdicts counted.
    pub summary: Summary,
    /// What the acceptance comes to; absent outside one.
    pub acceptance: Option<Acceptance>,
    /// The cards that were measured.
    pub cards: Vec<Card>,
    /// With what, and how often.
    pub campaigns: Vec<Campaign>,
    /// The results files.
    pub files: Vec<File>,
}

impl Table {
    /// The requirements of a file named `name` with this hash, held against `sources`; as an acceptance where that is
    /// `asked` for or the file has its terms.
    pub fn new(
        requirements: Requirements,
        [name, sha256]: [String; 2],
        sources: Vec<Source>,
        asked: bool,
    ) -> Self {
        let (files, measured) = cards::of(sources);
        let terms = requirements.acceptance;
        let terms = terms.or_else(|| asked.then(Terms::default));
        let lines = requirements
            .requirements
            .into_iter()
            .map(|requirement| match terms {
                Some(_) => acceptance::line(requirement, &measured),
                None => line(requirement, &measured),
            });
        let lines: Vec<Line> = lines.collect();
        let campaigns = measured.iter().enumerate();
        let campaigns = campaigns.flat_map(|(at, one)| one.campaigns(at)).collect();
        let cards: Vec<Card> = measured.into_iter().map(|one| one.card).collect();
        Self {
            schema: SCHEMA,
            project: requirements.project,
            requirements: File {
                name,
                sha256,
                copy_of: None,
            },
            summary: Summary::of(&lines),
            acceptance: terms.map(|terms| Acceptance::of(terms, &cards, &lines)),
            lines,
            cards,
            campaigns,
            files,
        }
    }

    /// Whether the exit code is 1: a negative deviation, and where it is `strict` also what can't be told.
    pub fn fails(&self, strict: bool) -> bool {
        let open = self.summary.cannot_tell > 0;
        let whole = self.acceptance.as_ref();
        let unproven = whole.is_some_and(|one| one.outcome != Outcome::Met);
        self.summary.negative > 0 || strict && (open || unproven)
    }
}

impl Summary {
    fn of(lines: &[Line]) -> Self {
        let mut summary = Self::default();
        for line in lines {
            let star = line.requirement.mark == Some(Mark::Star);
            let clause = star.then(|| line.requirement.clause.clone());
            match line.answer.verdict {
                Verdict::Positive => summary.positive += 1,
                Verdict::None => summary.none += 1,
                Verdict::Negative => {
                    summary.negative += 1;
                    summary.star_negative.extend(clause);
                }
                Verdict::CannotTell => {
                    summary.cannot_tell += 1;
                    summary.star_cannot_tell.extend(clause);
                }
            }
        }
        summary
    }
}

/// A bid's answer: by the least favourable of the cards that have evidence of the kind, where all are of one device.
fn line(requirement: Requirement, measured: &[Measured]) -> Line {
    let mut answers: Vec<Answer> = asked(&requirement, measured)
        .map(|(at, one)| choice::answer(&requirement, at, one))
        .collect();
    let found = answers.iter().any(|answer| answer.kernel.is_some());
    answers.retain(|answer| !found || answer.kernel.is_some());
    let mut devices: Vec<&str> = answers.iter().filter_map(|a| a.device.as_deref()).collect();
    devices.sort_unstable();
    devices.dedup();
    let answer = match (&devices[..], found) {
        ([_, _, ..], true) => {
            let remark = format!(
                "measured on {} devices: the requirement does not say which is meant (device = …)",
                devices.len()
            );
            Answer::none([remark])
        }
        _ => worst(&requirement, &answers),
    };
    Line {
        requirement,
        answer,
        cards: Vec::new(),
        spread: None,
    }
}

/// The cards a requirement is about, by the part of the name it gives.
fn asked<'a>(
    requirement: &Requirement,
    measured: &'a [Measured],
) -> impl Iterator<Item = (usize, &'a Measured)> {
    let wanted = requirement.device.as_ref().map(|name| name.to_lowercase());
    let cards = measured.iter().enumerate();
    cards.filter(move |(_, one)| {
        let name = one.card.device.to_lowercase();
        wanted.as_ref().is_none_or(|part| name.contains(part))
    })
}

/// The least favourable of several answers: a card that can't be told is worse than one that meets it.
fn worst(requirement: &Requirement, answers: &[Answer]) -> Answer {
    let worse = |a: &&Answer, b: &&Answer| {
        let better = |answer: &Answer| {
            let value = answer.value.unwrap_or(0.0);
            verdict::goodness(requirement.direction(), value)
        };
        let verdicts = a.verdict.rank().cmp(&b.verdict.rank());
        verdicts.then(better(a).total_cmp(&better(b)))
    };
    let Some(answer) = answers.iter().min_by(worse) else {
        let remark = match &requirement.device {
            Some(_) => "no device whose name has what the requirement names was measured",
            None => "nothing was measured",
        };
        return Answer::none([remark.into()]);
    };
    let mut answer = answer.clone();
    if answers.len() > 1 {
        let remark = format!("the least favourable of {} cards", answers.len());
        answer.remarks.push(remark);
    }
    answer
}

impl Answer {
    /// No evidence, and why.
    fn none(remarks: impl IntoIterator<Item = String>) -> Self {
        Self {
            verdict: Verdict::CannotTell,
            card: None,
            device: None,
            kernel: None,
            size: None,
            value: None,
            low: None,
            high: None,
            runs: 0,
            flags: Vec::new(),
            remarks: remarks.into_iter().collect(),
            proof: Vec::new(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
