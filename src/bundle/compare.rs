//! A stored sheet beside the same one made anew: which cells differ.

use std::collections::HashMap;

use super::cells::{Cell, cells};
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
