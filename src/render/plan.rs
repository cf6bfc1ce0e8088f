//! A plan as grids of words: the target by each number, and what that takes and costs.

use super::digits;
use super::document::{Grid, Section, Tone};
use super::kinds::{kind, stated};
use crate::convert::{Assumptions, Line, Plan};
use crate::figure::{Basis, Engine, Scope, Sparsity, Unit, word};

/// What to know before the first line.
pub(super) fn words(plan: &Plan) -> Vec<String> {
    let assumed = &plan.assumptions;
    let watts = match plan.card_watts {
        Some(watts) => format!("{watts} W a card (rated)"),
        None => "power of a card not known, or known as several: no kilowatts".into(),
    };
    let mut words = vec![format!(
        "assumed: {watts}; servers draw {} × their cards; {:.0} % of the year under full load",
        assumed.host,
        assumed.load * 100.0
    )];
    if assumed.pue == Assumptions::default().pue {
        let usual = "PUE 1.17 is the report's best centre, 1.3 the limit of public purchase from 2025, 1.4 the report's limit";
        words.push(usual.into());
    }
    if assumed.kwh_price.is_some() || assumed.card_price.is_some() {
        let said = assumed
            .prices
            .as_deref()
            .unwrap_or("date and tax not stated");
        words.push(format!("prices: {said}"));
    }
    words.extend(
        plan.target
            .doubt
            .iter()
            .map(|doubt| format!("doubt: {doubt}")),
    );
    words
}

/// The target in cards, one row a kind of number.
pub(super) fn cards(plan: &Plan) -> Section {
    let target = &plan.target;
    let of = target.centre.as_ref();
    let of = of.map_or(String::new(), |centre| format!(" ({centre})"));
    let precision = target.precision.word();
    let title = format!(
        "{} P {precision}{of} in {} ({})",
        target.pflops, plan.chip, plan.product
    );
    let grid = Grid::new(&[
        "number",
        "kind",
        "a card",
        "cards",
        "cards kW",
        "servers kW",
    ]);
    let rows = plan.lines.iter().map(|line| (tone(line), row(line)));
    Section::of(title, grid.with(rows)).named("cards")
}

/// What a facility of each PUE takes and costs; nothing where no power is known.
pub(super) fn facilities(plan: &Plan) -> Option<Section> {
    let rows = plan.lines.iter().flat_map(|line| {
        line.facility.iter().map(|facility| {
            let money = |cost: Option<f64>| cost.map_or(String::new(), whole);
            let cells = vec![
                format!(
                    "{} × {} {}",
                    line.cards,
                    digits::significant(line.rate, 4),
                    unit(line)
                ),
                facility.pue.to_string(),
                digits::significant(facility.kw, 4),
                whole(facility.kwh),
                money(facility.cost),
                money(line.cards_cost),
            ];
            (tone(line), cells)
        })
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| {
        let grid = Grid::new(&[
            "cards",
            "PUE",
            "kW",
            "kWh a year",
            "energy a year costs",
            "cards cost",
        ]);
        Section::of("What the facility takes", grid.with(rows)).named("facility")
    })
}

fn tone(line: &Line) -> Tone {
    match line.presumed {
        Some(_) => Tone::Doubt,
        None => Tone::Plain,
    }
}

/// How many, and of what where the number is not a card's.
fn count(line: &Line) -> String {
    match line.scope() {
        Scope::Card => line.cards.to_string(),
        Scope::Unspecified => format!("{} (of what, nobody said)", line.cards),
        scope => format!("{} {}s", line.cards, word(&scope)),
    }
}

/// As it is printed, and of what was measured four digits.
fn rate(line: &Line) -> String {
    match line.basis {
        Basis::Measured => digits::significant(line.rate, 4),
        _ => line.rate.to_string(),
    }
}

/// With the kernel and its size, which the source begins with.
fn measured(source: &str) -> String {
    let case = source.split(" on ").next().unwrap_or_default();
    format!("measured: {}", case.trim())
}

fn unit(line: &Line) -> Unit {
    line.kind.map_or(Unit::Tflops, |kind| kind.unit())
}

fn row(line: &Line) -> Vec<String> {
    let kw = |kw: Option<f64>| kw.map_or(String::new(), |kw| digits::significant(kw, 4));
    let basis = match line.basis {
        Basis::Printed => "printed in the report".into(),
        Basis::Measured => measured(&line.source),
        other => word(&other),
    };
    let counted = match line.presumed {
        Some(_) => stated(line.kind, line.presumed),
        None => line.kind.as_ref().map(kind).unwrap_or_default(),
    };
    // Elsewhere dense is what goes without saying; here it is half of the question.
    let matrix = line.kind.filter(|kind| kind.engine == Some(Engine::Matrix));
    let dense = matrix.filter(|kind| kind.sparsity == Some(Sparsity::Dense));
    let counted = dense.map_or(counted.clone(), |_| format!("{counted} dense"));
    vec![
        basis,
        counted,
        format!("{} {}", rate(line), unit(line)),
        count(line),
        kw(line.cards_kw),
        kw(line.servers_kw),
    ]
}

/// A large number in whole units, in groups of three.
fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn large_numbers_stand_in_groups_of_three() {
        assert_eq!(whole(0.4), "0");
        assert_eq!(whole(999.6), "1,000");
        assert_eq!(whole(1_234_567.0), "1,234,567");
    }
}
