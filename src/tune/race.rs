//! The search itself: curated candidates → neighbours of the best four → the last two, interleaved.
//!
//! A candidate's answer is checked at a size of its own, a tile and a half, where that takes no time; then
//! it is timed at the size of the case's bucket. The winner's answer is checked again, in full, at the
//! size that is measured.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::agree::Wrong;
use crate::device::{Device, Loaded};
use crate::error::{Error, Result};
use crate::kernel::{Case, Check, Input, Pattern, Sizing, Tile};
use crate::kernels;
use crate::matrix::{Layout, Words};

use super::trial::{self, Pace, Trial};
use super::{Fate, Stage, Step, Steps, Tried, bucket, limits};

/// How many of the best have their neighbours tried.
const PARENTS: usize = 4;

/// Samples of each of the last two.
const FINAL_SAMPLES: usize = 7;

/// A dispatch of the searched size lasts this long, in seconds, or the size is the bucket's own.
const BUSY: f64 = 2e-3;

/// On a software adapter time proves nothing, and compiling takes most of it: a few candidates, no neighbours.
const CPU_CANDIDATES: usize = 6;

/// What a search found.
#[derive(Default)]
pub struct Found {
    /// The tiles with a right answer, the fastest first.
    pub ranking: Vec<Tile>,
    /// How much longer the second of the last two took than the first, as a share.
    pub apart: Option<f64>,
    /// How many times faster the first is than the best tile of scalars, where there were some.
    pub over_scalar: Option<f64>,
    /// Wrong answers, in the order they came.
    pub wrong: Vec<Wrong>,
    /// The last refusal of the compiler or the memory.
    pub refused: Option<Error>,
}

/// A search under way.
pub struct Race<'a> {
    device: &'a dyn Device,
    /// The case that is asked for.
    case: &'a Case,
    /// The case at the size that is timed.
    searched: Case,
    pace: Pace,
    steps: &'a Steps<'a>,
    tried: BTreeSet<Tile>,
    trials: Vec<Trial>,
    found: Found,
    operands: Option<(Layouts, Rc<Vec<Words>>)>,
}

/// The first candidate and others evenly from the list, [`CPU_CANDIDATES`] at most: its ends differ most.
fn spread(curated: Vec<Tile>) -> Vec<Tile> {
    let (count, most) = (curated.len(), CPU_CANDIDATES);
    let kept = |at: &usize| (0..most).any(|one| one * count.saturating_sub(1) / (most - 1) == *at);
    let tiles = curated.into_iter().enumerate();
    tiles
        .filter(|(at, _)| kept(at))
        .map(|(_, tile)| tile)
        .collect()
}

/// What operands depend on beside size and data: where the matrices lie.
type Layouts = [Option<Layout>; 2];

impl<'a> Race<'a> {
    /// A search that has not begun.
    pub fn new(
        device: &'a dyn Device,
        case: &'a Case,
        sample_seconds: f64,
        steps: &'a Steps<'a>,
    ) -> Self {
        Self {
            device,
            case,
            searched: bucket::searched(case, bucket::HALVINGS),
            pace: Pace::of(sample_seconds, device),
            steps,
            tried: BTreeSet::new(),
            trials: Vec::new(),
            found: Found::default(),
            operands: None,
        }
    }

    /// Runs it to its end.
    ///
    /// # Errors
    ///
    /// A lost or hung device, and an interruption. Wrong and refused candidates are part of what is found.
    pub fn run(mut self) -> Result<Found> {
        let mut curated = self.case.kernel.candidates();
        let cpu = self.device.info().is_cpu();
        if cpu {
            curated.retain(|tile| self.fits(&self.searched.with_tile(tile.clone())));
            curated = spread(curated);
        }
        self.widen(&curated)?;
        self.stage(Stage::Curated, curated)?;
        if !cpu {
            let neighbours = self.neighbours();
            self.stage(Stage::Neighbour, neighbours)?;
        }
        self.rank();
        self.last_two()?;
        self.found.over_scalar = self.over_scalar();
        let tiles = self
            .trials
            .into_iter()
            .filter_map(|trial| trial.case.params.tile);
        self.found.ranking = tiles.collect();
        Ok(self.found)
    }

    /// Doubles the searched size until the first candidate that runs keeps the device busy, or the size
    /// is the bucket's own.
    fn widen(&mut self, curated: &[Tile]) -> Result<()> {
        if self.case.kernel.sizing != Sizing::Gemm {
            self.searched = bucket::searched(self.case, 0);
            return Ok(());
        }
        for halvings in (0..bucket::HALVINGS).rev() {
            let Some((tile, took)) = self.first_to_run(curated)? else {
                return Ok(());
            };
            let wider = bucket::searched(self.case, halvings);
            if took >= BUSY || !self.fits(&wider.with_tile(tile)) {
                return Ok(());
            }
            self.searched = wider;
        }
        Ok(())
    }

    /// The first tile that fits and compiles, with the seconds of one dispatch of the searched size.
    fn first_to_run(&self, tiles: &[Tile]) -> Result<Option<(Tile, f64)>> {
        for tile in tiles {
            let case = self.searched.with_tile(tile.clone());
            if !self.fits(&case) {
                continue;
            }
            let run = |mut loaded: Box<dyn Loaded + '_>| {
                let first = loaded.run(1, trial::most_bands(&case))?;
                trial::whole(loaded.as_mut(), &case, first)
            };
            match self.device.load(&case).and_then(run) {
                Ok((one, _)) => return Ok(Some((tile.clone(), one.seconds()))),
                Err(error) if error.is_refusal() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn fits(&self, case: &Case) -> bool {
        limits::fits(case, self.device.info()).is_ok()
    }

    /// Tries every tile that fits and has not been tried.
    fn stage(&mut self, stage: Stage, tiles: Vec<Tile>) -> Result<()> {
        let cases = tiles.into_iter().map(|tile| self.searched.with_tile(tile));
        let mut cases: Vec<Case> = cases.filter(|case| self.fits(case)).collect();
        cases.retain(|case| {
            case.params
                .tile
                .as_ref()
                .is_some_and(|tile| self.tried.insert(tile.clone()))
        });
        // Tiles with one layout of operands after the other: making operands takes longer than a trial.
        cases.sort_by_key(|case| case.params.tiled("bk"));
        self.device.prepare(&cases);
        for case in cases {
            (self.steps)(Step::Next(Some(&case)))?;
            let (case, fate) = self.one(case)?;
            (self.steps)(Step::Tried(&Tried { stage, case, fate }))?;
        }
        Ok(())
    }

    /// One candidate: checked, then timed; with the length of dispatch it was timed at.
    fn one(&mut self, case: Case) -> Result<(Case, Fate)> {
        let timed = match self.proven(&case) {
            Ok(Ok(first)) => self.timed(case.clone(), first),
            Ok(Err(Wrong(why))) => {
                let tile = case.params.tile_text();
                self.found.wrong.push(Wrong(format!("tile {tile}: {why}")));
                return Ok((case, Fate::Wrong(why)));
            }
            Err(error) => Err(error),
        };
        match timed {
            Ok(trial) => {
                let tried = (trial.case.clone(), trial.fate());
                self.trials.push(trial);
                Ok(tried)
            }
            // A tile at which the driver falls over is no more than refused: the next load opens the device afresh.
            Err(error) if error.is_refusal() || matches!(error, Error::Lost { .. }) => {
                let why = error.to_string();
                self.found.refused = Some(error);
                Ok((case, Fate::Refused(why)))
            }
            Err(error) => Err(error),
        }
    }

    /// Checks the answer at the smallest size that has every edge; seconds per unit of work there.
    fn proven(&self, case: &Case) -> Result<Result<f64, Wrong>> {
        let small = bucket::smallest(case);
        let mut loaded = self.device.load(&small)?;
        // In two bands: the second must know its place.
        let checked = trial::checked(loaded.as_mut(), &small, 2)?;
        Ok(checked.map(|right| trial::cost(&small, right.took.seconds())))
    }

    fn timed(&mut self, case: Case, first: f64) -> Result<Trial> {
        let case = trial::grown(self.device, case)?;
        let operands = self.operands(&case);
        let best = self.trials.iter().map(|trial| trial.cost);
        let best = best.fold(f64::INFINITY, f64::min);
        let mut loaded = self.device.load(&case)?;
        let costs = [first, best];
        trial::time(loaded.as_mut(), case, &operands, self.pace, costs)
    }

    /// The timed operands: made once for all tiles with the same layouts, since many GB/s of random numbers
    /// would take longer than the search.
    fn operands(&mut self, case: &Case) -> Rc<Vec<Words>> {
        let layouts = match case.kernel.check {
            Check::Product(layouts) => {
                let product = layouts(&case.params);
                [Some(product.a), Some(product.b)]
            }
            _ => [None, None],
        };
        // Operands of a chain or loop depend on its form.
        let shared = matches!(case.kernel.sizing, Sizing::Gemm | Sizing::Buffer);
        if let Some((held, operands)) = &self.operands
            && shared
            && *held == layouts
        {
            return Rc::clone(operands);
        }
        // Whatever the case's own operands hold: a winner is kept for all of them.
        let input = Input::Timed(Pattern::Random);
        let made = Rc::new((case.kernel.inputs)(case, input));
        self.operands = Some((layouts, Rc::clone(&made)));
        made
    }

    fn rank(&mut self) {
        self.trials.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    }

    /// The sound neighbours of the best, the best's first.
    fn neighbours(&mut self) -> Vec<Tile> {
        self.rank();
        let parents = self.trials.iter().take(PARENTS);
        let tiles = parents.filter_map(|trial| trial.case.params.tile.as_ref());
        tiles
            .flat_map(|tile| self.case.kernel.space.neighbours(tile))
            .collect()
    }

    /// Samples the last two in turn, so that a clock that drifts meets both alike; the better median first.
    fn last_two(&mut self) -> Result<()> {
        let (operands, device) = match self.trials.as_slice() {
            [first, second, ..] => {
                let cases = [first.case.clone(), second.case.clone()];
                (cases.map(|case| self.operands(&case)), self.device)
            }
            _ => return Ok(()),
        };
        let mut costs = [Vec::new(), Vec::new()];
        let [Ok(mut one), Ok(mut other)] = [0, 1].map(|at| device.load(&self.trials[at].case))
        else {
            return Ok(());
        };
        let mut loaded = [one.as_mut(), other.as_mut()];
        for (loaded, operands) in loaded.iter_mut().zip(&operands) {
            loaded.fill(operands)?;
        }
        self.trials[0].rouse(loaded[0], self.pace)?;
        for _ in 0..FINAL_SAMPLES {
            for at in [0, 1] {
                (self.steps)(Step::Next(Some(&self.trials[at].case)))?;
                costs[at].push(self.trials[at].sample(loaded[at])?);
            }
        }
        drop((one, other));
        for (trial, costs) in self.trials.iter_mut().zip(&mut costs) {
            costs.sort_by(f64::total_cmp);
            trial.cost = costs[FINAL_SAMPLES / 2];
        }
        self.trials[..2].sort_by(|a, b| a.cost.total_cmp(&b.cost));
        self.found.apart = Some(self.trials[1].cost / self.trials[0].cost - 1.0);
        for trial in &self.trials[..2] {
            let tried = Tried {
                stage: Stage::Final,
                case: trial.case.clone(),
                fate: trial.fate(),
            };
            (self.steps)(Step::Tried(&tried))?;
        }
        Ok(())
    }

    fn over_scalar(&self) -> Option<f64> {
        let best = self.trials.first()?.cost;
        let scalars = self
            .trials
            .iter()
            .filter(|trial| kernels::is_scalar(&trial.case));
        let fastest = scalars.map(|trial| trial.cost).min_by(f64::total_cmp)?;
        Some(fastest / best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_of_many_candidates_are_the_first_the_last_and_some_between() {
        let tile = |value: u32| Tile::from([("a".into(), value)]);
        let kept = |count: u32| {
            let tiles = spread((0..count).map(tile).collect());
            tiles.iter().map(|tile| tile["a"]).collect::<Vec<_>>()
        };
        assert_eq!(kept(21), [0, 4, 8, 12, 16, 20]);
        assert_eq!(kept(3), [0, 1, 2]);
        assert_eq!(kept(1), [0]);
    }
}
