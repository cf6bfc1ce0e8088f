//! One file to read, print and sign: no script, no network, nothing to open beside it.
//!
//! The template escapes every text: adapter names, reasons and sources come from drivers and files.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::document::{Document, Grid, Tone};
use super::lang::Lang;
use super::svg;
use super::text::clean;
use crate::error::{Error, Result};

const TEMPLATE: &str = include_str!("sheet.html");

#[derive(Serialize)]
struct Page {
    lang: &'static str,
    title: String,
    lead: Vec<String>,
    sections: Vec<Section>,
    closing: Vec<String>,
}

#[derive(Serialize)]
struct Section {
    title: String,
    /// Markup of ours, in which every text is escaped.
    chart: Option<String>,
    grid: Option<Table>,
    lines: Vec<String>,
    terms: Vec<[String; 2]>,
    sources: Vec<String>,
}

#[derive(Serialize)]
struct Table {
    header: Vec<Heading>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Heading {
    name: String,
    number: bool,
}

#[derive(Serialize)]
struct Row {
    tone: &'static str,
    cells: Vec<String>,
}

/// The document in the language it is said in.
///
/// # Errors
///
/// [`Error::Data`] where the template is wrong.
pub fn document(document: &Document, lang: Lang) -> Result<String> {
    let texts = |texts: &[String]| texts.iter().map(|text| clean(text)).collect();
    let section = |one: &super::document::Section| Section {
        title: clean(&one.title),
        chart: drawn(one),
        grid: one.grid.as_ref().map(table),
        lines: texts(&one.lines),
        terms: one
            .terms
            .iter()
            .map(|(a, b)| [clean(a), clean(b)])
            .collect(),
        sources: texts(&one.sources),
    };
    rendered(&Page {
        lang: lang.tag(),
        title: clean(&document.title),
        lead: texts(&document.lead),
        sections: document.sections.iter().map(section).collect(),
        closing: texts(&document.closing),
    })
}

fn drawn(section: &super::document::Section) -> Option<String> {
    let (grid, chart) = (section.grid.as_ref()?, section.chart.as_ref()?);
    Some(svg::chart(&section.title, grid, chart))
}

fn table(grid: &Grid) -> Table {
    let header = grid.header.iter().enumerate().map(|(at, name)| Heading {
        name: clean(name),
        number: grid.is_number(at),
    });
    let row = |(tone, cells): &(Tone, Vec<super::document::Cell>)| Row {
        tone: match tone {
            Tone::Plain => "plain",
            Tone::Faint => "faint",
            Tone::Doubt => "doubt",
            Tone::Bad => "bad",
        },
        cells: cells.iter().map(|cell| clean(&cell.text)).collect(),
    };
    Table {
        header: header.collect(),
        rows: grid.rows.iter().map(row).collect(),
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
    use crate::render::pages;
    use crate::sheet::{Sheet, fixture};

    fn page(name: &str) -> String {
        let mut run = fixture::sxm5();
        run.device.name = name.into();
        let sheet = Sheet::new(&[run], &chips::all().unwrap());
        document(&pages::sheet(&sheet), Lang::En).unwrap()
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
            "A record of measurements",
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
