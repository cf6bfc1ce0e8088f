//! A trend: where the series of a machine change, what else changed then, and a chart of each.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::digits;
use super::super::document::{Cell, Chart, Document, Grid, Section, Tone};
use super::differences::difference;
use super::judgement::floor;
use super::{Cards, Row, change, counted, grid, p, size};
use crate::gate::{Basis, Change, Floor, Series, Trend};

/// Of how many series a chart is drawn.
const CHARTS: usize = 12;

/// Runs below which no change can have a p of 0.001 (`stats::changes`).
const FEWEST: usize = 14;

/// The changes, the latest first, and a chart of each series that has any.
pub fn trend(trend: &Trend) -> Document {
    let of = trend.series.iter();
    let cards = Cards::of(of.map(|one| (&one.device, &one.pci_bus_id)));
    let (still, changed): (Vec<&Series>, Vec<&Series>) =
        trend.series.iter().partition(|one| one.changes.is_empty());
    let mut sections = vec![changes(&changed, trend.series.len(), &cards).and(assumed(trend))];
    if !still.is_empty() {
        let section = Section::of("Without a change", unchanged(&still, &cards));
        let few = still.iter().any(|one| one.points.len() < FEWEST);
        let note = few.then(|| format!("Of fewer than {FEWEST} runs no change can be proved."));
        sections.push(section.named("unchanged").and(note));
    }
    sections.extend(changed.iter().take(CHARTS).map(|one| drawn(one, &cards)));
    Document {
        title: "Performance over time".into(),
        sections,
        ..Document::default()
    }
}

/// A word on series for which no floor holds: a change of less than 5 % goes by unseen there.
fn assumed(trend: &Trend) -> Option<String> {
    let assumed = |one: &&Series| one.basis == Basis::Uncalibrated;
    let count = trend.series.iter().filter(assumed).count();
    (count > 0).then(|| {
        format!("uncalibrated: {count} of the series have no floor that holds for their last run; 5 % is assumed. Measure it with: suanli calibrate")
    })
}

/// The answer, and the change points with what else differs there.
fn changes(changed: &[&Series], all: usize, cards: &Cards) -> Section {
    let count: usize = changed.iter().map(|one| one.changes.len()).sum();
    let title = match count {
        0 => format!("no change in {}", counted(all, "series", "series")),
        _ => format!(
            "{} in {} of {all} series",
            counted(count, "change", "changes"),
            changed.len()
        ),
    };
    let mut found: Vec<(&Series, &Change)> = changed
        .iter()
        .flat_map(|one| one.changes.iter().map(move |change| (*one, change)))
        .collect();
    found.sort_by_key(|(_, change)| std::cmp::Reverse(moment(&change.started)));
    let rows: Vec<Row> = found
        .iter()
        .map(|(one, change)| row(one, change, cards))
        .collect();
    let slower = changed.iter().filter(|one| one.is_slower()).count();
    let mut lines = Vec::new();
    if count > 0 {
        lines.push(format!("slower since the last change: {slower} series"));
    }
    if changed.len() > CHARTS {
        let left = changed.len() - CHARTS;
        lines.push(format!(
            "charts are drawn of the first {CHARTS} series, not of {left} more"
        ));
    }
    let section = Section {
        title,
        grid: (count > 0).then(|| grid(rows)),
        ..Section::default()
    };
    section.named("changes").and(lines)
}

fn row(series: &Series, one: &Change, cards: &Cards) -> Row {
    let tone = match one.change < 0.0 {
        true => Tone::Bad,
        false => Tone::Plain,
    };
    let figure = |value: f64| Cell::number(value, digits::significant(value, 4));
    let differences: Vec<String> = one.differences.iter().map(difference).collect();
    let cells = vec![
        ("when", one.started.clone().into()),
        (
            "device",
            cards.cell(&series.device, series.pci_bus_id.as_deref()),
        ),
        ("kernel", series.kernel.clone().into()),
        ("size", size(&series.params).into()),
        ("before", figure(one.before)),
        ("after", figure(one.after)),
        ("unit", series.unit.to_string().into()),
        ("change", change(one.change)),
        ("p", p(one.p)),
        ("floor", least(series)),
        ("what else differs", differences.join(" · ").into()),
    ];
    (tone, cells)
}

/// The least change that counts, with where that comes from.
fn least(series: &Series) -> Cell {
    floor(Floor {
        share: series.floor,
        within_day: series.floor,
        days: 0.0,
        basis: series.basis,
    })
}

/// How many series of a kernel there are, and of how many runs.
fn unchanged(series: &[&Series], cards: &Cards) -> Grid {
    let mut kernels: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
    for one in series {
        let device = cards.cell(&one.device, one.pci_bus_id.as_deref()).text;
        let runs = kernels.entry((device, &one.kernel)).or_default();
        runs.push(one.points.len());
    }
    let rows = kernels.into_iter().map(|((device, kernel), runs)| {
        let [least, most] = [runs.iter().min(), runs.iter().max()].map(|end| *end.unwrap_or(&0));
        let runs_text = match least == most {
            true => least.to_string(),
            false => format!("{least} … {most}"),
        };
        let cells = vec![
            ("device", device.into()),
            ("kernel", kernel.into()),
            (
                "series",
                Cell::number(runs.len() as f64, runs.len().to_string()),
            ),
            ("runs", runs_text.into()),
        ];
        (Tone::Plain, cells)
    });
    grid(rows.collect())
}

/// A series over days, each stretch between two changes a line of its own.
fn drawn(series: &Series, cards: &Cards) -> Section {
    let first = series.points.first().map_or("", |point| &point.started);
    let begun = moment(first);
    let stretch = |at: usize| {
        let earlier = series.changes.partition_point(|change| change.at <= at);
        let begun = earlier
            .checked_sub(1)
            .and_then(|last| series.changes.get(last));
        let from = begun.map_or(first, |change| &change.started);
        format!("stretch {}, from {}", earlier + 1, day(from))
    };
    let rows = series.points.iter().enumerate().map(|(at, point)| {
        let days = moment(&point.started).duration_since(begun).as_secs_f64() / 86_400.0;
        let cells = vec![
            Cell::from(stretch(at)),
            Cell::number(days, digits::significant(days, 3)),
            Cell::number(point.value, digits::significant(point.value, 4)),
            Cell::from(point.started.clone()),
        ];
        (Tone::Plain, cells)
    });
    let grid = Grid::new(&["stretch", "days since the first run", "value", "when"]).with(rows);
    let chart = Chart::Lines {
        over: 1,
        values: vec![2],
        powers: false,
    };
    let name = format!("{} {}", series.kernel, size(&series.params));
    let device = cards.name(&series.device, series.pci_bus_id.as_deref());
    let title = format!("{device}: {} in {} over time", name.trim(), series.unit);
    Section::drawn(title, grid, chart).named("time")
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The date of a moment.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}
