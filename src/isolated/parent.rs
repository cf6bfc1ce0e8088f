//! The parent's side: start a child, order a case, hear of it; end a child that says nothing for too long.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::kernel::{Case, Params};
use crate::results::{Outcome, Record};
use crate::run::{self, Bench, Watch};
use crate::sampler::Budget;

use super::{Event, Opening, Order};

/// How often an interruption is looked for while the child says nothing.
const GLANCE: Duration = Duration::from_millis(50);

/// How long a child may take to end that wants to, or was told to.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lines of the child's standard error that are kept: what a driver says before it dies.
const LAST_WORDS: usize = 20;

/// Measures each case in a child process.
pub struct Isolated {
    start: Box<dyn Fn() -> Command>,
    opening: Opening,
    /// A child that says nothing for so long hangs.
    deadline: Duration,
    info: DeviceInfo,
    child: Option<Running>,
}

impl Isolated {
    /// Starts a child by `start` and opens its device. A child that says nothing for `deadline` is ended.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the device can't be opened: nothing was measured yet; and an interruption.
    pub fn open(
        start: impl Fn() -> Command + 'static,
        opening: Opening,
        deadline: Duration,
        interrupted: &dyn Fn() -> Option<i32>,
    ) -> Result<Self> {
        let running = Running::start(start(), &opening, deadline, interrupted);
        let (child, info) = running.map_err(|error| match error {
            Error::Interrupted { .. } => error,
            _ => Error::usage(
                format!("device {}", opening.device),
                error.to_string(),
                "give another --device, or ask `suanli doctor`",
            ),
        })?;
        Ok(Self {
            start: Box::new(start),
            opening,
            deadline,
            info,
            child: Some(child),
        })
    }

    /// The child, or a fresh one after a fault.
    fn child(&mut self, interrupted: &dyn Fn() -> Option<i32>) -> Result<&mut Running> {
        let child = match self.child.take() {
            Some(child) => child,
            None => self.fresh(interrupted)?,
        };
        Ok(self.child.insert(child))
    }

    /// A child on the same device: where a card has left the bus, another may stand in its place.
    fn fresh(&self, interrupted: &dyn Fn() -> Option<i32>) -> Result<Running> {
        let start = (self.start)();
        let (child, info) = Running::start(start, &self.opening, self.deadline, interrupted)?;
        let (was, is) = (&self.info, &info);
        if (&was.name, &was.pci_bus_id, &was.backend) != (&is.name, &is.pci_bus_id, &is.backend) {
            let why = format!("{} answers in its place", is.name);
            return Err(Error::Lost { why });
        }
        Ok(child)
    }

    fn ordered(
        &mut self,
        case: &Case,
        budget: &Budget,
        watch: &mut dyn Watch,
        known: &mut Known,
    ) -> Result<Record> {
        let deadline = self.deadline;
        let child = self.child(&|| watch.interrupted())?;
        child.order(&Order::of(case, budget))?;
        loop {
            match child.hear(deadline, &|| watch.interrupted())? {
                Event::Chosen(params) => known.params = Some(*params),
                Event::Tried => watch.tried(),
                Event::Note(text) => watch.note(&text),
                Event::Progress(figure) => watch.progress(figure),
                Event::Sampled(seconds) => {
                    known.seconds.push(seconds);
                    watch.sampled(seconds);
                }
                Event::Record(record) => {
                    child.busy = false;
                    return Ok(*record);
                }
                Event::Alive | Event::Opened(_) | Event::Refused(_) => {}
            }
        }
    }
}

impl Bench for Isolated {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn measure(&mut self, case: &Case, budget: &Budget, watch: &mut dyn Watch) -> Result<Record> {
        let mut known = Known::default();
        let record = match self.ordered(case, budget, watch, &mut known) {
            Ok(record) => record,
            Err(error @ Error::Interrupted { .. }) => {
                self.child = None;
                return Err(error);
            }
            Err(error) => {
                let mut case = case.clone();
                if let Some(ran) = &known.params {
                    case.params = case.params.ran_as(ran);
                }
                run::failed(&self.info, &case, &error, known.seconds)
            }
        };
        if let Outcome::Failed { .. } = record.outcome {
            // What the fault left behind must not reach the next case.
            self.child = None;
        }
        Ok(record)
    }
}

/// What the child has told of a case.
#[derive(Default)]
struct Known {
    /// What it ran last, with its tile.
    params: Option<Params>,
    /// Seconds of one dispatch in each sample.
    seconds: Vec<f64>,
}

/// A child process with its device open.
struct Running {
    process: Child,
    /// Closed first when it is let go: then it ends by itself, if it can.
    orders: Option<ChildStdin>,
    events: Receiver<Event>,
    last_words: Option<Receiver<VecDeque<String>>>,
    /// It measures, and may be stuck in a driver.
    busy: bool,
}

impl Running {
    fn start(
        mut command: Command,
        opening: &Opening,
        deadline: Duration,
        interrupted: &dyn Fn() -> Option<i32>,
    ) -> Result<(Self, DeviceInfo)> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        apart(&mut command);
        let mut process = command.spawn().map_err(|error| Error::Crashed {
            how: format!("did not start: {error}"),
        })?;
        let orders = process.stdin.take();
        let events = process.stdout.take().map(events);
        let last_words = process.stderr.take().map(last_words);
        let mut child = Self {
            process,
            orders,
            events: events.unwrap_or_else(|| mpsc::channel().1),
            last_words,
            busy: true,
        };
        child.say(&serde_json::to_string(opening).unwrap_or_default())?;
        match child.hear(deadline, interrupted)? {
            Event::Opened(info) => {
                child.busy = false;
                Ok((child, *info))
            }
            Event::Refused(why) => Err(Error::Device { why }),
            _ => Err(child.crashed()),
        }
    }

    fn order(&mut self, order: &Order) -> Result<()> {
        self.busy = true;
        self.say(&serde_json::to_string(order).unwrap_or_default())
    }

    fn say(&mut self, line: &str) -> Result<()> {
        let told = self.orders.as_mut().map(|orders| {
            orders
                .write_all(format!("{line}\n").as_bytes())
                .and_then(|()| orders.flush())
        });
        match told {
            Some(Ok(())) => Ok(()),
            _ => Err(self.crashed()),
        }
    }

    /// The next event.
    ///
    /// # Errors
    ///
    /// [`Error::Crashed`] where the child ended, [`Error::Hung`] where it said nothing for `deadline`, and an interruption.
    fn hear(&mut self, deadline: Duration, interrupted: &dyn Fn() -> Option<i32>) -> Result<Event> {
        let since = Instant::now();
        loop {
            if let Some(signal) = interrupted() {
                return Err(Error::Interrupted { signal });
            }
            match self.events.recv_timeout(GLANCE) {
                Ok(event) => return Ok(event),
                Err(RecvTimeoutError::Disconnected) => return Err(self.crashed()),
                Err(RecvTimeoutError::Timeout) if since.elapsed() > deadline => {
                    return Err(Error::Hung {
                        seconds: deadline.as_secs_f64(),
                    });
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// How it ended, in words, with the last it said.
    fn crashed(&mut self) -> Error {
        self.orders = None;
        // Its streams are closed, so it has ended or is about to; one that isn't is ended.
        let ended = self.process.wait_timeout(PATIENCE);
        let words = self.last_words.take();
        let said = words.and_then(|words| words.recv_timeout(PATIENCE).ok());
        let said = said.unwrap_or_default().into_iter().collect::<Vec<_>>();
        let said = said.iter().rev().find(|line| !line.starts_with("hint:"));
        let how = ended.map_or_else(|| "stopped answering".into(), in_words);
        let how = match said {
            Some(line) => format!("{how}: {}", line.trim_start_matches("error: ")),
            None => how,
        };
        Error::Crashed { how }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.orders = None;
        // At rest it ends by itself, and keeps the pipelines it compiled. Busy, it may be stuck in a driver.
        let ended = !self.busy && self.process.wait_timeout(PATIENCE).is_some();
        if !ended {
            drop(self.process.kill());
            // What hangs in the system's kernel can't be waited for.
            self.process.wait_timeout(PATIENCE);
        }
    }
}

/// Waits for a process that is about to end.
trait WaitTimeout {
    fn wait_timeout(&mut self, longest: Duration) -> Option<ExitStatus>;
}

impl WaitTimeout for Child {
    fn wait_timeout(&mut self, longest: Duration) -> Option<ExitStatus> {
        let since = Instant::now();
        loop {
            match self.try_wait() {
                Ok(None) if since.elapsed() < longest => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(status) => {
                    break status.or_else(|| {
                        drop(self.kill());
                        None
                    });
                }
                Err(_) => break None,
            }
        }
    }
}

/// In a group of its own: Ctrl-C is the parent's to hear.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
        command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    }
}

/// The events on a stream, until it ends. A line that is none is a driver's chatter.
fn events(stream: impl Read + Send + 'static) -> Receiver<Event> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Ok(event) = serde_json::from_str(&line)
                && sender.send(event).is_err()
            {
                break;
            }
        }
    });
    receiver
}

/// The last lines of a stream, when it has ended.
fn last_words(stream: impl Read + Send + 'static) -> Receiver<VecDeque<String>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut last = VecDeque::new();
        let lines = BufReader::new(stream).split(b'\n').map_while(Result::ok);
        for line in lines {
            if last.len() == LAST_WORDS {
                last.pop_front();
            }
            last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        drop(sender.send(last));
    });
    receiver
}

/// How a process ended.
fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("unknown");
        return format!("was ended by signal {signal} ({name})");
    }
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "ended".into(),
    }
}
