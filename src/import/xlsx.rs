//! Workbooks, read cell by cell: a range of all cells would be as large as the farthest one says.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::table::{HINT, Lines, MOST_COLUMNS, MOST_ROWS, MOST_TEXT, Table};
use crate::error::{Error, Result, guarded};

/// The most that a workbook may hold once its parts are unpacked, in bytes.
const MOST_UNPACKED: u64 = 64 << 20;

/// The most parts of a workbook, and the most sheets.
const MOST_PARTS: usize = 512;
const MOST_SHEETS: usize = 64;

/// The sheets of a workbook, in its order.
///
/// # Errors
///
/// [`Error::Usage`] where it is none, is damaged, or holds more than any table of figures.
pub fn tables(file: &str, bytes: &[u8]) -> Result<Vec<Table>> {
    let refused = |why: &str| Error::usage(file, why, HINT);
    unpacks(bytes).map_err(|why| refused(&why))?;
    // The reader multiplies what a damaged workbook says of itself.
    let read = guarded(|| sheets(file, bytes));
    read.unwrap_or_else(|| Err(refused("is damaged (its parts contradict each other)")))
}

fn sheets(file: &str, bytes: &[u8]) -> Result<Vec<Table>> {
    let refused = |why: String| Error::usage(file, why, HINT);
    let opened = Xlsx::new(Cursor::new(bytes));
    let mut book = opened.map_err(|error| refused(format!("is no workbook ({error})")))?;
    let names = book.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(refused(format!("has more than {MOST_SHEETS} sheets")));
    }
    let mut tables = Vec::new();
    for name in names {
        tables.extend(sheet(file, &name, &mut book)?);
    }
    if tables.is_empty() {
        return Err(refused("has no sheet with cells".into()));
    }
    Ok(tables)
}

/// Whether all parts together unpack to no more than a workbook of figures needs: what they are said to be is not asked.
fn unpacks(bytes: &[u8]) -> Result<(), String> {
    let damaged = |error: &dyn std::fmt::Display| format!("is damaged ({error})");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    if archive.len() > MOST_PARTS {
        return Err(format!("has more than {MOST_PARTS} parts"));
    }
    let mut left = MOST_UNPACKED;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| damaged(&error))?;
        let is_sheet = part
            .name()
            .is_ok_and(|name| name.starts_with("xl/worksheets/"));
        let mut text = Vec::new();
        let read = part.take(left + 1).read_to_end(&mut text);
        let read = read.map_err(|error| damaged(&error))?;
        left = left
            .checked_sub(read as u64)
            .ok_or_else(|| format!("unpacks to more than {} MiB", MOST_UNPACKED >> 20))?;
        if is_sheet && strays(&text) {
            return Err("is damaged: a cell has a name that no cell has".into());
        }
    }
    Ok(())
}

/// Whether a part names a cell beyond every sheet, such as AAAAAAA1, whose place would be another one's once it overflows.
fn strays(xml: &[u8]) -> bool {
    let mut attributes = xml.split(|byte| byte.is_ascii_whitespace() || *byte == b'<');
    attributes.any(|attribute| {
        let value = [&b"r="[..], b"ref="]
            .into_iter()
            .find_map(|name| attribute.strip_prefix(name));
        // Between its quotes; what stands behind them is none of it.
        let mut quoted = value
            .unwrap_or_default()
            .split(|byte| matches!(byte, b'"' | b'\''));
        let mut names = quoted
            .nth(1)
            .unwrap_or_default()
            .split(|byte| *byte == b':');
        names.any(|name| {
            let letters = name
                .iter()
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count();
            // Three letters and seven digits are the farthest cell's.
            letters > 3 || name.len() - letters > 7
        })
    })
}

/// One sheet; none where it is a chart.
fn sheet(file: &str, name: &str, book: &mut Xlsx<Cursor<&[u8]>>) -> Result<Option<Table>> {
    let place = format!("{file}:{name}");
    let refused =
        |error: XlsxError| Error::usage(&*place, format!("can't be read ({error})"), HINT);
    let mut reader = match book.worksheet_cells_reader(name) {
        Err(XlsxError::NotAWorksheet(_)) => return Ok(None),
        other => other.map_err(refused)?,
    };
    let mut lines = Lines::new(&place);
    let mut row: Option<(u32, Vec<String>)> = None;
    while let Some(cell) = reader.next_cell().map_err(refused)? {
        let (line, column) = cell.get_position();
        let text = said(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let column = column as usize;
        within(&place, line, column, &text)?;
        match &mut row {
            Some((at, cells)) if *at == line => put(cells, column, text),
            _ => {
                if row.as_ref().is_some_and(|(at, _)| *at > line) {
                    let why = format!("row {} stands behind a later one", line + 1);
                    return Err(Error::usage(&*place, why, HINT));
                }
                let mut cells = Vec::new();
                put(&mut cells, column, text);
                finish(&mut lines, row.replace((line, cells)))?;
            }
        }
    }
    finish(&mut lines, row)?;
    Ok(Some(Table {
        file: file.into(),
        sheet: Some(name.into()),
        lines: lines.done,
    }))
}

/// Whether a cell is where figures stand.
fn within(place: &str, line: u32, column: usize, text: &str) -> Result<()> {
    // Rows without text are not kept, so that a table may begin far down.
    if line as usize >= 50 * MOST_ROWS || column >= MOST_COLUMNS || text.len() > MOST_TEXT {
        let why = format!("a cell in row {} is beyond any table of figures", line + 1);
        return Err(Error::usage(place, why, "give the table of figures alone"));
    }
    Ok(())
}

fn put(cells: &mut Vec<String>, column: usize, text: String) {
    if cells.len() <= column {
        cells.resize(column + 1, String::new());
    }
    cells[column] = text;
}

fn finish(lines: &mut Lines<'_>, row: Option<(u32, Vec<String>)>) -> Result<()> {
    let Some((at, cells)) = row else {
        return Ok(());
    };
    let number = at as usize + 1;
    let before = lines.done.last().map_or(0, |line| line.number);
    lines.push(number, cells, number > before + 1)
}

/// A cell as text: numbers in full, of formulas what they were when the file was saved.
fn said(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => value.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(value) => value.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}
