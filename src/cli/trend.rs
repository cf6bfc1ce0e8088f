//! `suanli trend`: where a machine changed over many days of results.

use crate::error::{Error, Result};
use crate::gate::{Series, Store, Trend};
use crate::render::gate as document;
use crate::results::Results;

use super::args::{Layout, TrendArgs};
use super::check::{floors, only};
use super::laid::Laid;
use super::loaded::loaded;
use super::terminal;

/// Prints or writes the changes; with `--strict`, 1 where the last one of a case made it slower.
///
/// # Errors
///
/// Results that can't be read, a glob that matches nothing, and those of `--out`.
pub fn trend(args: &TrendArgs) -> Result<u8> {
    let lang = args.lang.unwrap_or_else(terminal::language);
    let layout = args.json.then_some(Layout::Json).or(args.format);
    let laid = Laid::free(layout, args.out.as_deref(), lang)?;
    let mut results: Vec<Results> = loaded(&args.results)?
        .into_iter()
        .map(|one| one.results)
        .collect();
    only(&mut results, &args.only)?;
    results.retain(is_dated);
    if results.iter().all(|run| run.records.is_empty()) {
        let hint = "give results of many days, or another --only";
        return Err(Error::usage(
            "trend",
            "nothing was measured in these results",
            hint,
        ));
    }
    let floors = floors(&Store::of(args.store.as_deref())?);
    let trend = Trend::of(&results, &floors);
    laid.give(
        || document::trend(&trend).said(lang),
        || terminal::json(&trend),
    )?;
    Ok(u8::from(
        args.strict && trend.series.iter().any(Series::is_slower),
    ))
}

/// Whether it says when it was made; one that doesn't is warned of.
fn is_dated(run: &Results) -> bool {
    let dated = run.started.parse::<jiff::Timestamp>().is_ok();
    if !dated {
        let started = crate::error::short(&run.started);
        terminal::message(&format!(
            "warning: passed over: a run that began at '{started}', which is no time"
        ));
    }
    dated
}
