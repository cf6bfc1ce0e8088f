//! GitHub workflow commands, which show beside the run: `::error title=…::…`, one a line.
//!
//! GitHub keeps 10 errors and 10 warnings of a step and drops the rest silently, whichever those are: here the gravest
//! come first, and the tenth says how many are left.

use super::{Named, is_open, message, named};
use crate::figure::word;
use crate::gate::{Judgement, Verdict};

/// How many of a level GitHub shows of one step.
pub const MOST: usize = 10;

/// What to print where a workflow runs. Regressions and wrong answers are errors; what can't be told is a warning, or with
/// `strict` an error; the rest is not mentioned.
pub fn commands(judgement: &Judgement, strict: bool) -> String {
    let mut cases = named(judgement);
    cases.sort_by(|a, b| {
        let verdicts = a.case.verdict.cmp(&b.case.verdict);
        verdicts.then(change(b).total_cmp(&change(a)))
    });
    let levels = ["error", "warning"].map(|level| {
        let of = |one: &&Named<'_>| self::level(one.case.verdict, strict) == Some(level);
        lines(level, &cases.iter().filter(of).collect::<Vec<_>>())
    });
    levels.concat()
}

fn change(named: &Named<'_>) -> f64 {
    let found = named.case.comparison;
    found.map_or(0.0, |found| found.change.abs())
}

fn level(verdict: Verdict, strict: bool) -> Option<&'static str> {
    match verdict {
        Verdict::Wrong | Verdict::Regression | Verdict::Incomparable => Some("error"),
        open if is_open(open) && strict => Some("error"),
        open if is_open(open) => Some("warning"),
        _ => None,
    }
}

fn lines(level: &str, cases: &[&Named<'_>]) -> String {
    // The line that counts the rest is one of the ten.
    let shown = match cases.len() > MOST {
        true => MOST - 1,
        false => cases.len(),
    };
    let mut text: String = cases[..shown]
        .iter()
        .map(|one| {
            let title = format!("{}: {}", word(&one.case.verdict), one.title);
            command(level, &title, &message(one.case))
        })
        .collect();
    if shown < cases.len() {
        let more = format!("and {} more", cases.len() - shown);
        text += &command(level, "suanli check", &more);
    }
    text
}

fn command(level: &str, title: &str, message: &str) -> String {
    format!("::{level} title={}::{}\n", property(title), data(message))
}

/// As the runner reads a message: a line break would end the command, and what follows could be another one.
fn data(text: &str) -> String {
    // The percent sign first, so that no escape is escaped again.
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// As the runner reads a property, which a colon or a comma would end too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_title_and_a_message_are_escaped_as_the_runner_reads_them() {
        assert_eq!(
            command(
                "error",
                "a: 1%, b\n",
                "5 % ::error::x, y\r\n::stop-commands::t"
            ),
            "::error title=a%3A 1%25%2C b%0A::5 %25 ::error::x, y%0D%0A::stop-commands::t\n"
        );
    }
}
