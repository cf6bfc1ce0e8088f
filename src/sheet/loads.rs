//! One case under several loads: a burst beside what lasts, operands that are easy on the chip beside random ones.

use std::collections::HashMap;

use crate::kernel::{Mode, Pattern};

use super::Row;

/// What two rows share that differ in mode or data alone.
type Key = (usize, String, String, Mode, Option<Pattern>);

fn key(row: &Row) -> Key {
    let size = row.params.size();
    (row.run, row.kernel.clone(), size, row.mode, row.data)
}

/// Fills in by how much each row's value is above the same run's sustained one, and the one on random operands.
pub(super) fn compare(rows: &mut [Row]) {
    let values: HashMap<Key, f64> = rows
        .iter()
        .filter_map(|row| Some((key(row), row.value?)))
        .collect();
    for row in rows {
        let Some(value) = row.value else { continue };
        let own = key(row);
        let over = |other: Key| {
            let differs = other != own;
            values
                .get(&other)
                .filter(|_| differs)
                .map(|other| value / other)
        };
        let (run, kernel, size, mode, data) = own.clone();
        row.over_sustained = over((run, kernel.clone(), size.clone(), Mode::Sustained, data));
        let random = data.map(|_| Pattern::Random);
        row.over_random = over((run, kernel, size, mode, random));
    }
}
