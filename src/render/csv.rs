//! The sheet as comma-separated values, for spreadsheets and scripts: one row a case, or one row a chip and property.
//!
//! Full precision, a point for the decimals in every locale. A text cell that a spreadsheet would take for a formula begins
//! with an apostrophe: adapter names and reasons come from drivers and files.

use csv::Writer;

use crate::figure::{Kind, word};
use crate::import::{Imported, Reading};
use crate::sheet::{ChipRow, Row, Sheet};

use super::kinds::{flags_words, kind_fields};

/// What marks UTF-8 for Excel, which otherwise takes a file for the system's own encoding.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

const ROWS: [&str; 26] = [
    "device",
    "pci_bus_id",
    "kernel",
    "size",
    "mode",
    "data",
    "outcome",
    "value",
    "low",
    "high",
    "unit",
    "interval",
    "runs",
    "engine",
    "storage",
    "arithmetic",
    "accumulate",
    "sparsity",
    "scope",
    "over_sustained",
    "over_random",
    "over_alone",
    "watts",
    "joules",
    "flags",
    "reason",
];

const CHIPS: [&str; 19] = [
    "chip",
    "vendor",
    "metric",
    "unit",
    "printed",
    "official",
    "engine",
    "storage",
    "arithmetic",
    "accumulate",
    "sparsity",
    "scope",
    "presumed",
    "flags",
    "measured",
    "device",
    "attainment",
    "ratio",
    "reason",
];

const IMPORTED: [&str; 22] = [
    "basis",
    "presumed",
    "chip",
    "item",
    "value",
    "unit",
    "printed",
    "rated",
    "rated_printed",
    "ratio",
    "ratio_printed",
    "engine",
    "storage",
    "arithmetic",
    "accumulate",
    "sparsity",
    "scope",
    "doubts",
    "source",
    "date",
    "place",
    "sha256",
];

/// One row a value that others measured.
pub fn imported(sheet: &Sheet) -> String {
    let files = sheet.imported.iter();
    let rows = files.flat_map(|file| file.rows.iter().map(move |row| foreign(file, row)));
    table(&IMPORTED, rows)
}

/// One row a case.
pub fn rows(sheet: &Sheet) -> String {
    let rows = sheet.rows.iter().map(|row| measured(sheet, row));
    table(&ROWS, rows)
}

/// One row a chip and property.
pub fn chips(sheet: &Sheet) -> String {
    table(&CHIPS, sheet.chips.iter().map(chip))
}

fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    // Into memory nothing fails.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(&row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn measured(sheet: &Sheet, row: &Row) -> [String; 26] {
    let run = sheet.runs.get(row.run);
    let bus = run.and_then(|run| run.pci_bus_id.as_deref());
    let power = row.power.as_ref();
    let [engine, storage, arithmetic, accumulate, sparsity, scope] = kind(Some(&row.kind));
    [
        text(&row.device),
        text(bus.unwrap_or_default()),
        row.kernel.clone(),
        row.params.size(),
        word(&row.mode),
        row.data.as_ref().map(word).unwrap_or_default(),
        row.outcome.into(),
        number(row.value),
        number(row.low),
        number(row.high),
        row.value.map_or(String::new(), |_| row.unit.to_string()),
        row.interval.as_ref().map(word).unwrap_or_default(),
        row.runs.to_string(),
        engine,
        storage,
        arithmetic,
        accumulate,
        sparsity,
        scope,
        number(row.over_sustained),
        number(row.over_random),
        number(row.over_alone),
        number(power.and_then(|power| power.watts)),
        number(power.and_then(|power| power.joules)),
        flags_words(&row.flags),
        text(row.reason.as_deref().unwrap_or_default()),
    ]
}

fn chip(row: &ChipRow) -> [String; 19] {
    let official = row.official.iter().map(|official| {
        let value = official.value.map(|value| value.to_string());
        let value = value.or(official.text.clone()).unwrap_or_default();
        format!("{value} ({})", word(&official.tag))
    });
    let official: Vec<_> = official.collect();
    let [engine, storage, arithmetic, accumulate, sparsity, scope] = kind(row.kind.as_ref());
    let measured = row.measured.as_ref();
    [
        text(&row.chip),
        text(&row.vendor),
        word(&row.metric),
        row.unit.unwrap_or_default().into(),
        text(row.printed.as_deref().unwrap_or_default()),
        text(&official.join("; ")),
        engine,
        storage,
        arithmetic,
        accumulate,
        sparsity,
        scope,
        row.presumed.map_or("", |_| "presumed").into(),
        flags_words(&row.flags),
        number(measured.map(|measured| measured.value)),
        text(measured.map_or("", |measured| &measured.device)),
        number(row.attainment),
        number(row.ratio),
        text(row.reason.as_deref().unwrap_or_default()),
    ]
}

fn foreign(file: &Imported, row: &Reading) -> [String; 22] {
    let kind = kind(row.presumed.or(row.kind).as_ref());
    let [engine, storage, arithmetic, accumulate, sparsity, scope] = kind;
    let [basis, presumed] = super::imported::marks(row);
    let ratio = row.ratio().and_then(Result::ok);
    let option = |cell: &Option<String>| text(cell.as_deref().unwrap_or_default());
    [
        basis,
        presumed,
        text(&row.chip),
        text(&row.item),
        number(row.value),
        row.unit.map_or(String::new(), |unit| unit.to_string()),
        text(&row.printed),
        number(row.rated),
        option(&row.rated_printed),
        number(ratio.map(|ratio| ratio.value)),
        option(&row.ratio_printed),
        engine,
        storage,
        arithmetic,
        accumulate,
        sparsity,
        scope,
        text(&row.doubts.join("; ")),
        text(&file.source),
        text(&file.date),
        text(&row.place),
        text(&file.sha256),
    ]
}

fn kind(kind: Option<&Kind>) -> [String; 6] {
    kind.map(kind_fields).unwrap_or_default()
}

fn number(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// Text that stays text in a spreadsheet: no formula, no control character, no turn of the writing direction.
fn text(text: &str) -> String {
    let clean = super::text::clean(text);
    match clean.trim_start().starts_with(['=', '+', '-', '@']) {
        true => format!("'{clean}"),
        false => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips;
    use crate::sheet::fixture;

    fn parsed(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect());
        std::iter::once(header).chain(rows).collect()
    }

    #[test]
    fn every_row_has_the_sheets_values_in_full() {
        let sheet = Sheet::new(&[fixture::sxm5()], &chips::all().unwrap());
        let table = parsed(&rows(&sheet));
        assert_eq!(table.len(), 1 + sheet.rows.len());
        let column = |name: &str| table[0].iter().position(|one| one == name).unwrap();
        for (line, row) in table[1..].iter().zip(&sheet.rows) {
            assert_eq!(line[column("kernel")], row.kernel);
            let value = line[column("value")].parse::<f64>().ok();
            assert_eq!(value, row.value);
            assert_eq!(
                line[column("engine")],
                row.kind.engine.as_ref().map(word).unwrap_or_default()
            );
        }
        let table = parsed(&chips(&sheet));
        assert_eq!(table.len(), 1 + sheet.chips.len());
        let printed: Vec<_> = table[1..].iter().map(|line| line[4].clone()).collect();
        assert!(printed.contains(&"204.9".into()) && printed.contains(&"NA".into()));
    }

    #[test]
    fn hostile_names_end_as_text() {
        for (name, cell) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("a,\"b\"\r\nc", "a,\"b\"  c"),
            ("GPU\u{202e}x", "GPU x"),
            ("<script>", "<script>"),
        ] {
            let mut run = fixture::sxm5();
            run.device.name = name.into();
            let sheet = Sheet::new(&[run], &[]);
            let table = parsed(&rows(&sheet));
            assert_eq!(table[1][0], cell, "{name:?}");
            assert!(table.iter().all(|line| line.len() == ROWS.len()));
        }
    }
}
