//! What others measured, in a section of its own: beside the sheet, marked in every row, and in no order of it.

use super::digits::significant;
use super::document::{Cell, Grid, Section, Tone};
use super::kinds::{kind, kind_fields};
use crate::error::short;
use crate::figure::{Basis, Kind, word};
use crate::import::kinds::FIELDS;
use crate::import::{Imported, Reading};

/// The heading: what these values are not comes first.
pub(super) const TITLE: &str = "Imported measurements: a lower class of evidence, not measured by this tool, answers not checked";

/// All files in one table; nothing where there is none.
pub(super) fn section(files: &[Imported]) -> Option<Section> {
    let rows = files
        .iter()
        .flat_map(|file| file.rows.iter().map(move |row| line(file, row)));
    let grid = Grid::new(&[
        "basis",
        "chip",
        "measured item",
        "value",
        "unit",
        "kind",
        "rated",
        "ratio",
        "doubts",
        "source",
        "date",
    ]);
    let lines = files.iter().map(|file| {
        let (name, sum, tool) = (&file.file, &file.sha256, &file.tool);
        format!(
            "{name}: SHA-256 {sum}, imported {} by {tool}",
            file.imported
        )
    });
    (!files.is_empty()).then(|| {
        let section = Section::of(TITLE, grid.with(rows));
        section.named("imported").and(lines)
    })
}

fn line(file: &Imported, row: &Reading) -> (Tone, Vec<Cell>) {
    let tone = match row.value {
        None => Tone::Faint,
        Some(_) => Tone::Doubt,
    };
    let number = |value: Option<f64>| {
        value.map_or(Cell::default(), |value| {
            Cell::number(value, value.to_string())
        })
    };
    // What has no unit of ours is said as it is printed.
    let value = match (row.value, &*row.printed) {
        (Some(_), _) => number(row.value),
        (None, "") => "no value".into(),
        (None, printed) if row.kind.is_some() => format!("no value ({})", short(printed)).into(),
        (None, printed) => short(printed).into(),
    };
    let cells = vec![
        word(&row.basis).into(),
        row.chip.clone().into(),
        short(&row.item).into(),
        value,
        row.unit
            .map_or(String::new(), |unit| unit.to_string())
            .into(),
        counted(row.kind, row.presumed).into(),
        number(row.rated),
        ratio(row),
        row.doubts.join("; ").into(),
        short(&file.source).into(),
        file.date.clone().into(),
    ];
    (tone, cells)
}

/// The kind as stated, and the fields that are presumed.
fn counted(own: Option<Kind>, presumed: Option<Kind>) -> String {
    let Some(own) = own else {
        return String::new();
    };
    let words = kind(&own);
    let Some(presumed) = presumed else {
        return words;
    };
    let fields = FIELDS
        .iter()
        .zip(kind_fields(&own).into_iter().zip(kind_fields(&presumed)));
    let filled = fields.filter(|(_, (own, presumed))| own != presumed);
    let filled: Vec<_> = filled
        .map(|(field, (_, word))| format!("{field} {word}"))
        .collect();
    format!("{words} (presumed {})", filled.join(", "))
}

/// Measured ÷ rated of one kind, else why there is none.
fn ratio(row: &Reading) -> Cell {
    match row.ratio() {
        None => Cell::default(),
        Some(Ok(ratio)) => {
            let presumed = if ratio.presumed { " (presumed)" } else { "" };
            let percent = significant(100.0 * ratio.value, 4);
            Cell::number(ratio.value, format!("{percent} %{presumed}")).by("[value]/[rated]")
        }
        Some(Err(unlike)) => format!("none: {} unspecified", unlike.fields.join(", ")).into(),
    }
}

/// The marks of a reading for programs: always `imported`, and whether a field is presumed.
pub(super) fn marks(row: &Reading) -> [String; 2] {
    let presumed = row.presumed.map_or("", |_| "presumed");
    [word(&Basis::Imported), presumed.into()]
}

#[cfg(test)]
pub(super) mod tests;
