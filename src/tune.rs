//! Candidates → winner: which tile a kernel runs with on the device at hand, and the length of one dispatch.
//!
//! A search ([`race`]) times what the kernel's [`crate::kernel::Space`] offers; its winner is kept for the bucket of sizes
//! ([`bucket`]), in memory and on disk ([`cache`]). Whatever chose the tile, its answer is then proven at the
//! size that is measured ([`trial`]); a wrong one gives way to the next best.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agree::{Agreement, Wrong};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::kernel::{Case, Tile};

pub mod bucket;
pub mod cache;
mod limits;
mod race;
mod trial;
mod verify;

pub use cache::Cache;
pub use limits::{candidates, fits};
pub use trial::exact;
pub use verify::{shapes, verify_all};

use cache::{Entry, Key};
use race::{Found, Race};

/// Whether to search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tuning {
    /// Where no winner is kept.
    #[default]
    Auto,
    /// Never: the first candidate that fits.
    Off,
    /// Always, once a bucket; what was kept is replaced.
    Force,
}

/// How the tile of a record was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// There is only one.
    Only,
    /// A search for this run.
    Searched,
    /// A search before, for the same device, driver, wgpu and shader.
    Cached,
    /// The results file named by `--params-from`.
    Given,
    /// The first candidate that fits, by `--tune off`.
    Default,
}

/// How the tile of a record was chosen, and what the search knew of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// By what.
    pub how: How,
    /// Which sizes share the winner; absent where there was nothing to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The second of the search's last two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<Tile>,
    /// How much longer that one took, as a share of the winner's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<f64>,
    /// How many times faster the winner is than the best form that works on scalars, where both were timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_scalar: Option<f64>,
}

/// What a search tells while it runs.
pub enum Step<'a> {
    /// Something is about to be run.
    Next,
    /// A candidate was tried.
    Tried(&'a Tried),
    /// Something the user should know, which changes no result.
    Note(&'a str),
}

/// Hears the steps of a search; its error, an interruption, ends the search.
pub type Steps<'a> = dyn Fn(Step<'_>) -> Result<()> + 'a;

/// Which part of a search tried a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The kernel's own list.
    Curated,
    /// A step from one of the best.
    Neighbour,
    /// The last two, in turn.
    Final,
}

/// A candidate that was tried.
pub struct Tried {
    /// When.
    pub stage: Stage,
    /// At the size that was timed.
    pub case: Case,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Right; its time is not asked for.
    Right,
    /// Right, and this many seconds a dispatch.
    Timed(f64),
    /// Its answer is wrong.
    Wrong(String),
    /// The compiler or the memory refused it.
    Refused(String),
}

/// A case ready to be sampled.
pub struct Tuned {
    /// The case with its tile and dispatch length.
    pub case: Case,
    /// How many submits one dispatch must be cut into.
    pub bands: u32,
    /// How its answer was checked on exact operands.
    pub agreement: Agreement,
    /// How many candidates gave a right answer and were timed; 1 where none was searched for.
    pub candidates: u32,
    /// How many candidates were compiled and gave a wrong answer, and the first one's error.
    pub wrong: Option<(u32, Wrong)>,
    /// How the tile was chosen.
    pub choice: Choice,
}

/// Chooses tiles for the cases of one device.
pub struct Tuner {
    tuning: Tuning,
    cache: Cache,
    /// Buckets searched by this tuner: [`Tuning::Force`] searches each once.
    fresh: Vec<Key>,
}

/// Tiles in the order in which they are to be proven.
struct Chosen {
    tiles: Vec<Tile>,
    choice: Choice,
    candidates: u32,
    wrong: Vec<Wrong>,
    refused: Option<Error>,
}

impl Tuner {
    /// A tuner that reads and fills `cache`.
    pub fn new(tuning: Tuning, cache: Cache) -> Self {
        Self {
            tuning,
            cache,
            fresh: Vec::new(),
        }
    }

    /// The case with its tile, proven right; where every tile is wrong, or none compiles, that is the result: the
    /// wrong answer in `Ok(Err)`, the last refusal as the error.
    ///
    /// # Errors
    ///
    /// Those of the device, and what `steps` returns.
    pub fn tuned(
        &mut self,
        device: &dyn Device,
        case: &Case,
        sample_seconds: f64,
        steps: &Steps<'_>,
    ) -> Result<Result<Tuned, Wrong>> {
        let chosen = self.choose(device, case, sample_seconds, steps)?;
        let kept = chosen.choice.how == How::Cached;
        match prove(device, case, chosen, steps)? {
            // What is kept may be of a driver that has changed without saying so.
            Err(_) if kept => {
                let found = self.search(device, case, sample_seconds, steps)?;
                prove(device, case, found, steps)
            }
            proven => Ok(proven),
        }
    }

    fn choose(
        &mut self,
        device: &dyn Device,
        case: &Case,
        sample_seconds: f64,
        steps: &Steps<'_>,
    ) -> Result<Chosen> {
        if let Some(tile) = &case.params.tile {
            return Ok(Chosen::one(How::Given, tile.clone()));
        }
        let curated = case.kernel.candidates();
        if let [only] = curated.as_slice() {
            return Ok(Chosen::one(How::Only, only.clone()));
        }
        if self.tuning == Tuning::Off {
            let first = candidates(case, device.info()).into_iter().next();
            let tile = first.and_then(|case| case.params.tile);
            return tile
                .map(|tile| Chosen::one(How::Default, tile))
                .ok_or_else(nothing_fits);
        }
        let key = Key::of(device.info(), case);
        let known = self.cache.entry(&key);
        let usable = self.tuning == Tuning::Auto || self.fresh.contains(&key);
        match known.filter(|_| usable) {
            Some(entry) => Ok(Chosen::kept(entry)),
            None => self.search(device, case, sample_seconds, steps),
        }
    }

    /// Searches, and keeps the winner.
    ///
    /// # Errors
    ///
    /// Those of the device, and what `steps` returns.
    fn search(
        &mut self,
        device: &dyn Device,
        case: &Case,
        sample_seconds: f64,
        steps: &Steps<'_>,
    ) -> Result<Chosen> {
        if candidates(case, device.info()).is_empty() {
            return Err(nothing_fits());
        }
        let found = Race::new(device, case, sample_seconds, steps).run()?;
        let chosen = Chosen::found(case, found);
        if let Some(winner) = chosen.tiles.first() {
            let key = Key::of(device.info(), case);
            let entry = Entry {
                tile: winner.clone(),
                candidates: chosen.candidates,
                wrong: chosen.wrong.len() as u32,
                choice: chosen.choice.clone(),
                key: key.clone(),
            };
            self.fresh.push(key);
            if let Err(error) = self.cache.keep(entry) {
                steps(Step::Note(&format!("the winner can't be kept: {error}")))?;
            }
        }
        Ok(chosen)
    }
}

fn nothing_fits() -> Error {
    Error::Device {
        why: "no candidate fits this device's limits".into(),
    }
}

impl Chosen {
    fn one(how: How, tile: Tile) -> Self {
        Self {
            tiles: vec![tile],
            choice: Choice {
                how,
                bucket: None,
                runner_up: None,
                apart: None,
                over_scalar: None,
            },
            candidates: 1,
            wrong: Vec::new(),
            refused: None,
        }
    }

    fn kept(entry: &Entry) -> Self {
        let tiles = [Some(&entry.tile), entry.choice.runner_up.as_ref()];
        Self {
            tiles: tiles.into_iter().flatten().cloned().collect(),
            choice: Choice {
                how: How::Cached,
                ..entry.choice.clone()
            },
            candidates: entry.candidates,
            wrong: Vec::new(),
            refused: None,
        }
    }

    fn found(case: &Case, found: Found) -> Self {
        Self {
            choice: Choice {
                how: How::Searched,
                bucket: Some(bucket::name(case).into()),
                runner_up: found.ranking.get(1).cloned(),
                apart: found.apart,
                over_scalar: found.over_scalar,
            },
            candidates: found.ranking.len() as u32,
            tiles: found.ranking,
            wrong: found.wrong,
            refused: found.refused,
        }
    }
}

/// The first of the chosen tiles whose answer is right at the size of `case`.
fn prove(
    device: &dyn Device,
    case: &Case,
    mut chosen: Chosen,
    steps: &Steps<'_>,
) -> Result<Result<Tuned, Wrong>> {
    for tile in std::mem::take(&mut chosen.tiles) {
        steps(Step::Next)?;
        let candidate = case.with_tile(tile);
        if let Err(why) = fits(&candidate, device.info()) {
            chosen.refused = Some(Error::Device { why });
            continue;
        }
        let text = candidate.params.tile_text();
        match proven(device, candidate) {
            Ok(Ok((case, bands, agreement))) => {
                let count = chosen.wrong.len() as u32;
                let first = chosen.wrong.into_iter().next();
                return Ok(Ok(Tuned {
                    case,
                    bands,
                    agreement,
                    candidates: chosen.candidates,
                    wrong: first.map(|first| (count, first)),
                    choice: chosen.choice,
                }));
            }
            Ok(Err(Wrong(why))) => chosen.wrong.push(Wrong(format!("tile {text}: {why}"))),
            Err(error @ (Error::Shader { .. } | Error::OutOfMemory { .. })) => {
                chosen.refused = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match (chosen.wrong.into_iter().next(), chosen.refused) {
        (Some(first), _) => Ok(Err(first)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(nothing_fits()),
    }
}

/// Checks one tile on exact operands at full size, and finds how its dispatches must be cut.
fn proven(device: &dyn Device, case: Case) -> Result<Result<(Case, u32, Agreement), Wrong>> {
    let case = trial::grown(device, case)?;
    let mut loaded = device.load(&case)?;
    let most = trial::most_bands(&case);
    let (agreement, first) = match exact(loaded.as_mut(), &case, most)? {
        Ok(proven) => proven,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let mut bands = trial::bands(first, most);
    if bands > 1 {
        // The first dispatch was cold: a warm one may need fewer.
        bands = trial::bands(loaded.run(1, bands)?, bands);
    }
    Ok(Ok((case, bands, agreement)))
}
