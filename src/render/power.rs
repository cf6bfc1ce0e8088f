//! What each value cost and at which clock, as a grid of words.

use super::digits;
use super::document::{Grid, Section, Tone};
use super::rows::size;
use crate::sheet::{Power, Row, Sheet};

/// Power, energy, clock and what held the GPU down, of one run's rows; nothing where there were no sensors.
pub(super) fn section(sheet: &Sheet, run: usize) -> Option<Section> {
    let own = sheet.rows.iter().filter(|row| row.run == run);
    let powers: Vec<_> = own
        .filter_map(|row| Some((row, row.power.as_ref()?)))
        .collect();
    let (_, first) = powers.first()?;
    let device = sheet.runs.get(run).map_or("", |run| &run.device);
    let source = first.energy_source.as_ref().unwrap_or(&first.source);
    let rows = powers.iter();
    let rows = rows.map(|(row, power)| (tone(power), cells(row, power)));
    let grid = Grid::new(&[
        "kernel",
        "size",
        "W",
        "per W",
        "J",
        "MHz",
        "per GHz",
        "°C",
        "held down",
        "errors",
    ]);
    let title = format!("{device}: power and clock, by {source}");
    Some(Section::of(title, grid.with(rows)).named("power"))
}

fn tone(power: &Power) -> Tone {
    match power.errors.is_empty() {
        true => Tone::Plain,
        false => Tone::Doubt,
    }
}

fn cells(row: &Row, power: &Power) -> Vec<String> {
    let three =
        |value: Option<f64>| value.map_or(String::new(), |value| digits::significant(value, 3));
    let rate = |value: Option<f64>, per: &str| {
        value.map_or(String::new(), |value| {
            format!("{} {}/{per}", digits::significant(value, 3), row.unit)
        })
    };
    let held = |name: &str, share: f64| format!("{name} {:.0} %", share * 100.0);
    let limits = power.limits.iter();
    let limits = limits.map(|(name, share)| held(&name.replace('_', " "), *share));
    let mut limits: Vec<String> = limits.collect();
    // Where no limiter is named, power and clock may tell.
    let told = power.limits.contains_key("software_power_cap");
    let capped = power.capped_share.filter(|share| *share > 0.0 && !told);
    limits.extend(capped.map(|share| held("at the power limit", share)));
    let watts = power.watts.map_or_else(
        || power.no_energy.clone().unwrap_or_default(),
        |watts| digits::significant(watts, 3),
    );
    vec![
        row.kernel.clone(),
        size(row, None),
        watts,
        rate(power.per_watt, "W"),
        power.joules.map_or(String::new(), picojoules),
        three(power.hertz.map(|hertz| hertz * 1e-6)),
        rate(power.per_gigahertz, "GHz"),
        three(power.celsius),
        limits.join(", "),
        power.errors.join(", "),
    ]
}

/// Operations and bytes cost picojoules.
fn picojoules(joules: f64) -> String {
    format!("{} pJ", digits::significant(joules * 1e12, 3))
}
