//! A judgement in the forms that CI services and trackers read, each in a small file of its own.
//!
//! Names and reasons come from drivers and files. What they hold is made a line and cut here, and escaped by each format
//! its own way, so that none of it can end an element, start a workflow command, or pass for another case.

use std::collections::{HashMap, HashSet};

use crate::error::short;
use crate::figure::word;
use crate::gate::{Cause, Comparison, Difference, Judged, Judgement, Verdict};

use super::text::clean;

pub mod annotations;
pub mod bencher;
pub mod gitlab;
pub mod junit;
pub mod openmetrics;
pub mod summary;
pub mod tracker;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

/// What tells cases apart, by the names that metrics give it.
const LABELS: [&str; 6] = ["device", "bus", "kernel", "size", "mode", "data"];

/// A case under names that no other case of the judgement has.
struct Named<'a> {
    case: &'a Judged,
    /// The values of [`LABELS`], no two cases' all alike.
    labels: [String; 6],
    /// Kernel, size, mode and data; also the device, where there are several.
    title: String,
}

impl Named<'_> {
    /// The card: its name, and its bus where that is known.
    fn device(&self) -> String {
        let [device, bus, ..] = &self.labels;
        match bus.is_empty() {
            true => device.clone(),
            false => format!("{device} ({bus})"),
        }
    }
}

/// The cases in their order. Cards that no bus tells apart are numbered as they come, and so is whatever else is alike:
/// a second series, test or key of the same name would replace the first.
fn named(judgement: &Judgement) -> Vec<Named<'_>> {
    let mut known = Unique::default();
    let mut cases: Vec<Named<'_>> = Vec::new();
    for case in &judgement.cases {
        let mut labels = labels(case);
        let device = labels[0].clone();
        // No label holds a control character any more.
        labels[0] = known.number(&device, |device| {
            let others = &labels[1..];
            format!("{device}\u{1f}{}", others.join("\u{1f}"))
        });
        cases.push(Named {
            case,
            labels,
            title: String::new(),
        });
    }
    let devices: HashSet<String> = cases.iter().map(Named::device).collect();
    let mut known = Unique::default();
    for one in &mut cases {
        let words = one.labels[2..].iter().map(|label| label.as_str());
        let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let on = format!("on {}", one.device());
        words.extend((devices.len() > 1).then_some(&*on));
        one.title = known.number(&words.join(" "), str::to_owned);
    }
    cases
}

fn labels(case: &Judged) -> [String; 6] {
    let params = &case.params;
    [
        line(&case.device),
        line(case.pci_bus_id.as_deref().unwrap_or_default()),
        line(&case.kernel),
        params.size(),
        word(&params.mode),
        params.data.map(|data| word(&data)).unwrap_or_default(),
    ]
}

/// A stranger's text as one line that buries nothing.
///
/// No `#`, but the wide one that looks alike: GitHub's runner takes `##[` for a command anywhere in a line, and GitLab's
/// reader of metrics ends a line at the sign, even inside a label.
fn line(text: &str) -> String {
    short(clean(text).trim()).replace('#', "＃")
}

/// What was named so far.
#[derive(Default)]
struct Unique {
    taken: HashSet<String>,
    last: HashMap<String, usize>,
}

impl Unique {
    /// `name` as it is, or with the next number if what `key` makes of it is taken.
    fn number(&mut self, name: &str, key: impl Fn(&str) -> String) -> String {
        let plain = key(name);
        if self.taken.insert(plain.clone()) {
            return name.to_owned();
        }
        let last = self.last.entry(plain).or_insert(1);
        loop {
            *last += 1;
            let numbered = format!("{name} ({last})");
            if self.taken.insert(key(&numbered)) {
                return numbered;
            }
        }
    }
}

/// What came of a case, and why, in one line.
fn message(case: &Judged) -> String {
    let mut words = Vec::new();
    if let Some(found) = &case.comparison {
        words.push(changed(found));
        let floor = case.floor.map(|floor| percent(floor.share));
        words.extend(floor.map(|floor| format!("the floor is {floor}")));
    }
    words.extend(
        case.confirmation
            .map(|again| format!("in fresh runs {}", changed(&again))),
    );
    let cause = case.clocked.and_then(|clocked| clocked.cause);
    words.extend(cause.map(|cause| match cause {
        Cause::Clock => "it is the clock".to_owned(),
        Cause::Kernel => "it is what is done in a cycle, not the clock".to_owned(),
    }));
    words.extend(case.differences.iter().map(differs));
    words.extend(case.reasons.iter().map(|reason| line(reason)));
    if words.is_empty() {
        words.push(word(&case.verdict));
    }
    words.join("; ")
}

/// `3.1 % slower (-4.0 % to -2.2 %)`.
fn changed(found: &Comparison) -> String {
    let way = if found.change < 0.0 {
        "slower"
    } else {
        "faster"
    };
    let [low, high] = [found.low, found.high].map(|end| format!("{:+.1} %", end * 100.0));
    format!("{} {way} ({low} to {high})", percent(found.change.abs()))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn differs(difference: &Difference) -> String {
    let said = |side: &[String]| match side.is_empty() {
        true => "nothing said".to_owned(),
        false => line(&side.join(", ")),
    };
    format!(
        "{}: {} in the baseline, {} in the candidate",
        difference.field.word(),
        said(&difference.baseline),
        said(&difference.candidate)
    )
}

/// Whether nobody can say if it got slower.
fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Incomparable | Verdict::Inconclusive)
}

/// As JSON, with a final newline; these types have string keys and no failing serialiser.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
