//! The rows of one column of measured values.

use super::columns::{Body, Column, format};
use super::number::{Measure, Number, is_nothing, is_quotient, narrow, number};
use super::table::{Line, Table};
use super::{Fields, Reading, Request, kinds};
use crate::chips::{self, Chip};
use crate::error::{Error, Result};
use crate::figure::{Basis, Kind, Metric};

/// One column of measured values with what belongs to it.
pub(super) struct Reader<'a> {
    pub(super) table: &'a Table,
    pub(super) body: &'a Body<'a>,
    pub(super) at: usize,
    pub(super) request: &'a Request<'a>,
    pub(super) chips: &'a [Chip],
}

/// A number with its unit, and its cell.
type Value = (Option<(Number, Measure)>, String);

impl Reader<'_> {
    pub(super) fn rows(&self) -> Result<Vec<Reading>> {
        let rows = self.body.rows.iter();
        rows.map(|row| self.row(row)).collect()
    }

    fn refused(&self, row: &Line, at: usize, why: impl Into<String>) -> Error {
        let hint = "correct the cell, or leave the row out and say so in --source";
        Error::usage(self.table.place(row.number, at), why, hint)
    }

    /// The column of this kind that belongs to the measured one: the next after it, else the first.
    fn beside(&self, column: Column) -> Option<usize> {
        let is = |at: &usize| {
            let heading = self.body.headings.get(*at).and_then(Option::as_ref);
            heading.is_some_and(|heading| heading.column == column)
        };
        (self.at..self.body.headings.len())
            .find(is)
            .or_else(|| self.body.at(column))
    }

    fn row(&self, row: &Line) -> Result<Reading> {
        let words = self.words(row);
        let (measured, printed) = self.value(row, self.at)?;
        let of_rated = self.beside(Column::Rated);
        let rated = of_rated.map(|at| self.value(row, at)).transpose()?;
        let (rated, rated_printed) = rated.unwrap_or_default();
        let metric = kinds::metric(&words, measured.map(|(_, measure)| measure.quantity));
        let rated_at = of_rated.unwrap_or(self.at);
        self.alike(row, metric, [(measured, self.at), (rated, rated_at)])?;
        let kind = metric.map(|metric| self.kind(row, &words, metric));
        let (kind, presumed) = kind.transpose()?.unzip();
        let presumed = presumed.flatten();
        let unit = presumed.or(kind).map(|kind| kind.unit());
        let scaled = |value: Option<(Number, Measure)>| {
            let (number, measure) = value?;
            Some(number.base(Some(measure)) / unit?.in_base())
        };
        let (ratio_printed, doubt) = self.ratio(row, measured, rated)?;
        let foreign = metric
            .is_none()
            .then(|| "nothing that this tool measures".into());
        let text = |text: &str| (!narrow(text).is_empty()).then(|| text.to_owned());
        Ok(Reading {
            basis: Basis::Imported,
            place: self.table.place(row.number, self.at),
            chip: self.chip(row)?,
            item: self.item(row),
            kind,
            presumed,
            value: scaled(measured),
            printed,
            unit,
            rated: scaled(rated),
            rated_printed: text(&rated_printed),
            ratio_printed,
            doubts: doubt
                .into_iter()
                .chain(foreign)
                .chain(self.unknown(row))
                .collect(),
            note: text(self.body.cell(row, Column::Note)),
        })
    }

    /// A precision that is stated and that no format of ours is.
    fn unknown(&self, row: &Line) -> Option<String> {
        let precision = self.body.cell(row, Column::Precision);
        let known = is_nothing(precision) || format(precision).is_some();
        (!known).then(|| format!("precision {} is not known", narrow(precision)))
    }

    /// Whether the units are those of the metric.
    fn alike(
        &self,
        row: &Line,
        metric: Option<Metric>,
        values: [(Option<(Number, Measure)>, usize); 2],
    ) -> Result<()> {
        let wanted = metric.map(kinds::quantity);
        for (value, at) in values {
            let unlike =
                |(_, measure): (_, Measure)| wanted.is_some_and(|own| own != measure.quantity);
            if value.is_some_and(unlike) {
                let why = "has a unit of something else than the row measures";
                return Err(self.refused(row, at, why));
            }
        }
        Ok(())
    }

    /// What the row measures: its item, or the heading where the item says nothing but "result".
    fn item(&self, row: &Line) -> String {
        let heading = self.body.headings[self.at].as_ref();
        let heading = heading.map_or("", |heading| &*heading.text);
        let item = narrow(self.body.cell(row, Column::Item));
        let precision = narrow(self.body.cell(row, Column::Precision));
        match &*item {
            "" if !precision.is_empty() => precision,
            "" | "评测结果" | "结果" | "result" => heading.to_owned(),
            _ => item,
        }
    }

    /// All that names metric, precision and scope.
    fn words(&self, row: &Line) -> String {
        let heading = self.body.headings[self.at].as_ref();
        let heading = heading.map_or("", |heading| &*heading.text);
        format!("{} {heading}", self.body.cell(row, Column::Item))
    }

    fn chip(&self, row: &Line) -> Result<String> {
        let cell = narrow(self.body.cell(row, Column::Chip));
        let at = self.body.at(Column::Chip).unwrap_or(self.at);
        if cell.is_empty() {
            let Some(chip) = self.request.chip else {
                return Err(self.refused(row, at, "names no chip, and there is no --chip"));
            };
            return Ok(chips::find(self.chips, chip)?.name.clone());
        }
        let found = chips::find(self.chips, &cell);
        let found = found.map_err(|error| self.refused(row, at, error.to_string()))?;
        Ok(found.name.clone())
    }

    /// A cell's number with its unit: its own, the heading's, the row's, or that of the request.
    fn value(&self, row: &Line, at: usize) -> Result<Value> {
        let cell = row.cells.get(at).map_or("", String::as_str);
        let read = number(cell).map_err(|why| self.refused(row, at, why))?;
        let Some(found) = read else {
            return Ok((None, cell.into()));
        };
        if found.value < 0.0 {
            return Err(self.refused(row, at, "is below zero"));
        }
        let measure = found.measure.or_else(|| self.body.measure(row, at));
        let Some(measure) = measure.or(self.request.unit) else {
            return Err(self.refused(
                row,
                at,
                "has no unit: add a column 单位 or unit, or give --unit",
            ));
        };
        Ok((Some((found, measure)), cell.into()))
    }

    /// The kind as the row and the request state it, and with what is presumed.
    fn kind(&self, row: &Line, words: &str, metric: Metric) -> Result<(Kind, Option<Kind>)> {
        use Column::{Accumulate, Arithmetic, Engine, Scope, Sparsity, Storage};
        let columns = [Engine, Storage, Arithmetic, Accumulate, Sparsity, Scope];
        let mut own = Fields::default();
        for (field, column) in kinds::FIELDS.into_iter().zip(columns) {
            let Some(at) = self.body.at(column) else {
                continue;
            };
            let set = own.set(field, self.body.cell(row, column));
            set.map_err(|why| self.refused(row, at, why))?;
        }
        let mut said = kinds::stated(words, self.body.cell(row, Column::Precision));
        // A column for the storage says more than a precision.
        said.storage = own.storage.or(said.storage);
        said.scope = own.scope.or(said.scope);
        let given = self.request.stated;
        let both = own.and(said).unwrap_or(own);
        let all = both.and(given).map_err(|field| {
            let (row_says, typed) = (kinds::named(&both, field), kinds::named(&given, field));
            self.refused(
                row,
                self.at,
                format!("{field} is {row_says} here, and --{field} {typed}"),
            )
        })?;
        Ok(all.kind(metric, self.request.presumed))
    }

    /// The printed ratio, and what is wrong with it: beyond rounding, or without operands.
    fn ratio(
        &self,
        row: &Line,
        measured: Option<(Number, Measure)>,
        rated: Option<(Number, Measure)>,
    ) -> Result<(Option<String>, Option<String>)> {
        let at = self.beside(Column::Ratio);
        let cell = at
            .and_then(|at| row.cells.get(at))
            .map_or("", String::as_str);
        let printed = number(cell).map_err(|why| self.refused(row, at.unwrap_or(self.at), why))?;
        let Some(printed) = printed else {
            return Ok((None, None));
        };
        let doubt = match (measured, rated) {
            (Some((a, of_a)), Some((b, of_b))) => {
                let quotient = a.span(Some(of_a)).over(&b.span(Some(of_b)));
                let right = quotient.is_some_and(|span| is_quotient(&printed, &span));
                let percent = 100.0 * a.base(Some(of_a)) / b.base(Some(of_b));
                (!right).then(|| {
                    format!(
                        "printed ratio {} is not measured ÷ rated = {percent:.1} %",
                        narrow(cell)
                    )
                })
            }
            _ => Some("printed ratio without both operands".into()),
        };
        Ok((Some(cell.into()), doubt))
    }
}
