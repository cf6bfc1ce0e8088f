//! A common start: devices measured at once wait for each other before each case.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::MultiProgress;

/// How often a waiting device looks for an interruption.
const GLANCE: Duration = Duration::from_millis(50);

/// The devices that start together.
#[derive(Debug)]
pub struct Start {
    /// The entry of its plan that each device is at, from 1; one that has left is at the end of everything.
    reached: Mutex<Vec<usize>>,
    moved: Condvar,
    bars: MultiProgress,
}

/// One device's place at the common start. Dropped, it is waited for no more.
#[derive(Debug)]
pub struct Seat<'a> {
    start: &'a Start,
    place: usize,
}

impl Start {
    /// A start for so many devices.
    pub fn new(devices: usize) -> Self {
        Self {
            reached: Mutex::new(vec![0; devices]),
            moved: Condvar::new(),
            bars: MultiProgress::new(),
        }
    }

    /// The seat of the device at this place, from 0.
    pub fn seat(&self, place: usize) -> Seat<'_> {
        Seat { start: self, place }
    }

    fn reached(&self) -> MutexGuard<'_, Vec<usize>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self, place: usize, entry: usize) {
        if let Some(at) = self.reached().get_mut(place) {
            *at = entry;
        }
        self.moved.notify_all();
    }
}

impl Seat<'_> {
    /// Waits until every device is at this entry of its plan, from 0, or beyond, or there is an interruption.
    pub fn wait(&self, entry: usize, interrupted: &dyn Fn() -> bool) {
        let entry = entry + 1;
        self.start.reach(self.place, entry);
        let mut reached = self.start.reached();
        while reached.iter().any(|at| *at < entry) && !interrupted() {
            let woken = self.start.moved.wait_timeout(reached, GLANCE);
            reached = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The progress bars of all devices.
    pub fn bars(&self) -> &MultiProgress {
        &self.start.bars
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.start.reach(self.place, usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn nobody_begins_an_entry_before_all_are_there_or_have_left() {
        let start = Start::new(3);
        let began = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for place in 0..3 {
                let (seat, began) = (start.seat(place), &began);
                scope.spawn(move || {
                    // The last device has but one entry.
                    for entry in 0..if place == 2 { 1 } else { 3 } {
                        began.fetch_add(1, Ordering::SeqCst);
                        seat.wait(entry, &|| false);
                        let least = if entry == 0 { 3 } else { 3 + 2 * entry };
                        assert!(began.load(Ordering::SeqCst) >= least);
                    }
                });
            }
        });
        assert_eq!(began.load(Ordering::SeqCst), 7);
    }

    #[test]
    fn an_interruption_ends_the_wait() {
        let start = Start::new(2);
        start.seat(0).wait(1, &|| true);
    }
}
