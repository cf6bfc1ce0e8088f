//! A stored sheet beside the same one made anew: which cells differ.

use std::collections::HashMap;

use serde_json::Value;

use super::cells::{Cell, cells, leaves};
use super::verify::{Difference, Place};

/// What is said where a printed cell is not what the samples give.
pub const CELL: &str = "a printed cell is not what the samples give";

/// The most differences that are told of one file.
const MOST: usize = 100;

/// What differs between a stored sheet and `own`; nothing where they are the same to the letter.
pub fn sheet(path: &str, stored: &[u8], own: &[u8]) -> Vec<Difference> {
    if stored == own {
        return Vec::new();
    }
    // Nobody's sheet: to take it apart would cost more than it tells.
    if stored.len() > 2 * own.len() + (64 << 10) {
        return vec![letters(path, stored, own)];
    }
    let (theirs, ours) = (cells(path, stored), cells(path, own));
    // What can't be read as its format has no cells.
    if theirs.is_empty() {
        return vec![letters(path, stored, own)];
    }
    if path.ends_with(".json") {
        let found = keyed(path, &theirs, &ours);
        return match found.is_empty() {
            true => vec![letters(path, stored, own)],
            false => found,
        };
    }
    let differ = |(theirs, ours): (&Cell, &Cell)| {
        let cell = Difference::new(path, CELL).at(place(ours));
        cell.texts(&theirs.text, &ours.text)
    };
    // A changed heading makes every place below it another; its own text comes first and is all that is told.
    let pairs = theirs.iter().zip(&ours);
    let mut found: Vec<_> = pairs
        .filter(|(theirs, ours)| theirs.text != ours.text)
        .map(differ)
        .collect();
    if theirs.len() != ours.len() {
        found.truncate(1);
        let counts = Difference::new(path, "has more or fewer cells than the samples give");
        found.push(counts.texts(&theirs.len().to_string(), &ours.len().to_string()));
    }
    found.truncate(MOST);
    if !found.is_empty() {
        return found;
    }
    vec![letters(path, stored, own)]
}

/// What differs between values that are known by their keys, in the order of `ours`; then how many there are more.
fn keyed(path: &str, theirs: &[Cell], ours: &[Cell]) -> Vec<Difference> {
    // A row goes by its place: its name may be what was changed.
    fn key(cell: &Cell) -> (&str, &str, &str) {
        let row = cell.row.split(' ').next().unwrap_or_default();
        (&cell.table, row, &cell.column)
    }
    let known: HashMap<_, _> = theirs.iter().map(|cell| (key(cell), &*cell.text)).collect();
    let changed = ours.iter().filter_map(|cell| {
        let stored = known.get(&key(cell)).copied();
        let told = Difference::new(path, CELL).at(place(cell));
        (stored != Some(&*cell.text)).then(|| told.texts(stored.unwrap_or_default(), &cell.text))
    });
    let mut found: Vec<_> = changed.take(MOST).collect();
    if theirs.len() != ours.len() {
        let counts = Difference::new(path, "has more or fewer cells than the samples give");
        found.push(counts.texts(&theirs.len().to_string(), &ours.len().to_string()));
    }
    found
}

/// How many cells are printed in a sheet's file.
pub fn count(path: &str, own: &[u8]) -> usize {
    cells(path, own).len()
}

fn place(cell: &Cell) -> Place {
    Place {
        table: cell.table.clone(),
        row: cell.row.clone(),
        column: cell.column.clone(),
    }
}

/// The first line that differs where no cell does.
fn letters(path: &str, stored: &[u8], own: &[u8]) -> Difference {
    fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
        bytes.split(|byte| *byte == b'\n')
    }
    let same = split(stored).zip(split(own));
    let same = same.take_while(|(theirs, ours)| theirs == ours).count();
    let line = |bytes: &[u8]| {
        let line = split(bytes).nth(same).unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    };
    let place = Place {
        row: format!("line {}", same + 1),
        ..Place::default()
    };
    Difference::new(path, "is not what the samples give, to the letter")
        .at(place)
        .texts(&line(stored), &line(own))
}

/// Words of a sheet as JSON that are values rather than wording.
const WORDS: [&str; 7] = [
    "kernel", "unit", "outcome", "chip", "metric", "printed", "device",
];

/// The values in a sheet as JSON that another build made and that this one computes otherwise: numbers, and the words
/// that name them. What only one of the two builds prints is no value of both.
pub fn values(path: &str, stored: &[u8], own: &[u8]) -> Vec<Difference> {
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let (Some(theirs), Some(ours)) = (parsed(stored), parsed(own)) else {
        return vec![Difference::new(path, "is no sheet as JSON")];
    };
    let schema = theirs["schema"] == ours["schema"];
    let mut found = Vec::new();
    for table in ["rows", "plateaus", "chips"] {
        let list = |value: &Value| value[table].as_array().cloned().unwrap_or_default();
        let (theirs, ours) = (list(&theirs), list(&ours));
        if theirs.len() != ours.len() {
            let place = Place {
                table: table.into(),
                ..Place::default()
            };
            let rows = Difference::new(path, "has more or fewer rows than the samples give");
            let (theirs, ours) = (theirs.len().to_string(), ours.len().to_string());
            found.push(rows.at(place).texts(&theirs, &ours));
        }
        for (at, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            let place = |column: &str| Place {
                table: table.into(),
                row: (at + 1).to_string(),
                column: column.into(),
            };
            found.extend(row(path, theirs, ours, schema, place));
        }
    }
    found.truncate(MOST);
    found
}

/// One row's values; a key of `ours` that `theirs` has not counts only within one schema.
fn row(
    path: &str,
    theirs: &Value,
    ours: &Value,
    schema: bool,
    place: impl Fn(&str) -> Place,
) -> Vec<Difference> {
    let listed = |value: &Value| {
        let mut all = Vec::new();
        leaves(value, &mut String::new(), &mut |key, text| {
            all.push((key.to_owned(), text))
        });
        all
    };
    let theirs = listed(theirs);
    let mut found = Vec::new();
    for (key, own) in listed(ours) {
        let name = key.rsplit('.').next().unwrap_or_default();
        let number = own.parse::<f64>().is_ok() || own == "null";
        if !number && !WORDS.contains(&name) {
            continue;
        }
        let stored = theirs.iter().find(|(other, _)| *other == key);
        let stored = stored.map(|(_, text)| text.as_str());
        // Where a number became a group of them or nothing, it is another schema's business.
        if stored.is_some_and(|stored| !alike(stored, &own)) || (stored.is_none() && schema) {
            let cell = Difference::new(path, CELL).at(place(&key));
            found.push(cell.texts(stored.unwrap_or_default(), &own));
        }
    }
    found
}

/// The same word, or numbers that differ by rounding at most.
fn alike(a: &str, b: &str) -> bool {
    let numbers = a.parse::<f64>().ok().zip(b.parse::<f64>().ok());
    a == b || numbers.is_some_and(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()))
}
