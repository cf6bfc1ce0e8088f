//! Every way suanli can fail, as one enum: the thing that is wrong, why, and what to type next.
//!
//! Messages are lower case without a full stop. `hint()` is what a person types next; the command
//! line prints it behind `hint:`. Which exit code an error means is decided here and nowhere else.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: before measuring (usage, files) or on the device (one case fails, the run goes on).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An option or argument means nothing, with the reason and what to type instead.
    #[error("{what}: {why}")]
    Usage {
        /// The option or argument as typed.
        what: String,
        /// Why it can't be used.
        why: String,
        /// What to type instead.
        hint: String,
    },
    /// No adapter that could be measured.
    #[error("no GPU adapter found: {why}")]
    NoAdapter {
        /// What was looked for and not seen.
        why: String,
    },
    /// A device that was named but not found, or found more than once.
    #[error("--device '{wanted}': {why}")]
    DeviceName {
        /// The name as typed.
        wanted: String,
        /// None or several matched.
        why: String,
        /// The adapters there are, one a line.
        known: Vec<String>,
    },
    /// A typed size the device or the method can't take.
    #[error("--size {typed}: {why}")]
    Size {
        /// The size as typed.
        typed: String,
        /// Which limit it meets, with the limit's value.
        why: String,
        /// A size that would do.
        hint: String,
    },
    /// The patterns select no kernel.
    #[error("--only '{pattern}' matches no kernel")]
    NothingSelected {
        /// The pattern as typed.
        pattern: String,
        /// The nearest kernel names.
        nearest: Vec<String>,
    },
    /// A chip name that is not known, or means several chips.
    #[error("chip '{wanted}': {why}")]
    ChipName {
        /// The name as typed.
        wanted: String,
        /// None or several matched.
        why: String,
        /// The chips it could mean.
        known: Vec<String>,
    },
    /// A file that is there already: nothing is ever overwritten.
    #[error("{}: exists already, and nothing is overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file or directory that can't be read.
    #[error("{}: can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or directory that can't be written.
    #[error("{}: can't be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A results file whose content is not what the schema says.
    #[error("{}: {why}", path.display())]
    Results {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in the file.
        why: String,
    },
    /// A results file of a schema this build doesn't know.
    #[error("{}: schema {found} is newer than this build knows (schema {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema in the file.
        found: u64,
        /// The newest schema this build reads.
        known: u64,
    },
    /// Data that ships with suanli, or a template, is wrong.
    #[error("{what}: {why}")]
    Data {
        /// Which data.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The device or its driver went away.
    #[error("device lost: {why}")]
    Lost {
        /// What the driver said.
        why: String,
    },
    /// The process that measured ended before the case did.
    #[error("the measuring process {how}")]
    Crashed {
        /// How it ended, with the last it said.
        how: String,
    },
    /// The device has not enough memory for the case.
    #[error("out of device memory: {why}")]
    OutOfMemory {
        /// What was asked for.
        why: String,
    },
    /// The device did not finish in time.
    #[error("no answer from the device within {seconds} s")]
    Hung {
        /// The deadline in seconds.
        seconds: f64,
    },
    /// A shader that the driver or the translator refuses.
    #[error("shader of {kernel} refused: {why}")]
    Shader {
        /// The kernel's name.
        kernel: String,
        /// What the compiler said.
        why: String,
    },
    /// Any other fault the device reported.
    #[error("device fault: {why}")]
    Device {
        /// What it said.
        why: String,
    },
    /// Ctrl-C or SIGTERM arrived; what was measured is on disk.
    #[error("interrupted by signal {signal}")]
    Interrupted {
        /// The signal's number (2 or 15).
        signal: i32,
    },
}

impl Error {
    /// Whether a shader or its memory was refused: another tile may do.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Shader { .. } | Self::OutOfMemory { .. })
    }

    /// What to type next, if there is something to type.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Usage { hint, .. } | Self::Size { hint, .. } => hint.clone(),
            Self::NoAdapter { .. } => {
                "`suanli doctor` says what is missing and what to install".into()
            }
            Self::DeviceName { known, .. } => format!("devices here: {}", known.join("; ")),
            Self::NothingSelected { nearest, .. } => format!(
                "nearest: {}; `suanli kernels` lists all",
                nearest.join(", ")
            ),
            Self::ChipName { known, .. } => {
                format!("{}; `suanli chips` lists all", known.join(", "))
            }
            Self::Exists { .. } => {
                "give another name behind --out or --output, or move the file away".into()
            }
            Self::Read { .. } => "give a results file, or a directory that holds *.json".into(),
            Self::Write { .. } => {
                "give a place you may write to, behind --out, --output or --store".into()
            }
            Self::Results { .. } => {
                "`suanli schema` prints what a results file must look like; `suanli run` makes one"
                    .into()
            }
            Self::Newer { .. } => "update suanli, then read the file again".into(),
            Self::OutOfMemory { .. } => "give a smaller --size".into(),
            Self::Hung { .. } => "give a smaller --size, or update the driver".into(),
            Self::Lost { .. } | Self::Crashed { .. } => {
                "update the driver; `suanli run --resume FILE` goes on".into()
            }
            Self::Data { .. } | Self::Shader { .. } | Self::Device { .. } => return None,
            Self::Interrupted { .. } => return None,
        })
    }

    /// The process exit code this error means when it ends the program (CONTRACT: 2 could not start).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted { signal } => 128 + u8::try_from(*signal).unwrap_or(2),
            Self::Lost { .. }
            | Self::Crashed { .. }
            | Self::OutOfMemory { .. }
            | Self::Hung { .. }
            | Self::Shader { .. }
            | Self::Device { .. } => 4,
            _ => 2,
        }
    }

    /// A usage error from its three parts.
    pub fn usage(what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            why: why.into(),
            hint: hint.into(),
        }
    }
}

/// Letters of a stranger's text that a message or a cell shows.
const SHOWN: usize = 160;

/// A stranger's text, cut: whatever a file holds, it does not bury what is wrong with it, nor the table it stands in.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into(),
    }
}

thread_local! {
    /// Whether this thread is inside [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, or nothing where it panics: for a library that reads a stranger's file and may trip over it.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    done.ok()
}

/// Whether a panic of this thread is one that [`guarded`] catches, and nobody need be told of.
pub fn is_guarded() -> bool {
    GUARDED.get()
}
