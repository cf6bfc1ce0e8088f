//! A stored sheet beside the same one made anew: which cells differ.

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
    let (theirs, ours) = (cells(path, stored), cells(path, own));
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
    let split = |bytes: &[u8]| -> Vec<Vec<u8>> {
        bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (theirs, ours) = (split(stored), split(own));
    let pairs = theirs.iter().zip(&ours);
    let same = pairs.take_while(|(a, b)| a == b).count();
    let line = |lines: &[Vec<u8>]| {
        let line = lines.get(same).map_or(&[][..], Vec::as_slice);
        String::from_utf8_lossy(line).into_owned()
    };
    let place = Place {
        row: format!("line {}", same + 1),
        ..Place::default()
    };
    Difference::new(path, "is not what the samples give, to the letter")
        .at(place)
        .texts(&line(&theirs), &line(&ours))
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
