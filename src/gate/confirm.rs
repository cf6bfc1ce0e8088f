//! The second look: what is red, or faster, is measured anew on both sides, and both looks must agree.

use super::{Judged, Judgement, Verdict, cause};
use crate::figure::word;

/// `first`, with every change held against `fresh`, a judgement of runs made afterwards for those cases alone.
///
/// A change stands where both looks agree. Otherwise it is what the fresh runs say: they weren't chosen for being
/// far off, and the first ones were. A change that they alone show is none either.
#[must_use]
pub fn confirmed(first: Judgement, fresh: &Judgement) -> Judgement {
    let mut judgement = first;
    for case in &mut judgement.cases {
        if cause::is_change(case.verdict) {
            let again = fresh.cases.iter().find(|other| same(case, other));
            hold_against(case, again);
        }
    }
    // Against stored results, both looks share a baseline that may be the odd one.
    judgement.confirmed = judgement.interleaved && fresh.interleaved;
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
    let [seen, again] = [case.verdict, fresh.verdict].map(|verdict| word(&verdict));
    case.reasons.push(format!(
        "not confirmed: {seen} at first, {again} in fresh runs"
    ));
    case.reasons.extend(fresh.reasons.iter().cloned());
    case.differences.clone_from(&fresh.differences);
    case.verdict = match fresh.verdict {
        verdict if cause::is_change(verdict) => Verdict::Inconclusive,
        verdict => verdict,
    };
}
