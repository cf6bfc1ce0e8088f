//! suanli (算力): parse → run → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Mesa's device-select layer writes an error to the terminal on machines without a display.
    // SAFETY: no other thread runs yet.
    unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    ExitCode::from(suanli::cli::main())
}
