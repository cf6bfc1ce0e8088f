//! A sheet as grids of words, and each format's own small file that lays them out.
//!
//! Numbers get the digits that their interval supports, at most four; without an interval, three.
//! Adapter names and reasons come from files and drivers: each format escapes them its own way.

use crate::chips::{Chip, Official, Property, State, Tag};
use crate::figure::{Format, Kind, Metric, Sparsity, word};
use crate::sheet::order::Place;
use crate::sheet::{ChipRow, Flag, Order, Sheet};

pub mod csv;
pub mod digits;
pub mod html;
pub mod json;
pub mod markdown;
mod plan;
mod plateaus;
mod power;
mod rows;
pub mod text;

/// How a row should strike the reader, where the format has colours; never the only sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    /// As it should be.
    Plain,
    /// Left out or not possible.
    Faint,
    /// To be looked at.
    Doubt,
    /// Failed or invalid.
    Bad,
}

/// A table before it has a form.
#[derive(Debug, Clone, PartialEq)]
struct Grid {
    title: String,
    header: Vec<&'static str>,
    rows: Vec<(Tone, Vec<String>)>,
}

/// Where values come from: a public value refers to its source by number.
#[derive(Debug, Default)]
struct Sources(Vec<String>);

impl Sources {
    fn number(&mut self, source: &str) -> usize {
        if let Some(at) = self.0.iter().position(|known| known == source) {
            return at + 1;
        }
        self.0.push(source.into());
        self.0.len()
    }
}

/// The chips, all in one table.
fn table2(sheet: &Sheet, sources: &mut Sources) -> Grid {
    let mut devices: Vec<_> = sheet.runs.iter().map(|run| &*run.device).collect();
    devices.dedup();
    let on = match devices[..] {
        [one] => format!("; measured on {one}"),
        _ => String::new(),
    };
    let mut grid = Grid {
        title: format!("Table 2 of the 2023 report beside public and measured figures{on}"),
        header: vec![
            "chip", "metric", "printed", "official", "kind", "flags", "measured", "ratio",
        ],
        rows: Vec::new(),
    };
    for row in &sheet.chips {
        let doubt = row.flags.iter().any(|flag| flag.is_doubt());
        let tone = if doubt { Tone::Doubt } else { Tone::Plain };
        grid.rows
            .push((tone, chip_row(row, devices.len() > 1, sources)));
    }
    grid
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
fn official(values: &[Official], cell: Option<Kind>, sources: &mut Sources) -> String {
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

/// In which words a value's kind differs from its cell's.
fn unlike(value: Option<Kind>, cell: Option<Kind>) -> Option<String> {
    let (value, cell) = (value?, cell?);
    let mut words = Vec::new();
    let engine = value.engine.filter(|_| value.engine != cell.engine);
    words.extend(engine.map(|engine| word(&engine)));
    let storage = value.storage.filter(|_| value.storage != cell.storage);
    words.extend(storage.map(|format| word(&format)));
    // Of another engine or format it goes without saying that the sum is another too.
    let alike = words.is_empty() && value.accumulate != cell.accumulate;
    let sum = value.accumulate.filter(|_| alike);
    words.extend(sum.map(|format| format!("acc {}", word(&format))));
    let sparsity = value.sparsity.filter(|_| value.sparsity != cell.sparsity);
    let sparsity = sparsity.filter(|sparsity| *sparsity == Sparsity::TwoOfFour);
    words.extend(sparsity.map(|sparsity| format!("{} sparse", word(&sparsity))));
    words.extend((value.scope != cell.scope).then(|| format!("per {}", word(&value.scope))));
    (!words.is_empty()).then(|| words.join(" "))
}

/// The kind of a rate as stated, and what is presumed of it; the other properties say theirs by name.
fn stated(stated: Option<Kind>, presumed: Option<Kind>) -> String {
    let Some(stated) = stated.filter(|kind| kind.metric == Metric::Rate) else {
        return String::new();
    };
    let guess = presumed.map(|presumed| {
        let mut words = vec![String::from(", presumed")];
        words.extend(presumed.engine.map(|engine| word(&engine)));
        words.extend(sum(&presumed));
        words.join(" ")
    });
    kind(&stated) + &guess.unwrap_or_default()
}

/// The format of the running sum, where it is stated and not that of the operands.
fn sum(kind: &Kind) -> Option<String> {
    let own = |sum: &Format| *sum == Format::Unspecified || kind.arithmetic == Some(*sum);
    let sum = kind.accumulate.filter(|sum| !own(sum));
    sum.map(|format| format!("acc {}", word(&format)))
}

/// A kind in few words: engine, format, what it computes and accumulates in where that differs.
fn kind(kind: &Kind) -> String {
    let mut words = Vec::new();
    words.push(
        kind.engine
            .map_or_else(|| word(&kind.metric), |engine| word(&engine)),
    );
    words.extend(kind.storage.map(|format| word(&format)));
    let computed = kind
        .arithmetic
        .filter(|arithmetic| kind.storage != Some(*arithmetic));
    words.extend(computed.map(|format| format!("computed in {}", word(&format))));
    words.extend(sum(kind));
    words.extend((kind.sparsity == Some(Sparsity::TwoOfFour)).then(|| "2:4 sparse".into()));
    let rate = kind.metric == Metric::Rate;
    let small = rate && word(&kind.scope) != "card";
    words.extend(small.then(|| format!("per {}", word(&kind.scope))));
    words.join(" ")
}

/// Both orders of the chips side by side.
fn orders(order: &Order) -> Grid {
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
    Grid {
        title: format!(
            "Half precision, ratio to the {}: as printed, and matrix engine beside matrix engine",
            order.reference
        ),
        header: vec!["", "as printed", "ratio", "like for like", "ratio"],
        rows: rows.collect(),
    }
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
const ORDERS_DIFFER: &str = "The report's row holds vector rates (NVIDIA) beside what are presumably \
     matrix rates: as printed, unlike stands beside unlike.";

/// What a reader has to know of the chips beside their cells, and which other products are known.
fn chip_notes(chips: &[Chip]) -> Vec<String> {
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
fn overview(chips: &[Chip]) -> Grid {
    let mut header = vec!["chip", "vendor"];
    header.extend([
        "fp32",
        "fp16",
        "int8",
        "nm",
        "GB",
        "memory",
        "bus",
        "ecosystem",
        "measurable",
    ]);
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
    Grid {
        title: "Table 2 of the 2023 report, as printed (TFLOPS; int8 TOPS)".into(),
        header,
        rows: chips.iter().filter(|chip| chip.table2).map(row).collect(),
    }
}

/// Everything known of one chip.
fn details(chip: &Chip, sources: &mut Sources) -> Grid {
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
    Grid {
        title: format!(
            "{} · {} {} · {}",
            chip.name, chip.vendor, chip.vendor_en, chip.product
        ),
        header: vec!["metric", "printed", "official", "kind", "note"],
        rows: rows.collect(),
    }
}

/// The flags as words of programs, with a semicolon between them.
fn flags_words(flags: &[Flag]) -> String {
    flags.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// Engine, storage, arithmetic, accumulate, sparsity and scope; empty where they don't apply.
fn kind_fields(kind: &Kind) -> [String; 6] {
    [
        kind.engine.as_ref().map(word).unwrap_or_default(),
        kind.storage.as_ref().map(word).unwrap_or_default(),
        kind.arithmetic.as_ref().map(word).unwrap_or_default(),
        kind.accumulate.as_ref().map(word).unwrap_or_default(),
        kind.sparsity.as_ref().map(word).unwrap_or_default(),
        word(&kind.scope),
    ]
}

fn list<T: ToString>(items: &[T]) -> String {
    let words: Vec<_> = items.iter().map(ToString::to_string).collect();
    words.join(", ")
}
