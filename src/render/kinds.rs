//! A kind of number in few words, and what of it nobody stated.

use crate::figure::{Format, Kind, Metric, Sparsity, word};
use crate::sheet::Flag;

/// In which words a value's kind differs from its cell's.
pub(super) fn unlike(value: Option<Kind>, cell: Option<Kind>) -> Option<String> {
    let (value, cell) = (value?, cell?);
    let mut words = Vec::new();
    let engine = value.engine.filter(|_| value.engine != cell.engine);
    words.extend(engine.map(|engine| word(&engine)));
    let storage = value.storage.filter(|_| value.storage != cell.storage);
    words.extend(storage.map(|format| word(&format)));
    // Of another engine or format it goes without saying that the sum is another too.
    let alike = words.is_empty() && value.accumulate != cell.accumulate;
    let sum = value.accumulate.filter(|_| alike);
    words.extend(sum.map(|format| format!("acc {}", word(&format))));
    let sparsity = value.sparsity.filter(|_| value.sparsity != cell.sparsity);
    let sparsity = sparsity.filter(|sparsity| *sparsity == Sparsity::TwoOfFour);
    words.extend(sparsity.map(|sparsity| format!("{} sparse", word(&sparsity))));
    words.extend((value.scope != cell.scope).then(|| format!("per {}", word(&value.scope))));
    (!words.is_empty()).then(|| words.join(" "))
}

/// The kind of a rate as stated, and what is presumed of it; the other properties say theirs by name.
pub(super) fn stated(stated: Option<Kind>, presumed: Option<Kind>) -> String {
    let Some(stated) = stated.filter(|kind| kind.metric == Metric::Rate) else {
        return String::new();
    };
    let guess = presumed.map(|presumed| {
        let mut words = vec![String::from(", presumed")];
        words.extend(presumed.engine.map(|engine| word(&engine)));
        words.extend(sum(&presumed));
        words.join(" ")
    });
    kind(&stated) + &guess.unwrap_or_default()
}

/// The format of the running sum, where it is stated and not that of the operands.
fn sum(kind: &Kind) -> Option<String> {
    let own = |sum: &Format| *sum == Format::Unspecified || kind.arithmetic == Some(*sum);
    let sum = kind.accumulate.filter(|sum| !own(sum));
    sum.map(|format| format!("acc {}", word(&format)))
}

/// A kind in few words: engine, format, what it computes and accumulates in where that differs.
pub(super) fn kind(kind: &Kind) -> String {
    let mut words = Vec::new();
    words.push(
        kind.engine
            .map_or_else(|| word(&kind.metric), |engine| word(&engine)),
    );
    words.extend(kind.storage.map(|format| word(&format)));
    let computed = kind
        .arithmetic
        .filter(|arithmetic| kind.storage != Some(*arithmetic));
    words.extend(computed.map(|format| format!("computed in {}", word(&format))));
    words.extend(sum(kind));
    words.extend((kind.sparsity == Some(Sparsity::TwoOfFour)).then(|| "2:4 sparse".into()));
    let rate = kind.metric == Metric::Rate;
    let small = rate && word(&kind.scope) != "card";
    words.extend(small.then(|| format!("per {}", word(&kind.scope))));
    words.join(" ")
}

/// The flags as words of programs, with a semicolon between them.
pub(super) fn flags_words(flags: &[Flag]) -> String {
    flags.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// Engine, storage, arithmetic, accumulate, sparsity and scope; empty where they don't apply.
pub(super) fn kind_fields(kind: &Kind) -> [String; 6] {
    [
        kind.engine.as_ref().map(word).unwrap_or_default(),
        kind.storage.as_ref().map(word).unwrap_or_default(),
        kind.arithmetic.as_ref().map(word).unwrap_or_default(),
        kind.accumulate.as_ref().map(word).unwrap_or_default(),
        kind.sparsity.as_ref().map(word).unwrap_or_default(),
        word(&kind.scope),
    ]
}

pub(super) fn list<T: ToString>(items: &[T]) -> String {
    let words: Vec<_> = items.iter().map(ToString::to_string).collect();
    words.join(", ")
}
