//! Sizes as they are typed, and the named sets of shapes.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// M, N, K of a product.
pub type Size = [u32; 3];

/// `N`, or `M,N,K`; every dimension at least 1.
pub fn parse_size(text: &str) -> Result<Size> {
    let wrong = |why: String| {
        Error::Size {
        typed: text.into(),
        why,
        hint: "give N for a square product, or M,N,K, each at least 1: --size 4096 or --size 129,65,33"
            .into(),
    }
    };
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let number: i128 = part
            .trim()
            .parse()
            .map_err(|_| wrong(format!("'{part}' is not a whole number")))?;
        if number < 1 {
            return Err(wrong(format!("{number} is below 1")));
        }
        let limit = u32::MAX;
        let number = u32::try_from(number)
            .map_err(|_| wrong(format!("{number} is over the limit of {limit}")))?;
        numbers.push(number);
    }
    match numbers[..] {
        [n] => Ok([n; 3]),
        [m, n, k] => Ok([m, n, k]),
        _ => Err(wrong(format!(
            "{} numbers, 1 or 3 are needed",
            numbers.len()
        ))),
    }
}

/// Named sets of shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shapes {
    /// Squares from 512 to 16384.
    Square,
    /// Projections and MLP of a 14-billion-parameter model at 2048 tokens.
    LlmPrefill,
    /// The same at 1, 8 and 32 tokens.
    LlmDecode,
    /// Sizes that are no multiple of any tile.
    Ragged,
}

/// Hidden and MLP widths of the model behind the `llm-*` sets.
const HIDDEN: u32 = 5120;
const MLP: u32 = 13_696;

impl Shapes {
    /// All sets.
    pub const ALL: [Self; 4] = [
        Self::Square,
        Self::LlmPrefill,
        Self::LlmDecode,
        Self::Ragged,
    ];

    /// The name that is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Square => "square",
            Self::LlmPrefill => "llm-prefill",
            Self::LlmDecode => "llm-decode",
            Self::Ragged => "ragged",
        }
    }

    /// The shapes as M, N, K.
    pub fn mnk(self) -> Vec<Size> {
        match self {
            Self::Square => [512, 1024, 2048, 4096, 8192, 16_384].map(|n| [n; 3]).into(),
            Self::LlmPrefill => layers(2048),
            Self::LlmDecode => [1, 8, 32].into_iter().flat_map(layers).collect(),
            Self::Ragged => vec![[4095; 3], [4097; 3], [1000, 3000, 5000]],
        }
    }

    /// A set by name, or the shapes of a file: a line M,N,K each; empty lines and `#` comments are skipped.
    pub fn parse(text: &str) -> Result<Vec<Size>> {
        if let Some(set) = Self::ALL.iter().find(|set| set.name() == text) {
            return Ok(set.mnk());
        }
        let names = Self::ALL.map(Self::name).join(", ");
        let wrong = |why: String| {
            let hint = format!("give one of {names}, or a file with a line M,N,K a shape");
            Error::usage(format!("--shapes {text}"), why, hint)
        };
        let content = fs::read_to_string(Path::new(text))
            .map_err(|error| wrong(format!("is no named set, and no file to read: {error}")))?;
        let mut sizes = Vec::new();
        // Editors of one system put a mark before the first line.
        let content = content.trim_start_matches('\u{feff}');
        for (number, line) in content.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                let size = parse_size(line).map_err(|error| match error {
                    Error::Size { why, .. } => {
                        wrong(format!("line {} ('{line}'): {why}", number + 1))
                    }
                    other => other,
                });
                sizes.push(size?);
            }
        }
        if sizes.is_empty() {
            return Err(wrong("the file holds no shape".into()));
        }
        Ok(sizes)
    }
}

/// Query/output projections, MLP up and MLP down at `tokens` rows.
fn layers(tokens: u32) -> Vec<Size> {
    vec![
        [tokens, HIDDEN, HIDDEN],
        [tokens, MLP, HIDDEN],
        [tokens, HIDDEN, MLP],
    ]
}

/// The shapes of every set.
pub(super) fn named_all() -> Vec<Size> {
    Shapes::ALL.into_iter().flat_map(Shapes::mnk).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kernel::{Case, Mode, Params};
    use crate::tune::bucket;

    #[test]
    fn a_size_is_one_number_or_three() {
        assert_eq!(parse_size("64").unwrap(), [64, 64, 64]);
        assert_eq!(parse_size("129,65,33").unwrap(), [129, 65, 33]);
    }

    #[test]
    fn a_bad_size_says_what_is_wrong_and_what_to_type() {
        for (text, why) in [
            ("0", "0 is below 1"),
            ("-4", "-4 is below 1"),
            ("64,-1,64", "-1 is below 1"),
            ("4096,4096", "2 numbers, 1 or 3 are needed"),
            ("big", "'big' is not a whole number"),
            ("4294967296", "4294967296 is over the limit of 4294967295"),
        ] {
            let error = parse_size(text).unwrap_err();
            assert_eq!(error.to_string(), format!("--size {text}: {why}"));
            assert!(
                error
                    .hint()
                    .is_some_and(|hint| hint.contains("--size 4096"))
            );
        }
    }

    #[test]
    fn a_shapes_file_is_read_line_by_line_and_a_bad_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shapes.txt");
        fs::write(&path, "# mine\n64,32,16\n\n8,8,8 # small\n").unwrap();
        let sizes = Shapes::parse(path.to_str().unwrap()).unwrap();
        assert_eq!(sizes, [[64, 32, 16], [8; 3]]);
        fs::write(&path, "64,32,16\n64,32\n").unwrap();
        let error = Shapes::parse(path.to_str().unwrap())
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 2 ('64,32'): 2 numbers"), "{error}");
        let error = Shapes::parse("squares").unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.contains("llm-decode")));
    }

    #[test]
    fn every_set_together_falls_into_three_buckets_of_a_search() {
        let kernel = crate::kernels::find("gemm/f32").unwrap();
        let bucket = |[m, n, k]: Size| {
            let mut params = Params::new(Mode::Sustained);
            (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
            bucket::name(&Case::new(kernel, params, 1))
        };
        let buckets: BTreeSet<_> = named_all().into_iter().map(bucket).collect();
        assert_eq!(buckets, BTreeSet::from(["skinny", "small", "large"]));
    }
}
