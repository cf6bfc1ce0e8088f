//! What others measured with other tools, as a lower class of evidence: never a measured value of ours, never in an order.
//!
//! A file as FlagPerf's tables are (测试值, 标定值, 测试标定比例), CSV or XLSX, becomes an imported file that names its origin
//! by hash. Kind fields that nobody stated are `unspecified`, so that no ratio is taken of them; what is presumed is
//! presumed by whoever imports, and printed so.

use serde::{Deserialize, Serialize};

use crate::chips::Chip;
use crate::error::{Error, Result};
use crate::figure::{Basis, Figure, Kind, Ratio, Unit, UnlikeKinds};
use crate::files;

pub mod columns;
mod file;
pub mod kinds;
pub mod number;
mod reader;
pub mod table;
mod xlsx;

pub use kinds::Fields;
pub use table::Table;
pub use xlsx::tables as workbook;

use columns::{Body, Column, bodies};
use number::Measure;
use reader::Reader;

/// The schema of an imported file.
pub const SCHEMA: u64 = 1;

/// What the `kind` of an imported file says.
pub const KIND: &str = "suanli-imported";

/// Measurements of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imported {
    /// The format's number.
    pub schema: u64,
    /// Always [`KIND`].
    pub kind: String,
    /// The version of suanli that imported it.
    pub tool: String,
    /// When, UTC.
    pub imported: String,
    /// The name of the file that was read.
    pub file: String,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// Who measured, where it stands, in the words of whoever imported it.
    pub source: String,
    /// Of when the measurements are, as 2026-05-01.
    pub date: String,
    /// One a measured value, in the file's order.
    pub rows: Vec<Reading>,
}

/// One value of another's table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Always [`Basis::Imported`].
    pub basis: Basis,
    /// Where the value stands: `file:line:column`, or `file:sheet!B7`.
    pub place: String,
    /// Which chip.
    pub chip: String,
    /// What was measured, in the table's words.
    pub item: String,
    /// What may be compared with it, as stated; absent where it is nothing that this tool measures.
    pub kind: Option<Kind>,
    /// The kind with what whoever imported it presumes.
    pub presumed: Option<Kind>,
    /// The measured cell to the letter.
    pub printed: String,
    /// In `unit`; absent where the cell has none, or there is no kind.
    pub value: Option<f64>,
    /// Of value and rated value.
    pub unit: Option<Unit>,
    /// The rated cell to the letter.
    pub rated_printed: Option<String>,
    /// In `unit`.
    pub rated: Option<f64>,
    /// The ratio's cell to the letter.
    pub ratio_printed: Option<String>,
    /// What is wrong with the row, or left open.
    pub doubts: Vec<String>,
    /// The table's own words.
    pub note: Option<String>,
}

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// The chip of rows that name none.
    pub chip: Option<&'a str>,
    /// Kind fields stated for every row.
    pub stated: Fields,
    /// Kind fields presumed where nobody stated them.
    pub presumed: Fields,
    /// The unit of values that have none.
    pub unit: Option<Measure>,
    /// Who measured, and where it stands.
    pub source: &'a str,
    /// Of when the measurements are.
    pub date: &'a str,
    /// Now, UTC.
    pub now: &'a str,
}

impl Imported {
    /// The file's text: JSON with a final newline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Reading {
    fn figure(&self, value: Option<f64>) -> Option<Figure> {
        Some(Figure {
            value: value?,
            unit: self.unit?,
            kind: self.presumed.or(self.kind)?,
            basis: self.presumed.map_or(Basis::Imported, |_| Basis::Presumed),
            source: self.place.clone(),
        })
    }

    /// Measured ÷ rated; none where either is absent.
    ///
    /// # Errors
    ///
    /// [`UnlikeKinds`] where a field of the kind is open: nobody said that both count the same.
    pub fn ratio(&self) -> Option<Result<Ratio, UnlikeKinds>> {
        let rated = self.figure(self.rated).filter(|rated| rated.value > 0.0)?;
        Some(self.figure(self.value)?.over(&rated))
    }
}

/// The measurements in a file's bytes; `name` is what places are called by.
///
/// # Errors
///
/// Those of [`table::tables`]; [`Error::Usage`] with `file:line:column` where a row can't be read, where it contradicts what is
/// stated for all, and where no table of measured values is there. One row that can't be read refuses the file: what is
/// left of it would be a choice.
pub fn read(name: &str, bytes: &[u8], request: &Request<'_>, chips: &[Chip]) -> Result<Imported> {
    let mut rows = Vec::new();
    let tables = table::tables(name, bytes)?;
    for table in &tables {
        let measured = |body: &Body<'_>| body.at(Column::Measured).is_some();
        for body in bodies(table).iter().filter(|body| measured(body)) {
            for at in 0..body.headings.len() {
                let is = |heading: &columns::Heading| heading.column == Column::Measured;
                if body.headings[at].as_ref().is_some_and(is) {
                    let read = Reader {
                        table,
                        body,
                        at,
                        request,
                        chips,
                    };
                    rows.extend(read.rows()?);
                }
            }
        }
    }
    if rows.is_empty() {
        let why = "has no table with a column of measured values (测试值, measured) and a row";
        let hint = "name the columns 评测项, 测试值, 标定值, 测试标定比例, or item, measured, rated, ratio";
        return Err(Error::usage(name, why, hint));
    }
    Ok(Imported {
        schema: SCHEMA,
        kind: KIND.into(),
        tool: format!("suanli {}", env!("CARGO_PKG_VERSION")),
        imported: request.now.into(),
        file: name.into(),
        sha256: files::sha256(bytes),
        source: request.source.into(),
        date: request.date.into(),
        rows,
    })
}

#[cfg(test)]
mod tests;
