//! Both documents, in both languages, and with hostile words.

use super::*;
use crate::render::{html, markdown};
use crate::tender::tests::{matrix, runs, table};
use crate::tender::{Project, Requirement, Requirements, TEMPLATE, Terms};

/// Lower-case English words in a row.
fn english(text: &str) -> usize {
    let word = |word: &str| {
        let word = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
        word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase())
    };
    let (mut most, mut now) = (0, 0);
    for one in text.split_whitespace() {
        now = if word(one) { now + 1 } else { 0 };
        most = most.max(now);
    }
    most
}

/// Every text of a document.
fn texts(document: &Document) -> Vec<&str> {
    let mut texts: Vec<&str> = vec![&document.title];
    texts.extend(
        document
            .lead
            .iter()
            .chain(&document.closing)
            .map(|line| &**line),
    );
    for section in &document.sections {
        texts.push(&section.title);
        texts.extend(section.lines.iter().map(|line| &**line));
        if let Some(grid) = &section.grid {
            texts.extend(grid.header.iter().map(|name| &**name));
            let cells = grid.rows.iter().flat_map(|(_, row)| row);
            texts.extend(cells.map(|cell| &*cell.text));
        }
    }
    texts
}

fn grid<'a>(document: &'a Document, title: &str) -> &'a Grid {
    let mut sections = document.sections.iter();
    let section = sections.find(|section| section.title == title);
    section.unwrap().grid.as_ref().unwrap()
}

/// A table with every verdict.
fn every() -> Table {
    let rates = [308.0, 309.0, 310.0, 310.0, 311.0, 312.0];
    let requirements = [300.0, 310.0, 320.0].map(matrix);
    let mut requirements: Vec<Requirement> = requirements.into();
    requirements.push(Requirement {
        kernel: Some("peak/*".into()),
        ..matrix(300.0)
    });
    table(requirements, runs("0000:01:00.0", &rates), None)
}

fn acceptance(terms: Terms) -> Table {
    let mut sources = runs("0000:01:00.0", &[308.0, 309.0, 310.0, 310.0, 311.0, 312.0]);
    sources.extend(runs("0000:02:00.0", &[301.0, 302.0]));
    table(vec![matrix(300.0)], sources, Some(terms))
}

#[test]
fn the_table_has_the_columns_of_tenders_and_numbers_that_can_be_computed_again() {
    let document = said(&every(), Lang::Zh);
    let deviations = grid(&document, "技术参数偏离表");
    assert_eq!(
        deviations.header,
        [
            "序号",
            "招标条款号",
            "招标要求",
            "投标响应（实测）",
            "偏离情况",
            "说明",
            "证明材料"
        ]
    );
    let verdicts: Vec<&str> = deviations
        .rows
        .iter()
        .map(|(_, row)| &*row[4].text)
        .collect();
    assert_eq!(verdicts, ["正偏离", "无偏离", "负偏离", "无法判定"]);
    assert_eq!(deviations.rows[0].1[1].text, "★ 3.1.2");
    assert!(
        deviations.rows[0].1[3].text.starts_with("310"),
        "{deviations:?}"
    );
    let numbers = grid(&document, "表中数值");
    let at = |name: &str| {
        numbers
            .columns
            .iter()
            .position(|column| *column == name)
            .unwrap()
    };
    for (_, row) in &numbers.rows[..3] {
        let number = |name: &str| row[at(name)].number.unwrap();
        let deviation = &row[at("deviation")];
        assert_eq!(deviation.formula.as_deref(), Some("[measured]-[required]"));
        assert_eq!(number("deviation"), number("measured") - number("required"));
        assert!(number("low") <= number("measured") && number("measured") <= number("high"));
    }
    let mut sections = document.sections.iter();
    let section = sections.find(|section| section.title == "技术参数偏离表");
    assert_eq!(
        section.unwrap().lines,
        [
            "正偏离 1 项 · 无偏离 1 项 · 负偏离 1 项 · 无法判定 1 项",
            "★ 条款：负偏离 1 项，任一项即导致投标无效；无法判定 1 项"
        ]
    );
    // Nothing was measured of the last: no number stands for that.
    assert_eq!(numbers.rows[3].1[at("measured")], Cell::default());
    assert_eq!(numbers.rows[3].1[at("deviation")], Cell::default());
}

#[test]
fn evidence_is_cited_by_file_record_and_hash_and_the_suite_in_full() {
    let made = every();
    let document = document(&made);
    let cited = &grid(&document, "Table of deviations").rows[0].1[6].text;
    let (file, hash) = (&made.files[0].name, &made.files[0].sha256);
    assert!(
        cited.starts_with(&format!("{file} #0 {}; ", &hash[..12])),
        "{cited}"
    );
    let text = markdown::document(&document);
    for part in [
        hash.as_str(),
        &format!("standard@1 {}", "0".repeat(64)),
        "0.1.0 (unknown)",
        "not the report of an accredited laboratory",
        "财库〔2023〕7号",
        "GB/T 45087-2024, GB/T 46346-2025 and T/CESA 1169-2021",
        "positive deviation: 1 · no deviation: 1 · negative deviation: 1 · cannot tell: 1",
        "★: negative deviation: 1, each voids the bid; cannot tell: 1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn an_acceptance_says_what_a_sample_is_and_has_lines_to_sign() {
    let made = acceptance(Terms {
        contract: Some("HT-1".into()),
        cards_total: Some(128),
        cards_sampled: Some(3),
        witnesses: vec!["王五".into()],
        ..Terms::default()
    });
    let english = markdown::document(&document(&made));
    for part in [
        "2 of 128 cards were measured: that says nothing certain of the other 126.",
        "3 cards were to be measured, and the results prove 2 different ones",
        "cannot be told",
        "HT-1",
    ] {
        assert!(english.contains(part), "{part}\n{english}");
    }
    let chinese = said(&made, Lang::Zh);
    assert_eq!(chinese.title, "履约验收实测记录");
    let parties: Vec<_> = grid(&chinese, "签字盖章")
        .rows
        .iter()
        .map(|(_, row)| (&*row[0].text, &*row[1].text))
        .collect();
    assert_eq!(
        parties,
        [
            ("见证人", "王五"),
            ("供应商", "______________"),
            ("采购人", "______________")
        ]
    );
    let cards = grid(&chinese, "履约验收实测记录：逐卡结果");
    let verdicts: Vec<&str> = cards.rows.iter().map(|(_, row)| &*row[7].text).collect();
    assert_eq!(verdicts, ["正偏离", "无法判定"]);
}

#[test]
fn a_chinese_reader_finds_no_english_sentence() {
    let plain = acceptance(Terms::default());
    let many = acceptance(Terms {
        cards_total: Some(1),
        cards_sampled: Some(9),
        ..Terms::default()
    });
    for made in [
        every(),
        plain,
        many,
        table(vec![matrix(1.0)], Vec::new(), None),
    ] {
        let document = said(&made, Lang::Zh);
        for text in texts(&document) {
            assert!(english(text) < 3, "{text}");
        }
        // A test that can fail: the same in English has such sentences.
        assert!(
            texts(&super::document(&made))
                .iter()
                .any(|text| english(text) >= 3)
        );
    }
}

#[test]
fn every_remark_there_is_has_its_chinese() {
    use crate::sheet::Flag;
    use crate::tender::verdict::is_doubtful;
    let say = |text: &str| Lang::Zh.say(text);
    for flag in Flag::ALL.into_iter().take(16) {
        let remark = match is_doubtful(flag) {
            true => format!("doubt: {flag}"),
            false => flag.to_string(),
        };
        assert!(
            !say(&remark).is_ascii() && english(&say(&remark)) == 0,
            "{remark}"
        );
    }
    for remark in [
        "no evidence of this kind; nearest is gemm/f16-acc-f32, which differs in: engine",
        "no evidence of this kind; nearest is gemm/f16, which differs in: engine, arithmetic, accumulate, sparsity, scope",
        "suanli measures no figure of this kind",
        "the kernel or size that the requirement names was not measured",
        "measured only on data that is not random",
        "measured only in burst mode",
        "the case is unsupported",
        "the case is invalid",
        "no device whose name has what the requirement names was measured",
        "measured on 2 devices: the requirement does not say which is meant (device = …)",
        "the most runs alike were taken, left out are groups made otherwise: 2",
        "these runs could be of several cards",
        "the interval holds the required value: neither met nor missed for certain",
        "the least favourable of 2 cards",
        "by gemm/f32 8192; only 1 run, 6 are needed; doubt: the shaders are not the suite's",
        "some results could be of several of the cards: they are judged, and count as no card",
        "2 different cards were measured, and 1 were delivered",
    ] {
        // The program's own name is no word of a sentence.
        assert!(english(&say(remark)) < 2, "{}", say(remark));
    }
}

#[test]
fn a_strangers_words_stand_to_the_letter_and_end_as_text() {
    let hostile =
        "=cmd|'/c calc'!A1 <script>alert(1)</script>, a matrix, per card; rate \u{202e}\u{7} noisy";
    let mut requirement = matrix(300.0);
    (requirement.clause, requirement.text) = (hostile.into(), hostile.repeat(100));
    let rates = [308.0, 309.0, 310.0, 310.0, 311.0, 312.0];
    let mut sources = runs("0000:01:00.0", &rates);
    for source in &mut sources {
        source.results.device.name = hostile.into();
        source.name = hostile.into();
    }
    let requirements = Requirements {
        project: Project {
            buyer: Some(hostile.into()),
            ..Project::default()
        },
        requirements: vec![requirement],
        acceptance: Some(Terms {
            witnesses: vec![hostile.into()],
            ..Terms::default()
        }),
    };
    let made = Table::new(
        requirements,
        ["req.toml".into(), "0".into()],
        sources,
        false,
    );
    let document = said(&made, Lang::Zh);
    assert_eq!(grid(&document, "项目信息").rows[2].1[1].text, hostile);
    assert_eq!(grid(&document, "签字盖章").rows[0].1[1].text, hostile);
    assert_eq!(
        grid(&document, "履约验收实测记录：逐条结果").rows[0].1[2].text,
        hostile.repeat(100)
    );
    let page = html::document(&document, Lang::Zh).unwrap();
    assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\u{7}'));
    assert!(page.contains("&lt;script&gt;"));
    let text = crate::render::text::document(&document, crate::render::text::Look::default());
    assert!(!text.contains('\u{202e}') && !text.contains('\u{7}'));
    assert!(!TEMPLATE.contains('\u{feff}'));
}
