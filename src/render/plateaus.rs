//! The plateaus of a sweep as a grid of words.

use super::digits;
use super::document::{Grid, Section, Tone};
use crate::kernel::bytes_text;
use crate::sheet::Sheet;

/// The plateaus of one run's sweeps over working sets; nothing where there was none.
pub(super) fn section(sheet: &Sheet, run: usize) -> Option<Section> {
    let own = sheet.plateaus.iter().filter(|plateau| plateau.run == run);
    let rows: Vec<_> = own
        .map(|plateau| {
            let level = &plateau.level;
            let tone = if level.name.is_some() {
                Tone::Plain
            } else {
                Tone::Doubt
            };
            let [from, to] = [level.from_bytes, level.to_bytes].map(bytes_text);
            let cells = vec![
                level.name.clone().unwrap_or_else(|| "?".into()),
                from,
                to,
                digits::significant(level.value, 3),
                plateau.unit.to_string(),
                level.sizes.to_string(),
                level.reason.unwrap_or_default().into(),
            ];
            (tone, cells)
        })
        .collect();
    let device = sheet.runs.get(run).map_or("", |run| &run.device);
    (!rows.is_empty()).then(|| {
        let title = format!("{device}: plateaus of memory/sweep, levels counted from the core");
        let grid = Grid::new(&[
            "level",
            "from",
            "to",
            "value",
            "unit",
            "sizes",
            "unnamed because",
        ]);
        Section::of(title, grid.with(rows)).named("plateaus")
    })
}
