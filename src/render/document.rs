//! What every format lays out: sections of grids, lines and numbered sources.

use super::lang::Lang;

/// How a row should strike the reader, where the format has colours; never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Plain,
    /// Left out or not possible.
    Faint,
    /// To be looked at.
    Doubt,
    /// Failed or invalid.
    Bad,
}

/// One value in words, and as a number where it is one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// As it is read.
    pub text: String,
    /// In full precision, for spreadsheets.
    pub number: Option<f64>,
    /// How a spreadsheet computes the number from the row's others, as `[measured]/[official]` with names of columns.
    pub formula: Option<String>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

impl Cell {
    /// A number with the text that shows it.
    pub fn number(number: f64, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            number: Some(number),
            formula: None,
        }
    }

    /// A number that a spreadsheet computes.
    #[must_use]
    pub fn by(self, formula: impl Into<String>) -> Self {
        Self {
            formula: Some(formula.into()),
            ..self
        }
    }
}

/// A table before it has a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// The names of the columns, in English: what formulas and formats know them by.
    pub columns: Vec<&'static str>,
    /// The names as they are read.
    pub header: Vec<String>,
    /// Its rows, each as long as the header.
    pub rows: Vec<(Tone, Vec<Cell>)>,
}

/// Columns whose cells are numbers and line up at their end.
const NUMBERS: [&str; 5] = ["value", "W", "MHz", "°C", "printed"];

impl Grid {
    /// A grid without rows.
    pub fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.into(),
            header: columns.iter().map(|name| (*name).into()).collect(),
            rows: Vec::new(),
        }
    }

    /// With these rows.
    #[must_use]
    pub fn with<C: Into<Cell>>(mut self, rows: impl IntoIterator<Item = (Tone, Vec<C>)>) -> Self {
        let rows = rows.into_iter();
        let cells = |cells: Vec<C>| cells.into_iter().map(Into::into).collect();
        self.rows = rows.map(|(tone, row)| (tone, cells(row))).collect();
        self
    }

    /// Whether a column's cells are numbers, from 0.
    pub fn is_number(&self, column: usize) -> bool {
        let name = self.columns.get(column);
        name.is_some_and(|name| NUMBERS.contains(name))
    }
}

/// How a chart draws the numbers of the grid beside it: it holds none of its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// A bar a row for each of these columns, with the text of the cell at its end; the first column names the rows.
    Bars {
        /// Columns, from 0.
        values: Vec<usize>,
    },
    /// Lines over a column of numbers, each of the columns in a panel of its own; one line a text of the first column.
    Lines {
        /// The column of the horizontal axis.
        over: usize,
        /// Columns, from 0.
        values: Vec<usize>,
        /// Whether the horizontal axis is one of powers.
        powers: bool,
    },
    /// Rates over operations a byte, both in powers: the first rows are ceilings, where a slope meets a roof, the others
    /// points; the second column numbers them, the third names them.
    Roofline {
        /// The column of operations a byte.
        over: usize,
        /// The column of rates.
        value: usize,
        /// How many rows are ceilings.
        ceilings: usize,
    },
}

/// A heading and what stands under it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// A short name in English, for the tabs of a workbook.
    pub name: &'static str,
    /// The table.
    pub grid: Option<Grid>,
    /// How its numbers are drawn, where a format can.
    pub chart: Option<Chart>,
    /// Whether the table is there for the chart alone: a format that draws none leaves the section out.
    pub for_chart: bool,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// Terms and what they mean.
    pub terms: Vec<(String, String)>,
    /// Sources, which cells refer to by number from 1.
    pub sources: Vec<String>,
}

impl Section {
    /// A section with a table.
    pub fn of(title: impl Into<String>, grid: Grid) -> Self {
        Self {
            title: title.into(),
            grid: Some(grid),
            ..Self::default()
        }
    }

    /// A section whose table stands beside a chart.
    pub fn drawn(title: impl Into<String>, grid: Grid, chart: Chart) -> Self {
        Self {
            chart: Some(chart),
            for_chart: true,
            ..Self::of(title, grid)
        }
    }

    /// With a short name.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// With paragraphs under the table.
    #[must_use]
    pub fn and(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.lines.extend(lines);
        self
    }

    fn said(&self, lang: Lang) -> Self {
        let grid = self.grid.as_ref().map(|grid| Grid {
            columns: grid.columns.clone(),
            header: grid.header.iter().map(|name| lang.say(name)).collect(),
            rows: grid
                .rows
                .iter()
                .map(|(tone, row)| (*tone, said(row, lang)))
                .collect(),
        });
        let terms = self.terms.iter();
        Self {
            title: lang.say(&self.title),
            name: self.name,
            grid,
            chart: self.chart.clone(),
            for_chart: self.for_chart,
            lines: self.lines.iter().map(|line| lang.say(line)).collect(),
            terms: terms
                .map(|(term, meaning)| (lang.say(term), lang.say(meaning)))
                .collect(),
            sources: self.sources.iter().map(|source| lang.say(source)).collect(),
        }
    }
}

fn said(row: &[Cell], lang: Lang) -> Vec<Cell> {
    let one = |cell: &Cell| Cell {
        text: lang.say(&cell.text),
        ..cell.clone()
    };
    row.iter().map(one).collect()
}

/// What is printed, read and signed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The heading.
    pub title: String,
    /// Paragraphs before the first section.
    pub lead: Vec<String>,
    /// In reading order.
    pub sections: Vec<Section>,
    /// Paragraphs at the end.
    pub closing: Vec<String>,
}

impl Document {
    /// The same in another language; names stay as they are.
    #[must_use]
    pub fn said(&self, lang: Lang) -> Self {
        if lang == Lang::En {
            return self.clone();
        }
        Self {
            title: lang.say(&self.title),
            lead: self.lead.iter().map(|line| lang.say(line)).collect(),
            sections: self
                .sections
                .iter()
                .map(|section| section.said(lang))
                .collect(),
            closing: self.closing.iter().map(|line| lang.say(line)).collect(),
        }
    }
}
