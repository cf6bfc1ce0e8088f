//! Each case in a process of its own, so that a driver that crashes, hangs or panics ends that case and no run.
//!
//! The child is this same binary. It takes one `Order` a line on standard input and tells `Event`s, one a line, on
//! standard output; the protocol is private to one build. A child is kept for the next case until a case
//! fails in it: what a fault leaves behind must not reach the next. It dies with its parent, whose end of the pipe
//! is then closed. Silence means one call of the driver: every other step is told.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::device::DeviceInfo;
use crate::figure::Figure;
use crate::kernel::{Case, Params};
use crate::kernels;
use crate::results::Record;
use crate::sampler::Budget;
use crate::tune::Tuning;

pub mod child;
pub mod parent;

/// What the child opens before its first case: the first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opening {
    /// The device, as `--device` names it.
    pub device: String,
    /// Where to look for it.
    pub backend: Option<String>,
    /// Whether to search for tiles.
    pub tuning: Tuning,
    /// Templates are not the build's: no winner is kept.
    pub custom_shaders: bool,
}

/// A case to measure.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    kernel: String,
    params: Params,
    seed: u64,
    /// The template's text, where it is not the build's.
    template: Option<String>,
    budget: Budget,
}

impl Order {
    fn of(case: &Case, budget: &Budget) -> Self {
        let own = case.kernel.template.map_or("", |template| template.source);
        Self {
            kernel: case.kernel.name.into(),
            params: case.params.clone(),
            seed: case.seed,
            template: (*case.template != *own).then(|| case.template.to_string()),
            budget: *budget,
        }
    }

    /// The case; none for a kernel that this build doesn't have.
    fn case(self) -> Option<(Case, Budget)> {
        let mut case = Case::new(kernels::find(&self.kernel)?, self.params, self.seed);
        if let Some(text) = self.template {
            case.template = Arc::from(text);
        }
        Some((case, self.budget))
    }
}

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    /// The device is open; what it says of itself.
    Opened(Box<DeviceInfo>),
    /// It can't be opened, and why.
    Refused(String),
    /// What is run from now on, with its tile.
    Chosen(Box<Params>),
    /// A step is over; nothing else to say.
    Alive,
    /// The search tried a tile.
    Tried,
    /// Something the user should know that changes no result.
    Note(String),
    /// A batch is over; its figure, if it has one.
    Progress(Option<Figure>),
    /// A sample was taken: seconds of one dispatch.
    Sampled(f64),
    /// The case is over.
    Record(Box<Record>),
}

#[cfg(test)]
mod tests;
