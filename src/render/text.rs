//! Tables for a terminal: as wide as it is, coloured only where asked.

use comfy_table::{Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use super::document::{Document, Grid, Section, Tone};

/// How the terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Columns; without, tables are as wide as their content.
    pub width: Option<u16>,
    /// Escape sequences for colour.
    pub colour: bool,
}

/// Its sections one after the other; a terminal's reader knows what was typed, so that the document's own heading is left out.
pub fn document(document: &Document, look: Look) -> String {
    let lines = |lines: &[String]| lines.iter().map(|line| clean(line) + "\n").collect();
    let mut parts: Vec<String> = vec![lines(&document.lead)];
    let shown = document.sections.iter().filter(|one| !one.for_chart);
    parts.extend(shown.map(|one| section(one, look)));
    parts.push(lines(&document.closing));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn section(section: &Section, look: Look) -> String {
    let mut text = format!("{}\n", clean(&section.title));
    text.extend(section.grid.iter().map(|one| grid(one, look)));
    text.extend(section.lines.iter().map(|line| clean(line) + "\n"));
    let terms = section.terms.iter();
    text.extend(terms.map(|(term, meaning)| format!("{}: {}\n", clean(term), clean(meaning))));
    let sources = section.sources.iter().enumerate();
    text.extend(sources.map(|(at, source)| format!("[{}] {}\n", at + 1, clean(source))));
    text
}

fn grid(grid: &Grid, look: Look) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .force_no_tty();
    if look.colour {
        table.enforce_styling();
    }
    match look.width {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.set_header(grid.header.clone());
    for (tone, cells) in &grid.rows {
        table.add_row(cells.iter().map(|one| cell(&one.text, *tone, look.colour)));
    }
    // Values line up at their end.
    let value = grid.columns.iter().position(|name| *name == "value");
    if let Some(column) = value.and_then(|at| table.column_mut(at)) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

fn cell(text: &str, tone: Tone, colour: bool) -> Cell {
    let cell = Cell::new(clean(text));
    let paint = match tone {
        Tone::Plain => None,
        Tone::Faint => Some(Color::DarkGrey),
        Tone::Doubt => Some(Color::Yellow),
        Tone::Bad => Some(Color::Red),
    };
    match paint.filter(|_| colour) {
        Some(paint) => cell.fg(paint),
        None => cell,
    }
}

/// Names come from drivers and files: no escape sequence of theirs reaches the terminal.
pub(super) fn clean(text: &str) -> String {
    let visible = |letter: char| {
        let turns = matches!(
            letter,
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        if letter.is_control() || turns {
            ' '
        } else {
            letter
        }
    };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips;
    use crate::render::pages;
    use crate::sheet::{Sheet, fixture};

    fn sheet(sheet: &Sheet, look: Look) -> String {
        document(&pages::sheet(sheet), look)
    }

    fn measured(sheet: &Sheet, look: Look) -> String {
        document(&pages::measured(sheet), look)
    }

    fn example() -> Sheet {
        Sheet::new(&[fixture::sxm5()], &chips::all().unwrap())
    }

    #[test]
    fn a_measured_row_has_value_interval_unit_kind_and_answer() {
        let text = measured(&example(), Look::default());
        let line = text.lines().find(|line| line.contains("peak/f32")).unwrap();
        for part in ["66.20 ± 0.04", "TFLOPS", "vector f32", "exact; 64 sampled"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(text.contains("unsupported: the adapter has no 64-bit floats"));
    }

    #[test]
    fn a_sweep_is_followed_by_its_plateaus() {
        let swept = Sheet::new(&[fixture::swept()], &[]);
        let text = measured(&swept, Look::default());
        let line = |name: &str| text.lines().find(|line| line.contains(name)).unwrap();
        for part in ["16 KiB", "64 KiB", "25000", "GB/s"] {
            assert!(line("│ L1 ").contains(part), "{part}: {text}");
        }
        assert!(line("│ DRAM ").contains("512 MiB"), "{text}");
        assert!(!measured(&example(), Look::default()).contains("plateaus"));
        let markdown = crate::render::markdown::document(&pages::sheet(&swept));
        assert!(
            markdown.contains("| DRAM | 128 MiB | 512 MiB | 3000 | GB/s | 2 |  |"),
            "{markdown}"
        );
    }

    #[test]
    fn no_colour_means_no_escape_sequence_and_colour_has_some() {
        let plain = sheet(&example(), Look::default());
        assert!(!plain.contains('\u{1b}'));
        let look = Look {
            colour: true,
            ..Look::default()
        };
        assert!(sheet(&example(), look).contains("\u{1b}["));
    }

    #[test]
    fn a_hostile_adapter_name_sends_no_escape_sequence() {
        let mut run = fixture::sxm5();
        run.device.name = "GPU\u{1b}[2J\u{202e}\nx".into();
        let text = measured(&Sheet::new(&[run], &[]), Look::default());
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        assert!(text.starts_with("GPU [2J  x (vulkan"), "{text}");
    }

    #[test]
    fn tables_fit_a_narrow_terminal() {
        let look = Look {
            width: Some(80),
            colour: false,
        };
        let text = measured(&example(), look);
        let table = text
            .lines()
            .filter(|line| line.starts_with(['│', '┌', '╞', '└']));
        for line in table {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn the_sheet_shows_all_eight_chips_both_conflicting_values_and_both_orders() {
        let text = sheet(&example(), Look::default());
        for chip in chips::all().unwrap().iter().filter(|chip| chip.table2) {
            assert!(text.contains(&chip.name));
        }
        assert!(
            text.contains("37 [") && text.contains("18.5 unconfirmed ["),
            "{text}"
        );
        for ratio in ["1.89×", "1.23×", "0.47× (presumed)", "0.31× (presumed)"] {
            assert!(text.contains(ratio), "{ratio}");
        }
        assert!(text.contains("no Vulkan, Metal or DX12 driver"));
    }

    #[test]
    fn chips_are_listed_as_printed_and_one_chip_in_full() {
        let all = chips::all().unwrap();
        let text = document(&pages::chips(&all), Look::default());
        assert!(
            text.contains("204.9") && text.contains("ROCm 兼容 CUDA") && text.contains("80/40")
        );
        let one = pages::chip(chips::find(&all, "天垓100").unwrap());
        let one = document(&one, Look::default());
        assert!(one.contains("37 [1]; 18.5 unconfirmed [2]"), "{one}");
        assert!(one.contains("measurable: no (can't be measured by this tool"));
    }
}
