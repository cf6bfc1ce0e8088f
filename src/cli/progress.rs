//! What a run says while it measures: a progress bar on a terminal, a line for every fault anywhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::figure::Figure;
use crate::kernel::Case;
use crate::results::{Outcome, Record};
use crate::run::Watch;
use crate::sampler::Budget;

use super::run::start::Seat;
use super::signals::Signals;
use super::terminal;

/// How often the bar moves while a case says nothing.
const TICK: Duration = Duration::from_millis(200);

/// The bar, and what it needs to tell the time left.
pub struct Progress<'a> {
    bar: ProgressBar,
    signals: Signals,
    /// Seconds a case is expected to take until one has shown how long it does.
    expected: f64,
    /// Cases not begun yet; records that need no measuring take no time.
    waiting: usize,
    begun: Option<Instant>,
    done: (usize, f64),
    name: String,
    /// Which device, where several are measured at once; ends in a colon and a space.
    device: String,
    /// Entries of the plan that are over.
    over: usize,
    seat: Option<Seat<'a>>,
    /// Candidates tried for the tile of this case.
    tried: u32,
}

impl<'a> Progress<'a> {
    /// Progress of `cases` cases, hidden if `quiet` or where standard error is no terminal.
    pub fn new(cases: usize, budget: &Budget, quiet: bool, signals: Signals) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(cases as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} [{pos}/{len}] {wide_msg}") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self {
            bar,
            signals,
            expected: budget.warm_up_seconds + budget.cap_seconds,
            waiting: cases,
            begun: None,
            done: (0, 0.0),
            name: String::new(),
            device: String::new(),
            over: 0,
            seat: None,
            tried: 0,
        }
    }

    /// The same beside other devices: named in every line, and waiting for the others before each case.
    #[must_use]
    pub fn seated(mut self, seat: Seat<'a>, device: &str) -> Self {
        if !self.bar.is_hidden() {
            self.bar = seat.bars().add(self.bar);
        }
        self.seat = Some(seat);
        self.device = format!("{device}: ");
        self
    }

    /// Takes the bar off the screen.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Seconds a whole case takes, by those that are done.
    fn per_case(&self) -> f64 {
        match self.done {
            (0, _) => self.expected,
            (count, seconds) => seconds / count as f64,
        }
    }

    fn show(&self, figure: Option<Figure>) {
        let running = self
            .begun
            .map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        let this = (self.per_case() - running).max(0.0);
        let left = this + self.per_case() * self.waiting as f64;
        let rate = figure.map_or(String::new(), |figure| {
            format!("  {} {}", digits(figure.value), figure.unit)
        });
        let message = format!("{}{rate}  {} left", self.name, duration(left));
        self.bar.set_message(message);
    }
}

impl Watch for Progress<'_> {
    fn begin(&mut self, case: &Case) {
        if let Some(seat) = &self.seat {
            seat.wait(self.over, &|| self.signals.arrived().is_some());
        }
        self.waiting = self.waiting.saturating_sub(1);
        self.begun = Some(Instant::now());
        self.tried = 0;
        let size = case.params.size();
        self.name = format!("{}{} {size}", self.device, case.kernel.name);
        self.name.truncate(self.name.trim_end().len());
        self.bar.inc(1);
        self.show(None);
    }

    fn tried(&mut self) {
        self.tried += 1;
        let message = format!("{}  searching: {} tiles tried", self.name, self.tried);
        self.bar.set_message(message);
    }

    fn note(&mut self, text: &str) {
        let line = format!("warning: {text}");
        self.bar.suspend(|| terminal::message(&line));
    }

    fn progress(&mut self, figure: Option<Figure>) {
        self.show(figure);
    }

    fn sampled(&mut self, _: f64) {}

    fn record(&mut self, record: &Record) {
        self.over += 1;
        if let Some(begun) = self.begun.take() {
            self.done.0 += 1;
            self.done.1 += begun.elapsed().as_secs_f64();
        }
        let what = match &record.outcome {
            Outcome::Failed { error, seconds, .. } if seconds.is_empty() => {
                format!("failed: {error}")
            }
            Outcome::Failed { error, seconds, .. } => {
                format!("failed after {} samples: {error}", seconds.len())
            }
            Outcome::Invalid { cause, detail, .. } => {
                format!(
                    "invalid, {}: {detail}",
                    crate::figure::word(cause).replace('_', " ")
                )
            }
            _ => return,
        };
        let size = record.params.size();
        let name = format!("{}{} {size}", self.device, record.kernel);
        let line = format!("{}: {what}", name.trim_end());
        self.bar.suspend(|| terminal::message(&line));
    }

    fn interrupted(&self) -> Option<i32> {
        self.signals.arrived()
    }
}

/// Four significant digits at most: what is seen in passing needs no more.
pub fn digits(value: f64) -> String {
    let whole = value.abs().max(1e-9).log10().floor();
    let places = (3.0 - whole).clamp(0.0, 6.0) as usize;
    format!("{value:.places$}")
}

/// Seconds as a person says them.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_units_that_matter() {
        assert_eq!(duration(0.2), "1 s");
        assert_eq!(duration(59.0), "59 s");
        assert_eq!(duration(61.0), "1 min 01 s");
        assert_eq!(duration(7325.0), "2 h 02 min");
    }

    #[test]
    fn a_rate_in_passing_has_four_digits() {
        assert_eq!(digits(0.123_456), "0.1235");
        assert_eq!(digits(51.239), "51.24");
        assert_eq!(digits(12_345.6), "12346");
        assert_eq!(digits(0.0), "0.000000");
    }
}
