//! The report's own tables, and each rule on a small sheet that breaks it and one that doesn't.

use super::*;
use crate::chips::all;

const TABLE2: &str = include_str!("../../tests/reference/table2.csv");
const CENTRES: &str = include_str!("../../tests/reference/centres.csv");

fn audited(text: &str) -> Audit {
    audit("t.csv", text.as_bytes(), &[], &all().unwrap()).unwrap()
}

/// The findings of one rule.
fn of(text: &str, rule: Rule) -> Vec<Finding> {
    let mut findings = audited(text).findings;
    findings.retain(|one| one.rule == rule);
    findings
}

/// Of one rule and one finding: severity, place, what was seen, and what is wanted.
fn only(text: &str, rule: Rule) -> (Severity, String, String, String) {
    let found = of(text, rule);
    assert_eq!(found.len(), 1, "{found:#?}");
    let one = found[0].clone();
    (one.severity, one.place, one.seen, one.wanted)
}

#[test]
fn table_2_mixes_vector_and_matrix_rates_in_half_precision() {
    let mixed = of(TABLE2, Rule::MixedKinds);
    let half: Vec<_> = mixed
        .iter()
        .filter(|one| one.place.ends_with(":4"))
        .collect();
    let seen: Vec<_> = half.iter().map(|one| (&*one.place, &*one.seen)).collect();
    assert_eq!(
        seen,
        [
            ("t.csv:4:4", "96 is the presumed matrix figure of 思元 370"),
            ("t.csv:9:4", "147 is the presumed matrix figure of 天垓 100"),
        ]
    );
    assert_eq!(
        half[0].wanted,
        "the column's others are vector: H100 204.9, A100 77.97"
    );
    assert_eq!(half[0].severity, Severity::Contestable);
    let engines = of(TABLE2, Rule::Engine);
    assert_eq!(engines.len(), 3, "{engines:#?}");
    assert_eq!(audited(TABLE2).count(Severity::Impossible), 0);
}

#[test]
fn rates_of_several_formats_in_one_column_lack_one_engine() {
    let text = "chip,precision,measured,unit\nA100,fp16,280,TFLOPS\nA100,int8,500,TOPS\n";
    let (_, place, seen, _) = only(text, Rule::Engine);
    assert_eq!(
        (&*place, &*seen),
        ("t.csv:1:3", "2 rates without an engine")
    );
    let stated = "chip,precision,measured,unit,engine\nA100,fp16,280,TFLOPS,tensor\n";
    assert!(of(stated, Rule::Engine).is_empty());
}

#[test]
fn of_table_8_four_cells_state_a_precision_and_22_dont() {
    assert_eq!(of(CENTRES, Rule::Precision).len(), 22);
    assert!(of(CENTRES, Rule::Precision)[0].seen.contains("100PFlops"));
}

#[test]
fn eleven_of_28_are_not_28_2_per_cent() {
    let text = "region,part,whole,share\nPUE>1.4,11,28,28.2%\nothers,17,28,60.7 %\n";
    let (severity, place, seen, wanted) = only(text, Rule::Share);
    assert_eq!(
        (severity, &*place, &*seen),
        (Severity::Impossible, "t.csv:2:4", "28.2%")
    );
    assert_eq!(wanted, "11 ÷ 28 = 39.3 %; 28.2% would be of 39");
    let alone = "地区,数量,占比\n东部,11,28.2%\n";
    assert_eq!(only(alone, Rule::Operands).0, Severity::Contestable);
}

#[test]
fn a_printed_ratio_is_held_against_its_operands() {
    let text = "chip,precision,measured,rated,ratio,unit,runs\n昇腾 910B2,fp16,313,353.9,88.4%,TFLOPS,6\n昇腾 910B2,fp16,300,353.9,88.4%,TFLOPS,6\n昇腾 910B2,fp16,/,353.9,88.4%,TFLOPS,6\n";
    let (severity, place, _, wanted) = only(text, Rule::Ratio);
    assert_eq!((severity, &*place), (Severity::Impossible, "t.csv:3:5"));
    assert_eq!(wanted, "300 ÷ 353.9 = 84.8 %");
    assert_eq!(only(text, Rule::Operands).1, "t.csv:4:5");
}

#[test]
fn a_value_above_the_rated_one_wants_a_clock_log() {
    let text = "chip,precision,measured,rated,clock,unit,runs\nRTX 5090,int8,906,838,,TOPS,6\nRTX 5090,int8,906,838,2850 MHz,TOPS,6\nRTX 5090,int8,838.4,838,,TOPS,6\n";
    let found = of(text, Rule::AboveRated);
    let seen: Vec<_> = found
        .iter()
        .map(|one| (&*one.place, one.severity))
        .collect();
    assert_eq!(
        seen,
        [
            ("t.csv:2:3", Severity::Contestable),
            ("t.csv:3:3", Severity::Note)
        ]
    );
    assert_eq!(found[0].seen, "measured 906 above rated 838");
    // Without a rated column the chip's public figures are the rated ones.
    let bare = "chip,precision,measured,unit\nRTX 5090,int8,906,TOPS\n";
    assert_eq!(only(bare, Rule::AboveRated).0, Severity::Contestable);
}

#[test]
fn rated_values_may_come_from_another_file() {
    let chips = all().unwrap();
    let other = "chip,precision,rated\nRTX 5090,int8,950 TOPS\n自研卡,fp16,100 TFLOPS\n";
    let rated = ratings("r.csv", other.as_bytes(), &chips).unwrap();
    let text =
        "chip,precision,measured,unit,runs\nRTX 5090,int8,906,TOPS,6\n自研卡,fp16,102,TFLOPS,6\n";
    let audit = audit("t.csv", text.as_bytes(), &rated, &chips).unwrap();
    let above = audit
        .findings
        .iter()
        .filter(|one| one.rule == Rule::AboveRated);
    let places: Vec<_> = above.map(|one| &*one.place).collect();
    assert_eq!(places, ["t.csv:3:3"]);
    assert!(ratings("r.csv", b"a,b\n1,2\n", &chips).is_err());
}

#[test]
fn power_times_time_is_energy_as_far_as_the_digits_say() {
    let text = "item,power_w,time_s,energy_kwh\na,350,3600,0.350\nb,350,3600,0.53\nc,350.4,10,1\n";
    let found = of(text, Rule::Energy);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        (&*found[0].place, found[0].severity),
        ("t.csv:3:4", Severity::Impossible)
    );
    assert!(found[0].wanted.contains("= 0.3500"), "{}", found[0].wanted);
    let joules = "item,功率(W),时间(s),能耗(J)\na,350,10,3500\n";
    assert!(of(joules, Rule::Energy).is_empty());
}

#[test]
fn a_centres_rate_is_that_of_its_cards() {
    let text = "中心,芯片,总算力(PFLOPS),卡数,单卡算力(TFLOPS),精度\na,沐曦 C500,984,4096,240.2,fp16\nb,沐曦 C500,984,4096,280,fp16\n";
    let (severity, place, seen, wanted) = only(text, Rule::CardRate);
    assert_eq!(
        (severity, &*place, &*seen),
        (Severity::Impossible, "t.csv:3:5", "280")
    );
    assert_eq!(wanted, "984 ÷ 4096 = 240.2 TFLOPS");
    let above = "chip,总算力(PFLOPS),cards,precision\nA100,100,100,fp16\nA100,100,400,fp16\n";
    let (severity, place, seen, _) = only(above, Rule::CardRate);
    assert_eq!((severity, &*place), (Severity::Contestable, "t.csv:2:2"));
    assert_eq!(seen, "100 ÷ 100 = 1000 TFLOPS");
}

#[test]
fn a_sparse_figure_among_dense_ones_is_named() {
    let text = "chip,fp16_tflops\nH100 SXM5,989.4\nH200 SXM,989\nA100,624\n";
    let (severity, place, seen, wanted) = only(text, Rule::MixedKinds);
    assert_eq!((severity, &*place), (Severity::Contestable, "t.csv:4:2"));
    assert_eq!(seen, "624 is the 2:4 sparse matrix figure of A100");
    assert!(
        wanted.starts_with("the column's others are matrix: H100 SXM5 989.4"),
        "{wanted}"
    );
    let stated = "chip,precision,measured,rated,sparse,unit,runs\nA100,fp16,500,624,2:4,TFLOPS,6\n";
    assert!(of(stated, Rule::MixedKinds).is_empty());
    let silent = "chip,precision,measured,rated,unit,runs\nA100,fp16,250,624,TFLOPS,6\n";
    assert_eq!(
        only(silent, Rule::MixedKinds).3,
        "say that it is sparse, or give the dense figure"
    );
    // The same number is the dense rate of another format.
    let int8 = "chip,int8_tops\nA100,624\n思元 370,256\n";
    assert!(of(int8, Rule::MixedKinds).is_empty());
}

#[test]
fn a_value_that_is_the_data_sheets_looks_copied() {
    let text = "chip,precision,measured,rated,unit,runs\nA100,fp16,312,/,TFLOPS,6\nA100,fp16,282.4,282.4,TFLOPS,6\nA100,fp16,280.1,312,TFLOPS,6\nA100,fp16,78,/,TFLOPS,6\n";
    let found = of(text, Rule::Copied);
    let seen: Vec<_> = found.iter().map(|one| (&*one.place, &*one.seen)).collect();
    assert_eq!(
        seen,
        [
            ("t.csv:2:3", "measured 312 is the official figure of A100"),
            (
                "t.csv:3:3",
                "measured 282.4 is the rated 282.4 to the digit"
            ),
        ]
    );
    assert_eq!(only(text, Rule::Rated).2, "rated 282.4");
}

#[test]
fn a_value_of_one_run_may_be_the_best_of_many() {
    let silent = "chip,precision,measured,unit\nA100,fp16,280,TFLOPS\n";
    assert_eq!(only(silent, Rule::BestOfOne).1, "t.csv:1:3");
    let runs = "chip,precision,measured,unit,runs\nA100,fp16,280,TFLOPS,1\nA100,fp16,280,TFLOPS,6\nA100,fp16,280,TFLOPS,/\n";
    let places: Vec<_> = of(runs, Rule::BestOfOne)
        .into_iter()
        .map(|one| one.place)
        .collect();
    assert_eq!(places, ["t.csv:2:3", "t.csv:4:3"]);
}

#[test]
fn power_that_cant_carry_the_load_is_contested() {
    let text = "chip,precision,measured,rated,unit,单卡平均功耗,单卡TDP,runs\nA100,fp16,280,312,TFLOPS,95 W,300 W,6\nA100,fp16,280,312,TFLOPS,250 W,300 W,6\nA100,fp16,280,312,TFLOPS,95 W,/,6\n";
    let found = of(text, Rule::Power);
    let places: Vec<_> = found.iter().map(|one| &*one.place).collect();
    assert_eq!(places, ["t.csv:2:6", "t.csv:4:6"]);
    assert_eq!(found[0].severity, Severity::Contestable);
}

#[test]
fn a_cell_that_is_no_number_is_a_note_and_a_sheet_without_headings_is_refused() {
    let text = "chip,precision,measured,unit,runs\nA100,fp16,14.59.0W,TFLOPS,6\n";
    assert_eq!(only(text, Rule::Unreadable).2, "14.59.0W");
    let refused = audit("t.csv", b"a,b\n1,2\n", &[], &[]).unwrap_err();
    assert!(refused.to_string().contains("t.csv"));
    assert_eq!(refused.exit_code(), 2);
}

#[test]
fn findings_stand_with_the_gravest_first() {
    let text = "chip,precision,measured,rated,ratio,unit\nA100,fp16,280,312,99.9%,TFLOPS\n";
    let audit = audited(text);
    assert_eq!(audit.findings[0].rule, Rule::Ratio);
    assert_eq!(audit.count(Severity::Impossible), 1);
    assert!(audit.findings.is_sorted_by_key(|one| one.severity));
}

proptest::proptest! {
    #[test]
    fn a_sheet_with_any_bytes_changed_is_judged_or_refused(
        changes in proptest::collection::vec((0..TABLE2.len(), proptest::prelude::any::<u8>()), 1..8),
    ) {
        let mut bytes = TABLE2.as_bytes().to_vec();
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        if let Err(error) = audit("t.csv", &bytes, &[], &all().unwrap()) {
            proptest::prop_assert!(error.to_string().contains("t.csv"));
        }
    }
}
