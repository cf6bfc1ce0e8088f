//! CSV and XLSX as rows of texts, each cell with its place. Files come from strangers: every size has a limit.

use super::number::narrow;
use super::xlsx;
use crate::error::{Error, Result};

/// The largest file that is read, in bytes.
pub const MOST_BYTES: usize = 8 << 20;

/// Limits of what a file of that size may hold.
pub(super) const MOST_ROWS: usize = 20_000;
pub(super) const MOST_COLUMNS: usize = 256;
pub(super) const MOST_TEXT: usize = 16 << 20;

/// The longest text of a cell, in bytes: what a spreadsheet keeps, four bytes a letter.
pub(super) const MOST_CELL: usize = 4 * 32_767;

/// What to do about a file that can't be read.
pub(super) const HINT: &str = "give a table as CSV (UTF-8 or GB18030) or XLSX";

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// Its texts, from the first column on.
    pub cells: Vec<String>,
}

/// A file of CSV, or one sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The file's name.
    pub file: String,
    /// The sheet's name; absent of CSV.
    pub sheet: Option<String>,
    /// Its rows; those without any text are there too, with no cells.
    pub lines: Vec<Line>,
}

impl Table {
    /// Where a cell stands: `file:line:column` from 1, or `file:sheet!B7`.
    pub fn place(&self, line: usize, column: usize) -> String {
        let file = &self.file;
        match &self.sheet {
            None => format!("{file}:{line}:{}", column + 1),
            Some(sheet) => format!("{file}:{sheet}!{}{line}", letters(column)),
        }
    }
}

/// A column's letters, from 0: A to Z, AA and so on.
fn letters(column: usize) -> String {
    let mut left = column + 1;
    let mut text = Vec::new();
    while left > 0 {
        left -= 1;
        text.push(b'A' + u8::try_from(left % 26).unwrap_or_default());
        left /= 26;
    }
    text.iter().rev().map(|byte| char::from(*byte)).collect()
}

/// The tables of a file: of CSV one, of a workbook one a sheet.
///
/// # Errors
///
/// [`Error::Usage`] with file and place where it is neither, is larger than any sheet of figures, or has bytes that are no text.
pub fn tables(file: &str, bytes: &[u8]) -> Result<Vec<Table>> {
    if bytes.len() > MOST_BYTES {
        let why = format!("is larger than {} MiB", MOST_BYTES >> 20);
        return Err(Error::usage(file, why, HINT));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return xlsx::tables(file, bytes);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        let why = "is an old or a locked workbook";
        return Err(Error::usage(
            file,
            why,
            "save it as XLSX without a password",
        ));
    }
    csv(file, &text(file, bytes)?).map(|table| vec![table])
}

/// UTF-8 with or without its mark, else GB18030, which Chinese spreadsheets write.
fn text(file: &str, bytes: &[u8]) -> Result<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf16 = [b"\xff\xfe", b"\xfe\xff"];
    let refused = |why: String| Error::usage(file, why, HINT);
    if utf16.iter().any(|mark| bytes.starts_with(*mark)) || bytes.contains(&0) {
        return Err(refused("is UTF-16 or no text".into()));
    }
    let wrong = match str::from_utf8(bytes) {
        Ok(text) => return Ok(text.into()),
        Err(error) => error.valid_up_to(),
    };
    let decoded = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    decoded.map(Into::into).ok_or_else(|| {
        let line = bytes[..wrong].split(|byte| *byte == b'\n').count();
        refused(format!("line {line} is neither UTF-8 nor GB18030"))
    })
}

fn csv(file: &str, text: &str) -> Result<Table> {
    // Behind a quote that nobody closed all the rest would be one cell.
    if text.matches('"').count() % 2 == 1 {
        let line = text.rfind('"').map_or(1, |at| 1 + breaks(&text[..at]));
        let why = "a quote is not closed";
        return Err(Error::usage(format!("{file}:{line}"), why, HINT));
    }
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut lines = Lines::new(file);
    let mut counted = (0, 1);
    let mut record = ::csv::StringRecord::new();
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or_default();
        let more = reader.read_record(&mut record);
        let more = more.map_err(|error| Error::usage(file, error.to_string(), HINT))?;
        if !more {
            break;
        }
        // The reader passes over empty lines before a record, and over the end of \r\n.
        let rest = text.get(from..).unwrap_or_default();
        let begin = from + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let between = text.get(from.saturating_sub(1)..begin);
        let blank = breaks(between.unwrap_or_default()) > 1;
        let passed = text.get(counted.0..begin).unwrap_or_default();
        counted = (begin, counted.1 + breaks(passed));
        lines.push(counted.1, record.iter().map(Into::into).collect(), blank)?;
    }
    Ok(Table {
        file: file.into(),
        sheet: None,
        lines: lines.done,
    })
}

/// Ends of lines, of whichever system.
fn breaks(text: &str) -> usize {
    let alone = text.matches('\r').count() - text.matches("\r\n").count();
    text.matches('\n').count() + alone
}

/// The mark that the first line with any has most of.
fn delimiter(text: &str) -> u8 {
    let count = |line: &str, mark: u8| line.bytes().filter(|byte| *byte == mark).count();
    let marks = [b',', b';', b'\t'];
    let most = |line: &str| {
        let best = marks
            .into_iter()
            .rev()
            .max_by_key(|mark| count(line, *mark));
        best.filter(|mark| count(line, *mark) > 0)
    };
    text.lines().find_map(most).unwrap_or(b',')
}

/// Rows as they come, within the limits.
pub(super) struct Lines<'a> {
    file: &'a str,
    text: usize,
    pub(super) done: Vec<Line>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self {
            file,
            text: 0,
            done: Vec::new(),
        }
    }

    /// Adds a row, and before it one without text where there were any: they end a table.
    pub(super) fn push(
        &mut self,
        number: usize,
        mut cells: Vec<String>,
        blank: bool,
    ) -> Result<()> {
        let refused = |why: String| {
            let hint = "give the table of figures alone";
            Err(Error::usage(format!("{}:{number}", self.file), why, hint))
        };
        let last = cells.iter().rposition(|cell| !narrow(cell).is_empty());
        cells.truncate(last.map_or(0, |at| at + 1));
        if cells.len() > MOST_COLUMNS {
            return refused(format!("has more than {MOST_COLUMNS} columns"));
        }
        if let Some(at) = cells.iter().position(|cell| cell.len() > MOST_CELL) {
            return refused(format!("column {} has more text than a cell holds", at + 1));
        }
        self.text += cells.iter().map(String::len).sum::<usize>();
        if self.text > MOST_TEXT || self.done.len() >= MOST_ROWS {
            return refused(format!("has more than {MOST_ROWS} rows, or too much text"));
        }
        if blank {
            self.done.push(Line {
                number: number.saturating_sub(1),
                cells: Vec::new(),
            });
        }
        self.done.push(Line { number, cells });
        Ok(())
    }
}
