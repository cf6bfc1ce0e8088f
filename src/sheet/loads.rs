//! One case under several loads: a burst beside what lasts, operands that are easy on the chip beside random ones.

use std::collections::HashMap;

use crate::kernel::{Mode, Pattern};
use crate::results::Results;

use super::{Row, runs};

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

/// Fills in by how much each row of devices measured at once is above the same device's alone, in the run that its file
/// names; of several, the first one's.
pub(super) fn beside_alone(results: &[Results], groups: &[Vec<usize>], rows: &mut [Row]) {
    let values: HashMap<Key, f64> = rows
        .iter()
        .filter_map(|row| Some((key(row), row.value?)))
        .collect();
    for row in rows {
        let first = groups.get(row.run).and_then(|group| group.first());
        let Some(run) = first.map(|first| &results[*first]) else {
            continue;
        };
        let alone = groups
            .iter()
            .position(|group| group.first().is_some_and(|at| is_alone(&results[*at], run)));
        let (Some(value), Some(alone)) = (row.value, alone) else {
            continue;
        };
        let (_, kernel, size, mode, data) = key(row);
        let alone = values.get(&(alone, kernel, size, mode, data));
        row.over_alone = alone.map(|alone| value / alone);
    }
}

/// Whether `one` is the run of the same device alone that `other` was followed by.
fn is_alone(one: &Results, other: &Results) -> bool {
    other.concurrent.is_some() && one.concurrent.is_none() && runs::same_but_beside(one, other)
}
