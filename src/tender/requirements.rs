//! A tender's requirements as a TOML file: read in full or refused with file, line, clause, field, reason and hint.
//!
//! A number without its kind is how tenders go wrong, so nothing of a kind is filled in but the scope, which is the card.
//! Texts are a stranger's: they are kept to the letter and mean nothing to the program.

use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::error::{Error, Result, short};
use crate::figure::{Direction, Kind, Unit};
use crate::kernel::Mode;

mod fields;
mod kind;

use fields::{device, kernel, mark, required, size, unit};
use kind::KindText;

/// A file with every field explained.
pub const TEMPLATE: &str = include_str!("template.toml");

const SEE_TEMPLATE: &str = "`suanli tender --template` prints a file with every field";

/// What a tender or a contract asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requirements {
    /// Whose.
    pub project: Project,
    /// Clause by clause, in the file's order; at least one.
    pub requirements: Vec<Requirement>,
    /// What there is to say of the acceptance; absent before it.
    pub acceptance: Option<Terms>,
}

/// Which tender; to the letter, and absent where not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The project.
    pub name: Option<String>,
    /// The tender's number.
    pub number: Option<String>,
    /// Who buys.
    pub buyer: Option<String>,
    /// Who offers.
    pub supplier: Option<String>,
}

/// What an acceptance is about; to the letter, and absent where not said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The contract's number.
    pub contract: Option<String>,
    /// How many cards were delivered.
    pub cards_total: Option<u32>,
    /// How many of them were to be measured.
    pub cards_sampled: Option<u32>,
    /// Where.
    pub place: Option<String>,
    /// When, in the words of whoever wrote it.
    pub date: Option<String>,
    /// Who saw it.
    #[serde(default)]
    pub witnesses: Vec<String>,
}

/// What a clause's mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Mark {
    /// A negative deviation voids the bid.
    #[serde(rename = "★")]
    Star,
    /// Deviations are scored.
    #[serde(rename = "▲")]
    Triangle,
}

/// One number that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requirement {
    /// The clause, to the letter.
    pub clause: String,
    /// What it says, to the letter.
    pub text: String,
    /// Its mark.
    pub mark: Option<Mark>,
    /// What the number counts: every field that applies is stated.
    pub kind: Kind,
    /// How the chip is to be loaded.
    pub mode: Mode,
    /// Which kernels may answer, as a glob over their names.
    pub kernel: Option<String>,
    /// At which size, in the form of [`crate::kernel::Params::size`].
    pub size: Option<String>,
    /// A part of the device's name.
    pub device: Option<String>,
    /// The number, in `unit`: a least value where more is better, else a most. Finite and above 0.
    pub required: f64,
    /// The kind's unit.
    pub unit: Unit,
}

impl Requirement {
    /// Which way is better.
    pub fn direction(&self) -> Direction {
        self.kind.direction()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    project: Project,
    #[serde(default)]
    requirement: Vec<Spanned<RequirementText>>,
    acceptance: Option<Spanned<Terms>>,
}

/// A requirement as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementText {
    clause: String,
    text: String,
    mark: Option<Spanned<String>>,
    metric: Spanned<String>,
    engine: Option<Spanned<String>>,
    storage: Option<Spanned<String>>,
    arithmetic: Option<Spanned<String>>,
    accumulate: Option<Spanned<String>>,
    sparsity: Option<Spanned<String>>,
    scope: Option<Spanned<String>>,
    mode: Option<Spanned<String>>,
    kernel: Option<Spanned<String>>,
    size: Option<Spanned<String>>,
    device: Option<Spanned<String>>,
    at_least: Option<Spanned<f64>>,
    at_most: Option<Spanned<f64>>,
    unit: Option<Spanned<String>>,
}

/// What is wrong: where, as bytes of the text, in which field, why, and what to type instead.
struct Fault {
    at: Option<Range<usize>>,
    field: &'static str,
    why: String,
    hint: String,
}

type Checked<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A field that is missing: the clause itself is the place.
    fn missing(field: &'static str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            at: None,
            field,
            why: why.into(),
            hint: hint.into(),
        }
    }

    /// A field that says something that can't be.
    fn at<T>(
        field: &'static str,
        text: &Spanned<T>,
        why: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            at: Some(text.span()),
            ..Self::missing(field, why, hint)
        }
    }
}

/// The requirements of a file.
///
/// # Errors
///
/// [`Error::Usage`] where it can't be read or is no such file, with line, clause, field, reason and what to write instead.
pub fn read(path: &Path) -> Result<Requirements> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| {
        let why = format!("can't be read: {error}");
        Error::usage(&*name, why, SEE_TEMPLATE)
    })?;
    of_bytes(&name, &bytes)
}

/// The requirements in the bytes of a file that is called `name`.
///
/// # Errors
///
/// Those of [`read`].
pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Requirements> {
    parse(bytes).map_err(|refusal| {
        let line = refusal
            .line
            .map_or(String::new(), |line| format!(":{line}"));
        Error::usage(format!("{name}{line}"), refusal.why, refusal.hint)
    })
}

/// Why bytes are no requirements.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// Clause, field and reason.
    pub why: String,
    /// What to type instead.
    pub hint: String,
}

impl Refusal {
    fn new(line: Option<usize>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            line,
            why: why.into(),
            hint: hint.into(),
        }
    }
}

/// The requirements in a file's content; a byte order mark and CRLF are fine.
pub(super) fn parse(bytes: &[u8]) -> std::result::Result<Requirements, Refusal> {
    let line = |at: usize| {
        let before = bytes.iter().take(at);
        before.filter(|byte| **byte == b'\n').count() + 1
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let hint = "save the file as UTF-8, not as GBK";
        Refusal::new(Some(line(error.valid_up_to())), "is not UTF-8", hint)
    })?;
    // What Windows' editor writes first is no part of the text; the line stays the same.
    let text = text.trim_start_matches('\u{feff}');
    let skipped = bytes.len() - text.len();
    let placed = |at: usize| Some(line(at + skipped));
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().and_then(|span| placed(span.start));
        Refusal::new(at, error.message(), SEE_TEMPLATE)
    })?;
    if file.requirement.is_empty() {
        return Err(Refusal::new(None, "holds no [[requirement]]", SEE_TEMPLATE));
    }
    let mut requirements = Vec::new();
    for spanned in file.requirement {
        let span = spanned.span();
        let text = spanned.into_inner();
        let name = text.clause.clone();
        let made = requirement(text).map_err(|fault| {
            let at = fault.at.map_or(span.start, |at| at.start);
            let why = format!("clause {}: {}: {}", short(&name), fault.field, fault.why);
            Refusal::new(placed(at), why, fault.hint)
        })?;
        requirements.push(made);
    }
    let acceptance = file.acceptance.map(|spanned| {
        let at = spanned.span().start;
        counted(spanned.into_inner()).map_err(|(why, hint)| Refusal::new(placed(at), why, hint))
    });
    Ok(Requirements {
        project: file.project,
        requirements,
        acceptance: acceptance.transpose()?,
    })
}

/// Terms whose numbers of cards can be.
fn counted(terms: Terms) -> std::result::Result<Terms, (&'static str, &'static str)> {
    let hint = "give cards_sampled as 1 at least, and cards_total not below it";
    match (terms.cards_sampled, terms.cards_total) {
        (Some(0), _) | (_, Some(0)) => Err(("acceptance: no cards", hint)),
        (Some(sampled), Some(total)) if sampled > total => Err((
            "acceptance: cards_sampled: more are measured than were delivered",
            hint,
        )),
        _ => Ok(terms),
    }
}

fn requirement(text: RequirementText) -> Checked<Requirement> {
    for (field, said) in [("clause", &text.clause), ("text", &text.text)] {
        if said.trim().is_empty() {
            let hint = "give the clause's number and its text to the letter";
            return Err(Fault::missing(field, "is empty", hint));
        }
    }
    let kind = KindText::of(&text).stated()?;
    let modes = [Mode::Sustained, Mode::Burst];
    let mode = text.mode.as_ref();
    let mode = mode.map_or(Ok(Mode::Sustained), |mode| {
        kind::named("mode", mode, &modes)
    })?;
    Ok(Requirement {
        mark: text.mark.as_ref().map(mark).transpose()?,
        mode,
        kernel: text.kernel.as_ref().map(kernel).transpose()?,
        size: size(text.size.as_ref(), &kind)?,
        device: text.device.as_ref().map(device).transpose()?,
        required: required(&text, &kind)?,
        unit: unit(text.unit.as_ref(), &kind)?,
        clause: text.clause,
        text: text.text,
        kind,
    })
}

#[cfg(test)]
mod tests;
