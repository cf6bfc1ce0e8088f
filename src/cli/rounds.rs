//! Runs of suanli that a command starts by itself: each a process of its own, with the same shapes and tiles.
//!
//! The unit of a verdict is the process: memory lies elsewhere in each, and the driver compiles anew. So both sides of a
//! gate are started as a person would start them, by a command line.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, Result};
use crate::results::Results;

use super::args::{Measuring, Modes};
use super::signals::Signals;
use super::{output, terminal};

/// How often a run that is under way is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// The letters of a run's messages that are read when it failed.
const MOST_SAID: u64 = 64 << 10;

/// The command line of one side, up to `run`.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is called, and the folder of its results.
    pub name: &'static str,
    /// The program with its own words; the first is what is started.
    words: Vec<OsString>,
}

impl Side {
    /// This program, as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where its own file can't be found.
    pub fn own(name: &'static str) -> Result<Self> {
        let program = std::env::current_exe().map_err(|error| {
            let why = format!("its own file can't be found: {error}");
            Error::usage("suanli", why, "give a path, such as /usr/local/bin/suanli")
        })?;
        Ok(Self {
            name,
            words: vec![program.into()],
        })
    }

    /// A command as it is typed, with or without `run` at its end or options behind that.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for an empty one, and for quotes that aren't closed.
    pub fn typed(name: &'static str, command: &str) -> Result<Self> {
        let words = shlex::split(command).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| {
            Error::usage(
                format!("--baseline-command '{command}'"),
                "is empty, or has a quote that isn't closed",
                "give what starts suanli, such as '/opt/old/suanli'",
            )
        })?;
        Ok(Self {
            name,
            words: words.into_iter().map(Into::into).collect(),
        })
    }
}

/// Runs one after the other, and where their results go.
pub struct Rounds<'a> {
    signals: &'a Signals,
    /// The options of every run, in pairs; one without a value has an empty one.
    options: Vec<(String, OsString)>,
    /// Sizes and shapes: what a file of parameters takes the place of.
    shapes: Vec<(String, OsString)>,
    /// The file whose shapes and tiles are measured.
    pub params: Option<PathBuf>,
    /// The folder of the results.
    pub folder: PathBuf,
    /// What its runs call the gate, by which they are known to have been made in turn.
    pub gate: String,
    wait: bool,
    bar: ProgressBar,
    /// Runs so far.
    made: u32,
}

impl<'a> Rounds<'a> {
    /// Runs as they were asked for, into a new folder.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn new(measuring: &Measuring, runs: u32, signals: &'a Signals) -> Result<Self> {
        let above = measuring.out.as_deref().unwrap_or(Path::new("results"));
        let gate = format!("gate-{}", output::stamp());
        let folder = above.join(&gate);
        output::make(&folder)?;
        let target = match measuring.quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(runs.into()), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} [{pos}/{len}] {wide_msg} {eta}") {
            bar.set_style(style);
        }
        let (options, shapes) = options(measuring);
        Ok(Self {
            signals,
            options,
            shapes,
            params: measuring.params_from.clone(),
            folder,
            gate,
            wait: measuring.wait,
            bar,
            made: 0,
        })
    }

    /// So many runs more are to come than was thought.
    pub fn expect(&self, runs: u32) {
        self.bar.inc_length(runs.into());
    }

    /// Says a word beside the progress.
    pub fn say(&self, text: &str) {
        self.bar.suspend(|| terminal::message(text));
    }

    /// An option of every run that was not typed.
    pub fn also(&mut self, name: &str, value: impl Into<OsString>) {
        if !self.options.iter().any(|(known, _)| known == name) {
            self.options.push((name.into(), value.into()));
        }
    }

    /// `runs` rounds, in each of which every side is run once; which one begins changes from round to round, so that what
    /// drifts does so for all of them. The results by side.
    ///
    /// # Errors
    ///
    /// Those of [`one`](Self::one).
    pub fn interleaved(
        &mut self,
        sides: &[&Side],
        runs: u32,
        part: &str,
    ) -> Result<Vec<Vec<Results>>> {
        let mut results: Vec<Vec<Results>> = sides.iter().map(|_| Vec::new()).collect();
        for round in 0..runs {
            let mut order: Vec<usize> = (0..sides.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for at in order {
                let folder = self.folder.join(format!("{part}{}", sides[at].name));
                let path = folder.join(format!("{:03}.json", round + 1));
                // Both sides of a round go through their cases in one order, and every round in another.
                let gate = self
                    .folder
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy();
                let place = format!("{gate}/{part}{}:{}:{runs}", sides[at].name, round + 1);
                results[at].push(self.one(sides[at], &path, &place)?);
            }
        }
        Ok(results)
    }

    /// One run, whose results go to `path`. The first one's shapes and tiles are those of all others.
    ///
    /// # Errors
    ///
    /// [`Error::Interrupted`], and [`Error::Usage`] for a run that could not start, with what it said.
    fn one(&mut self, side: &Side, path: &Path, place: &str) -> Result<Results> {
        if let Some(folder) = path.parent() {
            output::make(folder)?;
        }
        self.made += 1;
        self.bar.set_message(side.name);
        let words = self.words(side, path, place);
        let mut said = tempfile::tempfile().map_err(|source| Error::Write {
            path: path.into(),
            source,
        })?;
        let status = self.ended(&words, &said)?;
        if let Some(signal) = self.signals.arrived() {
            return Err(Error::Interrupted { signal });
        }
        self.bar.inc(1);
        // 4: a case failed or is invalid, which the results tell.
        if !matches!(status.code(), Some(0 | 4)) {
            return Err(failed(side, &words, status, &mut said));
        }
        let results = Results::load(path)?;
        if self.params.is_none()
            && results
                .records
                .iter()
                .any(|record| record.measured().is_some())
        {
            self.params = Some(path.into());
        }
        Ok(results)
    }

    /// The whole command line: what the side says itself, and what it doesn't.
    fn words(&self, side: &Side, path: &Path, place: &str) -> Vec<OsString> {
        let mut words = side.words.clone();
        if !words.iter().any(|word| word == "run") {
            words.push("run".into());
        }
        let mut options = self.options.clone();
        options.push(("--out".into(), path.into()));
        options.push(("--one-of".into(), place.into()));
        options.push(("--quiet".into(), OsString::new()));
        match &self.params {
            Some(file) => options.push(("--params-from".into(), file.into())),
            None => options.extend(self.shapes.clone()),
        }
        if self.wait || self.made > 1 {
            options.push(("--wait".into(), OsString::new()));
        }
        let own = |name: &str| {
            side.words.iter().any(|word| {
                let word = word.to_string_lossy();
                word == name
                    || word
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with('='))
            })
        };
        for (name, value) in options {
            if own(&name) {
                continue;
            }
            words.push(name.into());
            words.extend(Some(value).filter(|value| !value.is_empty()));
        }
        self.numbered(words)
    }

    /// A scripted device draws its luck by the number of the run.
    fn numbered(&self, mut words: Vec<OsString>) -> Vec<OsString> {
        for word in &mut words {
            let text = word.to_string_lossy();
            let script = text.strip_prefix("--device=").unwrap_or(&text);
            if script == "simulated" {
                *word = format!("{text}:run={}", self.made).into();
            } else if script.starts_with("simulated:") {
                *word = format!("{text},run={}", self.made).into();
            }
        }
        words
    }

    /// Starts the command and waits for its end. An interruption is passed on, and the run ends at its next safe point.
    fn ended(&self, words: &[OsString], said: &File) -> Result<ExitStatus> {
        let [program, arguments @ ..] = words else {
            return Err(Error::usage(
                "--baseline-command",
                "is empty",
                "give what starts suanli",
            ));
        };
        let could_not = |error: std::io::Error| {
            let what = program.to_string_lossy().into_owned();
            Error::usage(
                what,
                format!("can't be started: {error}"),
                "give the path of suanli",
            )
        };
        let errors = said.try_clone().map_err(could_not)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .map_err(could_not)?;
        let mut passed = false;
        loop {
            if let Some(status) = child.try_wait().map_err(could_not)? {
                return Ok(status);
            }
            if !passed && self.signals.arrived().is_some() {
                passed = true;
                end(&mut child);
            }
            self.bar.tick();
            std::thread::sleep(GLANCE);
        }
    }
}

impl Drop for Rounds<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What was typed as options of `suanli run`: those of every run, and those that a file of parameters takes the place of.
type Options = Vec<(String, OsString)>;

fn options(measuring: &Measuring) -> (Options, Options) {
    let (what, loads) = (&measuring.what, &measuring.loads);
    let mut options: Options = Vec::new();
    let mut give = |name: &str, value: OsString| options.push((name.into(), value));
    what.suite
        .iter()
        .for_each(|suite| give("--suite", suite.name().into()));
    what.device
        .iter()
        .for_each(|device| give("--device", device.into()));
    what.backend
        .iter()
        .for_each(|backend| give("--backend", backend.into()));
    what.only
        .iter()
        .for_each(|glob| give("--only", glob.into()));
    what.seed
        .iter()
        .for_each(|seed| give("--seed", seed.to_string().into()));
    what.shaders
        .iter()
        .for_each(|folder| give("--shaders", folder.into()));
    if let Some(mode) = loads.mode {
        let word = match mode {
            Modes::Burst => "burst",
            Modes::Sustained => "sustained",
            Modes::Both => "both",
        };
        give("--mode", word.into());
    }
    for data in &loads.data {
        give("--data", crate::figure::word(data).into());
    }
    let mut shapes: Options = Vec::new();
    shapes.extend(what.size.iter().map(|size| ("--size".into(), size.into())));
    shapes.extend(
        what.shapes
            .iter()
            .map(|set| ("--shapes".into(), set.into())),
    );
    (options, shapes)
}

/// A run that could not start, with the last it said.
fn failed(side: &Side, words: &[OsString], status: ExitStatus, said: &mut File) -> Error {
    let mut text = Vec::new();
    let length = said.seek(SeekFrom::End(0)).unwrap_or(0);
    drop(said.seek(SeekFrom::Start(length.saturating_sub(MOST_SAID))));
    drop(said.read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let told = |start: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(start));
        lines.last().map(|line| line.trim().to_owned())
    };
    let last = || {
        text.lines()
            .rfind(|line| !line.trim().is_empty())
            .map(str::to_owned)
    };
    let why = told("error:")
        .or_else(last)
        .unwrap_or_else(|| "it said nothing".into());
    let typed: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let hint = told("hint:").unwrap_or_else(|| format!("try it by hand: {}", typed.join(" ")));
    let how = status.code().map_or("by a signal".into(), |code| {
        format!("with exit code {code}")
    });
    Error::usage(format!("a run of the {} ended {how}", side.name), why, hint)
}

/// Asks a run to stop as Ctrl-C does.
#[cfg(unix)]
fn end(child: &mut Child) {
    let id = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // It may have ended meanwhile.
        let _ended = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    drop(child.kill());
}

/// A file with only the records that are to be measured anew: shapes and tiles for `--params-from`.
///
/// # Errors
///
/// [`Error::Write`].
pub fn trimmed(
    results: &Results,
    folder: &Path,
    keep: impl Fn(&crate::results::Record) -> bool,
) -> Result<PathBuf> {
    let mut results = results.clone();
    results.records.retain(keep);
    // No name that anybody reads as results.
    let path = folder.join("confirm.params");
    if path.exists() {
        fs::remove_file(&path).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
    }
    results.save_new(&path)?;
    Ok(path)
}
