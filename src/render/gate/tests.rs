//! The gate's documents: the answer, the columns, nothing lost, hostile names, both languages.

use super::fixture;
use super::*;
use crate::gate::{Basis, FalseAlarms, Judgement, Verdict};
use crate::render::document::{Document, Section};
use crate::render::{Lang, html, markdown, text, xlsx};

mod others;

fn plain(document: &Document) -> String {
    text::document(document, text::Look::default())
}

fn section<'a>(document: &'a Document, name: &str) -> &'a Section {
    let mut sections = document.sections.iter();
    sections.find(|one| one.name == name).unwrap()
}

fn table<'a>(document: &'a Document, name: &str) -> &'a Grid {
    section(document, name).grid.as_ref().unwrap()
}

/// The cell of the first row whose kernel and size are these.
fn cell<'a>(grid: &'a Grid, [kernel, size]: [&str; 2], column: &str) -> &'a Cell {
    let at = |name: &str| grid.columns.iter().position(|one| *one == name).unwrap();
    let mut rows = grid.rows.iter().map(|(_, row)| row);
    let row = rows
        .find(|row| row[at("kernel")].text == kernel && row[at("size")].text == size)
        .unwrap();
    &row[at(column)]
}

/// A judgement of so many of each verdict, the gravest first.
fn of(counts: [usize; 6]) -> Judgement {
    let mut made = fixture::mixed();
    let case = made.cases[0].clone();
    let each = Verdict::ALL.into_iter().zip(counts);
    made.cases = each
        .flat_map(|(verdict, count)| {
            std::iter::repeat_n(
                crate::gate::Judged {
                    verdict,
                    ..case.clone()
                },
                count,
            )
        })
        .collect();
    made
}

#[test]
fn the_first_line_is_the_answer() {
    for (counts, strict, lines) in [
        (
            [0, 1, 0, 2, 0, 40],
            false,
            [
                "1 regression, 2 inconclusive, 40 proved the same",
                "NVIDIA H100 80GB HBM3 · 5 runs of the baseline, 5 of the candidate, interleaved · changes not confirmed by fresh runs · exit code 1",
            ],
        ),
        (
            [1, 2, 3, 0, 1, 0],
            false,
            [
                "1 failed or wrong, 2 regressions, 3 incomparable, 1 improvement",
                "NVIDIA H100 80GB HBM3 · 5 runs of the baseline, 5 of the candidate, interleaved · changes not confirmed by fresh runs · exit code 4",
            ],
        ),
        (
            [0, 0, 0, 1, 0, 1],
            true,
            [
                "1 inconclusive, 1 proved the same",
                "NVIDIA H100 80GB HBM3 · 5 runs of the baseline, 5 of the candidate, interleaved · exit code 1 (strict)",
            ],
        ),
        (
            [0; 6],
            false,
            [
                "no case was compared",
                "5 runs of the baseline, 5 of the candidate, interleaved · exit code 5",
            ],
        ),
    ] {
        let text = plain(&judgement(&of(counts), strict));
        let first: Vec<&str> = text.lines().take(2).collect();
        assert_eq!(first, lines);
    }
}

#[test]
fn the_answer_says_whether_fresh_runs_were_asked_and_a_pull_request_reads_it_too() {
    let apart = Judgement {
        interleaved: false,
        confirmed: true,
        ..of([0, 0, 0, 0, 2, 0])
    };
    let text = plain(&judgement(&apart, false));
    assert!(
        text.starts_with("2 improvements\n")
            && text.contains("not interleaved · changes confirmed by fresh runs · exit code 0"),
        "{text}"
    );
    let markdown = markdown::document(&judgement(&of([0, 1, 0, 2, 0, 40]), false));
    assert!(
        markdown.starts_with("### 1 regression, 2 inconclusive, 40 proved the same\n"),
        "{markdown}"
    );
}

#[test]
fn a_row_has_both_figures_the_change_its_interval_p_floor_cause_and_why() {
    let document = judgement(&fixture::mixed(), false);
    let grid = table(&document, "changed");
    let columns = [
        "verdict",
        "kernel",
        "size",
        "baseline",
        "candidate",
        "unit",
        "change",
        "95 % interval",
        "p",
        "floor",
        "cause",
        "why",
    ];
    assert_eq!(grid.columns, columns);
    let of = |column: &str| &*cell(grid, ["peak/f32", ""], column).text;
    assert_eq!(of("verdict"), "regression");
    assert!(
        of("baseline").starts_with("66.2 ± 0."),
        "{}",
        of("baseline")
    );
    assert!(
        of("candidate").starts_with("62.5 ± 0."),
        "{}",
        of("candidate")
    );
    assert_eq!([of("unit"), of("change")], ["TFLOPS", "-5.66 %"]);
    assert!(
        of("95 % interval").starts_with("-5.8"),
        "{}",
        of("95 % interval")
    );
    assert_eq!(
        [of("p"), of("floor")],
        ["< 0.0001", "5.00 % (uncalibrated)"]
    );
    assert!(
        of("cause").starts_with("the kernel: clock 0.00 %, per cycle -5.6"),
        "{}",
        of("cause")
    );
    let number = cell(grid, ["peak/f32", ""], "change").number.unwrap();
    assert!((number + 5.66).abs() < 0.01, "{number}");
}

#[test]
fn causes_and_directions_are_told_and_the_gravest_stands_first() {
    let document = judgement(&fixture::mixed(), false);
    let grid = table(&document, "changed");
    let causes =
        [["peak/f16", ""], ["peak/int8-dot", ""]].map(|case| &*cell(grid, case, "cause").text);
    assert!(causes[0].starts_with("the clock: clock -7.4"), "{causes:?}");
    assert!(
        causes[1].starts_with("neither alone: clock -3.0"),
        "{causes:?}"
    );
    // A latency that grows is a speed that falls.
    let latency = cell(grid, ["latency/dispatch", ""], "change");
    assert!(latency.text.starts_with("-16.7"), "{latency:?}");
    let tones: Vec<Tone> = grid.rows.iter().map(|(tone, _)| *tone).collect();
    let order = |tone: &Tone| {
        [Tone::Bad, Tone::Doubt, Tone::Plain]
            .iter()
            .position(|one| one == tone)
    };
    assert!(tones.is_sorted_by_key(order), "{tones:?}");
    assert_eq!(tones.first(), Some(&Tone::Bad));
    assert_eq!(tones.last(), Some(&Tone::Plain));
}

#[test]
fn cards_are_named_only_where_there_are_several() {
    let mut made = fixture::mixed();
    for (at, case) in made.cases.iter_mut().enumerate() {
        case.pci_bus_id = Some(format!("0000:0{}:00.0", at % 2));
    }
    let document = judgement(&made, false);
    let grid = table(&document, "changed");
    assert_eq!(grid.columns[1], "device");
    assert_eq!(
        grid.rows[1].1[1].text,
        "NVIDIA H100 80GB HBM3 (0000:01:00.0)"
    );
    assert!(!plain(&document).lines().nth(1).unwrap().contains("H100"));
}

#[test]
fn nothing_of_a_judgement_is_lost() {
    let mut made = vec![
        fixture::mixed(),
        fixture::looked_at_twice(),
        fixture::unlike(),
        fixture::calibrated(),
    ];
    made.extend(fixture::refused());
    for judged in &made {
        let document = judgement(judged, false);
        let said = plain(&document);
        let grids = document.sections.iter().filter_map(|one| one.grid.as_ref());
        let rows: usize = grids.map(|grid| grid.rows.len()).sum();
        assert_eq!(rows, judged.cases.len());
        for case in &judged.cases {
            let differences = case
                .differences
                .iter()
                .map(|one| format!("{}: ", one.field.word()));
            let reasons = case.reasons.iter().flat_map(|one| one.split(" runs "));
            let parts = reasons.map(String::from).chain(differences);
            for part in parts.chain([case.kernel.clone()]) {
                assert!(said.contains(&part), "{part}\n{said}");
            }
            assert!(case.confirmation.is_none() || said.contains("fresh runs: "));
        }
        for note in &judged.notes {
            assert!(said.contains(note), "{note}\n{said}");
        }
        let terms = &section(&document, "words").terms;
        let explained = |verdict: &Verdict| terms.iter().any(|(term, _)| *term == word(verdict));
        for verdict in Verdict::ALL {
            assert_eq!(
                explained(&verdict),
                judged.count(verdict) > 0,
                "{verdict:?}"
            );
        }
    }
}

#[test]
fn a_floor_says_where_it_comes_from_and_what_two_days_made_of_it() {
    let document = judgement(&fixture::calibrated(), false);
    let said = plain(&document);
    let floor = &cell(table(&document, "changed"), ["memory/copy", ""], "floor").text;
    assert!(
        floor.contains("% (threshold, 5.00 % within a day)"),
        "{floor}"
    );
    assert!(
        said.contains("% (calibrated, 1.43 % within a day)"),
        "{said}"
    );
    assert!(said.contains("calibrated: the floor was measured on this machine"));
    assert!(said.contains("runs in turn leave days out of it"));
}

#[test]
fn what_to_type_next_fits_the_verdicts_and_holds_no_name_of_a_file() {
    let lines = |judgement: &Judgement| {
        let document = super::judgement(judgement, false);
        let next = document.sections.iter().find(|one| one.name == "next");
        next.map_or(Vec::new(), |one| one.lines.clone())
    };
    let mut made = fixture::unlike();
    made.cases[0].kernel = "x; rm -rf /".into();
    assert_eq!(
        lines(&made),
        [
            "incomparable: measure both sides alike, or accept what differs: --allow adapter --allow card --allow driver --allow backend --allow power-limit --allow clock-lock --allow ecc --allow mig --allow beside --allow tool --allow wgpu --allow shader --allow tile --allow kind --allow seed --allow budget --allow soak --allow timer"
        ]
    );
    let mixed = lines(&fixture::mixed()).join("\n");
    for part in [
        "--only KERNEL",
        "suanli check --run",
        "--runs 10",
        "suanli calibrate",
    ] {
        assert!(mixed.contains(part), "{part}\n{mixed}");
    }
    let twice = lines(&fixture::looked_at_twice()).join("\n");
    assert!(!twice.contains("confirm it"), "{twice}");
    let mut same = of([0, 0, 0, 0, 0, 3]);
    same.cases.iter_mut().for_each(|case| case.floor = None);
    assert_eq!(lines(&same), Vec::<String>::new());
}

#[test]
fn texts_of_strangers_end_as_text_in_every_format() {
    let hostile = "=1+1|<script>alert(1)</script>\u{202e}\u{1b}[2J @you · 「x";
    let mut made = fixture::mixed();
    for case in &mut made.cases {
        case.kernel = hostile.into();
        case.device = hostile.into();
        case.reasons.push(hostile.into());
    }
    made.notes.push(hostile.into());
    let mut series = fixture::month();
    for one in &mut series.series {
        one.device = hostile.into();
        one.points[0].started = hostile.into();
        one.changes
            .iter_mut()
            .for_each(|change| change.started = hostile.into());
    }
    for document in [judgement(&made, true), trend(&series)] {
        for lang in [Lang::En, Lang::Zh] {
            let document = document.said(lang);
            let page = html::document(&document, lang).unwrap();
            let markdown = markdown::document(&document);
            assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert"));
            assert!(!markdown.contains("<script") && !markdown.contains("@you"));
            for text in [&page, &markdown, &plain(&document)] {
                assert!(!text.contains(['\u{202e}', '\u{1b}']), "{text}");
            }
            assert!(!xlsx::document(&document, lang).unwrap().is_empty());
        }
    }
}

#[test]
fn a_judgement_is_said_in_chinese_as_the_field_says_it() {
    let said = plain(&judgement(&fixture::mixed(), false).said(Lang::Zh));
    for part in [
        "3 项失败或结果错误，4 项性能回退，3 项不可比，",
        "NVIDIA H100 80GB HBM3 · 基线 5 次运行，候选 5 次，交替运行 · 变化未经重新运行确认 · 退出码 4",
        "│ 判定",
        "5.00 %（未标定）",
        "时钟频率：时钟 -7.4",
        "失败：设备丢失：「the driver went away again」 · 5 次运行中有 2 次",
        "无效，结果错误：C[1,2] 为 3，应为 4 · 5 次运行中有 5 次",
        "测量情况：已测得 → 不支持：适配器不支持 64 位浮点",
        "缺失：没有该项 → 已测得",
        "基线 5 次运行中有 2 次没有结果 · 基线仅有 3 次运行测得该项，至少需要 5 次",
        "而 5.0 % 即计为变化",
        "有 1 个文件是其他文件的副本：同一次运行仅计一次",
        "未标定：没有 NVIDIA H100 80GB HBM3 在当前驱动下的噪声下限（尚无任何噪声下限），按 5 % 计。可用 suanli calibrate 实测",
        "无法判定：增加运行次数可缩窄置信区间，例如每侧 10 次：--runs 10",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let twice = plain(&judgement(&fixture::looked_at_twice(), false).said(Lang::Zh));
    for part in [
        "未获确认：首次判定为性能回退，重新运行判定为一致",
        "未获确认：首次判定为性能提升，重新运行判定为出错 · 失败：脚本模拟 · 5 次运行中有 1 次",
        "未获确认：重新运行中没有测得该项",
        "重新运行：-5.66 %（",
    ] {
        assert!(twice.contains(part), "{part}\n{twice}");
    }
    let unlike = plain(&judgement(&fixture::unlike(), false).said(Lang::Zh));
    for part in [
        "时钟锁定：1410 MHz，显存 2619 MHz，300 至 1410 MHz → 1980 MHz，显存 2619 MHz，300 至 1980 MHz",
        "口径：速率 向量 f32 稠密，按板卡计 → 速率 矩阵 f16 累加 f32 稠密，按板卡计",
        "时间预算：cap_seconds 15.0 → cap_seconds 20.0",
        "着色器：0a0a0a0a0a0a → 0b0b0b0b0b0b",
        "--allow driver",
    ] {
        assert!(unlike.contains(part), "{part}\n{unlike}");
    }
}
