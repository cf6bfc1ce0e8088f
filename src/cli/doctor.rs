//! `suanli doctor`: why no GPU is seen, and what to type.

use crate::error::Result;
use crate::gpu::{self, Finding, Level};

use super::terminal;

/// Prints the findings. To have found something wrong is no failure of the doctor: the code is 0.
///
/// # Errors
///
/// Standard output can't be written.
pub fn doctor() -> Result<u8> {
    let lines: Vec<String> = gpu::doctor().iter().map(line).collect();
    terminal::print(&lines.concat())?;
    Ok(0)
}

fn line(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Good => "ok",
        Level::Note => "note",
        Level::Problem => "problem",
    };
    let advice = finding.advice.as_ref();
    let advice = advice.map_or(String::new(), |advice| format!("{:9}→ {advice}\n", ""));
    format!("{mark:9}{}\n{advice}", finding.what)
}
