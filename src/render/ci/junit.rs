//! JUnit XML, in the dialect that Jenkins' `junit-10.xsd` describes: a suite a device, a test a case.
//!
//! That schema knows no properties of a test, so that the figures of a case stand in its `system-out`, a line each. No
//! test has a time: what a case took is not what it is about, and a made-up one would be charted.

use std::collections::HashMap;

use super::{Named, is_open, message, named};
use crate::figure::word;
use crate::gate::{Judged, Judgement, Verdict};
use crate::stats::Estimate;

/// The judgement as JUnit XML. Regressions fail; wrong answers and what can't be compared are errors; what can't be told is
/// skipped. With `strict` the last two fail. Where there are several devices a test's name says which, since readers such as GitLab look at tests,
/// not suites.
pub fn document(judgement: &Judgement, strict: bool) -> String {
    let cases = named(judgement);
    let mut suites: Vec<(String, Vec<&Named<'_>>)> = Vec::new();
    let mut places = HashMap::new();
    for case in &cases {
        let device = case.device();
        let place = *places.entry(device.clone()).or_insert(suites.len());
        if place == suites.len() {
            suites.push((device, Vec::new()));
        }
        suites[place].1.push(case);
    }
    let all: Vec<&Named<'_>> = cases.iter().collect();
    let [tests, failures, errors, _] = tally(&all, strict);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text += &open(
        "testsuites",
        &[
            ("name", "suanli check"),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
        ],
    );
    for (device, cases) in &suites {
        text += &suite(judgement, device, cases, strict);
    }
    text + "</testsuites>\n"
}

fn suite(judgement: &Judgement, device: &str, cases: &[&Named<'_>], strict: bool) -> String {
    let [tests, failures, errors, skipped] = tally(cases, strict);
    let mut text = open(
        "testsuite",
        &[
            ("name", device),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
            ("skipped", &skipped),
        ],
    );
    text += "<properties>\n";
    for (name, value) in [
        ("baseline runs", judgement.baseline_runs.to_string()),
        ("candidate runs", judgement.candidate_runs.to_string()),
        ("interleaved", judgement.interleaved.to_string()),
        ("confirmed", judgement.confirmed.to_string()),
        ("strict", strict.to_string()),
    ] {
        let [name, value] = [name, &value].map(escape);
        text += &format!("<property name=\"{name}\" value=\"{value}\"/>\n");
    }
    text += "</properties>\n";
    text.extend(cases.iter().map(|case| test(case, strict)));
    text + "</testsuite>\n"
}

fn test(named: &Named<'_>, strict: bool) -> String {
    let case = named.case;
    let kernel = &named.labels[2];
    let family = kernel.split('/').next().unwrap_or(kernel);
    let class = format!("suanli.{family}");
    let mut text = open("testcase", &[("classname", &class), ("name", &named.title)]);
    if let Some(element) = element(case.verdict, strict) {
        let why = message(case);
        let kind = word(&case.verdict);
        let opened = open(element, &[("type", &kind), ("message", &why)]);
        // Some readers show the attribute, some the text.
        text += &format!("{}{}</{element}>\n", opened.trim_end(), escape(&why));
    }
    let figures = figures(case).into_iter().map(|line| escape(&line));
    let figures = figures.collect::<Vec<_>>().join("\n");
    text + &format!("<system-out>{figures}</system-out>\n</testcase>\n")
}

/// What a test that didn't pass holds.
fn element(verdict: Verdict, strict: bool) -> Option<&'static str> {
    match verdict {
        open if is_open(open) && strict => Some("failure"),
        // Exit code 5: a pipeline is red, and so is its report.
        Verdict::Wrong | Verdict::Incomparable => Some("error"),
        Verdict::Regression => Some("failure"),
        open if is_open(open) => Some("skipped"),
        _ => None,
    }
}

/// Tests, and of them failures, errors and skipped.
fn tally(cases: &[&Named<'_>], strict: bool) -> [String; 4] {
    let count = |wanted| {
        let elements = cases.iter().map(|one| element(one.case.verdict, strict));
        elements.filter(|found| *found == Some(wanted)).count()
    };
    let [failures, errors, skipped] = ["failure", "error", "skipped"].map(count);
    [cases.len(), failures, errors, skipped].map(|count| count.to_string())
}

/// `change = -0.031` and so on: shares, not percent, at full precision.
fn figures(case: &Judged) -> Vec<String> {
    let mut lines = vec![format!("verdict = {}", word(&case.verdict))];
    let estimate = |side: &Estimate| {
        let Estimate {
            value, low, high, ..
        } = side;
        format!("{value} {} ({low} to {high})", case.unit)
    };
    let sides = [("baseline", &case.baseline), ("candidate", &case.candidate)];
    for (side, estimated) in sides {
        let figure = estimated.as_ref().map(estimate);
        lines.extend(figure.map(|figure| format!("{side} = {figure}")));
    }
    if let Some(found) = &case.comparison {
        let p = match found.change < 0.0 {
            true => found.p_slower,
            false => found.p_faster,
        };
        lines.push(format!("change = {}", found.change));
        lines.push(format!("interval = {} to {}", found.low, found.high));
        lines.push(format!("p = {p}"));
    }
    let floor = case.floor.as_ref();
    lines.extend(floor.map(|floor| format!("floor = {} ({})", floor.share, word(&floor.basis))));
    lines
}

/// An opening tag and a newline.
fn open(element: &str, attributes: &[(&str, &str)]) -> String {
    let attributes = attributes
        .iter()
        .map(|(name, value)| format!(" {name}=\"{}\"", escape(value)));
    format!("<{element}{}>\n", attributes.collect::<String>())
}

/// Text that stays text, in an element and in an attribute: what XML 1.0 can't hold at all is left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // As themselves, an attribute would turn them into spaces.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(letter))),
            '\0'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_xml_cannot_hold_is_left_out_and_the_rest_is_escaped() {
        let hostile = "\0a\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}<b c=\"&'\">\t\r\n]]>🦀算";
        assert_eq!(
            escape(hostile),
            "a&lt;b c=&quot;&amp;&apos;&quot;&gt;&#9;&#13;&#10;]]&gt;🦀算"
        );
    }
}
