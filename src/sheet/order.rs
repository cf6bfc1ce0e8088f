//! The order of the chips as the report prints it, and like for like: for half precision it flips.
//!
//! The report's row holds vector rates (NVIDIA) beside what are almost surely matrix rates (思元370,
//! 天垓100). Both orders are computed from the chip data; nothing here knows their outcome.

use serde::Serialize;

use crate::chips::{Cell, Chip, Official, Property};
use crate::figure::{Basis, Figure, Unit};

/// The chip every ratio of an order is taken to.
const REFERENCE: &str = "A100";

/// The chips of Table 2 in two orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Order {
    /// The report's row.
    pub metric: Property,
    /// The like-for-like property beside it.
    pub like_metric: Property,
    /// The chip that ratios are taken to.
    pub reference: String,
    /// As printed, as if the row were of one kind.
    pub as_printed: Vec<Place>,
    /// Official figures of one kind; unlike ones at the end, without a ratio.
    pub like_for_like: Vec<Place>,
}

/// One chip in an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Its name as printed.
    pub chip: String,
    /// Its figure in `unit`.
    pub value: f64,
    /// Of the value.
    pub unit: Unit,
    /// The figure ÷ the reference's.
    pub ratio: Option<f64>,
    /// The kind of one of the two is presumed.
    pub presumed: bool,
    /// Why there is no ratio.
    pub reason: Option<String>,
}

/// The half-precision row as printed, and the matrix engines' half precision.
pub(super) fn half_precision(chips: &[Chip]) -> Option<Order> {
    let chips: Vec<_> = chips.iter().filter(|chip| chip.table2).collect();
    let reference = chips.iter().find(|chip| chip.name == REFERENCE)?;
    Some(Order {
        metric: Property::Fp16,
        like_metric: Property::Fp16Matrix,
        reference: reference.name.clone(),
        as_printed: as_printed(&chips, reference.cell(Property::Fp16)?)?,
        like_for_like: like_for_like(&chips, reference.cell(Property::Fp16Matrix)?)?,
    })
}

/// The row read as the report prints it: every number taken to be of the reference's kind.
fn as_printed(chips: &[&Chip], reference: &Cell) -> Option<Vec<Place>> {
    let one = reference.figure()?;
    let claimed = |cell: &Cell| {
        Some(Figure {
            kind: one.kind,
            unit: one.unit,
            basis: Basis::Printed,
            ..cell.figure()?
        })
    };
    let figures = chips.iter().filter_map(|chip| {
        let cell = chip.cell(reference.property)?;
        Some((*chip, claimed(cell)?))
    });
    Some(places(figures, &one))
}

/// The official figures, each chip's one of the reference's kind where it has one.
fn like_for_like(chips: &[&Chip], reference: &Cell) -> Option<Vec<Place>> {
    let one = reference.official.iter().find_map(Official::figure)?;
    let figures = chips.iter().filter_map(|chip| {
        let cell = chip.cell(reference.property)?;
        let known: Vec<_> = cell.official.iter().filter_map(Official::figure).collect();
        let alike = known.iter().find(|figure| figure.kind.alike(&one.kind));
        Some((*chip, alike.or(known.first())?.clone()))
    });
    Some(places(figures, &one))
}

/// The largest first; figures without a ratio at the end.
fn places<'a>(figures: impl Iterator<Item = (&'a Chip, Figure)>, one: &Figure) -> Vec<Place> {
    let place = |(chip, figure): (&Chip, Figure)| {
        let ratio = figure.over(one);
        Place {
            chip: chip.name.clone(),
            value: figure.value,
            unit: figure.unit,
            ratio: ratio.as_ref().ok().map(|ratio| ratio.value),
            presumed: ratio
                .as_ref()
                .map_or(figure.basis == Basis::Presumed, |r| r.presumed),
            reason: ratio
                .err()
                .map(|error| format!("{} differ", error.fields.join(", "))),
        }
    };
    let mut places: Vec<_> = figures.map(place).collect();
    places.sort_by(|a, b| {
        let ranked = b.ratio.is_some().cmp(&a.ratio.is_some());
        ranked.then(b.value.total_cmp(&a.value))
    });
    places
}
