//! A run as a process: started in a group of its own, waited for, and ended with all it has started.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::cli::signals::Signals;
use crate::error::{Error, Result};

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// How long it may take to stop at its next safe point when it is asked to.
const GRACE: Duration = Duration::from_secs(30);

/// Of its messages, the bytes that are read when it failed.
const MOST_SAID: u64 = 64 << 10;

/// A run under way.
pub struct Process {
    child: Child,
    /// What it says, on the disk: a pipe that nobody reads would stop it.
    said: File,
}

/// A run that came to its end.
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    said: File,
}

impl Process {
    /// Starts a command line with a variable.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for what can't be started.
    pub fn start(words: &[OsString], variable: (&str, &str)) -> Result<Self> {
        let (program, arguments) = match words {
            [program, arguments @ ..] => (program.clone(), arguments),
            [] => (OsString::new(), words),
        };
        let could_not = |error: std::io::Error| {
            let what = program.to_string_lossy().into_owned();
            Error::usage(
                what,
                format!("can't be started: {error}"),
                "give the path of suanli",
            )
        };
        let said = tempfile::tempfile().map_err(could_not)?;
        let mut command = Command::new(&program);
        command.args(arguments).env(variable.0, variable.1);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(said.try_clone().map_err(could_not)?);
        in_own_group(&mut command);
        let child = command.spawn().map_err(could_not)?;
        Ok(Self { child, said })
    }

    /// Waits for its end, and calls `glance` meanwhile. An interruption is passed on: the run ends at its next safe point, or
    /// after a while in any case.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the system doesn't say how it ended.
    pub fn wait(mut self, signals: &Signals, glance: &mut dyn FnMut()) -> Result<Ended> {
        let mut asked: Option<Instant> = None;
        loop {
            let status = self.child.try_wait();
            let status = status.map_err(|error| {
                Error::usage(
                    "a run",
                    format!("can't be waited for: {error}"),
                    "try again",
                )
            })?;
            if let Some(status) = status {
                return Ok(Ended {
                    status,
                    said: self.said,
                });
            }
            match (signals.arrived(), asked) {
                (Some(_), None) => {
                    asked = Some(Instant::now());
                    ask_to_stop(&mut self.child);
                }
                (Some(_), Some(since)) if since.elapsed() > GRACE => end(&mut self.child),
                _ => {}
            }
            glance();
            std::thread::sleep(GLANCE);
        }
    }
}

impl Ended {
    /// Why there are no results, with the last it said.
    pub fn refusal(mut self, side: &str, words: &[OsString]) -> Error {
        let said = self.last_words();
        let told = |start: &str| {
            let mut lines = said.lines().rev();
            let line = lines.find_map(|line| line.strip_prefix(start));
            line.map(|line| line.trim().to_owned())
        };
        let last = || {
            said.lines()
                .rfind(|line| !line.trim().is_empty())
                .map(str::to_owned)
        };
        let why = told("error:").or_else(last);
        let (how, silent) = match self.status.code() {
            Some(0 | 4) => ("well, but wrote no results".to_owned(), "is it a suanli?"),
            Some(code) => (format!("with exit code {code}"), "it said nothing"),
            None => ("by a signal".to_owned(), "it said nothing"),
        };
        let typed: Vec<_> = words
            .iter()
            .map(|word| quoted(&word.to_string_lossy()))
            .collect();
        let hint = told("hint:").unwrap_or_else(|| format!("try it by hand: {}", typed.join(" ")));
        Error::usage(
            format!("a run of the {side} ended {how}"),
            why.unwrap_or_else(|| silent.into()),
            hint,
        )
    }

    fn last_words(&mut self) -> String {
        let mut bytes = Vec::new();
        let length = self.said.seek(SeekFrom::End(0)).unwrap_or(0);
        drop(
            self.said
                .seek(SeekFrom::Start(length.saturating_sub(MOST_SAID))),
        );
        drop((&mut self.said).take(MOST_SAID).read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.into(), Into::into)
}

/// A group of its own: Ctrl-C reaches this program alone, which asks the run to stop once. A second signal would end it
/// without a safe point.
#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn in_own_group(_: &mut Command) {}

#[cfg(unix)]
fn signal(child: &Child, signal: rustix::process::Signal) {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may have ended meanwhile.
        let _ended = rustix::process::kill_process_group(group, signal);
    }
}

/// Asks it, and what started it, to stop.
#[cfg(unix)]
fn ask_to_stop(child: &mut Child) {
    signal(child, rustix::process::Signal::TERM);
}

#[cfg(not(unix))]
fn ask_to_stop(child: &mut Child) {
    end(child);
}

/// Ends what doesn't stop.
#[cfg(unix)]
fn end(child: &mut Child) {
    signal(child, rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
fn end(child: &mut Child) {
    drop(child.kill());
}
