//! The documents there are: a sheet, what was measured alone, the chips, one chip, a plan.

use crate::audit::Audit;
use crate::chips::{Centre, Chip};
use crate::convert::Plan;
use crate::figure::word;
use crate::import::Imported;
use crate::sheet::Sheet;

use super::chips::{self, ORDERS_DIFFER, Sources};
use super::document::{Document, Section};
use super::{audit, book, charts, imported, plan, plateaus, power, rows};

/// The tabs of what was measured.
const MEASURED: &str = "measured";

/// The tab of the chips.
const TABLE2: &str = "Table 2";

/// What every sheet says first.
const LEAD: &str = "Every answer behind a value was checked. A ratio stands only between figures of one kind: engine, \
     formats, accumulate, sparsity and scope. ± is half of a 95 % interval.";

/// What no measurement of ours is.
const RECORD: &str = "A record of measurements, not the report of an accredited laboratory.";

/// What was measured, beside Table 2, with every source and an explanation of each flag.
pub fn sheet(sheet: &Sheet) -> Document {
    let mut sections = runs(sheet);
    sections.extend(charts::attainment(sheet));
    let mut sources = Sources::default();
    let grid = chips::table2(sheet, &mut sources);
    sections.push(Section::of(chips::table2_title(sheet), grid).named(TABLE2));
    sections.extend(sheet.orders.iter().map(|order| {
        let section = Section::of(chips::orders_title(order), chips::orders(order));
        section.named("orders").and([ORDERS_DIFFER.into()])
    }));
    sections.extend(sheet.orders.iter().map(chips::ratios));
    sections.extend(imported::section(&sheet.imported));
    sections.extend(explanations(sheet));
    sections.extend(numbered(sources));
    Document {
        title: title(sheet),
        lead: vec![LEAD.into()],
        sections,
        closing: closing(),
    }
}

/// The same for a spreadsheet: values, ends and ratios in columns of their own, ratios computed there.
pub fn book(sheet: &Sheet) -> Document {
    let mut document = self::sheet(sheet);
    let (mut run, mut sources) = (0, Sources::default());
    for section in &mut document.sections {
        match section.name {
            MEASURED => {
                section.grid = Some(book::measured(sheet, run));
                run += 1;
            }
            TABLE2 => section.grid = Some(book::table2(sheet, &mut sources)),
            _ => {}
        }
    }
    document
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

/// The report's Table 8, which `suanli plan` takes targets from.
pub fn centres(all: &[Centre]) -> Document {
    let title = "Table 8 of the 2023 report: computing centres, as printed";
    Document {
        sections: vec![Section::of(title, chips::centres(all))],
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

/// What one file of others' measurements says.
pub fn imported(one: &Imported) -> Document {
    Document {
        sections: imported::section(std::slice::from_ref(one))
            .into_iter()
            .collect(),
        ..Document::default()
    }
}

/// What is wrong with a foreign sheet.
pub fn audit(audit: &Audit) -> Document {
    Document {
        title: format!("Plausibility of {}", audit.file),
        sections: vec![audit::section(audit)],
        closing: audit::words(audit),
        ..Document::default()
    }
}

/// One table a run, one of its sweep's plateaus, and one of power and clock.
fn runs(sheet: &Sheet) -> Vec<Section> {
    let of_run = |run: usize| {
        let heading = rows::heading(&sheet.runs[run]);
        let measured = Section::of(heading, rows::measured(sheet, run)).named(MEASURED);
        let others = [plateaus::section(sheet, run), power::section(sheet, run)];
        let drawn = charts::of_run(sheet, run);
        std::iter::once(measured)
            .chain(others.into_iter().flatten())
            .chain(drawn)
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
        name: "flags",
        terms,
        ..Section::default()
    })
}

fn numbered(sources: Sources) -> Option<Section> {
    (!sources.0.is_empty()).then(|| Section {
        title: "Sources".into(),
        name: "sources",
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
