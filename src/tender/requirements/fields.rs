//! The fields of a requirement beside its kind: each checked, and refused with what to write instead.

use globset::Glob;
use toml::Spanned;

use super::{Checked, Fault, Mark, RequirementText};
use crate::cases::parse_size;
use crate::error::short;
use crate::figure::{Direction, Kind, Metric, Unit, word};
use crate::kernel::{Mode, Params};
use crate::kernels;

/// What a clause is marked with.
pub(super) fn mark(text: &Spanned<String>) -> Checked<Mark> {
    match text.get_ref().trim() {
        "★" => Ok(Mark::Star),
        "▲" => Ok(Mark::Triangle),
        other => {
            let why = format!("'{}' is no mark", short(other));
            let hint = "give \"★\" (a negative deviation voids the bid) or \"▲\" (scored), or leave it out";
            Err(Fault::at("mark", text, why, hint))
        }
    }
}

/// A glob that some kernel of this build matches: one that none does is a slip of the pen.
pub(super) fn kernel(text: &Spanned<String>) -> Checked<String> {
    let pattern = text.get_ref().trim();
    let wrong = |why: String| {
        let hint = "give a kernel, such as \"gemm/*\"; `suanli kernels` lists all";
        Fault::at("kernel", text, why, hint)
    };
    let glob = Glob::new(pattern).map_err(|error| {
        wrong(format!(
            "'{}' is no pattern: {}",
            short(pattern),
            error.kind()
        ))
    })?;
    let matcher = glob.compile_matcher();
    if !kernels::ALL
        .iter()
        .any(|kernel| matcher.is_match(kernel.name))
    {
        return Err(wrong(format!("'{}' matches no kernel", short(pattern))));
    }
    Ok(pattern.into())
}

/// The size as results have it. Where it says which memory is meant, it must be there.
pub(super) fn size(text: Option<&Spanned<String>>, kind: &Kind) -> Checked<Option<String>> {
    let sets = matches!(kind.metric, Metric::CachedBandwidth | Metric::LoadLatency);
    let Some(text) = text else {
        let why = "not stated: it says which cache or memory is meant";
        let hint = "add the working set, such as size = \"64 KiB\"";
        return match sets {
            true => Err(Fault::missing("size", why, hint)),
            false => Ok(None),
        };
    };
    let typed = text.get_ref().trim();
    if kind.metric == Metric::Rate {
        let [m, n, k] = parse_size(typed).map_err(|_| {
            let why = format!("'{}' is no size of a product", short(typed));
            Fault::at(
                "size",
                text,
                why,
                "give N or M,N,K, such as size = \"8192\"",
            )
        })?;
        let params = Params {
            m: Some(m),
            n: Some(n),
            k: Some(k),
            ..Params::new(Mode::Sustained)
        };
        return Ok(Some(params.size()));
    }
    let amount = typed.split_once(' ');
    let sensible = |number: &str| number.parse::<u64>().is_ok_and(|number| number > 0);
    match amount {
        Some((number, "B" | "KiB" | "MiB")) if sensible(number) => Ok(Some(typed.into())),
        _ => {
            let why = format!("'{}' is no amount of memory", short(typed));
            let hint = "give bytes in the largest unit they are whole in, such as \"64 KiB\"";
            Err(Fault::at("size", text, why, hint))
        }
    }
}

pub(super) fn device(text: &Spanned<String>) -> Checked<String> {
    let name = text.get_ref().trim();
    if name.is_empty() {
        let hint = "give a part of the device's name, or leave it out";
        return Err(Fault::at("device", text, "is empty", hint));
    }
    Ok(name.into())
}

/// The number, as the bound that its kind has.
pub(super) fn required(text: &RequirementText, kind: &Kind) -> Checked<f64> {
    let (field, given, other_field, other) = match kind.direction() {
        Direction::MoreIsBetter => ("at_least", &text.at_least, "at_most", &text.at_most),
        Direction::LessIsBetter => ("at_most", &text.at_most, "at_least", &text.at_least),
    };
    let hint = format!("give {field} = a number, in the unit of the kind");
    if let Some(other) = other {
        let better = match kind.direction() {
            Direction::MoreIsBetter => "more",
            Direction::LessIsBetter => "less",
        };
        let why = format!(
            "of a {} {better} is better: {field} is what is asked",
            word(&kind.metric)
        );
        return Err(Fault::at(other_field, other, why, hint));
    }
    let Some(given) = given else {
        return Err(Fault::missing(field, "not stated", hint));
    };
    let number = *given.get_ref();
    if !(number > 0.0 && number.is_finite()) {
        return Err(Fault::at(
            field,
            given,
            format!("{number} is not a number above 0"),
            hint,
        ));
    }
    Ok(number)
}

/// The unit, written down by whoever asked: a thousandfold is lost too easily.
pub(super) fn unit(text: Option<&Spanned<String>>, kind: &Kind) -> Checked<Unit> {
    let unit = kind.unit();
    let hint = format!("give unit = \"{unit}\", and the number in it");
    match text {
        None => Err(Fault::missing("unit", "not stated", hint)),
        Some(text) if *text.get_ref() == unit.to_string() => Ok(unit),
        Some(text) => {
            let why = format!("'{}' is not the unit of this kind", short(text.get_ref()));
            Err(Fault::at("unit", text, why, hint))
        }
    }
}
