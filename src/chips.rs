//! The report's Table 2 cell by cell, and what is public beside it: official figures, conflicts, kinds.
//!
//! The data is `chips/table2.toml` and `chips/others.toml`, and what files of the user's add; `parse` refuses it with
//! line, chip, metric and reason where a cell is wrong. A chip here is one row of the table, which is one product ([`Chip::product`]): a figure
//! measured on another product of the same family is never its attainment.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::figure::{Basis, Figure, Kind};

mod centres;
mod lookup;
mod parse;

pub use centres::{Centre, Stage, Stated, centre, centres, stated};
pub use lookup::{find, product};

/// The data as built in, by file name.
const BUILT_IN: [(&str, &str); 2] = [
    ("chips/table2.toml", include_str!("chips/table2.toml")),
    ("chips/others.toml", include_str!("chips/others.toml")),
];

/// What a cell tells of a chip. The first eight are the rows of the report's Table 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// Single precision rate (单精度浮点算力).
    Fp32,
    /// Half precision rate (半精度浮点算力), by whatever engine.
    Fp16,
    /// 8-bit integer rate (整型算力).
    Int8,
    /// Process (制程).
    Process,
    /// Memory (显存容量).
    Memory,
    /// Memory type (显存类型).
    MemoryType,
    /// Bus (总线接口).
    Bus,
    /// Software stack (生态).
    Ecosystem,
    /// Double precision rate.
    Fp64,
    /// TF32 rate of the matrix engine.
    Tf32Matrix,
    /// Half precision rate of the matrix engine.
    Fp16Matrix,
    /// Memory bandwidth.
    Bandwidth,
    /// Rated power.
    Power,
}

impl Property {
    /// The rows of Table 2, in its order.
    pub const TABLE2: [Self; 8] = [
        Self::Fp32,
        Self::Fp16,
        Self::Int8,
        Self::Process,
        Self::Memory,
        Self::MemoryType,
        Self::Bus,
        Self::Ecosystem,
    ];

    /// Whether cells are rates, whose kind has an engine and formats.
    pub fn is_rate(self) -> bool {
        use Property::{Fp16, Fp16Matrix, Fp32, Fp64, Int8, Tf32Matrix};
        matches!(self, Fp32 | Fp16 | Int8 | Fp64 | Tf32Matrix | Fp16Matrix)
    }

    /// Whether suanli has kernels that measure it.
    pub fn is_performance(self) -> bool {
        self.is_rate() || self == Self::Bandwidth
    }

    /// The unit of the cell's numbers; none where cells are words.
    pub fn unit(self) -> Option<&'static str> {
        Some(match self {
            Self::Int8 => "TOPS",
            Self::Process => "nm",
            Self::Memory => "GB",
            Self::Bandwidth => "GB/s",
            Self::Power => "W",
            Self::MemoryType | Self::Bus | Self::Ecosystem => return None,
            _ => "TFLOPS",
        })
    }
}

/// How well a public value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tag {
    /// Seen in the vendor's text or sheet, or in a reproduction of it.
    Confirmed,
    /// Known, but no page was seen.
    Unconfirmed,
    /// Arithmetic on other figures.
    Derived,
    /// A third party's table.
    Database,
}

/// Whether this tool can run on the chip at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Yes.
    Yes,
    /// Perhaps: nobody has shown it.
    Unproven,
    /// No driver that this tool can use is known.
    No,
}

/// Whether this tool can run on the chip, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurable {
    /// Yes, no, or not shown.
    pub state: State,
    /// Why.
    pub reason: String,
}

/// How a device says that it is this product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// PCI ids, `vendor:device` in hex.
    pub pci: Vec<String>,
    /// Whole adapter names.
    pub names: Vec<String>,
}

/// A public value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Official {
    /// The number in the property's unit; absent where the value is words.
    pub value: Option<f64>,
    /// The value in words, where it is not a number or has a name too.
    pub text: Option<String>,
    /// What the number counts, as stated.
    pub kind: Option<Kind>,
    /// The kind with what nobody stated filled in by presumption.
    pub presumed: Option<Kind>,
    /// How well it is known.
    pub tag: Tag,
    /// Where it stands.
    pub source: String,
    /// When it was seen there, as 2026-11-22.
    pub date: String,
}

/// One property of one chip: what the report prints, and what is public.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Which property.
    #[serde(rename = "metric")]
    pub property: Property,
    /// The report's text to the letter; absent beyond Table 2.
    pub printed: Option<String>,
    /// The printed number in the property's unit.
    pub value: Option<f64>,
    /// What the printed number counts, as stated; where none is printed, the public one's kind.
    pub kind: Option<Kind>,
    /// The kind with what nobody stated filled in by presumption.
    pub presumed: Option<Kind>,
    /// Public values: several where they disagree or count different things.
    pub official: Vec<Official>,
    /// What is wrong or mixed.
    pub note: Option<String>,
}

/// One chip of Table 2, or a further product with official figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chip {
    /// As printed.
    pub name: String,
    /// As printed, in Chinese.
    pub vendor: String,
    /// The vendor's English name.
    pub vendor_en: String,
    /// One of the report's eight.
    pub table2: bool,
    /// Which product the row really is.
    pub product: String,
    /// Other names to find it by.
    pub aliases: Vec<String>,
    /// How a device says that it is this product.
    pub adapter: Adapter,
    /// Whether this tool can run on it.
    pub measurable: Measurable,
    /// What is wrong or mixed in the row.
    pub note: Option<String>,
    /// Its cells, Table 2's first and in its order.
    pub cells: Vec<Cell>,
}

impl Official {
    /// The number as a figure; none for words and for properties without a kind.
    pub fn figure(&self) -> Option<Figure> {
        let basis = match self.tag {
            Tag::Derived => Basis::Derived,
            _ => Basis::Official,
        };
        figure(self.value, self.kind, self.presumed, basis, &self.source)
    }
}

impl Cell {
    /// The printed number as a figure; none for `NA`, for words and for properties without a kind.
    pub fn figure(&self) -> Option<Figure> {
        figure(
            self.value,
            self.kind,
            self.presumed,
            Basis::Printed,
            "Table 2",
        )
    }

    /// Whether the report prints `NA`.
    pub fn is_na(&self) -> bool {
        self.printed.as_deref() == Some("NA")
    }
}

fn figure(
    value: Option<f64>,
    stated: Option<Kind>,
    presumed: Option<Kind>,
    basis: Basis,
    source: &str,
) -> Option<Figure> {
    let kind = presumed.or(stated)?;
    Some(Figure {
        value: value?,
        unit: kind.unit(),
        kind,
        basis: presumed.map_or(basis, |_| Basis::Presumed),
        source: source.into(),
    })
}

impl Chip {
    /// The cell of a property.
    pub fn cell(&self, property: Property) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.property == property)
    }
}

/// All chips built in: the eight of Table 2 in its order, then further products.
///
/// # Errors
///
/// [`Error::Data`] with line, chip, metric and reason where the data is wrong.
pub fn all() -> Result<Vec<Chip>> {
    of_texts(&BUILT_IN, &[])
}

/// The texts of the data built in, by file name.
pub fn built_in() -> [(&'static str, &'static str); 2] {
    BUILT_IN
}

/// All chips built in and those of `files`, which take the place of a chip of the same name.
///
/// # Errors
///
/// Those of [`of_file`].
pub fn with(files: &[PathBuf]) -> Result<Vec<Chip>> {
    let read = |file: &PathBuf| Ok((file.clone(), text(file)?));
    let own: Result<Vec<_>> = files.iter().map(read).collect();
    of_texts(&BUILT_IN, &own?)
}

/// The chips of `data`, texts like those built in by file name, and those of `own`, texts of users by their paths, which
/// take the place of a chip of the same name.
///
/// # Errors
///
/// [`Error::Data`] where `data` is wrong, and those of [`of_file`].
pub fn of_texts(data: &[(&str, &str)], own: &[(PathBuf, String)]) -> Result<Vec<Chip>> {
    let mut chips = Vec::new();
    for (what, text) in data {
        let more = parse::parse(text).map_err(|refusal| Error::Data {
            what: refusal
                .line
                .map_or((*what).into(), |line| format!("{what}:{line}")),
            why: refusal.why,
        })?;
        chips.extend(more);
    }
    let printing = chips.clone();
    for (path, text) in own {
        for chip in checked(path, text, &printing)? {
            match chips.iter_mut().find(|known| known.name == chip.name) {
                Some(known) => *known = chip,
                None => chips.push(chip),
            }
        }
    }
    Ok(chips)
}

/// The chips of a user's file.
///
/// # Errors
///
/// [`Error::Usage`] where it can't be read, with line, chip, metric and reason where a cell is wrong, and where it makes
/// the report print what it doesn't.
pub fn of_file(path: &Path) -> Result<Vec<Chip>> {
    checked(path, &text(path)?, &all()?)
}

/// The text of a user's file.
///
/// # Errors
///
/// [`Error::Usage`] where it can't be read.
pub fn text(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path);
    text.map_err(|error| refused(path, None, format!("can't be read: {error}")))
}

fn checked(path: &Path, text: &str, printing: &[Chip]) -> Result<Vec<Chip>> {
    let wrong = |refusal: parse::Refusal| refused(path, refusal.line, refusal.why);
    let chips = parse::parse(text).map_err(wrong)?;
    for chip in &chips {
        let known = printing.iter().find(|known| known.name == chip.name);
        if printed(chip) != known.map_or(Vec::new(), printed) {
            let why = "printed is what the report prints: leave it as it is built in, or leave table2 false";
            return Err(refused(path, None, format!("{}: {why}", chip.name)));
        }
    }
    Ok(chips)
}

fn refused(path: &Path, line: Option<usize>, why: String) -> Error {
    let line = line.map_or(String::new(), |line| format!(":{line}"));
    let what = format!("{}{line}", path.display());
    let hint = "`suanli chips --template` prints a file with every field";
    Error::usage(what, why, hint)
}

/// What the report prints of a chip.
fn printed(chip: &Chip) -> Vec<(Property, &str)> {
    let cells = chip.cells.iter();
    cells
        .filter_map(|cell| Some((cell.property, cell.printed.as_deref()?)))
        .collect()
}

#[cfg(test)]
mod tests;
