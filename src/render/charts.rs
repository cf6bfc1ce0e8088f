//! Tables that stand beside a chart: attainment, rate over size, rate over time, the roofline.

use crate::figure::{Metric, word};
use crate::kernel::{Mode, Pattern, bytes_text};
use crate::sheet::{Row, Sheet};

use super::digits;
use super::document::{Cell, Chart, Grid, Section, Tone};
use super::kinds::kind;
use super::rows::size;

/// A curve has this many sizes at least.
const CURVE: usize = 3;

/// Of how many cases of a run the rate over time is shown: the longest that compute.
const LONGEST: usize = 2;

/// Readings that a curve over time has at least.
const MOMENTS: usize = 5;

/// What one run has to draw.
pub(super) fn of_run(sheet: &Sheet, run: usize) -> Vec<Section> {
    let device = sheet.runs.get(run).map_or("", |run| &run.device);
    let rows: Vec<&Row> = sheet.rows.iter().filter(|row| row.run == run).collect();
    let mut sections = Vec::new();
    sections.extend(roofline(device, &rows));
    sections.extend(curves(device, &rows));
    let mut longest: Vec<_> = rows
        .into_iter()
        .filter(|row| row.moments.len() >= MOMENTS && is_usual(row))
        .collect();
    let end = |row: &Row| row.moments.last().map_or(0.0, |moment| moment.at_seconds);
    // What computes before what moves data: a clock that falls is seen there.
    let moves = |row: &Row| row.kind.metric != Metric::Rate;
    longest.sort_by(|a, b| {
        let order = moves(a).cmp(&moves(b));
        order.then(end(b).total_cmp(&end(a)))
    });
    sections.extend(
        longest
            .into_iter()
            .take(LONGEST)
            .map(|row| over_time(device, row)),
    );
    sections
}

/// Measured over official, of products that were measured themselves.
pub(super) fn attainment(sheet: &Sheet) -> Option<Section> {
    let own = sheet.chips.iter().filter_map(|row| {
        let (own, measured) = (row.attainment?, row.measured.as_ref()?);
        let percent = 100.0 * own;
        let cells = vec![
            Cell::from(format!("{} {}", row.chip, word(&row.metric))),
            Cell::number(
                measured.value,
                digits::with_interval(measured.value, measured.low, measured.high),
            ),
            Cell::from(measured.unit.to_string()),
            Cell::number(percent, format!("{} %", digits::significant(percent, 3))),
        ];
        Some((Tone::Plain, cells))
    });
    let rows: Vec<_> = own.collect();
    let grid = Grid::new(&["figure", "measured", "unit", "of official"]);
    let chart = Chart::Bars { values: vec![3] };
    (!rows.is_empty()).then(|| {
        let title = "Attainment: measured over official, of the same product and kind";
        Section::drawn(title, grid.with(rows), chart).named("attainment")
    })
}

/// The ceilings that were measured, and each product of matrices under them.
fn roofline(device: &str, rows: &[&Row]) -> Option<Section> {
    let usual = |row: &&&Row| row.value.is_some() && is_usual(row);
    let memory = rows
        .iter()
        .filter(usual)
        .find(|row| row.kernel == "memory/copy")?;
    let bytes = memory.figure()?.in_base();
    let rates = |family: &'static str| {
        let own =
            move |row: &&&Row| row.kind.metric == Metric::Rate && row.kernel.starts_with(family);
        rows.iter().filter(usual).filter(own)
    };
    let ridge = |row: &&Row| Some(point("ceiling", row, row.figure()?.in_base() / bytes));
    let mut table: Vec<_> = rates("peak/").filter_map(ridge).collect();
    let ceilings = table.len();
    let work = |row: &&Row| row.work.operations as f64 / row.work.bytes as f64;
    table.extend(rates("gemm/").map(|row| point("product", row, work(row))));
    if ceilings == 0 || ceilings == table.len() {
        return None;
    }
    for (at, (_, cells)) in table.iter_mut().enumerate() {
        cells[1] = Cell::from((at + 1).to_string());
    }
    let columns = [
        "",
        "no.",
        "kernel",
        "kind",
        "operations a byte",
        "rate",
        "unit",
    ];
    let grid = Grid::new(&columns).with(table);
    let title = format!(
        "{device}: roofline, each product of matrices under the ceilings that were measured"
    );
    let note = "A ceiling stands where the slope of memory/copy meets it; operations a byte count each operand once.";
    let (over, value) = (4, 5);
    let section = Section::drawn(
        title,
        grid,
        Chart::Roofline {
            over,
            value,
            ceilings,
        },
    );
    Some(section.named("roofline").and([note.into()]))
}

/// One line of the roofline's table; its number is the table's to give.
fn point(role: &str, row: &Row, intensity: f64) -> (Tone, Vec<Cell>) {
    let value = row.value.unwrap_or_default();
    let name = format!("{} {}", row.kernel, size(row, None));
    let cells = vec![
        Cell::from(role),
        Cell::default(),
        Cell::from(name.trim()),
        Cell::from(kind(&row.kind)),
        Cell::number(intensity, digits::significant(intensity, 3)),
        Cell::number(value, digits::with_interval(value, row.low, row.high)),
        Cell::from(row.unit.to_string()),
    ];
    (Tone::Plain, cells)
}

/// The rate over size, of every kernel that has sizes enough.
fn curves(device: &str, rows: &[&Row]) -> Vec<Section> {
    let mut sections = Vec::new();
    for (matrices, title) in [
        (false, "bandwidth over the working set"),
        (true, "rate over the size of the product"),
    ] {
        let mut points: Vec<(&str, f64, &Row)> = rows
            .iter()
            .filter(|row| row.value.is_some() && row.params.m.is_some() == matrices)
            .filter_map(|row| Some((&*row.kernel, length(row)?, *row)))
            .collect();
        points.retain({
            let all = points.clone();
            move |point| all.iter().filter(|other| other.0 == point.0).count() >= CURVE
        });
        points.sort_by(|a, b| a.0.cmp(b.0).then(a.1.total_cmp(&b.1)));
        let table: Vec<_> = points
            .iter()
            .map(|(kernel, at, row)| curve_row(kernel, *at, row))
            .collect();
        if table.is_empty() {
            continue;
        }
        let grid = Grid::new(&["kernel", "size", "rate", "unit"]).with(table);
        let chart = Chart::Lines {
            over: 1,
            values: vec![2],
            powers: true,
        };
        let section = Section::drawn(format!("{device}: {title}"), grid, chart);
        sections.push(section.named("size"));
    }
    sections
}

fn curve_row(kernel: &str, at: f64, row: &Row) -> (Tone, Vec<Cell>) {
    let value = row.value.unwrap_or_default();
    let name = match row.params.bytes {
        Some(bytes) => bytes_text(bytes),
        None => at.to_string(),
    };
    let cells = vec![
        Cell::from(kernel),
        Cell::number(at, name),
        Cell::number(value, digits::with_interval(value, row.low, row.high)),
        Cell::from(row.unit.to_string()),
    ];
    (Tone::Plain, cells)
}

/// Whether it was loaded as usual: sustained, on random operands, alone.
fn is_usual(row: &Row) -> bool {
    let odd_data = row.data.is_some_and(|data| data != Pattern::Random);
    row.mode == Mode::Sustained && !odd_data && row.over_alone.is_none()
}

/// Bytes of a working set, or the edge of a cube.
fn length(row: &Row) -> Option<f64> {
    if !is_usual(row) {
        return None;
    }
    match (row.params.m, row.params.n, row.params.k) {
        (Some(m), Some(n), Some(k)) => (m == n && n == k).then_some(f64::from(m)),
        _ => row.params.bytes.map(|bytes| bytes as f64),
    }
}

/// The rate of one case over time, with what the sensors said.
fn over_time(device: &str, row: &Row) -> Section {
    let three = |value: Option<f64>| match value {
        Some(value) => Cell::number(value, digits::significant(value, 3)),
        None => Cell::default(),
    };
    let table = row.moments.iter().map(|moment| {
        let cells = vec![
            Cell::from(row.kernel.clone()),
            Cell::number(moment.at_seconds, format!("{:.1}", moment.at_seconds)),
            Cell::number(moment.value, digits::significant(moment.value, 4)),
            three(moment.hertz.map(|hertz| hertz * 1e-6)),
            three(moment.watts),
            three(moment.celsius),
        ];
        (Tone::Plain, cells)
    });
    let grid = Grid::new(&["kernel", "s", "rate", "MHz", "W", "°C"]).with(table);
    let mut values = vec![2];
    // A panel for each sensor that said anything.
    values.extend((3..6).filter(|at| {
        grid.rows
            .iter()
            .any(|(_, cells)| cells[*at].number.is_some())
    }));
    let chart = Chart::Lines {
        over: 1,
        values,
        powers: false,
    };
    let name = format!("{} {}", row.kernel, size(row, None));
    let title = format!("{device}: {} in {} over time", name.trim(), row.unit);
    Section::drawn(title, grid, chart).named("time")
}
