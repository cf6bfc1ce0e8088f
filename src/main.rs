//! suanli (算力): parse → run → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(suanli::cli::main())
}
