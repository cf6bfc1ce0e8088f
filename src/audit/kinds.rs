//! Which kind the numbers of a column are of, where they equal a chip's public figures.

use super::view::{Known, Value, View, known};
use super::{Finding, Rule, Severity};
use crate::chips::Chip;
use crate::figure::{Basis, Format, Metric};
use crate::import::columns::Column;
use crate::import::number::narrow;
use crate::import::table::Line;

pub(super) fn findings(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let columns = columns(view);
    for (at, format, rows) in &columns {
        findings.extend(mixed(view, *at, *format, rows));
    }
    for at in 0..view.body.headings.len() {
        let own = columns.iter().filter(|column| column.0 == at);
        let rows: Vec<_> = own.flat_map(|column| column.2.iter().copied()).collect();
        findings.extend(engine(view, at, &rows));
    }
    findings.extend(view.body.rows.iter().filter_map(|row| precision(view, row)));
    findings
}

/// The columns of rates with the rows that are of one format: of a long table, each format is a column of its own.
fn columns<'a>(view: &View<'a>) -> Vec<(usize, Format, Vec<&'a Line>)> {
    let mut columns: Vec<(usize, Format, Vec<&Line>)> = Vec::new();
    for (at, heading) in view.body.headings.iter().enumerate() {
        match heading.as_ref().map(|heading| heading.column) {
            Some(Column::Rate(format)) => columns.push((at, format, view.body.rows.clone())),
            Some(Column::Measured | Column::Rated) => {
                for row in &view.body.rows {
                    let (Some(Metric::Rate), Some(format)) = view.measures(row) else {
                        continue;
                    };
                    let same = |column: &&mut (usize, Format, Vec<&Line>)| {
                        (column.0, column.1) == (at, format)
                    };
                    match columns.iter_mut().find(same) {
                        Some(column) => column.2.push(row),
                        None => columns.push((at, format, vec![row])),
                    }
                }
            }
            _ => {}
        }
    }
    columns
}

/// A number that equals a public figure of its chip.
struct Recognised<'a> {
    chip: &'a Chip,
    value: Value,
    class: String,
    presumed: bool,
    sparse: bool,
}

impl Recognised<'_> {
    fn says(&self) -> String {
        let presumed = if self.presumed { "presumed " } else { "" };
        let (class, chip) = (&self.class, &self.chip.name);
        format!(
            "{} is the {presumed}{class} figure of {chip}",
            self.value.text
        )
    }
}

/// The figure that a cell equals; none where figures of several kinds round to it.
fn recognised<'a>(
    view: &View<'a>,
    row: &Line,
    at: usize,
    format: Format,
) -> Option<Recognised<'a>> {
    let chip = view.chip(row)?;
    let value = view.rate(row, at)?;
    let equal = |known: &Known| known.span.meets(&value.span);
    let equal: Vec<Known> = known(chip, format).into_iter().filter(equal).collect();
    let first = equal.first()?;
    let class = first.class()?;
    let one = equal
        .iter()
        .all(|known| known.class().as_ref() == Some(&class));
    one.then(|| Recognised {
        chip,
        class,
        presumed: first.figure.basis == Basis::Presumed,
        sparse: first.is_sparse(),
        value,
    })
}

/// Numbers of another kind than most of their column, and sparse figures that nothing calls so.
fn mixed(view: &View<'_>, at: usize, format: Format, rows: &[&Line]) -> Vec<Finding> {
    let unstated = |row: &&&Line| {
        let says = |column| !narrow(view.body.cell(row, column)).is_empty();
        !says(Column::Engine) && !says(Column::Sparsity)
    };
    let found = rows.iter().filter(unstated);
    let found: Vec<_> = found
        .filter_map(|row| recognised(view, row, at, format))
        .collect();
    let count = |class: &str| found.iter().filter(|one| one.class == class).count();
    // Of classes that are as frequent, the first in the column is the one the reader takes it for.
    let dense = found.iter().filter(|one| !one.sparse);
    let usual = dense
        .rev()
        .max_by_key(|one| count(&one.class))
        .map(|one| &*one.class);
    let others = |class: &str| {
        let others = found.iter().filter(|one| one.class == class);
        let others = others.map(|one| format!("{} {}", one.chip.name, one.value.text));
        others.collect::<Vec<_>>().join(", ")
    };
    let odd = found
        .iter()
        .filter(|one| one.sparse || usual.is_some_and(|usual| usual != one.class));
    let finding = |one: &Recognised<'_>| {
        let wanted = match usual {
            Some(usual) => format!("the column's others are {usual}: {}", others(usual)),
            None => "say that it is sparse, or give the dense figure".into(),
        };
        let (severity, rule) = (Severity::Contestable, Rule::MixedKinds);
        View::finding(&one.value.place, severity, rule, one.says(), wanted)
    };
    odd.map(finding).collect()
}

/// Words of a heading that name an engine.
const ENGINES: [&str; 9] = [
    "matrix", "tensor", "vector", "cube", "simt", "矩阵", "张量", "向量", "矢量",
];

/// A column of rates that names no engine.
fn engine(view: &View<'_>, at: usize, rows: &[&Line]) -> Option<Finding> {
    let heading = view.body.headings[at].as_ref()?;
    let plain = heading.text.to_lowercase();
    let named = |text: &str| ENGINES.iter().any(|word| text.contains(word));
    let open = rows.iter().filter(|row| view.rate(row, at).is_some());
    let open = open.filter(|row| {
        let item = narrow(view.body.cell(row, Column::Item)).to_lowercase();
        narrow(view.body.cell(row, Column::Engine)).is_empty() && !named(&item)
    });
    let count = open.count();
    // Of measured and rated, one is enough to say it.
    let said = heading.column == Column::Rated && view.body.at(Column::Measured).is_some();
    (count > 0 && !named(&plain) && !said).then(|| {
        let noun = if count == 1 { "rate" } else { "rates" };
        let seen = format!("{count} {noun} without an engine");
        let wanted = "vector or matrix, dense or sparse, and the format of the sum";
        let (severity, rule) = (Severity::Contestable, Rule::Engine);
        View::finding(&view.header(at), severity, rule, seen, wanted)
    })
}

/// Units of centres.
const CENTRES: [&str; 5] = ["pflop", "eflop", "pops", "eops", "百亿亿次"];

/// A number of P without a precision.
fn precision(view: &View<'_>, row: &Line) -> Option<Finding> {
    let at = view.body.at(Column::Total)?;
    let cell = narrow(row.cells.get(at)?);
    let heading = view.body.headings[at].as_ref()?;
    let precision = view.body.cell(row, Column::Precision);
    let texts = [&*cell, &*heading.text, precision];
    let stated = texts
        .iter()
        .any(|text| crate::import::columns::format(text).is_some());
    let lower = cell.to_lowercase();
    let is_rate = CENTRES.iter().any(|unit| lower.contains(unit))
        && lower.contains(|one: char| one.is_ascii_digit());
    let is_rate = is_rate || (heading.measure.is_some() && view.at(row, at).is_some());
    (is_rate && !stated).then(|| {
        let place = view.table.place(row.number, at);
        let wanted = "a precision: a P is no quantity without one";
        let (severity, rule) = (Severity::Contestable, Rule::Precision);
        View::finding(&place, severity, rule, cell, wanted)
    })
}
