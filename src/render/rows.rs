//! What was measured as a grid of words: one row a case, under the heading of its run.

use super::digits;
use super::document::{Grid, Tone};
use super::kinds::kind;
use crate::figure::word;
use crate::kernel::{Mode, Pattern};
use crate::sheet::{Flag, Row, Run, Sheet};

/// One run's heading.
pub(super) fn heading(run: &Run) -> String {
    let bus = run.pci_bus_id.as_ref();
    let bus = bus.map_or(String::new(), |bus| format!(", PCI {bus}"));
    let (device, backend, driver) = (&run.device, &run.backend, &run.driver);
    let mut parts = vec![format!("{device} ({backend}, {driver}{bus})")];
    parts.push(format!("suite {}", run.suite.name));
    parts.push(format!(
        "suanli {} ({})",
        run.tool.version, run.tool.revision
    ));
    parts.extend((run.files > 1).then(|| format!("{} runs", run.files)));
    parts.extend((run.devices > 1).then(|| format!("{} devices at once", run.devices)));
    parts.push(run.started.clone());
    if run.finished.is_none() {
        parts.push("not finished".into());
    }
    if run.custom_shaders {
        parts.push("own shaders".into());
    }
    parts.join(" · ")
}

/// What one run measured.
pub(super) fn measured(sheet: &Sheet, run: usize) -> Grid {
    let rows = sheet.rows.iter().filter(|row| row.run == run);
    let devices = sheet.runs.get(run).map(|run| run.devices);
    let rows = rows.map(|row| (tone(row), measured_row(row, devices)));
    Grid::new(&["kernel", "size", "value", "unit", "kind", "answer", "flags"]).with(rows)
}

fn measured_row(row: &Row, devices: Option<u32>) -> Vec<String> {
    let reason = row.reason.as_deref().unwrap_or_default();
    let value = match row.value {
        Some(value) => digits::with_interval(value, row.low, row.high),
        None => format!("{}: {reason}", row.outcome),
    };
    let unit = row.value.map(|_| row.unit.to_string());
    vec![
        row.kernel.clone(),
        size(row, devices),
        value,
        unit.unwrap_or_default(),
        kind(&row.kind),
        row.answer.clone(),
        flags(row),
    ]
}

/// The flags, with the reason where it is short and no other column says it.
pub(super) fn flags(row: &Row) -> String {
    const SHORT: usize = 12;
    let reason = |flag: &Flag| row.reasons.get(flag).filter(|reason| reason.len() <= SHORT);
    let words = row.flags.iter().map(|flag| match reason(flag) {
        Some(reason) => format!("{flag} ({reason})"),
        None => flag.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

pub(super) fn tone(row: &Row) -> Tone {
    match row.outcome {
        "measured" if row.flags.is_empty() => Tone::Plain,
        "measured" => Tone::Doubt,
        "unsupported" | "skipped" => Tone::Faint,
        _ => Tone::Bad,
    }
}

/// The size, and mode and data where they are not the usual ones, with the value over that of the usual; of `devices`
/// measured at once, how many fell out.
pub(super) fn size(row: &Row, devices: Option<u32>) -> String {
    let mut words = vec![row.params.size()];
    words.extend((row.mode != Mode::Sustained).then(|| word(&row.mode)));
    let times = |over: Option<f64>| over.map(|over| format!("({over:.3}×)"));
    words.extend(times(row.over_sustained));
    let odd = row.data.filter(|data| *data != Pattern::Random);
    words.extend(odd.map(|data| word(&data)));
    words.extend(times(row.over_random));
    let devices = devices.filter(|devices| row.beside.is_some_and(|beside| beside < *devices));
    let fewer = devices.zip(row.beside);
    words.extend(
        fewer.map(|(all, beside)| format!("(beside {} of {})", beside.saturating_sub(1), all - 1)),
    );
    words.extend(row.over_alone.map(|over| format!("({over:.3}× alone)")));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}
