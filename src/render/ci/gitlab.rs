//! GitLab's Code Quality report, the part of Code Climate's format that GitLab reads.
//!
//! A merge request shows what the target branch's report has not, by fingerprint. That of a case is made of what the case
//! is and of its verdict, never of figures, so that the same regression is not a new one every night.

use serde::Serialize;

use super::{Named, is_open, json, message, named};
use crate::figure::word;
use crate::files::sha256;
use crate::gate::{Judgement, Verdict};
use crate::kernels;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// The issues, the gravest first: what is wrong, slower, or, less grave unless `strict`, can't be told.
pub fn document(judgement: &Judgement, strict: bool) -> String {
    let cases = named(judgement);
    let issues = cases.iter().filter_map(|one| issue(one, strict));
    json(&issues.collect::<Vec<_>>())
}

fn issue(named: &Named<'_>, strict: bool) -> Option<Issue> {
    let verdict = word(&named.case.verdict);
    let of = [&named.labels[..], std::slice::from_ref(&verdict)].concat();
    Some(Issue {
        description: format!("{}: {verdict}: {}", named.title, message(named.case)),
        check_name: format!("suanli/{verdict}"),
        // No label holds a control character.
        fingerprint: sha256(of.join("\u{1f}")),
        severity: severity(named.case.verdict, strict)?,
        location: Location {
            path: path(&named.labels[2]),
            lines: Lines { begin: 1 },
        },
    })
}

fn severity(verdict: Verdict, strict: bool) -> Option<&'static str> {
    match verdict {
        Verdict::Wrong => Some("blocker"),
        Verdict::Regression => Some("critical"),
        Verdict::Incomparable => Some("major"),
        open if is_open(open) && strict => Some("major"),
        open if is_open(open) => Some("minor"),
        _ => None,
    }
}

/// The kernel's shader, or its name where it runs none or this version has no such kernel.
fn path(kernel: &str) -> String {
    let template = kernels::find(kernel).and_then(|kernel| kernel.template);
    template.map_or(kernel.into(), |template| {
        format!("shaders/{}", template.name)
    })
}
