//! One file to read, print and sign: no script, no network, nothing to open beside it.
//!
//! The template escapes every text: adapter names, reasons and sources come from drivers and files.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::text::clean;
use super::{Grid, ORDERS_DIFFER, Sources, Tone};
use crate::error::{Error, Result};
use crate::sheet::Sheet;

const TEMPLATE: &str = include_str!("sheet.html");

/// Columns whose cells are numbers and line up at their end.
const NUMBERS: [&str; 5] = ["value", "W", "MHz", "°C", "printed"];

#[derive(Serialize)]
struct Page {
    title: String,
    sections: Vec<Section>,
    explanations: Vec<Line>,
    sources: Vec<String>,
    version: &'static str,
}

#[derive(Serialize)]
struct Section {
    title: String,
    header: Vec<&'static str>,
    /// Which columns hold numbers, from 0.
    numbers: Vec<usize>,
    rows: Vec<Row>,
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct Row {
    tone: &'static str,
    cells: Vec<String>,
}

#[derive(Serialize)]
struct Line {
    flag: String,
    meaning: &'static str,
}

/// What was measured, beside Table 2, with every source and an explanation of each flag.
///
/// # Errors
///
/// [`Error::Data`] where the template is wrong.
pub fn sheet(sheet: &Sheet) -> Result<String> {
    let mut sections = Vec::new();
    for run in 0..sheet.runs.len() {
        sections.push(section(super::rows::measured(sheet, run), None));
        let others = [
            super::plateaus::grid(sheet, run),
            super::power::grid(sheet, run),
        ];
        sections.extend(others.into_iter().flatten().map(|grid| section(grid, None)));
    }
    let mut sources = Sources::default();
    sections.push(section(super::table2(sheet, &mut sources), None));
    let orders = sheet.orders.iter();
    sections.extend(orders.map(|order| section(super::orders(order), Some(ORDERS_DIFFER))));
    let line = |one: &crate::sheet::Explanation| Line {
        flag: one.flag.to_string(),
        meaning: one.meaning,
    };
    rendered(&Page {
        title: title(sheet),
        sections,
        explanations: sheet.explanations.iter().map(line).collect(),
        sources: sources.0.iter().map(|source| clean(source)).collect(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// The devices, each once.
fn title(sheet: &Sheet) -> String {
    let mut names: Vec<String> = sheet.runs.iter().map(|run| clean(&run.device)).collect();
    names.dedup();
    match names.len() {
        0 => "Table 2 of the 2023 report".into(),
        1..=3 => format!("{} beside Table 2", names.join(", ")),
        more => format!("{more} devices beside Table 2"),
    }
}

fn section(grid: Grid, note: Option<&'static str>) -> Section {
    let numbers = grid.header.iter().enumerate();
    let numbers = numbers.filter(|(_, name)| NUMBERS.contains(name));
    let row = |(tone, cells): (Tone, Vec<String>)| Row {
        tone: match tone {
            Tone::Plain => "plain",
            Tone::Faint => "faint",
            Tone::Doubt => "doubt",
            Tone::Bad => "bad",
        },
        cells: cells.iter().map(|cell| clean(cell)).collect(),
    };
    Section {
        title: clean(&grid.title),
        numbers: numbers.map(|(at, _)| at).collect(),
        header: grid.header,
        rows: grid.rows.into_iter().map(row).collect(),
        note,
    }
}

fn rendered(page: &Page) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let text = environment.render_str(TEMPLATE, Serde(page));
    text.map_err(|error| Error::Data {
        what: "sheet.html".into(),
        why: format!("{error:#}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips;
    use crate::sheet::fixture;

    fn page(name: &str) -> String {
        let mut run = fixture::sxm5();
        run.device.name = name.into();
        sheet(&Sheet::new(&[run], &chips::all().unwrap())).unwrap()
    }

    #[test]
    fn the_page_holds_values_chips_orders_flags_and_sources_and_needs_nothing_else() {
        let page = page("NVIDIA H100 80GB HBM3");
        for part in [
            "66.20 ± 0.04",
            "<td>天垓 100</td>",
            "204.9",
            "1.89×",
            "0.47× (presumed)",
            "<dt>conflict</dt>",
            "<li>",
            "实测记录",
            "@page",
            "prefers-color-scheme: dark",
        ] {
            assert!(page.contains(part), "{part}");
        }
        for outside in ["<script", "http-equiv", "<link", "src=", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        let count = |tag: &str| page.matches(tag).count();
        for tag in ["table", "tr", "td", "section", "div"] {
            assert_eq!(
                count(&format!("<{tag}>")) + count(&format!("<{tag} ")),
                count(&format!("</{tag}>")),
                "{tag}"
            );
        }
    }

    #[test]
    fn hostile_names_end_as_text() {
        let hostile = "<script>alert(1)</script><img src=x onerror=y>\"'&\u{202e}\u{7}";
        let page = page(hostile);
        assert!(!page.contains("<script") && !page.contains("<img"));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;"));
        assert!(!page.contains('\u{202e}') && !page.contains('\u{7}'));
    }
}
