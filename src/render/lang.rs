//! The languages a document is said in.
//!
//! English is what the program and its results files are written in. Chinese is looked up in `zh/`, phrase by phrase: also
//! what stands in a results file, which may be older than the table. A text that is not there stays as it is: the words
//! of a driver, a name.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A language of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// What a locale such as `zh_CN.UTF-8` asks for.
    pub fn of_locale(locale: &str) -> Self {
        match locale.to_lowercase().starts_with("zh") {
            true => Self::Zh,
            false => Self::En,
        }
    }

    /// As HTML names it.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// An English text in this language.
    pub fn say(self, text: &str) -> String {
        match self {
            Self::En => text.into(),
            Self::Zh => CHINESE.say(text),
        }
    }
}

/// The Chinese phrases, a file for what belongs together.
const FILES: [&str; 6] = [
    include_str!("zh/sheet.toml"),
    include_str!("zh/tender.toml"),
    include_str!("zh/evidence.toml"),
    include_str!("zh/foreign.toml"),
    include_str!("zh/gate.toml"),
    include_str!("zh/sources.toml"),
];

static CHINESE: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(&FILES).unwrap_or_default());

/// The phrases of a language.
#[derive(Debug, Default)]
struct Phrases {
    whole: HashMap<String, String>,
    /// Those with places to fill in, the ones that say most of themselves first.
    patterns: Vec<Pattern>,
    /// Which of them a text could be that begins with this byte: few of hundreds.
    by_start: Vec<Vec<usize>>,
}

/// A phrase with places, `{a}` and so on.
#[derive(Debug)]
struct Pattern {
    /// What stands before, between and after the places.
    parts: Vec<String>,
    names: Vec<String>,
    said: String,
}

impl Phrases {
    fn parse(texts: &[&str]) -> Result<Self, toml::de::Error> {
        #[derive(Deserialize)]
        struct File {
            phrases: HashMap<String, String>,
        }
        let mut phrases = HashMap::new();
        for text in texts {
            phrases.extend(toml::from_str::<File>(text)?.phrases);
        }
        let (patterns, whole): (Vec<_>, Vec<_>) = phrases
            .into_iter()
            .partition(|(english, _)| english.contains('{'));
        let pattern = |(english, said): (String, String)| Pattern::new(&english, said);
        let mut patterns: Vec<_> = patterns.into_iter().map(pattern).collect();
        let literal = |one: &Pattern| one.parts.iter().map(String::len).sum::<usize>();
        // Those of one length in an order of their own, so that a text is always said the same way.
        patterns.sort_by(|a, b| literal(b).cmp(&literal(a)).then(a.parts.cmp(&b.parts)));
        let begins = |one: &Pattern, byte: u8| {
            let first = one.parts[0].as_bytes().first();
            first.is_none_or(|first| *first == byte)
        };
        let of = |byte| {
            let could = patterns
                .iter()
                .enumerate()
                .filter(|(_, one)| begins(one, byte));
            could.map(|(at, _)| at).collect()
        };
        Ok(Self {
            whole: whole.into_iter().collect(),
            by_start: (0..=u8::MAX).map(of).collect(),
            patterns,
        })
    }

    fn say(&self, text: &str) -> String {
        self.known(text).unwrap_or_else(|| self.pieces(text))
    }

    /// The text as one phrase, where all of it is known.
    fn known(&self, text: &str) -> Option<String> {
        if let Some(said) = self.whole.get(text) {
            return Some(said.clone());
        }
        let start = usize::from(*text.as_bytes().first()?);
        let could = self.by_start.get(start)?.iter();
        could
            .copied()
            .find_map(|at| self.patterns[at].fill(text, self))
    }

    /// The text piece by piece: what stands between dots, semicolons and commas, and in brackets at the end.
    fn pieces(&self, text: &str) -> String {
        for (mark, said) in [(" · ", " · "), ("; ", "；"), (", ", "，")] {
            let pieces = outside(text, mark);
            if pieces.len() > 1 {
                let said_pieces: Vec<_> = pieces.iter().map(|piece| self.say(piece)).collect();
                // A name keeps its commas.
                return match said_pieces == pieces {
                    true => text.into(),
                    false => said_pieces.join(said),
                };
            }
        }
        let bracket = text.strip_suffix(')').and_then(|rest| {
            let at = opening(rest)?;
            let before = rest[..at].strip_suffix(' ')?;
            (!before.is_empty()).then(|| (before, &rest[at + 1..]))
        });
        let Some((before, inside)) = bracket else {
            return text.into();
        };
        match (self.say(before), self.say(inside)) {
            (a, b) if a == before && b == inside => text.into(),
            (a, b) => format!("{a}（{b}）"),
        }
    }

    /// Whether a text needs no words of ours: known, or a number, a unit, a name.
    fn settled(&self, text: &str) -> Option<String> {
        let said = self.say(text);
        // What is quoted is nobody's to say.
        let ours = said.split('「').flat_map(|piece| piece.rsplit('」').next());
        let words = ours
            .flat_map(str::split_whitespace)
            .filter(|word| is_word(word));
        (words.count() < 3).then_some(said)
    }
}

/// Whether it is a word of a sentence, rather than a name, a number or a unit.
fn is_word(text: &str) -> bool {
    let text = text.trim_matches(|letter: char| letter.is_ascii_punctuation());
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_lowercase())
}

/// The pieces between marks that stand in no brackets.
fn outside<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let (mut pieces, mut from, mut depth) = (Vec::new(), 0, 0i32);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth == 0 && at >= from && text[at..].starts_with(mark) => {
                pieces.push(&text[from..at]);
                from = at + mark.len();
            }
            _ => {}
        }
    }
    pieces.push(&text[from..]);
    pieces
}

/// Where the bracket was opened that ends a text, which is given without its closing one.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 1i32;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

impl Pattern {
    fn new(english: &str, said: String) -> Self {
        let (mut parts, mut names) = (Vec::new(), Vec::new());
        let mut rest = english;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            parts.push(before.into());
            names.push(format!("{{{name}}}"));
            rest = after;
        }
        parts.push(rest.into());
        Self { parts, names, said }
    }

    /// What the pattern says of a text, where it is one of its kind and what stands in its places is settled.
    fn fill(&self, text: &str, phrases: &Phrases) -> Option<String> {
        let rest = text.strip_prefix(self.parts[0].as_str())?;
        if !self.parts.last().is_some_and(|last| rest.ends_with(last)) {
            return None;
        }
        let mut taken = Vec::new();
        self.places(rest, 1, &mut taken)?;
        let mut said = self.said.clone();
        // A dot stands between phrases: none reaches over it but one that has it itself.
        if taken.iter().any(|piece| piece.contains(" · ")) {
            return None;
        }
        for (at, (name, piece)) in self.names.iter().zip(taken).enumerate() {
            let piece = match phrases.settled(piece) {
                Some(piece) => piece,
                None if self.ends_in_quote(at) => format!("「{piece}」"),
                None => return None,
            };
            said = said.replace(name.as_str(), &piece);
        }
        Some(said)
    }

    /// Whether place number `at` is the last word behind a colon: what a driver said, which is quoted as it is.
    fn ends_in_quote(&self, at: usize) -> bool {
        let last = at + 2 == self.parts.len() && self.parts[at + 1].is_empty();
        last && self.parts[at].ends_with(": ")
    }

    /// The places of a text from part number `at` on: each as short as it can be, the last takes all that is left.
    fn places<'a>(&self, text: &'a str, at: usize, taken: &mut Vec<&'a str>) -> Option<()> {
        let part = self.parts.get(at)?;
        if at + 1 == self.parts.len() {
            let piece = text.strip_suffix(part.as_str())?;
            taken.push(piece);
            return (!piece.is_empty()).then_some(());
        }
        let found = text
            .find(part.as_str())
            .filter(|found| *found > 0 && !part.is_empty())?;
        taken.push(&text[..found]);
        self.places(&text[found + part.len()..], at + 1, taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases() -> Phrases {
        let text = r#"[phrases]
            "noisy" = "波动大"
            "power capped" = "受功率上限限制"
            "vector {a}" = "向量 {a}"
            "{a} acc {b}" = "{a} 累加 {b}"
            "{a} per {b}" = "{a}（每{b}）"
            "chip" = "芯片"
            "{a} of {b} samples have no time" = "{b} 个样本中 {a} 个没有计时"
            "failed: {a}" = "失败：{a}"
        "#;
        Phrases::parse(&[text]).unwrap()
    }

    #[test]
    fn phrases_are_said_whole_in_pieces_and_with_places() {
        let phrases = phrases();
        for (text, said) in [
            ("noisy", "波动大"),
            (
                "noisy, power capped (54 %)",
                "波动大，受功率上限限制（54 %）",
            ),
            ("vector f16 acc f32 per chip", "向量 f16 累加 f32（每芯片）"),
            ("7 of 30 samples have no time", "30 个样本中 7 个没有计时"),
            ("NVIDIA H100 80GB HBM3", "NVIDIA H100 80GB HBM3"),
            ("gemm/f32", "gemm/f32"),
            (
                "llvmpipe (LLVM 15.0.6, 256 bits)",
                "llvmpipe (LLVM 15.0.6, 256 bits)",
            ),
            // A dot ends a phrase, and what is quoted is none of a phrase's words.
            (
                "noisy · 7 of 30 samples have no time",
                "波动大 · 30 个样本中 7 个没有计时",
            ),
            (
                "vector failed: the driver went away again",
                "向量 失败：「the driver went away again」",
            ),
            // What a driver said is quoted.
            (
                "failed: the driver went away again",
                "失败：「the driver went away again」",
            ),
            // What nobody translated stays whole, rather than half.
            (
                "vector units that went away again",
                "vector units that went away again",
            ),
            ("", ""),
        ] {
            assert_eq!(phrases.say(text), said, "{text}");
        }
    }

    #[test]
    fn every_file_of_phrases_is_read() {
        for (at, file) in FILES.iter().enumerate() {
            assert!(
                Phrases::parse(&[file]).is_ok(),
                "{at}: {:?}",
                Phrases::parse(&[file]).err()
            );
        }
        assert!(!CHINESE.whole.is_empty());
        // One word for one concept: no phrase stands twice.
        let key = |line: &&str| line.starts_with('"');
        let lines = FILES.iter().flat_map(|file| file.lines()).filter(key);
        let mut keys: Vec<_> = lines
            .filter_map(|line| line.split("\" = ").next())
            .collect();
        keys.sort_unstable();
        let twice: Vec<_> = keys.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:#?}");
    }

    #[test]
    fn a_locale_asks_for_a_language() {
        for (locale, lang) in [
            ("zh_CN.UTF-8", Lang::Zh),
            ("zh-Hans", Lang::Zh),
            ("en_GB.UTF-8", Lang::En),
            ("C", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }
}
