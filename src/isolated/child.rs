//! The child's side: open the device, then measure what is ordered until no more is.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::kernel::Case;
use crate::results::Record;
use crate::run::{Bench, InProcess, Watch};

use super::{Event, Opening, Order};

/// How long a case under way may take to end when the parent is gone.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines from the parent.
pub struct Orders(Receiver<String>);

impl Orders {
    /// Reads standard input in a thread of its own. When it ends, the parent is gone or wants no more: this process ends
    /// by itself where it is at rest, and is ended soon where it isn't, whatever the driver is doing.
    pub fn listen() -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(io::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
            drop(sender);
            std::thread::sleep(PATIENCE);
            end();
        });
        Self(receiver)
    }

    /// What to open; none where the first line is no [`Opening`].
    pub fn opening(&self) -> Option<Opening> {
        serde_json::from_str(&self.0.recv().ok()?).ok()
    }

    fn next(&self) -> Option<Order> {
        serde_json::from_str(&self.0.recv().ok()?).ok()
    }
}

/// Ends this process at once. A driver that is stuck could be stuck in what an orderly exit calls too.
fn end() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        let _ = kill_process(getpid(), Signal::KILL);
    }
    std::process::exit(0);
}

/// Tells the parent that the device can't be opened.
///
/// # Errors
///
/// [`Error::Usage`] where the parent can't be told.
pub fn refuse(events: &mut dyn Write, why: &Error) -> Result<()> {
    tell(events, &Event::Refused(why.to_string()))
}

/// Measures on `bench` what is ordered, until no more is. `notes` are told first.
///
/// # Errors
///
/// [`Error::Usage`] where the parent can't be told: it is gone.
pub fn serve(
    mut bench: InProcess<'_>,
    notes: Vec<String>,
    orders: &Orders,
    events: &mut dyn Write,
) -> Result<()> {
    tell(events, &Event::Opened(Box::new(bench.info().clone())))?;
    for note in notes {
        tell(events, &Event::Note(note))?;
    }
    while let Some((case, budget)) = orders.next().and_then(Order::case) {
        let mut teller = Teller { events };
        let record = bench.measure(&case, &budget, &mut teller)?;
        tell(events, &Event::Record(Box::new(record)))?;
    }
    Ok(())
}

fn tell(events: &mut dyn Write, event: &Event) -> Result<()> {
    // On a line of its own, whatever a driver has printed before.
    let line = format!("\n{}\n", serde_json::to_string(event).unwrap_or_default());
    let written = events
        .write_all(line.as_bytes())
        .and_then(|()| events.flush());
    written.map_err(|error| {
        Error::usage(
            "worker",
            error.to_string(),
            "`suanli run` starts it; it is no command of its own",
        )
    })
}

/// A [`Watch`] that tells the parent. What it can't tell nobody is left to hear: standard input ends then too.
struct Teller<'a> {
    events: &'a mut dyn Write,
}

impl Teller<'_> {
    fn tell(&mut self, event: &Event) {
        drop(tell(self.events, event));
    }
}

impl Watch for Teller<'_> {
    fn begin(&mut self, _: &Case) {}

    fn alive(&mut self) {
        self.tell(&Event::Alive);
    }

    fn chosen(&mut self, case: &Case) {
        self.tell(&Event::Chosen(Box::new(case.params.clone())));
    }

    fn tried(&mut self) {
        self.tell(&Event::Tried);
    }

    fn note(&mut self, text: &str) {
        self.tell(&Event::Note(text.into()));
    }

    fn progress(&mut self, figure: Option<Figure>) {
        self.tell(&Event::Progress(figure));
    }

    fn sampled(&mut self, seconds: f64) {
        self.tell(&Event::Sampled(seconds));
    }

    fn record(&mut self, _: &Record) {}

    /// The parent ends this process; it doesn't ask.
    fn interrupted(&self) -> Option<i32> {
        None
    }
}
