//! What a column holds, by its heading: in Chinese or English, in any order, as FlagPerf and others name them.

use super::number::{Measure, is_nothing, narrow, number, unit};
use super::table::{Line, Table};
use crate::figure::Format;

mod names;

use names::{NAMES, PARTS};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// What was measured, in words.
    Item,
    /// Of which chip.
    Chip,
    /// In which precision.
    Precision,
    /// The measured value.
    Measured,
    /// The rated value.
    Rated,
    /// Measured ÷ rated, as printed.
    Ratio,
    /// The unit of measured and rated.
    Unit,
    /// Which unit of the chip computed.
    Engine,
    /// The format in memory.
    Storage,
    /// The format of a multiplication.
    Arithmetic,
    /// The format of the sum.
    Accumulate,
    /// Dense or sparse.
    Sparsity,
    /// Of how much hardware.
    Scope,
    /// Words beside it.
    Note,
    /// The clock while it ran.
    Clock,
    /// How many runs.
    Runs,
    /// Their scatter.
    Spread,
    /// Average power.
    Watts,
    /// Rated power.
    RatedWatts,
    /// How long.
    Seconds,
    /// Energy.
    Joules,
    /// The rate of a whole centre.
    Total,
    /// How many cards.
    Cards,
    /// The rate of a card.
    PerCard,
    /// A part of a count.
    Part,
    /// All of a count.
    Whole,
    /// The part over all, as printed.
    Share,
    /// A rate of a format, under a heading that says no more.
    Rate(Format),
    /// Known, and of no use here.
    Other,
}

/// A heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// What the column holds.
    pub column: Column,
    /// As it is read.
    pub text: String,
    /// The unit that it names.
    pub measure: Option<Measure>,
}

/// A heading's name without brackets, blanks, underscores and hyphens.
fn key(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    let kept = name
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    kept.collect::<String>().to_lowercase()
}

/// The longest text that can be a heading, in bytes.
const LONGEST: usize = 120;

/// What a heading says; none where it is none that is known.
pub fn heading(text: &str) -> Option<Heading> {
    let plain = narrow(text);
    if plain.len() > LONGEST {
        return None;
    }
    let (name, measure) = parted(&plain);
    let key = key(name);
    let whole = NAMES
        .iter()
        .find(|(_, names)| names.split('|').any(|name| name == key));
    let holds = |names: &str| names.split('|').any(|part| key.contains(part));
    let part = || PARTS.iter().find(|(_, names)| holds(names));
    let rate = || format(name).map(Column::Rate);
    let known = whole.or_else(part).map(|(column, _)| *column);
    let column = known.or_else(rate)?;
    Some(Heading {
        column,
        text: plain.clone(),
        measure,
    })
}

/// A heading's name, and the unit in its brackets or behind its last underscore.
fn parted(plain: &str) -> (&str, Option<Measure>) {
    let inside = plain
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('));
    let split = inside.or_else(|| plain.rsplit_once('_'));
    match split.and_then(|(name, word)| Some((name, unit(word)?))) {
        Some((name, measure)) => (name, Some(measure)),
        None => (plain, None),
    }
}

/// The number format that words name.
pub fn format(text: &str) -> Option<Format> {
    let lower = narrow(text).to_lowercase();
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    // Each holds the name of the next.
    let (bf16, tf32) = (has(&lower, &["bf16", "bfloat16"]), has(&lower, &["tf32"]));
    let rest = lower
        .replace("bfloat16", "")
        .replace("bf16", "")
        .replace("tf32", "");
    let named = [
        (Format::F64, &["fp64", "f64", "float64", "双精度"][..]),
        (Format::F32, &["fp32", "f32", "float32", "单精度"]),
        (Format::F16, &["fp16", "f16", "float16", "half", "半精度"]),
        (Format::I8, &["int8", "i8", "整型"]),
        (Format::I32, &["int32", "i32"]),
    ];
    let mut named = named.into_iter();
    let found = named.find(|(_, words)| has(&rest, words));
    found.map(|(format, _)| format).or(match (bf16, tf32) {
        (true, _) => Some(Format::Bf16),
        (_, true) => Some(Format::Tf32),
        _ => None,
    })
}

/// A header with the rows under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Body<'a> {
    /// The header's line, from 1.
    pub line: usize,
    /// One a column.
    pub headings: Vec<Option<Heading>>,
    /// Rows with text.
    pub rows: Vec<&'a Line>,
}

/// The tables of a sheet: each a header and the rows under it, up to an empty row or the next header.
pub fn bodies(table: &Table) -> Vec<Body<'_>> {
    let mut bodies: Vec<Body<'_>> = Vec::new();
    let mut open = false;
    for line in &table.lines {
        if let Some(headings) = headings(line) {
            bodies.push(Body {
                line: line.number,
                headings,
                rows: Vec::new(),
            });
            open = true;
        } else if line.cells.is_empty() {
            open = false;
        } else if let Some(body) = bodies.last_mut().filter(|_| open) {
            body.rows.push(line);
        }
    }
    bodies
}

/// The headings of a header: no numbers, two columns that are known, one of them more than a precision or a unit.
fn headings(line: &Line) -> Option<Vec<Option<Heading>>> {
    let is_number = |cell: &String| matches!(number(cell), Ok(Some(_)));
    let is_slash = |cell: &String| !narrow(cell).is_empty() && is_nothing(cell);
    if line.cells.len() < 2
        || line
            .cells
            .iter()
            .any(|cell| is_number(cell) || is_slash(cell))
    {
        return None;
    }
    let headings: Vec<_> = line.cells.iter().map(|cell| heading(cell)).collect();
    let known = headings.iter().flatten();
    let columns: Vec<Column> = known.map(|heading| heading.column).collect();
    let says = |column: &Column| {
        use Column::{Chip, Item, Joules, Measured, Rated, Share, Total, Watts};
        [Chip, Item, Joules, Measured, Rated, Share, Total, Watts].contains(column)
    };
    (columns.len() > 1 && columns.iter().any(says)).then_some(headings)
}

impl Body<'_> {
    /// Where the column stands, from 0; the first of several.
    pub fn at(&self, column: Column) -> Option<usize> {
        let mut headings = self.headings.iter();
        headings.position(|one| one.as_ref().is_some_and(|one| one.column == column))
    }

    /// The text of a row in a column; empty where either isn't there.
    pub fn cell<'l>(&self, row: &'l Line, column: Column) -> &'l str {
        let cell = self.at(column).and_then(|at| row.cells.get(at));
        cell.map_or("", String::as_str)
    }

    /// The unit of a column's numbers, where they have none of their own: of its heading, else of the row.
    pub fn measure(&self, row: &Line, at: usize) -> Option<Measure> {
        let heading = self.headings.get(at)?.as_ref()?;
        let of_row = || unit(self.cell(row, Column::Unit));
        heading.measure.or_else(of_row)
    }
}
