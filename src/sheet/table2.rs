//! One row a chip and property: printed, official, of which kind, and what was measured of that kind.

use std::cmp::Reverse;

use serde::Serialize;

use super::{Flag, Row, Run};
use crate::chips::{Cell, Chip, Official, Property, State, Tag};
use crate::figure::{Figure, Kind, Ratio, Unit};
use crate::kernel::{Mode, Pattern};

/// How far above the official figure a measured one may be before the row says so.
const CEILING_SLACK: f64 = 0.02;

/// One property of one chip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChipRow {
    /// The chip's name as printed.
    pub chip: String,
    /// Its vendor as printed.
    pub vendor: String,
    /// Which property.
    pub metric: Property,
    /// The unit of its numbers.
    pub unit: Option<&'static str>,
    /// The report's text to the letter; absent beyond Table 2.
    pub printed: Option<String>,
    /// Every public value with its source.
    pub official: Vec<Official>,
    /// What the number counts, as stated.
    pub kind: Option<Kind>,
    /// The kind with what nobody stated filled in.
    pub presumed: Option<Kind>,
    /// What to know about it.
    pub flags: Vec<Flag>,
    /// What was measured of the same kind.
    pub measured: Option<Closest>,
    /// Measured ÷ official, where the device is this product.
    pub attainment: Option<f64>,
    /// Measured ÷ the chip's figure (official, else printed), where the device is another product.
    pub ratio: Option<f64>,
    /// Why there is no measured value or no ratio.
    pub reason: Option<String>,
}

/// The measured row that comes closest to a chip's figure: of the same kind, by the purest kernel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Closest {
    /// In `unit`.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Of the three.
    pub unit: Unit,
    /// Which kernel.
    pub kernel: String,
    /// At which size; empty where the kernel has none.
    pub size: String,
    /// On which device.
    pub device: String,
}

/// All rows: the chips of Table 2 always, others where one of them was measured or is `asked` for.
pub(super) fn rows(runs: &[Run], rows: &[Row], chips: &[Chip], asked: &[String]) -> Vec<ChipRow> {
    let measured = |chip: &Chip| {
        runs.iter()
            .any(|run| run.product.as_ref() == Some(&chip.name))
    };
    let mut table = Vec::new();
    let shown = |chip: &&Chip| chip.table2 || measured(chip) || asked.contains(&chip.name);
    for chip in chips.iter().filter(shown) {
        for cell in &chip.cells {
            let first = first_kind(chips, cell.property);
            table.push(row(runs, rows, chip, cell, first));
        }
    }
    table
}

/// The kind of the first number that Table 2 prints in a row: what a reader takes the row to be.
fn first_kind(chips: &[Chip], property: Property) -> Option<Kind> {
    let cells = chips.iter().filter(|chip| chip.table2);
    let mut figures = cells.filter_map(|chip| chip.cell(property)?.figure());
    figures.next().map(|figure| figure.kind)
}

fn row(runs: &[Run], rows: &[Row], chip: &Chip, cell: &Cell, first: Option<Kind>) -> ChipRow {
    let closest = closest(runs, rows, chip, cell);
    let mut row = ChipRow {
        chip: chip.name.clone(),
        vendor: chip.vendor.clone(),
        metric: cell.property,
        unit: cell.property.unit(),
        printed: cell.printed.clone(),
        official: cell.official.clone(),
        kind: cell.kind,
        presumed: cell.presumed,
        flags: flags(chip, cell, first),
        measured: None,
        attainment: None,
        ratio: None,
        reason: None,
    };
    if let Some((measured, figure)) = closest {
        let own = runs[measured.run].product.as_ref() == Some(&chip.name);
        match quotient(&figure, cell, own) {
            Ok(ratio) if own => {
                let above = ratio.value > 1.0 + CEILING_SLACK;
                row.flags.extend(above.then_some(Flag::AboveOfficial));
                row.flags.sort();
                row.attainment = Some(ratio.value);
            }
            Ok(ratio) => row.ratio = Some(ratio.value),
            Err(reason) => row.reason = Some(reason),
        }
        row.measured = Some(Closest::new(measured, figure.value));
    } else if cell.property.is_performance() {
        row.reason = Some(why_none(rows, cell));
    }
    row
}

impl Closest {
    fn new(row: &Row, value: f64) -> Self {
        Self {
            value,
            low: row.low,
            high: row.high,
            unit: row.unit,
            kernel: row.kernel.clone(),
            size: row.params.size(),
            device: row.device.clone(),
        }
    }
}

/// What can be said without a measurement.
fn flags(chip: &Chip, cell: &Cell, first: Option<Kind>) -> Vec<Flag> {
    let values = values(cell);
    let disagree = disagree(&values);
    let same = printed(cell).is_some() && values.len() > 1 && !disagree;
    let public = |wanted: fn(&Official) -> bool| cell.official.iter().any(wanted);
    let set = [
        (Flag::Same, same),
        (Flag::KindDiffers, kind_differs(cell, first)),
        (Flag::Conflict, disagree),
        (
            Flag::PublicButPrintedNa,
            cell.is_na() && public(|official| official.tag != Tag::Derived),
        ),
        (
            Flag::Unconfirmed,
            public(|official| official.tag != Tag::Confirmed),
        ),
        (Flag::Presumed, cell.presumed.is_some()),
        (
            Flag::NotMeasurable,
            chip.measurable.state == State::No && cell.property.is_performance(),
        ),
    ];
    let set = set.into_iter().filter(|(_, set)| *set);
    set.map(|(flag, _)| flag).collect()
}

/// Whether the printed number is of another kind than a public one, or than the row's first number.
fn kind_differs(cell: &Cell, first: Option<Kind>) -> bool {
    let (Some(figure), Some(first)) = (cell.figure(), first) else {
        return false;
    };
    let mut official = cell.official.iter();
    let unlike_first = first != figure.kind && !first.alike(&figure.kind);
    unlike_first || official.any(|official| official.kind != cell.kind)
}

/// A value as it is compared: a number or words, and what it counts as stated.
struct Value<'a> {
    number: Option<f64>,
    text: Option<&'a str>,
    kind: Option<Kind>,
}

/// The printed value, unless it is `NA`.
fn printed(cell: &Cell) -> Option<Value<'_>> {
    let text = cell.printed.as_deref().filter(|_| !cell.is_na())?;
    Some(Value {
        number: cell.value,
        text: Some(text),
        kind: cell.kind,
    })
}

/// The printed value and the official ones that claim to count the same thing.
fn values(cell: &Cell) -> Vec<Value<'_>> {
    let official = cell.official.iter().map(|official| Value {
        number: official.value,
        text: official.text.as_deref(),
        kind: official.kind,
    });
    let own = official.filter(|value| value.kind == cell.kind);
    printed(cell).into_iter().chain(own).collect()
}

fn disagree(values: &[Value<'_>]) -> bool {
    let pairs = values.iter().enumerate();
    pairs
        .clone()
        .any(|(i, a)| values[i + 1..].iter().any(|b| !agree(a, b)))
}

fn agree(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a.number, b.number) {
        (Some(a), Some(b)) => equal_as_written(a, b),
        _ => a.text.map(plain) == b.text.map(plain),
    }
}

/// Whether two numbers are equal within half a unit of the last decimal of the one with fewer:
/// 51.22 and 51.2 are, 18.5 and 37 are not.
fn equal_as_written(a: f64, b: f64) -> bool {
    let decimals = |x: f64| {
        x.to_string()
            .split_once('.')
            .map_or(0, |(_, after)| after.len())
    };
    let unit = 0.1_f64.powi(decimals(a).min(decimals(b)) as i32);
    (a - b).abs() <= 0.5 * unit * (1.0 + 1e-9)
}

/// Words without case, spaces and spelling: `PCIeGen4.0×16` is `PCIe 4.0 x16`.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_whitespace());
    let lower: String = letters.flat_map(char::to_lowercase).collect();
    lower.replace('×', "x").replace("gen", "")
}

/// The measured row of the same kind as the cell: on this product if it was measured, sustained,
/// on random data, a peak before a product of matrices, of those the largest, and of several runs the
/// latest.
fn closest<'a>(
    runs: &[Run],
    rows: &'a [Row],
    chip: &Chip,
    cell: &Cell,
) -> Option<(&'a Row, Figure)> {
    let figures = figures(cell);
    let alike = |row: &&Row| figures.iter().any(|figure| figure.kind.alike(&row.kind));
    let candidates = rows.iter().filter(|row| row.value.is_some()).filter(alike);
    let ranked = candidates.filter_map(|row| {
        let other = runs[row.run].product.as_ref() != Some(&chip.name);
        let odd_data = row.data.is_some_and(|data| data != Pattern::Random);
        let key = (
            other,
            row.mode != Mode::Sustained,
            odd_data,
            rank(&row.kernel)?,
        );
        let started = Reverse(&runs[row.run].started);
        Some(((key, Reverse(size(row)), started), row))
    });
    let (_, best) = ranked.min_by_key(|(key, _)| *key)?;
    Some((best, best.figure()?))
}

/// Every number of the cell as a figure, the public ones first.
fn figures(cell: &Cell) -> Vec<Figure> {
    let official = cell.official.iter().filter_map(Official::figure);
    official.chain(cell.figure()).collect()
}

/// Which kernel speaks for a kind first. Sweeps over caches and workgroup memory never speak for the memory.
fn rank(kernel: &str) -> Option<u8> {
    match kernel {
        "memory/copy" => Some(0),
        "memory/triad" => Some(1),
        "memory/read" => Some(2),
        "memory/write" => Some(3),
        _ if kernel.starts_with("peak/") => Some(0),
        _ if kernel.starts_with("gemm/") => Some(1),
        _ => None,
    }
}

fn size(row: &Row) -> u128 {
    let product = row.params.mnk().into_iter().map(|size| size as u128);
    product.product::<u128>() * u128::from(row.params.bytes.unwrap_or(1))
}

/// Measured ÷ the chip's figure: its official one, and across products else the printed one.
fn quotient(measured: &Figure, cell: &Cell, own: bool) -> Result<Ratio, String> {
    let alike = |figure: &Figure| figure.kind.alike(&measured.kind);
    let official = cell.official.iter().filter_map(Official::figure);
    let mut figures: Vec<_> = official.filter(alike).collect();
    if figures.is_empty() && !own {
        figures.extend(cell.figure().filter(alike));
    }
    let first = figures.first().ok_or("no official figure of this kind")?;
    let differ = |figure: &Figure| !equal_as_written(first.value, figure.value);
    if figures.iter().any(differ) {
        let values: Vec<_> = figures
            .iter()
            .map(|figure| figure.value.to_string())
            .collect();
        return Err(format!("official values disagree ({})", values.join(", ")));
    }
    measured.over(first).map_err(|error| error.to_string())
}

/// Why nothing measured is of the cell's kind.
fn why_none(rows: &[Row], cell: &Cell) -> String {
    let Some(kind) = cell.presumed.or(cell.kind) else {
        return "no figure of it is known".into();
    };
    let measured = rows
        .iter()
        .filter(|row| row.value.is_some() && rank(&row.kernel).is_some());
    let near =
        measured.filter(|row| row.kind.metric == kind.metric && row.kind.storage == kind.storage);
    let unlike = near.map(|row| (kind.differences(&row.kind), row));
    match unlike.min_by_key(|(fields, row)| (fields.len(), rank(&row.kernel))) {
        Some((fields, row)) => {
            let fields = fields.join(", ");
            format!("{} is of another kind: {fields}", row.kernel)
        }
        None => "no kernel of this kind was measured".into(),
    }
}
