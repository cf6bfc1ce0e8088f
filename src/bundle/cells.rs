//! The cells of a printed sheet, by format: what names the one that differs.
//!
//! What these readers don't see (a rule of a table, an attribute) is compared to the letter all the same, by line.

use serde_json::Value;

use crate::error::short;
use crate::import;

/// One text of a sheet, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The heading of its table.
    pub table: String,
    /// Its row, from 1, with the first cell; empty outside tables.
    pub row: String,
    /// The heading of its column; empty outside tables.
    pub column: String,
    /// What it says.
    pub text: String,
}

/// The cells of a file of this name; none where the format has no reader.
pub fn cells(name: &str, bytes: &[u8]) -> Vec<Cell> {
    let text = &String::from_utf8_lossy(bytes);
    match name.rsplit('.').next().unwrap_or_default() {
        "xlsx" => workbook(bytes),
        "md" => lines(text, "| ", markdown),
        "txt" => lines(text, "│", terminal),
        "csv" => commas(text),
        "html" => page(text),
        "json" => json(text),
        _ => Vec::new(),
    }
}

/// Cells in the order they are read in, with the table and row they stand in.
#[derive(Default)]
struct Reader {
    cells: Vec<Cell>,
    table: String,
    header: Option<Vec<String>>,
    row: usize,
}

impl Reader {
    /// Words outside a table, after which a row is another table's header.
    fn words(&mut self, text: &str) {
        self.header = None;
        self.cells.push(Cell {
            table: self.table.clone(),
            text: text.into(),
            ..Cell::default()
        });
    }

    fn title(&mut self, text: &str) {
        self.words(text);
        self.table = short(text);
        self.row = 0;
    }

    fn row(&mut self, texts: Vec<String>) {
        // What Markdown draws under a header.
        if self.row == 0 && texts.iter().all(|text| text == "---" || text == "---:") {
            return;
        }
        let name = match &self.header {
            None => "header".into(),
            Some(_) => {
                self.row += 1;
                let first = short(texts.first().map_or("", String::as_str));
                format!("{} {first}", self.row).trim().to_owned()
            }
        };
        let names = || texts.iter().map(|text| short(text)).collect();
        let header = self.header.take().unwrap_or_else(names);
        for (at, text) in texts.iter().enumerate() {
            self.cells.push(Cell {
                table: self.table.clone(),
                row: name.clone(),
                column: header.get(at).cloned().unwrap_or_default(),
                text: text.clone(),
            });
        }
        self.header = Some(header);
    }
}

/// A format of lines, where those of a table begin with `mark`.
fn lines(text: &str, mark: &str, split: fn(&str) -> Option<Vec<String>>) -> Vec<Cell> {
    let mut reader = Reader::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let before_table = lines.peek().is_some_and(|next| next.starts_with('┌'));
        match split(line).filter(|_| line.starts_with(mark)) {
            Some(row) => reader.row(row),
            None if line.is_empty() || line.starts_with(['┌', '╞', '└']) => {}
            None if before_table || line.starts_with("### ") => {
                reader.title(line.trim_start_matches("### "));
            }
            None => reader.words(line),
        }
    }
    reader.cells
}

fn markdown(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
    Some(inner.split(" | ").map(String::from).collect())
}

fn terminal(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('│')?.strip_suffix('│')?;
    let cells = inner.split('┆').map(|cell| cell.trim().to_owned());
    Some(cells.collect())
}

/// A tab a table. A formula is not seen here, only what it came to.
fn workbook(bytes: &[u8]) -> Vec<Cell> {
    let mut reader = Reader::default();
    for tab in import::workbook("sheet.xlsx", bytes).unwrap_or_default() {
        reader.title(&tab.sheet.unwrap_or_default());
        for line in tab.lines {
            match line.cells.iter().filter(|text| !text.is_empty()).count() {
                0 => {}
                1 => reader.words(&line.cells.concat()),
                _ => reader.row(line.cells),
            }
        }
    }
    reader.cells
}

fn commas(text: &str) -> Vec<Cell> {
    let mut reader = Reader::default();
    let mut builder = csv::ReaderBuilder::new();
    let records = builder.has_headers(false).flexible(true);
    for record in records.from_reader(text.as_bytes()).records().flatten() {
        reader.row(record.iter().map(String::from).collect());
    }
    reader.cells
}

/// A page of ours: headings, rows of cells, and other words.
fn page(text: &str) -> Vec<Cell> {
    let mut reader = Reader::default();
    let (mut row, mut words) = (Vec::new(), String::new());
    for piece in text.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap_or((piece, ""));
        let said = unescaped(words.trim());
        match tag.split_whitespace().next().unwrap_or_default() {
            "/th" | "/td" => row.push(said),
            "/tr" => reader.row(std::mem::take(&mut row)),
            "/h2" => reader.title(&said),
            _ if !said.is_empty() => reader.words(&said),
            _ => {}
        }
        words = after.into();
    }
    reader.cells
}

fn unescaped(text: &str) -> String {
    let letters = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    let replace = |text: String, (from, to): (&str, &str)| text.replace(from, to);
    letters.into_iter().fold(text.into(), replace)
}

/// Every value of a JSON object: its list is the table, its place there the row, the keys below are the column.
fn json(text: &str) -> Vec<Cell> {
    let Ok(Value::Object(whole)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let mut cells = Vec::new();
    for (table, value) in &whole {
        match value {
            Value::Array(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    let named = ["kernel", "chip", "name", "flag", "device"];
                    let name = named.iter().find_map(|key| row[*key].as_str());
                    let name = format!("{} {}", at + 1, short(name.unwrap_or_default()));
                    leaves(row, &mut String::new(), &mut |column, text| {
                        cells.push(Cell {
                            table: short(table),
                            row: name.trim().into(),
                            column: short(column),
                            text,
                        });
                    });
                }
            }
            other => leaves(other, &mut String::new(), &mut |column, text| {
                cells.push(Cell {
                    table: short(table),
                    row: String::new(),
                    column: short(column),
                    text,
                });
            }),
        }
    }
    cells
}

/// Calls `each` with the path and text of every value that holds no other.
fn leaves(value: &Value, path: &mut String, each: &mut dyn FnMut(&str, String)) {
    let length = path.len();
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                path.push_str(&format!("{dot}{key}"));
                leaves(value, path, each);
                path.truncate(length);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (at, value) in list.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                leaves(value, path, each);
                path.truncate(length);
            }
        }
        Value::String(text) => each(path, text.clone()),
        other => each(path, other.to_string()),
    }
}
