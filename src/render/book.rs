//! Grids for spreadsheets: every number in a cell of its own, ratios computed from the cells they are of.

use crate::chips::Official;
use crate::figure::word;
use crate::sheet::{ChipRow, Sheet};

use super::chips::{Sources, official};
use super::digits;
use super::document::{Cell, Grid, Tone};
use super::kinds::{kind, list, stated};
use super::rows::{flags, size, tone};

/// What one run measured.
pub(super) fn measured(sheet: &Sheet, run: usize) -> Grid {
    let devices = sheet.runs.get(run).map(|run| run.devices);
    let rows = sheet.rows.iter().filter(|row| row.run == run).map(|row| {
        let reason = match &row.reason {
            Some(reason) => format!("{}: {reason}", row.outcome),
            None => row.outcome.into(),
        };
        let cells = vec![
            Cell::from(row.kernel.clone()),
            Cell::from(size(row, devices)),
            number(row.value),
            number(row.low),
            number(row.high),
            Cell::from(row.unit.to_string()),
            Cell::from(kind(&row.kind)),
            Cell::from(row.answer.clone()),
            Cell::from(flags(row)),
            Cell::from(reason),
        ];
        (tone(row), cells)
    });
    Grid::new(&[
        "kernel", "size", "value", "low", "high", "unit", "kind", "answer", "flags", "outcome",
    ])
    .with(rows)
}

/// The chips, each property with its numbers and what is computed of them.
pub(super) fn table2(sheet: &Sheet, sources: &mut Sources) -> Grid {
    let rows = sheet.chips.iter().map(|row| {
        let doubt = row.flags.iter().any(|flag| flag.is_doubt());
        let tone = if doubt { Tone::Doubt } else { Tone::Plain };
        (tone, chip_row(row, sources))
    });
    Grid::new(&[
        "chip",
        "metric",
        "unit",
        "printed",
        "official",
        "divisor",
        "kind",
        "measured",
        "low",
        "high",
        "measured with",
        "ratio",
        "ratio to",
        "flags",
        "reason",
    ])
    .with(rows)
}

fn chip_row(row: &ChipRow, sources: &mut Sources) -> Vec<Cell> {
    let measured = row.measured.as_ref();
    let with = measured.map(|one| {
        let case = format!("{} {}", one.kernel, one.size);
        format!("{} · {}", case.trim(), one.device)
    });
    let divisor = divisor(row);
    let ratio = row.attainment.or(row.ratio).filter(|_| divisor.is_some());
    let ratio = ratio.map(|ratio| number(Some(ratio)).by("[measured]/[divisor]"));
    let of = match (row.attainment, row.ratio) {
        (Some(_), _) => "the product's own figure",
        (None, Some(_)) => "another product's figure",
        (None, None) => "",
    };
    let text = |words: &str| Cell::from(words);
    vec![
        text(&row.chip),
        Cell::from(word(&row.metric)),
        text(row.unit.unwrap_or_default()),
        printed(row),
        Cell::from(official(&row.official, row.kind, sources)),
        number(divisor),
        Cell::from(stated(row.kind, row.presumed)),
        number(measured.map(|one| one.value)),
        number(measured.and_then(|one| one.low)),
        number(measured.and_then(|one| one.high)),
        Cell::from(with.unwrap_or_default()),
        ratio.unwrap_or_default(),
        text(of),
        Cell::from(list(&row.flags)),
        text(row.reason.as_deref().unwrap_or_default()),
    ]
}

/// The report's text to the letter, as a number where it is one.
fn printed(row: &ChipRow) -> Cell {
    let text = row.printed.clone().unwrap_or_default();
    match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        Some(number) => Cell::number(number, text),
        None => Cell::from(text),
    }
}

/// The number that the row's ratio was taken to, among the public ones and the printed one.
fn divisor(row: &ChipRow) -> Option<f64> {
    let ratio = row.attainment.or(row.ratio)?;
    let measured = row.measured.as_ref()?.value;
    let public = row
        .official
        .iter()
        .filter_map(|official: &Official| official.value);
    let printed = row
        .printed
        .iter()
        .filter_map(|text| text.parse::<f64>().ok());
    let mut all = public.chain(printed);
    all.find(|value| (measured / value / ratio - 1.0).abs() < 1e-9)
}

fn number(value: Option<f64>) -> Cell {
    match value {
        Some(value) => Cell::number(value, digits::significant(value, 4)),
        None => Cell::default(),
    }
}
