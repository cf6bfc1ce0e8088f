//! `--dry-run`: what would be measured, the memory each case takes, and how long it all lasts.

use crate::cases::{Planned, memory_bytes};
use crate::device::DeviceInfo;
use crate::figure::word;
use crate::kernel::Case;
use crate::results::{Outcome, Settings};

use super::progress::duration;
use super::terminal;

/// The plans of all devices as text.
pub fn text<'a>(
    plans: impl Iterator<Item = (&'a DeviceInfo, &'a [Planned])>,
    settings: &Settings,
    runs: u32,
) -> String {
    let one = |(info, plan): (&DeviceInfo, &[Planned])| device(info, plan, settings, runs);
    plans.map(one).collect::<Vec<_>>().join("\n")
}

fn device(info: &DeviceInfo, plan: &[Planned], settings: &Settings, runs: u32) -> String {
    let heading = ["kernel", "size", "mode", "data", "memory", "time"].map(String::from);
    let mut rows = vec![heading.to_vec()];
    let (mut cases, mut largest, mut total) = (0_u32, 0, 0.0);
    for planned in plan {
        let (kernel, params) = planned.asks();
        let data = params.data.as_ref().map(word).unwrap_or_default();
        let mut row = vec![kernel.to_owned(), params.size(), word(&params.mode), data];
        match planned {
            Planned::Case(case) => {
                let bytes = largest_tile(case);
                let seconds = settings.budget(params.mode).most_seconds();
                cases += 1;
                total += seconds * f64::from(runs);
                largest = largest.max(bytes);
                row.extend([memory(bytes), format!("≤ {}", duration(seconds))]);
            }
            Planned::Record(record) => row.extend([String::new(), known(&record.outcome)]),
        }
        rows.push(row);
    }
    let total = duration(total);
    let searched = plan.iter().any(|planned| match planned {
        Planned::Case(case) => case.params.tile.is_none(),
        Planned::Record(_) => false,
    });
    let more = match searched {
        true => "operands, checks and the search for tiles that are not kept come on top",
        false => "operands and checks come on top",
    };
    let noun = if cases == 1 { "case" } else { "cases" };
    let noun = if runs > 1 {
        format!("{noun} in each of {runs} runs")
    } else {
        noun.into()
    };
    format!(
        "{} ({})\n{}{cases} {noun}, at most {} of device memory at once, at most {total} of warm-up and \
         samples; {more}\n",
        info.name,
        info.backend,
        terminal::columns(&rows),
        memory(largest),
    )
}

/// Which tile wins is not known yet: the most that any of them takes.
fn largest_tile(case: &Case) -> u64 {
    let tiles = case.kernel.candidates().into_iter();
    let bytes = tiles.map(|tile| memory_bytes(&case.with_tile(tile)));
    bytes.max().unwrap_or(0)
}

fn memory(bytes: u64) -> String {
    match bytes {
        0 => "none".into(),
        1..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

fn known(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unsupported { reason } => format!("unsupported: {reason}"),
        Outcome::Skipped { reason } => format!("skipped: {reason}"),
        _ => String::new(),
    }
}
