//! `suanli worker`: the child that `suanli run` measures in. Standard input and output carry the protocol.

use std::io;

use crate::error::{Error, Result};
use crate::isolated::Opening;
use crate::isolated::child::{Orders, refuse, serve};
use crate::run::InProcess;

use super::target::{Target, targets};
use super::tiles::tuner;

/// Serves the parent until it wants no more; the exit code.
///
/// # Errors
///
/// [`Error::Usage`] where there is no parent to serve.
pub fn worker() -> Result<u8> {
    let orders = Orders::listen();
    let mut events = events().map_err(|error| refused(&error.to_string()))?;
    let Some(opening) = orders.opening() else {
        return Err(refused("nothing was ordered"));
    };
    let target = match target(&opening) {
        Ok(target) => target,
        Err(error) => return refuse(&mut events, &error).map(|()| 2),
    };
    let (tuner, word) = tuner(opening.tuning, &target, opening.custom_shaders);
    match target.open() {
        Ok(device) => {
            let notes = word.into_iter().collect();
            let bench = InProcess {
                device: device.as_ref(),
                tuner,
                sensors: target.sensors().ok(),
            };
            serve(bench, notes, &orders, &mut events).map(|()| 0)
        }
        Err(error) => refuse(&mut events, &error).map(|()| 2),
    }
}

fn refused(why: &str) -> Error {
    let hint = "`suanli run` starts it; it is no command of its own";
    Error::usage("worker", why, hint)
}

/// Where events go: to the parent, and nothing else does. What a driver library prints to standard output from now on
/// ends among the last words on standard error, and never in the middle of an event.
#[cfg(unix)]
fn events() -> io::Result<impl io::Write> {
    let parent = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(std::fs::File::from(parent))
}

/// Where events go. A line that a driver library prints between two of them is no event.
#[cfg(not(unix))]
fn events() -> io::Result<impl io::Write> {
    Ok(io::stdout())
}

fn target(opening: &Opening) -> Result<Target> {
    let mut targets = targets(Some(&opening.device), opening.backend.as_deref())?;
    match targets.pop() {
        Some(target) if targets.is_empty() => Ok(target),
        _ => Err(Error::NoAdapter {
            why: "the device is gone".into(),
        }),
    }
}
