//! What a check found, to be read.

use super::verify::{Difference, Verdict};
use crate::render::document::{Document, Grid, Section, Tone};

/// The most differences that are read; JSON has all.
const MOST: usize = 50;

/// The verdict, what was looked at, and what differs, the first thing first.
pub fn document(verdict: &Verdict) -> Document {
    let mut sections = vec![checked(verdict)];
    sections.extend(differences(&verdict.differences));
    sections.extend(notes(verdict));
    Document {
        title: "Evidence bundle".into(),
        lead: lead(verdict),
        sections,
        closing: Vec::new(),
    }
}

fn lead(verdict: &Verdict) -> Vec<String> {
    let signed = match &verdict.signed_by {
        Some(key) => format!("signed by key {key}"),
        None => "nobody's signature was checked".into(),
    };
    let mut lines = match verdict.differences.first() {
        None => vec![format!("verified · {signed}")],
        Some(first) => vec!["not verified".into(), format!("first · {}", one(first))],
    };
    if let Some(maker) = verdict
        .made_by
        .as_ref()
        .filter(|maker| **maker != verdict.tool)
    {
        let (maker, own) = (maker.to_string(), verdict.tool.to_string());
        lines.push(format!("made by {maker}"));
        lines.push(format!("checked by {own}"));
        lines.push(
            "Another version may print the same values otherwise: the version that made the bundle compares every letter."
                .into(),
        );
    }
    lines
}

/// A difference as a line.
fn one(difference: &Difference) -> String {
    let mut parts = vec![difference.path.clone(), difference.what.clone()];
    if let Some(place) = &difference.place {
        let named = [
            ("table", &place.table),
            ("row", &place.row),
            ("column", &place.column),
        ];
        let named = named.iter().filter(|(_, text)| !text.is_empty());
        parts.extend(named.map(|(name, text)| format!("{name}: {text}")));
    }
    let texts = [
        ("in the bundle", &difference.stored),
        ("expected", &difference.expected),
    ];
    let texts = texts
        .iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?)));
    parts.extend(texts.map(|(name, text)| format!("{name}: {text}")));
    parts.join(" · ")
}

fn checked(verdict: &Verdict) -> Section {
    let checked = &verdict.checked;
    let signature = match (&verdict.signed_by, &verdict.comment) {
        (Some(key), comment) => format!("{key} · {}", comment.as_deref().unwrap_or_default()),
        (None, _) => "none".into(),
    };
    let rows = [
        ("signature", signature),
        ("created", verdict.created.clone().unwrap_or_default()),
        ("files by size and SHA-256", checked.files.to_string()),
        ("results read", checked.results.to_string()),
        ("shaders rendered again", checked.shaders.to_string()),
        (
            "printed cells made anew from the samples",
            checked.cells.to_string(),
        ),
    ];
    let rows = rows.map(|(what, found)| (Tone::Plain, vec![what.to_owned(), found]));
    Section::of(
        "What was checked",
        Grid::new(&["checked", "found"]).with(rows),
    )
}

fn differences(all: &[Difference]) -> Option<Section> {
    let rows = all.iter().take(MOST).map(|one| {
        let place = one.place.clone().unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = vec![
            one.path.clone(),
            one.what.clone(),
            place.table,
            place.row,
            place.column,
            text(&one.stored),
            text(&one.expected),
        ];
        (Tone::Bad, cells)
    });
    let columns = [
        "file",
        "difference",
        "table",
        "row",
        "column",
        "in the bundle",
        "expected",
    ];
    let grid = Grid::new(&columns).with(rows);
    let more = all.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("{more} more; --json has all"));
    (!all.is_empty()).then(|| Section::of("What differs", grid).and(more))
}

fn notes(verdict: &Verdict) -> Option<Section> {
    let section = Section {
        title: "Notes".into(),
        lines: verdict.notes.clone(),
        ..Section::default()
    };
    (!verdict.notes.is_empty()).then_some(section)
}
