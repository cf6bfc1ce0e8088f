//! The documents there are: a sheet, what was measured alone, the chips, one chip, a plan.

use crate::chips::Chip;
use crate::convert::Plan;
use crate::figure::word;
use crate::sheet::Sheet;

use super::chips::{self, ORDERS_DIFFER, Sources};
use super::document::{Document, Section};
use super::{plan, plateaus, power, rows};

/// What every sheet says first.
const LEAD: &str = "Every answer behind a value was checked. A ratio stands only between figures of one kind: engine, \
     formats, accumulate, sparsity and scope. ± is half of a 95 % interval.";

/// What no measurement of ours is.
pub(super) const RECORD: &str =
    "A record of measurements, not the report of an accredited laboratory.";

/// What was measured, beside Table 2, with every source and an explanation of each flag.
pub fn sheet(sheet: &Sheet) -> Document {
    let mut sections = runs(sheet);
    let mut sources = Sources::default();
    let grid = chips::table2(sheet, &mut sources);
    sections.push(Section::of(chips::table2_title(sheet), grid));
    sections.extend(sheet.orders.iter().map(|order| {
        let section = Section::of(chips::orders_title(order), chips::orders(order));
        section.and([ORDERS_DIFFER.into()])
    }));
    sections.extend(explanations(sheet));
    sections.extend(numbered(sources));
    Document {
        title: title(sheet),
        lead: vec![LEAD.into()],
        sections,
        closing: closing(),
    }
}

/// What was measured, without the chips, and what its flags mean.
pub fn measured(sheet: &Sheet) -> Document {
    let mut sections = runs(sheet);
    sections.extend(explanations(sheet));
    Document {
        title: title(sheet),
        sections,
        ..Document::default()
    }
}

/// All chips as printed, with what is wrong or mixed.
pub fn chips(all: &[Chip]) -> Document {
    let title = "Table 2 of the 2023 report, as printed (TFLOPS; int8 TOPS)";
    let section = Section::of(title, chips::overview(all)).and(chips::chip_notes(all));
    Document {
        sections: vec![section],
        ..Document::default()
    }
}

/// Everything known of one chip.
pub fn chip(chip: &Chip) -> Document {
    let mut sources = Sources::default();
    let grid = chips::details(chip, &mut sources);
    let title = format!(
        "{} · {} {} · {}",
        chip.name, chip.vendor, chip.vendor_en, chip.product
    );
    let (state, reason) = (word(&chip.measurable.state), &chip.measurable.reason);
    let measurable = format!("measurable: {state} ({reason})");
    let section = Section::of(title, grid).and(chip.note.clone());
    let mut sections = vec![section.and([measurable])];
    sections.extend(numbered(sources));
    Document {
        sections,
        ..Document::default()
    }
}

/// A target in cards, power and money.
pub fn plan(plan: &Plan) -> Document {
    let mut sections = vec![plan::cards(plan)];
    sections.extend(plan::facilities(plan));
    Document {
        sections,
        closing: plan::words(plan),
        ..Document::default()
    }
}

/// One table a run, one of its sweep's plateaus, and one of power and clock.
fn runs(sheet: &Sheet) -> Vec<Section> {
    let of_run = |run: usize| {
        let heading = rows::heading(&sheet.runs[run]);
        let measured = Section::of(heading, rows::measured(sheet, run));
        let others = [plateaus::section(sheet, run), power::section(sheet, run)];
        std::iter::once(measured).chain(others.into_iter().flatten())
    };
    (0..sheet.runs.len()).flat_map(of_run).collect()
}

fn explanations(sheet: &Sheet) -> Option<Section> {
    let terms = sheet.explanations.iter();
    let terms: Vec<_> = terms
        .map(|one| (one.flag.to_string(), one.meaning.into()))
        .collect();
    (!terms.is_empty()).then(|| Section {
        title: "What the flags mean".into(),
        terms,
        ..Section::default()
    })
}

fn numbered(sources: Sources) -> Option<Section> {
    (!sources.0.is_empty()).then(|| Section {
        title: "Sources".into(),
        sources: sources.0,
        ..Section::default()
    })
}

fn closing() -> Vec<String> {
    let made = format!("Made by suanli {}.", env!("CARGO_PKG_VERSION"));
    vec![RECORD.into(), made]
}

/// The devices, each once.
fn title(sheet: &Sheet) -> String {
    let mut names: Vec<&str> = sheet.runs.iter().map(|run| &*run.device).collect();
    names.dedup();
    match names.len() {
        0 => "Table 2 of the 2023 report".into(),
        1..=3 => format!("{} beside Table 2", names.join(", ")),
        more => format!("{more} devices beside Table 2"),
    }
}
