use super::*;
use crate::chips::all;
use crate::import::{Request, read};
use crate::render::{Lang, csv, html, json, markdown, pages, text};
use crate::sheet::{Sheet, fixture};

/// No three English words in lower case in a row.
pub(in crate::render) fn holds_no_english(said: &str) {
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    for line in said.lines() {
        let words: Vec<_> = line
            .split(|one: char| !one.is_ascii_alphanumeric() && one != '\'')
            .collect();
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let run = words
            .windows(3)
            .find(|run| run.iter().all(|word| is_word(word)));
        assert!(run.is_none(), "{run:?} in {line}");
    }
}

const TABLE: &str = "item,chip,measured,rated,ratio,note\n\
    fp16,A100,280TFLOPS,312TFLOPS,99%,x\n\
    fp32,A100,/,19.5TFLOPS,/,x\n\
    MPI互联带宽,A100,48GB/s,,50%,x\n\
    fp16 vector,A100,70TFLOPS,78TFLOPS,,x\n";

fn sheet(table: &str) -> Sheet {
    let chips = all().unwrap();
    let mut request = Request {
        source: "=cmd|' /C calc'!A0",
        date: "2026-05-01",
        now: "2026-11-26T00:00:00Z",
        ..Request::default()
    };
    request.presumed.set("scope", "card").unwrap();
    let imported = read("<b>.csv", table.as_bytes(), &request, &chips).unwrap();
    Sheet::new(&[fixture::sxm5()], &chips).with_imported(vec![imported])
}

#[test]
fn imported_values_stand_in_a_section_of_their_own_in_either_language() {
    let sheet = sheet(TABLE);
    let document = pages::sheet(&sheet);
    let at = document
        .sections
        .iter()
        .position(|one| one.title == TITLE)
        .unwrap();
    let own = &document.sections[at];
    let rows = &own.grid.as_ref().unwrap().rows;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|(_, cells)| cells[0].text == "imported"));
    assert_eq!(rows[0].1[3].number, Some(280.0));
    assert!(rows[0].1[8].text.contains("is not measured ÷ rated"));
    for (other, section) in document.sections.iter().enumerate() {
        let cells = section
            .grid
            .iter()
            .flat_map(|grid| grid.rows.iter().flat_map(|row| &row.1));
        let holds = cells.into_iter().any(|cell| cell.number == Some(280.0));
        assert_eq!(holds, other == at, "{}", section.title);
    }
    let alone = pages::imported(&sheet.imported[0]).said(Lang::Zh);
    let said = text::document(&alone, text::Look::default());
    holds_no_english(&said);
    assert!(said.contains("推定"), "{said}");
}

#[test]
fn a_sheet_without_imported_values_says_nothing_of_them() {
    let sheet = Sheet::new(&[fixture::sxm5()], &all().unwrap());
    assert!(
        pages::sheet(&sheet)
            .sections
            .iter()
            .all(|one| one.title != TITLE)
    );
    assert!(!json::sheet(&sheet).contains("\"imported\""));
}

#[test]
fn texts_of_strangers_end_as_text_in_every_format() {
    let hostile = "=1+1<script>alert(1)</script>\u{202e}\u{7}";
    let table = format!(
        "item,chip,measured,note\n\"fp16 {hostile}\",A100,1TFLOPS,x\n\"{hostile} f16\",A100,2TFLOPS,x\n"
    );
    let sheet = sheet(&table);
    let document = pages::sheet(&sheet);
    let page = html::document(&document, Lang::En).unwrap();
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"));
    let texts = [
        text::document(&document, text::Look::default()),
        markdown::document(&document),
        csv::imported(&sheet),
        page,
    ];
    for text in &texts {
        assert!(!text.contains(['\u{202e}', '\u{7}']));
    }
    let mut rows = ::csv::Reader::from_reader(texts[2].as_bytes());
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    assert_eq!(&rows[0][18], "'=cmd|' /C calc'!A0");
}
