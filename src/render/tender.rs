//! A deviation table and the record of an acceptance as documents to print and sign.
//!
//! Clauses, requirements, names and files are a stranger's words: they stand to the letter in every language.

use super::digits;
use super::document::{Cell, Document, Grid, Section, Tone};
use super::lang::Lang;
use super::pages;
use crate::figure::{Kind, word};
use crate::tender::{Answer, Card, File, Line, Mark, Proof, Table, Verdict};

mod acceptance;

use acceptance::{accepted, signatures};

/// Columns whose cells are said to the letter in every language.
const LETTER: [&str; 14] = [
    "clause",
    "requirement",
    "evidence",
    "entry",
    "card",
    "device",
    "PCI bus",
    "serial",
    "host",
    "suite",
    "suanli",
    "driver",
    "file",
    "name",
];

/// The heading of the verdicts, as tenders have it.
const VERDICT: &str = "verdict on the deviation";

/// How many digits of a hash stand in a cell; the whole of it stands below.
const HASH: usize = 12;

const BEFORE: &str = "Tests belong at the acceptance, not at the bid (财库〔2023〕7号).";
const OUTSIDE: &str = "A test of components, outside the scenarios of GB/T 45087-2024, GB/T 46346-2025 and T/CESA 1169-2021.";
const RULE: [&str; 3] = [
    "A verdict rests on the 95 % interval of the medians of at least 6 runs, on evidence of the required kind alone: engine, formats, accumulate, sparsity and scope.",
    "Positive: the whole interval is better than required. Negative: the whole interval is worse. None: the value is the required one within ± 0.5 % and not worse. Everything else cannot be told, which is no pass.",
    "Evidence: the file, # and the index of the record from 0, and the first 12 digits of the file's SHA-256.",
];

/// The table in English.
pub fn document(table: &Table) -> Document {
    let mut sections = vec![facts(table)];
    let title = match &table.acceptance {
        Some(acceptance) => {
            sections.extend(accepted(table, acceptance));
            "Acceptance: record of measurements"
        }
        None => {
            let deviations = Section::of("Table of deviations", deviations(table));
            sections.push(deviations.and(summary(table)));
            sections.push(Section::of("The numbers behind the table", numbers(table)));
            "Technical parameters: table of deviations"
        }
    };
    sections.push(Section {
        title: "How verdicts are reached".into(),
        lines: RULE.map(String::from).into(),
        ..Section::default()
    });
    sections.push(Section::of("What was measured", cards(table)));
    sections.push(Section::of("With what it was measured", campaigns(table)));
    sections.push(Section::of("Files", files(table)));
    sections.extend(table.acceptance.as_ref().map(|one| signatures(table, one)));
    let mut closing: Vec<String> = [pages::RECORD, BEFORE, OUTSIDE].map(String::from).into();
    let (version, revision) = (env!("CARGO_PKG_VERSION"), env!("SUANLI_REVISION"));
    closing.push(format!("Made by suanli {version} (revision {revision})."));
    Document {
        title: title.into(),
        lead: Vec::new(),
        sections,
        closing,
    }
}

/// The table in a language; what strangers wrote stays as they wrote it.
pub fn said(table: &Table, lang: Lang) -> Document {
    let english = document(table);
    let mut said = english.said(lang);
    for (section, original) in said.sections.iter_mut().zip(&english.sections) {
        let grids = section.grid.as_mut().zip(original.grid.as_ref());
        let Some((grid, original)) = grids else {
            continue;
        };
        for (at, column) in original.columns.iter().enumerate() {
            if *column == "verdict" && lang != Lang::En {
                grid.header[at] = lang.say(VERDICT);
            }
            if !LETTER.contains(column) {
                continue;
            }
            for ((_, row), (_, letters)) in grid.rows.iter_mut().zip(&original.rows) {
                row[at].clone_from(&letters[at]);
            }
        }
    }
    said
}

/// Whose requirements, and of an acceptance its terms.
fn facts(table: &Table) -> Section {
    let project = &table.project;
    let mut facts = vec![
        ("project", project.name.clone()),
        ("tender number", project.number.clone()),
        ("buyer", project.buyer.clone()),
        ("supplier", project.supplier.clone()),
    ];
    if let Some(acceptance) = &table.acceptance {
        let terms = &acceptance.terms;
        let count = |count: Option<u32>| count.map(|count| count.to_string());
        facts.extend([
            ("contract number", terms.contract.clone()),
            ("cards delivered", count(terms.cards_total)),
            ("cards to be measured", count(terms.cards_sampled)),
            (
                "different cards measured",
                Some(acceptance.cards.to_string()),
            ),
            ("place", terms.place.clone()),
            ("date", terms.date.clone()),
        ]);
    }
    let stated = facts.into_iter();
    let rows =
        stated.map(|(item, entry)| (Tone::Plain, vec![item.into(), entry.unwrap_or_default()]));
    Section::of(
        "Project",
        Grid::new(&["item", "entry"]).with::<String>(rows),
    )
}

/// The seven columns that tenders ask for.
fn deviations(table: &Table) -> Grid {
    let rows = table.lines.iter().enumerate().map(|(at, line)| {
        let answer = &line.answer;
        let cells = vec![
            (at + 1).to_string(),
            clause(line),
            line.requirement.text.clone(),
            response(line, answer),
            answer.verdict.words().into(),
            answer.remarks.join("; "),
            evidence(&table.files, &answer.proof),
        ];
        (tone(answer.verdict), cells)
    });
    Grid::new(&[
        "no.",
        "clause",
        "requirement",
        "response (measured)",
        "verdict",
        "remarks",
        "evidence",
    ])
    .with(rows)
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Positive | Verdict::None => Tone::Plain,
        Verdict::Negative => Tone::Bad,
        Verdict::CannotTell => Tone::Doubt,
    }
}

fn clause(line: &Line) -> String {
    let mark = match line.requirement.mark {
        Some(Mark::Star) => "★ ",
        Some(Mark::Triangle) => "▲ ",
        None => "",
    };
    format!("{mark}{}", line.requirement.clause)
}

/// The measured value with its interval and how many runs it rests on.
fn response(line: &Line, answer: &Answer) -> String {
    let Some(value) = answer.value else {
        return "no evidence".into();
    };
    let value = digits::with_interval(value, answer.low, answer.high);
    let runs = match answer.runs {
        1 => "1 run".into(),
        more => format!("{more} runs"),
    };
    format!("{value} {} ({runs})", line.requirement.unit)
}

fn evidence(files: &[File], proof: &[Proof]) -> String {
    let one = |proof: &Proof| {
        let file = files.get(proof.file)?;
        let hash = file.sha256.get(..HASH).unwrap_or(&file.sha256);
        Some(format!("{} #{} {hash}", file.name, proof.record))
    };
    proof.iter().filter_map(one).collect::<Vec<_>>().join("; ")
}

/// How many of each verdict, and what the marks make of them.
fn summary(table: &Table) -> [String; 2] {
    let summary = &table.summary;
    let counts = format!(
        "positive deviation: {} · no deviation: {} · negative deviation: {} · cannot tell: {}",
        summary.positive, summary.none, summary.negative, summary.cannot_tell
    );
    let stars = match (summary.star_negative.len(), summary.star_cannot_tell.len()) {
        (0, 0) => "★: no negative deviation, and none that cannot be told".into(),
        (0, open) => format!("★: no negative deviation; cannot tell: {open}"),
        (bad, open) => {
            format!("★: negative deviation: {bad}, each voids the bid; cannot tell: {open}")
        }
    };
    [counts, stars]
}

/// Required and measured as numbers, with the deviation for a spreadsheet to compute.
fn numbers(table: &Table) -> Grid {
    let rows = table.lines.iter().enumerate().map(|(at, line)| {
        let mut cells: Vec<Cell> = vec![(at + 1).to_string().into(), clause(line).into()];
        cells.push(kind(&line.requirement.kind, &word(&line.requirement.mode)).into());
        cells.extend(compared(line, &line.answer));
        (tone(line.answer.verdict), cells)
    });
    Grid::new(&[
        "no.",
        "clause",
        "kind",
        "required",
        "measured",
        "low",
        "high",
        "unit",
        "runs",
        "deviation",
    ])
    .with(rows)
}

/// required, measured, low, high, unit, runs, deviation.
fn compared(line: &Line, answer: &Answer) -> [Cell; 7] {
    let required = line.requirement.required;
    let four = |value: f64| Cell::number(value, digits::significant(value, 4));
    let maybe = |value: Option<f64>| value.map(four).unwrap_or_default();
    let deviation = answer.value.map(|value| {
        let by = value - required;
        let sign = if by > 0.0 { "+" } else { "" };
        let text = format!("{sign}{}", digits::significant(by, 3));
        Cell::number(by, text).by("[measured]-[required]")
    });
    [
        Cell::number(required, plain(required)),
        maybe(answer.value),
        maybe(answer.low),
        maybe(answer.high),
        line.requirement.unit.to_string().into(),
        Cell::number(f64::from(answer.runs), answer.runs.to_string()),
        deviation.unwrap_or_default(),
    ]
}

/// A number as it was typed, where that is not hundreds of digits long.
fn plain(number: f64) -> String {
    match number {
        1e-6..1e15 => number.to_string(),
        _ => format!("{number:e}"),
    }
}

/// Every field of a kind that applies: nothing goes without saying here.
fn kind(kind: &Kind, mode: &str) -> String {
    let mut words = vec![word(&kind.metric)];
    words.extend(kind.engine.map(|one| format!("engine {}", word(&one))));
    words.extend(kind.storage.map(|one| format!("storage {}", word(&one))));
    words.extend(
        kind.arithmetic
            .map(|one| format!("arithmetic {}", word(&one))),
    );
    words.extend(
        kind.accumulate
            .map(|one| format!("accumulate {}", word(&one))),
    );
    words.extend(kind.sparsity.map(|one| word(&one)));
    words.push(format!("per {}", word(&kind.scope)));
    words.push(mode.into());
    words.join(", ")
}

/// A card by its number and name.
fn label(at: usize, cards: &[Card]) -> String {
    let device = cards.get(at).map_or("", |card| &card.device);
    format!("{}: {device}", at + 1)
}

fn cards(table: &Table) -> Grid {
    let rows = table.cards.iter().enumerate().map(|(at, card)| {
        let said = |id: &Option<String>| id.clone().unwrap_or_default();
        let id = match (card.told_apart, &card.serial, &card.pci_bus_id) {
            (false, ..) => "could be any of several",
            (true, None, None) => "no serial number and no PCI bus id",
            _ => "",
        };
        let cells = vec![
            label(at, &table.cards),
            said(&card.pci_bus_id),
            card.serial
                .clone()
                .or(card.uuid.clone())
                .unwrap_or_default(),
            said(&card.host),
            id.into(),
        ];
        let tone = if id.is_empty() {
            Tone::Plain
        } else {
            Tone::Doubt
        };
        (tone, cells)
    });
    Grid::new(&["card", "PCI bus", "serial", "host", "which card"]).with(rows)
}

fn campaigns(table: &Table) -> Grid {
    let rows = table.campaigns.iter().map(|one| {
        let own = if one.custom_shaders {
            "own shaders"
        } else {
            ""
        };
        let cells = vec![
            label(one.card, &table.cards),
            format!("{} {}", one.suite.name, one.suite.sha256),
            format!("{} ({})", one.tool.version, one.tool.revision),
            one.driver.clone(),
            one.started.clone(),
            one.runs.to_string(),
            own.into(),
        ];
        (
            if own.is_empty() {
                Tone::Plain
            } else {
                Tone::Doubt
            },
            cells,
        )
    });
    Grid::new(&[
        "card", "suite", "suanli", "driver", "begun", "runs", "shaders",
    ])
    .with(rows)
}

fn files(table: &Table) -> Grid {
    let row = |file: &File, note: String| {
        (
            Tone::Plain,
            vec![file.name.clone(), file.sha256.clone(), note],
        )
    };
    let requirements = row(&table.requirements, "requirements".into());
    let results = table.files.iter().map(|file| {
        let note = file.copy_of.map(|of| {
            let number = of + 2;
            format!("a copy of file {number}, counted once")
        });
        row(file, note.unwrap_or_else(|| "results".into()))
    });
    let rows = std::iter::once(requirements).chain(results).enumerate();
    let rows = rows.map(|(at, (tone, mut cells))| {
        cells.insert(0, (at + 1).to_string());
        (tone, cells)
    });
    Grid::new(&["no.", "file", "SHA-256", "what it is"]).with(rows)
}

#[cfg(test)]
mod tests;
