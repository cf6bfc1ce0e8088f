//! Chips as grids of words: printed, official, of which kind, and what was measured beside.

use crate::chips::{Centre, Chip, Official, Property, State, Tag};
use crate::figure::{Kind, word};
use crate::sheet::order::Place;
use crate::sheet::{ChipRow, Order, Sheet};

use super::digits;
use super::document::{Cell, Chart, Grid, Section, Tone};
use super::kinds::{list, stated, unlike};

/// Where values come from: a public value refers to its source by number.
#[derive(Debug, Default)]
pub(super) struct Sources(pub(super) Vec<String>);

impl Sources {
    fn number(&mut self, source: &str) -> usize {
        if let Some(at) = self.0.iter().position(|known| known == source) {
            return at + 1;
        }
        self.0.push(source.into());
        self.0.len()
    }
}

/// The heading of the chips' table.
pub(super) fn table2_title(sheet: &Sheet) -> String {
    let on = match devices(sheet)[..] {
        [one] => format!("; measured on {one}"),
        _ => String::new(),
    };
    format!("Table 2 of the 2023 report beside public and measured figures{on}")
}

/// The devices that were measured, each once.
fn devices(sheet: &Sheet) -> Vec<&str> {
    let mut devices: Vec<_> = sheet.runs.iter().map(|run| &*run.device).collect();
    devices.dedup();
    devices
}

/// The chips, all in one table.
pub(super) fn table2(sheet: &Sheet, sources: &mut Sources) -> Grid {
    let several = devices(sheet).len() > 1;
    let rows = sheet.chips.iter().map(|row| {
        let doubt = row.flags.iter().any(|flag| flag.is_doubt());
        let tone = if doubt { Tone::Doubt } else { Tone::Plain };
        (tone, chip_row(row, several, sources))
    });
    Grid::new(&[
        "chip", "metric", "printed", "official", "kind", "flags", "measured", "ratio",
    ])
    .with(rows)
}

fn chip_row(row: &ChipRow, name_device: bool, sources: &mut Sources) -> Vec<String> {
    let unit = row.unit.map_or(String::new(), |unit| format!(" ({unit})"));
    let measured = row.measured.as_ref().map(|closest| {
        let value = digits::with_interval(closest.value, closest.low, closest.high);
        let name = format!("{} {}", closest.kernel, closest.size);
        let on = if name_device {
            format!(" on {}", closest.device)
        } else {
            String::new()
        };
        format!("{value}, {}{on}", name.trim())
    });
    vec![
        row.chip.clone(),
        format!("{}{unit}", word(&row.metric)),
        row.printed.clone().unwrap_or_default(),
        official(&row.official, row.kind, sources),
        stated(row.kind, row.presumed),
        list(&row.flags),
        measured.or_else(|| row.reason.clone()).unwrap_or_default(),
        ratio(row),
    ]
}

/// Attainment in per cent of the product's own figure, a ratio across products with ×.
fn ratio(row: &ChipRow) -> String {
    let presumed = if row.presumed.is_some() {
        " (presumed)"
    } else {
        ""
    };
    match (row.attainment, row.ratio) {
        (Some(own), _) => format!(
            "{} % of official{presumed}",
            digits::significant(100.0 * own, 3)
        ),
        (None, Some(other)) => format!("{}×{presumed}", digits::significant(other, 3)),
        (None, None) if row.measured.is_some() => row.reason.clone().unwrap_or_default(),
        (None, None) => String::new(),
    }
}

/// Every public value with the number of its source, and how well it is known.
pub(super) fn official(values: &[Official], cell: Option<Kind>, sources: &mut Sources) -> String {
    let one = |value: &Official| {
        let number = value.value.map(|number| number.to_string());
        let text = value.text.clone();
        let mut words: Vec<_> = text.or(number).into_iter().collect();
        words.extend(unlike(value.kind, cell).map(|fields| format!("({fields})")));
        if value.tag != Tag::Confirmed {
            words.push(word(&value.tag));
        }
        words.push(format!("[{}]", sources.number(&value.source)));
        words.join(" ")
    };
    values.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Each chip's two ratios, for the chart beside the orders.
pub(super) fn ratios(order: &Order) -> Section {
    let ratio = |places: &[Place], chip: &str| {
        let place = places.iter().find(|place| place.chip == chip);
        let ratio = place.and_then(|place| place.ratio);
        ratio.map_or_else(Cell::default, |ratio| {
            Cell::number(ratio, format!("{ratio:.2}×"))
        })
    };
    let mut names: Vec<&str> = Vec::new();
    for place in order.as_printed.iter().chain(&order.like_for_like) {
        if !names.contains(&&*place.chip) {
            names.push(&place.chip);
        }
    }
    let rows = names.into_iter().map(|chip| {
        let cells = vec![
            Cell::from(chip),
            ratio(&order.as_printed, chip),
            ratio(&order.like_for_like, chip),
        ];
        (Tone::Plain, cells)
    });
    let grid = Grid::new(&["chip", "as printed", "like for like"]).with(rows);
    let title = format!(
        "Half precision over that of the {}, as printed and like for like",
        order.reference
    );
    let chart = Chart::Bars { values: vec![1, 2] };
    Section::drawn(title, grid, chart).named("ratios")
}

/// The heading of the two orders.
pub(super) fn orders_title(order: &Order) -> String {
    format!(
        "Half precision, ratio to the {}: as printed, and matrix engine beside matrix engine",
        order.reference
    )
}

/// Both orders of the chips side by side.
pub(super) fn orders(order: &Order) -> Grid {
    let count = order.as_printed.len().max(order.like_for_like.len());
    let place =
        |places: &[Place], at: usize| places.get(at).map_or([const { String::new() }; 2], place);
    let rows = (0..count).map(|at| {
        let [printed, printed_ratio] = place(&order.as_printed, at);
        let [like, like_ratio] = place(&order.like_for_like, at);
        let cells = vec![
            (at + 1).to_string(),
            printed,
            printed_ratio,
            like,
            like_ratio,
        ];
        (Tone::Plain, cells)
    });
    Grid::new(&["", "as printed", "ratio", "like for like", "ratio"]).with(rows)
}

fn place(place: &Place) -> [String; 2] {
    let presumed = if place.presumed { " (presumed)" } else { "" };
    let ratio = place.ratio.map(|ratio| format!("{ratio:.2}×{presumed}"));
    let reason = place
        .reason
        .as_ref()
        .map(|reason| format!("unlike: {reason}"));
    let name = format!("{} {} {}", place.chip, place.value, place.unit);
    [name, ratio.or(reason).unwrap_or_default()]
}

/// Why the two orders differ.
pub(super) const ORDERS_DIFFER: &str = "The report's row holds vector rates (NVIDIA) beside what are presumably \
     matrix rates: as printed, unlike stands beside unlike.";

/// What a reader has to know of the chips beside their cells, and which other products are known.
pub(super) fn chip_notes(chips: &[Chip]) -> Vec<String> {
    let mut notes = Vec::new();
    for chip in chips.iter().filter(|chip| chip.table2) {
        if chip.measurable.state != State::Yes {
            notes.push(format!("{}: {}", chip.name, chip.measurable.reason));
        }
        notes.extend(
            chip.note
                .iter()
                .map(|note| format!("{}: {note}", chip.name)),
        );
    }
    let others = chips.iter().filter(|chip| !chip.table2);
    let others: Vec<_> = others.map(|chip| chip.name.clone()).collect();
    if !others.is_empty() {
        notes.push(format!(
            "further products, each by its name (suanli chips '{}'): {}",
            others[0],
            others.join(", ")
        ));
    }
    notes
}

/// The chips of Table 2 as printed, a row each.
pub(super) fn overview(chips: &[Chip]) -> Grid {
    let row = |chip: &Chip| {
        let mut cells = vec![
            chip.name.clone(),
            format!("{} {}", chip.vendor, chip.vendor_en),
        ];
        cells.extend(Property::TABLE2.map(|property| {
            let printed = chip.cell(property).and_then(|cell| cell.printed.clone());
            printed.unwrap_or_default()
        }));
        cells.push(word(&chip.measurable.state));
        (Tone::Plain, cells)
    };
    Grid::new(&[
        "chip",
        "vendor",
        "fp32",
        "fp16",
        "int8",
        "nm",
        "GB",
        "memory",
        "bus",
        "ecosystem",
        "measurable",
    ])
    .with(chips.iter().filter(|chip| chip.table2).map(row))
}

/// The centres of Table 8, with what their cells say of stages and precision.
pub(super) fn centres(all: &[Centre]) -> Grid {
    let row = |centre: &Centre| {
        let precisions = centre
            .stages
            .iter()
            .filter_map(|stage| stage.precision.clone());
        let cells = vec![
            centre.region.clone(),
            centre.name.clone(),
            centre.location.clone(),
            centre.status.clone(),
            centre.compute.clone().unwrap_or_default(),
            precisions.collect::<Vec<_>>().join(", "),
            centre.note.clone().unwrap_or_default(),
        ];
        (Tone::Plain, cells)
    };
    Grid::new(&[
        "region",
        "centre",
        "location",
        "status",
        "computing power",
        "precision",
        "note",
    ])
    .with(all.iter().map(row))
}

/// Everything known of one chip.
pub(super) fn details(chip: &Chip, sources: &mut Sources) -> Grid {
    let rows = chip.cells.iter().map(|cell| {
        let unit = cell
            .property
            .unit()
            .map_or(String::new(), |unit| format!(" ({unit})"));
        let cells = vec![
            format!("{}{unit}", word(&cell.property)),
            cell.printed.clone().unwrap_or_default(),
            official(&cell.official, cell.kind, sources),
            stated(cell.kind, cell.presumed),
            cell.note.clone().unwrap_or_default(),
        ];
        (Tone::Plain, cells)
    });
    Grid::new(&["metric", "printed", "official", "kind", "note"]).with(rows)
}
