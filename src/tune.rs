//! Candidates → winner: which tile a kernel runs with on the device at hand, and the length of one dispatch.
//!
//! A search (in `race`) times what the kernel's [`crate::kernel::Space`] offers; its winner is kept for the bucket of sizes
//! ([`bucket`]), in memory and on disk ([`cache`]). Whatever chose the tile, its answer is then proven at the
//! size that is measured (in `trial`); a wrong one gives way to the next best.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agree::{Agreement, Wrong};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::kernel::{Case, Tile};

pub mod bucket;
pub mod cache;
mod limits;
mod proven;
mod race;
mod trial;
mod verify;

pub use cache::Cache;
pub use limits::{candidates, fits};
pub use proven::Proven;
pub use trial::{Right, answer, checked};
pub use verify::{shapes, verify_all};

use cache::{Entry, Key};
use proven::proven;
use race::{Found, Race};

/// Whether to search.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl Choice {
    /// The same choice, where not the winner but a tile behind it is meant.
    fn of_another(&self) -> Self {
        Self {
            runner_up: None,
            apart: None,
            over_scalar: None,
            ..self.clone()
        }
    }
}

/// What a search tells while it runs.
pub enum Step<'a> {
    /// Something is about to be run: the candidate, if it is one.
    Next(Option<&'a Case>),
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
    /// How its answer was checked on the operands of [`Case::proof`].
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
    /// Whether it was said that winners can't be kept.
    told: bool,
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
            told: false,
        }
    }

    /// The case with its tile, proven right; where every tile is wrong, or none compiles, that is the result: the
    /// wrong answer in `Ok(Err)`, the last refusal as the error.
    ///
    /// # Errors
    ///
    /// Those of the device, and what `steps` returns.
    pub fn tuned<'d>(
        &mut self,
        device: &'d dyn Device,
        case: &Case,
        sample_seconds: f64,
        steps: &Steps<'_>,
    ) -> Result<Result<(Tuned, Proven<'d>), Wrong>> {
        if let Some(mut known) = self.known(device, case)? {
            let kept = known.choice.how == How::Cached;
            match prove(device, case, &mut known, steps) {
                // What is kept may be of a driver that has changed without saying so, or not fit this size.
                Ok(Err(_)) if kept => {}
                Err(error)
                    if kept && (error.is_refusal() || matches!(error, Error::Device { .. })) => {}
                proven => return proven,
            }
        }
        if candidates(case, device.info()).is_empty() {
            return Err(nothing_fits());
        }
        let found = Race::new(device, case, sample_seconds, steps).run()?;
        let mut found = Chosen::found(case, found);
        let proven = prove(device, case, &mut found, steps)?;
        if proven.is_ok() {
            self.keep(Key::of(device.info(), case), found, steps)?;
        }
        Ok(proven)
    }

    /// The tile that is chosen without a search.
    fn known(&self, device: &dyn Device, case: &Case) -> Result<Option<Chosen>> {
        if let Some(tile) = &case.params.tile {
            return Ok(Some(Chosen::one(How::Given, tile.clone())));
        }
        let curated = case.kernel.candidates();
        if let [only] = curated.as_slice() {
            return Ok(Some(Chosen::one(How::Only, only.clone())));
        }
        if self.tuning == Tuning::Off {
            let first = candidates(case, device.info()).into_iter().next();
            let tile = first.and_then(|case| case.params.tile);
            let tile = tile.ok_or_else(nothing_fits)?;
            return Ok(Some(Chosen::one(How::Default, tile)));
        }
        let key = Key::of(device.info(), case);
        if self.tuning == Tuning::Force && !self.fresh.contains(&key) {
            return Ok(None);
        }
        // A file can be edited: only what the search itself could have tried is rendered.
        let own = |entry: &&Entry| {
            let mut tiles = [Some(&entry.tile), entry.choice.runner_up.as_ref()]
                .into_iter()
                .flatten();
            tiles.all(|tile| case.kernel.space.holds(tile))
        };
        Ok(self.cache.entry(&key).filter(own).map(Chosen::kept))
    }

    /// Keeps the winner of a search: the fastest tile that is not known to be wrong.
    fn keep(&mut self, key: Key, found: Chosen, steps: &Steps<'_>) -> Result<()> {
        let mut tiles = found.tiles.into_iter();
        let Some(tile) = tiles.next() else {
            return Ok(());
        };
        self.fresh.push(key.clone());
        let wrong = found.wrong.into_iter().map(|Wrong(why)| why).collect();
        let kept = self.cache.keep(Entry {
            key,
            tile,
            candidates: found.candidates,
            wrong,
            choice: found.choice,
        });
        match kept {
            Err(error) if !std::mem::replace(&mut self.told, true) => {
                steps(Step::Note(&format!("the winners can't be kept: {error}")))
            }
            _ => Ok(()),
        }
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
            wrong: entry.wrong.iter().cloned().map(Wrong).collect(),
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

/// The first of the chosen tiles whose answer is right at the size of `case`. One that is wrong is a candidate no
/// longer, and what was known of the last two then says nothing.
fn prove<'d>(
    device: &'d dyn Device,
    case: &Case,
    chosen: &mut Chosen,
    steps: &Steps<'_>,
) -> Result<Result<(Tuned, Proven<'d>), Wrong>> {
    let mut refused = chosen.refused.take();
    let mut wrong = None;
    for (place, tile) in chosen.tiles.clone().into_iter().enumerate() {
        let candidate = case.with_tile(tile.clone());
        steps(Step::Next(Some(&candidate)))?;
        if let Err(why) = fits(&candidate, device.info()) {
            refused = Some(Error::Device { why });
            continue;
        }
        let text = candidate.params.tile_text();
        let proven = proven(device, candidate);
        // A proof at full size takes long enough for a signal to come.
        steps(Step::Next(None))?;
        match proven {
            Ok(Ok((case, bands, agreement, proven))) => {
                let wrong = chosen.wrong.first().cloned();
                let choice = match place {
                    0 => chosen.choice.clone(),
                    _ => chosen.choice.of_another(),
                };
                let tuned = Tuned {
                    case,
                    bands,
                    agreement,
                    candidates: chosen.candidates,
                    wrong: wrong.map(|first| (chosen.wrong.len() as u32, first)),
                    choice,
                };
                return Ok(Ok((tuned, proven)));
            }
            Ok(Err(Wrong(why))) => {
                let why = Wrong(format!("tile {text}: {why}"));
                wrong.get_or_insert(why.clone());
                chosen.wrong.push(why);
                chosen.tiles.retain(|other| *other != tile);
                chosen.choice = chosen.choice.of_another();
            }
            Err(error) if error.is_refusal() => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    match (wrong.or_else(|| chosen.wrong.first().cloned()), refused) {
        (Some(first), _) => Ok(Err(first)),
        (None, Some(error)) => Err(error),
        (None, None) => Err(nothing_fits()),
    }
}
