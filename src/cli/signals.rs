//! Ctrl-C and SIGTERM: the first one asks the run to stop at the next safe point, the second one ends
//! the program at once (what was measured is on disk either way).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

/// The signal that arrived, if one did.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    number: Arc<AtomicUsize>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the system refuses a handler.
    pub fn listen() -> Result<Self> {
        let signals = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        // Not SIGHUP: a handler would undo what nohup has set.
        for signal in [SIGINT, SIGTERM] {
            signals
                .register(signal, &again)
                .map_err(|error| Error::usage("signals", error.to_string(), "free some memory"))?;
        }
        Ok(signals)
    }

    /// Handlers run in the order they were registered: the exit is armed by the first signal only after
    /// it has been asked whether it is armed.
    fn register(&self, signal: i32, again: &Arc<AtomicBool>) -> std::io::Result<()> {
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(again))?;
        flag::register(signal, Arc::clone(again))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&self.number), number)?;
        Ok(())
    }

    /// The signal's number.
    pub fn arrived(&self) -> Option<i32> {
        match self.number.load(Ordering::Relaxed) {
            0 => None,
            number => i32::try_from(number).ok(),
        }
    }
}
