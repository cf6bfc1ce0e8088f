//! The layouts of a document that is the whole of what a command makes.

use clap::ValueEnum;

/// How a document is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Tables for a terminal
    Text,
    /// Markdown
    Md,
    /// One page to read, print and sign
    Html,
    /// A workbook: numbers as numbers, what is computed as formulas
    Xlsx,
    /// JSON, with its own schema number
    Json,
}
