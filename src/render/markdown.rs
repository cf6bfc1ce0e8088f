//! Tables for a pull request: text from drivers and files is escaped, so that it stays text.

use super::document::{Document, Grid, Section};

/// Its sections one after the other; a pull request has a heading of its own, so that the document's is left out.
pub fn document(document: &Document) -> String {
    let lines = |lines: &[String]| lines.iter().map(|line| escape(line) + "\n").collect();
    let shown = document.sections.iter().filter(|one| !one.for_chart);
    let mut parts: Vec<String> = shown.map(section).collect();
    parts.push(lines(&document.closing));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn section(section: &Section) -> String {
    let mut text = format!("### {}\n\n", escape(&section.title));
    text.extend(section.grid.iter().map(grid));
    text.extend(
        section
            .lines
            .iter()
            .map(|line| format!("\n{}\n", escape(line))),
    );
    let terms = section.terms.iter();
    text.extend(
        terms.map(|(term, meaning)| format!("- **{}**: {}\n", escape(term), escape(meaning))),
    );
    let sources = section.sources.iter().enumerate();
    text.extend(sources.map(|(at, source)| format!("- \\[{}\\] {}\n", at + 1, escape(source))));
    text
}

fn grid(grid: &Grid) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(grid.header.iter().map(|name| escape(name)).collect());
    text += &line(grid.columns.iter().map(|name| rule(name).into()).collect());
    for (_, cells) in &grid.rows {
        text += &line(cells.iter().map(|cell| escape(&cell.text)).collect());
    }
    text
}

/// Values line up at their end.
fn rule(name: &str) -> &'static str {
    if name == "value" { "---:" } else { "---" }
}

/// Text that stays text: nothing in it ends a cell, starts markup, or mentions anybody.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    for letter in super::text::clean(text).chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' if !before.is_alphanumeric() => escaped.push_str("&#64;"),
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
        before = letter;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips;
    use crate::render::pages;
    use crate::sheet::{Sheet, fixture};

    fn sheet(sheet: &Sheet) -> String {
        document(&pages::sheet(sheet))
    }

    #[test]
    fn every_line_of_a_table_has_the_same_cells() {
        let mut run = fixture::sxm5();
        run.device.name = "a|b\\|c <img src=x> `@you`\n# d".into();
        let text = sheet(&Sheet::new(&[run], &chips::all().unwrap()));
        let mut cells = 0;
        for line in text.lines() {
            let bare = line.replace("\\\\", "").replace("\\|", "");
            let now = bare.matches('|').count();
            assert!(now == 0 || cells == 0 || now == cells, "{line}");
            cells = now;
        }
        assert!(!text.contains("<img") && !text.contains("@you"), "{text}");
        assert!(text.starts_with("### a\\|b\\\\\\|c &lt;img"), "{text}");
    }

    #[test]
    fn the_sheet_shows_values_all_chips_orders_flags_and_sources() {
        let chips = chips::all().unwrap();
        let text = sheet(&Sheet::new(&[fixture::sxm5()], &chips));
        for chip in chips.iter().filter(|chip| chip.table2) {
            assert!(
                text.contains(&format!("| {} |", chip.name)),
                "{}",
                chip.name
            );
        }
        for part in [
            "| peak/f32 |  | 66.20 ± 0.04 | TFLOPS | vector f32 |",
            "99.0 % of official",
            "1.89×",
            "0.47× (presumed)",
            "- **conflict**: ",
            "- \\[1\\] ",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn a_sheet_without_results_is_still_table_2() {
        let text = sheet(&Sheet::new(&[], &chips::all().unwrap()));
        assert!(text.starts_with("### Table 2"));
    }
}
