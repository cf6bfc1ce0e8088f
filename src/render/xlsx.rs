//! Workbooks: a tab a section, numbers as numbers, ratios as formulas with their results, charts of the spreadsheet's own.
//!
//! The same document gives the same bytes. Texts are written as texts, so that none is taken for a formula.

use rust_xlsxwriter::{
    Chart as Drawing, ChartType, DocProperties, ExcelDateTime, Format, Formula, Workbook,
    Worksheet, XlsxError,
};

use super::document::{Cell, Chart, Document, Grid, Section};
use super::lang::Lang;
use super::text::clean;
use crate::error::{Error, Result};

/// What a cell holds at most, in letters: Excel's limit is 32,767.
const LONGEST: usize = 32_000;

/// What the name of a tab holds at most.
const LONGEST_NAME: usize = 31;

/// Rows above the table: the heading and an empty one.
const ABOVE: u32 = 2;

/// How high a chart is, in pixels, and how many rows that is.
const CHART: u32 = 320;
const CHART_ROWS: u32 = 17;

/// The document as a workbook; `lang` is the one it is said in.
///
/// # Errors
///
/// [`Error::Data`] where the writer refuses it.
pub fn document(document: &Document, lang: Lang) -> Result<Vec<u8>> {
    workbook(document, lang).map_err(|error| Error::Data {
        what: "sheet.xlsx".into(),
        why: error.to_string(),
    })
}

fn workbook(document: &Document, lang: Lang) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // No clock: the same results make the same file.
    let begun = ExcelDateTime::from_ymd(2023, 1, 1)?;
    let title = cut(&document.title);
    book.set_properties(
        &DocProperties::new()
            .set_title(title)
            .set_creation_datetime(&begun),
    );
    about(book.add_worksheet(), document, lang)?;
    for (at, section) in document.sections.iter().enumerate() {
        let name = name(at + 1, section, lang);
        let tab = book.add_worksheet();
        tab.set_name(&name)?;
        page(tab, &name, section)?;
    }
    book.save_to_buffer()
}

/// What stands before the first section and behind the last.
fn about(
    tab: &mut Worksheet,
    document: &Document,
    lang: Lang,
) -> std::result::Result<(), XlsxError> {
    tab.set_name(lang.say("about"))?;
    tab.set_column_width(0, 110)?;
    let wrap = Format::new().set_text_wrap();
    tab.write_string_with_format(0, 0, cut(&document.title), &heading())?;
    for (at, line) in document.lead.iter().chain(&document.closing).enumerate() {
        tab.write_string_with_format(at as u32 + ABOVE, 0, cut(line), &wrap)?;
    }
    Ok(())
}

/// The name of a tab: its place and a word, none of it from outside.
fn name(at: usize, section: &Section, lang: Lang) -> String {
    let name = format!("{at} {}", lang.say(section.name));
    name.trim().chars().take(LONGEST_NAME).collect()
}

fn heading() -> Format {
    Format::new().set_bold().set_font_size(13)
}

fn page(tab: &mut Worksheet, name: &str, section: &Section) -> std::result::Result<(), XlsxError> {
    tab.write_string_with_format(0, 0, cut(&section.title), &heading())?;
    tab.set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0);
    let mut row = ABOVE;
    if let Some(grid) = &section.grid {
        row = table(tab, grid)? + 1;
        if let Some(chart) = &section.chart {
            row = charts(tab, name, grid, chart, row)?;
        }
    } else {
        tab.set_column_width(0, 32)?;
        tab.set_column_width(1, 110)?;
    }
    for line in &section.lines {
        tab.write_string(row, 0, cut(line))?;
        row += 1;
    }
    for (term, meaning) in &section.terms {
        tab.write_string(row, 0, cut(term))?;
        tab.write_string(row, 1, cut(meaning))?;
        row += 1;
    }
    for (at, source) in section.sources.iter().enumerate() {
        tab.write_number(row, 0, at as f64 + 1.0)?;
        tab.write_string(row, 1, cut(source))?;
        row += 1;
    }
    Ok(())
}

/// The table; the first row behind it.
fn table(tab: &mut Worksheet, grid: &Grid) -> std::result::Result<u32, XlsxError> {
    let bold = Format::new()
        .set_bold()
        .set_border_bottom(rust_xlsxwriter::FormatBorder::Thin);
    for (column, header) in grid.header.iter().enumerate() {
        tab.write_string_with_format(ABOVE, column as u16, cut(header), &bold)?;
        tab.set_column_width(column as u16, width(grid, column))?;
    }
    tab.set_freeze_panes(ABOVE + 1, 0)?;
    let numeric = Format::new().set_num_format("0.####");
    for (at, (_, cells)) in grid.rows.iter().enumerate() {
        let row = ABOVE + 1 + at as u32;
        for (column, cell) in cells.iter().enumerate() {
            write(tab, grid, cell, [row, column as u32], &numeric)?;
        }
    }
    Ok(ABOVE + 1 + grid.rows.len() as u32)
}

fn write(
    tab: &mut Worksheet,
    grid: &Grid,
    cell: &Cell,
    [row, column]: [u32; 2],
    numeric: &Format,
) -> std::result::Result<(), XlsxError> {
    let column = column as u16;
    let number = cell.number.filter(|number| number.is_finite());
    match (number, &cell.formula) {
        (Some(number), Some(formula)) => {
            let formula = Formula::new(placed(formula, grid, row)).set_result(number.to_string());
            tab.write_formula_with_format(row, column, formula, numeric)?;
        }
        (Some(number), None) => {
            tab.write_number_with_format(row, column, number, numeric)?;
        }
        (None, _) if cell.text.is_empty() => {}
        (None, _) => {
            tab.write_string(row, column, cut(&cell.text))?;
        }
    }
    Ok(())
}

/// A formula with the places of its columns in this row.
fn placed(formula: &str, grid: &Grid, row: u32) -> String {
    let mut placed = format!("={formula}");
    for (column, name) in grid.columns.iter().enumerate() {
        let place = rust_xlsxwriter::utility::row_col_to_cell(row, column as u16);
        placed = placed.replace(&format!("[{name}]"), &place);
    }
    placed
}

/// As wide as its longest text, within reason; letters of Chinese are twice as wide.
fn width(grid: &Grid, column: usize) -> f64 {
    let wide = |text: &str| -> usize {
        text.chars()
            .map(|letter| if letter.is_ascii() { 1 } else { 2 })
            .sum()
    };
    let cells = grid.rows.iter().filter_map(|(_, cells)| cells.get(column));
    let longest = cells.map(|cell| wide(&cell.text)).max().unwrap_or(0);
    let header = grid.header.get(column).map_or(0, |header| wide(header));
    (longest.max(header) as f64 + 2.0).clamp(6.0, 48.0)
}

/// Text that a cell can hold.
fn cut(text: &str) -> String {
    clean(text).chars().take(LONGEST).collect()
}

/// The charts of a table, one below the other; the first row behind them.
fn charts(
    tab: &mut Worksheet,
    name: &str,
    grid: &Grid,
    chart: &Chart,
    mut row: u32,
) -> std::result::Result<u32, XlsxError> {
    for drawing in drawings(name, grid, chart) {
        tab.insert_chart(row, 0, &drawing)?;
        row += CHART_ROWS;
    }
    Ok(row)
}

fn drawings(name: &str, grid: &Grid, chart: &Chart) -> Vec<Drawing> {
    let last = grid.rows.len().saturating_sub(1);
    match chart {
        Chart::Bars { values } => {
            let mut drawing = Drawing::new(ChartType::Bar);
            for column in values {
                series(
                    &mut drawing,
                    name,
                    [0, *column],
                    [0, last],
                    [ABOVE, *column as u32],
                );
            }
            // The first row on top, as in the table.
            drawing.y_axis().set_reverse();
            drawing.set_width(760).set_height(CHART);
            vec![drawing]
        }
        Chart::Lines {
            over,
            values,
            powers,
        } => {
            let one = |column: &usize| lines(name, grid, [*over, *column], *powers);
            values.iter().map(one).collect()
        }
        Chart::Roofline {
            over,
            value,
            ceilings,
        } => {
            let mut drawing = Drawing::new(ChartType::Scatter);
            let ends = [(0, ceilings.saturating_sub(1)), (*ceilings, last)];
            for (from, to) in ends.into_iter().filter(|(from, to)| from <= to) {
                let label = [ABOVE + 1 + from as u32, 0];
                series(&mut drawing, name, [*over, *value], [from, to], label);
            }
            drawing
                .x_axis()
                .set_log_base(10)
                .set_name((name, ABOVE, *over as u16));
            drawing
                .y_axis()
                .set_log_base(10)
                .set_name((name, ABOVE, *value as u16));
            drawing.set_width(760).set_height(CHART);
            vec![drawing]
        }
    }
}

/// A panel: a line a text of the first column, whose rows follow each other.
fn lines(name: &str, grid: &Grid, [over, column]: [usize; 2], powers: bool) -> Drawing {
    let mut drawing = Drawing::new(ChartType::ScatterStraightWithMarkers);
    let label = |row: usize| grid.rows[row].1.first().map_or("", |cell| &*cell.text);
    let mut from = 0;
    for row in 0..grid.rows.len() {
        if row + 1 == grid.rows.len() || label(row + 1) != label(from) {
            series(
                &mut drawing,
                name,
                [over, column],
                [from, row],
                [ABOVE + 1 + from as u32, 0],
            );
            from = row + 1;
        }
    }
    drawing.x_axis().set_name((name, ABOVE, over as u16));
    if powers {
        drawing.x_axis().set_log_base(2);
    }
    drawing.y_axis().set_name((name, ABOVE, column as u16));
    drawing.set_width(760).set_height(CHART);
    drawing
}

/// Rows `from` to `to` of the table, a column over another.
fn series(
    drawing: &mut Drawing,
    name: &str,
    [over, value]: [usize; 2],
    [from, to]: [usize; 2],
    label: [u32; 2],
) {
    let range = |column: usize| {
        let (from, to) = (ABOVE + 1 + from as u32, ABOVE + 1 + to as u32);
        (name, from, column as u16, to, column as u16)
    };
    let series = drawing.add_series();
    series.set_categories(range(over)).set_values(range(value));
    // Names by the cells they stand in: a text could be taken for a formula.
    series.set_name((name, label[0], label[1] as u16));
}
