//! One table of the sheet as the rules see it: numbers with their units, chips, and the chips' public figures.

use super::{Finding, Rule, Severity};
use crate::chips::{self, Chip, Property, Tag};
use crate::error::{Result, short};
use crate::figure::{Engine, Figure, Format, Metric, Sparsity, word};
use crate::import::columns::{Body, Column, bodies};
use crate::import::kinds;
use crate::import::number::{Measure, Number, Quantity, Span, narrow, number};
use crate::import::table::{self, Line, Table};

/// A table with what it is held against.
pub(super) struct View<'a> {
    pub(super) table: &'a Table,
    pub(super) body: &'a Body<'a>,
    pub(super) rated: &'a [Rating],
    pub(super) chips: &'a [Chip],
}

/// A rated value of another file.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    chip: String,
    format: Option<Format>,
    value: Value,
}

/// A cell's number in base units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// Where it stands.
    pub(super) place: String,
    /// As printed.
    pub(super) text: String,
    /// As read.
    pub(super) number: Number,
    /// What it may have been before rounding.
    pub(super) span: Span,
    /// What its unit counts; absent without one.
    pub(super) quantity: Option<Quantity>,
}

/// A public figure of a chip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// In the unit of its kind, as it is printed.
    pub(super) text: String,
    /// In base units, with half a unit of its last digit.
    pub(super) span: Span,
    /// What it counts.
    pub(super) figure: Figure,
    /// The vendor's, rather than the report's or a sum of ours.
    pub(super) official: bool,
}

/// Columns of single numbers.
const NUMBERS: [Column; 13] = [
    Column::Measured,
    Column::Rated,
    Column::Ratio,
    Column::Watts,
    Column::RatedWatts,
    Column::Seconds,
    Column::Joules,
    Column::Cards,
    Column::PerCard,
    Column::Part,
    Column::Whole,
    Column::Share,
    Column::Runs,
];

impl<'a> View<'a> {
    /// A finding at a place.
    pub(super) fn finding(
        place: &str,
        severity: Severity,
        rule: Rule,
        seen: impl Into<String>,
        wanted: impl Into<String>,
    ) -> Finding {
        Finding {
            place: place.into(),
            severity,
            rule,
            seen: seen.into(),
            wanted: wanted.into(),
        }
    }

    /// Where a column's heading stands.
    pub(super) fn header(&self, at: usize) -> String {
        self.table.place(self.body.line, at)
    }

    /// The number of a row in the column at `at`; none where there is none, or it can't be read.
    pub(super) fn at(&self, row: &Line, at: usize) -> Option<Value> {
        let text = narrow(row.cells.get(at)?);
        let number = number(&text).ok()??;
        let measure = number.measure.or_else(|| self.body.measure(row, at));
        Some(Value {
            place: self.table.place(row.number, at),
            span: number.span(measure),
            quantity: measure.map(|unit| unit.quantity),
            text,
            number,
        })
    }

    /// The number of a row in a column.
    pub(super) fn value(&self, row: &Line, column: Column) -> Option<Value> {
        self.at(row, self.body.at(column)?)
    }

    /// The same with a rate in base units: without a unit, the TFLOPS or TOPS that sheets of chips are in.
    pub(super) fn rate(&self, row: &Line, at: usize) -> Option<Value> {
        let value = self.at(row, at)?;
        match value.quantity {
            Some(Quantity::Rate) => Some(value),
            Some(_) => None,
            None => Some(Value {
                span: value.number.span(Some(TERA)),
                quantity: Some(Quantity::Rate),
                ..value
            }),
        }
    }

    /// The chip of a row, where it is one that is known.
    pub(super) fn chip(&self, row: &Line) -> Option<&'a Chip> {
        chips::find(self.chips, &narrow(self.body.cell(row, Column::Chip))).ok()
    }

    /// What a row of a long table measures: metric and number format.
    pub(super) fn measures(&self, row: &Line) -> (Option<Metric>, Option<Format>) {
        let at = self
            .body
            .at(Column::Measured)
            .or(self.body.at(Column::Rated));
        let heading = at.and_then(|at| self.body.headings[at].as_ref());
        let heading = heading.map_or("", |heading| &*heading.text);
        let words = format!("{} {heading}", self.body.cell(row, Column::Item));
        let precision = self.body.cell(row, Column::Precision);
        let format = kinds::stated(&words, precision).storage;
        let quantity = at.and_then(|at| self.at(row, at)?.quantity);
        let metric = kinds::metric(&words, quantity).or(format.map(|_| Metric::Rate));
        (metric, format)
    }

    /// The rated value that a row's measured one is held against: its own, else the other file's.
    pub(super) fn rated(&self, row: &Line) -> Option<Value> {
        if let Some(at) = self.body.at(Column::Rated) {
            let own = match self.measures(row).0 {
                Some(Metric::Rate) => self.rate(row, at),
                _ => self.at(row, at),
            };
            if own.is_some() {
                return own;
            }
        }
        let key = key(self.chips, self.body.cell(row, Column::Chip));
        let format = self.measures(row).1;
        let mut others = self.rated.iter();
        let other = others.find(|one| one.chip == key && one.format == format);
        other.map(|one| one.value.clone())
    }

    /// Cells of numbers that hold none: nothing can be said of them.
    pub(super) fn unreadable(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for row in &self.body.rows {
            for (at, cell) in row.cells.iter().enumerate() {
                let heading = self.body.headings.get(at).and_then(Option::as_ref);
                let counts = heading.is_some_and(|one| NUMBERS.contains(&one.column));
                if let (true, Err(why)) = (counts, number(cell)) {
                    let (place, seen) = (self.table.place(row.number, at), short(cell));
                    let rule = Rule::Unreadable;
                    findings.push(Self::finding(&place, Severity::Note, rule, seen, why));
                }
            }
        }
        findings
    }
}

/// What a sheet of chips means where it names no unit.
const TERA: Measure = Measure {
    quantity: Quantity::Rate,
    base: 1e12,
};

/// A chip's name, or the text where it is none that is known.
fn key(chips: &[Chip], text: &str) -> String {
    let text = narrow(text);
    chips::find(chips, &text).map_or(text, |chip| chip.name.clone())
}

/// The rated values of another file: columns chip, item or precision, and rated.
///
/// # Errors
///
/// Those of [`table::tables`], and [`crate::error::Error::Usage`] where there is none.
pub fn ratings(name: &str, bytes: &[u8], chips: &[Chip]) -> Result<Vec<Rating>> {
    let mut ratings = Vec::new();
    for table in &table::tables(name, bytes)? {
        for body in bodies(table) {
            let view = View {
                table,
                body: &body,
                rated: &[],
                chips,
            };
            ratings.extend(body.rows.iter().filter_map(|row| {
                let chip = key(chips, body.cell(row, Column::Chip));
                let format = view.measures(row).1;
                let value = view.rated(row)?;
                Some(Rating {
                    chip,
                    format,
                    value,
                })
            }));
        }
    }
    if ratings.is_empty() {
        let why = "has no rated values";
        let hint = "name its columns chip, precision and rated, or 芯片, 精度 and 标定值";
        return Err(crate::error::Error::usage(name, why, hint));
    }
    Ok(ratings)
}

impl Known {
    fn of(figure: Figure, official: bool) -> Option<Self> {
        let text = figure.value.to_string();
        let read = number(&text).ok()??;
        let base = figure.unit.in_base();
        let span = Span {
            low: (read.value - read.half) * base,
            high: (read.value + read.half) * base,
        };
        Some(Self {
            text,
            span,
            figure,
            official,
        })
    }

    /// Engine and sparsity in words: `vector`, `matrix`, `2:4 sparse matrix`; none where nobody said, nor may presume.
    pub(super) fn class(&self) -> Option<String> {
        let kind = &self.figure.kind;
        let engine = kind
            .engine
            .filter(|engine| *engine != Engine::Unspecified)?;
        let engine = word(&engine);
        Some(match self.is_sparse() {
            true => format!("2:4 sparse {engine}"),
            false => engine,
        })
    }

    /// Whether it counts operations that are skipped.
    pub(super) fn is_sparse(&self) -> bool {
        self.figure.kind.sparsity == Some(Sparsity::TwoOfFour)
    }
}

/// The public rates of a chip in a format, printed ones and official ones.
pub(super) fn known(chip: &Chip, format: Format) -> Vec<Known> {
    let rates = chip.cells.iter().filter(|cell| cell.property.is_rate());
    let figures = rates.flat_map(|cell| {
        let official = cell.official.iter().map(|one| {
            let vendors = matches!(one.tag, Tag::Confirmed | Tag::Unconfirmed);
            (one.figure(), vendors)
        });
        std::iter::once((cell.figure(), false)).chain(official)
    });
    let known = figures.filter_map(|(figure, official)| Known::of(figure?, official));
    known
        .filter(|known| known.figure.kind.storage == Some(format))
        .collect()
}

/// The rated power of a chip in watts, the most that is public.
pub(super) fn watts(chip: &Chip) -> Option<Span> {
    let cell = chip.cell(Property::Power)?;
    let values = cell.official.iter().filter_map(|one| one.value);
    let most = values.fold(0.0, f64::max);
    (most > 0.0).then_some(Span {
        low: most,
        high: most,
    })
}
