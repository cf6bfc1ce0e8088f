//! The second look: what is red, or faster, is measured anew on both sides, and both looks must agree.

use super::{Judged, Judgement, Verdict, cause};

/// `first`, with every change held against `fresh`, a judgement of runs made afterwards for those cases alone.
///
/// What the fresh runs don't confirm can't be told: two looks contradict each other. A fresh run that is wrong is wrong.
#[must_use]
pub fn confirmed(first: Judgement, fresh: &Judgement) -> Judgement {
    let mut judgement = first;
    for case in &mut judgement.cases {
        if cause::is_change(case.verdict) {
            let again = fresh.cases.iter().find(|other| same(case, other));
            hold_against(case, again);
        }
    }
    judgement.confirmed = true;
    judgement.sort();
    judgement
}

fn same(case: &Judged, other: &Judged) -> bool {
    case.kernel == other.kernel
        && case.params.asks_same(&other.params)
        && (&case.device, &case.pci_bus_id) == (&other.device, &other.pci_bus_id)
}

fn hold_against(case: &mut Judged, fresh: Option<&Judged>) {
    let Some(fresh) = fresh else {
        case.verdict = Verdict::Inconclusive;
        case.reasons
            .push("not confirmed: no fresh run measured it".into());
        return;
    };
    case.confirmation = fresh.comparison;
    if fresh.verdict == case.verdict {
        let cause = |case: &Judged| case.clocked.and_then(|clocked| clocked.cause);
        let agreed = cause::agreed(cause(case), cause(fresh));
        if let Some(clocked) = &mut case.clocked {
            clocked.cause = agreed;
        }
        return;
    }
    let seen = crate::figure::word(&case.verdict);
    case.verdict = match fresh.verdict {
        Verdict::Wrong => Verdict::Wrong,
        _ => Verdict::Inconclusive,
    };
    let again = crate::figure::word(&fresh.verdict);
    case.reasons.push(format!(
        "not confirmed: {seen} at first, {again} in fresh runs"
    ));
    case.reasons.extend(fresh.reasons.iter().cloned());
}
