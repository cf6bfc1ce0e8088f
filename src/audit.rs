//! Is a foreign sheet plausible: what in a table of somebody else's can't be, can be contested, or is to be known.
//!
//! Nothing is held against a tolerance of ours: two numbers agree where some number rounds to each as printed. Which kind
//! a number is of is known from the chips' public figures, where it equals one.

use serde::Serialize;

use crate::chips::Chip;
use crate::error::{Error, Result};
use crate::files;
use crate::import::columns::{Column, bodies};
use crate::import::table;

mod arithmetic;
mod evidence;
mod kinds;
mod view;

use view::View;
pub use view::{Rating, ratings};

/// The schema of an audit as JSON.
pub const SCHEMA: u64 = 1;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The printed numbers contradict each other.
    Impossible,
    /// It may be so, and nothing in the sheet shows it.
    Contestable,
    /// To be known.
    Note,
}

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A printed ratio is measured ÷ rated.
    Ratio,
    /// A ratio has both operands.
    Operands,
    /// W × s = J.
    Energy,
    /// A centre's rate ÷ its cards is a card's rate.
    CardRate,
    /// A share is its quotient.
    Share,
    /// A measured value above the rated one has a clock log.
    AboveRated,
    /// A column is of one kind.
    MixedKinds,
    /// A rate names its engine.
    Engine,
    /// A number of P names its precision.
    Precision,
    /// A value has runs or a spread.
    BestOfOne,
    /// Power fits the load.
    Power,
    /// A measured value is not the rated one.
    Copied,
    /// A rated value is one that the vendor published.
    Rated,
    /// A cell of numbers can be read.
    Unreadable,
}

/// One thing that a sheet's reader should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where: `file:line:column`, or `file:sheet!B7`.
    pub place: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What was looked for.
    pub rule: Rule,
    /// What the sheet says.
    pub seen: String,
    /// What it should say.
    pub wanted: String,
}

/// The findings in one sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// The format's number.
    pub schema: u64,
    /// The sheet's name.
    pub file: String,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// Rows under headings that are known.
    pub rows: usize,
    /// The gravest first, then in the sheet's order.
    pub findings: Vec<Finding>,
}

impl Audit {
    /// How many findings weigh so much.
    pub fn count(&self, severity: Severity) -> usize {
        let of = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(of).count()
    }
}

/// Columns by which a table can be judged.
const JUDGED: [Column; 8] = [
    Column::Measured,
    Column::Rated,
    Column::Ratio,
    Column::Share,
    Column::Joules,
    Column::Total,
    Column::PerCard,
    Column::Watts,
];

/// The findings in a file's bytes; `name` is what places are called by, `rated` are rated values of another file.
///
/// # Errors
///
/// Those of [`table::tables`]; [`Error::Usage`] where no table has headings that are known.
pub fn audit(name: &str, bytes: &[u8], rated: &[Rating], chips: &[Chip]) -> Result<Audit> {
    let tables = table::tables(name, bytes)?;
    let (mut findings, mut rows) = (Vec::new(), 0);
    let mut judged = false;
    for table in &tables {
        for body in bodies(table) {
            let known = body.headings.iter().flatten();
            let mut known = known.map(|heading| heading.column);
            judged |= known.any(|one| JUDGED.contains(&one) || matches!(one, Column::Rate(_)));
            rows += body.rows.len();
            let view = View {
                table,
                body: &body,
                rated,
                chips,
            };
            findings.extend(view.unreadable());
            findings.extend(arithmetic::findings(&view));
            findings.extend(kinds::findings(&view));
            findings.extend(evidence::findings(&view));
        }
    }
    if !judged || rows == 0 {
        let why = "has no table with headings that are known and a row";
        let hint = "name the columns, such as 芯片, 测试值, 标定值, 测试标定比例, or chip, measured, rated, ratio; or part, whole, share";
        return Err(Error::usage(name, why, hint));
    }
    // Stable: findings of one weight stay in the sheet's order.
    findings.sort_by_key(|finding| finding.severity);
    Ok(Audit {
        schema: SCHEMA,
        file: name.into(),
        sha256: files::sha256(bytes),
        rows,
        findings,
    })
}

#[cfg(test)]
mod tests;
