//! `suanli worker`: the child that `suanli run` measures in. Standard input and output carry the protocol.

use std::io;

use crate::error::{Error, Result};
use crate::isolated::Opening;
use crate::isolated::child::{Orders, refuse, serve};

use super::target::{Target, targets};
use super::tiles::tuner;

/// Serves the parent until it wants no more; the exit code.
///
/// # Errors
///
/// [`Error::Usage`] where there is no parent to serve.
pub fn worker() -> Result<u8> {
    let orders = Orders::listen();
    let mut events = io::stdout();
    let Some(opening) = orders.opening() else {
        return Err(Error::usage(
            "worker",
            "nothing was ordered",
            "`suanli run` starts it; it is no command of its own",
        ));
    };
    let target = match target(&opening) {
        Ok(target) => target,
        Err(error) => return refuse(&mut events, &error).map(|()| 2),
    };
    let (tuner, word) = tuner(opening.tuning, &target, opening.custom_shaders);
    match target.open() {
        Ok(device) => {
            let notes = word.into_iter().collect();
            serve(device.as_ref(), tuner, notes, &orders, &mut events).map(|()| 0)
        }
        Err(error) => refuse(&mut events, &error).map(|()| 2),
    }
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
