//! `latency/dispatch`: an empty submit until the host has seen it complete.

use crate::figure::{Kind, Metric};
use crate::kernel::{Action, Check, Kernel, Sizing, Space, Work};

/// One empty submit.
pub static DISPATCH: Kernel = Kernel {
    name: "latency/dispatch",
    about: "one empty submit until the host has seen it complete",
    kind: Kind::plain(Metric::Latency),
    requires: &[],
    sizing: Sizing::Fixed,
    patterned: false,
    template: None,
    constants: &[],
    space: Space::NONE,
    work: |_| Work {
        operations: 0,
        bytes: 0,
    },
    action: |_| Action::Submit,
    inputs: |_, _| Vec::new(),
    reference: |_, _| Vec::new(),
    check: Check::Nothing("an empty submit has no answer"),
};
