//! wgpu's errors, lost devices and panics, caught and named.
//!
//! wgpu reports errors to a handler, on the thread that made the call and before the call returns; a
//! lost device to another; and a wait on a lost device panics (`Device::poll` has no such error to
//! return). [`Faults`] is what the handlers write to; [`quietly`] catches the panic and keeps it off the
//! terminal.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use crate::error::Error;

/// What went wrong in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The device is gone.
    Lost(String),
    /// There was no memory for it.
    OutOfMemory(String),
    /// wgpu or the driver refused it.
    Refused(String),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost(why) => Self::Lost { why },
            Fault::OutOfMemory(why) => Self::OutOfMemory { why },
            Fault::Refused(why) => Self::Device { why },
        }
    }
}

/// What the handlers of one device have heard.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The first error of the present step; later ones follow from it.
    step: Mutex<Option<Fault>>,
    /// Why the device is gone, once it is.
    lost: Mutex<Option<String>>,
}

impl Faults {
    /// Takes over the device's error and loss handlers.
    pub(super) fn listen(device: &wgpu::Device) -> Arc<Self> {
        let faults = Arc::new(Self::default());
        let heard = Arc::clone(&faults);
        device.on_uncaptured_error(Arc::new(move |error| heard.refused(error)));
        let heard = Arc::clone(&faults);
        device.set_device_lost_callback(move |reason, why| {
            // Dropping our own last handle is reported too.
            if reason != wgpu::DeviceLostReason::Destroyed {
                heard.lose(why);
            }
        });
        faults
    }

    fn refused(&self, error: wgpu::Error) {
        let fault = match error {
            wgpu::Error::OutOfMemory { source } => Fault::OutOfMemory(chain(source.as_ref())),
            wgpu::Error::Validation { source, .. } | wgpu::Error::Internal { source, .. } => {
                Fault::Refused(chain(source.as_ref()))
            }
        };
        held(&self.step).get_or_insert(fault);
    }

    /// The device can't be used any more.
    pub(super) fn lose(&self, why: String) {
        held(&self.lost).get_or_insert(why);
    }

    /// Whether the device is gone.
    pub(super) fn is_lost(&self) -> bool {
        held(&self.lost).is_some()
    }

    /// Runs one step and returns its value only if nothing went wrong in it.
    pub(super) fn attempt<T>(&self, step: impl FnOnce() -> T) -> Result<T, Fault> {
        held(&self.step).take();
        let outcome = quietly(step);
        let first = held(&self.step).take();
        if let Some(why) = held(&self.lost).clone() {
            return Err(lost_or_full(why));
        }
        match (outcome, first) {
            (Ok(value), None) => Ok(value),
            (_, Some(fault)) => Err(fault),
            (Err(panic), None) => {
                // What state the panic left the device in is unknown: the next load takes a fresh one.
                self.lose(panic.clone());
                Err(lost_or_full(panic))
            }
        }
    }
}

/// wgpu gives up a device that ran out of memory in the middle of a step.
fn lost_or_full(why: String) -> Fault {
    if why.to_lowercase().contains("memory") {
        Fault::OutOfMemory(why)
    } else {
        Fault::Lost(why)
    }
}

/// The error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some of wgpu's errors repeat their cause.
        if words.last() != Some(&next) {
            words.push(next);
        }
        cause = error.source();
    }
    words.join(": ")
}

/// No invariant spans two of these locks, so one held while a step panicked is still good.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `step`; a panic in it becomes its message, and nothing is printed.
pub(super) fn quietly<T>(step: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                former(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    QUIET.set(before);
    outcome.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        text.unwrap_or("the driver interface panicked").into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_step_is_a_lost_device_and_so_is_every_step_after_it() {
        let faults = Faults::default();
        let outcome = faults.attempt(|| panic!("Error in Device::poll: parent device is lost"));
        assert!(matches!(outcome, Err::<(), _>(Fault::Lost(why)) if why.contains("poll")));
        assert!(faults.is_lost());
        assert!(matches!(faults.attempt(|| 1), Err(Fault::Lost(_))));
    }

    #[test]
    fn a_device_lost_for_want_of_memory_is_out_of_memory() {
        let faults = Faults::default();
        faults.lose("Not enough memory left.".into());
        assert!(matches!(faults.attempt(|| ()), Err(Fault::OutOfMemory(_))));
    }

    #[test]
    fn the_first_error_of_a_step_is_its_fault_and_the_next_step_starts_clean() {
        let faults = Faults::default();
        let refuse = |why: &str| wgpu::Error::Validation {
            source: why.to_string().into(),
            description: String::new(),
        };
        let outcome = faults.attempt(|| {
            faults.refused(refuse("cause"));
            faults.refused(refuse("consequence"));
        });
        assert_eq!(outcome, Err(Fault::Refused("cause".into())));
        assert_eq!(faults.attempt(|| 7), Ok(7));
        assert!(!faults.is_lost());
    }
}
