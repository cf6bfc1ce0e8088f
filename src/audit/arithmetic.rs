//! What the printed numbers say of each other: ratios, energy, rates of a card, shares.

use super::view::{Value, View};
use super::{Finding, Rule, Severity};
use crate::figure::Metric;
use crate::import::columns::Column;
use crate::import::number::{Measure, Quantity, Span, is_quotient};
use crate::import::table::Line;

pub(super) fn findings(view: &View<'_>) -> Vec<Finding> {
    let rules = [ratio, energy, card_rate, share];
    let rows = view.body.rows.iter();
    rows.flat_map(|row| rules.into_iter().filter_map(|rule| rule(view, row)))
        .collect()
}

/// A printed ratio is measured ÷ rated, and has both.
fn ratio(view: &View<'_>, row: &Line) -> Option<Finding> {
    let printed = view.value(row, Column::Ratio)?;
    let rate = view.measures(row).0 == Some(Metric::Rate);
    let operand = |column| match rate {
        true => view.rate(row, view.body.at(column)?),
        false => view.value(row, column),
    };
    let place = &printed.place;
    let (Some(measured), Some(rated)) = (operand(Column::Measured), operand(Column::Rated)) else {
        let (seen, wanted) = (&*printed.text, "both operands: measured and rated");
        let (severity, rule) = (Severity::Contestable, Rule::Operands);
        return Some(View::finding(place, severity, rule, seen, wanted));
    };
    let quotient = measured.span.over(&rated.span)?;
    let wanted = format!(
        "{} ÷ {} = {}",
        measured.text,
        rated.text,
        percent(&measured, &rated)
    );
    unless(is_quotient(&printed.number, &quotient), || {
        View::finding(
            place,
            Severity::Impossible,
            Rule::Ratio,
            &*printed.text,
            wanted,
        )
    })
}

/// `finding` where it is not as it should be.
fn unless(right: bool, finding: impl FnOnce() -> Finding) -> Option<Finding> {
    (!right).then(finding)
}

fn middle(span: &Span) -> f64 {
    f64::midpoint(span.low, span.high)
}

fn percent(part: &Value, whole: &Value) -> String {
    format!("{:.1} %", 100.0 * middle(&part.span) / middle(&whole.span))
}

/// Mean power times time is energy.
fn energy(view: &View<'_>, row: &Line) -> Option<Finding> {
    let [watts, seconds, joules] =
        [Column::Watts, Column::Seconds, Column::Joules].map(|column| view.value(row, column));
    let (watts, seconds, joules) = (watts?, seconds?, joules?);
    let product = watts.span.times(&seconds.span);
    let unit = measure(&joules).map_or(1.0, |unit| unit.base);
    let name = match joules.number.measure {
        Some(_) => joules.text.trim_start_matches(|letter: char| {
            letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' ')
        }),
        None => "",
    };
    let wanted = format!(
        "{} × {} = {} {name}",
        watts.text,
        seconds.text,
        figures(middle(&product) / unit)
    );
    unless(product.meets(&joules.span), || {
        let (severity, rule) = (Severity::Impossible, Rule::Energy);
        View::finding(&joules.place, severity, rule, &*joules.text, wanted.trim())
    })
}

/// The unit that a value's span was taken in.
fn measure(value: &Value) -> Option<Measure> {
    let quantity = value.quantity?;
    let base = match value.number.value {
        0.0 => 1.0,
        number => middle(&value.span) / number,
    };
    Some(Measure { quantity, base })
}

/// Four digits.
fn figures(value: f64) -> String {
    let digits = value.abs().max(f64::MIN_POSITIVE).log10().floor();
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of an f64")]
    let decimals = (3 - digits as i32).clamp(0, 12);
    format!("{value:.*}", decimals.unsigned_abs() as usize)
}

/// The rate of a centre is that of its cards together; without a card's rate, no card's is above all that is public.
fn card_rate(view: &View<'_>, row: &Line) -> Option<Finding> {
    let peta = Measure {
        quantity: Quantity::Rate,
        base: 1e15,
    };
    let total = view.value(row, Column::Total)?;
    let cards = view.value(row, Column::Cards)?;
    let total_span = match total.quantity {
        Some(_) => total.span,
        None => total.number.span(Some(peta)),
    };
    // A number of cards is counted, not rounded.
    let counted = Span {
        low: cards.number.value,
        high: cards.number.value,
    };
    let quotient = total_span.over(&counted)?;
    let each = figures(middle(&quotient) / 1e12);
    let sum = format!("{} ÷ {} = {each} TFLOPS", total.text, cards.text);
    let printed = view
        .body
        .at(Column::PerCard)
        .and_then(|at| view.rate(row, at));
    if let Some(printed) = printed {
        return unless(quotient.meets(&printed.span), || {
            let (severity, rule) = (Severity::Impossible, Rule::CardRate);
            View::finding(&printed.place, severity, rule, &*printed.text, sum)
        });
    }
    let chip = view.chip(row)?;
    let rates = chip.cells.iter().filter(|cell| cell.property.is_rate());
    let values = rates.flat_map(|cell| cell.official.iter().filter_map(|one| one.value));
    let most = values.fold(0.0, f64::max);
    unless(most == 0.0 || quotient.low <= most * 1e12, || {
        let wanted = format!("no public rate of {} is above {most}", chip.name);
        let (severity, rule) = (Severity::Contestable, Rule::CardRate);
        View::finding(&total.place, severity, rule, sum, wanted)
    })
}

/// A share is part ÷ whole. Both are counted, not rounded, where they are whole numbers without a unit.
fn share(view: &View<'_>, row: &Line) -> Option<Finding> {
    let [part, whole, printed] =
        [Column::Part, Column::Whole, Column::Share].map(|column| view.value(row, column));
    let (Some(part), Some(whole)) = (&part, &whole) else {
        let printed = printed?;
        let (severity, rule) = (Severity::Contestable, Rule::Operands);
        let wanted = "both operands: part and whole";
        return Some(View::finding(
            &printed.place,
            severity,
            rule,
            &*printed.text,
            wanted,
        ));
    };
    let printed = printed?;
    let exact = |value: &Value| match value.quantity.is_none() && value.number.value.fract() == 0.0
    {
        true => Span {
            low: value.number.value,
            high: value.number.value,
        },
        false => value.span,
    };
    let quotient = exact(part).over(&exact(whole))?;
    unless(is_quotient(&printed.number, &quotient), || {
        let right = format!("{} ÷ {} = {}", part.text, whole.text, percent(part, whole));
        let other =
            denominator(part, &printed).map(|of| format!("; {} would be of {of}", printed.text));
        let wanted = right + &other.unwrap_or_default();
        let (severity, rule) = (Severity::Impossible, Rule::Share);
        View::finding(&printed.place, severity, rule, &*printed.text, wanted)
    })
}

/// The whole that the printed share would be of, where one alone rounds to it.
fn denominator(part: &Value, printed: &Value) -> Option<u64> {
    let share = printed.number.measure.map_or(1.0, |unit| unit.base);
    let [low, high] = [printed.number.half, -printed.number.half]
        .map(|half| part.number.value / ((printed.number.value + half) * share));
    let first = low.ceil();
    let only = first <= high && first + 1.0 > high && first > 0.0 && first < 1e9;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between 0 and 10⁹"
    )]
    only.then_some(first as u64)
}
