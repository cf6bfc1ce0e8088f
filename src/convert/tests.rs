//! The same target under each kind of number, the centres of Table 8, and what a plan refuses.

use super::*;
use crate::chips;
use crate::figure::{Engine, Sparsity};

fn chip(name: &str) -> Chip {
    chips::find(&chips::all().unwrap(), name).unwrap().clone()
}

fn target(pflops: f64, precision: Precision) -> Target {
    Target {
        pflops,
        precision,
        centre: None,
        doubt: None,
    }
}

fn plan(name: &str, pflops: f64, precision: Precision) -> Plan {
    let target = target(pflops, precision);
    Plan::new(target, &chip(name), Assumptions::default()).unwrap()
}

#[test]
fn a_hundred_p_are_three_numbers_of_a100() {
    let plan = plan("A100", 100.0, Precision::Fp16);
    let cards = |wanted: fn(&Line) -> bool| {
        let line = plan.lines.iter().find(|line| wanted(line)).unwrap();
        line.cards
    };
    assert_eq!(cards(|line| line.basis == Basis::Printed), 1283);
    let matrix = |line: &Line, sparsity| {
        let kind = line.kind.unwrap();
        kind.engine == Some(Engine::Matrix) && kind.sparsity == Some(sparsity)
    };
    assert_eq!(cards(|line| line.rate == 312.0), 321);
    assert_eq!(cards(|line| line.rate == 624.0), 161);
    let dense = plan.lines.iter().find(|line| line.rate == 312.0).unwrap();
    let sparse = plan.lines.iter().find(|line| line.rate == 624.0).unwrap();
    assert!(matrix(dense, Sparsity::Dense) && matrix(sparse, Sparsity::TwoOfFour));
}

#[test]
fn power_and_money_follow_from_cards_and_assumptions() {
    let assumptions = Assumptions {
        host: 1.5,
        pue: vec![1.2, 1.4],
        load: 0.5,
        kwh_price: Some(0.6),
        card_price: Some(80_000.0),
        prices: Some("2026-11, tax included".into()),
    };
    let target = target(100.0, Precision::Fp16);
    let plan = Plan::new(target, &chip("A100"), assumptions).unwrap();
    let line = plan.lines.iter().find(|line| line.rate == 312.0).unwrap();
    assert_eq!(plan.card_watts, Some(300.0));
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} for {b}");
    close(line.cards_kw.unwrap(), 96.3);
    close(line.servers_kw.unwrap(), 144.45);
    close(line.facility[0].kw, 173.34);
    close(line.facility[0].kwh, 173.34 * 4380.0);
    close(line.facility[1].cost.unwrap(), 144.45 * 1.4 * 4380.0 * 0.6);
    close(line.cards_cost.unwrap(), 321.0 * 80_000.0);
}

#[test]
fn a_presumed_kind_is_told_from_a_stated_one_and_conflicts_are_lines_each() {
    let plan = plan("天垓100", 100.0, Precision::Fp32);
    let rates: Vec<_> = plan
        .lines
        .iter()
        .map(|line| (line.basis, line.rate))
        .collect();
    assert_eq!(
        rates,
        [
            (Basis::Printed, 18.5),
            (Basis::Official, 37.0),
            (Basis::Official, 18.5)
        ]
    );
    let fp16 = self::plan("思元370", 100.0, Precision::Fp16);
    assert!(fp16.lines[0].presumed.is_some());
    assert_eq!(
        fp16.lines[0].kind.unwrap().engine,
        Some(Engine::Unspecified)
    );
}

#[test]
fn what_is_not_known_of_a_chip_is_refused_and_power_that_conflicts_is_left_out() {
    let empty = Plan::new(
        target(100.0, Precision::Fp16),
        &chip("海光8100"),
        Assumptions::default(),
    );
    let said = empty.unwrap_err().to_string();
    assert!(said.contains("no fp16 rate of it is known"), "{said}");
    let conflict = plan("天垓100", 1.0, Precision::Fp16);
    let powers = chip("天垓100")
        .cell(Property::Power)
        .unwrap()
        .official
        .len();
    assert_eq!(conflict.card_watts.is_none(), powers > 1);
    assert_eq!(conflict.lines[0].facility.is_empty(), powers > 1);
}

#[test]
fn a_number_of_a_chip_gives_no_power_and_price_of_cards() {
    let assumptions = Assumptions {
        card_price: Some(1.0),
        ..Assumptions::default()
    };
    let target = target(1024.0, Precision::Fp16);
    let plan = Plan::new(target, &chip("壁砺100P"), assumptions).unwrap();
    let line = plan.lines.iter().find(|line| line.rate == 1024.0).unwrap();
    assert_eq!((line.scope(), line.cards), (Scope::Chip, 1000));
    assert_eq!((line.cards_kw, line.cards_cost), (None, None));
    assert!(line.facility.is_empty());
    assert!(plan.card_watts.is_some());
}

/// Table 8 as it was taken down.
const CENTRES: &str = include_str!("../../tests/reference/centres.csv");

#[test]
fn the_centres_are_table_8_cell_by_cell() {
    let centres = chips::centres().unwrap();
    let lines: Vec<&str> = CENTRES.lines().skip(1).collect();
    assert_eq!((centres.len(), lines.len()), (31, 31));
    for (centre, line) in centres.iter().zip(lines) {
        let quoted = centre.compute.clone().unwrap_or_default();
        let quoted = if quoted.contains(',') {
            format!("\"{quoted}\"")
        } else {
            quoted
        };
        let printed = [
            &centre.region,
            &centre.name,
            &centre.location,
            &centre.status,
        ];
        let printed = printed.map(|text| text.to_string()).join(",");
        assert_eq!(format!("{printed},{quoted}"), line);
    }
    let with = |wanted: fn(&Centre) -> bool| centres.iter().filter(|one| wanted(one)).count();
    assert_eq!(with(|centre| !centre.stages.is_empty()), 26);
    let precise = |centre: &Centre| centre.stages.iter().any(|stage| stage.precision.is_some());
    assert_eq!(with(precise), 4);
}

#[test]
fn a_centre_is_a_target_in_the_precision_it_states_and_a_doubt_where_it_states_none() {
    let of = |name: &str, typed| Target::of(&chips::centre(name).unwrap(), typed);
    let stated = of("宁波", None).unwrap();
    assert_eq!((stated.pflops, stated.precision), (15.0, Precision::Fp64));
    let half = of("宁波", Some(Precision::Fp16)).unwrap();
    assert_eq!(half.pflops, 300.0);
    assert!(!half.doubt.unwrap().contains("without a precision"));
    let said = of("大连", None).unwrap_err().to_string();
    assert!(said.contains("without a precision"), "{said}");
    let presumed = of("大连", Some(Precision::Fp16)).unwrap();
    assert_eq!(presumed.pflops, 100.0);
    assert!(presumed.doubt.unwrap().contains("without a precision"));
    assert!(of("庆阳", Some(Precision::Fp16)).is_err());
    assert!(of("成都", Some(Precision::Fp64)).is_err());
    assert!(
        chips::centre("人工智能")
            .unwrap_err()
            .to_string()
            .contains("several")
    );
    assert!(chips::centre("").is_err());
}

#[test]
fn every_figure_of_the_report_has_a_place_and_a_number() {
    let figures = chips::stated().unwrap();
    assert!(figures.len() >= 20);
    for figure in &figures {
        assert!(
            figure.value.is_finite() && !figure.place.is_empty(),
            "{figure:?}"
        );
    }
    // The columns of a plan are figures that somebody stated.
    for pue in Assumptions::default().pue {
        assert!(
            figures
                .iter()
                .any(|one| one.unit == "PUE" && one.value == pue),
            "{pue}"
        );
    }
}
