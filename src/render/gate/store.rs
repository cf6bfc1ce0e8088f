//! The baselines that are kept, by the names that they are typed with: machine, driver, suite and date.

use super::super::document::{Cell, Document, Section, Tone};
use super::{Row, counted, grid};
use crate::gate::Saved;

/// The baselines, as they are named; older ones are faint.
pub fn baselines(all: &[Saved]) -> Document {
    let rows = all.iter().map(|one| -> Row {
        let (tone, state) = match one.newest {
            true => (Tone::Plain, "newest"),
            false => (Tone::Faint, "older"),
        };
        let cells = vec![
            ("baseline", one.name.clone().into()),
            ("saved", one.saved.clone().into()),
            ("runs", Cell::number(one.runs as f64, one.runs.to_string())),
            ("state", state.into()),
            ("folder", one.path.display().to_string().into()),
        ];
        (tone, cells)
    });
    let section = match all.is_empty() {
        true => Section {
            title: "no baseline is kept".into(),
            lines: vec!["keep one with suanli baseline save".into()],
            ..Section::default()
        },
        false => {
            let title = counted(all.len(), "baseline is kept", "baselines are kept");
            let note = "A gate takes the newest of its machine, driver and suite.";
            Section::of(title, grid(rows.collect())).and([note.into()])
        }
    };
    Document {
        title: "Baselines".into(),
        sections: vec![section.named("baselines")],
        ..Document::default()
    }
}
