//! What a measured value rests on: clocks, runs, power, and whether it was measured at all.

use super::view::{Known, Value, View, known, watts};
use super::{Finding, Rule, Severity};
use crate::figure::{Format, Metric};
use crate::import::columns::Column;
use crate::import::number::{narrow, number};
use crate::import::table::Line;

pub(super) fn findings(view: &View<'_>) -> Vec<Finding> {
    let mut findings: Vec<_> = best_of_one(view).into_iter().collect();
    for row in &view.body.rows {
        let (metric, format) = view.measures(row);
        let measured = view.body.at(Column::Measured).and_then(|at| match metric {
            Some(Metric::Rate) => view.rate(row, at),
            _ => view.at(row, at),
        });
        let known = format.and_then(|format| Some(public(view, row, format)?.1));
        let known = known.unwrap_or_default();
        findings.extend(rated(view, row, format));
        let Some(measured) = measured else { continue };
        findings.extend(above(view, row, &measured, &known));
        findings.extend(copied(view, row, &measured, &known));
        findings.extend(power(view, row, &measured, metric));
        findings.extend(one_run(view, row, &measured));
    }
    findings
}

/// The chip of a row, and its public rates in a format.
fn public<'a>(view: &View<'a>, row: &Line, format: Format) -> Option<(&'a str, Vec<Known>)> {
    let chip = view.chip(row)?;
    Some((&chip.name, known(chip, format)))
}

/// A measured value above the rated one; without a rated one, above all that is public of the chip.
fn above(view: &View<'_>, row: &Line, measured: &Value, known: &[Known]) -> Option<Finding> {
    let (span, text) = match view.rated(row) {
        Some(rated) => (rated.span, rated.text),
        None => {
            let dense = known.iter().filter(|known| !known.is_sparse());
            let most = dense.max_by(|a, b| a.span.high.total_cmp(&b.span.high))?;
            (most.span, most.text.clone())
        }
    };
    let logged = !narrow(view.body.cell(row, Column::Clock)).is_empty();
    let (severity, wanted) = match logged {
        true => (Severity::Note, "a rating of the clock that is logged"),
        false => (
            Severity::Contestable,
            "a clock log: a rating holds for one clock",
        ),
    };
    measured.span.above(&span).then(|| {
        let seen = format!("measured {} above rated {text}", measured.text);
        View::finding(&measured.place, severity, Rule::AboveRated, seen, wanted)
    })
}

/// How many digits a number must have for its equality to be no accident.
const DIGITS: usize = 3;

/// A measured value that is the rated one, or a figure of the chip's data sheet, to the digit.
fn copied(view: &View<'_>, row: &Line, measured: &Value, known: &[Known]) -> Option<Finding> {
    let digits = measured
        .text
        .chars()
        .take_while(|one| one.is_ascii_digit() || matches!(one, '.' | ','));
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    if digits.trim_start_matches('0').len() < DIGITS {
        return None;
    }
    let own = view.value(row, Column::Rated);
    let own = own.filter(|own| own.number.value == measured.number.value);
    let value = |text: &str| number(text).ok().flatten().map(|read| read.value);
    let figure = || {
        let equal = |known: &&Known| value(&known.text) == Some(measured.number.value);
        known.iter().find(equal)
    };
    let seen = match own {
        Some(own) => format!(
            "measured {} is the rated {} to the digit",
            measured.text, own.text
        ),
        None => {
            let (known, chip) = (figure()?, view.chip(row)?);
            let published = if known.official {
                "official"
            } else {
                "printed"
            };
            format!(
                "measured {} is the {published} figure of {}",
                measured.text, chip.name
            )
        }
    };
    let wanted = "what was measured: it looks copied";
    let (severity, rule) = (Severity::Contestable, Rule::Copied);
    Some(View::finding(&measured.place, severity, rule, seen, wanted))
}

/// A rated value that is no public figure of the chip: a lower one makes a better ratio.
fn rated(view: &View<'_>, row: &Line, format: Option<Format>) -> Option<Finding> {
    let value = view.rate(row, view.body.at(Column::Rated)?)?;
    let (chip, known) = public(view, row, format?)?;
    if known.is_empty() || known.iter().any(|known| known.span.meets(&value.span)) {
        return None;
    }
    let mut texts: Vec<_> = known.iter().map(|known| &*known.text).collect();
    texts.dedup();
    let wanted = format!("public of {chip}: {}", texts.join(", "));
    let seen = format!("rated {}", value.text);
    let (severity, rule) = (Severity::Note, Rule::Rated);
    Some(View::finding(&value.place, severity, rule, seen, wanted))
}

/// Power so far below the rated one that the rate can't have been reached by it: not half the share of the load.
fn power(view: &View<'_>, row: &Line, measured: &Value, metric: Option<Metric>) -> Option<Finding> {
    let drawn = view.value(row, Column::Watts)?;
    let own = view.value(row, Column::RatedWatts).map(|own| own.span);
    let full = own.or_else(|| watts(view.chip(row)?))?;
    let load = measured.span.over(&view.rated(row)?.span)?;
    let share = drawn.span.over(&full)?;
    let low = metric == Some(Metric::Rate) && 2.0 * share.high < load.low;
    low.then(|| {
        let seen = format!("{:.0} % of rated power", 100.0 * share.high);
        let wanted = format!("more at {:.0} % of the rated rate", 100.0 * load.low);
        let (severity, rule) = (Severity::Contestable, Rule::Power);
        View::finding(&drawn.place, severity, rule, seen, wanted)
    })
}

/// Runs or a spread, without which a value may be the best of many.
const WANTED: &str = "how many runs, and their spread";

/// A table of measured values that says nothing of runs or spread.
fn best_of_one(view: &View<'_>) -> Option<Finding> {
    let at = view.body.at(Column::Measured)?;
    let said = [Column::Runs, Column::Spread].map(|column| view.body.at(column));
    let silent = said == [None, None] && !view.body.rows.is_empty();
    silent.then(|| {
        let seen = "neither runs nor spread stated";
        let (severity, rule) = (Severity::Contestable, Rule::BestOfOne);
        View::finding(&view.header(at), severity, rule, seen, WANTED)
    })
}

/// A row of one run, and one that leaves both open.
fn one_run(view: &View<'_>, row: &Line, measured: &Value) -> Option<Finding> {
    view.body
        .at(Column::Runs)
        .or(view.body.at(Column::Spread))?;
    let spread = !narrow(view.body.cell(row, Column::Spread)).is_empty();
    let runs = view.value(row, Column::Runs).map(|runs| runs.number.value);
    let seen = match runs {
        Some(runs) if runs < 2.0 => "a single run",
        None if !spread => "neither runs nor spread stated",
        _ => return None,
    };
    let (severity, rule) = (Severity::Contestable, Rule::BestOfOne);
    Some(View::finding(&measured.place, severity, rule, seen, WANTED))
}
