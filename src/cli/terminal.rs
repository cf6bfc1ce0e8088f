//! The two streams: standard output carries what was asked for, standard error everything else.
//!
//! A reader that stops reading (`suanli kernels | head`) ends the output, not the program.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, IsTerminal, Write};

use comfy_table::Table;

use crate::error::{Error, Result};
use crate::render::text::{self, Look};
use crate::render::{Document, Lang};

/// No table fits fewer columns; a terminal that claims to be narrower doesn't know its width.
const NARROWEST: u16 = 40;

/// Writes to standard output.
///
/// # Errors
///
/// [`Error::Usage`] where standard output can't take it (a full disk); a closed pipe is no error.
pub fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes to standard output what may not be text.
///
/// # Errors
///
/// Those of [`print`].
pub fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::usage(
            "standard output",
            error.to_string(),
            "send it somewhere that can take it",
        )),
        _ => Ok(()),
    }
}

/// A document as this terminal wants it, in the language that was asked for, else the locale's.
pub fn said(document: &Document, lang: Option<Lang>) -> String {
    let lang = lang.unwrap_or_else(language);
    text::document(&document.said(lang), look())
}

/// The language of the locale.
pub fn language() -> Lang {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = names.iter().filter_map(|name| std::env::var(name).ok());
    let first = set.into_iter().find(|value| !value.is_empty());
    Lang::of_locale(&first.unwrap_or_default())
}

/// Writes a line to standard error. Where that is closed there is nobody left to tell.
pub fn message(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// The error with what caused it, and what to type next.
pub fn error(error: &Error) {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let next = inner.to_string();
        // Most of our messages already end with their cause.
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = inner.source();
    }
    fault(&text);
    if let Some(text) = error.hint() {
        hint(&text);
    }
}

/// `error: TEXT`.
pub fn fault(text: &str) {
    message(&format!(
        "{} {}",
        label("error:", "\x1b[1;31m"),
        clean(text)
    ));
}

/// `hint: TEXT`.
pub fn hint(text: &str) {
    message(&format!("{} {}", label("hint:", "\x1b[1;36m"), clean(text)));
}

fn label(word: &str, colour: &str) -> String {
    if coloured(&io::stderr()) {
        format!("{colour}{word}\x1b[0m")
    } else {
        word.into()
    }
}

/// Whether colour is welcome: a terminal, and nobody said no (<https://no-color.org>).
pub fn coloured(stream: &impl IsTerminal) -> bool {
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    stream.is_terminal() && allows_colour(&variable("NO_COLOR"), &variable("TERM"))
}

fn allows_colour(no_color: &OsStr, term: &OsStr) -> bool {
    no_color.is_empty() && term != "dumb"
}

/// How tables on standard output should look: as wide as the terminal, or as their content elsewhere.
pub fn look() -> Look {
    let stdout = io::stdout();
    let width = stdout.is_terminal().then(|| Table::new().width()).flatten();
    Look {
        // Terminals without a window (a container, a recorder) say 0.
        width: width.filter(|columns| *columns >= NARROWEST),
        colour: coloured(&stdout),
    }
}

/// Names come from drivers and files: no escape sequence of theirs reaches the terminal.
fn clean(text: &str) -> String {
    let visible = |letter: char| {
        if letter.is_control() && letter != '\n' {
            ' '
        } else {
            letter
        }
    };
    text.chars().map(visible).collect()
}

/// Rows of words as columns with two blanks between; the last column is as wide as it is.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(clean(&line.join("  ")).trim_end());
        text.push('\n');
    }
    text
}

/// Pretty JSON with a final newline.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_no_color_but_an_empty_one_and_a_dumb_terminal_forbid_colour() {
        let allows =
            |no_color: &str, term: &str| allows_colour(OsStr::new(no_color), OsStr::new(term));
        assert!(allows("", "xterm-256color"));
        assert!(!allows("1", "xterm-256color"));
        assert!(!allows("0", ""));
        assert!(!allows("", "dumb"));
    }

    #[test]
    fn no_escape_sequence_of_a_name_reaches_the_terminal() {
        assert_eq!(clean("GPU\u{1b}[2J\tx\ny"), "GPU [2J x\ny");
    }

    #[test]
    fn columns_line_up_and_lines_end_without_blanks() {
        let rows = [["a", "bbb", "c"], ["aaaa", "b", ""]];
        let rows = rows.map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(&rows), "a     bbb  c\naaaa  b\n");
    }
}
