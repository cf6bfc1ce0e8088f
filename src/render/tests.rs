//! Whole documents in both languages.

use super::document::Document;
use super::gate::{self, fixture as gated};
use super::{Lang, pages};
use crate::chips;
use crate::convert::{Assumptions, Plan, Precision, Target};
use crate::sheet::{Explanation, Flag, Sheet, fixture};

/// Every text of a document.
fn texts(document: &Document, lang: Lang) -> Vec<String> {
    let mut texts = vec![document.title.clone()];
    texts.extend(document.lead.iter().chain(&document.closing).cloned());
    for section in &document.sections {
        texts.push(section.title.clone());
        texts.push(lang.say(section.name));
        texts.extend(section.lines.iter().cloned());
        texts.extend(section.sources.iter().cloned());
        texts.extend(
            section
                .terms
                .iter()
                .flat_map(|(a, b)| [a.clone(), b.clone()]),
        );
        if let Some(grid) = &section.grid {
            texts.extend(grid.header.iter().cloned());
            let cells = grid.rows.iter().flat_map(|(_, cells)| cells);
            texts.extend(cells.map(|cell| cell.text.clone()));
        }
    }
    texts
}

/// The documents of everything the fixtures hold, and of every flag.
fn documents() -> Vec<Document> {
    let all = chips::all().unwrap();
    let runs = [fixture::sxm5(), fixture::swept()];
    let mut sheet = Sheet::new(&runs, &all);
    sheet.explanations = Flag::ALL
        .map(|flag| Explanation {
            flag,
            meaning: flag.meaning(),
        })
        .into();
    for row in &mut sheet.rows {
        row.flags = Flag::ALL.into();
    }
    let mut documents = vec![
        pages::sheet(&sheet),
        pages::book(&sheet),
        pages::sheet(&Sheet::new(&[], &all)),
        pages::chips(&all),
        pages::centres(&chips::centres().unwrap()),
    ];
    documents.extend(all.iter().map(pages::chip));
    let plan = |chip: &str, doubt: Option<&str>| {
        let target = Target {
            pflops: 100.0,
            precision: Precision::ALL[0],
            centre: None,
            doubt: doubt.map(Into::into),
        };
        let assumptions = Assumptions {
            kwh_price: Some(0.6),
            ..Assumptions::default()
        };
        Plan::new(target, chips::find(&all, chip).unwrap(), assumptions).unwrap()
    };
    documents.push(pages::plan(&plan("A100", None)));
    documents.push(pages::plan(&plan("H100 SXM5", None)));
    for centre in chips::centres().unwrap() {
        if let Ok(target) = Target::of(&centre, Some(Precision::ALL[0])) {
            let chip = chips::find(&all, "A100").unwrap();
            let plan = Plan::new(target, chip, Assumptions::default());
            documents.extend(plan.iter().map(pages::plan));
        }
    }
    documents.extend(gates());
    documents
}

/// The gate's documents, with every text that it stores.
fn gates() -> Vec<Document> {
    let mut judgements = vec![
        gated::mixed(),
        gated::looked_at_twice(),
        gated::unlike(),
        gated::calibrated(),
    ];
    judgements.extend(gated::refused());
    let mut documents: Vec<_> = judgements
        .iter()
        .map(|one| gate::judgement(one, true))
        .collect();
    documents.extend([
        gate::trend(&gated::month()),
        gate::floors(&gated::measured_floors()),
        gate::false_alarms(&gated::alarms()),
        gate::baselines(&gated::saved()),
        gate::baselines(&[]),
    ]);
    documents
}

/// Whether it is a word of an English sentence, rather than a name, a number or a unit.
fn is_english(word: &str) -> bool {
    word.len() > 2 && word.chars().all(|letter| letter.is_ascii_lowercase())
}

/// Without what is typed: `suanli` with its commands and options, and what a driver said, which is quoted.
fn without_commands(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut typed = false;
    for word in text.split(' ') {
        typed = match word {
            _ if word.ends_with("suanli") => true,
            _ => word.contains("--") || (typed && word.is_ascii()),
        };
        if !typed {
            words.push(word);
        }
    }
    let unquoted = words.join(" ");
    let pieces = unquoted.split('「');
    pieces
        .filter_map(|piece| piece.rsplit('」').next())
        .collect()
}

#[test]
fn a_document_said_in_chinese_holds_no_english_but_names() {
    // Names of programs, files and functions, and what vendors call their own.
    let names = [
        "suanli",
        "wgpu",
        "chips",
        "vulkan",
        "memory",
        "copy",
        "inf",
        "tune",
        "off",
        "sclk",
        "xzwgit",
        "roofline",
        "newsbreak",
        "golem",
        "geektopia",
        "cann",
        "gitcode",
        "itbear",
        "rutab",
        "tech",
    ];
    let mut found = Vec::new();
    for document in documents() {
        for text in texts(&document.said(Lang::Zh), Lang::Zh) {
            let text = without_commands(&text);
            let words = text.split(|letter: char| letter.is_whitespace() || !letter.is_ascii());
            let words =
                words.map(|word| word.trim_matches(|letter: char| letter.is_ascii_punctuation()));
            if words
                .filter(|word| is_english(word))
                .any(|word| !names.contains(&word))
            {
                found.push(text);
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} texts: {found:#?}", found.len());
}

#[test]
fn a_document_in_english_holds_no_chinese_but_names_and_what_the_report_prints() {
    let all = chips::all().unwrap();
    let mut names = String::new();
    for chip in &all {
        names += &format!(
            "{} {} {} {}",
            chip.name, chip.vendor, chip.product, chip.vendor_en
        );
        for cell in &chip.cells {
            names += cell.printed.as_deref().unwrap_or_default();
            let texts = cell
                .official
                .iter()
                .filter_map(|official| official.text.as_deref());
            names.extend(texts);
            names.extend(cell.official.iter().map(|official| &*official.source));
        }
    }
    // Names of centres and of their stages, as printed.
    names += include_str!("../chips/centres.toml");
    let mut found = Vec::new();
    for document in documents() {
        for text in texts(&document, Lang::En) {
            let chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
            let mut runs = text.split(|letter| !chinese(letter));
            if runs.any(|run| !names.contains(run)) {
                found.push(text);
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} texts: {found:#?}", found.len());
}
