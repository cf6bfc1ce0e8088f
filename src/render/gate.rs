//! What the gate says as documents: a judgement, a trend, floors, false alarms, and the baselines that are kept.

use std::collections::BTreeSet;

use super::digits;
use super::document::{Cell, Grid, Tone};
use crate::figure::word;
use crate::gate::Comparison;
use crate::kernel::{Mode, Params, Pattern};

mod alarms;
mod differences;
mod floors;
mod judgement;
mod legend;
mod store;
mod trend;

#[cfg(test)]
pub(super) mod fixture;
#[cfg(test)]
mod tests;

pub use alarms::false_alarms;
pub use floors::floors;
pub use judgement::judgement;
pub use store::baselines;
pub use trend::trend;

/// A row's cells, each with the column it stands in.
type Row = (Tone, Vec<(&'static str, Cell)>);

/// A grid of the columns in which any row says something.
fn grid(rows: Vec<Row>) -> Grid {
    let names: Vec<&'static str> = rows.first().map_or(Vec::new(), |(_, cells)| {
        cells.iter().map(|(name, _)| *name).collect()
    });
    let said = |at: &usize| rows.iter().any(|(_, cells)| !cells[*at].1.text.is_empty());
    let kept: Vec<usize> = (0..names.len()).filter(said).collect();
    let columns: Vec<_> = kept.iter().map(|at| names[*at]).collect();
    let rows = rows.iter().map(|(tone, cells)| {
        let cells: Vec<Cell> = kept.iter().map(|at| cells[*at].1.clone()).collect();
        (*tone, cells)
    });
    Grid::new(&columns).with(rows)
}

/// A share in percent, two decimals below 10 %.
fn hundredths(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = if percent.abs() < 9.995 { 2 } else { 1 };
    format!("{percent:.decimals$}")
}

/// A share as it is read: `2.00 %`.
fn percent(share: f64) -> Cell {
    Cell::number(share * 100.0, format!("{} %", hundredths(share)))
}

/// A change with its sign, but for one that rounds to nothing.
fn signed(share: f64) -> String {
    let text = hundredths(share);
    match text.trim_start_matches('-') {
        "0.00" => "0.00".into(),
        _ if share > 0.0 => format!("+{text}"),
        _ => text,
    }
}

/// A change of speed: `-3.12 %`.
fn change(share: f64) -> Cell {
    Cell::number(share * 100.0, format!("{} %", signed(share)))
}

/// The interval of a change: `-4.02 … -2.20 %`.
fn interval(found: &Comparison) -> String {
    format!("{} … {} %", signed(found.low), signed(found.high))
}

/// A p with two digits.
fn p(p: f64) -> Cell {
    let text = match p {
        0.0..0.0001 => "< 0.0001".into(),
        _ => digits::significant(p, 2),
    };
    Cell::number(p, text)
}

/// The smaller of the two p: that of the way the change went.
fn p_of(found: &Comparison) -> f64 {
    found.p_slower.min(found.p_faster)
}

/// The size, and mode and data where they are not the usual ones.
fn size(params: &Params) -> String {
    let mut words = vec![params.size()];
    words.extend((params.mode != Mode::Sustained).then(|| word(&params.mode)));
    let odd = params.data.filter(|data| *data != Pattern::Random);
    words.extend(odd.map(|data| word(&data)));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// The cards of a document by their names, and by their bus where a name stands for several.
struct Cards(BTreeSet<(String, Option<String>)>);

impl Cards {
    fn of<'a>(cards: impl Iterator<Item = (&'a String, &'a Option<String>)>) -> Self {
        Self(
            cards
                .map(|(name, bus)| (name.clone(), bus.clone()))
                .collect(),
        )
    }

    /// The only one, where there is one.
    fn only(&self) -> Option<&str> {
        let first = self.0.first().filter(|_| self.0.len() == 1);
        first.map(|(name, _)| &**name)
    }

    /// What stands in a column of devices: nothing where it goes without saying.
    fn cell(&self, name: &str, bus: Option<&str>) -> Cell {
        if self.0.len() < 2 {
            return Cell::default();
        }
        self.name(name, bus).into()
    }

    /// The name, with the bus where others have that name too.
    fn name(&self, name: &str, bus: Option<&str>) -> String {
        let like = self.0.iter().filter(|(other, _)| other == name).count();
        match bus.filter(|_| like > 1) {
            Some(bus) => format!("{name} ({bus})"),
            None => name.into(),
        }
    }
}

/// A count with its word: `1 run`, `5 runs`.
fn counted(count: usize, one: &str, more: &str) -> String {
    let word = if count == 1 { one } else { more };
    format!("{count} {word}")
}
