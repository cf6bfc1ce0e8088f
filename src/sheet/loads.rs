//! One case under several loads: a burst beside what lasts, operands that are easy on the chip beside random ones.

use std::collections::HashMap;

use crate::kernel::{Mode, Pattern};
use crate::results::Results;

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

/// Fills in by how much each row of devices measured at once is above the same device's alone. Where a device fell out
/// of a case, the others had less beside them than the file says, and there is no ratio.
pub(super) fn beside_alone(results: &[Results], groups: &[Vec<usize>], rows: &mut [Row]) {
    let values: HashMap<Key, f64> = rows
        .iter()
        .filter_map(|row| Some((key(row), row.value?)))
        .collect();
    let first = |group: &Vec<usize>| group.first().map(|at| &results[*at]);
    for row in rows {
        let run = groups.get(row.run).and_then(first);
        let Some(concurrent) = run.and_then(|run| run.concurrent.as_ref()) else {
            continue;
        };
        let is_alone = |one: &Results| {
            one.started == concurrent.alone_started
                && one.concurrent.is_none()
                && run.is_some_and(|run| one.device == run.device)
        };
        let alone = groups
            .iter()
            .position(|group| first(group).is_some_and(is_alone));
        let (Some(value), Some(alone)) = (row.value, alone) else {
            continue;
        };
        let (_, kernel, size, mode, data) = key(row);
        let alone = values.get(&(alone, kernel, size, mode, data));
        let whole = row.beside == Some(concurrent.devices);
        row.over_alone = alone.filter(|_| whole).map(|alone| value / alone);
    }
}
