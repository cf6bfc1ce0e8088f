//! `suanli tune`: the search by itself, told tile by tile if asked; and the answers of all tiles.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;

use crate::cases::{Planned, plan};
use crate::device::{Device, DeviceInfo};
use crate::error::{Error, Result};
use crate::figure::{Figure, word};
use crate::kernel::{Case, Check, Tile};
use crate::kernels;
use crate::results::{Outcome, Record};
use crate::tune::{Choice, Fate, Stage, Step, Tried, Tuner, Tuning, bucket, verify_all};

use super::args::{Loads, TuneArgs};
use super::selection::selection;
use super::signals::Signals;
use super::target::{Target, targets};
use super::tiles::tuner;
use super::turn::Turn;
use super::{progress, terminal};

mod table;

use table::table;

/// One kernel and bucket, and what became of it.
#[derive(Debug, Serialize)]
struct Row {
    device: String,
    kernel: &'static str,
    bucket: &'static str,
    outcome: Summary,
    tried: Vec<Line>,
}

/// What a row comes to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Summary {
    /// The winner of a search.
    Found {
        tile: Tile,
        size: String,
        figure: Option<Figure>,
        /// Times as fast as the first candidate, which is what runs without a search.
        over_default: Option<f64>,
        choice: Choice,
    },
    /// Every tile was checked.
    Checked {
        right: usize,
        wrong: usize,
        refused: usize,
    },
    /// There is no winner.
    Nothing { why: String },
    /// The device can't run the kernel.
    Unsupported { reason: String },
}

impl Row {
    /// An unsupported kernel is a row of the JSON alone: the table leaves it to standard error.
    fn is_searched(&self) -> bool {
        !matches!(self.outcome, Summary::Unsupported { .. })
    }
}

/// A tile that was tried.
#[derive(Debug, Clone, Serialize)]
struct Line {
    stage: Stage,
    tile: Tile,
    size: String,
    seconds: Option<f64>,
    figure: Option<Figure>,
    wrong: Option<String>,
    refused: Option<String>,
}

/// Searches, or checks, on every device named; 4 where an answer is wrong or a kernel has no right one.
///
/// # Errors
///
/// Those of the options, of the devices, and an interruption.
pub fn tune(args: &TuneArgs) -> Result<u8> {
    let selection = selection(&args.what, &Loads::default(), None)?;
    let signals = Signals::listen()?;
    let targets = targets(args.what.device.as_deref(), args.what.backend.as_deref())?;
    let infos: Vec<_> = targets.iter().map(Target::info).collect();
    // Before the first search: one that is done is not lost to a device that is taken.
    let _turns = Turn::take_all(&infos, args.wait, &signals)?;
    let mut rows = Vec::new();
    let mut interrupted = None;
    for target in &targets {
        let planned = plan(&selection, target.info())?;
        let (tuner, word) = tuner(Tuning::Force, target, args.what.shaders.is_some());
        if let Some(word) = word {
            terminal::message(&format!("warning: {word}"));
        }
        let device = target.open()?;
        let mut job = Job {
            args,
            device: device.as_ref(),
            tuner,
            sample_seconds: selection.budget().sample_seconds,
            signals: &signals,
            bar: bar(),
        };
        match job.all(planned, &mut rows) {
            Err(Error::Interrupted { signal }) => interrupted = Some(signal),
            done => done?,
        }
        job.bar.finish_and_clear();
        if interrupted.is_some() {
            break;
        }
    }
    let searched = rows.iter().any(Row::is_searched);
    if args.json {
        terminal::print(&terminal::json(&rows))?;
    } else if searched {
        terminal::print(&table(&rows, args.verify_all))?;
    }
    if let Some(signal) = interrupted {
        terminal::message(match (searched, args.verify_all) {
            (false, _) => "interrupted: nothing was finished",
            (true, true) => "interrupted: what is listed was checked",
            (true, false) => "interrupted: what is listed is done, and its winners are kept",
        });
        return Ok(Error::Interrupted { signal }.exit_code());
    }
    if !searched {
        terminal::message(match rows.is_empty() {
            true => "nothing to search: the kernels that can run here have one tile each",
            false => "nothing to search: none of these kernels can run here",
        });
    }
    let faulty = |row: &Row| match row.outcome {
        Summary::Found { .. } | Summary::Unsupported { .. } => false,
        Summary::Checked { wrong, .. } => wrong > 0,
        Summary::Nothing { .. } => true,
    };
    Ok(if rows.iter().any(faulty) { 4 } else { 0 })
}

/// One device at work.
struct Job<'a> {
    args: &'a TuneArgs,
    device: &'a dyn Device,
    tuner: Tuner,
    sample_seconds: f64,
    signals: &'a Signals,
    bar: ProgressBar,
}

/// Hidden where standard error is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

impl Job<'_> {
    /// Every kernel and bucket of the plan once; kernels with one tile have nothing to search.
    fn all(&mut self, planned: Vec<Planned>, rows: &mut Vec<Row>) -> Result<()> {
        let mut seen = Vec::new();
        for planned in planned {
            let case = match planned {
                Planned::Case(case) => case,
                Planned::Record(record) => {
                    rows.extend(self.unsupported(*record));
                    continue;
                }
            };
            let bucket = match self.args.verify_all {
                true => "every tile",
                false => bucket::name(&case),
            };
            let known = (case.kernel.name, bucket);
            let single = case.kernel.candidates().len() == 1 && !self.args.verify_all;
            let unchecked = matches!(case.kernel.check, Check::Nothing(_));
            if single || unchecked || seen.contains(&known) {
                continue;
            }
            seen.push(known);
            self.one(&case, bucket, rows)?;
        }
        Ok(())
    }

    /// A kernel that the device can't run, said once.
    fn unsupported(&self, record: Record) -> Option<Row> {
        let kernel = kernels::find(&record.kernel)?.name;
        let Outcome::Unsupported { reason } = record.outcome else {
            return None;
        };
        terminal::message(&format!("{kernel}: unsupported: {reason}"));
        Some(Row {
            device: self.device.info().name.clone(),
            kernel,
            bucket: "",
            outcome: Summary::Unsupported { reason },
            tried: Vec::new(),
        })
    }

    /// What was checked before an interruption is a row all the same.
    fn one(&mut self, case: &Case, bucket: &'static str, rows: &mut Vec<Row>) -> Result<()> {
        let tried = RefCell::new(Vec::new());
        let under_way = Cell::new(String::new());
        let info = self.device.info().clone();
        let (signals, log, bar) = (self.signals, self.args.log, &self.bar);
        let steps = |step: Step<'_>| {
            match step {
                Step::Next(None) => {}
                Step::Next(Some(next)) => under_way.set(next.params.tile_text()),
                Step::Note(text) => terminal::message(&format!("warning: {text}")),
                Step::Tried(one) => {
                    let line = line(&info, one);
                    if log {
                        bar.suspend(|| terminal::print(&logged(case, bucket, &line)))?;
                    }
                    tried.borrow_mut().push(line);
                    let count = tried.borrow().len();
                    bar.set_message(format!(
                        "{} {bucket}: {count} tiles tried",
                        case.kernel.name
                    ));
                }
            }
            signals
                .arrived()
                .map_or(Ok(()), |signal| Err(Error::Interrupted { signal }))
        };
        let mut ended = Ok(());
        let outcome = if self.args.verify_all {
            ended = verify_all(self.device, case, &steps);
            checked(&tried.borrow())
        } else {
            match self
                .tuner
                .tuned(self.device, case, self.sample_seconds, &steps)
            {
                Ok(Ok((tuned, _))) => found(&tried.borrow(), &tuned.case, tuned.choice),
                Ok(Err(wrong)) => Summary::Nothing { why: wrong.0 },
                Err(error @ Error::Interrupted { .. }) => return Err(error),
                Err(error) => Summary::Nothing {
                    why: match under_way.take() {
                        tile if tile.is_empty() => error.to_string(),
                        tile => format!("tile {tile}: {error}"),
                    },
                },
            }
        };
        rows.push(Row {
            device: info.name,
            kernel: case.kernel.name,
            bucket,
            outcome,
            tried: tried.into_inner(),
        });
        ended
    }
}

fn line(info: &DeviceInfo, tried: &Tried) -> Line {
    let case = &tried.case;
    let (mut seconds, mut wrong, mut refused) = (None, None, None);
    match &tried.fate {
        Fate::Right => {}
        Fate::Timed(time) => seconds = Some(*time),
        Fate::Wrong(why) => wrong = Some(why.clone()),
        Fate::Refused(why) => refused = Some(why.clone()),
    }
    let kind = case.kernel.kind.at(info.scope());
    Line {
        stage: tried.stage,
        tile: case.params.tile.clone().unwrap_or_default(),
        // An answer is checked at three sizes, none of them the case's.
        size: seconds.map_or(String::new(), |_| case.params.size()),
        seconds,
        figure: seconds.map(|seconds| case.work().figure(kind, seconds, case.kernel.name)),
        wrong,
        refused,
    }
}

fn logged(case: &Case, bucket: &str, line: &Line) -> String {
    let fate = match (&line.figure, &line.wrong, &line.refused) {
        (Some(figure), ..) => rate(figure),
        (_, Some(why), _) => format!("WRONG: {why}"),
        (.., Some(why)) => format!("refused: {}", why.lines().next().unwrap_or_default()),
        _ => "right".into(),
    };
    let stage = word(&line.stage);
    let (kernel, size) = (case.kernel.name, &line.size);
    let tile = typed(&line.tile);
    let words = [kernel, bucket, size, &stage, &fate, &tile];
    let words = words.into_iter().filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("  ") + "\n"
}

fn rate(figure: &Figure) -> String {
    format!("{} {}", progress::digits(figure.value), figure.unit)
}

fn checked(tried: &[Line]) -> Summary {
    let wrong = tried.iter().filter(|line| line.wrong.is_some()).count();
    let refused = tried.iter().filter(|line| line.refused.is_some()).count();
    Summary::Checked {
        right: tried.len() - wrong - refused,
        wrong,
        refused,
    }
}

/// The winner beside the first candidate, both at the size that was searched.
fn found(tried: &[Line], case: &Case, choice: Choice) -> Summary {
    let tile = case.params.tile.clone().unwrap_or_default();
    let timed = |tile: &Tile| {
        let mut lines = tried.iter().rev();
        lines.find(|line| line.tile == *tile && line.figure.is_some())
    };
    let winner = timed(&tile);
    // A search tries tiles in an order of its own: the default is the first of the kernel's list that ran.
    let first = case.kernel.candidates().iter().find_map(timed);
    let value = |line: &Line| line.figure.as_ref().map(|figure| figure.value);
    let over_default = winner.and_then(value).zip(first.and_then(value));
    Summary::Found {
        size: winner.map_or(String::new(), |line| line.size.clone()),
        figure: winner.and_then(|line| line.figure.clone()),
        over_default: over_default.map(|(winner, first)| winner / first),
        tile,
        choice,
    }
}

/// A tile in one word.
fn typed(tile: &Tile) -> String {
    let pairs: Vec<_> = tile
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(",")
}
