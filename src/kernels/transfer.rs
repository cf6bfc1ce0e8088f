//! `transfer/…`: host memory to device memory and back, checked by the words that come out.

use crate::figure::{Kind, Metric};
use crate::kernel::{Action, Case, Check, Input, Kernel, Params, Pattern, Sizing, Space, Work};
use crate::matrix::Words;

use super::operands;

/// Host to device.
pub static UPLOAD: Kernel = transfer(
    "transfer/upload",
    "host memory to device memory",
    Metric::Upload,
    |case| Action::Upload {
        bytes: whole(&case.params),
    },
);

/// Device to host.
pub static DOWNLOAD: Kernel = transfer(
    "transfer/download",
    "device memory to host memory",
    Metric::Download,
    |case| Action::Download {
        bytes: whole(&case.params),
    },
);

/// Host to device and back.
pub static ROUND_TRIP: Kernel = Kernel {
    work: |params| Work {
        operations: 0,
        bytes: 2 * whole(params),
    },
    ..transfer(
        "transfer/round-trip",
        "host memory to device memory and back, both ways counted",
        Metric::RoundTrip,
        |case| Action::RoundTrip {
            bytes: whole(&case.params),
        },
    )
};

const fn transfer(
    name: &'static str,
    about: &'static str,
    metric: Metric,
    action: fn(&Case) -> Action,
) -> Kernel {
    Kernel {
        name,
        about,
        kind: Kind::plain(metric),
        requires: &[],
        sizing: Sizing::Buffer,
        patterned: false,
        template: None,
        constants: &[],
        space: Space::NONE,
        work,
        action,
        inputs,
        reference,
        check: Check::Equal,
    }
}

/// The bytes moved: what was asked for, in whole words, one at least.
fn whole(params: &Params) -> u64 {
    (params.bytes.unwrap_or(0) & !3).max(4)
}

fn work(params: &Params) -> Work {
    Work {
        operations: 0,
        bytes: whole(params),
    }
}

fn inputs(case: &Case, _: Input) -> Vec<Words> {
    let rng = operands::stream(case.seed, 0);
    let bytes = whole(&case.params);
    vec![operands::words(bytes, Input::Timed(Pattern::Random), rng)]
}

/// The words that went in come out.
fn reference(_: &Case, inputs: &[Words]) -> Words {
    inputs.first().cloned().unwrap_or_default()
}
