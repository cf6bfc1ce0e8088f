//! Runs of suanli that a command starts by itself: each a process of its own, with the same shapes and tiles.
//!
//! The unit of a verdict is the process: memory lies elsewhere in each, and the driver compiles anew. So both sides of a
//! gate are started as a person would start them, by a command line, which `words` makes; `process` waits for its end.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, Result};
use crate::results::{OneOf, Record, Results};

use super::args::Measuring;
use super::request::PLACE_VARIABLE;
use super::signals::Signals;
use super::{output, terminal};

mod process;
mod words;

pub use words::Side;

use process::Process;

/// Runs one after the other, and where their results go.
pub struct Rounds<'a> {
    signals: &'a Signals,
    /// The options of every run.
    options: words::Options,
    /// The file whose shapes and tiles are measured.
    pub params: Option<PathBuf>,
    /// The folder of the results.
    pub folder: PathBuf,
    /// What its runs call the gate, by which they are known to have been made in turn.
    pub gate: String,
    wait: bool,
    quiet: bool,
    bar: ProgressBar,
    /// Runs so far.
    made: u32,
}

impl<'a> Rounds<'a> {
    /// Runs as they were asked for, into a folder that the first one makes.
    pub fn new(measuring: &Measuring, runs: u32, signals: &'a Signals) -> Self {
        let above = measuring.out.as_deref().unwrap_or(Path::new("results"));
        let gate = format!("gate-{}", output::stamp());
        let target = match measuring.quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(runs.into()), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} [{pos}/{len}] {wide_msg} {eta}") {
            bar.set_style(style);
        }
        Self {
            signals,
            options: words::Options::of(measuring),
            params: measuring.params_from.clone(),
            folder: above.join(&gate),
            gate,
            wait: measuring.wait,
            quiet: measuring.quiet,
            bar,
            made: 0,
        }
    }

    /// So many runs more are to come than was thought.
    pub fn expect(&self, runs: u32) {
        self.bar.inc_length(runs.into());
    }

    /// Says a word beside the progress.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| terminal::message(text));
        }
    }

    /// An option of every run that was not typed.
    pub fn also(&mut self, name: &str, value: impl Into<OsString>) {
        self.options.also(name, value.into());
    }

    /// `runs` rounds, in each of which every side is run once; which one begins changes from round to round, so that what
    /// drifts does so for all of them. The results by side.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`], and [`Error::Usage`] for a run that could not start, with what it said.
    pub fn interleaved(
        &mut self,
        sides: &[&Side],
        runs: u32,
        part: &str,
    ) -> Result<Vec<Vec<Results>>> {
        let mut results: Vec<Vec<Results>> = sides.iter().map(|_| Vec::new()).collect();
        for round in 1..=runs {
            let mut order: Vec<usize> = (0..sides.len()).collect();
            if round % 2 == 0 {
                order.reverse();
            }
            for at in order {
                let place = OneOf {
                    group: format!("{}/{part}{}", self.gate, sides[at].name),
                    index: round,
                    of: runs,
                    order_seed: round.into(),
                };
                let path = self.folder.join(format!("{part}{}", sides[at].name));
                let path = path.join(format!("{round:03}.json"));
                results[at].push(self.one(sides[at], &path, place)?);
            }
        }
        Ok(results)
    }

    /// One run, whose results go to `path`. The shapes and tiles of the first in which nothing failed are those of all that
    /// follow; one in which a case came to nothing would leave that case out.
    fn one(&mut self, side: &Side, path: &Path, place: OneOf) -> Result<Results> {
        if let Some(folder) = path.parent() {
            output::make(folder)?;
        }
        self.made += 1;
        self.bar.set_message(side.name);
        let words = side.words(
            &self.options,
            self.params.as_deref(),
            path,
            self.wait || self.made > 1,
        );
        let words = words::numbered(words, self.made);
        // Both sides of a round go through their cases in one order, and every round in another.
        let variable = format!("{}:{}:{}", place.group, place.index, place.of);
        let process = Process::start(&words, (PLACE_VARIABLE, &variable))?;
        let ended = process.wait(self.signals, &mut || self.bar.tick())?;
        if let Some(signal) = self.signals.arrived() {
            self.say(&format!(
                "interrupted: the runs that came to their end are kept in {}",
                self.folder.display()
            ));
            return Err(Error::Interrupted { signal });
        }
        self.bar.inc(1);
        // 4: a case failed or is invalid, which the results tell.
        if !matches!(ended.status.code(), Some(0 | 4)) || !path.exists() {
            return Err(ended.refusal(side.name, &words));
        }
        let mut results = Results::load(path)?;
        // An older suanli doesn't write down which run it is.
        results.one_of.get_or_insert(place);
        let measured = results
            .records
            .iter()
            .any(|record| record.measured().is_some());
        if self.params.is_none() && measured && !results.has_fault() {
            self.params = Some(path.into());
        }
        Ok(results)
    }
}

impl Drop for Rounds<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A file with only the records that are to be measured anew: shapes and tiles for `--params-from`.
///
/// # Errors
///
/// [`Error::Exists`] and [`Error::Write`].
pub fn trimmed(
    results: &Results,
    folder: &Path,
    keep: impl Fn(&Record) -> bool,
) -> Result<PathBuf> {
    let mut results = results.clone();
    results.records.retain(keep);
    // No name that anybody reads as results.
    let path = folder.join("confirm.params");
    results.save_new(&path)?;
    Ok(path)
}
